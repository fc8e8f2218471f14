"""Saved replies: what the team answers again and again, and how often each was sent."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from monitor.desk.saved_replies import SavedReply, print_of
from monitor.model import MemberId
from monitor.store.instants import from_text, to_text

_SENT = (
    "(SELECT count(*) FROM saved_uses JOIN replies ON replies.id = saved_uses.reply_id"
    " WHERE saved_id = saved_replies.id AND replies.sent_at IS NOT NULL)"
)
_SELECT = f"SELECT saved_replies.*, {_SENT} AS uses FROM saved_replies"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRow:
    """A saved reply as it is kept."""

    id: int
    reply: SavedReply
    uses: int  # replies that were sent with its words, or words made of them
    changed_at: datetime
    changed_by: MemberId | None  # None: it stands in the file


class SavedReplies:
    """The tables `saved_replies` and `saved_uses`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> tuple[SavedRow, ...]:
        """Return what is kept, by name and language."""
        return tuple(self._read("deleted_at IS NULL ORDER BY folded, language", []))

    def get(self, saved: int) -> SavedRow | None:
        """Return a saved reply, None if there is none, or no more."""
        return next(self._read("id = ? AND deleted_at IS NULL", [saved]), None)

    def named(self, folded: str) -> tuple[SavedRow, ...]:
        """Return a saved reply in each of its languages."""
        where = "folded = ? AND deleted_at IS NULL ORDER BY language"
        return tuple(self._read(where, [folded]))

    def keep(self, reply: SavedReply, member: MemberId | None, now: datetime) -> None:
        """Write a reply that a member gave, new or in place of the one of its name and language."""
        self._write(reply, now, member=member)

    def delete(self, folded: str, language: str | None, now: datetime) -> int:
        """Keep a reply no more, in one language or (None) in all; return in how many it was."""
        cursor = self._db.execute(
            "UPDATE saved_replies SET deleted_at = ? WHERE folded = ?"
            " AND (? IS NULL OR language = ?) AND deleted_at IS NULL",
            [to_text(now), folded, language, language],
        )
        return cursor.rowcount

    def adopt(self, replies: Sequence[SavedReply], now: datetime) -> int:
        """Take over what changed in the file since it was last taken over; return how much.

        What the file says as before stays as members made it in a chat. What left the file goes,
        unless a member changed it.
        """
        prints = self._prints()
        wanted = {(each.folded, each.language): each for each in replies}
        changed = 0
        for place, reply in wanted.items():
            if prints.get(place) != print_of(reply):
                self._write(reply, now, file_print=print_of(reply))
                changed += 1
        for folded, language in prints.keys() - wanted.keys():
            changed += self._left(folded, language, now)
        return changed

    def picked(self, reply: int, saved: int, now: datetime) -> None:
        """Record that the text of a reply is made of a saved one."""
        self._db.execute(
            "INSERT INTO saved_uses (reply_id, saved_id, picked_at) VALUES (?, ?, ?)"
            " ON CONFLICT (reply_id) DO UPDATE"
            " SET saved_id = excluded.saved_id, picked_at = excluded.picked_at",
            [reply, saved, to_text(now)],
        )

    def _prints(self) -> dict[tuple[str, str], str]:
        rows = self._db.execute(
            "SELECT folded, language, file_print FROM saved_replies WHERE file_print IS NOT NULL"
        ).fetchall()
        return {(folded, language): kept for folded, language, kept in rows}

    def _left(self, folded: str, language: str, now: datetime) -> int:
        """Forget that a reply stood in the file; it goes with it, unless a member changed it."""
        cursor = self._db.execute(
            "UPDATE saved_replies SET deleted_at = ? WHERE folded = ? AND language = ?"
            " AND member IS NULL AND deleted_at IS NULL",
            [to_text(now), folded, language],
        )
        self._db.execute(
            "UPDATE saved_replies SET file_print = NULL WHERE folded = ? AND language = ?",
            [folded, language],
        )
        return cursor.rowcount

    def _write(
        self,
        reply: SavedReply,
        now: datetime,
        *,
        member: MemberId | None = None,
        file_print: str | None = None,
    ) -> None:
        self._db.execute(
            "INSERT INTO saved_replies (name, folded, language, topic, brands, apology, remedy,"
            " short, link, file_print, changed_at, member) VALUES (:name, :folded, :language,"
            " :topic, :brands, :apology, :remedy, :short, :link, :file_print, :now, :member)"
            " ON CONFLICT (folded, language) DO UPDATE SET name = excluded.name,"
            " topic = excluded.topic, brands = excluded.brands, apology = excluded.apology,"
            " remedy = excluded.remedy, short = excluded.short, link = excluded.link,"
            " file_print = coalesce(excluded.file_print, file_print),"
            " changed_at = excluded.changed_at, member = excluded.member, deleted_at = NULL",
            {
                "name": reply.name,
                "folded": reply.folded,
                "language": reply.language,
                "topic": reply.topic,
                "brands": json.dumps(reply.brands, ensure_ascii=False),
                "link": reply.link,
                **reply.texts,
                "file_print": file_print,
                "now": to_text(now),
                "member": member,
            },
        )

    def _read(self, where: str, values: list[object]) -> Iterator[SavedRow]:
        yield from map(_row, self._db.query(f"{_SELECT} WHERE {where}", values))


def _row(row: dict[str, Any]) -> SavedRow:
    return SavedRow(
        id=row["id"],
        reply=SavedReply(
            name=row["name"],
            language=row["language"],
            topic=row["topic"],
            brands=tuple(json.loads(row["brands"])),
            apology=row["apology"],
            remedy=row["remedy"],
            short=row["short"],
            link=row["link"],
        ),
        uses=row["uses"],
        changed_at=from_text(row["changed_at"]),
        changed_by=None if row["member"] is None else MemberId(row["member"]),
    )
