"""Sources: where each one stands, whether it fails or rests, and how often it is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from monitor.model import Cursor, Page
from monitor.store.coverage import Coverage
from monitor.store.instants import from_text, from_text_or_none, to_text

Row = dict[str, Any]


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
    failed_at: datetime | None = None  # when a poll failed last
    rests_until: datetime | None = None  # it is left alone until then, and that is no failure
    rests_why: str | None = None
    pace: timedelta | None = None  # between two polls, to save money; None: as the settings say


class Sources:
    """The table `sources`."""

    def __init__(self, database: Database, coverage: Coverage) -> None:
        self._db = database
        self._coverage = coverage

    def switch_on(self, name: str, platform: str, now: datetime) -> SourceRow:
        """Return the source, recording its switch-on the first time only."""
        self._db.execute(
            "INSERT OR IGNORE INTO sources (name, platform, switched_on_at) VALUES (?, ?, ?)",
            [name, platform, to_text(now)],
        )
        return next(row for row in self.all() if row.name == name)

    def get(self, name: str) -> SourceRow | None:
        """Return a source by name, or None."""
        rows = self._db.query("SELECT * FROM sources WHERE name = ?", [name])
        return next(map(_source, rows), None)

    def all(self) -> tuple[SourceRow, ...]:
        """Return every source that was ever switched on."""
        return tuple(map(_source, self._db.query("SELECT * FROM sources ORDER BY name")))

    def advance(self, name: str, page: Page, now: datetime, *, matched: int = 0) -> None:
        """Move a source's cursor past a page, in the transaction that keeps its mentions.

        What the page covered goes on record; `matched` of its mentions name a brand and were new.
        """
        self._db.execute("UPDATE sources SET cursor = ? WHERE name = ?", [page.cursor, name])
        self._coverage.record(name, page, now, matched=matched)

    def well(self, name: str, now: datetime) -> datetime | None:
        """Record a poll that went through; return since when it had failed, None if it had not."""
        before = self.get(name)
        self._db.execute(
            "UPDATE sources SET last_ok_at = ?, failing_since = NULL, error = NULL,"
            " rests_until = NULL, rests_why = NULL WHERE name = ?",
            [to_text(now), name],
        )
        return before.failing_since if before else None

    def failed(self, name: str, error: str, now: datetime) -> bool:
        """Record a poll that failed; True if the poll before had gone through."""
        before = self.get(name)
        self._db.execute(
            "UPDATE sources SET failing_since = coalesce(failing_since, ?), error = ?,"
            " failed_at = ?, rests_until = NULL, rests_why = NULL WHERE name = ?",
            [to_text(now), error, to_text(now), name],
        )
        return before is None or before.failing_since is None

    def rest(self, name: str, until: datetime, why: str) -> None:
        """Record that a source is left alone until `until`: the platform asked, or money is short.

        It is no failure; a poll that goes through, or fails, ends it.
        """
        self._db.execute(
            "UPDATE sources SET rests_until = ?, rests_why = ?, failing_since = NULL, error = NULL"
            " WHERE name = ?",
            [to_text(until), why, name],
        )

    def paced(self, name: str, pace: timedelta | None) -> None:
        """Record how long is left between two polls to save money; None: as the settings say."""
        seconds = None if pace is None else pace.total_seconds()
        self._db.execute("UPDATE sources SET pace_s = ? WHERE name = ?", [seconds, name])


def _source(row: Row) -> SourceRow:
    return SourceRow(
        name=row["name"],
        platform=row["platform"],
        switched_on_at=from_text(row["switched_on_at"]),
        cursor=None if row["cursor"] is None else Cursor(row["cursor"]),
        last_ok_at=from_text_or_none(row["last_ok_at"]),
        failing_since=from_text_or_none(row["failing_since"]),
        error=row["error"],
        failed_at=from_text_or_none(row["failed_at"]),
        rests_until=from_text_or_none(row["rests_until"]),
        rests_why=row["rests_why"],
        pace=None if row["pace_s"] is None else timedelta(seconds=row["pace_s"]),
    )
