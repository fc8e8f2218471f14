"""/shift and /handover: who is on shift, who comes and goes, and items that change hands."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from bot.chat.admission import Order
from bot.chat.duties import duty_line, until_when
from bot.chat.phrases import phrase, phrases
from bot.chat.replies import MisspokenError, Reply, say
from bot.chat.routes import ChatManners, Routes
from bot.chat.speaking_of import SpeakingOf, item_number
from bot.chat.text import Message, Style, Text, join, lines, words
from bot.chat.wording import day_clock, name, one_line
from bot.wiring import Workshop
from monitor.desk.roles import may_act
from monitor.desk.shifts import Duty, Roster
from monitor.durations import parse_duration
from monitor.errors import RefusedError
from monitor.handling.shifts import Shifts
from monitor.model import ItemId, Member, State
from monitor.store.shifts import Why

_LISTED = 12
_ON, _OFF, _UNDO, _PRIVATE = "on", "off", "undo", "private"
_HAND_OVER = frozenset({"hand-over", "handover", "hand"})
_VIEWED = frozenset({"", "show"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What somebody wants of the shifts: for whom, where, until when."""

    order: Order
    who: Member
    chat: str | None  # None: everywhere
    brands: Collection[str]
    until: datetime | None
    manners: ChatManners

    @property
    def when(self) -> datetime:
        """When it was asked."""
        return self.order.now


