"""The trip of a page: what is kept, what becomes an item, and what stops its clock."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.model import (
    Classification,
    EventKind,
    Flag,
    ItemId,
    Passage,
    State,
    Target,
)
from tests.builders import NOON, a_brand, a_mention, a_page, a_reply, a_verdict, minutes
from tests.desk import Bench, a_bench
from tests.fakes import WordJudge

FIRST = ItemId(1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return a_bench(tmp_path, a_brand(), a_brand("Rivalco", competitor=True))


def test_a_flagged_post_opens_an_item_whose_clock_runs_from_first_seen(bench: Bench) -> None:
    posted = NOON - minutes(4)

    taken = bench.take(a_mention(posted_at=posted), now=NOON)

    standing = bench.item(now=NOON + minutes(10))
    assert taken.new == taken.flagged == 1
    assert standing.item.state is State.OPEN
    assert standing.due.target is Target.CLAIM
    [response] = standing.readings.responses
    assert response.due_at == NOON + minutes(30)
    assert response.team_time == minutes(10)
    assert response.customer_wait == minutes(14)


def test_the_same_post_seen_again_is_the_same_item(bench: Bench) -> None:
    bench.take(a_mention())

    again = bench.take(a_mention(), now=NOON + minutes(1))

    assert (again.new, again.duplicate) == (0, 1)
    assert len(bench.store.items.queue()) == 1
    assert len(bench.item().events) == 1


def test_a_post_that_names_no_brand_is_not_kept(bench: Bench) -> None:
    taken = bench.take(a_mention("a complaint about the weather"))

    assert taken.matched == 0
    assert bench.store.posts.get("sample:1") is None


def test_a_harmless_mention_is_kept_without_an_item(bench: Bench) -> None:
    taken = bench.take(a_mention("Acme opens a shop"))

    assert (taken.new, taken.flagged) == (1, 0)
    assert bench.store.items.queue() == ()


def test_a_competitor_is_counted_without_a_clock(bench: Bench) -> None:
    taken = bench.take(a_mention("a complaint about Rivalco"))

    assert taken.new == 1
    assert bench.store.items.queue() == ()


def test_a_later_post_of_the_author_joins_though_it_names_no_brand(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))

    later = a_mention("still nothing, please", key="sample:2", thread="sample:1")
    bench.take(later, now=NOON + minutes(5))

    posts = bench.store.posts.of_item(bench.item().item.id)
    assert [post.mention.key for post in posts] == ["sample:1", "sample:2"]
    assert len(bench.store.items.queue()) == 1


def test_a_follow_up_in_the_same_page_is_not_lost(bench: Bench) -> None:
    first = a_mention(key="sample:1")
    later = a_mention(
        "still nothing", key="sample:2", thread="sample:1", posted_at=NOON + minutes(1)
    )

    bench.take(later, first, now=NOON + minutes(2))

    assert len(bench.store.posts.of_item(bench.item().item.id)) == 2


def test_a_complaint_after_a_harmless_first_post_opens_an_item(bench: Bench) -> None:
    bench.take(a_mention("has anybody used Acme?", key="sample:1"))

    later = a_mention("well, a complaint it is", key="sample:2", thread="sample:1")
    bench.take(later, now=NOON + minutes(5))

    assert [one.item.brand for one in bench.store.items.queue()] == ["Acme"]


def test_somebody_else_in_the_thread_gets_an_item_of_their_own(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))

    bench.take(a_mention(key="sample:2", thread="sample:1", author="peter"))

    assert len(bench.store.items.queue()) == 2


def test_posts_of_unknown_authors_are_never_taken_for_one_person(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1", thread="sample:0", author=None))

    bench.take(a_mention(key="sample:2", thread="sample:0", author=None))

    assert len(bench.store.items.queue()) == 2


def test_the_brands_reply_stops_the_clock_at_its_own_time(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))
    reply = a_reply(posted_at=NOON + minutes(12))

    bench.take(reply, now=NOON + minutes(50))

    standing = bench.item(now=NOON + minutes(50))
    assert standing.item.state is State.ANSWERED
    assert standing.item.answer is not None
    assert standing.item.answer.at == NOON + minutes(12)
    assert standing.item.answer.proven
    assert not standing.readings.responses[0].breached


def test_a_reply_found_before_the_post_it_answers_counts_all_the_same(bench: Bench) -> None:
    reply = a_reply(posted_at=NOON + minutes(3))
    bench.take(reply, now=NOON + minutes(4))

    bench.take(a_mention(key="sample:1"), now=NOON + minutes(8))

    standing = bench.item(now=NOON + minutes(8))
    assert standing.item.state is State.ANSWERED
    assert standing.readings.responses[0].team_time == minutes(0)
    assert standing.readings.responses[0].customer_wait == minutes(3)


@pytest.mark.parametrize("ahead", [minutes(2), minutes(4), timedelta(days=1)])
@pytest.mark.parametrize("first", ["post", "reply"])
def test_a_post_from_a_server_whose_clock_is_ahead_is_answered_all_the_same(
    bench: Bench, ahead: timedelta, first: str
) -> None:
    post = a_mention(key="sample:1", posted_at=NOON + ahead)
    reply = a_reply(posted_at=NOON + minutes(4))

    for each in (post, reply) if first == "post" else (reply, post):
        bench.take(each, now=NOON + minutes(1 if each is post and first == "post" else 5))

    later = NOON + minutes(60)
    standing = bench.item(now=later)
    kept = bench.store.posts.get("sample:1")
    assert kept is not None
    assert kept.mention.posted_at <= kept.seen_at
    assert standing.item.state is State.ANSWERED
    assert standing.readings.responses[0].team_time <= minutes(4)
    assert minutes(0) <= standing.readings.responses[0].customer_wait <= minutes(4)


def test_a_reply_to_one_customer_leaves_the_other_ones_clock_running(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))
    bench.take(a_mention(key="sample:2", thread="sample:1", author="peter"))

    reply = a_reply(key="sample:3", to="sample:2", posted_at=NOON + minutes(5))
    bench.take(reply, now=NOON + minutes(6))

    later = NOON + minutes(6)
    assert bench.item(1, later).item.state is State.OPEN
    assert bench.item(2, later).item.state is State.ANSWERED


def test_a_deleted_reply_opens_the_next_cycle(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))
    reply = a_reply(posted_at=NOON + minutes(5))
    bench.take(reply, now=NOON + minutes(6))

    gone = a_mention(key="sample:2", thread="sample:1", author="acme_care", deleted=True)
    bench.take(gone, now=NOON + minutes(60))

    standing = bench.item(now=NOON + minutes(60))
    assert standing.item.state is State.OPEN
    assert standing.readings.responses[-1].target is Target.NEXT_RESPONSE


def test_an_own_post_never_opens_an_item(bench: Bench) -> None:
    bench.take(a_mention("Acme: any complaint, please write to us", author="acme_care"))

    assert bench.store.items.queue() == ()


def test_a_deleted_post_leaves_a_tombstone_and_a_void_item(bench: Bench) -> None:
    bench.take(a_mention())

    bench.take(a_mention(deleted=True), now=NOON + minutes(5))

    post = bench.store.posts.get("sample:1")
    assert post is not None
    assert post.mention.deleted
    assert post.mention.text == ""
    assert bench.item().item.state is State.VOID
    assert bench.store.posts.search("parcel", limit=5) == ()


def test_an_edit_that_makes_a_complaint_opens_an_item_from_when_we_saw_it(bench: Bench) -> None:
    bench.take(a_mention("Acme delivered"))

    edited = a_mention("Acme delivered a broken cup, a complaint")
    bench.take(edited, now=NOON + minutes(40))

    assert bench.item(now=NOON + minutes(40)).item.opened_at == NOON + minutes(40)
    found = bench.store.posts.get("sample:1")
    assert found is not None
    assert "broken" in found.mention.text


def test_a_complaint_and_its_edit_in_one_page_are_each_judged_by_their_own_words(
    bench: Bench,
) -> None:
    edited = replace(a_mention("Acme is nice after all"), edited_at=NOON + minutes(3))

    bench.take(a_mention("Acme is a complaint"), edited, now=NOON + minutes(5))

    standing = bench.item(now=NOON + minutes(6))
    post = bench.store.posts.get("sample:1")
    assert standing.readings.response_open
    assert post is not None
    assert post.classification is not None
    assert (post.mention.text, post.classification.flags) == (edited.text, frozenset())


def test_an_edit_that_asks_asks_from_its_own_time_in_whatever_page_it_comes(bench: Bench) -> None:
    edited = replace(a_mention("Acme is a complaint"), edited_at=NOON + minutes(3))

    bench.take(a_mention("Acme is nice"), edited, now=NOON + minutes(5))

    [response] = bench.item(now=NOON + minutes(6)).readings.responses
    assert response.waits_since == NOON + minutes(3)


def test_history_is_stored_and_muted(bench: Bench) -> None:
    old = a_mention(posted_at=NOON - minutes(25 * 60))

    taken = bench.take(old)

    assert taken.flagged == 1
    assert bench.item().item.muted
    assert bench.store.items.queue() == ()
    assert bench.item().readings.all == ()


def test_what_lies_within_the_look_back_is_live_and_shown_in_one_digest(bench: Bench) -> None:
    bench.take(a_mention(posted_at=NOON - minutes(60)))

    item = bench.item().item
    assert not item.muted
    assert item.look_back
    assert item.found_late


def test_history_seen_live_again_becomes_a_normal_item_found_late(bench: Bench) -> None:
    mention = a_mention(posted_at=NOON - minutes(30))
    bench.pipeline.take(a_page(mention), bench.source("file", since=NOON), NOON, live=False)

    bench.take(mention, now=NOON + minutes(1))

    item = bench.item(now=NOON + minutes(1)).item
    assert not item.muted
    assert item.found_late
    assert item.state is State.OPEN


def test_an_unjudged_post_is_kept_and_judged_later(tmp_path: Path) -> None:
    judge = WordJudge()
    judge.broken = True
    bench = a_bench(tmp_path, judge=judge)
    bench.take(a_mention())
    in_between = bench.store.posts.in_review(5)

    judge.broken = False
    bench.pipeline.rejudge(NOON + minutes(5))

    assert [post.mention.key for post in in_between] == ["sample:1"]
    assert bench.item().item.opened_at == NOON
    assert bench.store.posts.in_review(5) == ()


def test_a_post_in_the_band_waits_for_a_person(bench: Bench) -> None:
    bench.take(a_mention("perhaps Acme did something"))

    assert [post.mention.key for post in bench.store.posts.in_review(5)] == ["sample:1"]
    assert bench.store.items.queue() == ()


def test_a_copy_is_folded_under_the_first_and_keeps_a_clock(bench: Bench) -> None:
    text = "Acme network is down in the whole city again, this is a complaint about your service"
    bench.take(a_mention(text, key="sample:1"))

    bench.take(a_mention(text + " !!", key="sample:2", author="peter"), now=NOON + minutes(2))

    first, second = bench.store.items.queue()
    assert second.item.fold_of == first.item.id
    assert second.due.due_at is not None


def test_a_new_post_after_the_answer_starts_the_next_response(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))
    reply = a_reply(posted_at=NOON + minutes(5))
    bench.take(reply, now=NOON + minutes(6))

    more = a_mention(
        "no, please look again", key="sample:3", thread="sample:1", posted_at=NOON + minutes(20)
    )
    bench.take(more, now=NOON + minutes(21))

    standing = bench.item(now=NOON + minutes(22))
    assert standing.item.state is State.OPEN
    assert standing.readings.responses[-1].started_at == NOON + minutes(21)


def test_thanks_start_no_clock(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))
    reply = a_reply(posted_at=NOON + minutes(5))
    bench.take(reply, now=NOON + minutes(6))

    thanks = a_mention("thank you", key="sample:3", thread="sample:1", posted_at=NOON + minutes(9))
    bench.take(thanks, now=NOON + minutes(10))

    assert bench.item(now=NOON + minutes(11)).item.state is State.ANSWERED


def test_an_edit_that_now_asks_starts_the_next_response(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))
    reply = a_reply(posted_at=NOON + minutes(5))
    bench.take(reply, now=NOON + minutes(6))
    thanks = a_mention("thank you", key="sample:3", thread="sample:1", posted_at=NOON + minutes(9))
    bench.take(thanks, now=NOON + minutes(10))

    changed = a_mention(
        "thank you for nothing, please call me",
        key="sample:3",
        thread="sample:1",
        posted_at=NOON + minutes(9),
    )
    bench.take(changed, now=NOON + minutes(30))

    standing = bench.item(now=NOON + minutes(31))
    assert standing.item.state is State.OPEN
    assert standing.readings.responses[-1].started_at == NOON + minutes(30)


def test_a_page_and_its_cursor_are_written_together_or_not_at_all(bench: Bench) -> None:
    source = bench.source()

    def torn() -> None:
        with bench.store.writing():
            bench.pipeline.take(a_page(a_mention()), source, NOON)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        torn()

    assert bench.store.posts.get("sample:1") is None
    found = bench.store.sources.get("sample")
    assert found is not None
    assert found.cursor is None


def test_every_event_of_an_opening_names_its_policy(bench: Bench) -> None:
    bench.take(a_mention())

    [opened] = bench.item().events
    assert opened.kind is EventKind.OPENED
    assert (opened.reason, opened.ref) == ("always", 1)


def test_a_deleted_post_that_a_moderator_lets_in_again_is_owed_an_answer(bench: Bench) -> None:
    bench.take(a_mention())
    bench.take(a_mention(deleted=True), now=NOON + minutes(5))

    bench.take(a_mention(), now=NOON + minutes(9))

    standing = bench.item(now=NOON + minutes(10))
    found = bench.store.posts.get("sample:1")
    assert standing.item.state is State.OPEN
    assert standing.readings.response_open
    assert found is not None
    assert not found.mention.deleted
    assert "parcel" in found.mention.text


def test_a_post_dismissed_by_a_person_is_not_let_in_again_by_coming_back(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.not_for_us(FIRST, bench.member(), NOON, "spam")
    bench.take(a_mention(deleted=True), now=NOON + minutes(5))

    bench.take(a_mention(), now=NOON + minutes(9))

    item = bench.item(now=NOON + minutes(10)).item
    assert (item.state, item.void_reason) == (State.VOID, "spam")


def test_a_post_that_is_deleted_in_the_page_that_brought_it_is_void(bench: Bench) -> None:
    bench.take(a_mention(), a_mention(deleted=True, posted_at=NOON - minutes(1)))

    assert bench.item().item.state is State.VOID


def test_a_deleted_reply_that_stands_again_stops_the_clock(bench: Bench) -> None:
    bench.take(a_mention())
    reply = a_reply(posted_at=NOON + minutes(5))
    bench.take(reply, now=NOON + minutes(6))
    bench.take(a_reply(deleted=True), now=NOON + minutes(60))
    assert bench.item(now=NOON + minutes(60)).item.state is State.OPEN

    bench.take(reply, now=NOON + minutes(70))

    standing = bench.item(now=NOON + minutes(71))
    assert standing.item.state is State.ANSWERED
    assert standing.readings.responses[-1].ended_at == NOON + minutes(70)


def test_a_reply_that_was_gone_when_its_post_was_found_answers_once_it_stands_again(
    bench: Bench,
) -> None:
    reply = a_reply(posted_at=NOON + minutes(5))
    bench.take(reply, now=NOON + minutes(6))
    bench.take(replace(reply, deleted=True), now=NOON + minutes(7))
    bench.take(a_mention(), now=NOON + minutes(8))

    bench.take(reply, now=NOON + minutes(20))

    [response] = bench.item(now=NOON + minutes(21)).readings.responses
    assert response.ended_at == NOON + minutes(20)


def test_an_edit_that_asks_is_not_answered_by_what_was_said_before_it(bench: Bench) -> None:
    bench.take(a_mention("Acme is nice"))
    bench.take(a_reply(posted_at=NOON + minutes(5)), now=NOON + minutes(6))

    edited = replace(a_mention("Acme is a complaint"), edited_at=NOON + minutes(38))
    bench.take(edited, now=NOON + minutes(40))

    standing = bench.item(now=NOON + minutes(41))
    assert standing.item.state is State.OPEN
    assert not standing.item.found_late
    assert standing.readings.responses[0].customer_wait == minutes(3)


def test_an_edit_of_an_earlier_post_of_an_answered_item_asks_anew(bench: Bench) -> None:
    bench.take(a_mention("Acme, hello", key="sample:1"))
    bench.take(a_mention(key="sample:3", thread="sample:1", posted_at=NOON + minutes(1)))
    bench.take(a_reply(to="sample:3", posted_at=NOON + minutes(5)), now=NOON + minutes(6))

    bench.take(a_mention("Acme, please help", key="sample:1"), now=NOON + minutes(40))

    standing = bench.item(now=NOON + minutes(41))
    assert standing.item.state is State.OPEN
    assert standing.readings.responses[-1].started_at == NOON + minutes(40)


def test_an_edit_that_cannot_be_judged_at_once_is_judged_later(tmp_path: Path) -> None:
    judge = WordJudge()
    bench = a_bench(tmp_path, judge=judge)
    bench.take(a_mention("Acme is nice"))
    judge.broken = True
    bench.take(a_mention("Acme is a complaint"), now=NOON + minutes(40))

    judge.broken = False
    bench.pipeline.rejudge(NOON + minutes(41))

    assert bench.item(now=NOON + minutes(42)).item.state is State.OPEN


def test_a_post_deleted_while_it_waits_for_the_judge_opens_nothing(tmp_path: Path) -> None:
    judge = WordJudge()
    judge.broken = True
    bench = a_bench(tmp_path, judge=judge)
    bench.take(a_mention())
    [waiting] = bench.store.posts.unjudged(5)
    bench.take(a_mention(deleted=True), now=NOON + minutes(1))

    with bench.store.writing():
        bench.pipeline._judged_late(waiting, a_verdict(Flag.COMPLAINT), NOON + minutes(2))

    assert bench.store.items.queue() == ()


def test_a_post_in_doubt_after_a_dismissal_is_shown_to_a_person(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.not_for_us(FIRST, bench.member(), NOON, "not a complaint")

    later = a_mention("perhaps you should know", key="sample:2", thread="sample:1")
    bench.take(later, now=NOON + minutes(9))

    assert [post.mention.key for post in bench.store.posts.in_review(5)] == ["sample:2"]


def test_a_post_unjudged_after_a_dismissal_brings_the_item_back_once_it_is_flagged(
    tmp_path: Path,
) -> None:
    judge = WordJudge()
    bench = a_bench(tmp_path, judge=judge)
    bench.take(a_mention())
    bench.desk.not_for_us(FIRST, bench.member(), NOON, "not a complaint")
    judge.broken = True
    later = a_mention("a complaint after all", key="sample:2", thread="sample:1")
    bench.take(later, now=NOON + minutes(9))

    judge.broken = False
    bench.pipeline.rejudge(NOON + minutes(10))

    assert bench.item(now=NOON + minutes(10)).item.state is State.OPEN


def test_what_was_dismissed_does_not_count_against_a_later_complaint(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.not_for_us(FIRST, bench.member(), NOON + minutes(2), "not a complaint")

    later = a_mention(
        "now a complaint", key="sample:2", thread="sample:1", posted_at=NOON + minutes(3000)
    )
    bench.take(later, now=NOON + minutes(3001))

    standing = bench.item(now=NOON + minutes(3005))
    running = [each for each in standing.readings.responses if each.running]
    assert standing.item.state is State.OPEN
    assert [each.started_at for each in running] == [NOON + minutes(3001)]
    assert not running[0].breached


def test_a_post_that_came_back_and_was_dismissed_asks_nothing_any_more(bench: Bench) -> None:
    bench.take(a_mention())
    bench.take(a_mention(deleted=True), now=NOON + minutes(1))
    bench.take(a_mention(), now=NOON + minutes(2))
    bench.desk.not_for_us(FIRST, bench.member(), NOON + minutes(3), "not a complaint")

    later = a_mention(
        "now a complaint", key="sample:2", thread="sample:1", posted_at=NOON + minutes(90)
    )
    bench.take(later, now=NOON + minutes(91))

    responses = bench.item(now=NOON + minutes(95)).readings.responses
    assert [one.started_at for one in responses if one.running] == [NOON + minutes(91)]


def test_a_doubtful_post_that_came_after_a_dismissal_waits_since_it_was_seen(
    bench: Bench,
) -> None:
    bench.take(a_mention())
    bench.desk.not_for_us(FIRST, bench.member(), NOON + minutes(2), "not a complaint")
    doubtful = a_mention("perhaps", key="sample:2", thread="sample:1", posted_at=NOON + minutes(9))
    bench.take(doubtful, now=NOON + minutes(10))
    assert bench.item(now=NOON + minutes(10)).item.state is State.VOID

    later = a_mention(
        "a complaint", key="sample:3", thread="sample:1", posted_at=NOON + minutes(30)
    )
    bench.take(later, now=NOON + minutes(31))

    responses = bench.item(now=NOON + minutes(35)).readings.responses
    assert [one.started_at for one in responses if one.running] == [NOON + minutes(10)]


def test_a_new_post_in_a_thread_of_the_past_counts_from_itself(bench: Bench) -> None:
    old = NOON - minutes(60 * 24 * 90)
    bench.take(a_mention(posted_at=old))
    assert bench.item().item.muted

    new = a_mention("please, again", key="sample:2", thread="sample:1", posted_at=NOON + minutes(4))
    bench.take(new, now=NOON + minutes(5))

    standing = bench.item(now=NOON + minutes(10))
    [response] = standing.readings.responses
    assert not standing.item.muted
    assert not standing.item.found_late
    assert standing.item.opened_at == NOON + minutes(5)
    assert response.customer_wait == minutes(6)
    assert response.team_time == minutes(5)


def test_history_in_doubt_that_is_seen_live_is_shown_to_a_person(bench: Bench) -> None:
    mention = a_mention("perhaps Acme", posted_at=NOON - minutes(30))
    bench.pipeline.take(a_page(mention), bench.source("file", since=NOON), NOON, live=False)
    assert bench.store.posts.in_review(5) == ()

    bench.take(mention, now=NOON + minutes(1))

    assert [post.mention.key for post in bench.store.posts.in_review(5)] == ["sample:1"]


def test_a_post_that_another_process_kept_as_history_meanwhile_is_live(tmp_path: Path) -> None:
    bench = a_bench(tmp_path)
    mention = a_mention(posted_at=NOON - minutes(30))
    file = bench.source("file", since=NOON)
    other = a_bench(tmp_path)

    class Overtaken(WordJudge):
        def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
            other.pipeline.take(a_page(mention), file, NOON, live=False)
            return super().classify(passages)

    bench = a_bench(tmp_path, judge=Overtaken())
    bench.take(mention)

    assert [one.item.found_late for one in bench.store.items.queue()] == [True]


def test_a_reply_to_a_post_of_a_merged_item_stops_the_clock_it_went_into(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"))
    bench.take(a_mention("Acme, please", key="sample:5", author="peter"))
    bench.desk.merge(ItemId(2), FIRST, bench.member(), NOON + minutes(1))
    more = a_mention(
        "please!", key="sample:6", thread="sample:5", author="peter", posted_at=NOON + minutes(2)
    )
    bench.take(more, now=NOON + minutes(3))

    reply = a_reply(key="sample:7", to="sample:6", thread="sample:5", posted_at=NOON + minutes(9))
    bench.take(reply, now=NOON + minutes(10))

    assert bench.item(now=NOON + minutes(11)).item.state is State.ANSWERED


def test_half_a_letter_holds_no_page_up(bench: Bench) -> None:
    bench.take(a_mention("Acme complaint \ud83d cut"))

    [listed] = bench.store.items.queue()
    assert bench.store.posts.of_item(listed.item.id)[0].mention.text == "Acme complaint ? cut"
