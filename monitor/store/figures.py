"""What reports and boards count: rows gathered over many items at once, read only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from monitor.desk.lessons import ANSWERED, CLAIM, Labels, agrees
from monitor.model import Flag, ItemId, State, Target
from monitor.store.instants import from_text, from_text_or_none, to_text

Row = dict[str, Any]
AGAIN = timedelta(days=7)  # who is back within this time comes for the same matter, likely
AT_RISK = 0.5  # from this chance on a customer is about to leave
# With a plus no index of brands is taken: a desk has few of them, and many items.
OF_BRANDS = "+items.brand IN (SELECT value FROM json_each(:brands)) AND items.muted = 0"
LISTED = f"{OF_BRANDS} AND items.state NOT IN ('resolved', 'void')"
# A pause holds the resolution back, not the answer: then the clock that is due next tells.
_OWES = (
    "(items.state IN ('open', 'claimed') OR (items.state IN ('waiting', 'snoozed')"
    " AND items.target IS NOT 'resolution' AND items.due_at IS NOT NULL))"
)


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
    topic: str | None = None  # None: not known
    author: str = ""  # who wrote; one name for all accounts that members linked
    churn_risk: float | None = None  # the highest of its posts; None: not known
    breached: bool | None = None  # of the first response; None where it is not fixed yet
    claim_time: timedelta | None = None  # team time until somebody took it; None: nobody, not yet
    again: bool = False  # it needed, or needs, another answer after the first
    repeated: bool = False  # the same person had asked elsewhere within AGAIN before
    came_back: bool = False  # or asked elsewhere within AGAIN after the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandPosts:
    """What was written of a brand."""

    brand: str
    posts: int
    judged: int
    complaints: int
    topics: tuple[tuple[str, int], ...]  # most first


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
    revision: int = 0  # counts the changes of the item


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of how many posts people said what the judge had said, and of how many something else."""

    confirmed: int
    corrected: int


_Accounts = frozenset[tuple[str, str]]  # platform and the author's key there


