"""Teaching a small network: it learns, and the same posts teach it the same."""

# ruff: noqa: E402 - the imports stand behind the question whether they can be answered

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch, which only `make model` installs")

from classifiers.components.labels import OUTPUTS, TOPICS
from classifiers.components.pieces import Pieces, Read
from classifiers.posts import LabelledPost
from classifiers.training import teach
from classifiers.training.base import Base
from classifiers.training.net import Net
from classifiers.training.teach import Course
from tests.classifiers.training import small

COURSE = Course(rounds=3, batch=4, rate=1e-3, head_rate=2e-2)
LOGIT = 0.05  # how far the shipped graph may be from what was taught, root mean square


class Letters:
    """Reads each letter as one piece."""

    def read(self, text: str) -> Read:
        inside = [4 + ord(letter) % 14 for letter in text]
        return Read([0, *inside, 2], [(place, place + 1) for place in range(len(text))])


PIECES = cast(Pieces, Letters())


def a_post(text: str, complaint: int | None, topic: str | None = "other") -> LabelledPost:
    labels = {"complaint": complaint, "request": 0, "praise": 0, "churn_risk": 0}
    return LabelledPost(
        text=text,
        language="en",
        labels=labels,
        source="corpus",
        gold="hand",
        urgency=2 * (complaint or 0),
        topic=topic,
    )


POSTS = [a_post("abab" * (1 + n % 5), 1, "delivery") for n in range(12)]
POSTS += [a_post("ffgf" * (1 + n % 5), 0) for n in range(12)]


def a_net(folder: Path, **settings: Any) -> Any:
    torch.manual_seed(1)
    return Net(Base(small.write(folder / "small.bin")), range(18), **settings)


def taught(folder: Path, posts: list[LabelledPost] = POSTS, **settings: Any) -> Any:
    net = a_net(folder, **settings)
    teach.teach(net, PIECES, posts, COURSE)
    return net


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return taught(tmp_path_factory.mktemp("once"))


def weights(net: Any) -> dict[str, Any]:
    return {name: each.detach().numpy().copy() for name, each in net.state_dict().items()}


def test_it_learns_to_tell_the_sides_apart(once: Any) -> None:
    angry, calm = teach.scores(once, PIECES, ["ababab", "ffgfffgf"])

    column = OUTPUTS.index("complaint")
    assert angry[column] > 0 > calm[column]
    assert angry[OUTPUTS.index("urgency")] > calm[OUTPUTS.index("urgency")]
    assert OUTPUTS[int(angry[-len(TOPICS) :].argmax()) - len(TOPICS)] == "delivery"


def test_the_same_posts_give_the_same_weights(once: Any, tmp_path: Path) -> None:
    first, second = weights(once), weights(taught(tmp_path))

    for name, each in first.items():
        np.testing.assert_array_equal(each, second[name])


def test_what_is_kept_as_it_is_stays(tmp_path: Path) -> None:
    before = a_net(tmp_path, frozen=1)
    table, kept = before.get_buffer("table").clone(), weights(before)

    after = taught(tmp_path, frozen=1)

    changed = {
        name for name, each in weights(after).items() if not np.array_equal(each, kept[name])
    }
    assert torch.equal(after.get_buffer("table"), table)
    assert not any(name.startswith(("layers.0.", "places", "table_norm")) for name in changed)
    assert any(name.startswith("layers.1.") for name in changed)
    assert "head.weight" in changed


def test_a_label_that_is_not_known_teaches_nothing(tmp_path: Path) -> None:
    unknown = [a_post(post.text, None, None) for post in POSTS]
    net = a_net(tmp_path)
    before = net.head.weight.detach().clone()

    teach.teach(net, PIECES, unknown, Course(rounds=1, batch=4, rate=0.0, decay=0.0))

    moved = (net.head.weight.detach() - before).abs().max(dim=1).values.tolist()
    assert moved[OUTPUTS.index("complaint")] == 0.0
    assert moved[-len(TOPICS) :] == [0.0] * len(TOPICS)
    assert moved[OUTPUTS.index("request")] > 0.0


def test_scores_come_in_the_order_of_the_texts(tmp_path: Path) -> None:
    net = a_net(tmp_path)
    net.eval()
    texts = ["abcdefgh" * 6, "a", "gfedcba", "ab"]

    found = teach.scores(net, PIECES, texts)

    alone = np.concatenate([teach.scores(net, PIECES, [text]) for text in texts])
    np.testing.assert_allclose(found, alone, atol=0.02)  # multiplied in sixteen bits


def test_the_graph_of_what_was_taught_says_the_same(once: Any) -> None:
    pytest.importorskip("onnx", reason="needs onnx, which only `make model` installs")
    from tests.classifiers.training.test_graph import LENGTHS, apart, by_graph, by_net, texts

    numbers, mask = texts(len(small.PIECES), LENGTHS)

    assert apart(by_graph(once, numbers, mask), by_net(once, numbers, mask)) < LOGIT
