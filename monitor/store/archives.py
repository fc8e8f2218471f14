"""Archives: how far each file of old posts was read, and how much of its side file is certain."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from monitor.model import Place
from monitor.store.instants import to_text

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An archive on its way into the store."""

    id: int
    identity: str
    wanted: str
    path: str
    round: int
    place: Place  # all before it is stored
    bad_lines: int  # up to there
    done: bool
    side_file: str | None

    @property
    def begun(self) -> bool:
        """Whether something of it is stored already."""
        return self.place > Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An archive to be read, and a digest of what is looked for in it."""

    identity: str
    wanted: str
    path: str


class Archives:
    """The tables `archives` and `side_files`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, asked: Sequence[Asked], now: datetime) -> tuple[Reading, ...]:
        """Return how far each of `asked` is, in its order, inside a transaction.

        Archives that are asked for together are a round. While one of them is not read to its end,
        those of its round that are stay done; once all are, the next time reads them all anew.
        """
        known = [self._get(each.identity, each.wanted) for each in asked]
        rounds = {each.round for each in known if each is not None and not each.done}
        number = max(rounds, default=None) or self._next_round()
        return tuple(
            self._goes_on(each, old, number)
            if old is not None and (not old.done or old.round in rounds)
            else self._begin(each, number, now)
            for each, old in zip(asked, known, strict=True)
        )

    def _goes_on(self, asked: Asked, old: Reading, number: int) -> Reading:
        self._db.execute(
            "UPDATE archives SET path = ?, round = ? WHERE id = ?", [asked.path, number, old.id]
        )
        return replace(old, path=asked.path, round=number)

    def _begin(self, asked: Asked, number: int, now: datetime) -> Reading:
        self._db.execute(
            "INSERT INTO archives (identity, wanted, path, round, began_at, touched_at)"
            " VALUES (:identity, :wanted, :path, :round, :now, :now)"
            " ON CONFLICT (identity, wanted) DO UPDATE SET path = excluded.path,"
            " round = excluded.round, began_at = excluded.began_at,"
            " touched_at = excluded.touched_at, records = 0, at_byte = 0,"
            " bad_lines = 0, damage = NULL, done_at = NULL",
            {
                "identity": asked.identity,
                "wanted": asked.wanted,
                "path": asked.path,
                "round": number,
                "now": to_text(now),
            },
        )
        begun = self._get(asked.identity, asked.wanted)
        if begun is None:
            raise LookupError(asked.path)
        return begun

    def advance(
        self,
        reading: int,
        place: Place,
        now: datetime,
        *,
        bad_lines: int = 0,
        done: bool = False,
        damage: str | None = None,
    ) -> None:
        """Move past a part, in the transaction that keeps its mentions."""
        self._db.execute(
            "UPDATE archives SET records = :records, at_byte = :at_byte,"
            " bad_lines = bad_lines + :bad_lines, touched_at = :now, damage = :damage,"
            " done_at = CASE WHEN :done THEN :now END WHERE id = :id",
            {
                "id": reading,
                "records": place.records,
                "at_byte": place.offset,
                "bad_lines": bad_lines,
                "damage": damage,
                "done": int(done),
                "now": to_text(now),
            },
        )

    def write_bad_lines_to(self, reading: int, path: str) -> None:
        """Record where the bad lines of an archive are written."""
        self._db.execute("UPDATE archives SET side_file = ? WHERE id = ?", [path, reading])

    def others_with(self, side_file: str, reading: int) -> bool:
        """Return whether the bad lines of another archive are written to this file."""
        row = self._db.execute(
            "SELECT 1 FROM archives WHERE side_file = ? AND id <> ?", [side_file, reading]
        ).fetchone()
        return row is not None

    def side_length(self, path: str) -> int:
        """Return how many bytes of a side file are certain: what follows is written again."""
        row = self._db.execute("SELECT length FROM side_files WHERE path = ?", [path]).fetchone()
        return int(row[0]) if row is not None else 0

    def keep_side_length(self, path: str, length: int) -> None:
        """Record that so many bytes of a side file are certain."""
        self._db.execute(
            "INSERT INTO side_files (path, length) VALUES (?, ?)"
            " ON CONFLICT (path) DO UPDATE SET length = excluded.length",
            [path, length],
        )

    def uncounted(self, keys: Iterable[str]) -> list[str]:
        """Return those of `keys` that were not asked about before by this connection.

        They are noted beside the desk's file, not in it: a count keeps nothing.
        """
        self._db.conn.execute(
            "CREATE TEMP TABLE IF NOT EXISTS counted (key TEXT PRIMARY KEY) WITHOUT ROWID"
        )
        insert = "INSERT OR IGNORE INTO temp.counted (key) VALUES (?)"
        return [key for key in keys if self._db.conn.execute(insert, [key]).rowcount == 1]

    def _get(self, identity: str, wanted: str) -> Reading | None:
        where = "identity = ? AND wanted = ?"
        return next(self._read(where, [identity, wanted]), None)

    def _next_round(self) -> int:
        return (
            int(self._db.execute("SELECT coalesce(max(round), 0) FROM archives").fetchone()[0]) + 1
        )

    def _read(self, where: str, values: list[object]) -> Iterator[Reading]:
        yield from map(_reading, self._db.query(f"SELECT * FROM archives WHERE {where}", values))


def _reading(row: Row) -> Reading:
    return Reading(
        id=row["id"],
        identity=row["identity"],
        wanted=row["wanted"],
        path=row["path"],
        round=row["round"],
        place=Place(records=row["records"], offset=row["at_byte"]),
        bad_lines=row["bad_lines"],
        done=row["done_at"] is not None,
        side_file=row["side_file"],
    )
