"""The heads for urgency and topic say each urgency as often as it is true."""

import numpy as np
import pytest

from classifiers.components import labels
from classifiers.components.judge import VectorHeads
from classifiers.posts import LabelledPost
from classifiers.training import details

DICE = np.random.default_rng(5)
_TOPICS = ("delivery", "billing", "staff")


def said(scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int]:
    return [round(2.0 / (1.0 + np.exp(-score))) for score in scores.tolist()]


def test_each_urgency_is_said_as_often_as_it_is_true() -> None:
    urgencies = [0] * 60 + [1] * 30 + [2] * 10
    scores = DICE.normal(size=100) + np.array(urgencies)

    slope, offset = details.moved(scores, urgencies)

    counts = np.bincount(said(slope * scores + offset), minlength=3)
    assert counts == pytest.approx([60, 30, 10], abs=1)


def test_topic_and_urgency_are_read_off_the_vectors_and_the_labels_stay() -> None:
    kinds = [place % 3 for place in range(201)]
    posts = [_post(kind) for kind in kinds]
    vectors = DICE.normal(size=(201, 8)).astype(np.float32)
    vectors[range(201), kinds] += 6.0
    shape = (len(labels.OUTPUTS), 8)
    before = VectorHeads(DICE.normal(size=shape).astype(np.float32), np.ones(shape[0], np.float32))

    after = details.with_details(before, vectors, posts)

    scores = after.scores(vectors)
    columns = [labels.OUTPUTS.index(topic) for topic in _TOPICS]
    right = scores[:, columns].argmax(axis=1) == np.array(kinds)
    assert right.mean() > 0.95
    assert np.array_equal(
        after.weights[: len(labels.CHANCES)], before.weights[: len(labels.CHANCES)]
    )


def test_only_posts_that_need_an_answer_teach_details() -> None:
    praise = LabelledPost(
        text="lovely", language="en", labels={"complaint": 0, "request": 0}, source="corpus",
        gold="handwritten", topic="other", urgency=0,
    )  # fmt: skip

    assert details.asked([praise, _post(1)]) == [_post(1)]


def _post(number: int) -> LabelledPost:
    return LabelledPost(
        text=f"post {number}",
        language="en",
        labels={"complaint": 1, "request": 0},
        source="corpus",
        gold="handwritten",
        topic=_TOPICS[number],
        urgency=number,
    )
