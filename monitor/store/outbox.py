"""The outbox and the cards: what must be sent, what was sent, and what may have been."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from monitor.model import ItemId, MessageRef
from monitor.store.instants import from_text, to_text, to_text_or_none


class Kind(StrEnum):
    """What a parcel holds; the chat draws it from the store when it is sent."""

    CARD = "card"
    EDIT = "edit"
    NOTICE = "notice"
    DIGEST = "digest"
    REVIEW = "review"
    SUMMARY = "summary"
    PICTURE = "picture"  # a week as a picture, with its words below
    BOARD = "board"
    RETRACT = "retract"  # empty an orphan card
    WORDS = "words"  # a text for the operator or the team
    SURGE = "surge"  # that far more people write than usual
    REPLY = "reply"  # how a reply stands that a member writes in the chat


class Priority:
    """Lower goes first."""

    BREACH = 0
    FIRST_ALERT = 1
    WARNING = 2
    EDIT = 3
    DIGEST = 4
    BOARD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message or edit that waits for its chat."""

    id: int
    chat_id: int
    topic: int | None
    kind: Kind
    item: ItemId | None
    message_id: int | None  # of the message to be edited
    priority: int
    payload: str  # JSON, read by the chat room
    created_at: datetime
    not_before: datetime
    attempts: int
    doubted: bool  # an earlier try may have arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A card in a chat."""

    item: ItemId
    ref: MessageRef
    live: bool
    shown: str  # fingerprint of what it shows


