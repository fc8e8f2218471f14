"""Pure: who would have answered what and when, played through event by event.

Each person answers one post at a time, the one that is due first, and ends what was begun even if
the shift ends meanwhile. Who waits already for an answer is in line once: the answer is to all that
was written until then. What an author writes after it asks for the next answer.
"""

import heapq
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, pairwise
from random import Random
from zoneinfo import ZoneInfo

from monitor.clock.calendar import BEGINNING, NEVER, Calendar, business_time, due_at, windows
from monitor.clock.policy import Policy
from monitor.desk.shifts import Shift, stints
from monitor.report.heat import DAYS, HOURS, Grid
from monitor.report.summary import Share, Spread, spread
from monitor.spans import Stretch, union
from monitor.store.scratch import Arrival

AFTER = timedelta(days=35)  # people are waited for that long after the last post
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """[since, until) in which a person is at the desk."""

    since: datetime
    until: datetime
    brands: frozenset[str] | None = None  # for which; None: all


Crew = Sequence[Iterable[Presence]]  # for each person, in the order of time; may never end


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long answers take: drawn by chance, but the same for the same answer whoever gives it."""

    mean: timedelta
    measured: tuple[timedelta, ...] = ()  # of which one is drawn; none: exponential, by the mean
    seed: int = 1

    def times(self) -> Iterator[timedelta]:
        """Yield how long one answer after the other takes."""
        chance = Random(self.seed)  # noqa: S311 - no secret
        while True:
            if self.measured:
                yield chance.choice(self.measured)
            else:
                yield timedelta(seconds=chance.expovariate(1 / self.mean.total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What it came to with so many people at the desk."""

    people: int | None  # None: those of the shifts
    answers: int  # owed
    late: Share  # past the target, or never given
    unanswered: int  # nobody came any more
    customer_wait: Spread
    team_time: Spread
    longest: timedelta | None  # that a customer waited
    most_waiting: int
    most_waiting_at: datetime | None
    hours: float  # at the desk, all people together, in the time that is looked at
    busy: float  # the share of it that answers took
    late_hours: Grid  # local hours of the week in which answers fell due that were late


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is played through, but for the people."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    policies: Mapping[str, Policy]  # by name
    pace: Pace


def people(count: int, hours: Iterable[Stretch]) -> Crew:
    """Return so many people who are all there in the same hours."""
    known = tuple(Presence(since=since, until=until) for since, until in hours)
    return [known] * count


def open_hours(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Stretch]:
    """Yield the hours in which a calendar is open, from the first that touches [since, until)."""
    for opens, closes in windows(calendar, since):
        if opens >= until:
            return
        yield opens, closes


def shift_hours(shifts: Sequence[Shift], since: datetime, until: datetime) -> Iterator[Stretch]:
    """Yield the hours in which anybody is on shift."""
    found = chain.from_iterable(stints(shift, since, until) for shift in shifts)
    yield from union((each.since, each.until) for each in found)


def crew_of(shifts: Sequence[Shift], since: datetime, until: datetime) -> Crew:
    """Return the people of the shifts, each with the turns that touch [since, until)."""
    turns: dict[str, list[Presence]] = {}
    for shift in shifts:
        for each in stints(shift, since, until):
            for name in each.crew:
                present = Presence(since=each.since, until=each.until, brands=shift.brands)
                turns.setdefault(name.strip().casefold(), []).append(present)
    return [list(in_turn(each)) for _, each in sorted(turns.items())]


def in_turn(turns: Iterable[Presence]) -> Iterator[Presence]:
    """Yield the turns of a person apart from each other: where some meet, for the brands of all."""
    known = sorted(turns, key=lambda each: each.since)
    coming, there = deque(known), list[Presence]()
    edges = sorted({edge for each in known for edge in (each.since, each.until)})
    for since, until in pairwise(edges):
        while coming and coming[0].since <= since:
            there.append(coming.popleft())
        there = [each for each in there if each.until > since]
        if there:
            yield Presence(since=since, until=until, brands=_brands_of(there))


