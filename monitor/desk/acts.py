"""What a member's act makes of an item: the event to be written, or a refusal in plain words."""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.clock.timeline import UNDO_WINDOW, effective
from monitor.desk.lifecycle import LEASE, doer, last_undoable
from monitor.desk.roles import may_take_over, may_undo_others
from monitor.errors import RefusedError
from monitor.model import Event, EventKind, Item, ItemId, Member, State

PAUSES = {
    "customer": timedelta(hours=48),
    "third party": timedelta(hours=72),
}
SNOOZE = timedelta(hours=1)
LONGEST_SNOOZE = timedelta(hours=24)
NOT_FOR_US = ("not a complaint", "not about us", "spam", "duplicate")


def claim(item: Item, member: Member, now: datetime) -> Event:
    """Return the claim of a free item. Raises: RefusedError, naming who was faster."""
    _still_open(item)
    if item.owner == member.id:
        raise RefusedError("You have it already.")
    if item.owner is not None:
        raise RefusedError("Somebody else has it.")
    return _event(item, EventKind.CLAIMED, member, now, until=now + LEASE)


def release(item: Item, member: Member, now: datetime) -> Event:
    """Return the release of an item by its owner, or by a lead."""
    _still_open(item)
    if item.owner is None:
        raise RefusedError("Nobody has it.")
    if item.owner != member.id and not may_take_over(member.role):
        raise RefusedError("Only its owner or a lead can release it.")
    return _event(item, EventKind.RELEASED, member, now)


def answered(item: Item, member: Member, now: datetime, url: str | None = None) -> Event:
    """Return the tap that stops the response clock at once, unproven until the reply is found."""
    _still_open(item)
    if item.answer is not None and item.state not in (State.OPEN, State.CLAIMED):
        raise RefusedError("It is answered already.")
    return _event(item, EventKind.ANSWERED, member, now, url=url)


def link(
    item: Item, events: tuple[Event, ...], member: Member, now: datetime, url: str
) -> tuple[Event, Event]:
    """Return what gives a tapped answer its link: the tap is taken back, and stands anew with it.

    The new tap has the time, the place, the member and the undo window of the old one: no clock
    moves.
    """
    if item.state is State.VOID:
        raise RefusedError("It is dismissed ({reason}). Undo that first.", reason=item.void_reason)
    if item.answer is None:
        raise RefusedError("It is not answered yet: tap Answered first, then send the link.")
    if item.answer.proven:
        raise RefusedError("The reply was found already: no link is needed.")
    taps = [event for event in effective(events) if event.kind is EventKind.ANSWERED]
    tap = next((event for event in reversed(taps) if event.at == item.answer.at), None)
    if tap is None:
        raise RefusedError("Nobody tapped Answered, so there is nothing to link.")
    undone = _event(item, EventKind.UNDONE, member, now, ref=tap.id)
    return undone, replace(tap, id=0, url=url, ref=tap.id if tap.ref is None else tap.ref)


