"""Hacker News, through the search that Algolia runs for it: stories, polls and comments by date.

Limits: a search gives 1,000 hits at most, so time is sliced until each slice fits; 10,000 requests
an hour; posts are indexed late. Nobody can reply through it. Its words become ours in
`hackernews_access.payloads`. Source: hn.algolia.com/api; algolia/hn-search; Algolia's reference.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.fetching.failures import NoConnectionError, problem
from connectors.fetching.fetcher import Bounds, Fetched, Fetcher, open_fetcher
from connectors.hackernews_access import payloads
from connectors.hackernews_access.payloads import gone, key_of, to_found, to_tree
from connectors.hackernews_access.slices import MOST_HITS, Found, Part, instant, read_between
from connectors.listing.attempts import raise_first
from monitor.errors import ConnectorError, RateLimitError, UnavailableError
from monitor.model import Brand, Cursor, Mention, Meter, Page, Watch, Window
from monitor.sections import BaseUrl, ConnectorOptions, Duration

PLATFORM = payloads.PLATFORM
EVERYTHING = "everything new"
MOST_SEARCHES = 50  # a poll; with more keywords, all that is new is read instead
LARGEST = 30_000_000  # bytes of an answer; 1,000 long comments are below 10
TRIES = 3
MOST_FAILURES = 3  # second looks in one go that may fail before all are put off
AHEAD = timedelta(days=1)  # our clock may be behind theirs
CURSOR_VERSION = 1
POSTS = "(story,comment,poll)"
_WORDS = re.compile(r"\w[\w+#$]*")
T = TypeVar("T")


class Options(ConnectorOptions):
    """`[connectors.hackernews]`."""

    base_url: BaseUrl = "https://hn.algolia.com/api/v1"
    site_url: BaseUrl = "https://news.ycombinator.com"  # where links on cards lead
    overlap: Duration = timedelta(hours=1)  # read again at each poll: posts are indexed late
    timeout: Duration = timedelta(seconds=20)  # of one request


def connect(options: Options, watch: Watch) -> "HackerNewsConnector":
    """Return the connector; no key is needed."""
    bounds = Bounds(timeout=options.timeout.total_seconds(), largest=LARGEST, tries=TRIES)
    fetcher = open_fetcher(PLATFORM, bounds, accept="application/json")
    return HackerNewsConnector(fetcher, options, watch.brands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One search that is made again at each poll."""

    name: str  # as windows and cursors name it
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Up to where each stream was read: the newest post seen in it."""

    at: datetime  # where all reading began
    seen: Mapping[str, datetime]

    @classmethod
    def of(cls, cursor: Cursor) -> "Position":
        """Return what `cursor` says. Raises: `ConnectorError` if another connector wrote it."""
        try:
            data = json.loads(cursor)
            seen = {name: datetime.fromisoformat(at) for name, at in data["seen"].items()}
            return cls(at=datetime.fromisoformat(data["at"]), seen=seen)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ConnectorError(PLATFORM, "cannot go on from this cursor") from None

    def cursor(self) -> Cursor:
        """Return the cursor that says it."""
        seen = {name: at.isoformat() for name, at in sorted(self.seen.items())}
        data = {"version": CURSOR_VERSION, "at": self.at.isoformat(), "seen": seen}
        return Cursor(json.dumps(data))

    def over(self, streams: Iterable[Stream]) -> "Position":
        """Return the position in exactly `streams`; a new one starts with the one furthest back."""
        start = min(self.seen.values(), default=self.at)
        seen = {each.name: self.seen.get(each.name, start) for each in streams}
        return Position(at=self.at, seen=seen)

    def raised(self, stream: Stream, mentions: Iterable[Mention], now: datetime) -> "Position":
        """Return the position once `mentions` are stored; it never goes back, nor past `now`."""
        old = self.seen[stream.name]
        newest = max((each.posted_at for each in mentions), default=old)
        return Position(at=self.at, seen={**self.seen, stream.name: max(old, min(newest, now))})


class HackerNewsConnector:
    """Reads what names a keyword, and what the own accounts answered."""

    platform = PLATFORM
    recheck_every = timedelta(minutes=30)  # each look is a request
    must_recheck_within: timedelta | None = None

    def __init__(self, fetcher: Fetcher, options: Options, brands: Sequence[Brand]) -> None:
        self._fetcher = fetcher
        self._options = options
        self._keywords = queries(brands)
        self._own = own_names(brands)
        self._spelled: dict[str, str] = {}  # accounts as Hacker News writes them
        self._has_items = False  # single items were given: one that is not there is gone

    @property
    def meter(self) -> Meter:
        """How many requests were made so far; none costs money."""
        return Meter(requests=self._fetcher.requests)

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        return Position(at=instant, seen={}).cursor()

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own comment written since `instant` is read."""
        return self.cursor_at(instant)

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield a page for each search; one that fails is made again next time."""
        searches = [_keyword_stream(each) for each in self._keywords]
        few = len(searches) <= MOST_SEARCHES
        yield from self._live(searches if few else [_everything()], cursor, now)

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield a page for each own account: its comments."""
        yield from self._live([self._own_stream(each, now) for each in self._own], cursor, now)

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        """Yield what search holds of [since, until), slice by slice; resumes at `cursor`."""
        reached: dict[str, int] = json.loads(cursor)["reached"] if cursor else {}
        streams = [*map(_keyword_stream, self._keywords)]
        if query is not None:
            streams = [each for each in (*streams, _everything()) if each.name == query]
        failed: list[ConnectorError] = []
        for stream in streams:
            yield from self._attempt(self._past(stream, since, until, reached), failed)
        raise_first(failed)

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        """Return the story called `thread` and all comments below it, as they stand now."""
        return tuple(sorted(self._stands(thread, now), key=lambda each: each.posted_at))

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        """Yield each post of `keys` as it stands now; one item brings those below it with it."""
        asked = [key for key in keys if key.startswith(key_of("")) and _number(key).isdecimal()]
        left = sorted(asked, key=lambda key: int(_number(key)))  # what stands above comes first
        failed: list[ConnectorError] = []
        while left and len(failed) < MOST_FAILURES:
            found = {each.key: each for each in self._attempt(self._stands(left[0], now), failed)}
            yield from (found[key] for key in left if key in found)
            left = [key for key in left[1:] if key not in found]
        if len(failed) == MOST_FAILURES:
            raise failed[0]

    def probe(self) -> str:
        """Return that the search answers."""
        found = self._search({"tags": "story", "hitsPerPage": "1"}, None)
        return f"search reached, {found.total or found.given:,} stories in it; no key is needed"

    @property
    def _site(self) -> str:
        return self._options.site_url

    def _live(self, streams: Sequence[Stream], cursor: Cursor, now: datetime) -> Iterator[Page]:
        position = Position.of(cursor).over(streams)
        failed: list[ConnectorError] = []
        for stream in streams:
            for page in self._attempt(self._new(stream, position, now), failed):
                position = Position.of(page.cursor)
                yield page
        raise_first(failed)

    def _new(self, stream: Stream, position: Position, now: datetime) -> Iterator[Page]:
        """Yield what a stream holds since it was read, less the overlap."""
        lowest = max(position.at, position.seen[stream.name] - self._options.overlap)
        for part, requests in self._parts(stream, lowest, now + AHEAD, now):
            before, position = position, position.raised(stream, part.mentions, now)
            read = _window(stream, part, lowest, max(now, lowest))
            if not read.complete:  # its posts come in a page of their own, after the hole
                yield Page(mentions=(), cursor=before.cursor(), window=read, requests=0)
            yield Page(
                mentions=part.mentions,
                cursor=position.cursor(),
                window=read if read.complete else None,
                requests=requests,
            )

    def _past(
        self, stream: Stream, since: datetime, until: datetime, reached: dict[str, int]
    ) -> Iterator[Page]:
        start = max(since, instant(reached.get(stream.name, 0)))
        if start >= until:
            return
        for part, requests in self._parts(stream, start, until, None):
            reached[stream.name] = part.until
            yield Page(
                mentions=tuple(each for each in part.mentions if since <= each.posted_at < until),
                cursor=Cursor(json.dumps({"version": CURSOR_VERSION, "reached": reached})),
                window=_window(stream, part, start, until),
                requests=requests,
            )

    def _parts(
        self, stream: Stream, since: datetime, until: datetime, now: datetime | None
    ) -> Iterator[tuple[Part, int]]:
        """Yield the slices of [since, until) with the requests that each took."""

        def search(first: int, end: int, page: int) -> Found:
            span = f"created_at_i>{first - 1},created_at_i<{end}"
            turned = {"page": str(page)} if page else {}
            return self._search({**stream.params, "numericFilters": span, **turned}, now)

        before = self._fetcher.requests
        first = math.floor(since.timestamp())
        for part in read_between(search, first, max(first + 1, math.ceil(until.timestamp()))):
            yield part, self._fetcher.requests - before
            before = self._fetcher.requests

    def _search(self, params: Mapping[str, str], now: datetime | None) -> Found:
        given = {"hitsPerPage": str(MOST_HITS), **params}
        return to_found(self._get("search_by_date", given, now), self._site)

    def _get(self, path: str, params: Mapping[str, str], now: datetime | None) -> Any:
        answer = self._fetcher.get(f"{self._options.base_url}/{path}", params)
        if (error := problem(PLATFORM, answer.status, answer.headers, now)) is not None:
            raise error
        return answer.json(PLATFORM)

    def _stands(self, key: str, now: datetime) -> Iterator[Mention]:
        """Yield a post and what is below it; a post that the index says it has not is gone."""
        answer = self._item(key)
        if answer.status == 404 and isinstance(answer.json(PLATFORM), dict):
            if self._gives_items(now):
                yield gone(key, self._site, now)
                return
            raise UnavailableError(PLATFORM, "single items are not given here: is base_url right?")
        if (error := problem(PLATFORM, answer.status, answer.headers, now)) is not None:
            raise error
        yield from to_tree(answer.json(PLATFORM), self._site)
        self._has_items = True

    def _gives_items(self, now: datetime) -> bool:
        """Return whether an item that is not given is gone: the newest story must be given.

        A search without items would make all posts look deleted.
        """
        if not self._has_items:
            newest = self._search({"tags": "story", "hitsPerPage": "1"}, now).mentions
            self._has_items = bool(newest) and self._item(newest[0].key).status == 200
        return self._has_items

    def _item(self, key: str) -> Fetched:
        return self._fetcher.get(f"{self._options.base_url}/items/{_number(key)}")

    def _own_stream(self, name: str, now: datetime) -> Stream:
        """Return the stream of an account's comments; tags distinguish capitals, settings do not.

        Source: Algolia's reference, "filters".
        """
        if name not in self._spelled:
            authors = set(self._attempt(self._authors_like(name, now), []))
            same = [each for each in sorted(authors) if each.casefold() == name]
            self._spelled.update([(name, each) for each in same])
        tags = f"comment,author_{self._spelled.get(name, name)}"
        return Stream(name=f"comments by {name}", params={"tags": tags})

    def _authors_like(self, name: str, now: datetime) -> Iterator[str]:
        params = {"query": name, "restrictSearchableAttributes": "author", **_exact()}
        params["queryType"] = "prefixNone"  # else those of longer names may hide it
        found = self._search({"tags": POSTS, "hitsPerPage": "50", **params}, now)
        yield from (each.author.handle for each in found.mentions if each.author)

    def _attempt(self, found: Iterable[T], failed: list[ConnectorError]) -> Iterator[T]:
        """Yield what is found, or note why it ends; some failures end all reading."""
        try:
            yield from found
        except (RateLimitError, NoConnectionError):
            raise
        except ConnectorError as error:
            failed.append(error)


