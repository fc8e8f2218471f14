"""/promise: what a customer was promised on an item, and what became of it."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.admission import Caller, Order
from bot.chat.appointments import appointment
from bot.chat.customer_pages import BECAME
from bot.chat.incoming import Tap
from bot.chat.keyboards import show_row
from bot.chat.phrases import phrase, phrases
from bot.chat.replies import BUTTON_GONE, AnswerTap, MisspokenError, Reply, say
from bot.chat.routes import Routes
from bot.chat.speaking_of import SpeakingOf, item_number
from bot.chat.taps import TapData, TapKind, encode
from bot.chat.text import Button, ButtonStyle, Message, Style, Text, lines, words
from bot.chat.whose import words_after
from bot.chat.wording import dotted, local_time, name
from bot.locale.tongue import mark, spoken, tr
from monitor.desk.promises import Kept, Promise, Told
from monitor.errors import RefusedError
from monitor.handling.ledger import Ledger
from monitor.handling.promises import PromiseBook
from monitor.model import ItemId

HOW = mark("Write /promise ID 17:00 and what was promised, or reply so to its card.")
_SAID = {
    "kept": Kept.KEPT,
    "broken": Kept.BROKEN,
    "drop": Kept.DROPPED,
}
_UNDO = "undo"
_LISTED = 15  # promises in one message
_TOLD = {
    Kept.KEPT: mark("Promise on #{item}: kept."),
    Kept.LATE: mark("Promise on #{item}: kept, but late."),
    Kept.BROKEN: mark("Promise on #{item}: not kept."),
    Kept.DROPPED: mark("Promise on #{item}: taken back."),
    None: mark("Promise on #{item}: it stands again."),
}


class PromiseTalk:
    """Answers what is promised and settled; calls stand inside a transaction."""

    def __init__(
        self, ledger: Ledger, speaking_of: SpeakingOf, routes: Callable[[], Routes]
    ) -> None:
        self._rows = ledger.store.promises
        self._store = ledger.store
        self._book = PromiseBook(ledger)
        self._speaking_of = speaking_of
        self._routes = routes

    def promise(self, order: Order) -> tuple[Reply, ...]:
        """Return what is answered to /promise. Raises: RefusedError, MisspokenError."""
        said, rest = words_after(order.heard.rest)
        if said in _SAID or said == _UNDO:
            return self._settled(order, said, rest)
        if not said and self._speaking_of.replied_to(order.heard) is None:
            return say(order.heard, self._owed(order))
        item, written = self._speaking_of.item_and_words(order.heard, HOW)
        if not written:
            return say(order.heard, self._listed(item, order.caller), about=item)
        when = appointment(written, self._zone(order.caller), order.now)
        made = self._book.make(item, when.rest, when.at, order.member, order.now)
        return say(order.heard, self._made(made, order.caller), about=item)

    def tapped(self, tap: Tap, data: TapData, caller: Caller, now: datetime) -> tuple[Reply, ...]:
        """Return what a button is answered. Raises: RefusedError."""
        known = data.argument in set(Kept) and data.argument != Kept.LATE
        if not known:
            raise RefusedError(BUTTON_GONE)
        settled = self._book.settle(data.number, Kept(data.argument), caller.member, now)
        told = tr("{told} /promise undo takes that back.", told=_told(settled))
        return (AnswerTap(tap_id=tap.tap_id, text=told),)

    def item_of(self, promise: int) -> ItemId | None:
        """Return the item of a promise, None where there is none."""
        found = self._rows.get(promise)
        return found.item if found else None

    # ------------------------------------------------------------ settling

    def _settled(self, order: Order, said: str, rest: str) -> tuple[Reply, ...]:
        item = item_number(rest) if rest else self._speaking_of.replied_to(order.heard)
        found = self._meant(order, item, undone=said == _UNDO)
        if said == _UNDO:
            done = self._book.unsettle(found.id, order.member, order.now)
        else:
            done = self._book.settle(found.id, _SAID[said], order.member, order.now)
        return say(order.heard, _told(done), about=done.item)

    def _meant(self, order: Order, item: ItemId | None, *, undone: bool) -> Promise:
        """Return the promise that is settled: the one due soonest; or the one settled last."""
        if undone:
            last = self._rows.settled_last(order.member.id, item)
            if last is None:
                raise RefusedError("You settled no promise.")
            return last
        if item is None:
            raise MisspokenError(HOW)
        standing = self._rows.standing(item)
        if not standing:
            raise RefusedError("No promise stands on #{item}.", item=item)
        return standing[0]

    # ------------------------------------------------------------ words

    def _made(self, made: Promise, caller: Caller) -> Message:
        due, remind = (self._time(at, caller) for at in (made.due_at, made.remind_at))
        told = phrase("#{item}: promised for {when}.", item=str(made.item), when=due)
        soon = phrase("Whoever has the item is reminded at {when}, else you.", when=remind)
        kept = Button(
            tr("Promise kept"),
            encode(TapKind.PROMISE, made.id, Kept.KEPT),
            style=ButtonStyle.SUCCESS,
        )
        drop = Button(tr("Take it back"), encode(TapKind.PROMISE, made.id, Kept.DROPPED))
        return Message(lines(told, soon), ((kept, drop),), silent=True)

    def _owed(self, order: Order) -> Message:
        owed = self._rows.owed_by(order.member.id)
        if not owed:
            return Message(phrase("You owe nobody what was promised. {how}", how=tr(HOW)))
        head = phrases("{count} promise to keep", "{count} promises to keep", len(owed), Style.BOLD)
        rest = len(owed) - _LISTED
        more = phrases("and {count} more", "and {count} more", rest) if rest > 0 else ()
        shown = [self._owed_line(each, order.caller) for each in owed[:_LISTED]]
        items = dict.fromkeys(each.item for each in owed[:_LISTED])
        return Message(lines(head, *shown, more), show_row(items))

    def _owed_line(self, each: Promise, caller: Caller) -> Text:
        past = phrase("past its time", Style.BOLD) if each.told is Told.PAST else ()
        text = name(each.text, most_units=80)
        return dotted(
            words(f"#{each.item}", Style.BOLD), past, self._time(each.due_at, caller), text
        )

    def _listed(self, item: ItemId, caller: Caller) -> Message:
        if self._store.items.get(item) is None:
            raise RefusedError("There is no item #{item}.", item=item)
        promises = self._rows.of_item(item)
        if not promises:
            return Message(phrase("Nothing was promised on #{item}.", item=str(item)))
        head = phrase("Promised on #{item}", Style.BOLD, item=str(item))
        return Message(lines(head, *(self._line(each, caller) for each in promises)))

    def _line(self, each: Promise, caller: Caller) -> Text:
        became = phrase(BECAME[each.outcome])
        text = name(each.text, most_units=100)
        return words("– ") + dotted(self._time(each.due_at, caller), text, name(each.by), became)

    def _time(self, at: datetime, caller: Caller) -> Text:
        return local_time(at, self._zone(caller), spoken())

    def _zone(self, caller: Caller) -> ZoneInfo:
        return self._routes().manners(caller.home).timezone


def _told(promise: Promise) -> str:
    return tr(_TOLD[promise.outcome], item=promise.item)
