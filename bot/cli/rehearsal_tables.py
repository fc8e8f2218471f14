"""A rehearsal on a terminal, however narrow."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from bot.cli import rehearsal_sections as sections
from bot.cli import tables
from bot.cli.rehearsal_sections import Section, Week

if TYPE_CHECKING:
    from monitor.report.rehearsal import Rehearsal

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_WIDTH = 4
_SHOWN = 3  # samples of a language
_WIDEST = 100
_SENTENCE = 36  # characters in which it can be read
_BETWEEN = 3  # characters between two columns


def show(found: "Rehearsal") -> None:
    """Print a rehearsal: what matters most first."""
    typer.echo(sections.title(found))
    typer.echo(sections.period(found))
    for line in sections.told(found):
        _say(line)
    drills, *others = sections.sections(found)
    _section(drills)
    for week in sections.weeks(found):
        _week(week)
    for section in others:
        _section(section)
    _samples(found)
    typer.echo()
    _say(sections.assumed(found))


def _section(section: Section) -> None:
    typer.echo(f"\n{section.heading}")
    if not section.rows:
        _say(section.nothing)
        return
    _rows(section, section.rows)
    if section.note:
        _say(section.note)
    for line in section.paste:
        typer.echo(line)


def _samples(found: "Rehearsal") -> None:
    for section in sections.samples(found.samples):
        typer.echo(f"\n{section.heading}")
        _rows(section, section.rows[:_SHOWN])
        _say(section.note)


def _rows(section: Section, rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table; where it is too wide, a paragraph for each row that names its figures."""
    width = shutil.get_terminal_size().columns
    if not sys.stdout.isatty() or _fits(section, rows, width):
        tables.show(section.heads, rows)
        return
    for name, *cells in rows:
        said = (
            cell if place == section.said else f"{head} {cell}"
            for place, (head, cell) in enumerate(zip(section.heads[1:], cells, strict=True), 1)
            if cell not in ("", sections.NONE)
        )
        for line in textwrap.wrap(f"{name}: {' · '.join(said)}", width, subsequent_indent="  "):
            typer.echo(line)


def _fits(section: Section, rows: Sequence[tuple[str, ...]], width: int) -> bool:
    """Return whether a table can be read; what people wrote needs more room than a figure."""
    narrow = tables.fits(section.heads, rows, width)
    if not narrow or section.said is None:
        return narrow
    others = (
        max(map(len, cells)) + _BETWEEN
        for place, cells in enumerate(zip(section.heads, *rows, strict=True))
        if place != section.said
    )
    return width - sum(others) >= _SENTENCE


def _week(week: Week) -> None:
    """Print the hours of a week: 24 side by side, or as many as there is room for."""
    typer.echo(f"\n{week.heading}")
    if not any(map(any, week.grid)):
        typer.echo("0 in every hour")
        return
    width = max(len(str(count)) for row in week.grid for count in row) + 1
    width = max(width, 3)
    room = shutil.get_terminal_size().columns - _DAY_WIDTH
    step = next((part for part in (24, 12, 8, 6) if part * width <= room), 4)
    for begin in range(0, 24, step):
        hours = range(begin, begin + step)
        typer.echo(" " * _DAY_WIDTH + "".join(f"{hour:>{width}}" for hour in hours))
        for day, row in zip(_DAYS, week.grid, strict=True):
            cells = "".join(f"{row[hour] or '·':>{width}}" for hour in hours)
            typer.echo(f"{day:<{_DAY_WIDTH}}{cells}")


def _say(words: str) -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for line in textwrap.wrap(words, max(width, 24), break_on_hyphens=False):
        typer.echo(line)
