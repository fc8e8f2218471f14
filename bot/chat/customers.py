"""/customer and /note: what is known of a person, and what the team writes of them.

What was written is read by one member alone: in an alert, or in a message to them. In a group it
is never said.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from bot.chat.admission import Caller, Order
from bot.chat.customer_pages import Reader, brief, note, page
from bot.chat.incoming import Tap
from bot.chat.phrases import phrase
from bot.chat.replies import BUTTON_GONE, AnswerTap, MisspokenError, Reply, Say, say
from bot.chat.routes import TERMINAL_ID, Routes
from bot.chat.speaking_of import SpeakingOf
from bot.chat.taps import TapData, TapKind, encode
from bot.chat.text import Button, Message, Text, lines
from bot.chat.whose import Customers, Whose, words_after
from bot.locale.tongue import mark, speaking, spoken, tr
from monitor.desk.customers import Account, NoteKind, tag_word
from monitor.errors import RefusedError
from monitor.handling.customers import CustomerBook, Undone
from monitor.handling.ledger import Ledger
from monitor.model import ItemId, Member
from monitor.store.customers import Change, Wrote

HOW = mark("Write /customer ID, /customer @handle, or reply to a card with /customer.")
HOW_LINK = mark("Write /customer link A B: each an item's number, or platform:handle.")
HOW_TAG = mark("Write /customer tag ID WORD, or untag.")
HOW_NOTE = mark(
    "Write /note ID TEXT, or reply to a card with /note TEXT. /note show 7 and /note delete 7 take"
    " a note's number."
)
ASK_ALONE = mark("What is known of a customer is for one reader alone: ask me that in private.")
SENT_ALONE = mark("I sent it to you alone: what is known of a customer does not stay in a group.")
_IN_A_GROUP = mark("Everybody here can read what you wrote. Next time write it to me alone.")
HOW_PREFERS = mark("Write /customer prefers ID and how they want it, such as: short answers.")
_TWO = 2
_LONGEST_NUMBER = 19  # digits
_ACTS = {"+": False, "-": True}  # of a button that takes something back: was it ended?
_KEPT = {
    NoteKind.NOTE: mark("Note {number} is kept."),
    NoteKind.PREFERENCE: mark("Note {number} is kept, as how they want it."),
    NoteKind.TAG: mark("The tag #{tag} is kept."),
}


class CustomerTalk:
    """Answers what is asked and written of customers; calls stand inside a transaction."""

    def __init__(
        self, ledger: Ledger, speaking_of: SpeakingOf, routes: Callable[[], Routes]
    ) -> None:
        store = self._store = ledger.store
        self._book = CustomerBook(store, ledger.reroute)
        self._customers = Customers(store, self._book, speaking_of)
        self._routes = routes
        self._parts: dict[str, Callable[[Order, str], tuple[Reply, ...]]] = {
            "link": self._link,
            "unlink": self._unlink,
            "tag": self._tag,
            "untag": self._untag,
            "prefers": self._prefers,
            "undo": lambda order, _: self._undo(order),
        }

    def customer(self, order: Order) -> tuple[Reply, ...]:
        """Return what is answered to /customer. Raises: RefusedError, MisspokenError."""
        part, rest = words_after(order.heard.rest)
        if part in self._parts:
            return self._parts[part](order, rest)
        whose = self._customers.about(order, order.heard.rest)
        if whose is None or whose.rest:
            raise MisspokenError(HOW)
        return self._told(order, whose)

    def note(self, order: Order) -> tuple[Reply, ...]:
        """Return what is answered to /note. Raises: RefusedError, MisspokenError."""
        first, rest = words_after(order.heard.rest)
        if first == "delete" and (number := _number(rest)) is not None:
            return self._delete(order, number)
        if first == "show" and (number := _number(rest)) is not None:
            return self._show_note(order, number)
        whose = self._customers.about(order, order.heard.rest)
        if whose is None or not whose.rest:
            raise MisspokenError(HOW_NOTE)
        return self._keep(order, whose, NoteKind.NOTE, whose.rest)

    def tapped(self, tap: Tap, data: TapData, caller: Caller, now: datetime) -> tuple[Reply, ...]:
        """Return what a button is answered. Raises: RefusedError."""
        if data.kind is TapKind.CUSTOMER_UNDO:
            done = self._undone(self._change(data), caller.member, now)
            return (AnswerTap(tap_id=tap.tap_id, text=done),)
        return self._shown(tap, ItemId(data.number), caller, now)

    # ------------------------------------------------------------ reading, alone

    def _show_note(self, order: Order, number: int) -> tuple[Reply, ...]:
        alone = self._alone(order.caller)
        if alone is None:
            raise RefusedError(ASK_ALONE)
        written = self._book.open_note(number, order.member, order.now)
        with self._spoken_alone(order.caller):
            shown = note(written, self._reader(order.caller))
        told = Say(chat_id=alone, topic=self._topic(alone, order.caller), message=shown)
        return self._sent(order, told)

    def _told(self, order: Order, whose: Whose) -> tuple[Reply, ...]:
        alone = self._alone(order.caller)
        if alone is None:
            raise RefusedError(ASK_ALONE)
        told = self._say_alone(alone, whose.account, order.caller, order.now, about=whose.item)
        return self._sent(order, told)

    def _sent(self, order: Order, told: Say) -> tuple[Reply, ...]:
        """Return what is told alone, and in a group the word that it was, once it has arrived."""
        if told.chat_id == order.heard.chat_id:
            return (told,)
        (lost,) = say(order.heard, tr(ASK_ALONE))
        return (*say(order.heard, tr(SENT_ALONE)), replace(told, lost=lost))

    def _shown(self, tap: Tap, item: ItemId, caller: Caller, now: datetime) -> tuple[Reply, ...]:
        """Return an alert where it holds all that was written; else a message to the member."""
        account = self._book.of_item(item)
        alone = self._alone(caller)
        if alone == tap.chat_id:
            told = self._say_alone(alone, account, caller, now, about=item)
            return (AnswerTap(tap_id=tap.tap_id), told)
        short = brief(self._book.read(account, now), self._reader(caller))
        in_short = AnswerTap(tap_id=tap.tap_id, text=short.text, alert=True)
        if alone is not None and not short.whole:
            told = self._say_alone(alone, account, caller, now, about=item)
            sent = AnswerTap(tap_id=tap.tap_id, text=tr(SENT_ALONE))
            return (sent, replace(told, lost=in_short))
        self._book.open(account, caller.member, now)
        return (in_short,)

    def _say_alone(
        self, chat: int, account: Account, caller: Caller, now: datetime, about: ItemId | None
    ) -> Say:
        customer = self._book.open(account, caller.member, now)
        with self._spoken_alone(caller):
            shown = page(customer, self._reader(caller))
        return Say(chat_id=chat, topic=self._topic(chat, caller), message=shown, about=about)

    def _topic(self, chat: int, caller: Caller) -> int | None:
        return caller.place.topic if chat == caller.place.chat_id else None

    def _spoken_alone(self, caller: Caller) -> AbstractContextManager[None]:
        """Speak as a member wants it alone, wherever they asked."""
        return speaking(caller.member.language or spoken())

    def _alone(self, caller: Caller) -> int | None:
        """Return the chat in which a member is alone with us; None while they allow none."""
        if caller.private or caller.place.chat_id == TERMINAL_ID:
            return caller.place.chat_id
        return caller.member.telegram_id if caller.member.reachable else None

    def _reader(self, caller: Caller) -> Reader:
        manners = self._routes().manners(caller.home)
        return Reader(zone=manners.timezone, language=spoken())

    # ------------------------------------------------------------ writing

    def _keep(self, order: Order, whose: Whose, kind: NoteKind, text: str) -> tuple[Reply, ...]:
        number = self._book.note(
            whose.account, text, order.member, order.now, kind=kind, item=whose.item
        )
        kept = phrase(_KEPT[kind], number=str(number), tag=tag_word(text) if _is_tag(kind) else "")
        told = lines(kept, () if _is_tag(kind) else self._seen_by_all(order.caller))
        return self._undoable(order, told, Wrote.NOTE, number, ended=False)

    def _seen_by_all(self, caller: Caller) -> Text:
        """Return a warning to who writes of a customer where others read it."""
        alone = caller.private or caller.place.chat_id == TERMINAL_ID
        return () if alone else phrase(_IN_A_GROUP)

    def _delete(self, order: Order, number: int) -> tuple[Reply, ...]:
        self._book.delete(number, order.member, order.now)
        told = phrase("Note {number} is deleted.", number=str(number))
        return self._undoable(order, told, Wrote.NOTE, number, ended=True)

    def _prefers(self, order: Order, rest: str) -> tuple[Reply, ...]:
        whose = self._customers.about(order, rest)
        if whose is None or not whose.rest:
            raise MisspokenError(HOW_PREFERS)
        return self._keep(order, whose, NoteKind.PREFERENCE, whose.rest)

    def _tag(self, order: Order, rest: str) -> tuple[Reply, ...]:
        whose = self._tagged(order, rest)
        return self._keep(order, whose, NoteKind.TAG, whose.rest)

    def _untag(self, order: Order, rest: str) -> tuple[Reply, ...]:
        whose = self._tagged(order, rest)
        tag = self._book.untag(whose.account, whose.rest, order.member, order.now)
        told = tr("The tag #{tag} is taken away. /customer undo brings it back.", tag=tag)
        return say(order.heard, told)

    def _tagged(self, order: Order, rest: str) -> Whose:
        whose = self._customers.about(order, rest)
        if whose is None or not whose.rest:
            raise MisspokenError(HOW_TAG)
        return whose

    # ------------------------------------------------------------ accounts that are one person's

    def _link(self, order: Order, rest: str) -> tuple[Reply, ...]:
        one, other = self._both(order, rest)
        number = self._book.link(one.account, other.account, order.member, order.now)
        told = phrase("Their accounts count as one person's now.")
        return self._undoable(order, told, Wrote.LINK, number, ended=False)

    def _unlink(self, order: Order, rest: str) -> tuple[Reply, ...]:
        one, other = self._both(order, rest)
        self._book.unlink(one.account, other.account, order.member, order.now)
        told = tr("Their accounts are two persons' again. /customer undo links them once more.")
        return say(order.heard, told)

    def _both(self, order: Order, rest: str) -> tuple[Whose, Whose]:
        """Return who is meant: "link A B", or "link B" under the card of A."""
        named = rest.split()
        if len(named) not in (1, _TWO):
            raise MisspokenError(HOW_LINK)
        under = self._customers.under(order) if len(named) == 1 else None
        if len(named) == 1 and under is None:
            raise MisspokenError(HOW_LINK)
        *first, last = (self._customers.named(word) for word in named)
        return (first[0] if first else under or last), last

    # ------------------------------------------------------------ taking back

    def _undo(self, order: Order) -> tuple[Reply, ...]:
        return say(order.heard, self._undone(None, order.member, order.now))

    def _undone(self, change: Change | None, member: Member, now: datetime) -> str:
        return _told_undone(self._book.undo(member, now, change))

    def _change(self, data: TapData) -> Change:
        """Return what an Undo button speaks of. Raises: RefusedError if it was followed up."""
        what, sign = data.argument[:-1], data.argument[-1:]
        known = sign in _ACTS and what in set(Wrote)
        found = self._book.change(Wrote(what), data.number, ended=_ACTS[sign]) if known else None
        if found is None:
            raise RefusedError(BUTTON_GONE)
        return found

    def _undoable(
        self, order: Order, told: Text, wrote: Wrote, number: int, *, ended: bool
    ) -> tuple[Reply, ...]:
        """Return what is said of a change, with a button that takes it back."""
        argument = f"{wrote}{'-' if ended else '+'}"
        undo = Button(tr("Undo"), encode(TapKind.CUSTOMER_UNDO, number, argument))
        return say(order.heard, Message(told, ((undo,),), silent=True))


def _is_tag(kind: NoteKind) -> bool:
    return kind is NoteKind.TAG


def _told_undone(undone: Undone) -> str:
    """Return what stands after something was taken back."""
    if undone.kind is None:
        if undone.change.ended:
            return tr("Undone: their accounts count as one person's again.")
        return tr("Undone: their accounts are two persons' again.")
    if undone.change.ended:
        return tr("Undone: it stands again.")
    if _is_tag(undone.kind):
        return tr("Undone: it is deleted.")
    return tr("Note {number} is deleted.", number=str(undone.change.id))


def _number(written: str) -> int | None:
    plain = written.strip().removeprefix("#")
    fits = plain.isascii() and plain.isdecimal() and len(plain) < _LONGEST_NUMBER
    return int(plain) if fits else None
