"""The table of what is done when: `schedule` holds it, one task of the bot's loop turns it.

Intervals only, in seconds of this machine: `schedule` repeats or skips at clock changes, so what
belongs to an hour of the day asks the clock itself. A job that is still under way is skipped, and
no job's error stops the table.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from schedule import Scheduler

from bot.timekeeping import JumpWatch
from monitor.errors import ConfigError, MonitorError

_LONGEST_REST_S = 1.0
_BREATH_S = 0.02  # between two runs of a job that is woken all the time
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done again and again, in a task of its own."""

    name: str
    every_s: float  # at least a second: the table knows whole seconds
    work: Callable[[], Awaitable[None]]


class Table:
    """Turns the jobs until cancelled."""

    def __init__(self, jobs: list[Job], watch: JumpWatch | None = None) -> None:
        self._jobs = jobs
        self._watch = watch
        self._scheduler = Scheduler()
        self._group = asyncio.TaskGroup()
        self._turning = False
        self._under_way: set[str] = set()
        self._woken: set[str] = set()  # under way, and to be done once more
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Do every job at once, then each at its interval. Raises: ConfigError from a job."""
        self._set()
        async with self._group:
            self._turning = True
            try:
                await self._turn()
            finally:
                self._turning = False

    async def _turn(self) -> None:
        for job in self._jobs:
            self._start(job)
        while True:
            self._look_at_clock()
            self._scheduler.run_pending()
            await asyncio.sleep(self._rest())

    def wake(self, name: str) -> None:
        """Do a job now, in the loop's thread; one that is under way is done once more after it.

        However often it is woken meanwhile, that is once.
        """
        if name in self._under_way:
            self._woken.add(name)
            return
        for job in self._jobs:
            if job.name == name and self._turning:
                self._start(job)

    def _set(self) -> None:
        self._scheduler.clear()
        for job in self._jobs:
            every = max(1, round(job.every_s))
            self._scheduler.every(every).seconds.do(self._start, job)

    def _rest(self) -> float:
        idle = self._scheduler.idle_seconds
        return _LONGEST_REST_S if idle is None else min(_LONGEST_REST_S, max(0.05, idle))

    def _look_at_clock(self) -> None:
        """Set every job anew after the clock was set: the table counts in wall time."""
        jump = self._watch.jumped() if self._watch else None
        if jump is None:
            return
        _log.warning("the clock was set by %.0f s; all jobs start anew", jump.total_seconds())
        self._set()
        for job in self._jobs:
            self._start(job)

    def _start(self, job: Job) -> None:
        if job.name in self._under_way:
            return
        self._under_way.add(job.name)
        self._group.create_task(self._do(job), name=job.name)

    async def _do(self, job: Job) -> None:
        try:
            await job.work()
        except ConfigError:
            raise
        except MonitorError as error:
            self._failed(job, "%s: %s", error)
        except Exception:  # noqa: BLE001 - whatever a job does, the others go on
            _log.exception("job %s failed", job.name)
        else:
            self._failing.discard(job.name)
        finally:
            self._under_way.discard(job.name)
            if job.name in self._woken:
                self._woken.discard(job.name)
                asyncio.get_running_loop().call_later(_BREATH_S, self.wake, job.name)

    def _failed(self, job: Job, words: str, error: MonitorError) -> None:
        """Log the start of an outage once, not every second of it."""
        if job.name not in self._failing:
            _log.warning(words, job.name, error)
        self._failing.add(job.name)
