"""Several connections and several programs have the desk's file open at once."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store.store import Store
from tests.end_to_end.process import environment

VISIT = """
import sys
from pathlib import Path
from monitor.store.store import Store
with Store(Path(sys.argv[1])) as store:
    print(store.notes.value("word"))
"""


def visited(path: Path) -> str:
    """Return the note that another program reads, which then closes the file."""
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(path)],
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_program_that_comes_and_goes_takes_nothing_from_those_that_have_the_file_open(
    tmp_path: Path,
) -> None:
    path = tmp_path / "desk.db"
    with Store(path) as first, Store(path):
        visited(path)
        with first.writing():
            first.notes.keep("word", "kept")

        assert visited(path) == "kept"

    assert visited(path) == "kept"


def test_the_file_and_its_side_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    with Store(tmp_path / "desk.db"):
        modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("desk.db*")}

    assert modes == {0o600}


def test_a_file_that_cannot_be_opened_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"desk\.db: "):
        Store(tmp_path / "nowhere" / "desk.db")
    (tmp_path / "desk.db").mkdir()
    with pytest.raises(StoreError, match=r"desk\.db: "):
        Store(tmp_path / "desk.db")


def test_what_is_no_database_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "desk.db")

    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)
