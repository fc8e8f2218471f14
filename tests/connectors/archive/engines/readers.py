"""Readers of a made-up archive, some of which die: what an engine promises is about them.

An archive of theirs is a file with a byte for each record. They make a portion of every seven
records from where they begin, so that another one who begins elsewhere cuts otherwise.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError
from monitor.model import Archive, Brand, Mention, Place, Portion

STEP = 7
ENDLESS = 10**9  # records: as many as nobody reads in a test
LARGE = 200_000  # bytes of a record
DAY = datetime(2026, 3, 6, tzinfo=UTC)
WANTED = Wanted(brands=(Brand(name="Acme", keywords=("acme",)),))


def an_archive(folder: Path, name: str, records: int) -> Archive:
    path = folder / name
    path.touch()
    os.truncate(path, records)
    return Archive(path=str(path), identity=name, size=records, shape="made-up")


def from_the_start(*archives: Archive) -> list[tuple[Archive, Place]]:
    return [(archive, Place()) for archive in archives]


def steady(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Yield all records from a place on, each with a mention of the process that read it."""
    end = Path(archive.path).stat().st_size
    first = place.records
    while True:
        after = min(first + STEP, end)
        yield a_portion(archive, first, after, last=after == end)
        if after == end:
            return
        first = after


def a_portion(archive: Archive, first: int, after: int, *, last: bool = False) -> Portion:
    return Portion(
        archive=archive,
        mentions=tuple(a_mention(archive, number) for number in range(first, after)),
        read=after - first,
        bad=(),
        bytes=after - first,
        before=Place(records=first, offset=10 * first),
        after=Place(records=after, offset=10 * after),
        last=last,
    )


def a_mention(archive: Archive, number: int) -> Mention:
    return Mention(
        key=f"{Path(archive.path).name}:{number}",
        platform="made-up",
        thread=f"{archive.identity}:{number}",
        author=None,
        text="acme " + "x" * 200,
        url="",
        posted_at=DAY,
        place=str(os.getpid()),
    )


def keys(portions: list[Portion], archive: Archive) -> list[str]:
    """Return the keys of all that was passed on of an archive, in the order in which it came."""
    mine = [portion for portion in portions if portion.archive == archive]
    return [mention.key for portion in mine for mention in portion.mentions]


def all_keys(archive: Archive) -> list[str]:
    return [f"{archive.identity}:{number}" for number in range(archive.size)]


def dying_once(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Die in the middle of each archive, the first time somebody gets there."""
    for portion in steady(archive, place, wanted):
        if portion.before.records > archive.size // 2 and _is_first(archive, "middle"):
            os.kill(os.getpid(), signal.SIGKILL)
        yield portion


def dying_at_each_step(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Die after every single portion."""
    for portion in steady(archive, place, wanted):
        if portion.before != place:
            os.kill(os.getpid(), signal.SIGKILL)
        yield portion


def dying_always(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Die at the third portion, whoever reads it."""
    for portion in steady(archive, place, wanted):
        if portion.before.records >= 2 * STEP:
            os.kill(os.getpid(), signal.SIGKILL)
        yield portion


def dying_here_and_there(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Die once in each archive, and always in the deadly one."""
    dying = dying_always if "deadly" in archive.identity else dying_once
    yield from dying(archive, place, wanted)


def exiting(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Leave the process without a word."""
    if wanted.brands:
        os._exit(7)
    yield from steady(archive, place, wanted)


def misunderstood(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Find the settings wrong."""
    yield next(steady(archive, place, wanted))
    raise ConfigError("archive.made-up.text: no such column")


def failing(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Fail in a way that nobody thought of, in archives of that name."""
    portions = steady(archive, place, wanted)
    yield next(portions)
    if "broken" in archive.path:
        raise ZeroDivisionError("division by zero")
    yield from portions


def stopping(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Stop without a last portion."""
    yield replace(next(steady(archive, place, wanted)), last=False)


def endless(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Never end, and write down how far it got."""
    first = place.records
    while True:
        Path(f"{archive.path}.reached").write_text(f"{os.getpid()} {first}", "utf-8")
        yield a_portion(archive, first, first + STEP)
        first += STEP


def endless_and_large(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Never end, in records of a size that few have."""
    for portion in endless(archive, place, wanted):
        mentions = tuple(replace(each, text="x" * LARGE) for each in portion.mentions)
        yield replace(portion, mentions=mentions)


def endless_if_huge(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Never end in archives of that name."""
    yield from (endless if "huge" in archive.identity else steady)(archive, place, wanted)


def mute(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Say nothing for ever, as somebody who skips a terabyte does."""
    Path(f"{archive.path}.reached").write_text(f"{os.getpid()} {place.records}", "utf-8")
    while wanted.brands:
        signal.pause()
    yield from steady(archive, place, wanted)


def _is_first(archive: Archive, moment: str) -> bool:
    with suppress(FileExistsError):
        Path(f"{archive.path}.{moment}").touch(exist_ok=False)
        return True
    return False
