"""The command that tells what a period came to, part by part."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.moments import moment
from bot.cli.opened import Opened, desk
from bot.locale.tongue import LANGUAGES
from monitor.errors import ConfigError
from monitor.handling.late import late
from monitor.mistakes import unknown
from monitor.report.breakdown import By
from monitor.report.report import Asked, Report, gather, period
from monitor.settings import brands

_WEEKS = 4


class Form(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def report(  # noqa: PLR0913 - each is an option of the command
    *,
    since: Annotated[
        str | None,
        typer.Option(help="From then on: a date, an instant or '7d'. Default: four weeks ago."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then. Default: now.")] = None,
    by: Annotated[
        list[By] | None,
        typer.Option(
            metavar="PART",
            help="brand, platform, language, label, topic, member, hour or weekday;"
            " may be given again. Default: brand; for HTML all of them.",
        ),
    ] = None,
    brand: Annotated[
        list[str] | None, typer.Option(help="Only this brand; may be given again.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    language: Annotated[
        str | None, typer.Option(help=f"{', '.join(LANGUAGES)}. Default: the desk's.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; default: standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Tell what a period came to, part by part.

    Times are medians and ninetieth percentiles, each with how many they are of.
    """
    from bot.cli import reporting, sums

    wanted = Form.JSON if as_json else form
    if output is not None and output.exists() and not force:
        raise ConfigError(f"{output}: is there already; --force overwrites it")
    with desk() as opened:
        spoken = sums.language(opened, language)
        parts = tuple(dict.fromkeys(by or (tuple(By) if wanted is Form.HTML else (By.BRAND,))))
        asked = _asked(opened, since, until, parts, tuple(brand or ()))
        found = _report(opened, asked)
        with reporting.sink(output) as sink:
            reporting.WRITERS[wanted.value](found, spoken, sink)


def _asked(
    opened: Opened,
    since: str | None,
    until: str | None,
    by: tuple[By, ...],
    only: tuple[str, ...],
) -> Asked:
    zone, watched = opened.settings.desk.timezone, brands(opened.settings)
    own = tuple(each.name for each in watched if not each.competitor)
    for name in only:
        if name not in own:
            raise ConfigError(f"--brand: unknown brand {name!r}; {unknown(name, own)}")
    end = opened.now if until is None else moment(until, "--until", zone, opened.now)
    begin = (
        _weeks_before(end, zone) if since is None else moment(since, "--since", zone, opened.now)
    )
    if begin >= end:
        raise ConfigError("--since: expected an earlier moment than --until")
    return Asked(
        period=period(begin, end, zone),
        by=by,
        brands=only or own,
        competitors=tuple(each.name for each in watched if each.competitor),
        look_back=opened.settings.desk.look_back,
        platforms=opened.settings.connectors,
    )


def _weeks_before(end: datetime, zone: ZoneInfo) -> datetime:
    """Return the local midnight four weeks before the day of `end`."""
    day = end.astimezone(zone).date() - timedelta(weeks=_WEEKS)
    return datetime.combine(day, time(), zone)


def _report(opened: Opened, asked: Asked) -> Report:
    policies = opened.ledger.policies
    with opened.store.reading():
        return gather(
            opened.store,
            asked,
            opened.now,
            late(opened.ledger, asked.brands, opened.now),
            lambda name, version: policies.edition(version).named(name),
        )
