"""Folding and hashing: one spelling, one row, the same on every machine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.vocab import Vocab

from classifiers.components.folding import READ_AT_MOST, fold, storable
from classifiers.components.hashing import BUCKETS, rows
from classifiers.components.tokens import Tokenizer

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("İNTERNET GİTTİ", "internet gitti", id="dotted i"),
        pytest.param("ısındı", "isindi", id="dotless i"),
        pytest.param("Kedy to opravíte?", "kedy to opravite ?", id="diacritics"),
        pytest.param("soooo baaaad", "soo baad", id="long sounds"),
        pytest.param("مـــرحبا أين الطَّلب؟", "مرحبا اين الطلب?", id="tatweel and marks"),
        pytest.param("Որտե՞ղ է", "որտեղ ? է", id="the Armenian question mark"),
        pytest.param("see https://a.example/x?y=1", "see <url>", id="links"),
        pytest.param("@acme help", "@user help", id="handles"),
        pytest.param("order 5518", "order 12", id="numbers"),
        pytest.param("don't", "don’t", id="apostrophes"),
        pytest.param("ﬁne", "fine", id="ligatures"),
    ],
)
def test_two_spellings_of_one_thing_fold_alike(one: str, other: str) -> None:
    folded = fold(one)

    assert folded == fold(other)


@given(ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_any_text_folds_to_words_with_one_blank_between(text: str) -> None:
    folded = fold(storable(text))

    assert folded == " ".join(folded.split())


@given(ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_a_storable_text_keeps_its_offsets(text: str) -> None:
    kept = storable(text)

    assert len(kept) == min(len(text), READ_AT_MOST)
    kept.encode("utf-8")


@given(ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_tokens_put_together_are_the_text(text: str) -> None:
    kept = storable(text)

    doc = Tokenizer(Vocab())(kept)

    assert doc.text == kept


@given(st.lists(ANY_TEXT, max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_text_has_the_same_row_in_any_company(texts: list[str]) -> None:
    folded = [fold(storable(text)) for text in texts]
    weights = np.sin(np.arange(BUCKETS))

    together = rows(folded).scores(weights)

    alone = [rows([text]).scores(weights)[0] for text in folded]
    np.testing.assert_allclose(together, alone)


def test_a_row_never_changes() -> None:
    row = rows(["kde je balik ?"])

    assert row.bucket[:4].tolist() == FIRST_BUCKETS
    assert row.value.sum() == pytest.approx(SUM)


FIRST_BUCKETS = [1878, 22607, 29378, 31617]
SUM = 8.60862983203268
