"""What every command shares: where the settings are, how to log, and how to print."""

import json
import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from monitor.settings import Settings

DEFAULT_CONFIG = Path("mentiondesk.toml")


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(slots=True, kw_only=True)
class Frame:
    """The options that stand before or after a command; filled while they are read."""

    config: Path | None = None
    debug: bool = False
    log_format: LogFormat = LogFormat.TEXT


def of(context: typer.Context) -> Frame:
    """Return the frame of the command that runs in `context`."""
    frame = context.find_object(Frame)
    return frame if frame is not None else Frame()


def config_path(context: typer.Context) -> Path:
    """Return where the settings are: --config, MENTIONDESK_CONFIG, else ./mentiondesk.toml."""
    named = os.environ.get("MENTIONDESK_CONFIG")
    return of(context).config or (Path(named) if named else DEFAULT_CONFIG)


def settings(context: typer.Context) -> "Settings":
    """Return the settings of this run. Raises: `ConfigError` for each kind of mistake."""
    from monitor.settings import load

    return load(config_path(context), os.environ)


def say(words: str) -> None:
    """Print words for people: on stderr, so that results can be piped."""
    typer.echo(words, err=True)


def print_json(value: object) -> None:
    """Print one JSON value as one line on stdout; what JSON does not know is printed as text."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def on_a_terminal() -> bool:
    """Return whether a person can be asked: both ends are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()
