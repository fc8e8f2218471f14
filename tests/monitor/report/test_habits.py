"""When a silence is rarer than a source's habit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.report.habits import LEAST, RARE, habit, quiet
from monitor.store import lags
from monitor.store.coverage import Read
from tests.builders import NOON, minutes

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKS = 8 * 7 * DAY


def an_hour(
    begin: datetime, fresh: int, *, complete: bool = True, past: bool = False, query: str = "q"
) -> Read:
    return Read(
        source="x",
        query=query,
        since=begin,
        until=begin + HOUR,
        complete=complete,
        past=past,
        read_from=begin,
        read_at=begin + minutes(59),
        windows=60,
        fresh=fresh,
        lags=lags.digest([]),
    )


def hours(fresh: Callable[[datetime], int], long: timedelta = WEEKS) -> list[Read]:
    """Return what an hourly record of so long a time before NOON says."""
    begins = [NOON - long + HOUR * number for number in range(int(long / HOUR))]
    return [an_hour(begin, fresh(begin)) for begin in begins]


def by_day(begin: datetime) -> int:
    """Return six mentions an hour by day, none at night."""
    return 6 if 8 <= begin.hour < 20 else 0


def is_quiet(reads: list[Read], heard_at: datetime, now: datetime) -> bool:
    known = habit(reads, now)
    return known is not None and quiet(known, heard_at, now) is not None


def test_two_silent_hours_by_day_are_told_and_a_night_is_not() -> None:
    reads = hours(by_day)
    by_night = [each for each in reads if each.read_from < NOON - 10 * HOUR]

    assert is_quiet(reads, NOON - 2 * HOUR, NOON)
    assert not is_quiet(reads, NOON - HOUR, NOON)
    assert not is_quiet(by_night, NOON - 16 * HOUR, NOON - 5 * HOUR)


def test_what_should_have_come_is_told_with_the_silence() -> None:
    known = habit(hours(by_day), NOON)
    assert known is not None

    found = quiet(known, NOON - 2 * HOUR, NOON)

    assert found is not None
    assert found.since == NOON - 2 * HOUR
    assert found.expected == pytest.approx(12)
    assert known.chance(NOON - 2 * HOUR, NOON) < RARE < known.chance(NOON - HOUR, NOON)


def test_before_two_weeks_have_passed_there_is_no_habit() -> None:
    assert habit(hours(by_day, LEAST - HOUR), NOON) is None
    assert habit(hours(by_day, LEAST + 2 * DAY), NOON) is not None
    assert habit([], NOON) is None


def test_a_source_that_rarely_speaks_may_be_silent_for_days() -> None:
    weekly = hours(lambda begin: int(begin.weekday() == 2 and begin.hour == 10))

    assert not is_quiet(weekly, NOON - 3 * DAY, NOON)


def test_one_storm_is_not_a_habit() -> None:
    storm = NOON - 7 * DAY - HOUR

    assert not is_quiet(hours(lambda begin: 500 * (begin == storm)), NOON - HOUR, NOON)


def test_however_busy_a_source_is_a_few_minutes_are_no_silence() -> None:
    reads = hours(lambda _: 1000)

    assert not is_quiet(reads, NOON - minutes(14), NOON)
    assert is_quiet(reads, NOON - minutes(15), NOON)


def test_a_silence_is_no_habit_while_it_lasts() -> None:
    young = hours(lambda begin: 2 if begin < NOON - 5 * HOUR else 0, LEAST + DAY)

    assert is_quiet(young, NOON - 5 * HOUR, NOON)
    assert not is_quiet(young, NOON - 4 * HOUR, NOON)


def test_a_silence_that_chance_makes_each_week_in_a_busy_source_is_not_told() -> None:
    reads = hours(lambda _: 20)

    assert not is_quiet(reads, NOON - minutes(22), NOON)
    assert is_quiet(reads, NOON - minutes(30), NOON)


def test_a_post_that_several_queries_show_is_awaited_once() -> None:
    reads = hours(by_day)
    thrice = [replace(each, query=query) for query in "abc" for each in reads]

    assert not is_quiet(thrice, NOON - HOUR, NOON)
    assert is_quiet(thrice, NOON - 2 * HOUR, NOON)


def test_of_a_query_that_is_asked_no_more_nothing_is_awaited() -> None:
    rare = [an_hour(each.read_from, 0, query="rare") for each in hours(by_day)]
    busy = [each for each in hours(by_day) if each.read_from < NOON - 7 * DAY]

    assert not is_quiet([*busy, *rare], NOON - 4 * HOUR, NOON)


def test_hours_that_were_not_read_are_neither_habit_nor_silence() -> None:
    wednesdays = hours(lambda begin: 6 if begin.weekday() == 2 else 3)
    read = [each for each in wednesdays if each.read_from.weekday() != 2]
    stopped = [each for each in wednesdays if each.read_from < NOON - 5 * HOUR]

    unknown, known = habit(read, NOON), habit(stopped, NOON)

    assert unknown is not None
    assert known is not None
    assert unknown.expected(NOON - 2 * DAY - 12 * HOUR, NOON - 2 * DAY) == 0.0
    assert quiet(known, NOON - 5 * HOUR, NOON) is None


def test_an_hour_that_was_overtaken_does_not_count_and_neither_does_a_backfill() -> None:
    cut = [
        an_hour(each.read_from, 0, complete=False)
        for each in hours(by_day)
        if each.read_from.hour == 11
    ]
    filled = [an_hour(each.read_from, 90, past=True) for each in hours(by_day)]

    with_holes, with_past = habit([*hours(by_day), *cut], NOON), habit([*filled], NOON)

    assert with_holes is not None
    assert with_holes.rates.get(NOON.weekday() * 24 + 11) is None
    assert with_past is None
