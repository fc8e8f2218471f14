"""X's listings read newest first, down to where the last reading stopped, and what is left to read.

A poll reads only so many pages, and may fail or run out of money between two. What it has read is
passed on all the same; the span below is remembered in the cursor and read by the next polls.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.x_access.failures import PLATFORM, TooNewError, TooOldError
from connectors.x_access.payloads import Batch, id_of
from monitor.errors import ConnectorError, UnavailableError
from monitor.model import Cursor, Mention, Page, Window

VERSION = 1
SECOND = timedelta(seconds=1)  # X's bounds and times are whole seconds
REACH_MARGIN = timedelta(minutes=1)  # the oldest minute may be gone when the request arrives
ANCHOR_AGE = timedelta(hours=6)  # an older one would have a quiet hour read again and again


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is asked for: posts after an id, or in [since, until). X takes ids or times."""

    since_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def params(self) -> dict[str, object]:
        """Return the parameters of a request."""
        if self.since_id is not None:
            return {"since_id": self.since_id}
        whole = self.until.replace(microsecond=0) if self.until else None
        until = whole + SECOND if whole is not None and whole != self.until else whole
        start = {"start_time": self.since.replace(microsecond=0)} if self.since else {}
        return {**start, **({"end_time": until} if until else {})}

    def are_passed(self, batch: Batch) -> bool:
        """Return whether all that an answer lists lies below: a server that heeds no bounds."""
        if self.since_id is not None:
            last = (len(self.since_id), self.since_id)
            return bool(batch.ids) and all((len(each), each) <= last for each in batch.ids)
        if self.since is None or not batch.mentions:
            return False
        first = self.since.replace(microsecond=0)
        return all(_shown_at(each) < first for each in batch.mentions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One listing that is read again at each poll."""

    name: str
    query: str  # for people and for the coverage record
    overlap: timedelta  # read again, because posts may be listed late
    fetch: Callable[[Bounds, str | None], Batch]
    reach: timedelta | None = None  # how far back X gives anything; None: all years
    ends_at: int | None = None  # after so many posts X lists nothing older

    @property
    def kind(self) -> str:
        """The first word of the name; a stream new to a cursor starts where its kind stands."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """[since, until) of a stream, still to be read."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a stream was read."""

    seen: datetime  # the newest post's time, or where reading began
    read: datetime  # up to when it was read, posts or none
    anchor: str | None = None  # a post that is older than the overlap, to read what came after it
    anchor_at: datetime | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a cursor holds: where all reading began, each stream's mark, known accounts."""

    at: datetime
    streams: dict[str, Mark]
    accounts: dict[str, str]  # handle → id

    @classmethod
    def of(cls, cursor: Cursor) -> "Marks":
        """Return what `cursor` remembers."""
        data = json.loads(cursor)
        return cls(
            at=_instant(data["at"]),
            streams={name: _mark(each) for name, each in data["streams"].items()},
            accounts=dict(data["accounts"]),
        )

    def cursor(self) -> Cursor:
        """Return the cursor that remembers this."""
        streams = {name: _spelled(mark) for name, mark in sorted(self.streams.items())}
        held = {"v": VERSION, "at": self.at.isoformat(), "streams": streams}
        return Cursor(json.dumps({**held, "accounts": self.accounts}))

    def over(self, streams: Sequence[Stream]) -> "Marks":
        """Return marks for exactly `streams`, so that changed settings neither skip nor repeat."""
        names = {each.name for each in streams}
        return replace(self, streams={each.name: self._of(each, names) for each in streams})

    def _of(self, stream: Stream, names: Set[str]) -> Mark:
        """Return the mark of a stream; a new one reads what those it replaces left unread."""
        if stream.name in self.streams:
            return self.streams[stream.name]
        kin = {name: mark for name, mark in self.streams.items() if name.split()[0] == stream.kind}
        began = min((mark.seen for mark in kin.values()), default=self.at)
        left = [gap for name, mark in kin.items() if name not in names for gap in mark.gaps]
        return Mark(seen=began, read=began, gaps=_merged(left))

    def marked(self, stream: Stream, mark: Mark) -> "Marks":
        """Return these with another mark for one stream."""
        return replace(self, streams={**self.streams, stream.name: mark})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a listing gave, and how far down it was read."""

    mentions: tuple[Mention, ...]
    since: datetime  # everything from here on was read
    unread: Gap | None = None  # what can be read later
    lost: Gap | None = None  # what X gives no more
    error: ConnectorError | None = None  # why reading stopped


def cursor_at(instant: datetime) -> Cursor:
    """Return the cursor from which every stream is read down to `instant`."""
    return Marks(at=instant, streams={}, accounts={}).cursor()


def live_pages(
    stream: Stream, marks: Marks, now: datetime, most: int
) -> Iterator[tuple[Page, Marks, ConnectorError | None]]:
    """Yield what is new in `stream`, then what earlier polls left; with the error that ended it.

    Each time at most `most` answers are asked for. A page without posts names what X gives no
    more, and what this poll did not reach.
    """
    mark = marks.streams[stream.name]
    low, bounds = _lower(stream, mark, marks.at, now)
    reach = _reachable(stream, low, now)
    reading = _with_lost(read_down(stream, bounds, reach, now, most), low, reach, now)
    if reading.error is None and mark.gaps:
        reading = replace(reading, unread=_above(reading.unread, mark.seen))
    after = marks.marked(stream, _advanced(stream, mark, reading, now))
    yield from _told(stream, reading, marks, after, now)
    for gap in after.streams[stream.name].gaps:
        if reading.error is not None:
            return
        if gap != reading.unread:
            marks = after
            reading = _read_gap(stream, gap, now, most)
            after = marks.marked(stream, _filled(marks.streams[stream.name], gap, reading))
            yield from _told(stream, reading, marks, after, gap.until)


def _above(gap: Gap | None, seen: datetime) -> Gap | None:
    """Return the part of a gap that was never read: the overlap below `seen` was, by a poll before.

    Were it always counted in, a busy stream would have the same posts to read for ever. It is
    after a failure, and where nothing else is left to read: the mark has moved on, and what is
    listed late must not fall between.
    """
    if gap is None or gap.until <= seen:
        return None
    return replace(gap, since=max(gap.since, seen))


def _read_gap(stream: Stream, gap: Gap, now: datetime, most: int) -> Reading:
    since = min(_reachable(stream, gap.since, now), gap.until)
    if since == gap.until:
        return Reading(mentions=(), since=since, lost=gap)
    reading = read_down(stream, Bounds(since=since, until=gap.until), since, gap.until, most)
    return _with_lost(reading, gap.since, since, gap.until)


def past_readings(
    stream: Stream, since: datetime, until: datetime, now: datetime | None, most: int
) -> Iterator[Reading]:
    """Yield the posts of [since, until), newest part first; before them, what X gives no more."""
    low = since if now is None else min(_reachable(stream, since, now), until)
    if since < low:
        lost, rest = Gap(since=since, until=low), Gap(since=low, until=until)
        yield Reading(mentions=(), since=until, lost=lost, unread=rest)
    while low < until:
        reading = read_down(stream, Bounds(since=low, until=until), low, until, most)
        if reading.error is None and reading.unread is not None and reading.unread.until >= until:
            endless = UnavailableError(PLATFORM, "a list without an end")
            reading = replace(reading, error=endless)
        yield reading
        if reading.error is not None or reading.unread is None:
            return
        low, until = reading.unread.since, reading.unread.until


def read_down(stream: Stream, bounds: Bounds, low: datetime, until: datetime, most: int) -> Reading:
    """Return what lies in the bounds, from the newest post down, within `most` answers.

    Raises: `ConnectorError` if nothing at all could be read.
    """
    try:
        return _read_down(stream, bounds, low, until, most)
    except TooNewError:
        return _read_down(stream, replace(bounds, until=None), low, until, most)
    except TooOldError as error:
        reach = min(error.reach + REACH_MARGIN, until)
        narrowed = Bounds(since=reach, until=bounds.until)
        return _with_lost(_read_down(stream, narrowed, reach, until, most), low, reach, until)


def _read_down(
    stream: Stream, bounds: Bounds, low: datetime, until: datetime, most: int
) -> Reading:
    found: dict[str, Mention] = {}
    tokens: list[str | None] = [None]
    listed = 0
    down_to = until
    error: ConnectorError | None = None
    for _ in range(most):
        try:
            batch = stream.fetch(bounds, tokens[-1])
        except ConnectorError as failure:
            if not found:
                raise
            error = failure
            break
        for each in batch.mentions:
            if each.key not in found or _shown_at(found[each.key]) <= _shown_at(each):
                found[each.key] = each
        listed += len(batch.ids)
        down_to = _down_to(batch, low, down_to)
        if batch.token is None or bounds.are_passed(batch):
            return _at_the_end(stream, found.values(), low, down_to, listed)
        if batch.token in tokens:
            break
        tokens.append(batch.token)
    unread = Gap(since=low, until=down_to) if low < down_to else None
    return Reading(mentions=_sorted(found.values()), since=down_to, unread=unread, error=error)


def _down_to(batch: Batch, low: datetime, so_far: datetime) -> datetime:
    """Return down to where all was read: not below the newest post of the latest answer.

    Posts need not be listed strictly by their times, so the latest answer is read again.
    """
    newest = max((_shown_at(each) for each in batch.mentions), default=so_far)
    return max(low, min(so_far, newest + SECOND))


def _at_the_end(
    stream: Stream, found: Iterable[Mention], low: datetime, down_to: datetime, listed: int
) -> Reading:
    # deleted posts count among those that X lists
    if stream.ends_at is not None and listed >= stream.ends_at * 0.9 and low < down_to:
        lost = Gap(since=low, until=down_to)
        return Reading(mentions=_sorted(found), since=down_to, lost=lost)
    return Reading(mentions=_sorted(found), since=low)


def _lower(stream: Stream, mark: Mark, began: datetime, now: datetime) -> tuple[datetime, Bounds]:
    """Return down to where a stream must be read, and how to ask for it."""
    low = max(began, mark.seen - stream.overlap)
    if mark.anchor is not None and mark.anchor_at is not None:
        fresh = mark.anchor_at > now - ANCHOR_AGE and mark.anchor_at <= low
        if fresh and low - mark.anchor_at <= stream.overlap:
            return low, Bounds(since_id=mark.anchor)
    # what was read up to `read` is no hole, however long nobody wrote
    low = max(low, min(_reachable(stream, low, now), mark.read))
    return low, Bounds(since=_reachable(stream, low, now))


def _reachable(stream: Stream, since: datetime, now: datetime) -> datetime:
    return since if stream.reach is None else max(since, now - stream.reach + REACH_MARGIN)


def _with_lost(reading: Reading, since: datetime, reach: datetime, until: datetime) -> Reading:
    if since >= min(reach, until):
        return reading
    return replace(reading, lost=Gap(since=since, until=min(reach, until)))


def _advanced(stream: Stream, mark: Mark, reading: Reading, now: datetime) -> Mark:
    """Return the mark once what was read is stored: never lower, never past `now`."""
    newest = max((_shown_at(each) for each in reading.mentions), default=mark.seen)
    seen = max(mark.seen, min(newest, now))
    older = [each for each in reading.mentions if _shown_at(each) <= seen - stream.overlap]
    last = max(older, key=lambda each: (len(each.key), each.key), default=None)
    moved = replace(mark, seen=seen, read=max(mark.read, now))
    if last is not None:
        moved = replace(moved, anchor=id_of(last.key), anchor_at=last.posted_at)
    gaps = (*mark.gaps, *([reading.unread] if reading.unread else []))
    return replace(moved, gaps=_merged(gaps))


def _filled(mark: Mark, gap: Gap, reading: Reading) -> Mark:
    rest = [each for each in mark.gaps if each != gap]
    return replace(mark, gaps=_merged([*rest, *([reading.unread] if reading.unread else [])]))


def _merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return the same spans as few gaps, newest first."""
    merged: list[Gap] = []
    for gap in sorted(gaps, key=lambda each: each.since):
        if merged and gap.since <= merged[-1].until:
            merged[-1] = replace(merged[-1], until=max(merged[-1].until, gap.until))
        else:
            merged.append(gap)
    return tuple(reversed(merged))


def _told(
    stream: Stream, reading: Reading, before: Marks, after: Marks, until: datetime
) -> Iterator[tuple[Page, Marks, ConnectorError | None]]:
    """Yield the pages of one reading: what is missing first, its cursor where it was before."""
    for hole in filter(None, (reading.lost, reading.unread)):
        window = _window(stream, hole.since, hole.until, complete=False)
        yield _page((), window, before), before, None
    since = min(reading.since, until)
    window = _window(stream, since, until, complete=True)
    mentions = tuple(each for each in reading.mentions if _shown_at(each) >= after.at)
    yield _page(mentions, window, after), after, reading.error


def _page(mentions: tuple[Mention, ...], window: Window, marks: Marks) -> Page:
    return Page(mentions=mentions, cursor=marks.cursor(), window=window, requests=0)


def _window(stream: Stream, since: datetime, until: datetime, *, complete: bool) -> Window:
    return Window(query=stream.query, since=since, until=until, complete=complete)


def _shown_at(mention: Mention) -> datetime:
    """Return when the version was made that is shown: an edit has a new place in a listing."""
    return mention.edited_at or mention.posted_at


def _sorted(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted(mentions, key=lambda each: (each.posted_at, each.key)))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _spelled(mark: Mark) -> dict[str, object]:
    gaps = [[gap.since.isoformat(), gap.until.isoformat()] for gap in mark.gaps]
    spelled: dict[str, object] = {"seen": mark.seen.isoformat(), "read": mark.read.isoformat()}
    if mark.anchor is not None and mark.anchor_at is not None:
        spelled["anchor"] = [mark.anchor, mark.anchor_at.isoformat()]
    return {**spelled, "gaps": gaps} if gaps else spelled


def _mark(data: dict[str, object]) -> Mark:
    anchor = data.get("anchor")
    gaps = data.get("gaps")
    pairs = gaps if isinstance(gaps, list) else []
    held = anchor if isinstance(anchor, list) else (None, None)
    return Mark(
        seen=_instant(str(data["seen"])),
        read=_instant(str(data["read"])),
        anchor=held[0],
        anchor_at=_instant(held[1]) if held[1] else None,
        gaps=tuple(Gap(since=_instant(since), until=_instant(until)) for since, until in pairs),
    )
