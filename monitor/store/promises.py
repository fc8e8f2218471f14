"""Promises made to customers: who made them, by when, and what became of them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from monitor.desk.promises import Kept, Promise, Promised, Told
from monitor.model import ItemId, MemberId
from monitor.store.instants import from_text, from_text_or_none, to_text

Row = dict[str, Any]
_SELECT = (
    "SELECT promises.*, members.name AS by FROM promises"
    " JOIN members ON members.id = promises.member"
)
_WHOLE = (  # an item, and what was merged into it, perhaps more than once
    "WITH RECURSIVE whole (id) AS (SELECT :item UNION"
    " SELECT items.id FROM whole JOIN items ON items.merged_into = whole.id) "
)
_GOING_ON = (  # the items of promises that stand, up to those that go on for them
    "WITH RECURSIVE above (promise, item) AS ("
    "SELECT id, item_id FROM promises WHERE outcome IS NULL UNION"
    " SELECT promise, merged_into FROM above JOIN items ON items.id = above.item"
    " WHERE merged_into IS NOT NULL) "
)
_WANTED = "(items.state <> 'void' OR items.merged_into IS NOT NULL)"


class Promises:
    """The table `promises`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def make(
        self, item: ItemId, text: str, due_at: datetime, by: MemberId, now: datetime
    ) -> Promise:
        """Keep a promise and return it."""
        row = {
            "item_id": item,
            "member": by,
            "text": text,
            "made_at": to_text(now),
            "due_at": to_text(due_at),
        }
        number = int(self._db.table("promises").insert(row).last_pk or 0)
        made = next(map(_promise, self._db.query(f"{_SELECT} WHERE promises.id = ?", [number])))
        self._db.execute(
            "UPDATE promises SET next_at = ? WHERE id = ?", [to_text(made.remind_at), number]
        )
        return made

    def get(self, number: int) -> Promise | None:
        """Return a promise by its number."""
        rows = self._db.query(f"{_SELECT} WHERE promises.id = ?", [number])
        return next(map(_promise, rows), None)

    def of_item(self, item: ItemId) -> tuple[Promise, ...]:
        """Return what was promised on an item and those merged into it, due soonest first."""
        rows = self._db.query(
            f"{_WHOLE}{_SELECT} WHERE item_id IN (SELECT id FROM whole)"
            " ORDER BY due_at, promises.id",
            {"item": item},
        )
        return tuple(map(_promise, rows))

    def standing(self, item: ItemId) -> tuple[Promise, ...]:
        """Return the promises on an item that nobody has settled, due soonest first.

        Those on items that were merged into it are among them.
        """
        rows = self._db.query(
            f"{_WHOLE}{_SELECT} WHERE item_id IN (SELECT id FROM whole) AND +outcome IS NULL"
            " ORDER BY due_at, promises.id",
            {"item": item},
        )
        return tuple(map(_promise, rows))

    def of_items(self, items: Sequence[ItemId]) -> tuple[Promise, ...]:
        """Return what was promised on these items, due latest first."""
        rows = self._db.query(
            f"{_SELECT} WHERE item_id IN (SELECT value FROM json_each(?))"
            " ORDER BY due_at DESC, promises.id DESC",
            [json.dumps(list(items))],
        )
        return tuple(map(_promise, rows))

    def owed_by(self, member: MemberId) -> tuple[Promise, ...]:
        """Return the promises that stand and that a member is reminded of, due soonest first.

        That is who has the item, or the one that goes on for it; else who promised.
        """
        rows = self._db.query(
            f"{_GOING_ON}{_SELECT} JOIN items ON items.id = item_id"
            " JOIN above ON above.promise = promises.id"
            " JOIN items AS root ON root.id = above.item AND root.merged_into IS NULL"
            " LEFT JOIN members AS owners ON owners.id = root.owner AND owners.left_at IS NULL"
            f" WHERE {_WANTED} AND coalesce(owners.id, promises.member) = ?"
            " ORDER BY promises.due_at, promises.id",
            [member],
        )
        return tuple(map(_promise, rows))

    def settled_last(self, by: MemberId, item: ItemId | None = None) -> Promise | None:
        """Return the promise that a member settled last, on `item` if given."""
        rows = self._db.query(
            f"{_SELECT} WHERE settled_by = ? AND item_id = coalesce(?, item_id)"
            " ORDER BY settled_at DESC, promises.id DESC LIMIT 1",
            [by, item],
        )
        return next(map(_promise, rows), None)

    def to_tell(self, now: datetime) -> tuple[Promise, ...]:
        """Return the promises of which something may have to be told by `now`, soonest first.

        On an item that is not for us nobody waits for a word.
        """
        rows = self._db.query(
            f"{_SELECT} JOIN items ON items.id = item_id WHERE next_at <= ? AND {_WANTED}"
            " ORDER BY next_at, promises.id",
            [to_text(now)],
        )
        return tuple(map(_promise, rows))

    def told(self, promise: Promise, what: Told) -> None:
        """Record of what the team was told; of what is past its time, nothing more is told."""
        following = to_text(promise.due_at) if what is Told.SOON else None
        self._db.execute(
            "UPDATE promises SET told = ?, next_at = ? WHERE id = ?", [what, following, promise.id]
        )

    def settle(self, number: int, outcome: Kept, by: MemberId, now: datetime) -> None:
        """Write what became of a promise."""
        self._db.execute(
            "UPDATE promises SET outcome = ?, settled_at = ?, settled_by = ?, next_at = NULL"
            " WHERE id = ?",
            [outcome, to_text(now), by, number],
        )

    def reopen(self, promise: Promise) -> None:
        """Let a promise stand again whose settling was taken back."""
        following = {None: promise.remind_at, Told.SOON: promise.due_at}.get(promise.told)
        self._db.execute(
            "UPDATE promises SET outcome = NULL, settled_at = NULL, settled_by = NULL, next_at = ?"
            " WHERE id = ?",
            [to_text(following) if following else None, promise.id],
        )

    def figures(
        self, since: datetime, until: datetime, brands: Sequence[str], now: datetime
    ) -> Promised:
        """Return what the promises came to that fell due in [since, until), of these brands' items.

        One whose time has not come by `now` is not among them.
        """
        rows = self._db.execute(
            "SELECT outcome, count(*) FROM promises JOIN items ON items.id = item_id"
            " WHERE +items.brand IN (SELECT value FROM json_each(?))"
            f" AND {_WANTED} AND promises.due_at >= ? AND promises.due_at < ?"
            " AND (outcome IS NOT NULL OR promises.due_at < ?) GROUP BY outcome",
            [json.dumps(list(brands)), to_text(since), to_text(until), to_text(now)],
        ).fetchall()
        count: dict[str | None, int] = dict(rows)
        kept, late = count.get(Kept.KEPT, 0), count.get(Kept.LATE, 0)
        standing = count.get(None, 0)
        broken = count.get(Kept.BROKEN, 0) + standing
        return Promised(
            due=kept + late + broken,
            kept=kept,
            late=late,
            broken=broken,
            dropped=count.get(Kept.DROPPED, 0),
            open=standing,
        )

    def forget(self, platform: str, author_key: str) -> int:
        """Erase the words of what was promised to an author; when and whether kept stays."""
        cursor = self._db.execute(
            "UPDATE promises SET text = '' WHERE text <> '' AND item_id IN"
            " (SELECT id FROM items WHERE platform = ? AND author_key = ?)",
            [platform, author_key],
        )
        return cursor.rowcount


def _promise(row: Row) -> Promise:
    return Promise(
        id=row["id"],
        item=ItemId(row["item_id"]),
        member=MemberId(row["member"]),
        by=row["by"],
        text=row["text"],
        made_at=from_text(row["made_at"]),
        due_at=from_text(row["due_at"]),
        told=Told(row["told"]) if row["told"] else None,
        outcome=Kept(row["outcome"]) if row["outcome"] else None,
        settled_at=from_text_or_none(row["settled_at"]),
        settled_by=None if row["settled_by"] is None else MemberId(row["settled_by"]),
    )
