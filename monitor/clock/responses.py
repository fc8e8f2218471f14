"""The response clocks: the first cycle starts when the item is first seen, the next ones later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.clock.calendar import NO_TIME
from monitor.clock.cycles import Cause, Cycle, End, settle
from monitor.clock.timeline import UNDO_WINDOW, Ask, Learnt, Story
from monitor.model import Event, EventKind, Result, Target


def response_cycles(story: Story, frozen: Mapping[int, Result]) -> tuple[Cycle, ...]:
    """Return the response cycles of an item: 1 is the first response, the next ones count up.

    `frozen` holds fixed results by cycle; where one stands, that cycle ended as it says. Its number
    is nobody else's: should a post that came back have answered what it was about, the next cycle
    takes the number after it.
    """
    asks: Sequence[Ask] = story.asks
    cause: Cause | None = _opening(story)
    cycles: list[Cycle] = []
    number = 0
    while cause is not None:
        number = _free(number + 1, cause, frozen)
        end = _as_frozen(_end(story, cause), frozen.get(number))
        cycles.append(_cycle(number, cause, end))
        if end is None:
            break
        asks = [ask for ask in asks if ask.place != cause.place and not _answers(end, ask)]
        cause = _next_cause(story, asks, cause, end)
    return tuple(_proven(story, cycles))


def _free(number: int, cause: Cause, frozen: Mapping[int, Result]) -> int:
    """Return the first number from `number` on that is not another cycle's for good."""
    while number > 1 and number in frozen and not _is_of(frozen[number], cause):
        number += 1
    return number


def _is_of(fixed: Result, cause: Cause) -> bool:
    """Return whether a fixed result is that of the cycle with this cause."""
    wait = max(fixed.ended_at - cause.waits_since, NO_TIME)
    return fixed.started_at == cause.started_at and fixed.customer_wait == wait


def _cycle(number: int, cause: Cause, end: End | None) -> Cycle:
    target = Target.FIRST_RESPONSE if number == 1 else Target.NEXT_RESPONSE
    return Cycle(
        target=target,
        number=number,
        started_at=cause.started_at,
        waits_since=cause.waits_since,
        answers_after=cause.answers_after,
        end=end,
    )


def _opening(story: Story) -> Cause:
    start = story.start
    return Cause(
        place=start.place,
        recorded_at=start.event.recorded_at,
        started_at=start.event.at,
        waits_since=story.posted_at,
        answers_after=story.posted_at,
        void_at=_nobody_asks_at(story.asks, start.event.at),
    )


def _nobody_asks_at(asks: Iterable[Ask], start: datetime) -> datetime | None:
    """Return when, from `start` on, the last post that asked was gone; None: one still asks."""
    until = start
    for ask in asks:
        if ask.seen_at > until:
            break
        if ask.gone_at is None:
            return None
        until = max(until, ask.gone_at)
    return until


def _end(story: Story, cause: Cause) -> End | None:
    """Return what stopped a response clock: the earliest reply known in time, or else a tap."""
    settled = settle(story.stops, cause, lambda event: _stops(event, cause), _best)
    if settled is not None:
        return _ended(story, cause, *settled)
    if cause.void_at is not None:
        return End(at=cause.void_at, settles_at=cause.void_at, void=True)
    return None


def _stops(event: Event, cause: Cause) -> bool:
    if cause.void_at is not None and event.at > cause.void_at:
        return False
    if event.kind is EventKind.BRAND_REPLY:
        return event.at > cause.answers_after
    return event.kind is EventKind.ANSWERED and event.at >= cause.started_at


def _best(known: Sequence[Event]) -> Event | None:
    replies = [event for event in known if event.kind is EventKind.BRAND_REPLY]
    return min(replies or known, key=lambda event: event.at, default=None)


