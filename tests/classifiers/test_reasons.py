"""The words that decided: their shares add up, and small words never speak."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.components import labels, registry
from classifiers.components.calibration import ANY, Scale
from classifiers.components.chunks import chunks
from classifiers.components.encoder import WIDTH, Reading
from classifiers.components.features import FeaturesComponent
from classifiers.components.folding import storable
from classifiers.components.function_words import may_be_a_reason
from classifiers.components.hashing import BUCKETS, LETTER_BUCKETS
from classifiers.components.judge import (
    Adjustment,
    JudgeComponent,
    RowHead,
    VectorHeads,
    in_whole_numbers,
    judge_of,
)
from classifiers.components.reasons import MOST, ReasonsComponent, Share, shares
from classifiers.components.tokens import Tokenizer

DICE = np.random.default_rng(7)
SCALE = Scale(fast=0.5, full=0.25, offset=-1.0, threshold=0.6, review_from=0.5, review_to=0.7)
HEADS = VectorHeads(
    DICE.normal(size=(len(labels.OUTPUTS), WIDTH)).astype(np.float32),
    np.zeros(len(labels.OUTPUTS), dtype=np.float32),
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def letter_rows() -> Mapping[str, RowHead]:
    """Return heads whose weights lie on runs of letters alone: pairs of words say nothing."""
    found = {}
    for label in labels.OUTPUTS:
        weights = np.zeros(BUCKETS, dtype=np.float32)
        weights[:LETTER_BUCKETS] = DICE.normal(size=LETTER_BUCKETS)
        found[label] = in_whole_numbers(weights)
    return found


ROWS = letter_rows()


def judge(adjustment: Adjustment | None = None) -> JudgeComponent:
    full = dict.fromkeys(labels.CHANCES, SCALE)
    fast = dict.fromkeys(labels.CHANCES, replace(SCALE, full=0.0))
    tiers = {"fast": {"en": fast, ANY: fast}, "full": {"en": full, ANY: full}}
    return JudgeComponent(rows=ROWS, vectors=HEADS, tiers=tiers, adjustment=adjustment)


def judged(text: str, by: JudgeComponent, language: str = "en", read: bool = False) -> Doc:
    doc = FeaturesComponent()(Tokenizer(Vocab())(storable(text)))
    doc._.language = language
    if read:
        spans = [(word.start, word.end) for word in chunks(doc.text) for _ in range(2)]
        vectors = np.random.default_rng(len(text)).normal(size=(len(spans) + 2, WIDTH))
        doc.user_data[labels.READING] = Reading(vectors.astype(np.float32), spans)
    return by(doc)


def by_word(text: str, found: list[Share]) -> dict[str, float]:
    return {text[share.start : share.end]: share.worth for share in found}


def odds(doc: Doc, label: str) -> float:
    return float(np.log(doc.cats[label] / (1 - doc.cats[label])))


@pytest.mark.parametrize("text", ["parcel lost again", "lost, lost and lost!", "kde je balík?"])
def test_the_shares_of_a_sparse_row_add_up_to_its_score(text: str) -> None:
    doc = judged(text, judge())

    found = shares(judge(), doc, "complaint")

    assert sum(share.worth for share in found) == pytest.approx(
        odds(doc, "complaint") - SCALE.offset, abs=1e-6
    )


def test_the_frame_of_a_reading_is_all_that_its_words_do_not_have() -> None:
    doc = judged("parcel lost again", judge(), read=True)
    reading = doc.user_data[labels.READING]

    found = shares(judge(), doc, "request")

    frame = reading.vectors[[0, -1]].sum(axis=0) / len(reading.vectors)
    rest = SCALE.full * float(frame @ HEADS.weights[labels.OUTPUTS.index("request")])
    assert sum(share.worth for share in found) == pytest.approx(
        odds(doc, "request") - SCALE.offset - rest, abs=1e-4
    )


def test_what_a_desk_taught_is_in_the_shares() -> None:
    weights = np.ones(WIDTH, dtype=np.float32)
    taught = Adjustment(
        number=1,
        weights=dict.fromkeys(labels.LABELS, weights),
        bias=dict.fromkeys(labels.LABELS, 0.0),
    )
    doc = judged("parcel", judge(), read=True)
    reading = doc.user_data[labels.READING]

    (before,) = shares(judge(), doc, "complaint")
    (after,) = shares(judge(taught), doc, "complaint")

    added = reading.vectors[1:-1].sum() / len(reading.vectors)
    assert after.worth - before.worth == pytest.approx(added, rel=1e-4)


def test_a_word_that_stands_twice_has_half_of_its_runs_each_time() -> None:
    doc = judged("parcel parcel", judge())

    first, second = shares(judge(), doc, "complaint")

    assert first.worth == pytest.approx(second.worth)


@given(ANY_TEXT, st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_text_has_shares_within_it(text: str, read: bool) -> None:
    doc = judged(text, judge(), read=read)

    found = shares(judge(), doc, "complaint")

    assert all(0 <= share.start < share.end <= len(text) for share in found)
    assert np.isfinite([share.worth for share in found]).all()


@pytest.mark.parametrize(
    ("word", "language"),
    [
        pytest.param("my", "en", id="a pronoun"),
        pytest.param("I'm", "en", id="one with its verb"),
        pytest.param("THE", "en", id="an article, shouted"),
        pytest.param("için", "tr", id="Turkish"),
        pytest.param("icin", "tr", id="Turkish without its letters"),
        pytest.param("mi", "sk", id="Slovak"),
        pytest.param("keď", "sk", id="Slovak with its letters"),
        pytest.param("على", "ar", id="Arabic"),
        pytest.param("وهذا", "ar", id="Arabic with its and"),
        pytest.param("և", "hy", id="Armenian"),
        pytest.param("im", "hy", id="Armenian in Latin letters"),
        pytest.param("что", "ru", id="Russian"),
        pytest.param("moya", "ru", id="Russian in Latin letters"),
        pytest.param("x", "en", id="one letter"),
        pytest.param("4x", "en", id="one letter with a figure"),
        pytest.param("а", "ru", id="one Russian letter"),
        pytest.param("12345", "en", id="a number"),
        pytest.param("?!", "en", id="signs"),
        pytest.param("a" * 40_000, "en", id="no word at all"),
        pytest.param("your", "und", id="any language's, where it is not known"),
    ],
)
def test_a_small_word_is_no_reason(word: str, language: str) -> None:
    assert not may_be_a_reason(word, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("en", "not no never don't can't won't nobody nothing none without", id="en"),
        pytest.param("tr", "değil degil yok hiç asla kimse olmadı gelmedi", id="tr"),
        pytest.param("sk", "nie nikdy nič nikto nemám nejde neprišiel bez", id="sk"),
        pytest.param("ar", "لا لم لن ليس ما مش مو ولا بدون غير ماكو", id="ar"),
        pytest.param("hy", "չի չեմ չկա ոչ երբեք ոչինչ չէ չեն chi chka voch", id="hy"),
        pytest.param("ru", "не нет нету ни никто никогда ничего без ne net nikto", id="ru"),
        pytest.param("und", "not değil nie لا չի не", id="unknown"),
    ],
)
def test_a_negation_may_be_a_reason(language: str, words: str) -> None:
    assert [word for word in words.split() if not may_be_a_reason(word, language)] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("en", "how where when why please can could help", id="en"),
        pytest.param("tr", "nasıl nerede neden lütfen mi mı", id="tr"),
        pytest.param("sk", "ako kde kedy prečo prosím", id="sk"),
        pytest.param("ar", "كيف وين متى ليش هل", id="ar"),
        pytest.param("hy", "ինչպե՞ս որտե՞ղ երբ ինչու խնդրում", id="hy"),
        pytest.param("ru", "как где когда почему пожалуйста", id="ru"),
    ],
)
def test_a_word_that_asks_may_be_a_reason(language: str, words: str) -> None:
    assert [word for word in words.split() if not may_be_a_reason(word, language)] == []


@pytest.mark.parametrize(
    "text", ["@acme_care", "https://acme.example/x", "www.acme.example", "a@acme.example", "<url>"]
)
def test_links_addresses_and_handles_are_no_reasons(text: str) -> None:
    doc = judged(text, judge())

    found = shares(judge(), doc, "complaint")

    assert not any(share.telling for share in found)


def named(text: str, flags: tuple[str, ...] = ("complaint",), read: bool = False) -> list[str]:
    """Return the words named for a text that was judged by chance and flagged so."""
    nlp = registry.untaught()
    part = judge_of(nlp)
    part.rows, part.vectors, part.tiers = ROWS, HEADS, judge().tiers
    doc = judged(text, part, read=read)
    doc._.flags = flags
    return [span.text for span in ReasonsComponent(nlp)(doc).spans[labels.REASONS]]


@given(st.lists(st.sampled_from(["lost", "LOST", "Lost", "parcel", "broken!", "kde", "refund,"])))
@settings(max_examples=40, deadline=None)
def test_no_word_is_named_twice(words: list[str]) -> None:
    found = named(" ".join(words))

    assert len({word.casefold() for word in found}) == len(found) <= MOST


@given(ANY_TEXT, st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_is_named_stands_in_the_text(text: str, read: bool) -> None:
    found = named(text, ("complaint", "request"), read)

    assert all(word and word in storable(text) for word in found)


def test_only_words_that_speak_for_what_was_flagged_are_named() -> None:
    text = "parcel lost broken useless refund courier nobody answers"
    doc = judged(text, judge())
    worth = by_word(text, shares(judge(), doc, "request"))

    found = named(text, ("request",))

    telling = sorted(worth, key=lambda word: -worth[word])[: len(found)]
    assert found == [word for word in telling if worth[word] > 0]


def test_nothing_flagged_is_nothing_named() -> None:
    assert named("parcel lost again", ()) == []
