"""Pure: what each hour of the week brought, on the clocks of one time zone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from monitor.model import Target
from monitor.report.summary import Late
from monitor.store.store import Store

DAYS, HOURS = 7, 24
Grid = tuple[tuple[int, ...], ...]  # Monday to Sunday, each from midnight: grid[0][9] is Mon 09-10
Shares = tuple[tuple[float, ...], ...]  # likewise
Quarters = Iterable[tuple[datetime, float]]  # so many in the quarter of an hour that begins then
_QUARTER = timedelta(minutes=15)  # zones are whole quarters away from UTC
_DAY = timedelta(days=1)
_Day = tuple[int, timedelta | None]  # of the week, and how far its clocks are from UTC
_RESPONSES = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfWeek:
    """What came, was answered and was broken in [since, until), by local hour of the week."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    arrivals: Grid  # items first seen in that hour, void and muted ones left out
    answered: Grid  # first answers that were given in that hour
    breaches: Grid  # response clocks that ran out in that hour; what was found late left out
    hours: Shares  # how often that hour came: 4.0 in four weeks, less where one was cut

    @property
    def weeks(self) -> float:
        """Return how many weeks were counted."""
        return sum(map(sum, self.hours)) / (DAYS * HOURS)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing came and nothing was broken."""
        return not any(map(any, (*self.arrivals, *self.breaches)))

    def a_week(self, grid: Grid) -> Shares:
        """Return what each hour of `grid` brings in one week, 0.0 where the hour never came.

        An hour that was never seen whole brings no more than it did: the rest of it is unknown.
        """
        return tuple(
            tuple(
                count / max(often, 1.0) if often else 0.0
                for count, often in zip(counts, hours, strict=True)
            )
            for counts, hours in zip(grid, self.hours, strict=True)
        )


def gather(
    store: Store,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    *,
    brands: Sequence[str],
    late: Iterable[Late] = (),
) -> HourOfWeek:
    """Return what each hour of the week brought in [since, until) of `brands`.

    What was before the first source was switched on does not count as hours without anything.
    `late` are the promises broken by clocks that still run.
    """
    counts = store.workload
    begun = min((each.switched_on_at for each in store.sources.all()), default=since)
    since = min(max(since, begun), until)
    running = ((each.due_at, 1) for each in late if each.target in _RESPONSES)
    broken = ((at, count) for at, count in running if since <= at < until)
    return HourOfWeek(
        since=since,
        until=until,
        zone=zone,
        arrivals=_whole(by_hour(counts.arrivals(since, until, brands), zone)),
        answered=_whole(by_hour(counts.first_answers(since, until, brands), zone)),
        breaches=_whole(by_hour([*counts.breaches(since, until, brands), *broken], zone)),
        hours=hours_seen(since, until, zone),
    )


def by_hour(quarters: Quarters, zone: ZoneInfo) -> Shares:
    """Return how many fell into each local hour of the week."""
    grid = [[0.0] * HOURS for _ in range(DAYS)]
    for at, count in quarters:
        local = at.astimezone(zone)
        grid[local.weekday()][local.hour] += count
    return tuple(map(tuple, grid))


def hours_seen(since: datetime, until: datetime, zone: ZoneInfo) -> Shares:
    """Return how often each local hour of the week came in [since, until), parts of it as parts.

    Days that are alike are looked at once: archives hold decades.
    """
    often: Counter[_Day] = Counter()
    first: dict[_Day, datetime] = {}
    odd: list[tuple[datetime, float]] = []
    for at, end in _days(since.astimezone(UTC), until.astimezone(UTC)):
        before, after = (moment.astimezone(zone).utcoffset() for moment in (at, end))
        if end - at < _DAY or before != after:
            odd += _quarters(at, end)
            continue
        often[at.weekday(), before] += 1
        first.setdefault((at.weekday(), before), at)
    alike = (
        (quarter, share * often[day])
        for day, begun in first.items()
        for quarter, share in _quarters(begun, begun + _DAY)
    )
    return by_hour(chain(odd, alike), zone)


def _days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the days of UTC, the first and the last one cut."""
    at = since
    while at < until:
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        yield at, min(midnight, until)
        at = midnight


def _quarters(since: datetime, until: datetime) -> Iterable[tuple[datetime, float]]:
    at = since
    while at < until:
        begun = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
        end = min(begun + _QUARTER, until)
        yield at, (end - at) / timedelta(hours=1)
        at = end


def _whole(grid: Shares) -> Grid:
    return tuple(tuple(map(round, row)) for row in grid)
