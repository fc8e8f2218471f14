"""Small streets of every platform, and a checker that finds what was lost on purpose."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.bench import sources
from monitor.errors import MonitorError
from tests.sources import bench, checker
from tests.sources.places import PLACES

EACH = 60  # posts


def test_the_store_holds_exactly_what_each_platform_ever_showed(tmp_path: Path) -> None:
    names = sorted(PLACES)

    lived = bench.measured(names, EACH * len(names), tmp_path, at_once=len(names))

    assert [each.found["which"] for each in lived] == [[] for _ in lived]
    assert [each.name for each in lived if not each.whole] == []
    assert all(each.figures["served"] >= 0.8 * EACH for each in lived)  # feeds forget some
    assert all(each.troubles["killed"] for each in lived)


def test_a_page_that_is_lost_on_purpose_is_noticed(tmp_path: Path) -> None:
    place = PLACES["hackernews"]

    lived = bench.lived(place, EACH, tmp_path, lose_a_page=True)

    assert not lived.whole
    assert lived.figures["missed"] > 0
    with pytest.raises(MonitorError, match="hackernews missed"):
        sources.check({"hackernews": lived.figures})


def test_the_checker_needs_nothing_of_the_project(tmp_path: Path) -> None:
    log, database = (
        a_log(tmp_path, "a:1", "a:2", "a:2"),
        a_store(tmp_path, ("a:1", "serial0000001")),
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", checker.__file__, "a", str(log), str(database)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(done.stdout)
    assert {name: found[name] for name in bench.FIGURES} == {
        "served": 2,
        "stored": 1,
        "missed": 1,
        "doubled": 0,
    }
    source = Path(checker.__file__).read_text("utf-8")
    assert "monitor" not in source
    assert "tests." not in source


def test_one_post_under_two_keys_and_an_item_opened_twice_are_doubled(tmp_path: Path) -> None:
    rows = ("a:1", "my serial0000001"), ("a:2", "my serial0000001, edited"), ("a:3", "")
    log, database = a_log(tmp_path, "a:1", "a:2"), a_store(tmp_path, *rows)
    with closing(sqlite3.connect(database)) as store, store:
        store.execute("INSERT INTO items VALUES (7, 'Acme', 'a'), (8, 'Acme', 'a')")
        store.execute("INSERT INTO item_posts VALUES (7, 1), (8, 1)")
        store.execute("INSERT INTO events VALUES (7, 'opened'), (7, 'opened'), (8, 'opened')")

    found = checker.check("a", log, database, None)

    assert found["doubled"] == 3
    assert found["invented"] == ["a:3"]


def test_what_stands_and_was_never_asked_for_is_missed_too(tmp_path: Path) -> None:
    log, database = a_log(tmp_path, "a:1", "a:2"), a_store(tmp_path, ("a:1", ""))
    street = tmp_path / "street.json"
    street.write_text(json.dumps({"standing": ["a:1", "a:9"], "excused": ["a:2"]}), "utf-8")

    found = checker.check("a", log, database, street)

    assert (found["which"], found["never_shown"], found["excused"]) == (["a:9"], 1, 1)


def test_without_a_checkout_it_says_so_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="needs a checkout"):
        sources.run(root=tmp_path)


def a_log(folder: Path, *shown: str) -> Path:
    path = folder / "server.ndjson"
    lines = [json.dumps({"at": 1.0, "shown": [key]}) for key in shown]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def a_store(folder: Path, *rows: tuple[str, str]) -> Path:
    """Make the tables that the checker reads, as the desk has them."""
    path = folder / "desk.db"
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, platform, key, text)")
        store.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, brand, platform)")
        store.execute("CREATE TABLE item_posts (item_id, post_id)")
        store.execute("CREATE TABLE events (item_id, kind)")
        values = [("a", key, text) for key, text in rows]
        store.executemany("INSERT INTO posts (platform, key, text) VALUES (?, ?, ?)", values)
    return path
