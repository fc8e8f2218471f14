"""What a rehearsal has read, in a file that nobody else sees and that is gone when it is closed.

Memory holds a few pages of it, however much was read.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Self

from monitor.clock.policy import Facts
from monitor.desk import matters
from monitor.errors import StoreError
from monitor.model import Classification, Flag, Mention

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_CACHE_KIB = 16_384
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)
_TABLES = """
CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE, -- a digest
    draw INTEGER NOT NULL, -- chance, by the seed and the key
    at INTEGER NOT NULL,
    language TEXT NOT NULL,
    need INTEGER NOT NULL, -- see Need
    complaint REAL, request REAL, -- chances
    complains INTEGER NOT NULL, requests INTEGER NOT NULL, -- flagged
    private INTEGER NOT NULL,
    text TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE named (
    post INTEGER NOT NULL,
    brand TEXT NOT NULL,
    need INTEGER NOT NULL,
    draw INTEGER NOT NULL
) STRICT;
CREATE INDEX named_draw ON named (brand, need > 0, draw);
CREATE TABLE owed (
    id INTEGER PRIMARY KEY,
    post INTEGER NOT NULL,
    brand TEXT NOT NULL,
    who BLOB NOT NULL, -- a digest of platform, thread and author
    at INTEGER NOT NULL,
    policy TEXT NOT NULL,
    facts TEXT -- of the post, for rules; NULL: there are none
) STRICT;
CREATE TABLE arrivals (
    number INTEGER PRIMARY KEY,
    post INTEGER NOT NULL,
    brand TEXT NOT NULL,
    item INTEGER NOT NULL,
    at INTEGER NOT NULL,
    gap INTEGER, -- since the post before it in the item; NULL: it opens it
    policy TEXT NOT NULL,
    facts TEXT
) STRICT;
"""
_ARRANGE = """
INSERT INTO arrivals (post, brand, item, at, gap, policy, facts)
SELECT post, brand, first_value(id) OVER matter, at, at - lag(at) OVER matter, policy, facts
FROM owed
WINDOW matter AS (PARTITION BY brand, who ORDER BY at, post) ORDER BY at, post, brand
"""
# Where a label is flagged lies between the highest chance that was not and the lowest that was.
_EDGES = """
SELECT language,
       max(CASE WHEN NOT complains THEN complaint END), min(CASE WHEN complains THEN complaint END),
       max(CASE WHEN NOT requests THEN request END), min(CASE WHEN requests THEN request END)
