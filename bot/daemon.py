"""The desk at work: one loop, which is the bot's; what blocks runs in threads of its own.

The desk thread owns a store and does all that concerns chats and clocks, one thing after the
other. Each source has a thread and a store of its own: a slow or hanging one delays nobody.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.chat.commands import menu
from bot.chat.courier import Courier
from bot.chat.front_desk import FrontDesk
from bot.chat.handlers import Handlers
from bot.chat.sender import Sender
from bot.jobs import Job, Table
from bot.office import Office, open_office
from bot.timekeeping import JumpWatch
from bot.wiring import App
from monitor.errors import ConfigError, MonitorError
from monitor.intake.pipeline import Taken
from monitor.intake.polling import OWN, Polled, poll, poll_own
from monitor.intake.recheck import recheck
from monitor.ports import Connector, OwnReplies, Rechecking

Returned = TypeVar("Returned")

_TICK_S = 1.0
_BOARD_S = 5.0
_MINUTE_S = 60.0
_HOUR_S = 3600.0
_RECHECK_S = 10 * _MINUTE_S
_AGAIN_S = 5.0  # until a part of the desk that failed begins again
_STOP_S = 10.0  # how long a stop waits for a send that is under way
_CLOSE_S = 3.0  # and for the threads: a source that hangs in a request has nothing to lose
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the desk runs: with a real chat or in the terminal, for real or for show."""

    terminal: bool = False
    demo: bool = False
    reviews_every_s: float = 5 * _MINUTE_S


