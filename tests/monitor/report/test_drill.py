"""What so many people make of what comes in, event by event."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    in_turn,
    open_hours,
    people,
    shift_hours,
)
from monitor.report.summary import spread
from monitor.spans import union
from monitor.store.scratch import Arrival
from tests.builders import at, minutes

MONDAY = at("2026-03-02 00:00")
HALF_AN_HOUR = Policy(name="always", first_response=minutes(30), next_response=minutes(60))
OFFICE = Calendar(
    name="office", timezone=ZoneInfo("UTC"), week=((Hours(9 * 60, 17 * 60),),) * 5 + ((),) * 2
)
TEN_MINUTES = Pace(mean=minutes(10), measured=(minutes(10),))


def an_arrival(
    minute: float,
    item: int = 1,
    *,
    gap: float | None = None,
    brand: str = "Acme",
    policy: str = "always",
) -> Arrival:
    return Arrival(
        item=item,
        brand=brand,
        at=MONDAY + minutes(minute),
        gap=None if gap is None else minutes(gap),
        policy=policy,
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


def ana_for(acme: Hours, zenith: Hours) -> list[Shift]:
    """Return two shifts of every day: one person's hours for each of two brands."""
    return [
        Shift(
            name=brand,
            hours=Calendar(name=brand, timezone=ZoneInfo("UTC"), week=((hours,),) * 7),
            members=("Ana",),
            brands=frozenset({brand}),
        )
        for brand, hours in (("Acme", acme), ("Zenith", zenith))
    ]


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
    shifts = ana_for(acme=Hours(0, 12 * 60), zenith=Hours(12 * 60, 24 * 60))
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


def test_who_is_in_two_shifts_at_once_serves_the_brands_of_both() -> None:
    shifts = ana_for(acme=Hours(0, 18 * 60), zenith=Hours(12 * 60, 14 * 60))
    crew = crew_of(shifts, MONDAY, MONDAY + timedelta(days=1))

    found = drilled(an_arrival(0, brand="Zenith"), crew=crew)

    assert found.longest == timedelta(hours=12, minutes=10)
    assert found.hours == 18


QUICK = Policy(name="quick", first_response=minutes(10), next_response=minutes(20))
FOUR_DAYS = 4 * 24 * 60  # minutes
BRANDS = ("Acme", "Zenith")
arriving = st.lists(
    st.tuples(st.integers(0, 2 * 24 * 60), st.integers(1, 6), st.sampled_from(["always", "quick"])),
    max_size=40,
)
spans = st.tuples(st.integers(0, FOUR_DAYS), st.integers(1, 600))
pace = st.builds(
    Pace,
    mean=st.just(minutes(10)),
    measured=st.lists(st.integers(1, 90).map(minutes), min_size=1, max_size=4).map(tuple),
    seed=st.integers(0, 9),
)


@settings(max_examples=60, deadline=None)
@given(coming=arriving, turns=st.lists(spans, max_size=6), count=st.integers(1, 3), pace=pace)
def test_people_do_what_a_clock_that_is_looked_at_each_minute_sees_them_do(
    coming: list[tuple[int, int, str]],
    turns: list[tuple[int, int]],
    count: int,
    pace: Pace,
) -> None:
    arrivals, stage = _in_order(coming), _two_policies(pace)
    there = union((MONDAY + minutes(at), MONDAY + minutes(at + long)) for at, long in turns)
    crew = people(count, there)

    found = drill(arrivals, crew, stage)

    assert _told(found) == _minute_by_minute(arrivals, crew, stage)


