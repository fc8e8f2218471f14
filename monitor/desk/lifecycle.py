"""Where an item stands: the fold of its events."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.clock.timeline import UNDO_WINDOW, effective
from monitor.model import Answer, Event, EventKind, Item, ItemId, State

_PAUSES = {EventKind.WAITING: State.WAITING, EventKind.SNOOZED: State.SNOOZED}


def fold(
    opening: Item, events: Sequence[Event], *, response_open: bool, answer: Answer | None
) -> Item:
    """Return the item that `events` made of `opening`.

    `response_open` is whether a response clock runs, and `answer` how the latest one was stopped;
    both are the clock's word, since what a reply answers is a question of time.
    """
    item = replace(_bare(opening), answer=answer)
    for event in effective(events):
        item = _applied(item, event)
    return replace(item, state=_state(item, response_open))


def _bare(opening: Item) -> Item:
    """Return the facts of an item that no event changes; a history item stays muted until told."""
    return replace(
        opening,
        state=State.OPEN,
        owner=None,
        lease_ends_at=None,
        paused_until=None,
        void_reason=None,
        merged_into=None,
        hand_overs=0,
        answer=None,
    )


def _applied(item: Item, event: Event) -> Item:
    change = _CHANGES.get(event.kind)
    return change(item, event) if change else item


def _claimed(item: Item, event: Event) -> Item:
    taken_over = item.owner is not None and item.owner != event.actor
    overs = item.hand_overs + int(taken_over)
    return replace(item, owner=event.actor, lease_ends_at=event.until, hand_overs=overs)


def _free(item: Item, _: Event) -> Item:
    return replace(item, owner=None, lease_ends_at=None)


def _replied(item: Item, _: Event) -> Item:
    return replace(item, lease_ends_at=None)


def _paused(item: Item, event: Event) -> Item:
    state = _PAUSES[event.kind]
    return replace(item, state=state, paused_until=event.until, lease_ends_at=None)


def _going_on(item: Item, _: Event) -> Item:
    return replace(item, state=State.OPEN, paused_until=None)


def _resolved(item: Item, _: Event) -> Item:
    return replace(item, state=State.RESOLVED, paused_until=None, lease_ends_at=None)


def _voided(item: Item, event: Event) -> Item:
    merged = ItemId(event.ref) if event.ref is not None else None
    return replace(item, void_reason=event.reason or "not for us", merged_into=merged)


def _restored(item: Item, _: Event) -> Item:
    return replace(item, void_reason=None, merged_into=None)


def _unmuted(item: Item, _: Event) -> Item:
    return replace(item, muted=False)


_CHANGES: dict[EventKind, Callable[[Item, Event], Item]] = {
    EventKind.CLAIMED: _claimed,
    EventKind.RELEASED: _free,
    EventKind.LEASE_ENDED: _free,
    EventKind.BRAND_REPLY: _replied,
    EventKind.ANSWERED: _replied,
    EventKind.WAITING: _paused,
    EventKind.SNOOZED: _paused,
    EventKind.RESUMED: _going_on,
    EventKind.RESOLVED: _resolved,
    EventKind.REOPENED: _going_on,
    EventKind.VOIDED: _voided,
    EventKind.RESTORED: _restored,
    EventKind.UNMUTED: _unmuted,
}


def _state(item: Item, response_open: bool) -> State:
    if item.void_reason is not None:
        return State.VOID
    if item.state in (State.RESOLVED, State.WAITING, State.SNOOZED):
        return item.state
    if not response_open:
        return State.ANSWERED
    return State.CLAIMED if item.owner is not None else State.OPEN


def last_undoable(events: Sequence[Event], now: datetime) -> Event | None:
    """Return the latest act of a member that may still be undone at `now`, or None."""
    acts = [event for event in effective(events) if event.actor is not None]
    latest = max(acts, key=lambda event: (event.recorded_at, event.id), default=None)
    if latest is None or not undoable(latest, now):
        return None
    return latest


def undoable(event: Event, now: datetime) -> bool:
    """Return whether an act may still be undone: for five minutes after it was recorded."""
    return now - event.recorded_at <= UNDO_WINDOW
