"""Where an item stands: the fold of its events."""

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.clock.timeline import UNDO_WINDOW, effective
from monitor.model import Answer, Event, EventKind, Item, ItemId, MemberId, State

LEASE = timedelta(minutes=20)  # a claim without a reply goes back to the queue after this
_MANY = 2  # hand-overs: a customer who is passed on again and again is lost
_PAUSES = {EventKind.WAITING: State.WAITING, EventKind.SNOOZED: State.SNOOZED}


def fold(
    opening: Item, events: Sequence[Event], *, response_open: bool, answer: Answer | None
) -> Item:
    """Return the item that `events` made of `opening`.

    `response_open` is whether a response clock runs, and `answer` how the latest one was stopped;
    both are the clock's word, since what a reply answers is a question of time.
    """
    counted = effective(events)
    item = replace(unfolded(opening), answer=answer, hand_overs=_hand_overs(counted))
    for event in counted:
        item = _applied(item, event)
    item = replace(item, state=_state(item, response_open))
    if item.state is State.CLAIMED and item.lease_ends_at is None:
        return _leased_anew(item, counted[-1])
    return item


def unfolded(opening: Item) -> Item:
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


def _hand_overs(events: Sequence[Event]) -> int:
    """Return how often somebody else took the item than who had it before."""
    owners = [event.actor for event in events if event.kind is EventKind.CLAIMED]
    return sum(after != before for before, after in pairwise(owners))


def handed(event: Event) -> bool:
    """Return whether an event gave an item from one member to the other."""
    return event.kind is EventKind.CLAIMED and event.ref is not None


def doer(event: Event) -> MemberId | None:
    """Return who did what an event tells of: of a hand-over that is who gave, not who has it."""
    return MemberId(event.ref) if handed(event) and event.ref is not None else event.actor


def passed_on(item: Item, told: Set[str]) -> str | None:
    """Return the name under which the lead is told that an item changed hands again, or None.

    Only of one that somebody holds and that still owes an answer; `told` are the names told before.
    """
    name = f"handed_over:{item.hand_overs}"
    many = item.hand_overs >= _MANY and item.state is State.CLAIMED and not item.muted
    return name if many and name not in told else None


def _applied(item: Item, event: Event) -> Item:
    change = _CHANGES.get(event.kind)
    return change(item, event) if change else item


def _claimed(item: Item, event: Event) -> Item:
    return replace(item, owner=event.actor, lease_ends_at=event.until)


def _leased_anew(item: Item, event: Event) -> Item:
    """Return an item that asks its owner again: nobody holds one for ever without a reply."""
    lease = item.lease_ends_at
    if item.owner is None or (lease is not None and lease > event.at):
        return item
    return replace(item, lease_ends_at=event.at + LEASE)


def _asked(item: Item, event: Event) -> Item:
    return _leased_anew(item, event) if event.wants_answer else item


def _free(item: Item, _: Event) -> Item:
    return replace(item, owner=None, lease_ends_at=None)


def _replied(item: Item, _: Event) -> Item:
    return replace(item, lease_ends_at=None)


def _paused(item: Item, event: Event) -> Item:
    state = _PAUSES[event.kind]
    return replace(item, state=state, paused_until=event.until, lease_ends_at=None)


def _going_on(item: Item, event: Event) -> Item:
    return _leased_anew(replace(item, state=State.OPEN, paused_until=None), event)


def _resolved(item: Item, _: Event) -> Item:
    return replace(item, state=State.RESOLVED, paused_until=None, lease_ends_at=None)


def _voided(item: Item, event: Event) -> Item:
    merged = ItemId(event.ref) if event.ref is not None else None
    return replace(item, void_reason=event.reason or "not for us", merged_into=merged)


def _restored(item: Item, event: Event) -> Item:
    return _leased_anew(replace(item, void_reason=None, merged_into=None), event)


def _unmuted(item: Item, _: Event) -> Item:
    return replace(item, muted=False)


_CHANGES: dict[EventKind, Callable[[Item, Event], Item]] = {
    EventKind.CUSTOMER_POST: _asked,
    EventKind.CLAIMED: _claimed,
    EventKind.RELEASED: _free,
    EventKind.LEASE_ENDED: _free,
    EventKind.BRAND_REPLY: _replied,
    EventKind.REPLY_DELETED: _leased_anew,
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
    """Return the latest act of a member that may still be undone at `now`, or None.

    An answer that is deleted already leaves nothing to undo.
    """
    counted = effective(events)
    gone = {event.key for event in counted if event.kind is EventKind.REPLY_DELETED}
    acts = [
        event
        for event in counted
        if event.actor is not None
        and not (event.kind is EventKind.BRAND_REPLY and event.key in gone)
    ]
    latest = max(acts, key=lambda event: (event.recorded_at, event.id), default=None)
    if latest is None or not undoable(latest, now):
        return None
    return latest


def undoable(event: Event, now: datetime) -> bool:
    """Return whether an act may still be undone: for five minutes after it was recorded."""
    return now - event.recorded_at <= UNDO_WINDOW
