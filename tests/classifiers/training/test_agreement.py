"""How far two passes over the corpus agree."""

import json
from pathlib import Path

import pytest

from classifiers.posts import LabelledPost
from classifiers.training.agreement import EVERY, agreement, kappa, table
from monitor.errors import ConfigError

POSTS = [
    LabelledPost(
        text=f"post {number}",
        language=("en", "sk")[number % 2],
        labels={"complaint": int(number < 4), "request": 0, "praise": 0, "churn_risk": 0},
        source="corpus",
        gold="handwritten",
        id=str(number),
        topic="fault",
        urgency=0,
    )
    for number in range(8)
]


def test_kappa_is_the_agreement_beyond_chance() -> None:
    # Of 50 pairs 35 are alike; by chance 25 would be: (35 - 25) / (50 - 25).
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15

    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa([0, 0], [0, 0]) is None


def test_each_label_is_compared_by_language_and_over_all(tmp_path: Path) -> None:
    second = tmp_path / "second.jsonl"
    rows = [_row(post, complaint=int(post.id in "012")) for post in POSTS]
    second.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    found = {(one.language, one.label): one for one in agreement(POSTS, second)}

    assert found[EVERY, "complaint"].alike == 7 / 8
    assert found["en", "complaint"].kappa == 1.0
    assert found["sk", "complaint"].posts == 4
    assert found[EVERY, "topic"].posts == 4  # of those that need an answer
    assert len(list(table(list(found.values())))) == len(found) + 1


def test_a_second_pass_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl"):
        agreement(POSTS, tmp_path / "nowhere.jsonl")


def _row(post: LabelledPost, complaint: int) -> dict[str, object]:
    labels = {**post.labels, "complaint": complaint}
    return {"id": post.id, "labels": labels, "urgency": 0, "topic": "fault"}
