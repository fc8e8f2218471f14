"""Posts a second through the pipeline, beside what people write by hand.

The hand-written script looks for the keyword with `in`, asks the same judge for each hit, writes
one row and commits, with SQLite as `sqlite3.connect` opens it.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from bot.bench.live.posts import BRAND, Posts
from monitor.handling.ledger import Ledger
from monitor.handling.policies import Policies
from monitor.intake.pipeline import Pipeline
from monitor.matching.matcher import Matcher
from monitor.model import Cursor, Mention, Page, Passage
from monitor.ports import Classifier
from monitor.settings import Settings
from monitor.store.store import Store

PAGE = 100  # posts in a page where all are hits
WIDE_PAGE = 1_000  # where one in a hundred is
NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
_DAY = timedelta(days=1)
_TABLE = "CREATE TABLE posts (key TEXT PRIMARY KEY, author TEXT, text TEXT, url TEXT, score REAL)"

Rates = dict[str, list[float]]


def rates(judge: Classifier, posts: int, rounds: int) -> dict[str, float]:
    """Return the medians: posts a second of both ways where all are hits, and their ratio.

    Beside them, events a second of the pipeline where one in a hundred is a hit.
    """
    found: Rates = {"ours": [], "by_hand": [], "one_in_hundred": []}
    for number in range(rounds + 1):  # the first for warmth
        every_one = Posts(f"every{number}", hits=1.0).take(posts, NOW)
        few = Posts(f"few{number}", hits=0.01).take(10 * posts, NOW)
        ways: dict[str, tuple[Callable[[Path, Sequence[Mention]], None], Sequence[Mention]]] = {
            "ours": (lambda path, these: _ours(path, these, judge, PAGE), every_one),
            "by_hand": (lambda path, these: _by_hand(path, these, judge), every_one),
            "one_in_hundred": (lambda path, these: _ours(path, these, judge, WIDE_PAGE), few),
        }
        for name, (way, these) in ways.items():
            rate = _rate(way, these)
            if number:
                found[name].append(rate)
    pairs = zip(found["ours"], found["by_hand"], strict=True)
    return {
        "every_hit_per_second": round(median(found["ours"])),
        "by_hand_per_second": round(median(found["by_hand"])),
        "times_by_hand": round(median(ours / theirs for ours, theirs in pairs), 2),
        "one_in_hundred_events_per_second": round(median(found["one_in_hundred"])),
    }


def _rate(way: Callable[[Path, Sequence[Mention]], None], posts: Sequence[Mention]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = perf_counter()
        way(Path(folder) / "live.db", posts)
        return len(posts) / (perf_counter() - began)


def _ours(path: Path, posts: Sequence[Mention], judge: Classifier, page: int) -> None:
    with Store(path) as store:
        policies = Policies.adopt(store, Settings(), NOW)
        pipeline = Pipeline(
            Ledger(store, policies),
            Matcher([BRAND]),
            judge,
            [BRAND],
            look_back=_DAY,
            found_late=timedelta(minutes=15),
        )
        with store.writing():
            source = store.sources.switch_on("bench", "bench", NOW)
        for start in range(0, len(posts), page):
            these = tuple(posts[start : start + page])
            pipeline.take(Page(mentions=these, cursor=Cursor(str(start))), source, NOW)


def _by_hand(path: Path, posts: Sequence[Mention], judge: Classifier) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(_TABLE)
        for post in posts:
            if "velora" in post.text.lower():
                judged = next(iter(judge.classify([Passage(text=post.text)])))
                author = post.author.handle if post.author else None
                db.execute(
                    "INSERT OR IGNORE INTO posts VALUES (?, ?, ?, ?, ?)",
                    [post.key, author, post.text, post.url, judged.complaint],
                )
                db.commit()
