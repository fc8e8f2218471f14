"""A listing that comes newest first, read down to a floor, and the cursor that remembers floors.

A page is asked for by the name of the post it follows. When that post is deleted meanwhile, the
platform answers with nothing, which looks like the end: its neighbours are tried before the end
is believed. Nothing is yielded before the floor is reached, so a cursor never passes a post.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Cursor, Mention, Page, Window

MOST_SLICES = 25  # a platform that ignores our paging must not keep us for ever
TAIL = 5  # one post out of order must not look like the floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One answer of a listing, newest first."""

    mentions: tuple[Mention, ...]
    names: tuple[str, ...]  # what the next slice can be asked to follow, in the order given
    after: str | None  # the name the platform proposes; None: nothing older is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One listing that is read again at each poll."""

    name: str  # "comments a1b2": its kind, and what it covers
    query: str  # for people: "r/acme comments"
    overlap: timedelta  # read again, because posts may be listed late
    slices_end: int  # after that many slices the platform lists nothing older
    fetch: Callable[[str | None], Slice]  # the slice that follows a name, or the newest one

    @property
    def kind(self) -> str:
        """The first word of the name; a stream new to a cursor starts where its kind stands."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a listing gave, newest first, and whether it reached the floor or its true end."""

    mentions: tuple[Mention, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """Down to where each stream must be read, as its cursor keeps it."""

    at: datetime  # where all reading began: nothing older is yielded
    by_stream: dict[str, datetime]  # the newest post seen in each stream

    @classmethod
    def of(cls, cursor: Cursor) -> "Floors":
        """Return what `cursor` remembers."""
        data = json.loads(cursor)
        seen = {name: datetime.fromisoformat(at) for name, at in data["seen"].items()}
        return cls(at=datetime.fromisoformat(data["at"]), by_stream=seen)

    def cursor(self) -> Cursor:
        """Return the cursor that remembers these floors."""
        seen = {name: at.isoformat() for name, at in sorted(self.by_stream.items())}
        return Cursor(json.dumps({"at": self.at.isoformat(), "seen": seen}))

    def over(self, streams: Iterable[Stream]) -> "Floors":
        """Return floors for exactly `streams`, so that changed settings neither skip nor repeat."""
        return replace(self, by_stream={each.name: self._of(each) for each in streams})

    def _of(self, stream: Stream) -> datetime:
        if stream.name in self.by_stream:
            return self.by_stream[stream.name]
        kin = (at for name, at in self.by_stream.items() if name.split(" ")[0] == stream.kind)
        return min(kin, default=self.at)

    def lowest(self, stream: Stream) -> datetime:
        """Return the instant down to which `stream` must be read."""
        return max(self.at, self.by_stream[stream.name] - stream.overlap)

    def raised(self, stream: Stream, mentions: Iterable[Mention], now: datetime) -> "Floors":
        """Return the floors once `mentions` are stored: never lower, never past `now`."""
        old = self.by_stream[stream.name]
        newest = max((each.posted_at for each in mentions), default=old)
        return replace(self, by_stream={**self.by_stream, stream.name: max(old, min(newest, now))})


def cursor_at(instant: datetime) -> Cursor:
    """Return the cursor from which every stream is read down to `instant`."""
    return Floors(at=instant, by_stream={}).cursor()


def read_down(stream: Stream, floor: datetime) -> Reading:
    """Return all posts of `stream` down to `floor`, or down to where the platform ends."""
    found: dict[str, Mention] = {}
    part = stream.fetch(None)
    for read in range(1, MOST_SLICES + 1):
        found.update((each.key, each) for each in part.mentions)
        if _passes(part, floor):
            return Reading(mentions=tuple(found.values()), complete=True)
        if part.after is None:
            return Reading(mentions=tuple(found.values()), complete=read < stream.slices_end)
        part = _following(stream, part)
        if not part.names:
            break
    return Reading(mentions=tuple(found.values()), complete=False)


def _passes(part: Slice, floor: datetime) -> bool:
    tail = part.mentions[-TAIL:]
    return bool(tail) and all(each.posted_at < floor for each in tail)


def _following(stream: Stream, part: Slice) -> Slice:
    """Return the next slice; an empty one may only mean that the post it follows is gone."""
    for name in _anchors(part):
        found = stream.fetch(name)
        if set(found.names) - set(part.names):
            return found
    return Slice(mentions=(), names=(), after=None)


def _anchors(part: Slice) -> Iterator[str]:
    """Yield the names to follow: the last, its neighbours at growing distance, the first."""
    yield part.after or part.names[-1]
    steps = [2, 3, 4, 6, 10, 20, 40, len(part.names)]
    yield from dict.fromkeys(part.names[-step] for step in steps if step <= len(part.names))


def live_pages(stream: Stream, floors: Floors, now: datetime) -> Iterator[Page]:
    """Yield what `stream` holds above its floor; a page's cursor keeps the other floors.

    What was read below the floor comes again, for posts that moderators let through late. Where
    the platform ended too early, a first page without posts names the hole: it begins with the
    newest post seen before, for the overlap below that was read then.
    """
    lowest = floors.lowest(stream)
    reading = read_down(stream, lowest)
    read_from = _read_from(reading, lowest, now)
    seen = max(lowest, floors.by_stream[stream.name])
    if read_from > seen:
        yield _hole(stream, floors.cursor(), seen, read_from)
    mentions = _oldest_first(each for each in reading.mentions if each.posted_at >= floors.at)
    raised = floors.raised(stream, mentions, now)
    window = Window(query=stream.query, since=read_from, until=max(now, read_from))
    yield Page(mentions=mentions, cursor=raised.cursor(), window=window, requests=0)


def past_pages(stream: Stream, since: datetime, until: datetime, cursor: Cursor) -> Iterator[Page]:
    """Yield the posts of [since, until) in `stream`; a first page names what is out of reach."""
    reading = read_down(stream, since)
    reached = _read_from(reading, since, until)
    if reached > since:
        yield _hole(stream, cursor, since, reached)
    mentions = _oldest_first(each for each in reading.mentions if since <= each.posted_at < until)
    window = Window(query=stream.query, since=reached, until=until)
    yield Page(mentions=mentions, cursor=cursor, window=window, requests=0)


def _hole(stream: Stream, cursor: Cursor, since: datetime, until: datetime) -> Page:
    window = Window(query=stream.query, since=since, until=until, complete=False)
    return Page(mentions=(), cursor=cursor, window=window, requests=0)


def _read_from(reading: Reading, since: datetime, until: datetime) -> datetime:
    """Return the start of what was really read: `since`, or where the platform ended early."""
    if reading.complete:
        return since
    oldest = min((each.posted_at for each in reading.mentions), default=until)
    return min(max(since, oldest), until)


def _oldest_first(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted(mentions, key=lambda each: (each.posted_at, each.key)))
