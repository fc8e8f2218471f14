"""Answered anywhere: a single conversation is read when much hangs on it.

The timelines of the brand's own accounts tell of most answers. One conversation is read as a whole
when somebody tapped Answered or Claim in it, and shortly before the team would be told of a breach.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.errors import ConnectorError, StoreError, UnavailableError
from monitor.handling.ledger import Ledger, Standing
from monitor.intake.pipeline import Pipeline, Taken
from monitor.intake.polling import Clock
from monitor.intake.spending import metered
from monitor.model import Mention
from monitor.ports import Connector, Threads
from monitor.store.store import Store

AHEAD = timedelta(seconds=45)  # a look this long before a breach counts for it
PATIENCE = timedelta(seconds=30)  # how long past due a breach waits for a look to end
_TAPS_LAST = timedelta(hours=24)  # an older tap is not looked into: timelines were read since
_CLOCKS = 200  # that are read to find these; most have but a warning to tell
STALE = timedelta(minutes=10)  # between two looks, on a platform that knows no second looks
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look came to, and why it did not go through."""

    taken: Taken = field(default_factory=Taken)
    error: ConnectorError | None = None


def wanted(
    ledger: Ledger, platform: str, now: datetime, limit: int, *, claims: bool = True
) -> tuple[str, ...]:
    """Return the conversations to be read now, most urgent first.

    Those before a breach come first, then answers to be proven, then claims, where they are worth
    a look: who claims is only about to answer.
    """
    pressing = [thread for _, thread in sorted(_pressing(ledger, platform, now))]
    tapped = ledger.store.looks.tapped(platform, now - _TAPS_LAST, limit, claims=claims)
    return tuple(dict.fromkeys([*pressing, *(tap.thread for tap in tapped)]))[:limit]


def _pressing(ledger: Ledger, platform: str, now: datetime) -> Iterable[tuple[datetime, str]]:
    """Yield (due, thread) of the items that are about to be late, or have just become so."""
    for item in ledger.store.looks.soon(platform, now + AHEAD, _CLOCKS):
        standing = ledger.standing(item, now)
        due_at = response_due(standing)
        if due_at is None or not now - PATIENCE <= due_at <= now + AHEAD:
            continue
        if not is_looked_at(ledger.store, standing, due_at):
            yield due_at, standing.item.thread


def response_due(standing: Standing) -> datetime | None:
    """Return when the answer that is owed is due, None where none is, or its clock stands."""
    running = (each for each in standing.readings.responses if each.running)
    return min((each.due_at for each in running if each.due_at is not None), default=None)


def is_looked_at(store: Store, standing: Standing, due_at: datetime) -> bool:
    """Return whether an item's conversation was read so late that it counts for `due_at`."""
    looked_at = store.looks.looked_at(standing.item.platform, standing.item.thread)
    return looked_at is not None and looked_at >= due_at - AHEAD


def look(
    connector: Connector,
    thread: str,
    pipeline: Pipeline,
    store: Store,
    now: datetime,
    clock: Clock | None = None,
) -> Looked:
    """Read one conversation and take in what stands there: answers, new posts, deletions.

    Nothing is looked at on a platform that was never polled.
    """
    platform = connector.platform
    source = store.sources.get(platform)
    if source is None or not isinstance(connector, Threads):
        return Looked()

    def seen(_: Taken) -> None:
        store.looks.look(platform, thread, now)
        store.posts.checked([one.key for one in found], now)

    try:
        with metered(connector, store, platform, "thread", now):
            found: tuple[Mention, ...] = tuple(connector.thread(thread, now))
        taken = pipeline.take_beside(found, source, clock() if clock else now, also=seen)
    except ConnectorError as error:
        _log.debug("%s: a conversation could not be read: %s", platform, error)
        return Looked(error=error)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - one conversation must not keep the others unread
        _log.exception("%s: the conversation %s could not be taken in", platform, thread)
        return Looked(
            error=UnavailableError(platform, f"it gave nonsense ({type(error).__name__})")
        )
    return Looked(taken=taken)
