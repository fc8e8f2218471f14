"""Answered anywhere: a single conversation is read when much hangs on it.

The timelines of the brand's own accounts tell of most answers. One conversation is read as a whole
when somebody tapped Answered or Claim in it, and shortly before the team would be told of a breach.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.errors import ConnectorError, StoreError, UnavailableError
from monitor.handling.ledger import Ledger, Standing
from monitor.intake.pipeline import Pipeline, Taken
from monitor.intake.polling import Clock
from monitor.intake.spending import metered
from monitor.model import ItemId, Mention
from monitor.ports import Connector, Threads
from monitor.store.store import Store

AHEAD = timedelta(seconds=45)  # a look this long before a breach counts for it
PATIENCE = timedelta(seconds=30)  # how long past due a breach waits for a look to end
_TAPS_LAST = timedelta(hours=24)  # an older tap is not looked into: timelines were read since
_MOST = 10_000  # items of whose clocks something is told within a minute
STALE = timedelta(minutes=10)  # between two looks, on a platform that knows no second looks
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look came to, and why it did not go through."""

    taken: Taken = field(default_factory=Taken)
    error: ConnectorError | None = None


@dataclass(frozen=True, slots=True)
class _Owed:
    """When the answer of an item is due, as long as its item does not change."""

    revision: int
    thread: str
    due_at: datetime | None


class Clocks:
    """Knows which answers of a platform fall due soon; a clock is read once for each change."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self._owed: dict[ItemId, _Owed] = {}

    def pressing(self, ledger: Ledger, now: datetime) -> list[str]:
        """Return the conversations of answers that are about to be late, or have just become so.

        The most urgent one comes first; those that were looked at for this are left out.
        """
        soon = ledger.store.looks.soon(self.platform, now + AHEAD, _MOST)
        self._owed = {item: self._of(ledger, item, soon[item], now) for item in soon}
        near = sorted(
            (each.due_at, each.thread)
            for each in self._owed.values()
            if each.due_at is not None and now - PATIENCE <= each.due_at <= now + AHEAD
        )
        store, platform = ledger.store, self.platform
        return [
            thread for due_at, thread in near if not is_looked_at(store, platform, thread, due_at)
        ]

    def _of(self, ledger: Ledger, item: ItemId, revision: int, now: datetime) -> _Owed:
        known = self._owed.get(item)
        if known is not None and known.revision == revision:
            return known
        standing = ledger.standing(item, now)
        return _Owed(revision, standing.item.thread, response_due(standing))


def wanted(
    ledger: Ledger, clocks: Clocks, now: datetime, limit: int, *, claims: bool = True
) -> tuple[str, ...]:
    """Return the conversations of a platform to be read now, most urgent first.

    Those before a breach come first, then answers to be proven, then claims, where they are worth
    a look: who claims is only about to answer.
    """
    looks = ledger.store.looks
    tapped = looks.tapped(clocks.platform, now - _TAPS_LAST, limit, claims=claims)
    pressing = clocks.pressing(ledger, now)
    return tuple(dict.fromkeys([*pressing, *(tap.thread for tap in tapped)]))[:limit]


def response_due(standing: Standing) -> datetime | None:
    """Return when the answer that is owed is due, None where none is, or its clock stands."""
    running = (each for each in standing.readings.responses if each.running)
    return min((each.due_at for each in running if each.due_at is not None), default=None)


def is_looked_at(store: Store, platform: str, thread: str, due_at: datetime) -> bool:
    """Return whether a conversation was read so late that it counts for `due_at`."""
    looked_at = store.looks.looked_at(platform, thread)
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
