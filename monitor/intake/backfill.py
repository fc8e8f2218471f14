"""The past of a platform: read page by page, broken off and gone on with, and safe to repeat.

What is younger than the look-back of its source opens normal items, found late; what is older is
history. What was really read goes on record, so that a hole which was filled is one no more.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.errors import ConnectorError, StoreError, UnavailableError
from monitor.intake.arriving import Heard
from monitor.intake.pipeline import Memory, Pipeline, Taken
from monitor.intake.polling import Clock, switched_on
from monitor.intake.spending import metered
from monitor.model import Page
from monitor.ports import Connector, PastReading
from monitor.report.coverage import Hole, holes
from monitor.spans import clip
from monitor.store.backfills import Backfill
from monitor.store.sources import SourceRow
from monitor.store.store import Store

Told = Callable[[Taken, Page], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a backfill came to, and why it was broken off."""

    taken: Taken = field(default_factory=Taken)
    pages: int = 0
    error: ConnectorError | None = None


def spans(wanted: Backfill, store: Store, *, open_end: bool) -> tuple[Backfill, ...]:
    """Return what must be read for `wanted`: first what an earlier run with its start left over.

    `open_end` is for a run that was given no end: it goes on where the earlier one would end.
    """
    left = store.backfills.broken_off(wanted) if open_end else None
    if left is None or left.until == wanted.until:
        return (wanted,)
    return left, replace(wanted, since=left.until)


def for_holes(
    store: Store,
    platform: str,
    look_back: timedelta,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Backfill, ...]:
    """Return what must be read to fill a platform's holes, or the part of them in a span."""
    return tuple(
        Backfill(platform=platform, query=hole.query, since=begin, until=end)
        for hole in holes(store, platform, look_back)
        for begin, end in clip([(hole.since, hole.until)], since or hole.since, until or hole.until)
    )


def open_holes(store: Store, backfill: Backfill, look_back: timedelta) -> tuple[Hole, ...]:
    """Return the holes that still are where `backfill` was to fill one."""
    return tuple(
        hole
        for hole in holes(store, backfill.platform, look_back)
        if hole.query == backfill.query
        and clip([(hole.since, hole.until)], backfill.since, backfill.until)
    )


def backfill(
    connector: Connector,
    wanted: Backfill,
    pipeline: Pipeline,
    store: Store,
    clock: Clock,
    told: Told,
) -> Filled:
    """Take in what a platform still gives of a span; each page is kept with the place after it.

    `told` hears what each page came to. A failure is returned with what was taken in before it:
    the same call goes on from there.
    """
    source = switched_on(store, connector.platform, connector.platform, clock())
    with store.writing():
        begun = store.backfills.begin(wanted, clock())
    trip = _Trip(pipeline, store, source, begun, clock, told)
    with metered(connector, store, source.name, "backfill", clock()) as bill:
        error = _attempted(lambda: trip.take(_pages(connector, begun), bill.add), source)
    if error is None:
        with store.writing():
            store.backfills.done(begun, clock())
    return Filled(taken=trip.taken, pages=trip.pages, error=error)


def count(
    connector: Connector,
    wanted: Backfill,
    pipeline: Pipeline,
    store: Store,
    now: datetime,
    told: Told,
    heard: Heard | None = None,
) -> Filled:
    """Return what a backfill would come to; nothing of it is kept but what it cost.

    `heard` is told of each post.
    """
    memory = Memory(heard=heard)
    with metered(connector, store, connector.platform, "backfill", now):
        return _counted(connector, wanted, pipeline, told, memory)


def _counted(
    connector: Connector, wanted: Backfill, pipeline: Pipeline, told: Told, memory: Memory
) -> Filled:
    filled = Filled()

    def add(page: Page) -> Taken:
        return pipeline.count(page.mentions, memory, wanted.brand or None)

    try:
        for page in _pages(connector, replace(wanted, cursor=None)):
            taken = add(page)
            filled = Filled(taken=filled.taken + taken, pages=filled.pages + 1)
            told(taken, page)
    except ConnectorError as error:
        return replace(filled, error=error)
    return filled


class _Trip:
    """A span of the past on its way into the store."""

    def __init__(
        self,
        pipeline: Pipeline,
        store: Store,
        source: SourceRow,
        begun: Backfill,
        clock: Clock,
        told: Told,
    ) -> None:
        self.taken = Taken()
        self.pages = 0
        self._pipeline = pipeline
        self._store = store
        self._source = source
        self._begun = begun
        self._clock = clock
        self._told = told

    def take(self, pages: Iterable[Page], counted: Callable[[Page], None]) -> None:
        """Take in page after page."""
        for page in pages:
            taken = self._take(page)
            counted(page)
            self.taken += taken
            self.pages += 1
            self._told(taken, page)

    def _take(self, page: Page) -> Taken:
        now, brand = self._clock(), self._begun.brand or None

        def record(taken: Taken) -> None:
            # What was kept of one brand alone covers nothing.
            covering = replace(page, window=None) if brand else page
            self._store.coverage.record(
                self._source.name, covering, now, matched=taken.new, past=True
            )
            self._store.backfills.advance(self._begun, page.cursor)

        return self._pipeline.take_beside(
            page.mentions, self._source, now, also=record, brand=brand
        )


def _pages(connector: Connector, begun: Backfill) -> Iterable[Page]:
    if not isinstance(connector, PastReading):
        raise UnavailableError(connector.platform, "its past cannot be read")
    return connector.past(begun.since, begun.until, begun.cursor, begun.query or None)


def _attempted(read: Callable[[], None], source: SourceRow) -> ConnectorError | None:
    """Return why `read` failed, None if it did not."""
    try:
        read()
    except ConnectorError as error:
        return error
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - another platform's holes must be filled all the same
        _log.exception("%s: a page of its past could not be taken in", source.platform)
        words = f"what it gave cannot be taken in ({type(error).__name__}); the log says more"
        return UnavailableError(source.platform, words)
    return None


def together(parts: Sequence[Filled]) -> Filled:
    """Return what one span came to that was read in several goes."""
    return Filled(
        taken=added(parts), pages=sum(each.pages for each in parts), error=parts[-1].error
    )


def added(filled: Sequence[Filled]) -> Taken:
    """Return what several backfills came to together."""
    return sum((each.taken for each in filled), Taken())
