"""Sources: where each one stands, what of it was really read, and whether it fails."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.model import Cursor, Page
from monitor.store.instants import from_text, from_text_or_none, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """Where a source stands."""

    name: str  # "reddit", or "reddit:own" for the brands' own accounts
    platform: str
    switched_on_at: datetime
    cursor: Cursor | None  # None: never read
    last_ok_at: datetime | None
    failing_since: datetime | None
    error: str | None


class Sources:
    """The tables `sources` and `coverage`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def switch_on(self, name: str, platform: str, now: datetime) -> SourceRow:
        """Return the source, recording its switch-on the first time only."""
        self._db.execute(
            "INSERT OR IGNORE INTO sources (name, platform, switched_on_at) VALUES (?, ?, ?)",
            [name, platform, to_text(now)],
        )
        return next(row for row in self.all() if row.name == name)

    def get(self, name: str) -> SourceRow | None:
        """Return a source by name, or None."""
        return next((row for row in self.all() if row.name == name), None)

    def all(self) -> tuple[SourceRow, ...]:
        """Return every source that was ever switched on."""
        return tuple(
            SourceRow(
                name=row["name"],
                platform=row["platform"],
                switched_on_at=from_text(row["switched_on_at"]),
                cursor=None if row["cursor"] is None else Cursor(row["cursor"]),
                last_ok_at=from_text_or_none(row["last_ok_at"]),
                failing_since=from_text_or_none(row["failing_since"]),
                error=row["error"],
            )
            for row in self._db.query("SELECT * FROM sources ORDER BY name")
        )

    def advance(self, name: str, page: Page, now: datetime) -> None:
        """Move a source's cursor past a page, in the transaction that keeps its mentions."""
        self._db.execute("UPDATE sources SET cursor = ? WHERE name = ?", [page.cursor, name])
        if page.window is None:
            return
        lags = [(now - mention.posted_at).total_seconds() for mention in page.mentions]
        self._db.conn.execute(
            "INSERT INTO coverage (source, query, since, until, complete, read_at, requests,"
            " cost_usd, mentions, lag_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                name,
                page.window.query,
                to_text(page.window.since),
                to_text(page.window.until),
                int(page.window.complete),
                to_text(now),
                page.requests,
                page.cost_usd,
                len(page.mentions),
                max(lags, default=None),
            ],
        )

    def well(self, name: str, now: datetime) -> datetime | None:
        """Record a poll that went through; return since when it had failed, None if it had not."""
        before = self.get(name)
        self._db.execute(
            "UPDATE sources SET last_ok_at = ?, failing_since = NULL, error = NULL WHERE name = ?",
            [to_text(now), name],
        )
        return before.failing_since if before else None

    def failed(self, name: str, error: str, now: datetime) -> bool:
        """Record a poll that failed; True if the poll before had gone through."""
        before = self.get(name)
        self._db.execute(
            "UPDATE sources SET failing_since = coalesce(failing_since, ?), error = ?"
            " WHERE name = ?",
            [to_text(now), error, name],
        )
        return before is None or before.failing_since is None

    def blind(self, since: datetime, until: datetime) -> tuple[tuple[str, str], ...]:
        """Return (source, query) of windows within [since, until) that were not read whole."""
        rows = self._db.execute(
            "SELECT DISTINCT source, query FROM coverage WHERE complete = 0"
            " AND read_at >= ? AND read_at < ?",
            [to_text(since), to_text(until)],
        ).fetchall()
        return tuple((source, query) for source, query in rows)

    def read_at(self, name: str) -> datetime | None:
        """Return when the latest page of a source was read, None if none ever was."""
        row = self._db.execute(
            "SELECT read_at FROM coverage WHERE +source = ? ORDER BY id DESC LIMIT 1", [name]
        ).fetchone()
        return from_text(row[0]) if row else None

    def prune(self, before: datetime) -> None:
        """Forget old windows that were read whole; holes are kept."""
        self._db.execute(
            "DELETE FROM coverage WHERE complete = 1 AND read_at < ?", [to_text(before)]
        )
