"""Chunks: each has its place in the text, and no text is too strange or too long."""

from itertools import pairwise

import pytest
from hypothesis import given, settings

from classifiers.components.chunks import MOST_CHARACTERS, chunks
from tests.classifiers.posted import LONG, MUCH, STRANGE


def given_as(text: str) -> list[str]:
    return [text[one.start : one.end] for one in chunks(text)]


@given(STRANGE)
@settings(max_examples=200, deadline=None)
def test_chunks_stand_in_the_text_one_behind_the_other(text: str) -> None:
    found = chunks(text)

    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(STRANGE)
@settings(max_examples=200, deadline=None)
def test_only_white_space_belongs_to_no_chunk(text: str) -> None:
    read = "".join(given_as(text))

    assert read == "".join(text.split())


@given(STRANGE)
@settings(max_examples=200, deadline=None)
def test_a_chunk_knows_whether_white_space_stands_before_it(text: str) -> None:
    found = chunks(text)

    assert [one.spaced for one in found] == [
        one.start == 0 or text[one.start - 1].isspace() for one in found
    ]


@given(STRANGE)
@settings(max_examples=200, deadline=None)
def test_no_chunk_is_read_as_nothing(text: str) -> None:
    found = chunks(text)

    assert all(one.text and not one.text.isspace() for one in found)


@pytest.mark.parametrize("part", LONG)
def test_of_a_very_long_text_the_beginning_is_cut(part: str) -> None:
    text = part * (MUCH // len(part))

    found = chunks(text)

    assert len(found) <= MOST_CHARACTERS
    assert all(one.end <= MOST_CHARACTERS for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \n\t ", [], id="white space"),
        pytest.param("Where is it?!", ["Where", "is", "it", "?!"], id="signs"),
        pytest.param("don't l’eau", ["don't", "l’eau"], id="apostrophes"),
        pytest.param("Որտե՞ղ է", ["Որտե՞ղ", "է"], id="the Armenian question mark"),
        pytest.param("see https://a.example/x?y=1 now", ["see", "http", "now"], id="a link"),
        pytest.param("www.acme.example", ["http"], id="a link without its scheme"),
        pytest.param("to help@acme.example, now", ["to", "email", ",", "now"], id="an address"),
        pytest.param("@acme_care hi", ["@user", "hi"], id="a handle"),
        pytest.param("order 5518220 of 12", ["order", "0000000", "of", "12"], id="numbers"),
        pytest.param("<url> <email> <num>", ["http", "email", "0000000"], id="masked"),
        pytest.param("sooooo good!!!!!!!", ["sooo", "good", "!!!"], id="long sounds"),
        pytest.param("طلبي لم يصل، لماذا؟", ["طلبي", "لم", "يصل", "،", "لماذا", "؟"], id="Arabic"),
    ],
)
def test_a_text_is_read_in_words_and_signs(text: str, expected: list[str]) -> None:
    found = [one.text for one in chunks(text)]

    assert found == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("@acme help", "@rival help", id="handles"),
        pytest.param("see https://a.example", "see http://b.example/?q", id="links"),
        pytest.param("write a@b.example", "write c.d@e.example", id="addresses"),
        pytest.param("order 123456", "order 99999999999", id="long numbers"),
        pytest.param("aaaah", "aaaaaaaaah", id="long sounds"),
    ],
)
def test_what_is_alike_is_read_alike(one: str, other: str) -> None:
    assert [found.text for found in chunks(one)] == [found.text for found in chunks(other)]


def test_a_chunk_of_a_link_stands_for_all_of_it() -> None:
    found = given_as("look: https://acme.example/a?b=c#d !")

    assert found == ["look", ":", "https://acme.example/a?b=c#d", "!"]