def queries(brands: Sequence[Brand]) -> tuple[str, ...]:
    """Return the words to search for, one query for each keyword of `brands`.

    Search takes each word for the beginning of one, so that suffixes are found too.
    """
    words = (
        " ".join(_WORDS.findall(each)).casefold() for brand in brands for each in brand.keywords
    )
    return tuple(dict.fromkeys(filter(None, words)))


def own_names(brands: Sequence[Brand]) -> tuple[str, ...]:
    """Return the accounts of `brands` on Hacker News, without capitals."""
    names = (name for brand in brands for place, name in brand.own_accounts if place == PLATFORM)
    return tuple(dict.fromkeys(name.casefold() for name in names))


def _keyword_stream(words: str) -> Stream:
    params = {"query": words, "tags": POSTS, "queryType": "prefixAll", **_exact()}
    return Stream(name=f"search {words}", params=params)


def _everything() -> Stream:
    return Stream(name=EVERYTHING, params={"tags": POSTS})


def _exact() -> Mapping[str, str]:
    """Return what keeps search from taking other words for ours, and "-" for "without"."""
    return {"typoTolerance": "false", "advancedSyntax": "false"}


def _window(stream: Stream, part: Part, since: datetime, until: datetime) -> Window:
    start = min(max(instant(part.since), since), until)
    end = max(start, min(instant(part.until), until))
    return Window(query=stream.name, since=start, until=end, complete=part.complete)


def _number(key: str) -> str:
    return key.removeprefix(key_of(""))
