"""Pure: whether a source is quieter than it ever is at this hour of the week.

The habit is how many fresh mentions came in the same hour of the week (UTC) of the weeks before;
of several such hours the busiest is left out, so that one storm is not taken for a habit. Queries
often show the same posts: of those that are still read, the one that brings most stands for all.
Hours in which the source was not read, or not whole, are neither habit nor silence; nor is the
silence that lasts now a habit. If posts come by themselves at that rate, a silence has the
probability exp(-expected) (Poisson).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.report.coverage import silences
from monitor.spans import Stretches, subtract, union
from monitor.store.coverage import Read

WEEKS = timedelta(weeks=8)  # of which the habit is made
LEAST = timedelta(weeks=2)  # a source must have been read for so long to have one
RARE = 0.0002  # a silence less likely than this is told: a busy source has hundreds a week
SHORTEST = timedelta(minutes=15)  # a silence is no shorter, however busy the source
_HOUR = timedelta(hours=1)
_WEEK_HOURS = 7 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How many fresh mentions an hour of the week brings."""

    rates: Mapping[int, float]  # hour of the week, 0 is Monday 00:00 UTC → mentions an hour
    unread: Stretches  # lately not read, or not whole

    def expected(self, since: datetime, until: datetime) -> float:
        """Return how many mentions [since, until) should have brought, where it was read."""
        seen = subtract([(since, until)], self.unread)
        return sum(
            self.rates.get(_hour_of_week(begin), 0.0) * ((end - begin) / _HOUR)
            for stretch in seen
            for begin, end in _by_hour(*stretch)
        )

    def chance(self, since: datetime, until: datetime) -> float:
        """Return how likely it is that nothing comes in [since, until)."""
        return math.exp(-self.expected(since, until))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A silence that the source is not used to."""

    since: datetime
    expected: float  # mentions that should have come


def habit(reads: Iterable[Read], now: datetime) -> Habit | None:
    """Return the habit of a source by what polls read of it; None before `LEAST` has passed."""
    live = [each for each in reads if not each.past and each.read_at >= now - WEEKS]
    if not live or now - min(each.read_from for each in live) < LEAST:
        return None
    begin = _whole_hour(min(each.read_from for each in live)) + _HOUR
    blind = _blind(live, begin, now)
    spoke_at = max((each.read_at for each in live if each.fresh), default=begin)
    hours = _hours_read_whole(begin, min(now, _whole_hour(spoke_at) + _HOUR), blind)
    return Habit(
        rates=_busiest(_rates(_counts(each, hours)) for each in _asked(live)), unread=blind
    )


def quiet(known: Habit, last_heard_at: datetime, now: datetime) -> Quiet | None:
    """Return the silence since `last_heard_at` if it is rarer than `RARE`, None if it is not."""
    if now - last_heard_at < SHORTEST or known.chance(last_heard_at, now) >= RARE:
        return None
    return Quiet(since=last_heard_at, expected=known.expected(last_heard_at, now))


def _blind(reads: Sequence[Read], since: datetime, until: datetime) -> Stretches:
    """Return when a source was not read, or was overtaken."""
    holes = (each.span for each in reads if not each.complete)
    return union([*silences(reads, since, until), *holes])


def _asked(reads: Iterable[Read]) -> list[list[Read]]:
    """Return the reads of each query that is still read: of the others no post is awaited."""
    by_query: dict[str, list[Read]] = defaultdict(list)
    for each in reads:
        by_query[each.query].append(each)
    read_at = {query: max(each.read_at for each in found) for query, found in by_query.items()}
    lately = max(read_at.values()) - _HOUR
    return [found for query, found in by_query.items() if read_at[query] >= lately]


def _hours_read_whole(since: datetime, until: datetime, blind: Stretches) -> list[datetime]:
    missing = {_whole_hour(begin) for each in blind for begin, _ in _by_hour(*each)}
    missing |= {_whole_hour(end) for _, end in blind}  # what was caught up with came then
    return [hour for hour in _hours(since, until) if hour not in missing]


def _counts(reads: Iterable[Read], hours: Iterable[datetime]) -> dict[datetime, int]:
    """Return the fresh mentions of each of `hours`."""
    counts = dict.fromkeys(hours, 0)
    for each in reads:
        hour = _whole_hour(each.read_from)
        if hour in counts:
            counts[hour] += each.fresh
    return counts


def _busiest(queries: Iterable[Mapping[int, float]]) -> dict[int, float]:
    """Return for each hour of the week the rate of the query that brings most in it."""
    most: dict[int, float] = {}
    for rates in queries:
        for hour, rate in rates.items():
            most[hour] = max(rate, most.get(hour, 0.0))
    return most


def _rates(counts: Mapping[datetime, int]) -> dict[int, float]:
    """Return the mean of each hour of the week that was seen twice or more, its busiest left out.

    Of two the busier one is left out as well: the habit is what may be relied on.
    """
    by_hour: dict[int, list[int]] = defaultdict(list)
    for hour, count in counts.items():
        by_hour[_hour_of_week(hour)].append(count)
    return {
        hour: (sum(found) - max(found)) / (len(found) - 1)
        for hour, found in by_hour.items()
        if len(found) > 1
    }


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    hour = since
    while hour + _HOUR <= until:
        yield hour
        hour += _HOUR


def _by_hour(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield [since, until) in pieces that each lie within one hour."""
    at = since
    while at < until:
        end = min(_whole_hour(at) + _HOUR, until)
        yield at, end
        at = end


def _whole_hour(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour_of_week(instant: datetime) -> int:
    utc = instant.astimezone(UTC)
    return (utc.weekday() * 24 + utc.hour) % _WEEK_HOURS
