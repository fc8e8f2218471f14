"""Mastodon, through Mastodon.py: hashtags, mentions and search on several servers, and replies.

A post is known by its address, the same on every server. Limits: a server shows what it knows of
other servers' posts; search finds few. Words become ours in `mastodon_access.payloads`, errors in
`mastodon_access.failures`. Source: Mastodon documentation; Mastodon.py 2.3; recorded answers.
"""

import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import compress
from typing import Annotated, Literal

from pydantic import AfterValidator

from connectors.mastodon_access import counting, failures, payloads, sources
from connectors.mastodon_access.api import Wire, open_api, open_client
from connectors.mastodon_access.climbing import (
    Marks,
    Progress,
    Source,
    cursor_at,
    live_pages,
    past_pages,
)
from connectors.mastodon_access.failures import (
    ENDS_A_SERVER,
    NotFoundError,
    NotOfferedError,
    SilentError,
)
from connectors.mastodon_access.server import Server
from connectors.mastodon_access.streams import USER, Event, Streams
from monitor.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)
from monitor.model import Brand, Cursor, Mention, Meter, Page, Sent, Watch, Window
from monitor.ports import Connector
from monitor.sections import BaseUrl, ConnectorOptions, Duration, Section, Text

PLATFORM = failures.PLATFORM
MOST_SEARCHES = 20  # of one server in one poll: the budget is 300 requests in five minutes
ASKED_AGAIN = timedelta(hours=1)  # a server that refused to search; a thorough reading, too
ENDS_WITHIN = 1.0  # seconds that the end of all streams is waited for
DRAINED_FOR = 0.9  # of `every`: as long after a full poll, news alone are yielded
NEVER = datetime.min.replace(tzinfo=UTC)
_TAG = re.compile(r"\w*[^\W\d]\w*")  # Mastodon takes no tag of digits alone
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def _hashtag(value: str) -> str:
    tag = value.strip().removeprefix("#")
    if not _TAG.fullmatch(tag):
        raise ValueError(f"expected a hashtag such as 'acme', got {value!r}")
    return tag


def _server_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"expected a short name such as 'main', got {value!r}")
    return value


class ServerOptions(Section):
    """One of `servers`."""

    name: Annotated[Text, AfterValidator(_server_name)] = "main"
    base_url: BaseUrl = "https://mastodon.social"
    hashtags: tuple[Annotated[str, AfterValidator(_hashtag)], ...] = ()
    search: bool = True  # with a token, for the brands' keywords
    stream: bool = True  # with a token: news wake the poll
    public: bool = False  # all posts that the server knows


def _all_differ(servers: tuple[ServerOptions, ...]) -> tuple[ServerOptions, ...]:
    names = [each.name.casefold() for each in servers]
    if twice := next((each for each in names if names.count(each) > 1), None):
        raise ValueError(f"expected each server's name once, got {twice!r} twice")
    return servers


class Options(ConnectorOptions):
    """`[connectors.mastodon]`."""

    servers: Annotated[tuple[ServerOptions, ...], AfterValidator(_all_differ)] = ()
    direct_messages: Literal["skip", "private"] = "skip"
    overlap: Duration = timedelta(minutes=30)  # read again: other servers' posts arrive late
    search_overlap: Duration = timedelta(hours=1)  # search learns of posts later still
    timeout: Duration = timedelta(seconds=15)  # of one request


def connect(options: Options, watch: Watch) -> Connector:
    """Return the connector: with a token it looks up, searches and streams, and can reply.

    Raises: `ConfigError` if no server is set, or a token is for one that the settings do not name.
    """
    if not options.servers:
        raise ConfigError(
            f"connectors.{PLATFORM}.servers: no server is set, so nothing would be read"
        )
    tokens = _tokens(options.servers, watch.secrets)
    short = frozenset(name for name in _own_names(watch.brands) if "@" not in name)
    direct = options.direct_messages == "private"
    timeout = options.timeout.total_seconds()
    parts = [
        _part(each, tokens.get(each.name, ""), timeout, short=short, direct=direct)
        for each in options.servers
    ]
    kind = MastodonAccount if tokens else MastodonReader
    return kind(parts, options, watch.brands)


@dataclass(frozen=True, slots=True)
class Part:
    """One server with its settings."""

    server: Server
    options: ServerOptions
    streams: Streams


