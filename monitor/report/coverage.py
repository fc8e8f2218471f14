"""What of each query was really read, what was not, and what it cost; read from the store.

A hole is time of which posts may be missing. Either the connector said so (a listing that was
overtaken, a stream that was broken for too long), or no window that was read covers it. What was
read whole later, by a poll or by a backfill, is no hole any more. Time since the last read is
none yet: reading goes on from there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_low

from monitor.spans import Growing, Stretch, Stretches, clip, longer, subtract, union
from monitor.store import lags
from monitor.store.coverage import PAUSE, Expense, Query, Read
from monitor.store.sources import SourceRow
from monitor.store.store import Store

LEFT_AFTER = timedelta(days=1)  # a query not read for so long beside its source is asked no more
_BEGINNING = timedelta(hours=1)  # a query first read this soon owes what the source owes
_SEAM = timedelta(seconds=1)  # platforms tell whole seconds: less between two windows is no hole
_LOOSE = 3  # a source may be late by so many of its usual pauses
_HABIT = timedelta(days=7)  # in which the usual pause is looked for
_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """[since, until) of which a query may miss posts."""

    source: str
    query: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """[since, until) in which nothing of a source was read."""

    source: str
    since: datetime
    until: datetime
    caught_up: bool  # all of it was read by now: what was posted then was found late


@dataclass(frozen=True, slots=True, kw_only=True)
class Blindness:
    """When the desk was blind, source by source."""

    outages: tuple[Outage, ...]
    holes: tuple[Hole, ...]  # still open
    filled: tuple[Hole, ...]  # read by now: what was posted then was found late


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How long after they were posted fresh mentions were read; None where there were none.

    Median and ninetieth percentile are right to 5 %, the largest is exact.
    """

    median: timedelta | None
    ninetieth: timedelta | None
    largest: timedelta | None


