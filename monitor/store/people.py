"""People: members, invitations by one-time code, linked chats, and the log of what was done."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from monitor.model import ItemId, Member, MemberId, Role
from monitor.store.instants import from_text, from_text_or_none, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a one-time code lets in: a person with a role, or a chat by its name."""

    role: Role | None
    chat: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedChat:
    """A chat that was let in, or is named in the settings."""

    name: str
    chat_id: int
    gone_at: datetime | None  # since when the bot is shut out
    board_message_id: int | None
    board_shown: str | None
    language: str | None = None  # picked in the chat; None: the settings'


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of the log."""

    at: datetime
    actor_name: str | None
    actor_telegram_id: int | None
    action: str
    item: ItemId | None
    allowed: bool
    detail: str


class People:
    """The tables `members`, `invites`, `chats` and `audit`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def invite(
        self, code: str, *, now: datetime, expires_at: datetime, role: Role | None, chat: str | None
    ) -> None:
        """Write a one-time code; only its hash is kept."""
        self._db.table("invites").insert(
            {
                "code_hash": _hash(code),
                "role": role,
                "chat": chat,
                "created_at": to_text(now),
                "expires_at": to_text(expires_at),
            }
        )

    def redeem(self, code: str, now: datetime) -> Invitation | None:
        """Use a code up and return what it lets in; None if it is wrong, used or expired."""
        row = self._db.execute(
            "UPDATE invites SET used_at = ? WHERE code_hash = ? AND used_at IS NULL"
            " AND expires_at > ? RETURNING role, chat",
            [to_text(now), _hash(code), to_text(now)],
        ).fetchone()
        if row is None:
            return None
        return Invitation(role=Role(row[0]) if row[0] else None, chat=row[1])

    def join(self, name: str, telegram_id: int | None, role: Role, now: datetime) -> Member:
        """Let a person in, or back in with a new role, and return the member."""
        rows = self._db.conn.execute(
            "INSERT INTO members (name, telegram_id, role, joined_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (telegram_id) DO UPDATE"
            " SET name = excluded.name, role = excluded.role, left_at = NULL"
            f" RETURNING {_MEMBER_COLUMNS}",
            [name, telegram_id, role, to_text(now)],
        )
        return next(map(_member, list(rows)))

    def remove(self, member: MemberId, now: datetime) -> None:
        """Take a member's rights away; the log keeps what was done."""
        self._db.execute("UPDATE members SET left_at = ? WHERE id = ?", [to_text(now), member])

    def members(self) -> tuple[Member, ...]:
        """Return everyone who is in, in the order of joining."""
        rows = self._db.conn.execute(f"{_MEMBER} WHERE left_at IS NULL ORDER BY id")
        return tuple(map(_member, rows))

    def member(self, member: MemberId) -> Member | None:
        """Return a member by id, also one who left."""
        rows = self._db.conn.execute(f"{_MEMBER} WHERE id = ?", [member])
        return next(map(_member, rows), None)

    def by_telegram(self, telegram_id: int) -> Member | None:
        """Return who is in under this Telegram account, or None."""
        rows = self._db.conn.execute(
            f"{_MEMBER} WHERE telegram_id = ? AND left_at IS NULL", [telegram_id]
        )
        return next(map(_member, rows), None)

    def speak(self, member: MemberId, language: str | None) -> None:
        """Record the language that a member picked, None for what is usual in each chat."""
        self._db.execute("UPDATE members SET language = ? WHERE id = ?", [language, member])

    def chat_speaks(self, name: str, language: str | None) -> None:
        """Record the language that was picked in a chat, None for that of the settings."""
        self._db.execute("UPDATE chats SET language = ? WHERE name = ?", [language, name])

    def link_chat(self, name: str, chat_id: int, now: datetime) -> None:
        """Let a chat in under its name, or back in."""
        self._db.execute(
            "INSERT INTO chats (name, chat_id, linked_at) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET chat_id = excluded.chat_id, gone_at = NULL,"
            " board_message_id = CASE WHEN chats.chat_id = excluded.chat_id"
            "   THEN board_message_id END,"
            " board_shown = CASE WHEN chats.chat_id = excluded.chat_id THEN board_shown END",
            [name, chat_id, to_text(now)],
        )

    def unlink_chat(self, name: str) -> None:
        """Let a chat in no more under this name."""
        self._db.execute("DELETE FROM chats WHERE name = ?", [name])

    def chats(self) -> tuple[LinkedChat, ...]:
        """Return the linked chats by name."""
        return tuple(map(_chat, self._db.conn.execute(_CHATS)))

    def chat_gone(self, chat_id: int, at: datetime | None) -> bool:
        """Record since when the bot is shut out of a chat (None: it is back); True if new."""
        changed = "gone_at IS NOT NULL" if at is None else "gone_at IS NULL"
        cursor = self._db.execute(
            f"UPDATE chats SET gone_at = ? WHERE chat_id = ? AND {changed}",
            [to_text(at) if at else None, chat_id],
        )
        return cursor.rowcount > 0

    def board(self, name: str, message_id: int | None, shown: str | None) -> None:
        """Record the pinned board message of a chat and what it shows."""
        self._db.execute(
            "UPDATE chats SET board_message_id = ?, board_shown = ? WHERE name = ?",
            [message_id, shown, name],
        )

    def log(
        self,
        at: datetime,
        action: str,
        *,
        actor: Member | None = None,
        stranger: tuple[str, int] | None = None,
        item: ItemId | None = None,
        allowed: bool = True,
        detail: str = "",
    ) -> None:
        """Write one line of the log: who did what to which item, and whether it was allowed."""
        name, telegram_id = (actor.name, actor.telegram_id) if actor else stranger or (None, None)
        self._db.conn.execute(
            "INSERT INTO audit (at, actor_name, actor_telegram_id, action, item_id, allowed,"
            " detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [to_text(at), name, telegram_id, action, item, int(allowed), detail],
        )

    def entries(
        self, *, item: ItemId | None = None, since: datetime | None = None, newest: int = 0
    ) -> Iterator[LogEntry]:
        """Yield the log, oldest first; of an item, since an instant, or only the newest lines."""
        where = "(:item IS NULL OR item_id = :item) AND (:since IS NULL OR at >= :since)"
        query = f"SELECT * FROM audit WHERE {where} ORDER BY id"
        if newest:
            newest_first = f"SELECT * FROM audit WHERE {where} ORDER BY id DESC LIMIT {newest:d}"
            query = f"SELECT * FROM ({newest_first}) ORDER BY id"
        since_text = to_text(since) if since else None
        yield from map(_entry, self._db.query(query, {"item": item, "since": since_text}))


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


