"""Posts: every mention that was kept, once each, with what the judge said of it."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any

from sqlite_utils import Database

from monitor.matching.query import parse
from monitor.model import Author, Classification, Flag, Mention, Post, Span
from monitor.store import full_text, searching
from monitor.store.instants import (
    from_text,
    from_text_or_none,
    to_text,
    to_text_or_none,
)
from monitor.store.searching import ANYWHERE, Filters

Row = dict[str, Any]
_FOREVER = "~"  # sorts after every instant
_REMEMBERED = 256  # rows as objects: those of the items at hand are asked for again and again
_SELECT = (
    "SELECT posts.*, (SELECT json_group_array(brand) FROM post_brands"
    " WHERE post_brands.post_id = posts.id) AS brands FROM posts"
)
_ALIKE = """
SELECT id, (SELECT json_group_array(brand) FROM post_brands WHERE post_id = posts.id), fingerprint
FROM posts WHERE id IN
    (SELECT post_id FROM post_bands WHERE band IN (SELECT value FROM json_each(?)))
AND posted_at >= ? AND posted_at <= ?
AND deleted_at IS NULL AND fingerprint IS NOT NULL AND fold_of IS NULL
ORDER BY id LIMIT 50
"""
# Multiplying by a large odd number, cut to 32 bits, strews the ids: each seed has its own order.
_SURE = """
WITH pool AS (
    SELECT id, language, flags <> '[]' AS flagged,
        id * :odd % 4294967296 AS turn
    FROM posts
    WHERE review = 0 AND model IS NOT NULL AND flags NOT LIKE '%"review"%'
    AND complaint IS NOT NULL AND request IS NOT NULL
    AND own_brand IS NULL AND deleted_at IS NULL AND fold_of IS NULL
    AND posted_at >= :since AND (:language IS NULL OR language = :language)
    AND (NOT :live OR (history = 0 AND private = 0))
    AND EXISTS (SELECT 1 FROM post_brands WHERE post_id = posts.id
        AND brand IN (SELECT value FROM json_each(:brands)))
    AND NOT EXISTS (SELECT 1 FROM taps WHERE post_id = posts.id AND undone_at IS NULL)
), sides AS (
    SELECT id, language, turn,
        row_number() OVER (PARTITION BY language, flagged ORDER BY turn) AS place FROM pool
), shares AS (
    SELECT id, turn, row_number() OVER (PARTITION BY language ORDER BY place, turn) AS nth
    FROM sides
)
SELECT id FROM shares WHERE nth <= :per_language ORDER BY nth, turn LIMIT :most
"""


class Review(IntEnum):
    """Where a post stands on the review list."""

    NONE = 0
    WAITING = 1  # a person must look, and no digest has shown it
    SHOWN = 2
    CHECKING = 3  # the judge is sure of it; a digest shows it to check the judge


def week_seed(day: date) -> int:
    """Return a number that is another one in each week: that week's samples are drawn by it."""
    year, week, _ = day.isocalendar()
    return 100 * year + week


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A mention about to be kept, and what is known of it."""

    mention: Mention
    seen_at: datetime
    brands: tuple[str, ...]
    classification: Classification | None
    source: str
    history: bool = False
    own_brand: str | None = None
    fold_of: int | None = None
    fingerprint: bytes | None = None
    bands: tuple[int, ...] = ()
    review: bool = False  # a person must say what it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A post of which another one may be a copy."""

    id: int
    brands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """From where a sample of posts is drawn, and how large it is."""

    brands: tuple[str, ...]
    seed: int  # another one gives another sample
    per_language: int
    most: int = -1  # in all; -1: no limit
    language: str | None = None
    since: datetime | None = None  # posted since then
    live: bool = False  # nothing of the past, and nothing that was said in private


