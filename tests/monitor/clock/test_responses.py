"""The response clocks, rule by rule."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from monitor.clock.calendar import Calendar, Hours
from monitor.clock.policy import Policy, Terms
from monitor.clock.reading import Reading, read
from monitor.model import Event, EventKind, Result, Target
from tests.monitor.clock.builders import (
    ALWAYS,
    ANNA,
    act,
    at,
    happened,
    log,
    minutes,
    opened,
    post,
    post_deleted,
    reply,
    reply_deleted,
    tap,
    undone,
)


def responses(*events: Event, now: str = "03-03 00:00") -> tuple[Reading, ...]:
    return read(log(*events), ALWAYS, at(now)).responses


def frozen(*events: Event, now: str) -> tuple[Result, ...]:
    return read(log(*events), ALWAYS, at(now)).results(at(now))


def test_team_time_runs_from_first_seen_and_customer_wait_from_the_post() -> None:
    (first,) = responses(opened("10:00", posted="09:50"), now="10:20")

    assert first.team_time == minutes(20)
    assert first.customer_wait == minutes(30)
    assert first.due_at == at("10:30")
    assert (first.running, first.breached, first.ended_at, first.answer) == (
        True, False, None, None,
    )  # fmt: skip


def test_a_reply_stops_the_first_response_at_its_own_time_however_late_it_is_found() -> None:
    (first,) = responses(opened("10:00", posted="09:50"), reply("10:12", "11:30"))

    assert first.ended_at == at("10:12")
    assert first.team_time == minutes(12)
    assert first.customer_wait == minutes(22)
    assert first.proven
    assert not first.breached
    assert first.answer is not None
    assert first.answer.url == "https://example.org/r1"
    assert first.answer.by is None


def test_a_reply_written_before_we_saw_the_post_costs_the_team_no_time() -> None:
    (first,) = responses(opened("10:00", posted="09:50"), reply("09:55", "10:01"))

    assert first.team_time == minutes(0)
    assert first.customer_wait == minutes(5)


def test_a_reply_as_old_as_the_post_does_not_answer_it() -> None:
    (first,) = responses(opened("10:00", posted="09:50"), reply("09:50", "10:01"))

    assert first.running


def test_breach_is_past_the_target_not_at_it() -> None:
    (on_time,) = responses(opened("10:00"), now="10:30")
    (late,) = responses(opened("10:00"), now="10:30:01")

    assert not on_time.breached
    assert late.breached
    assert late.breached_at == at("10:30")


def test_a_claim_never_stops_a_response_clock() -> None:
    (first,) = responses(opened("10:00"), act(EventKind.CLAIMED, "10:05"), now="10:20")

    assert first.running
    assert first.team_time == minutes(20)


def test_a_pause_does_not_stop_a_response_clock() -> None:
    (first,) = responses(opened("10:00"), act(EventKind.SNOOZED, "10:05", "11:00"), now="10:20")

    assert first.team_time == minutes(20)
    assert first.due_at == at("10:30")


def test_the_answered_tap_stops_the_clock_at_once_and_unproven() -> None:
    (first,) = responses(opened("10:00"), tap("10:10"))

    assert first.ended_at == at("10:10")
    assert not first.proven
    assert first.answer is not None
    assert (first.answer.proven, first.answer.by) == (False, ANNA)


@pytest.mark.parametrize("written", ["10:04", "10:10", "10:14"])
def test_a_reply_found_within_five_minutes_of_the_tap_stops_the_clock_at_its_own_time(
    written: str,
) -> None:
    (first,) = responses(opened("10:00"), tap("10:10"), reply(written, "10:15"))

    assert first.ended_at == at(written)
    assert first.proven
    assert first.answer is not None
    assert first.answer.by == ANNA


def test_a_reply_found_later_proves_the_tap_and_leaves_its_numbers() -> None:
    (first,) = responses(opened("10:00"), tap("10:10"), reply("10:04", "10:15:01"))

    assert first.ended_at == at("10:10")
    assert first.team_time == minutes(10)
    assert first.proven
    assert first.answer is not None
    assert first.answer.url == "https://example.org/r1"


def test_a_reply_to_a_later_post_does_not_prove_an_earlier_tap() -> None:
    first, following = responses(
        opened("10:00"), tap("10:10"), post("11:00"), reply("11:20", "11:21")
    )

    assert not first.proven
    assert following.proven


def test_a_reply_that_was_already_known_makes_the_tap_needless() -> None:
    (first,) = responses(opened("10:00"), reply("10:06", "10:07"), tap("10:10"))

    assert first.ended_at == at("10:06")


def test_an_undone_tap_lets_the_clock_go_on_as_if_never_tapped() -> None:
    (first,) = responses(opened("10:00"), tap("10:10"), undone("10:12", 2), now="10:20")

    assert first.running
    assert first.team_time == minutes(20)


def test_posts_during_an_open_cycle_start_no_other() -> None:
    cycles = responses(opened("10:00"), post("10:05"), post("10:08", key="p3"), reply("10:20"))

    assert [(each.cycle, each.ended_at) for each in cycles] == [(1, at("10:20"))]


def test_the_oldest_unanswered_post_starts_the_next_response_when_it_is_first_seen() -> None:
    _, following = responses(
        opened("10:00"),
        reply("10:10"),
        post("11:00", posted="10:55"),
        post("11:30", posted="10:50", key="p3"),
        now="11:40",
    )

    assert following.target is Target.NEXT_RESPONSE
    assert following.cycle == 2
    assert following.started_at == at("11:00")
    assert following.due_at == at("12:00")
    assert following.customer_wait == minutes(45)


def test_a_thank_you_starts_no_clock() -> None:
    cycles = responses(opened("10:00"), reply("10:10"), post("10:20", wants=False))

    assert len(cycles) == 1


def test_a_thank_you_that_is_judged_anew_starts_the_clock_then() -> None:
    thanks, complaint = post("10:20", wants=False), post("10:40")

    _, following = responses(opened("10:00"), reply("10:10"), thanks, complaint)

    assert following.started_at == at("10:40")


def test_a_post_that_turns_out_to_ask_nothing_takes_its_cycle_out_of_every_ratio() -> None:
    unjudged, judged = post("10:20"), post("10:25", posted="10:20", wants=False)

    _, following = responses(opened("10:00"), reply("10:10"), unjudged, judged)

    assert (following.void, following.counted, following.running) == (True, False, False)


def test_a_post_written_as_the_reply_was_is_not_answered_by_it() -> None:
    written_before = responses(opened("10:00"), reply("10:10"), post("10:20", posted="10:09"))
    written_with_it = responses(opened("10:00"), reply("10:10"), post("10:20", posted="10:10"))

    assert len(written_before) == 1
    assert len(written_with_it) == 2


def test_a_tap_answers_what_was_seen_by_then() -> None:
    seen_by_then = responses(opened("10:00"), tap("10:10"), post("10:10", posted="10:01"))
    seen_later = responses(opened("10:00"), tap("10:10"), post("10:11", posted="10:01"))

    assert len(seen_by_then) == 1
    assert seen_later[1].started_at == at("10:11")


def test_the_next_response_ends_with_the_next_public_reply() -> None:
    first, following = responses(
        opened("10:00"), reply("10:10"), post("11:00", posted="10:58"), reply("11:30", key="r2")
    )

    assert first.ended_at == at("10:10")
    assert following.ended_at == at("11:30")
    assert following.team_time == minutes(30)
    assert following.customer_wait == minutes(32)


def test_a_reply_deleted_within_five_minutes_never_stopped_the_clock() -> None:
    (first,) = responses(opened("10:00"), reply("10:10"), reply_deleted("10:15"), now="10:20")

    assert first.running
    assert first.team_time == minutes(20)


def test_a_reply_deleted_later_opens_a_next_response_from_when_we_saw_it() -> None:
    first, following = responses(
        opened("10:00"), reply("10:10"), reply_deleted("10:15:01"), now="10:30"
    )

    assert first.ended_at == at("10:10")
    assert following.target is Target.NEXT_RESPONSE
    assert following.started_at == at("10:15:01")
    assert following.customer_wait == at("10:30") - at("10:15:01")


def test_a_deleted_reply_matters_not_while_another_one_stands() -> None:
    cycles = responses(
        opened("10:00"), reply("10:10"), reply("10:30", key="r2"), reply_deleted("11:00")
    )

    assert len(cycles) == 1


def test_the_deletion_of_the_last_standing_reply_opens_a_next_response() -> None:
    cycles = responses(
        opened("10:00"),
        reply("10:10"),
        reply("10:30", key="r2"),
        reply_deleted("11:00"),
        reply_deleted("12:00", key="r2"),
    )

    assert cycles[-1].started_at == at("12:00")


def test_a_cycle_opened_by_a_deletion_ends_with_a_reply_written_after_the_deleted_one() -> None:
    deleted = (opened("10:00"), reply("10:10"), reply_deleted("11:00"))

    older = responses(*deleted, reply("10:09", "11:20", key="r2"))
    newer = responses(*deleted, reply("11:15", "11:20", key="r2"))

    assert older[-1].running
    assert newer[-1].ended_at == at("11:15")


def test_the_cycle_is_void_once_the_post_that_asked_is_deleted() -> None:
    _, following = responses(
        opened("10:00"), reply("10:10"), post("11:00"), post_deleted("11:20", "p2")
    )

    assert (following.void, following.counted, following.running) == (True, False, False)
    assert following.team_time == minutes(20)
    assert following.ended_at is None


def test_a_cycle_goes_on_for_the_posts_that_are_left() -> None:
    (first,) = responses(opened("10:00"), post("10:05"), post_deleted("10:10", "p1"), now="10:20")

    assert first.running
    assert first.started_at == at("10:00")


def test_a_dismissed_item_runs_no_clock_and_counts_nowhere() -> None:
    readings = read(
        log(opened("10:00"), act(EventKind.VOIDED, "10:10", reason="spam")), ALWAYS, at("12:00")
    )

    assert readings.void
    assert readings.due_next() is None
    assert readings.results(at("12:00")) == ()
    assert {(each.running, each.counted, each.due_at) for each in readings.all} == {
        (False, False, None)
    }
    assert readings.responses[0].team_time == minutes(10)


def test_a_restored_item_goes_on_as_if_it_had_never_been_void() -> None:
    dismissed = act(EventKind.VOIDED, "10:10", reason="spam")
    restored = happened(EventKind.RESTORED, "11:00")

    (first,) = responses(opened("10:00"), dismissed, restored, now="12:00")

    assert (first.running, first.counted) == (True, True)
    assert first.team_time == minutes(120)


def test_an_item_whose_posts_are_all_deleted_is_void_until_one_comes_back() -> None:
    gone = (opened("10:00"), post_deleted("10:10"))
    back = replace(happened(EventKind.RESTORED, "11:00"), key="p1")

    assert read(log(*gone), ALWAYS, at("12:00")).void_since == at("10:10")
    assert responses(*gone, back, now="12:00")[0].team_time == minutes(120)


def test_history_has_no_clock_until_it_is_seen_live() -> None:
    history = (opened("10:00", posted="09:00"),)
    live = happened(EventKind.UNMUTED, "12:00")

    muted = read(log(*history), ALWAYS, at("13:00"), muted=True)
    unmuted = read(log(*history, live), ALWAYS, at("12:10"), muted=True)

    assert muted.all == ()
    assert muted.results(at("13:00")) == ()
    assert {each.started_at for each in unmuted.all} == {at("12:00")}
    assert unmuted.responses[0].team_time == minutes(10)
    assert unmuted.responses[0].customer_wait == minutes(190)


def test_history_that_was_answered_long_ago_costs_no_time_when_it_is_unmuted() -> None:
    events = (opened("10:00", posted="09:00"), reply("09:30", "10:01"))
    live = happened(EventKind.UNMUTED, "12:00")

    (first,) = responses(*events, live)

    assert first.team_time == minutes(0)
    assert first.customer_wait == minutes(30)


def test_a_post_found_late_keeps_its_clock_and_is_not_counted() -> None:
    events = log(opened("10:00", posted="08:00"), reply("11:00"), post("12:00"))

    readings = read(events, ALWAYS, at("12:10"), found_late=True)

    first, following = readings.responses
    assert (first.counted, first.breached, first.team_time) == (False, True, minutes(60))
    assert following.counted
    assert all(each.counted for each in readings.of(Target.CLAIM))


def test_a_result_is_fixed_once_its_undo_window_has_passed() -> None:
    events = (opened("10:00"), reply("10:10", "10:12"))

    assert frozen(*events, now="10:17") == ()
    (first, claim) = frozen(*events, now="10:17:01")
    assert (first.target, claim.target) == (Target.FIRST_RESPONSE, Target.CLAIM)
    assert first.frozen_at == at("10:17:01")
    assert (first.team_time, first.due_at) == (minutes(10), at("10:30"))


def test_a_fixed_result_never_changes_even_under_another_policy() -> None:
    events = log(opened("10:00"), tap("10:40"), reply("10:20", "12:00"))
    fixed = read(events[:2], ALWAYS, at("11:00")).results(at("11:00"))
    lenient = Terms.of(Policy(version=2, first_response=minutes(90)))

    first = read(events, lenient, at("13:00"), frozen=fixed).responses[0]

    assert first.frozen
    assert (first.team_time, first.breached, first.policy_version) == (minutes(40), True, 1)
    assert first.proven
    assert not fixed[0].proven


def test_a_fixed_result_is_not_fixed_twice() -> None:
    events = log(opened("10:00"), tap("10:40"))
    fixed = read(events, ALWAYS, at("11:00")).results(at("11:00"))

    assert read(events, ALWAYS, at("12:00"), frozen=fixed).results(at("12:00")) == ()


def test_the_target_is_the_newest_policys_and_an_ended_clock_keeps_its_own() -> None:
    strict = Policy(name="strict", version=2, first_response=minutes(10))
    terms = ALWAYS.then(strict, at("11:00"))
    ended, running = log(opened("10:00"), reply("10:20")), log(opened("10:50"))

    (kept,) = read(ended, terms, at("11:05")).responses
    (changed,) = read(running, terms, at("11:05")).responses

    assert (kept.breached, kept.policy_version) == (False, 1)
    assert (changed.breached, changed.policy_version) == (True, 2)
    assert changed.due_at == at("11:00")


def test_an_ended_clock_keeps_the_due_time_that_it_had_when_it_ended() -> None:
    noon = Calendar(name="noon", timezone=ZoneInfo("UTC"), week=((Hours(720, 780),),) * 7)
    calm = Policy(name="calm", version=2, calendar=noon)
    events = log(opened("10:00"), reply("10:20"))

    (later,) = read(events, ALWAYS.then(calm, at("10:22")), at("10:23")).responses
    (all_along,) = read(events, ALWAYS.recomputed(calm), at("10:23")).responses

    assert (later.due_at, later.team_time) == (at("10:30"), minutes(20))
    assert (all_along.due_at, all_along.team_time) == (at("12:30"), minutes(0))


def test_a_restart_counts_from_the_change_on() -> None:
    strict = Policy(name="strict", version=2, first_response=minutes(10))
    terms = ALWAYS.then(strict, at("11:00"), restarts=True)

    (running,) = read(log(opened("10:00")), terms, at("11:05")).responses
    (ended,) = read(log(opened("10:00"), reply("10:20")), terms, at("11:05")).responses

    assert (running.team_time, running.due_at) == (minutes(5), at("11:10"))
    assert ended.team_time == minutes(20)


def test_the_clock_due_first_is_due_next() -> None:
    fresh = read(log(opened("10:00")), ALWAYS, at("10:01")).due_next()
    claimed = read(
        log(opened("10:00"), act(EventKind.CLAIMED, "10:01")), ALWAYS, at("10:02")
    ).due_next()

    assert fresh is not None
    assert claimed is not None
    assert (fresh.target, fresh.due_at) == (Target.CLAIM, at("10:05"))
    assert (claimed.target, claimed.due_at) == (Target.FIRST_RESPONSE, at("10:30"))


def test_the_answer_is_that_of_the_latest_cycle_and_none_while_one_runs() -> None:
    answered = log(opened("10:00"), reply("10:10"))
    again = log(opened("10:00"), reply("10:10"), post("11:00"))

    closed, running = read(answered, ALWAYS, at("11:30")), read(again, ALWAYS, at("11:30"))

    assert closed.answer is not None
    assert not closed.response_open
    assert running.answer is None
    assert running.response_open


def test_a_reply_written_as_the_last_post_went_still_answers_it() -> None:
    gone = (
        opened("10:00"),
        post("10:05"),
        post_deleted("10:10", "p1"),
        post_deleted("10:20", "p2"),
    )

    at_once = responses(*gone, reply("10:20", "10:21"))
    too_late = responses(*gone, reply("10:20:01", "10:21"))

    assert at_once[0].ended_at == at("10:20")
    assert too_late[0].void


def test_a_tap_in_the_five_minutes_after_a_reply_was_found_names_who_answered() -> None:
    in_time = responses(opened("10:00"), reply("10:06", "10:10"), tap("10:15"))
    too_late = responses(opened("10:00"), reply("10:06", "10:10"), tap("10:15:01"))

    assert [each.answer and each.answer.by for each in (*in_time, *too_late)] == [ANNA, None]


def test_a_reply_as_old_as_the_post_does_not_stand_in_for_a_deleted_one() -> None:
    older = reply("10:00", "10:01", key="r0")

    cycles = responses(opened("10:00"), older, reply("10:10"), reply_deleted("11:00"))

    assert cycles[-1].started_at == at("11:00")


def test_a_proof_is_written_after_the_post_and_not_after_the_next_one() -> None:
    asked_again = post("11:01", posted="11:00")

    too_old = responses(opened("10:00"), tap("10:10"), reply("10:00", "10:40"))
    in_time = responses(opened("10:00"), tap("10:10"), asked_again, reply("11:00", "11:30"))
    too_late = responses(opened("10:00"), tap("10:10"), asked_again, reply("11:00:01", "11:30"))

    assert [each[0].proven for each in (too_old, in_time, too_late)] == [False, True, False]


def test_a_reply_that_was_soon_deleted_proves_nothing() -> None:
    events = (opened("10:00"), tap("10:10"), reply("10:08", "10:12"), reply_deleted("10:16"))

    (first, *_) = responses(*events)

    assert (first.ended_at, first.proven) == (at("10:10"), False)


def test_a_proof_that_comes_after_a_result_was_fixed_is_to_be_written() -> None:
    events = (opened("10:00"), tap("10:10"))
    fixed = frozen(*events, now="10:20")

    found = read(log(*events, reply("10:08", "10:30")), ALWAYS, at("10:31"), frozen=fixed)

    assert found.proofs() == ((Target.FIRST_RESPONSE, 1, True),)


def test_a_question_is_not_lost_when_a_post_comes_back_after_a_later_answer_was_fixed() -> None:
    events = (opened("10:00"), post_deleted("10:02"), post("10:13"), reply("10:48"))
    fixed = frozen(*events, now="11:00")
    back = replace(happened(EventKind.RESTORED, "11:30"), key="p1")
    asked = post("11:30", "11:20", key="p3")

    found = read(log(*events, asked, back), ALWAYS, at("11:35"), frozen=fixed)

    assert [(each.cycle, each.started_at, each.ended_at) for each in found.responses] == [
        (1, at("10:00"), at("10:48")),
        (2, at("10:13"), at("10:48")),
        (3, at("11:30"), None),
    ]
    assert found.response_open
    assert found.answer is None


def test_an_answer_written_before_the_one_it_follows_was_gone_is_fixed_once() -> None:
    events = [
        opened("10:00"),
        reply("10:12"),
        reply_deleted("12:00"),
        reply("11:50", "12:05", key="r2"),
    ]

    fixed = (*frozen(*events[:2], now="11:00"), *_frozen_beside(events, "11:00", now="13:00"))
    again = read(log(*events), ALWAYS, at("14:00"), frozen=fixed)

    assert [each.cycle for each in fixed if each.target is Target.NEXT_RESPONSE] == [2]
    assert [each.cycle for each in again.responses] == [1, 2]
    assert again.results(at("14:00")) == ()


def _frozen_beside(events: list[Event], before: str, *, now: str) -> tuple[Result, ...]:
    """Return what is fixed at `now` where the first two events were fixed `before`."""
    first = frozen(*events[:2], now=before)
    return read(log(*events), ALWAYS, at(now), frozen=first).results(at(now))