FROM posts WHERE NOT private GROUP BY language
"""
_NEAREST = """
SELECT body FROM posts
WHERE language = :language AND NOT private AND complaint IS NOT NULL
ORDER BY abs(max(complaint - :complaint, coalesce(request, -9.0) - :request)), draw LIMIT :most
"""


_SEVERAL = """
SELECT number, item, facts FROM arrivals
WHERE facts IS NOT NULL AND item IN (SELECT item FROM arrivals WHERE gap IS NOT NULL)
ORDER BY item, number
"""


class Need:
    """How much a post needs an answer, as the judge has it."""

    NONE, DOUBT, ANSWER = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A post that a rehearsal has read."""

    mention: Mention
    brands: tuple[str, ...]  # one's own
    classification: Classification | None
    need: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An answer that a post asks for."""

    brand: str
    who: bytes  # tells the author's matter in a thread from any other
    policy: str  # if nothing else is in the item
    facts: Facts | None = None  # that rules may ask of the post; None: there are none


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A post that asks for an answer, in the order of time."""

    item: int
    brand: str
    at: datetime
    gap: timedelta | None  # since the author's post before it in the item; None: it opens it
    policy: str  # its name
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many posts there are of something, by how much they need an answer."""

    posts: int
    doubtful: int
    wanted: int


class Scratch:
    """The posts of one rehearsal."""

    def __init__(self, seed: int) -> None:
        self._seed = seed.to_bytes(8, "big", signed=True)
        self._db = sqlite3.connect("", isolation_level=None)  # a file without a name
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def add(self, read: Read, owed: Sequence[Owed]) -> bool:
        """Keep a post and the answers that it asks for; False if it was read before."""
        mention, judged = read.mention, read.classification
        flags = judged.flags if judged else frozenset[Flag]()
        at, draw = to_moment(mention.posted_at), self._draw(mention.key)
        with _translated():
            added = self._db.execute(
                "INSERT OR IGNORE INTO posts (key, draw, at, language, need, complaint, request,"
                " complains, requests, private, text, body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    blake2b(mention.key.encode(), digest_size=16).digest(),
                    draw,
                    at,
                    judged.language if judged else "und",
                    read.need,
                    judged.complaint if judged else None,
                    judged.request if judged else None,
                    Flag.COMPLAINT in flags,
                    Flag.REQUEST in flags,
                    mention.private,
                    mention.text,
                    _read_type().dump_json(read).decode(),
                ),
            )
            if added.rowcount != 1:
                return False
            post = added.lastrowid
            named = ((post, brand, read.need, draw) for brand in read.brands)
            self._db.executemany("INSERT INTO named VALUES (?, ?, ?, ?)", named)
            asked = ((post, one.brand, one.who, at, one.policy, _told(one.facts)) for one in owed)
            self._db.executemany(
                "INSERT INTO owed (post, brand, who, at, policy, facts) VALUES (?, ?, ?, ?, ?, ?)",
                asked,
            )
        return True

    def arrange(self, policy_of: Callable[[Facts], str] | None = None) -> None:
        """Put everything in the order of time, once all of it was read.

        `policy_of` tells what the rules hand out: an item's posts are asked together.
        """
        with _translated():
            self._db.execute("DELETE FROM arrivals")
            self._db.execute(_ARRANGE)
            if policy_of is not None:
                found = self._rerouted(policy_of)
                self._db.executemany("UPDATE arrivals SET policy = ? WHERE number = ?", found)

    def _rerouted(self, policy_of: Callable[[Facts], str]) -> Iterator[tuple[str, int]]:
        """Yield the policy that an item has by each of its posts."""
        last, known = None, None
        for number, item, told in self._rows(_SEVERAL):
            facts = _facts_type().validate_json(told)
            known = matters.joined(known, facts) if known and item == last else facts
            last = item
            yield policy_of(known), number

    def arrivals(self) -> Iterator[Arrival]:
        """Yield what asks for an answer, oldest first; call `arrange` before."""
        rows = self._rows(
            "SELECT item, brand, arrivals.at, gap, policy, text FROM arrivals"
            " JOIN posts ON posts.id = arrivals.post ORDER BY number"
        )
        for item, brand, at, gap, policy, text in rows:
            yield Arrival(
                item=item,
                brand=brand,
                at=from_moment(at),
                gap=None if gap is None else gap * _MOMENT,
                policy=policy,
                text=text,
            )

    def span(self) -> tuple[datetime, datetime] | None:
        """Return when the first and the last post were written, None without any."""
        [(first, last)] = self._rows("SELECT min(at), max(at) FROM posts")
        return None if first is None else (from_moment(first), from_moment(last))

    def silence(self) -> tuple[datetime, datetime]:
        """Return between which two posts nothing came for longest; call it where there are some."""
        [(_, since, until)] = self._rows(
            "SELECT max(at - before), before, at FROM"
            " (SELECT at, lag(at, 1, at) OVER (ORDER BY at) AS before FROM posts)"
        )
        return from_moment(since), from_moment(until)

    def languages(self) -> dict[str, Count]:
        """Return how many posts there are in each language, most first."""
        rows = self._rows(
            "SELECT language, count(*), sum(need = 1), sum(need = 2) FROM posts"
            " GROUP BY language ORDER BY 2 DESC, 1"
        )
        return {
            language: Count(posts=posts, doubtful=doubtful, wanted=wanted)
            for language, posts, doubtful, wanted in rows
        }

    def brands(self) -> dict[str, Count]:
        """Return how many posts name each brand, by name."""
        rows = self._rows(
            "SELECT brand, count(*), sum(need = 1), sum(need = 2) FROM named"
            " GROUP BY brand ORDER BY brand"
        )
        return {
            brand: Count(posts=posts, doubtful=doubtful, wanted=wanted)
            for brand, posts, doubtful, wanted in rows
        }

    def drawn_texts(self, brand: str, most: int, *, needed: bool) -> Iterator[str]:
        """Yield the texts of so many posts of a brand, drawn by chance; none that is private.

        With `needed`, of those that need an answer or may need one, else of those that do not.
        """
        rows = self._rows(
            "SELECT text FROM (SELECT post FROM named WHERE brand = ? AND (need > 0) = ?"
            " ORDER BY draw LIMIT ?) JOIN posts ON posts.id = post WHERE NOT private",
            brand,
            int(needed),
            most,
        )
        yield from (text for (text,) in rows)

    def texts(self, brand: str) -> Iterator[tuple[str, int, bool]]:
        """Yield the text of each post of a brand, how much it is needed, and if all may see it."""
        yield from self._rows(
            "SELECT text, named.need, NOT private FROM named JOIN posts ON posts.id = post"
            " WHERE brand = ? ORDER BY named.rowid",
            brand,
        )

    def drawn(self, language: str, most: int) -> Iterator[Read]:
        """Yield posts in a language, drawn by chance; none that is private."""
        rows = self._rows(
            "SELECT body FROM posts WHERE language = ? AND NOT private ORDER BY draw LIMIT ?",
            language,
            most,
        )
        yield from (_read_type().validate_json(body) for (body,) in rows)

    def doubtful(self, language: str, most: int) -> Iterator[Read]:
        """Yield the posts in a language that are nearest to being flagged, or to not being it."""
        edges = {row[0]: row[1:] for row in self._rows(_EDGES)}
        if language not in edges:
            return
        complaint, request = _edge(*edges[language][:2]), _edge(*edges[language][2:])
        for (body,) in self._rows(
            _NEAREST, language=language, complaint=complaint, request=request, most=most
        ):
            yield _read_type().validate_json(body)

    def _rows(self, statement: str, *values: object, **named: object) -> Iterator[Any]:
        with _translated():
            yield from self._db.execute(statement, named or values)

    def _draw(self, key: str) -> int:
        """Return a number that is chance, but the same for the same seed and post."""
        digest = blake2b(key.encode(), digest_size=8, key=self._seed).digest()
        return int.from_bytes(digest, "big", signed=True)

    def close(self) -> None:
        """Let go of everything."""
        self._db.close()

    def __enter__(self) -> Self:
        """Return what is ready for posts."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Let go of everything."""
        self.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Tell in one line that there is no room, or no file to be had. Raises: StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"rehearsal: what was read cannot be kept aside: {error}") from error


def _edge(unflagged: float | None, flagged: float | None) -> float:
    """Return the chance from which on a label is flagged, as far as anybody can see it."""
    if flagged is None:
        return 1.0
    return flagged if unflagged is None else (unflagged + flagged) / 2


def _told(facts: Facts | None) -> str | None:
    return None if facts is None else _facts_type().dump_json(facts).decode()


@cache
def _facts_type() -> "TypeAdapter[Facts]":
    from pydantic import TypeAdapter

    return TypeAdapter(Facts)


@cache
def _read_type() -> "TypeAdapter[Read]":
    from pydantic import TypeAdapter

    return TypeAdapter(Read)


def to_moment(at: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (at - _EPOCH) // _MOMENT


def from_moment(moment: int) -> datetime:
    """Return the instant that `to_moment` was given."""
    return _EPOCH + moment * _MOMENT
