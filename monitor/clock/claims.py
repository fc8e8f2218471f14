"""The claim clock: it starts when a card is due, and ends when somebody takes the item."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor.clock.cycles import Cause, Cycle, End, settle
from monitor.clock.timeline import Learnt, Story
from monitor.model import Event, EventKind, Target

_DUE = (EventKind.RELEASED, EventKind.LEASE_ENDED, EventKind.REOPENED)
_TAKEN = (EventKind.CLAIMED, EventKind.ANSWERED, EventKind.RESOLVED)


def claim_cycles(story: Story, responses: Sequence[Cycle]) -> tuple[Cycle, ...]:
    """Return the claim cycles of an item, numbered by the times at which a card was due.

    A card that was due while the clock still ran, or when no answer was owed, starts none: its
    number is left out.
    """
    cycles: list[Cycle] = []
    for number, start in enumerate((story.start, *_due_again(story)), start=1):
        at = start.event.at
        runs = bool(cycles) and (cycles[-1].end is None or cycles[-1].end.at > at)
        if not runs and (number == 1 or _owed(start.event.at, responses)):
            cycles.append(_cycle(story, number, start))
    return tuple(cycles)


def _due_again(story: Story) -> Iterator[Learnt]:
    """Yield when a card was due again; what was never resolved after all was not reopened."""
    resolved = False
    for each in story.of(*_DUE, EventKind.RESOLVED):
        reopened = each.event.kind is EventKind.REOPENED
        if each.event.kind in _DUE and (resolved or not reopened):
            yield each
        if reopened or each.event.kind is EventKind.RESOLVED:
            resolved = not reopened


def _owed(instant: datetime, responses: Sequence[Cycle]) -> bool:
    """Return whether somebody waited for an answer at `instant`."""
    return any(each.open_at(instant) for each in responses)


def _cycle(story: Story, number: int, start: Learnt) -> Cycle:
    at = start.event.at
    after = story.posted_at if number == 1 else at
    cause = Cause(
        place=start.place,
        recorded_at=start.event.recorded_at,
        started_at=at,
        waits_since=after,
        answers_after=after,
    )
    takes = [each for each in story.events if _takes(each, cause) or _frees(each)]
    settled = settle(takes, cause, lambda _: True, _earliest)
    return Cycle(
        target=Target.CLAIM,
        number=number,
        started_at=at,
        waits_since=after,
        answers_after=after,
        end=None if settled is None else _end(*settled),
    )


def _takes(learnt: Learnt, cause: Cause) -> bool:
    """Return whether somebody took the item; an act must come after the card was due."""
    event = learnt.event
    if event.kind is EventKind.BRAND_REPLY:
        return event.at > cause.answers_after
    later = learnt.place > cause.place and event.at >= cause.started_at
    return event.kind in _TAKEN and later


def _frees(learnt: Learnt) -> bool:
    """Return whether a reply is gone: one that was gone in time never took the item."""
    return learnt.event.kind is EventKind.REPLY_DELETED


def _earliest(known: Sequence[Event]) -> Event | None:
    return min(known, key=lambda event: event.at, default=None)


def _end(event: Event, settles_at: datetime) -> End:
    return End(at=event.at, settles_at=settles_at, url=event.url, by=event.actor)
