"""The resolution clock: from first seen to the end of the matter, less pauses."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.clock.cycles import Away, Cycle, End
from monitor.clock.policy import Terms
from monitor.clock.timeline import UNDO_WINDOW, Story
from monitor.model import Event, EventKind, MemberId, Target

PAUSES = (EventKind.WAITING, EventKind.SNOOZED)
_PAUSE_ENDS = (EventKind.RESUMED, EventKind.RESOLVED, EventKind.REOPENED)
_AFTER_ALL = sys.maxsize  # the place of what follows from events without being one
_TALK = (
    EventKind.OPENED,
    EventKind.UNMUTED,
    EventKind.CUSTOMER_POST,
    EventKind.BRAND_REPLY,
    EventKind.REPLY_DELETED,
    EventKind.ANSWERED,
    EventKind.REOPENED,
    EventKind.RESTORED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """[start, end) in which a member waits; `end` None: until a member acts."""

    start: datetime
    end: datetime | None
    event: Event

    def holds(self, instant: datetime) -> bool:
        """Return whether the pause lies over `instant`."""
        return self.start <= instant and (self.end is None or instant < self.end)

    @property
    def snoozes(self) -> bool:
        """Whether it holds notices back too."""
        return self.event.kind is EventKind.SNOOZED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A moment at which the matter is closed, or opened again."""

    at: datetime
    recorded_at: datetime
    place: int
    closes: bool
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The resolution cycles of an item, and when silence ends the last one, or has ended it.

    `silent_until` is None where it does not, and once the end was recorded as an event.
    """

    cycles: tuple[Cycle, ...]
    silent_until: datetime | None


def pauses(story: Story) -> tuple[Pause, ...]:
    """Return the pauses of an item in order. A new pause takes the place of the one before.

    A reopening ends one only where the Resolve before it was undone, and then as the question that
    it was: for a wait.
    """
    found: list[Pause] = []
    for each in sorted(story.of(*PAUSES, *_PAUSE_ENDS), key=lambda each: each.event.at):
        event = each.event
        if found and found[-1].holds(event.at) and _ends(event, found[-1]):
            found[-1] = replace(found[-1], end=event.at)
        if event.kind in PAUSES:
            found.append(Pause(start=event.at, end=event.until, event=event))
    return tuple(each for each in found if each.end is None or each.end > each.start)


def _ends(event: Event, pause: Pause) -> bool:
    asked = event.key is not None and not pause.snoozes
    return event.kind is not EventKind.REOPENED or asked


def resolution(
    story: Story,
    responses: Sequence[Cycle],
    away: Sequence[Pause],
    silent: Sequence[datetime | None],
    now: datetime,
) -> Resolution:
    """Return the resolution cycles of an item as they stand at `now`; `silent` are its silences.

    An item that is reopened within five minutes goes on as if never closed, but for the time in
    between; one that is reopened later begins a new cycle.
    """
    acts = tuple(_acts(story))
    marks = [*acts, *_asked_again(responses)]
    marks += [_silent(due) for due in silent if due is not None and due <= now]
    cycles = _cycles(story, away, sorted(marks, key=lambda mark: (mark.at, mark.place)))
    end, last = cycles[-1].end, silent[-1]
    recorded = end is not None and any(mark.closes and mark.at >= end.at for mark in acts)
    return Resolution(cycles=tuple(cycles), silent_until=None if recorded else last)


def _acts(story: Story) -> Iterator[_Mark]:
    for each in story.of(EventKind.RESOLVED, EventKind.REOPENED):
        event = each.event
        closes = event.kind is EventKind.RESOLVED
        yield _Mark(
            at=event.at,
            recorded_at=event.recorded_at,
            place=each.place,
            closes=closes,
            by=event.actor,
        )


def _asked_again(responses: Sequence[Cycle]) -> Iterator[_Mark]:
    """Yield where an item owes an answer again; one that came before we saw the post does not."""
    for each in responses[1:]:
        if each.open_at(each.started_at):
            at = each.started_at
            yield _Mark(at=at, recorded_at=at, place=_AFTER_ALL, closes=False)


def _silent(due: datetime) -> _Mark:
    return _Mark(at=due, recorded_at=due, place=_AFTER_ALL, closes=True)


def silences(
    story: Story, responses: Sequence[Cycle], away: Sequence[Pause], terms: Terms
) -> Iterator[datetime | None]:
    """Yield, for each word said, when the silence after it counts as the end of the matter.

    None where it does not: an answer was owed, a member paused the item, it was void by then, or
    more was said.
    """
    voids = tuple(each.event for each in story.of(EventKind.VOIDED, EventKind.RESTORED))
    said = sorted(_said(story, responses, away))
    for last, following in zip(said, (*said[1:], None), strict=True):
        due = terms.silent_until(last)
        owed = any(each.open_at(last) for each in responses)
        broken = following is not None and following <= due
        rests = any(each.holds(last) for each in away) or _is_void(voids, due)
        yield None if owed or broken or rests else due


def _is_void(voids: Sequence[Event], instant: datetime) -> bool:
    """Return whether an item was out of every ratio at `instant`."""
    last = next((each for each in reversed(voids) if each.at <= instant), None)
    return last is not None and last.kind is EventKind.VOIDED


def _said(story: Story, responses: Sequence[Cycle], away: Sequence[Pause]) -> Iterator[datetime]:
    """Yield when anything was said in public or settled; a pause and its end count as well."""
    first = story.start.event.at
    yield from (max(each.event.at, first) for each in story.of(*_TALK))
    yield from (max(each.end.at, first) for each in responses if each.end is not None)
    for each in away:
        yield each.start
        if each.end is not None:
            yield each.end


def _cycles(story: Story, away: Sequence[Pause], marks: Sequence[_Mark]) -> list[Cycle]:
    """Return the resolution cycles that `marks`, in order, make."""
    done: list[Cycle] = []
    running = _started(1, story.start.event.at, story.posted_at)
    for mark in marks:
        end = running.end
        if end is None and mark.closes:
            running = replace(running, end=_end(mark))
        elif end is not None and not mark.closes and mark.recorded_at <= end.settles_at:
            between = Away(start=end.at, end=mark.at, why="resolved")
            running = replace(running, end=None, away=(*running.away, between))
        elif end is not None and not mark.closes:
            done.append(running)
            running = _started(len(done) + 1, mark.at, mark.at)
    paused = tuple(Away(start=each.start, end=each.end, why=_why(each)) for each in away)
    return [replace(each, away=(*paused, *each.away)) for each in (*done, running)]


def _started(number: int, at: datetime, waits_since: datetime) -> Cycle:
    return Cycle(
        target=Target.RESOLUTION,
        number=number,
        started_at=at,
        waits_since=waits_since,
        answers_after=waits_since,
    )


def _end(mark: _Mark) -> End:
    return End(at=mark.at, settles_at=mark.recorded_at + UNDO_WINDOW, by=mark.by)


def _why(pause: Pause) -> str:
    if pause.snoozes:
        return "paused: snoozed"
    return f"paused: waiting for {pause.event.reason or 'an answer'}"
