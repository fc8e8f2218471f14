"""A store on a real file, new for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.store import Store
from tests.fresh import a_new_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file of the test is."""
    return tmp_path / "desk.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Hold an open store."""
    with a_new_store(path) as opened:
        yield opened