class ShiftTalk:
    """Answers /shift and /handover; every call stands inside a transaction."""

    def __init__(
        self,
        workshop: Workshop,
        shifts: Shifts,
        speaking_of: SpeakingOf,
        routes: Callable[[], Routes],
    ) -> None:
        self._store = workshop.store
        self._desk = workshop.desk
        self._shifts = shifts
        self._speaking_of = speaking_of
        self._routes = routes

    def roster(self, now: datetime) -> Roster:
        """Return who is on shift when, as things stand."""
        return self._shifts.roster(now)

    def shift(self, order: Order) -> tuple[Reply, ...]:
        """Show who is on shift, or change it. Raises: RefusedError, MisspokenError."""
        first, *rest = order.heard.args or ("",)
        wanted = first.lower()
        if wanted in _VIEWED:
            return say(order.heard, self._shown(order))
        order.caller.must_act()
        if wanted == _PRIVATE:
            return say(order.heard, self._private(order, rest))
        if wanted == _UNDO:
            return say(order.heard, self._undone(order))
        if wanted in _HAND_OVER:
            return say(order.heard, self._handed_over(self._asked(order, rest)))
        if wanted == _ON:
            return say(order.heard, self._came(self._asked(order, rest)))
        if wanted == _OFF:
            return say(order.heard, self._went(self._asked(order, rest)))
        raise MisspokenError(
            "Write /shift, /shift on 4h, /shift off, /shift hand-over NAME, /shift undo,"
            " or /shift private off."
        )

    def hand_over(self, order: Order, usage: str) -> tuple[Reply, ...]:
        """Give an item to another member: "/handover 12 NAME note", or under its card without 12.

        Raises: RefusedError, MisspokenError.
        """
        item, rest = self._item(order, usage)
        if not rest:
            raise MisspokenError(usage)
        taker, note = self._named(rest)
        self._desk.hand_over(item, order.member, taker, " ".join(note), order.now)
        told = phrase("#{item}: {owner} has it now.", item=str(item), owner=name(taker.name))
        return say(order.heard, Message(told), about=item)

    # ------------------------------------------------------------ who is on shift

    def _shown(self, order: Order) -> Message:
        asked = self._place(order)
        brands, manners, now = asked[1], asked[2], order.now
        roster = self._shifts.roster(now)
        there = roster.on(brands, now)
        head = phrase("On shift", Style.BOLD) if there else phrase("Nobody is on shift", Style.BOLD)
        listed = (duty_line(duty, manners.timezone, manners.language, now) for duty in there)
        behind = join(words(", "), (name(one.name) for one in roster.stand_ins(brands, now)))
        steps_in = phrase("Steps in: {people}", people=behind) if behind else ()
        coming = roster.next(brands, now)
        following = _coming(coming, manners) if coming else ()
        known = roster.planned(brands) or bool(there)
        unset = () if known else phrase("No shifts are planned; /shift on puts you on shift.")
        told = (head, *listed, steps_in, following, unset, self._held(), _own(order.member))
        return Message(lines(*told), silent=True)

    def _held(self) -> Text:
        count = sum(held.why is Why.NOBODY for held in self._store.shifts.held())
        if not count:
            return ()
        return phrases("{count} notice waits for them", "{count} notices wait for them", count)

    # ------------------------------------------------------------ changes

    def _came(self, asked: _Asked) -> Message:
        until = self._shifts.come(
            asked.who, asked.order.member, asked.chat, asked.until, asked.when
        )
        when = until_when(until, asked.manners.timezone, asked.manners.language, asked.when)
        return Message(
            phrase("{name} is on shift until {when}.", name=name(asked.who.name), when=when)
        )

    def _went(self, asked: _Asked) -> Message:
        until = self._shifts.go(
            asked.who, asked.order.member, asked.chat, asked.brands, asked.until, asked.when
        )
        when = until_when(until, asked.manners.timezone, asked.manners.language, asked.when)
        told = phrase("{name} is off shift until {when}.", name=name(asked.who.name), when=when)
        there = self._shifts.roster(asked.when).there(asked.brands, asked.when)
        alone = () if there else phrase("Nobody is on shift now.", Style.BOLD)
        return Message(lines(told, alone, self._still_has(asked.who)))

    def _handed_over(self, asked: _Asked) -> Message:
        if asked.who.id == asked.order.member.id:
            raise MisspokenError("To whom? Write /shift hand-over NAME.")
        until = self._shifts.hand_over(
            asked.order.member, asked.who, asked.chat, asked.brands, asked.until, asked.when
        )
        when = until_when(until, asked.manners.timezone, asked.manners.language, asked.when)
        stands = phrase(
            "{name} stands in for {other} until {when}.",
            name=name(asked.who.name),
            other=name(asked.order.member.name),
            when=when,
        )
        return Message(lines(stands, self._still_has(asked.order.member)))

    def _still_has(self, member: Member) -> Text:
        """Return which items a member who goes has, and owes an answer for."""
        owned = self._store.items.owned_by(member.id)
        numbers = [f"#{each.item.id}" for each in owned if each.item.state is State.CLAIMED]
        if not numbers:
            return ()
        return phrase(
            "{name} still has {items}: hand over or release what cannot wait.",
            name=name(member.name),
            items=", ".join(numbers[:_LISTED]),
        )

    def _undone(self, order: Order) -> Message:
        self._shifts.undo(order.member, order.now)
        return Message(lines(phrase("Undone."), self._shown(order).text))

    def _private(self, order: Order, rest: Sequence[str]) -> Message:
        wanted = rest[0].lower() if len(rest) == 1 else ""
        if wanted not in (_ON, _OFF):
            raise MisspokenError("Write /shift private on, or /shift private off.")
        self._shifts.private(order.member, order.now, wanted=wanted == _ON)
        if wanted == _OFF:
            return Message(phrase("I call you in the chat, and write to you alone no more."))
        return Message(
            phrase(
                "What is meant for you comes to you alone. If you never wrote to me in private,"
                " do that once: I may not begin."
            )
        )

    # ------------------------------------------------------------ what was written

    def _asked(self, order: Order, rest: Sequence[str]) -> _Asked:
        chat, brands, manners = self._place(order)
        named, until = list(rest), None
        if named:
            until = _instant(named[-1], order.now, manners.timezone)
            named = named[:-1] if until is not None else named
        who, more = self._named(named) if named else (order.member, ())
        if more:
            raise MisspokenError(
                'Until when is "{word}"? Write 4h, 18:00 or 2026-03-06.', word=one_line(more[0])
            )
        return _Asked(order=order, who=who, chat=chat, brands=brands, until=until, manners=manners)

    def _place(self, order: Order) -> tuple[str | None, Collection[str], ChatManners]:
        """Return which chat is spoken of, its brands, its zone; alone with the bot None: all."""
        place, routes = order.caller.place, self._routes()
        manners = routes.manners(order.caller.home)
        if not order.caller.private and (brands := routes.brands_of(place.name)):
            return place.name, brands, manners
        everywhere = {each for one in routes.all() for each in routes.brands_of(one.name)}
        return None, everywhere, manners

    def _item(self, order: Order, usage: str) -> tuple[ItemId, Sequence[str]]:
        args = order.heard.args
        number = item_number(args[0]) if args else None
        under = self._speaking_of.replied_to(order.heard)
        if under is not None and number in (None, under):
            return under, args[1:] if number is not None else args
        if number is None:
            raise MisspokenError(usage)
        return number, args[1:]

    def _named(self, written: Sequence[str]) -> tuple[Member, Sequence[str]]:
        """Return the member whose name some words begin with, and the words after it.

        A name that is not written out is enough where only one member has it.
        """
        members = [each for each in self._store.people.members() if may_act(each.role)]
        for length in range(min(len(written), 6), 0, -1):
            said = " ".join(written[:length]).lstrip("@").casefold()
            found = [each for each in members if each.name.casefold() == said]
            found = found or [each for each in members if str(each.id) == said]
            if length == 1 and not found:
                found = [each for each in members if said in each.name.casefold().split()]
            if len(found) == 1:
                return found[0], written[length:]
            if found:
                raise MisspokenError(
                    "{count} are called so. Write one of their numbers: {numbers}.",
                    count=len(found),
                    numbers=", ".join(str(each.id) for each in found),
                )
        raise _nobody(written, members)


