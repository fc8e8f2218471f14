"""What reports and boards count: rows gathered over many items at once, read only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from monitor.desk.lessons import ANSWERED, CLAIM, Labels, agrees
from monitor.model import Flag, ItemId, State, Target
from monitor.store.instants import from_text, from_text_or_none, to_text

Row = dict[str, Any]
_OF_BRANDS = "items.brand IN (SELECT value FROM json_each(:brands)) AND items.muted = 0"
_LISTED = f"{_OF_BRANDS} AND items.state NOT IN ('resolved', 'void')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An item as a report sees it: what it was, and how its first post was answered."""

    item: ItemId
    brand: str
    platform: str
    language: str | None  # of its first post; None: not judged
    flags: frozenset[Flag]
    posted_at: datetime
    opened_at: datetime
    state: State
    void_reason: str | None
    found_late: bool
    hand_overs: int
    answered_at: datetime | None  # the first response; None: not answered yet
    customer_wait: timedelta | None
    team_time: timedelta | None  # None where it is not fixed yet, or not answered
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many promises of one target fell due, and how many were kept."""

    target: Target
    promised: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """An item and when its next clock falls due."""

    item: ItemId
    brand: str
    target: Target
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of how many posts people said what the judge had said, and of how many something else."""

    confirmed: int
    corrected: int


