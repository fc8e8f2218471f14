"""What so many people make of what comes in, event by event."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.calendar import AROUND_THE_CLOCK, NEVER, Calendar, Hours
from monitor.clock.policy import Policy
from monitor.desk.shifts import Shift
from monitor.report.drill import (
    Crew,
    Drilled,
    Pace,
    Presence,
    Stage,
    crew_of,
    drill,
    open_hours,
    people,
    shift_hours,
)
from monitor.store.scratch import Arrival
from tests.builders import at, minutes

MONDAY = at("2026-03-02 00:00")
HALF_AN_HOUR = Policy(name="always", first_response=minutes(30), next_response=minutes(60))
OFFICE = Calendar(
    name="office", timezone=ZoneInfo("UTC"), week=((Hours(9 * 60, 17 * 60),),) * 5 + ((),) * 2
)
TEN_MINUTES = Pace(mean=minutes(10), measured=(minutes(10),))


def an_arrival(
    minute: float, item: int = 1, *, gap: float | None = None, brand: str = "Acme"
) -> Arrival:
    return Arrival(
        item=item,
        brand=brand,
        at=MONDAY + minutes(minute),
        gap=None if gap is None else minutes(gap),
        policy="always",
        text="Acme",
    )


def a_stage(policy: Policy = HALF_AN_HOUR, pace: Pace = TEN_MINUTES) -> Stage:
    return Stage(
        since=MONDAY,
        until=MONDAY + timedelta(days=7),
        zone=ZoneInfo("UTC"),
        policies={"always": policy},
        pace=pace,
    )


def always(count: int) -> Crew:
    return people(count, open_hours(AROUND_THE_CLOCK, MONDAY, NEVER))


def drilled(*arrivals: Arrival, crew: Crew, policy: Policy = HALF_AN_HOUR) -> Drilled:
    return drill(arrivals, crew, a_stage(policy), people=len(crew))


def test_one_person_answers_one_post_after_the_other() -> None:
    four_at_once = [an_arrival(0, item) for item in range(4)]

    found = drilled(*four_at_once, crew=always(1))

    assert found.customer_wait.median == minutes(25)
    assert found.longest == minutes(40)
    assert (found.late.part, found.late.whole) == (1, 4)
    assert (found.most_waiting, found.most_waiting_at) == (3, MONDAY)


def test_two_people_halve_the_line() -> None:
    four_at_once = [an_arrival(0, item) for item in range(4)]

    found = drilled(*four_at_once, crew=always(2))

    assert found.longest == minutes(20)
    assert found.late.part == 0


def test_an_answer_that_is_out_at_the_target_itself_is_in_time() -> None:
    three_at_once = [an_arrival(0, item) for item in range(3)]

    found = drilled(*three_at_once, crew=always(1))

    assert found.longest == minutes(30)
    assert found.late.part == 0


def test_what_is_due_first_is_answered_first() -> None:
    quick = Policy(name="quick", first_response=minutes(15))
    stage = Stage(
        since=MONDAY,
        until=MONDAY + timedelta(days=7),
        zone=ZoneInfo("UTC"),
        policies={"always": HALF_AN_HOUR, "quick": quick},
        pace=TEN_MINUTES,
    )
    busy, slow = an_arrival(0, 1), an_arrival(1, 2)
    fast = Arrival(item=3, brand="Acme", at=slow.at, gap=None, policy="quick", text="")

    found = drill([busy, slow, fast], always(1), stage)

    assert found.late.part == 1  # the quick one was begun at 10 and out at 20, due at 16
    assert found.longest == minutes(29)


def test_who_waits_already_is_in_line_once() -> None:
    found = drilled(an_arrival(0), an_arrival(5, gap=5), crew=always(1))

    assert found.answers == 1


def test_who_writes_after_the_answer_is_owed_the_next_one() -> None:
    found = drilled(an_arrival(0), an_arrival(60, gap=60), crew=always(1))

    assert found.answers == 2


def test_a_clock_stands_still_while_its_calendar_is_closed() -> None:
    office = Policy(name="always", first_response=minutes(30), calendar=OFFICE)
    crew = people(1, open_hours(OFFICE, MONDAY, NEVER))

    found = drilled(an_arrival(0), crew=crew, policy=office)

    assert found.customer_wait.median == timedelta(hours=9, minutes=10)
    assert found.team_time.median == minutes(10)
    assert found.late.part == 0


def test_nobody_is_at_the_desk_between_shifts() -> None:
    crew = people(1, open_hours(OFFICE, MONDAY, NEVER))

    found = drilled(an_arrival(0), crew=crew)

    assert found.team_time.median == timedelta(hours=9, minutes=10)
    assert found.late.part == 1
    assert found.late_hours[0][0] == 1  # it was due on Monday at half past midnight


def test_what_was_begun_is_ended_after_the_shift() -> None:
    until_five = [Presence(since=MONDAY, until=MONDAY + minutes(5))]

    found = drilled(an_arrival(0, 1), an_arrival(1, 2), crew=[until_five])

    assert (found.answers, found.unanswered) == (2, 1)


def test_without_anybody_nothing_is_answered() -> None:
    found = drilled(an_arrival(0), crew=[])

    assert (found.unanswered, found.late.part, found.longest, found.busy) == (1, 1, None, 0.0)


def test_a_shift_for_one_brand_answers_no_other() -> None:
    for_acme = Shift(
        name="day", hours=AROUND_THE_CLOCK, members=("Ana",), brands=frozenset({"Acme"})
    )
    crew = crew_of([for_acme], MONDAY, MONDAY + timedelta(days=2))

    found = drilled(an_arrival(0, 1), an_arrival(0, 2, brand="Zenith"), crew=crew)

    assert (found.answers, found.unanswered) == (2, 1)


def test_the_next_shift_takes_over_what_this_one_does_not_serve() -> None:
    day, night = (
        Calendar(name=name, timezone=ZoneInfo("UTC"), week=((hours,),) * 7)
        for name, hours in (("day", Hours(0, 12 * 60)), ("night", Hours(12 * 60, 24 * 60)))
    )
    shifts = [
        Shift(name="day", hours=day, members=("Ana",), brands=frozenset({"Acme"})),
        Shift(name="night", hours=night, members=("Ana",), brands=frozenset({"Zenith"})),
    ]
    crew = crew_of(shifts, MONDAY, MONDAY + timedelta(days=2))

    found = drilled(an_arrival(0, 1), an_arrival(0, 2, brand="Zenith"), crew=crew)

    assert len(crew) == 1
    assert found.longest == timedelta(hours=12, minutes=10)


def test_hours_at_the_desk_are_those_of_all_people_in_the_time_that_is_looked_at() -> None:
    found = drilled(an_arrival(0), crew=people(2, open_hours(OFFICE, MONDAY, NEVER)))

    assert found.hours == 2 * 5 * 8
    assert found.busy == (10 / 60) / 80


def test_shifts_that_overlap_are_hours_once() -> None:
    early, late = (
        Shift(
            name=name,
            hours=Calendar(name=name, timezone=ZoneInfo("UTC"), week=((hours,), *((),) * 6)),
            members=("Ana",),
        )
        for name, hours in (("early", Hours(480, 960)), ("late", Hours(900, 1200)))
    )

    [(since, until)] = shift_hours([early, late], MONDAY, MONDAY + timedelta(days=5))

    assert (since.astimezone(UTC), until) == (at("2026-03-02 08:00"), at("2026-03-02 20:00"))


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.integers(min_value=0, max_value=40), max_size=60),
    count=st.integers(min_value=1, max_value=4),
)
def test_every_answer_is_given_once_and_more_people_are_never_slower(
    gaps: list[int], count: int
) -> None:
    minute, arrivals = 0, []
    for item, gap in enumerate(gaps):
        minute += gap
        arrivals.append(an_arrival(minute, item))

    fewer, more = (drilled(*arrivals, crew=always(each)) for each in (count, count + 1))

    assert fewer.answers == more.answers == len(gaps)
    assert fewer.unanswered == more.unanswered == 0
    assert more.late.part <= fewer.late.part
    assert (more.longest or minutes(0)) <= (fewer.longest or minutes(0))
