"""Who is on shift: the plan of the settings, and what members made of it since.

A plan is a week of hours and the people who share them; a rotation gives each a turn. Members
come, go and stand in for each other by changes, of which the latest that speaks of somebody wins.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from monitor.clock.calendar import Calendar, calendar_of, hours_of, windows, windows_on
from monitor.model import Brand, Member, MemberId
from monitor.sections import ChatSettings, ShiftSettings
from monitor.spans import Stretch, Stretches, subtract, union

AHEAD = timedelta(days=35)  # nobody is waited for who comes later
BEHIND = timedelta(days=3)  # a span lasts for two days at the most, and no zone is a day away
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
_WEEK = 7
_LOOKS_AHEAD = (_DAY, 4 * _DAY, AHEAD)


class Rotation(StrEnum):
    """How long a turn lasts."""

    DAILY = "daily"  # a day on which the shift has hours
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Hours of the week, and who is there in them."""

    name: str
    hours: Calendar
    members: tuple[str, ...]  # names or ids, in the order of their turns
    brands: frozenset[str] | None = None  # None: all
    rotation: Rotation | None = None  # None: all members, every time
    starts: date = date(2024, 1, 1)  # the first turn begins
    at_once: int = 1  # how many have a turn together
    reserve: tuple[str, ...] = ()

    def covers(self, brands: Collection[str]) -> bool:
        """Return whether it is there for one of these brands."""
        return self.brands is None or not self.brands.isdisjoint(brands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """[since, until) of a shift: who is there, and who steps in."""

    shift: str
    since: datetime
    until: datetime
    crew: tuple[str, ...]
    reserve: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a member made of the plan for [since, until): who comes, who goes, or both at once."""

    id: int
    since: datetime
    until: datetime
    comes: MemberId | None
    goes: MemberId | None
    chat: str | None  # for the brands of this chat; None: for all
    made_by: MemberId
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """[since, until) in which a member is on shift, or the reserve."""

    member: Member
    since: datetime
    until: datetime
    shift: str = ""  # as the settings call it; "" where the member came by a change alone
    reserve: bool = False


def planned(sections: Iterable[ShiftSettings], brands: Sequence[Brand]) -> tuple[Shift, ...]:
    """Return the shifts of the settings; a shift for a chat is one for that chat's brands."""
    return tuple(_shift(each, brands) for each in sections)


def turn(shift: Shift, day: date) -> tuple[str, ...]:
    """Return whose turn it is in the spans that open on a local date."""
    return _turn(shift, day, 0)


def reserve(shift: Shift, day: date) -> tuple[str, ...]:
    """Return who steps in for those whose turn it is: by default who is next in the rotation."""
    if shift.reserve or shift.rotation is None:
        return shift.reserve
    there = turn(shift, day)
    return tuple(name for name in _turn(shift, day, 1) if name not in there)


def stints(shift: Shift, since: datetime, until: datetime) -> Iterator[Stint]:
    """Yield what of a shift touches [since, until), whole, by the day on which it begins."""
    zone = shift.hours.timezone
    day, last = (since - BEHIND).astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        yield from (
            each for each in _stints_on(shift, day) if each.since < until and each.until > since
        )
        day += _DAY


class Roster:
    """Who is on shift when. It is made anew for each look: members come and go."""

    def __init__(
        self,
        shifts: Sequence[Shift],
        changes: Sequence[Change],
        members: Sequence[Member],
        brands_of: Mapping[str, frozenset[str]],
    ) -> None:
        """`brands_of` are the brands of each chat; a chat that is not in it has them all.

        A shift of which nobody is in counts as if it were not there: it would hold for ever
        what nobody comes to be told.
        """
        self._changes = sorted(changes, key=lambda each: each.id)
        self._members = {member.id: member for member in members}
        self._named = _by_name(members)
        self._brands_of = brands_of
        self._shifts = [each for each in shifts if any(map(self.known, each.members))]

    def known(self, name: str) -> tuple[MemberId, ...]:
        """Return the members whom a name of the settings means; several may share one."""
        return self._named.get(name.strip().casefold(), ())

    def planned(self, brands: Collection[str]) -> bool:
        """Return whether anybody is ever on shift for these brands by the plan."""
        return any(shift.covers(brands) for shift in self._shifts)

    def there(self, brands: Collection[str], now: datetime) -> tuple[Member, ...]:
        """Return who is on shift at `now`, in the order of joining."""
        return tuple(duty.member for duty in _at(self.duties(brands, now, now + _MOMENT), now))

    def stand_ins(self, brands: Collection[str], now: datetime) -> tuple[Member, ...]:
        """Return who steps in at `now`; nobody who is on shift."""
        there = self.there(brands, now)
        found = _at(self._reserves(brands, now, now + _MOMENT), now)
        return tuple(duty.member for duty in found if duty.member not in there)

    def on(self, brands: Collection[str], now: datetime) -> tuple[Duty, ...]:
        """Return who is on shift at `now` and until when, in the order of coming."""
        return _at(self.duties(brands, now, now + AHEAD), now)

    def next(self, brands: Collection[str], now: datetime) -> Duty | None:
        """Return who comes on shift first after `now`; None if nobody does for five weeks."""
        for ahead in _LOOKS_AHEAD:  # somebody comes soon, most of the time
            later = (each for each in self.duties(brands, now, now + ahead) if each.since > now)
            if coming := min(later, key=lambda duty: duty.since, default=None):
                return coming
        return None

    def up(self, brands: Collection[str], now: datetime) -> tuple[Member, ...]:
        """Return who is told what is for those on shift: if nobody is, who steps in."""
        return self.there(brands, now) or self.stand_ins(brands, now)

    def up_at(self, brands: Collection[str], now: datetime) -> datetime | None:
        """Return when the first one comes who is on shift or steps in; None as for `next`."""
        for ahead in _LOOKS_AHEAD:
            both = self.schedule(brands, now, now + ahead)
            coming = min((duty.since for duty in both if duty.since > now), default=None)
            if coming is not None:
                return coming
        return None

    def duties(self, brands: Collection[str], since: datetime, until: datetime) -> tuple[Duty, ...]:
        """Return who is on shift within [since, until), by time; each duty whole."""
        found: list[Duty] = []
        known = list(self._stints(brands, since - BEHIND, until + BEHIND))
        for member in self._members.values():
            plan = [each for each in known if member.id in self._meant(each.crew)]
            hours = self._changed(member.id, brands, [(each.since, each.until) for each in plan])
            found += (_duty(member, each, plan) for each in _touching(hours, since, until))
        return tuple(sorted(found, key=lambda duty: (duty.since, duty.member.id)))

    def schedule(
        self, brands: Collection[str], since: datetime, until: datetime
    ) -> tuple[Duty, ...]:
        """Return the duties and reserves that touch [since, until), by time; each whole."""
        both = (*self.duties(brands, since, until), *self._reserves(brands, since, until))
        return tuple(sorted(both, key=lambda duty: (duty.since, duty.reserve, duty.member.id)))

    def _reserves(
        self, brands: Collection[str], since: datetime, until: datetime
    ) -> tuple[Duty, ...]:
        found: list[Duty] = []
        known = list(self._stints(brands, since - BEHIND, until + BEHIND))
        for member in self._members.values():
            plan = [each for each in known if member.id in self._meant(each.reserve)]
            hours = self._absent(member.id, brands, [(each.since, each.until) for each in plan])
            touching = _touching(hours, since, until)
            found += (_duty(member, each, plan, reserve=True) for each in touching)
        return tuple(found)

    def _stints(self, brands: Collection[str], since: datetime, until: datetime) -> Iterator[Stint]:
        for shift in self._shifts:
            if shift.covers(brands):
                yield from stints(shift, since, until)

    def _meant(self, names: Iterable[str]) -> set[MemberId]:
        return {member for name in names for member in self.known(name)}

    def _changed(
        self, member: MemberId, brands: Collection[str], plan: Sequence[Stretch]
    ) -> Stretches:
        """Return a member's hours once the changes were made, each upon those before it."""
        hours = union(plan)
        for change in self._changes:
            if member not in (change.comes, change.goes) or not self._touches(change, brands):
                continue
            span = [(change.since, change.until)]
            hours = union([*hours, *span]) if change.comes == member else subtract(hours, span)
        return hours

    def _absent(
        self, member: MemberId, brands: Collection[str], plan: Sequence[Stretch]
    ) -> Stretches:
        """Return a member's hours as the reserve: none in which the member went."""
        away = [
            (change.since, change.until)
            for change in self._changes
            if change.goes == member and self._touches(change, brands)
        ]
        return subtract(plan, away)

    def _touches(self, change: Change, brands: Collection[str]) -> bool:
        theirs = None if change.chat is None else self._brands_of.get(change.chat)
        return theirs is None or not theirs.isdisjoint(brands)


class Quiet:
    """The hours of every day in which a chat wants to hear of breaches alone."""

    def __init__(self, chat: ChatSettings) -> None:
        self.breaches = chat.quiet_breaches  # they wait, too
        week = (hours_of(chat.quiet),) * _WEEK
        self._hours = (
            Calendar(name=chat.name, timezone=chat.timezone, week=week) if chat.quiet else None
        )

    def until(self, now: datetime) -> datetime | None:
        """Return when the quiet that holds at `now` ends, None where none does."""
        window = next(windows(self._hours, now), None) if self._hours else None
        return window.closes if window is not None and window.opens <= now else None


def _at(duties: Iterable[Duty], now: datetime) -> tuple[Duty, ...]:
    found: dict[MemberId, Duty] = {}
    for duty in duties:
        if duty.since <= now < duty.until:
            found.setdefault(duty.member.id, duty)
    return tuple(found.values())


def _touching(hours: Stretches, since: datetime, until: datetime) -> Iterator[Stretch]:
    return (each for each in hours if each[0] < until and each[1] > since)


def _duty(member: Member, hours: Stretch, plan: Sequence[Stint], *, reserve: bool = False) -> Duty:
    since, until = hours
    touching = (each.shift for each in plan if each.since < until and each.until > since)
    return Duty(member=member, since=since, until=until, shift=next(touching, ""), reserve=reserve)


@lru_cache(maxsize=4096)
def _stints_on(shift: Shift, day: date) -> tuple[Stint, ...]:
    """Return the parts of a shift that begin on a local date."""
    crew, behind = turn(shift, day), reserve(shift, day)
    return tuple(
        Stint(shift=shift.name, since=opens, until=closes, crew=crew, reserve=behind)
        for opens, closes in windows_on(shift.hours, day)
    )


def _turn(shift: Shift, day: date, later: int) -> tuple[str, ...]:
    """Return whose turn it is `later` turns after the one of `day`."""
    if shift.rotation is None:
        return shift.members
    first = (_turns(shift, day) + later) * shift.at_once
    places = range(first, first + shift.at_once)
    return tuple(shift.members[place % len(shift.members)] for place in places)


def _turns(shift: Shift, day: date) -> int:
    """Return how many turns lie between the start and `day`, below zero before the start.

    Days of the week without hours take no turn: whoever had them would be left out for ever.
    """
    weeks, rest = divmod((day - shift.starts).days, _WEEK)
    if shift.rotation is Rotation.WEEKLY:
        return weeks
    first = shift.starts.weekday()
    passed = (shift.hours.week[(first + number) % _WEEK] for number in range(rest))
    return weeks * sum(map(bool, shift.hours.week)) + sum(map(bool, passed))


def _by_name(members: Iterable[Member]) -> dict[str, tuple[MemberId, ...]]:
    """Return the members by folded name, and by id."""
    found: dict[str, tuple[MemberId, ...]] = {}
    known = list(members)
    for member in known:
        folded = member.name.casefold()
        found[folded] = (*found.get(folded, ()), member.id)
    for member in known:
        found.setdefault(str(member.id), (member.id,))
    return found


def _shift(given: ShiftSettings, brands: Sequence[Brand]) -> Shift:
    of_chat = frozenset(brand.name for brand in brands if brand.chat == given.chat)
    wanted = of_chat if given.chat is not None else frozenset(given.brands) or None
    return Shift(
        name=given.name,
        hours=calendar_of(given),
        members=given.members,
        brands=wanted,
        rotation=Rotation(given.rotation) if given.rotation else None,
        starts=given.starts,
        at_once=given.at_once,
        reserve=given.reserve,
    )