def wait(
    item: Item, member: Member, now: datetime, reason: str, length: timedelta | None = None
) -> Event:
    """Return a pause of the resolution clock, with its automatic return.

    `reason` is "customer" or "third party"; `length` None is as long as it may be.
    """
    _still_open(item)
    if reason not in PAUSES:
        raise RefusedError("Wait for whom? One of: {choices}.", choices=", ".join(PAUSES))
    most = PAUSES[reason]
    if length is not None and not timedelta() < length <= most:
        hours = int(most.total_seconds() // 3600)
        raise RefusedError("Such a pause lasts at most {hours} hours.", hours=hours)
    until = now + (length or most)
    return _event(item, EventKind.WAITING, member, now, reason=reason, until=until)


def snooze(item: Item, member: Member, now: datetime, length: timedelta = SNOOZE) -> Event:
    """Return a snooze: warnings are held back until it ends, but never past a breach."""
    _still_open(item)
    if not timedelta() < length <= LONGEST_SNOOZE:
        raise RefusedError("A snooze lasts at most 24 hours.")
    return _event(item, EventKind.SNOOZED, member, now, reason="snoozed", until=now + length)


def resume(item: Item, member: Member, now: datetime) -> Event:
    """Return the end of a pause before its time."""
    if item.state not in (State.WAITING, State.SNOOZED):
        raise RefusedError("It is not paused.")
    return _event(item, EventKind.RESUMED, member, now)


def resolve(item: Item, member: Member, now: datetime) -> Event:
    """Return the end of an item. An unanswered one is refused: its customer still waits."""
    _still_open(item)
    if item.answer is None or item.state in (State.OPEN, State.CLAIMED):
        raise RefusedError("The customer has no answer yet: reply, or tap Answered first.")
    return _event(item, EventKind.RESOLVED, member, now)


def not_for_us(item: Item, member: Member, now: datetime, reason: str) -> Event:
    """Return the dismissal of an item: out of every ratio, still in the log."""
    if item.state is State.VOID:
        raise RefusedError("It is dismissed already.")
    if reason not in NOT_FOR_US:
        raise RefusedError("Why? One of: {choices}.", choices=", ".join(NOT_FOR_US))
    return dismissed(item, member, now, reason)


def dismissed(item: Item, member: Member, now: datetime, reason: str) -> Event:
    """Return the end of an item for which no answer is owed, whatever the reason."""
    return _event(item, EventKind.VOIDED, member, now, reason=reason)


def merge(item: Item, into: Item, member: Member, now: datetime) -> Event:
    """Return the end of `item` as part of `into`, whose clock goes on for both."""
    if item.id == into.id:
        raise RefusedError("An item cannot be merged with itself.")
    if item.state is State.VOID:
        raise RefusedError("#{item} is dismissed already.", item=item.id)
    if into.state is State.VOID:
        raise RefusedError("#{item} is dismissed: merge into an item that is open.", item=into.id)
    if into.state is State.RESOLVED or into.muted:
        raise RefusedError(
            "#{item} has no clock that runs: merge into an item that is open.", item=into.id
        )
    if item.brand != into.brand:
        raise RefusedError(
            "#{item} is about {brand}, not about {other}.",
            item=into.id,
            brand=into.brand,
            other=item.brand,
        )
    return _event(item, EventKind.VOIDED, member, now, reason="merged", ref=into.id)


def undo(item: Item, events: tuple[Event, ...], member: Member, now: datetime) -> Event:
    """Return the undoing of the latest act on an item, possible for five minutes."""
    latest = last_undoable(events, now)
    if latest is None:
        minutes = int(UNDO_WINDOW.total_seconds() // 60)
        raise RefusedError(
            "There is nothing to undo: acts can be undone for {minutes} minutes.", minutes=minutes
        )
    if latest.kind is EventKind.BRAND_REPLY:
        raise RefusedError("The answer stands on the platform: open the app and delete it there.")
    if doer(latest) != member.id and not may_undo_others(member.role):
        raise RefusedError("Only who did it or a lead can undo it.")
    return _event(item, EventKind.UNDONE, member, now, ref=latest.id)


def _still_open(item: Item) -> None:
    if item.state is State.VOID:
        raise RefusedError("It is dismissed ({reason}). Undo that first.", reason=item.void_reason)
    if item.state is State.RESOLVED:
        raise RefusedError("It is resolved.")
    if item.muted:
        raise RefusedError("It is history: it has no clock.")


def _event(
    item: Item,
    kind: EventKind,
    member: Member,
    now: datetime,
    *,
    url: str | None = None,
    reason: str | None = None,
    until: datetime | None = None,
    ref: int | None = None,
) -> Event:
    return Event(
        id=0,
        item=ItemId(item.id),
        kind=kind,
        at=now,
        recorded_at=now,
        actor=member.id,
        url=url,
        reason=reason,
        until=until,
        ref=ref,
    )
