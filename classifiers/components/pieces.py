"""The pieces of words that the encoder knows, and the numbers it knows them by."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from classifiers.components.chunks import chunks

BEGIN, END = "<s>", "</s>"
HEAD, TAIL = 224, 64  # pieces kept of a long text: what stands between is not read
_WORD_BEGINS = "▁"
_REMEMBERED = 1 << 16  # chunks
_LONGEST = 40  # characters of a chunk that is remembered: longer ones never come again


@dataclass(frozen=True, slots=True)
class Read:
    """A text as the encoder reads it; the first and the last number are the frame's."""

    numbers: Sequence[int]
    spans: Sequence[tuple[int, int]]  # of each number in between: where its chunk stands


class Pieces:
    """Cuts texts into pieces with a vocabulary in SentencePiece's format."""

    def __init__(self, model: Path) -> None:
        self._cutter = SentencePieceProcessor(model_file=str(model))
        self._begin = self._cutter.PieceToId(BEGIN)
        self._end = self._cutter.PieceToId(END)
        self._of = lru_cache(_REMEMBERED)(self._numbers)

    def __len__(self) -> int:
        return int(self._cutter.GetPieceSize())

    def read(self, text: str) -> Read:
        """Return the pieces of `text`; of a long one, its beginning and its end."""
        numbers: list[int] = []
        spans: list[tuple[int, int]] = []
        for chunk in chunks(text):
            cut = self._of if len(chunk.text) <= _LONGEST else self._numbers
            own = cut(_WORD_BEGINS + chunk.text if chunk.spaced else chunk.text)
            numbers.extend(own)
            spans.extend([(chunk.start, chunk.end)] * len(own))
        if len(numbers) > HEAD + TAIL:
            numbers = numbers[:HEAD] + numbers[-TAIL:]
            spans = spans[:HEAD] + spans[-TAIL:]
        return Read([self._begin, *numbers, self._end], spans)

    def _numbers(self, chunk: str) -> tuple[int, ...]:
        return tuple(self._cutter.EncodeAsIds(chunk))
