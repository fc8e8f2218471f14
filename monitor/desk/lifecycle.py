"""Where an item stands: the fold of its events."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from monitor.clock.timeline import UNDO_WINDOW, effective
from monitor.model import Answer, Event, EventKind, Item, ItemId, MemberId, State

LEASE = timedelta(minutes=20)  # a claim without a reply goes back to the queue after this
_REMEMBERED = 1024  # items as they were opened: each is folded again and again
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
    folding = _Folding(muted=opening.muted)
    for event in counted:
        if (change := _CHANGES.get(event.kind)) is not None:
            change(folding, event)
    state = _state(folding, response_open)
    if state is State.CLAIMED and folding.lease_ends_at is None:
        _leased_anew(folding, counted[-1])
    return replace(
        opening,
        state=state,
        owner=folding.owner,
        lease_ends_at=folding.lease_ends_at,
        paused_until=folding.paused_until,
        void_reason=folding.void_reason,
        merged_into=folding.merged_into,
        muted=folding.muted,
        hand_overs=_hand_overs(counted),
        answer=answer,
    )


@dataclass(slots=True, kw_only=True)
class _Folding:
    """What events change of an item, while they are gone through."""

    state: State = State.OPEN
    owner: MemberId | None = None
    lease_ends_at: datetime | None = None
    paused_until: datetime | None = None
    void_reason: str | None = None
    merged_into: ItemId | None = None
    muted: bool


@lru_cache(maxsize=_REMEMBERED)
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


def _claimed(item: _Folding, event: Event) -> None:
    item.owner, item.lease_ends_at = event.actor, event.until


def _leased_anew(item: _Folding, event: Event) -> None:
    """Have an item ask its owner again: nobody holds one for ever without a reply."""
    lease = item.lease_ends_at
    if item.owner is not None and (lease is None or lease <= event.at):
        item.lease_ends_at = event.at + LEASE


def _asked(item: _Folding, event: Event) -> None:
    if event.wants_answer:
        _leased_anew(item, event)


def _free(item: _Folding, _: Event) -> None:
    item.owner = item.lease_ends_at = None


def _replied(item: _Folding, _: Event) -> None:
    item.lease_ends_at = None


def _paused(item: _Folding, event: Event) -> None:
    item.state, item.paused_until = _PAUSES[event.kind], event.until
    item.lease_ends_at = None


def _going_on(item: _Folding, event: Event) -> None:
    item.state, item.paused_until = State.OPEN, None
    _leased_anew(item, event)


def _reopened(item: _Folding, event: Event) -> None:
    """Open a resolved item; where the Resolve is undone, a question still ends a wait."""
    asked = item.state is State.WAITING and event.key is not None
    if item.state is State.RESOLVED or asked:
        _going_on(item, event)


def _resolved(item: _Folding, _: Event) -> None:
    item.state = State.RESOLVED
    item.paused_until = item.lease_ends_at = None


def _voided(item: _Folding, event: Event) -> None:
    item.void_reason = event.reason or "not for us"
    item.merged_into = ItemId(event.ref) if event.ref is not None else None


def _restored(item: _Folding, event: Event) -> None:
    item.void_reason = item.merged_into = None
    _leased_anew(item, event)


def _unmuted(item: _Folding, _: Event) -> None:
    item.muted = False


_CHANGES: dict[EventKind, Callable[[_Folding, Event], None]] = {
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
    EventKind.REOPENED: _reopened,
    EventKind.VOIDED: _voided,
    EventKind.RESTORED: _restored,
    EventKind.UNMUTED: _unmuted,
}


def _state(item: _Folding, response_open: bool) -> State:
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
