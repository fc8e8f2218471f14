"""The full-text index of posts: its table and triggers, how it is filled, checked and made anew.

A row of it is known by the post's *turn*: the second in which it was posted, and its id behind. So
the index itself yields hits newest first, whenever they were kept, without sorting any. Words are
kept as `monitor.matching.query` spells them, and beside them *facets*, words that stand for a
brand, a platform, an author, a language or a label: a filter is one more word, and as fast.

Nothing of the text is kept twice. What takes a row out must therefore say what it was made of: the
triggers call the functions `teach` gives to a connection, and the store's connections have them.
"""

import json
import sqlite3
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from monitor.desk.customers import LIKELY
from monitor.matching.folding import fold
from monitor.matching.query import FACET, spelled

BITS = 30  # of a turn for the id
ID_OF_TURN = f"& {(1 << BITS) - 1}"
_LAST_SECOND = (1 << 33) - 1  # in the year 2242; what was posted later is shown as posted then
PRAISE = "praise"
EVERY_POST = FACET + "e"  # a word of every post
NO_POST = FACET + "n"  # a word of none
_COLUMNS = "text, author, place, facets"


def turn(table: str) -> str:
    """Return the SQL of the turn of a row of `table`, a table of posts."""
    second = f"coalesce(unixepoch({table}.posted_at), 0)"
    return f"((min(max({second}, 0), {_LAST_SECOND}) << {BITS}) | {table}.id)"


def seconds_turn(second: int) -> int:
    """Return the first turn of a second since 1970."""
    return min(max(second, 0), _LAST_SECOND) << BITS


def facet(kind: str, value: str) -> str:
    """Return the word for a value of a b(rand), p(latform), a(uthor), l(anguage) or f(lag)."""
    plain = fold(value.removeprefix("@")) if kind == "a" else value
    return FACET + kind + plain.encode("utf-8", "replace").hex()


def _facets(  # the arguments of a function in SQL have no names
    platform: str,
    handle: str | None,
    language: str | None,
    flags: str,
    praise: float | None,
    brands: str,
) -> str:
    """Return the facets of a post, a blank between them."""
    shared = _shared(platform, language, flags, brands, is_praise=(praise or 0.0) >= LIKELY)
    return f"{shared} {facet('a', handle)}" if handle else shared


@lru_cache(maxsize=1024)
def _shared(
    platform: str, language: str | None, flags: str, brands: str, *, is_praise: bool
) -> str:
    """Return the facets that many posts have in common."""
    labels = json.loads(flags) + ([PRAISE] if is_praise else [])
    found = [EVERY_POST, facet("p", platform), *(facet("f", label) for label in labels)]
    found += [facet("b", brand) for brand in sorted(json.loads(brands))]
    if language:
        found.append(facet("l", language))
    return " ".join(found)


def _spelled(text: str | None) -> str:
    return spelled(text) if text else ""


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the functions by which the triggers tell what the index holds of a post."""
    connection.create_function("mentiondesk_words", 1, _spelled, deterministic=True)
    connection.create_function("mentiondesk_facets", 6, _facets, deterministic=True)


def _row(table: str) -> str:
    """Return the SQL of what the index holds of a row of `table`, in the order of its columns."""
    author = f"coalesce({table}.author_handle, '') || ' ' || coalesce({table}.author_name, '')"
    return f"""mentiondesk_words({table}.text), mentiondesk_words({author}),
    mentiondesk_words({table}.place), {_facets_of(table)}"""


def _facets_of(table: str) -> str:
    brands = f"(SELECT json_group_array(brand) FROM post_brands WHERE post_id = {table}.id)"
    return f"""mentiondesk_facets({table}.platform, {table}.author_handle, {table}.language,
        {table}.flags, {table}.praise, {brands})"""


_OUT = f"""INSERT INTO posts_fts (posts_fts, rowid, {_COLUMNS})
    VALUES ('delete', {turn("old")}, {_row("old")});"""
_CHANGING = "text, author_handle, author_name, place, platform, posted_at, language, flags, praise"
_TABLE = f"""
CREATE VIRTUAL TABLE posts_fts USING fts5 (
    {_COLUMNS}, content = '',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
);
"""
_TRIGGERS = f"""
CREATE TRIGGER posts_fts_delete BEFORE DELETE ON posts BEGIN
    {_OUT}
