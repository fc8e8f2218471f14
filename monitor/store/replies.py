"""Replies that members write in the chat: each row is one, from the question to its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from monitor.model import ItemId, MemberId, Sent
from monitor.store.instants import from_text, from_text_or_none, to_text


class ReplyState(StrEnum):
    """Where a reply stands."""

    ASKED = "asked"  # the member was asked for the text
    DRAFT = "draft"  # there is a text, and a preview of it
    CONFIRMED = "confirmed"  # a person let it go; the platform's thread sends it
    SENT = "sent"  # the platform has it
    REFUSED = "refused"  # the platform does not take it, or it was given up
    CANCELLED = "cancelled"  # nothing was ever sent
    TAKING_BACK = "taking back"  # it was sent, and is to be deleted
    TAKEN_BACK = "taken back"


OPEN = frozenset({ReplyState.ASKED, ReplyState.DRAFT})  # a member still writes
ACTIVE = OPEN | {ReplyState.CONFIRMED, ReplyState.TAKING_BACK}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """One reply, as it was last written down."""

    id: int
    item: ItemId
    post: int  # id of the customer's post that it answers
    member: MemberId  # who writes it
    chat_id: int  # where
    topic: int | None
    message_id: int | None  # of its newest preview
    text: str
    edition: int  # counts the previews: only what the newest one shows can be sent
    known_event: int  # the item's newest event that the member saw before the text was written
    seen_event: int  # and the newest one that the newest question or preview shows
    state: ReplyState
    idempotency_key: str  # fixed from the beginning
    created_at: datetime
    touched_at: datetime
    confirmed_at: datetime | None
    tries: int
    not_before: datetime | None
    sent: Sent | None
    error: str
    revision: int  # counts the changes of what its preview shows


class Replies:
    """The table `replies`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ask(self, row: dict[str, object], event: int, now: datetime) -> int:
        """Write a new reply of which only the question is there, and return its id."""
        stamps = {"created_at": to_text(now), "touched_at": to_text(now)}
        start = {"text": "", "state": ReplyState.ASKED, "seen_event": event, **stamps}
        return int(self._db.table("replies").insert({**row, **start}).last_pk or 0)

    def ask_anew(self, reply: int, post: int, event: int) -> None:
        """Let a reply that has no text yet answer the post that waits now."""
        self._db.execute(
            "UPDATE replies SET post_id = ?, seen_event = ? WHERE id = ?", [post, event, reply]
        )

    def get(self, reply: int) -> ReplyRow | None:
        """Return the reply with this id, or None."""
        return next(self._read("replies.id = ?", [reply]), None)

    def of_item(self, item: ItemId) -> tuple[ReplyRow, ...]:
        """Return the replies of an item, oldest first."""
        return tuple(self._read("item_id = ? ORDER BY replies.id", [item]))

    def active(self, item: ItemId) -> tuple[ReplyRow, ...]:
        """Return the replies of an item that are being written, sent or taken back."""
        return tuple(row for row in self.of_item(item) if row.state in ACTIVE)

    def being_written(self) -> tuple[ReplyRow, ...]:
        """Return every reply that a member still writes, oldest first."""
        where = "replies.state IN ('asked', 'draft') ORDER BY replies.id"
        return tuple(self._read(where, []))

    def asked_last(self, member: MemberId, chat_id: int) -> ReplyRow | None:
        """Return what a member was last asked to write in a chat, and has not yet written."""
        where = "member = ? AND chat_id = ? AND replies.state = 'asked'"
        order = "ORDER BY touched_at DESC, replies.id DESC LIMIT 1"
        return next(self._read(f"{where} {order}", [member, chat_id]), None)

    def under_way(self) -> tuple[ReplyRow, ...]:
        """Return every reply that its platform has to be called for, oldest first."""
        where = "replies.state IN ('confirmed', 'taking back') ORDER BY replies.id"
        return tuple(self._read(where, []))

    def due(self, platform: str, now: datetime) -> tuple[ReplyRow, ...]:
        """Return what the thread of a platform has to send or to take back, oldest first."""
        where = (
            "replies.state IN ('confirmed', 'taking back')"
            " AND (not_before IS NULL OR not_before <= ?)"
            " AND item_id IN (SELECT id FROM items WHERE platform = ?)"
            " ORDER BY confirmed_at, replies.id"
        )
        return tuple(self._read(where, [to_text(now), platform]))

    def undrawn(self) -> tuple[ReplyRow, ...]:
        """Return the replies whose preview no longer shows how they stand."""
        return tuple(self._read("drawn <> revision ORDER BY replies.id", []))

    def drawn(self, row: ReplyRow) -> None:
        """Record that the preview of a reply was looked at as it stood in `row`."""
        self._db.execute("UPDATE replies SET drawn = ? WHERE id = ?", [row.revision, row.id])

    def place(self, reply: int, chat_id: int, topic: int | None, now: datetime) -> None:
        """Record that a reply is asked for somewhere else, or once more."""
        self._db.execute(
            "UPDATE replies SET chat_id = ?, topic = ?, touched_at = ?, message_id ="
            " CASE WHEN chat_id = ? THEN message_id END WHERE id = ?",
            [chat_id, topic, to_text(now), chat_id, reply],
        )

    def shown(self, reply: int, message_id: int) -> None:
        """Record which message is the newest preview of a reply."""
        self._db.execute("UPDATE replies SET message_id = ? WHERE id = ?", [message_id, reply])

    def write(self, reply: int, text: str, event: int, now: datetime) -> None:
        """Keep the text of a reply; `event` is the newest one of its item, which its preview shows.

        What came since the question, or the preview before, is news beside the text.
        """
        self._db.execute(
            "UPDATE replies SET text = ?, state = 'draft', edition = edition + 1,"
            " message_id = NULL, known_event = seen_event, seen_event = ?, touched_at = ?,"
            " error = NULL WHERE id = ?",
            [text, event, to_text(now), reply],
        )

    def preview_anew(self, reply: int, event: int) -> None:
        """Let only a preview that shows all up to `event` be confirmed."""
        self._change("edition = edition + 1, seen_event = ?", [event], reply)

    def confirm(self, reply: int, now: datetime) -> bool:
        """Let a draft go; False if it is none any more."""
        return self._move(reply, "draft", "confirmed", "confirmed_at = ?", to_text(now))

    def end(self, reply: int, state: ReplyState, error: str = "") -> None:
        """Let a reply end without having been sent."""
        self._change("state = ?, error = ?, not_before = NULL", [state, error or None], reply)

    def trying(self, row: ReplyRow, now: datetime) -> bool:
        """Record that the platform is called now; False if nothing is to be done any more."""
        cursor = self._db.execute(
            "UPDATE replies SET tried_at = ?, tries = tries + 1 WHERE id = ? AND state = ?",
            [to_text(now), row.id, row.state],
        )
        return cursor.rowcount == 1

    def later(self, reply: int, not_before: datetime, error: str) -> None:
        """Try again at `not_before`; `error` is why."""
        self._change("not_before = ?, error = ?", [to_text(not_before), error], reply)

    def sent(self, reply: int, sent: Sent) -> None:
        """Record that the platform has it, whatever was thought of it meanwhile."""
        self._change(
            "state = 'sent', sent_at = ?, key = ?, url = ?, error = NULL, not_before = NULL",
            [to_text(sent.at), sent.key, sent.url],
            reply,
        )

    def take_back(self, reply: int, now: datetime) -> bool:
        """Let a reply that was sent be deleted; False if it was not sent."""
        again = "tries = 0, not_before = NULL, error = NULL, touched_at = ?"
        return self._move(reply, "sent", "taking back", again, to_text(now))

    def stays(self, reply: int, error: str) -> None:
        """Record that a reply cannot be taken back, and why: it stands."""
        self._change("state = 'sent', error = ?, not_before = NULL", [error], reply)

    def touch(self, reply: int) -> None:
        """Count a change of what the preview of a reply shows."""
        self._change("id = id", [], reply)

    def _move(self, reply: int, before: str, after: str, more: str, value: object) -> bool:
        cursor = self._db.execute(
            f"UPDATE replies SET state = ?, {more}, revision = revision + 1"
            " WHERE id = ? AND state = ?",
            [after, value, reply, before],
        )
        return cursor.rowcount == 1

    def _change(self, change: str, values: list[object], reply: int) -> None:
        self._db.execute(
            f"UPDATE replies SET {change}, revision = revision + 1 WHERE id = ?", [*values, reply]
        )

    def _read(self, where: str, values: list[object]) -> Iterator[ReplyRow]:
        yield from map(_row, self._db.query(f"SELECT * FROM replies WHERE {where}", values))


def _row(row: dict[str, Any]) -> ReplyRow:
    return ReplyRow(
        id=row["id"],
        item=ItemId(row["item_id"]),
        post=row["post_id"],
        member=MemberId(row["member"]),
        chat_id=row["chat_id"],
        topic=row["topic"],
        message_id=row["message_id"],
        text=row["text"],
        edition=row["edition"],
        known_event=row["known_event"],
        seen_event=row["seen_event"],
        state=ReplyState(row["state"]),
        idempotency_key=row["idempotency_key"],
        created_at=from_text(row["created_at"]),
        touched_at=from_text(row["touched_at"]),
        confirmed_at=from_text_or_none(row["confirmed_at"]),
        tries=row["tries"],
        not_before=from_text_or_none(row["not_before"]),
        sent=_sent(row),
        error=row["error"] or "",
        revision=row["revision"],
    )


def _sent(row: dict[str, Any]) -> Sent | None:
    if row["key"] is None:
        return None
    return Sent(key=row["key"], url=row["url"], at=from_text(row["sent_at"]))
