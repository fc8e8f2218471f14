"""`mentiondesk backfill`: what a platform still gives of the past, and what an outage left out."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import frame, past_span, rehearsing
from bot.cli.past_span import (
    check_brand,
    check_order,
    day_of,
    opened,
    saying_how_to_go_on,
    steady,
)
from monitor.errors import ConfigError, RateLimitError
from monitor.mistakes import unknown

if TYPE_CHECKING:
    from bot.wiring import App
    from monitor.intake.arriving import Heard
    from monitor.intake.backfill import Filled
    from monitor.intake.pipeline import Taken
    from monitor.model import Page
    from monitor.ports import Connector
    from monitor.settings import Settings
    from monitor.store.backfills import Backfill
    from monitor.store.store import Store

PARTLY_DONE = 3
FILE = "file"
SHORT_REST = timedelta(minutes=1)  # waited for once, even where nothing came yet
LONG_REST = timedelta(minutes=16)  # and between pages: the longest that a window of X lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What was asked for: [since, until), each None where no option says it."""

    since: datetime | None
    until: datetime | None
    brand: str = ""
    dry_run: bool = False
    heard: "Heard | None" = None  # hears of each post that is only counted


@dataclass(slots=True, kw_only=True)
class Sum:
    """What it all came to."""

    filled: "list[Filled]" = field(default_factory=list)
    holes: list[dict[str, Any]] = field(default_factory=list)


def backfill(  # noqa: PLR0913, PLR0917 - each is an option of the command
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="PLATFORM", help="With --holes, by default all of them."),
    ] = None,
    brand: past_span.Brand = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="From then on: a date, an instant, or so long ago, such as 30d (whole days)."
            " Default: as long ago as posts are kept ([desk] keep).",
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Up to then, not included. Default: now.")
    ] = None,
    holes: Annotated[
        bool, typer.Option("--holes", help="Read exactly what live watching could not.")
    ] = False,
    dry_run: past_span.DryRun = False,
    rehearse: rehearsing.Rehearse = False,
    policy: rehearsing.Policy = None,
    people: rehearsing.People = None,
    html: rehearsing.Html = None,
    samples: rehearsing.SampleCount = None,
    force: rehearsing.Force = False,
    as_json: past_span.AsJson = False,
) -> None:
    """Read what a platform still gives of the past.

    Files of old posts are read by `mentiondesk backfill file PATH...`.

    What is older than the look-back of the source is history: kept, without clock or notice. What
    is younger opens normal items, found late. Broken off, the same command goes on where it was;
    repeated, it changes nothing. Ends with 3 if a source failed or a hole is still there.
    """
    if names and names[0] == FILE:
        from bot.cli.archives import backfill_file

        if holes:
            raise ConfigError("backfill: a hole is filled by its platform, not by a file")
        backfill_file(
            names[1:],
            brand=brand,
            since=since,
            until=until,
            dry_run=dry_run,
            rehearse=rehearse,
            policy=policy,
            people=people,
            html=html,
            samples=samples,
            force=force,
            as_json=as_json,
        )
        return
    drill = rehearsing.wanted(
        rehearse=rehearse,
        policy=policy,
        people=people,
        html=html,
        force=force,
        samples=samples,
        as_json=as_json,
    )
    began = time.monotonic()
    settings = frame.settings()
    asked = _asked(settings, names or [], since, until, brand, dry_run=dry_run, holes=holes)
    if drill is not None:
        if not rehearsing.run(drill, lambda app, heard: _rehearsed(app, names or [], asked, heard)):
            raise typer.Exit(PARTLY_DONE)
        return
    with opened(dry_run=dry_run) as app:
        chosen = _chosen(app, names or [])
        done = _fill_holes(app, chosen, asked) if holes else _read(app, chosen[0], asked)
    _print(done, time.monotonic() - began, as_json=as_json, with_holes=holes)
    if any(each.error for each in done.filled) or any(
        each["filled"] is False for each in done.holes
    ):
        raise typer.Exit(PARTLY_DONE)


