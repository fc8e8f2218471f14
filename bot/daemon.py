"""The desk at work: one loop, which is the bot's; what blocks runs in threads of its own.

The desk thread owns a store and does all that concerns chats and clocks, one thing after the
other. The sources have threads of their own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot import learning
from bot.chat.commands import menu
from bot.chat.courier import Courier
from bot.chat.front_desk import FrontDesk
from bot.chat.handlers import Handlers
from bot.chat.pictures import Easel
from bot.chat.sender import Sender
from bot.jobs import Job, Table
from bot.locale.tongue import LANGUAGES, speaking
from bot.looking import Looking
from bot.office import Office, open_office, sketched
from bot.picturing import Painter
from bot.sources import Sources
from bot.timekeeping import JumpWatch
from bot.wiring import App
from monitor.errors import ConfigError, MonitorError
from monitor.ports import Replying

Returned = TypeVar("Returned")

_TICK_S = 1.0
_BOARD_S = 5.0
_MINUTE_S = 60.0
_HOUR_S = 3600.0
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
        self._looking = Looking()
        self._easel = Easel(
            Painter(), lambda order, now: sketched(app, order, now, demo=self._manner.demo)
        )
        self._platforms: dict[str, Replying] = {}  # no request is made of these in the desk thread
        self._hurry: Callable[[str], None] = lambda _: None
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
                self._app,
                terminal=self._manner.terminal,
                demo=self._manner.demo,
                looking=self._looking,
                platforms=self._platforms,
                easel=self._easel,
            )
        return self._office

    async def in_desk_thread(self, act: Callable[[], Returned]) -> Returned:
        """Return what `act` returned in the desk thread."""
        return await asyncio.get_running_loop().run_in_executor(self._desk_thread, act)

    async def run(self) -> None:
        """Watch, judge and show until cancelled. Raises: ConfigError, StoreError at the start."""
        connectors = await asyncio.to_thread(self._app.connectors)
        self._platforms = {n: each for n, each in connectors.items() if isinstance(each, Replying)}
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
        sources = Sources(self._app, connectors, self._read, looking=self._looking)
        table = Table(self._jobs(sources), watch)
        sources.listen(table.wake)
        self._hurry = sources.hurry(table.wake)
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
            await self._close(sources)

    async def _read(self) -> None:
        """Queue what a page that was read asks for."""
        await self._at_desk(lambda office, now: office.queue(now))
        self.sender.wake()

    def _front_desk(self) -> FrontDesk:
        """Return the front desk; only in the desk thread may it be touched."""
        if self._front is None:
            office = self.office
            self._front = FrontDesk(
                office.workshop,
                office.dispatch,
                office.routes,
                self._app.brands,
                self._platforms,
                hurry=self._hurry,
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
        """Fill the menus of the clients in each of our languages; others see the desk's.

        A chat service that is out loses nothing but that.
        """
        usual = self._app.settings.desk.language
        try:
            for language in dict.fromkeys((usual, *LANGUAGES)):
                with speaking(language):
                    shown = menu()
                await self._courier.set_commands(shown, None if language == usual else language)
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

    def _jobs(self, sources: Sources) -> list[Job]:
        return [
            self._desk_job("tick", _TICK_S, lambda office, now: office.tick(now)),
            self._desk_job("board", _BOARD_S, lambda office, now: office.dispatch.boards(now)),
            self._desk_job("summary", _MINUTE_S / 2, lambda office, now: office.summaries(now)),
            self._desk_job("health", _MINUTE_S / 2, lambda office, now: office.health(now)),
            self._desk_job("rejudge", _MINUTE_S, lambda office, now: office.rejudge(now)),
            self._desk_job("drafts", _MINUTE_S, _drafts),
            self._desk_job("surges", _MINUTE_S / 2, lambda office, now: office.surges(now)),
            self._desk_job("saved", _MINUTE_S, lambda office, now: office.saved_file.follow(now)),
            self._desk_job("prune", _HOUR_S, lambda office, now: office.prune(now)),
            self._desk_job("review", self._manner.reviews_every_s, _review),
            *self._night_jobs(),
            *sources.jobs(),
        ]

    def _night_jobs(self) -> list[Job]:
        """Return what a desk does at night; a demo has no nights."""
        if self._manner.demo or self._app.time.factor != 1.0:
            return []
        database, zone = self._app.settings.desk.database, self._app.settings.desk.timezone

        async def learn() -> None:
            if await self._at_desk(
                lambda office, now: learning.is_due(office.workshop.store, zone, now)
            ):
                await learning.in_background(database)

        return [Job(name="learn", every_s=learning.LOOK_EVERY_S, work=learn)]

    def _desk_job(self, name: str, every_s: float, act: Callable[[Office, datetime], None]) -> Job:
        async def work() -> None:
            await self._at_desk(act)
            self.sender.wake()

        return Job(name=name, every_s=every_s / self._app.time.factor, work=work)

    async def _at_desk(self, act: Callable[[Office, datetime], Returned]) -> Returned:
        now = self._app.time.now
        return await self.in_desk_thread(lambda: act(self.office, now()))

    async def _close(self, sources: Sources) -> None:
        """Let every thread finish what it does and close its store, for a bounded time."""
        self._easel.close()
        threads = [self._desk_thread, *sources.threads]
        streams = asyncio.create_task(asyncio.to_thread(sources.close))
        closing: list[asyncio.Future[None]] = [
            asyncio.wrap_future(each.submit(self._app.close_workshop)) for each in threads
        ]
        _, hanging = await asyncio.wait([streams, *closing], timeout=_CLOSE_S)
        for thread in threads:
            thread.shutdown(wait=False)
        self.hanging = bool(hanging)


def _drafts(office: Office, now: datetime) -> None:
    """End the drafts that nobody sent."""
    if office.workshop.answers.expire(now):
        office.queue(now)


def _review(office: Office, now: datetime) -> None:
    office.dispatch.reviews(now)
