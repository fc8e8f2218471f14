"""The claim clock and the resolution clock, rule by rule."""

from dataclasses import replace

from monitor.clock.policy import Policy, Terms
from monitor.clock.reading import Reading, Readings, read
from monitor.model import Event, EventKind, Target
from tests.monitor.clock.builders import (
    ALWAYS,
    act,
    at,
    happened,
    log,
    minutes,
    opened,
    post,
    reply,
    reply_deleted,
    tap,
    undone,
)

K = EventKind


def reading(*events: Event, now: str) -> Readings:
    return read(log(*events), ALWAYS, at(now))


def claims(*events: Event, now: str = "12:00") -> list[tuple[int, object, object]]:
    found = reading(*events, now=now).of(Target.CLAIM)
    return [(each.cycle, each.started_at, each.ended_at) for each in found]


def resolutions(*events: Event, now: str) -> tuple[Reading, ...]:
    return reading(*events, now=now).of(Target.RESOLUTION)


def asked_again(when: str) -> Event:
    """Return that a question of the customer opened a resolved item again."""
    return replace(happened(K.REOPENED, when), key="p2")


def test_the_first_claim_ends_the_claim_clock() -> None:
    first = act(K.CLAIMED, "10:04")

    assert claims(opened("10:00"), first) == [(1, at("10:00"), at("10:04"))]


def test_a_public_reply_or_a_tap_ends_the_claim_clock_too() -> None:
    assert claims(opened("10:00"), reply("10:03")) == [(1, at("10:00"), at("10:03"))]
    assert claims(opened("10:00"), tap("10:03")) == [(1, at("10:00"), at("10:03"))]


def test_a_lease_that_ends_starts_the_next_claim_cycle() -> None:
    events = (opened("10:00"), act(K.CLAIMED, "10:04"), happened(K.LEASE_ENDED, "10:24"))

    assert claims(*events)[1:] == [(2, at("10:24"), None)]


def test_an_answered_item_that_is_released_needs_no_claim() -> None:
    events = (opened("10:00"), act(K.CLAIMED, "10:04"), reply("10:10"))

    assert len(claims(*events, act(K.RELEASED, "10:20"))) == 1


def test_a_reopened_item_needs_a_claim() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.RESOLVED, "10:20"))
    again = (act(K.REOPENED, "11:00"), post("11:00"))

    assert claims(*events, *again)[1:] == [(2, at("11:00"), None)]


def test_an_item_reopened_by_a_question_that_was_answered_already_needs_no_claim() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.RESOLVED, "10:20"))
    again = (act(K.REOPENED, "11:00"), post("11:00", "10:05"))

    assert len(claims(*events, *again)) == 1


def test_an_item_that_was_never_resolved_after_all_was_not_reopened_either() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.RESOLVED, "10:20"))
    again = (act(K.REOPENED, "10:22"), post("10:22"), undone("10:24", 3))

    assert len(claims(*events, *again)) == 1


def test_a_reply_that_was_soon_deleted_never_ended_a_claim() -> None:
    events = (opened("10:00"), act(K.CLAIMED, "10:04"), reply("10:02", "10:05"))

    assert claims(*events, reply_deleted("10:08"))[0] == (1, at("10:00"), at("10:04"))


def test_resolution_runs_from_first_seen_to_resolve() -> None:
    (only,) = resolutions(
        opened("10:00"), reply("10:10"), act(K.RESOLVED, "11:00"), now="03-05 10:00"
    )

    assert (only.ended_at, only.team_time) == (at("11:00"), minutes(60))


def test_a_pause_stops_resolution_alone_and_has_no_due_time() -> None:
    waiting = act(K.WAITING, "10:20", "12:00", "customer")

    now = reading(opened("10:00"), reply("10:10"), waiting, now="11:00")

    (only,) = now.of(Target.RESOLUTION)
    assert (only.paused, only.due_at, only.team_time) == (True, None, minutes(20))
    assert now.pause is not None
    assert now.due_next() == only


