"""The linear heads: no language stands for a label, and the same posts give the same bytes."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from classifiers.components import labels
from classifiers.components.folding import fold
from classifiers.components.hashing import BUCKETS, rows
from classifiers.components.judge import RowHead, write_rows
from classifiers.posts import LabelledPost
from classifiers.training import linear

pytestmark = pytest.mark.skipif(
    find_spec("sklearn") is None, reason="needs scikit-learn: the extra `train`"
)
ANGRY = ("useless", "broken", "never again", "rude staff", "lost my parcel", "a joke")
CALM = ("lovely", "thanks a lot", "in the park", "new shop", "great team", "good morning")


def a_post(
    text: str,
    complaint: int | None,
    language: str = "en",
    request: int | None = 0,
    urgency: int | None = None,
    topic: str | None = None,
) -> LabelledPost:
    return LabelledPost(
        text=text,
        language=language,
        labels={"complaint": complaint, "request": request},
        source="corpus",
        gold="hand",
        urgency=urgency,
        topic=topic,
    )


POSTS = [
    a_post(f"{word} {number}x today", complaint)
    for words, complaint in ((ANGRY, 1), (CALM, 0))
    for number, word in enumerate(words)
]


@cache
def head() -> RowHead:
    return linear.taught(POSTS, ["complaint"])["complaint"]


def scored(head: RowHead, texts: Sequence[str]) -> list[float]:
    return [float(score) for score in head.scores(rows([fold(text) for text in texts]))]


def test_what_was_taught_tells_the_sides_apart() -> None:
    angry, calm = scored(head(), ["so useless and rude", "thanks, lovely park"])

    assert angry > 0 > calm


def test_the_same_posts_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"

    write_rows(first, {"complaint": head()})
    write_rows(second, linear.taught(POSTS, ["complaint"]))

    assert first.read_bytes() == second.read_bytes()


def test_yes_counts_as_much_as_no_in_every_language() -> None:
    languages = ["en"] * 10 + ["hy"] * 5
    truth = np.array([1] * 8 + [0] * 2 + [1] + [0] * 4)

    weight = linear._balanced(languages, truth)

    sides = [weight[:8], weight[8:10], weight[10:11], weight[11:]]
    assert [side.sum() for side in sides] == pytest.approx([15 / 4] * 4)


def test_a_language_does_not_stand_for_a_label() -> None:
    mostly_angry = [replace(post, text=f"zzz {post.text}", language="tr") for post in POSTS]
    mostly_angry += [replace(post, text=f"zzz {post.text} so") for post in mostly_angry[:6]] * 5
    mostly_angry += [replace(post, text=f"zzz {post.text} yes") for post in mostly_angry[:6]] * 5

    taught = linear.taught([*POSTS, *mostly_angry], ["complaint"])["complaint"]

    angry, calm, marker = scored(taught, ["useless", "lovely", "zzz"])
    assert abs(marker) < min(abs(angry), abs(calm)) / 2


def test_a_post_of_which_a_label_is_not_known_is_left_out() -> None:
    unknown = [a_post("useless useless broken", None) for _ in range(30)]

    with_them = linear.taught([*POSTS, *unknown], ["complaint"])["complaint"]

    np.testing.assert_array_equal(with_them.weights, head().weights)


def test_urgency_and_topic_are_learnt_from_posts_that_need_an_answer() -> None:
    posts = [
        a_post("now now fire", 1, urgency=2, topic="delivery"),
        a_post("some day perhaps", 1, urgency=0, topic="billing"),
        *[a_post("now now fire", 0, urgency=0, topic="other") for _ in range(20)],
    ]

    found = linear.taught(posts, [labels.URGENCY, "delivery"])

    (urgent,) = scored(found[labels.URGENCY], ["now fire"])
    (delivery,) = scored(found["delivery"], ["now fire"])
    assert urgent > 0
    assert delivery > 0


def test_weights_are_small_whole_numbers_one_a_bucket() -> None:
    weights = head().weights

    assert weights.shape == (BUCKETS,)
    assert weights.dtype == np.int8
    assert np.abs(weights.astype(int)).max() == 127


def test_a_matrix_has_the_rows_that_the_judge_counts() -> None:
    texts = ["Kde je balík?", "", "İNTERNET GİTTİ"]

    found = linear.matrix(texts)

    weights = np.sin(np.arange(BUCKETS))
    counted = rows([fold(text) for text in texts]).scores(weights)
    np.testing.assert_allclose(found @ weights, counted)
