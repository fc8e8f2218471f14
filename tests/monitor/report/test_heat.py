"""What each hour of the week brought."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ItemId, Target
from monitor.report import heat
from monitor.report.heat import HourOfWeek, by_hour, hours_seen
from monitor.report.summary import Late
from tests.builders import NOON, a_mention, at, minutes
from tests.desk import Bench, a_bench

UTC_ZONE = ZoneInfo("UTC")
BRATISLAVA = ZoneInfo("Europe/Bratislava")
FRIDAY = 4


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path)
    with made.store:
        yield made


def read(bench: Bench, late: tuple[Late, ...] = ()) -> HourOfWeek:
    begin = at("2026-03-02 00:00")
    until = at("2026-03-09 00:00")
    return heat.gather(bench.store, begin, until, UTC_ZONE, brands=["Acme"], late=late)


def test_an_item_an_answer_and_a_breach_fall_into_their_hours(bench: Bench) -> None:
    bench.take(a_mention(posted_at=NOON), now=NOON)
    bench.desk.answered(ItemId(1), bench.member(), NOON + minutes(65))
    bench.tick(NOON + minutes(90))

    found = read(bench)

    friday = (found.arrivals[FRIDAY], found.answered[FRIDAY], found.breaches[FRIDAY])
    assert [day[12:14] for day in friday] == [(1, 0), (0, 1), (1, 0)]
    assert sum(map(sum, found.arrivals)) == 1
    assert not found.is_empty


def test_a_clock_that_still_runs_is_a_breach_of_its_hour(bench: Bench) -> None:
    late = (
        Late(target=Target.FIRST_RESPONSE, due_at=NOON),
        Late(target=Target.RESOLUTION, due_at=NOON),
        Late(target=Target.FIRST_RESPONSE, due_at=at("2026-02-02 12:00")),
    )

    found = read(bench, late)

    assert found.breaches[FRIDAY][12] == sum(map(sum, found.breaches)) == 1


def test_nothing_is_empty(bench: Bench) -> None:
    assert read(bench).is_empty


def test_what_a_week_brings_is_told_by_how_often_the_hour_came() -> None:
    two_weeks = hours_seen(at("2026-03-02 00:00"), at("2026-03-16 00:00"), UTC_ZONE)
    arrivals = tuple(tuple(6 if hour == 9 else 0 for hour in range(24)) for _ in range(7))
    found = HourOfWeek(
        since=at("2026-03-02 00:00"),
        until=at("2026-03-16 00:00"),
        zone=UTC_ZONE,
        arrivals=arrivals,
        answered=arrivals,
        breaches=arrivals,
        hours=two_weeks,
    )

    assert found.a_week(arrivals)[0][9] == 3
    assert found.weeks == 2


def test_the_hour_that_a_clock_change_leaves_out_never_came() -> None:
    sunday = hours_seen(at("2026-03-28 23:00"), at("2026-03-29 22:00"), BRATISLAVA)[6]

    assert sunday[1:4] == (1, 0, 1)
    assert sum(sunday) == 23


def test_the_hour_that_a_clock_change_repeats_came_twice() -> None:
    sunday = hours_seen(at("2026-10-24 22:00"), at("2026-10-25 23:00"), BRATISLAVA)[6]

    assert (sunday[2], sum(sunday)) == (2, 25)


def test_a_part_of_an_hour_counts_as_a_part() -> None:
    seen = hours_seen(at("2026-03-06 11:50"), at("2026-03-06 12:20"), UTC_ZONE)

    assert seen[FRIDAY][11:13] == pytest.approx((1 / 6, 1 / 3))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 9)), max_size=20),
    st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Bratislava"]),
)
def test_nothing_is_lost_between_the_hours(counts: list[tuple[int, int]], zone: str) -> None:
    quarters = [(NOON + 15 * minutes(passed), float(count)) for passed, count in counts]

    grid = by_hour(quarters, ZoneInfo(zone))

    assert sum(map(sum, grid)) == sum(count for _, count in counts)


@settings(max_examples=40, deadline=None)
@given(
    begun=st.integers(0, 3 * 365 * 96),
    quarters=st.integers(1, 40 * 96),
    zone=st.sampled_from(
        ["Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]
    ),
)
def test_hours_seen_are_those_of_each_quarter(begun: int, quarters: int, zone: str) -> None:
    since = at("2023-01-01 00:00") + 15 * minutes(begun)
    each = ((since + 15 * minutes(passed), 0.25) for passed in range(quarters))

    seen = hours_seen(since, since + 15 * minutes(quarters), ZoneInfo(zone))

    assert seen == by_hour(each, ZoneInfo(zone))
