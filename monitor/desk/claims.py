"""Claims between members: one hands an item over, a lead takes it over, a lease runs out."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.clock.timeline import effective
from monitor.desk import acts
from monitor.desk.lifecycle import LEASE, doer, handed
from monitor.desk.roles import may_act, may_take_over
from monitor.errors import RefusedError
from monitor.model import Event, EventKind, Item, Member, MemberId, Notice, NoticeKind, State

REMINDED = timedelta(minutes=5)  # before a claim ends by itself
LONGEST_NOTE = 300  # characters
_CLOSED = frozenset({State.RESOLVED, State.VOID})
_FREED = frozenset({EventKind.RELEASED, EventKind.LEASE_ENDED})


def hand_over(item: Item, giver: Member, taker: Member, note: str, now: datetime) -> Event:
    """Return the claim of `taker`, who gets the item from its owner or by a lead's word.

    Raises: RefusedError.
    """
    if taker.id == giver.id:
        return take_over(item, giver, now)
    if item.owner != giver.id and not may_take_over(giver.role):
        raise RefusedError("Only its owner or a lead can hand it over.")
    if not may_act(taker.role):
        raise RefusedError("{name} is a viewer: viewers do not act.", name=taker.name)
    if item.owner == taker.id:
        raise RefusedError("{name} has it already.", name=taker.name)
    if len(note) > LONGEST_NOTE:
        raise RefusedError("A note has at most {most} characters.", most=LONGEST_NOTE)
    return replace(_claimed(item, taker, now), reason=note or None, ref=giver.id)


def take_over(item: Item, lead: Member, now: datetime) -> Event:
    """Return the claim of a lead, whoever has the item. Raises: RefusedError."""
    if item.owner == lead.id:
        raise RefusedError("You have it already.")
    if item.owner is not None and not may_take_over(lead.role):
        raise RefusedError("Only a lead can take over what somebody else has.")
    return replace(_claimed(item, lead, now), ref=None if item.owner is None else lead.id)


def last_hand_over(item: Item, events: Sequence[Event]) -> Event | None:
    """Return the hand-over by which the owner of an open item has it, or None."""
    if item.owner is None or not any(map(handed, events)):
        return None
    claims = [event for event in effective(events) if event.kind is EventKind.CLAIMED]
    last = claims[-1] if claims and item.state not in _CLOSED else None
    fits = last is not None and handed(last) and last.actor == item.owner
    return last if fits else None


def reminder(item: Item, told: Set[str]) -> Notice | None:
    """Return what the owner is told before the claim ends by itself, None if nothing is.

    It is due at its `at`. A claim that came late to a short lease is reminded of at once.
    """
    ends = item.lease_ends_at
    if item.state is not State.CLAIMED or item.owner is None or ends is None or item.muted:
        return None
    name = f"{NoticeKind.LEASE_ENDING}:{ends.isoformat()}"
    if name in told:
        return None
    return Notice(
        kind=NoticeKind.LEASE_ENDING,
        item=item.id,
        name=name,
        at=ends - REMINDED,
        tell="owner",
        to=(item.owner,),
    )


def hand_over_notices(item: Item, events: Sequence[Event], told: Set[str]) -> tuple[Notice, ...]:
    """Return what a hand-over tells those who did not make it: who has it now, and who had it."""
    event = last_hand_over(item, events)
    if event is None or item.muted:
        return ()
    giver, before = doer(event), _owner_before(events, event)
    meant = (
        (NoticeKind.HANDED_TO, event.actor),
        (NoticeKind.TAKEN_OVER, None if before == event.actor else before),
    )
    found = (
        Notice(
            kind=kind,
            item=item.id,
            name=f"{kind}:{event.id}",
            at=event.at,
            tell="owner",
            to=(member,),
        )
        for kind, member in meant
        if member is not None and member != giver
    )
    return tuple(notice for notice in found if notice.name not in told)


def _owner_before(events: Sequence[Event], claim: Event) -> MemberId | None:
    """Return who had the item as it was handed over, None for nobody."""
    return next(_owners_before(events, claim), None)


def _owners_before(events: Sequence[Event], claim: Event) -> Iterator[MemberId | None]:
    earlier = (event for event in reversed(effective(events)) if event.id < claim.id)
    for event in earlier:
        if event.kind in _FREED:
            yield None
        elif event.kind is EventKind.CLAIMED:
            yield event.actor


def _claimed(item: Item, member: Member, now: datetime) -> Event:
    free = replace(item, owner=None)
    return replace(acts.claim(free, member, now), until=now + LEASE)
