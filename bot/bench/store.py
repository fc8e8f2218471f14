"""Rows a second into the store and questions to it, beside what people write by hand.

The yardstick is `executemany` on the same table with the same indexes and durability, and a
trigger that puts each new row into the full-text index, as SQLite's own manual shows it.
"""

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from monitor.model import Author, Classification, Flag, Mention
from monitor.store.instants import to_text
from monitor.store.posts import NewPost
from monitor.store.searching import Filters
from monitor.store.store import Store

ROWS = 8_000  # of one round
BATCHES = (100, 1_000)
SMALL, LARGE = 10_000, 200_000  # rows in the store when questions are asked
QUESTIONS = 200  # of each kind
WORDS = 25  # in a post
INSERTS_WANTED, REPOLL_WANTED = 2.5, 10.0  # times the yardstick; times the rate of new rows
GROWTH_WANTED = {  # times as long, at most
    "dedupe": 3.0,
    "due": 3.0,
    "search": 4.0,  # a word of every second post
    "search_two_words": 4.0,
    "search_author": 4.0,  # that word, by one of 5,000 authors
    "search_filters": 4.0,  # no word
    "search_span": 4.0,  # that word, in the first tenth of all time
}
INSERTS_KEPT_WANTED = 0.8
_SEED = 2026
_BEGIN = datetime(2026, 3, 6, 12, tzinfo=UTC)
_COMMON = "parcel"
_BY_HAND = """
DROP TABLE posts_fts;
CREATE VIRTUAL TABLE posts_fts USING fts5 (
    text, author_handle, author_name, place, content = 'posts', content_rowid = 'id'
);
CREATE TRIGGER posts_fts_insert AFTER INSERT ON posts BEGIN
    INSERT INTO posts_fts (rowid, text, author_handle, author_name, place)
    VALUES (new.id, new.text, new.author_handle, new.author_name, new.place);
END
"""
Rates = dict[str, list[float]]


def run(rounds: int = 5, size: int = LARGE) -> dict[str, Any]:
    """Return the medians of interleaved rounds, and how the store does with `size` rows in it."""
    texts = _Texts()
    with tempfile.TemporaryDirectory() as folder:
        inserts = {str(batch): _inserts(Path(folder), texts, batch, rounds) for batch in BATCHES}
        growth = _growth(Path(folder), texts, max(size, 2 * SMALL), rounds)
    reached = all(
        each["times_yardstick"] >= INSERTS_WANTED and each["repoll_times_new"] >= REPOLL_WANTED
        for each in inserts.values()
    )
    return {
        "rounds": rounds,
        "rows_per_round": ROWS,
        "words_per_post": WORDS,
        "inserts_by_batch": inserts,
        "inserts_wanted": {"times_yardstick": INSERTS_WANTED, "repoll_times_new": REPOLL_WANTED},
        "inserts_reached": reached,
        "growth": growth,
    }


class _Texts:
    """Makes posts whose words are as unevenly spread as those of a language (Zipf)."""

    def __init__(self) -> None:
        self._chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
        self._words = [_COMMON, *(self._word() for _ in range(20_000))]
        self.usual = self._words[1]  # the next common one
        self._weights = list(accumulate(1 / (place + 2) for place in range(len(self._words))))

    def posts(self, first: int, count: int) -> list[NewPost]:
        """Return `count` posts with keys from `first` on."""
        return [self._post(number) for number in range(first, first + count)]

    def _post(self, number: int) -> NewPost:
        words = self._chance.choices(self._words, cum_weights=self._weights, k=WORDS)
        who = f"customer{number % 5_000}"
        posted_at = _BEGIN + timedelta(seconds=number)
        return NewPost(
            mention=Mention(
                key=f"reddit:t1_{number}",
                platform="reddit",
                thread=f"reddit:t3_{number // 5}",
                author=Author(id=who, handle=who),
                text=" ".join(words),
                url=f"https://www.reddit.com/r/acme/comments/{number // 5}/_/{number}/",
                posted_at=posted_at,
                place="acme",
            ),
            seen_at=posted_at,
            brands=("Acme",),
            classification=_VERDICT,
            source="reddit",
        )

    def _word(self) -> str:
        letters = "abcdefghijklmnoprstuvyz"
        return "".join(self._chance.choices(letters, k=self._chance.randrange(2, 10)))


