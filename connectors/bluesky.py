"""Bluesky: the whole network's posts from Jetstream, and its AppView and a PDS for all else.

The stream is read in a thread of its own and needs no login. With one, past posts are searched
for, and live ones too while the stream is down, and replies are written. Own replies come from the
stream, and from the own accounts' feeds.
Source: bluesky-social/jetstream, README; lexicons com.atproto and app.bsky; recorded answers.
"""

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from weakref import finalize

from pydantic import Field

from connectors.bluesky_access import failures
from connectors.bluesky_access.failures import InvalidError, NotThereError
from connectors.bluesky_access.payloads import (
    POST,
    Found,
    author_of,
    calls_of,
    from_us,
    instant,
    items,
    key_of,
    own_names,
    record_of,
    spelled,
    split_uri,
    tid_us,
    to_mention,
    to_us,
    tombstone,
    uri_of,
    url_of,
    view_to_mention,
)
from connectors.bluesky_access.place import Place
from connectors.bluesky_access.searching import SEARCHED_AGAIN, Search, name_of, words_of
from connectors.bluesky_access.session import Session
from connectors.bluesky_access.xrpc import Params, Payload, Xrpc
from connectors.listing import reading as listing
from monitor.errors import (
    AuthError,
    ConnectorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)
from monitor.model import Author, Brand, Cursor, Mention, Meter, Page, Sent, Watch, Window
from monitor.ports import Connector
from monitor.sections import BaseUrl, ConnectorOptions, Duration, LocalPath, StreamUrl

if TYPE_CHECKING:
    from connectors.bluesky_access.jetstream import Terms, Waiting
    from connectors.bluesky_access.opening import Reading

PLATFORM = failures.PLATFORM
OVERLAP = timedelta(seconds=10)  # of the stream, read again after a break: its order is not strict
QUERY = "jetstream"  # what the stream's windows are called
PAGE = 100  # posts in a page, and in one answer of the AppView
MOST_URIS = 25  # in one request for posts or profiles
QUIET_S = 1.0  # a stream on which nothing comes for so long has told all it had
CATCH_UP_S = 60.0  # of waiting in one poll for what a stream still has to tell
SLICE = timedelta(days=1)  # of the past, searched word by word
ASK_EVERY = timedelta(seconds=55)  # search, in the stream's place: a poll may begin a bit early
A_WORD = timedelta(seconds=6)  # of rest for each word searched
LATE = timedelta(minutes=2)  # a quiet stream that stands so far back may be down
FRESH = timedelta(minutes=2)  # the AppView lags: a post so young may only seem to be gone
_AUTH_PAUSE = timedelta(hours=1)  # after a refused login: an account has 300 of them a day
_NAMES_PAUSE = timedelta(minutes=1)  # until handles are asked for again after a failure
_OWN_PAUSE = timedelta(minutes=5)  # until handles that could not be resolved are asked for again
_EVERYTHING = 1_000_000  # slices: the AppView lists an account's posts to the very first
_log = logging.getLogger(__name__)


class Options(ConnectorOptions):
    """`[connectors.bluesky]`."""

    jetstream_url: StreamUrl = "wss://jetstream2.us-east.bsky.network/subscribe"
    pds_url: BaseUrl = "https://bsky.social"  # where the account logs in
    appview_url: BaseUrl = "https://public.api.bsky.app"
    overlap: Duration = OVERLAP
    own_overlap: Duration = timedelta(minutes=5)  # of own accounts' feeds, read again at each poll
    kept: Duration = timedelta(hours=36)  # how far back the stream's server looks
    timeout: Duration = timedelta(seconds=15)  # of one request, and of a connection
    silence: Duration = timedelta(seconds=30)  # after which a connection is taken up anew
    buffer: Annotated[int, Field(ge=10)] = 5_000  # posts that may wait before reading pauses
    compress: bool = False
    zstd_dictionary: LocalPath | None = None  # Jetstream's, for `compress`


