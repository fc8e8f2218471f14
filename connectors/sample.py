"""The sample platform: a feed of made-up posts, played from a start on as if it were live.

It is as awkward as a real platform: posts show up late, are edited and deleted, come again in
overlapping pages, and the brand's account answers some of them. Nothing leaves this machine, and
`now` alone decides what is visible, so a feed can be played at any speed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated

from pydantic import PlainValidator

from connectors.sample_feed.rows import MOST_LAG, Feed, Row, built_in, read_feed
from monitor import mistakes
from monitor.errors import ConnectorError, RefusedError
from monitor.model import Author, Cursor, Mention, Page, Sent, Watch, Window
from monitor.settings import ConnectorOptions, LocalPath

PLATFORM = "sample"
OVERLAP = MOST_LAG  # read again: posts show up late, and are edited or deleted
PAGE_SIZE = 20
CARE = "acme_care"  # answers for a brand that names no own account here
SITE = "https://sample.example"
_KEY = re.compile(rf"{PLATFORM}:([0-9]{{8}}T[0-9]{{6}}Z)-([a-z0-9_]+)")
_ROUND = "%Y%m%dT%H%M%SZ"


def _an_instant(value: object) -> datetime:
    """Return the start of a feed: with its zone, and far from the ends of time."""
    try:
        start = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        start = datetime.min  # noqa: DTZ901  # it has no zone either
    if start.tzinfo is None or not 1970 < start.year < 2200:
        expected = "expected an instant such as 2026-11-21T09:00:00Z"
        raise ValueError(f"{expected}, got {mistakes.got(value)}")
    return start


class Options(ConnectorOptions):
    """`[connectors.sample]`."""

    start: Annotated[datetime, PlainValidator(_an_instant)] | None = None  # of minute 0
    repeat: bool = True  # begin again, with new keys, when a round is over
    feed: LocalPath | None = None  # a .jsonl file, or a folder of them; None: the built-in feed
    without: tuple[str, ...] = ()  # conversations left out, by the id of their first post


def connect(options: Options, watch: Watch) -> "SampleConnector":
    """Return the connector. Raises: `ConfigError` if the feed is wrong."""
    feed = (read_feed(options.feed) if options.feed else built_in()).without(options.without)
    handles = tuple(
        handle.casefold()
        for brand in watch.brands
        for platform, handle in brand.own_accounts
        if platform == PLATFORM
    )
    return SampleConnector(options, feed, handles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A row in the round that began at `start`."""

    row: Row
    start: datetime

    @property
    def key(self) -> str:
        """The key of the post."""
        return self.key_of(self.row.id)

    def key_of(self, row: str) -> str:
        """Return the key of another post of the same round."""
        return f"{PLATFORM}:{self.start.strftime(_ROUND)}-{row}"

    @property
    def posted_at(self) -> datetime:
        """When it was posted."""
        return self.after(0)

    def after(self, minutes: float) -> datetime:
        """Return the instant `minutes` after it was posted."""
        return self.start + timedelta(minutes=self.row.minute) + timedelta(minutes=minutes)

    def shown(self, now: datetime) -> bool:
        """Whether the platform lets it be seen at `now`."""
        return self.after(self.row.lag) <= now

    def gone(self, now: datetime) -> bool:
        """Whether it is deleted at `now`."""
        return self.row.deleted_after is not None and self.after(self.row.deleted_after) <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a cursor says: when the feed began, and up to when it was read."""

    start: datetime
    at: datetime

    @classmethod
    def of(cls, cursor: Cursor) -> "Position":
        """Return what `cursor` says. Raises: `ConnectorError` if another connector wrote it."""
        try:
            start, at = map(datetime.fromisoformat, cursor.split("/"))
        except ValueError:
            raise ConnectorError(PLATFORM, f"cannot go on from the cursor {cursor!r}") from None
        return cls(start=start, at=at)

    def cursor(self, reached: datetime) -> Cursor:
        """Return the cursor of a reader who has come to `reached`; it never goes back."""
        return Cursor(f"{self.start.isoformat()}/{max(self.at, reached).isoformat()}")


class SampleConnector:
    """Plays a feed: all that is posted up to `now` is there, nothing later is.

    Without a `start` in the settings the feed begins where it was first read from.
    """

    platform = PLATFORM
    reply_limit = 1_000  # characters
    shared = True  # the replies are kept in this process alone
    recheck_every = timedelta(minutes=10)
    must_recheck_within: timedelta | None = None

    def __init__(self, options: Options, feed: Feed, own_handles: Sequence[str]) -> None:
        self._feed = feed
        self._repeat = options.repeat
        self._given_start = _whole_second(options.start) if options.start else None
        self._first_start: datetime | None = None
        self._own_handles = frozenset(own_handles)
        self._writes_as = own_handles[0] if own_handles else CARE
        self._replies: dict[str, Mention] = {}  # by idempotency key
        self._latest = datetime.min.replace(tzinfo=UTC)  # the latest `now` we were told

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        if self._first_start is None:
            self._first_start = _whole_second(instant)
        start = self._given_start or self._first_start
        return Position(start=start, at=instant.astimezone(UTC)).cursor(instant.astimezone(UTC))

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what was posted up to `now`, oldest first, the overlap before `cursor` again."""
        position = self._position(cursor, now)
        found = [to_mention(each, now) for each in self._shown(position, now)]
        yield from _paged(found, position, now, "sample feed")

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own reply written at `instant` or later is read."""
        return self.cursor_at(instant)

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what the own accounts wrote: the feed's scripted answers, and the desk's."""
        position = self._position(cursor, now)
        scripted = (to_mention(each, now) for each in self._shown(position, now) if self._own(each))
        since = position.at - OVERLAP
        written = self._written(lambda reply: since <= reply.posted_at <= now)
        found = sorted([*scripted, *written], key=lambda each: (each.posted_at, each.key))
        yield from _paged(found, position, now, "sample feed, own accounts")

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        """Return what stands in the conversation at `now`, oldest first."""
        self._hear(now)
        first = self._find(thread)
        rows = self._feed.rows if first else ()
        told = [
            to_mention(each, now)
            for each in (Showing(row=row, start=first.start) for row in rows if first)
            if each.key_of(each.row.root) == thread and each.shown(now)
        ]
        written = self._written(lambda reply: reply.thread == thread and reply.posted_at <= now)
        return sorted([*told, *written], key=lambda each: (each.posted_at, each.key))

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterable[Mention]:
        """Yield each post as it stands at `now`; keys of another feed are left out."""
        self._hear(now)
        written = {reply.key: reply for reply in self._written(lambda _: True)}
        for key in keys:
            found = self._find(key)
            if key in written:
                yield written[key]
            elif found is not None and found.shown(now):
                yield to_mention(found, now)

    def past(
        self,
        since: datetime,
        until: datetime,
        cursor: Cursor | None,
        query: str | None = None,  # noqa: ARG002 - it has but one
    ) -> Iterator[Page]:
        """Yield the posts of [since, until) as they stand at `until` or at the latest poll.

        Where no start is known, the feed begins so late that one round of it ends at `until` or in
        the day before: asked for twice, it is the same round.
        """
        that_day = (until - self._feed.period).astimezone(UTC).replace(hour=0, minute=0, second=0)
        latest_start = _whole_second(max(since, that_day))
        start = self._given_start or self._first_start or latest_start
        position = Position.of(cursor) if cursor else Position(start=start, at=since)
        now = max(self._latest, until)
        shown = (each for each in self._played(position.start, position.at, until))
        found = [to_mention(each, now) for each in shown if each.posted_at < until]
        yield from _paged(found, position, until, "sample feed, past", overlap=timedelta())

    def reply_length(self, text: str, to: Mention) -> int:  # noqa: ARG002 - the same everywhere
        """Return the number of characters."""
        return len(text)

    def why_no_reply(self, to: Mention) -> str | None:
        """Return why `to` cannot be answered: it is gone."""
        return "the post is gone" if to.deleted else None

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        """Keep `text` as an answer to `to`, in memory, once for each key.

        Raises: `RefusedError` if `to` is gone, or the text is empty or too long.
        """
        if idempotency_key not in self._replies:
            self._replies.setdefault(idempotency_key, self._written_now(to, text, idempotency_key))
        kept = self._replies[idempotency_key]
        return Sent(key=kept.key, url=kept.url, at=kept.posted_at)

    def take_back(self, sent: Sent) -> None:
        """Forget the reply."""
        for name, reply in tuple(self._replies.items()):
            if reply.key == sent.key:
                del self._replies[name]

    def probe(self) -> str:
        """Return how much there is to play."""
        languages = {row.lang for row in self._feed.rows}
        return f"{len(self._feed.rows)} posts in {len(languages)} languages; no account is needed"

    def _position(self, cursor: Cursor, now: datetime) -> Position:
        """Return where to read on: a start in the settings wins over the cursor's."""
        self._hear(now)
        found = Position.of(cursor)
        if self._first_start is None:
            self._first_start = found.start
        return Position(start=self._given_start or found.start, at=found.at)

    def _hear(self, now: datetime) -> None:
        self._latest = max(self._latest, now)

    def _shown(self, position: Position, now: datetime) -> Iterator[Showing]:
        played = self._played(position.start, position.at - OVERLAP, now)
        return (each for each in played if each.shown(now))

    def _played(self, start: datetime, since: datetime, until: datetime) -> Iterator[Showing]:
        """Yield what is posted from `since` to `until`, both included, oldest first."""
        first = max(0, (since - start) // self._feed.period) if self._repeat else 0
        last = max(0, (until - start) // self._feed.period) if self._repeat else 0
        for number in range(first, last + 1):
            for row in self._feed.rows:
                found = Showing(row=row, start=start + number * self._feed.period)
                before_the_feed = row.minute < 0 and number > 0
                if since <= found.posted_at <= until and not before_the_feed:
                    yield found

    def _own(self, showing: Showing) -> bool:
        return (showing.row.author or "").casefold() in self._own_handles

    def _written(self, wanted: Callable[[Mention], bool]) -> list[Mention]:
        return [reply for reply in tuple(self._replies.values()) if wanted(reply)]

    def _find(self, key: str) -> Showing | None:
        parts = _KEY.fullmatch(key)
        row = self._feed.by_id.get(parts[2]) if parts else None
        if parts is None or row is None:
            return None
        return Showing(row=row, start=datetime.fromisoformat(parts[1]))

    def _written_now(self, to: Mention, text: str, idempotency_key: str) -> Mention:
        """Return the reply, stamped with the latest `now` we know: this platform has no clock."""
        at = max(self._latest, to.posted_at + timedelta(seconds=1))
        answered = self._find(to.key)
        if answered is None or answered.gone(at):
            raise RefusedError("the post is gone: it can no longer be answered")
        if not 0 < len(text.strip()) <= self.reply_limit:
            raise RefusedError(f"a reply takes 1 to {self.reply_limit:,} characters")
        name = f"reply-{sha256(idempotency_key.encode()).hexdigest()[:12]}"
        return Mention(
            key=answered.key_of(name),
            platform=PLATFORM,
            thread=to.thread,
            author=Author(id=self._writes_as, handle=self._writes_as),
            text=text,
            url=_url(answered, name),
            posted_at=at,
            place=to.place,
            reply_to=to.key,
        )


def to_mention(showing: Showing, now: datetime) -> Mention:
    """Return the post as it stands at `now`; one that was deleted keeps its key alone."""
    row, gone = showing.row, showing.gone(now)
    edits = [each for each in row.edits if showing.after(each.after) <= now and not gone]
    author = Author(id=row.author, handle=row.author, name=row.name) if row.author else None
    return Mention(
        key=showing.key,
        platform=PLATFORM,
        thread=showing.key_of(row.root),
        author=None if gone else author,
        text="" if gone else (edits[-1].text if edits else row.text),
        url=_url(showing, row.id),
        posted_at=showing.posted_at,
        place=row.place,
        reply_to=showing.key_of(row.reply_to) if row.reply_to else None,
        edited_at=showing.after(edits[-1].after) if edits else None,
        deleted=gone,
    )


def _url(showing: Showing, name: str) -> str:
    return f"{SITE}/{showing.start.strftime(_ROUND)}/{name}"


def _whole_second(instant: datetime) -> datetime:
    """Return a round's start as keys can hold it."""
    return instant.astimezone(UTC).replace(microsecond=0)


def _paged(
    found: Sequence[Mention],
    position: Position,
    until: datetime,
    query: str,
    *,
    overlap: timedelta = OVERLAP,
) -> Iterator[Page]:
    """Yield `found` in pages: the last one's cursor is `until`, the others' their newest post."""
    since = position.at - overlap
    for first in range(0, max(1, len(found)), PAGE_SIZE):
        mentions = tuple(found[first : first + PAGE_SIZE])
        is_last = first + PAGE_SIZE >= len(found)
        cursor = position.cursor(until if is_last else mentions[-1].posted_at)
        reached = Position.of(cursor).at
        window = Window(query=query, since=since, until=reached)
        yield Page(mentions=mentions, cursor=cursor, window=window, requests=0)
        since = reached
