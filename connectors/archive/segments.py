"""The strings of a block that spell letters oddly, decoded and searched all at once.

What is looked for has no quotation mark, so it stands between two of them: a segment is what
stands between two quotation marks, escaped or not. First all segments together are searched in a
way that may find too much; then each that is left is decoded as its record will be, and folded.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from json.decoder import scanstring

import numpy as np
from ahocorasick_rs import AhoCorasick

from connectors.archive.letters import PARTED_BY, PARTING, SEVERAL, Letters
from connectors.archive.scanning import scanner
from monitor.matching.folding import fold

_QUOTE, _NEWLINE, _BACKSLASH = b'"', b"\n", b"\\"
_ESCAPE, _AMPERSAND, _ESCAPED_AMPERSAND = b"\\u", b"&", b"\\u0026"
# Every entity that one shape or another decodes; `html.unescape` decodes some more.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class Segments:
    """Looks for pieces in segments, by their ends."""

    def __init__(
        self, pieces: Sequence[str], letters: Letters, *, entity: str | None, quickly: bool
    ) -> None:
        """Take a pattern for entities that count, None if they are not decoded."""
        self._letters = letters
        self._entity = re.compile(entity.encode()) if entity is not None else None
        spelled = sorted({letters.spelled(piece) for piece in pieces})
        self._likely = scanner([*spelled, bytes([SEVERAL])], None, quickly=quickly)
        self._exact = AhoCorasick(sorted(pieces))

    def naming(self, block: bytes, ends: Sequence[int]) -> list[int]:
        """Return those of the segments of `block` that end before `ends` which hold a piece.

        A segment that may hold one and cannot be decoded is taken for one that does.
        """
        segments = list(_segments(block, ends))
        likely = self._likely_ones(segments)
        return [ends[at] for at in likely if self._names(segments[at])]

    def _names(self, segment: bytes) -> bool:
        text = segment.decode("utf-8", "replace")
        if "\\" in text:
            try:
                text, _ = scanstring(f'{text}"', 0, False)
            except ValueError:
                return True
        if self._entity is not None and "&" in text:
            decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
            if decoded != html.unescape(text):
                return True
            text = decoded
        return bool(self._exact.find_matches_as_indexes(fold(text)))

    def _likely_ones(self, segments: Sequence[bytes]) -> Iterable[int]:
        """Return the numbers of the segments in which a piece may stand.

        Escapes of one letter are left as they are: none of them stands for a letter of a piece.
        """
        raw: list[int] = []
        escaped: list[int] = []
        intricate: list[int] = []
        for number, segment in enumerate(segments):
            if self._is_intricate(segment):
                intricate.append(number)
            elif _ESCAPE in segment:
                escaped.append(number)
            else:
                raw.append(number)
        intricate += self._likely_raw(segments, raw)
        intricate += self._likely_escaped(segments, escaped)
        return sorted(intricate)

    def _is_intricate(self, segment: bytes) -> bool:
        """Return whether letters are spelled in two odd ways, which may depend on each other."""
        has_escapes = _ESCAPE in segment
        if has_escapes and not segment.isascii():
            return True
        if self._entity is None:
            return False
        if has_escapes:
            return _AMPERSAND in segment or _ESCAPED_AMPERSAND in segment
        return _AMPERSAND in segment and self._entity.search(segment) is not None

    def _likely_raw(self, segments: Sequence[bytes], numbers: Sequence[int]) -> list[int]:
        joined = PARTED_BY.encode().join([segments[number] for number in numbers])
        return self._likely_in(joined.decode("utf-8", "replace"), numbers)

    def _likely_escaped(self, segments: Sequence[bytes], numbers: Sequence[int]) -> list[int]:
        joined = f"\\u{ord(PARTED_BY):04x}".encode().join([segments[number] for number in numbers])
        try:
            halves = joined.decode("raw_unicode_escape")
        except UnicodeDecodeError:
            return list(numbers)
        pairs = halves.encode("utf-16-le", "surrogatepass")
        return self._likely_in(pairs.decode("utf-16-le", "surrogatepass"), numbers)

    def _likely_in(self, text: str, numbers: Sequence[int]) -> list[int]:
        if text.count(PARTED_BY) != len(numbers) - 1:
            return list(numbers)
        kinds = self._letters.kinds(text)
        found, _ = self._likely.scan(kinds)
        if not found:
            return []
        parted = np.flatnonzero(np.frombuffer(kinds, np.uint8) == PARTING)
        places = np.unique(np.searchsorted(parted, np.array(found) - 1))
        return [numbers[at] for at in places.tolist()]


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