class Outbox:
    """The tables `outbox` and `cards`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(
        self,
        *,
        chat_id: int,
        topic: int | None,
        kind: Kind,
        dedupe: str,
        priority: int,
        now: datetime,
        item: ItemId | None = None,
        message_id: int | None = None,
        payload: str = "{}",
        not_before: datetime | None = None,
    ) -> bool:
        """Queue a parcel once for its `dedupe` name; False if it was queued before."""
        row = {
            "chat_id": chat_id,
            "topic": topic,
            "kind": kind,
            "item_id": item,
            "message_id": message_id,
            "dedupe": dedupe,
            "priority": priority,
            "created_at": to_text(now),
            "not_before": to_text(not_before or now),
            "payload": payload,
        }
        cursor = self._db.conn.execute(
            "INSERT OR IGNORE INTO outbox (chat_id, topic, kind, item_id, message_id, dedupe,"
            " priority, created_at, not_before, payload) VALUES (:chat_id, :topic, :kind,"
            " :item_id, :message_id, :dedupe, :priority, :created_at, :not_before, :payload)",
            row,
        )
        return cursor.rowcount == 1

    def extend(
        self, parcel: int, payload: str, priority: int, not_before: datetime | None = None
    ) -> None:
        """Let a parcel that still waits hold more, as urgent as its most urgent part.

        It waits no longer than until `not_before` then; None: as long as it would have.
        """
        self._db.execute(
            "UPDATE outbox SET payload = ?, priority = min(priority, ?),"
            " not_before = min(not_before, coalesce(?, not_before)) WHERE id = ?",
            [payload, priority, to_text_or_none(not_before), parcel],
        )

    def replace(self, dedupe: str, payload: str) -> None:
        """Let the parcel of this name hold something else."""
        self._db.execute("UPDATE outbox SET payload = ? WHERE dedupe = ?", [payload, dedupe])

    def into_general(self, parcel: int) -> None:
        """Send a parcel outside its forum topic: the topic is closed or gone."""
        self._db.execute("UPDATE outbox SET topic = NULL WHERE id = ?", [parcel])

    def due(
        self, now: datetime, held: Sequence[int] = (), slow: Sequence[int] = (), limit: int = 1
    ) -> tuple[Parcel, ...]:
        """Return what may be sent now, most urgent first.

        Nothing for the chats that are `held`; for `slow` ones only what goes before edits.
        """
        rows = self._db.query(
            "SELECT * FROM outbox WHERE state = 'queued' AND not_before <= ?"
            " AND chat_id NOT IN (SELECT value FROM json_each(?))"
            " AND (priority < ? OR chat_id NOT IN (SELECT value FROM json_each(?)))"
            " ORDER BY priority, not_before, id LIMIT ?",
            [
                to_text(now),
                json.dumps(list(held)),
                Priority.EDIT,
                json.dumps(list(slow)),
                limit,
            ],
        )
        return tuple(map(_parcel, rows))

    def crowded(self, kind: Kind, most: int) -> frozenset[int]:
        """Return the chats for which more than `most` parcels of a kind are queued."""
        rows = self._db.execute(
            "SELECT chat_id FROM outbox WHERE state = 'queued' AND kind = ?"
            " GROUP BY chat_id HAVING count(*) > ?",
            [kind, most],
        ).fetchall()
        return frozenset(chat for (chat,) in rows)

    def waiting(self, chat_id: int, kind: Kind | None = None) -> tuple[Parcel, ...]:
        """Return what is queued for a chat, most urgent first."""
        rows = self._db.query(
            "SELECT * FROM outbox WHERE state = 'queued'"
            " AND chat_id = ? AND (? IS NULL OR kind = ?) ORDER BY priority, not_before, id",
            [chat_id, kind, kind],
        )
        return tuple(map(_parcel, rows))

    def pending_card(self, item: ItemId, chat_id: int) -> bool:
        """Return whether a card of this item is on its way to the chat."""
        row = self._db.execute(
            "SELECT 1 FROM outbox WHERE item_id = ? AND chat_id = ? AND kind = 'card'"
            " AND state IN ('queued', 'in_doubt')",
            [item, chat_id],
        ).fetchone()
        return row is not None

    def failed_cards(self, item: ItemId, chat_id: int) -> int:
        """Return how many cards of this item were given up in the chat."""
        row = self._db.execute(
            "SELECT count(*) FROM outbox WHERE item_id = ? AND chat_id = ? AND kind = 'card'"
            " AND state = 'failed'",
            [item, chat_id],
        ).fetchone()
        return int(row[0])

    def doubt(self, parcel: int) -> None:
        """Mark a parcel as going out now: until the answer is written, nobody knows."""
        self._db.execute(
            "UPDATE outbox SET state = 'in_doubt', attempts = attempts + 1 WHERE id = ?", [parcel]
        )

    def sent(self, parcel: int, at: datetime, message_id: int | None) -> None:
        """Record that a parcel arrived."""
        self._db.execute(
            "UPDATE outbox SET state = 'sent', sent_at = ?, sent_message_id = ?, error = NULL"
            " WHERE id = ?",
            [to_text(at), message_id, parcel],
        )

    def edited(self, parcel: Parcel) -> None:
        """Take out an edit that arrived; one that was to show something else since waits again."""
        self._db.execute(
            "DELETE FROM outbox WHERE id = ? AND payload = ?", [parcel.id, parcel.payload]
        )
        self._db.execute("UPDATE outbox SET state = 'queued' WHERE id = ?", [parcel.id])

    def drop(self, parcel: int) -> None:
        """Take a parcel out that is no longer wanted."""
        self._db.execute("DELETE FROM outbox WHERE id = ?", [parcel])

    def again(self, parcel: int, not_before: datetime, error: str, *, doubted: bool) -> None:
        """Put a parcel back; `doubted` if the try that failed may have arrived."""
        self._db.execute(
            "UPDATE outbox SET state = 'queued', not_before = ?, error = ?,"
            " doubted = max(doubted, ?) WHERE id = ?",
            [to_text(not_before), error, int(doubted), parcel],
        )

    def fail(self, parcel: int, error: str) -> None:
        """Give a parcel up: the chat will never take it."""
        self._db.execute(
            "UPDATE outbox SET state = 'failed', error = ? WHERE id = ?", [error, parcel]
        )

    def recover(self, not_before: datetime | None = None) -> int:
        """Queue again what was going out when nobody wrote what came of it; return how many."""
        cursor = self._db.execute(
            "UPDATE outbox SET state = 'queued', doubted = 1,"
            " not_before = max(not_before, coalesce(?, not_before)) WHERE state = 'in_doubt'",
            [to_text_or_none(not_before)],
        )
        return cursor.rowcount

    def sent_since(self, since: datetime) -> tuple[tuple[int, datetime], ...]:
        """Return (chat, instant) of what arrived since `since`, for the budgets after a restart."""
        rows = self._db.execute(
            "SELECT chat_id, sent_at FROM outbox WHERE sent_at >= ? ORDER BY sent_at",
            [to_text(since)],
        ).fetchall()
        return tuple((chat, from_text(at)) for chat, at in rows)

    def sent_of(self, kind: Kind, chat_id: int, since: datetime) -> tuple[datetime, ...]:
        """Return when messages of a kind arrived in a chat since `since`, oldest first."""
        rows = self._db.execute(
            "SELECT sent_at FROM outbox WHERE sent_at >= ? AND chat_id = ? AND kind = ?"
            " ORDER BY sent_at",
            [to_text(since), chat_id, kind],
        ).fetchall()
        return tuple(from_text(at) for (at,) in rows)

    def move(self, old: int, new: int) -> None:
        """Follow a group that became a supergroup.

        That is a new chat, whose messages are numbered anew: what stands in the old one can no
        longer be changed, so items that had a card there are looked at again.
        """
        self._db.execute(
            "UPDATE items SET revision = revision + 1 WHERE id IN"
            " (SELECT item_id FROM cards WHERE chat_id = ? AND live = 1)",
            [old],
        )
        self._db.execute("UPDATE cards SET live = 0 WHERE chat_id = ?", [old])
        self._db.execute(
            "UPDATE replies SET chat_id = ?, message_id = NULL WHERE chat_id = ?", [new, old]
        )
        self._db.execute("DELETE FROM outbox WHERE chat_id = ? AND message_id IS NOT NULL", [old])
        self._db.execute(
            "UPDATE outbox SET chat_id = ? WHERE chat_id = ? AND state <> 'sent'", [new, old]
        )
        self._db.execute(
            "UPDATE chats SET chat_id = ?, board_message_id = NULL, board_shown = NULL"
            " WHERE chat_id = ?",
            [new, old],
        )

    def leave(self, chat_id: int) -> None:
        """End what stands and what waits in a chat; its items are looked at again."""
        self._db.execute(
            "UPDATE items SET revision = revision + 1 WHERE id IN"
            " (SELECT item_id FROM cards WHERE chat_id = :chat AND live = 1"
            "  UNION SELECT item_id FROM outbox WHERE chat_id = :chat AND kind = 'card'"
            "   AND state <> 'sent')",
            {"chat": chat_id},
        )
        self._db.execute("UPDATE cards SET live = 0 WHERE chat_id = ?", [chat_id])
        self._db.execute("DELETE FROM outbox WHERE chat_id = ? AND state <> 'sent'", [chat_id])

    def prune(self, before: datetime) -> None:
        """Forget what arrived long ago."""
        self._db.execute(
            "DELETE FROM outbox WHERE state IN ('sent', 'failed') AND created_at < ?"
            " AND kind <> 'card'",
            [to_text(before)],
        )

    def add_card(self, item: ItemId, ref: MessageRef, shown: str, at: datetime) -> None:
        """Record a card that arrived; it is the item's live one in that chat."""
        self._db.execute(
            "INSERT INTO cards (item_id, chat_id, topic, message_id, live, shown, sent_at)"
            " VALUES (?, ?, ?, ?, 1, ?, ?)"
            " ON CONFLICT (chat_id, message_id) DO UPDATE"
            " SET item_id = excluded.item_id, live = 1, shown = excluded.shown",
            [item, ref.chat_id, ref.topic, ref.message_id, shown, to_text(at)],
        )

    def show(self, ref: MessageRef, shown: str) -> None:
        """Record what a card now shows."""
        self._db.execute(
            "UPDATE cards SET shown = ? WHERE chat_id = ? AND message_id = ?",
            [shown, ref.chat_id, ref.message_id],
        )

    def end_card(self, ref: MessageRef) -> None:
        """Record that a card is no longer the item's live one, or no longer there."""
        self._db.execute(
            "UPDATE cards SET live = 0 WHERE chat_id = ? AND message_id = ?",
            [ref.chat_id, ref.message_id],
        )

    def cards_of(self, item: ItemId) -> tuple[CardRow, ...]:
        """Return every card an item ever had, oldest first."""
        rows = self._db.query("SELECT * FROM cards WHERE item_id = ? ORDER BY id", [item])
        return tuple(map(_card, rows))

    def card_at(self, ref: MessageRef) -> CardRow | None:
        """Return the card that a message is, or None."""
        rows = self._db.query(
            "SELECT * FROM cards WHERE chat_id = ? AND message_id = ?",
            [ref.chat_id, ref.message_id],
        )
        return next(map(_card, rows), None)

    def item_at(self, ref: MessageRef) -> ItemId | None:
        """Return the item that a message speaks of: its card, or a notice about it."""
        card = self.card_at(ref)
        if card:
            return card.item
        row = self._db.execute(
            "SELECT item_id FROM outbox WHERE chat_id = ? AND sent_message_id = ?"
            " AND item_id IS NOT NULL",
            [ref.chat_id, ref.message_id],
        ).fetchone()
        return ItemId(row[0]) if row else None

    def parcel_at(self, ref: MessageRef) -> Parcel | None:
        """Return the parcel that arrived as this message, or None."""
        rows = self._db.query(
            "SELECT * FROM outbox WHERE chat_id = ? AND sent_message_id = ? ORDER BY id DESC",
            [ref.chat_id, ref.message_id],
        )
        return next(map(_parcel, rows), None)

    def reviews_of(self, post: int) -> tuple[tuple[Parcel, int], ...]:
        """Return the review digests that arrived and show a post, with their message ids."""
        rows = self._db.query(
            "SELECT * FROM outbox WHERE kind = ? AND sent_message_id IS NOT NULL"
            " AND EXISTS (SELECT 1 FROM json_each(payload, '$.posts') WHERE value = ?)",
            [Kind.REVIEW, post],
        )
        return tuple((_parcel(row), int(row["sent_message_id"])) for row in rows)

    def answered(self, item: ItemId, ref: MessageRef, at: datetime, payload: str = "{}") -> None:
        """Record an answer that was sent at once: a reply to it speaks of `item`."""
        self._db.execute(
            "INSERT OR IGNORE INTO outbox (chat_id, topic, kind, item_id, dedupe, priority, state,"
            " created_at, not_before, payload, sent_at, sent_message_id)"
            " VALUES (?, ?, ?, ?, ?, ?, 'sent', ?, ?, ?, ?, ?)",
            [
                ref.chat_id,
                ref.topic,
                Kind.WORDS,
                item,
                f"answer:{ref.chat_id}:{ref.message_id}:{to_text(at)}",
                Priority.WARNING,
                to_text(at),
                to_text(at),
                payload,
                to_text(at),
                ref.message_id,
            ],
        )

    def failed(self) -> Iterator[tuple[Parcel, str]]:
        """Yield the parcels that were given up, with the reason."""
        for row in self._db.query("SELECT * FROM outbox WHERE state = 'failed' ORDER BY id"):
            yield _parcel(row), row["error"] or ""


def _parcel(row: dict[str, Any]) -> Parcel:
    return Parcel(
        id=row["id"],
        chat_id=row["chat_id"],
        topic=row["topic"],
        kind=Kind(row["kind"]),
        item=None if row["item_id"] is None else ItemId(row["item_id"]),
        message_id=row["message_id"],
        priority=row["priority"],
        payload=row["payload"],
        created_at=from_text(row["created_at"]),
        not_before=from_text(row["not_before"]),
        attempts=row["attempts"],
        doubted=bool(row["doubted"]),
    )


def _card(row: dict[str, Any]) -> CardRow:
    return CardRow(
        item=ItemId(row["item_id"]),
        ref=MessageRef(chat_id=row["chat_id"], message_id=row["message_id"], topic=row["topic"]),
        live=bool(row["live"]),
        shown=row["shown"],
    )
