"""Surges: when far more people write than usual, and who of them was worked through."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from monitor.model import ItemId, MemberId, MessageRef, State
from monitor.store.instants import from_text, from_text_or_none, to_text, to_text_or_none

_FOREVER = "~"  # sorts after every instant


class SurgeKind(StrEnum):
    """Of what there is a surge."""

    BRAND = "brand"
    TOPIC = "topic"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A customer's post that wants an answer, or is not judged yet."""

    post: int
    brand: str
    source: str
    person: str  # who wrote it; of one that nobody signed, its key
    at: datetime  # its own time
    topic: str | None
    text: str
    private: bool  # never shown in a group
    history: bool  # tells what is usual, and is no news itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """Far more people than usual who write about a brand, a topic of it, or in the same words."""

    id: int
    brand: str
    kind: SurgeKind
    subject: str  # the topic, or the folded words; "" of a brand
    shown: str  # the words as somebody wrote them
    began_at: datetime
    found_at: datetime
    expected: float
    people: int
    peak: int
    told_peak: int
    lasted_until: datetime
    ended_at: datetime | None = None
    silenced_until: datetime | None = None
    silenced_by: MemberId | None = None

    def silent(self, now: datetime) -> bool:
        """Return whether nothing is told of it now."""
        return self.silenced_until is not None and self.silenced_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """An item of a surge, by a post of it that came in the surge."""

    item: ItemId
    state: State
    owner: MemberId | None
    due_at: datetime | None
    post: Arrival