def _brands_of(turns: Sequence[Presence]) -> frozenset[str] | None:
    found: set[str] = set()
    for each in turns:
        if each.brands is None:
            return None
        found |= each.brands
    return frozenset(found)


def drill(
    arrivals: Iterable[Arrival], crew: Crew, stage: Stage, *, people: int | None = None
) -> Drilled:
    """Return what `crew` makes of `arrivals`, which come in the order of time."""
    desk = _Desk(crew, stage)
    for arrival, takes in zip(arrivals, stage.pace.times(), strict=False):
        desk.take(arrival, takes)
    desk.close()
    hours = sum((_there(each, stage.since, stage.until) for each in crew), timedelta())
    return desk.score.told(people, hours)


def _there(presences: Iterable[Presence], since: datetime, until: datetime) -> timedelta:
    """Return how long a person is there within [since, until)."""
    total = timedelta()
    for each in presences:
        if each.since >= until:
            break
        total += max(min(each.until, until) - max(each.since, since), timedelta())
    return total


@dataclass(frozen=True, slots=True, order=True)
class _Work:
    """An answer that is owed: what is due first comes first."""

    due_at: datetime
    number: int
    arrival: Arrival = field(compare=False)
    policy: Policy = field(compare=False)
    takes: timedelta = field(compare=False)


class _Person:
    """Somebody at the desk, or on the way there."""

    def __init__(self, presences: Iterable[Presence]) -> None:
        self._coming = iter(presences)
        self.present = next(self._coming, None)  # now or next
        self.work: _Work | None = None
        self.done_at = BEGINNING
        self.look_at = NEVER  # when the next turn begins, or this one ends

    def look(self, now: datetime) -> None:
        """Move on to the turn that holds now, or comes next."""
        while self.present is not None and self.present.until <= now:
            self.present = next(self._coming, None)

    def serves(self, brand: str) -> bool:
        """Return whether the turn is one for this brand."""
        present = self.present
        return present is not None and (present.brands is None or brand in present.brands)


