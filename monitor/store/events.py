"""Events: what happened to each item. Rows are only ever added."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from monitor.model import Event, EventKind, ItemId, MemberId, Result, Target
from monitor.store.instants import (
    from_text,
    from_text_or_none,
    to_text,
    to_text_or_none,
)

_EVENT = (
    "SELECT id, item_id, kind, at, recorded_at, actor, key, posted_at, wants_answer, url, reason,"
    " until, ref FROM events"
)
_ADD = (
    "INSERT INTO events (item_id, kind, at, recorded_at, actor, key, posted_at, wants_answer, url,"
    " reason, until, ref) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_RESULT = (
    "SELECT item_id, target, cycle, started_at, ended_at, due_at, customer_wait_s, team_time_s,"
    " breached, counted, proven, policy_version, frozen_at, policy, allowed_s FROM results"
)
_REMEMBERED = 8192  # rows as objects: some four megabytes, and the same row is the same object
_OF_NOTICE = "value ->> 'item' = :item AND value ->> 'name' = :name"
_UNTELL_QUEUED = f"""
UPDATE outbox SET payload = json_set(payload, '$.notices', (
    SELECT json_group_array(json(value)) FROM json_each(outbox.payload, '$.notices')
    WHERE NOT ({_OF_NOTICE})))
WHERE kind = 'notice' AND state = 'queued'
    AND EXISTS (SELECT 1 FROM json_each(outbox.payload, '$.notices') WHERE {_OF_NOTICE})
"""


class Events:
    """The tables `events`, `results` and `told`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """Write events and return them with their ids."""
        return tuple(self._add(event) for event in events)

    def _add(self, event: Event) -> Event:
        row = (
            event.item,
            event.kind,
            to_text(event.at),
            to_text(event.recorded_at),
            event.actor,
            event.key,
            to_text_or_none(event.posted_at),
            int(event.wants_answer),
            event.url,
            event.reason,
            to_text_or_none(event.until),
            event.ref,
        )
        return replace(event, id=int(self._db.conn.execute(_ADD, row).lastrowid or 0))

    def of_item(self, item: ItemId) -> tuple[Event, ...]:
        """Return what happened to an item, in the order in which we learned of it."""
        rows = self._db.conn.execute(f"{_EVENT} WHERE item_id = ? ORDER BY id", [item])
        return tuple(map(_event, rows))

    def last_recorded(self, item: ItemId) -> datetime | None:
        """Return when the latest event of an item was written, None if it has none."""
        row = self._db.execute(
            "SELECT max(recorded_at) FROM events WHERE item_id = ?", [item]
        ).fetchone()
        return from_text_or_none(row[0])

    def has_reply(self, item: ItemId, key: str) -> bool:
        """Return whether this reply was counted for this item already."""
        row = self._db.execute(
            "SELECT 1 FROM events WHERE item_id = ? AND key = ? AND kind = ?",
            [item, key, EventKind.BRAND_REPLY],
        ).fetchone()
        return row is not None

    def items_answered_by(self, key: str) -> tuple[ItemId, ...]:
        """Return the items whose clocks the reply with this key stopped."""
        rows = self._db.execute(
            "SELECT DISTINCT item_id FROM events WHERE key = ? AND kind = ?",
            [key, EventKind.BRAND_REPLY],
        ).fetchall()
        return tuple(ItemId(item) for (item,) in rows)

    def freeze(self, results: Sequence[Result]) -> None:
        """Write results; one that is frozen already is never changed."""
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO results (item_id, target, cycle, started_at, ended_at, due_at,"
            " customer_wait_s, team_time_s, breached, counted, proven, policy_version, frozen_at,"
            " policy, allowed_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_result_row(result) for result in results],
        )

    def prove(self, item: ItemId, proofs: Sequence[tuple[Target, int, bool]]) -> None:
        """Write whether frozen results are proven by now; nothing else of them ever changes."""
        self._db.conn.executemany(
            "UPDATE results SET proven = ? WHERE item_id = ? AND target = ? AND cycle = ?",
            [(int(proven), item, target, cycle) for target, cycle, proven in proofs],
        )

    def results_of(self, item: ItemId) -> tuple[Result, ...]:
        """Return the frozen results of an item."""
        rows = self._db.conn.execute(f"{_RESULT} WHERE item_id = ? ORDER BY target, cycle", [item])
        return tuple(map(_result, rows))

    def told(self, item: ItemId) -> frozenset[str]:
        """Return the names of the notices that were given for an item."""
        rows = self._db.execute("SELECT name FROM told WHERE item_id = ?", [item]).fetchall()
        return frozenset(name for (name,) in rows)

    def tell(self, item: ItemId, names: Sequence[str], at: datetime) -> None:
        """Record that notices were given, so that they are given once."""
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO told (item_id, name, told_at) VALUES (?, ?, ?)",
            [(item, name, to_text(at)) for name in names],
        )

    def untell(self, item: ItemId, names: Sequence[str]) -> None:
        """Let notices be given again in their time: their clock runs under another policy now.

        What was sent of them stays, under another name, so that it keeps no later one back; what
        still waits to be sent, or is held for somebody, is not so any more.
        """
        for name in names:
            self._db.execute("DELETE FROM told WHERE item_id = ? AND name = ?", [item, name])
            self._db.execute(
                "UPDATE outbox SET dedupe = dedupe || ':before:' || id WHERE item_id = ?"
                " AND instr(dedupe, ?) = 1",
                [item, f"notice:{item}:{name}:"],
            )
            self._db.execute(
                "DELETE FROM held_notices WHERE item_id = ? AND name = ?", [item, name]
            )
            self._db.execute(_UNTELL_QUEUED, {"item": item, "name": name})


@lru_cache(maxsize=_REMEMBERED)
def _event(row: tuple[Any, ...]) -> Event:
    (number, item, kind, at, recorded_at, actor, key, posted_at, wants, url, reason, until, ref) = (
        row
    )
    return Event(
        id=number,
        item=ItemId(item),
        kind=EventKind(kind),
        at=from_text(at),
        recorded_at=from_text(recorded_at),
        actor=None if actor is None else MemberId(actor),
        key=key,
        posted_at=from_text_or_none(posted_at),
        wants_answer=bool(wants),
        url=url,
        reason=reason,
        until=from_text_or_none(until),
        ref=ref,
    )


def _result_row(result: Result) -> tuple[object, ...]:
    return (
        result.item,
        result.target,
        result.cycle,
        to_text(result.started_at),
        to_text(result.ended_at),
        to_text(result.due_at),
        result.customer_wait.total_seconds(),
        result.team_time.total_seconds(),
        int(result.breached),
        int(result.counted),
        int(result.proven),
        result.policy_version,
        to_text(result.frozen_at),
        result.policy,
        None if result.allowed is None else result.allowed.total_seconds(),
    )


@lru_cache(maxsize=_REMEMBERED)
def _result(row: tuple[Any, ...]) -> Result:
    (item, target, cycle, started_at, ended_at, due_at, wait_s, team_s, *rest) = row
    breached, counted, proven, version, frozen_at, policy, allowed_s = rest
    return Result(
        item=ItemId(item),
        target=Target(target),
        cycle=cycle,
        started_at=from_text(started_at),
        ended_at=from_text(ended_at),
        due_at=from_text(due_at),
        customer_wait=timedelta(seconds=wait_s),
        team_time=timedelta(seconds=team_s),
        breached=bool(breached),
        counted=bool(counted),
        proven=bool(proven),
        policy_version=version,
        frozen_at=from_text(frozen_at),
        policy=policy,
        allowed=None if allowed_s is None else timedelta(seconds=allowed_s),
    )
