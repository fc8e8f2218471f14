"""How many people an hour needs, against a queue played out event by event."""

import heapq
import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.calendar import Calendar, Hours
from monitor.clock.policy import Policy
from monitor.report.heat import hours_seen
from monitor.report.staffing import (
    GUESS,
    MEASURED,
    OCCUPANCY,
    Assumptions,
    assumed,
    erlang_c,
    people_at_opening,
    people_for,
    people_needed,
)
from monitor.store.workload import Work
from tests.builders import at, minutes

UTC_ZONE = ZoneInfo("UTC")
OFFICE = Calendar(
    name="office", timezone=UTC_ZONE, week=((Hours(8 * 60, 17 * 60),),) * 5 + ((), ())
)


def assuming(target: float = 30, handling: float = 8, share: float = 0.9) -> Assumptions:
    """Return assumptions in minutes."""
    return Assumptions(
        target=minutes(target),
        share=share,
        handling=minutes(handling),
        handling_median=None,
        measured=0,
        occupancy=OCCUPANCY,
    )


def played(people: int, rate: float, wanted: Assumptions, posts: int = 40_000) -> float:
    """Return the share of posts begun in time by `people`, post by post, in order of arrival."""
    chance = random.Random(20260306)
    handling, in_time = wanted.handling / minutes(60), wanted.begun_within / minutes(60)
    free, now, begun_in_time = [0.0] * people, 0.0, 0
    for _ in range(posts):
        now += chance.expovariate(rate)
        begins = max(now, heapq.heappop(free))
        heapq.heappush(free, begins + chance.expovariate(1 / handling))
        begun_in_time += begins - now <= in_time
    return begun_in_time / posts


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [
        pytest.param(1.5, assuming(), id="a quiet hour"),
        pytest.param(12, assuming(), id="a usual hour"),
        pytest.param(60, assuming(), id="a busy hour"),
        pytest.param(20, assuming(target=15, handling=10), id="little time"),
        pytest.param(9, assuming(target=10, handling=12), id="more work than time"),
        pytest.param(30, assuming(share=0.99), id="nearly all"),
    ],
)
def test_so_many_hold_the_target_when_the_hour_is_played_out(
    rate: float, wanted: Assumptions
) -> None:
    people = people_for(rate, wanted)

    held = played(people, rate, wanted)

    assert held >= wanted.share - 0.015  # the play's own scatter


def played_day(rates: Sequence[float], people: Sequence[int], wanted: Assumptions) -> float:
    """Return the share begun in time over many days whose hours have these rates and people."""
    chance = random.Random(20260306)
    handling, in_time = wanted.handling / minutes(60), wanted.begun_within / minutes(60)
    busy: list[float] = []
    begins, begun_in_time, posts = 0.0, 0, 0
    for day in range(150):
        for hour, rate in enumerate(rates):
            start = 24.0 * day + hour
            came = sorted(start + chance.random() for _ in range(_poisson(rate, chance)))
            for arrival in came:
                begins = max(arrival, begins)
                while len(busy := [end for end in busy if end > begins]) >= people[_hour(begins)]:
                    begins = min(*busy, float(int(begins) + 1))
                busy.append(begins + chance.expovariate(1 / handling))
                begun_in_time += begins - arrival <= in_time
            posts += len(came)
    return begun_in_time / posts


def _hour(at: float) -> int:
    return int(at) % 24


def _poisson(mean: float, chance: random.Random) -> int:
    count, left = -1, mean
    while left > 0:
        left -= chance.expovariate(1.0)
        count += 1
    return max(count, 0)


@pytest.mark.parametrize(
    "peak", [pytest.param(6, id="a small desk"), pytest.param(60, id="a large desk")]
)
def test_a_day_of_quiet_and_busy_hours_is_held_hour_by_hour(peak: float) -> None:
    rates = [peak * max(0.1, 1 - abs(hour - 14) / 10) for hour in range(24)]
    wanted = assuming()

    held = played_day(rates, [people_for(rate, wanted) for rate in rates], wanted)

    assert held >= wanted.share