def _ended(story: Story, cause: Cause, event: Event, settles_at: datetime) -> End:
    found = event.kind is EventKind.BRAND_REPLY
    taps = (
        each.event.actor
        for each in story.stops
        if each.event.kind is EventKind.ANSWERED
        and _stops(each.event, cause)
        and each.event.recorded_at <= settles_at
    )
    return End(
        at=event.at,
        settles_at=settles_at,
        proven=found,
        url=event.url,
        by=event.actor if event.actor is not None else next(taps, None),
        after_posts=found,
    )


def _as_frozen(end: End | None, frozen: Result | None) -> End | None:
    if frozen is None or (end is not None and not end.void and end.at == frozen.ended_at):
        return end
    proven = frozen.proven
    at, settles_at = frozen.ended_at, frozen.frozen_at
    return End(at=at, settles_at=settles_at, proven=proven, after_posts=proven)


def _answers(end: End, ask: Ask) -> bool:
    return ask.posted_at < end.at if end.after_posts else ask.seen_at <= end.at


def _next_cause(story: Story, asks: Sequence[Ask], cause: Cause, end: End) -> Cause | None:
    """Return what starts the next cycle: a post not answered yet, or the answer's deletion."""
    causes = (_asked(asks), _unanswered(story, cause, end))
    found = (each for each in causes if each is not None)
    return min(found, key=lambda each: each.started_at, default=None)


def _asked(asks: Sequence[Ask]) -> Cause | None:
    if not asks:
        return None
    first = asks[0]
    return Cause(
        place=first.place,
        recorded_at=first.recorded_at,
        started_at=first.seen_at,
        waits_since=first.posted_at,
        answers_after=first.posted_at,
        void_at=_nobody_asks_at(asks, first.seen_at),
    )


def _unanswered(story: Story, cause: Cause, end: End) -> Cause | None:
    """Return the deletion that left the posts of an ended cycle without any public answer."""
    standing: dict[str | None, Event] = {}
    for each in () if end.void else story.stops:
        event = each.event
        if event.kind is EventKind.BRAND_REPLY and event.at > cause.answers_after:
            standing.setdefault(event.key, event)
        elif event.kind is EventKind.REPLY_DELETED and event.key in standing:
            deleted = standing.pop(event.key)
            void_at = _nobody_asks_at(story.asks, event.at)
            later = each.place > cause.place and event.recorded_at > end.settles_at
            if later and not standing and void_at != event.at:
                return Cause(
                    place=each.place,
                    recorded_at=event.recorded_at,
                    started_at=event.at,
                    waits_since=event.at,
                    answers_after=deleted.at,
                    void_at=void_at,
                )
    return None


def _proven(story: Story, cycles: Sequence[Cycle]) -> list[Cycle]:
    """Return the cycles; one that a tap ended is proven once a reply to its posts is found."""
    following = (*cycles[1:], None)
    return [_with_proof(story, *pair) for pair in zip(cycles, following, strict=True)]


def _with_proof(story: Story, cycle: Cycle, following: Cycle | None) -> Cycle:
    if cycle.end is None or cycle.end.proven or cycle.end.void:
        return cycle
    until = None if following is None else max(cycle.end.at, following.answers_after)
    replies = (
        each.event
        for each in story.of(EventKind.BRAND_REPLY)
        if each.event.at > cycle.answers_after
        and (until is None or each.event.at <= until)
        and not _soon_gone(story, each)
    )
    reply = min(replies, key=lambda event: event.at, default=None)
    if reply is None:
        return cycle
    return replace(cycle, end=replace(cycle.end, proven=True, url=reply.url or cycle.end.url))


def _soon_gone(story: Story, reply: Learnt) -> bool:
    """Return whether a reply was gone while it could still be revised: then it proves nothing."""
    return any(
        each.event.key == reply.event.key
        and each.place > reply.place
        and each.event.recorded_at <= reply.event.recorded_at + UNDO_WINDOW
        for each in story.of(EventKind.REPLY_DELETED)
    )
