"""The reading of an item's clocks: what its events mean at a given moment."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from monitor.clock.calendar import NEVER, NO_TIME
from monitor.clock.claims import claim_cycles
from monitor.clock.cycles import Away, Cycle
from monitor.clock.policy import Terms
from monitor.clock.resolution import Pause, pauses, resolution, silences
from monitor.clock.responses import response_cycles
from monitor.clock.timeline import Story, tell
from monitor.model import Answer, Event, ItemId, Result, Target

RESPONSES = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
_REMEMBERED = 1024  # items whose events are not gone through again until more happens


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One cycle of one clock, as it stands."""

    target: Target
    cycle: int  # 1, 2, …; responses count together: 1 is the first one, next ones are 2, 3, …
    started_at: datetime
    waits_since: datetime  # the post's own time
    due_at: datetime | None  # None while paused or void
    ended_at: datetime | None  # in its own time; None while it runs, or if it ended void
    running: bool
    paused: bool  # only resolution pauses
    team_time: timedelta  # business time, never below zero
    customer_wait: timedelta  # wall time, never below zero
    allowed: timedelta  # the target
    breached: bool  # past the target, not at it
    breached_at: datetime | None  # the instant from which on it is past the target
    counted: bool  # False: found late or void, out of every ratio
    proven: bool  # False: it runs, or a tap ended it of which no public reply is known
    answer: Answer | None
    settles_at: datetime | None  # after this instant its result is fixed; None while it runs
    frozen: bool  # its result is fixed
    policy_name: str
    policy_version: int
    counts_from: datetime  # the start, or the latest restart under new terms
    away: tuple[Away, ...] = ()  # parts that do not count: pauses, and time spent resolved
    void_at: datetime | None = None  # when nobody asked any more; None: not so
    proof_changed: bool = False  # its proof came, or went, after its result was fixed

    @property
    def void(self) -> bool:
        """Whether it ended because nobody asks any more."""
        return self.void_at is not None

    @property
    def response(self) -> bool:
        """Whether this is the first or a next response."""
        return self.target in RESPONSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """All clocks of an item at `now`, by target and cycle; none for muted history."""

    item: ItemId | None
    now: datetime
    all: tuple[Reading, ...] = ()
    void_since: datetime | None = None
    pause: Pause | None = None  # the one that holds at `now`
    silent_until: datetime | None = None  # when silence resolves the item, if nothing more comes

    @property
    def void(self) -> bool:
        """Whether the item is out of every ratio, so that nothing runs."""
        return self.void_since is not None

    def of(self, target: Target) -> tuple[Reading, ...]:
        """Return the readings of a target, oldest first."""
        return tuple(each for each in self.all if each.target is target)

    @property
    def responses(self) -> tuple[Reading, ...]:
        """The response readings, oldest first."""
        return tuple(each for each in self.all if each.response)

    @property
    def response_open(self) -> bool:
        """Whether an answer is owed."""
        return any(each.running for each in self.responses)

    @property
    def answer(self) -> Answer | None:
        """How the latest response cycle was answered; None while one runs."""
        latest = next((each for each in reversed(self.responses) if not each.void), None)
        return latest.answer if latest else None

    @property
    def resolved_at(self) -> datetime | None:
        """When the matter ended, by a member's act or by silence; None while it goes on."""
        ends = self.of(Target.RESOLUTION)
        return ends[-1].ended_at if ends else None

    def due_next(self) -> Reading | None:
        """Return the running clock that is due first, or else a paused one, or None."""
        running = [each for each in self.all if each.running]
        return min(running, key=_due, default=None)

    def results(self, now: datetime) -> tuple[Result, ...]:
        """Return the results to be fixed at `now`: ended and no longer open to change.

        Nothing of a void item is fixed: should it be restored, its clocks go on.
        """
        if self.item is None or self.void:
            return ()
        ripe = (each for each in self.all if each.settles_at is not None and now > each.settles_at)
        fixed = (_result(self.item, each, now) for each in ripe if not each.frozen)
        return tuple(each for each in fixed if each is not None)

    def proofs(self) -> tuple[tuple[Target, int, bool], ...]:
        """Return target, number and whether it is proven, where a fixed result says otherwise."""
        changed = (each for each in self.all if each.proof_changed)
        return tuple((each.target, each.cycle, each.proven) for each in changed)


def _due(reading: Reading) -> tuple[bool, datetime]:
    due = reading.due_at
    return (due is None, due or reading.started_at)


