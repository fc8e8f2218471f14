"""Disturbing: another hurry, another phone, and still the same post."""

import random
import unicodedata
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.posts import LabelledPost
from classifiers.training.disturb import disturbed
from tests.classifiers.posted import STRANGE

SEEDS = st.integers(0, 10_000)
POST = "@Kestrel Zásielka mešká už týždeň, NIKTO nedvíha! Prosím, kde je môj balík? " * 2


def a_post(text: str) -> LabelledPost:
    labels = {"complaint": 1, "request": None}
    return LabelledPost(text=text, language="sk", labels=labels, source="corpus", gold="hand")


def versions(text: str, count: int = 400) -> set[str]:
    chance = random.Random(1)
    return {disturbed(a_post(text), chance) for _ in range(count)}


@given(STRANGE.filter(str.strip) | st.sampled_from(["@", "#x y", "😀", "!!!", "@a b", "x"]), SEEDS)
@settings(max_examples=200, deadline=None)
def test_something_is_always_left(text: str, seed: int) -> None:
    found = disturbed(a_post(text), random.Random(seed))

    assert found.strip()


@given(STRANGE, SEEDS)
@settings(max_examples=100, deadline=None)
def test_the_same_seed_gives_the_same_text(text: str, seed: int) -> None:
    first = disturbed(a_post(text), random.Random(seed))
    second = disturbed(a_post(text), random.Random(seed))

    assert first == second


@given(STRANGE, SEEDS)
@settings(max_examples=50, deadline=None)
def test_the_post_itself_stays_as_it_is(text: str, seed: int) -> None:
    post = a_post(text)
    before = asdict(post)

    disturbed(post, random.Random(seed))

    assert asdict(post) == before


@given(st.text("abcdeéšž !?@", max_size=300), SEEDS)
@settings(max_examples=100, deadline=None)
def test_a_post_keeps_most_of_its_length(text: str, seed: int) -> None:
    found = disturbed(a_post(text), random.Random(seed))

    letters = sum(map(str.isalpha, text.split(" ", 1)[-1]))
    assert 0.5 * letters <= len(found) <= 2 * len(text)


def test_many_posts_stay_as_they_are() -> None:
    chance = random.Random(1)

    same = sum(disturbed(a_post("Kde je?"), chance) == "Kde je?" for _ in range(400))

    assert 120 < same < 320


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(lambda text: not text.startswith("@"), id="without its handle"),
        pytest.param(lambda text: text == text.casefold(), id="in small letters"),
        pytest.param(lambda text: "," not in text and "?" not in text, id="without signs"),
        pytest.param(lambda text: "š" not in text and "ž" not in text, id="without diacritics"),
        pytest.param(lambda text: len(text) < 0.9 * len(POST), id="cut off"),
        pytest.param(lambda text: text == POST, id="as it was"),
    ],
)
def test_every_kind_of_disturbance_comes_up(kind: "object") -> None:
    found = versions(POST)

    assert any(kind(text) for text in found)  # type: ignore[operator] # a function


def test_arabic_loses_its_marks_and_keeps_its_letters() -> None:
    found = versions("الطَّلبُ لم يصل")

    assert any(not any(unicodedata.category(sign) == "Mn" for sign in text) for text in found)


@pytest.mark.parametrize("text", ["йогурт ещё", "Որտե՞ղ է այն"])
def test_other_scripts_do_not_lose_what_makes_a_letter(text: str) -> None:
    letters = {sign for sign in text.casefold() if sign.isalpha()}

    found = versions(text)

    assert all({sign for sign in one.casefold() if sign.isalpha()} <= letters for one in found)