class Figures:
    """Counts over the tables `items`, `results`, `posts` and `taps`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def cases(self, since: datetime, until: datetime, brands: Sequence[str]) -> tuple[Case, ...]:
        """Return the items of `brands` that were first seen in [since, until), oldest first."""
        rows = self._db.execute(_CASES, window(since, until, brands))
        people = self._people()
        return tuple(self._of_person(each, people) if people else each for each in map(_case, rows))

    def _people(self) -> dict[str, _Accounts]:
        """Return all accounts of a person by each of them, of people whose accounts are linked."""
        found: dict[str, _Accounts] = {}
        for platform, key, other_platform, other_key in self._db.execute(
            "SELECT platform, author_key, other_platform, other_key FROM customer_links"
            " WHERE ended_at IS NULL"
        ).fetchall():
            both = ((platform, key), (other_platform, other_key))
            joined = frozenset().union(*(found.get(_name(one), {one}) for one in both))
            found.update((_name(one), joined) for one in joined)
        return found

    def _of_person(self, case: Case, people: Mapping[str, _Accounts]) -> Case:
        """Return a case as one of a person, whichever linked account wrote."""
        accounts = people.get(case.author)
        if accounts is None:
            return case
        asked = {"item": case.item, "accounts": json.dumps(sorted(accounts))}
        repeated, came_back = self._db.execute(_CONTACTS, asked).fetchone()
        return replace(
            case,
            author=_name(min(accounts)),
            repeated=bool(repeated),
            came_back=bool(came_back),
        )

    def kept(self, since: datetime, until: datetime, brands: Sequence[str]) -> tuple[Kept, ...]:
        """Return, by target, the promises that fell due in [since, until) and are fixed by now.

        Void items and what was found late count for nothing.
        """
        rows = self._db.query(
            "SELECT results.target, count(*) AS promised, sum(NOT breached) AS kept"
            " FROM results JOIN items ON items.id = results.item_id"
            f" WHERE {OF_BRANDS} AND items.state <> 'void' AND counted = 1"
            " AND results.due_at >= :since AND results.due_at < :until GROUP BY results.target",
            window(since, until, brands),
        )
        return tuple(
            Kept(target=Target(row["target"]), promised=row["promised"], kept=row["kept"])
            for row in rows
        )

    def spoken_of(
        self, since: datetime, until: datetime, brands: Sequence[str]
    ) -> tuple[BrandPosts, ...]:
        """Return what others wrote in [since, until) of each of `brands`, most posts first.

        A brand that nobody wrote of is among them.
        """
        found = dict.fromkeys(brands, (0, 0, 0))
        topics: dict[str, list[tuple[str, int]]] = {brand: [] for brand in brands}
        for brand, topic, posts, judged, complaints in self._db.execute(
            "SELECT brand, topic, count(*), sum(model IS NOT NULL),"
            " sum(flags LIKE '%\"complaint\"%')"
            " FROM posts INDEXED BY posts_posted_at CROSS JOIN post_brands ON post_id = posts.id"
            " WHERE brand IN (SELECT value FROM json_each(:brands)) AND own_brand IS NULL"
            " AND posted_at >= :since AND posted_at < :until"
            " GROUP BY brand, topic ORDER BY count(*) DESC, topic",
            window(since, until, brands),
        ):
            before = found[brand]
            found[brand] = (before[0] + posts, before[1] + judged, before[2] + complaints)
            if topic is not None:
                topics[brand].append((topic, posts))
        counted = (
            BrandPosts(
                brand=brand,
                posts=posts,
                judged=judged,
                complaints=complaints,
                topics=tuple(topics[brand]),
            )
            for brand, (posts, judged, complaints) in found.items()
        )
        return tuple(sorted(counted, key=lambda each: (-each.posts, each.brand)))

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
            window(since, until, brands),
        )
        found = [_agrees(row) for row in rows]
        return Agreement(confirmed=found.count(True), corrected=found.count(False))

    def states(self, brands: Sequence[str]) -> dict[State, int]:
        """Return how many listed items of `brands` are in each state."""
        rows = self._db.query(
            f"SELECT state, count(*) AS n FROM items WHERE {LISTED} GROUP BY state",
            {"brands": json.dumps(list(brands))},
        )
        return {State(row["state"]): row["n"] for row in rows}

    def unanswered(self, brands: Sequence[str]) -> int:
        """Return how many items of `brands` owe an answer right now, whenever they came."""
        row = self._db.execute(
            f"SELECT count(*) FROM items WHERE {LISTED} AND {_OWES}",
            {"brands": json.dumps(list(brands))},
        ).fetchone()
        return int(row[0])

    def standing(self, items: Sequence[ItemId]) -> tuple[int, int]:
        """Return how many of these items are not at rest, and how many of them owe an answer."""
        row = self._db.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {_OWES}) FROM items"
            " WHERE id IN (SELECT value FROM json_each(?)) AND NOT muted"
            " AND state NOT IN ('resolved', 'void')",
            [json.dumps(list(items))],
        ).fetchone()
        return int(row[0]), int(row[1])

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
            f"SELECT id, brand, target, due_at, revision FROM items WHERE {LISTED} AND {where}"
            " LIMIT :limit",
            {"brands": json.dumps(list(brands)), "now": to_text(now), "limit": limit},
        )
        return tuple(
            DueItem(
                item=ItemId(row["id"]),
                brand=row["brand"],
                target=Target(row["target"]),
                due_at=from_text(row["due_at"]),
                revision=row["revision"],
            )
            for row in rows
        )


def _agrees(row: Row) -> bool | None:
    labels = Labels(complaint=row["complaint"], request=row["request"])
    return agrees(row["label"], labels, frozenset(map(Flag, json.loads(row["judged_flags"]))))


def _span(since: datetime, until: datetime) -> Row:
    return {"since": to_text(since), "until": to_text(until)}


def window(since: datetime, until: datetime, brands: Sequence[str]) -> Row:
    """Return the parameters of a query about `brands` in [since, until)."""
    return {**_span(since, until), "brands": json.dumps(list(brands))}


def _contact(near: str, whose: str) -> str:
    """Return SQL that holds where a person has an item in another thread, posted as `near` says."""
    return (
        f"EXISTS (SELECT 1 FROM items AS other WHERE {whose} AND other.thread <> items.thread"
        f" AND other.state <> 'void' AND {near})"
    )


# Within AGAIN before or after, as text that compares with instants.
_BEFORE = (
    "(other.posted_at, other.id) < (items.posted_at, items.id) AND other.posted_at >="
    f" strftime('%Y-%m-%dT%H:%M:%f', items.posted_at, '-{AGAIN.days} days')"
)
_AFTER = (
    "(other.posted_at, other.id) > (items.posted_at, items.id) AND other.posted_at <="
    " strftime('%Y-%m-%dT%H:%M:%f', coalesce(first.ended_at, items.answer_at),"
    f" '+{AGAIN.days} days')"
)
_SELF = "other.platform = items.platform AND other.author_key = items.author_key"
_LINKED = (  # the accounts that members said are one person's
    "(other.platform, other.author_key) IN"
    " (SELECT value ->> 0, value ->> 1 FROM json_each(:accounts))"
)
# The first answer. Where whoever asked first took it back, that is one to a later question.
_FIRST = (
    " LEFT JOIN results AS first ON first.item_id = items.id"
    "   AND first.target IN ('first_response', 'next_response') AND first.cycle ="
    "   (SELECT min(cycle) FROM results WHERE item_id = items.id"
    "     AND target IN ('first_response', 'next_response'))"
)
_CASES = (
    "SELECT items.id, items.brand, items.platform, posts.language, posts.flags, items.topic,"
    " items.posted_at, items.opened_at, items.state, items.void_reason, items.found_late,"
    " items.hand_overs, items.answer_at, items.answer_proven,"
    " first.ended_at, first.customer_wait_s, first.team_time_s, first.proven,"
    " CASE first.target WHEN 'first_response' THEN first.breached END,"
    " claim.team_time_s, items.author_key, items.churn_risk,"
    " EXISTS (SELECT 1 FROM results WHERE item_id = items.id AND target = 'next_response'"
    f"   AND cycle > first.cycle) OR (first.ended_at IS NOT NULL AND {_OWES}),"
    f" {_contact(_BEFORE, _SELF)},"
    f" items.answer_at IS NOT NULL AND {_contact(_AFTER, _SELF)}"
    " FROM items LEFT JOIN posts ON posts.id ="
    f"   (SELECT min(post_id) FROM item_posts WHERE item_id = items.id) {_FIRST}"
    " LEFT JOIN results AS claim ON claim.item_id = items.id"
    "   AND claim.target = 'claim' AND claim.cycle = 1"
    f" WHERE {OF_BRANDS} AND items.opened_at >= :since AND items.opened_at < :until"
    " ORDER BY items.opened_at, items.id"
)
_CONTACTS = (
    f"SELECT {_contact(_BEFORE, _LINKED)},"
    f" items.answer_at IS NOT NULL AND {_contact(_AFTER, _LINKED)}"
    f" FROM items {_FIRST} WHERE items.id = :item"
)


def _case(row: Sequence[Any]) -> Case:
    (id_, brand, platform, language, flags, topic, posted, opened, state, void_reason) = row[:10]
    (late, hand_overs, latest_at, latest_proven, first_at, wait, team, proven, breached) = row[
        10:19
    ]
    (claim, author, churn, again, repeated, came_back) = row[19:]
    answered_at, posted_at = from_text_or_none(first_at or latest_at), from_text(posted)
    waited = None
    if wait is not None:
        waited = timedelta(seconds=wait)
    elif answered_at is not None:
        waited = max(answered_at - posted_at, timedelta())
    return Case(
        item=ItemId(id_),
        brand=brand,
        platform=platform,
        language=language,
        flags=_flags(flags or "[]"),
        posted_at=posted_at,
        opened_at=from_text(opened),
        state=State(state),
        void_reason=void_reason,
        found_late=bool(late),
        hand_overs=hand_overs,
        answered_at=answered_at,
        customer_wait=waited,
        team_time=_time(team),
        proven=bool(latest_proven if first_at is None else proven),
        topic=topic,
        author=f"{platform}:{author}",
        churn_risk=churn,
        breached=None if breached is None else bool(breached),
        claim_time=_time(claim),
        again=bool(again),
        repeated=bool(repeated),
        came_back=bool(came_back),
    )


def _name(account: tuple[str, str]) -> str:
    return ":".join(account)


def _time(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


@lru_cache(maxsize=64)
def _flags(text: str) -> frozenset[Flag]:
    return frozenset(map(Flag, json.loads(text)))
