"""The small tables: policy versions, taps, mutes, days that are done, and single values."""

from datetime import date, datetime

from sqlite_utils import Database

from monitor.model import MemberId
from monitor.store.instants import from_text, to_text


class Notes:
    """The tables `policies`, `taps`, `mutes`, `done_days` and `meta`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def policy_version(self, snapshot: str, now: datetime) -> int:
        """Return the version number of a policy snapshot, a new one if it differs from the last."""
        last = self._db.execute(
            "SELECT version, snapshot FROM policies ORDER BY version DESC LIMIT 1"
        ).fetchone()
        if last and last[1] == snapshot:
            return int(last[0])
        version = int(last[0]) + 1 if last else 1
        self._db.execute(
            "INSERT INTO policies (version, snapshot, created_at) VALUES (?, ?, ?)",
            [version, snapshot, to_text(now)],
        )
        return version

    def newest_policy_version(self) -> int | None:
        """Return the number of the latest policy snapshot, None while there is none."""
        row = self._db.execute("SELECT max(version) FROM policies").fetchone()
        return None if row[0] is None else int(row[0])

    def policy_snapshot(self, version: int) -> tuple[str, datetime] | None:
        """Return a version's snapshot and since when it holds, or None."""
        row = self._db.execute(
            "SELECT snapshot, created_at FROM policies WHERE version = ?", [version]
        ).fetchone()
        return (row[0], from_text(row[1])) if row else None

    def tap(self, post: int, label: str, member: MemberId | None, at: datetime) -> None:
        """Keep a person's judgement of a post: training data."""
        self._db.execute(
            "INSERT INTO taps (post_id, label, member, at) VALUES (?, ?, ?, ?)",
            [post, label, member, to_text(at)],
        )

    def untap(self, post: int, at: datetime) -> None:
        """Take the latest judgement of a post back."""
        self._db.execute(
            "UPDATE taps SET undone_at = ? WHERE id ="
            " (SELECT max(id) FROM taps WHERE post_id = ? AND undone_at IS NULL)",
            [to_text(at), post],
        )

    def taps(self) -> tuple[tuple[int, str], ...]:
        """Return (post, label) of every judgement that stands, oldest first."""
        rows = self._db.execute(
            "SELECT post_id, label FROM taps WHERE undone_at IS NULL ORDER BY id"
        ).fetchall()
        return tuple((post, label) for post, label in rows)

    def mute(self, brand: str, chat: str, until: datetime | None, member: MemberId | None) -> None:
        """Silence a brand's warnings in a chat until an instant; None lifts it."""
        if until is None:
            self._db.execute("DELETE FROM mutes WHERE brand = ? AND chat = ?", [brand, chat])
            return
        self._db.execute(
            "INSERT INTO mutes (brand, chat, until, member) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (brand, chat) DO UPDATE"
            " SET until = excluded.until, member = excluded.member",
            [brand, chat, to_text(until), member],
        )

    def muted_until(self, brand: str, chat: str, now: datetime) -> datetime | None:
        """Return until when a brand is silenced in a chat, None if it is not."""
        row = self._db.execute(
            "SELECT until FROM mutes WHERE brand = ? AND chat = ? AND until > ?",
            [brand, chat, to_text(now)],
        ).fetchone()
        return from_text(row[0]) if row else None

    def day_done(self, chat: str, kind: str, day: date, now: datetime) -> bool:
        """Claim a day's summary for a chat; False if it was claimed before."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO done_days (chat, kind, day, done_at) VALUES (?, ?, ?, ?)",
            [chat, kind, day.isoformat(), to_text(now)],
        )
        return cursor.rowcount == 1

    def value(self, key: str) -> str | None:
        """Return a single value, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return None if row is None else str(row[0])

    def keep(self, key: str, value: str) -> None:
        """Write a single value."""
        self._db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key, value],
        )