_VERDICT = Classification(
    language="en", complaint=0.9, request=0.1, flags=frozenset({Flag.COMPLAINT}), model="bench"
)


def _inserts(folder: Path, texts: _Texts, batch: int, rounds: int) -> dict[str, float]:
    rates: Rates = {"store": [], "store_again": [], "seen_again": [], "yardstick": []}
    for number in range(rounds):
        posts = texts.posts(0, ROWS)
        with Store(folder / f"store-{batch}-{number}.db") as store:
            rates["store"].append(_rate(posts, batch, _adding(store)))
            rates["store_again"].append(_rate(posts, batch, _adding(store)))
            rates["seen_again"].append(_rate(posts, batch, _knowing(store)))
        path = folder / f"yardstick-{batch}-{number}.db"
        Store(path).close()
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript("PRAGMA synchronous = FULL; PRAGMA cache_size = -16000")
            connection.executescript(_BY_HAND)
            rates["yardstick"].append(_rate(posts, batch, _by_hand(connection)))
    return {
        **{f"{name}_rows_per_second": round(median(each)) for name, each in rates.items()},
        "times_yardstick": _ratio(rates["store"], rates["yardstick"]),
        "repoll_times_new": _ratio(rates["store_again"], rates["store"]),
    }


def _rate(posts: Sequence[NewPost], batch: int, take: Callable[[Sequence[NewPost]], None]) -> float:
    begin = perf_counter()
    for start in range(0, len(posts), batch):
        take(posts[start : start + batch])
    return len(posts) / (perf_counter() - begin)


def _adding(store: Store) -> Callable[[Sequence[NewPost]], None]:
    def take(posts: Sequence[NewPost]) -> None:
        with store.writing():
            store.posts.add(posts)

    return take


def _knowing(store: Store) -> Callable[[Sequence[NewPost]], None]:
    """Return what the pipeline does with a page that came before: it looks for edits, too."""

    def take(posts: Sequence[NewPost]) -> None:
        store.posts.known(post.mention.key for post in posts)

    return take


def _by_hand(connection: sqlite3.Connection) -> Callable[[Sequence[NewPost]], None]:
    """Return the yardstick: a dict a row, as such scripts have them."""
    columns = list(_dict(_Texts().posts(0, 1)[0]))
    named = ", ".join(f":{column}" for column in columns)
    insert = f"INSERT OR IGNORE INTO posts ({', '.join(columns)}) VALUES ({named})"
    brand = (
        "INSERT OR IGNORE INTO post_brands (post_id, brand)"
        " SELECT id, :brand FROM posts WHERE key = :key"
    )

    def take(posts: Sequence[NewPost]) -> None:
        rows = [_dict(post) for post in posts]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, rows)
        connection.executemany(brand, [{"key": row["key"], "brand": "Acme"} for row in rows])
        connection.execute("COMMIT")

    return take


def _dict(new: NewPost) -> dict[str, Any]:
    mention = new.mention
    return {
        "key": mention.key,
        "platform": mention.platform,
        "thread": mention.thread,
        "author_id": mention.author.id if mention.author else None,
        "author_handle": mention.author.handle if mention.author else None,
        "author_name": mention.author.name if mention.author else None,
        "text": mention.text,
        "url": mention.url,
        "place": mention.place,
        "posted_at": to_text(mention.posted_at),
        "seen_at": to_text(new.seen_at),
        "source": new.source,
        "language": "en",
        "complaint": 0.9,
        "request": 0.1,
        "flags": '["complaint"]',
        "model": "bench",
    }


