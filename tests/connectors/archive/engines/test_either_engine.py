"""What processes of this machine promise, and the workers of a cluster as well."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.archive.engines.cluster import ClusterEngine
from connectors.archive.engines.courses import Read
from connectors.archive.engines.local import LocalEngine
from monitor.model import Archive, Place
from monitor.ports import ArchiveReading
from tests.connectors.archive.engines import readers
from tests.connectors.archive.engines.readers import (
    WANTED,
    all_keys,
    an_archive,
    from_the_start,
    keys,
)

ByOneWorker = Callable[[Read], ArchiveReading]


@pytest.fixture(params=["local", "dask"])
def engine(request: pytest.FixtureRequest) -> ByOneWorker:
    if request.param == "local":
        return lambda read: LocalEngine(WANTED, workers=1, read=read)
    address = request.getfixturevalue("one_worker").address
    return lambda read: ClusterEngine(WANTED, scheduler=address, read=read)


def test_reading_goes_on_from_the_place_that_was_stored(
    engine: ByOneWorker, tmp_path: Path
) -> None:
    archive = an_archive(tmp_path, "a", 30)
    begun = [(archive, Place(records=10, offset=100))]

    portions = list(engine(readers.steady).portions(begun))

    assert keys(portions, archive) == all_keys(archive)[10:]


def test_a_path_is_understood_as_this_process_does(
    engine: ByOneWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_archive(tmp_path, "a", 9)
    monkeypatch.chdir(tmp_path)
    archive = Archive(path="a", identity="a", size=9, shape="made-up")

    portions = list(engine(readers.steady).portions(from_the_start(archive)))

    assert keys(portions, archive) == all_keys(archive)


def test_the_largest_archive_is_begun_first(engine: ByOneWorker, tmp_path: Path) -> None:
    archives = [an_archive(tmp_path, f"a{size}", size) for size in (5, 50, 20)]

    portions = list(engine(readers.steady).portions(from_the_start(*archives)))

    assert [each.archive.size for each in portions if each.last] == [50, 20, 5]


def test_what_nobody_thought_of_damages_one_archive(engine: ByOneWorker, tmp_path: Path) -> None:
    broken, whole = an_archive(tmp_path, "broken", 30), an_archive(tmp_path, "whole", 20)

    portions = list(engine(readers.failing).portions(from_the_start(broken, whole)))

    assert keys(portions, whole) == all_keys(whole)
    assert keys(portions, broken) == all_keys(broken)[:7]
    assert [each.damage for each in portions if each.damage] == [
        "ZeroDivisionError: division by zero"
    ]
