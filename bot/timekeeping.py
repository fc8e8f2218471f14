"""The desk's time: the wall clock, or one that runs faster than life for the demo."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

JUMP = timedelta(seconds=5)  # wall and monotonic time that part by more: the clock was set


class Timekeeper:
    """Tells the time, and waits in it. `factor` 1 is life's own speed."""

    def __init__(self, factor: float = 1.0, start: datetime | None = None) -> None:
        """Start at `start`, by default now; a factor of 60 lets an hour pass in a minute."""
        self.factor = factor
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        if self._start is None:
            return datetime.now(UTC)
        gone = (time.monotonic() - self._began) * self.factor
        return self._start + timedelta(seconds=gone)

    async def sleep(self, length: timedelta) -> None:
        """Wait `length` of this time."""
        await asyncio.sleep(max(0.0, length.total_seconds() / self.factor))


@dataclass(slots=True)
class JumpWatch:
    """Notices that somebody set the clock: wall and monotonic time part."""

    now: Callable[[], datetime]
    _wall: datetime | None = None
    _monotonic: float = 0.0

    def jumped(self) -> timedelta | None:
        """Return by how much the wall clock was set since the last call, None if it was not."""
        wall, monotonic = self.now(), time.monotonic()
        before, self._wall = self._wall, wall
        gone = timedelta(seconds=monotonic - self._monotonic)
        self._monotonic = monotonic
        if before is None:
            return None
        apart = wall - before - gone
        return apart if abs(apart) > JUMP else None
