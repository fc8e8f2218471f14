"""`mentiondesk coverage`: what of each source was read, what was not, how late and at what cost."""

import shutil
import sys
import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli import frame, records, tables
from bot.cli.moments import moment
from bot.cli.opened import Opened, desk
from bot.cli.records import Record
from monitor.errors import ConfigError
from monitor.mistakes import unknown
from monitor.report.coverage import Coverage
from monitor.report.coverage import coverage as covered
from monitor.spans import Stretches, total
from monitor.store.notes import QUIET

_USUAL = "7d"
_BESIDE = "(other requests)"  # what a source cost where no query was read
_NEVER = "(never read)"
_LAG = "lag: half / 90 % / all"  # of the new posts were read within
_HEADS = ("read", "not read", _LAG, "requests", "cost", "new posts", "last read", "state")
_MOST_HOLES = 20
_QUERY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A query's line, and since when its source is quieter than it is used to."""

    known: Coverage
    quiet_since: str | None


def coverage(
    platforms: Annotated[
        list[str] | None, typer.Argument(metavar="PLATFORM", help="Default: all of the settings.")
    ] = None,
    *,
    since: Annotated[str, typer.Option(help="From then on: a date, an instant or '7d'.")] = _USUAL,
    until: Annotated[str | None, typer.Option(help="Before then. Default: now.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Show what was read of each source, and what was not.

    A line for each query: what windows of time were read, which are missing (holes), how long
    after posting new posts were seen, requests and dollars. `backfill PLATFORM --holes` fills.
    """
    with desk() as opened:
        found = _found(opened, platforms or [], since, until)
        if as_json:
            frame.print_json([_record(each) for each in found])
            return
        if not found:
            frame.say("Nothing was read yet.")
            return
        _show(found, opened.settings.desk.timezone)


def _found(opened: Opened, names: list[str], since: str, until: str | None) -> list[Shown]:
    zone, store = opened.settings.desk.timezone, opened.store
    begin = moment(since, "--since", zone, opened.now)
    end = moment(until, "--until", zone, opened.now) if until else opened.now
    if begin >= end:
        raise ConfigError("--since: expected a moment before --until")
    chosen = _chosen(opened, names)
    with store.reading():
        found = covered(store, begin, end, opened.settings.desk.look_back, platforms=chosen)
        return [
            Shown(known=each, quiet_since=store.notes.value(f"{QUIET}:{each.source}") or None)
            for each in found
        ]


def _chosen(opened: Opened, names: list[str]) -> Collection[str]:
    """Return the platforms asked for. Raises: ConfigError for one nobody knows."""
    ever = {each.platform for each in opened.store.sources.all()}
    known = sorted(ever | set(opened.settings.connectors))
    for name in names:
        if name not in known:
            raise ConfigError(f"coverage: unknown platform '{name}'; {unknown(name, known)}")
    return names or list(opened.settings.connectors)


def _record(shown: Shown) -> Record:
    one = shown.known
    return {
        "source": one.source,
        "query": one.query,
        "since": records.instant(one.since),
        "until": records.instant(one.until),
        "read": _pairs(one.read),
        "holes": _pairs(one.holes),
        "overflows": one.overflows,
        "lag_s": {
            "median": _seconds(one.lag.median),
            "p90": _seconds(one.lag.ninetieth),
            "max": _seconds(one.lag.largest),
        },
        "requests": one.requests,
        "cost_usd": round(one.cost_usd, 6),
        "cost_per_relevant_usd": one.cost_per_relevant_usd,
        "mentions": one.mentions,
        "fresh": one.fresh,
        "relevant": one.matched,
        "failing_since": records.instant_or_none(one.failing_since),
        "error": one.error,
        "rests_until": records.instant_or_none(one.rests_until),
        "quiet_since": shown.quiet_since,
        "last_read_at": records.instant_or_none(one.last_read_at),
        "left": one.left,
    }


def _pairs(stretches: Stretches) -> list[list[str]]:
    return [[records.instant(begin), records.instant(end)] for begin, end in stretches]


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else round(time.total_seconds(), 1)


def _show(found: Sequence[Shown], zone: ZoneInfo) -> None:
    width = shutil.get_terminal_size().columns
    rows = [_row(each, zone) for each in found]
    heads = ("source", "query", *_HEADS)
    if not sys.stdout.isatty() or tables.fits(heads, rows, width):
        tables.show(heads, rows)
    else:
        for row in rows:
            for line in _paragraph(row, width):
                typer.echo(line)
    known = [each.known for each in found]
    for line in (*_away(known, zone, width), *_bills(known), *_holes(known, zone, width)):
        typer.echo(line)


def _row(shown: Shown, zone: ZoneInfo) -> tuple[str, ...]:
    one = shown.known
    return (
        one.source,
        tables.line(one.query, _QUERY) or (_BESIDE if one.requests else _NEVER),
        _length(one.read),
        _length(one.holes) + (f", overtaken {one.overflows}x" if one.overflows else ""),
        _lag(one),
        str(one.requests),
        _cost(one),
        str(one.matched),
        tables.local(one.last_read_at, zone),
        _state(shown),
    )


def _paragraph(row: Sequence[str], width: int) -> Iterator[str]:
    yield from textwrap.wrap(f"{row[0]}: {row[1]}", width)
    for head, value in zip(_HEADS, row[2:], strict=True):
        if value != "-":
            line = f"  {head.partition(':')[0]:<10}{value}"
            yield from textwrap.wrap(line, max(width, 24), subsequent_indent=" " * 12)
    yield ""


def _length(stretches: Stretches) -> str:
    return tables.length(total(stretches)) if stretches else "-"


def _lag(one: Coverage) -> str:
    """Return the median, the ninetieth percentile and the largest lag."""
    lag = one.lag
    known = [each for each in (lag.median, lag.ninetieth, lag.largest) if each is not None]
    return " / ".join(tables.length(each) for each in known) or "-"


def _cost(one: Coverage) -> str:
    if not one.cost_usd:
        return "-"
    each = one.cost_per_relevant_usd
    per_post = f", ${each:.4f} a new post" if each is not None else ""
    return f"${one.cost_usd:.2f}{per_post}"


def _state(shown: Shown) -> str:
    """Return how a query's source is; since when and why stands below all of them."""
    one = shown.known
    if one.failing_since is not None:
        return "FAILS"
    if one.rests_until is not None:
        return "rests"
    if one.left:
        return "not asked any more"
    return "unusually quiet" if shown.quiet_since else "ok"


def _away(found: Sequence[Coverage], zone: ZoneInfo, width: int) -> Iterator[str]:
    """Yield of each source that fails or rests since or until when, and why."""
    for one in {each.source: each for each in found}.values():
        if one.failing_since is not None:
            how = f"FAILS since {tables.local(one.failing_since, zone)}"
        elif one.rests_until is not None:
            how = f"rests until {tables.local(one.rests_until, zone)}"
        else:
            continue
        why = tables.line((one.error or "").removeprefix(f"{one.platform}: "), 200)
        yield from textwrap.wrap(
            f"{one.source} {how}: {why}", max(width, 24), subsequent_indent="  "
        )


def _bills(found: Sequence[Coverage]) -> Iterator[str]:
    """Yield what each platform that costs money cost in all."""
    for platform in dict.fromkeys(one.platform for one in found):
        lines = [one for one in found if one.platform == platform]
        cost, posts = sum(one.cost_usd for one in lines), sum(one.matched for one in lines)
        if cost:
            each = f", ${cost / posts:.4f} a new post" if posts else ""
            yield f"{platform} cost ${cost:.2f} in all{each}"


def _holes(found: Sequence[Coverage], zone: ZoneInfo, width: int) -> Iterator[str]:
    """Yield where the holes are, and what fills them."""
    holes = [(one, begin, end) for one in found for begin, end in one.holes]
    for one, begin, end in holes[:_MOST_HOLES]:
        span = f"{tables.local(begin, zone)} to {tables.local(end, zone)}"
        query = tables.line(one.query, _QUERY)
        yield from textwrap.wrap(
            f"NOT READ {one.source}: {query}, {span} ({tables.length(end - begin)})",
            max(width, 24),
            subsequent_indent="  ",
        )
    if len(holes) > _MOST_HOLES:
        yield f"and {len(holes) - _MOST_HOLES} more: see --json"
    for name in dict.fromkeys(one.source for one, _, _ in holes if ":" not in one.source):
        yield f"To fill them: mentiondesk backfill {name} --holes"