END;
CREATE TRIGGER posts_fts_update AFTER UPDATE OF {_CHANGING} ON posts
WHEN ({", ".join(f"old.{name.strip()}" for name in _CHANGING.split(","))})
    IS NOT ({", ".join(f"new.{name.strip()}" for name in _CHANGING.split(","))})
BEGIN
    {_OUT}
    INSERT INTO posts_fts (rowid, {_COLUMNS}) VALUES ({turn("new")}, {_row("new")});
END;
"""
# In the order of turns: the index writes a part of its own wherever a row comes before the last.
_FILL = f"""
INSERT INTO posts_fts (rowid, {_COLUMNS})
SELECT turns.turn, {_row("posts")}
FROM (SELECT id, {turn("posts")} AS turn FROM posts WHERE id > %s ORDER BY 2) AS turns
CROSS JOIN posts ON posts.id = turns.id;
"""
SCRIPT = f"""
DROP TRIGGER IF EXISTS posts_fts_delete;
DROP TRIGGER IF EXISTS posts_fts_update;
DROP TABLE IF EXISTS posts_fts;
{_TABLE}
{_TRIGGERS}
{_FILL % 0}
"""  # a step of the schema that calls `transform()` on `posts` must run it again


def add(database: Database, after: int) -> None:
    """Index the posts with ids behind `after`; they and their brands are kept already.

    One statement for all: a trigger for each would write a part of the index for each.
    """
    database.execute(_FILL % "?", [after])


def take_out(database: Database, post: int) -> None:
    """Take a post out of the index, before its brands change."""
    database.execute(
        f"INSERT INTO posts_fts (posts_fts, rowid, {_COLUMNS})"
        f" SELECT 'delete', {turn('posts')}, {_row('posts')} FROM posts WHERE id = ?",
        [post],
    )


def put_back(database: Database, post: int) -> None:
    """Index a post again that was taken out."""
    database.execute(
        f"INSERT INTO posts_fts (rowid, {_COLUMNS})"
        f" SELECT {turn('posts')}, {_row('posts')} FROM posts WHERE id = ?",
        [post],
    )


def fill_anew(database: Database) -> None:
    """Write the whole index anew from the posts."""
    database.execute("INSERT INTO posts_fts (posts_fts) VALUES ('delete-all')")
    add(database, 0)


def damage(database: Database) -> str | None:
    """Return how the index differs from the posts, None where it agrees.

    It is made a second time beside the database, and compared word by word.
    Raises: sqlite3.DatabaseError where it is broken in itself.
    """
    teach(database.conn)
    run: Any = database.conn.execute
    run("INSERT INTO posts_fts (posts_fts) VALUES ('integrity-check')")
    run(_TABLE.replace("posts_fts", "temp.posts_fts_anew"))
    try:
        run(_FILL.replace("posts_fts", "temp.posts_fts_anew") % 0)
        run("CREATE VIRTUAL TABLE temp.words_anew USING fts5vocab (temp, posts_fts_anew, col)")
        run("CREATE VIRTUAL TABLE temp.words_kept USING fts5vocab (main, posts_fts, col)")
        (wrong,) = run(_DIFFERENCES).fetchone()
    finally:
        for table in ("words_anew", "words_kept", "posts_fts_anew"):
            run(f"DROP TABLE IF EXISTS temp.{table}")
    return None if not wrong else f"{wrong} words do not stand where the index says"


_DIFFERENCES = """
SELECT count(*) FROM (
    SELECT * FROM (SELECT term, col, doc, cnt FROM temp.words_anew
        EXCEPT SELECT term, col, doc, cnt FROM temp.words_kept)
    UNION ALL
    SELECT * FROM (SELECT term, col, doc, cnt FROM temp.words_kept
        EXCEPT SELECT term, col, doc, cnt FROM temp.words_anew)
)
"""