_MEMBER_COLUMNS = "id, name, telegram_id, role, language, reachable"
_MEMBER = f"SELECT {_MEMBER_COLUMNS} FROM members"


@lru_cache(maxsize=1024)
def _member(row: tuple[Any, ...]) -> Member:
    number, name, telegram_id, role, language, reachable = row
    return Member(
        id=MemberId(number),
        name=name,
        telegram_id=telegram_id,
        role=Role(role),
        language=language,
        reachable=bool(reachable),
    )


_CHATS = (
    "SELECT name, chat_id, gone_at, board_message_id, board_shown, language FROM chats"
    " ORDER BY name"
)


@lru_cache(maxsize=64)
def _chat(row: tuple[Any, ...]) -> LinkedChat:
    name, chat_id, gone_at, board_message_id, board_shown, language = row
    return LinkedChat(
        name=name,
        chat_id=chat_id,
        gone_at=from_text_or_none(gone_at),
        board_message_id=board_message_id,
        board_shown=board_shown,
        language=language,
    )


def _entry(row: dict[str, Any]) -> LogEntry:
    return LogEntry(
        at=from_text(row["at"]),
        actor_name=row["actor_name"],
        actor_telegram_id=row["actor_telegram_id"],
        action=row["action"],
        item=None if row["item_id"] is None else ItemId(row["item_id"]),
        allowed=bool(row["allowed"]),
        detail=row["detail"],
    )
