"""`mentiondesk whatif`: the past under other policies, side by side with what it was."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.chat.wording import number
from bot.cli import frame, tables
from bot.cli.moments import moment, moment_or_none
from bot.cli.opened import desk
from bot.cli.records import Record, instant
from monitor.errors import ConfigError
from monitor.handling.replaying import replay
from monitor.report.summary import Share, Spread
from monitor.report.whatif import Compared, Side, compare
from monitor.settings import load_policies

_HEADS = ("clock", "", "in time", "share", "median", "9 of 10", "undecided")
_NONE = "-"


def whatif(
    *,
    policy: Annotated[
        Path,
        typer.Option(
            "--policy",
            metavar="FILE",
            help="A TOML file with [[policy]], [[rule]] and [[calendar]]; may be a settings file.",
        ),
    ],
    since: Annotated[str, typer.Option(help="From then on: a date, an instant or '30d'.")],
    until: Annotated[str | None, typer.Option(help="Before then. Default: now.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Replay what happened under other policies.

    The clocks that started in that time, how many met their target as it was, and how many would
    have under the policies of FILE. Nothing is changed.
    """
    with desk() as opened:
        zone = opened.settings.desk.timezone
        begins = moment(since, "--since", zone, opened.now)
        ends = moment_or_none(until, "--until", zone, opened.now) or opened.now
        if ends <= begins:
            raise ConfigError("--until: expected a moment after --since")
        edition = opened.ledger.policies.draft(load_policies(policy, opened.settings))
        with opened.store.reading():
            found = compare(replay(opened.ledger, edition, begins, ends, opened.now))
        if as_json:
            frame.print_json(
                {
                    "since": instant(begins),
                    "until": instant(ends),
                    "targets": [_record(each) for each in found],
                }
            )
            return
        _show(found)


def _show(found: Sequence[Compared]) -> None:
    if not found:
        frame.say("No clock that counts started in that time.")
        return
    tables.show(_HEADS, [row for each in found for row in _rows(each)])
    for each in found:
        frame.say(
            f"{_name(each)}: {number(each.cycles, 'clock')},"
            f" {number(each.saved, 'missed target')} would have been met,"
            f" {each.spoilt} met ones missed"
        )


def _rows(each: Compared) -> list[tuple[str, ...]]:
    return [_row(_name(each), "as it was", each.was), _row(_name(each), "what if", each.would)]


def _row(name: str, side: str, what: Side) -> tuple[str, ...]:
    spread = what.team_time
    return (
        name,
        side,
        f"{what.met.part} of {what.met.whole}",
        _percent(what.met),
        tables.length(spread.median) if spread.median is not None else _NONE,
        tables.length(spread.ninetieth) if spread.ninetieth is not None else _NONE,
        str(what.running),
    )


def _name(each: Compared) -> str:
    return each.target.value.replace("_", " ")


def _percent(share: Share) -> str:
    return f"{100 * share.part / share.whole:.1f} %" if share.whole else _NONE


def _record(each: Compared) -> Record:
    return {
        "target": each.target.value,
        "cycles": each.cycles,
        "saved": each.saved,
        "spoilt": each.spoilt,
        "was": _side(each.was),
        "would": _side(each.would),
    }


def _side(side: Side) -> Record:
    return {
        "met": side.met.part,
        "of": side.met.whole,
        "rate": side.met.part / side.met.whole if side.met.whole else None,
        "undecided": side.running,
        "team_time": _spread(side.team_time),
    }


def _spread(spread: Spread) -> Record:
    return {
        "count": spread.count,
        "median_s": spread.median.total_seconds() if spread.median is not None else None,
        "p90_s": spread.ninetieth.total_seconds() if spread.ninetieth is not None else None,
    }
