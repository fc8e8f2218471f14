"""The strings of a block that spell letters oddly, decoded all at once.

What is looked for has no quotation mark, so it stands between two of them: a segment is what
stands between two quotation marks, escaped or not. A segment is decoded by itself or among
others with the same result.
"""

import html
import re
from collections.abc import Iterator, Sequence
from json.decoder import scanstring

import numpy as np
from ahocorasick_rs import AhoCorasick

from connectors.archive.letters import PARTED_BY, PARTING, SEVERAL, Letters
from connectors.archive.scanning import scanner
from monitor.matching.folding import fold

_QUOTE, _NEWLINE, _BACKSLASH = b'"', b"\n", b"\\"
_PARTED_BY = PARTED_BY.encode()
# Every entity that one shape or another decodes; `html.unescape` decodes some more.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class Segments:
    """Looks for pieces in segments, by their ends."""

    def __init__(
        self, pieces: Sequence[str], letters: Letters, *, decodes_entities: bool, quickly: bool
    ) -> None:
        self._letters = letters
        self._decodes_entities = decodes_entities
        spelled = sorted({letters.spelled(piece) for piece in pieces})
        self._likely = scanner([*spelled, bytes([SEVERAL])], None, quickly=quickly)
        self._exact = AhoCorasick(sorted(pieces))

    def naming(self, block: bytes, ends: Sequence[int]) -> list[int]:
        """Return those of the segments of `block` that end before `ends` which hold a piece.

        A segment that cannot be decoded is taken for one.
        """
        if not ends:
            return []
        segments = list(_segments(block, ends))
        text = self._text(_PARTED_BY.join(segments))
        if text is None or text.count(PARTED_BY) != len(segments) - 1:
            return [end for end, each in zip(ends, segments, strict=True) if self._names(each)]
        texts = text.split(PARTED_BY)
        return [ends[at] for at in self._likely_ones(text) if self._holds(texts[at])]

    def _names(self, segment: bytes) -> bool:
        text = self._text(segment)
        return text is None or self._holds(text)

    def _holds(self, text: str) -> bool:
        return bool(self._exact.find_matches_as_indexes(fold(text)))

    def _text(self, joined: bytes) -> str | None:
        """Return what stands in segments, None if that cannot be told for all of them."""
        text = joined.decode("utf-8", "replace")
        if "\\" in text:
            try:
                text, _ = scanstring(f'{text}"', 0, False)
            except ValueError:
                return None
        if not self._decodes_entities or "&" not in text:
            return text
        decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        return decoded if decoded == html.unescape(text) else None

    def _likely_ones(self, text: str) -> list[int]:
        """Return the numbers of the segments in which a piece may stand."""
        kinds = self._letters.kinds(text)
        found, _ = self._likely.scan(kinds.tobytes())
        if not found:
            return []
        parted = np.flatnonzero(kinds == PARTING)
        numbers: list[int] = np.unique(np.searchsorted(parted, np.array(found) - 1)).tolist()
        return numbers


def _segments(block: bytes, ends: Sequence[int]) -> Iterator[bytes]:
    behind = 0
    for end in ends:
        start = block.rfind(_QUOTE, behind, end - 1) + 1
        if not start:
            start = block.rfind(_NEWLINE, behind, end - 1) + 1 or behind
        behind = end
        segment = block[start : end - 1]
        yield segment if segment[-1] != _BACKSLASH[0] else _without_half(segment)


def _without_half(segment: bytes) -> bytes:
    """Return a segment without the backslash of a quotation mark that follows."""
    length = len(segment)
    return segment[: length - (length - len(segment.rstrip(_BACKSLASH))) % 2]