def connect(options: Options, watch: Watch) -> Connector:
    """Return the connector that the secrets allow: with a login, or without one."""
    from connectors.bluesky_access.jetstream import Terms
    from connectors.bluesky_access.opening import open_dictionary

    terms = Terms(
        url=options.jetstream_url,
        timeout_s=options.timeout.total_seconds(),
        silence_s=options.silence.total_seconds(),
        overlap_us=options.overlap // timedelta(microseconds=1),
        kept_us=options.kept // timedelta(microseconds=1),
        most=options.buffer,
        decompressor=open_dictionary(options.zstd_dictionary) if options.compress else None,
    )
    handle, password = (watch.secrets.get(name, "") for name in ("handle", "app_password"))
    if handle and password:
        return BlueskyAccount(terms, options, watch.brands, handle.lstrip("@"), password)
    return BlueskyReader(terms, options, watch.brands)


class _News:
    """Whom the stream's thread wakes; the thread must not hold the connector itself."""

    def __init__(self) -> None:
        self.call: Callable[[], None] | None = None

    def __call__(self) -> None:
        if self.call is not None:
            self.call()


class BlueskyReader:
    """What everybody may read: the stream, threads, second looks, the own accounts' replies."""

    platform = PLATFORM
    recheck_every = timedelta(minutes=10)
    must_recheck_within: timedelta | None = timedelta(hours=48)  # the stream tells most at once
    most_authors = 10_000  # whose handles are remembered

    def __init__(self, terms: "Terms", options: Options, brands: Sequence[Brand]) -> None:
        self._terms = terms
        self._options = options
        self._brands = tuple(brands)
        self._xrpc = Xrpc(options.timeout.total_seconds())
        self._news = _News()
        self._reading: Reading | None = None
        self._let_go: Callable[[], object] = lambda: None
        self._is_catching_up = False
        self._connections = 0  # of readings that have ended
        self._counted = 0  # requests that a page told of
        self._place: Place | None = None  # of the last page
        self._cursor: Cursor | None = None
        self._authors: OrderedDict[str, Author] = OrderedDict()
        self._edited: set[str] = set()  # the AppView keeps showing what they said first
        self._own_names = own_names(brands)
        self._own: dict[str, str] = {}  # DID → handle as the settings have it
        self._own_asked_at: datetime | None = None
        self._unnamed_at: datetime | None = None  # when the AppView told no handles
        self._asked_before = 0  # requests up to the end of the last `pages`
        self._latest: datetime | None = None  # what we were told last

    @property
    def meter(self) -> Meter:
        """How many requests and connections were made so far; none costs money."""
        reading = self._reading
        connections = reading.stream.connections if reading else 0
        return Meter(requests=self._xrpc.requests + self._connections + connections)

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        return Place.at(instant).cursor()

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own reply written at `instant` or later is read."""
        return listing.cursor_at(instant)

    def on_news(self, call: Callable[[], None]) -> None:
        """Let `call` be made, from the stream's thread, when something waits or has failed."""
        self._news.call = call

    def close(self) -> None:
        """Stop listening."""
        reading, self._reading = self._reading, None
        if reading is not None:
            self._let_go()
            self._connections += reading.stream.connections

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what the stream has passed on since `cursor`; it listens from the first call on."""
        self._latest = now
        self._counted += self._xrpc.requests - self._asked_before  # in other calls, told there
        try:
            self._resolve_own(now)
            reading = self._reading_from(cursor, now)
            reading.sieve.own_accounts_are(self._own)
            yield from self._caught_up(reading, now)
            is_replaced = yield from self._instead(reading, now)
        except BaseException:
            self.close()  # what was fetched and not yielded comes again from the last cursor
            raise
        finally:
            self._asked_before = self._xrpc.requests
        if reading.stream.error is not None:
            self.close()
            if not is_replaced:
                raise reading.stream.error

    def _instead(self, reading: "Reading", now: datetime) -> Generator[Page, None, bool]:  # noqa: ARG002
        """Yield what else tells of posts while the stream does not; return whether all is told."""
        yield from ()
        return False

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield a page for each own account: its replies, from its feed."""
        self._resolve_own(now)
        streams = [self._own_stream(name, now) for name in self._own_names]
        floors = listing.Floors.of(cursor).over(streams)
        failed: list[ConnectorError] = []
        for stream in streams:
            before = self._xrpc.requests
            try:
                pages = list(listing.live_pages(stream, floors, now))
            except (NotThereError, InvalidError) as error:
                failed.append(error)  # one account that is gone must not hide the others
                continue
            requests = self._xrpc.requests - before
            floors = listing.Floors.of(pages[-1].cursor)
            yield from (*pages[:-1], replace(pages[-1], requests=requests))
        if failed:
            raise failed[0]

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        """Return what now stands in the conversation `thread`, as far as the AppView shows it."""
        self._resolve_own(now)
        params = [("uri", uri_of(thread)), ("depth", "1000"), ("parentHeight", "0")]
        try:
            body = self._public("app.bsky.feed.getPostThread", params, now)
        except NotThereError:
            return []
        found = map(self._from_view, _posts_under(body.get("thread")))
        return [mention for mention in found if mention is not None]

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        """Yield each post of `keys` as it stands now; one that the AppView no longer has is gone.

        An edited post is yielded only when it is gone: the AppView shows what it said at first.
        """
        self._resolve_own(now)
        own = f"{PLATFORM}:"
        uris = [uri_of(key) for key in keys if key.startswith(own)]
        for part in _chunks(uris, MOST_URIS):
            body = self._public("app.bsky.feed.getPosts", [("uris", uri) for uri in part], now)
            views = {str(view.get("uri")): view for view in items(body, "posts")}
            for uri in part:
                found = self._as_it_stands(uri, views.get(uri), now)
                if found is not None:
                    yield found

    def probe(self) -> str:
        """Return which stream was reached, with which rights."""
        from connectors.bluesky_access.opening import Reading

        reading = Reading(self._terms, self._brands, None, 0, lambda: None)
        reading.stream.begin()
        try:
            reading.stream.wait_for(1, 0.0, self._terms.timeout_s)
            error = reading.stream.error
            if error is None and not reading.stream.connections:
                error = UnavailableError(PLATFORM, "the stream does not answer in time")
        finally:
            reading.stream.close()
            self._connections += reading.stream.connections
        if error is not None:
            raise error
        return f"the stream of all posts is open {self._rights()}"

    def _rights(self) -> str:
        return "without a login: reads, does not reply"

    # The stream

    def _reading_from(self, cursor: Cursor, now: datetime) -> "Reading":
        """Return the reading that goes on at `cursor`: the one that runs, or a new one."""
        from connectors.bluesky_access.opening import Reading

        if self._reading is not None and cursor == self._cursor:
            self._reading.stream.told_now(to_us(now))
            return self._reading
        self.close()
        self._place, self._cursor = Place.of(cursor), cursor
        self._is_catching_up = True
        reading = Reading(self._terms, self._brands, self._place, to_us(now), self._news)
        self._reading = reading
        self._let_go = finalize(self, reading.stream.close)
        reading.sieve.own_accounts_are(self._own)
        reading.stream.begin()
        return reading

    def _caught_up(self, reading: "Reading", now: datetime) -> Iterator[Page]:
        """Yield all that waits; the first time, all that stood there before must come first."""
        end = time.monotonic() + CATCH_UP_S
        while self._is_catching_up:
            left = end - time.monotonic()
            self._is_catching_up = not reading.stream.wait_for(to_us(now), QUIET_S, left)
            if left <= 0:
                break
            yield from self._waiting_pages(reading, now, end)
        yield from self._waiting_pages(reading, now, end)

    def _waiting_pages(self, reading: "Reading", now: datetime, end: float) -> Iterator[Page]:
        """Yield all that waits; in a flood only what there is time for, the rest waits on."""
        while True:
            reached_us = reading.stream.position_us  # before what waits is fetched, never after
            waiting = reading.stream.fetch(PAGE)
            is_full = len(waiting) == PAGE
            if is_full:
                reached_us = waiting[-1].at_us
            for part, missed in _parted(waiting):
                yield from self._part_pages(reading, part, missed, now)
            if reached_us > self._at_us:
                yield self._page(reading, (), reached_us, now)
            if not is_full or time.monotonic() > end:
                return

    def _part_pages(
        self, reading: "Reading", part: "list[Waiting]", missed: "Waiting | None", now: datetime
    ) -> Iterator[Page]:
        """Yield a page of what waits, and one that names the stretch missed after it."""
        if part:
            newest = max(each.at_us for each in part)
            yield self._page(reading, self._mentions(part, reading, now), newest, now)
        if missed is not None:
            yield self._page(reading, (), missed.at_us, now, complete=False)

    @property
    def _at_us(self) -> int:
        return self._place.at_us if self._place else 0

    def _page(
        self,
        reading: "Reading",
        mentions: tuple[Mention, ...],
        reached_us: int,
        now: datetime,
        *,
        complete: bool = True,
    ) -> Page:
        since, until = from_us(self._at_us), from_us(max(reached_us, self._at_us))
        window = Window(
            query=QUERY, since=min(since, now), until=min(until, now), complete=complete
        )
        cursor = self._moved(reading, max(reached_us, self._at_us))
        return Page(mentions=mentions, cursor=cursor, window=window, requests=self._uncounted())

    def _moved(self, reading: "Reading", at_us: int, floors: str | None = None) -> Cursor:
        """Return the cursor that stands at `at_us`; without `floors` it keeps those it has."""
        if floors is None:
            floors = self._place.floors if self._place else ""
        self._place = replace(reading.place(at_us), floors=floors)
        self._cursor = self._place.cursor()
        return self._cursor

    def _uncounted(self) -> int:
        """Return how many requests no page told of yet."""
        requests = self.meter.requests - self._counted
        self._counted += requests
        return requests

    def _mentions(
        self, part: "Iterable[Waiting]", reading: "Reading", now: datetime
    ) -> tuple[Mention, ...]:
        from connectors.bluesky_access.frames import whole

        found = [
            each
            for waiting in part
            for each in self._found(whole(waiting.frame), waiting.at_us, reading)
        ]
        authors = self._authors_of({each.did for each in found if isinstance(each, Found)}, now)
        return tuple(
            self._called(to_mention(each, authors[each.did]), each.record)
            if isinstance(each, Found)
            else each
            for each in found
        )

    def _called(self, mention: Mention, record: Payload) -> Mention:
        """Return a mention that knows which own accounts it calls; they do not call themselves."""
        if mention.author is None or mention.author.id in self._own:
            return mention
        return replace(mention, calls=calls_of(record, self._own))

    def _found(self, event: Payload, at_us: int, reading: "Reading") -> Iterator["Found | Mention"]:
        """Yield the post that an event tells of, or the posts that are gone by it."""
        did, at = str(event.get("did")), from_us(at_us)
        if event.get("kind") == "account":
            yield from (tombstone(uri, at) for uri in reading.known.posts_of(did))
        if event.get("kind") == "identity":
            self._authors.pop(did, None)  # the handle changed: it is asked for again
        commit = event.get("commit")
        if not isinstance(commit, dict):
            return
        rkey, operation = str(commit.get("rkey")), commit.get("operation")
        found = Found(
            did=did,
            rkey=rkey,
            record=record_of(event),
            seen_at=at,
            edited=operation == "update",
        )
        if operation == "delete":
            yield tombstone(found.uri, at)
        if operation == "delete" or not found.record:
            return
        if found.edited:
            self._edited.add(found.uri)
        yield found

    # Accounts

    def _resolve_own(self, now: datetime) -> None:
        """Find out the DIDs of the own accounts; what cannot be told now is asked for later."""
        missing = [name for name in self._own_names if name not in self._own.values()]
        asked_at = self._own_asked_at
        if not missing or (asked_at is not None and now - asked_at < _OWN_PAUSE):
            return
        self._own_asked_at = now
        for name in missing:
            try:
                self._own[self._did_of(name, now)] = name
            except InvalidError as error:
                _log.warning("%s: no account is called %s (%s)", PLATFORM, name, error)
            except ConnectorError as error:
                _log.debug("%s: no DID for the own account %s: %s", PLATFORM, name, error)
                break
        for did in self._own:
            self._authors.pop(did, None)  # it is called as in the settings from now on

    def _did_of(self, handle: str, now: datetime | None) -> str:
        """Return an account's DID, as the AppView or else the account's own server tells it."""
        if handle.startswith("did:"):
            return handle
        try:
            return self._resolved(self._options.appview_url, handle, now)
        except ConnectorError:
            with suppress(ConnectorError):
                return self._resolved(self._options.pds_url, handle, now)
            raise

    def _resolved(self, base: str, handle: str, now: datetime | None) -> str:
        method = "com.atproto.identity.resolveHandle"
        answer = self._xrpc.get(base, method, [("handle", handle)], now=now, attempts=1)
        did = answer.body.get("did")
        if not isinstance(did, str) or not did.startswith("did:"):
            raise UnavailableError(PLATFORM, "an answer that names no DID")
        return did

    def _authors_of(self, dids: Iterable[str], now: datetime) -> Mapping[str, Author]:
        """Return the authors by DID; one whose handle cannot be told now is called by that."""
        wanted = set(dids)
        found = {did: self._authors[did] for did in wanted & self._authors.keys()}
        for part in _chunks(sorted(wanted - found.keys()), MOST_URIS):
            profiles = self._profiles(part, now)
            for did in part:
                found[did] = author_of(did, profiles.get(did, {}), self._own.get(did))
            self._authors.update((did, found[did]) for did in part if did in profiles)
        while len(self._authors) > self.most_authors:
            self._authors.popitem(last=False)
        return found

    def _profiles(self, dids: Sequence[str], now: datetime) -> Mapping[str, Payload]:
        """Return what the AppView says of accounts; one that is down is left alone for a while."""
        failed_at = self._unnamed_at
        if failed_at is not None and abs(now - failed_at) < _NAMES_PAUSE:
            return {}
        try:
            params = [("actors", did) for did in dids]
            found = items(self._public("app.bsky.actor.getProfiles", params, now), "profiles")
        except ConnectorError as error:
            _log.debug("%s: handles are not known for now: %s", PLATFORM, error)
            self._unnamed_at = now
            return {}
        self._unnamed_at = None
        return {str(each.get("did")): each for each in found}

    def _from_view(self, view: Payload) -> Mention | None:
        """Return a post as a mention; not an edited one: what was said first is shown for ever."""
        mention = view_to_mention(view)
        if mention is None or mention.author is None or view.get("uri") in self._edited:
            return None
        own = self._own.get(mention.author.id)
        if own:
            return replace(mention, author=replace(mention.author, handle=own))
        record = view.get("record")
        return self._called(mention, record) if isinstance(record, dict) else mention

    def _own_stream(self, name: str, now: datetime) -> listing.Stream:
        did = next((did for did, own in self._own.items() if own == name), name)

        def fetch(after: str | None) -> listing.Slice:
            if after is not None and after.startswith("at://"):
                return listing.Slice(mentions=(), names=(), after=None)  # only cursors lead on
            params = [("actor", did), ("limit", str(PAGE)), ("filter", "posts_with_replies")]
            params += [("cursor", after)] if after else []
            body = self._public("app.bsky.feed.getAuthorFeed", params, now)
            return self._own_slice(body, name)

        return listing.Stream(
            name=f"own {name}",
            query=f"replies of {name}",
            overlap=self._options.own_overlap,
            slices_end=_EVERYTHING,
            fetch=fetch,
        )

    def _own_slice(self, body: Payload, name: str) -> listing.Slice:
        feed = items(body, "feed")
        views = [item["post"] for item in feed if isinstance(item.get("post"), dict)]
        written = [
            replace(found, author=replace(found.author, handle=name))
            for item, found in ((item, self._from_view(item.get("post", {}))) for item in feed)
            if found is not None and found.author is not None and "reason" not in item
        ]
        after = body.get("cursor")
        return listing.Slice(
            mentions=tuple(each for each in written if each.reply_to),
            names=tuple(str(view.get("uri")) for view in views),
            after=after if isinstance(after, str) and after and views else None,
        )

    def _as_it_stands(self, uri: str, view: Payload | None, now: datetime) -> Mention | None:
        if view is not None:
            return self._from_view(view)
        made_us = tid_us(split_uri(uri)[2])
        is_fresh = made_us is not None and abs(to_us(now) - made_us) < FRESH // timedelta(
            microseconds=1
        )
        return None if is_fresh else tombstone(uri, now)

    def _public(self, method: str, params: Params, now: datetime | None) -> Payload:
        return self._xrpc.get(self._options.appview_url, method, params, now=now).body


