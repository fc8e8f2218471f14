"""`backfill … --rehearse`: what the desk would have had to do, and whether so many would cope."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import frame
from bot.cli.past_span import bad_lines, opened
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from bot.wiring import App
    from monitor.clock.policy import Facts
    from monitor.handling.policies import Edition
    from monitor.intake.arriving import Heard as Hears
    from monitor.report.rehearsal import Rehearsal, Terms

NO_SAMPLES = 0
SAMPLES = 20
_MOST_SAMPLES = 10_000
_MOST_PEOPLE = 1_000

Rehearse = Annotated[
    bool,
    typer.Option(
        "--rehearse",
        help="Keep nothing, and tell what the desk would have had to do: cards, answers past"
        " their target, people needed, noise.",
    ),
]
Policy = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="For --rehearse: a TOML file with other policies, rules and calendars.",
    ),
]
People = Annotated[
    list[int] | None,
    typer.Option(
        min=1,
        max=_MOST_PEOPLE,
        help="For --rehearse: so many people; may be given again. Default: those of the shifts,"
        " without any 1, 2, 3, 5 and 8.",
    ),
]
Html = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="For --rehearse: write the report as a page, too."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the page.")]
SampleCount = Annotated[
    int | None,
    typer.Option(
        "--samples",
        min=NO_SAMPLES,
        max=_MOST_SAMPLES,
        metavar="K",
        help=f"For --rehearse: draw K posts of each language for `review`. Default: {SAMPLES}.",
    ),
]
Read = Callable[["App", "Hears"], "Heard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was read for a rehearsal."""

    since: datetime | None  # as it was asked for; None: from the first post on
    until: datetime | None
    read: int  # records
    bad_lines: int = 0
    bytes: int = 0  # of files
    whole: bool = True  # it was read to its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a rehearsal is asked for."""

    policy: Path | None = None
    people: tuple[int, ...] = ()
    html: Path | None = None
    force: bool = False
    samples: int = SAMPLES
    as_json: bool = False


def wanted(
    *,
    rehearse: bool,
    policy: Path | None,
    people: list[int] | None,
    html: Path | None,
    force: bool,
    samples: int | None,
    as_json: bool,
) -> Wanted | None:
    """Return what is asked for, None if no rehearsal is. Raises: ConfigError."""
    if rehearse:
        count = SAMPLES if samples is None else samples
        asked = tuple(dict.fromkeys(people or ()))
        return Wanted(
            policy=policy, people=asked, html=html, force=force, samples=count, as_json=as_json
        )
    given = {"--policy": policy, "--people": people, "--html": html, "--samples": samples}
    named = next((name for name, value in given.items() if value is not None), None)
    if named is not None or force:
        raise ConfigError(f"backfill: {named or '--force'} is of --rehearse")
    return None


def run(asked: Wanted, read: Read) -> bool:
    """Rehearse with what `read` reads; return whether all of it could be. Raises: MonitorError.

    `read` tells all posts to what it is given.
    """
    began = time.monotonic()
    from monitor.intake.rehearsing import Rehearsing
    from monitor.report.rehearsal import rehearse
    from monitor.store.scratch import Scratch

    if asked.html is not None:
        _check(asked.html, force=asked.force)
    with opened(dry_run=not asked.samples) as app:
        terms = _terms(app, asked)
        shop = app.workshop()
        with Scratch(terms.seed) as scratch:
            edition = _edition(app, asked.policy)
            hears = Rehearsing(shop.ledger, edition, app.matcher, app.brands, scratch)
            heard = read(app, hears.heard)
            if hears.unjudged:
                frame.say(f"{hears.unjudged:,} posts could not be judged: they count as in doubt")
            with _told() as told:
                terms = replace(
                    terms,
                    since=heard.since,
                    until=heard.until,
                    policies=edition.policies,
                    policy_of=_policy_of(edition),
                )
                found = rehearse(scratch, hears.keywords(), terms, told)
        _keep(app, found, asked)
    _show(found, asked, heard, time.monotonic() - began)
    return heard.whole


def _check(page: Path, *, force: bool) -> None:
    """Tell before hours of reading that a page cannot be written. Raises: ConfigError."""
    if page.is_dir():
        raise ConfigError(f"{page}: is a folder")
    if not page.parent.is_dir():
        raise ConfigError(f"{page.parent}: no such folder")
    if page.exists() and not force:
        raise ConfigError(f"{page}: is there already; --force overwrites it")


def _edition(app: "App", policy: Path | None) -> "Edition":
    from monitor.settings import load_policies

    book = app.settings if policy is None else load_policies(policy, app.settings)
    return app.workshop().ledger.policies.draft(book)


def _policy_of(edition: "Edition") -> "Callable[[Facts], str] | None":
    return (lambda facts: edition.policy_for(facts).name) if edition.rules else None


def _terms(app: "App", asked: Wanted) -> "Terms":
    from monitor.desk.shifts import planned
    from monitor.intake.copies import ALIKE_WITHIN
    from monitor.report.rehearsal import Terms

    own = tuple(brand for brand in app.brands if not brand.competitor)
    if not own:
        raise ConfigError("backfill: --rehearse: no brand of your own in the settings")
    now, desk = app.time.now(), app.settings.desk
    names = [brand.name for brand in own]
    return Terms(
        zone=desk.timezone,
        since=None,
        until=None,
        policies=(),
        brands=own,
        shifts=planned(app.settings.shift, app.brands),
        people=asked.people,
        handlings=app.workshop().store.workload.handlings(now - desk.keep, now, names),
        alike_within=ALIKE_WITHIN,
        samples=asked.samples,
    )


def _keep(app: "App", found: "Rehearsal | None", asked: Wanted) -> None:
    """Put the samples in the place of those before."""
    if asked.samples:
        store = app.workshop().store
        with store.writing():
            store.samples.renew(found.samples if found else (), app.time.now())


@contextmanager
def _told() -> Iterator[Callable[[str], None]]:
    """Yield what hears of what is being worked out: a terminal shows it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update


def _show(found: "Rehearsal | None", asked: Wanted, heard: Heard, took_s: float) -> None:
    from bot.cli import rehearsal_page, rehearsal_record, rehearsal_tables
    from bot.cli.exporting import private_file

    if asked.as_json:
        figures = {
            "read": heard.read,
            "bad_lines": heard.bad_lines,
            "bytes": heard.bytes,
            "seconds": round(took_s, 3),
        }
        told = rehearsal_record.record(found) if found else rehearsal_record.nothing()
        frame.print_json(figures | told)
    if found is None:
        frame.say("No post names a brand of yours: there is nothing to rehearse.")
        return
    if not asked.as_json:
        frame.say(f"{heard.read:,} read, {bad_lines(heard.bad_lines)} ({took_s:.1f} s)")
        rehearsal_tables.show(found)
    if asked.html is not None:
        with private_file(asked.html) as file:
            rehearsal_page.write(found, file)
        frame.say(f"written: {asked.html}")
