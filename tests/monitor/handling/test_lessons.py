"""What members' acts leave behind for the judge, and what their undoing takes away."""

from pathlib import Path

import pytest

from monitor.errors import RefusedError
from monitor.model import EventKind, ItemId, Lesson, Post, State
from monitor.store.posts import Review
from tests.builders import NOON, a_mention, a_reply, minutes
from tests.desk import Bench, a_bench

FIRST, SECOND = ItemId(1), ItemId(2)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    desk = a_bench(tmp_path)
    desk.take(a_mention())
    return desk


def lessons(bench: Bench) -> list[Lesson]:
    return list(bench.store.notes.lessons())


def a_doubt(bench: Bench, key: str = "sample:5") -> Post:
    bench.take(a_mention("perhaps Acme", key=key, author=f"a{key}"))
    post = bench.store.posts.get(key)
    assert post is not None
    return post


def a_sure_one(bench: Bench, key: str = "sample:6", author: str = "peter") -> Post:
    bench.take(a_mention("Acme is a company", key=key, author=author))
    post = bench.store.posts.get(key)
    assert post is not None
    with bench.store.writing():
        bench.store.posts.shown_as_checks([post.id])
    return post


def test_claim_and_answered_confirm_what_was_flagged(bench: Bench) -> None:
    zuzana = bench.member()
    bench.desk.claim(FIRST, zuzana, NOON + minutes(1))
    bench.desk.answered(FIRST, zuzana, NOON + minutes(2))

    assert [(one.how, one.complaint, one.request) for one in lessons(bench)] == [
        ("claim", 1, None),
        ("answered", 1, None),
    ]
    assert {one.member for one in lessons(bench)} == {zuzana.id}


def test_undoing_takes_the_lesson_of_just_that_act_back(bench: Bench) -> None:
    zuzana = bench.member()
    bench.desk.claim(FIRST, zuzana, NOON + minutes(1))
    bench.desk.answered(FIRST, zuzana, NOON + minutes(2))
    bench.desk.undo(FIRST, zuzana, NOON + minutes(3))
    after_one = bench.taught()
    bench.desk.undo(FIRST, zuzana, NOON + minutes(4))

    assert after_one == [(1, "claim")]
    assert bench.taught() == []


def test_a_release_and_its_undoing_leave_the_lesson_of_the_claim(bench: Bench) -> None:
    zuzana = bench.member()
    bench.desk.claim(FIRST, zuzana, NOON + minutes(1))
    bench.desk.release(FIRST, zuzana, NOON + minutes(2))
    released = bench.taught()
    bench.desk.undo(FIRST, zuzana, NOON + minutes(3))

    assert released == bench.taught() == [(1, "claim")]


def test_an_answer_whose_link_came_later_takes_its_lesson_back_too(bench: Bench) -> None:
    zuzana = bench.member()
    bench.desk.answered(FIRST, zuzana, NOON + minutes(1))
    bench.desk.link_answer(FIRST, zuzana, NOON + minutes(2), "https://sample.example/told")
    linked = bench.taught()
    bench.desk.undo(FIRST, zuzana, NOON + minutes(3))

    assert linked == [(1, "answered")]
    assert bench.taught() == []


def test_a_refused_act_teaches_nothing(bench: Bench) -> None:
    bench.desk.claim(FIRST, bench.member("Ani", number=2), NOON)

    with pytest.raises(RefusedError):
        bench.desk.claim(FIRST, bench.member(), NOON)

    assert len(lessons(bench)) == 1


def test_a_dismissal_speaks_of_the_post_that_waits_not_of_the_one_answered_before(
    bench: Bench,
) -> None:
    bench.take(a_reply(key="sample:9", posted_at=NOON + minutes(5)), now=NOON + minutes(6))
    thanks = a_mention(
        "a complaint? no, thanks", key="sample:2", thread="sample:1", posted_at=NOON + minutes(30)
    )
    bench.take(thanks, now=NOON + minutes(30))

    bench.desk.not_for_us(FIRST, bench.member(), NOON + minutes(31), "not a complaint")

    [lesson] = lessons(bench)
    assert (lesson.text, lesson.complaint, lesson.request) == ("a complaint? no, thanks", 0, 0)


def test_missed_says_which_it_is_only_where_the_person_did(bench: Bench) -> None:
    plain, told = (a_sure_one(bench, key=f"sample:{n}", author=f"p{n}") for n in (6, 7))
    member = bench.member()

    bench.desk.judge(plain, "missed", member, NOON)
    bench.desk.judge(told, "missed", member, NOON, says="both")

    assert [(one.how, one.complaint, one.request) for one in lessons(bench)] == [
        ("missed", None, None),
        ("missed", 1, 1),
    ]


# ---------------------------------------------------------------- a word that is taken back


@pytest.mark.parametrize("word", ["complaint", "request", "both", "missed"])
def test_a_word_that_is_taken_back_takes_the_item_it_opened_with_it(
    bench: Bench, word: str
) -> None:
    post, zuzana = a_doubt(bench), bench.member()
    bench.desk.judge(post, word, zuzana, NOON + minutes(1))

    back = bench.desk.take_back(zuzana, NOON + minutes(6))

    assert (back.post, back.how, back.gone, back.stays) == (post.id, word, (SECOND,), ())
    assert bench.item(2, NOON + minutes(6)).item.state is State.VOID
    assert bench.taught() == []
    assert [each.id for each in bench.store.posts.in_review(5)] == [post.id]


