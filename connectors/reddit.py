"""Reddit, through PRAW: comments and submissions of chosen subreddits, search, and replies.

Without a key, Reddit's public feeds are read instead; without subreddits, search covers all.
Limits: a listing ends after 1,000 posts, and search finds submissions only. Its words become
ours in `reddit_access.payloads`, its errors in `reddit_access.api` and `reddit_access.feeds`.
Source: Reddit API documentation, "listings"; praw 8.0.3; recorded answers.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Protocol

from pydantic import AfterValidator

from connectors.fetching.failures import NoConnectionError
from connectors.listing.attempts import raise_first
from connectors.listing.reading import Floors, Slice, Stream, cursor_at, live_pages, past_pages
from connectors.reddit_access import failures
from connectors.reddit_access.api import RedditApi, children, open_api, to_tree
from connectors.reddit_access.failures import (
    AnswerLostError,
    LoginRefusedError,
)
from connectors.reddit_access.feeds import open_feeds
from connectors.reddit_access.payloads import plain, to_mentions
from monitor.errors import ConnectorError, RateLimitError, UnavailableError
from monitor.model import Brand, Cursor, Mention, Meter, Page, Sent, Watch
from monitor.ports import Connector
from monitor.sections import BaseUrl, ConnectorOptions, Duration

PLATFORM = failures.PLATFORM
PAGE = "100"  # posts in one answer; Reddit gives no more
LISTING_SLICES = 10  # a listing ends after 1,000 posts
SEARCH_SLICES = 3  # search was seen to end after 244. Source: snoowrap issue 162
LONGEST_QUERY = 512  # characters
MOST_SUBREDDITS = 25  # in one address
NEVER = datetime.min.replace(tzinfo=UTC)
MOST_NAMES = 100  # in one request for posts by name
_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{2,24}")
MOST_MORE = 1000  # comments of one thread that are asked for by name


def _subreddit(value: str) -> str:
    name = value.strip().strip("/").removeprefix("r/")
    if not _SUBREDDIT.fullmatch(name):
        raise ValueError(f"expected a subreddit's name such as 'slovakia', got {value!r}")
    return name


Subreddit = Annotated[str, AfterValidator(_subreddit)]


class Options(ConnectorOptions):
    """`[connectors.reddit]`."""

    subreddits: tuple[Subreddit, ...] = ()  # none: all of Reddit, by search
    reddit_url: BaseUrl = "https://www.reddit.com"
    oauth_url: BaseUrl = "https://oauth.reddit.com"
    search: bool = True  # beside the listings of the chosen subreddits
    overlap: Duration = timedelta(minutes=5)  # of listings, read again at each poll
    search_overlap: Duration = timedelta(hours=1)  # search learns of posts late
    timeout: Duration = timedelta(seconds=15)  # of one request


class Site(Protocol):
    """Reddit as far as listings go: its API or its feeds."""

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        ...

    def listing(self, path: str, params: Mapping[str, str], now: datetime | None) -> Slice:
        """Return one slice of a listing, newest first. Raises: `ConnectorError`."""
        ...


def connect(options: Options, watch: Watch) -> Connector:
    """Return the connector that the secrets allow: with a login, with a key, or with neither."""
    secrets = watch.secrets
    name = secrets.get("username", "")
    agent = f"python:mentiondesk:v1 (by /u/{name})" if name else "python:mentiondesk:v1"
    timeout = options.timeout.total_seconds()
    if not secrets.get("client_id"):
        feeds = open_feeds(options.reddit_url, agent, timeout)
        return RedditReader(feeds, options, watch.brands)
    api = open_api(secrets, options.reddit_url, options.oauth_url, agent, timeout)
    if name and secrets.get("password") and secrets.get("client_secret"):
        return RedditAccount(api, options, watch.brands, name)
    return RedditConnector(api, options, watch.brands)


class RedditReader:
    """What feeds can give: new and past posts, and the own accounts' comments."""

    platform = PLATFORM

    def __init__(self, site: Site, options: Options, brands: Sequence[Brand]) -> None:
        self._site = site
        self._options = options
        self._queries = search_queries(brands)
        self._own = _own_names(brands)
        self._read_at: dict[str, datetime] = {}  # what a spent budget left out comes first

    @property
    def meter(self) -> Meter:
        """How many requests were made so far; none costs money."""
        return Meter(requests=self._site.requests)

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        return cursor_at(instant)

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own comment written since `instant` is read."""
        return cursor_at(instant)

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield a page for each listing and search; one that fails is read again next time."""
        yield from self._live(self._streams(now), cursor, now)

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield a page for each own account: what it wrote, with the posts it answered."""
        yield from self._live([self._own_stream(name, now) for name in self._own], cursor, now)

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        """Yield what listings and search still hold of [since, until); `cursor` skips the read."""
        done: list[str] = json.loads(cursor) if cursor else []
        failed: list[ConnectorError] = []
        for stream in self._public_streams(until):
            if stream.name in done or query not in (None, stream.query):
                continue
            after = Cursor(json.dumps([*done, stream.name]))
            pages = self._attempt(past_pages(stream, since, until, after), failed)
            done += [stream.name] if pages else []
            yield from pages
        raise_first(failed)

    def probe(self) -> str:
        """Return which listing was reached, with which rights."""
        anything = self._listing_stream("submissions", "r/all/new", None)
        stream = next(self._public_streams(None), anything)
        found = stream.fetch(None)
        return f"{stream.query}: {len(found.names)} posts read {self._rights()}"

    def _rights(self) -> str:
        return "from the public feeds, without a key"

    def _live(self, streams: Sequence[Stream], cursor: Cursor, now: datetime) -> Iterator[Page]:
        floors = Floors.of(cursor).over(streams)
        failed: list[ConnectorError] = []
        for stream in sorted(streams, key=lambda each: self._read_at.get(each.name, NEVER)):
            for page in self._attempt(live_pages(stream, floors, now), failed):
                floors = Floors.of(page.cursor)
                yield page
            self._read_at[stream.name] = now
        raise_first(failed)

    def _attempt(self, pages: Iterable[Page], failed: list[ConnectorError]) -> list[Page]:
        """Return all pages of one listing, or none and note why; some failures end the poll."""
        before = self._site.requests
        try:
            read = list(pages)
        except (RateLimitError, LoginRefusedError, NoConnectionError):
            raise
        except ConnectorError as error:
            failed.append(error)
            return []
        return [*read[:-1], replace(read[-1], requests=self._site.requests - before)]

    def _streams(self, now: datetime) -> list[Stream]:
        return list(self._public_streams(now))

    def _public_streams(self, now: datetime | None) -> Iterator[Stream]:
        groups = ["+".join(group) for group in _chunks(self._options.subreddits, MOST_SUBREDDITS)]
        for group in groups:
            yield self._listing_stream("comments", f"r/{group}/comments", now)
            yield self._listing_stream("submissions", f"r/{group}/new", now)
        if self._options.search or not groups:
            for query in self._queries:
                yield from (self._search_stream(group, query, now) for group in groups or [""])

    def _own_stream(self, name: str, now: datetime) -> Stream:
        return self._listing_stream("own", f"user/{name}/comments", now, {"sort": "new"})

    def _listing_stream(
        self, kind: str, path: str, now: datetime | None, params: Mapping[str, str] | None = None
    ) -> Stream:
        return Stream(
            name=f"{kind} {path}",
            query=path,
            overlap=self._options.overlap,
            slices_end=LISTING_SLICES,
            fetch=self._fetch(path, params or {}, now),
        )

    def _search_stream(self, group: str, query: str, now: datetime | None) -> Stream:
        path = f"r/{group}/search" if group else "search"
        restricted = {"restrict_sr": "on"} if group else {}
        params = {"q": query, "sort": "new", "t": "all", "type": "link", **restricted}
        return Stream(
            name=f"search {sha256(f'{path} {query}'.encode()).hexdigest()[:16]}",
            query=f"{path} {query}",
            overlap=self._options.search_overlap,
            slices_end=SEARCH_SLICES,
            fetch=self._fetch(path, params, now),
        )

    def _fetch(self, path: str, params: Mapping[str, str], now: datetime | None) -> "_Fetch":
        def fetch(after: str | None) -> Slice:
            anchor = {"after": after} if after else {}
            return self._site.listing(path, {"limit": PAGE, **params, **anchor}, now)

        return fetch


class _Fetch(Protocol):
    def __call__(self, after: str | None, /) -> Slice: ...


class RedditConnector(RedditReader):
    """What a key adds: whole threads, and a second look at stored posts."""

    recheck_every = timedelta(minutes=10)
    must_recheck_within: timedelta | None = timedelta(
        hours=48
    )  # Source: Reddit Data API Wiki, "Deleted content"

    def __init__(self, api: RedditApi, options: Options, brands: Sequence[Brand]) -> None:
        super().__init__(api, options, brands)
        self._api = api

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        """Return the submission called `thread` and the comments under it, as they stand now."""
        name = thread.removeprefix(f"{PLATFORM}:").removeprefix("t3_")
        params = {"limit": "500", "sort": "new", "showmore": "true"}
        answer = self._api.get(f"comments/{name}", params, now)
        if not isinstance(answer, list):
            raise UnavailableError(PLATFORM, "an answer that is no thread")
        found, more = to_tree([each for part in answer for each in children(part)], self._api.site)
        return [*found, *self._named(more[:MOST_MORE], now)]

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        """Yield each post of `keys` as it stands now; those Reddit keeps silent of are left out."""
        own = f"{PLATFORM}:"
        yield from self._named([key[len(own) :] for key in keys if key.startswith(own)], now)

    def _rights(self) -> str:
        return "with a key, without a login"

    def _named(self, names: Sequence[str], now: datetime) -> Iterator[Mention]:
        for part in _chunks(names, MOST_NAMES):
            answer = self._api.get("api/info", {"id": ",".join(part)}, now)
            yield from to_mentions(children(answer), self._api.site)


class RedditAccount(RedditConnector):
    """What a login adds: replies, and the comments that name the account itself."""

    reply_limit = 10_000  # characters of a comment

    def __init__(
        self, api: RedditApi, options: Options, brands: Sequence[Brand], username: str
    ) -> None:
        super().__init__(api, options, brands)
        self._username = username
        self._sent: dict[str, Sent] = {}

    def reply_length(self, text: str, to: Mention) -> int:  # noqa: ARG002 - the same everywhere
        """Return the number of characters."""
        return len(text)

    def why_no_reply(self, to: Mention) -> str | None:
        """Return why `to` cannot be answered: it is gone, locked or archived."""
        if to.deleted:
            return "the post is gone"
        return "the post is locked or archived" if to.answerable is False else None

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        """Post `text` under `to` and return where it stands.

        Reddit knows no key of ours: the account's own comments are looked through first, so a
        reply of the same words under the same post is found instead of written again.

        Raises: `RefusedError` where Reddit takes no reply; `ConnectorError`, after which the
        same call may be made again.
        """
        if idempotency_key not in self._sent:
            self._sent[idempotency_key] = self._standing(to, text) or self._post(to, text)
        return self._sent[idempotency_key]

    def take_back(self, sent: Sent) -> None:
        """Delete the account's comment; Reddit says nothing of one that is gone already."""
        self._api.delete(sent.key.removeprefix(f"{PLATFORM}:"))

    def probe(self) -> str:
        """Return the name of the account that is logged in."""
        answer = self._api.get("api/v1/me", {}, None)
        name = answer.get("name") if isinstance(answer, dict) else None
        if not name:
            raise UnavailableError(PLATFORM, "an answer that names no account")
        return f"logged in as u/{name}: reads and replies"

    def _streams(self, now: datetime) -> list[Stream]:
        return [*super()._streams(now), self._listing_stream("inbox", "message/mentions", now)]

    def _post(self, to: Mention, text: str) -> Sent:
        try:
            things = self._api.post_reply(to.key.removeprefix(f"{PLATFORM}:"), text)
            posted = [_sent(each) for each in to_mentions(things, self._api.site)]
        except AnswerLostError as error:
            return self._found_after(error, to, text)
        # in a quarantined subreddit Reddit posts the reply and does not show it
        nothing = AnswerLostError(PLATFORM, "the reply was taken, but Reddit does not show it")
        return posted[0] if posted else self._found_after(nothing, to, text)

    def _found_after(self, error: AnswerLostError, to: Mention, text: str) -> Sent:
        standing = self._standing(to, text)
        if standing is None:
            raise error
        return standing

    def _standing(self, to: Mention, text: str) -> Sent | None:
        path = f"user/{self._username}/comments"
        recent = self._api.listing(path, {"limit": PAGE, "sort": "new"}, None)
        same = (
            each
            for each in recent.mentions
            if each.reply_to == to.key and each.text.split() == plain(text).split()
        )
        return next(map(_sent, same), None)


def search_queries(brands: Sequence[Brand]) -> tuple[str, ...]:
    """Return queries that together name every keyword of `brands`, each short enough."""
    words = dict.fromkeys(_quoted(word) for brand in brands for word in brand.keywords)
    queries: list[str] = []
    for word in filter(None, words):
        if queries and len(queries[-1]) + len(" OR ") + len(word) <= LONGEST_QUERY:
            queries[-1] += f" OR {word}"
        else:
            queries.append(word)
    return tuple(queries)


def _quoted(word: str) -> str:
    bare = " ".join(word.replace('"', " ").split()).lstrip("@#").casefold()
    return f'"{bare[: LONGEST_QUERY - 2]}"' if bare else ""


def _own_names(brands: Sequence[Brand]) -> tuple[str, ...]:
    names = (name for brand in brands for place, name in brand.own_accounts if place == PLATFORM)
    return tuple(dict.fromkeys(name.lower() for name in names))


def _sent(mention: Mention) -> Sent:
    return Sent(key=mention.key, url=mention.url, at=mention.posted_at)


def _chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    yield from (names[start : start + size] for start in range(0, len(names), size))