def _growth(folder: Path, texts: _Texts, size: int, rounds: int) -> dict[str, Any]:
    """Return how long questions take in a small and in a large store, and what new rows cost."""
    small, large = (_Filled(folder / f"{rows}.db", texts, rows) for rows in (SMALL, size))
    times: dict[str, Rates] = {str(SMALL): {}, str(size): {}}
    rates: Rates = {str(SMALL): [], str(size): []}
    for _ in range(rounds):
        for filled in (small, large):
            for name, taken in filled.questions():
                times[str(filled.rows)].setdefault(name, []).append(taken)
            rates[str(filled.rows)].append(filled.more(texts))
    one, other = times[str(SMALL)], times[str(size)]
    grown = {name: _ratio(other[name], one[name]) for name in one}
    kept = _ratio(rates[str(size)], rates[str(SMALL)])
    return {
        "milliseconds": {
            rows: {name: round(median(each), 4) for name, each in asked.items()}
            for rows, asked in times.items()
        },
        "inserts_per_second": {rows: round(median(each)) for rows, each in rates.items()},
        "times_as_long": grown,
        "times_as_long_wanted": GROWTH_WANTED,
        "inserts_kept": kept,
        "inserts_kept_wanted": INSERTS_KEPT_WANTED,
        "reached": kept >= INSERTS_KEPT_WANTED
        and all(grown[name] <= wanted for name, wanted in GROWTH_WANTED.items()),
    }


class _Filled:
    """A store with `rows` posts, an item for every fifth of them, one item in fifty open."""

    def __init__(self, path: Path, texts: _Texts, rows: int) -> None:
        self.rows = rows
        self._next = rows
        self._both = f"{_COMMON} {texts.usual}"
        self._chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
        self._store = Store(path)
        for start in range(0, rows, 1_000):
            with self._store.writing():
                self._store.posts.add(texts.posts(start, min(1_000, rows - start)))
        with self._store.writing():
            self._store.notes.policy_version("{}", _BEGIN)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executemany(_ITEM, _items(rows // 5))

    def questions(self) -> Iterator[tuple[str, float]]:
        """Yield the milliseconds of each kind of question, the mean of many."""
        posts, items = self._store.posts, self._store.items
        keys = [f"reddit:t1_{self._chance.randrange(self.rows)}" for _ in range(QUESTIONS)]
        yield "dedupe", _each(lambda number: posts.get(keys[number]))
        yield "due", _each(lambda _: items.queue(limit=20))
        author = Filters(author="customer7")
        judged = Filters(platform="reddit", language="en", label="complaint")
        begun = Filters(until=_BEGIN + timedelta(seconds=self.rows // 10))
        yield "search", _each(lambda _: posts.search(_COMMON, limit=20))
        yield "search_two_words", _each(lambda _: posts.search(self._both, limit=20))
        yield "search_author", _each(lambda _: posts.search(_COMMON, limit=2, filters=author))
        yield "search_filters", _each(lambda _: posts.search("", limit=20, filters=judged))
        yield "search_span", _each(lambda _: posts.search(_COMMON, limit=20, filters=begun))

    def more(self, texts: _Texts) -> float:
        """Return the rows a second of new posts, in batches of 100; they stay."""
        posts = texts.posts(self._next, 2_000)
        self._next += len(posts)
        return _rate(posts, 100, _adding(self._store))


_ITEM = (
    "INSERT INTO items (id, brand, platform, thread, author_key, policy, policy_version, state,"
    " opened_at, posted_at, target, due_at)"
    " VALUES (?, 'Acme', 'reddit', ?, ?, 'always', 1, ?, ?, ?, 'first_response', ?)"
)


def _items(count: int) -> Iterator[tuple[object, ...]]:
    for number in range(1, count + 1):
        at = to_text(_BEGIN + timedelta(seconds=number))
        state = "open" if number % 50 == 0 else "resolved"
        yield number, f"reddit:t3_{number}", f"customer{number}", state, at, at, at


def _each(ask: Callable[[int], object]) -> float:
    begin = perf_counter()
    for number in range(QUESTIONS):
        ask(number)
    return 1_000 * (perf_counter() - begin) / QUESTIONS


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios within each round."""
    return round(median(one / other for one, other in zip(ours, theirs, strict=True)), 2)