def test_said_anew_the_item_goes_on_with_the_clock_it_had(bench: Bench) -> None:
    post, zuzana = a_doubt(bench), bench.member()
    bench.desk.judge(post, "complaint", zuzana, NOON + minutes(1))
    bench.desk.take_back(zuzana, NOON + minutes(2))

    again = bench.desk.judge(post, "request", zuzana, NOON + minutes(3))

    assert again is not None
    assert (again.item.id, again.item.state) == (SECOND, State.OPEN)
    assert again.readings.responses[0].due_at == NOON + minutes(30)
    assert bench.taught() == [(post.id, "request")]


def test_an_item_that_somebody_took_meanwhile_stays(bench: Bench) -> None:
    post, zuzana = a_doubt(bench), bench.member()
    bench.desk.judge(post, "complaint", zuzana, NOON + minutes(1))
    bench.desk.claim(SECOND, bench.member("Ani", number=2), NOON + minutes(2))

    back = bench.desk.take_back(zuzana, NOON + minutes(3))

    assert (back.gone, back.stays) == ((), (SECOND,))
    assert bench.item(2, NOON + minutes(3)).item.state is State.CLAIMED
    assert bench.store.posts.in_review(5) == ()


def test_neither_is_taken_back_and_the_post_waits_again(bench: Bench) -> None:
    post, zuzana = a_doubt(bench), bench.member()
    with bench.store.writing():
        bench.store.posts.shown_for_review([post.id])
    bench.desk.judge(post, "neither", zuzana, NOON)

    bench.desk.take_back(zuzana, NOON + minutes(1))

    assert bench.store.posts.review_of(post.id) is Review.SHOWN
    with pytest.raises(RefusedError, match="5 minutes"):
        bench.desk.take_back(zuzana, NOON + minutes(2))


def test_nobody_takes_back_what_another_said_or_what_was_said_too_long_ago(bench: Bench) -> None:
    post, zuzana = a_doubt(bench), bench.member()
    bench.desk.judge(post, "neither", zuzana, NOON)

    with pytest.raises(RefusedError):
        bench.desk.take_back(bench.member("Ani", number=2), NOON + minutes(1))
    with pytest.raises(RefusedError):
        bench.desk.take_back(zuzana, NOON + minutes(5.1))

    assert bench.taught() == [(post.id, "neither")]


# ---------------------------------------------------------------- checking the judge


def test_a_check_of_what_was_flagged_changes_nothing_of_its_item(bench: Bench) -> None:
    post, zuzana = bench.store.posts.by_id(1), bench.member()
    assert post is not None
    bench.desk.answered(FIRST, zuzana, NOON)
    bench.desk.resolve(FIRST, zuzana, NOON)
    events = bench.store.events.of_item(FIRST)

    for word in ("complaint", "neither"):
        standing = bench.desk.judge(post, word, zuzana, NOON + minutes(1))

        assert standing is not None
        assert standing.item.state is State.RESOLVED
    assert bench.store.events.of_item(FIRST) == events


def test_a_check_that_finds_an_overlooked_complaint_opens_it(bench: Bench) -> None:
    post = a_sure_one(bench)

    opened = bench.desk.judge(post, "complaint", bench.member(), NOON + minutes(40))

    assert opened is not None
    assert opened.item.opened_at == NOON
    assert opened.readings.responses[0].breached


def test_a_check_that_finds_an_overlooked_later_post_asks_for_an_answer(bench: Bench) -> None:
    bench.take(a_reply(key="sample:9", posted_at=NOON + minutes(5)), now=NOON + minutes(6))
    later = a_mention("still nothing", key="sample:3", thread="sample:1", posted_at=NOON)
    bench.take(later, now=NOON + minutes(20))
    post = bench.store.posts.get("sample:3")
    assert post is not None

    asked = bench.desk.judge(post, "complaint", bench.member(), NOON + minutes(21))

    assert asked is not None
    assert asked.item.id == FIRST
    kinds = [event.kind for event in asked.events]
    assert kinds.count(EventKind.CUSTOMER_POST) == 2


def test_a_word_on_the_past_is_a_lesson_and_starts_no_clock(bench: Bench) -> None:
    old = NOON - minutes(60 * 48)
    bench.take(a_mention("Acme is a company", key="sample:6", author="peter", posted_at=old))
    post = bench.store.posts.get("sample:6")
    assert post is not None
    assert post.history

    opened = bench.desk.judge(post, "complaint", bench.member(), NOON)

    assert opened is None
    assert bench.taught() == [(post.id, "complaint")]


def test_a_check_that_is_taken_back_is_asked_for_again(bench: Bench) -> None:
    post, zuzana = a_sure_one(bench), bench.member()
    bench.desk.judge(post, "neither", zuzana, NOON)

    bench.desk.take_back(zuzana, NOON)

    assert bench.store.posts.review_of(post.id) is Review.CHECKING
