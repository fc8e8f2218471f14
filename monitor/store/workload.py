"""Who did how much, and when there was how much to do: read only, counted over many items."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from monitor.model import ItemId, MemberId, Target
from monitor.store.figures import LISTED, OF_BRANDS, Row, window
from monitor.store.instants import from_text

_MINUTES = 15  # of a quarter: zones are whole quarters away from UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A response clock that ended, and who ended it."""

    item: ItemId
    member: MemberId | None  # who tapped or sent it, else who had the item; None: nobody known
    target: Target
    ended_at: datetime
    customer_wait: timedelta
    team_time: timedelta
    breached: bool
    counted: bool
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """How often a member did something."""

    member: MemberId
    claims: int
    given_away: int  # handed to somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Answers that came to be owed in one quarter of an hour under one policy."""

    at: datetime  # when the quarter begins
    policy: str
    version: int
    count: int


class Workload:
    """Counts over the tables `items`, `events` and `results`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def answers(
        self, since: datetime, until: datetime, brands: Sequence[str]
    ) -> tuple[Answered, ...]:
        """Return the responses of `brands` given in [since, until) and fixed by now.

        Void items are left out.
        """
        rows = self._db.execute(_ANSWERS, window(since, until, brands))
        return tuple(
            Answered(
                item=ItemId(item),
                member=None if member is None else MemberId(member),
                target=Target(target),
                ended_at=from_text(ended_at),
                customer_wait=timedelta(seconds=wait),
                team_time=timedelta(seconds=team),
                breached=bool(breached),
                counted=bool(counted),
                proven=bool(proven),
            )
            for item, target, ended_at, wait, team, breached, counted, proven, member in rows
        )

    def acts(self, since: datetime, until: datetime, brands: Sequence[str]) -> tuple[Acts, ...]:
        """Return how often each member claimed an item, and gave one away, in [since, until).

        What was undone does not count.
        """
        rows = self._db.execute(_ACTS, window(since, until, brands))
        return tuple(
            Acts(member=MemberId(member), claims=claims, given_away=given)
            for member, claims, given in rows
        )

    def held(self, brands: Sequence[str]) -> dict[MemberId, int]:
        """Return how many items of `brands` that are not answered each member has now."""
        rows = self._db.execute(
            f"SELECT owner, count(*) FROM items WHERE {LISTED} AND owner IS NOT NULL"
            " AND state <> 'answered' GROUP BY owner",
            {"brands": json.dumps(list(brands))},
        )
        return {MemberId(owner): count for owner, count in rows}

    def handlings(
        self, since: datetime, until: datetime, brands: Sequence[str]
    ) -> tuple[timedelta, ...]:
        """Return how long people worked on what they answered in [since, until), shortest first.

        That is the time from the last claim before the answer to the answer; what nobody claimed
        is left out.
        """
        rows = self._db.execute(_HANDLINGS, window(since, until, brands)).fetchall()
        return tuple(sorted(from_text(end) - from_text(begin) for begin, end in rows))

    def arrivals(
        self, since: datetime, until: datetime, brands: Sequence[str]
    ) -> tuple[tuple[datetime, int], ...]:
        """Return how many items were first seen in each quarter of an hour, void ones left out."""
        return self._by_quarter(
            f"SELECT opened_at AS at FROM items WHERE {OF_BRANDS} AND state <> 'void'"
            " AND opened_at >= :since AND opened_at < :until",
            window(since, until, brands),
        )

    def first_answers(
        self, since: datetime, until: datetime, brands: Sequence[str]
    ) -> tuple[tuple[datetime, int], ...]:
        """Return how many first answers were given in each quarter of an hour."""
        return self._by_quarter(
            "SELECT ended_at AS at FROM results JOIN items ON items.id = item_id"
            f" WHERE {OF_BRANDS} AND items.state <> 'void'"
            "  AND results.target = 'first_response'"
            "  AND ended_at >= :since AND ended_at < :until"
            f" UNION ALL SELECT answer_at FROM items WHERE {OF_BRANDS} AND items.state <> 'void'"
            "  AND answer_at >= :since AND answer_at < :until"
            "  AND NOT EXISTS (SELECT 1 FROM results WHERE item_id = items.id"
            "   AND results.target = 'first_response')",
            window(since, until, brands),
        )

    def breaches(
        self, since: datetime, until: datetime, brands: Sequence[str]
    ) -> tuple[tuple[datetime, int], ...]:
        """Return how many responses ran out of time in each quarter of an hour, of those fixed.

        Void items and what was found late count for nothing.
        """
        return self._by_quarter(
            "SELECT results.due_at AS at FROM results JOIN items ON items.id = item_id"
            f" WHERE {OF_BRANDS} AND items.state <> 'void' AND counted = 1 AND breached = 1"
            " AND results.target IN ('first_response', 'next_response')"
            " AND results.due_at >= :since AND results.due_at < :until",
            window(since, until, brands),
        )

    def work(self, since: datetime, until: datetime, brands: Sequence[str]) -> tuple[Work, ...]:
        """Return the answers that came to be owed in [since, until), by quarter and policy.

        Each item owes a first one; the following ones are known once they are given.
        """
        rows = self._db.execute(
            f"SELECT {_quarter('at')}, policy, policy_version, count(*) FROM ("
            f"SELECT opened_at AS at, policy, policy_version FROM items WHERE {OF_BRANDS}"
            "  AND state <> 'void' AND opened_at >= :since AND opened_at < :until"
            " UNION ALL SELECT started_at, items.policy, items.policy_version"
            f"  FROM results JOIN items ON items.id = item_id WHERE {OF_BRANDS}"
            "  AND state <> 'void' AND results.target = 'next_response'"
            "  AND started_at >= :since AND started_at < :until AND ended_at >= :since"
            ") GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            window(since, until, brands),
        )
        return tuple(
            Work(at=_quarter_at(quarter), policy=policy, version=version, count=count)
            for quarter, policy, version, count in rows
        )

    def _by_quarter(self, instants: str, window: Row) -> tuple[tuple[datetime, int], ...]:
        rows = self._db.execute(
            f"SELECT {_quarter('at')}, count(*) FROM ({instants}) GROUP BY 1 ORDER BY 1", window
        )
        return tuple((_quarter_at(quarter), count) for quarter, count in rows)


def _quarter(column: str) -> str:
    """Return SQL for the quarter of an hour in which an instant lies."""
    return f"substr({column}, 1, 14) || (CAST(substr({column}, 15, 2) AS INTEGER) / {_MINUTES})"


def _quarter_at(text: str) -> datetime:
    """Return when a quarter of an hour begins, from what `_quarter` gives."""
    hour = datetime.fromisoformat(text[:13]).replace(tzinfo=UTC)
    return hour + timedelta(minutes=_MINUTES * int(text[14:]))


def _undone(event: str) -> str:
    """Return SQL that holds for an event that was taken back."""
    return (
        f"EXISTS (SELECT 1 FROM events AS undone WHERE undone.item_id = {event}.item_id"
        f" AND undone.kind = 'undone' AND undone.ref = {event}.id)"
    )


# Who ended a response: by a reply from here or a tap, also one that a reply was found for; else who
# held the item when it ended.
_WHO = (
    "coalesce((SELECT actor FROM events WHERE item_id = results.item_id AND at = ended_at"
    "  AND kind IN ('answered', 'brand_reply') AND actor IS NOT NULL ORDER BY id DESC LIMIT 1),"
    " (SELECT actor FROM events WHERE item_id = results.item_id AND kind = 'answered'"
    "  AND actor IS NOT NULL AND at >= started_at AND recorded_at <= frozen_at"
    f"  AND NOT {_undone('events')} ORDER BY id LIMIT 1),"
    " (SELECT CASE kind WHEN 'claimed' THEN actor END FROM events WHERE item_id = results.item_id"
    f"  AND kind IN ('claimed', 'released', 'lease_ended') AND at <= ended_at"
    f"  AND NOT {_undone('events')} ORDER BY at DESC, id DESC LIMIT 1))"
)
_ANSWERS = (
    "SELECT results.item_id, results.target, ended_at, customer_wait_s, team_time_s, breached,"
    f" counted, proven, {_WHO} FROM results JOIN items ON items.id = results.item_id"
    f" WHERE {OF_BRANDS} AND items.state <> 'void'"
    " AND results.target IN ('first_response', 'next_response')"
    " AND ended_at >= :since AND ended_at < :until ORDER BY ended_at, results.item_id"
)
# A hand-over is a claim for somebody else, by the one whom `ref` names; who takes over is both.
_ACTS = (
    "SELECT member, sum(claims), sum(given) FROM ("
    " SELECT actor AS member, 1 AS claims, 0 AS given, item_id, id FROM events"
    "  WHERE kind = 'claimed' AND coalesce(ref, actor) = actor AND at >= :since AND at < :until"
    " UNION ALL SELECT ref, 0, 1, item_id, id FROM events"
    "  WHERE kind = 'claimed' AND ref <> actor AND at >= :since AND at < :until"
    ") AS did CROSS JOIN items ON items.id = item_id"
    f" WHERE {OF_BRANDS} AND member IS NOT NULL"
    f" AND NOT {_undone('did')} GROUP BY member ORDER BY member"
)
_HANDLINGS = (
    "SELECT max(events.at), ended_at FROM results JOIN items ON items.id = results.item_id"
    " CROSS JOIN events ON events.item_id = items.id AND events.kind = 'claimed'"
    "  AND events.at <= ended_at AND events.at >= started_at"
    f" WHERE {OF_BRANDS} AND items.state <> 'void'"
    " AND results.target IN ('first_response', 'next_response')"
    f" AND ended_at >= :since AND ended_at < :until AND NOT {_undone('events')}"
    " GROUP BY results.item_id, results.target, results.cycle"
)
