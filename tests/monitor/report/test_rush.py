"""What an hour of the week brings."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from monitor.report.rush import ninetieth, rush
from tests.builders import at, minutes

MONDAY = at("2026-03-02 00:00")
UTC_ZONE = ZoneInfo("UTC")


def test_hours_without_anything_count() -> None:
    one_week_of_three = [MONDAY + timedelta(hours=9)] * 4

    found = rush(one_week_of_three, MONDAY, MONDAY + timedelta(weeks=3), UTC_ZONE)

    assert (found.median[0][9], found.ninetieth[0][9]) == (0, 4)
    assert (found.an_hour, found.a_busy_hour) == (0, 0)
    assert (found.count, found.weeks) == (4, 3.0)


def test_the_median_is_of_all_weeks() -> None:
    counts = (1, 2, 6)
    times = [
        MONDAY + timedelta(weeks=week, hours=9)
        for week, count in enumerate(counts)
        for _ in range(count)
    ]

    found = rush(times, MONDAY, MONDAY + timedelta(weeks=3), UTC_ZONE)

    assert (found.median[0][9], found.ninetieth[0][9]) == (2, 6)


def test_the_busiest_hour_has_a_date() -> None:
    times = [MONDAY + timedelta(hours=30, minutes=each) for each in (1, 2, 59)]

    found = rush([MONDAY, *times], MONDAY, MONDAY + timedelta(days=7), UTC_ZONE)

    assert (found.busiest_at, found.busiest) == (MONDAY + timedelta(hours=30), 3)


def test_hours_are_those_of_the_zone() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")  # a quarter of an hour off whole hours

    found = rush([MONDAY], MONDAY, MONDAY + timedelta(weeks=1), kathmandu)

    assert found.ninetieth[0][5] == 1
    assert found.busiest_at == MONDAY - minutes(45)


def test_nothing_at_all_is_a_calm_week() -> None:
    found = rush([], MONDAY, MONDAY + timedelta(weeks=1), UTC_ZONE)

    assert (found.count, found.busiest_at, found.busiest) == (0, None, 0)
    assert found.median == found.ninetieth == ((0,) * 24,) * 7


def test_nine_of_ten_do_not_pass_the_ninetieth() -> None:
    assert ninetieth(list(range(1, 11))) == 9
    assert ninetieth([7]) == 7
    assert ninetieth([1, 2]) == 2