def _part(
    options: ServerOptions, token: str, timeout: float, *, short: frozenset[str], direct: bool
) -> Part:
    wire = Wire(timeout=timeout, logged_in=bool(token))  # the streams' requests count, too
    api = open_api(options.name, options.base_url, token, wire)
    streams = Streams(options.name, lambda: open_client(options.base_url, token, wire))
    server = Server(api, options.base_url, short=short, direct=direct)
    return Part(server, options, streams)


class MastodonReader:
    """What needs no token: hashtags, public timelines, own accounts, threads, second looks."""

    platform = PLATFORM
    recheck_every = timedelta(minutes=10)
    must_recheck_within: timedelta | None = None

    def __init__(self, parts: Sequence[Part], options: Options, brands: Sequence[Brand]) -> None:
        self._parts = parts
        self._options = options
        self._tags = _tags(brands)
        self._words = _words(brands)
        self._own = _own_names(brands)
        self._read_at: dict[str, datetime] = {}  # searches take turns where there are many
        self._without_search: dict[str, datetime] = {}  # servers that refused one, since when
        self._slow: set[str] = set()  # servers and sources that let us wait in vain: they come last
        self._swept_at: dict[str, datetime] = {}  # sources
        self._told: Callable[[], None] | None = None
        self._polled_at = float("-inf")  # monotonic seconds

    @property
    def meter(self) -> Meter:
        """How many requests were made so far; none costs money."""
        return Meter(requests=sum(part.server.api.requests for part in self._parts))

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        return cursor_at(instant)

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own reply written since `instant` is read."""
        return cursor_at(instant)

    def on_news(self, call: Callable[[], None]) -> None:
        """Let `call` be made when a stream has something new; without it nothing is streamed."""
        self._told = call

    def close(self) -> None:
        """End all streams; the timelines bring again what was not yielded."""
        for part in self._parts:
            part.streams.close()
        until = time.monotonic() + ENDS_WITHIN
        for part in self._parts:
            part.streams.wait(until)
            part.server.api.close()

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what the streams brought, then each timeline from its mark upwards.

        Shortly after a full poll, news alone are yielded: the next full poll covers them.
        """
        self._listen()
        before = self.meter
        news = [each for part in self._parts for each in self._news(part, now)]
        if news:
            cost = (self.meter - before).requests
            yield Page(mentions=tuple(news), cursor=cursor, requests=cost)
            if (
                time.monotonic() - self._polled_at
                < DRAINED_FOR * self._options.every.total_seconds()
            ):
                return
        self._polled_at = time.monotonic()
        yield from self._live(self._sources, self._due, cursor, now)

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what each own account wrote, with the posts it answered."""
        yield from self._live(self._own_sources, self._own_due, cursor, now)

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        """Return what stands in a conversation, from the first server that knows it."""
        failed: list[ConnectorError] = []
        for part in self._nearest(thread, now):
            try:
                return part.server.thread(thread, now)
            except ConnectorError as error:
                failed.append(error)
        raise _worst(failed)

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        """Yield each post as it stands now; a post that no server speaks of is left out."""
        asked: dict[str, dict[str, str]] = {part.server.name: {} for part in self._parts}
        failed: list[ConnectorError] = []
        for key in keys:
            try:
                found = self._address(key, now)
            except ConnectorError as error:
                failed.append(error)
                continue
            if found is not None:
                asked[found[0].name][found[1]] = key
        for part in self._parts:
            try:
                yield from part.server.again(asked[part.server.name], now)
            except ConnectorError as error:
                failed.append(error)
        if failed and len(failed) >= max(len(keys), 1):
            raise _worst(failed)

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        """Yield what timelines and searches still hold of [since, until), page by page."""
        done = Progress.of(cursor)
        failed: list[ConnectorError] = []
        for part in self._reached(None, failed):
            for source in self._sources(part, None):
                if source.name in done.names or query not in (None, source.query):
                    continue
                mark = done.mark if source.name == done.begun else None
                cursor_of = partial(done.cursor, source.name)
                pages = past_pages(source, since, until, mark, cursor_of)
                if (yield from self._counted(part, pages, failed)):
                    done = done.without(source.name)
                elif _is_no_search(source, failed[-1]):
                    failed.pop()
                    done = done.without(source.name)
                    yield _unread(source, cursor_of(None), since, until)
        if failed:
            raise _worst(failed)

    def probe(self) -> str:
        """Return what each server is, and as whom it is read."""
        return "; ".join(self._probed(part.server) for part in self._parts)

    def _probed(self, server: Server) -> str:
        domain = server.home(None).domain
        if not server.api.token:
            return f"{server.name}: {domain} reached, without a token"
        name = server.api.own_account(None).get("acct")
        return f"{server.name}: logged in at {domain} as @{name}: reads and replies"

    # Reading

    def _live(
        self, all_of: "_Sources", due_of: "_Sources", cursor: Cursor, now: datetime
    ) -> Iterator[Page]:
        """Yield what is new; servers that cannot be read now keep their place in the cursor."""
        failed: list[ConnectorError] = []
        marks = Marks.of(cursor).over([each for part in self._parts for each in all_of(part, now)])
        for part in self._reached(now, failed):
            for source in sorted(due_of(part, now), key=lambda each: each.name in self._slow):
                before = len(failed)
                for page in self._counted(part, self._read(source, marks, now), failed):
                    marks = Marks.of(page.cursor)
                    yield page
                self._read_at[source.name] = now
                self._slow.discard(source.name)
                if len(failed) == before:
                    continue
                if _is_no_search(source, failed[-1]):
                    failed.pop()
                    self._without_search[part.server.name] = now
                    mark = marks.by_source[source.name]
                    yield _unread(source, marks.cursor(), min(mark.at, now), now)
                elif self._ends(part, source, failed[-1]):
                    break
        if failed:
            raise _worst(failed, all_failed=len(failed) >= len(self._parts))

    def _read(self, source: Source, marks: Marks, now: datetime) -> Iterator[Page]:
        """Yield what is new in a source; now and then it is read more thoroughly."""
        is_due = now - self._swept_at.get(source.name, NEVER) >= ASKED_AGAIN
        sweep = is_due and not marks.by_source[source.name].read  # that reading comes first
        yield from live_pages(source, marks, now, sweep=sweep)
        if sweep:
            self._swept_at[source.name] = now

    def _ends(self, part: Part, source: Source, error: ConnectorError) -> bool:
        """Whether a failure ends this poll of a server; what let us wait comes last next time."""
        if isinstance(error, SilentError):
            self._slow |= {source.name, part.server.name}
        return isinstance(error, ENDS_A_SERVER) or part.server.api.is_silent

    def _reached(self, now: datetime | None, failed: list[ConnectorError]) -> Iterator[Part]:
        """Yield the servers that answer; those that lately let us wait come last."""
        for part in sorted(self._parts, key=lambda each: each.server.name in self._slow):
            try:
                part.server.greet(now)
            except ConnectorError as error:
                failed.append(error)
                if isinstance(error, SilentError):
                    self._slow.add(part.server.name)
                continue
            self._slow.discard(part.server.name)
            yield part

    def _counted(
        self, part: Part, pages: Iterator[Page], failed: list[ConnectorError]
    ) -> Generator[Page, None, bool]:
        """Yield pages with their requests, until one fails; return whether none did."""
        while True:
            before = part.server.api.requests
            try:
                page = next(pages, None)
            except ConnectorError as error:
                failed.append(error)
                return False
            if page is None:
                return True
            yield replace(page, requests=part.server.api.requests - before)

    def _sources(self, part: Part, now: datetime | None) -> list[Source]:
        server, overlap = part.server, self._options.overlap
        found = [sources.hashtag(server, tag, overlap, now) for tag in self._tags_of(part)]
        if server.api.token:
            found.append(sources.mentions(server, overlap, now))
        if part.options.public:
            found.append(sources.public(server, overlap, now))
        return [*found, *self._searches(part, now)]

    def _tags_of(self, part: Part) -> tuple[str, ...]:
        given = (tag.casefold() for tag in part.options.hashtags)
        return tuple(dict.fromkeys((*given, *self._tags)))

    def _searches(self, part: Part, now: datetime | None) -> list[Source]:
        if not (part.options.search and part.server.api.token):
            return []
        overlap = self._options.search_overlap
        return [sources.search(part.server, word, overlap, now) for word in self._words]

    def _due(self, part: Part, now: datetime) -> list[Source]:
        """Return what is read of a server in this poll: not more searches than it can bear."""
        found = self._sources(part, now)
        searches = [each for each in found if each.searches]
        searches.sort(key=lambda each: self._read_at.get(each.name, NEVER))
        refused_at = self._without_search.get(part.server.name, NEVER)
        most = MOST_SEARCHES if now - refused_at >= ASKED_AGAIN else 0
        return [*(each for each in found if not each.searches), *searches[:most]]

    # Own accounts

    def _own_sources(self, part: Part, now: datetime) -> list[Source]:
        overlap = self._options.overlap
        return [sources.own_replies(part.server, name, overlap, now) for name in self._own]

    def _own_due(self, part: Part, now: datetime) -> list[Source]:
        read_here = (self._reader_of(name) is part for name in self._own)
        return list(compress(self._own_sources(part, now), read_here))

    def _reader_of(self, name: str) -> Part:
        """Return the server that reads an own account: its own, or the first with a token."""
        domain = name.partition("@")[2]
        own = [each for each in self._parts if domain and domain in each.server.hosts]
        logged_in = [each for each in self._parts if each.server.api.token]
        candidates: list[Part] = [*own, *(logged_in if domain else ()), *self._parts]
        return candidates[0]

    # Posts by their keys

    def _nearest(self, key: str, now: datetime | None) -> list[Part]:
        """Return the servers, those first that know a post by themselves."""
        return sorted(self._parts, key=lambda part: _quietly(part.server, key, now) is None)

    def _address(self, key: str, now: datetime | None) -> tuple[Server, str] | None:
        """Return a server and its id of a post; None if none finds it.

        That is no proof that it is gone: a server finds nothing, too, where the post's own server
        is down. Raises: `ConnectorError` if one does not say.
        """
        failed: list[ConnectorError] = []
        for part in self._nearest(key, now):
            try:
                number = part.server.id_of(key, now)
            except ConnectorError as error:
                failed.append(error)
                continue
            if number is not None:
                return part.server, number
        if failed:
            raise failed[0]
        return None

    # Streams

    def _listen(self) -> None:
        if self._told is None:
            return
        for part in self._parts:
            if part.options.stream and part.server.api.token:
                part.streams.start([USER, *self._tags_of(part)], self._told)

    def _news(self, part: Part, now: datetime) -> Iterator[Mention]:
        for event in part.streams.drain():
            try:
                found = self._told_of(part.server, event, now)
            except ConnectorError:
                continue  # the timelines bring it
            if found is not None:
                yield found

    def _told_of(self, server: Server, event: Event, now: datetime) -> Mention | None:
        if event.status is not None:
            return server.mention(event.status, now)
        key = server.forgotten(event.gone)
        return payloads.tombstone(key, now) if key else None


class MastodonAccount(MastodonReader):
    """What a token adds: replies."""

    def __init__(self, parts: Sequence[Part], options: Options, brands: Sequence[Brand]) -> None:
        super().__init__(parts, options, brands)
        self._sent: dict[str, Sent] = {}

    @property
    def reply_limit(self) -> int:
        """Characters of a reply with its mention, as the strictest of our servers has it."""
        return min(part.server.limit for part in self._parts if part.server.api.token)

    def reply_length(self, text: str, to: Mention) -> int:
        """Return what `text` comes to, with the mention of whom it answers."""
        handle = to.author.handle if to.author else ""
        return counting.length(f"@{handle} {text}")

    def why_no_reply(self, to: Mention) -> str | None:
        """Return why `to` cannot be answered: it is gone, or may not be."""
        if to.deleted or to.author is None:
            return "the post is gone"
        return "its server takes no reply from here" if to.answerable is False else None

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        """Post `text` under `to`, as widely visible as `to` is, and return where it stands.

        The server knows `idempotency_key` for an hour; for later, what the account wrote is
        looked through first: the same words under the same post count as sent.

        Raises: `RefusedError` where the server takes no reply; `ConnectorError`, after which the
        same call may be made again.
        """
        if idempotency_key not in self._sent:
            server, number = self._writable(to)
            self._sent[idempotency_key] = server.standing(number, text) or _posted(
                server, number, to, text, idempotency_key
            )
        return self._sent[idempotency_key]

    def take_back(self, sent: Sent) -> None:
        """Delete a reply; one that is gone already is no error."""
        for part in self._logged_in(sent.key):
            number = part.server.id_at_hand(sent.key, None)
            if number is None:
                continue
            try:
                return part.server.api.delete(number)
            except NotFoundError:
                return None
        raise UnavailableError(PLATFORM, "none of our servers knows this reply")

    def _writable(self, to: Mention) -> tuple[Server, str]:
        """Return a server with a token and its id of the post."""
        failed: list[ConnectorError] = []
        for part in self._logged_in(to.key):
            try:
                number = part.server.id_of(to.key, None)
            except ConnectorError as error:
                failed.append(error)
                continue
            if number is not None:
                return part.server, number
        if failed:
            raise _worst(failed)
        raise RefusedError("none of our servers finds the post: it may be gone")

    def _logged_in(self, key: str) -> list[Part]:
        return [part for part in self._nearest(key, None) if part.server.api.token]


def _posted(server: Server, number: str, to: Mention, text: str, idempotency_key: str) -> Sent:
    try:
        shown = server.status(to.key, number, None)
    except NotFoundError as error:
        raise RefusedError("the post is gone, or this account may not see it") from error
    return server.sent(server.api.post_reply(shown, text, idempotency_key))


_Sources = Callable[[Part, datetime], list[Source]]


def _tokens(servers: Sequence[ServerOptions], secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the token of each server that has one; the one without a name is of the first.

    It is shown to no other server: whoever runs that one could act as our account here.
    """
    named = {f"token_{each.name.casefold().replace('-', '_')}": each.name for each in servers}
    for name in secrets:
        if name != "token" and name not in named:
            raise ConfigError(f"connectors.{PLATFORM}: the secret '{name}' is of no server")
    found = {name: secrets[secret] for secret, name in named.items() if secrets.get(secret)}
    if servers and secrets.get("token"):
        found.setdefault(servers[0].name, secrets["token"])
    return found


