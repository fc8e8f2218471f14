"""Items: the fold of their events, written beside them so that queues are found by an index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from monitor.model import (
    Answer,
    Author,
    Item,
    ItemId,
    MemberId,
    State,
    Target,
)
from monitor.store.instants import (
    from_text,
    from_text_or_none,
    to_text,
    to_text_or_none,
)
from monitor.store.posts import author

Row = dict[str, Any]
_COLUMNS = (
    *("id", "brand", "platform", "thread", "author_id", "author_handle", "author_name"),
    *("policy", "policy_version", "found_late", "look_back", "state", "owner", "lease_ends_at"),
    *("paused_until", "void_reason", "merged_into", "muted", "fold_of", "hand_overs"),
    *("answer_at", "answer_url", "answer_proven", "answer_by", "opened_at", "posted_at"),
    *("topic", "urgency", "churn_risk", "target", "due_at", "next_check_at", "revision"),
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM items"
_REMEMBERED = 4096  # rows as objects: some four megabytes, and the same row is the same object
_LISTED = "state NOT IN ('resolved', 'void') AND muted = 0"
# What is due at the same moment goes by how urgent it is, then by who is likelier to leave.
_PRESSING = "urgency DESC, churn_risk DESC, id"  # what nobody knows comes last: NULL is smallest
# The resolution of what was answered yesterday may be due before an answer that is owed now.
_SOONEST_OWED = f"state = 'answered', due_at IS NULL, due_at, {_PRESSING}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due next on an item, as its clock was last read."""

    target: Target | None = None
    due_at: datetime | None = None  # None while paused, or where nothing runs
    next_check_at: datetime | None = None  # when the tick must look again


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An item with what is due on it."""

    item: Item
    due: Due
    policy_version: int
    revision: int  # counts the changes of the item


class Items:
    """The tables `items` and `item_posts`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def open(self, item: Item, author_key: str, policy_version: int) -> ItemId:
        """Write a new item and return its id; `item.id` is not looked at."""
        row = {
            "brand": item.brand,
            "platform": item.platform,
            "thread": item.thread,
            "author_key": author_key,
            "author_id": item.author.id if item.author else None,
            "author_handle": item.author.handle if item.author else None,
            "author_name": item.author.name if item.author else None,
            "policy": item.policy,
            "policy_version": policy_version,
            "found_late": int(item.found_late),
            "look_back": int(item.look_back),
            "topic": item.topic,
            "urgency": item.urgency,
            "churn_risk": item.churn_risk,
            "opened_at": to_text(item.opened_at),
            "posted_at": to_text(item.posted_at),
            **_state(item),
        }
        return ItemId(int(self._db.table("items").insert(row).last_pk or 0))

    def add_post(self, item: ItemId, post: int) -> None:
        """Let a post belong to an item."""
        self._db.conn.execute(
            "INSERT OR IGNORE INTO item_posts (item_id, post_id) VALUES (?, ?)", [item, post]
        )

    def remove_post(self, item: ItemId, post: int) -> None:
        """Let a post no longer belong to an item."""
        self._db.execute("DELETE FROM item_posts WHERE item_id = ? AND post_id = ?", [item, post])

    def save(self, item: Item, due: Due, policy_version: int) -> None:
        """Write what the events of an item now mean, and count the change."""
        row = {
            **_state(item),
            "found_late": int(item.found_late),
            "look_back": int(item.look_back),
            "policy": item.policy,
            "policy_version": policy_version,
            "target": due.target,
            "due_at": to_text_or_none(due.due_at),
            "next_check_at": to_text_or_none(due.next_check_at),
        }
        columns = ", ".join(f"{column} = :{column}" for column in row)
        self._db.execute(
            f"UPDATE items SET {columns}, revision = revision + 1 WHERE id = :id",
            {**row, "id": item.id},
        )

    def leaning(
        self, item: ItemId, *, topic: str | None, urgency: int | None, churn_risk: float | None
    ) -> None:
        """Write what an item's posts say together of its matter."""
        self._db.execute(
            "UPDATE items SET topic = ?, urgency = ?, churn_risk = ? WHERE id = ?",
            [topic, urgency, churn_risk, item],
        )

    def under_older(self, policy_version: int) -> tuple[Listed, ...]:
        """Return the listed items that are under other policies than those of this edition."""
        where = f"{_LISTED} AND policy_version <> ? ORDER BY id"
        return tuple(self._read(where, [policy_version]))

    def touch(self, item: ItemId) -> None:
        """Count a change of what an item's card shows, though no event of its own happened."""
        self._db.execute("UPDATE items SET revision = revision + 1 WHERE id = ?", [item])

    def undrawn(self, limit: int) -> tuple[Listed, ...]:
        """Return items that changed since their card was last looked at, oldest first."""
        where = "drawn <> revision AND muted = 0 ORDER BY id LIMIT ?"
        return tuple(self._read(where, [limit]))

    def refold(self, old: ItemId, new: ItemId) -> None:
        """Show the items that stood under `old` under `new`, which gets a card of its own."""
        self._db.execute("UPDATE items SET fold_of = ? WHERE fold_of = ?", [new, old])
        self._db.execute("UPDATE items SET fold_of = NULL WHERE id = ?", [new])
        self.touch(new)

    def cardless(self) -> tuple[ItemId, ...]:
        """Return items that owe an answer, stand under no other, and are shown nowhere."""
        rows = self._db.execute(
            f"SELECT id FROM items WHERE {_LISTED} AND state <> 'answered' AND fold_of IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM cards WHERE item_id = items.id AND live = 1)"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE item_id = items.id AND kind = 'card'"
            "   AND state IN ('queued', 'in_doubt'))"
            " AND (NOT EXISTS (SELECT 1 FROM told WHERE item_id = items.id AND name = 'digest')"
            "   OR EXISTS (SELECT 1 FROM told WHERE item_id = items.id AND name = 'digest over'))"
            " ORDER BY id"
        ).fetchall()
        return tuple(ItemId(item) for (item,) in rows)

    def drawn(self, item: ItemId, revision: int) -> None:
        """Record that the card of an item at `revision` was drawn, or needs none."""
        self._db.execute("UPDATE items SET drawn = ? WHERE id = ?", [revision, item])

    def claim(self, item: ItemId, member: MemberId) -> bool:
        """Give an item nobody has to `member`; False if somebody was faster."""
        cursor = self._db.conn.execute(
            "UPDATE items SET owner = ? WHERE id = ? AND owner IS NULL", [member, item]
        )
        return cursor.rowcount == 1

    def get(self, item: ItemId) -> Listed | None:
        """Return the item with this id, or None."""
        return next(self._read("id = ?", [item]), None)

    def find(self, brand: str, platform: str, thread: str, author_key: str) -> Item | None:
        """Return the item of this brand, author and thread, or None."""
        where = "brand = ? AND platform = ? AND thread = ? AND author_key = ?"
        found = next(self._read(where, [brand, platform, thread, author_key]), None)
        return found.item if found else None

    def of_author(self, platform: str, thread: str, author_key: str) -> tuple[Item, ...]:
        """Return the items of an author in a thread, whatever the brand."""
        where = "platform = ? AND thread = ? AND author_key = ? ORDER BY id"
        return tuple(one.item for one in self._read(where, [platform, thread, author_key]))

    def of_thread(self, brand: str, platform: str, thread: str) -> tuple[Item, ...]:
        """Return the items of a brand in a thread."""
        where = "platform = ? AND thread = ? AND brand = ? ORDER BY id"
        return tuple(one.item for one in self._read(where, [platform, thread, brand]))

    def of_post(self, post: int) -> tuple[Item, ...]:
        """Return the items that a post belongs to."""
        where = "id IN (SELECT item_id FROM item_posts WHERE post_id = ?) ORDER BY id"
        return tuple(one.item for one in self._read(where, [post]))

    def queue(self, limit: int = -1) -> tuple[Listed, ...]:
        """Return the items that are listed: due soonest first, paused and answered ones last.

        Of those due at the same moment the more urgent come first, then those likelier to leave.
        """
        timed = f"{_LISTED} AND due_at IS NOT NULL ORDER BY due_at, {_PRESSING} LIMIT ?"
        found = tuple(self._read(timed, [limit]))
        rest = limit - len(found) if limit >= 0 else limit
        untimed = f"{_LISTED} AND due_at IS NULL ORDER BY {_PRESSING} LIMIT ?"
        return (*found, *self._read(untimed, [rest]))

    def owned_by(self, member: MemberId) -> tuple[Listed, ...]:
        """Return a member's listed items, due soonest first, answered ones last."""
        where = f"{_LISTED} AND owner = ? ORDER BY {_SOONEST_OWED}"
        return tuple(self._read(where, [member]))

    def folded_under(self, item: ItemId) -> tuple[Listed, ...]:
        """Return the listed items shown under an item's card, due soonest first, answered last."""
        where = f"{_LISTED} AND fold_of = ? ORDER BY {_SOONEST_OWED}"
        return tuple(self._read(where, [item]))

    def to_check(self, now: datetime, limit: int) -> tuple[Listed, ...]:
        """Return the items whose clock must be read again by `now`, longest overdue first."""
        where = "next_check_at <= ? ORDER BY next_check_at LIMIT ?"
        return tuple(self._read(where, [to_text(now), limit]))

    def begin(
        self, item: ItemId, *, opened_at: datetime, posted_at: datetime, found_late: bool
    ) -> None:
        """Have an item count as first seen at `opened_at`, for a post of `posted_at`."""
        self._db.execute(
            "UPDATE items SET opened_at = ?, posted_at = ?, found_late = ? WHERE id = ?",
            [to_text(opened_at), to_text(posted_at), int(found_late), item],
        )

    def check_at(self, item: ItemId, at: datetime) -> None:
        """Have the clock of an item read again at an instant, and not before."""
        self._db.execute("UPDATE items SET next_check_at = ? WHERE id = ?", [to_text(at), item])

    def opened(self, since: datetime, until: datetime) -> tuple[Listed, ...]:
        """Return the items first seen in [since, until), oldest first."""
        where = "opened_at >= ? AND opened_at < ? ORDER BY opened_at, id"
        return tuple(self._read(where, [to_text(since), to_text(until)]))

    def alive(self, since: datetime, until: datetime) -> Iterator[Item]:
        """Yield the items, history aside, that were seen by `until` and touched after `since`."""
        last = 0
        where = (
            "id > ? AND muted = 0 AND opened_at < ? AND (opened_at >= ? OR EXISTS"
            " (SELECT 1 FROM events WHERE item_id = items.id AND at >= ?)) ORDER BY id LIMIT 500"
        )
        begins, ends = to_text(since), to_text(until)
        while batch := tuple(self._read(where, [last, ends, begins, begins])):
            yield from (one.item for one in batch)
            last = batch[-1].item.id

    def every(self) -> Iterator[Listed]:
        """Yield all items by id, a bounded number of rows in memory at a time."""
        last = 0
        while batch := tuple(self._read("id > ? ORDER BY id LIMIT 500", [last])):
            yield from batch
            last = batch[-1].item.id

    def counts(self) -> dict[tuple[str, State], int]:
        """Return how many unmuted items each brand has in each state."""
        rows = self._db.query(
            "SELECT brand, state, count(*) AS n FROM items WHERE muted = 0 GROUP BY brand, state"
        )
        return {(row["brand"], State(row["state"])): row["n"] for row in rows}

    def _read(self, where: str, parameters: Sequence[object]) -> Iterator[Listed]:
        rows = self._db.conn.execute(f"{_SELECT} WHERE {where}", list(parameters))
        yield from map(_listed, rows)


