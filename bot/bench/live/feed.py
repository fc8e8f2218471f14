"""A platform in memory that is told of posts at a steady rate, as a stream is.

It does what a stream's connector does: posts that name no brand are dropped as they come, and the
desk is called when one that does is there.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from bot.bench.live.posts import Posts
from monitor.errors import UnavailableError
from monitor.matching.matcher import Matcher
from monitor.model import Cursor, Mention, Page, Window

PAGE = 500  # posts in a page at most
_BEAT_S = 0.01  # posts come in bundles, a hundred times a second
_HANGS_S = 5.0  # a dead platform gives up after so long

Batch = tuple[float, list[Mention]]  # when it came, by the monotonic clock


class Feed:
    """Makes posts in a thread of its own, and keeps those that name the brand."""

    def __init__(self, platform: str, rate: float, hits: float, matcher: Matcher) -> None:
        """`rate` is posts a second, `hits` the share that names the brand."""
        self.platform = platform
        self.waits: list[float] = []  # seconds from there to stored, of each that was kept
        self.read = 0  # posts, whether or not they were kept
        self._rate = rate
        self._posts = Posts(platform, hits)
        self._matcher = matcher
        self._waiting: list[Batch] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._call: Callable[[], None] | None = None

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return any cursor: what was told is told once."""
        return Cursor(instant.isoformat())

    def on_news(self, call: Callable[[], None]) -> None:
        """Begin to make posts, and call at each."""
        self._call = call
        threading.Thread(target=self._make, daemon=True).start()

    def close(self) -> None:
        """Make no more posts."""
        self._closing.set()

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield what came since, and note how long it took until it was stored."""
        while batches := self._taken():
            mentions = tuple(each for _, batch in batches for each in batch)
            window = Window(query="stream", since=datetime.fromisoformat(cursor), until=now)
            yield Page(mentions=mentions, cursor=Cursor(now.isoformat()), window=window)
            stored = time.monotonic()
            for came, batch in batches:
                self.waits += [stored - came] * len(batch)

    def _taken(self) -> list[Batch]:
        with self._lock:
            taken: list[Batch] = []
            while self._waiting and sum(len(batch) for _, batch in taken) < PAGE:
                taken.append(self._waiting.pop(0))
        return taken

    def _make(self) -> None:
        began, made = time.monotonic(), 0
        while not self._closing.wait(_BEAT_S):
            due = int((time.monotonic() - began) * self._rate) - made
            came = time.monotonic()
            batch = self._posts.take(due, datetime.now(UTC))
            made += due
            self._keep(came, [each for each in batch if self._matcher.brands(each)])
            self.read += due

    def _keep(self, came: float, hits: list[Mention]) -> None:
        if not hits:
            return
        with self._lock:
            self._waiting.append((came, hits))
        if self._call is not None:
            self._call()


class Dead:
    """A platform that hangs, and then fails."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self._closing = threading.Event()

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return any cursor."""
        return Cursor(instant.isoformat())

    def on_news(self, call: Callable[[], None]) -> None:
        """Never call."""

    def close(self) -> None:
        """Stop hanging."""
        self._closing.set()

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield nothing. Raises: UnavailableError, after a while."""
        if not self._closing.wait(_HANGS_S):
            raise UnavailableError(self.platform, "no answer has come")
        yield from ()
