"""Who is on shift: the plan, the turns, and what members change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.calendar import Calendar, Hours
from monitor.desk.shifts import Change, Quiet, Roster, Rotation, Shift, planned, reserve, turn
from monitor.model import Member, MemberId, Role
from monitor.sections import ChatSettings, ShiftSettings
from monitor.settings import validate_section
from tests.builders import a_brand, at, minutes

BRATISLAVA = ZoneInfo("Europe/Bratislava")
ZUZANA, EMRE, LENA, OMAR = (
    Member(id=MemberId(number), name=name, telegram_id=number, role=Role.AGENT)
    for number, name in enumerate(("Zuzana", "Emre", "Lena", "Omar"), start=1)
)
TEAM = (ZUZANA, EMRE, LENA, OMAR)
MONDAY = date(2026, 3, 2)
ACME = ["Acme"]
BRANDS_OF = {"care": frozenset({"Acme"}), "other": frozenset({"Other"})}


def a_week(*days: Sequence[tuple[int, int]], zone: ZoneInfo = BRATISLAVA) -> Calendar:
    """Return hours for Monday to Sunday; the last day given stands for those after it."""
    given_days = [tuple(Hours(a * 60, b * 60) for a, b in day) for day in days]
    week = tuple(given_days[min(number, len(given_days) - 1)] for number in range(7))
    return Calendar(name="early", timezone=zone, week=week)


def a_shift(
    *members: Member,
    hours: Calendar | None = None,
    rotation: Rotation | None = None,
    at_once: int = 1,
) -> Shift:
    return Shift(
        name="early",
        hours=hours or a_week([(8, 16)]),
        members=tuple(each.name for each in members),
        rotation=rotation,
        starts=MONDAY,
        at_once=at_once,
    )


def a_roster(*shifts: Shift, changes: Sequence[Change] = ()) -> Roster:
    return Roster(shifts, changes, TEAM, BRANDS_OF)


def a_change(
    since: str,
    until: str,
    *,
    comes: Member | None = None,
    goes: Member | None = None,
    chat: str | None = None,
    number: int = 1,
) -> Change:
    return Change(
        id=number,
        since=at(since),
        until=at(until),
        comes=comes.id if comes else None,
        goes=goes.id if goes else None,
        chat=chat,
        made_by=LENA.id,
        made_at=at(since),
    )


def names(members: Sequence[Member]) -> list[str]:
    return [each.name for each in members]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-03-02 06:59:59", [], id="before it begins"),
        pytest.param("2026-03-02 07:00", ["Zuzana", "Emre"], id="as it begins, by the local clock"),
        pytest.param("2026-03-02 14:59:59", ["Zuzana", "Emre"], id="just before it ends"),
        pytest.param("2026-03-02 15:00", [], id="as it ends"),
    ],
)
def test_without_a_rotation_all_members_are_there_in_the_hours_of_a_shift(
    now: str, expected: list[str]
) -> None:
    roster = a_roster(a_shift(ZUZANA, EMRE))

    assert names(roster.there(ACME, at(now))) == expected


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    nights = a_week([(22, 30)])
    roster = a_roster(a_shift(ZUZANA, EMRE, hours=nights, rotation=Rotation.DAILY))

    evening, morning = (
        roster.there(ACME, at(when)) for when in ("2026-03-02 22:00", "2026-03-03 04:00")
    )

    assert names(evening) == names(morning) == ["Zuzana"]


def test_a_night_in_which_the_clocks_are_set_forward_ends_by_the_wall_clock() -> None:
    nights = a_week([(22, 30)])
    roster = a_roster(a_shift(ZUZANA, hours=nights))

    (duty,) = roster.on(ACME, at("2026-03-28 23:00"))

    assert (duty.since, duty.until) == (at("2026-03-28 21:00"), at("2026-03-29 04:00"))


def test_a_weekly_rotation_hands_on_at_the_weekday_of_its_start() -> None:
    shift = a_shift(ZUZANA, EMRE, LENA, rotation=Rotation.WEEKLY)

    weeks = [turn(shift, MONDAY + timedelta(days=7 * number)) for number in range(4)]

    assert weeks == [("Zuzana",), ("Emre",), ("Lena",), ("Zuzana",)]
    assert turn(shift, MONDAY + timedelta(days=6)) == ("Zuzana",)
    assert turn(shift, MONDAY - timedelta(days=1)) == ("Lena",)


def test_a_daily_rotation_spends_no_turn_on_days_without_hours() -> None:
    office = a_week(*[[(8, 16)]] * 5, [])
    shift = a_shift(ZUZANA, EMRE, hours=office, rotation=Rotation.DAILY)

    friday, monday = (turn(shift, MONDAY + timedelta(days=days)) for days in (4, 7))

    assert (friday, monday) == (("Zuzana",), ("Emre",))


def test_in_a_rotation_who_is_next_steps_in() -> None:
    shift = a_shift(ZUZANA, EMRE, LENA, OMAR, rotation=Rotation.WEEKLY, at_once=2)

    assert turn(shift, MONDAY) == ("Zuzana", "Emre")
    assert reserve(shift, MONDAY) == ("Lena", "Omar")


def test_a_named_reserve_steps_in_and_is_not_on_shift() -> None:
    shift = replace(a_shift(ZUZANA), reserve=("Lena", "Zuzana"))

    assert names(a_roster(shift).stand_ins(ACME, at("2026-03-02 09:00"))) == ["Lena"]


def test_a_shift_is_there_for_its_own_brands_only() -> None:
    roster = a_roster(replace(a_shift(ZUZANA), brands=frozenset({"Acme"})))

    assert names(roster.there(["Acme", "Other"], at("2026-03-02 09:00"))) == ["Zuzana"]
    assert roster.there(["Other"], at("2026-03-02 09:00")) == ()
    assert not roster.planned(["Other"])


def test_a_shift_of_nobody_who_is_in_counts_as_if_it_were_not_there() -> None:
    shift = replace(a_shift(), members=("Nobody", "Somebody"))

    assert not a_roster(shift).planned(ACME)
    assert a_roster(shift).next(ACME, at("2026-03-02 03:00")) is None


def test_a_member_may_be_named_by_id() -> None:
    shift = replace(a_shift(), members=("2",))

    assert names(a_roster(shift).there(ACME, at("2026-03-02 09:00"))) == ["Emre"]


def test_duties_that_touch_are_one() -> None:
    early, late = a_shift(ZUZANA), replace(a_shift(ZUZANA, hours=a_week([(16, 20)])), name="late")

    (duty,) = a_roster(early, late).on(ACME, at("2026-03-02 09:00"))

    assert (duty.since, duty.until) == (at("2026-03-02 07:00"), at("2026-03-02 19:00"))
    assert duty.shift == "early"


def test_who_comes_next_is_the_first_to_begin() -> None:
    roster = a_roster(a_shift(ZUZANA), replace(a_shift(EMRE, hours=a_week([(6, 10)])), name="dawn"))

    coming = roster.next(ACME, at("2026-03-02 20:00"))

    assert coming is not None
    assert (coming.member.name, coming.since) == ("Emre", at("2026-03-03 05:00"))


def test_who_stands_in_is_there_until_the_duty_ends_and_the_other_is_not() -> None:
    change = a_change("2026-03-02 10:00", "2026-03-02 15:00", comes=OMAR, goes=ZUZANA)
    roster = a_roster(a_shift(ZUZANA), changes=[change])

    before, after = (
        names(roster.there(ACME, at(now))) for now in ("2026-03-02 09:59", "2026-03-02 10:00")
    )

    assert (before, after) == (["Zuzana"], ["Omar"])
    assert names(roster.there(ACME, at("2026-03-03 10:00"))) == ["Zuzana"]


def test_the_latest_change_that_speaks_of_somebody_wins() -> None:
    changes = [
        a_change("2026-03-02 08:00", "2026-03-02 15:00", goes=ZUZANA, number=1),
        a_change("2026-03-02 09:00", "2026-03-02 12:00", comes=ZUZANA, number=2),
    ]
    roster = a_roster(a_shift(ZUZANA), changes=changes)

    (duty,) = roster.on(ACME, at("2026-03-02 09:00"))

    assert (duty.since, duty.until) == (at("2026-03-02 09:00"), at("2026-03-02 12:00"))
    assert roster.there(ACME, at("2026-03-02 08:30")) == ()


def test_a_change_for_a_chat_is_one_for_the_brands_of_that_chat() -> None:
    change = a_change("2026-03-02 20:00", "2026-03-02 23:00", comes=OMAR, chat="other")
    roster = a_roster(changes=[change])

    assert roster.there(ACME, at("2026-03-02 21:00")) == ()
    assert names(roster.there(["Other"], at("2026-03-02 21:00"))) == ["Omar"]


def test_who_is_off_does_not_step_in() -> None:
    shift = replace(a_shift(ZUZANA), reserve=("Lena",))
    change = a_change("2026-03-02 00:00", "2026-03-09 00:00", goes=LENA)

    assert a_roster(shift, changes=[change]).stand_ins(ACME, at("2026-03-02 09:00")) == ()


def test_a_shift_of_a_chat_is_one_of_that_chats_brands() -> None:
    section = ShiftSettings(name="early", chat="care", members=("Zuzana",), mon=("08:00-16:00",))

    (shift,) = planned([section], [a_brand("Acme"), replace(a_brand("Other"), chat="other")])

    assert shift.brands == frozenset({"Acme"})
    assert shift.hours.week[0] == (Hours(480, 960),)


def slowly_there(shift: Shift, changes: Sequence[Change], now: datetime) -> set[str]:
    """Read plan and changes as the settings say them: the wall clock, then each change in turn."""
    wall = now.astimezone(shift.hours.timezone)
    there: set[str] = set()
    for back in range(3):
        day = wall.date() - timedelta(days=back)
        minute = back * 1440 + wall.hour * 60 + wall.minute
        if any(opens <= minute < closes for opens, closes in shift.hours.week[day.weekday()]):
            there |= set(slow_turn(shift, day))
    for change in changes:
        if change.since <= now < change.until:
            there |= {each.name for each in TEAM if each.id == change.comes}
            there -= {each.name for each in TEAM if each.id == change.goes}
    return there


def slow_turn(shift: Shift, day: date) -> list[str]:
    """Walk from the first day to `day`, one turn after the other."""
    if shift.rotation is None:
        return list(shift.members)
    turns, walked = 0, shift.starts
    while walked < day:
        walked += timedelta(days=1)
        if shift.rotation is Rotation.WEEKLY:
            turns += walked.weekday() == shift.starts.weekday()
        else:
            turns += bool(shift.hours.week[(walked - timedelta(days=1)).weekday()])
    start = turns * shift.at_once
    return [shift.members[(start + k) % len(shift.members)] for k in range(shift.at_once)]


spans = st.integers(0, 23).flatmap(
    lambda opens: st.tuples(st.just(opens), st.integers(opens + 1, opens + 12))
)
weeks = st.lists(st.lists(spans, max_size=1), min_size=7, max_size=7).filter(any)
instants = st.integers(0, 48 * 1440).map(lambda passed: at("2026-03-03 00:00") + minutes(passed))


@st.composite
def some_changes(draw: st.DrawFn) -> list[Change]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        since = draw(instants)
        comes, goes = draw(
            st.sampled_from([(1, None), (None, 1), (2, 1), (3, None), (None, 2), (1, 2)])
        )
        found.append(
            Change(
                id=number,
                since=since,
                until=since + timedelta(minutes=draw(st.integers(1, 5000))),
                comes=MemberId(comes) if comes else None,
                goes=MemberId(goes) if goes else None,
                chat=None,
                made_by=LENA.id,
                made_at=since,
            )
        )
    return found


@settings(max_examples=150, deadline=None)
@given(
    week=weeks,
    rotation=st.sampled_from([None, *Rotation]),
    at_once=st.integers(1, 3),
    changes=some_changes(),
    now=instants,
)
def test_the_roster_agrees_with_a_slow_reading_of_plan_and_changes(
    week: list[list[tuple[int, int]]],
    rotation: Rotation | None,
    at_once: int,
    changes: list[Change],
    now: datetime,
) -> None:
    shift = a_shift(ZUZANA, EMRE, LENA, hours=a_week(*week), rotation=rotation, at_once=at_once)
    roster = a_roster(shift, changes=changes)

    there = {duty.member.name for duty in roster.on(ACME, now)}

    assert there == slowly_there(shift, changes, now)
    assert there == set(names(roster.there(ACME, now)))


@settings(max_examples=60, deadline=None)
@given(week=weeks, rotation=st.sampled_from([None, *Rotation]), now=instants)
def test_until_the_next_one_comes_nobody_begins(
    week: list[list[tuple[int, int]]], rotation: Rotation | None, now: datetime
) -> None:
    roster = a_roster(a_shift(ZUZANA, EMRE, hours=a_week(*week), rotation=rotation))

    coming = roster.next(ACME, now)

    assert coming is not None
    assert coming.member in roster.there(ACME, coming.since)
    assert all(
        duty.since <= now or duty.since >= coming.since
        for duty in roster.duties(ACME, now, coming.until)
    )


def a_quiet_chat(*spans: str) -> ChatSettings:
    return validate_section(
        ChatSettings,
        {"name": "care", "id": -100, "timezone": "Europe/Bratislava", "quiet": list(spans)},
        "chat",
    )


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param("2026-03-06 20:59:59", None, id="before it begins"),
        pytest.param("2026-03-06 21:00", "2026-03-07 06:00", id="as it begins"),
        pytest.param("2026-03-07 05:59", "2026-03-07 06:00", id="after midnight"),
        pytest.param("2026-03-07 06:00", None, id="as it ends"),
    ],
)
def test_quiet_hours_are_of_the_chats_own_clock(now: str, until: str | None) -> None:
    quiet = Quiet(a_quiet_chat("22:00-07:00"))

    assert quiet.until(at(now)) == (at(until) if until else None)


def test_a_chat_without_quiet_hours_is_never_quiet() -> None:
    assert Quiet(a_quiet_chat()).until(datetime.combine(MONDAY, time(3), UTC)) is None
