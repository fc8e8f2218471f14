"""What time does to items: leases end, pauses return, silence resolves, results freeze.

Everything is derived from what is stored and `now`: a restart loses nothing, and after a standstill
what became due meanwhile happens as of its own instant.
"""

import logging
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.clock import notices
from monitor.desk import claims
from monitor.desk.lifecycle import passed_on
from monitor.errors import StoreError
from monitor.handling.ledger import RESPONSES, Ledger, Standing
from monitor.model import Event, EventKind, ItemId, Notice, NoticeKind, State

_BATCH = 200
_MOST_PASSED = 4  # after a standstill: a pause is over, the claim behind it, and silence resolves
_FAULTY = timedelta(minutes=1)  # until an item on which we failed is looked at again
_log = logging.getLogger(__name__)
_HELD = timedelta(seconds=1)  # until a notice that was held back is thought of again
Announce = Callable[[Standing, tuple[Notice, ...], datetime], None]
Holds = Callable[[Standing, Notice, datetime], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What a tick came to."""

    looked_at: int = 0
    told: int = 0


class Tick:
    """Looks at the items whose time has come. One belongs to one thread, as its store does."""

    def __init__(self, ledger: Ledger, announce: Announce, holds: Holds | None = None) -> None:
        """`announce` queues notices; it is called inside the transaction that marks them told.

        `holds` says of a breach whether it is to wait a moment: an answer is being looked for.
        """
        self._ledger = ledger
        self._store = ledger.store
        self._announce = announce
        self._holds = holds

    def run(self, now: datetime) -> Ticked:
        """Look at every item that is due, each in a transaction of its own."""
        looked_at = told = 0
        seen: set[ItemId] = set()
        while due := [one.item.id for one in self._store.items.to_check(now, _BATCH)]:
            fresh = [item for item in due if item not in seen]
            if not fresh:  # a check that stays due would otherwise go round for ever
                break
            for item in fresh:
                seen.add(item)
                looked_at += 1
                told += self._look_safely(item, now)
        return Ticked(looked_at=looked_at, told=told)

    def _look_safely(self, item: ItemId, now: datetime) -> int:
        """Look at an item; one on which we fail is tried again soon, and stops no other."""
        try:
            return self._look(item, now)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - one item must not silence the clocks of all others
            _log.exception("item %d could not be looked at", item)
            with self._store.writing():
                self._store.items.check_at(item, now + _FAULTY)
            return 0

    def _look(self, item: ItemId, now: datetime) -> int:
        with self._store.writing():
            standing = self._ledger.standing(item, now)
            passed: list[Notice] = []
            for _ in range(_MOST_PASSED):
                found = _passed(standing, now)
                if found is None:
                    break
                event, notice = found
                standing = self._ledger.record(item, [event], now)
                passed += [notice] if notice is not None else []
            due, held = self._due(standing, now)
            due += tuple(passed)
            if due:
                self._announce(standing, due, now)
            if due or not held:
                self._ledger.settle(item, now)
            if held:
                self._store.items.check_at(item, now + _HELD)
            return len(due)

    def _due(self, standing: Standing, now: datetime) -> tuple[tuple[Notice, ...], bool]:
        """Return the notices that are due, and whether others are held back.

        They and those that they cover are marked as told.
        """
        item = standing.item
        told = self._store.events.told(item.id)
        ripe = notices.due_notices(
            item.id,
            standing.readings,
            standing.terms,
            told,
            now,
            reacted=item.state is State.CLAIMED,
        )
        found = [one for one in ripe if not self._is_held(standing, one.notice, now)]
        covered = [name for one in found for name in (one.notice.name, *one.covers)]
        due = [one.notice for one in found]
        others = tuple(_of_claims(standing, told, now))
        covered += [one.name for one in others]
        due += others
        self._store.events.tell(item.id, covered, now)
        return tuple(due), len(found) < len(ripe)

    def _is_held(self, standing: Standing, notice: Notice, now: datetime) -> bool:
        if self._holds is None or notice.kind is not NoticeKind.BREACH or notice.target is None:
            return False
        return notice.target in RESPONSES and self._holds(standing, notice, now)


def _passed(standing: Standing, now: datetime) -> tuple[Event, Notice | None] | None:
    """Return what time did first to an item by `now`, with what the team is told of it."""
    item = standing.item
    lease, pause = item.lease_ends_at, item.paused_until
    if item.state is State.CLAIMED and lease is not None and lease <= now:
        return _ended(standing, EventKind.LEASE_ENDED, NoticeKind.LEASE_ENDED, lease, now)
    if item.state in (State.WAITING, State.SNOOZED) and pause is not None and pause <= now:
        return _ended(standing, EventKind.RESUMED, NoticeKind.RESUMED, pause, now)
    silent = standing.readings.silent_until
    if item.state is State.ANSWERED and silent is not None and silent <= now:
        return _happened(standing, EventKind.RESOLVED, silent, now), None
    return None


def _of_claims(standing: Standing, told: Set[str], now: datetime) -> Iterator[Notice]:
    """Yield what is told of who has an item: a claim that ends soon, a change of hands."""
    item = standing.item
    yield from claims.hand_over_notices(item, standing.events, told)
    reminder = claims.reminder(item, told)
    if reminder is not None and reminder.at <= now:
        yield reminder
    if (name := passed_on(item, told)) is not None:
        yield _handed_over(item.id, name, now)


def _handed_over(item: ItemId, name: str, now: datetime) -> Notice:
    return Notice(kind=NoticeKind.HANDED_OVER, item=item, name=name, at=now, tell="lead")


def _ended(
    standing: Standing, kind: EventKind, told: NoticeKind, at: datetime, now: datetime
) -> tuple[Event, Notice]:
    notice = Notice(
        kind=told, item=standing.item.id, name=f"{told}:{at.isoformat()}", at=at, tell="chat"
    )
    return _happened(standing, kind, at, now), notice


def _happened(standing: Standing, kind: EventKind, at: datetime, now: datetime) -> Event:
    return Event(id=0, item=standing.item.id, kind=kind, at=at, recorded_at=now)