def _result(item: ItemId, reading: Reading, now: datetime) -> Result | None:
    if reading.ended_at is None or reading.due_at is None:
        return None
    return Result(
        item=item,
        target=reading.target,
        cycle=reading.cycle,
        started_at=reading.started_at,
        ended_at=reading.ended_at,
        due_at=reading.due_at,
        customer_wait=reading.customer_wait,
        team_time=reading.team_time,
        breached=reading.breached,
        counted=reading.counted,
        proven=reading.proven,
        policy_version=reading.policy_version,
        frozen_at=now,
        policy=reading.policy_name,
        allowed=reading.allowed,
    )


def read(
    events: Iterable[Event],
    terms: Terms,
    now: datetime,
    *,
    frozen: Sequence[Result] = (),
    found_late: bool = False,
    muted: bool = False,
) -> Readings:
    """Return the clocks of one item at `now`, from all its events, under `terms`.

    `frozen` results stand as they are. `found_late` takes the first response out of every ratio.
    `muted` is history: it has no clock until it is unmuted.
    """
    account = _account(tuple(events), tuple(frozen), terms, found_late, muted)
    if account is None:
        return Readings(item=None, now=now)
    story, paused = account.story, account.paused
    ends = resolution(story, account.responses, paused, account.silences, now)
    view = _View(terms=terms, now=now, found_late=found_late, void_since=story.void_since)
    fixed = {(each.target, each.cycle): each for each in account.left}
    readings = [
        each if isinstance(each, Reading) else _reading(view, each, None) for each in account.clocks
    ]
    readings += [
        _reading(view, each, fixed.pop((each.target, each.number), None)) for each in ends.cycles
    ]
    if fixed:
        readings += [_frozen(view, each, None) for each in fixed.values()]
        readings.sort(key=_place)
    return Readings(
        item=story.item,
        now=now,
        all=tuple(readings),
        void_since=story.void_since,
        pause=next((each for each in paused if each.holds(now)), None),
        silent_until=None if story.void_since else ends.silent_until,
    )


def _place(reading: Reading) -> tuple[int, int]:
    """Return where a reading stands: responses first, then claims, then resolutions."""
    return 0 if reading.response else list(Target).index(reading.target), reading.cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """What the events of an item come to whatever the time, until more happens."""

    story: Story
    paused: tuple[Pause, ...]
    responses: tuple[Cycle, ...]
    silences: tuple[datetime | None, ...]
    clocks: tuple[Reading | Cycle, ...]  # of responses and claims; a cycle that runs is read later
    left: tuple[Result, ...]  # fixed results of other clocks


@lru_cache(maxsize=_REMEMBERED)
def _account(
    events: tuple[Event, ...],
    frozen: tuple[Result, ...],
    terms: Terms,
    found_late: bool,
    muted: bool,
) -> _Account | None:
    """Return the account of an item, None while it has no clock."""
    story = tell(events, muted=muted)
    if story is None:
        return None
    fixed = {(each.target, each.cycle): each for each in frozen}
    paused = pauses(story)
    responses = response_cycles(
        story, {each.cycle: each for each in frozen if each.target in RESPONSES}
    )
    view = _View(
        terms=terms, now=story.start.event.at, found_late=found_late, void_since=story.void_since
    )
    clocks: list[Reading | Cycle] = []
    for each in (*responses, *claim_cycles(story, responses)):
        result = fixed.pop((each.target, each.number), None)
        runs = result is None and each.end is None
        clocks.append(each if runs else _reading(view, each, result))
    return _Account(
        story=story,
        paused=paused,
        responses=responses,
        silences=tuple(silences(story, responses, paused, terms)),
        clocks=tuple(clocks),
        left=tuple(fixed.values()),
    )