@settings(max_examples=60, deadline=None)
@given(
    coming=arriving,
    turns=st.lists(st.tuples(spans, st.sets(st.sampled_from(BRANDS), min_size=1)), max_size=6),
    pace=pace,
)
def test_one_person_in_several_shifts_does_what_the_clock_sees(
    coming: list[tuple[int, int, str]],
    turns: list[tuple[tuple[int, int], set[str]]],
    pace: Pace,
) -> None:
    arrivals, stage = _in_order(coming), _two_policies(pace)
    crew = [
        [
            Presence(
                since=MONDAY + minutes(at),
                until=MONDAY + minutes(at + long),
                brands=frozenset(brands),
            )
            for (at, long), brands in turns
        ]
    ]

    found = drill(arrivals, [list(in_turn(crew[0]))], stage)

    assert _told(found) == _minute_by_minute(arrivals, crew, stage)


def _in_order(coming: list[tuple[int, int, str]]) -> list[Arrival]:
    begun: set[int] = set()
    found = []
    for minute, item, policy in sorted(coming):
        arrival = an_arrival(
            minute, item, gap=0 if item in begun else None, brand=BRANDS[item % 2], policy=policy
        )
        begun.add(item)
        found.append(arrival)
    return found


def _two_policies(pace: Pace) -> Stage:
    return replace(a_stage(pace=pace), policies={"always": HALF_AN_HOUR, "quick": QUICK})


def _told(found: Drilled) -> tuple[object, ...]:
    return (
        found.answers,
        found.late.part,
        found.unanswered,
        found.longest,
        found.customer_wait.median,
        round(found.hours * 60),
    )


def _minute_by_minute(arrivals: list[Arrival], crew: Crew, stage: Stage) -> tuple[object, ...]:
    """Return what `drill` tells, slowly: who is there and free takes what is due first."""
    coming = list(zip(arrivals, stage.pace.times(), strict=False))
    desk = _SlowDesk(crew)
    there = 0
    for minute in range(FOUR_DAYS + 700):
        now = MONDAY + minutes(minute)
        desk.go_on(now)
        while coming and coming[0][0].at == now:
            desk.take(*coming.pop(0), stage)
        if now < stage.until:
            there += desk.people_there(now)
    waits, left = sorted(desk.waits), len(desk.line)
    return (
        len(waits) + left,
        desk.late + left,
        left,
        waits[-1] if waits else None,
        spread(waits).median,
        there,
    )


class _SlowDesk:
    """Looks at everybody anew whenever anything may have changed."""

    def __init__(self, crew: Crew) -> None:
        self._turns = [list(each) for each in crew]
        self._doing: dict[int, tuple[datetime, int]] = {}  # by person: until when, and which item
        self._number = 0
        self.line: list[tuple[datetime, int, Arrival, timedelta]] = []
        self.waits: list[timedelta] = []
        self.late = 0

    def go_on(self, now: datetime) -> None:
        self._doing = {person: work for person, work in self._doing.items() if work[0] > now}
        self._hand_out(now)

    def take(self, arrival: Arrival, takes: timedelta, stage: Stage) -> None:
        waiting = {work[2].item for work in self.line}
        if arrival.item in waiting | {item for _, item in self._doing.values()}:
            return
        policy = stage.policies[arrival.policy]
        target = policy.first_response if arrival.gap is None else policy.next_response
        self._number += 1
        self.line.append((arrival.at + target, self._number, arrival, takes))
        self._hand_out(arrival.at)

    def people_there(self, now: datetime) -> int:
        return sum(bool(self._present(person, now)) for person in range(len(self._turns)))

    def _present(self, person: int, now: datetime) -> list[Presence]:
        return [each for each in self._turns[person] if each.since <= now < each.until]

    def _hand_out(self, now: datetime) -> None:
        for person in range(len(self._turns)):
            present = self._present(person, now)
            mine = [
                work
                for work in self.line
                if any(each.brands is None or work[2].brand in each.brands for each in present)
            ]
            if mine and person not in self._doing:
                self._begin(person, min(mine, key=lambda work: work[:2]), now)

    def _begin(
        self, person: int, work: tuple[datetime, int, Arrival, timedelta], now: datetime
    ) -> None:
        due, _, arrival, takes = work
        self.line.remove(work)
        self._doing[person] = now + takes, arrival.item
        self.waits.append(now + takes - arrival.at)
        self.late += now + takes > due
