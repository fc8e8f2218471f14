"""The judging part: scales by tier and language, urgency and topic, and what a desk taught."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.components import judge, labels, registry
from classifiers.components.calibration import ANY, REVIEW, Scale, Scales
from classifiers.components.encoder import WIDTH, Reading
from classifiers.components.features import FeaturesComponent
from classifiers.components.hashing import BUCKETS, rows
from classifiers.components.judge import Adjustment, JudgeComponent, RowHead, VectorHeads
from classifiers.components.tokens import Tokenizer

# What a word alone scores in the made-up rows: "bad" complains, "how" asks.
SPOKEN = {"bad": ("complaint", 9.0), "how": ("request", 9.0), "fee": ("billing", 5.0)}
SLOPES = Scale(fast=1.0, full=1.0, offset=-3.0, threshold=0.6, review_from=0.4, review_to=0.7)
DULL = replace(SLOPES, full=0.0, threshold=0.999, review_from=0.998, review_to=0.9999)


def row_heads() -> dict[str, RowHead]:
    found = {name: np.zeros(BUCKETS, dtype=np.float32) for name in labels.OUTPUTS}
    for word, (name, weight) in SPOKEN.items():
        row = rows([word])
        found[name][row.bucket] = weight * row.value / (row.value @ row.value)
    return {name: judge.in_whole_numbers(weights) for name, weights in found.items()}


def vector_heads() -> VectorHeads:
    """Return heads of which each hears one place of the vector."""
    return VectorHeads(
        np.eye(len(labels.OUTPUTS), WIDTH, dtype=np.float32),
        np.zeros(len(labels.OUTPUTS), dtype=np.float32),
    )


def scales(of: Scale, *languages: str) -> Scales:
    return {language: dict.fromkeys(labels.CHANCES, of) for language in languages}


ROWS, HEADS = row_heads(), vector_heads()
FAST = replace(SLOPES, full=0.0)
TIERS = {"fast": scales(FAST, "en", ANY), "full": scales(SLOPES, "en", ANY)}


def component(**other: object) -> JudgeComponent:
    return JudgeComponent(**{"rows": ROWS, "vectors": HEADS, "tiers": TIERS, **other})  # type: ignore[arg-type] # each test gives what fits


def a_doc(text: str, language: str = "en", **heard: float) -> Doc:
    """Return a doc with its row; where anything was `heard`, the encoder read it."""
    doc = FeaturesComponent()(Tokenizer(Vocab())(text))
    doc._.language = language
    if heard:
        vector = np.zeros(WIDTH, dtype=np.float32)
        for name, score in heard.items():
            vector[labels.OUTPUTS.index(name)] = score
        doc.user_data[labels.READING] = Reading(np.stack([vector, vector]), [])
    return doc


def odds(doc: Doc, label: str) -> float:
    return float(np.log(doc.cats[label] / (1 - doc.cats[label])))


def test_without_the_encoder_the_rows_speak() -> None:
    doc = component()(a_doc("bad"))

    assert doc._.tier == "fast"
    assert doc._.flags == ("complaint",)
    assert set(doc.cats) == set(labels.CHANCES)


def test_with_the_encoder_both_speak() -> None:
    doc = component()(a_doc("bad", complaint=-9.0, request=4.0))

    assert doc._.tier == "full"
    assert odds(doc, "complaint") == pytest.approx(odds(component()(a_doc("bad")), "complaint") - 9)
    assert odds(doc, "request") == pytest.approx(1.0)


def test_a_judge_without_vector_heads_speaks_by_rows_of_what_was_read() -> None:
    doc = component(vectors=None)(a_doc("bad", complaint=-9.0))

    assert doc._.tier == "fast"
    assert doc._.flags == ("complaint",)


def test_a_batch_may_hold_both_tiers() -> None:
    docs = [a_doc("bad"), a_doc("bad", complaint=1.0), a_doc("how")]

    found = list(component().pipe(iter(docs), batch_size=2))

    assert [doc._.tier for doc in found] == ["fast", "full", "fast"]


def test_each_language_has_its_own_scale() -> None:
    tiers = {"fast": {**TIERS["fast"], **scales(DULL, "sk")}}

    english, slovak = (component(tiers=tiers)(a_doc("bad", each)) for each in ("en", "sk"))

    assert english._.flags == ("complaint",)
    assert slovak._.flags == ()


@pytest.mark.parametrize("heard", [{}, {"praise": 1.0}], ids=["fast", "full"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("bad", ("complaint", REVIEW), id="flagged"),
        pytest.param("bad how", ("complaint", "request", REVIEW), id="flagged twice"),
        pytest.param("nothing", (REVIEW,), id="not flagged"),
    ],
)
def test_an_unknown_language_is_always_reviewed(
    text: str, expected: tuple[str, ...], heard: Mapping[str, float]
) -> None:
    doc = component()(a_doc(text, "und", **heard))

    assert doc._.flags == expected


def test_an_unknown_language_in_the_band_is_reviewed_once() -> None:
    doc = component()(a_doc("x", "und", complaint=3.5))

    assert doc._.flags == ("complaint", REVIEW)


def test_a_judge_without_scales_sends_everything_to_review() -> None:
    doc = component(tiers={})(a_doc("bad"))

    assert doc._.flags == (REVIEW,)
    assert doc.cats == {}


@pytest.mark.parametrize(
    ("heard", "urgency"),
    [
        pytest.param(-9.0, 0, id="none"),
        pytest.param(0.0, 1, id="some"),
        pytest.param(9.0, 2, id="now"),
        pytest.param(80.0, 2, id="as much as can be"),
        pytest.param(-80.0, 0, id="as little as can be"),
    ],
)
def test_a_post_to_be_answered_has_its_urgency(heard: float, urgency: int) -> None:
    doc = component()(a_doc("bad", urgency=heard))

    assert doc._.urgency == urgency


def test_a_post_to_be_answered_has_the_topic_that_scores_highest() -> None:
    full = component()(a_doc("bad", refund=2.0, app=1.0))
    fast = component()(a_doc("bad fee"))

    assert (full._.topic, fast._.topic) == ("refund", "billing")


def test_a_post_in_the_band_has_its_topic_too() -> None:
    doc = component()(a_doc("x", request=2.9, delivery=1.0))

    assert doc._.flags == (REVIEW,)
    assert doc._.topic == "delivery"


def test_a_post_that_needs_no_answer_is_about_nothing() -> None:
    doc = component()(a_doc("x", urgency=9.0, refund=9.0))

    assert doc._.flags == ()
    assert (doc._.urgency, doc._.topic) == (0, "other")


# ---------------------------------------------------------------- a desk's own taps


def taught(bias: float = 0.0, weight: float = 0.0) -> Adjustment:
    return Adjustment(
        number=3,
        weights=dict.fromkeys(labels.LABELS, np.full(WIDTH, weight, dtype=np.float32)),
        bias={"complaint": bias, "request": 0.0},
    )


@given(st.floats(-6, 6), st.floats(-1, 1), st.floats(-4, 4))
@settings(max_examples=50, deadline=None)
def test_what_a_desk_taught_moves_the_odds(bias: float, weight: float, heard: float) -> None:
    before = component()(a_doc("x", complaint=heard))

    after = component(adjustment=taught(bias, weight))(a_doc("x", complaint=heard))

    moved = odds(after, "complaint") - odds(before, "complaint")
    assert moved == pytest.approx(bias + weight * heard, abs=1e-4)


def test_what_a_desk_taught_of_one_label_leaves_the_others() -> None:
    before = component()(a_doc("how", request=1.0))

    after = component(adjustment=taught(bias=5.0))(a_doc("how", request=1.0))

    assert after.cats["request"] == pytest.approx(before.cats["request"])
    assert after.cats["praise"] == before.cats["praise"]


def test_what_a_desk_taught_can_flag() -> None:
    doc = component(adjustment=taught(bias=5.0))(a_doc("x", complaint=0.0))

    assert doc._.flags == ("complaint",)


@pytest.mark.parametrize("heads", [None, HEADS], ids=["no heads", "not read"])
def test_the_fast_tier_does_not_hear_what_a_desk_taught(heads: VectorHeads | None) -> None:
    heard = {} if heads else {"complaint": 1.0}

    doc = component(vectors=heads, adjustment=taught(bias=9.0))(a_doc("x", "en", **heard))

    assert doc._.tier == "fast"
    assert doc.cats == component(vectors=heads)(a_doc("x", "en", **heard)).cats


@pytest.mark.parametrize("heard", [1e6, -1e6])
def test_the_surest_of_scores_stays_a_probability(heard: float) -> None:
    doc = component(adjustment=taught(bias=heard))(a_doc("bad", complaint=heard))

    assert all(0.0 <= chance <= 1.0 for chance in doc.cats.values())


# ---------------------------------------------------------------- files


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_weights_in_whole_numbers_are_off_by_half_a_step(seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=500).astype(np.float32)

    head = judge.in_whole_numbers(weights)

    assert np.abs(head.weights * head.step - weights).max() <= head.step * 0.5001
    assert np.abs(head.weights.astype(int)).max() == 127


def test_weights_of_nothing_are_nothing() -> None:
    head = judge.in_whole_numbers(np.zeros(8, dtype=np.float32))

    assert not head.weights.any()


def test_a_judge_survives_its_folder(tmp_path: Path) -> None:
    component().to_disk(tmp_path)

    found = JudgeComponent().from_disk(tmp_path)

    assert found.tiers == TIERS
    assert isinstance(found.vectors, VectorHeads)
    assert_same(found.vectors.weights, HEADS.weights)
    assert_same(found.vectors.bias, HEADS.bias)
    assert {name: head.step for name, head in found.rows.items()} == {
        name: head.step for name, head in ROWS.items()
    }
    for name, head in found.rows.items():
        assert_same(head.weights, ROWS[name].weights)


def test_a_judge_is_written_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    component().to_disk(first)
    JudgeComponent().from_disk(first).to_disk(second)

    files = sorted(path.name for path in first.iterdir())
    assert files == sorted([judge.WEIGHTS, judge.HEADS, judge.THRESHOLDS])
    assert [(first / name).read_bytes() for name in files] == [
        (second / name).read_bytes() for name in files
    ]


def test_a_judge_without_vector_heads_survives_its_folder(tmp_path: Path) -> None:
    component(vectors=None).to_disk(tmp_path)

    assert JudgeComponent().from_disk(tmp_path).vectors is None


def test_a_pipeline_gives_its_judge() -> None:
    nlp = registry.untaught()

    assert isinstance(judge.judge_of(nlp), JudgeComponent)
    assert nlp.pipe_names == list(registry.PARTS)


def assert_same(one: NDArray[np.generic], other: NDArray[np.generic]) -> None:
    assert one.dtype == other.dtype
    np.testing.assert_array_equal(one, other)
