"""Cycles: from when to when each clock of an item ran, in wall time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.clock.timeline import UNDO_WINDOW, Learnt
from monitor.model import Event, EventKind, MemberId, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What stopped a clock, in its own time."""

    at: datetime
    settles_at: datetime  # what is learnt by then may still change it, what is learnt later not
    proven: bool = True  # False: a tap of which no public reply is known
    url: str | None = None
    by: MemberId | None = None
    after_posts: bool = False  # a reply answers posts written before it; a tap, those seen by then
    void: bool = False  # nobody asks any more: the posts are gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What started a clock."""

    place: int  # among all that was learnt
    recorded_at: datetime
    started_at: datetime
    waits_since: datetime  # the post's own time
    answers_after: datetime  # only a reply written later answers
    void_at: datetime | None = None  # when nobody asked any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """[start, end) of a resolution clock that does not count; `end` None: until a member acts."""

    start: datetime
    end: datetime | None
    why: str

    def holds(self, instant: datetime) -> bool:
        """Return whether this part lies over `instant`."""
        return self.start <= instant and (self.end is None or instant < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One run of one clock."""

    target: Target
    number: int  # from 1
    started_at: datetime
    waits_since: datetime  # the post's own time
    answers_after: datetime  # only a reply written later answers
    end: End | None = None  # None: it runs
    away: tuple[Away, ...] = ()

    def open_at(self, instant: datetime) -> bool:
        """Return whether this clock ran at `instant`."""
        return self.started_at <= instant and (self.end is None or self.end.at > instant)


def settle(
    learnt: Sequence[Learnt],
    cause: Cause,
    fits: Callable[[Event], bool],
    best: Callable[[Sequence[Event]], Event | None],
) -> tuple[Event, datetime] | None:
    """Return the event that stops a clock and when that is settled, or None while it runs.

    Events are taken as they were learnt. What was known when the clock started, and what comes
    until five minutes after the latest change of the answer, may decide; then it is settled.
    """
    known: list[Event] = []
    for each in learnt:
        if each.place <= cause.place:
            known = _with(known, each.event, fits)
    chosen, settles_at = best(known), cause.recorded_at + UNDO_WINDOW
    for each in learnt:
        if each.place <= cause.place:
            continue
        if chosen is not None and each.event.recorded_at > settles_at:
            break
        known = _with(known, each.event, fits)
        if best(known) is not chosen:
            chosen, settles_at = best(known), each.event.recorded_at + UNDO_WINDOW
    return None if chosen is None else (chosen, settles_at)


def _with(known: list[Event], event: Event, fits: Callable[[Event], bool]) -> list[Event]:
    """Return what is known after `event`: a reply that was deleted is known no more."""
    if event.kind is EventKind.REPLY_DELETED:
        return [each for each in known if not _same(each, event)]
    if not fits(event) or any(_same(each, event) for each in known):
        return known
    return [*known, event]


def _same(known: Event, event: Event) -> bool:
    """Return whether both speak of one reply; a reply found twice counts once."""
    return known.kind is EventKind.BRAND_REPLY and known.key is not None and known.key == event.key
