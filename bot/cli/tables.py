"""Rows for people: a table on a terminal, one line each with tabs between where it is piped.

In a terminal that is too narrow for the table, each row is a paragraph.
"""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import typer

from bot.chat.wording import one_line

_READABLE = 15  # characters of a cell that stand in one line, however long it is
_BETWEEN = 3  # characters between two columns


class Marked(str):
    """A cell of which a terminal sets some parts in bold."""

    marked: tuple[tuple[int, int], ...] = ()  # [start, end)

    @classmethod
    def of(cls, text: str, marked: Iterable[tuple[int, int]]) -> "Marked":
        """Return `text` as a cell with these parts in bold."""
        cell = cls(text)
        cell.marked = tuple(marked)
        return cell


def show(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads."""
    if sys.stdout.isatty():
        _on_terminal(heads, tuple(rows), shutil.get_terminal_size().columns)
        return
    typer.echo("\t".join(heads))
    for row in rows:
        typer.echo("\t".join(row))


def _on_terminal(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    if fits(heads, rows, width):
        _table(heads, rows)
        return
    for row in rows:
        known = " · ".join(cell for cell in row if cell not in ("", "-"))
        for part in textwrap.wrap(known, max(width, 24), subsequent_indent="  "):
            typer.echo(part)


def fits(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Return whether a table can be read in a terminal: its long cells are folded, but not much."""
    from rich.cells import cell_len

    columns = (max(map(cell_len, cells)) for cells in zip(heads, *rows, strict=True))
    return sum(min(each, _READABLE) + _BETWEEN for each in columns) <= width


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        cells = [Text(cell) for cell in row]
        for cell, written in zip(cells, row, strict=True):
            for start, end in written.marked if isinstance(written, Marked) else ():
                cell.stylize("bold", start, end)
        table.add_row(*cells)
    Console(highlight=False).print(table)


def line(text: str, most_units: int = 80) -> str:
    """Return what somebody wrote on one line, cut, without controls and overrides.

    Terminals that order right-to-left text do so by themselves; the others print marks as litter.
    """
    return one_line(text, most_units)


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """Return the local day and time of an instant, "-" for None."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "-"


def length(time: timedelta) -> str:
    """Return a length of time in its two largest units: "2 d 1 h", "5 min", "40 s"."""
    left = int(max(time, timedelta()).total_seconds())
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(filter(None, parts[:2])) or "0 s"