class Posts:
    """The table `posts`, with the brands and near-duplicate bands of each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, found: Sequence[NewPost]) -> dict[str, int]:
        """Keep `found`, and return the ids of the new ones by key; known keys are left alone.

        The full-text index gets all new rows by one statement.
        """
        fresh = self._unknown(found)
        if not fresh:
            return {}
        before = self._highest_id()
        self._db.conn.executemany(_INSERT, map(_values, fresh))
        rows = self._db.execute("SELECT key, id FROM posts WHERE id > ?", [before])
        added: dict[str, int] = dict(rows.fetchall())
        self._add_parts(fresh, added)
        full_text.add(self._db, before)
        return added

    def _unknown(self, found: Sequence[NewPost]) -> list[NewPost]:
        """Return those of `found` that are not kept yet, each key once, the first one of it."""
        wanted = {new.mention.key: new for new in reversed(found)}
        rows = self._db.execute(
            "SELECT key FROM posts WHERE key IN (SELECT value FROM json_each(?))",
            [json.dumps(list(wanted))],
        ).fetchall()
        for (key,) in rows:
            del wanted[key]
        return list(reversed(wanted.values()))

    def _highest_id(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM posts").fetchone()[0])

    def _add_parts(self, fresh: Sequence[NewPost], added: dict[str, int]) -> None:
        parts = [(added[new.mention.key], new) for new in fresh]
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO post_brands (post_id, brand) VALUES (?, ?)",
            [(post, brand) for post, new in parts for brand in new.brands],
        )
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO post_bands (band, post_id) VALUES (?, ?)",
            [(band, post) for post, new in parts for band in new.bands],
        )

    def known(self, keys: Iterable[str]) -> dict[str, Post]:
        """Return the posts that are kept already, by key."""
        wanted = json.dumps(list(keys))
        return {
            post.mention.key: post
            for post in self._read("key IN (SELECT value FROM json_each(?))", [wanted])
        }

    def get(self, key: str) -> Post | None:
        """Return the post with this key, or None."""
        return next(self._read("key = ?", [key]), None)

    def by_id(self, post: int) -> Post | None:
        """Return the post with this id, or None."""
        return next(self._read("id = ?", [post]), None)

    def by_url(self, url: str) -> Post | None:
        """Return the post that stands at `url`, a trailing slash or query left aside, or None."""
        plain = url.split("?", maxsplit=1)[0].rstrip("/")
        return next(self._read("url IN (?, ?, ?)", [url, plain, plain + "/"]), None)

    def of_item(self, item: int) -> tuple[Post, ...]:
        """Return the customer's posts of an item, oldest first."""
        where = "id IN (SELECT post_id FROM item_posts WHERE item_id = ?)"
        return tuple(self._read(where + " ORDER BY posted_at, id", [item]))

    def items_of(self, posts: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Return the items that posts belong to, by post; a post of no item is left out."""
        found: dict[int, tuple[int, ...]] = {}
        rows = self._db.execute(
            "SELECT post_id, item_id FROM item_posts"
            " WHERE post_id IN (SELECT value FROM json_each(?)) ORDER BY item_id",
            [json.dumps(posts)],
        )
        for post, item in rows:
            found[post] = (*found.get(post, ()), item)
        return found

    def of_thread(self, platform: str, thread: str) -> tuple[Post, ...]:
        """Return every kept post of a conversation, own replies among them, oldest first."""
        where = "platform = ? AND thread = ? ORDER BY posted_at, id"
        return tuple(self._read(where, [platform, thread]))

    def brands_spoken_of(
        self, platform: str, writers: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the brands that (thread, author id) pairs wrote kept posts about, by pair."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        rows = self._db.execute(
            "SELECT DISTINCT thread, author_id, brand FROM json_each(?) AS writer"
            " CROSS JOIN posts ON platform = ? AND thread = writer.value ->> 0"
            " AND author_id = writer.value ->> 1 AND own_brand IS NULL"
            " CROSS JOIN post_brands ON post_id = posts.id ORDER BY brand",
            [json.dumps(list(writers)), platform],
        ).fetchall()
        for thread, author, brand in rows:
            found[thread, author] = (*found.get((thread, author), ()), brand)
        return found

    def unjudged(self, limit: int) -> tuple[Post, ...]:
        """Return posts that the judge has not seen yet, oldest first."""
        where = "model IS NULL AND own_brand IS NULL AND deleted_at IS NULL ORDER BY id LIMIT ?"
        return tuple(self._read(where, [limit]))

    def in_review(self, limit: int, *, unshown: bool = False) -> tuple[Post, ...]:
        """Return posts that wait for a person's Complaint, Request or Neither, oldest first.

        With `unshown`, only those that no digest has shown yet.
        """
        where = "review > 0 AND review = 1" if unshown else "review > 0 AND review < 3"
        return tuple(self._read(where + " AND deleted_at IS NULL ORDER BY id LIMIT ?", [limit]))

    def review_of(self, post: int) -> Review:
        """Return where a post stands on the review list."""
        row = self._db.execute("SELECT review FROM posts WHERE id = ?", [post]).fetchone()
        return Review(row[0]) if row is not None else Review.NONE

    def awaits_review(self, post: int) -> bool:
        """Return whether a person's word on a post is still wanted."""
        return self.review_of(post) is not Review.NONE

    def shown_for_review(self, posts: Sequence[int]) -> None:
        """Record that a digest shows these posts."""
        self._db.conn.executemany(
            "UPDATE posts SET review = 2 WHERE id = ? AND review = 1", [(post,) for post in posts]
        )

    def shown_as_checks(self, posts: Sequence[int]) -> None:
        """Record that a digest shows these posts, of which the judge is sure, to check it."""
        self._db.conn.executemany(
            "UPDATE posts SET review = 3 WHERE id = ? AND review = 0", [(post,) for post in posts]
        )

    def sure(self, pool: Pool) -> tuple[Post, ...]:
        """Return a sample of posts of which the judge is sure and no person has spoken.

        Each language has its share, and in it what was flagged and what was not. The same pool
        gives the same sample until somebody speaks of one.
        """
        chosen = self._db.execute(_SURE, _pool_row(pool)).fetchall()
        found = (self.by_id(post) for (post,) in chosen)
        return tuple(post for post in found if post is not None)

    def to_recheck(
        self, platform: str, limit: int, checked_before: datetime, gone_since: datetime
    ) -> tuple[str, ...]:
        """Return the keys of posts and replies in the listed items of a platform.

        Those not looked at since `checked_before`, the oldest look first. Those that are gone since
        `gone_since` are among them: a moderator may let them in again.
        """
        listed = (
            "platform = :platform AND muted = 0"
            " AND (state NOT IN ('resolved', 'void') OR void_reason = 'deleted')"
        )
        rows = self._db.execute(
            "SELECT key FROM posts WHERE (deleted_at IS NULL OR deleted_at > :since)"
            " AND coalesce(checked_at, seen_at) <= :before AND (id IN"
            f" (SELECT post_id FROM item_posts JOIN items ON items.id = item_id WHERE {listed})"
            f" OR key IN (SELECT key FROM events JOIN items ON items.id = item_id WHERE {listed}"
            "  AND kind = 'brand_reply'))"
            " ORDER BY coalesce(checked_at, seen_at), id LIMIT :limit",
            {
                "platform": platform,
                "limit": limit,
                "before": to_text(checked_before),
                "since": to_text(gone_since),
            },
        ).fetchall()
        return tuple(key for (key,) in rows)

    def longest_unchecked(
        self, platform: str, limit: int, checked_before: datetime
    ) -> tuple[str, ...]:
        """Return the keys of a platform's posts not looked at since then, the oldest look first."""
        rows = self._db.execute(
            "SELECT key FROM posts WHERE platform = ? AND deleted_at IS NULL"
            " AND coalesce(checked_at, seen_at) <= ?"
            " ORDER BY coalesce(checked_at, seen_at) LIMIT ?",
            [platform, to_text(checked_before), limit],
        ).fetchall()
        return tuple(key for (key,) in rows)

    def standing(self, platform: str) -> int:
        """Return how many posts of a platform are kept that are not gone."""
        row = self._db.execute(
            "SELECT count(*) FROM posts WHERE platform = ? AND deleted_at IS NULL", [platform]
        ).fetchone()
        return int(row[0])

    def checked(self, keys: Iterable[str], at: datetime) -> None:
        """Record that the platform was asked again about these posts."""
        self._db.execute(
            "UPDATE posts SET checked_at = ? WHERE key IN (SELECT value FROM json_each(?))",
            [to_text(at), json.dumps(list(keys))],
        )

    def judged(self, post: int, classification: Classification, *, review: bool) -> None:
        """Write what the judge says of a post, and whether a person must look at it."""
        self._db.table("posts").update(post, {**_judgement(classification), "review": int(review)})

    def reviewed(self, post: int) -> None:
        """Take a post off the review list."""
        self._db.execute("UPDATE posts SET review = 0 WHERE id = ?", [post])

    def to_review(self, post: int) -> None:
        """Put a post on the review list."""
        self._db.execute("UPDATE posts SET review = 1 WHERE id = ? AND review IN (0, 3)", [post])

    def back_to_review(self, post: int, review: Review) -> None:
        """Put a post back to where it stood on the review list: a person's word was taken back."""
        self._db.execute(
            "UPDATE posts SET review = ? WHERE id = ? AND review = 0 AND deleted_at IS NULL",
            [int(review), post],
        )

    def edited(self, post: int, text: str, edited_at: datetime | None) -> None:
        """Replace a post's text after its author changed it; it waits to be judged anew."""
        self._db.table("posts").update(
            post, {"text": text, "edited_at": to_text_or_none(edited_at), "model": None}
        )

    def restored(self, post: int, mention: Mention) -> None:
        """Keep a deleted post again that came back; it waits to be judged anew."""
        self.edited(post, mention.text, mention.edited_at)
        name = mention.author.name if mention.author else None
        self._db.table("posts").update(post, {"author_name": name, "deleted_at": None})

    def deleted(self, post: int, at: datetime) -> None:
        """Remove a deleted post's text and author; key, times and counts stay as a tombstone."""
        gone = {"text": "", "author_name": None, "deleted_at": to_text(at), "review": 0}
        self._db.table("posts").update(post, {**gone, "reasons": "[]", "fingerprint": None})
        self._db.execute("DELETE FROM post_bands WHERE post_id = ?", [post])

    def seen_live(self, post: int, brands: Iterable[str]) -> None:
        """Mark a post that was kept as history as seen live."""
        self._db.execute("UPDATE posts SET history = 0 WHERE id = ?", [post])
        full_text.take_out(self._db, post)
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO post_brands (post_id, brand) VALUES (?, ?)",
            [(post, brand) for brand in brands],
        )
        full_text.put_back(self._db, post)

    def alike(
        self, bands: Sequence[int], since: datetime, until: datetime | None = None
    ) -> tuple[tuple[Alike, bytes], ...]:
        """Return posts of [since, until] that share a band, with their fingerprints, first first.

        They come in the order in which they were kept.
        """
        if not bands:
            return ()
        rows = self._db.conn.execute(
            _ALIKE,
            [json.dumps(list(bands)), to_text(since), to_text(until) if until else _FOREVER],
        )
        return tuple(
            (Alike(id=number, brands=_names(brands)), prints) for number, brands, prints in rows
        )

    def search(
        self,
        words: str,
        *,
        limit: int,
        brands: Sequence[str] | None = None,
        before: int | None = None,
        filters: Filters = ANYWHERE,
    ) -> tuple[Post, ...]:
        """Return the posts that hold what `words` asks for, those posted last first.

        See `monitor.matching.query` for what can be asked; signs are never syntax of SQL or of the
        index. Where nothing is asked for, not by `filters` either, nothing is found. With `brands`
        only posts that name one of them; with `before`, a post's id, only those behind that one.
        """
        asked = searching.asked(parse(words), filters, brands)
        found = searching.newest(self._db, asked, filters, limit=limit, before=before)
        return self._in_order(found)

    def ranked(
        self,
        words: str,
        *,
        limit: int,
        brands: Sequence[str] | None = None,
        before: int | None = None,
        filters: Filters = ANYWHERE,
    ) -> tuple[Post, ...]:
        """Return what `search` finds, the best of the newest `searching.WINDOW` hits first."""
        query = parse(words)
        asked = searching.asked(query, filters, brands)
        window = searching.newest(self._db, asked, filters, limit=searching.WINDOW, before=before)
        return self._in_order(searching.best(self._db, query, window)[:limit])

    def _in_order(self, posts: Sequence[int]) -> tuple[Post, ...]:
        """Return the posts with these ids, in the order of the ids."""
        found = {
            post.id: post
            for post in self._read("id IN (SELECT value FROM json_each(?))", [json.dumps(posts)])
        }
        return tuple(found[post] for post in posts if post in found)

    def every(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        filters: Filters = ANYWHERE,
    ) -> Iterator[Post]:
        """Yield the posts of [since, until) by id, a bounded number in memory at a time.

        With `filters` only those that pass them, too.
        """
        both = replace(filters, since=since or filters.since, until=until or filters.until)
        passing, values = searching.passing(both)
        where = f"id > ? AND {passing} ORDER BY id LIMIT 500"
        last = 0
        while batch := tuple(self._read(where, [last, *values])):
            yield from batch
            last = batch[-1].id

    def forget_bands(self, before: datetime) -> bool:
        """Drop the near-duplicate look-ups of posts too old to fold anything under, some at a time.

        Returns whether there were any.
        """
        dropped = self._db.conn.execute(
            "DELETE FROM post_bands WHERE post_id IN"
            " (SELECT post_id FROM post_bands JOIN posts ON posts.id = post_id"
            "  WHERE posted_at < ? LIMIT 5000)",
            [to_text(before)],
        )
        return dropped.rowcount > 0

    def _read(self, where: str, parameters: list[object]) -> Iterator[Post]:
        rows = self._db.conn.execute(f"{_SELECT} WHERE {where}", parameters)
        columns = tuple(name for name, *_ in rows.description)
        for values in rows:
            yield _remembered(columns, values)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(columns: tuple[str, ...], values: tuple[Any, ...]) -> Post:
    return _post(dict(zip(columns, values, strict=True)))


