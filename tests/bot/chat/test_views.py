"""What a card shows of an item, gathered from a real store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.views import NO_LINK, CardView, Mark, card_view, card_views
from monitor.model import Flag, ItemId, State, Target
from tests.builders import NOON, a_mention, minutes
from tests.desk import Bench, a_bench

ONE = ItemId(1)
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path)
    with made.store:
        yield made


def seen(bench: Bench, after: float = 0, number: int = 1, *, private: bool = False) -> CardView:
    return card_view(
        bench.ledger,
        ItemId(number),
        NOON + minutes(after),
        zone=UTC_ZONE,
        language="en",
        private=private,
    )


@pytest.mark.parametrize(
    ("after", "mark"),
    [
        pytest.param(0, Mark.WAITING, id="new"),
        pytest.param(14.9, Mark.WAITING, id="before the first step"),
        pytest.param(15, Mark.WARNING, id="half of the target"),
        pytest.param(24, Mark.LATE_WARNING, id="four fifths"),
        pytest.param(30, Mark.LATE_WARNING, id="at the target itself"),
        pytest.param(30.1, Mark.OVERDUE, id="past the target"),
    ],
)
def test_the_mark_follows_the_steps_of_the_policy(bench: Bench, after: float, mark: Mark) -> None:
    bench.take(a_mention())

    assert seen(bench, after).mark is mark


def test_between_two_steps_nothing_a_card_shows_changes(bench: Bench) -> None:
    bench.take(a_mention())

    assert seen(bench, 1) == seen(bench, 14)
    assert seen(bench, 31) == seen(bench, 500)


def test_a_card_is_about_the_answer_and_says_by_when_it_must_be_claimed(bench: Bench) -> None:
    bench.take(a_mention())

    view = seen(bench)

    assert (view.target, view.due_at) == (Target.FIRST_RESPONSE, NOON + minutes(30))
    assert view.claim_due_at == NOON + minutes(5)
    assert view.flags == {Flag.COMPLAINT}


def test_who_claimed_it_holds_it_until_the_lease_ends(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.claim(ONE, bench.member("Ada"), NOON)

    view = seen(bench, 1)

    assert (view.mark, view.owner, view.claim_due_at) == (Mark.IN_PROGRESS, "Ada", None)
    assert view.lease_ends_at == NOON + minutes(20)


def test_a_tap_answers_it_unproven_and_the_link_is_asked_for_until_it_is_declined(
    bench: Bench,
) -> None:
    bench.take(a_mention())
    ada = bench.member("Ada")
    bench.desk.answered(ONE, ada, NOON + minutes(12))

    before = seen(bench, 13).answer
    with bench.store.writing():
        bench.store.people.log(NOON + minutes(13), NO_LINK, actor=ada, item=ONE)
    after = seen(bench, 13).answer

    assert before is not None
    assert after is not None
    assert (before.by, before.proven, before.asks_link) == ("Ada", False, True)
    assert (before.customer_wait, before.team_time) == (minutes(12), minutes(12))
    assert not after.asks_link


def test_what_was_answered_can_be_undone_for_five_minutes(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.answered(ONE, bench.member(), NOON + minutes(12))

    assert seen(bench, 17).undoable
    assert not seen(bench, 17.1).undoable


def test_the_brands_own_reply_proves_the_answer_and_keeps_its_own_time(bench: Bench) -> None:
    bench.take(a_mention())
    reply = a_mention(
        "We are sorry",
        key="sample:2",
        thread="sample:1",
        author="acme_care",
        reply_to="sample:1",
        posted_at=NOON + minutes(7),
    )
    bench.take(reply, now=NOON + minutes(9))

    view = seen(bench, 10)

    assert view.mark is Mark.ANSWERED
    assert view.answer is not None
    assert (view.answer.by, view.answer.at) == (None, NOON + minutes(7))
    assert (view.answer.customer_wait, view.answer.url) == (minutes(7), "https://sample.example/2")


def test_an_answer_past_its_target_names_the_target(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.answered(ONE, bench.member(), NOON + minutes(40))

    answer = seen(bench, 41).answer

    assert answer is not None
    assert answer.late_for == minutes(30)


def test_a_card_shows_the_post_that_waits_and_counts_the_others(bench: Bench) -> None:
    bench.take(a_mention("Acme complaint one"))
    bench.desk.answered(ONE, bench.member(), NOON + minutes(5))
    second = a_mention(
        "Acme complaint two", key="sample:2", thread="sample:1", posted_at=NOON + minutes(20)
    )
    bench.take(second, now=NOON + minutes(20))

    view = seen(bench, 21)

    assert view.excerpt is not None
    assert (view.excerpt.text, view.more_posts) == ("Acme complaint two", 1)
    assert (view.target, view.wrote_at) == (Target.NEXT_RESPONSE, NOON + minutes(20))


def test_a_deleted_post_leaves_neither_text_nor_name_nor_link(bench: Bench) -> None:
    bench.take(a_mention())
    bench.take(a_mention(deleted=True), now=NOON + minutes(2))

    view = seen(bench, 3)

    assert (view.state, view.excerpt, view.author, view.url) == (State.VOID, None, "", "")
    assert view.ended is not None
    assert view.ended.reason == "deleted"


def test_a_merged_item_says_where_it_goes_on(bench: Bench) -> None:
    bench.take(a_mention(), a_mention("Acme complaint", key="sample:2", author="peter"))
    bench.desk.merge(ItemId(2), ONE, bench.member("Ada"), NOON)

    ended = seen(bench, 1, number=2).ended

    assert ended is not None
    assert (ended.merged_into, ended.by) == (1, "Ada")


def test_words_of_a_merged_post_stand_under_the_name_of_who_wrote_them(bench: Bench) -> None:
    bench.take(a_mention(), a_mention("Acme complaint", key="sample:2", author="peter"))
    bench.desk.claim(ONE, bench.member("Ada"), NOON)
    bench.desk.answered(ONE, bench.member("Ada"), NOON)
    bench.desk.merge(ItemId(2), ONE, bench.member("Ada"), NOON)

    view = seen(bench, 1)

    assert view.excerpt is not None
    assert (view.author, view.excerpt.text) == ("peter", "Acme complaint")


def test_a_pause_says_for_whom_and_until_when(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.wait(ONE, bench.member(), NOON, "third party")

    view = seen(bench, 1)

    assert (view.mark, view.paused_for) == (Mark.PAUSED, "third party")
    assert view.paused_until == NOON + timedelta(hours=72)


def test_a_snooze_does_not_hide_a_breach(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.snooze(ONE, bench.member(), NOON)

    assert seen(bench, 14).mark is Mark.PAUSED
    assert seen(bench, 31).mark is Mark.OVERDUE


@pytest.mark.parametrize("reason", ["customer", "snooze"])
def test_a_pause_hides_no_warning_while_an_answer_is_owed(bench: Bench, reason: str) -> None:
    bench.take(a_mention())
    if reason == "snooze":
        bench.desk.snooze(ONE, bench.member(), NOON)
    else:
        bench.desk.wait(ONE, bench.member(), NOON, reason)

    marks = [seen(bench, after).mark for after in (14, 15, 24)]

    assert marks == [Mark.PAUSED, Mark.WARNING, Mark.LATE_WARNING]
    assert seen(bench, 24).paused_for


def test_an_answered_item_that_is_paused_shows_its_pause(bench: Bench) -> None:
    bench.take(a_mention())
    ada = bench.member("Ada")
    bench.desk.answered(ONE, ada, NOON, "https://sample.example/told")
    bench.desk.wait(ONE, ada, NOON, "customer")

    assert seen(bench, 600).mark is Mark.PAUSED


def test_a_person_who_wrote_before_is_known_by_count_alone(bench: Bench) -> None:
    bench.take(a_mention())
    bench.take(a_mention("Acme, please", key="sample:2"), now=NOON + minutes(1))

    assert (seen(bench).contact, seen(bench, number=2).contact) == (1, 2)


def test_a_private_post_is_kept_from_a_group_and_shown_to_one_reader(bench: Bench) -> None:
    bench.take(replace(a_mention(), private=True))

    group, alone = seen(bench), seen(bench, private=True)

    assert (group.hidden, group.excerpt) == (True, None)
    assert alone.excerpt is not None
    assert not alone.hidden


def test_what_was_found_late_says_by_how_much(bench: Bench) -> None:
    posted: datetime = NOON - minutes(40)
    bench.take(a_mention(posted_at=posted))

    assert seen(bench).found_late_by == minutes(40)


def test_history_has_a_mark_of_its_own_and_no_clock(bench: Bench) -> None:
    bench.take(a_mention(posted_at=NOON - timedelta(days=3)))

    view = seen(bench)

    assert (view.muted, view.mark, view.due_at, view.owed) == (True, Mark.HISTORY, None, False)


def test_items_that_are_not_there_are_left_out_of_lists(bench: Bench) -> None:
    bench.take(a_mention())

    found = card_views(bench.ledger, [ONE, ItemId(9)], NOON, zone=UTC_ZONE, language="en")

    assert [view.item for view in found] == [1]


def test_copies_under_a_card_are_counted(bench: Bench) -> None:
    text = "Acme lost my parcel again and this is a complaint about it, nobody answers the phone"
    bench.take(a_mention(text), a_mention(text, key="sample:2", author="peter"))

    assert (seen(bench).similar, seen(bench, number=2).fold_of) == (1, 1)
