"""Timelines read from the oldest unread post upwards, and the cursor that remembers how far.

A page of what stands just above an id leaves nothing out, however much came since. A post of
another server gets the id of its own time and may arrive late, below what was read: each reading
starts again at the overlap. Searches know no such ids and are read from the newest post down.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from connectors.mastodon_access import ids
from connectors.mastodon_access.failures import ENDS_A_SERVER, PLATFORM, SilentError
from monitor.errors import ConnectorError
from monitor.model import Cursor, Mention, Page, Window

VERSION = 1
MOST_DOWN = 50  # pages on the way down to a first post, where ids do not tell the time
MOST_FOUND = 10  # pages of one search
NOTHING: Mapping[str, "Mark"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post of a timeline; `mention` is made only when the entry is to be yielded."""

    id: str  # of the timeline: a notification has an id of its own
    posted_at: datetime
    mention: Callable[[], Mention | None]  # None: not to be shown


class Fetch(Protocol):
    """Returns one page of a timeline: above an id, or below one, or the newest."""

    def __call__(self, *, min_id: str = "", max_id: str = "", offset: int = 0) -> list[Entry]:
        """Return the entries in any order. Raises: `ConnectorError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One timeline or search of one server."""

    name: str  # "hashtag main@social.example acme": its kind, its server, what it covers
    query: str  # for people: "#acme at main"
    overlap: timedelta
    fetch: Fetch
    sweep: timedelta = timedelta()  # so far back is read now and then: a server may have been down
    searches: bool = False

    @property
    def kind(self) -> str:
        """The first word of the name; a source new to a cursor starts where its kind stands."""
        return self.name.partition(" ")[0]

    @property
    def server(self) -> str:
        """The second word of the name."""
        return _server_of(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far one source was read."""

    at: datetime  # all that was there to be seen until then was read
    start: str = ""  # the id above which the next reading starts; "": not known yet
    read: str = ""  # the id that an unfinished reading came to


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a cursor says."""

    at: datetime  # where all reading began: nothing older is yielded
    by_source: Mapping[str, Mark]

    @classmethod
    def of(cls, cursor: Cursor) -> "Marks":
        """Return what `cursor` says. Raises: `ConnectorError` if another connector wrote it."""
        try:
            data = json.loads(cursor)
            marks = {
                name: Mark(at=datetime.fromisoformat(at), start=start, read=read)
                for name, (at, start, read) in data["marks"].items()
            }
            return cls(at=datetime.fromisoformat(data["at"]), by_source=marks)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ConnectorError(PLATFORM, "cannot go on from this cursor") from error

    def cursor(self) -> Cursor:
        """Return the cursor that says this."""
        marks = {
            name: (mark.at.isoformat(), mark.start, mark.read)
            for name, mark in sorted(self.by_source.items())
        }
        return Cursor(json.dumps({"v": VERSION, "at": self.at.isoformat(), "marks": marks}))

    def over(self, sources: Sequence[Source]) -> "Marks":
        """Return marks for `sources` too: a new one starts where its kind stands.

        A source that is not read now keeps its mark, for when it is read again.
        """
        present = {each.name for each in sources}
        fresh = {each.name: self._new(each, present) for each in sources}
        return replace(self, by_source={**fresh, **self.by_source})

    def with_mark(self, source: Source, mark: Mark) -> "Marks":
        """Return the marks once `source` was read to `mark`."""
        return replace(self, by_source={**self.by_source, source.name: mark})

    def _new(self, source: Source, present: Collection[str]) -> Mark:
        kin = {
            name: mark.at
            for name, mark in self.by_source.items()
            if name.partition(" ")[0] == source.kind
        }
        near = {name: at for name, at in kin.items() if _server_of(name) == source.server}
        kin = near or kin
        still_read = [at for name, at in kin.items() if name in present]
        return Mark(at=min(still_read, default=max(kin.values(), default=self.at)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a cursor of past reading says: the sources read, and how far the present one is."""

    names: tuple[str, ...] = ()  # of sources that are done
    begun: str = ""
    mark: Mark | None = None

    @classmethod
    def of(cls, cursor: Cursor | None) -> "Progress":
        """Return what `cursor` says. Raises: `ConnectorError` if another connector wrote it."""
        try:
            data = json.loads(cursor) if cursor else {"done": [], "begun": "", "mark": None}
            mark = data["mark"]
            return cls(
                names=tuple(data["done"]),
                begun=data["begun"],
                mark=Mark(at=datetime.fromisoformat(mark[0]), read=mark[1]) if mark else None,
            )
        except (ValueError, LookupError, TypeError) as error:
            raise ConnectorError(PLATFORM, "cannot go on from this cursor") from error

    def cursor(self, name: str, mark: Mark | None) -> Cursor:
        """Return the cursor with `name` read to `mark`, or done."""
        done = [*self.names, name] if mark is None else list(self.names)
        begun = (mark.at.isoformat(), mark.read) if mark else None
        return Cursor(json.dumps({"v": 1, "done": done, "begun": name, "mark": begun}))

    def without(self, name: str) -> "Progress":
        """Return this with `name` done."""
        return Progress(names=(*self.names, name))


def _server_of(name: str) -> str:
    return name.partition(" ")[2].partition(" ")[0]


def cursor_at(instant: datetime) -> Cursor:
    """Return the cursor from which every source is read from `instant` on."""
    return Marks(at=instant, by_source=NOTHING).cursor()


def live_pages(
    source: Source, marks: Marks, now: datetime, *, sweep: bool = False
) -> Iterator[Page]:
    """Yield what `source` holds above its mark; each page's cursor keeps the other marks.

    With `sweep`, reading starts further down: a server that was down for hours gets what it
    missed later, under the ids of its own times.
    """
    if source.searches:
        yield from _found_pages(source, marks, now)
        return
    mark = marks.by_source[source.name]
    low, first = mark.read or mark.start, None
    if sweep and mark.start:
        low = _swept(source, low, marks.at, now)
    if not mark.start:
        low, reached, first = _start(source, max(marks.at, mark.at - source.overlap))
        mark = replace(mark, start=low)
        if reached is not None and mark.at < reached <= now:
            mark = replace(mark, at=reached)
            since = marks.by_source[source.name].at
            yield _hole(source, marks.with_mark(source, mark).cursor(), since, reached)
    for entries in _pages_above(source, low, first):
        mark, before = _raised(mark, entries, source.overlap, now), mark
        yield _page(source, marks.with_mark(source, mark).cursor(), entries, marks.at, before, mark)
    last = replace(mark, at=max(mark.at, now), read="")
    yield _page(source, marks.with_mark(source, last).cursor(), (), marks.at, mark, last)


def past_pages(
    source: Source, since: datetime, until: datetime, mark: Mark | None, cursor: "CursorOf"
) -> Iterator[Page]:
    """Yield the posts of [since, until) in `source`, from `mark` on if it was begun."""
    if source.searches:
        yield _found_past(source, since, until, cursor(None))
        return
    first = None
    if mark is None:
        start, reached, first = _start(source, since)
        mark = Mark(at=since, start=start, read=start)
        if reached is not None and since < reached <= until:
            mark = replace(mark, at=reached)
            yield _hole(source, cursor(mark), since, reached)
    for entries in _pages_above(source, mark.read, first):
        inside = [each for each in entries if each.posted_at < until]
        if not inside:
            break
        mark, before = _raised(mark, inside, timedelta(), until), mark
        yield _page(source, cursor(mark), inside, since, before, mark)
    last = replace(mark, at=until)
    yield _page(source, cursor(None), (), since, mark, last)


class CursorOf(Protocol):
    """Returns the cursor of a past reading whose present source came to a mark, or is done."""

    def __call__(self, mark: Mark | None, /) -> Cursor:
        """Return the cursor."""
        ...


def _pages_above(source: Source, low: str, first: list[Entry] | None) -> Iterator[list[Entry]]:
    """Yield what stands above `low`, page by page, lowest first, until nothing is there.

    `first` is the first page, where it is known already.
    """
    while True:
        page = source.fetch(min_id=low) if first is None else first
        found = [each for each in page if ids.rank(each.id) > ids.rank(low)]
        if not found:
            return
        found.sort(key=lambda each: ids.rank(each.id))
        low, first = found[-1].id, None
        yield found


def _start(source: Source, instant: datetime) -> tuple[str, datetime | None, list[Entry] | None]:
    """Return the id above which all since `instant` stands; if not all, since when; and a page.

    The page is the one just above the id, where it was read.
    """
    low = ids.above(instant)
    page = _tried(source, low)
    if any(ids.tells_time(each.id, each.posted_at) for each in page or ()):
        return low, None, page
    lowest: Entry | None = None
    for _ in range(MOST_DOWN):
        found = source.fetch(max_id=lowest.id if lowest else "")
        found = [e for e in found if lowest is None or ids.rank(e.id) < ids.rank(lowest.id)]
        if not found:
            return ids.FIRST, None, None
        if any(ids.tells_time(each.id, each.posted_at) for each in found):
            return low, None, page
        lowest = min(found, key=lambda each: ids.rank(each.id))
        if all(each.posted_at < instant for each in found):
            return lowest.id, None, None
    return (lowest.id, lowest.posted_at, None) if lowest else (ids.FIRST, None, None)


def _tried(source: Source, low: str) -> list[Entry] | None:
    """Return the page above an id that is made of a time; None where no such id is taken."""
    try:
        return source.fetch(min_id=low)
    except (*ENDS_A_SERVER, SilentError):
        raise
    except ConnectorError:
        return None


def _swept(source: Source, low: str, floor: datetime, now: datetime) -> str:
    """Return the id from which a sweep of `source` starts, which is not above `low`."""
    if not source.sweep or not ids.is_of_time(low, now):
        return low
    return min(low, ids.above(max(floor, now - source.sweep)), key=ids.rank)


def _raised(mark: Mark, entries: Sequence[Entry], overlap: timedelta, now: datetime) -> Mark:
    settled = [each.id for each in entries if each.posted_at <= now - overlap]
    newest = max(each.posted_at for each in entries)
    return Mark(
        at=max(mark.at, min(newest, now)),
        start=max([mark.start, *settled], key=ids.rank),
        read=entries[-1].id,
    )


def _page(
    source: Source,
    cursor: Cursor,
    entries: Sequence[Entry],
    floor: datetime,
    before: Mark,
    after: Mark,
) -> Page:
    window = Window(query=source.query, since=before.at, until=after.at)
    wanted = [each for each in entries if each.posted_at >= floor]
    return Page(mentions=_shown(wanted), cursor=cursor, window=window, requests=0)


def _found_pages(source: Source, marks: Marks, now: datetime) -> Iterator[Page]:
    mark = marks.by_source[source.name]
    floor = max(marks.at, mark.at - source.overlap)
    entries, reached = _found_down(source, floor)
    after = marks.with_mark(source, Mark(at=max(mark.at, now))).cursor()
    since = mark.at
    if reached is not None and mark.at < reached <= now:
        yield _hole(source, after, mark.at, reached)
        since = reached
    window = Window(query=source.query, since=since, until=max(since, now))
    found = [each for each in entries if each.posted_at >= floor]
    yield Page(mentions=_shown(found), cursor=after, window=window, requests=0)


def _found_past(source: Source, since: datetime, until: datetime, cursor: Cursor) -> Page:
    entries, reached = _found_down(source, since)
    wanted = [each for each in entries if since <= each.posted_at < until]
    window = Window(query=source.query, since=since, until=until, complete=reached is None)
    return Page(mentions=_shown(wanted), cursor=cursor, window=window, requests=0)


def _found_down(source: Source, floor: datetime) -> tuple[list[Entry], datetime | None]:
    """Return what a search finds down to `floor`; and, if it ended too early, since when."""
    found: dict[str, Entry] = {}
    for _ in range(MOST_FOUND):
        page = source.fetch(offset=len(found))
        fresh = [each for each in page if each.id not in found]
        found.update((each.id, each) for each in fresh)
        if not fresh or all(each.posted_at < floor for each in fresh):
            return list(found.values()), None
    return list(found.values()), min(each.posted_at for each in found.values())


def _shown(entries: Iterable[Entry]) -> tuple[Mention, ...]:
    found = [mention for each in entries if (mention := each.mention()) is not None]
    return tuple(sorted(found, key=lambda each: (each.posted_at, each.key)))


def _hole(source: Source, cursor: Cursor, since: datetime, until: datetime) -> Page:
    window = Window(query=source.query, since=since, until=until, complete=False)
    return Page(mentions=(), cursor=cursor, window=window, requests=0)