def author_key(who: Author | None, post: str) -> str:
    """Return what tells an author apart; an unknown one is nobody's other post, only this one's."""
    return who.id if who else post


def _state(item: Item) -> Row:
    answer = item.answer
    return {
        "state": item.state,
        "owner": item.owner,
        "lease_ends_at": to_text_or_none(item.lease_ends_at),
        "paused_until": to_text_or_none(item.paused_until),
        "void_reason": item.void_reason,
        "merged_into": item.merged_into,
        "muted": int(item.muted),
        "fold_of": item.fold_of,
        "hand_overs": item.hand_overs,
        "answer_at": to_text_or_none(answer.at) if answer else None,
        "answer_url": answer.url if answer else None,
        "answer_proven": int(answer.proven) if answer else None,
        "answer_by": answer.by if answer else None,
    }


@lru_cache(maxsize=_REMEMBERED)
def _listed(values: tuple[Any, ...]) -> Listed:
    row = dict(zip(_COLUMNS, values, strict=True))
    return Listed(
        item=_item(row),
        due=Due(
            target=Target(row["target"]) if row["target"] else None,
            due_at=from_text_or_none(row["due_at"]),
            next_check_at=from_text_or_none(row["next_check_at"]),
        ),
        policy_version=row["policy_version"],
        revision=row["revision"],
    )


