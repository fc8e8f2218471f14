"""What a load of old posts asks and writes, for many of them by each statement."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from monitor.model import Event, Item, ItemId
from monitor.store.instants import to_text


class Sharing(NamedTuple):  # a tuple: thousands are read for each portion
    """A post that shares a band with others: perhaps they are copies of one another."""

    band: int
    post: int
    posted_at: str  # as the store spells instants


Printed = tuple[bytes, frozenset[str]]  # a post's fingerprint, and its brands
Whose = tuple[str, str, str, str]  # brand, platform, thread, author key: what tells items apart


class History:
    """Reads and writes `posts` and `items` many rows at a time."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def known(self, keys: Iterable[str]) -> frozenset[str]:
        """Return which of these keys are kept already, whatever became of the posts."""
        rows = self._db.execute(
            "SELECT key FROM posts WHERE key IN (SELECT value FROM json_each(?))",
            [json.dumps(list(keys))],
        )
        return frozenset(key for (key,) in rows)

    def next_post(self) -> int:
        """Return the id that the next post gets, as long as this transaction is held."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM posts").fetchone()[0]) + 1

    def sharing(self, bands: Iterable[int], since: datetime, until: datetime) -> list[Sharing]:
        """Return the first posts that have one of these bands, written in [since, until]."""
        rows = self._db.execute(
            "SELECT band, posts.id, posted_at FROM json_each(?) AS wanted"
            " CROSS JOIN post_bands ON band = wanted.value CROSS JOIN posts ON posts.id = post_id"
            " WHERE posted_at >= ? AND posted_at <= ? AND deleted_at IS NULL"
            " AND fingerprint IS NOT NULL AND fold_of IS NULL",
            [json.dumps(list(bands)), to_text(since), to_text(until)],
        )
        return list(map(Sharing._make, rows))

    def prints(self, posts: Iterable[int]) -> dict[int, Printed]:
        """Return what tells the copies of posts, by id."""
        rows = self._db.execute(
            "SELECT id, fingerprint, (SELECT json_group_array(brand) FROM post_brands"
            " WHERE post_id = posts.id) FROM posts"
            " WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(posts))],
        )
        return {
            post: (fingerprint, frozenset(json.loads(brands))) for post, fingerprint, brands in rows
        }

    def answered(self, keys: Iterable[str]) -> frozenset[str]:
        """Return which of these posts an own account of a brand is known to have replied to."""
        rows = self._db.execute(
            "SELECT DISTINCT reply_to FROM posts WHERE reply_to IS NOT NULL"
            " AND reply_to IN (SELECT value FROM json_each(?)) AND own_brand IS NOT NULL",
            [json.dumps(list(keys))],
        )
        return frozenset(key for (key,) in rows)

    def with_items(self, wanted: Iterable[Whose]) -> set[Whose]:
        """Return who of `wanted` has an item."""
        rows = self._db.execute(
            "SELECT brand, platform, thread, author_key FROM json_each(?) AS whose"
            " CROSS JOIN items ON brand = whose.value ->> 0 AND platform = whose.value ->> 1"
            " AND thread = whose.value ->> 2 AND author_key = whose.value ->> 3",
            [json.dumps(list(wanted))],
        )
        return set(rows.fetchall())

    def open_muted(self, item: Item, author_key: str, opened: Event, post: int) -> ItemId:
        """Write an item of the past with its first post and event, and return its id.

        It stands as the ledger would leave it: no clock runs, and nothing is due.
        """
        who = item.author
        cursor = self._db.conn.execute(
            _OPEN,
            [
                item.brand,
                item.platform,
                item.thread,
                author_key,
                who.id if who else None,
                who.handle if who else None,
                who.name if who else None,
                item.policy,
                opened.ref,
                int(item.found_late),
                int(item.look_back),
                item.fold_of,
                item.state,
                to_text(item.opened_at),
                to_text(item.posted_at),
                item.topic,
                item.urgency,
                item.churn_risk,
            ],
        )
        number = int(cursor.lastrowid or 0)
        self._db.conn.execute(
            _OPENED,
            [
                number,
                opened.kind,
                to_text(opened.at),
                to_text(opened.recorded_at),
                opened.key,
                to_text(opened.posted_at or opened.at),
                opened.reason,
                opened.ref,
            ],
        )
        self._db.conn.execute(_FIRST_POST, [number, post])
        return ItemId(number)


# The second revision: the first is that it was made, the second that its clock was read.
_OPEN = (
    "INSERT INTO items (brand, platform, thread, author_key, author_id, author_handle,"
    " author_name, policy, policy_version, found_late, look_back, fold_of, state, opened_at,"
    " posted_at, topic, urgency, churn_risk, muted, revision)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 2)"
)
_OPENED = (
    "INSERT INTO events (item_id, kind, at, recorded_at, key, posted_at, reason, ref)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_FIRST_POST = "INSERT INTO item_posts (item_id, post_id) VALUES (?, ?)"