def _asked(
    settings: "Settings",
    names: Sequence[str],
    since: str | None,
    until: str | None,
    brand: str | None,
    *,
    dry_run: bool,
    holes: bool,
) -> Span:
    """Return what is asked for. Raises: ConfigError for what does not go together."""
    from datetime import UTC

    _check_names(settings, names, holes=holes)
    check_brand(settings, brand)
    if brand is not None and holes:
        raise ConfigError("backfill: a hole is filled for every brand; leave out --brand")
    zone, now = settings.desk.timezone, datetime.now(UTC)
    end = steady(until, "--until", zone, now)
    begin = steady(since, "--since", zone, now)
    if begin is None and not holes:
        begin = day_of((end or now) - settings.desk.keep, zone)
    check_order(begin, end or now, zone)
    return Span(
        since=begin and begin.astimezone(UTC),
        until=end and min(end.astimezone(UTC), now),
        brand=brand or "",
        dry_run=dry_run,
    )


def _check_names(settings: "Settings", names: Sequence[str], *, holes: bool) -> None:
    if len(names) > 1 or not (names or holes):
        raise ConfigError("backfill: name one platform; with --holes, one or none")
    known = list(settings.connectors)
    for name in names:
        if name not in known:
            hint = unknown(name, known)
            raise ConfigError(
                f"backfill: no source '{name}' in the settings" + (hint and f"; {hint}")
            )


def _chosen(app: "App", names: Sequence[str]) -> "list[Connector]":
    from bot.wiring import platforms

    built = [each for each in app.settings.connectors if each in platforms()]
    chosen = [each for each in built if each in names or not names]
    if not chosen:
        raise ConfigError("backfill: this platform is not built yet" if names else _NOTHING)
    return [app.connector(platform) for platform in chosen]


_NOTHING = "connectors: no source in the settings; add [connectors.<platform>]"


def _rehearsed(app: "App", names: Sequence[str], asked: Span, heard: "Heard") -> rehearsing.Heard:
    """Read for a rehearsal: all that is matched goes to `heard`, and nothing is kept."""
    done = _read(app, _chosen(app, names)[0], replace(asked, dry_run=True, heard=heard))
    for each in done.filled:
        if each.error is not None:
            frame.say(f"{each.error}; what was read before counts")
    return rehearsing.Heard(
        since=asked.since,
        until=asked.until,
        read=sum(each.taken.read for each in done.filled),
        whole=all(each.error is None for each in done.filled),
    )


def _read(app: "App", connector: "Connector", asked: Span) -> Sum:
    """Read a span of a platform's past."""
    from monitor.intake import backfill as intake
    from monitor.ports import PastReading
    from monitor.store.backfills import Backfill

    if not isinstance(connector, PastReading):
        raise ConfigError(f"backfill: the past of {connector.platform} cannot be read")
    wanted = Backfill(
        platform=connector.platform,
        brand=asked.brand,
        since=asked.since or app.time.now() - app.settings.desk.keep,
        until=asked.until or app.time.now(),
    )
    store = app.workshop().store
    parts = intake.spans(wanted, store, open_end=asked.until is None and not asked.dry_run)
    done = Sum()
    with _closing(connector):
        for part in parts:
            done.filled.append(_part(app, connector, part, asked))
            if done.filled[-1].error is not None:
                break
    return done


def _fill_holes(app: "App", connectors: "Sequence[Connector]", asked: Span) -> Sum:
    """Read what the holes of the platforms left out; one that fails delays no other."""
    from monitor.intake import backfill as intake

    done, look_back = Sum(), app.settings.desk.look_back
    for connector in connectors:
        store = app.workshop().store
        parts = intake.for_holes(store, connector.platform, look_back, asked.since, asked.until)
        with _closing(connector):
            for part in parts:
                filled = _part(app, connector, part, asked)
                done.filled.append(filled)
                done.holes.append(_hole(part, store, look_back, filled, asked))
    return done