def _post(row: Row) -> Post:
    return Post(
        id=row["id"],
        mention=_mention(row),
        seen_at=from_text(row["seen_at"]),
        brands=_names(row["brands"]),
        classification=_classification(row),
        history=bool(row["history"]),
        own_brand=row["own_brand"],
        fold_of=row["fold_of"],
    )


_COLUMNS = (
    *("key", "platform", "thread", "author_id", "author_handle", "author_name", "text", "url"),
    *("place", "reply_to", "posted_at", "seen_at", "edited_at", "private", "history", "source"),
    *("answerable",),
    *("language_hint", "own_brand", "fold_of", "fingerprint", "review"),
    *("language", "complaint", "request", "flags", "reasons", "praise", "churn_risk", "urgency"),
    *("topic", "model"),
)
_INSERT = f"INSERT INTO posts ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


def _values(new: NewPost) -> tuple[object, ...]:
    """Return a new post's row, in the order of `_COLUMNS`."""
    mention, author = new.mention, new.mention.author
    return (
        mention.key,
        mention.platform,
        mention.thread,
        author.id if author else None,
        author.handle if author else None,
        author.name if author else None,
        mention.text,
        mention.url,
        mention.place,
        mention.reply_to,
        to_text(mention.posted_at),
        to_text(new.seen_at),
        to_text_or_none(mention.edited_at),
        int(mention.private),
        int(new.history),
        new.source,
        mention.answerable,
        mention.language_hint,
        new.own_brand,
        new.fold_of,
        new.fingerprint,
        int(new.review),
        *_judgement(new.classification).values(),
    )


