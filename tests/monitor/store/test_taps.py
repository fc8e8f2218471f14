"""Lessons, words that may be taken back, samples, and news of the judge."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.desk.lessons import Labels, taught
from monitor.model import Flag, MemberId
from monitor.store.notes import Tap
from monitor.store.posts import NewPost, Pool, Review
from monitor.store.store import Store
from tests.builders import AGENT, NOON, a_verdict, minutes
from tests.monitor.store.builders import a_new_post, kept

ACME = Pool(brands=("Acme",), seed=202611, per_language=2)


def tapped(store: Store, number: int, how: str = "neither", member: MemberId | None = None) -> int:
    post = store.posts.by_id(number)
    assert post is not None
    labels = taught(how, post.classification)
    with store.writing():
        store.notes.tap(Tap(post=post, how=how, labels=labels, member=member, at=NOON))
    return store.notes.newest_tap()


def a_member(store: Store, name: str = "Zuzana", number: int = 1) -> MemberId:
    with store.writing():
        return store.people.join(name, number, AGENT, NOON).id


def test_a_lesson_says_what_was_judged_and_where_it_comes_from(store: Store) -> None:
    number = kept(store, a_new_post(classification=a_verdict(Flag.COMPLAINT)))["sample:1"]
    zuzana = a_member(store)

    tapped(store, number, "answered", zuzana)

    [lesson] = store.notes.lessons()
    assert (lesson.post, lesson.text, lesson.language) == (number, "Acme lost my parcel", "en")
    assert (lesson.complaint, lesson.request, lesson.how) == (1, None, "answered")
    assert (lesson.brands, lesson.member, lesson.at) == (("Acme",), zuzana, NOON)
    assert lesson.judged == a_verdict(Flag.COMPLAINT)


def test_what_the_judge_says_later_does_not_change_a_lesson(store: Store) -> None:
    number = kept(store, a_new_post(classification=a_verdict(Flag.COMPLAINT)))["sample:1"]
    tapped(store, number)

    with store.writing():
        store.posts.judged(number, a_verdict(), review=False)

    [lesson] = store.notes.lessons()
    assert lesson.judged == a_verdict(Flag.COMPLAINT)


def test_a_tap_that_was_taken_back_teaches_nothing(store: Store) -> None:
    number = kept(store, a_new_post())["sample:1"]
    tap = tapped(store, number, "spam")

    with store.writing():
        store.notes.untap(tap, NOON)

    assert list(store.notes.lessons()) == []
    assert store.notes.newest_tap() == tap


def test_a_text_that_is_gone_or_changed_teaches_nothing_until_it_is_back(store: Store) -> None:
    ids = kept(store, a_new_post(key="sample:1"), a_new_post(key="sample:2"))
    for number in ids.values():
        tapped(store, number)
    before = store.posts.by_id(ids["sample:1"])
    assert before is not None

    with store.writing():
        store.posts.deleted(ids["sample:1"], NOON)
        store.posts.edited(ids["sample:2"], "Acme found my parcel", None)
    meanwhile = list(store.notes.lessons())
    with store.writing():
        store.posts.restored(ids["sample:1"], before.mention)

    assert meanwhile == []
    assert [lesson.post for lesson in store.notes.lessons()] == [ids["sample:1"]]


def test_lessons_go_on_after_the_number_that_is_known(store: Store) -> None:
    ids = kept(store, *(a_new_post(key=f"sample:{n}") for n in range(3)))
    taps = [tapped(store, number) for number in ids.values()]

    assert [lesson.post for lesson in store.notes.lessons(taps[0])] == list(ids.values())[1:]
    assert list(store.notes.lessons(store.notes.newest_tap())) == []


def test_more_lessons_than_one_reading_holds_come_all(store: Store) -> None:
    number = kept(store, a_new_post())["sample:1"]
    post = store.posts.by_id(number)
    assert post is not None
    with store.writing():
        for _ in range(1201):
            store.notes.tap(Tap(post=post, how="spam", labels=Labels(), member=None, at=NOON))

    assert sum(1 for _ in store.notes.lessons()) == 1201


def test_only_a_members_own_latest_word_is_found_and_only_for_a_while(store: Store) -> None:
    ids = kept(store, a_new_post(key="sample:1"), a_new_post(key="sample:2"))
    zuzana, ani = a_member(store), a_member(store, "Ani", 2)
    tapped(store, ids["sample:1"], "both", zuzana)
    tapped(store, ids["sample:2"], "claim", zuzana)
    tapped(store, ids["sample:2"], "neither", ani)

    word = store.notes.last_word(zuzana, NOON - minutes(5))

    assert word is not None
    assert (word.post, word.how, word.at) == (ids["sample:1"], "both", NOON)
    assert store.notes.last_word(zuzana, NOON + minutes(1)) is None


# ---------------------------------------------------------------- samples


def sure_posts(*languages: str, each: int = 4) -> list[NewPost]:
    return [
        a_new_post(
            f"Acme {language} {number}",
            key=f"sample:{language}{number}",
            classification=a_verdict(*([Flag.REQUEST] * (number % 2)), language=language),
        )
        for language in languages
        for number in range(each)
    ]


def test_a_sample_gives_each_language_its_share_flagged_and_not(store: Store) -> None:
    kept(store, *sure_posts("en"), *sure_posts("tr", each=40), *sure_posts("hy", each=2))

    drawn = store.posts.sure(ACME)

    verdicts = [post.classification for post in drawn if post.classification]
    assert Counter((each.language, each.flagged) for each in verdicts) == {
        (language, flagged): 1 for language in ("en", "tr", "hy") for flagged in (True, False)
    }


@pytest.mark.parametrize(
    "post",
    [
        pytest.param(a_new_post(classification=None), id="not judged"),
        pytest.param(a_new_post(classification=a_verdict(Flag.REVIEW)), id="in doubt"),
        pytest.param(
            a_new_post(classification=a_verdict(Flag.REQUEST, Flag.REVIEW)), id="flagged in doubt"
        ),
        pytest.param(a_new_post(review=True), id="waits for review"),
        pytest.param(a_new_post(own_brand="Acme"), id="our own"),
        pytest.param(a_new_post(brands=("Rival",)), id="of a competitor"),
        pytest.param(a_new_post(deleted=True), id="deleted"),
    ],
)
def test_of_what_is_not_sure_or_not_ours_no_sample_is_drawn(store: Store, post: NewPost) -> None:
    number = kept(store, post)["sample:1"]
    if post.mention.deleted:
        with store.writing():
            store.posts.deleted(number, NOON)

    assert store.posts.sure(ACME) == ()


def test_the_past_is_sampled_only_where_it_is_asked_for(store: Store) -> None:
    kept(store, a_new_post(history=True))

    assert store.posts.sure(replace(ACME, live=True)) == ()
    assert store.posts.sure(replace(ACME, since=NOON + timedelta(days=1))) == ()
    assert store.posts.sure(replace(ACME, language="tr")) == ()
    assert len(store.posts.sure(ACME)) == 1


def test_a_sample_stays_the_same_until_somebody_spoke_and_changes_with_the_week(
    store: Store,
) -> None:
    kept(store, *sure_posts("en", each=60))
    first, again = store.posts.sure(ACME), store.posts.sure(ACME)
    other_weeks = [store.posts.sure(replace(ACME, seed=ACME.seed + week)) for week in range(1, 5)]
    tapped(store, first[0].id)
    with store.writing():
        store.posts.shown_as_checks([first[1].id])
    then = {post.id for post in store.posts.sure(ACME)}

    assert first == again
    assert all(set(week) != set(first) for week in other_weeks)
    assert not then & {post.id for post in first}
    assert len(store.posts.sure(replace(ACME, per_language=9, most=3))) == 3


def test_a_check_waits_for_a_word_but_is_not_among_the_doubts(store: Store) -> None:
    number = kept(store, a_new_post())["sample:1"]

    with store.writing():
        store.posts.shown_as_checks([number])

    assert store.posts.review_of(number) is Review.CHECKING
    assert store.posts.awaits_review(number)
    assert store.posts.in_review(5) == ()


# ---------------------------------------------------------------- news


def test_news_of_the_judge_are_told_after_an_instant_and_only_the_last_are_kept(
    store: Store,
) -> None:
    with store.writing():
        for number in range(12):
            store.notes.tell_of_judge(f"Yeni yargıç {number}", NOON + minutes(number))

    told = [one.text for one in store.notes.judge_news(NOON + minutes(9))]

    assert told == ["Yeni yargıç 10", "Yeni yargıç 11"]
    assert len(store.notes.judge_news(NOON - minutes(1))) == 10
