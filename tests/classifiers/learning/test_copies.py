"""Copies stay on one side, and a post that was drawn stays drawn."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.learning.copies import is_held_out, numbered

LOST = "My parcel from Acme has been lost for three weeks and nobody ever answers the phone"


def test_copies_bear_the_number_of_the_first() -> None:
    texts = ["Nice weather today in town", LOST, f"RT @jana: {LOST}", f"{LOST} https://a.example"]

    found = numbered(texts)

    assert found == [0, 1, 1, 1]


def test_a_copy_of_a_copy_is_one_with_the_first() -> None:
    words = LOST.split()
    second = " ".join([*words[:-1], "telephone"])
    third = " ".join(["Our", *second.split()[1:]])

    found = numbered([LOST, second, third])

    assert found == [0, 0, 0]


def test_posts_without_words_are_nobodys_copies() -> None:
    assert numbered(["😀", "😀", ""]) == [0, 1, 2]


def test_a_fifth_is_held_out() -> None:
    drawn = Counter(is_held_out(f"post number {n}") for n in range(5_000))

    assert 900 < drawn[True] < 1_100


@given(st.lists(st.text(max_size=60), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_first_of_its_copies_stands_before_them(texts: list[str]) -> None:
    found = numbered(texts)

    assert all(found[first] == first <= place for place, first in enumerate(found))