def _judgement(judged: Classification | None) -> Row:
    if judged is None:
        return dict(_UNJUDGED)
    return {
        "language": judged.language,
        "complaint": judged.complaint,
        "request": judged.request,
        "flags": _flag_list(judged.flags),
        "reasons": _reason_list(judged.reasons) if judged.reasons else "[]",
        "praise": judged.praise,
        "churn_risk": judged.churn_risk,
        "urgency": judged.urgency,
        "topic": judged.topic,
        "model": judged.model,
    }


def _pool_row(pool: Pool) -> Row:
    return {
        "odd": zlib.crc32(str(pool.seed).encode()) | 1,
        "since": to_text(pool.since) if pool.since else "",
        "language": pool.language,
        "live": int(pool.live),
        "brands": json.dumps(pool.brands),
        "per_language": pool.per_language,
        "most": pool.most,
    }


@lru_cache(maxsize=_REMEMBERED)
def _names(brands: str) -> tuple[str, ...]:
    """Return the brands of a JSON list, sorted; few lists are there, and each comes often."""
    return tuple(sorted(json.loads(brands)))


@cache
def _flag_list(flags: frozenset[Flag]) -> str:
    """Return flags as JSON; there are but eight sets of them."""
    return json.dumps(sorted(flags))


def _reason_list(reasons: Iterable[Span]) -> str:
    return json.dumps([(span.start, span.end) for span in reasons])