class Figures:
    """Counts over the tables `items`, `results`, `posts` and `taps`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def cases(self, since: datetime, until: datetime, brands: Sequence[str]) -> tuple[Case, ...]:
        """Return the items of `brands` that were first seen in [since, until), oldest first."""
        rows = self._db.query(
            "SELECT items.*, posts.language, posts.flags, results.ended_at,"
            " results.customer_wait_s, results.team_time_s, results.proven"
            " FROM items LEFT JOIN posts ON posts.id ="
            "   (SELECT min(post_id) FROM item_posts WHERE item_id = items.id)"
            " LEFT JOIN results ON results.item_id = items.id"
            f"   AND results.target = '{Target.FIRST_RESPONSE}' AND results.cycle = 1"
            f" WHERE {_OF_BRANDS} AND opened_at >= :since AND opened_at < :until"
            " ORDER BY opened_at, items.id",
            _window(since, until, brands),
        )
        return tuple(map(_case, rows))

    def kept(self, since: datetime, until: datetime, brands: Sequence[str]) -> tuple[Kept, ...]:
        """Return, by target, the promises that fell due in [since, until) and are fixed by now.

        Void items and what was found late count for nothing.
        """
        rows = self._db.query(
            "SELECT results.target, count(*) AS promised, sum(NOT breached) AS kept"
            " FROM results JOIN items ON items.id = results.item_id"
            f" WHERE {_OF_BRANDS} AND items.state <> 'void' AND counted = 1"
            " AND results.due_at >= :since AND results.due_at < :until GROUP BY results.target",
            _window(since, until, brands),
        )
        return tuple(
            Kept(target=Target(row["target"]), promised=row["promised"], kept=row["kept"])
            for row in rows
        )

    def volumes(
        self, since: datetime, until: datetime, brands: Sequence[str]
    ) -> tuple[tuple[str, int], ...]:
        """Return how many posts of [since, until) name each of `brands`, most first."""
        rows = self._db.execute(
            "SELECT brand, count(*) FROM posts JOIN post_brands ON post_id = posts.id"
            " WHERE brand IN (SELECT value FROM json_each(:brands))"
            " AND posted_at >= :since AND posted_at < :until"
            " GROUP BY brand ORDER BY count(*) DESC, brand",
            _window(since, until, brands),
        ).fetchall()
        return tuple((brand, count) for brand, count in rows)

    def labels(self, posts: Sequence[int]) -> dict[int, str]:
        """Return what a person last said each post is; those nobody judged are left out."""
        rows = self._db.execute(
            "SELECT post_id, label FROM taps WHERE undone_at IS NULL AND label NOT IN (?, ?)"
            " AND post_id IN (SELECT value FROM json_each(?)) ORDER BY id",
            [CLAIM, ANSWERED, json.dumps(list(posts))],
        ).fetchall()
        return dict(rows)

    def agreement(self, since: datetime, until: datetime, brands: Sequence[str]) -> Agreement:
        """Return how many posts of `brands` people judged in [since, until) as the judge had.

        The latest word on a post decides; posts that the judge had not seen are left out.
        """
        rows = self._db.query(
            "SELECT label, complaint, request, judged_flags FROM taps WHERE id IN"
            " (SELECT max(taps.id) FROM taps WHERE undone_at IS NULL"
            "  AND at >= :since AND at < :until AND EXISTS (SELECT 1 FROM post_brands"
            "   WHERE post_brands.post_id = taps.post_id"
            "   AND brand IN (SELECT value FROM json_each(:brands))) GROUP BY post_id)"
            " AND judged_model IS NOT NULL",
            _window(since, until, brands),
        )
        found = [_agrees(row) for row in rows]
        return Agreement(confirmed=found.count(True), corrected=found.count(False))

    def states(self, brands: Sequence[str]) -> dict[State, int]:
        """Return how many listed items of `brands` are in each state."""
        rows = self._db.query(
            f"SELECT state, count(*) AS n FROM items WHERE {_LISTED} GROUP BY state",
            {"brands": json.dumps(list(brands))},
        )
        return {State(row["state"]): row["n"] for row in rows}

    def unanswered(self, brands: Sequence[str]) -> int:
        """Return how many items of `brands` owe an answer right now, whenever they came.

        A pause holds the resolution back, not the answer: then the clock that is due next tells.
        """
        row = self._db.execute(
            f"SELECT count(*) FROM items WHERE {_LISTED} AND (state IN ('open', 'claimed')"
            " OR (state IN ('waiting', 'snoozed') AND target IS NOT 'resolution'"
            " AND due_at IS NOT NULL))",
            {"brands": json.dumps(list(brands))},
        ).fetchone()
        return int(row[0])

    def past_due(self, now: datetime, brands: Sequence[str]) -> tuple[DueItem, ...]:
        """Return the listed items one of whose clocks is past its time, longest first."""
        return self._due(brands, "due_at < :now ORDER BY due_at, id", now, -1)

    def due_next(self, now: datetime, brands: Sequence[str], limit: int) -> tuple[DueItem, ...]:
        """Return the items whose next clock falls due first, of those that still have time.

        An answered item is not among them: nobody waits for it.
        """
        where = "due_at >= :now AND state <> 'answered' ORDER BY due_at, id"
        return self._due(brands, where, now, limit)

    def _due(
        self, brands: Sequence[str], where: str, now: datetime, limit: int
    ) -> tuple[DueItem, ...]:
        rows = self._db.query(
            f"SELECT id, brand, target, due_at FROM items WHERE {_LISTED} AND {where} LIMIT :limit",
            {"brands": json.dumps(list(brands)), "now": to_text(now), "limit": limit},
        )
        return tuple(
            DueItem(
                item=ItemId(row["id"]),
                brand=row["brand"],
                target=Target(row["target"]),
                due_at=from_text(row["due_at"]),
            )
            for row in rows
        )


def _agrees(row: Row) -> bool | None:
    labels = Labels(complaint=row["complaint"], request=row["request"])
    return agrees(row["label"], labels, frozenset(map(Flag, json.loads(row["judged_flags"]))))


def _span(since: datetime, until: datetime) -> Row:
    return {"since": to_text(since), "until": to_text(until)}


def _window(since: datetime, until: datetime, brands: Sequence[str]) -> Row:
    return {**_span(since, until), "brands": json.dumps(list(brands))}


def _case(row: Row) -> Case:
    answered_at = from_text_or_none(row["ended_at"] or row["answer_at"])
    posted_at = from_text(row["posted_at"])
    wait, team = row["customer_wait_s"], row["team_time_s"]
    if wait is not None:
        waited: timedelta | None = timedelta(seconds=wait)
    else:
        waited = max(answered_at - posted_at, timedelta()) if answered_at else None
    return Case(
        item=ItemId(row["id"]),
        brand=row["brand"],
        platform=row["platform"],
        language=row["language"],
        flags=frozenset(map(Flag, json.loads(row["flags"] or "[]"))),
        posted_at=posted_at,
        opened_at=from_text(row["opened_at"]),
        state=State(row["state"]),
        void_reason=row["void_reason"],
        found_late=bool(row["found_late"]),
        hand_overs=row["hand_overs"],
        answered_at=answered_at,
        customer_wait=waited,
        team_time=None if team is None else timedelta(seconds=team),
        proven=bool(row["proven"] or row["answer_proven"]),
    )
