"""Pure: what a period came to, part by part: by brand, by language, by hour and so on."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.model import ItemId, State, Target
from monitor.report.summary import (
    LATER,
    SOON,
    UNJUDGED,
    Late,
    Rival,
    Share,
    Spread,
    label,
    spread,
    within,
)
from monitor.store.figures import Case


class By(StrEnum):
    """What the parts of a report are."""

    BRAND = "brand"
    PLATFORM = "platform"
    LANGUAGE = "language"
    LABEL = "label"
    TOPIC = "topic"
    MEMBER = "member"
    HOUR = "hour"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one part came to."""

    name: str  # a brand's name, "tr", "complaint and request", "17" (hour), "0" (Monday); "": none
    received: int  # void ones left out
    answered: int
    unproven: int  # of those answered, known by a tap alone
    unanswered: int
    within_30: Share  # of customer wait
    within_60: Share
    customer_wait: Spread
    team_time: Spread  # what was found late left out
    breached: Share  # first responses past their target, of those due by now
    found_late: int
    void: int  # not counted as received


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A period, part by part."""

    by: By
    since: datetime
    until: datetime
    zone: ZoneInfo
    rows: tuple[Row, ...]  # most received first; hours and weekdays in their own order
    total: Row  # named ""
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How cases are looked at."""

    now: datetime
    zone: ZoneInfo
    late: frozenset[ItemId] = frozenset()  # whose first response runs and is past its target
    answered_by: Mapping[ItemId, str] | None = None  # who gave the first answer, by name


def break_down(
    by: By,
    cases: Sequence[Case],
    since: datetime,
    until: datetime,
    view: View,
    rivals: tuple[Rival, ...] = (),
) -> Breakdown:
    """Return what the items first seen in [since, until) came to, part by part."""
    part_of = _PARTS[by]
    parts: dict[str, list[Case]] = {name: [] for name in _ALWAYS.get(by, ())}
    for case in cases:
        parts.setdefault(part_of(case, view), []).append(case)
    rows = [_row(name, found, view) for name, found in parts.items()]
    if by not in _ALWAYS:
        rows.sort(key=lambda row: (-row.received, row.name))
    return Breakdown(
        by=by,
        since=since,
        until=until,
        zone=view.zone,
        rows=tuple(rows),
        total=_row("", cases, view),
        rivals=rivals,
    )


def late_firsts(late: Iterable[Late]) -> frozenset[ItemId]:
    """Return the items whose first response runs and is past its target."""
    return frozenset(
        each.item for each in late if each.item is not None and each.target is Target.FIRST_RESPONSE
    )


def _row(name: str, cases: Sequence[Case], view: View) -> Row:
    received = [case for case in cases if case.state is not State.VOID]
    counted = [case for case in received if not case.found_late]
    answered = [case for case in received if case.answered_at is not None]
    return Row(
        name=name,
        received=len(received),
        answered=len(answered),
        unproven=sum(not case.proven for case in answered),
        unanswered=len(received) - len(answered),
        within_30=within(received, SOON, view.now),
        within_60=within(received, LATER, view.now),
        customer_wait=spread(case.customer_wait for case in received),
        team_time=spread(case.team_time for case in counted),
        breached=_breached(counted, view.late),
        found_late=len(received) - len(counted),
        void=len(cases) - len(received),
    )


def _breached(cases: Iterable[Case], late: Collection[ItemId]) -> Share:
    """Return how many missed their target, of those that are fixed or past it already."""
    known = [
        case.breached is True or case.item in late
        for case in cases
        if case.breached is not None or case.item in late
    ]
    return Share(part=sum(known), whole=len(known))


def _hour(case: Case, view: View) -> str:
    return str(case.opened_at.astimezone(view.zone).hour)


def _weekday(case: Case, view: View) -> str:
    return str(case.opened_at.astimezone(view.zone).weekday())


_PARTS: Mapping[By, Callable[[Case, View], str]] = {
    By.BRAND: lambda case, _: case.brand,
    By.PLATFORM: lambda case, _: case.platform,
    By.LANGUAGE: lambda case, _: case.language or UNJUDGED,
    By.LABEL: lambda case, _: label(case.flags),
    By.TOPIC: lambda case, _: case.topic or "",
    By.MEMBER: lambda case, view: (view.answered_by or {}).get(case.item, ""),
    By.HOUR: _hour,
    By.WEEKDAY: _weekday,
}
_ALWAYS = {By.HOUR: tuple(map(str, range(24))), By.WEEKDAY: tuple(map(str, range(7)))}
