"""The sources at work: each platform has a thread and a store of its own, and delays nobody else.

A connector is one client of its platform: its poll, its own accounts and its second looks take
turns in that thread.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from bot.jobs import Job
from bot.wiring import App
from monitor.errors import RateLimitError
from monitor.intake.pipeline import Taken
from monitor.intake.polling import OWN, Polled, poll, poll_own
from monitor.intake.recheck import recheck
from monitor.ports import Connector, OwnReplies, Rechecking

RECHECK = timedelta(minutes=10)
_log = logging.getLogger(__name__)


class Sources:
    """Makes the jobs that read the platforms."""

    def __init__(
        self,
        app: App,
        connectors: Mapping[str, Connector],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        """`changed` is awaited when what was read concerns items."""
        self._app = app
        self._connectors = connectors
        self._changed = changed
        self._threads = {
            platform: ThreadPoolExecutor(max_workers=1, thread_name_prefix=platform)
            for platform in connectors
        }
        self._rests: dict[str, datetime] = {}  # platforms that asked us to wait, and until when

    @property
    def threads(self) -> tuple[ThreadPoolExecutor, ...]:
        """The threads of the platforms."""
        return tuple(self._threads.values())

    def jobs(self) -> list[Job]:
        """Return the jobs of every platform."""
        return [job for each in self._connectors.values() for job in self._jobs_of(each)]

    def _jobs_of(self, connector: Connector) -> list[Job]:
        platform = connector.platform
        every = self._app.every(platform)
        jobs = [self._job(f"poll {platform}", platform, every, lambda: self._poll(connector))]
        if isinstance(connector, OwnReplies):
            own = connector
            name = f"poll {platform}{OWN}"
            jobs.append(self._job(name, platform, every, lambda: self._poll_own(own, platform)))
        if isinstance(connector, Rechecking):
            known = connector
            name, pause = f"recheck {platform}", RECHECK.total_seconds()
            jobs.append(self._job(name, platform, pause, lambda: self._look(known, platform)))
        return jobs

    def _job(self, name: str, platform: str, every_s: float, read: Callable[[], Taken]) -> Job:
        async def work() -> None:
            if self._rests_still(platform):
                return
            loop = asyncio.get_running_loop()
            taken = await loop.run_in_executor(self._threads[platform], read)
            if taken.items:
                await self._changed()

        return Job(name=name, every_s=every_s / self._app.time.factor, work=work)

    def _rests_still(self, platform: str) -> bool:
        until = self._rests.get(platform)
        return until is not None and self._app.time.now() < until

    def _heed(self, platform: str, polled: Polled) -> Taken:
        """Leave a platform alone for as long as it asked for."""
        error = polled.error
        if isinstance(error, RateLimitError) and error.retry_at is not None:
            self._rests[platform] = error.retry_at
            _log.debug("%s rests until %s", platform, error.retry_at.isoformat())
        return polled.taken

    def _poll(self, connector: Connector) -> Taken:
        shop, now = self._app.workshop(), self._app.time.now
        look_back = self._app.settings.desk.look_back
        polled = poll(connector, shop.pipeline, shop.store, look_back, now(), now)
        return self._heed(connector.platform, polled)

    def _poll_own(self, connector: OwnReplies, platform: str) -> Taken:
        shop, now = self._app.workshop(), self._app.time.now
        look_back = self._app.settings.desk.look_back
        polled = poll_own(connector, platform, shop.pipeline, shop.store, look_back, now(), now)
        return self._heed(platform, polled)

    def _look(self, connector: Rechecking, platform: str) -> Taken:
        shop, now = self._app.workshop(), self._app.time.now
        return recheck(connector, platform, shop.pipeline, shop.store, now(), now)
