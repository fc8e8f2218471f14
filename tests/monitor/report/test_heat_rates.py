"""What an hour of the week usually brings, from what it was seen to bring."""

from dataclasses import replace

from tests.weeks import a_grid, a_week


def test_an_hour_brings_what_it_brought_by_how_often_it_came() -> None:
    week = a_week(a_grid(mon_09=12), weeks=8)

    assert week.a_week(week.arrivals)[0][9] == 1.5


def test_an_hour_that_was_seen_in_part_brings_no_more_than_it_did() -> None:
    week = a_week(a_grid(mon_09=12), weeks=0.15)

    assert week.a_week(week.arrivals)[0][9] == 12


def test_an_hour_that_never_came_brings_nothing() -> None:
    week = a_week(a_grid(mon_09=12))
    unseen = replace(week, hours=tuple(tuple(0.0 for _ in row) for row in week.hours))

    assert unseen.a_week(unseen.arrivals)[0][9] == 0