def reaches_at(
    reading: Reading, terms: Terms, length: timedelta, *, passed: bool = False
) -> datetime:
    """Return when a clock has counted `length`, were it not stopped; see `calendar.due_at`."""
    left = length
    for start, end in pieces(reading.counts_from, NEVER, reading.away):
        gone = NO_TIME if end == NEVER else terms.business_time(start, end)
        if end == NEVER or gone > left or (gone == left and not passed):
            return terms.due_at(start, left, passed=passed)
        left -= gone
    return NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What every clock of an item is read under."""

    terms: Terms
    now: datetime  # it moves only what runs
    found_late: bool
    void_since: datetime | None


def _reading(view: _View, cycle: Cycle, fixed: Result | None) -> Reading:
    """Return what one cycle comes to; a fixed result is not computed again."""
    if fixed is not None:
        return _frozen(view, fixed, cycle)
    measured = _measured(view, cycle)
    late = measured.team_time > measured.allowed
    shown = not measured.paused and (measured.running or measured.ended_at is not None)
    terms = view.terms.as_of(measured.ended_at)
    due_at = reaches_at(measured, terms, measured.allowed) if shown else None
    passed = reaches_at(measured, terms, measured.allowed, passed=True) if late else None
    return replace(measured, due_at=due_at, breached=late, breached_at=passed)


def _measured(view: _View, cycle: Cycle) -> Reading:
    """Return a reading of which only the due time and the breach are still open."""
    end, ended_at = cycle.end, cycle.end.at if cycle.end else None
    void = end is not None and end.void
    policy = view.terms.newest if ended_at is None else view.terms.at(ended_at)
    until = ended_at or min(view.now, view.void_since or view.now)
    counts_from = view.terms.begins(cycle.started_at, ended_at)
    away = tuple(_away(cycle, until))
    late_found = view.found_late and cycle.target is Target.FIRST_RESPONSE
    return Reading(
        target=cycle.target,
        cycle=cycle.number,
        started_at=cycle.started_at,
        counts_from=counts_from,
        waits_since=cycle.waits_since,
        due_at=None,
        ended_at=None if void else ended_at,
        running=end is None and view.void_since is None,
        paused=end is None and any(each.holds(until) for each in away),
        team_time=team_time(view.terms, counts_from, until, away),
        customer_wait=max(until - cycle.waits_since, NO_TIME),
        allowed=policy.target(cycle.target),
        breached=False,
        breached_at=None,
        counted=not void and view.void_since is None and not late_found,
        proven=end is not None and not void and end.proven,
        answer=_answer(cycle),
        settles_at=None if end is None or void else end.settles_at,
        frozen=False,
        policy_name=policy.name,
        policy_version=policy.version,
        away=away,
        void_at=ended_at if void else None,
    )


def _frozen(view: _View, fixed: Result, cycle: Cycle | None) -> Reading:
    """Return a fixed result as a reading; only its proof may have come since."""
    policy = view.terms.at(fixed.ended_at)
    answer = _answer(cycle) if cycle else None
    proven = fixed.proven if answer is None else answer.proven
    if answer is None and fixed.target in RESPONSES:
        answer = Answer(at=fixed.ended_at, url=None, proven=proven, by=None)
    return Reading(
        target=fixed.target,
        cycle=fixed.cycle,
        started_at=fixed.started_at,
        counts_from=view.terms.begins(fixed.started_at, fixed.ended_at),
        waits_since=fixed.ended_at - fixed.customer_wait,
        due_at=fixed.due_at,
        ended_at=fixed.ended_at,
        running=False,
        paused=False,
        team_time=fixed.team_time,
        customer_wait=fixed.customer_wait,
        allowed=policy.target(fixed.target) if fixed.allowed is None else fixed.allowed,
        breached=fixed.breached,
        breached_at=fixed.due_at if fixed.breached else None,
        counted=fixed.counted,
        proven=proven,
        proof_changed=proven is not fixed.proven,
        answer=answer,
        settles_at=fixed.frozen_at,
        frozen=True,
        policy_name=fixed.policy or policy.name,
        policy_version=fixed.policy_version,
        away=tuple(_away(cycle, fixed.ended_at)) if cycle else (),
    )


def _answer(cycle: Cycle) -> Answer | None:
    end = cycle.end
    if end is None or end.void or cycle.target not in RESPONSES:
        return None
    return Answer(at=end.at, url=end.url, proven=end.proven, by=end.by)


def _away(cycle: Cycle, until: datetime) -> Iterator[Away]:
    """Yield what does not count before `until`; nothing is away once a clock has ended."""
    for each in sorted(cycle.away, key=lambda each: each.start):
        if each.start < until or (cycle.end is None and each.start == until):
            outlives = each.end is None or each.end > until
            yield replace(each, end=until) if outlives and cycle.end else each


def team_time(terms: Terms, start: datetime, end: datetime, away: Sequence[Away] = ()) -> timedelta:
    """Return the business time in [start, end) that was not away; none if it ends before."""
    return sum((terms.business_time(*piece) for piece in pieces(start, end, away)), NO_TIME)


def pieces(
    start: datetime, end: datetime, away: Sequence[Away]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the parts of [start, end) that are not away, in order; `away` is by start."""
    at = start
    for each in away:
        stop = min(each.start, end)
        if at < stop:
            yield at, stop
        at = max(at, end if each.end is None else min(each.end, end))
    if at < end:
        yield at, end
