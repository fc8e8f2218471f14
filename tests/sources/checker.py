"""The reckoning of the generator test: the server's log against the SQLite file.

It knows nothing of the project and needs nothing but Python:
`python -I -S checker.py PLATFORM SERVER_LOG DATABASE [--street FILE]` prints one JSON object.
"""

import argparse
import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

SERIAL = re.compile(r"\bserial(\d{7})\b")  # each native post bears one of its own
TWICE_IN_A_BRAND = """
SELECT count(*) - 1 FROM item_posts
JOIN items ON items.id = item_id JOIN posts ON posts.id = post_id
WHERE posts.platform = ? GROUP BY post_id, items.brand HAVING count(*) > 1
"""
OPENED_TWICE = """
SELECT count(*) - 1 FROM events JOIN items ON items.id = item_id
WHERE events.kind = 'opened' AND items.platform = ? GROUP BY item_id HAVING count(*) > 1
"""


def check(platform: str, log: Path, database: Path, street: Path | None) -> dict[str, object]:
    """Return how many posts were served, stored, missed and doubled, and which were missed."""
    shown = set(_shown(log))
    standing, excused = _street(street)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as store:
        rows = dict(store.execute("SELECT key, text FROM posts WHERE platform = ?", [platform]))
        doubled = _second_keys(rows) + _second_items(store, platform)
    missed = sorted((shown | standing) - rows.keys() - excused)
    return {
        "served": len(shown),
        "stored": len(rows),
        "missed": len(missed),
        "doubled": doubled,
        "invented": sorted(rows.keys() - shown),
        "which": missed[:20],
        "never_shown": len(standing - shown),
        "excused": len((shown & excused) - rows.keys()),
    }


def _shown(log: Path) -> Iterator[str]:
    """Yield each key that stood in an answer that was sent whole."""
    for line in log.read_text("utf-8").split("\n"):
        if line.strip():
            yield from json.loads(line)["shown"]


def _street(path: Path | None) -> tuple[set[str], set[str]]:
    """Return the posts that stand to this moment, and those gone before they could be stored."""
    if path is None:
        return set(), set()
    told = json.loads(path.read_text("utf-8"))
    return set(told["standing"]), set(told["excused"])


def _second_keys(rows: dict[str, str]) -> int:
    keys: dict[str, set[str]] = {}
    for key, text in rows.items():
        if found := SERIAL.search(text):
            keys.setdefault(found[1], set()).add(key)
    return sum(len(each) - 1 for each in keys.values())


def _second_items(store: sqlite3.Connection, platform: str) -> int:
    twice = store.execute(TWICE_IN_A_BRAND, [platform]).fetchall()
    opened = store.execute(OPENED_TWICE, [platform]).fetchall()
    return sum(count for (count,) in [*twice, *opened])


def main() -> None:
    """Check one platform and print what was found."""
    parser = argparse.ArgumentParser(description="Compare what was shown with what is stored.")
    parser.add_argument("platform")
    parser.add_argument("log", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("--street", type=Path, help="what the generator knows")
    given = parser.parse_args()
    found = check(given.platform, given.log, given.database, given.street)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