def test_a_pause_ends_by_itself_even_if_nobody_recorded_it() -> None:
    waiting = act(K.WAITING, "10:20", "12:00", "customer")

    (only,) = resolutions(opened("10:00"), reply("10:10"), waiting, now="12:30")

    assert (only.paused, only.team_time) == (False, minutes(50))
    assert only.due_at == at("03-03 11:40")


def test_a_pause_ends_before_its_time_when_it_is_resumed() -> None:
    waiting, resumed = act(K.WAITING, "10:20", "12:00"), act(K.RESUMED, "10:50")

    (only,) = resolutions(opened("10:00"), reply("10:10"), waiting, resumed, now="11:00")

    assert only.team_time == minutes(30)


def test_a_new_pause_takes_the_place_of_the_one_before() -> None:
    waiting, snoozed = act(K.WAITING, "10:20", "12:00"), act(K.SNOOZED, "10:40", "11:00")

    (only,) = resolutions(opened("10:00"), reply("10:10"), waiting, snoozed, now="11:30")

    assert only.team_time == minutes(50)


def test_an_answered_item_that_stays_silent_is_resolved_when_the_silence_is_long_enough() -> None:
    events = (opened("10:00"), reply("10:10"))

    just_before, then = reading(*events, now="03-04 10:09:59"), reading(*events, now="03-04 10:10")

    assert just_before.silent_until == at("03-04 10:10")
    assert just_before.resolved_at is None
    assert then.resolved_at == at("03-04 10:10")
    assert then.silent_until == at("03-04 10:10")


def test_a_silence_once_recorded_is_no_longer_announced() -> None:
    resolved = happened(K.RESOLVED, "03-04 10:10", "03-04 10:11")

    now = reading(opened("10:00"), reply("10:10"), resolved, now="03-04 11:00")

    assert now.resolved_at == at("03-04 10:10")
    assert now.silent_until is None


def test_an_item_that_owes_an_answer_is_never_resolved_by_silence() -> None:
    now = reading(opened("10:00"), now="03-09 10:00")

    assert now.resolved_at is None
    assert now.silent_until is None


def test_thanks_break_the_silence() -> None:
    thanks = post("03-03 10:00", wants=False)

    now = reading(opened("10:00"), reply("10:10"), thanks, now="03-04 12:00")

    assert now.silent_until == at("03-05 10:00")


def test_silence_counts_from_the_end_of_a_pause() -> None:
    snoozed = act(K.SNOOZED, "10:20", "03-03 10:20")

    during = reading(opened("10:00"), reply("10:10"), snoozed, now="12:00")
    after = reading(opened("10:00"), reply("10:10"), snoozed, now="03-04 12:00")

    assert during.silent_until == at("03-05 10:20")
    assert after.silent_until == at("03-05 10:20")


def test_an_item_reopened_within_five_minutes_goes_on_less_the_time_it_was_closed() -> None:
    closed = (opened("10:00"), reply("10:10"), act(K.RESOLVED, "11:00"))

    (only,) = resolutions(*closed, act(K.REOPENED, "11:05"), now="11:10")

    assert only.running
    assert only.team_time == minutes(65)


def test_an_item_reopened_later_begins_a_new_resolution() -> None:
    closed = (opened("10:00"), reply("10:10"), act(K.RESOLVED, "11:00"))

    first, second = resolutions(*closed, act(K.REOPENED, "11:05:01"), now="11:10:01")

    assert first.ended_at == at("11:00")
    assert (second.cycle, second.started_at, second.team_time) == (2, at("11:05:01"), minutes(5))


def test_a_new_question_reopens_a_resolved_item() -> None:
    closed = (opened("10:00"), reply("10:10"), act(K.RESOLVED, "11:00"))

    _, second = resolutions(*closed, post("15:00"), now="15:10")

    assert second.started_at == at("15:00")


