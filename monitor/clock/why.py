"""Why a clock shows what it shows: every part of it, counted or not, with the reason."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.clock import calendar as hours
from monitor.clock.calendar import NO_TIME
from monitor.clock.policy import Policy, Terms
from monitor.clock.reading import Reading, Readings, read
from monitor.clock.reasons import Because, Reason, away
from monitor.model import Event, Result, Target

_NAMES = {
    Target.FIRST_RESPONSE: "First response",
    Target.NEXT_RESPONSE: "Next response",
    Target.CLAIM: "Claim",
    Target.RESOLUTION: "Resolution",
}


_ALWAYS, _OPEN, _ANEW = (
    Reason(because=each) for each in (Because.ALWAYS_OPEN, Because.OPEN, Because.ANEW)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """[start, end) of a clock, in UTC: either all of it counts, or none."""

    start: datetime
    end: datetime
    counted: bool
    reason: Reason
    policy: str
    policy_version: int
    calendar: str
    calendar_version: int

    @property
    def why(self) -> str:
        """The reason in English: "open hours", "holiday: Epiphany"."""
        return str(self.reason)


class Noted(StrEnum):
    """What else one must know to believe the numbers, in English."""

    FIXED = "fixed under policy {policy} v{version}, before the present terms"
    VOID = "void: not counted"
    FOUND_LATE = "found late: not counted as the team's breach"
    UNPROVEN = "unproven: somebody tapped Answered, no public reply is known"
    EARLY = "answered before we saw the post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One cycle of one clock with all its parts; the counted ones add up to `team_time`."""

    target: Target
    cycle: int
    started_at: datetime
    ended_at: datetime | None  # None: it runs, is paused, or is void
    due_at: datetime | None
    team_time: timedelta
    allowed: timedelta
    customer_wait: timedelta
    breached: bool
    counted: bool
    segments: tuple[Segment, ...]
    noted: tuple[Noted, ...]
    policy: str  # of its target
    policy_version: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What else one must know, in English."""
        named = {"policy": self.policy, "version": self.policy_version}
        return tuple(each.value.format_map(named) for each in self.noted)


def explain(
    events: Iterable[Event],
    terms: Terms,
    now: datetime,
    *,
    frozen: Sequence[Result] = (),
    found_late: bool = False,
    muted: bool = False,
) -> tuple[Explained, ...]:
    """Return every cycle of an item's clocks, explained; the arguments are those of `read`."""
    readings = read(events, terms, now, frozen=frozen, found_late=found_late, muted=muted)
    return explain_readings(readings, terms, found_late=found_late)


def explain_readings(
    readings: Readings, terms: Terms, *, found_late: bool = False
) -> tuple[Explained, ...]:
    """Return every cycle of clocks that were read under `terms`, explained."""
    return tuple(_explained(each, readings, terms, found_late) for each in readings.all)


def as_text(explained: Iterable[Explained], zone: ZoneInfo) -> str:
    """Return the explanation in short lines for a phone, with local times of `zone`."""
    return "\n\n".join("\n".join(_lines(each, zone)) for each in explained)


def _explained(reading: Reading, readings: Readings, terms: Terms, found_late: bool) -> Explained:
    segments = tuple(_joined(_segments(reading, readings, terms)))
    total = sum((each.end - each.start for each in segments if each.counted), NO_TIME)
    explained = total == reading.team_time and _holds(reading, terms)
    return Explained(
        target=reading.target,
        cycle=reading.cycle,
        started_at=reading.started_at,
        ended_at=reading.ended_at,
        due_at=reading.due_at,
        team_time=reading.team_time,
        allowed=reading.allowed,
        customer_wait=reading.customer_wait,
        breached=reading.breached,
        counted=reading.counted,
        segments=segments if explained else (),
        noted=tuple(_noted(reading, readings, explained, found_late)),
        policy=reading.policy_name,
        policy_version=reading.policy_version,
    )


def _holds(reading: Reading, terms: Terms) -> bool:
    """Return whether the terms know the policy of a clock: a fixed result may be older than they.

    Both may have counted the same time, against another target.
    """
    if not reading.frozen or reading.ended_at is None:
        return True
    policy = terms.at(reading.ended_at)
    return (policy.name, policy.version) == (reading.policy_name, reading.policy_version)


