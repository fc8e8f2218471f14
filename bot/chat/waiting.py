"""Pauses as people order them: for whom, and for how long at most."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.admission import Caller, Order
from bot.chat.phrases import phrase
from bot.chat.replies import BUTTON_GONE, MisspokenError, Reply, say
from bot.chat.routes import Routes
from bot.chat.speaking_of import SpeakingOf, item_number
from bot.chat.text import Message, Text, lines, plain
from bot.chat.wording import local_time
from bot.locale.tongue import spoken
from bot.wiring import Workshop
from monitor.durations import parse_duration
from monitor.errors import RefusedError
from monitor.handling.ledger import Standing
from monitor.model import ItemId, Member

SNOOZE = "snooze"
_WORDS = {  # what people may write
    "customer": "customer",
    "third party": "third party",
    "third": "third party",
    "snooze": SNOOZE,
}
_MOST_DIGITS = 5  # of minutes behind a button


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For whom, or why, an item is to pause, and for how long; None: as long as it may."""

    reason: str  # "customer", "third party" or "snooze"
    length: timedelta | None = None


class Waiting:
    """Pauses items for linked persons; every call stands inside a transaction."""

    def __init__(
        self, workshop: Workshop, speaking_of: SpeakingOf, routes: Callable[[], Routes]
    ) -> None:
        self._desk = workshop.desk
        self._speaking_of = speaking_of
        self._routes = routes

    def order(self, order: Order, usage: str) -> tuple[Reply, ...]:
        """Return what is answered to "/wait 12 customer 6h"; `usage` is how it is written."""
        named = item_number(order.heard.args[0]) if order.heard.args else None
        item = named or self._speaking_of.replied_to(order.heard)
        asked = understood(order.heard.args[1:] if named else order.heard.args)
        if item is None or asked is None:
            raise MisspokenError(usage)
        standing = self.pause(item, asked, order.member, order.now)
        zone = self._zone(order.caller)
        told = phrase("#{item} pauses until {when}.", item=str(item), when=_until(standing, zone))
        return say(order.heard, Message(lines(told, _owed(standing, zone))), about=item)

    def tapped(self, item: ItemId, asked: Asked, caller: Caller, now: datetime) -> str:
        """Pause an item by a button, and return when its answer is due all the same, "" if none is.

        Raises: RefusedError.
        """
        standing = self.pause(item, asked, caller.member, now)
        return plain(_owed(standing, self._zone(caller)))

    def _zone(self, caller: Caller) -> ZoneInfo:
        return self._routes().manners(caller.home).timezone

    def pause(self, item: ItemId, asked: Asked, member: Member, now: datetime) -> Standing:
        """Pause an item. Raises: RefusedError, also for a pause that is too long."""
        if asked.reason != SNOOZE:
            return self._desk.wait(item, member, now, asked.reason, asked.length)
        if asked.length is None:
            return self._desk.snooze(item, member, now)
        return self._desk.snooze(item, member, now, asked.length)


def understood(written: tuple[str, ...]) -> Asked | None:
    """Return what "customer 6h" asks for, None if it cannot be understood."""
    *words, last = written or ("",)
    length = _length(last)
    reason = _WORDS.get(" ".join(words if length is not None else written).lower())
    return None if reason is None else Asked(reason=reason, length=length)


def behind_button(argument: str) -> Asked:
    """Return what a button asks for: "customer", or "customer:240" with the minutes."""
    reason, _, minutes = argument.partition(":")
    if not minutes:
        return Asked(reason=reason)
    if not (minutes.isascii() and minutes.isdecimal() and len(minutes) <= _MOST_DIGITS):
        raise RefusedError(BUTTON_GONE)
    return Asked(reason=reason, length=timedelta(minutes=int(minutes)))


def _length(written: str) -> timedelta | None:
    try:
        return parse_duration(written.lower())
    except ValueError:
        return None


def _until(standing: Standing, zone: ZoneInfo) -> Text:
    until = standing.item.paused_until
    return local_time(until, zone, spoken()) if until is not None else ()


def _owed(standing: Standing, zone: ZoneInfo) -> Text:
    """Return when the answer is due that a pause does not put off; nothing where none is owed."""
    owed = [each for each in standing.readings.responses if each.running and each.due_at]
    first = min(owed, key=lambda each: each.due_at or standing.readings.now, default=None)
    if first is None or first.due_at is None:
        return ()
    when = local_time(first.due_at, zone, spoken())
    if first.breached:
        return phrase("Its answer was due {when}: a pause does not put it off.", when=when)
    return phrase("Its answer is still due {when}: a pause does not put it off.", when=when)
