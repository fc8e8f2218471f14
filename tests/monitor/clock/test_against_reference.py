"""The clock and its minute-by-minute reference must agree, whatever happens."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.clock.calendar import NEVER, business_time, due_at
from monitor.clock.policy import Policy, Terms
from monitor.clock.reading import Reading, read
from monitor.clock.why import explain
from monitor.model import Event, Result, Target
from tests.monitor.clock import reference
from tests.monitor.clock.reference import MINUTE, Ran, Shop
from tests.monitor.clock.strategies import histories, instants, openings

SILENCE = timedelta(minutes=120)
MODERATE = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MODERATE
@given(st.data())
def test_business_time_is_what_a_look_at_every_minute_adds_up_to(data: st.DataObject) -> None:
    calendar, shop, day = data.draw(openings())
    start, end = data.draw(instants(day)), data.draw(instants(day))

    counted = business_time(calendar, start, end)

    assert counted == shop.minutes(start, end) * MINUTE


@MODERATE
@given(st.data())
def test_a_target_is_due_in_the_minute_in_which_the_last_open_one_is_over(
    data: st.DataObject,
) -> None:
    calendar, shop, day = data.draw(openings())
    start = data.draw(instants(day))
    target = data.draw(st.integers(1, 900))

    due = due_at(calendar, start, target * MINUTE)

    limit = start + timedelta(days=6)
    assert (due if due < limit else None) == shop.due(start, target, limit)


@MODERATE
@given(st.data())
def test_a_breach_begins_with_the_first_open_moment_past_the_target(data: st.DataObject) -> None:
    calendar, _, day = data.draw(openings())
    start = data.draw(instants(day))
    target = data.draw(st.integers(0, 900)) * MINUTE

    passed = due_at(calendar, start, target, passed=True)

    if passed < NEVER:
        assert business_time(calendar, start, passed) == target
        assert business_time(calendar, start, passed + timedelta(seconds=1)) > target


@MODERATE
@given(st.data())
def test_after_a_change_of_policy_the_new_calendar_counts(data: st.DataObject) -> None:
    old, before, day = data.draw(openings())
    new, after, _ = data.draw(openings())
    start, change, end = (data.draw(instants(day)) for _ in range(3))
    terms = Terms.of(Policy(calendar=old)).then(Policy(calendar=new), change)

    counted = terms.business_time(start, end)
    due = terms.due_at(start, 60 * MINUTE)

    parts = before.minutes(start, min(change, end)) + after.minutes(max(start, change), end)
    assert counted == parts * MINUTE
    if due < NEVER:
        assert terms.business_time(start, due) == 60 * MINUTE
        assert terms.business_time(start, due - MINUTE) < 60 * MINUTE


@MODERATE
@given(st.data())
def test_every_clock_agrees_with_a_walk_through_the_events(data: st.DataObject) -> None:
    terms, shop, events, now = data.draw(situations())

    readings = read(events, terms, now)

    until = reference.void_since(events) or now
    answered = reference.responses(events)
    claims = reference.claims(events, answered)
    resolved = reference.resolutions(events, answered, now, SILENCE)
    assert readings.void_since == reference.void_since(events)
    assert seen(readings.responses) == expected(answered, shop, until)
    assert seen(readings.of(Target.CLAIM)) == expected(claims, shop, until)
    assert seen(readings.of(Target.RESOLUTION)) == expected(resolved, shop, until)


@MODERATE
@given(st.data())
def test_the_counted_parts_of_an_explanation_add_up_to_the_clock(data: st.DataObject) -> None:
    terms, _, events, now = data.draw(situations())

    explained = explain(events, terms, now)

    readings = read(events, terms, now)
    assert [each.team_time for each in explained] == [each.team_time for each in readings.all]
    for each in explained:
        parts = [part.end - part.start for part in each.segments if part.counted]
        assert sum(parts, timedelta()) == each.team_time
        assert all(part.start < part.end for part in each.segments)
        borders = [part.end for part in each.segments[:-1]]
        assert borders == [part.start for part in each.segments[1:]]


@MODERATE
@given(st.data())
def test_no_clock_ever_goes_below_zero_even_if_the_wall_clock_was_set_back(
    data: st.DataObject,
) -> None:
    terms, _, events, now = data.draw(situations())
    earlier = now - timedelta(days=3)

    readings = read(events, terms, earlier)

    assert all(each.team_time >= timedelta() for each in readings.all)
    assert all(each.customer_wait >= timedelta() for each in readings.all)


@MODERATE
@given(st.data())
def test_a_fixed_result_is_what_the_clock_said_when_it_was_fixed_and_stays(
    data: st.DataObject,
) -> None:
    terms, _, events, now = data.draw(situations())
    known = tuple(event for event in events if event.recorded_at <= now)
    fixed = read(known, terms, now).results(now)

    later = read(events, terms, now + timedelta(days=9), frozen=fixed)

    kept = {(each.target, each.cycle): each for each in later.all if each.frozen}
    assert {key: each.ended_at for key, each in kept.items()} == {
        (each.target, each.cycle): each.ended_at for each in fixed
    }
    assert all(kept[one.target, one.cycle].team_time == one.team_time for one in fixed)


@MODERATE
@given(st.data())
def test_what_was_fixed_whenever_somebody_looked_is_not_fixed_again(data: st.DataObject) -> None:
    terms, _, events, now = data.draw(situations())
    fixed: tuple[Result, ...] = ()
    looks = sorted({each.recorded_at + 6 * MINUTE for each in events} | {now + timedelta(days=9)})

    for look in looks:
        known = [event for event in events if event.recorded_at <= look]
        if known:
            fixed += read(known, terms, look, frozen=fixed).results(look)

    again = read(events, terms, looks[-1], frozen=fixed)
    assert again.results(looks[-1]) == ()
    assert len({(each.target, each.cycle) for each in fixed}) == len(fixed)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Terms, Shop, list[Event], datetime]:
    """Return terms, the shop they speak of, what happened, and a moment after all of it."""
    calendar, shop, day = draw(openings())
    start = draw(instants(day))
    events = draw(histories(start))
    now = events[-1].recorded_at + draw(st.integers(0, 400)) * MINUTE
    policy = Policy(calendar=calendar, auto_resolve=SILENCE)
    return Terms.of(policy), shop, events, now


def seen(readings: tuple[Reading, ...]) -> list[tuple[object, ...]]:
    return [
        (each.started_at, each.void_at or each.ended_at, each.void, each.team_time)
        for each in readings
    ]


def expected(ran: list[Ran], shop: Shop, now: datetime) -> list[tuple[object, ...]]:
    return [(each.start, each.end, each.gone, _team_time(each, shop, now)) for each in ran]


def _team_time(ran: Ran, shop: Shop, now: datetime) -> timedelta:
    minutes = reference.walk(ran.start, ran.end or now)
    return sum(shop.is_open(each) for each in minutes if each not in ran.away) * MINUTE