def _item(row: Row) -> Item:
    return Item(
        id=ItemId(row["id"]),
        brand=row["brand"],
        platform=row["platform"],
        thread=row["thread"],
        author=author(row),
        policy=row["policy"],
        found_late=bool(row["found_late"]),
        state=State(row["state"]),
        owner=_member(row["owner"]),
        lease_ends_at=from_text_or_none(row["lease_ends_at"]),
        paused_until=from_text_or_none(row["paused_until"]),
        void_reason=row["void_reason"],
        merged_into=ItemId(row["merged_into"]) if row["merged_into"] else None,
        muted=bool(row["muted"]),
        look_back=bool(row["look_back"]),
        fold_of=ItemId(row["fold_of"]) if row["fold_of"] else None,
        hand_overs=row["hand_overs"],
        answer=_answer(row),
        opened_at=from_text(row["opened_at"]),
        posted_at=from_text(row["posted_at"]),
        topic=row["topic"],
        urgency=row["urgency"],
        churn_risk=row["churn_risk"],
    )


def _answer(row: Row) -> Answer | None:
    if row["answer_at"] is None:
        return None
    return Answer(
        at=from_text(row["answer_at"]),
        url=row["answer_url"],
        proven=bool(row["answer_proven"]),
        by=_member(row["answer_by"]),
    )


def _member(value: int | None) -> MemberId | None:
    return None if value is None else MemberId(value)
