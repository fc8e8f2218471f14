"""`mentiondesk train`: the judge learns from the team's taps, and can be taken back."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import frame, tables
from bot.cli.opened import must_exist
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from bot.wiring import Outcome

_HEADS = ("number", "at", "model", "promoted", "state", "what became of it")


def train(
    *,
    with_taps: Annotated[
        bool, typer.Option("--with-taps", help="Build a challenger, and keep it if it is better.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --with-taps: show the trial, change nothing.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to what was learned before.")
    ] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="List what was tried and what holds.")
    ] = False,
    report: Annotated[
        int | None, typer.Option("--report", metavar="N", help="Show the report of challenger N.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Teach the judge by the team's taps.

    A challenger takes over only if it is better on taps it never saw, and nowhere worse.
    """
    asked = [with_taps, rollback, listed, report is not None]
    if not any(asked):
        raise ConfigError(
            "train: say --with-taps to learn from the team's taps;"
            " the weights that are shipped are built from the corpus with `make model`"
        )
    if sum(asked) > 1 or (dry_run and not with_taps):
        raise ConfigError(
            "train: give one of --with-taps [--dry-run], --rollback, --list, --report N"
        )
    settings = frame.settings()
    must_exist(settings)
    database = settings.desk.database
    if with_taps:
        _learn(database, dry_run=dry_run, as_json=as_json)
    elif rollback:
        _roll_back(database, as_json=as_json)
    elif report is not None:
        _report(database, report, as_json=as_json)
    else:
        _list(database, as_json=as_json)


def _learn(database: Path, *, dry_run: bool, as_json: bool) -> None:
    from bot import learning

    with _shown() as told:
        outcome = learning.learn(database, datetime.now(UTC), dry_run=dry_run, told=told)
    if as_json:
        frame.print_json(_facts(outcome, dry_run=dry_run))
        return
    if outcome.report:
        typer.echo(outcome.report.rstrip())
    frame.say(outcome.summary)
    for each in outcome.doubted:
        frame.say(
            f"{each.member}: {each.against} of {each.labels} labels stand against the rest;"
            f" each weighs {each.weight:.2f}"
        )
    if dry_run:
        frame.say("A dry run: nothing was changed.")


def _facts(outcome: "Outcome", *, dry_run: bool) -> dict[str, object]:
    return {**asdict(outcome), "dry_run": dry_run}


def _roll_back(database: Path, *, as_json: bool) -> None:
    from bot import learning

    number = learning.roll_back(database, datetime.now(UTC))
    if as_json:
        frame.print_json({"holds": number})
        return
    frame.say(learning.went_back(number))


def _report(database: Path, number: int, *, as_json: bool) -> None:
    from bot import wiring

    text = wiring.judge_shelf(database).report(number)
    if as_json:
        frame.print_json({"number": number, "report": text})
        return
    typer.echo(text.rstrip())


def _list(database: Path, *, as_json: bool) -> None:
    from bot import wiring

    shelf = wiring.judge_shelf(database)
    rows = shelf.listed()
    if as_json:
        attempts = [{**asdict(row.attempt), "holds": row.holds, "kept": row.kept} for row in rows]
        frame.print_json({"holds": shelf.number(), "attempts": attempts})
        return
    if not rows:
        frame.say("Nothing was learned yet: the shipped judge speaks alone.")
        return
    void = _void(database)
    tables.show(
        _HEADS,
        [
            (
                str(row.attempt.number),
                row.attempt.at,
                row.attempt.model,
                "yes" if row.attempt.promoted else "no",
                "set aside" if row.holds and void else _state(holds=row.holds, kept=row.kept),
                tables.line(row.attempt.summary, 200),
            )
            for row in rows
        ],
    )
    if void:
        frame.say(void)


def _state(*, holds: bool, kept: bool) -> str:
    return "holds" if holds else "kept" if kept else "-"


def _void(database: Path) -> str:
    """Return why what was learned does not speak, empty if it does or nothing was."""
    from bot import wiring

    return wiring.why_unheeded(database)


@contextmanager
def _shown() -> Iterator[Callable[[int, int], None] | None]:
    """Give what shows a person on a terminal how far the reading is."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading posts", total=None)
        yield lambda read, of: progress.update(task, completed=read, total=of)
