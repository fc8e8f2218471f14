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

CONFIG_VARIABLE = "MENTIONDESK_CONFIG"
DEFAULT_CONFIG = Path("mentiondesk.toml")


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(slots=True, kw_only=True)
class Frame:
    """How to log; filled while the options before and after a command are read."""

    debug: bool = False
    log_format: LogFormat = LogFormat.TEXT


def name_config(path: Path) -> None:
    """Make `path` the settings file of this process and of those that it starts."""
    os.environ[CONFIG_VARIABLE] = str(path)


def config_path() -> Path:
    """Return where the settings are: --config, MENTIONDESK_CONFIG, else ./mentiondesk.toml."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else DEFAULT_CONFIG


def settings() -> "Settings":
    """Return the settings of this run. Raises: `ConfigError` for each kind of mistake."""
    from monitor.settings import load

    return load(config_path(), os.environ)


def say(words: str) -> None:
    """Print words for people: on stderr, so that results can be piped."""
    typer.echo(words, err=True)


def print_json(value: object) -> None:
    """Print one JSON value as one line on stdout; what JSON does not know is printed as text."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def on_a_terminal() -> bool:
    """Return whether a person can be asked: both ends are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()
