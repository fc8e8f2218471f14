"""Which breaches wait a moment because somebody looks whether they were answered meanwhile.

The desk thread asks, the threads of the platforms look; what they know of each other is here.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.handling.ledger import Standing
from monitor.intake.answers import PATIENCE, is_looked_at, response_due
from monitor.model import Notice
from monitor.store.store import Store

_LAME_S = 60.0  # so long no breach waits for a platform whose look failed
_AGAIN_S = 15.0  # and so long it is not asked to look again


class Looking:
    """Knows which platforms can look at a conversation now."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._able: dict[str, Callable[[], None]] = {}
        self._failed: dict[str, float] = {}  # when the latest look failed, monotonic

    def can(self, platform: str, wake: Callable[[], None]) -> None:
        """Say that a platform's conversations can be read; `wake` does it soon, in any thread."""
        with self._turn:
            self._able[platform] = wake

    def failed(self, platform: str) -> None:
        """Say that a look did not go through."""
        with self._turn:
            self._failed[platform] = time.monotonic()

    def worked(self, platform: str) -> None:
        """Say that a look went through."""
        with self._turn:
            self._failed.pop(platform, None)

    def rests(self, platform: str) -> bool:
        """Return whether a look failed so lately that another one makes no sense yet."""
        return self._failed_within(platform, _AGAIN_S)

    def _failed_within(self, platform: str, seconds: float) -> bool:
        with self._turn:
            at = self._failed.get(platform)
        return at is not None and time.monotonic() - at < seconds

    def holds(self, store: Store, standing: Standing, _: Notice, now: datetime) -> bool:
        """Return whether the breach of an item waits for a look at its conversation.

        It waits for nothing but a look that can still be in time, and asks for it.
        """
        platform, due_at = standing.item.platform, response_due(standing)
        with self._turn:
            wake = self._able.get(platform)
        if wake is None or due_at is None or now >= due_at + PATIENCE:
            return False
        if is_looked_at(store, platform, standing.item.thread, due_at) or self._is_lame(
            store, platform, now
        ):
            return False
        wake()
        return True

    def _is_lame(self, store: Store, platform: str, now: datetime) -> bool:
        source = store.sources.get(platform)
        if source is None or source.failing_since is not None:
            return True
        resting = source.rests_until is not None and source.rests_until > now
        return resting or self._failed_within(platform, _LAME_S)


@dataclass(slots=True, kw_only=True)
class Allowance:
    """So many looks may begin within any one minute."""

    a_minute: int
    length: timedelta = timedelta(minutes=1)
    _began: deque[float] = field(default_factory=deque)

    def take(self) -> bool:
        """Return whether one more may begin now, and count it."""
        if self.left <= 0:
            return False
        self._began.append(time.monotonic())
        return True

    @property
    def left(self) -> int:
        """How many may begin now."""
        over = time.monotonic() - self.length.total_seconds()
        while self._began and self._began[0] <= over:
            self._began.popleft()
        return self.a_minute - len(self._began)
