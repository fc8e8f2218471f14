"""What members made of the plan of shifts, and the notices that wait for somebody to hear them."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlite_utils import Database

from monitor.desk.shifts import Change
from monitor.model import ItemId, MemberId, Notice
from monitor.store.instants import from_text, to_text

_log = logging.getLogger(__name__)
_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)


class Why(StrEnum):
    """Why a notice is held."""

    QUIET = "quiet"  # the chat wants quiet
    NOBODY = "nobody"  # nobody is on shift
    NOWHERE = "nowhere"  # there is no chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A notice that is told later."""

    notice: Notice
    chat: str
    why: Why
    until: datetime


class Shifts:
    """The tables `shift_changes` and `held_notices`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def change(
        self,
        *,
        since: datetime,
        until: datetime,
        made_by: MemberId,
        comes: MemberId | None = None,
        goes: MemberId | None = None,
        chat: str | None = None,
    ) -> None:
        """Write that somebody comes on shift, goes, or both: one stands in for the other."""
        self._db.execute(
            "INSERT INTO shift_changes (comes, goes, chat, since, until, made_by, made_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [comes, goes, chat, to_text(since), to_text(until), made_by, to_text(since)],
        )

    def changes(self, since: datetime) -> tuple[Change, ...]:
        """Return the changes that end after `since` and were not undone, oldest first."""
        rows = self._db.query(
            "SELECT * FROM shift_changes WHERE undone_at IS NULL AND until > ? ORDER BY id",
            [to_text(since)],
        )
        return tuple(map(_change, rows))

    def undo(self, change: int, now: datetime) -> bool:
        """Take a change back; False if somebody did so before."""
        cursor = self._db.execute(
            "UPDATE shift_changes SET undone_at = ? WHERE id = ? AND undone_at IS NULL",
            [to_text(now), change],
        )
        return cursor.rowcount == 1

    def hold(self, held: Held) -> None:
        """Keep a notice for later; one that is kept already waits for the new instant."""
        self._db.execute(
            "INSERT INTO held_notices (item_id, name, notice, chat, why, until)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (item_id, name) DO UPDATE"
            " SET notice = excluded.notice, chat = excluded.chat, why = excluded.why,"
            " until = excluded.until",
            [
                held.notice.item,
                held.notice.name,
                _NOTICE.dump_json(held.notice).decode(),
                held.chat,
                held.why,
                to_text(held.until),
            ],
        )

    def due(self, now: datetime) -> bool:
        """Return whether the time of a held notice has come."""
        row = self._db.execute(
            "SELECT 1 FROM held_notices WHERE until <= ? LIMIT 1", [to_text(now)]
        ).fetchone()
        return row is not None

    def release(self, now: datetime) -> tuple[Held, ...]:
        """Return the notices whose time has come, longest held first; they are kept no more."""
        rows = self._db.query(
            "SELECT * FROM held_notices WHERE until <= ? ORDER BY until, item_id, name",
            [to_text(now)],
        )
        found = tuple(_readable(list(rows)))
        self._db.execute("DELETE FROM held_notices WHERE until <= ?", [to_text(now)])
        return found

    def held(self, item: ItemId | None = None) -> tuple[Held, ...]:
        """Return what is held, of one item or of all, by when it is told."""
        rows = self._db.query(
            "SELECT * FROM held_notices WHERE (? IS NULL OR item_id = ?) ORDER BY until, item_id",
            [item, item],
        )
        return tuple(_readable(rows))

    def look_again(self, now: datetime, *reasons: Why) -> None:
        """Have what is held for these reasons thought of again at `now`: somebody came or went."""
        self._db.execute(
            "UPDATE held_notices SET until = ? WHERE until > ?"
            " AND why IN (SELECT value FROM json_each(?))",
            [to_text(now), to_text(now), json.dumps(reasons)],
        )

    # ------------------------------------------------------------ private messages

    def reachable(self, member: MemberId) -> None:
        """Record that a member talked with the bot alone; who wants no messages stays silent."""
        self._db.conn.execute(
            "UPDATE members SET reachable = 1 WHERE id = ? AND reachable = 0 AND private_off = 0",
            [member],
        )

    def unreachable(self, member: MemberId) -> None:
        """Record that a private message could not be delivered: the member blocked the bot."""
        self._db.execute("UPDATE members SET reachable = 0 WHERE id = ?", [member])

    def private(self, member: MemberId, *, wanted: bool) -> None:
        """Record whether a member wants private messages."""
        self._db.execute(
            "UPDATE members SET private_off = ?, reachable = ? WHERE id = ?",
            [int(not wanted), int(wanted), member],
        )

    def prune(self, before: datetime) -> None:
        """Forget the changes that ended long ago; the log keeps who made them."""
        self._db.execute("DELETE FROM shift_changes WHERE until < ?", [to_text(before)])


def _change(row: dict[str, Any]) -> Change:
    return Change(
        id=row["id"],
        comes=None if row["comes"] is None else MemberId(row["comes"]),
        goes=None if row["goes"] is None else MemberId(row["goes"]),
        chat=row["chat"],
        since=from_text(row["since"]),
        until=from_text(row["until"]),
        made_by=MemberId(row["made_by"]),
        made_at=from_text(row["made_at"]),
    )


def _readable(rows: Iterable[dict[str, Any]]) -> Iterator[Held]:
    """Yield what is held; what another version wrote and nobody can read is left out."""
    for row in rows:
        try:
            yield _held(row)
        except ValidationError as error:
            _log.warning("a notice of item %s cannot be read: %s", row["item_id"], error)


def _held(row: dict[str, Any]) -> Held:
    return Held(
        notice=_NOTICE.validate_json(row["notice"]),
        chat=row["chat"],
        why=Why(row["why"]),
        until=from_text(row["until"]),
    )
