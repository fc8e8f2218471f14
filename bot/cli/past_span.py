"""What of the past a person asks for: which span of time, and about which brand."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli import frame
from bot.cli.moments import moment_or_none
from monitor.errors import ConfigError
from monitor.mistakes import unknown

if TYPE_CHECKING:
    from bot.wiring import App
    from monitor.settings import Settings

Brand = Annotated[str | None, typer.Option(help="Keep only what is about this brand.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and count, but keep nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def steady(text: str | None, option: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the instant that an option names, None where it is not given.

    Days ago are whole days, so that `30d` is one moment all day, and what was broken off is gone
    on with. Raises: ConfigError.
    """
    named = moment_or_none(text, option, zone, now)
    if text is None or named is None or not text.endswith("d"):
        return named
    return day_of(named, zone)


def day_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day: asked again on it, an unfinished backfill is found."""
    return instant.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def check_order(begin: datetime | None, end: datetime | None, zone: ZoneInfo) -> None:
    """Raise ConfigError for a span that holds nothing."""
    if begin is not None and end is not None and begin >= end:
        named = f"{begin.astimezone(zone):%Y-%m-%d %H:%M}"
        raise ConfigError(f"backfill: {named} is not before the end")


def check_brand(settings: "Settings", brand: str | None) -> None:
    """Raise ConfigError for a brand that is not in the settings."""
    known = [each.name for each in settings.brand]
    if brand is not None and brand not in known:
        hint = unknown(brand, known)
        raise ConfigError(f"backfill: --brand: no brand '{brand}'" + (hint and f"; {hint}"))


def bad_lines(count: int) -> str:
    """Return how many lines could not be read, in words."""
    return f"{count:,} bad {'line' if count == 1 else 'lines'}"


@contextmanager
def opened(*, dry_run: bool) -> "Iterator[App]":
    """Hold the desk; a dry run beside no database stands on one that is thrown away."""
    from bot.wiring import App, open_app

    app = open_app(frame.config_path(), os.environ)
    with ExitStack() as after:
        if dry_run and not app.settings.desk.database.exists():
            folder = after.enter_context(tempfile.TemporaryDirectory())
            desk = app.settings.desk.model_copy(update={"database": Path(folder) / "dry.db"})
            app = App(app.settings.model_copy(update={"desk": desk}), os.environ)
        after.callback(app.close_workshop)
        yield app


@contextmanager
def saying_how_to_go_on(*, dry_run: bool) -> "Iterator[None]":
    """Tell who breaks a reading off that nothing of it is lost."""
    try:
        yield
    except KeyboardInterrupt:
        frame.say("Stopped." if dry_run else "Stopped; the same command goes on from there.")
        raise