class Surges:
    """The tables `surges` and `surge_items`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def arrivals(
        self, brands: Sequence[str], since: datetime, until: datetime
    ) -> tuple[Arrival, ...]:
        """Return what customers posted in [since, until) that wants an answer, oldest first.

        Neither what was deleted, nor what the team called spam or not for us.
        """
        rows = self._db.query(
            "SELECT posts.id, brand, source, platform, author_id, key, posted_at, topic, text,"
            " private, history FROM posts INDEXED BY posts_posted_at"
            " CROSS JOIN post_brands ON post_id = posts.id"
            " WHERE posted_at >= ? AND posted_at < ? AND own_brand IS NULL AND deleted_at IS NULL"
            " AND (model IS NULL OR flags <> '[]')"
            " AND brand IN (SELECT value FROM json_each(?))"
            " AND NOT EXISTS (SELECT 1 FROM item_posts JOIN items ON items.id = item_id"
            "  WHERE post_id = posts.id AND items.brand = post_brands.brand"
            "  AND state = 'void' AND merged_into IS NULL)"
            " ORDER BY posted_at, posts.id",
            [to_text(since), to_text(until), json.dumps(list(brands))],
        )
        return tuple(map(_arrival, rows))

    def first_post(self, brand: str) -> datetime | None:
        """Return when the oldest kept post about a brand was written, None without any."""
        row = self._db.execute(
            "SELECT posted_at FROM posts INDEXED BY posts_posted_at"
            " CROSS JOIN post_brands ON post_id = posts.id AND brand = ?"
            " ORDER BY posted_at LIMIT 1",
            [brand],
        ).fetchone()
        return from_text(row[0]) if row else None

    def get(self, surge: int) -> Surge | None:
        """Return the surge with this id, or None."""
        return next(self._read("id = ?", [surge]), None)

    def lasting(self, brand: str) -> tuple[Surge, ...]:
        """Return the surges of a brand that are not over, oldest first."""
        return tuple(self._read("brand = ? AND ended_at IS NULL ORDER BY id", [brand]))

    def since(self, instant: datetime) -> tuple[Surge, ...]:
        """Return the surges that lasted until `instant` or later, oldest first."""
        return tuple(self._read("lasted_until >= ? ORDER BY id", [to_text(instant)]))

    def open(self, surge: Surge) -> Surge:
        """Write a new surge and return it with its id."""
        row = {
            "brand": surge.brand,
            "kind": surge.kind,
            "subject": surge.subject,
            "shown": surge.shown,
            "began_at": to_text(surge.began_at),
            "found_at": to_text(surge.found_at),
            "silenced_until": to_text_or_none(surge.silenced_until),
            "silenced_by": surge.silenced_by,
            **_sizes(surge),
        }
        number = int(self._db.table("surges").insert(row).last_pk or 0)
        found = self.get(number)
        if found is None:
            raise LookupError(number)
        return found

    def save(self, surge: Surge) -> None:
        """Write how a surge stands now."""
        row = {
            "kind": surge.kind,
            "subject": surge.subject,
            "shown": surge.shown,
            "ended_at": to_text_or_none(surge.ended_at),
            **_sizes(surge),
        }
        columns = ", ".join(f"{column} = :{column}" for column in row)
        self._db.execute(f"UPDATE surges SET {columns} WHERE id = :id", {**row, "id": surge.id})

    def silence(self, surge: int, until: datetime | None, member: MemberId | None) -> None:
        """Tell nothing of a surge until an instant; None: speak again."""
        self._db.execute(
            "UPDATE surges SET silenced_until = ?, silenced_by = ? WHERE id = ?",
            [to_text_or_none(until), member, surge],
        )

    def inside(self, surge: Surge) -> tuple[Inside, ...]:
        """Return the listed items whose people wrote in a surge of its brand, due soonest first.

        Of a phrase they are not told apart here: who asks looks at the text. An item may come
        more than once, by several posts.
        """
        until = _FOREVER if surge.ended_at is None else to_text(surge.ended_at)
        rows = self._db.query(
            "SELECT items.id AS item, items.state, items.owner, items.due_at, items.brand,"
            " posts.id, posts.source, posts.platform, posts.author_id, key, posts.posted_at,"
            " posts.topic, text, private, history FROM posts INDEXED BY posts_posted_at"
            " CROSS JOIN item_posts ON post_id = posts.id"
            " CROSS JOIN items ON items.id = item_id"
            " WHERE posts.posted_at >= ? AND posts.posted_at < ? AND items.brand = ?"
            " AND items.muted = 0 AND items.state NOT IN ('resolved', 'void')"
            " AND (? = '' OR posts.topic = ?)"
            " ORDER BY items.due_at IS NULL, items.due_at, items.urgency DESC,"
            " items.churn_risk DESC, items.id",
            [
                to_text(surge.began_at),
                until,
                surge.brand,
                *(2 * [surge.subject if surge.kind is SurgeKind.TOPIC else ""]),
            ],
        )
        return tuple(map(_inside, rows))

    def given(self, surge: int) -> dict[ItemId, tuple[datetime, MemberId | None]]:
        """Return when, and to whom, each item of a surge was last shown to be worked through."""
        rows = self._db.execute(
            "SELECT item_id, shown_at, member FROM surge_items WHERE surge_id = ?", [surge]
        ).fetchall()
        return {
            ItemId(item): (from_text(at), None if member is None else MemberId(member))
            for item, at, member in rows
        }

    def give(self, surge: int, item: ItemId, member: MemberId, now: datetime) -> None:
        """Record that a member was shown an item of a surge."""
        self._db.execute(
            "INSERT INTO surge_items (surge_id, item_id, shown_at, member) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (surge_id, item_id) DO UPDATE"
            " SET shown_at = excluded.shown_at, member = excluded.member",
            [surge, item, to_text(now), member],
        )

    def alerts(self, surge: int) -> tuple[MessageRef, ...]:
        """Return where the alerts of a surge stand that arrived."""
        rows = self._db.execute(
            "SELECT chat_id, sent_message_id, topic FROM outbox WHERE kind = 'surge'"
            " AND state = 'sent' AND message_id IS NULL AND sent_message_id IS NOT NULL"
            " AND payload ->> '$.surge' = ? AND payload ->> '$.over' IS NOT 1 ORDER BY id",
            [surge],
        ).fetchall()
        return tuple(
            MessageRef(chat_id=chat, message_id=message, topic=topic)
            for chat, message, topic in rows
        )

    def _read(self, where: str, values: list[object]) -> Iterator[Surge]:
        yield from map(_surge, self._db.query(f"SELECT * FROM surges WHERE {where}", values))


def _sizes(surge: Surge) -> dict[str, Any]:
    return {
        "expected": surge.expected,
        "people": surge.people,
        "peak": surge.peak,
        "told_peak": surge.told_peak,
        "lasted_until": to_text(surge.lasted_until),
    }


def _arrival(row: dict[str, Any]) -> Arrival:
    return Arrival(
        post=row["id"],
        brand=row["brand"],
        source=row["source"],
        person=f"{row['platform']}:{row['author_id'] or row['key']}",
        at=from_text(row["posted_at"]),
        topic=row["topic"],
        text=row["text"],
        private=bool(row["private"]),
        history=bool(row["history"]),
    )


def _inside(row: dict[str, Any]) -> Inside:
    return Inside(
        item=ItemId(row["item"]),
        state=State(row["state"]),
        owner=None if row["owner"] is None else MemberId(row["owner"]),
        due_at=from_text_or_none(row["due_at"]),
        post=_arrival(row),
    )


def _surge(row: dict[str, Any]) -> Surge:
    return Surge(
        id=row["id"],
        brand=row["brand"],
        kind=SurgeKind(row["kind"]),
        subject=row["subject"],
        shown=row["shown"],
        began_at=from_text(row["began_at"]),
        found_at=from_text(row["found_at"]),
        expected=row["expected"],
        people=row["people"],
        peak=row["peak"],
        told_peak=row["told_peak"],
        lasted_until=from_text(row["lasted_until"]),
        ended_at=from_text_or_none(row["ended_at"]),
        silenced_until=from_text_or_none(row["silenced_until"]),
        silenced_by=None if row["silenced_by"] is None else MemberId(row["silenced_by"]),
    )
