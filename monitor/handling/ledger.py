"""The ledger: an item's events are written, and what they now mean is written beside them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.clock import notices
from monitor.clock.policy import Terms
from monitor.clock.reading import Readings, read
from monitor.clock.timeline import effective
from monitor.desk.lifecycle import fold, passed_on
from monitor.errors import RefusedError, StoreError
from monitor.handling.policies import Policies
from monitor.model import Event, EventKind, Item, ItemId, State, Target
from monitor.store.items import Due
from monitor.store.store import Store

_log = logging.getLogger(__name__)
RESPONSES = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
_POSTS = frozenset({EventKind.OPENED, EventKind.CUSTOMER_POST})
_ENDS = frozenset({EventKind.BRAND_REPLY, EventKind.ANSWERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item, all that happened to it, and its clocks read at one instant."""

    item: Item
    events: tuple[Event, ...]
    terms: Terms
    readings: Readings
    due: Due

    @property
    def asking(self) -> frozenset[str | None]:
        """The keys of the item's posts that still want an answer."""
        if not self.readings.response_open:
            return frozenset()
        events = effective(self.events)
        gone = {one.key for one in events if one.kind is EventKind.REPLY_DELETED}
        ends = [e.at for e in events if e.kind in _ENDS and (not e.key or e.key not in gone)]
        posts = [one for one in events if one.kind in _POSTS and one.wants_answer]
        return frozenset(
            one.key for one in posts if all((one.posted_at or one.at) >= at for at in ends)
        )


class Ledger:
    """Reads items with their clocks, and records what happens to them."""

    def __init__(self, store: Store, policies: Policies) -> None:
        self.store = store
        self.policies = policies

    def standing(self, item: ItemId, now: datetime) -> Standing:
        """Return how an item stands at `now`. Raises: RefusedError if there is no such item."""
        found = self.store.items.get(item)
        if found is None:
            raise RefusedError(f"There is no item #{item}.")
        return self._stand(found.item, self.store.events.of_item(item), now)

    def record(self, item: ItemId, events: Sequence[Event], now: datetime) -> Standing:
        """Write events of an item and what they make of it, and return how it now stands."""
        with self.store.writing():
            self.store.events.add(events)
            return self.settle(item, now)

    def settle(self, item: ItemId, now: datetime) -> Standing:
        """Read an item's clocks anew, freeze what is due, and write where it stands."""
        with self.store.writing():
            standing = self.standing(item, now)
            results = standing.readings.results(now)
            if results:
                self.store.events.freeze(results)
                standing = self.standing(item, now)
            version = standing.terms.newest.version
            named = replace(standing.item, policy=standing.terms.newest.name)
            self.store.items.save(named, standing.due, version)
            return replace(standing, item=named)

    def move_to_current(self, now: datetime) -> int:
        """Put the open items of older policy versions under the newest, from `now` on.

        One on which we fail keeps what it has: it must not keep the desk from starting.
        """
        current = self.policies.current.version
        older = [one for one in self.store.items.queue() if one.policy_version != current]
        return sum(self._moved(one.item, now) for one in older)

    def _moved(self, item: Item, now: datetime) -> bool:
        try:
            with self.store.writing():
                self.record(item.id, [self._policy_change(item, now)], now)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - see move_to_current
            _log.exception("item %d stays under its older policy", item.id)
            return False
        return True

    def _policy_change(self, item: Item, now: datetime) -> Event:
        posts = self.store.posts.of_item(item.id)
        judged = posts[0].classification if posts else None
        return Event(
            id=0,
            item=item.id,
            kind=EventKind.POLICY_CHANGED,
            at=now,
            recorded_at=now,
            reason=self.policies.name_for(item, judged),
            ref=self.policies.current.version,
        )

    def _stand(self, opening: Item, events: tuple[Event, ...], now: datetime) -> Standing:
        terms = self.policies.terms(events)
        readings = read(
            events,
            terms,
            now,
            frozen=self.store.events.results_of(opening.id),
            found_late=opening.found_late,
            muted=_was_history(opening, events),
        )
        item = fold(opening, events, response_open=_owed(readings), answer=readings.answer)
        due = _due(item, readings, terms, self.store.events.told(item.id), now)
        return Standing(item=item, events=events, terms=terms, readings=readings, due=due)


def _owed(readings: Readings) -> bool:
    """Return whether an answer is owed; history has no readings, and was never answered."""
    return readings.response_open or not readings.responses


def _was_history(opening: Item, events: Sequence[Event]) -> bool:
    return opening.muted or any(event.kind is EventKind.UNMUTED for event in events)


def _due(item: Item, readings: Readings, terms: Terms, told: frozenset[str], now: datetime) -> Due:
    upcoming = readings.due_next()
    checks = [
        notices.next_check_at(readings, terms, told, now),
        item.lease_ends_at if item.state is State.CLAIMED else None,
        item.paused_until if item.state in (State.WAITING, State.SNOOZED) else None,
        now if passed_on(item, told) else None,
    ]
    return Due(
        target=upcoming.target if upcoming else None,
        due_at=upcoming.due_at if upcoming else None,
        next_check_at=min((at for at in checks if at is not None), default=None),
    )
