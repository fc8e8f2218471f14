"""What the desk asks of a platform, a judge and a chat: one small Protocol per ability."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from monitor.model import (
    Archive,
    Classification,
    Cursor,
    Mention,
    Meter,
    Page,
    Passage,
    Place,
    Portion,
    Sent,
)


@runtime_checkable
class Connector(Protocol):
    """Reads a platform's posts, oldest unread first, never past one it did not yield.

    All calls may block and may raise `ConnectorError`; they run in a thread of their own.
    """

    platform: str

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        ...

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what is new since `cursor`; a page's cursor is safe once its mentions are stored.

        Pages overlap with what was read before; the same key may come again.
        """
        ...


@runtime_checkable
class Shared(Protocol):
    """May be called from several threads at once; of any other, each thread gets its own one.

    It is for what a platform keeps in this process alone.
    """

    shared: bool


@runtime_checkable
class OwnReplies(Protocol):
    """Reads the timelines of the brands' own accounts: one request for all open items."""

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own reply written at `instant` or later is read."""
        ...

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what the own accounts wrote since `cursor`, with `thread` and `reply_to`."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """Is told of posts by its platform, and keeps them until `pages` is asked for.

    It listens from the first `pages` on, which waits until all that stood there before has come.
    """

    def on_news(self, call: Callable[[], None]) -> None:
        """Let `call` be made, from any thread, when `pages` has something new to yield."""
        ...

    def close(self) -> None:
        """Stop listening; what was not yielded yet comes again from the last cursor."""
        ...


@runtime_checkable
class Metered(Protocol):
    """Counts what it asks for, whether or not a page came of it."""

    @property
    def meter(self) -> Meter:
        """What was asked for so far, in pages and outside of them; it only grows."""
        ...


@runtime_checkable
class Budgeted(Protocol):
    """Pays for what it reads, out of a budget for each calendar month (UTC)."""

    @property
    def monthly_budget_usd(self) -> float:
        """What may be spent in a month."""
        ...

    def told_spent(self, usd: float, now: datetime) -> None:
        """Hear, before each call, what the month of `now` has cost so far.

        A call that would pass the budget raises `RateLimitError` with the month's end instead.
        """
        ...

    def pace(self, every: timedelta, now: datetime) -> timedelta:
        """Return how long to leave between two polls, so that the money lasts the month."""
        ...


@runtime_checkable
class Threads(Protocol):
    """Reads one conversation, on a tap or before a breach is told."""

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        """Return what now stands in the conversation `thread`, own replies among it."""
        ...


@runtime_checkable
class Rechecking(Protocol):
    """Looks again at posts that are already stored."""

    recheck_every: timedelta  # of open items; it may be long where a look costs money
    must_recheck_within: timedelta | None  # any stored post, by the platform's rules; None: none

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterable[Mention]:
        """Yield each post of `keys` as it stands now; one that is gone comes as `deleted=True`.

        A key that the platform did not answer for is left out: unknown is not gone.
        """
        ...


@runtime_checkable
class PastReading(Protocol):
    """Reads what lies before the live window, for `backfill`."""

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        """Yield the posts of [since, until) that the platform still gives; resumes at `cursor`.

        `query` reads only what windows of that name cover: to fill a hole and nothing else.
        """
        ...


@runtime_checkable
class Replying(Protocol):
    """Posts a public reply; where a platform refuses, the card offers "open and copy" instead."""

    reply_limit: int  # in the platform's own count, see `reply_length`

    def reply_length(self, text: str, to: Mention) -> int:
        """Return what `text` comes to under `to` as the platform counts. No request is made."""
        ...

    def why_no_reply(self, to: Mention) -> str | None:
        """Return why `to` cannot be answered from here, None where it can. No request is made."""
        ...

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        """Post `text` under `to`, once for each `idempotency_key`, and return where it stands.

        The same key never writes twice, not even after this process was killed in mid-call.
        Raises: `RefusedError` where the platform takes no reply; `ConnectorError` where the same
        call may be made again.
        """
        ...


@runtime_checkable
class TakingBack(Protocol):
    """Deletes a reply that was sent from here."""

    def take_back(self, sent: Sent) -> None:
        """Delete the reply; one that is gone already is no error."""
        ...


@runtime_checkable
class Probing(Protocol):
    """Makes one real but harmless request with the settings given."""

    def probe(self) -> str:
        """Return one line of what was reached, with which rights."""
        ...


class ArchiveReading(Protocol):
    """Reads archives, on as many cores or machines as it has."""

    def portions(self, wanted: Sequence[tuple[Archive, Place]]) -> Iterator[Portion]:
        """Yield what stands in each archive from its place on; several may come in turns.

        Of one archive portions come in order and none comes twice, whatever happens to those who
        read. It reads ahead by a bounded amount. To close the iterator early stops all reading.
        Raises: `UnavailableError` where nothing can be read at all any more.
        """
        ...


class Classifier(Protocol):
    """Judges texts."""

    @property
    def version(self) -> str:
        """The model's version and tier, as every classification carries it."""
        ...

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        """Yield one classification for each passage, in order. Raises `ClassifierError`."""
        ...
