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
from monitor.report.coverage import partly_read_at
from monitor.store.store import Store

_LAME_S = 60.0  # so long no breach waits for a platform, or a conversation, whose look failed
_AGAIN_S = 15.0  # and so long it is not asked to look again
_LONGEST_S = 900.0  # the wait for one conversation doubles with each failure up to this
_FORGOTTEN_S = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """The latest of a conversation's looks that failed one after the other."""

    at_s: float  # monotonic
    times: int

    @property
    def wait_s(self) -> float:
        """How long to leave the conversation alone."""
        return float(min(_LONGEST_S, _AGAIN_S * 2 ** min(self.times - 1, 10)))


class Looking:
    """Knows which platforms can look at a conversation now.

    One conversation that cannot be read says nothing of the others: only two in a row do.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._able: dict[str, Callable[[], None]] = {}
        self._down: dict[str, float] = {}  # platform → when its latest look failed, monotonic
        self._failures: dict[tuple[str, str], _Failure] = {}  # by platform and thread
        self._in_a_row: dict[str, set[str]] = {}  # threads that failed since a look went through

    def can(self, platform: str, wake: Callable[[], None]) -> None:
        """Say that a platform's conversations can be read; `wake` does it soon, in any thread."""
        with self._turn:
            self._able[platform] = wake

    def failed(self, platform: str, thread: str, *, wholly: bool = False) -> None:
        """Say that a look did not go through; `wholly`: no other one would."""
        at_s = time.monotonic()
        with self._turn:
            before = self._failures.get((platform, thread))
            times = before.times + 1 if before else 1
            self._failures[platform, thread] = _Failure(at_s=at_s, times=times)
            in_a_row = self._in_a_row.setdefault(platform, set())
            in_a_row.add(thread)
            if wholly or len(in_a_row) > 1:
                self._down[platform] = at_s
            self._forget(at_s)

    def _forget(self, now_s: float) -> None:
        for key, failure in list(self._failures.items()):
            if now_s - failure.at_s > _FORGOTTEN_S:
                del self._failures[key]

    def worked(self, platform: str, thread: str) -> None:
        """Say that a look went through."""
        with self._turn:
            self._down.pop(platform, None)
            self._in_a_row.pop(platform, None)
            self._failures.pop((platform, thread), None)

    def rests(self, platform: str) -> bool:
        """Return whether looks failed so lately that another one makes no sense yet."""
        return self._is_down(platform, _AGAIN_S)

    def rested(self, platform: str) -> frozenset[str]:
        """Return the conversations that are left alone for a while: their looks failed."""
        now_s = time.monotonic()
        with self._turn:
            return frozenset(
                thread
                for (where, thread), failure in self._failures.items()
                if where == platform and now_s - failure.at_s < failure.wait_s
            )

    def _is_down(self, platform: str, seconds: float) -> bool:
        with self._turn:
            at_s = self._down.get(platform)
        return at_s is not None and time.monotonic() - at_s < seconds

    def _failed_lately(self, platform: str, thread: str) -> bool:
        with self._turn:
            failure = self._failures.get((platform, thread))
        return failure is not None and time.monotonic() - failure.at_s < _LAME_S

    def holds(self, store: Store, standing: Standing, _: Notice, now: datetime) -> bool:
        """Return whether the breach of an item waits for a look at its conversation.

        It waits for nothing but a look that can still be in time, and asks for it.
        """
        platform, thread = standing.item.platform, standing.item.thread
        due_at = response_due(standing)
        with self._turn:
            wake = self._able.get(platform)
        if wake is None or due_at is None or now >= due_at + PATIENCE:
            return False
        if is_looked_at(store, platform, thread, due_at) or self._failed_lately(platform, thread):
            return False
        if self._is_lame(store, platform, now):
            return False
        wake()
        return True

    def _is_lame(self, store: Store, platform: str, now: datetime) -> bool:
        source = store.sources.get(platform)
        if source is None or self._is_down(platform, _LAME_S):
            return True
        if source.failing_since is not None:
            return partly_read_at(store, source) is None
        return source.rests_until is not None and source.rests_until > now


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
