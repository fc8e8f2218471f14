"""What the team is told, once each, and when the clock is looked at again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.calendar import Calendar, Hours
from monitor.clock.notices import DueNotice, due_notices, next_check_at
from monitor.clock.policy import Policy, Step, Terms
from monitor.clock.reading import read
from monitor.model import Event, EventKind, NoticeKind
from tests.monitor.clock.builders import (
    ALWAYS,
    ITEM,
    STEPS,
    act,
    at,
    happened,
    log,
    minutes,
    opened,
    post,
    reply,
    tap,
)
from tests.monitor.clock.strategies import histories

K = EventKind
MICROSECOND = timedelta(microseconds=1)
CLAIMED = act(K.CLAIMED, "10:01")
OFFICE = Calendar(
    name="office", timezone=ZoneInfo("UTC"), week=((Hours(10 * 60, 10 * 60 + 30),),) * 7
)


def due(
    *events: Event, now: str, told: frozenset[str] = frozenset(), terms: Terms = ALWAYS
) -> list[DueNotice]:
    readings = read(log(*events), terms, at(now))
    return list(due_notices(ITEM, readings, terms, told, at(now)))


def names(
    *events: Event, now: str, told: frozenset[str] = frozenset(), terms: Terms = ALWAYS
) -> list[str]:
    return [each.notice.name for each in due(*events, now=now, told=told, terms=terms)]


def check(
    *events: Event, now: str, told: frozenset[str] = frozenset(), terms: Terms = ALWAYS
) -> datetime | None:
    """Return when to look again, once all results that are due were fixed."""
    fixed = read(log(*events), terms, at(now)).results(at(now))
    readings = read(log(*events), terms, at(now), frozen=fixed)
    return next_check_at(readings, terms, told, at(now))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("10:14:59", [], id="before the first step"),
        pytest.param("10:15", ["first_response:1:50%"], id="at half the target"),
        pytest.param("10:24", ["first_response:1:80%"], id="at the second step"),
        pytest.param("10:30", ["first_response:1:80%"], id="at the target itself"),
        pytest.param("10:30:01", ["first_response:1:100%"], id="past the target"),
        pytest.param("11:00", ["first_response:1:100%"], id="at twice the target"),
        pytest.param("11:00:01", ["first_response:1:200%"], id="past twice the target"),
        pytest.param("12:00:01", ["first_response:1:400%"], id="beyond the policy's last step"),
        pytest.param("14:00:01", ["first_response:1:800%"], id="the gaps grow"),
    ],
)
def test_a_step_is_due_when_its_share_of_the_target_has_gone_by(
    now: str, expected: list[str]
) -> None:
    assert names(opened("10:00"), CLAIMED, now=now) == expected


def test_after_a_standstill_only_the_highest_step_is_told_and_covers_the_lower_ones() -> None:
    (found,) = due(opened("10:00"), CLAIMED, now="10:40")

    assert found.notice.kind is NoticeKind.BREACH
    assert found.notice.at == at("10:30")
    assert (found.notice.tell, found.notice.share) == ("lead", 1.0)
    assert found.covers == ("first_response:1:50%", "first_response:1:80%")


def test_each_step_is_told_once() -> None:
    told = frozenset({"first_response:1:50%"})

    assert names(opened("10:00"), CLAIMED, now="10:16", told=told) == []
    assert names(opened("10:00"), CLAIMED, now="10:25", told=told) == ["first_response:1:80%"]


def test_a_lower_step_is_not_told_after_a_higher_one() -> None:
    told = frozenset({"first_response:1:80%"})

    assert names(opened("10:00"), CLAIMED, now="10:25", told=told) == []


def test_the_first_step_told_past_the_target_is_the_breach_and_later_ones_are_steps() -> None:
    (first,) = due(opened("10:00"), CLAIMED, now="11:30")
    told = frozenset({"first_response:1:100%"})
    (second,) = due(opened("10:00"), CLAIMED, now="11:30", told=told)

    assert (first.notice.name, first.notice.kind) == ("first_response:1:200%", NoticeKind.BREACH)
    assert (second.notice.name, second.notice.kind) == ("first_response:1:200%", NoticeKind.STEP)


def test_an_ended_clock_tells_nothing() -> None:
    assert names(opened("10:00"), reply("10:10"), now="13:00") == []
    assert names(opened("10:00"), tap("10:10"), now="13:00") == []


def test_a_void_item_and_muted_history_tell_nothing() -> None:
    history = read(log(opened("10:00")), ALWAYS, at("13:00"), muted=True)

    assert names(opened("10:00"), act(K.VOIDED, "10:01"), now="13:00") == []
    assert due_notices(ITEM, history, ALWAYS, frozenset(), at("13:00")) == ()
    assert next_check_at(history, ALWAYS, frozenset(), at("13:00")) is None
    assert check(opened("10:00"), act(K.VOIDED, "10:01"), now="13:00") is None


def test_a_next_response_has_steps_of_its_own() -> None:
    events = (opened("10:00"), reply("10:10"), post("11:00"))

    assert names(*events, now="11:30") == ["next_response:2:50%"]


def test_a_snooze_holds_warnings_back_until_it_ends() -> None:
    snoozed = act(K.SNOOZED, "10:05", "10:26")

    assert names(opened("10:00"), CLAIMED, snoozed, now="10:25") == []
    assert names(opened("10:00"), CLAIMED, snoozed, now="10:26") == ["first_response:1:80%"]


def test_a_snooze_never_holds_a_breach_back() -> None:
    snoozed = act(K.SNOOZED, "10:05", "12:00")

    assert names(opened("10:00"), CLAIMED, snoozed, now="10:30:01") == ["first_response:1:100%"]


def test_a_snooze_holds_back_that_nobody_claimed() -> None:
    snoozed = act(K.SNOOZED, "10:02", "10:12")

    assert names(opened("10:00"), snoozed, now="10:06") == []
    assert names(opened("10:00"), snoozed, now="10:12") == ["claim:1:100%"]
    assert check(opened("10:00"), snoozed, now="10:06") == at("10:12")


def test_waiting_holds_no_warning_back() -> None:
    waiting = act(K.WAITING, "10:05", "12:00", "customer")

    assert names(opened("10:00"), CLAIMED, waiting, now="10:15") == ["first_response:1:50%"]


def test_an_item_that_nobody_claims_is_told_once_for_each_claim_cycle() -> None:
    lease_ended = happened(K.LEASE_ENDED, "10:07")
    events = (opened("10:00"), act(K.CLAIMED, "10:06"), lease_ended)

    (first,) = due(opened("10:00"), now="10:05:01")
    second = names(*events, now="10:12:01", told=frozenset({"claim:1:100%"}))

    assert (first.notice.kind, first.notice.name) == (NoticeKind.UNCLAIMED, "claim:1:100%")
    assert names(opened("10:00"), now="10:05") == []
    assert names(opened("10:00"), now="10:06", told=frozenset({"claim:1:100%"})) == []
    assert second == ["claim:2:100%"]


def test_an_unresolved_item_is_told_once() -> None:
    events = (opened("10:00"), reply("10:10"))

    (found,) = due(*events, now="03-03 10:00:01")

    assert (found.notice.kind, found.notice.name) == (NoticeKind.UNRESOLVED, "resolution:1:100%")
    assert names(*events, now="03-03 11:00", told=frozenset({"resolution:1:100%"})) == []


def test_steps_count_business_time() -> None:
    terms = Terms.of(Policy(calendar=OFFICE, steps=STEPS))
    events = (opened("10:20"), act(K.CLAIMED, "10:21"))

    assert names(*events, now="03-03 09:59", terms=terms) == []
    assert names(*events, now="03-03 10:05", terms=terms) == ["first_response:1:50%"]


def test_a_target_that_ends_as_the_doors_close_is_breached_only_when_they_open_again() -> None:
    terms = Terms.of(Policy(calendar=OFFICE, steps=STEPS))
    events = (opened("10:00"), CLAIMED)
    told = frozenset({"first_response:1:80%"})

    (found,) = due(*events, now="03-03 10:00:01", terms=terms, told=told)

    assert names(*events, now="20:00", terms=terms, told=told) == []
    assert check(*events, now="20:00", terms=terms, told=told) == at("03-03 10:00") + MICROSECOND
    assert found.notice.at == at("03-03 10:00")


def test_a_policy_that_ends_before_the_breach_has_no_further_steps() -> None:
    terms = Terms.of(Policy(steps=(Step(share=0.5),)))

    assert names(opened("10:00"), CLAIMED, now="20:00", terms=terms) == ["first_response:1:50%"]


def test_the_next_look_is_at_the_next_step() -> None:
    told = frozenset({"first_response:1:50%"})

    assert check(opened("10:00"), now="10:00") == at("10:05") + MICROSECOND
    assert check(opened("10:00"), CLAIMED, now="10:07") == at("10:15")
    assert check(opened("10:00"), CLAIMED, now="10:16", told=told) == at("10:24")


def test_a_step_that_is_due_and_not_told_is_looked_at_at_once() -> None:
    assert check(opened("10:00"), CLAIMED, now="10:16") == at("10:16")


def test_the_next_look_is_at_a_result_to_be_fixed_or_a_pause_or_a_lease_that_ends() -> None:
    answered = (opened("10:00"), reply("10:10"))
    waiting = act(K.WAITING, "10:20", "12:00", "customer")
    readings = read(log(*answered, waiting), ALWAYS, at("10:30"))
    results = readings.results(at("10:30"))
    fixed = read(log(*answered, waiting), ALWAYS, at("10:30"), frozen=results)

    to_fix = check(*answered, now="10:11")
    to_resume = next_check_at(fixed, ALWAYS, frozenset(), at("10:30"))
    lease = next_check_at(fixed, ALWAYS, frozenset(), at("10:30"), lease_ends_at=at("10:40"))

    assert to_fix == at("10:15") + MICROSECOND
    assert to_resume == at("12:00")
    assert lease == at("10:40")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_looking_only_when_told_to_misses_nothing_and_ends(data: st.DataObject) -> None:
    events = data.draw(histories(at("10:00")))
    terms = Terms.of(Policy(auto_resolve=minutes(120), resolution=minutes(300), steps=STEPS))
    now = events[-1].recorded_at
    told: set[str] = set()
    until = now + timedelta(hours=12)
    looks = 0
    while now < until and looks < 60:
        readings = read(events, terms, now)
        for found in due_notices(ITEM, readings, terms, told, now):
            told |= {found.notice.name, *found.covers}
        frozen = readings.results(now)
        fixed = read(events, terms, now, frozen=frozen)
        check_at = next_check_at(fixed, terms, told, now)
        silent = readings.silent_until is not None and readings.silent_until <= now
        following = until if check_at is None or silent else check_at
        between = max(now, following - MICROSECOND)
        quiet = read(events, terms, between)
        assert due_notices(ITEM, quiet, terms, told, between) == () or silent
        now = max(following, now + MICROSECOND)
        looks += 1

    assert looks < 60


def test_steps_that_end_at_the_target_itself_go_on_at_twice_of_it() -> None:
    terms = Terms.of(Policy(steps=STEPS[:3]))

    assert names(opened("10:00"), CLAIMED, now="11:01", terms=terms) == ["first_response:1:200%"]


@pytest.mark.parametrize(
    ("now", "told", "expected"),
    [
        pytest.param("10:05:01", (), ("claim:1:100%", "on shift"), id="past the target"),
        pytest.param("10:20", ("100",), None, id="nothing between"),
        pytest.param("10:20:01", ("100",), ("claim:1:400%", "reserve"), id="then the reserve"),
        pytest.param("11:20:01", ("400",), ("claim:1:1600%", "lead"), id="then the lead"),
        pytest.param("15:20:01", ("1600",), ("claim:1:6400%", "lead"), id="and again"),
    ],
)
def test_a_missed_claim_is_told_again_in_growing_gaps_while_nobody_takes_the_item(
    now: str, told: tuple[str, ...], expected: tuple[str, str] | None
) -> None:
    known = frozenset(f"claim:1:{share}%" for share in told)

    found = [
        (each.notice.name, each.notice.tell)
        for each in due(opened("10:00"), now=now, told=known)
        if each.notice.kind is NoticeKind.UNCLAIMED
    ]

    assert found == ([expected] if expected else [])


def test_nothing_is_told_again_beyond_the_policys_steps_while_somebody_has_the_item() -> None:
    events = (opened("10:00"), CLAIMED)
    readings = read(log(*events), ALWAYS, at("12:00:01"))
    told = frozenset({"first_response:1:200%"})

    held, freed = (
        due_notices(ITEM, readings, ALWAYS, told, at("12:00:01"), reacted=reacted)
        for reacted in (True, False)
    )

    assert held == ()
    assert [each.notice.name for each in freed] == ["first_response:1:400%"]


def test_who_has_the_item_hears_of_the_policys_own_steps_all_the_same() -> None:
    readings = read(log(opened("10:00"), CLAIMED), ALWAYS, at("10:30:01"))

    found = due_notices(ITEM, readings, ALWAYS, frozenset(), at("10:30:01"), reacted=True)

    assert [each.notice.name for each in found] == ["first_response:1:100%"]