def _hole(
    part: "Backfill", store: "Store", look_back: timedelta, filled: "Filled", asked: Span
) -> dict[str, Any]:
    from monitor.intake import backfill as intake

    left = bool(intake.open_holes(store, part, look_back))
    if left and not asked.dry_run:
        reason = str(filled.error) if filled.error else "the platform does not give all of it"
        frame.say(f"{part.platform}: {part.query}: the hole stays: {reason}")
    return {
        "platform": part.platform,
        "query": part.query,
        "since": _rfc(part.since),
        "until": _rfc(part.until),
        "filled": None if asked.dry_run else not left,
    }


def _rfc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def _closing(connector: "Connector") -> "Iterator[None]":
    from bot.sources import close

    try:
        yield
    finally:
        close(connector)


def _part(app: "App", connector: "Connector", part: "Backfill", asked: Span) -> "Filled":
    """Return what one span came to; a short rest that the platform asks for is waited for."""
    from monitor.intake import backfill as intake

    shop, now = app.workshop(), app.time.now
    parts: list[Filled] = []
    with saying_how_to_go_on(dry_run=asked.dry_run), _shown(part) as told:
        while True:
            if asked.dry_run:
                return intake.count(
                    connector, part, shop.pipeline, shop.store, now(), told, asked.heard
                )
            filled = intake.backfill(connector, part, shop.pipeline, shop.store, now, told)
            parts.append(filled)
            rest = _rest(filled, len(parts), now())
            if rest is None:
                break
            frame.say(f"{filled.error}; goes on in {rest.total_seconds():.0f} s")
            time.sleep(max(0.0, rest.total_seconds()))
    if filled.error is not None:
        frame.say(f"{filled.error}; the same command goes on from there")
    return intake.together(parts)


def _rest(filled: "Filled", tries: int, now: datetime) -> timedelta | None:
    """Return how long to wait before going on, None where that makes no sense."""
    error = filled.error
    if not isinstance(error, RateLimitError) or error.retry_at is None:
        return None
    rest = max(error.retry_at - now, timedelta(seconds=1))
    longest = LONG_REST if filled.pages else SHORT_REST if tries == 1 else timedelta()
    return rest if rest <= longest else None


@contextmanager
def _shown(part: "Backfill") -> "Iterator[Callable[[Taken, Page], None]]":
    """Yield what hears of each page: on a terminal it shows how far the reading is."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    words = TextColumn("{task.description}: {task.fields[read]:,} read, {task.fields[new]:,} new")
    columns = (words, BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        name = part.query or part.platform
        task = progress.add_task(name, total=None, read=0, new=0)
        read = new = 0

        def told(taken: "Taken", _: "Page") -> None:
            nonlocal read, new
            read, new = read + taken.read, new + taken.new
            progress.update(task, read=read, new=new)

        yield told


def _print(done: Sum, took_s: float, *, as_json: bool, with_holes: bool) -> None:
    from monitor.intake.backfill import added

    taken = added(done.filled)
    if as_json:
        record = {
            "read": taken.read,
            "matched": taken.matched,
            "new": taken.new,
            "duplicate": taken.duplicate,
            "flagged": taken.flagged,
            "bad_lines": 0,  # of files alone, likewise the next one
            "bytes": 0,
            "seconds": round(took_s, 3),
        }
        frame.print_json({**record, "holes": done.holes} if with_holes else record)
        return
    typer.echo(
        f"{taken.read} read, {taken.matched} matched: {taken.new} new, {taken.duplicate} known"
        f" already; {taken.flagged} flagged ({took_s:.1f} s)"
    )
    if with_holes:
        filled = sum(each["filled"] is True for each in done.holes)
        typer.echo(f"{filled} of {len(done.holes)} holes filled" if done.holes else "no holes")
