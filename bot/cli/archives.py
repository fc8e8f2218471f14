"""`mentiondesk backfill file`: files of old posts, of any shape and size."""

import gc
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import frame, past_span, rehearsing
from bot.cli.alone import alone
from bot.cli.archive_progress import watched
from bot.cli.past_span import check_brand, check_order, opened, saying_how_to_go_on, steady
from monitor.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from bot.ahead.wiring import Reader
    from bot.wiring import App
    from monitor.intake.archives import Done, Sought
    from monitor.intake.arriving import Heard
    from monitor.intake.past import Past
    from monitor.model import Archive
    from monitor.ports import ArchiveReading
    from monitor.settings import Settings

PARTLY_DONE = 3
STANDARD_INPUT = "-"
_SELDOM = 50_000  # objects made between two looks for cycles of unused ones; there are hardly any
_LARGE = 16 << 20  # bytes: what is found in so much is worth loading the judge ahead
_LATER = "; nothing is lost, trying again later"  # as the store says of a full disk or a lock


class Engine(StrEnum):
    """Who reads."""

    LOCAL = "local"
    DASK = "dask"


class Tier(StrEnum):
    """How thoroughly the judge reads."""

    AUTO = "auto"
    FAST = "fast"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, as the options say it."""

    paths: list[str]
    shape: str | None
    brand: str | None
    since: str | None
    until: str | None
    dry_run: bool
    engine: Engine
    workers: int | None
    scheduler: str | None
    bad_lines: Path | None
    tier: Tier
    heard: "Heard | None" = None  # hears of each post that is only counted
    begun: "Sequence[Reader]" = ()  # who can read already


def backfill_file(  # noqa: PLR0913, PLR0917 - each is an option of the command
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Files, packed or not, or patterns such as 'RC_*.zst'; '-' is standard input.",
        ),
    ],
    shape: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What stands in them, or the name of an [[archive]] in the settings."
            " Default: it is recognised.",
        ),
    ] = None,
    brand: past_span.Brand = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="Posted then or later: a date, an instant, or so long ago, such as 30d.",
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Posted before then.")] = None,
    dry_run: past_span.DryRun = False,
    engine: Annotated[
        Engine, typer.Option(help="Who reads: processes of this machine, or a Dask cluster.")
    ] = Engine.LOCAL,
    workers: Annotated[
        int | None, typer.Option(min=1, help="So many processes. Default: one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Of a Dask cluster that runs. Default: one on this machine."
        ),
    ] = None,
    bad_lines: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Where lines go that cannot be read."
            " Default: a file for each archive in bad-lines/ beside the database.",
        ),
    ] = None,
    tier: Annotated[Tier, typer.Option(help="How thoroughly the judge reads.")] = Tier.FAST,
    rehearse: rehearsing.Rehearse = False,
    policy: rehearsing.Policy = None,
    people: rehearsing.People = None,
    html: rehearsing.Html = None,
    samples: rehearsing.SampleCount = None,
    force: rehearsing.Force = False,
    as_json: past_span.AsJson = False,
) -> None:
    """Read files of old posts.

    What names a brand is kept as history: judged and searchable, without clock or notice. Broken
    off, the same command goes on where it was; repeated, it adds nothing. Ends with 3 if a file
    is damaged.
    """
    began = time.monotonic()
    drill = rehearsing.wanted(
        rehearse=rehearse,
        policy=policy,
        people=people,
        html=html,
        force=force,
        samples=samples,
        as_json=as_json,
    )
    request = Request(
        paths=paths,
        shape=shape,
        brand=brand,
        since=since,
        until=until,
        dry_run=dry_run,
        engine=engine,
        workers=workers,
        scheduler=scheduler,
        bad_lines=bad_lines,
        tier=tier,
    )
    with _begun(request) as asked:
        if drill is not None:
            whole = rehearsing.run(drill, lambda app, heard: _rehearsed(app, asked, heard))
        else:
            done = _read(asked)
            whole = not done.damaged
            _print(done, time.monotonic() - began, as_json=as_json)
    if not whole:
        raise typer.Exit(PARTLY_DONE)


@contextmanager
def _begun(request: Request) -> Iterator[Request]:
    """Have a process make itself ready to read, while this one still imports what it needs."""
    if request.engine is not Engine.LOCAL or all(path == STANDARD_INPUT for path in request.paths):
        yield request
        return
    from bot.ahead.wiring import readers

    with readers() as begun:
        yield replace(request, begun=begun)


def _read(request: Request) -> "Done":
    """Return what reading the files came to. Raises: MonitorError."""
    with opened(dry_run=request.dry_run) as app:
        return _read_with(app, request, _sought(app, request))


def _rehearsed(app: "App", request: Request, heard: "Heard") -> rehearsing.Heard:
    """Read for a rehearsal: all that is matched goes to `heard`, and nothing is kept."""
    sought = _sought(app, request)
    done = _read_with(app, replace(request, dry_run=True, heard=heard), sought)
    _tell_damage(done)
    return rehearsing.Heard(
        since=sought.since,
        until=sought.until,
        read=done.sum.read,
        bad_lines=done.sum.bad_lines,
        bytes=done.sum.bytes,
        whole=not done.damaged,
    )


def _read_with(app: "App", request: Request, sought: "Sought") -> "Done":
    if request.scheduler is not None and request.engine is not Engine.DASK:
        raise ConfigError("backfill file: --scheduler is of --engine dask")
    _check(app.settings, request)
    archives = app.archives(request.paths, request.shape)
    engine = app.engine(sought, request.engine, request.workers, request.scheduler, request.begun)
    with _alone(app, request), saying_how_to_go_on(dry_run=request.dry_run):
        return _run(app, engine, archives, sought, request)


def _check(settings: "Settings", request: Request) -> None:
    check_brand(settings, request.brand)
    if not settings.brand:
        raise ConfigError("backfill file: no brand in the settings; add [[brand]]")
    if request.bad_lines is not None and request.bad_lines.is_dir():
        raise ConfigError(f"--bad-lines: {request.bad_lines} is a folder; name a file")


def _sought(app: "App", request: Request) -> "Sought":
    zone, now = app.settings.desk.timezone, datetime.now(UTC)
    since = steady(request.since, "--since", zone, now)
    until = steady(request.until, "--until", zone, now)
    check_order(since, until, zone)
    return app.sought(
        brand=request.brand,
        since=since and since.astimezone(UTC),
        until=until and until.astimezone(UTC),
    )


def _alone(app: "App", request: Request) -> AbstractContextManager[None]:
    """Hold the archives of a desk: two readings at once would move each other's places."""
    if request.dry_run:
        return nullcontext()
    otherwise = "another `backfill file` is at work on it; let it end first"
    return alone(app.settings.desk.database, ".backfill.lock", otherwise)


