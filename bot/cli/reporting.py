"""Writes a report: as tables for people, as JSON, as CSV, or as a page."""

import csv
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

import typer

from bot.chat import figures
from bot.chat.wording import length
from bot.cli import sums, tables
from bot.cli.exporting import cell, private_file
from bot.locale.tongue import digits, speaking, spoken, tr, trn
from monitor.report.breakdown import Breakdown, By, Row
from monitor.report.heat import Grid
from monitor.report.page import NOTHING
from monitor.report.report import Report
from monitor.report.staffing import Assumptions, Staffing
from monitor.report.summary import Spread

Write = Callable[[Report, str, TextIO], None]
_HOUR_WIDTH = 3  # characters of an hour in the grid of a week


@contextmanager
def sink(output: Path | None) -> Iterator[TextIO]:
    """Hold what is written to: standard output, or a file for its owner alone."""
    if output is None:
        yield sys.stdout
        return
    with private_file(output) as file:
        yield file


# ------------------------------------------------------------ for people


def _table(report: Report, language: str, out: TextIO) -> None:
    with speaking(language), redirect_stdout(out):
        period = report.summary.period
        begin, end = (tables.local(at, period.zone) for at in (period.since, period.until))
        typer.echo(f"{begin} – {end}, {period.zone.key}")
        if not report.summary.sources and not report.summary.received:
            typer.echo(tr("No source has been read yet: these figures say nothing."))
        typer.echo(figures.times_note())
        for each in report.breakdowns:
            _parts(each)
            if each.by is By.MEMBER:
                _show(figures.member_heads(), map(figures.member_cells, report.team))
        if any(each.competitor for each in report.summary.rivals):
            _show(figures.rival_heads(), map(figures.rival_cells, report.summary.rivals))
        _grid(tr("New items by hour of the week"), report.heat.arrivals)
        _grid(tr("Answers past their target by hour of the week"), report.heat.breaches)
        _people(report.staffing)


def _parts(found: Breakdown) -> None:
    named = ((figures.part_name(found.by, row.name), row) for row in found.rows)
    rows = (figures.cells(name, row) for name, row in (*named, (tr("all"), found.total)))
    _show(figures.heads(found.by), rows)


def _show(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Print a table; on a terminal too narrow for it, a paragraph that names each figure."""
    rows = [*lines]
    typer.echo("")
    width = shutil.get_terminal_size().columns
    if not sys.stdout.isatty() or tables.fits(heads, rows, width):
        tables.show(heads, rows)
        return
    for name, *cells in rows:
        typer.echo(name)
        for head, figure in zip(heads[1:], cells, strict=True):
            if figure != NOTHING:
                typer.echo(f"  {head}: {figure}")


def _grid(title: str, grid: Grid) -> None:
    """Print seven days of 24 hours; an hour without anything is a dot."""
    typer.echo(f"\n{title}")
    width = max((len(str(count)) for row in grid for count in row), default=1) + 1
    width = max(width, _HOUR_WIDTH)
    heads = "".join(f"{hour:>{width}}" for hour in range(24))
    typer.echo(f"{'':<4}{heads}")
    for day, row in enumerate(grid):
        cells = "".join(f"{count or '·':>{width}}" for count in row)
        typer.echo(f"{figures.weekday(day):<4}{cells}")


def _people(found: Staffing | None) -> None:
    if found is None:
        typer.echo("\n" + tr("People needed: not known, the period is shorter than a week."))
        return
    _grid(tr("People needed to hold the target"), found.people)
    hours = trn(
        "{count} hour of work a week.", "{count} hours of work a week.", found.hours_of_work
    )
    typer.echo(f"{_assumed(found.assumptions)} {hours}")


def _assumed(known: Assumptions) -> str:
    values = {
        "share": digits(round(100 * known.share)),
        "target": length(known.target, spoken()),
        "handling": length(known.handling, spoken()),
        "occupancy": digits(round(100 * known.occupancy)),
    }
    if not known.holds:
        return tr(
            "An answer takes {handling}, which is longer than the target of {target}:"
            " counted for answers that are begun at once.",
            **values,
        )
    if known.measured:
        return trn(
            "For {share} % within {target}; an answer takes {handling} on average"
            " ({count} measured), and fills at most {occupancy} % of an hour.",
            "For {share} % within {target}; an answer takes {handling} on average"
            " ({count} measured), and they fill at most {occupancy} % of an hour.",
            known.measured,
            **values,
        )
    return tr(
        "For {share} % within {target}; that an answer takes {handling} is a guess, too few were"
        " measured; at most {occupancy} % of an hour is filled.",
        **values,
    )


# ------------------------------------------------------------ for machines


def _json(report: Report, language: str, out: TextIO) -> None:  # noqa: ARG001 - as all writers
    found = {
        "summary": sums.record(report.summary),
        "breakdowns": [sums.record(each) for each in report.breakdowns],
        "hours_of_week": sums.record(report.heat),
        "staffing": sums.record(report.staffing) if report.staffing else None,
        "team": [sums.record(each) for each in report.team],
    }
    json.dump(found, out, ensure_ascii=False)
    out.write("\n")


def _csv(report: Report, language: str, out: TextIO) -> None:  # noqa: ARG001 - as all writers
    writer = csv.writer(out, lineterminator="\r\n")
    for number, each in enumerate(report.breakdowns):
        for row in each.rows:
            flat = {"by": each.by.value, **_flat(row)}
            if not number and row is each.rows[0]:
                writer.writerow(flat)
            writer.writerow(map(cell, flat.values()))


def _flat(row: Row) -> dict[str, Any]:
    """Return the cells of a row: a share is two numbers, a time three."""
    return {
        "name": row.name,
        "received": row.received,
        "answered": row.answered,
        "unproven": row.unproven,
        "unanswered": row.unanswered,
        "within_30": row.within_30.part,
        "within_30_of": row.within_30.whole,
        "within_60": row.within_60.part,
        "within_60_of": row.within_60.whole,
        **_flat_spread("customer_wait", row.customer_wait),
        **_flat_spread("team_time", row.team_time),
        "late": row.breached.part,
        "late_of": row.breached.whole,
        "found_late": row.found_late,
        "void": row.void,
    }


def _flat_spread(name: str, spread: Spread) -> dict[str, Any]:
    times = {"median": spread.median, "ninetieth": spread.ninetieth}
    return {
        f"{name}_count": spread.count,
        **{
            f"{name}_{each}_s": None if time is None else int(time.total_seconds())
            for each, time in times.items()
        },
    }


def _html(report: Report, language: str, out: TextIO) -> None:
    from bot.cli import report_page  # charts are slow to import

    report_page.write(report, language, out)


WRITERS: dict[str, Write] = {"table": _table, "json": _json, "csv": _csv, "html": _html}
