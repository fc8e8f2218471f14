"""Made-up weeks: what reports and pictures are drawn of in tests."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.report.heat import DAYS, HOURS, Grid, HourOfWeek
from monitor.report.staffing import Assumptions, Staffing
from tests.builders import at

ZONE = ZoneInfo("Europe/Bratislava")
EMPTY: Grid = ((0,) * HOURS,) * DAYS
WEEKS = 8
MONDAY = at("2026-01-11 23:00")


def a_grid(**hours: int) -> Grid:
    """Return a week that is empty but for hours named "mon_09" and so on."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return tuple(
        tuple(hours.get(f"{name}_{hour:02d}", 0) for hour in range(HOURS)) for name in names
    )


def a_week(
    arrivals: Grid = EMPTY,
    breaches: Grid = EMPTY,
    *,
    since: datetime = MONDAY,
    weeks: float = WEEKS,
) -> HourOfWeek:
    """Return what `weeks` brought from a Monday in January on."""
    return HourOfWeek(
        since=since,
        until=since + timedelta(weeks=weeks),
        zone=ZONE,
        arrivals=arrivals,
        answered=arrivals,
        breaches=breaches,
        hours=((float(weeks),) * HOURS,) * DAYS,
    )


def a_full_week(weeks: float = WEEKS) -> HourOfWeek:
    """Return weeks in which every hour had something, most of it on Friday at eleven."""
    busy = tuple(
        tuple(round(weeks * (1 + hour % 5)) for hour in range(HOURS)) for day in range(DAYS)
    )
    busiest = tuple(
        tuple(count + (day == 4 and hour == 11) * 1000 for hour, count in enumerate(row))
        for day, row in enumerate(busy)
    )
    late = tuple(tuple(hour * (day > 4) for hour in range(HOURS)) for day in range(DAYS))
    return a_week(busiest, late, weeks=weeks)


def some_people(people: Grid, *, measured: int = 812) -> Staffing:
    """Return how many people a habit of eight weeks asks for."""
    return Staffing(
        zone=ZONE,
        weeks=WEEKS,
        answers=tuple(tuple(map(float, row)) for row in people),
        people=people,
        assumptions=Assumptions(
            target=timedelta(minutes=30),
            share=0.9,
            handling=timedelta(minutes=6),
            handling_median=timedelta(minutes=5) if measured else None,
            measured=measured,
            occupancy=0.85,
        ),
    )


def many_people() -> Staffing:
    """Return a habit that asks for 1 to 24 people, another number each hour."""
    return some_people((tuple(range(1, HOURS + 1)),) * DAYS)
