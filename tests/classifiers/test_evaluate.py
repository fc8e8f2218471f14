"""Evaluation: the figures mean what they say, and unknown labels are left out."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from classifiers import pipeline, posts as corpus
from classifiers.posts import LabelledPost
from classifiers.evaluate import Evaluation, Row, auroc, evaluate
from monitor.errors import ConfigError
from monitor.model import Classification, Flag, Passage


class Foreseen:
    """A judge whose answers stand in the text: language, complaint, request."""

    version = "1/foreseen"

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        for passage in passages:
            language, complaint, request = passage.text.split()
            chances = {Flag.COMPLAINT: float(complaint), Flag.REQUEST: float(request)}
            yield Classification(
                language=language,
                complaint=chances[Flag.COMPLAINT],
                request=chances[Flag.REQUEST],
                flags=frozenset(flag for flag, chance in chances.items() if chance >= 0.5),
                model=self.version,
            )


def post(
    text: str, complaint: int | None, request: int | None = None, gold: str = "hand"
) -> LabelledPost:
    labels = {"complaint": complaint, "request": request}
    return LabelledPost(text=text, language="sk", labels=labels, source="here", gold=gold)


def row(found: Evaluation, group: str, label: str) -> Row:
    return next(each for each in found.rows if (each.group, each.label) == (group, label))


def test_precision_recall_and_false_alarms_are_counted() -> None:
    posts = [
        post("sk .9 0", 1),
        post("sk .4 0", 1),
        post("sk .7 0", 0),
        post("sk .1 0", 0),
        post("cs .2 0", 0),
    ]

    found = row(evaluate(Foreseen(), posts), "sk", "complaint")

    assert (found.yes, found.no) == (2, 3)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)
    assert found.auroc == pytest.approx(5 / 6)
    assert found.false_alarms == pytest.approx(1 / 3)


def test_an_unknown_label_is_left_out() -> None:
    found = row(evaluate(Foreseen(), [post("sk .9 .9", 1, None)]), "all", "request")

    assert (found.yes, found.no, found.recall, found.auroc) == (0, 0, None, None)


def test_labels_that_nobody_stands_by_are_left_out_unless_asked_for() -> None:
    posts = [post("sk .9 0", 1), post("sk .9 0", 0, gold="weak")]

    found = evaluate(Foreseen(), posts)

    assert (found.posts, found.left_out) == (1, 1)
    assert evaluate(Foreseen(), posts, ["weak"]).posts == 1


def test_the_share_of_recognised_languages_is_reported() -> None:
    posts = [post("sk 0 0", 0), post("cs 0 0", 0), post("und 0 0", 0), post("sk 0 0", 0)]

    found = evaluate(Foreseen(), posts).languages[0]

    assert (found.posts, found.right, found.unknown) == (4, 0.5, 0.25)


def test_sources_can_be_shown_apart() -> None:
    found = evaluate(Foreseen(), [post("sk .9 0", 1)], per_source=True)

    assert [each.group for each in found.languages] == ["sk", "sk here", "all"]


@pytest.mark.parametrize(
    ("scores", "truth", "expected"),
    [
        pytest.param([0.1, 0.9], [0, 1], 1.0, id="right"),
        pytest.param([0.9, 0.1], [0, 1], 0.0, id="wrong"),
        pytest.param([0.5, 0.5, 0.5], [0, 1, 0], 0.5, id="ties count half"),
        pytest.param([0.5], [1], None, id="nothing to compare"),
        pytest.param([], [], None, id="nothing at all"),
    ],
)
def test_auroc_is_the_chance_of_the_right_order(
    scores: list[float], truth: list[int], expected: float | None
) -> None:
    assert auroc(scores, truth) == expected


def test_a_line_that_is_no_post_is_named(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl.gz"
    with gzip.open(file, "wt") as lines:
        lines.write('\n{"text": 1, "lang": "en", "labels": {}}\n')

    with pytest.raises(ConfigError, match=r"posts\.jsonl\.gz: line 2: no labelled post"):
        list(corpus.read([file]))


@pytest.mark.parametrize("name", ["none.jsonl", "torn.jsonl.gz"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}' * 99)[:40])

    with pytest.raises(ConfigError, match=name):
        list(corpus.read([tmp_path / name]))


def test_the_shipped_judge_stays_well_above_chance(shared: Path) -> None:
    files = sorted((shared / "data" / "dev").glob("*.jsonl*"))

    found = evaluate(pipeline.load(), corpus.read(files))

    assert (row(found, "all", "complaint").auroc or 0) > 0.74
    assert (row(found, "all", "request").auroc or 0) > 0.88
    assert found.languages[-1].right > 0.95


def test_the_own_posts_are_labelled_and_no_text_stands_twice() -> None:
    files = sorted((Path(pipeline.__file__).parent / "seed").glob("*.jsonl"))

    posts = list(corpus.read(files))

    assert {each.language for each in posts} == {"en", "tr", "sk", "ar", "hy", "ru"}
    assert len({each.text for each in posts}) == len(posts)
    assert all(json.dumps(each.labels).count("null") == 0 for each in posts)
