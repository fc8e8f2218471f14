"""The demo played: through the real desk, into a terminal or a chat of Telegram."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.chat.bot_api import BotApiChat
from bot.chat.courier import Courier
from bot.chat.incoming import Person
from bot.chat.payloads import SummaryKind, SummaryOrder
from bot.chat.prompt import at_a_terminal
from bot.chat.routes import TERMINAL, TERMINAL_ID
from bot.chat.screen import Screen, on_stdout
from bot.chat.summaries import summary_message
from bot.chat.terminal import TerminalChat
from bot.chat.text import Message
from bot.daemon import Daemon, Manner
from bot.demo.picture import Recording, draw, recorded
from bot.demo.scene import CHAT, PLAY, demo_settings, morning
from bot.demo.script import CAST
from bot.demo.stage import Stage
from bot.timekeeping import Timekeeper
from bot.wiring import App, LazyJudge
from monitor.model import Passage, Role
from monitor.ports import Classifier

HOW = "Press a button by the card's number: 12 claim. /help lists the commands, Ctrl-C leaves."


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalDemo:
    """A demo in this terminal."""

    database: Path
    factor: float
    length: timedelta | None = None  # of life's time; None: the play, and on if somebody is there
    picture: Path | None = None  # draw it here in place of showing it

    async def run(self) -> None:
        """Play, sum up, and go on if a person sits here and no length was asked for."""
        judge = await loaded(print)
        start = morning(datetime.now(UTC))
        time = Timekeeper(self.factor, start)
        app = _app(App(demo_settings(self.database, start), {}, time), judge)
        screen, recording = self._screen(time)
        screen.note(f"The demo's clock runs {self.factor:g} × faster than life.")
        goes_on = self.length is None and recording is None and at_a_terminal()
        if goes_on:
            screen.note(HOW)
        stage = Stage(TerminalChat(now=time.now, screen=screen), time, screen.note, _nobody)
        async with at_work(app, stage, Manner(terminal=True, demo=True)) as daemon:
            await asyncio.sleep((self.length or PLAY / self.factor).total_seconds())
            await sum_up(daemon, TERMINAL, TERMINAL_ID)
            if self.picture is not None and recording is not None:
                draw(recording.pieces, self.picture)
            if goes_on:
                screen.note(f"The feed goes on. {HOW}")
                await _for_ever()

    def _screen(self, time: Timekeeper) -> tuple[Screen, Recording | None]:
        return recorded(time.now) if self.picture else (on_stdout(time.now), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramDemo:
    """A demo in a chat of Telegram, at life's own speed."""

    database: Path
    chat: int
    token: str
    base_url: str
    length: timedelta | None = None  # None: until stopped

    async def run(self) -> None:
        """Play, and sum up if a length was asked for."""
        judge = await loaded(print)
        time = Timekeeper()
        settings = demo_settings(self.database, time.now(), self.chat)
        app = _app(App(settings, {}, time), judge)
        async with BotApiChat(self.token, self.base_url) as chat:
            await self._play(app, chat)

    async def _play(self, app: App, chat: Courier) -> None:
        async def let_in(person: Person) -> None:
            await daemon.in_desk_thread(lambda: _join(app, person, Role.AGENT))

        stage = Stage(chat, app.time, _silent, let_in)
        async with at_work(app, stage, Manner(demo=True)) as daemon:
            if self.length is None:
                await _for_ever()
            else:
                await asyncio.sleep(self.length.total_seconds())
                await sum_up(daemon, CHAT, self.chat)


@asynccontextmanager
async def at_work(app: App, courier: Courier, manner: Manner) -> AsyncIterator[Daemon]:
    """Let the desk work while the block lasts. What stops the desk stops the block."""
    daemon = Daemon(app, courier, manner)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(daemon.run())
        yield daemon
        working.cancel()


async def loaded(tell: Callable[[str], None]) -> Classifier:
    """Return the shipped judge, ready to judge."""
    tell("Loading the judge…")
    judge = LazyJudge()
    await asyncio.to_thread(lambda: list(judge.classify([Passage(text="Where is my parcel?")])))
    return judge


async def sum_up(daemon: Daemon, name: str, chat_id: int) -> None:
    """Say what the day came to."""
    message = await daemon.in_desk_thread(lambda: _summary(daemon, name))
    await daemon.sender.say(chat_id, None, message)


def _summary(daemon: Daemon, name: str) -> Message:
    office = daemon.office
    now = office.app.time.now()
    manners = office.routes().manners(name)
    day = now.astimezone(manners.timezone).date()
    order = SummaryOrder(kind=SummaryKind.DAILY, day=day, chat=name)
    summary = office.drawing.summary(name, order, now)
    return summary_message(summary, name, manners.language, demo=True)


def _app(app: App, judge: Classifier) -> App:
    """Return the app with its judge and its made-up members in place."""
    app.judge = judge
    for player in CAST:
        _join(app, player.person, player.role)
    app.close_workshop()
    return app


def _join(app: App, person: Person, role: Role) -> None:
    people = app.workshop().store.people
    if people.by_telegram(person.telegram_id) is None:
        people.join(person.name, person.telegram_id, role, app.time.now())


async def _nobody(person: Person) -> None:
    """Let nobody in: who sits at the terminal is in already."""


def _silent(words: str) -> None:
    """Tell nothing: a chat shows who has what."""


async def _for_ever() -> None:
    await asyncio.Event().wait()
