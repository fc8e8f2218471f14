"""RSS and Atom feeds of any kind: news, reviews, forums, alerts.

A feed holds what it holds: what fell out of it between two readings is named as a hole. Its
words become ours in `rss_access.entries`; which entry is which is settled in `rss_access.memory`.
Source: RSS 2.0; RFC 4287 (Atom); RFC 9110, "conditional requests"; feedparser 6.0.14.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from connectors.fetching.failures import asked_wait, problem
from connectors.fetching.feeds import is_whole, parse, validators
from connectors.fetching.fetcher import Bounds, Fetched, Fetcher, open_fetcher
from connectors.listing.attempts import raise_first
from connectors.rss_access import entries as access
from connectors.rss_access.cursors import Memories
from connectors.rss_access.entries import Entry, key_of, short, to_entry, to_mention
from connectors.rss_access.memory import MOST_REMEMBERED, Known, Memory, recognized
from monitor.errors import AuthError, ConfigError, ConnectorError, UnavailableError
from monitor.model import Cursor, Mention, Meter, Page, Watch, Window
from monitor.sections import ConnectorOptions, Duration, Section, Text

PLATFORM = access.PLATFORM
WHOLE_EVERY = timedelta(hours=6)  # servers were seen to say "unchanged" for ever
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
TRIES = 2
MEGABYTE = 1_000_000
EXPECTED = "expected an address such as 'https://example.org/reviews.xml'"
EVER = datetime(9999, 1, 1, tzinfo=UTC)
log = logging.getLogger(__name__)


def _address(value: str) -> str:
    address = value.strip()
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(EXPECTED) from None
    if not is_one or not address.isprintable() or " " in address:
        raise ValueError(EXPECTED)
    if parts.username is not None:
        raise ValueError("expected an address without a name or password in it")
    return address


class FeedOptions(Section):
    """One feed."""

    url: Annotated[str, AfterValidator(_address)]
    name: Text | None = None  # as it is shown; the address up to "?" if none is given

    @property
    def place(self) -> str:
        """What the feed is called: what follows "?" in an address may be a secret."""
        parts = urlsplit(self.url)
        asked = f"?{short(parts.query, 6)}" if parts.query else ""
        return self.name or f"{parts.hostname}{parts.path}".rstrip("/") + asked

    @property
    def scope(self) -> str:
        """What stands for the feed in keys: its name, or its address."""
        return short(self.name or self.url, 10)


def _feed(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


def _each_once(feeds: tuple[FeedOptions, ...]) -> tuple[FeedOptions, ...]:
    for feed in feeds:
        if [each.scope for each in feeds].count(feed.scope) > 1:
            raise ValueError(f"expected each feed once, got '{feed.place}' twice")
    return feeds


class Options(ConnectorOptions):
    """`[connectors.rss]`."""

    feeds: Annotated[
        tuple[Annotated[FeedOptions, BeforeValidator(_feed)], ...], AfterValidator(_each_once)
    ] = ()
    allow_private_addresses: bool = False  # of this machine, or of a private network
    timeout: Duration = timedelta(seconds=20)  # of one feed
    largest_mb: Annotated[float, Field(gt=0, le=1000)] = 10.0  # of one feed, unpacked
    at_once: Annotated[int, Field(gt=0, le=32)] = 4  # feeds that are fetched side by side


def connect(options: Options, watch: Watch) -> "RssConnector":  # noqa: ARG001 - all is read
    """Return the connector; no key is needed. Raises: `ConfigError` where no feed is set."""
    if not options.feeds:
        raise ConfigError(f"connectors.{PLATFORM}.feeds: no feed is set, so nothing would be read")
    bounds = Bounds(
        timeout=options.timeout.total_seconds(),
        largest=int(options.largest_mb * MEGABYTE),
        tries=TRIES,
        public_only=not options.allow_private_addresses,
    )
    return RssConnector(open_fetcher(PLATFORM, bounds, accept=ACCEPT, straight=True), options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a feed gave: its entries as they are known, or None where it did not change."""

    feed: FeedOptions
    entries: tuple[tuple[Entry, Known], ...] | None
    memory: Memory  # of this reading
    requests: int


