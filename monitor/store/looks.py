"""Looks: which conversations were read as a whole, and which of them must be read next."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.model import ItemId
from monitor.store.instants import from_text, to_text

_LISTED = "items.muted = 0 AND items.state NOT IN ('resolved', 'void')"
_TAPPED = f"""
WITH taps AS (
    SELECT items.thread, events.recorded_at AS at, 0 AS turn
    FROM items CROSS JOIN events ON events.item_id = items.id
    WHERE items.platform = :platform AND items.answer_proven = 0 AND items.answer_at >= :since
    AND items.muted = 0 AND events.kind = 'answered'
    UNION ALL
    SELECT items.thread, events.recorded_at, 1
    FROM items INDEXED BY items_due CROSS JOIN events ON events.item_id = items.id
    WHERE :claims AND {_LISTED} AND items.platform = :platform AND items.state = 'claimed'
    AND events.kind = 'claimed'
), latest AS (
    SELECT thread, max(at) AS at, min(turn) AS turn FROM taps WHERE at >= :since GROUP BY thread
)
SELECT thread, at FROM latest
WHERE NOT EXISTS (SELECT 1 FROM thread_looks AS looks WHERE looks.platform = :platform
    AND looks.thread = latest.thread AND looks.looked_at >= latest.at)
ORDER BY turn, at LIMIT :limit
"""
_STALE = f"""
SELECT items.thread FROM items
LEFT JOIN thread_looks AS looks
    ON looks.platform = items.platform AND looks.thread = items.thread
WHERE items.platform = :platform AND {_LISTED}
AND max(coalesce(looks.looked_at, ''), items.opened_at) <= :before
GROUP BY items.thread ORDER BY max(coalesce(looks.looked_at, ''), items.opened_at) LIMIT :limit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A conversation in which somebody tapped Answered or Claim since it was last read."""

    thread: str
    at: datetime


class Looks:
    """The table `thread_looks`, and what the items ask of it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def look(self, platform: str, thread: str, at: datetime) -> None:
        """Record that a conversation was read as it stood at `at`."""
        self._db.execute(
            "INSERT INTO thread_looks (platform, thread, looked_at) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET looked_at = max(looked_at, excluded.looked_at)",
            [platform, thread, to_text(at)],
        )

    def looked_at(self, platform: str, thread: str) -> datetime | None:
        """Return when a conversation was last read, None if it never was."""
        row = self._db.execute(
            "SELECT looked_at FROM thread_looks WHERE platform = ? AND thread = ?",
            [platform, thread],
        ).fetchone()
        return from_text(row[0]) if row else None

    def soon(self, platform: str, until: datetime, limit: int) -> dict[ItemId, int]:
        """Return a platform's items of whose clocks something must be told by `until`.

        With each comes the number of its changes so far.
        """
        rows = self._db.execute(
            "SELECT id, revision FROM items WHERE next_check_at <= ? AND platform = ?"
            f" AND {_LISTED} AND state <> 'answered' ORDER BY next_check_at LIMIT ?",
            [to_text(until), platform, limit],
        ).fetchall()
        return {ItemId(item): revision for item, revision in rows}

    def tapped(
        self, platform: str, since: datetime, limit: int, *, claims: bool
    ) -> tuple[Tapped, ...]:
        """Return the conversations that were not read since a tap after `since`.

        Answers that are not proven come first, then claims where they count, each oldest tap first.
        """
        rows = self._db.execute(
            _TAPPED,
            {
                "platform": platform,
                "since": to_text(since),
                "limit": limit,
                "claims": int(claims),
            },
        ).fetchall()
        return tuple(Tapped(thread=thread, at=from_text(at)) for thread, at in rows)

    def stale(self, platform: str, before: datetime, limit: int) -> tuple[str, ...]:
        """Return the conversations of listed items not read since `before`, oldest look first."""
        rows = self._db.execute(
            _STALE, {"platform": platform, "before": to_text(before), "limit": limit}
        ).fetchall()
        return tuple(thread for (thread,) in rows)

    def forget(self, before: datetime) -> None:
        """Forget looks that nobody asks about any more."""
        self._db.execute("DELETE FROM thread_looks WHERE looked_at < ?", [to_text(before)])