def test_resolution_is_breached_past_its_target_less_pauses() -> None:
    terms = Terms.of(Policy(resolution=minutes(60)))
    events = log(opened("10:00"), act(K.WAITING, "10:30", "11:30"))

    at_it = read(events, terms, at("12:00")).of(Target.RESOLUTION)[0]
    past_it = read(events, terms, at("12:00:01")).of(Target.RESOLUTION)[0]

    assert (at_it.due_at, at_it.breached) == (at("12:00"), False)
    assert (past_it.breached, past_it.breached_at) == (True, at("12:00"))


def test_silence_in_a_long_pause_resolves_nothing() -> None:
    waiting = act(K.WAITING, "10:20", "03-05 10:20", "third party")

    during = reading(opened("10:00"), reply("10:10"), waiting, now="03-04 12:00")

    assert during.resolved_at is None
    assert during.silent_until == at("03-07 10:20")


def test_a_void_item_is_not_resolved_by_silence() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.VOIDED, "10:40", reason="spam"))

    now = reading(*events, post("03-05 10:00", wants=False), now="03-05 10:30")

    assert now.silent_until is None
    assert [each.ended_at for each in now.of(Target.RESOLUTION)] == [None]


def test_what_is_restored_is_silent_from_then_on() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.VOIDED, "10:40"))

    now = reading(*events, happened(K.RESTORED, "03-05 10:00"), now="03-05 10:30")

    assert now.silent_until == at("03-07 10:00")
    assert [each.ended_at for each in now.of(Target.RESOLUTION)] == [None]


def test_a_snooze_goes_on_when_the_resolve_that_ended_it_is_undone() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.SNOOZED, "10:20", "11:20"))
    resolved = (act(K.RESOLVED, "10:30"), asked_again("10:32"), post("10:32"))

    now = reading(*events, *resolved, undone("10:34", 4), now="10:40")

    assert now.pause is not None
    assert now.pause.end == at("11:20")


def test_a_wait_ends_with_a_question_even_if_a_resolve_that_lay_between_is_undone() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.WAITING, "10:20", "11:20", "customer"))
    resolved = (act(K.RESOLVED, "10:30"), asked_again("10:32"), post("10:32"))

    now = reading(*events, *resolved, undone("10:34", 4), now="10:40")
    (only,) = now.of(Target.RESOLUTION)

    assert now.pause is None
    assert [(each.start, each.end) for each in only.away] == [(at("10:20"), at("10:32"))]


def test_a_pause_holds_from_its_first_moment_and_not_at_its_last() -> None:
    events = (opened("10:00"), reply("10:10"), act(K.WAITING, "10:20", "11:00", "customer"))

    (begins,) = resolutions(*events, now="10:20")
    (over,) = resolutions(*events, now="11:00")

    assert (begins.paused, begins.due_at) == (True, None)
    assert (over.paused, over.due_at) == (False, at("03-03 10:40"))


def test_a_word_at_the_last_moment_breaks_the_silence() -> None:
    last_moment = post("03-04 10:10", wants=False)

    now = reading(opened("10:00"), reply("10:10"), last_moment, now="03-04 10:10")

    assert now.resolved_at is None


def test_an_item_released_as_it_was_claimed_needs_another_claim() -> None:
    events = (opened("10:00"), act(K.CLAIMED, "10:04"), act(K.RELEASED, "10:04"))

    assert claims(*events)[1:] == [(2, at("10:04"), None)]


def test_a_target_reached_as_a_pause_begins_is_breached_when_it_ends() -> None:
    terms = Terms.of(Policy(resolution=minutes(30)))
    events = log(opened("10:00"), act(K.WAITING, "10:30", "11:30"))

    (late,) = read(events, terms, at("11:40")).of(Target.RESOLUTION)

    assert (late.due_at, late.breached_at) == (at("10:30"), at("11:30"))