class BlueskyAccount(BlueskyReader):
    """What a login adds: search of the past, and replies."""

    reply_limit = 300  # graphemes

    def __init__(
        self,
        terms: "Terms",
        options: Options,
        brands: Sequence[Brand],
        handle: str,
        password: str,
    ) -> None:
        super().__init__(terms, options, brands)
        self._handle = handle
        self._session = Session(self._xrpc, options.pds_url, handle, password)
        self._search = Search(self._session, self._from_view)
        self._not_before: datetime | None = None  # may search be asked again in the stream's place
        self._is_replaced = False  # the stream, by search
        self._is_told = False  # in the log
        self._sent: dict[str, Sent] = {}

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        """Yield what search finds of [since, until), a day at a time and word by word.

        A day's window is told once every word was searched for.
        """
        asked = words_of(self._brands)
        words = [word for word in asked if query in (None, QUERY, name_of(word))]
        if not words:
            return
        begins, first_word, whole = _resumed(cursor, since)
        while begins < until:
            ends = min(begins + SLICE, until)
            for number in range(first_word, len(words)):
                before = self._xrpc.requests
                mentions, is_all = self._search.within(words[number], begins, ends, self._latest)
                whole = whole and is_all
                after = _past_cursor(begins, number + 1, whole)
                requests = self._xrpc.requests - before
                yield Page(mentions=mentions, cursor=after, requests=requests)
            window = Window(query=query or QUERY, since=begins, until=ends, complete=whole)
            after = _past_cursor(ends, 0, True)
            yield Page(mentions=(), cursor=after, window=window, requests=0)
            begins, first_word, whole = ends, 0, True

    def _instead(self, reading: "Reading", now: datetime) -> Generator[Page, None, bool]:
        """Search, and read who spoke to the account, while the stream is down or stands still."""
        error, place = reading.stream.error, self._place
        if place is None or (error is None and not self._stands_back(reading, now)):
            self._is_told = False
            return False
        words = words_of(self._brands)
        if self._not_before is not None and now < self._not_before:
            return self._is_replaced
        self._not_before = now + max(ASK_EVERY, A_WORD * len(words))
        self._is_replaced = False
        try:
            yield from self._searched(reading, words, now)
        except ConnectorError as problem:
            if isinstance(problem, RateLimitError):
                self._not_before = problem.retry_at or self._not_before
            elif isinstance(problem, AuthError):
                self._not_before = now + _AUTH_PAUSE
            return self._failed_too(error, problem)
        self._note_replaced(error)
        return True

    def _note_replaced(self, error: ConnectorError | None) -> None:
        if error is not None and not self._is_told:
            _log.warning("%s; search is asked in the stream's place", error)
        self._is_told, self._is_replaced = error is not None, True

    def _stands_back(self, reading: "Reading", now: datetime) -> bool:
        stream = reading.stream
        return stream.quiet_s() >= QUIET_S and stream.position_us < to_us(now - LATE)

    def _failed_too(self, error: ConnectorError | None, problem: ConnectorError) -> bool:
        if error is None:
            _log.debug("%s: the quiet stream is not looked beyond: %s", PLATFORM, problem)
            return False
        both = (str(each).removeprefix(f"{PLATFORM}: ") for each in (error, problem))
        raise UnavailableError(PLATFORM, "; nor does search work: ".join(both)) from problem

    def _searched(self, reading: "Reading", words: Sequence[str], now: datetime) -> Iterator[Page]:
        """Yield a page for each search, down to where the stream stands; its own place is kept."""
        before = self._place or Place.at(now)
        since = from_us(before.at_us) - SEARCHED_AGAIN
        streams = self._search.streams(words, since, now)
        floors = listing.Floors.of(Cursor(before.floors or listing.cursor_at(since)))
        floors = replace(floors, at=max(floors.at, since)).over(streams)
        failed: list[ConnectorError] = []
        for stream in streams:
            try:
                pages = list(listing.live_pages(stream, floors, now))
            except (NotThereError, InvalidError) as error:
                failed.append(error)  # one word that cannot be searched must not hide the others
                continue
            floors = listing.Floors.of(pages[-1].cursor)
            for page in pages:
                for each in page.mentions:
                    reading.known.note(_did(each), uri_of(each.key), uri_of(each.thread))
                cursor = self._moved(reading, self._at_us, floors=page.cursor)
                yield replace(page, cursor=cursor, requests=self._uncounted())
        if failed:
            raise failed[0]

    def reply_length(self, text: str, to: Mention) -> int:  # noqa: ARG002 - the same everywhere
        """Return the number of graphemes."""
        from connectors.bluesky_access.writing import graphemes

        return graphemes(text)

    def why_no_reply(self, to: Mention) -> str | None:
        """Return why `to` cannot be answered: it is gone."""
        return "the post is gone" if to.deleted else None

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        """Post `text` under `to` and return where it stands.

        The record's key follows from `idempotency_key`: Bluesky refuses to make it a second time,
        and the one that stands there is returned.

        Raises: `RefusedError` where Bluesky takes no reply; `ConnectorError`, after which the
        same call may be made again.
        """
        if idempotency_key not in self._sent:
            self._sent[idempotency_key] = self._posted(to, text, idempotency_key)
        return self._sent[idempotency_key]

    def take_back(self, sent: Sent) -> None:
        """Delete the reply; deleting what is gone already is no error."""
        _, collection, rkey = split_uri(uri_of(sent.key))
        body = {"repo": self._session.did, "collection": collection, "rkey": rkey}
        try:
            self._session.post("com.atproto.repo.deleteRecord", body)
        except NotThereError:
            return

    def probe(self) -> str:
        """Return which stream was reached, and that the account could log in."""
        self._session.get("com.atproto.server.getSession", [])
        return super().probe()

    def _rights(self) -> str:
        return f"and {self._handle} is logged in: reads, searches and replies"

    def _posted(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        from connectors.bluesky_access.writing import MOST_BYTES, facets, graphemes, record_key

        if (
            not text.strip()
            or graphemes(text) > self.reply_limit
            or len(text.encode()) > MOST_BYTES
        ):
            raise RefusedError(f"a reply takes 1 to {self.reply_limit} characters")
        refs, at = self._answerable(to)
        record = {
            "$type": POST,
            "text": text,
            "createdAt": spelled(at),
            "reply": refs,
            **({"facets": found} if (found := facets(text, self._did_or_none)) else {}),
        }
        rkey = record_key(idempotency_key, uri_of(to.key))
        body = {"repo": self._session.did, "collection": POST, "rkey": rkey, "record": record}
        try:
            self._session.post("com.atproto.repo.createRecord", body)
        except AuthError:
            raise
        except ConnectorError as error:
            return self._standing_or_raise(rkey, error)
        return self._sent_at(rkey, record)

    def _standing_or_raise(self, rkey: str, error: ConnectorError) -> Sent:
        """Return the reply that stands there after all."""
        params = [("repo", self._session.did), ("collection", POST), ("rkey", rkey)]
        try:
            record = self._session.get("com.atproto.repo.getRecord", params).body.get("value")
        except (NotThereError, InvalidError):
            record = None
        if isinstance(record, dict):
            return self._sent_at(rkey, record)
        if isinstance(error, InvalidError):
            raise RefusedError(f"Bluesky does not take this reply: {error}") from error
        raise error

    def _sent_at(self, rkey: str, record: Mapping[str, Any]) -> Sent:
        did = self._session.did
        at = instant(record.get("createdAt"))
        if at is None:
            raise UnavailableError(PLATFORM, "a reply that stands there without an instant")
        who = self._own.get(did, self._handle)
        return Sent(key=key_of(f"at://{did}/{POST}/{rkey}"), url=url_of(who, rkey), at=at)

    def _answerable(self, to: Mention) -> tuple[dict[str, object], datetime]:
        """Return what a reply to `to` refers to, and the instant by the server's clock."""
        answer = self._session.get("app.bsky.feed.getPosts", [("uris", uri_of(to.key))])
        views = items(answer.body, "posts")
        if not views:
            raise RefusedError("the post is gone: it can no longer be answered")
        view = views[0]
        viewer = view.get("viewer")
        if isinstance(viewer, dict) and viewer.get("replyDisabled"):
            raise RefusedError("the author does not let us reply there")
        parent = {"uri": str(view.get("uri")), "cid": str(view.get("cid"))}
        record = view.get("record")
        reply = record.get("reply") if isinstance(record, dict) else None
        root = reply.get("root") if isinstance(reply, dict) else None
        refs: dict[str, object] = {
            "root": _ref(root) if isinstance(root, dict) else parent,
            "parent": parent,
        }
        return refs, answer.at or max(self._latest or to.posted_at, to.posted_at)

    def _did_or_none(self, handle: str) -> str | None:
        try:
            return self._did_of(handle, None)
        except ConnectorError:
            return None


def _parted(
    waiting: "Iterable[Waiting]",
) -> "Iterator[tuple[list[Waiting], Waiting | None]]":
    """Yield what waits up to each stretch that was missed, and that stretch."""
    part: list[Waiting] = []
    for each in waiting:
        if each.missed_from_us is None:
            part.append(each)
        else:
            yield part, each
            part = []
    if part:
        yield part, None


def _posts_under(node: object) -> Iterator[Payload]:
    """Yield the posts of a thread, the first one first; what is gone or blocked has none."""
    nodes = [node]
    while nodes:
        each = nodes.pop()
        if not isinstance(each, dict):
            continue
        if isinstance(each.get("post"), dict):
            yield each["post"]
        replies = each.get("replies")
        nodes += reversed(replies if isinstance(replies, list) else [])


def _ref(found: Mapping[str, Any]) -> dict[str, str]:
    return {"uri": str(found.get("uri")), "cid": str(found.get("cid"))}


def _resumed(cursor: Cursor | None, since: datetime) -> tuple[datetime, int, bool]:
    if cursor is None:
        return since, 0, True
    data = json.loads(cursor)
    return datetime.fromisoformat(data["at"]), int(data["word"]), bool(data["whole"])


def _past_cursor(at: datetime, word: int, whole: bool) -> Cursor:
    return Cursor(json.dumps({"v": 1, "at": at.isoformat(), "word": word, "whole": whole}))


def _did(mention: Mention) -> str:
    return mention.author.id if mention.author is not None else ""


def _chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))
