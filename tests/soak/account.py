"""The account of a soak: what was shown against the store, answers, cards, coverage and faults."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.soak.faults import Fault, Leaves
from tests.soak.street import Posted
from tests.soak.town import EVERY_S, Town
from tests.sources import checker
from tests.sources.places import PLACES

SLACK_S = 20.0  # a poll, a retry in it, and a machine that others use too
A_SECOND = 1.5  # platforms stamp whole seconds
CARDLESS = "('answered', 'resolved', 'void')"
ITEMS_WITHOUT_CARD = f"""
SELECT items.id, items.state FROM items
WHERE muted = 0 AND fold_of IS NULL AND look_back = 0 AND state NOT IN {CARDLESS}
AND (SELECT count(*) FROM cards WHERE item_id = items.id AND live = 1) <> 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A fault as it came about, in epoch seconds."""

    fault: Fault
    began: float
    ended: float
    posted_before: float | None = None  # a listing can tell a hole only from its newest post on

    def told(self) -> dict[str, object]:
        """Return what is written down of it."""
        return {
            "name": self.fault.name,
            "platform": self.fault.platform,
            "began": datetime.fromtimestamp(self.began).astimezone().isoformat(),
            "seconds": round(self.ended - self.began, 1),
            "leaves": self.fault.leaves,
        }


def of_posts(town: Town) -> dict[str, dict[str, Any]]:
    """Return what each platform showed against what is stored."""
    return {
        name: checker.check(name, town.folder / f"{name}.ndjson", town.database, None)
        for name in PLACES
    }


def faults_of_posts(found: dict[str, dict[str, Any]]) -> list[str]:
    """Return each platform whose posts are not exactly what it showed."""
    return [
        f"{name}: missed {each['missed']} ({each['which'][:3]}), doubled {each['doubled']},"
        f" invented {len(each['invented'])}"
        for name, each in found.items()
        if each["missed"] or each["doubled"] or each["invented"] or not each["served"]
    ]


def faults_of_answers(town: Town, posted: Sequence[Posted]) -> list[str]:
    """Return each answer that did not stop its item's clock at the reply's own time, once."""
    wrong = []
    for each in posted:
        if each.answer is None or each.answered_at is None or not _stored(town, each.key):
            continue
        found = town.rows(
            "SELECT at FROM events WHERE kind = 'brand_reply' AND key = ?", each.answer
        )
        if len(found) != 1:
            wrong.append(f"the reply {each.answer} is {len(found)} answers")
        elif abs(datetime.fromisoformat(found[0]["at"]).timestamp() - each.answered_at) > 1:
            wrong.append(f"the reply {each.answer} counts at {found[0]['at']}")
    return wrong


def faults_of_items(town: Town, posted: Sequence[Posted]) -> list[str]:
    """Return each flagged post without exactly one item, and each open item without one card."""
    wrong = [
        f"item {row['id']} ({row['state']}) has not one live card"
        for row in town.rows(ITEMS_WITHOUT_CARD)
    ]
    for each in posted:
        if each.flagged and _stored(town, each.key):
            items = town.rows(
                "SELECT 1 FROM item_posts JOIN posts ON posts.id = post_id WHERE key = ?", each.key
            )
            if len(items) != 1:
                wrong.append(f"{each.key} stands in {len(items)} items")
    return wrong


def _stored(town: Town, key: str) -> bool:
    return bool(town.rows("SELECT 1 FROM posts WHERE key = ?", key))


def faults_of_coverage(coverage: Sequence[dict[str, Any]], struck: Sequence[Struck]) -> list[str]:
    """Return where coverage says more, or less, than what was done to the platforms."""
    platforms = sorted({each["source"].partition(":")[0] for each in coverage})
    wrong = [f"{name} is not in the coverage" for name in PLACES if name not in platforms]
    for platform in platforms:
        lines = [each for each in coverage if each["source"].partition(":")[0] == platform]
        mine = [each for each in struck if each.fault.platform in ("", platform)]
        wrong += _faults_of_holes(platform, lines, mine)
        wrong += _faults_of_lag(platform, lines, mine)
        wrong += [
            f"{platform} is said to fail: {each['error']}"
            for each in lines
            if each["failing_since"]
        ]
    return wrong


def lost(town: Town, posted: Sequence[Posted]) -> list[Posted]:
    """Return what stands on its platform, and is not stored."""
    stored = {row["key"] for row in town.rows("SELECT key FROM posts")}
    return [each for each in posted if not each.deleted and each.key not in stored]


def faults_of_losses(
    town: Town, coverage: Sequence[dict[str, Any]], posted: Sequence[Posted]
) -> list[str]:
    """Return each lost post of which coverage does not say that it may be missing."""
    holes = {
        platform: [
            tuple(map(_epoch, hole))
            for line in coverage
            if line["source"].partition(":")[0] == platform
            for hole in line["holes"]
        ]
        for platform in PLACES
    }
    return [
        f"{each.key} of {each.at} is lost, and no hole tells it"
        for each in lost(town, posted)
        if not any(
            since - A_SECOND <= each.at <= until + A_SECOND for since, until in holes[each.platform]
        )
    ]


def _faults_of_holes(
    platform: str, lines: Sequence[dict[str, Any]], struck: Sequence[Struck]
) -> list[str]:
    wanted = [each for each in struck if each.fault.leaves is Leaves.HOLE]
    holes = [tuple(map(_epoch, hole)) for line in lines for hole in line["holes"]]
    wrong = [
        f"{platform}: no hole tells that {each.fault.name}"
        for each in wanted
        if not any(_meets(hole, each) for hole in holes)
    ]
    wrong += [
        f"{platform}: a hole of {until - since:.0f} s that nothing made, from {since:.0f}"
        for since, until in holes
        if not any(_meets((since, until), each) for each in wanted)
    ]
    return wrong


def _meets(hole: tuple[float, ...], struck: Struck) -> bool:
    """Whether a hole lies within what a fault can have cost, and touches it."""
    first = min(struck.began, struck.posted_before or struck.began)
    within = hole[0] >= first - SLACK_S and hole[1] <= struck.ended + SLACK_S
    return within and hole[0] <= struck.ended + A_SECOND and hole[1] >= struck.began - A_SECOND


def _faults_of_lag(
    platform: str, lines: Sequence[dict[str, Any]], struck: Sequence[Struck]
) -> list[str]:
    told_by = [line for line in lines if not _stands_in(line)]
    lags = [line["lag_s"]["max"] for line in told_by if line["lag_s"]["max"] is not None]
    lengths = [each.ended - each.began for each in struck if each.fault.start]
    most = max(lengths, default=0.0) + SLACK_S + EVERY_S
    told = max(lags, default=0.0)
    wrong = [f"{platform}: {told:.0f} s late, though nothing lasted so long"] if told > most else []
    owed = [
        each.ended - each.began
        for each in struck
        if each.fault.leaves is Leaves.LAG and each.fault.platform
    ]
    if owed and told < 0.4 * max(owed):
        wrong.append(
            f"{platform}: at most {told:.0f} s late, though it was out for {max(owed):.0f}"
        )
    return wrong


def _stands_in(line: dict[str, Any]) -> bool:
    """Whether a query is asked only while a stream is down: it reads what that had told before."""
    return bool(line["source"] == "bluesky" and line["query"] != "jetstream")


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def read_json(text: str) -> Any:
    """Return what a command printed."""
    return json.loads(text)
