"""`mentiondesk demo`: the sample feed played through the real desk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.run import clean_stop, until_stopped
from monitor.credentials import secrets_for
from monitor.durations import parse_duration
from monitor.errors import ConfigError

_BOT_API = "https://api.telegram.org/bot"


def demo(
    *,
    length: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="Stop after so long, such as 30s."),
    ] = None,
    factor: Annotated[
        float | None, typer.Option(help="How much faster than life. Default: 90.")
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="Keep the database here; it must not exist yet.")
    ] = None,
    telegram: Annotated[
        int | None,
        typer.Option(metavar="CHAT", help="Play into this chat of Telegram, at life's own speed."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do write into that chat.")] = False,
    base_url: Annotated[str, typer.Option(help="Where the Bot API is.")] = _BOT_API,
    svg: Annotated[Path | None, typer.Option(hidden=True)] = None,  # the picture of the README
) -> None:
    """Play the sample feed into a chat in this terminal.

    Customers and members are made up; the desk is the real one. Without a terminal it plays once,
    prints the day's summary and ends. No token is read, but for --telegram CHAT --yes.
    """
    runs = _length(length)
    token = "" if telegram is None else _allowed(telegram, yes, factor)
    if telegram is None and yes:
        raise ConfigError("demo: --yes goes with --telegram CHAT")
    with clean_stop(), _kept(database) as path:
        from bot.demo.play import TelegramDemo, TerminalDemo
        from bot.demo.scene import FACTOR

        if telegram is not None:
            until_stopped(
                TelegramDemo(
                    database=path, chat=telegram, token=token, base_url=base_url, length=runs
                ).run()
            )
        else:
            until_stopped(
                TerminalDemo(
                    database=path, factor=_speed(factor, FACTOR), length=runs, picture=svg
                ).run()
            )


def _length(given: str | None) -> timedelta | None:
    if given is None:
        return None
    try:
        return parse_duration(given)
    except ValueError as error:
        raise ConfigError(f"demo --for: {error}") from None


def _speed(given: float | None, default: float) -> float:
    if given is not None and not 1 <= given <= 1000:
        raise ConfigError(f"demo --factor: expected 1 to 1000, got {given:g}")
    return given or default


def _allowed(chat: int, yes: bool, factor: float | None) -> str:
    """Return the token that writes into `chat`. Raises: ConfigError if that must not be."""
    if factor is not None:
        raise ConfigError("demo: in Telegram it plays at life's own speed, without --factor")
    if not yes:
        raise ConfigError(
            f"demo: this would write made-up cards, each marked DEMO, into the chat {chat}"
            " until stopped; add --yes to do it"
        )
    token = secrets_for("telegram", os.environ).get("token")
    if not token:
        raise ConfigError("MENTIONDESK_TELEGRAM_TOKEN is not set: --telegram needs a bot's token")
    return token


@contextmanager
def _kept(database: Path | None) -> Iterator[Path]:
    """Give a path for the database; without one that was asked for, nothing of it stays."""
    if database is not None:
        if database.exists():
            raise ConfigError(f"{database}: exists already; the demo begins with a new one")
        yield database.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="mentiondesk-demo-", ignore_cleanup_errors=True) as new:
        yield Path(new) / "demo.db"
