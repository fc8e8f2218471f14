"""`mentiondesk run`: the desk at work, in Telegram or in this terminal."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING

from bot import memory
from bot.cli.alone import alone
from bot.cli.frame import config_path, say
from monitor.credentials import secrets_for
from monitor.errors import ConfigError, MonitorError

if TYPE_CHECKING:
    from bot.daemon import Daemon
    from bot.wiring import App

_log = logging.getLogger(__name__)


def run() -> None:
    """Watch, judge and show, until stopped."""
    with clean_stop():
        _run()


def _run() -> None:
    from bot.wiring import open_app

    app = open_app(config_path(), os.environ)
    if not app.brands:
        raise ConfigError("brand: there is no [[brand]] section, so there is nothing to watch")
    if not app.settings.connectors:
        raise ConfigError("connectors: there is no [connectors.…] section, so nothing is read")
    token = secrets_for("telegram", os.environ).get("token")
    database = app.settings.desk.database
    with alone(database, ".lock", "another mentiondesk runs on this database; stop it first"):
        if token:
            work = _in_telegram(app, token)
        else:
            say("MENTIONDESK_TELEGRAM_TOKEN is not set: the cards are shown in this terminal.")
            work = _in_terminal(app)
        until_stopped(work)


async def _in_telegram(app: "App", token: str) -> None:
    from bot.chat.bot_api import BotApiChat
    from bot.daemon import Daemon

    async with BotApiChat(token, app.settings.telegram.base_url) as chat:
        await _serve(Daemon(app, chat))


async def _in_terminal(app: "App") -> None:
    from bot.chat.terminal import TerminalChat
    from bot.daemon import Daemon, Manner

    chat = TerminalChat(now=app.time.now, zone=app.settings.desk.timezone)
    await _serve(Daemon(app, chat, Manner(terminal=True)))


async def _serve(daemon: "Daemon") -> None:
    try:
        await daemon.run()
    except asyncio.CancelledError:  # a clean stop; a failure must still be told
        if daemon.hanging:
            _log.warning("a source still waits for its platform; it is left alone")
            _end_with_threads()
        raise


def _end_with_threads() -> None:
    """End the process though a thread hangs in a request: all that it read was written."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


@contextlib.contextmanager
def clean_stop() -> Iterator[None]:
    """Make Ctrl-C and SIGTERM a clean end while the work is still being prepared, too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        yield


def until_stopped(work: Coroutine[None, None, None]) -> None:
    """Run `work` until it ends, or Ctrl-C or SIGTERM stops it, which is a clean end.

    The process works in UTC, whatever zone the machine is in: each chat's own is computed.
    """
    os.environ["TZ"] = "UTC"
    time.tzset()
    memory.share_arenas()
    failed: MonitorError | None = None
    try:
        asyncio.run(_stoppable(work))
    except* MonitorError as group:
        failed = _first(group)
    if failed is not None:
        raise failed


async def _stoppable(work: Coroutine[None, None, None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _first(group: BaseExceptionGroup[MonitorError]) -> MonitorError:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, MonitorError)  # noqa: S101 - `except*` let nothing else through
    return found
