"""Why a text was judged so: the weights add up, and the language's reason is named."""

import math

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

from classifiers.components import labels, registry
from classifiers.components.calibration import ANY, Scale
from classifiers.components.hashing import BUCKETS
from classifiers.components.judge import in_whole_numbers, judge_of
from classifiers.explanation import Because, Explanation, Verdict
from classifiers.pipeline import Judge
from monitor.model import Flag, Passage

SCALE = Scale(fast=1.0, full=0.0, offset=0.3, threshold=0.6, review_from=0.5, review_to=0.7)


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Return a judge with weights at random, one scale, and no encoder."""
    dice = np.random.default_rng(5)
    nlp = registry.untaught()
    nlp.remove_pipe(registry.ENCODER)
    part = judge_of(nlp)
    part.rows = {
        name: in_whole_numbers(dice.normal(size=BUCKETS).astype(np.float32))
        for name in labels.OUTPUTS
    }
    scales = dict.fromkeys(labels.CHANCES, SCALE)
    part.tiers = {"fast": {"hy": scales, ANY: scales}}
    return Judge(nlp, "1", "made up", "fast")


def explained(judge: Judge, text: str, hint: str | None = None) -> Explanation:
    return judge.explain(Passage(text=text, language_hint=hint))


def verdict(found: Explanation, label: str) -> Verdict:
    return next(each for each in found.verdicts if each.label == label)


def test_start_and_weights_together_are_the_probability(judge: Judge) -> None:
    found = verdict(explained(judge, "ծանրոցը չի հասել"), "complaint")

    odds = found.start + sum(word.weight for word in found.words)
    assert 1 / (1 + math.exp(-odds)) == pytest.approx(found.probability, abs=1e-6)


def test_what_is_explained_is_what_is_classified(judge: Judge) -> None:
    text = "ծանրոցը չի հասել, ամոթ է"

    found = explained(judge, text)

    assert found.classification == next(judge.classify([Passage(text=text)]))
    assert verdict(found, "complaint").probability == found.classification.complaint
    for each in found.verdicts:
        assert each.flagged == (Flag(each.label) in found.classification.flags)


def test_words_that_weigh_most_come_first_with_their_place(judge: Judge) -> None:
    text = "ծանրոցը չի հասել"

    found = verdict(explained(judge, text), "request")

    weights = [abs(word.weight) for word in found.words]
    assert weights == sorted(weights, reverse=True)
    assert {word.text for word in found.words} == set(text.split())
    assert all(text[word.start : word.end] == word.text for word in found.words)


def test_the_reasons_of_the_card_are_among_the_words_that_speak_for_it(judge: Judge) -> None:
    text = "ծանրոցը չի հասել, ամոթ է ձեզ, վերադարձրեք գումարը"

    found = explained(judge, text)

    reasons = {text[span.start : span.end] for span in found.classification.reasons}
    telling = {word.text for each in found.verdicts for word in each.words if word.telling}
    assert reasons <= telling


def test_a_script_of_its_own_tells_the_language(judge: Judge) -> None:
    found = explained(judge, "ծանրոցը չի հասել")

    assert (found.because, found.measured_by, found.tier) == (Because.LETTERS, "hy", "fast")


@pytest.mark.parametrize("text", ["", "😀", "12345", "https://a.example/"])
def test_no_words_tell_no_language(judge: Judge, text: str) -> None:
    found = explained(judge, text)

    assert (found.because, found.measured_by) == (Because.NOTHING, ANY)


@pytest.mark.parametrize(
    ("hint", "language", "because"),
    [
        pytest.param("sk", "sk", Because.HINT, id="what the words do not tell"),
        pytest.param("en", "en", Because.WORDS, id="what the words tell too"),
        pytest.param(None, "en", Because.WORDS, id="nothing"),
    ],
)
def test_what_the_source_claims_is_named_where_it_decided(
    judge: Judge, hint: str | None, language: str, because: Because
) -> None:
    @Language.component("obedient_language")
    def obey(doc: Doc) -> Doc:
        doc._.language = doc._.hint or "en"
        return doc

    nlp = registry.untaught()
    nlp.remove_pipe(registry.ENCODER)
    nlp.replace_pipe("language", "obedient_language")
    part = judge_of(nlp)
    part.rows, part.tiers = judge_of(judge._nlp).rows, judge_of(judge._nlp).tiers

    found = explained(Judge(nlp, "1", "made up", "fast"), "super", hint)

    assert (found.classification.language, found.because) == (language, because)


def test_a_model_without_thresholds_has_no_verdict(judge: Judge) -> None:
    part = judge_of(judge._nlp)
    tiers, part.tiers = part.tiers, {}
    try:
        found = explained(judge, "ծանրոցը չի հասել")
    finally:
        part.tiers = tiers

    assert found.verdicts == ()
    assert found.classification.flags == {Flag.REVIEW}