class Daemon:
    """Runs until cancelled."""

    def __init__(self, app: App, courier: Courier, manner: Manner | None = None) -> None:
        self._app = app
        self._manner = manner or Manner()
        self._courier = courier
        self._desk_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._source_threads: dict[str, ThreadPoolExecutor] = {}
        self._office: Office | None = None
        self._front: FrontDesk | None = None
        self.hanging = False  # after a stop: a source still waits for its platform
        self.sender = Sender(
            courier,
            lambda: self.office.sending,
            self.in_desk_thread,
            app.time.now,
            limited=not self._manner.terminal,
        )

    @property
    def office(self) -> Office:
        """The office of the desk thread; only there may it be touched."""
        if self._office is None:
            self._office = open_office(
                self._app, terminal=self._manner.terminal, demo=self._manner.demo
            )
        return self._office

    async def in_desk_thread(self, act: Callable[[], Returned]) -> Returned:
        """Return what `act` returned in the desk thread."""
        return await asyncio.get_running_loop().run_in_executor(self._desk_thread, act)

    async def run(self) -> None:
        """Watch, judge and show until cancelled. Raises: ConfigError, StoreError at the start."""
        connectors = await asyncio.to_thread(self._app.connectors)
        await self._at_desk(lambda office, now: office.begin(now))
        handlers = Handlers(
            self._courier,
            self._front_desk,
            self.in_desk_thread,
            self._app.time.now,
            say=self.sender.say,
            wake=self.sender.wake,
        )
        time = self._app.time
        watch = JumpWatch(now=time.now) if time.factor == 1.0 else None
        table = Table(self._jobs(connectors), watch)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._show_commands(), name="commands")
                group.create_task(
                    self._kept_up("receiving", lambda: self._courier.receive(handlers)),
                    name="receive",
                )
                group.create_task(self._kept_up("sending", self._send), name="send")
                group.create_task(table.run(), name="jobs")
        finally:
            await self._close()

    def _front_desk(self) -> FrontDesk:
        """Return the front desk; only in the desk thread may it be touched."""
        if self._front is None:
            office = self.office
            self._front = FrontDesk(
                office.workshop, office.dispatch, office.routes, self._app.brands
            )
        return self._front

    async def _kept_up(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part of the desk to its end; a fault nobody thought of begins it again.

        Raises: ConfigError, which a person must mend.
        """
        while True:
            try:
                return await part()
            except ConfigError:
                raise
            except Exception:  # noqa: BLE001 - the desk must neither go deaf nor dumb
                _log.exception("%s failed and begins again", name)
                await asyncio.sleep(_AGAIN_S)

    async def _show_commands(self) -> None:
        """Fill the menu of the clients; a chat service that is out loses nothing but that."""
        try:
            await self._courier.set_commands(menu())
        except ConfigError:
            raise
        except MonitorError as error:
            _log.warning("the menu of commands could not be set: %s", error)

    async def _send(self) -> None:
        """Send until cancelled; a send under way is finished, so that it is not in doubt."""
        sending = asyncio.create_task(self.sender.run())
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            self.sender.stop()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await sending
            raise

    def _jobs(self, connectors: dict[str, Connector]) -> list[Job]:
        return [
            self._desk_job("tick", _TICK_S, lambda office, now: office.tick(now)),
            self._desk_job("board", _BOARD_S, lambda office, now: office.dispatch.boards(now)),
            self._desk_job("summary", _MINUTE_S / 2, lambda office, now: office.summaries(now)),
            self._desk_job("health", _MINUTE_S / 2, lambda office, now: office.health(now)),
            self._desk_job("rejudge", _MINUTE_S, lambda office, now: office.rejudge(now)),
            self._desk_job("prune", _HOUR_S, lambda office, now: office.prune(now)),
            self._desk_job("review", self._manner.reviews_every_s, _review),
            *(job for connector in connectors.values() for job in self._source_jobs(connector)),
        ]

    def _desk_job(self, name: str, every_s: float, act: Callable[[Office, datetime], None]) -> Job:
        async def work() -> None:
            await self._at_desk(act)
            self.sender.wake()

        return Job(name=name, every_s=every_s / self._app.time.factor, work=work)

    async def _at_desk(self, act: Callable[[Office, datetime], Returned]) -> Returned:
        now = self._app.time.now
        return await self.in_desk_thread(lambda: act(self.office, now()))

    def _source_jobs(self, connector: Connector) -> list[Job]:
        every = self._app.every(connector.platform) / self._app.time.factor
        platform = connector.platform
        jobs = [self._poll_job(platform, every, lambda: self._poll(connector))]
        if isinstance(connector, OwnReplies):
            own = connector
            jobs.append(
                self._poll_job(platform + OWN, every, lambda: self._poll_own(own, platform))
            )
        if isinstance(connector, Rechecking):
            again = connector
            jobs.append(
                self._source_job(
                    f"recheck {platform}",
                    platform,
                    _RECHECK_S / self._app.time.factor,
                    lambda: self._look(again, platform),
                )
            )
        return jobs

    def _poll_job(self, source: str, every_s: float, read: Callable[[], Polled]) -> Job:
        platform = source.removesuffix(OWN)
        return self._source_job(f"poll {source}", platform, every_s, lambda: read().taken)

    def _source_job(
        self, name: str, platform: str, every_s: float, read: Callable[[], Taken]
    ) -> Job:
        # A connector is one client of its platform: what it does takes turns in one thread.
        thread = self._thread_of(platform)

        async def work() -> None:
            taken = await asyncio.get_running_loop().run_in_executor(thread, read)
            if taken.items:
                await self._at_desk(lambda office, now: office.queue(now))
                self.sender.wake()

        return Job(name=name, every_s=every_s, work=work)

    def _thread_of(self, platform: str) -> ThreadPoolExecutor:
        if platform not in self._source_threads:
            self._source_threads[platform] = ThreadPoolExecutor(
                max_workers=1, thread_name_prefix=platform
            )
        return self._source_threads[platform]

    def _poll(self, connector: Connector) -> Polled:
        shop = self._app.workshop()
        look_back = self._app.settings.desk.look_back
        now = self._app.time.now
        return poll(connector, shop.pipeline, shop.store, look_back, now(), now)

    def _poll_own(self, connector: OwnReplies, platform: str) -> Polled:
        shop = self._app.workshop()
        look_back = self._app.settings.desk.look_back
        now = self._app.time.now
        return poll_own(connector, platform, shop.pipeline, shop.store, look_back, now(), now)

    def _look(self, connector: Rechecking, platform: str) -> Taken:
        shop = self._app.workshop()
        now = self._app.time.now
        return recheck(connector, platform, shop.pipeline, shop.store, now(), now)

    async def _close(self) -> None:
        """Let every thread finish what it does and close its store, for a bounded time."""
        threads = [self._desk_thread, *self._source_threads.values()]
        closing = [asyncio.wrap_future(each.submit(self._app.close_workshop)) for each in threads]
        _, hanging = await asyncio.wait(closing, timeout=_CLOSE_S)
        for thread in threads:
            thread.shutdown(wait=False)
        self.hanging = bool(hanging)


def _review(office: Office, now: datetime) -> None:
    office.dispatch.reviews(now)