def _run(
    app: "App",
    engine: "ArchiveReading",
    archives: "tuple[Archive, ...]",
    sought: "Sought",
    request: Request,
) -> "Done":
    from monitor.intake.archives import Backfill

    past = app.past(request.tier, request.heard)
    warming = _Warming(past)
    if sum(archive.size for archive in archives) >= _LARGE:
        warming()
    with _collecting_seldom(), watched(warming) as watching:
        reading = Backfill(engine, past, app.workshop().store, app.time.now, watching)
        if request.dry_run:
            return reading.count(archives, sought)
        try:
            return reading.run(archives, sought, request.bad_lines)
        except StoreError as error:
            raise StoreError(_and_then(str(error))) from error


def _and_then(problem: str) -> str:
    """Return what stopped a reading, and what to do about it."""
    return f"{problem.removesuffix(_LATER)}; nothing is lost: the same command goes on from there"


class _Warming:
    """Has the judge loaded beside the reading, once there is something to judge, or will be."""

    def __init__(self, past: "Past") -> None:
        self._past = past
        self._begun = False

    def __call__(self) -> None:
        """Begin, if that was not done before."""
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._load, name="judge", daemon=True).start()

    def _load(self) -> None:
        self._past.warm_up()
        gc.freeze()  # a judge is made of many objects that stay: none is looked at again


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Look for cycles of unused objects less often than is good elsewhere: it takes a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _tell_damage(done: "Done") -> None:
    for each in done.damaged:
        frame.say(
            f"{each.archive.path}: damaged after {each.records:,} records: {each.reason};"
            " what was read before is kept"
        )


def _print(done: "Done", took_s: float, *, as_json: bool) -> None:
    _tell_damage(done)
    for path in done.side_files:
        frame.say(f"lines that cannot be read: {path}")
    found, tally = done.sum, done.sum.tally
    if as_json:
        frame.print_json(
            {
                "read": found.read,
                "matched": tally.matched,
                "new": tally.new,
                "duplicate": tally.duplicate,
                "flagged": tally.flagged,
                "bad_lines": found.bad_lines,
                "bytes": found.bytes,
                "seconds": round(took_s, 3),
            }
        )
        return
    typer.echo(
        f"{found.read:,} read, {tally.matched:,} matched: {tally.new:,} new,"
        f" {tally.duplicate:,} known already; {tally.flagged:,} flagged;"
        f" {past_span.bad_lines(found.bad_lines)} ({took_s:.1f} s)"
    )
