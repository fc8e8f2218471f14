"""Calendars: the rules in examples. The arithmetic itself is checked against the reference."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from monitor.clock.calendar import (
    AROUND_THE_CLOCK,
    NEVER,
    WHOLE_DAY,
    Calendar,
    Hours,
    Window,
    business_time,
    closures,
    due_at,
    windows,
)
from monitor.errors import ConfigError

BRATISLAVA = ZoneInfo("Europe/Bratislava")
OFFICE = (Hours(8 * 60, 12 * 60), Hours(12 * 60 + 30, 17 * 60))
NIGHT = (Hours(22 * 60, 30 * 60),)
FREE: tuple[Hours, ...] = ()
HOUR = timedelta(hours=1)


def office(
    *,
    holidays: str | None = None,
    closed: frozenset[date] = frozenset(),
    extra: tuple[tuple[date, tuple[Hours, ...]], ...] = (),
) -> Calendar:
    return Calendar(
        name="office",
        timezone=BRATISLAVA,
        week=(OFFICE,) * 5 + (FREE, FREE),
        holidays=holidays,
        closed=closed,
        extra=extra,
    )


def every_day(spans: tuple[Hours, ...], zone: str, closed: date | None = None) -> Calendar:
    days = frozenset() if closed is None else frozenset({closed})
    return Calendar(name="daily", timezone=ZoneInfo(zone), week=(spans,) * 7, closed=days)


def local(text: str, zone: ZoneInfo = BRATISLAVA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def test_a_late_friday_complaint_is_due_on_monday_morning() -> None:
    late_friday = local("2026-03-06 16:00")

    due = due_at(office(), late_friday, 2 * HOUR)

    assert due == local("2026-03-09 09:00")


def test_a_target_that_ends_as_the_doors_close_is_due_then_and_passed_next_morning() -> None:
    late_friday = local("2026-03-06 16:00")

    due = due_at(office(), late_friday, HOUR)
    passed = due_at(office(), late_friday, HOUR, passed=True)

    assert due == local("2026-03-06 17:00")
    assert passed == local("2026-03-09 08:00")


def test_hours_are_half_open() -> None:
    opens, closes = local("2026-03-06 08:00"), local("2026-03-06 12:00")

    assert business_time(office(), opens, opens + timedelta(seconds=1)) == timedelta(seconds=1)
    assert business_time(office(), closes, closes + timedelta(seconds=1)) == timedelta()


def test_an_end_before_the_start_gives_no_time() -> None:
    noon = local("2026-03-06 12:00")

    assert business_time(AROUND_THE_CLOCK, noon, noon - HOUR) == timedelta()
    assert business_time(office(), noon, noon - HOUR) == timedelta()


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param("2026-03-29", 23, id="clocks go forward"),
        pytest.param("2026-10-25", 25, id="clocks go back"),
        pytest.param("2026-10-18", 24, id="an ordinary day"),
    ],
)
def test_a_whole_day_is_as_long_as_it_really_is(day: str, hours: int) -> None:
    sundays = Calendar(name="sundays", timezone=BRATISLAVA, week=(FREE,) * 6 + ((WHOLE_DAY,),))
    saturday = local(f"{day} 00:00") - HOUR

    counted = business_time(sundays, saturday, saturday + 48 * HOUR)

    assert counted == hours * HOUR


def test_a_span_that_opens_at_a_time_that_does_not_exist_opens_when_the_clocks_are_set() -> None:
    calendar = every_day((Hours(2 * 60 + 30, 4 * 60),), "Europe/Bratislava")

    first = next(windows(calendar, local("2026-03-29 00:00")))

    assert first == (local("2026-03-29 03:00"), local("2026-03-29 04:00"))
    assert first.closes - first.opens == HOUR


def test_a_time_that_exists_twice_counts_both_times() -> None:
    calendar = every_day((Hours(2 * 60, 2 * 60 + 30),), "Europe/Bratislava")
    first, second = islice(windows(calendar, local("2026-10-25 00:00")), 2)

    assert first == Window(
        datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    )
    assert second == Window(
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    )


def test_a_night_shift_belongs_to_the_day_on_which_it_opens() -> None:
    week = (NIGHT,) + (FREE,) * 6
    calendar = Calendar(name="monday night", timezone=BRATISLAVA, week=week)

    shift = next(windows(calendar, local("2026-03-02 00:00")))

    assert shift == (local("2026-03-02 22:00"), local("2026-03-03 06:00"))


def test_a_closed_day_drops_the_night_shift_that_opens_on_it_and_keeps_the_one_before() -> None:
    closed = date(2026, 3, 3)
    calendar = every_day(NIGHT, "Europe/Bratislava", closed)

    shifts = list(islice(windows(calendar, local("2026-03-02 12:00")), 2))

    assert shifts[0] == (local("2026-03-02 22:00"), local("2026-03-03 06:00"))
    assert shifts[1] == (local("2026-03-04 22:00"), local("2026-03-05 06:00"))


def test_public_holidays_are_closed() -> None:
    eve = local("2026-01-05 16:30")

    due = due_at(office(holidays="SK"), eve, HOUR)

    assert due == local("2026-01-07 08:30")


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    morning = local("2026-11-01 00:00")
    bavaria = Calendar(
        name="office", timezone=ZoneInfo("Europe/Berlin"), week=(OFFICE,) * 7, holidays="DE-BY"
    )

    assert next(windows(bavaria, morning)).opens == local("2026-11-02 08:00")


def test_extra_hours_are_open_even_on_a_holiday_and_on_a_closed_day() -> None:
    epiphany, ninth = date(2026, 1, 6), date(2026, 1, 9)
    extra = tuple((day, (Hours(10 * 60, 11 * 60),)) for day in (epiphany, ninth))
    calendar = office(holidays="SK", closed=frozenset({ninth}), extra=extra)

    holiday = next(windows(calendar, local("2026-01-06 00:00")))
    closed = next(windows(calendar, local("2026-01-09 00:00")))

    assert holiday == (local("2026-01-06 10:00"), local("2026-01-06 11:00"))
    assert closed == (local("2026-01-09 10:00"), local("2026-01-09 11:00"))


def test_spans_that_touch_or_overlap_are_one_window() -> None:
    spans = (Hours(60, 120), Hours(120, 180), Hours(90, 240))
    calendar = every_day(spans, "UTC")

    first = next(windows(calendar, datetime(2026, 3, 2, tzinfo=UTC)))

    assert first.closes - first.opens == 3 * HOUR


def test_a_window_goes_on_over_the_end_of_a_month() -> None:
    calendar = every_day(NIGHT, "UTC")

    night = next(windows(calendar, datetime(2026, 2, 28, 21, tzinfo=UTC)))

    assert night.closes - night.opens == 8 * HOUR


def test_around_the_clock_never_closes() -> None:
    start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    assert due_at(AROUND_THE_CLOCK, start, 5 * HOUR) == start + 5 * HOUR
    assert list(windows(AROUND_THE_CLOCK, start)) == [Window(start, NEVER)]


def test_a_calendar_that_stays_closed_for_ever_ends_its_windows_and_is_never_due() -> None:
    start = date(2026, 1, 1)
    closed = frozenset(start + timedelta(days=number) for number in range(12 * 366))
    calendar = every_day(OFFICE, "UTC", None)
    shut = Calendar(name="shut", timezone=calendar.timezone, week=calendar.week, closed=closed)

    assert list(windows(shut, datetime(2026, 1, 1, tzinfo=UTC))) == []
    assert due_at(shut, datetime(2026, 1, 1, tzinfo=UTC), HOUR) == NEVER


def test_a_target_beyond_all_reach_is_never_due() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    assert due_at(AROUND_THE_CLOCK, start, timedelta(days=3_000_000)) == NEVER


def test_an_empty_week_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one day"):
        Calendar(name="office", timezone=BRATISLAVA, week=((),) * 7)


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param(Hours(60, 60), id="empty"),
        pytest.param(Hours(-1, 60), id="before midnight"),
        pytest.param(Hours(1440, 1500), id="opens on the next day"),
        pytest.param(Hours(1380, 2881), id="longer than to the next midnight"),
    ],
)
def test_hours_that_are_none_are_refused(hours: Hours) -> None:
    with pytest.raises(ConfigError, match=r"calendar\.daily: expected hours"):
        every_day((hours,), "UTC")


def test_a_span_may_last_until_the_next_days_midnight() -> None:
    calendar = every_day((Hours(1380, 2880),), "UTC")

    assert calendar.week[0] == (Hours(1380, 2880),)


def test_no_time_at_all_is_due_at_once_even_while_closed() -> None:
    evening = local("2026-03-06 20:00")

    assert due_at(office(), evening, timedelta()) == evening
    assert due_at(office(), evening, timedelta(), passed=True) == local("2026-03-09 08:00")


def test_an_unknown_country_is_refused() -> None:
    calendar = office(holidays="XX")

    with pytest.raises(ConfigError, match="XX"):
        next(windows(calendar, local("2026-03-06 16:00")))


def test_closed_hours_say_why_day_by_day() -> None:
    calendar = office(holidays="SK", closed=frozenset({date(2026, 11, 2)}))
    friday, tuesday = local("2026-10-30 17:00"), local("2026-11-03 08:00")

    found = [(each.end, str(each.why)) for each in closures(calendar, friday, tuesday)]

    assert found == [
        (local("2026-10-31 00:00"), "outside opening hours"),
        (local("2026-11-01 00:00"), "closed on Saturdays"),
        (local("2026-11-02 00:00"), "holiday: All Saints' Day"),
        (local("2026-11-03 00:00"), "closed on 2026-11-02"),
        (local("2026-11-03 08:00"), "outside opening hours"),
    ]