def _tags(brands: Sequence[Brand]) -> tuple[str, ...]:
    """Return the hashtags among the keywords."""
    words = (word for brand in brands for word in brand.keywords if word.startswith("#"))
    tags = (word.removeprefix("#") for word in words)
    return tuple(dict.fromkeys(tag.casefold() for tag in tags if _TAG.fullmatch(tag)))


def _words(brands: Sequence[Brand]) -> tuple[str, ...]:
    """Return what is searched for: every keyword once, as a phrase."""
    words = (word for brand in brands for word in brand.keywords)
    bare = (" ".join(word.replace('"', " ").split()).lstrip("@#").casefold() for word in words)
    return tuple(dict.fromkeys(filter(None, bare)))


def _own_names(brands: Sequence[Brand]) -> tuple[str, ...]:
    names = (name for brand in brands for place, name in brand.own_accounts if place == PLATFORM)
    return tuple(dict.fromkeys(name.casefold() for name in names))


def _quietly(server: Server, key: str, now: datetime | None) -> str | None:
    try:
        return server.id_at_hand(key, now)
    except ConnectorError:
        return None


def _is_no_search(source: Source, error: ConnectorError) -> bool:
    """Whether a server does not offer search at all; it is then left alone for a while."""
    refused = isinstance(error, AuthError | NotFoundError | NotOfferedError)
    return source.searches and refused and not isinstance(error, ENDS_A_SERVER)


def _unread(source: Source, cursor: Cursor, since: datetime, until: datetime) -> Page:
    window = Window(query=source.query, since=since, until=until, complete=False)
    return Page(mentions=(), cursor=cursor, window=window, requests=0)


def _worst(failed: Sequence[ConnectorError], *, all_failed: bool = True) -> ConnectorError:
    """Return the failure to tell; a spent budget holds up all servers only if all have spent it."""
    spent = [each for each in failed if isinstance(each, RateLimitError)]
    if all_failed and spent and len(spent) == len(failed):
        return spent[0]
    others = [each for each in failed if not isinstance(each, RateLimitError)]
    if others:
        return others[0]
    return UnavailableError(PLATFORM, str(spent[0]).removeprefix(f"{PLATFORM}: "))
