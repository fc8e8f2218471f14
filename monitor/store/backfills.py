"""Backfills: which spans of a platform's past were read, and where a broken off one goes on."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from monitor.model import Cursor
from monitor.store.instants import from_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A span [since, until) of a platform's past, and how far it was read."""

    platform: str
    since: datetime
    until: datetime
    query: str = ""  # what of the platform; "": all of it
    brand: str = ""  # whose mentions are kept; "": every brand's
    cursor: Cursor | None = None  # None: no page of it is stored


class Backfills:
    """The table `backfills`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, wanted: Backfill, now: datetime) -> Backfill:
        """Return `wanted` with the cursor where it was broken off; a finished one begins anew."""
        row = self._db.execute(
            f"SELECT cursor FROM backfills WHERE {_THIS} AND done_at IS NULL", _key(wanted)
        ).fetchone()
        if row is not None:
            return replace(wanted, cursor=None if row[0] is None else Cursor(row[0]))
        self._db.execute(
            "INSERT OR REPLACE INTO backfills (platform, query, brand, since, until, began_at)"
            " VALUES (:platform, :query, :brand, :since, :until, :now)",
            {**_key(wanted), "now": to_text(now)},
        )
        return replace(wanted, cursor=None)

    def broken_off(self, wanted: Backfill) -> Backfill | None:
        """Return the latest unfinished backfill of the same kind and start as `wanted`, or None."""
        row = self._db.execute(
            "SELECT until, cursor FROM backfills WHERE platform = :platform AND query = :query"
            " AND brand = :brand AND since = :since AND until <= :until AND done_at IS NULL"
            " ORDER BY until DESC",
            _key(wanted),
        ).fetchone()
        if row is None:
            return None
        cursor = None if row[1] is None else Cursor(row[1])
        return replace(wanted, until=from_text(row[0]), cursor=cursor)

    def advance(self, backfill: Backfill, cursor: Cursor) -> None:
        """Move past a page, in the transaction that keeps its mentions."""
        self._db.execute(
            f"UPDATE backfills SET cursor = :cursor WHERE {_THIS}",
            {**_key(backfill), "cursor": cursor},
        )

    def done(self, backfill: Backfill, now: datetime) -> None:
        """Record that a span was read to its end; asked for again, it is read again."""
        self._db.execute(
            f"UPDATE backfills SET done_at = :now WHERE {_THIS}",
            {**_key(backfill), "now": to_text(now)},
        )


_THIS = (
    "platform = :platform AND query = :query AND brand = :brand"
    " AND since = :since AND until = :until"
)


def _key(backfill: Backfill) -> dict[str, str]:
    return {
        "platform": backfill.platform,
        "query": backfill.query,
        "brand": backfill.brand,
        "since": to_text(backfill.since),
        "until": to_text(backfill.until),
    }
