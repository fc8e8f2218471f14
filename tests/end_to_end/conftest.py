"""What the tests of the whole desk may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.process import HatchedProcess
from tests.end_to_end.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a desk with one chat and one brand, not yet started."""
    with a_world(tmp_path) as made:
        made.begun = HatchedProcess
        yield made
