"""The component that reads a text with the encoder: one vector for each piece of it.

ONNX Runtime multiplies; the table of pieces stays packed in four bits and is unpacked row by row,
so that it costs the memory of its file.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from classifiers.components import labels
from classifiers.components.pieces import Pieces, Read
from monitor.errors import ClassifierError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

GRAPH, TABLE, PIECES = "encoder.onnx", "table.npz", "pieces.model"
WIDTH = 384
BLOCK = 32  # numbers of a row that share a step
_AT_ONCE = 1_024  # pieces in one run of the graph, blanks that fill up counted

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a piece and its place are worth before anything is read."""

    packed: NDArray[np.uint8]  # a row for each piece, two numbers in a byte
    steps: NDArray[np.float16]  # a row for each piece, one for each block
    places: Floats  # a row for each place in a text

    def rows(self, numbers: Sequence[int]) -> Floats:
        """Return the rows of a text's pieces: shape (pieces, WIDTH)."""
        worth = unpacked(self.packed[numbers], self.steps[numbers])
        return worth + self.places[: len(numbers)]


def unpacked(packed: NDArray[np.uint8], steps: NDArray[np.float16]) -> Floats:
    """Return rows of four bits as numbers: shape (rows, width).

    Number j and j + 16 of a block share a byte, the low half first; both are 8 too large.
    """
    rows, blocks = steps.shape
    halves = packed.reshape(rows, blocks, BLOCK // 2)
    whole = np.concatenate([halves & 15, halves >> 4], axis=2).astype(np.float32) - 8.0
    worth: Floats = whole * steps.astype(np.float32)[:, :, None]
    return worth.reshape(rows, blocks * BLOCK)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder found in a text."""

    vectors: Floats  # one for each piece, the frame's two included: shape (pieces, WIDTH)
    spans: Sequence[tuple[int, int]]  # where each piece's chunk stands, the frame left out

    @property
    def vector(self) -> Floats:
        """The text as a whole: the mean of its pieces."""
        return np.asarray(self.vectors.mean(axis=0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder with its vocabulary, as it lies in a folder."""

    folder: Path
    pieces: Pieces
    table: Table
    session: "InferenceSession"

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return a reading of each text; those of like length go through the graph together."""
        cut = [self.pieces.read(text) for text in texts]
        lengths = [len(one.numbers) for one in cut]
        found: dict[int, Reading] = {}
        for group in _groups(lengths):
            hidden = self._hidden([cut[place] for place in group])
            for row, place in enumerate(group):
                vectors = hidden[row, : lengths[place]]
                found[place] = Reading(vectors=vectors, spans=cut[place].spans)
        return [found[place] for place in range(len(texts))]

    def _hidden(self, group: Sequence[Read]) -> Floats:
        """Return the graph's answer: shape (texts, pieces of the longest, WIDTH)."""
        longest = max(len(one.numbers) for one in group)
        embedded = np.zeros((len(group), longest, WIDTH), dtype=np.float32)
        mask = np.zeros((len(group), longest), dtype=np.int32)
        for row, one in enumerate(group):
            embedded[row, : len(one.numbers)] = self.table.rows(one.numbers)
            mask[row, : len(one.numbers)] = 1
        (hidden,) = self.session.run(None, {"embedded": embedded, "mask": mask})
        return np.asarray(hidden, dtype=np.float32)


class EncoderComponent:
    """Leaves a `Reading` in `doc.user_data`, for those that weigh it."""

    def __init__(self) -> None:
        self.encoder: Encoder | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` read."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Yield the docs read. Raises: ClassifierError where no encoder was loaded."""
        if self.encoder is None:
            raise ClassifierError("encoder: this model has none")
        for batch in minibatch(stream, batch_size):
            texts = [doc.user_data[labels.TEXT] for doc in batch]
            for doc, reading in zip(batch, self.encoder.read(texts), strict=True):
                doc.user_data[labels.READING] = reading
            yield from batch

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the encoder into the folder `path`: the files it was read from."""
        if self.encoder is None or self.encoder.folder == path:
            return
        path.mkdir(parents=True, exist_ok=True)
        for name in (GRAPH, TABLE, PIECES):
            (path / name).write_bytes((self.encoder.folder / name).read_bytes())

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "EncoderComponent":
        """Return itself with the encoder of the folder `path`."""
        self.encoder = read_encoder(path)
        return self


def read_encoder(path: Path) -> Encoder:
    """Return the encoder of the folder `path`. Raises: OSError, ValueError, KeyError."""
    return Encoder(
        folder=path,
        pieces=Pieces(path / PIECES),
        table=read_table(path / TABLE),
        session=_session(path / GRAPH),
    )


def read_table(path: Path) -> Table:
    """Return the table that was written to `path`. Raises: OSError, ValueError, KeyError."""
    with np.load(path, allow_pickle=False) as arrays:
        return Table(
            packed=arrays["packed"],
            steps=arrays["steps"],
            places=arrays["places"].astype(np.float32),
        )


def _groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield places, shortest first, so that a group filled up to its longest stays small."""
    group: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if group and lengths[place] * (len(group) + 1) > _AT_ONCE:
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def _session(graph: Path) -> "InferenceSession":
    # Official builds report home from the moment of their import: only this is read so early.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(3)  # its warnings are about devices nobody has
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))  # its own count halves shared cores
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # rest while idle
    options.enable_cpu_mem_arena = False  # or one long post keeps its memory for ever
    return onnxruntime.InferenceSession(
        str(graph), sess_options=options, providers=["CPUExecutionProvider"]
    )


@Language.factory("mentiondesk_encoder")
def make_encoder(nlp: Language, name: str) -> Any:
    """Return the component for a pipeline, without weights."""
    return EncoderComponent()
