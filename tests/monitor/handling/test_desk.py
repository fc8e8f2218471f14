"""What members do: claims, answers, pauses, dismissals, mergers and their undoing."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import RefusedError
from monitor.model import ItemId, Role, State, Target
from tests.builders import NOON, a_mention, a_reply, minutes
from tests.desk import Bench, a_bench

FIRST = ItemId(1)
SECOND = ItemId(2)
ANOTHER_QUESTION = a_mention(
    "a complaint again", key="sample:2", thread="sample:1", posted_at=NOON + minutes(3.5)
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    desk = a_bench(tmp_path)
    desk.take(a_mention())
    return desk


def test_a_claim_gives_the_item_to_the_first_who_taps(bench: Bench) -> None:
    zuzana, ani = bench.member("Zuzana", number=1), bench.member("Ani", number=2)

    claimed = bench.desk.claim(FIRST, zuzana, NOON + minutes(2))

    assert claimed.item.state is State.CLAIMED
    assert claimed.item.owner == zuzana.id
    with pytest.raises(RefusedError, match="Zuzana has it"):
        bench.desk.claim(FIRST, ani, NOON + minutes(2))


def test_a_claim_ends_the_claim_clock_and_no_response_clock(bench: Bench) -> None:
    claimed = bench.desk.claim(FIRST, bench.member(), NOON + minutes(2))

    [claim] = claimed.readings.of(Target.CLAIM)
    assert claim.ended_at == NOON + minutes(2)
    assert claimed.readings.response_open


def test_a_lease_without_a_reply_returns_the_item_and_says_so(bench: Bench) -> None:
    bench.desk.claim(FIRST, bench.member(), NOON + minutes(2))

    bench.tick(NOON + minutes(23))

    standing = bench.item(now=NOON + minutes(23))
    assert standing.item.state is State.OPEN
    assert standing.item.owner is None
    assert "lease_ended" in {notice.kind for notice in bench.told}
    assert standing.readings.of(Target.CLAIM)[-1].started_at == NOON + minutes(22)


@pytest.mark.parametrize("linked", [False, True])
def test_a_link_leaves_an_answer_open_to_change_as_long_as_it_was(
    bench: Bench, linked: bool
) -> None:
    zuzana = bench.member()
    bench.desk.answered(FIRST, zuzana, NOON + minutes(10))
    soon_gone = a_reply(posted_at=NOON + minutes(9))
    bench.take(soon_gone, now=NOON + minutes(11))
    bench.take(replace(soon_gone, deleted=True), now=NOON + minutes(13))

    if linked:
        bench.desk.link_answer(FIRST, zuzana, NOON + minutes(14), "https://x.example/1")
    bench.take(a_reply(key="sample:3", posted_at=NOON + minutes(8)), now=NOON + minutes(18))

    [first] = bench.item(now=NOON + minutes(19)).readings.responses
    assert first.ended_at == NOON + minutes(8)


def test_what_is_answered_and_paused_is_not_answered_again(bench: Bench) -> None:
    zuzana = bench.member()
    bench.desk.answered(FIRST, zuzana, NOON + minutes(10))
    bench.desk.wait(FIRST, zuzana, NOON + minutes(11), "customer")

    with pytest.raises(RefusedError, match="answered already"):
        bench.desk.answered(FIRST, zuzana, NOON + minutes(12))


def test_what_is_paused_unanswered_can_be_answered(bench: Bench) -> None:
    zuzana = bench.member()
    bench.desk.wait(FIRST, zuzana, NOON + minutes(11), "third party")

    answered = bench.desk.answered(FIRST, zuzana, NOON + minutes(12))

    assert not answered.readings.response_open


def test_answered_stops_the_clock_at_once_and_is_unproven(bench: Bench) -> None:
    answered = bench.desk.answered(FIRST, bench.member(), NOON + minutes(10))

    assert answered.item.state is State.ANSWERED
    assert answered.item.answer is not None
    assert not answered.item.answer.proven
    assert answered.readings.responses[0].team_time == minutes(10)


def test_an_unproven_answer_is_proven_by_the_reply_that_is_found(bench: Bench) -> None:
    bench.desk.answered(FIRST, bench.member(), NOON + minutes(10))

    reply = a_reply(key="sample:9", posted_at=NOON + minutes(9))
    bench.take(reply, now=NOON + minutes(12))

    answer = bench.item(now=NOON + minutes(12)).item.answer
    assert answer is not None
    assert answer.proven
    assert answer.at == NOON + minutes(9)
    assert answer.url == "https://sample.example/9"


def test_an_act_can_be_undone_for_five_minutes(bench: Bench) -> None:
    member = bench.member()
    bench.desk.answered(FIRST, member, NOON + minutes(10))

    undone = bench.desk.undo(FIRST, member, NOON + minutes(15))

    assert undone.item.state is State.OPEN
    assert undone.readings.responses[0].due_at == NOON + minutes(30)


def test_after_five_minutes_the_result_is_frozen(bench: Bench) -> None:
    member = bench.member()
    bench.desk.answered(FIRST, member, NOON + minutes(10))
    bench.tick(NOON + minutes(16))

    with pytest.raises(RefusedError, match="nothing to undo"):
        bench.desk.undo(FIRST, member, NOON + minutes(16))

    frozen = {(one.target, one.cycle) for one in bench.store.events.results_of(FIRST)}
    assert (Target.FIRST_RESPONSE, 1) in frozen


def test_only_a_lead_undoes_what_somebody_else_did(bench: Bench) -> None:
    bench.desk.claim(FIRST, bench.member("Zuzana", number=1), NOON)

    with pytest.raises(RefusedError, match="a lead"):
        bench.desk.undo(FIRST, bench.member("Ani", number=2), NOON)

    lead = bench.member("Lenka", Role.LEAD, number=3)
    assert bench.desk.undo(FIRST, lead, NOON).item.state is State.OPEN


def test_not_for_us_is_void_and_a_label(bench: Bench) -> None:
    void = bench.desk.not_for_us(FIRST, bench.member(), NOON, "spam")

    assert void.item.state is State.VOID
    assert void.readings.void
    assert bench.taught() == [(1, "spam")]


def test_undoing_a_dismissal_takes_its_label_back(bench: Bench) -> None:
    member = bench.member()
    bench.desk.not_for_us(FIRST, member, NOON, "spam")

    undone = bench.desk.undo(FIRST, member, NOON + minutes(1))

    assert undone.item.state is State.OPEN
    assert bench.taught() == []


def test_a_pause_returns_by_itself(bench: Bench) -> None:
    member = bench.member()
    bench.desk.answered(FIRST, member, NOON)
    waiting = bench.desk.wait(FIRST, member, NOON + minutes(1), "customer")
    assert waiting.item.state is State.WAITING
    assert waiting.item.paused_until is not None

    bench.tick(waiting.item.paused_until + minutes(1))

    later = bench.item(now=waiting.item.paused_until + minutes(1))
    assert later.item.state is not State.WAITING
    assert "resumed" in {notice.kind for notice in bench.told}


def test_a_customers_post_ends_the_wait_for_the_customer(bench: Bench) -> None:
    member = bench.member()
    bench.desk.answered(FIRST, member, NOON + minutes(1))
    bench.desk.wait(FIRST, member, NOON + minutes(2), "customer")

    more = a_mention("please look", key="sample:2", thread="sample:1", posted_at=NOON + minutes(30))
    bench.take(more, now=NOON + minutes(31))

    assert bench.item(now=NOON + minutes(31)).item.state is State.OPEN


def test_an_unanswered_item_cannot_be_resolved(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="no answer yet"):
        bench.desk.resolve(FIRST, bench.member(), NOON)


def test_a_resolved_item_opens_again_with_a_new_post(bench: Bench) -> None:
    member = bench.member()
    bench.desk.answered(FIRST, member, NOON + minutes(1))
    resolved = bench.desk.resolve(FIRST, member, NOON + minutes(2))
    assert resolved.item.state is State.RESOLVED

    more = a_mention(
        "a complaint again", key="sample:2", thread="sample:1", posted_at=NOON + minutes(60)
    )
    bench.take(more, now=NOON + minutes(61))

    assert bench.item(now=NOON + minutes(61)).item.state is State.OPEN


@pytest.mark.parametrize("by_time", [False, True])
def test_a_snooze_comes_back_with_a_resolve_that_is_undone(bench: Bench, by_time: bool) -> None:
    member = bench.member()
    bench.desk.answered(FIRST, member, NOON + minutes(1))
    bench.desk.snooze(FIRST, member, NOON + minutes(2), minutes(20))
    bench.desk.resolve(FIRST, member, NOON + minutes(3))
    bench.take(ANOTHER_QUESTION, now=NOON + minutes(4))

    undone = bench.desk.undo(FIRST, member, NOON + minutes(5))
    if by_time:
        bench.tick(NOON + minutes(22))
        undone = bench.item(now=NOON + minutes(22))

    assert undone.item.state is (State.OPEN if by_time else State.SNOOZED)
    assert undone.item.paused_until == (None if by_time else NOON + minutes(22))
    assert undone.readings.response_open


def test_a_question_ends_a_wait_even_if_it_came_while_the_item_was_resolved(bench: Bench) -> None:
    member = bench.member()
    bench.desk.answered(FIRST, member, NOON + minutes(1))
    bench.desk.wait(FIRST, member, NOON + minutes(2), "customer")
    bench.desk.resolve(FIRST, member, NOON + minutes(3))
    bench.take(ANOTHER_QUESTION, now=NOON + minutes(4))

    undone = bench.desk.undo(FIRST, member, NOON + minutes(5))

    assert undone.item.state is State.OPEN
    assert undone.item.paused_until is None


def test_a_question_ends_a_wait_even_if_the_item_had_been_dismissed(bench: Bench) -> None:
    member = bench.member()
    bench.desk.wait(FIRST, member, NOON + minutes(1), "customer")
    bench.desk.not_for_us(FIRST, member, NOON + minutes(2), "not a complaint")

    bench.take(ANOTHER_QUESTION, now=NOON + minutes(4))

    restored = bench.item(now=NOON + minutes(4))
    assert restored.item.state is State.OPEN
    assert restored.readings.pause is None


def test_silence_after_the_answer_resolves(bench: Bench) -> None:
    bench.desk.answered(FIRST, bench.member(), NOON + minutes(1))

    bench.tick(NOON + minutes(49 * 60))

    assert bench.item(now=NOON + minutes(49 * 60)).item.state is State.RESOLVED


def test_a_merged_item_goes_on_in_the_other(bench: Bench) -> None:
    bench.take(a_mention(key="sample:2", author="peter"))

    merged = bench.desk.merge(SECOND, FIRST, bench.member(), NOON + minutes(1))

    assert merged.item.id == FIRST
    assert bench.item(SECOND).item.merged_into == FIRST
    assert [post.mention.key for post in bench.store.posts.of_item(FIRST)] == [
        "sample:1",
        "sample:2",
    ]


def test_undoing_a_merger_parts_the_posts_again(bench: Bench) -> None:
    bench.take(a_mention(key="sample:2", author="peter"))
    member = bench.member()
    bench.desk.merge(SECOND, FIRST, member, NOON + minutes(1))

    bench.desk.undo(SECOND, member, NOON + minutes(2))

    assert bench.item(SECOND, NOON + minutes(2)).item.state is State.OPEN
    assert len(bench.store.posts.of_item(FIRST)) == 1


def test_missed_one_opens_an_item_from_when_it_was_first_seen(bench: Bench) -> None:
    bench.take(a_mention("Acme is a company", key="sample:5", author="peter"))
    post = bench.store.posts.get("sample:5")
    assert post is not None

    opened = bench.desk.judge(post, "missed", bench.member(), NOON + minutes(45))

    assert opened is not None
    assert opened.item.opened_at == NOON
    assert opened.readings.responses[0].breached


def test_neither_takes_a_post_off_the_review_list(bench: Bench) -> None:
    bench.take(a_mention("perhaps Acme", key="sample:5", author="peter"))
    [post] = bench.store.posts.in_review(5)

    opened = bench.desk.judge(post, "neither", bench.member(), NOON + minutes(1))

    assert opened is None
    assert bench.store.posts.in_review(5) == ()
    assert bench.taught() == [(post.id, "neither")]


def test_every_act_is_in_the_log(bench: Bench) -> None:
    member = bench.member()
    bench.desk.claim(FIRST, member, NOON)
    bench.desk.release(FIRST, member, NOON)

    logged = [(entry.action, entry.actor_name) for entry in bench.store.people.entries()]
    assert logged == [("claim", "Zuzana"), ("release", "Zuzana")]


def test_a_new_post_gives_the_owner_a_new_lease(bench: Bench) -> None:
    bench.desk.claim(FIRST, bench.member(), NOON + minutes(2))
    bench.take(a_reply(posted_at=NOON + minutes(5)), now=NOON + minutes(6))
    more = a_mention("please", key="sample:3", thread="sample:1", posted_at=NOON + minutes(60))
    claimed = bench.take(more, now=NOON + minutes(60))
    assert claimed.items == (FIRST,)
    assert bench.item(now=NOON + minutes(61)).item.lease_ends_at == NOON + minutes(80)

    bench.tick(NOON + minutes(81))

    assert bench.item(now=NOON + minutes(81)).item.owner is None


def test_a_post_before_the_answer_does_not_make_a_lease_longer(bench: Bench) -> None:
    bench.desk.claim(FIRST, bench.member(), NOON + minutes(2))

    more = a_mention("please", key="sample:3", thread="sample:1", posted_at=NOON + minutes(20))
    bench.take(more, now=NOON + minutes(20))

    assert bench.item(now=NOON + minutes(21)).item.lease_ends_at == NOON + minutes(22)


def test_nobody_holds_an_unanswered_item_after_its_pause(bench: Bench) -> None:
    member = bench.member()
    bench.desk.claim(FIRST, member, NOON)
    paused = bench.desk.wait(FIRST, member, NOON + minutes(1), "third party").item.paused_until
    assert paused is not None

    bench.tick(paused + minutes(1))
    bench.tick(paused + minutes(21))

    assert bench.item(now=paused + minutes(21)).item.owner is None


def test_a_second_owner_is_a_hand_over(bench: Bench) -> None:
    zuzana, ani = bench.member("Zuzana", number=1), bench.member("Ani", number=2)
    bench.desk.claim(FIRST, zuzana, NOON)
    bench.desk.release(FIRST, zuzana, NOON + minutes(1))

    claimed = bench.desk.claim(FIRST, ani, NOON + minutes(2))

    assert claimed.item.hand_overs == 1


def test_nothing_is_merged_into_what_has_no_clock(bench: Bench) -> None:
    member = bench.member()
    bench.take(a_mention("Acme, please", key="sample:2", author="peter"))
    bench.desk.answered(SECOND, member, NOON)
    bench.desk.resolve(SECOND, member, NOON)
    bench.take(a_mention(key="sample:3", author="eva", posted_at=NOON - minutes(60 * 30)))

    for into in (SECOND, ItemId(3)):
        with pytest.raises(RefusedError, match="no clock"):
            bench.desk.merge(FIRST, into, member, NOON)


def test_what_was_answered_before_a_merger_asks_nothing_after_it(bench: Bench) -> None:
    bench.take(
        a_mention("Acme, please", key="sample:5", author="peter", posted_at=NOON + minutes(4)),
        now=NOON + minutes(4),
    )
    bench.take(a_reply(posted_at=NOON + minutes(3)), now=NOON + minutes(5))
    to_peter = a_reply(
        key="sample:6", to="sample:5", thread="sample:5", posted_at=NOON + minutes(9)
    )
    bench.take(to_peter, now=NOON + minutes(10))

    merged = bench.desk.merge(SECOND, FIRST, bench.member(), NOON + minutes(11))

    assert merged.item.state is State.ANSWERED


def test_a_reply_found_between_a_merger_and_its_undoing_stays_with_whom_it_answers(
    bench: Bench,
) -> None:
    member = bench.member()
    bench.take(a_mention("Acme, please", key="sample:5", author="peter"))
    bench.desk.merge(SECOND, FIRST, member, NOON + minutes(1))
    to_peter = a_reply(
        key="sample:6", to="sample:5", thread="sample:5", posted_at=NOON + minutes(2)
    )
    bench.take(to_peter, now=NOON + minutes(3))

    bench.desk.undo(SECOND, member, NOON + minutes(4))

    assert bench.item(FIRST, NOON + minutes(4)).item.state is State.OPEN
    assert bench.item(SECOND, NOON + minutes(4)).item.state is State.ANSWERED


def test_missed_one_in_an_answered_item_asks_anew(bench: Bench) -> None:
    member = bench.member()
    bench.take(a_reply(posted_at=NOON + minutes(5)), now=NOON + minutes(6))
    quiet = a_mention("hm", key="sample:3", thread="sample:1", posted_at=NOON + minutes(8))
    bench.take(quiet, now=NOON + minutes(9))
    bench.desk.resolve(FIRST, member, NOON + minutes(10))
    post = bench.store.posts.get("sample:3")
    assert post is not None

    opened = bench.desk.judge(post, "missed", member, NOON + minutes(20))

    assert opened is not None
    assert opened.item.state is State.OPEN
    assert opened.readings.responses[-1].started_at == NOON + minutes(9)


def test_a_resolved_item_whose_answer_is_deleted_is_back_in_the_queue(bench: Bench) -> None:
    bench.take(a_reply(posted_at=NOON + minutes(5)), now=NOON + minutes(6))
    bench.desk.resolve(FIRST, bench.member(), NOON + minutes(10))
    gone = a_reply(posted_at=NOON + minutes(5), deleted=True)

    bench.take(gone, now=NOON + minutes(60))

    standing = bench.item(now=NOON + minutes(60))
    assert standing.item.state is State.OPEN
    assert standing.due.target is Target.CLAIM
    assert [one.item.id for one in bench.store.items.queue()] == [FIRST]
