"""What is usual at this hour of the weekday: who wrote in the comparable hours of the past.

Eight weeks back, in the desk's own zone, the same hour and the one before and after it. Of a brand
that is younger, or whose sources are, the same hours of the week's days, and then twice the growth
is asked for. Hours in which the desk was blind are left out, and a source that is read for less
than three days does not count at all: nobody knows yet what is usual there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.matching.phrases import phrases
from monitor.report.coverage import silences
from monitor.report.crowds import LEAST_HOURS, Measure, usual
from monitor.spans import Stretch, Stretches, subtract, union
from monitor.store.coverage import Read
from monitor.store.store import Store
from monitor.store.surges import Arrival

WEEKS = 8
_DAYS = 7
_BESIDE = (-1, 0, 1)  # hours that are compared, around the same one
_HOUR = timedelta(hours=1)
_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)
_STRICTER = 2.0  # times the growth where only days are known
_KEPT = timedelta(minutes=5)  # in memory
_SETTLED = 3 * _DAY  # a source is read for so long before it counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """The hours that are compared with one, and what was written in them."""

    as_of: datetime
    weekly: Sequence[Stretch]
    daily: Sequence[Stretch]
    arrived: Mapping[str, Sequence[Arrival]]  # by brand, in all these hours


class UsualHours:
    """Remembers the comparable hours for a few minutes."""

    def __init__(self, store: Store, brands: Sequence[str], zone: ZoneInfo) -> None:
        self._store = store
        self._brands = brands
        self._zone = zone
        self._past: _Past | None = None
        self._first: dict[str, tuple[datetime, datetime | None]] = {}  # as of, when the first wrote
        self._blind: tuple[datetime, Stretches] | None = None
        self._sources: tuple[datetime, Mapping[str, datetime]] | None = None

    def settled(self, arrived: Sequence[Arrival], now: datetime) -> list[Arrival]:
        """Return those that came by sources of which it is known what is usual there."""
        young = {
            source for source, since in self._read_since(now).items() if since > now - _SETTLED
        }
        return [each for each in arrived if each.source not in young]

    def exceeded(
        self, brand: str, people: int, counts: Sequence[int], measure: Measure, now: datetime
    ) -> float | None:
        """Return how many people are usual if so many are far more; None if they are not."""
        _, stricter = self._compared(brand, now)
        known = usual(counts)
        strict = replace(measure, growth=measure.growth * stricter)
        if known is None or not strict.exceeded(people, known):
            return None
        return known.mean

    def counts(self, brand: str, now: datetime, topic: str | None = None) -> list[int]:
        """Return how many people wrote of a brand, or a topic of it, in each comparable hour."""
        hours, _ = self._compared(brand, now)
        arrived = self._known(now).arrived.get(brand, ())
        chosen = [each for each in arrived if topic is None or each.topic == topic]
        return [len({each.person for each in _within(chosen, hour)}) for hour in hours]

    def phrase_counts(
        self, brand: str, now: datetime, wanted: frozenset[str]
    ) -> dict[str, list[int]]:
        """Return how many people used each of the `wanted` phrases in each comparable hour."""
        hours, _ = self._compared(brand, now)
        arrived = self._known(now).arrived.get(brand, ())
        said = [(each, wanted & phrases(each.text).keys()) for each in arrived]
        counts: dict[str, list[int]] = {}
        for phrase in wanted:
            using = [each for each, used in said if phrase in used]
            counts[phrase] = [len({one.person for one in _within(using, hour)}) for hour in hours]
        return counts

    def _compared(self, brand: str, now: datetime) -> tuple[list[Stretch], float]:
        """Return the hours that tell what is usual for a brand, and how strict to be by them."""
        past, first = self._known(now), self._wrote_first(brand, now)
        if first is None:
            return [], 1.0
        since = max([first, *self._sources_of(past.arrived.get(brand, ()), now)])
        weekly = [hour for hour in past.weekly if hour[0] >= since]
        if len(weekly) >= LEAST_HOURS:
            return weekly, 1.0
        return [hour for hour in past.daily if hour[0] >= since], _STRICTER

    def _known(self, now: datetime) -> _Past:
        if self._past is None or not timedelta() <= now - self._past.as_of < _KEPT:
            self._past = self._learned(now)
        return self._past

    def _learned(self, now: datetime) -> _Past:
        blind = self._unread(now)
        weekly, daily = (
            [hour for hour in _comparable(now, self._zone, step, count) if _is_seen(hour, blind)]
            for step, count in ((_WEEK, WEEKS), (_DAY, _DAYS))
        )
        arrived: dict[str, list[Arrival]] = defaultdict(list)
        for since, until in union([*weekly, *daily]):
            for each in self._store.surges.arrivals(self._brands, since, until):
                arrived[each.brand].append(each)
        return _Past(as_of=now, weekly=weekly, daily=daily, arrived=arrived)

    def _sources_of(self, arrived: Sequence[Arrival], now: datetime) -> Iterator[datetime]:
        """Yield from when on the sources by which these came were read."""
        known = self._read_since(now)
        for source in {each.source for each in self.settled(arrived, now)}:
            if source in known:
                yield known[source]

    def _read_since(self, now: datetime) -> Mapping[str, datetime]:
        if self._sources is None or not timedelta() <= now - self._sources[0] < _HOUR:
            self._sources = (now, self._store.coverage.reaches_back())
        return self._sources[1]

    def _wrote_first(self, brand: str, now: datetime) -> datetime | None:
        as_of, first = self._first.get(brand, (None, None))
        if as_of is None or not timedelta() <= now - as_of < _HOUR:
            first = self._store.surges.first_post(brand)
            self._first[brand] = (now, first)
        return first

    def _unread(self, now: datetime) -> Stretches:
        """Return of which time nothing at all was read."""
        if self._blind is None or not timedelta() <= now - self._blind[0] < _HOUR:
            since = now - WEEKS * _WEEK - _DAY
            self._blind = (now, _blind(self._store.coverage.reads(since), since, now))
        return self._blind[1]


def _comparable(
    now: datetime, zone: ZoneInfo, step: timedelta, count: int
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the hours that ended at the same local time in each step of the past, and beside it."""
    local = now.astimezone(zone)
    for back in range(1, count + 1):
        for beside in _BESIDE:
            end = (local - back * step).astimezone(UTC) + beside * _HOUR
            if end <= now - _HOUR:
                yield end - _HOUR, end


def _within(arrivals: Sequence[Arrival], hour: Stretch) -> Iterator[Arrival]:
    return (each for each in arrivals if hour[0] <= each.at < hour[1])


def _is_seen(hour: Stretch, blind: Stretches) -> bool:
    return subtract([hour], blind) == (hour,)


def _blind(reads: Sequence[Read], since: datetime, now: datetime) -> Stretches:
    """Return what of [since, now) was read neither when it was new nor later."""
    live = [each for each in reads if not each.past]
    if not live:
        return ()
    began = max(min(each.read_from for each in live), since)
    read = union(each.span for each in reads if each.complete)
    return (*subtract([(since, began)], read), *_standstills(live, began, now))


def _standstills(live: Sequence[Read], since: datetime, now: datetime) -> Stretches:
    """Return when in [since, now) no source was read."""
    by_source: dict[str, list[Read]] = defaultdict(list)
    for each in live:
        by_source[each.source].append(each)
    seen = (
        piece
        for reads_of in by_source.values()
        for piece in subtract([(since, now)], silences(reads_of, since, now))
    )
    return subtract([(since, now)], union(seen))
