"""What the desk asks of a platform, a judge and a chat: one small Protocol per ability."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from monitor.model import Classification, Cursor, Mention, Page, Passage, Sent


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
class OwnReplies(Protocol):
    """Reads the timelines of the brands' own accounts: one request for all open items."""

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own reply written at `instant` or later is read."""
        ...

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what the own accounts wrote since `cursor`, with `thread` and `reply_to`."""
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

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterable[Mention]:
        """Yield each post of `keys` as it stands now; one that is gone comes as `deleted=True`.

        A key that the platform did not answer for is left out: unknown is not gone.
        """
        ...


@runtime_checkable
class PastReading(Protocol):
    """Reads what lies before the live window, for `backfill`."""

    def past(self, since: datetime, until: datetime, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the posts of [since, until) that the platform still gives; resumes at `cursor`."""
        ...


@runtime_checkable
class Replying(Protocol):
    """Posts a public reply; where a platform refuses, the card offers "open and copy" instead."""

    reply_limit: int  # characters

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        """Post `text` under `to`, once for each `idempotency_key`, and return where it stands."""
        ...


@runtime_checkable
class Probing(Protocol):
    """Makes one real but harmless request with the settings given."""

    def probe(self) -> str:
        """Return one line of what was reached, with which rights."""
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
