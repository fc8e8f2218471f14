"""What buttons do, on a real file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.replies import BUTTON_GONE, AnswerTap
from bot.chat.taps import TapKind
from monitor.model import EventKind, ItemId, MessageRef, State
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    CARE,
    EMRE,
    FOREIGN,
    LENA,
    MALLORY,
    VERA,
    ZUZANA,
    Counter,
    a_counter,
    under_card,
)
from tests.builders import a_mention, minutes


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    yield made
    made.bench.store.close()


# ---------------------------------------------------------------- acts


def test_a_claim_gives_the_item_to_who_tapped_and_queues_an_edit(counter: Counter) -> None:
    item = counter.complain()

    answer = counter.tap(TapKind.CLAIM, item)

    assert answer.text == "It is yours for 20 minutes."
    assert not answer.alert
    assert counter.bench.item(item).item.owner == counter.member(ZUZANA).id
    (edit,) = counter.waiting(Kind.EDIT)
    card = counter.card(item)
    assert card is not None
    assert edit.message_id == card.ref.message_id


def test_of_two_taps_the_first_wins_and_the_second_hears_who_has_it(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.CLAIM, item, who=EMRE)

    answer = counter.tap(TapKind.CLAIM, item)

    assert (answer.text, answer.alert) == ("Emre has it.", True)
    assert counter.bench.item(item).item.owner == counter.member(EMRE).id


@pytest.mark.parametrize(
    ("kind", "argument", "state"),
    [
        pytest.param(TapKind.ANSWERED, "", State.ANSWERED, id="answered"),
        pytest.param(TapKind.WAIT, "customer", State.WAITING, id="wait for the customer"),
        pytest.param(TapKind.WAIT, "third party", State.WAITING, id="wait for a third party"),
        pytest.param(TapKind.SNOOZE, "60", State.SNOOZED, id="snooze"),
        pytest.param(TapKind.NOT_FOR_US, "spam", State.VOID, id="not for us"),
    ],
)
def test_a_button_does_what_it_says(
    counter: Counter, kind: TapKind, argument: str, state: State
) -> None:
    item = counter.complain()

    answer = counter.tap(kind, item, argument)

    assert answer.text
    assert not answer.alert
    assert counter.bench.item(item).item.state is state


def test_acts_can_be_taken_back_one_after_the_other(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.CLAIM, item)
    counter.tap(TapKind.WAIT, item, "customer")

    counter.tap(TapKind.RESUME, item)
    counter.tap(TapKind.UNDO, item)
    waiting = counter.bench.item(item).item.state
    counter.tap(TapKind.UNDO, item)
    counter.tap(TapKind.RELEASE, item)

    assert waiting is State.WAITING
    assert counter.bench.item(item).item.state is State.OPEN


def test_an_unanswered_item_cannot_be_resolved_and_an_answered_one_can(counter: Counter) -> None:
    item = counter.complain()

    refused = counter.tap(TapKind.RESOLVE, item)
    counter.tap(TapKind.ANSWERED, item)
    done = counter.tap(TapKind.RESOLVE, item)

    assert refused.alert
    assert done.text == "Resolved."
    assert counter.bench.item(item).item.state is State.RESOLVED


def test_only_a_lead_undoes_what_another_did(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item, who=EMRE)

    refused = counter.tap(TapKind.UNDO, item, who=ZUZANA)
    done = counter.tap(TapKind.UNDO, item, who=LENA)

    assert refused.alert
    assert done.text == "Undone."


def test_a_menu_opens_and_closes_by_an_urgent_edit_of_its_card(counter: Counter) -> None:
    item = counter.complain()

    counter.tap(TapKind.WAIT_MENU, item)
    opened = [json.loads(edit.payload) for edit in counter.waiting(Kind.EDIT)]
    counter.tap(TapKind.BACK, item)
    closed = [json.loads(edit.payload) for edit in counter.waiting(Kind.EDIT)]
    counter.tap(TapKind.NOT_MENU, item)
    other = [json.loads(edit.payload) for edit in counter.waiting(Kind.EDIT)]

    assert (opened, closed, other) == ([{"menu": "wait"}], [{}], [{"menu": "not"}])


def test_an_act_from_a_menu_closes_it(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.WAIT_MENU, item)

    counter.tap(TapKind.WAIT, item, "customer")

    assert [edit.payload for edit in counter.waiting(Kind.EDIT)] == ["{}"]


# ---------------------------------------------------------------- links to answers


def test_a_link_in_reply_to_the_card_is_kept_and_moves_no_clock(counter: Counter) -> None:
    item = counter.complain()
    counter.now += minutes(3)
    counter.tap(TapKind.ANSWERED, item)
    before = counter.bench.item(item, counter.now).readings.responses
    counter.now += minutes(9)

    told = counter.words("here: https://sample.example/answer.", reply_to=counter.under(item))

    standing = counter.bench.item(item, counter.now)
    assert told == f"#{item}: your link is kept."
    assert standing.item.answer is not None
    assert standing.item.answer.url == "https://sample.example/answer"
    assert not standing.item.answer.proven
    assert standing.item.answer.by == counter.member(ZUZANA).id
    after = standing.readings.responses
    assert [(r.ended_at, r.team_time, r.customer_wait) for r in after] == [
        (r.ended_at, r.team_time, r.customer_wait) for r in before
    ]


def test_a_link_from_a_colleague_leaves_the_answer_to_who_tapped(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item, who=EMRE)

    counter.words("https://sample.example/a", who=ZUZANA, reply_to=counter.under(item))

    answer = counter.bench.item(item).item.answer
    assert answer is not None
    assert answer.by == counter.member(EMRE).id
    assert counter.log()[-1].actor_name == "Zuzana"


def test_undo_takes_an_answer_with_its_link_back(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)
    counter.words("https://sample.example/a", reply_to=counter.under(item))

    counter.tap(TapKind.UNDO, item)

    assert counter.bench.item(item).item.state is State.OPEN


def test_a_link_to_an_answer_gives_no_second_time_to_undo(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)
    counter.now += minutes(6)
    counter.words("https://sample.example/a", reply_to=counter.under(item))

    refused = counter.tap(TapKind.UNDO, item)

    assert refused.alert
    assert counter.bench.item(item, counter.now).item.state is State.ANSWERED


def test_a_link_under_an_open_item_is_refused_as_its_clock_runs(counter: Counter) -> None:
    item = counter.complain()

    told = counter.words("https://sample.example/a", reply_to=counter.under(item))

    assert told == "It is not answered yet: tap Answered first, then send the link."
    assert counter.bench.item(item).item.state is State.OPEN


def test_the_customers_own_post_is_no_link_to_an_answer(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)

    told = counter.words("https://sample.example/1", reply_to=counter.under(item))

    assert told == "That is the customer's post. Send the link to your answer."


def test_no_link_ends_the_asking(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)
    counter.deliver()

    answer = counter.tap(TapKind.SKIP_LINK, item)

    assert not answer.alert
    assert counter.log()[-1].action == "no link"
    assert len(counter.waiting(Kind.EDIT)) == 1


def test_talk_under_a_card_is_let_be(counter: Counter) -> None:
    item = counter.complain()

    told = counter.words("who takes this one?", reply_to=counter.under(item))

    assert told == ""


# ---------------------------------------------------------------- showing


def test_show_sends_a_fresh_card_and_ends_the_older_one(counter: Counter) -> None:
    item = counter.complain()
    older = counter.card(item)
    assert older is not None

    answer = counter.tap(TapKind.SHOW, item, at=555)

    assert answer.text == f"The card of #{item} comes again, as the newest message."
    (retracted,) = counter.waiting(Kind.RETRACT)
    assert retracted.message_id == older.ref.message_id
    counter.deliver()
    (newer,) = counter.cards(item)
    assert newer.ref != older.ref


def test_a_second_tap_on_show_sends_no_second_card(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.SHOW, item, at=555)

    answer = counter.tap(TapKind.SHOW, item, at=555)

    assert answer.text == "Its card is on its way."
    assert len(counter.waiting(Kind.CARD)) == 1


def test_show_in_private_leaves_the_groups_card_alone(counter: Counter) -> None:
    item = counter.complain()

    counter.tap(TapKind.SHOW, item, at=555, chat=ZUZANA.telegram_id)
    counter.deliver()

    assert len(counter.cards(item, CARE)) == 1
    assert len(counter.cards(item, ZUZANA.telegram_id)) == 1


def test_similar_lists_the_posts_folded_under_a_card(counter: Counter) -> None:
    text = "Acme lost my parcel again, third time this month, this is a complaint, nobody answers"
    first = a_mention(text, key="sample:1", author="jana", posted_at=counter.now)
    copy = a_mention(text, key="sample:2", author="omar", posted_at=counter.now)
    counter.bench.take(first, copy, now=counter.now)
    counter.deliver()

    counter.tap(TapKind.SIMILAR, 1)
    (digest,) = counter.waiting(Kind.DIGEST)
    refused = counter.tap(TapKind.SIMILAR, 2, at=555)

    assert json.loads(digest.payload) == {"title": "similar", "items": [2]}
    assert refused.alert


# ---------------------------------------------------------------- review


def test_a_review_tap_opens_an_item_and_redraws_its_digest(counter: Counter) -> None:
    counter.bench.take(
        a_mention("Acme perhaps", key="sample:5", posted_at=counter.now), now=counter.now
    )
    counter.dispatch.reviews(counter.now)
    counter.deliver()
    digest = next(n for n in range(100, 110) if _sent_as(counter, n) is Kind.REVIEW)

    answer = counter.tap(TapKind.REVIEW, 1, "complaint", at=digest)

    assert answer.text == "Kept: it is #1."
    (redrawn,) = counter.waiting(Kind.REVIEW)
    assert (redrawn.message_id, json.loads(redrawn.payload)) == (digest, {"posts": [1]})
    assert counter.bench.item(1).item.opened_at == counter.now
    assert len(counter.waiting(Kind.CARD)) == 1


def test_of_two_judges_the_second_is_told_and_the_digest_redrawn(counter: Counter) -> None:
    counter.bench.take(
        a_mention("Acme perhaps", key="sample:5", posted_at=counter.now), now=counter.now
    )
    counter.dispatch.reviews(counter.now)
    counter.deliver()
    digest = next(n for n in range(100, 110) if _sent_as(counter, n) is Kind.REVIEW)
    counter.tap(TapKind.REVIEW, 1, "neither", at=digest)
    counter.deliver()

    answer = counter.tap(TapKind.REVIEW, 1, "complaint", at=digest, who=EMRE)

    assert answer.alert
    assert counter.bench.taught() == [(1, "neither")]
    assert len(counter.waiting(Kind.REVIEW)) == 1


def test_a_check_of_a_flagged_post_leaves_its_item_and_says_so(counter: Counter) -> None:
    item = counter.complain()
    with counter.bench.store.writing():
        counter.bench.store.posts.shown_as_checks([1])

    answer = counter.tap(TapKind.REVIEW, 1, "neither", at=800)

    assert answer.text == f"Kept. #{item} stays as it is: dismiss it on its card if need be."
    assert counter.bench.item(item).item.state is State.OPEN
    assert counter.bench.taught() == [(1, "neither")]


def _sent_as(counter: Counter, message: int) -> Kind | None:
    parcel = counter.bench.store.outbox.parcel_at(MessageRef(chat_id=CARE, message_id=message))
    return parcel.kind if parcel else None


# ---------------------------------------------------------------- who may


def test_a_stranger_is_refused_told_how_to_get_in_and_logged(counter: Counter) -> None:
    item = counter.complain()

    answer = counter.tap(TapKind.CLAIM, item, who=MALLORY)

    assert answer.alert
    assert "/link CODE" in answer.text
    assert counter.bench.item(item).item.state is State.OPEN
    entry = counter.log()[-1]
    assert (entry.actor_name, entry.actor_telegram_id) == ("Mallory", 666)
    assert (entry.action, entry.item, entry.allowed) == ("claim", item, False)


def test_a_linked_person_is_refused_in_a_chat_nobody_let_in(counter: Counter) -> None:
    item = counter.complain()

    answer = counter.tap(TapKind.CLAIM, item, chat=FOREIGN, at=9)

    assert answer.alert
    assert counter.bench.item(item).item.state is State.OPEN
    assert not counter.log()[-1].allowed


def test_a_viewer_looks_but_does_not_act(counter: Counter) -> None:
    item = counter.complain()

    refused = counter.tap(TapKind.CLAIM, item, who=VERA)
    shown = counter.tap(TapKind.SHOW, item, who=VERA, at=555)

    assert refused.alert
    assert not shown.alert
    assert counter.bench.item(item).item.owner is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("nonsense", id="no button of ours"),
        pytest.param("c:4711", id="no such item"),
        pytest.param("z:1:-5", id="a snooze that is no number"),
        pytest.param("wf:1:forever", id="a wait for nobody"),
        pytest.param("nf:1:because", id="a reason we do not have"),
        pytest.param("v:1:wonderful", id="a label we do not have"),
        pytest.param("v:4711:complaint", id="no such post"),
    ],
)
def test_forged_data_does_nothing_and_is_logged(counter: Counter, data: str) -> None:
    item = counter.complain()
    card = counter.card(item)
    assert card is not None
    before = counter.bench.item(item).events

    (answer,) = counter.hear(counter.a_tap(TapKind.CLAIM, item, at=card.ref.message_id, data=data))

    assert isinstance(answer, AnswerTap)
    assert answer.alert
    assert counter.bench.item(item).events == before
    assert not counter.log()[-1].allowed


def test_a_button_of_another_items_card_no_longer_works(counter: Counter) -> None:
    mine, other = counter.complain("sample:1", "jana"), counter.complain("sample:2", "omar")
    card = counter.card(mine)
    assert card is not None

    answer = counter.tap(TapKind.CLAIM, other, at=card.ref.message_id)

    assert (answer.text, answer.alert) == (BUTTON_GONE, True)


# ---------------------------------------------------------------- once


def test_an_update_that_comes_again_after_a_crash_is_ended_silently(counter: Counter) -> None:
    item = counter.complain()
    tap = counter.a_tap(TapKind.ANSWERED, item)
    counter.hear(tap)
    counter.tap(TapKind.UNDO, item)

    again = counter.hear(tap)

    assert again == (AnswerTap(tap_id=tap.tap_id),)
    assert counter.bench.item(item).item.state is State.OPEN


def test_a_refusal_is_given_once_too(counter: Counter) -> None:
    item = counter.complain()
    tap = counter.a_tap(TapKind.CLAIM, item, who=MALLORY)
    counter.hear(tap)

    counter.hear(tap)

    assert [entry.action for entry in counter.log() if not entry.allowed] == ["claim"]


def test_only_the_last_updates_are_remembered(counter: Counter) -> None:
    first = counter.a_command("/help")
    counter.hear(first)
    for _ in range(300):
        counter.command("/help")

    again = counter.hear(first)

    assert again
    assert len((counter.bench.store.notes.value("updates") or "").split()) == 300


# ---------------------------------------------------------------- orphans


def test_a_tap_on_an_orphan_acts_and_makes_it_the_card_in_place_of_the_doubted_send(
    counter: Counter,
) -> None:
    counter.bench.take(a_mention(posted_at=counter.now), now=counter.now)
    orphan = counter.lose_the_answer()

    answer = counter.tap(TapKind.CLAIM, 1, at=orphan.message_id)

    assert not answer.alert
    assert counter.bench.item(1).item.owner == counter.member(ZUZANA).id
    assert [card.ref for card in counter.cards(1)] == [orphan]
    assert counter.waiting(Kind.CARD) == ()
    assert [edit.message_id for edit in counter.waiting(Kind.EDIT)] == [orphan.message_id]


def test_an_orphan_gives_way_to_the_card_that_stands(counter: Counter) -> None:
    counter.bench.take(a_mention(posted_at=counter.now), now=counter.now)
    orphan = counter.lose_the_answer()
    counter.deliver()
    card = counter.card(1)
    assert card is not None

    counter.tap(TapKind.CLAIM, 1, at=orphan.message_id)

    assert counter.bench.item(1).item.owner == counter.member(ZUZANA).id
    assert [each.ref for each in counter.cards(1)] == [card.ref]
    (retracted,) = counter.waiting(Kind.RETRACT)
    assert retracted.message_id == orphan.message_id


def test_a_refused_tap_on_an_orphan_folds_it_all_the_same(counter: Counter) -> None:
    counter.bench.take(a_mention(posted_at=counter.now), now=counter.now)
    orphan = counter.lose_the_answer()
    counter.deliver()
    counter.tap(TapKind.CLAIM, 1, who=EMRE)

    refused = counter.tap(TapKind.CLAIM, 1, at=orphan.message_id)

    assert refused.alert
    assert [each.message_id for each in counter.waiting(Kind.RETRACT)] == [orphan.message_id]


def test_a_menu_on_an_adopted_orphan_opens_there(counter: Counter) -> None:
    counter.bench.take(a_mention(posted_at=counter.now), now=counter.now)
    orphan = counter.lose_the_answer()

    counter.tap(TapKind.WAIT_MENU, 1, at=orphan.message_id)

    (edit,) = counter.waiting(Kind.EDIT)
    assert (edit.message_id, json.loads(edit.payload)) == (orphan.message_id, {"menu": "wait"})


def test_a_reply_to_an_orphan_folds_it(counter: Counter) -> None:
    counter.bench.take(a_mention(posted_at=counter.now), now=counter.now)
    orphan = counter.lose_the_answer()
    counter.deliver()

    counter.words("I look into it", reply_to=under_card(1, orphan.message_id))

    assert [each.message_id for each in counter.waiting(Kind.RETRACT)] == [orphan.message_id]


def test_a_tap_on_an_ended_card_retires_it_again(counter: Counter) -> None:
    item = counter.complain()
    older = counter.card(item)
    assert older is not None
    counter.tap(TapKind.SHOW, item, at=555)
    counter.deliver()

    counter.tap(TapKind.CLAIM, item, at=older.ref.message_id)

    assert counter.bench.item(item).item.owner is not None
    assert [each.message_id for each in counter.waiting(Kind.RETRACT)] == [older.ref.message_id]
    assert len(counter.cards(item)) == 1


def test_a_tap_that_comes_before_the_answer_to_its_cards_send_is_shown_on_that_card(
    counter: Counter,
) -> None:
    counter.bench.take(a_mention(posted_at=counter.now), now=counter.now)
    counter.dispatch.cards(counter.now)
    out = counter.sending.take(counter.now, (), ())
    assert out is not None
    ref = MessageRef(chat_id=CARE, message_id=100)

    counter.tap(TapKind.CLAIM, 1, at=ref.message_id)
    counter.sending.arrived(out, ref, counter.now)
    counter.dispatch.cards(counter.now)

    assert [card.ref for card in counter.cards(1)] == [ref]
    assert [edit.message_id for edit in counter.waiting(Kind.EDIT)] == [ref.message_id]
    assert counter.waiting(Kind.CARD) == ()


def test_a_stranger_on_an_orphan_changes_nothing(counter: Counter) -> None:
    counter.bench.take(a_mention(posted_at=counter.now), now=counter.now)
    orphan = counter.lose_the_answer()

    counter.tap(TapKind.CLAIM, 1, at=orphan.message_id, who=MALLORY)

    assert counter.cards(1) == []
    kinds = [event.kind for event in counter.bench.item(ItemId(1)).events]
    assert kinds == [EventKind.OPENED]
