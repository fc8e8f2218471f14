"""A reading of archives is killed at random moments and begun again: none lost, none doubled.

MENTIONDESK_ROWS says how many records there are, MENTIONDESK_ARCHIVE_KILLS how often it is killed,
MENTIONDESK_DICE repeats a run.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from monitor.store.database import damage_of
from tests.bot.cli.running import environment
from tests.chaos.dumps import dump

ROWS = int(os.environ.get("MENTIONDESK_ROWS", "4000"))
KILLS = int(os.environ.get("MENTIONDESK_ARCHIVE_KILLS", "3"))
PATIENCE_S = 600.0
ENDED = "it had ended"
SETTINGS = """
[desk]
database = "desk.db"
[[brand]]
name = "Acme"
keywords = ["acme"]
own_accounts = { reddit = ["user7"] }
"""
QUERIES = {
    "posts": "SELECT posts.key, thread, author_id, posts.text, posted_at, history, own_brand,"
    " flags, first.key FROM posts"
    " LEFT JOIN (SELECT id, key FROM posts) AS first ON first.id = fold_of",
    "brands": "SELECT key, brand FROM post_brands JOIN posts ON posts.id = post_id",
    "items": "SELECT brand, thread, author_key, muted, state, policy, posted_at, topic FROM items",
    "joined": "SELECT brand, items.thread, author_key, key FROM item_posts"
    " JOIN items ON items.id = item_id JOIN posts ON posts.id = post_id",
    "events": "SELECT kind, key, posted_at, wants_answer FROM events",
    "words": "SELECT key FROM posts_fts JOIN posts ON posts.id = posts_fts.rowid & 1073741823"
    " WHERE posts_fts MATCH 'acme'",
}


def test_a_reading_of_archives_loses_and_doubles_nothing_however_often_it_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MENTIONDESK_DICE") or time.time_ns() % 1_000_000)
    dice, began = Random(seed), time.monotonic()
    archives = _archives(tmp_path, seed)
    whole, killed = _desk(tmp_path / "whole"), _desk(tmp_path / "killed")

    undisturbed = _finished(whole, archives)
    expected, died = _rows(whole), Counter[str]()
    while died.total() - died[ENDED] < KILLS:
        died[_killed(killed, archives, dice)] += 1
        if not _left(killed):
            _check(killed, whole, expected, seed)
            shutil.rmtree(killed)
            _desk(killed)
    ended, again = _finished(killed, archives), _finished(killed, archives)

    found = _rows(killed)
    _report(
        capsys,
        {
            "seed": seed,
            "records": undisturbed["read"],
            "matched": undisturbed["matched"],
            "kills": died.total() - died[ENDED],
            "when": dict(died),
            "lost": sum((expected[name] - found[name]).total() for name in expected),
            "doubled": sum((found[name] - expected[name]).total() for name in expected),
            "read after the last kill": ended["read"],
            "seconds": round(time.monotonic() - began, 1),
        },
    )
    _check(killed, whole, expected, seed)
    assert undisturbed["read"] == again["read"] == ROWS
    assert (again["new"], again["matched"]) == (0, undisturbed["matched"])


def _check(
    killed: Path, whole: Path, expected: dict[str, Counter[tuple[Any, ...]]], seed: int
) -> None:
    found = _rows(killed)
    for name, rows in expected.items():
        assert found[name] == rows, f"MENTIONDESK_DICE={seed}: {name}"
    assert _bad_lines(killed) == _bad_lines(whole)
    assert damage_of(killed / "desk.db") == []


def _left(folder: Path) -> bool:
    """Return whether an archive is not read to its end, or nothing was begun."""
    states = _asked(folder, "SELECT done_at IS NULL FROM archives")
    return not states or any(undone for (undone,) in states)


def _archives(folder: Path, seed: int) -> list[Path]:
    """Return two dumps, the one three times as long as the other."""
    hit_every = max(2, min(200, ROWS // 2_000))
    paths = [folder / "first.zst", folder / "other.zst"]
    for path, rows, each in zip(paths, (ROWS - ROWS // 4, ROWS // 4), (1, 3), strict=True):
        dump(path, rows, hit_every, seed % 5 + each)
    return paths


def _desk(folder: Path) -> Path:
    folder.mkdir()
    (folder / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    return folder


def _begun(folder: Path, archives: list[Path]) -> "subprocess.Popen[str]":
    command = ("-m", "bot", "backfill", "file", *map(str, archives), "--json", "--workers", "2")
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finished(folder: Path, archives: list[Path]) -> dict[str, Any]:
    """Return what a run that nobody disturbs prints."""
    process = _begun(folder, archives)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    printed: dict[str, Any] = json.loads(out)
    return printed


def _killed(folder: Path, archives: list[Path], dice: Random) -> str:
    """Let a run go on for a while, and kill it; return when that was."""
    process = _begun(folder, archives)
    before, writes = _written(folder), dice.choice([0, 1, 1, 2])
    end = time.monotonic() + (PATIENCE_S if writes else dice.uniform(0.2, 4.0))
    while process.poll() is None and time.monotonic() < end:
        if writes and _written(folder) >= before + writes:
            time.sleep(dice.uniform(0.0, 0.3))
            break
        time.sleep(0.005)
    is_late = process.poll() is not None
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_S)
    if is_late:
        return ENDED
    return "after a write" if _written(folder) > before else "before a write"


def _written(folder: Path) -> int:
    """Return how often something new was written."""
    found = _asked(folder, "SELECT count(DISTINCT seen_at) FROM posts")
    return int(found[0][0]) if found else 0


def _asked(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Return rows of a desk, none where there is no desk yet."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'desk.db'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def _rows(folder: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    with closing(sqlite3.connect(folder / "desk.db")) as database:
        return {name: Counter(database.execute(query)) for name, query in QUERIES.items()}


def _bad_lines(folder: Path) -> list[str]:
    paths = sorted((folder / "bad-lines").glob("*.jsonl"))
    return [line for path in paths for line in path.read_text("utf-8").split("\n")]


def _report(capsys: pytest.CaptureFixture[str], figures: dict[str, Any]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\nkill test of archives: {json.dumps(figures)}\n")
