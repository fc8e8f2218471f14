"""One poll of a source: its pages are taken in until there are no more, or it fails."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import ConnectorError, RateLimitError, StoreError, UnavailableError
from monitor.intake.pipeline import Pipeline, Taken
from monitor.intake.spending import Bill, metered
from monitor.model import Page
from monitor.ports import Connector, OwnReplies
from monitor.store.sources import SourceRow
from monitor.store.store import Store

OWN = ":own"  # the brands' own accounts are a source of their own beside the platform's
Clock = Callable[[], datetime]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll came to, and whether the source began or ceased to fail."""

    source: str
    taken: Taken
    error: ConnectorError | None = None
    began_failing: bool = False
    failed_since: datetime | None = None  # set when a source works again


def poll(
    connector: Connector,
    pipeline: Pipeline,
    store: Store,
    look_back: timedelta,
    now: datetime,
    clock: Clock | None = None,
) -> Polled:
    """Take in what is new on a platform. A failure is recorded, the pages before it are kept.

    A page is first seen when it has come, which `clock` tells: a poll may take long.
    """
    source = switched_on(store, connector.platform, connector.platform, now)
    cursor = source.cursor or connector.cursor_at(source.switched_on_at - look_back)
    with metered(connector, store, source.name, "poll", now) as bill:
        pages = _counted(lambda: connector.pages(cursor, now), bill)
        return _taken(pages, source, pipeline, store, clock or (lambda: now))


def poll_own(
    connector: OwnReplies,
    platform: str,
    pipeline: Pipeline,
    store: Store,
    look_back: timedelta,
    now: datetime,
    clock: Clock | None = None,
) -> Polled:
    """Take in what the brands' own accounts wrote: it only stops clocks."""
    source = switched_on(store, platform + OWN, platform, now)
    cursor = source.cursor or connector.own_cursor_at(source.switched_on_at - look_back)
    with metered(connector, store, source.name, "poll", now) as bill:
        pages = _counted(lambda: connector.own_pages(cursor, now), bill)
        return _taken(pages, source, pipeline, store, clock or (lambda: now))


def _counted(asked: Callable[[], Iterator[Page]], bill: Bill) -> Iterator[Page]:
    for page in asked():  # here, for some ask at once and may fail
        yield page
        bill.add(page)  # whoever asks for the next one has kept it


def switched_on(store: Store, name: str, platform: str, now: datetime) -> SourceRow:
    """Return a source, which is switched on now if it never was."""
    found = store.sources.get(name)
    if found is not None:
        return found
    with store.writing():
        return store.sources.switch_on(name, platform, now)


def _taken(
    pages: Iterator[Page], source: SourceRow, pipeline: Pipeline, store: Store, clock: Clock
) -> Polled:
    taken = Taken()
    try:
        for page in pages:
            taken += pipeline.take(page, source, clock())
    except ConnectorError as error:
        return _failed(source.name, taken, error, store, clock())
    except StoreError:
        raise  # it is ours, not the source's
    except Exception as error:  # noqa: BLE001 - a source on which we fail is blind: that is told
        _log.exception("%s: a page could not be taken in", source.name)
        words = f"what it gave cannot be taken in ({type(error).__name__}); the log says more"
        fault = UnavailableError(source.platform, words)
        return _failed(source.name, taken, fault, store, clock())
    with store.writing():
        rested = source.name == source.platform and _rests(store, source.platform)
        failed_since = store.sources.well(source.name, clock())
    if rested:
        _log.info("%s is read again, after its rest", source.name)
    if failed_since is not None:
        _log.info("%s works again; it failed since %s", source.name, failed_since.isoformat())
    return Polled(source=source.name, taken=taken, failed_since=failed_since)


def _failed(name: str, taken: Taken, error: ConnectorError, store: Store, now: datetime) -> Polled:
    if isinstance(error, RateLimitError) and error.retry_at is not None:
        rest(store, error.platform, error.retry_at, str(error))
        return Polled(source=name, taken=taken, error=error)
    with store.writing():
        began = store.sources.failed(name, str(error), now)
    if began:
        _log.warning("%s fails: %s", name, error)
    return Polled(source=name, taken=taken, error=error, began_failing=began)


def rest(store: Store, platform: str, until: datetime, why: str) -> None:
    """Record that a platform is left alone until `until`: it asked for that.

    Many rests in a row are one in the log, until a poll goes through.
    """
    if not _rests(store, platform):
        _log.info("%s rests until %s: %s", platform, until.isoformat(timespec="seconds"), why)
    with store.writing():
        for source in store.sources.all():
            if source.platform == platform:
                store.sources.rest(source.name, until, why)


def _rests(store: Store, platform: str) -> bool:
    """Return whether a platform was left alone and not polled since; its rest may be over."""
    found = store.sources.get(platform)
    return found is not None and found.rests_until is not None


def rests_until(store: Store, platform: str, now: datetime) -> datetime | None:
    """Return until when a platform is to be left alone, None where it may be asked."""
    rests = (each.rests_until for each in store.sources.all() if each.platform == platform)
    return max((until for until in rests if until is not None and until > now), default=None)
