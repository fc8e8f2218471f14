"""Where an item stands: the fold of its events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.clock.timeline import effective
from monitor.model import Answer, Event, EventKind, Item, ItemId, State

_PAUSES = {EventKind.WAITING: State.WAITING, EventKind.SNOOZED: State.SNOOZED}
UNDO_WINDOW = timedelta(minutes=5)


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
    match event.kind:
        case EventKind.CLAIMED:
            taken_over = item.owner is not None and item.owner != event.actor
            overs = item.hand_overs + int(taken_over)
            return replace(item, owner=event.actor, lease_ends_at=event.until, hand_overs=overs)
        case EventKind.RELEASED | EventKind.LEASE_ENDED:
            return replace(item, owner=None, lease_ends_at=None)
        case EventKind.BRAND_REPLY | EventKind.ANSWERED:
            return replace(item, lease_ends_at=None)
        case EventKind.WAITING | EventKind.SNOOZED:
            return replace(
                item, state=_PAUSES[event.kind], paused_until=event.until, lease_ends_at=None
            )
        case EventKind.RESUMED:
            return replace(item, state=State.OPEN, paused_until=None)
        case EventKind.RESOLVED:
            return replace(item, state=State.RESOLVED, paused_until=None, lease_ends_at=None)
        case EventKind.REOPENED:
            return replace(item, state=State.OPEN, paused_until=None)
        case EventKind.VOIDED:
            merged = ItemId(event.ref) if event.ref is not None else None
            return replace(item, void_reason=event.reason or "not for us", merged_into=merged)
        case EventKind.RESTORED:
            return replace(item, void_reason=None, merged_into=None)
        case EventKind.UNMUTED:
            return replace(item, muted=False)
        case _:
            return item


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