def _segments(reading: Reading, readings: Readings, terms: Terms) -> Iterator[Segment]:
    void_at, now = readings.void_since, readings.now
    until = reading.ended_at or reading.void_at or min(now, void_at or now)
    if reading.started_at < min(reading.counts_from, until):
        start = reading.started_at
        yield _segment(terms.newest, start, min(reading.counts_from, until), _ANEW)
    for start, end, why in _stretches(reading, until):
        if why is None:
            for policy, since, to in terms.parts(start, end):
                yield from _by_calendar(policy, since, to)
        else:
            yield _segment(terms.at(start), start, end, away(why))
    until = max(until, reading.started_at)
    if reading.ended_at is None and void_at is not None and not reading.void and until < now:
        yield _segment(terms.newest, until, now, Reason(because=Because.VOID))


def _stretches(
    reading: Reading, until: datetime
) -> Iterator[tuple[datetime, datetime, str | None]]:
    """Yield the parts of a clock's time up to `until`, each with the reason why it is away."""
    at = reading.counts_from
    for each in reading.away:
        start, end = min(each.start, until), min(each.end or until, until)
        if at < start:
            yield at, start, None
        if max(at, start) < end:
            yield max(at, start), end, each.why
        at = max(at, end)
    if at < until:
        yield at, until, None


def _by_calendar(policy: Policy, start: datetime, end: datetime) -> Iterator[Segment]:
    """Yield the open and the closed hours of [start, end)."""
    at = start
    why = _ALWAYS if policy.calendar.never_closes else _OPEN
    for opens, closes in hours.windows(policy.calendar, start):
        if opens >= end:
            break
        yield from _closed(policy, at, opens)
        at = min(closes, end)
        yield _segment(policy, opens, at, why, True)
    yield from _closed(policy, at, end)


def _closed(policy: Policy, start: datetime, end: datetime) -> Iterator[Segment]:
    for since, until, why in hours.closures(policy.calendar, start, end):
        yield _segment(policy, since, until, why)


def _segment(
    policy: Policy, start: datetime, end: datetime, reason: Reason, counted: bool = False
) -> Segment:
    return Segment(
        start=start,
        end=end,
        counted=counted,
        reason=reason,
        policy=policy.name,
        policy_version=policy.version,
        calendar=policy.calendar.name,
        calendar_version=policy.calendar_version,
    )


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Yield the segments; neighbours that differ in nothing but their times become one."""
    pending: Segment | None = None
    for each in segments:
        if pending and replace(each, start=pending.start) == replace(pending, end=each.end):
            pending = replace(pending, end=each.end)
        else:
            if pending:
                yield pending
            pending = each
    if pending:
        yield pending


def _noted(
    reading: Reading, readings: Readings, explained: bool, found_late: bool
) -> Iterator[Noted]:
    if not explained:
        yield Noted.FIXED
    if reading.void or readings.void:
        yield Noted.VOID
    if found_late and reading.target is Target.FIRST_RESPONSE:
        yield Noted.FOUND_LATE
    if reading.answer is not None and not reading.proven:
        yield Noted.UNPROVEN
    if reading.ended_at is not None and reading.ended_at < reading.started_at:
        yield Noted.EARLY


def _lines(explained: Explained, zone: ZoneInfo) -> Iterator[str]:
    number = f" {explained.cycle}" if explained.cycle > 1 else ""
    late = ", late" if explained.breached else ""
    spent, allowed = _length(explained.team_time), _length(explained.allowed)
    yield f"{_NAMES[explained.target]}{number}: {spent} of {allowed}{late}"
    yield f"customer wait {_length(explained.customer_wait)}"
    if explained.ended_at is not None:
        yield f"ended {_local(explained.ended_at, zone)}"
    if explained.due_at is not None:
        yield f"due {_local(explained.due_at, zone)}"
    for each in explained.segments:
        sign = "+" if each.counted else "-"
        length = _length(each.end - each.start)
        yield f"{sign} {_local(each.start, zone)}, {length}: {each.why}"
    yield from explained.notes
    terms = dict.fromkeys(map(_terms, explained.segments))
    yield from terms


def _terms(segment: Segment) -> str:
    policy = f"policy {segment.policy} v{segment.policy_version}"
    return f"{policy}, calendar {segment.calendar} v{segment.calendar_version}"


def _local(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def _length(length: timedelta) -> str:
    """Return a length of time to the second, "2 d 1 h 5 min"."""
    seconds = int(length.total_seconds())
    parts = (
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    )
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"