class _Desk:
    """The line of what waits, and the people who work it off."""

    def __init__(self, crew: Crew, stage: Stage) -> None:
        self._stage = stage
        self._people = [_Person(each) for each in crew]
        self._idle: dict[int, None] = {}  # numbers of people, in the order of becoming free
        self._moments: list[tuple[datetime, int]] = []  # when a person is looked at
        self._lines: dict[str, list[_Work]] = {}  # by brand
        self._asked: set[int] = set()  # items that wait for an answer, or are being given one
        self._waiting = 0
        self._number = 0
        self.score = _Score(stage)
        for number, person in enumerate(self._people):
            if person.present is not None:
                self._look_at(person.present.since, number)

    def take(self, arrival: Arrival, takes: timedelta) -> None:
        """Let a post come in."""
        self._go_on(arrival.at)
        if arrival.item in self._asked:
            return
        self._asked.add(arrival.item)
        work = self._owed(arrival, takes)
        heapq.heappush(self._lines.setdefault(arrival.brand, []), work)
        self._waiting += 1
        self._assign(arrival.at)
        self.score.waits(self._waiting, arrival.at)

    def close(self) -> None:
        """Work off what is left, for as long as anybody comes."""
        while self._waiting and self._moments:
            self._look(*heapq.heappop(self._moments))
        for work in chain.from_iterable(self._lines.values()):
            self.score.left(work)

    def _owed(self, arrival: Arrival, takes: timedelta) -> _Work:
        policy = self._stage.policies[arrival.policy]
        opens = arrival.gap is None
        target = policy.first_response if opens else policy.next_response
        self._number += 1
        return _Work(
            due_at=due_at(policy.calendar, arrival.at, target, passed=True),
            number=self._number,
            arrival=arrival,
            policy=policy,
            takes=takes,
        )

    def _go_on(self, now: datetime) -> None:
        """Let everything happen that happens until `now`."""
        while self._moments and self._moments[0][0] <= now:
            self._look(*heapq.heappop(self._moments))

    def _look(self, now: datetime, number: int) -> None:
        """Let a person come, or end an answer; who is still at one is left alone."""
        person = self._people[number]
        if person.work is not None:
            if person.done_at > now:
                return
            self._asked.discard(person.work.arrival.item)
            person.work = None
        self._idle[number] = None
        self._assign(now)

    def _assign(self, now: datetime) -> None:
        """Hand out what waits to who has nothing to do."""
        for number in tuple(self._idle):
            if not self._waiting:
                return
            if self._begins(number, now) or not self._stays(number, now):
                del self._idle[number]

    def _stays(self, number: int, now: datetime) -> bool:
        """Return whether a person is there; the next turn may be one for what waits."""
        present = self._people[number].present
        if present is None:
            return False
        is_there = present.since <= now
        self._look_at(present.until if is_there else present.since, number)
        return is_there

    def _look_at(self, moment: datetime, number: int) -> None:
        person = self._people[number]
        if person.look_at != moment:
            person.look_at = moment
            heapq.heappush(self._moments, (moment, number))

    def _begins(self, number: int, now: datetime) -> bool:
        """Return whether a person begins an answer."""
        person = self._people[number]
        person.look(now)
        if person.present is None or person.present.since > now:
            return False
        lines = [line for brand, line in self._lines.items() if line and person.serves(brand)]
        if not lines:
            return False
        person.work = work = heapq.heappop(min(lines, key=lambda line: line[0]))
        self._waiting -= 1
        person.done_at = now + work.takes
        self.score.answered(work, person.done_at)
        heapq.heappush(self._moments, (person.done_at, number))
        return True


class _Score:
    """What came of it so far."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._waits = array("d")  # seconds
        self._team = array("d")
        self._late = [[0] * HOURS for _ in range(DAYS)]
        self._unanswered = 0
        self._worked = timedelta()
        self._most = 0
        self._most_at: datetime | None = None

    def waits(self, count: int, now: datetime) -> None:
        """Count who waits."""
        if count > self._most:
            self._most, self._most_at = count, now

    def answered(self, work: _Work, done_at: datetime) -> None:
        """Count an answer."""
        came_at = work.arrival.at
        self._waits.append((done_at - came_at).total_seconds())
        team = business_time(work.policy.calendar, came_at, done_at)
        self._team.append(team.total_seconds())
        began_at = max(done_at - work.takes, self._stage.since)
        self._worked += max(min(done_at, self._stage.until) - began_at, timedelta())
        if done_at > work.due_at:
            self._count_late(work)

    def left(self, work: _Work) -> None:
        """Count what nobody answered."""
        self._unanswered += 1
        self._count_late(work)

    def _count_late(self, work: _Work) -> None:
        due = min(work.due_at, NEVER - timedelta(days=2)).astimezone(self._stage.zone)
        self._late[due.weekday()][due.hour] += 1

    def told(self, people: int | None, hours: timedelta) -> Drilled:
        """Return all of it."""
        answers, late = len(self._waits) + self._unanswered, sum(map(sum, self._late))
        longest = max(self._waits, default=None)
        return Drilled(
            people=people,
            answers=answers,
            late=Share(part=late, whole=answers),
            unanswered=self._unanswered,
            customer_wait=spread(timedelta(seconds=each) for each in self._waits),
            team_time=spread(timedelta(seconds=each) for each in self._team),
            longest=None if longest is None else timedelta(seconds=longest),
            most_waiting=self._most,
            most_waiting_at=self._most_at,
            hours=hours / _HOUR,
            busy=min(1.0, self._worked / hours) if hours else 0.0,
            late_hours=tuple(map(tuple, self._late)),
        )
