"""Whether a soak's account finds where coverage does not say what was done to the platforms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.soak.account import Struck, faults_of_coverage
from tests.soak.faults import Fault, Leaves, schedule
from tests.sources.places import PLACES

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


def struck(leaves: Leaves, seconds: float = 60.0, platform: str = "rss") -> Struck:
    fault = Fault(name="it is away", platform=platform, start=0.1, length_s=seconds, leaves=leaves)
    return Struck(fault=fault, began=NOON.timestamp(), ended=NOON.timestamp() + seconds)


def line(source: str = "rss", **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "holes": [],
        "lag_s": {"max": 3.0},
        "failing_since": None,
        "error": None,
    }
    return {"source": source, "query": "all", **plain, **changes}


def said(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    named = {each["source"] for each in changed}
    return [*changed, *(line(name) for name in PLACES if name not in named)]


def hole(begin: float, end: float) -> list[str]:
    return [(NOON + timedelta(seconds=at)).isoformat() for at in (begin, end)]


def test_a_coverage_that_tells_the_hole_and_the_lag_is_right() -> None:
    told = said(line(holes=[hole(-3, 61)]), line("x", lag_s={"max": 58.0}))

    assert faults_of_coverage(told, [struck(Leaves.HOLE), struck(Leaves.LAG, platform="x")]) == []


def test_a_hole_may_begin_with_the_newest_post_before_the_fault() -> None:
    told = said(line(holes=[hole(-90, 61)]))
    quiet = replace(struck(Leaves.HOLE), posted_before=NOON.timestamp() - 85)

    assert faults_of_coverage(told, [quiet]) == []
    assert faults_of_coverage(told, [struck(Leaves.HOLE)]) != []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({}, "no hole tells that it is away", id="a hole that is not told"),
        pytest.param({"holes": [hole(0, 300)]}, "a hole of 300 s", id="a hole that is too long"),
        pytest.param(
            {"holes": [hole(0, 60), hole(900, 960)]}, "that nothing made", id="a hole too many"
        ),
        pytest.param(
            {"holes": [hole(0, 60)], "lag_s": {"max": 400.0}}, "late, though", id="a lag too many"
        ),
        pytest.param(
            {"holes": [hole(0, 60)], "failing_since": "2026-03-06T12:30:00Z", "error": "down"},
            "is said to fail",
            id="an outage that is over",
        ),
    ],
)
def test_a_coverage_that_says_too_much_or_too_little_is_found(
    changes: dict[str, Any], problem: str
) -> None:
    wrong = faults_of_coverage(said(line(**changes)), [struck(Leaves.HOLE)])

    assert any(problem in each for each in wrong)


def test_an_outage_that_no_lag_tells_is_found() -> None:
    wrong = faults_of_coverage(said(), [struck(Leaves.LAG)])

    assert wrong == ["rss: at most 3 s late, though it was out for 60"]


@pytest.mark.parametrize("minutes", [2, 30])
def test_every_fault_begins_and_ends_within_the_soak_and_each_platform_has_one(
    minutes: int,
) -> None:
    total_s = minutes * 60.0

    faults = schedule(total_s)

    assert all(each.start * total_s + each.length_s < total_s for each in faults)
    assert {each.platform for each in faults} == {"", *PLACES}
