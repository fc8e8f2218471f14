"""Explanations a lead can read on a phone."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from monitor.clock.calendar import Calendar, Hours
from monitor.clock.policy import Policy, Terms
from monitor.clock.reading import read
from monitor.clock.why import Explained, as_text, explain
from monitor.model import EventKind
from tests.monitor.clock.builders import ALWAYS, act, at, log, minutes, opened, post, reply, tap

BRATISLAVA = ZoneInfo("Europe/Bratislava")
WORK = (Hours(8 * 60, 12 * 60), Hours(13 * 60, 17 * 60))
OFFICE = Calendar(name="office", timezone=BRATISLAVA, week=(WORK,) * 5 + ((), ()), holidays="SK")
TERMS = Terms.of(Policy(name="calm", version=4, calendar=OFFICE, calendar_version=3))


def parts(explained: Explained) -> list[tuple[str, bool, timedelta]]:
    return [(each.why, each.counted, each.end - each.start) for each in explained.segments]


def test_every_part_of_a_clock_says_whether_it_counts_and_why() -> None:
    friday_noon = opened("2026-10-30 10:30")

    first = explain(log(friday_noon), TERMS, at("2026-11-02 07:20"))[0]

    assert parts(first) == [
        ("open hours", True, minutes(30)),
        ("outside opening hours", False, minutes(60)),
        ("open hours", True, minutes(240)),
        ("outside opening hours", False, minutes(7 * 60)),
        ("closed on Saturdays", False, minutes(24 * 60)),
        ("holiday: All Saints' Day", False, minutes(24 * 60)),
        ("outside opening hours", False, minutes(8 * 60)),
        ("open hours", True, minutes(20)),
    ]
    assert first.team_time == minutes(290)
    assert {(each.policy, each.policy_version) for each in first.segments} == {("calm", 4)}
    assert {(each.calendar, each.calendar_version) for each in first.segments} == {("office", 3)}


def test_pauses_are_named() -> None:
    waiting = act(EventKind.WAITING, "10:20", "12:00", "third party")
    snoozed = act(EventKind.SNOOZED, "13:00", "14:00")

    *_, resolution = explain(
        log(opened("10:00"), reply("10:10"), waiting, snoozed), ALWAYS, at("14:30")
    )

    assert parts(resolution) == [
        ("around the clock", True, minutes(20)),
        ("paused: waiting for third party", False, minutes(100)),
        ("around the clock", True, minutes(60)),
        ("paused: snoozed", False, minutes(60)),
        ("around the clock", True, minutes(30)),
    ]


def test_time_spent_resolved_and_time_spent_void_do_not_count() -> None:
    closed = act(EventKind.RESOLVED, "11:00"), act(EventKind.REOPENED, "11:04")
    events = log(opened("10:00"), reply("10:10"), *closed, act(EventKind.VOIDED, "11:10"))

    *_, resolution = explain(events, ALWAYS, at("11:30"))

    assert parts(resolution) == [
        ("around the clock", True, minutes(60)),
        ("resolved", False, minutes(4)),
        ("around the clock", True, minutes(6)),
        ("void", False, minutes(20)),
    ]
    assert "void: not counted" in resolution.notes


def test_a_change_of_policy_and_a_restart_show() -> None:
    newer = Policy(name="calm", version=5)
    changed, anew = ALWAYS.then(newer, at("10:10")), ALWAYS.then(newer, at("10:10"), restarts=True)

    (goes_on, *_), (again, *_) = (
        explain(log(opened("10:00")), terms, at("10:20")) for terms in (changed, anew)
    )

    assert [each.policy_version for each in goes_on.segments] == [1, 5]
    assert parts(again) == [
        ("before it began anew", False, minutes(10)),
        ("around the clock", True, minutes(10)),
    ]


def test_a_fixed_result_that_the_present_terms_do_not_explain_says_so() -> None:
    events = log(opened("10:00"), reply("10:10"))
    fixed = read(events, ALWAYS, at("11:00")).results(at("11:00"))

    first = explain(events, TERMS, at("11:00"), frozen=fixed)[0]
    same = explain(events, ALWAYS, at("11:00"), frozen=fixed)[0]

    assert parts(same) == [("around the clock", True, minutes(10))]
    late = explain(events, Terms.of(Policy(calendar=NIGHT)), at("11:00"), frozen=fixed)[0]
    for each in (first, late):  # the one has as much time by another policy, the other has none
        assert each.segments == ()
        assert each.notes[0] == "fixed under policy always v1, before the present terms"


NIGHT = Calendar(name="night", timezone=ZoneInfo("UTC"), week=((Hours(22 * 60, 30 * 60),),) * 7)


def test_what_else_one_must_know_is_noted() -> None:
    tapped = explain(log(opened("10:00"), tap("10:10")), ALWAYS, at("10:20"), found_late=True)[0]
    early = explain(log(opened("10:00", "09:00"), reply("09:30", "10:01")), ALWAYS, at("10:20"))[0]

    assert tapped.notes == (
        "found late: not counted as the team's breach",
        "unproven: somebody tapped Answered, no public reply is known",
    )
    assert early.notes == ("answered before we saw the post",)
    assert early.segments == ()


def test_the_text_is_short_lines_with_local_times() -> None:
    events = log(
        opened("2026-10-30 15:30", "2026-10-30 15:25"), act(EventKind.CLAIMED, "2026-10-30 15:31")
    )

    text = as_text(explain(events, TERMS, at("2026-10-30 16:30"))[:1], BRATISLAVA)

    assert text.splitlines() == [
        "First response: 30 min of 30 min",
        "customer wait 1 h 5 min",
        "due 2026-10-30 17:00",
        "+ 2026-10-30 16:30, 30 min: open hours",
        "- 2026-10-30 17:00, 30 min: outside opening hours",
        "policy calm v4, calendar office v3",
    ]
    assert max(map(len, text.splitlines())) < 60


def test_the_time_in_which_an_item_is_void_is_told_from_the_start_of_its_clock_on() -> None:
    events = (opened("10:00"), act(EventKind.VOIDED, "10:30"), post("11:00"))

    clocks = explain(log(*events), ALWAYS, at("12:00"))

    assert all(each.start >= clock.started_at for clock in clocks for each in clock.segments)
