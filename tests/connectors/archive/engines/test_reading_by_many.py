"""Real archives, read by several processes and by a cluster whose workers are killed."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from connectors.archive.engines.cluster import ClusterEngine
from connectors.archive.engines.local import LocalEngine
from connectors.archive.reading import read
from connectors.archive.wanted import Wanted
from monitor.model import Archive, Brand, Place, Portion
from monitor.ports import ArchiveReading
from tests.connectors.archive.engines.readers import from_the_start

ROWS = 6_000
HELPERS = ("resource_tracker", "tests.nursery")  # children that read nothing
WANTED = Wanted(brands=(Brand(name="Acme", keywords=("acme",)),))


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, ...]:
    folder = tmp_path_factory.mktemp("archives")
    return tuple(a_dump(folder / f"RC_{number}.zst", number) for number in range(2))


def a_dump(path: Path, number: int) -> Archive:
    """Return a packed dump in which each second comment names the brand, and some lines are bad."""
    lines = (a_line(f"{number}x{row}", row) for row in range(ROWS))
    path.write_bytes(zstandard.compress("\n".join(lines).encode()))
    return Archive(path=str(path), identity=path.name, size=path.stat().st_size, shape="reddit")


def a_line(name: str, row: int) -> str:
    if row % 100 == 0:
        return "acme {"
    comment = {
        "id": name,
        "author": "ada",
        "body": f"my {'acme' if row % 2 else 'other'} router is broken, {row}",
        "created_utc": 1_600_000_000 + row,
        "link_id": "t3_abc",
        "parent_id": "t3_abc",
        "subreddit": "routers",
    }
    return json.dumps(comment)


def killing(portions: Iterator[Portion], every: int) -> Iterator[Portion]:
    """Pass portions on, and kill whoever reads after each so many."""
    killed = 0
    for number, portion in enumerate(portions, 1):
        if number % every == 0:
            for process in readers_at_work():
                os.kill(process, signal.SIGKILL)
                killed += 1
        yield portion
    assert killed >= 2


def readers_at_work() -> list[int]:
    """Return the processes that read: all children of this one but those that only help."""
    found = []
    for thread in Path("/proc/self/task").iterdir():
        children = [int(each) for each in (thread / "children").read_text("utf-8").split()]
        found += [each for each in children if not any(map(command_of(each).count, HELPERS))]
    return found


def command_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text("utf-8")


def what_came(portions: Iterator[Portion]) -> dict[str, list[str]]:
    """Return what was passed on of each archive, in order, bad lines and counts among it."""
    came: dict[str, list[str]] = {}
    for portion in portions:
        mine = came.setdefault(portion.archive.identity, [])
        mine += [mention.key for mention in portion.mentions]
        mine += [f"bad {bad.number}: {bad.reason}" for bad in portion.bad]
        mine += ["record"] * portion.read
        mine += [portion.damage] if portion.damage else []
    return {name: sorted(each) for name, each in came.items()}


@pytest.mark.parametrize(
    "engine",
    [LocalEngine(WANTED, workers=2), ClusterEngine(WANTED, workers=2)],
    ids=["local", "dask"],
)
def test_what_comes_is_what_one_reader_finds_however_often_workers_are_killed(
    archives: tuple[Archive, ...], engine: ArchiveReading
) -> None:
    alone = what_came(portion for each in archives for portion in read(each, Place(), WANTED))

    came = what_came(killing(engine.portions(from_the_start(*archives)), every=7))

    assert came == alone
    assert [len(each) for each in came.values()] == [ROWS + ROWS // 2 + ROWS // 100] * 2
