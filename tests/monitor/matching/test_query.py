"""What is searched for: words, phrases, beginnings, what must not stand there, and where it is."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.query import Query, Term, parse, spelled
from monitor.matching.snippets import snippet

QUICK = settings(max_examples=150, deadline=None)
ANYTHING = st.text(max_size=60)
LETTERS = st.text(st.sampled_from("abİıßéأمَքև東ｆ１- '\"*\ue000\n\ud800"), max_size=40)


def found(asked: str, text: str) -> list[str]:
    return [text[span.start : span.end] for span in parse(asked).spans(text)]


def test_words_phrases_and_what_must_not_stand_there_are_told_apart() -> None:
    query = parse('lost "my Parcel" -train -"slow bank" par* don-t')

    assert query == Query(
        wanted=(
            Term(words=("lost",)),
            Term(words=("my", "parcel")),
            Term(words=("par",), is_beginning=True),
            Term(words=("don", "t")),
        ),
        unwanted=(Term(words=("train",)), Term(words=("slow", "bank"))),
    )


@pytest.mark.parametrize(
    ("asked", "text", "there"),
    [
        pytest.param("istanbul", "dün İSTANBUL'da", ["İSTANBUL"], id="a dotted capital"),
        pytest.param("محمد", "قال مُحَمَّد اليوم", ["مُحَمَّد"], id="Arabic vowel signs"),
        pytest.param("zasielka", "Moja zásielka", ["zásielka"], id="accents"),
        pytest.param("東京", "我在東京的包裹", ["東京"], id="no blanks between words"),
        pytest.param(
            "acme", "ａｃｍｅ and acmes", ["ａｃｍｅ"], id="full-width, and whole words only"
        ),
        pytest.param("parc*", "Parcels, parc", ["Parcels", "parc"], id="a beginning"),
        pytest.param('"lost my"', "my lost, lost\n my", ["lost\n my"], id="a phrase over a line"),
        pytest.param("-lost", "lost", [], id="what must not be there"),
    ],
)
def test_what_was_found_is_told_by_its_place(asked: str, text: str, there: list[str]) -> None:
    assert found(asked, text) == there


@QUICK
@given(asked=ANYTHING | LETTERS, text=ANYTHING | LETTERS)
def test_whatever_is_asked_of_whatever_text_is_answered(asked: str, text: str) -> None:
    query = parse(asked)
    spans = query.spans(text)

    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all('"' not in word for term in (*query.wanted, *query.unwanted) for word in term.words)


@QUICK
@given(text=LETTERS | ANYTHING, most=st.integers(30, 60))
def test_a_snippet_is_a_piece_of_the_text_that_holds_what_was_found(text: str, most: int) -> None:
    query = parse("ab")
    piece = snippet(text, query, most)

    assert len(piece.text) <= most
    assert piece.text in " ".join(text.split())
    assert bool(piece.marked) == bool(query.spans(" ".join(text.split())))
    assert all(piece.text[span.start : span.end] for span in piece.marked)


def test_a_snippet_begins_shortly_before_what_was_found() -> None:
    text = "word " * 50 + "my parcel is lost " + "more " * 50

    piece = snippet(text, parse("parcel lost"), 60)

    assert piece.shown.startswith("…word ")
    assert piece.shown.endswith("…")
    assert [piece.text[span.start : span.end] for span in piece.marked] == ["parcel", "lost"]


def test_what_the_index_keeps_for_itself_cannot_be_typed() -> None:
    assert "\ue000" not in spelled("a\ue000b")
