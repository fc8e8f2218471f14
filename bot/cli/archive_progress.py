"""How far a reading of archives is: bytes, records a second, mentions and the time left."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import frame

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from monitor.intake.archives import Plan, Watching
    from monitor.intake.past import Tally
    from monitor.model import Archive, Portion

_NAME = 28  # characters of a file's name that are shown


class Quiet:
    """Says only what a person must know; results are on stdout, and this is no terminal."""

    def __init__(self, on_mentions: Callable[[], None]) -> None:
        self._on_mentions = on_mentions

    def planned(self, plan: "Plan") -> None:
        """Tell what is left out, and where reading goes on."""
        for archive, first in plan.same:
            frame.say(f"{archive.path}: holds the same as {first.path}; read once")
        for archive in plan.done:
            frame.say(f"{archive.path}: read before the others were broken off")
        for archive, place in plan.archives:
            if place.records:
                frame.say(f"{archive.path}: goes on after {place.records:,} records")

    def read(self, portion: "Portion") -> None:
        """Let the judge be loaded once it will be needed."""
        if portion.mentions:
            self._on_mentions()

    def kept(self, tally: "Tally") -> None:
        """Nothing is said of it."""


class Bars(Quiet):
    """One bar for all archives, and one for each that is being read."""

    def __init__(self, on_mentions: Callable[[], None], progress: "Progress") -> None:
        super().__init__(on_mentions)
        self._progress = progress
        self._all: TaskID | None = None
        self._each: dict[str, TaskID] = {}
        self._ends = 0
        self._records = 0
        self._found = 0

    def planned(self, plan: "Plan") -> None:
        """Show how much there is to read."""
        super().planned(plan)
        archives = [archive for archive, _ in plan.archives]
        self._ends = len(archives)
        self._all = self._progress.add_task(
            "all" if len(archives) > 1 else _name(archives[0].path) if archives else "",
            total=_total(archives),
            speed="",
            found=0,
        )

    def read(self, portion: "Portion") -> None:
        """Move the bars."""
        super().read(portion)
        self._records += portion.read
        self._move(portion)
        if self._ends > 1:
            self._move_one(portion)

    def kept(self, tally: "Tally") -> None:
        """Count what names a brand."""
        self._found += tally.matched
        if self._all is not None:
            self._progress.update(self._all, found=self._found)

    def _move(self, portion: "Portion") -> None:
        if self._all is None:
            return
        self._progress.update(self._all, advance=portion.bytes, speed=self._speed())

    def _speed(self) -> str:
        took = self._progress.tasks[0].elapsed or 0.0
        return f"{self._records / took:,.0f} records/s" if took >= 1 else ""

    def _move_one(self, portion: "Portion") -> None:
        path = portion.archive.path
        if path not in self._each:
            self._each[path] = self._progress.add_task(
                _name(path),
                total=portion.archive.size or None,
                speed="",
                found=0,
            )
        task = self._each[path]
        self._progress.advance(task, portion.bytes)
        if portion.last:
            self._progress.remove_task(self._each.pop(path))


def _total(archives: "list[Archive]") -> int | None:
    """Return how many bytes there are, None where one archive does not say."""
    if any(not archive.size for archive in archives):
        return None
    return sum(archive.size for archive in archives)


def _name(path: str) -> str:
    name = "standard input" if path == "-" else Path(path).name
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


@contextmanager
def watched(on_mentions: Callable[[], None]) -> "Iterator[Watching]":
    """Yield what hears how a reading goes: on a terminal it shows bars."""
    if not sys.stderr.isatty():
        yield Quiet(on_mentions)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[found]:,} found"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as progress:
        yield Bars(on_mentions, progress)
