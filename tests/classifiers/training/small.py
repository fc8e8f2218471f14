"""A small encoder of chance numbers, in the file format of the large one."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.components.pieces import HEAD, TAIL

WIDTH, LAYERS, HEADS, INNER = 64, 2, 2, 128
PLACES = HEAD + TAIL + 40  # more than are needed, as in the large one
FRAME = ("<s>", "<pad>", "</s>", "<unk>")
WORDS = ("▁lost", "▁par", "cel", "▁", "e", "l", "o", "s", "t", "р", "ա", "!", "fi", "▁балик")
PIECES = (*FRAME, *WORDS)
SCORES = (0.0, 0.0, 0.0, 0.0, *(-1.0 - place for place in range(len(WORDS))))
_BLOCK = 32

Floats = NDArray[np.float32]


def write(path: Path, seed: int = 5) -> Path:
    """Return `path`, with an encoder of two layers in it."""
    parts = list(_parts(np.random.default_rng(seed)))
    head = _head()
    listed = sum(2 + len(name) + struct.calcsize("<BIQQ") for name, _, _ in parts)
    start = len(head) + 4 + listed
    index = [struct.pack("<i", len(parts))]
    for name, kind, data in parts:
        index.append(struct.pack("<H", len(name)) + name.encode())
        index.append(struct.pack("<BIQQ", kind, 0, start, len(data)))
        start += len(data)
    path.write_bytes(b"".join([head, *index, *(data for _, _, data in parts)]))
    return path


def packed(values: Floats) -> bytes:
    """Return rows in four bits: each block of 32 a half float, then two numbers a byte."""
    blocks = values.reshape(-1, _BLOCK)
    steps = (np.abs(blocks).max(axis=1) / 7).astype(np.float16)
    whole = np.clip(np.rint(blocks / steps.astype(np.float32)[:, None]) + 8, 0, 15)
    numbers = whole.astype(np.uint8)
    pairs = numbers[:, : _BLOCK // 2] | (numbers[:, _BLOCK // 2 :] << 4)
    return b"".join(
        step.tobytes() + pair.tobytes() for step, pair in zip(steps, pairs, strict=True)
    )


def _head() -> bytes:
    text = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, text)]).astype("<u4")
    norms = b"norm"
    return b"".join(
        [
            b"E5S1",
            struct.pack("<i4i", 1, WIDTH, LAYERS, HEADS, INNER),
            struct.pack("<3ifi", PLACES, 512, 1, 1e-12, 0),
            struct.pack("<i4i", len(PIECES), 0, 1, 2, 3),
            struct.pack("<Q", sum(map(len, text))),
            ends.tobytes(),
            np.array(SCORES, "<f4").tobytes(),
            *text,
            struct.pack("<iI", 0, len(norms)),
            norms,
        ]
    )


def _parts(dice: np.random.Generator) -> Iterator[tuple[str, int, bytes]]:
    def plain(name: str, values: Sequence[float] | NDArray[np.floating]) -> tuple[str, int, bytes]:
        return name, 0, np.asarray(values, dtype="<f4").tobytes()

    def matrix(name: str, rows: int, columns: int) -> tuple[str, int, bytes]:
        values = dice.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)
        return name, 1, packed(values)

    yield matrix("emb.word", len(PIECES), WIDTH)
    yield plain("emb.pos", dice.normal(0, 0.05, PLACES * WIDTH))
    yield plain("emb.type", dice.normal(0, 0.05, 2 * WIDTH))
    for name in ("emb.ln", *(f"l{n}.{norm}" for n in range(LAYERS) for norm in ("aln", "oln"))):
        yield plain(f"{name}.w", dice.normal(1, 0.1, WIDTH))
        yield plain(f"{name}.b", dice.normal(0, 0.1, WIDTH))
    shapes = dict.fromkeys(("q", "k", "v", "ao"), (WIDTH, WIDTH))
    shapes |= {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}
    for number in range(LAYERS):
        for part, (rows, columns) in shapes.items():
            yield matrix(f"l{number}.{part}.w", rows, columns)
            yield plain(f"l{number}.{part}.b", dice.normal(0, 0.1, rows))