_UNJUDGED = {**dict.fromkeys(_COLUMNS[-10:]), "flags": "[]", "reasons": "[]"}


def _mention(row: Row) -> Mention:
    return Mention(
        key=row["key"],
        platform=row["platform"],
        thread=row["thread"],
        author=author(row),
        text=row["text"],
        url=row["url"],
        posted_at=from_text(row["posted_at"]),
        place=row["place"],
        reply_to=row["reply_to"],
        edited_at=from_text_or_none(row["edited_at"]),
        language_hint=row["language_hint"],
        deleted=row["deleted_at"] is not None,
        private=bool(row["private"]),
        answerable=None if row["answerable"] is None else bool(row["answerable"]),
    )


def author(row: Row) -> Author | None:
    """Return who a row of `posts` or `items` names, None where it names nobody."""
    if row["author_id"] is None:
        return None
    return Author(
        id=row["author_id"], handle=row["author_handle"] or "", name=row["author_name"] or ""
    )


def _classification(row: Row) -> Classification | None:
    if row["model"] is None:
        return None
    return Classification(
        language=row["language"] or "und",
        complaint=row["complaint"],
        request=row["request"],
        flags=frozenset(map(Flag, json.loads(row["flags"]))),
        reasons=tuple(Span(start=start, end=end) for start, end in json.loads(row["reasons"])),
        praise=row["praise"],
        churn_risk=row["churn_risk"],
        urgency=row["urgency"],
        topic=row["topic"],
        model=row["model"],
    )
