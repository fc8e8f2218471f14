"""Contradictory taps are settled; who is against the rest is weighed down and named."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.learning.settling import Settlement, settle
from monitor.model import Lesson
from tests.builders import NOON, minutes
from tests.classifiers.learning.made_up import a_lesson


def trust(found: Settlement, member: int | None) -> float:
    return next(voice.trust for voice in found.voices if voice.member == member)


def truth(found: Settlement, post: int = 1, label: str = "complaint") -> tuple[int, float] | None:
    for each in found.posts:
        if each.post == post and label in each.truths:
            return each.truths[label].value, each.truths[label].weight
    return None


def true_of(post: int) -> int:
    return int(random.Random(post).random() < 0.4)


def a_team(
    posts: int, *, liar: int | None = None, lies: float = 1.0, voices: int = 3
) -> list[Lesson]:
    """Return what members say of posts, `voices` of four on each, one in twelve wrongly."""
    chance = random.Random(5)
    lessons = []
    for post in range(posts):
        for member in chance.sample((1, 2, 3, 4), voices):
            wrong = (chance.random() < 1 / 12) != (member == liar and chance.random() < lies)
            said = 1 - true_of(post) if wrong else true_of(post)
            lessons.append(a_lesson(post, said, member=member, how="neither"))
    return lessons


def a_fair_judge(posts: int) -> dict[tuple[int, str], float]:
    """Return what a judge says that is right on five posts in six."""
    chance = random.Random(6)
    return {
        (post, "complaint"): 0.9 if true_of(post) != (chance.random() < 1 / 6) else 0.1
        for post in range(posts)
    }


def test_one_word_on_a_post_is_taken() -> None:
    found = settle([a_lesson(1, 1)], {})

    assert truth(found) == (1, 1.0)
    assert truth(found, label="request") is None


def test_two_outvote_one() -> None:
    lessons = [a_lesson(1, 0, member=1), a_lesson(1, 1, member=2), a_lesson(1, 1, member=3)]

    found = settle(lessons, {})

    settled = truth(found)
    assert settled is not None
    assert settled[0] == 1


def test_one_word_against_another_teaches_nothing() -> None:
    found = settle([a_lesson(1, 0, member=1), a_lesson(1, 1, member=2)], {})

    assert truth(found) is None
    assert found.undecided == 1


def test_a_members_last_word_holds() -> None:
    lessons = [a_lesson(1, 1, at=NOON + minutes(5)), a_lesson(1, 0, 0, how="neither")]

    found = settle(lessons, {})

    assert truth(found) == (1, 1.0)
    assert truth(found, label="request") is None


def test_saying_the_same_again_and_again_weighs_no_more() -> None:
    lessons = [a_lesson(1, 1, member=1, at=NOON + minutes(n)) for n in range(20)]

    found = settle([*lessons, a_lesson(1, 0, member=2), a_lesson(1, 0, member=3)], {})

    settled = truth(found)
    assert settled is not None
    assert settled[0] == 0


@pytest.mark.parametrize(("how", "weight"), [("claim", 0.25), ("answered", 0.5)])
def test_work_on_an_item_says_less_than_a_word(how: str, weight: float) -> None:
    found = settle([a_lesson(1, 1, how=how)], {})

    assert truth(found) == (1, weight)
    assert not found.posts[0].spoken


def test_a_word_stands_above_the_work_of_the_same_member() -> None:
    lessons = [a_lesson(1, 0, how="not a complaint"), a_lesson(1, 1, how="answered")]

    found = settle(lessons, {})

    assert truth(found) == (0, 1.0)


def test_what_says_nothing_of_either_label_teaches_nothing() -> None:
    found = settle([a_lesson(1, None, None, how="missed")], {})

    assert found == Settlement(posts=(), voices=(), undecided=0)


@pytest.mark.parametrize("lies", [0.75, 1.0])
def test_a_member_who_flips_the_labels_ends_near_nothing(lies: float) -> None:
    found = settle(a_team(120, liar=4, lies=lies), {})

    assert trust(found, 4) < 0.05
    assert [voice.member for voice in found.doubted] == [4]
    assert found.voices[0].against > found.voices[0].said / 2
    assert all(trust(found, member) > 0.9 for member in (1, 2, 3))


def test_a_liar_is_found_though_no_two_members_saw_the_same_post() -> None:
    lessons = a_team(200, liar=4, voices=1)

    found = settle(lessons, a_fair_judge(200))

    assert [voice.member for voice in found.doubted] == [4]
    assert trust(found, 4) < 0.05


@pytest.mark.parametrize("members", [1, 3])
def test_members_who_only_put_the_judge_right_are_believed(members: int) -> None:
    lessons = [
        a_lesson(post, 0, member=1 + post % members, how="not a complaint") for post in range(90)
    ]

    found = settle(lessons, {(post, "complaint"): 0.9 for post in range(90)})

    assert not found.doubted
    assert len(found.posts) == 90


def test_where_two_say_the_opposite_of_each_other_nobody_is_heard() -> None:
    lessons = [
        a_lesson(post, int(true_of(post) == (member == 1)), member=member)
        for post in range(60)
        for member in (1, 2)
    ]

    found = settle(lessons, {})

    assert found.posts == ()
    assert found.undecided == 60
    assert {voice.member for voice in found.doubted} == {1, 2}


def test_three_wrong_taps_are_no_proof() -> None:
    lessons = [
        a_lesson(post, int(member != 4), member=member) for post in range(2) for member in (1, 4)
    ]

    found = settle(lessons, {})

    assert trust(found, 4) > 0.3


def test_taps_of_nobody_in_particular_are_one_voice() -> None:
    lessons = [a_lesson(1, 1, member=None), a_lesson(2, 0, member=None)]

    found = settle(lessons, {})

    assert [(voice.member, voice.said) for voice in found.voices] == [(None, 2)]
    assert trust(found, None) == pytest.approx(1.0, abs=0.01)


LESSONS = st.lists(
    st.builds(
        a_lesson,
        st.integers(1, 6),
        st.sampled_from([0, 1, None]),
        st.sampled_from([0, 1, None]),
        member=st.sampled_from([None, 1, 2, 3]),
        how=st.sampled_from(["neither", "complaint", "claim", "answered", "spam"]),
        at=st.integers(0, 50).map(lambda n: NOON + minutes(n)),
    ),
    max_size=30,
)
CHANCES = st.dictionaries(
    st.tuples(st.integers(1, 6), st.sampled_from(["complaint", "request"])), st.floats(0, 1)
)


@given(LESSONS, CHANCES)
@settings(max_examples=80, deadline=None)
def test_whatever_is_tapped_comes_to_values_and_weights(
    lessons: list[Lesson], chances: dict[tuple[int, str], float]
) -> None:
    found = settle(lessons, chances)

    assert {post.post for post in found.posts} <= {lesson.post for lesson in lessons}
    for post in found.posts:
        assert post.truths
        for label, each in post.truths.items():
            own = [lesson for lesson in lessons if lesson.post == post.post]
            assert each.value in {getattr(lesson, label) for lesson in own}
            assert 0.0 < each.weight <= 1.0
    assert all(0.0 <= voice.trust <= 1.0 and voice.against <= voice.said for voice in found.voices)


@given(LESSONS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_members_changes_nothing(lessons: list[Lesson], chance: random.Random) -> None:
    distinct = {(lesson.at, lesson.member, lesson.post): lesson for lesson in lessons}
    ordered = list(distinct.values())
    shuffled = ordered.copy()
    chance.shuffle(shuffled)

    once, again = settle(ordered, {}), settle(shuffled, {})

    assert [(post.post, set(post.truths)) for post in once.posts] == [
        (post.post, set(post.truths)) for post in again.posts
    ]
    assert [voice.trust for voice in once.voices] == pytest.approx(
        [voice.trust for voice in again.voices]
    )