class RssConnector:
    """Reads each feed whole, where it changed."""

    platform = PLATFORM

    def __init__(self, fetcher: Fetcher, options: Options) -> None:
        self._fetcher = fetcher
        self._options = options
        self._rests: dict[str, datetime] = {}  # feeds that asked us to wait, and until when

    @property
    def meter(self) -> Meter:
        """How many requests were made so far; none costs money."""
        return Meter(requests=self._fetcher.requests)

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        return Memories(at=instant, by_feed={}).cursor()

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield a page for each feed as it comes; one that fails is read again next time."""
        memories = Memories.of(cursor).over(each.scope for each in self._options.feeds)
        failed: list[ConnectorError] = []
        for reading in self._readings(memories, now, failed):
            scope = reading.feed.scope
            before = memories.by_feed[scope]
            read_from = before.read_at or before.since
            if (hole := _overtaken(reading, before, now)) is not None:
                yield Page(mentions=(), cursor=memories.cursor(), window=hole, requests=0)
                read_from = hole.until
            memories = memories.after(scope, reading.memory)
            yield Page(
                mentions=_new(reading, before, now),
                cursor=memories.cursor(),
                window=_window(reading.feed, read_from, now),
                requests=reading.requests,
            )
        raise_first(failed)

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        """Yield what the feeds still hold of [since, until); `cursor` skips the feeds read."""
        done: list[str] = json.loads(cursor) if cursor else []
        wanted = {each.scope for each in self._options.feeds if query in (None, _query(each))}
        memories = Memories(at=since, by_feed={}).over(wanted - set(done))
        failed: list[ConnectorError] = []
        for reading in self._readings(memories, until, failed):
            yield from _past(reading, since, until, Cursor(json.dumps(done)))
            done.append(reading.feed.scope)
            yield _past_page(reading, since, until, Cursor(json.dumps(done)))
        raise_first(failed)

    def probe(self) -> str:
        """Return how many feeds were read. Raises: `ConnectorError` for the first that fails."""
        memories = Memories(at=EVER, by_feed={}).over(each.scope for each in self._options.feeds)
        failed: list[ConnectorError] = []
        read = list(self._readings(memories, EVER, failed))
        raise_first(failed)
        held = sum(len(each.entries or ()) for each in read)
        return f"{len(read)} feeds read, {held} entries in them; no key is needed"

    def _readings(
        self, memories: Memories, now: datetime, failed: list[ConnectorError]
    ) -> Iterator[Reading]:
        """Yield the feeds of `memories` as they come in; of one that fails, the reason is noted."""
        feeds = [each for each in self._options.feeds if each.scope in memories.by_feed]
        if not feeds:
            return
        with ThreadPoolExecutor(min(self._options.at_once, len(feeds)), "rss") as crew:
            waiting: list[Future[Reading]] = [
                crew.submit(self._reading, each, memories.by_feed[each.scope], now)
                for each in feeds
            ]
            try:
                for done in as_completed(waiting):
                    yield from _outcome(done, failed)
            finally:
                crew.shutdown(wait=False, cancel_futures=True)

    def _reading(self, feed: FeedOptions, memory: Memory, now: datetime) -> Reading:
        try:
            return self._read(feed, memory, now)
        except AuthError as error:
            raise AuthError(PLATFORM, _named(feed, error)) from error
        except ConnectorError as error:  # a feed that asks us to wait stops no other
            raise UnavailableError(PLATFORM, _named(feed, error)) from error
        except Exception as error:  # and neither does one on which we fail
            log.exception("rss: feed '%s' cannot be taken in", feed.place)
            words = f"feed '{feed.place}': cannot be taken in ({type(error).__name__})"
            raise UnavailableError(PLATFORM, words) from error

    def _read(self, feed: FeedOptions, memory: Memory, now: datetime) -> Reading:
        if now < self._rests.get(feed.scope, now):
            raise UnavailableError(PLATFORM, "it asked us to wait")
        whole = memory.whole_at is None or now - memory.whole_at >= WHOLE_EVERY
        asked = {} if whole else memory.validators
        answer = self._fetcher.get(feed.url, headers=asked)
        self._heed(feed, answer, now)
        body = short(answer.body.decode("latin-1"), 20)
        seen = replace(memory, read_at=now, whole_at=now if whole else memory.whole_at)
        if answer.status == 304 and not asked:
            raise UnavailableError(PLATFORM, "unchanged (304), though it was asked for whole")
        if answer.status == 304 or (body == memory.body and memory.known):
            return Reading(feed=feed, entries=None, memory=seen, requests=answer.requests)
        return _parsed(feed, answer, seen, body)

    def _heed(self, feed: FeedOptions, answer: Fetched, now: datetime) -> None:
        if answer.status == 429:
            self._rests[feed.scope] = now + timedelta(seconds=asked_wait(answer.headers))
        if (error := problem(PLATFORM, answer.status, answer.headers, None)) is not None:
            raise error


def _outcome(done: "Future[Reading]", failed: list[ConnectorError]) -> Iterator[Reading]:
    try:
        yield done.result()
    except ConnectorError as error:
        failed.append(error)


def _parsed(feed: FeedOptions, answer: Fetched, memory: Memory, body: str) -> Reading:
    parsed = parse(PLATFORM, answer.body, answer.headers)
    entries = [to_entry(each, parsed.feed, answer.url) for each in parsed.entries]
    known = recognized(memory.known, entries)
    whole = is_whole(parsed)  # what was cut off must come again
    dated = [each.dated_at for each in entries if each.dated_at is not None]
    past = [each for each in dated if memory.read_at is None or each <= memory.read_at]
    gone = () if whole and known else _without(memory.known, known)
    found = replace(
        memory,
        newest_at=max([*past, *([memory.newest_at] if memory.newest_at else [])], default=None),
        validators=validators(answer.headers) if whole else {},
        body=body if whole else "",
        known=(*known, *gone)[:MOST_REMEMBERED],
    )
    pairs = tuple(zip(entries, known, strict=True))
    return Reading(feed=feed, entries=pairs, memory=found, requests=answer.requests)


def _without(known: Sequence[Known], others: Sequence[Known]) -> Iterator[Known]:
    names = {each.name for each in others}
    return (each for each in known if each.name not in names)


def _new(reading: Reading, before: Memory, now: datetime) -> tuple[Mention, ...]:
    """Return what is young enough, and what was not in the feed before, whatever its date.

    What is known comes again: it may have been edited.
    """
    names = {each.name for each in before.known}
    return tuple(
        mention
        for mention, known in _mentions(reading, now)
        if mention.posted_at >= before.since
        or (before.read_at is not None and known.name not in names)
    )


def _mentions(reading: Reading, now: datetime) -> list[tuple[Mention, Known]]:
    """Return the entries of a feed as mentions, oldest first."""
    pairs = reading.entries or ()
    by_guid = {entry.guid: known.name for entry, known in pairs}
    found = {
        known.name: (_mention(entry, known, by_guid, reading.feed, now), known)
        for entry, known in reversed(pairs)
    }
    return sorted(found.values(), key=lambda each: each[0].posted_at)


def _mention(
    entry: Entry, known: Known, by_guid: dict[str, str], feed: FeedOptions, now: datetime
) -> Mention:
    scope = feed.scope
    above = by_guid.get(entry.answers) or short(entry.answers, 20)
    answers = key_of(scope, above) if entry.answers else None
    return to_mention(entry, key_of(scope, known.name), answers, scope, feed.place, now)


def _overtaken(reading: Reading, before: Memory, now: datetime) -> Window | None:
    """Return what may be missed: nothing in the feed was there at the last reading.

    Where most of it is no newer than what was there, the feed only calls its entries otherwise.
    """
    if reading.entries is None or before.read_at is None or not before.known:
        return None
    names = {each.name for each in before.known}
    if not reading.entries or any(known.name in names for _, known in reading.entries):
        return None
    dates = [entry.dated_at for entry, _ in reading.entries if entry.dated_at is not None]
    newest_at = before.newest_at or before.read_at
    newer = [each for each in dates if each > newest_at]
    if dates and 2 * len(newer) < len(dates):
        return None
    until = min([*newer, now])
    since = before.read_at if before.read_at < until else newest_at
    return _window(reading.feed, since, until, complete=False)


def _past(reading: Reading, since: datetime, until: datetime, cursor: Cursor) -> Iterator[Page]:
    """Yield a page that names what is out of reach, if anything is."""
    reached = _reached(reading, since, until)
    if reached > since:
        hole = _window(reading.feed, since, reached, complete=False)
        yield Page(mentions=(), cursor=cursor, window=hole, requests=0)


def _past_page(reading: Reading, since: datetime, until: datetime, cursor: Cursor) -> Page:
    dated = {known.name for entry, known in reading.entries or () if entry.dated_at is not None}
    mentions = tuple(
        mention
        for mention, known in _mentions(reading, until)
        if known.name in dated and since <= mention.posted_at < until
    )
    window = _window(reading.feed, _reached(reading, since, until), until)
    return Page(mentions=mentions, cursor=cursor, window=window, requests=reading.requests)


def _reached(reading: Reading, since: datetime, until: datetime) -> datetime:
    dates = [entry.dated_at for entry, _ in reading.entries or () if entry.dated_at is not None]
    return max(since, min([*dates, until]))


def _window(
    feed: FeedOptions, since: datetime, until: datetime, *, complete: bool = True
) -> Window:
    return Window(query=_query(feed), since=min(since, until), until=until, complete=complete)


def _query(feed: FeedOptions) -> str:
    return f"feed {feed.place}"


def _named(feed: FeedOptions, error: ConnectorError) -> str:
    return f"feed '{feed.place}': {str(error).removeprefix(f'{PLATFORM}: ')}"
