"""Pure: what an hour of the week brings: usually, in one of ten, and at the worst."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

from monitor.report.heat import DAYS, HOURS, Grid

_HOUR = timedelta(hours=1)
_Slot = tuple[int, int]  # weekday and hour
_LocalHour = tuple[int, int]  # day, counted from year 1, and hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """How many came in each local hour of the week, over all weeks; hours without any count."""

    count: int
    weeks: float
    median: Grid
    ninetieth: Grid  # nine of ten such hours had no more
    an_hour: int  # over all hours: the median
    a_busy_hour: int  # the ninetieth percentile
    busiest_at: datetime | None  # when the busiest hour of all began, the first of several
    busiest: int


def rush(times: Iterable[datetime], since: datetime, until: datetime, zone: ZoneInfo) -> Rush:
    """Return what the hours of [since, until) brought."""
    counts: Counter[_LocalHour] = Counter()
    begun: dict[_LocalHour, datetime] = {}
    for at in times:
        local = at.astimezone(zone)
        key = local.toordinal(), local.hour
        counts[key] += 1
        begun.setdefault(key, _whole(local))
    often = _slots(since, until, zone)
    found = _by_slot(counts)
    known = {slot: _filled(found.get(slot, ()), often[slot]) for slot in often}
    everything = sorted(count for each in known.values() for count in each)
    busiest = max(counts, key=lambda key: (counts[key], -key[0], -key[1]), default=None)
    return Rush(
        count=counts.total(),
        weeks=(until - since) / timedelta(weeks=1),
        median=_grid({slot: median_low(each) for slot, each in known.items()}),
        ninetieth=_grid({slot: ninetieth(each) for slot, each in known.items()}),
        an_hour=median_low(everything) if everything else 0,
        a_busy_hour=ninetieth(everything) if everything else 0,
        busiest_at=begun[busiest].astimezone(UTC) if busiest else None,
        busiest=counts[busiest] if busiest else 0,
    )


def ninetieth(ordered: list[int]) -> int:
    """Return the least of these, in order, that nine of ten do not pass."""
    return ordered[-(-9 * len(ordered) // 10) - 1]


def _by_slot(counts: Counter[_LocalHour]) -> dict[_Slot, list[int]]:
    found: dict[_Slot, list[int]] = defaultdict(list)
    for (day, hour), count in counts.items():
        found[(day - 1) % DAYS, hour].append(count)
    return found


def _filled(counts: Iterable[int], often: int) -> list[int]:
    """Return the counts of all such hours, in order; those without any are 0."""
    known = sorted(counts)
    return [0] * (often - len(known)) + known


def _slots(since: datetime, until: datetime, zone: ZoneInfo) -> Counter[_Slot]:
    """Return how often each hour of the week was begun in [since, until)."""
    hours = {(local.toordinal(), local.hour) for local in _hours(since, until, zone)}
    return Counter(((day - 1) % DAYS, hour) for day, hour in hours)


def _hours(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    at = _whole(since.astimezone(zone)).astimezone(UTC)
    while at < until:
        yield at.astimezone(zone)
        at += _HOUR


def _whole(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0)


def _grid(found: dict[_Slot, int]) -> Grid:
    return tuple(tuple(found.get((day, hour), 0) for hour in range(HOURS)) for day in range(DAYS))