NO_LAG = Lag(median=None, ninetieth=None, largest=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is known of one query in [since, until)."""

    source: str
    query: str  # "": what the source cost outside of what covers a window
    since: datetime
    until: datetime
    read: Stretches = ()
    holes: Stretches = ()
    overflows: int = 0  # how often a connector said that it was overtaken
    lag: Lag = NO_LAG
    requests: int = 0
    cost_usd: float = 0.0
    matched: int = 0  # new posts that name a brand
    mentions: int = 0  # those read again in an overlap among them
    fresh: int = 0
    failing_since: datetime | None = None  # of the source
    error: str | None = None
    rests_until: datetime | None = None
    last_read_at: datetime | None = None  # by a poll
    left: bool = False  # it is asked for no more

    @property
    def platform(self) -> str:
        """The platform: its own accounts are a source of their own."""
        return self.source.partition(":")[0]

    @property
    def cost_per_relevant_usd(self) -> float | None:
        """Dollars for each new post that names a brand; None where there were none."""
        return self.cost_usd / self.matched if self.matched else None


def holes(store: Store, platform: str, look_back: timedelta) -> tuple[Hole, ...]:
    """Return what `backfill` should read of a platform: its open holes, query by query.

    Those of the brands' own accounts are left out: no backfill reads them.
    """
    return _Record.of(store, [platform], look_back).holes(_EVER, _NEVER)


def coverage(
    store: Store,
    since: datetime,
    until: datetime,
    look_back: timedelta,
    *,
    platforms: Collection[str] | None = None,
) -> tuple[Coverage, ...]:
    """Return what was read in [since, until), a line for each query; None: of all platforms."""
    names = _names(store, platforms)
    record = _Record.of(store, names, look_back, since)
    found = [each for query in record.queries for each in record.coverage(query, since, until)]
    spent = [each for each in store.coverage.expenses(since, until) if each.source in names]
    beside = _beside(spent, record, since, until)
    return tuple(sorted([*found, *beside], key=lambda each: (each.source, each.query)))


def blindness(
    store: Store,
    since: datetime,
    until: datetime,
    look_back: timedelta,
    *,
    platforms: Collection[str] | None = None,
) -> Blindness:
    """Return when the desk saw nothing in [since, until), and what of it was read by now."""
    names = _names(store, platforms)
    record = _Record.of(store, names, look_back, since)
    return Blindness(
        outages=tuple(_outages(store, record, since, until)),
        holes=record.holes(since, until),
        filled=record.filled(since, until),
    )


def partly_read_at(store: Store, source: SourceRow) -> datetime | None:
    """Return when a source that fails last gave something all the same, None if nothing came.

    One query that fails, such as a feed that is gone, keeps the others from nothing.
    """
    read_at = store.coverage.read_at(source.name)
    if source.failing_since is None or read_at is None:
        return None
    return read_at if source.last_ok_at is None or read_at > source.last_ok_at else None


def still_open(store: Store, cut_short: Sequence[Read], look_back: timedelta) -> tuple[Hole, ...]:
    """Return which of the holes that polls of a source left are holes still."""
    if not cut_short:
        return ()
    since = min(each.since for each in cut_short)
    until = max(each.until for each in cut_short)
    record = _Record.of(store, {each.source for each in cut_short}, look_back, since)
    return tuple(
        hole
        for hole in record.holes(since, until)
        if any(
            each.query == hole.query and each.since < hole.until and hole.since < each.until
            for each in cut_short
        )
    )


def silences(
    reads: Iterable[Read], since: datetime, until: datetime, pace: timedelta | None = None
) -> Stretches:
    """Return when in [since, until) a source was not read for longer than it is used to.

    That is a quarter of an hour, or thrice the usual pause of a source that is read less often;
    `pace` is that pause where it was slowed down. `reads` may begin before `since`, so that there
    is a habit.
    """
    seen = sorted(reads, key=lambda each: each.read_from)
    pauses = list(_pauses(seen))
    first = min((each.read_from for each in seen), default=until)
    last = max((each.read_at for each in seen), default=since)
    patience = max(_patience(seen, pauses), _LOOSE * (pace or PAUSE / _LOOSE))
    unread = longer([(since, first), *pauses, (last, until)], patience)
    return clip(unread, since, until)


def _pauses(reads: Iterable[Read]) -> Iterator[Stretch]:
    """Yield the time between reads, which come in order."""
    reached: datetime | None = None
    for each in reads:
        if reached is not None and each.read_from > reached:
            yield reached, each.read_from
        reached = max(reached or each.read_at, each.read_at)


def _patience(reads: Sequence[Read], pauses: Iterable[Stretch]) -> timedelta:
    """Return how long a source may go unread without being blind."""
    long = [end - begin for begin, end in longer(pauses, PAUSE)]
    often = sum(each.windows - 1 for each in reads)  # a row's windows have no long pause
    return max(PAUSE, _LOOSE * median_low(long)) if len(long) > max(often, 1) else PAUSE


def lag(reads: Iterable[Read]) -> Lag:
    """Return how late what `reads` showed was seen."""
    seen = list(reads)
    digest = lags.merged(each.lags for each in seen)
    largest = max((each.longest_lag for each in seen if each.longest_lag is not None), default=None)
    return Lag(
        median=_seconds(lags.quantile(digest, 0.5), largest),
        ninetieth=_seconds(lags.quantile(digest, 0.9), largest),
        largest=_seconds(largest, largest),
    )


def _seconds(lag_s: float | None, most: float | None) -> timedelta | None:
    if lag_s is None or most is None:
        return None
    return timedelta(seconds=min(lag_s, most))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """All that the store knows of some sources since a moment."""

    sources: dict[str, SourceRow]
    queries: tuple[Query, ...]
    reads: dict[tuple[str, str], list[Read]]
    look_back: timedelta

    @classmethod
    def of(
        cls,
        store: Store,
        names: Collection[str],
        look_back: timedelta,
        since: datetime | None = None,
    ) -> "_Record":
        """Return what is known of the sources called `names`."""
        reads: dict[tuple[str, str], list[Read]] = defaultdict(list)
        for read in store.coverage.reads(since, sources=names):
            reads[read.source, read.query].append(read)
        return cls(
            sources={each.name: each for each in store.sources.all() if each.name in names},
            queries=tuple(one for one in store.coverage.queries() if one.source in names),
            reads=reads,
            look_back=look_back,
        )

    def holes(self, since: datetime, until: datetime) -> tuple[Hole, ...]:
        """Return the holes in [since, until) of what is still read."""
        return tuple(
            Hole(source=query.source, query=query.name, since=begin, until=end)
            for query in self.queries
            if not self.has_left(query)
            for begin, end in self._open(query, since, until)
        )

    def filled(self, since: datetime, until: datetime) -> tuple[Hole, ...]:
        """Return what in [since, until) had been a hole and was read by now."""
        return tuple(
            Hole(source=query.source, query=query.name, since=begin, until=end)
            for query in self.queries
            for begin, end in subtract(
                clip(self._named(query), since, until), self._open(query, since, until)
            )
        )

    def has_caught_up(self, source: str, since: datetime, until: datetime) -> bool:
        """Return whether every query of a source has read all of [since, until) by now."""
        asked = [one for one in self.queries if one.source == source and not self.has_left(one)]
        return all(
            _read_until(self._of(one)) >= until and not self._open(one, since, until)
            for one in asked
        )

    def has_left(self, query: Query) -> bool:
        """Return whether a query is read no more while its source is."""
        read_at = self.sources[query.source].last_ok_at
        return read_at is not None and read_at - query.read_at > LEFT_AFTER

    def coverage(self, query: Query, since: datetime, until: datetime) -> Iterator[Coverage]:
        """Yield what is known of a query in [since, until), nothing where it was not read."""
        reads, source = self._of(query), self.sources[query.source]
        left = self.has_left(query)
        now = [each for each in reads if since <= each.read_at < until]
        if left and not now:
            return
        live = [each for each in now if not each.past]
        yield Coverage(
            source=query.source,
            query=query.name,
            since=since,
            until=until,
            read=clip(_covered(reads), since, until),
            holes=() if left else self._open(query, since, until),
            overflows=sum(each.windows for each in live if not each.complete),
            lag=lag(live),
            requests=sum(each.requests for each in now),
            cost_usd=sum(each.cost_usd for each in now),
            matched=sum(each.matched for each in now),
            mentions=sum(each.mentions for each in now),
            fresh=sum(each.fresh for each in now),
            failing_since=source.failing_since,
            error=source.error or source.rests_why,
            rests_until=source.rests_until,
            last_read_at=query.read_at,
            left=left,
        )

    def _of(self, query: Query) -> list[Read]:
        return self.reads.get((query.source, query.name), [])

    def _named(self, query: Query) -> Stretches:
        """Return what a connector said it could not read."""
        reads = self._of(query)
        return union(each.span for each in reads if not each.complete and not each.past)

    def _open(self, query: Query, since: datetime, until: datetime) -> Stretches:
        """Return the holes of a query in [since, until)."""
        reads = self._of(query)
        named = _never_read(reads)
        begin, end = max(self._owed_since(query), since), min(_read_until(reads), until)
        unnamed = longer(subtract([(begin, end)], _covered(reads)), _SEAM)
        return union([*clip(named, begin, until), *unnamed])

    def _owed_since(self, query: Query) -> datetime:
        """Return from when on a query should have been read whole.

        One that was added later owes nothing that was posted before its first window.
        """
        switched_on = self.sources[query.source].switched_on_at
        of_the_first_hour = query.first_read_at - switched_on <= _BEGINNING
        since = switched_on - self.look_back
        owed = since if of_the_first_hour else max(query.since, since)
        return max(owed, query.forgotten_until or _EVER)


def _never_read(reads: Iterable[Read]) -> Stretches:
    """Return what of the holes that polls left was not read whole later."""
    later, left = Growing(), list[Stretch]()
    for each in sorted(reads, key=lambda one: (one.read_at, one.complete), reverse=True):
        if each.complete:
            later.add(each.span)
        elif not each.past:
            left += later.left(each.span)
    return union(left)


def _covered(reads: Iterable[Read]) -> Stretches:
    return union((each.span for each in reads if each.complete), _SEAM)


def _read_until(reads: Iterable[Read]) -> datetime:
    return max((each.until for each in reads if not each.past), default=_EVER)


def _outages(store: Store, record: _Record, since: datetime, until: datetime) -> Iterator[Outage]:
    by_source: dict[str, list[Read]] = defaultdict(list)
    for read in store.coverage.reads(since - _HABIT, until, record.sources):
        if not read.past:
            by_source[read.source].append(read)
    for name in sorted({each.source for each in record.queries}):
        source = record.sources[name]
        begin = max(since, source.switched_on_at)
        for gone, back in silences(by_source[name], begin, until, source.pace):
            caught_up = record.has_caught_up(name, gone, back)
            yield Outage(source=name, since=gone, until=back, caught_up=caught_up)


def _beside(
    expenses: Iterable[Expense], record: _Record, since: datetime, until: datetime
) -> Iterator[Coverage]:
    """Yield what belongs to no query: requests outside of windows, sources never read at all."""
    spent: dict[str, list[Expense]] = defaultdict(list)
    for each in expenses:
        spent[each.source].append(each)
    read = {each.source for each in record.queries}
    for name, source in record.sources.items():
        if name not in spent and (name in read or source.last_ok_at is not None):
            continue  # nothing of its own to tell
        yield Coverage(
            source=name,
            query="",
            since=since,
            until=until,
            requests=sum(each.requests for each in spent[name]),
            cost_usd=sum(each.cost_usd for each in spent[name]),
            matched=sum(each.matched for each in spent[name]),
            failing_since=source.failing_since,
            error=source.error or source.rests_why,
            rests_until=source.rests_until,
        )


def _names(store: Store, platforms: Collection[str] | None) -> list[str]:
    every = store.sources.all()
    return [one.name for one in every if platforms is None or one.platform in platforms]