def _coming(duty: Duty, manners: ChatManners) -> Text:
    when = day_clock(duty.since, manners.timezone, manners.language)
    return phrase("Next: {name} from {when}", name=name(duty.member.name), when=when)


def _own(member: Member) -> Text:
    if member.reachable:
        return phrase(
            "What is meant for you comes in private; /shift private off ends that.", Style.ITALIC
        )
    return phrase("You are called in the chat; /shift private on changes that.", Style.ITALIC)


def _instant(written: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when "4h", "18:00" or "2026-03-06" is over, None where a word is no time.

    A day is over when it begins: who is off until the sixth is there on the sixth.
    """
    try:
        return now + parse_duration(written.lower())
    except ValueError:
        pass
    local = now.astimezone(zone)
    try:
        if ":" in written:
            at = time.fromisoformat(written).replace(tzinfo=None)
            day = local.date() + timedelta(days=at <= local.time().replace(tzinfo=None))
            return datetime.combine(day, at, zone).astimezone(now.tzinfo)
        return datetime.combine(date.fromisoformat(written), time(), zone).astimezone(now.tzinfo)
    except (ValueError, OverflowError):  # no time, or one beyond all calendars
        return None


def _nobody(written: Sequence[str], members: Sequence[Member]) -> MisspokenError:
    said = one_line(" ".join(written[:2]))
    names = {each.name.casefold(): each.name for each in members}
    near = get_close_matches(written[0].casefold(), names, n=1)
    if near:
        return MisspokenError(
            'Nobody here is called "{said}". Did you mean {name}?', said=said, name=names[near[0]]
        )
    known = ", ".join(each.name for each in members[:_LISTED])
    return MisspokenError(
        'Nobody here is called "{said}". There are: {names}.', said=said, names=known
    )


def taker_of(written: str, members: Sequence[Member]) -> Member:
    """Return the member whose number a button sends. Raises: RefusedError for one who left."""
    found = next((each for each in members if str(each.id) == written), None)
    if found is None:
        raise RefusedError("This member is not here any more.")
    return found
