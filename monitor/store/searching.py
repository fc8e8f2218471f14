"""How posts are searched: one question to the full-text index, which yields hits newest first.

Ranking looks at a window of the newest hits only, by Okapi BM25; to rank all hits of a common word
would take seconds where a million posts are kept. How rare a word is, is told by the newest posts.
Source: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009), with its usual k1 = 1.2 and b = 0.75.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.desk.customers import LIKELY
from monitor.matching.query import Query, Term
from monitor.store import full_text
from monitor.store.instants import to_text

WINDOW = 1_000  # of the newest hits, those that are ranked
BACKGROUND = 50_000  # of the newest posts, those that tell how rare a word is
LABELS = ("complaint", "request", "review", full_text.PRAISE)
_K1, _B = 1.2, 0.75
_AFTER_ALL = 2**63 - 1
_NEWEST = (
    "SELECT rowid {id} FROM posts_fts WHERE posts_fts MATCH :asked"
    " AND rowid < :before AND rowid >= :after{exactly} ORDER BY rowid DESC LIMIT :limit"
)
_EXACTLY = (
    " AND EXISTS (SELECT 1 FROM posts WHERE posts.id = posts_fts.rowid {id}"
    " AND posted_at >= :since AND posted_at < :until)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What posts are searched; None: any. A label is one of `LABELS`, times are [since, until)."""

    brand: str | None = None
    platform: str | None = None
    author: str | None = None  # the handle, whatever its capitals, with or without "@"
    language: str | None = None
    label: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def has_span(self) -> bool:
        """Whether only a part of all time is searched."""
        return self.since is not None or self.until is not None


ANYWHERE = Filters()


def asked(query: Query, filters: Filters, brands: Sequence[str] | None) -> str:
    """Return what the index is asked, "" where nothing is asked for.

    Every word stands in double quotes and holds nothing but letters, digits and marks.
    """
    facets = list(_facets(filters))
    terms = [*map(_quoted, query.wanted), *facets]
    if not terms and not query.unwanted and not filters.has_span:
        return ""
    if brands is not None:
        named = " OR ".join(_word(full_text.facet("b", brand)) for brand in brands)
        terms.append(f"({named or _word(full_text.NO_POST)})")
    wanted = " AND ".join(terms or [_word(full_text.EVERY_POST)])
    if not query.unwanted:
        return wanted
    return f"({wanted}) NOT ({' OR '.join(map(_quoted, query.unwanted))})"


def newest(
    database: Database, asked: str, filters: Filters, *, limit: int, before: int | None
) -> list[int]:
    """Return the ids of the posts the index holds for `asked`, those posted last first.

    With `before` only those that come behind the post with this id; where it is gone, none.
    """
    last = _AFTER_ALL if before is None else _turn_of(database, before)
    if not asked or last is None:
        return []
    exactly = _EXACTLY if filters.has_span else ""
    rows = database.conn.execute(
        _NEWEST.format(id=full_text.ID_OF_TURN, exactly=exactly.format(id=full_text.ID_OF_TURN)),
        {
            "asked": asked,
            "before": min(last, _bound(filters.until, 2) or last),
            "after": _bound(filters.since, -1) or 0,
            "since": to_text(filters.since) if filters.since else "",
            "until": to_text(filters.until) if filters.until else "~",
            "limit": limit,
        },
    )
    return [post for (post,) in rows]


def best(database: Database, query: Query, window: Sequence[int]) -> list[int]:
    """Return the ids in `window`, those first whose text speaks most of what is asked for."""
    if not query.wanted or not window:
        return list(window)
    rows = database.conn.execute(
        "SELECT id, text FROM posts WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(window))],
    )
    read = {post: (query.counts(text), len(text.split())) for post, text in rows}
    rarity = _rarity(database, query)
    usual = sum(length for _, length in read.values()) / max(len(read), 1) or 1.0
    scores = {
        post: sum(map(_weight, counts, rarity, [length / usual] * len(counts)))
        for post, (counts, length) in read.items()
    }
    return sorted((post for post in window if post in scores), key=lambda post: -scores[post])


def passing(filters: Filters) -> tuple[str, list[object]]:
    """Return the SQL that a row of `posts` passes, and its values: for reading many of them."""
    since = to_text(filters.since) if filters.since else ""
    until = to_text(filters.until) if filters.until else "~"
    # The sign keeps SQLite from an index that would have to be sorted by id for each batch.
    conditions = ["+posted_at >= ?", "+posted_at < ?"]
    values: list[object] = [since, until]
    wanted: dict[str, object] = {
        "+platform = ?": filters.platform,
        "+language = ?": filters.language,
        "mentiondesk_words(author_handle) = mentiondesk_words(?)": filters.author
        and filters.author.removeprefix("@"),
        "EXISTS (SELECT 1 FROM post_brands WHERE post_id = posts.id AND brand = ?)": filters.brand,
    }
    if filters.label == full_text.PRAISE:
        wanted["praise >= ?"] = LIKELY
    elif filters.label is not None:
        wanted["EXISTS (SELECT 1 FROM json_each(flags) WHERE value = ?)"] = filters.label
    for condition, value in wanted.items():
        if value is not None:
            conditions.append(condition)
            values.append(value)
    return " AND ".join(conditions), values


def _weight(count: int, rarity: float, length: float) -> float:
    return rarity * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length))


def _rarity(database: Database, query: Query) -> list[float]:
    """Return how much each wanted term tells, by how many of the newest posts hold it."""
    every = _word(full_text.EVERY_POST)
    row = database.conn.execute(
        "SELECT rowid FROM posts_fts WHERE posts_fts MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        [every, BACKGROUND - 1],
    ).fetchone()
    first = row[0] if row else 0
    total = BACKGROUND if row else _count(database, every, 0)
    held = [_count(database, _quoted(term), first) for term in query.wanted]
    return [math.log(1 + (total - count + 0.5) / (count + 0.5)) for count in held]


def _count(database: Database, asked: str, first: int) -> int:
    counted = database.conn.execute(
        "SELECT count(*) FROM posts_fts WHERE posts_fts MATCH ? AND rowid >= ?", [asked, first]
    )
    return int(counted.fetchone()[0])


def _facets(filters: Filters) -> Iterator[str]:
    values = {
        "b": filters.brand,
        "p": filters.platform,
        "a": filters.author,
        "l": filters.language,
        "f": filters.label,
    }
    for kind, value in values.items():
        if value is not None:
            yield _word(full_text.facet(kind, value))


def _quoted(term: Term) -> str:
    return _word(" ".join(term.words)) + (" *" if term.is_beginning else "")


def _word(text: str) -> str:
    return f'"{text}"'


def _turn_of(database: Database, post: int) -> int | None:
    found = database.conn.execute(
        f"SELECT {full_text.turn('posts')} FROM posts WHERE id = ?", [post]
    ).fetchone()
    return None if found is None else int(found[0])


def _bound(at: datetime | None, seconds: int) -> int | None:
    """Return a turn so many seconds away from an instant; the exact ends are compared as text."""
    return None if at is None else full_text.seconds_turn(int(at.timestamp()) + seconds)