@pytest.mark.parametrize(
    ("backlog", "wanted"),
    [
        pytest.param(5, assuming(), id="a few"),
        pytest.param(30, assuming(), id="many"),
        pytest.param(40, assuming(handling=3), id="short answers"),
        pytest.param(10, assuming(handling=15), id="long answers"),
    ],
)
def test_an_opening_is_held_when_it_is_played_out(backlog: int, wanted: Assumptions) -> None:
    chance, people = random.Random(20260306), people_at_opening(backlog, wanted)
    begun: list[float] = []

    for _ in range(2000):
        free = [0.0] * people
        for _ in range(backlog):
            begins = heapq.heappop(free)
            heapq.heappush(free, begins + chance.expovariate(1 / (wanted.handling / minutes(1))))
            begun.append(begins)

    in_time = sum(begins <= wanted.begun_within / minutes(1) for begins in begun)
    assert in_time / len(begun) >= wanted.share


@pytest.mark.parametrize("rate", [4.0, 15.0, 33.0, 80.0])
def test_one_less_would_not_do(rate: float) -> None:
    wanted = assuming(target=9, handling=8)
    people = people_for(rate, wanted)
    load = rate * 8 / 60

    too_few = people - 1
    held = played(too_few, rate, wanted) if too_few > load else 0.0

    assert held < wanted.share or load / too_few > OCCUPANCY


def test_the_chance_to_wait_is_that_of_the_printed_tables() -> None:
    # Source: Erlang C tables, e.g. 10 people under 8 Erlang: 0.4092; 5 under 3: 0.2362.
    found = (erlang_c(10, 8.0), erlang_c(5, 3.0), erlang_c(1, 0.5))

    assert found == pytest.approx((0.4092, 0.2362, 0.5), abs=5e-5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 200), min_size=2, max_size=6))
def test_more_posts_never_need_fewer_people(rates: list[float]) -> None:
    needed = [people_for(rate, assuming()) for rate in sorted(rates)]

    assert all(fewer <= more for fewer, more in pairwise(needed))
    assert all(
        people * OCCUPANCY >= rate * 8 / 60 - 1e-6
        for people, rate in zip(needed, sorted(rates), strict=True)
    )


def test_nobody_is_needed_where_nothing_is_owed() -> None:
    assert people_for(0, assuming()) == people_at_opening(0, assuming()) == 0


def test_what_waits_at_the_opening_is_out_within_the_target() -> None:
    people = people_at_opening(30, assuming(target=30, handling=8))

    assert people == 8  # 30 answers of 8 minutes are 240 minutes, shared by 8 in 30


def test_what_came_at_night_is_work_of_the_morning() -> None:
    night = Work(at=at("2026-03-03 02:15"), policy="office", version=1, count=12)
    day = Work(at=at("2026-03-03 11:00"), policy="office", version=1, count=1)
    week = hours_seen(at("2026-03-02 00:00"), at("2026-03-09 00:00"), UTC_ZONE)

    found = people_needed(
        [night, day], UTC_ZONE, week, lambda _, __: Policy(calendar=OFFICE), assuming()
    )

    tuesday = found.people[1]
    assert (tuesday[2], tuesday[8], tuesday[11]) == (0, 4, 1)
    assert (found.most, found.hours_of_work, found.weeks) == (4, 5, 1.0)
    assert found.answers[1][8] == 12


def test_the_target_is_the_one_most_answers_had_and_few_measures_are_none() -> None:
    quick, usual = Policy(first_response=minutes(10)), Policy()
    work = [
        Work(at=at("2026-03-03 11:00"), policy="quick", version=1, count=1),
        Work(at=at("2026-03-03 11:00"), policy="usual", version=1, count=3),
    ]

    found = assumed(
        work, [minutes(3)] * (MEASURED - 1), lambda name, _: quick if name == "quick" else usual
    )

    assert (found.target, found.handling, found.measured) == (minutes(30), GUESS, 0)


def test_the_time_of_an_answer_is_the_mean_of_those_that_took_no_longer_than_an_hour() -> None:
    took = [minutes(4)] * 10 + [minutes(8)] * 10 + [timedelta(hours=9)]

    found = assumed([], took, lambda _, __: Policy())

    assert (found.handling, found.handling_median, found.measured) == (minutes(6), minutes(4), 20)


def test_an_answer_that_takes_longer_than_the_target_must_be_begun_at_once() -> None:
    wanted = assuming(target=10, handling=12)

    assert (wanted.begun_within, wanted.holds) == (timedelta(), False)
