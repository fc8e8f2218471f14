"""The strings of a block that spell letters oddly, decoded and searched all at once.

What is looked for has no quotation mark, so it stands between two of them: a segment is what
stands between two quotation marks, escaped or not. First all segments together are searched in a
way that may find too much; then each that is left is decoded as its record will be, and folded.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from json.decoder import JSONDecodeError, JSONDecoder

import numpy as np
from ahocorasick_rs import AhoCorasick

from connectors.archive.letters import PARTED_BY, PARTING, SEVERAL, Letters
from connectors.archive.odd import Odd, odd_entity
from connectors.archive.scanning import scanner
from connectors.archive.standing import Standing
from monitor.matching.folding import fold

_QUOTE, _NEWLINE, _BACKSLASH = PARTED_BY.encode(), b"\n", b"\\"
_ESCAPE, _AMPERSAND = b"\\u", b"&"
_ESCAPED_AMPERSAND, _HALF_ENTITY = b"\\u0026", b"&\\u"
# Every entity that one shape or another decodes; `html.unescape` decodes some more.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_patiently = JSONDecoder(strict=False)


class Segments:
    """Looks for pieces in segments, by their ends."""

    def __init__(
        self,
        pieces: Sequence[str],
        letters: Letters,
        odd: Odd,
        standing: Standing,
        *,
        quickly: bool,
    ) -> None:
        self._letters = letters
        self._odd = frozenset(map(chr, odd.codes))
        self._odd_escape = re.compile(odd.escape)
        self._odd_entity = re.compile(odd.entity) if odd.entity is not None else None
        has_entities = self._odd_entity is not None
        self._entity = re.compile(odd_entity("".join(pieces))) if has_entities else None
        spelled = sorted({letters.spelled(piece) for piece in pieces})
        self._likely = scanner([*spelled, bytes([SEVERAL])], None, quickly=quickly)
        self._standing = standing
        self._others = AhoCorasick([piece for piece in pieces if not standing.tells(piece)])

    def naming(self, block: bytes, ends: Sequence[int]) -> list[int]:
        """Return those of `ends` at which segments of `block` end that hold a piece.

        `ends` are those of all segments with an odd spelling; those of others make no difference.
        A segment that nobody can decode holds none, as its record names no brand.
        """
        segments = list(_segments(block, ends))
        likely = self._likely_ones(segments)
        return [ends[at] for at in likely if self._names_oddly(segments[at])]

    def _names_oddly(self, segment: bytes) -> bool:
        text = segment.decode("utf-8", "replace")
        is_odd = (
            self._odd_escape.search(segment) is not None
            or not self._odd.isdisjoint(text)
            or (self._odd_entity is not None and self._odd_entity.search(segment) is not None)
        )
        return is_odd and self._names(text)

    def _names(self, text: str) -> bool:
        if "\\" in text:
            try:
                text = _patiently.decode(f'"{text}"')
            except JSONDecodeError:
                return False
        if self._entity is not None and "&" in text:
            decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
            if decoded != html.unescape(text):
                return True
            text = decoded
        others = self._others.find_matches_as_indexes(fold(text))
        return bool(others) or self._standing.stands_in(text)

    def _likely_ones(self, segments: Sequence[bytes]) -> Iterable[int]:
        """Return the numbers of the segments in which a piece may stand.

        Escapes of one letter are left as they are: none of them stands for a letter of a piece.
        """
        everything = range(len(segments))
        if _ESCAPE not in _QUOTE.join(segments):
            return self._likely_raw(segments, everything)
        raw: list[int] = []
        escaped: list[int] = []
        intricate: list[int] = []
        for number in everything:
            segment = segments[number]
            if _ESCAPE not in segment:
                raw.append(number)
            elif segment.isascii() and not self._has_escaped_entity(segment):
                escaped.append(number)
            else:
                intricate.append(number)
        found = {*self._likely_raw(segments, raw), *self._likely_escaped(segments, escaped)}
        return sorted(found.union(intricate))

    def _has_escaped_entity(self, segment: bytes) -> bool:
        if self._entity is None:
            return False
        return _ESCAPED_AMPERSAND in segment or (
            _AMPERSAND in segment
            and (_HALF_ENTITY in segment or self._entity.search(segment) is not None)
        )

    def _likely_raw(self, segments: Sequence[bytes], numbers: Sequence[int]) -> list[int]:
        joined = _QUOTE.join([segments[number] for number in numbers])
        likely = self._likely_in(joined.decode("utf-8", "replace"))
        if self._entity is None or _AMPERSAND not in joined:
            return [numbers[at] for at in likely]
        places = [found.start() for found in self._entity.finditer(joined)]
        if not places:
            return [numbers[at] for at in likely]
        parted = np.flatnonzero(np.frombuffer(joined, np.uint8) == _QUOTE[0])
        with_entities = np.searchsorted(parted, places).tolist()
        return [numbers[at] for at in sorted({*likely, *with_entities})]

    def _likely_escaped(self, segments: Sequence[bytes], numbers: Sequence[int]) -> list[int]:
        joined = _QUOTE.join([segments[number] for number in numbers])
        try:
            halves = joined.decode("raw_unicode_escape")
        except UnicodeDecodeError:
            halves = ""
        if halves.count(PARTED_BY) == len(numbers) - 1:
            pairs = halves.encode("utf-16-le", "surrogatepass")
            text = pairs.decode("utf-16-le", "surrogatepass")
            return [numbers[at] for at in self._likely_in(text)]
        if len(numbers) <= 1:
            return list(numbers)
        return [number for number in numbers if self._likely_escaped(segments, [number])]

    def _likely_in(self, text: str) -> list[int]:
        """Return which of the segments in `text`, parted by quotation marks, may hold a piece."""
        kinds = self._letters.kinds(text)
        found, _ = self._likely.scan(kinds)
        if not found:
            return []
        parted = np.flatnonzero(np.frombuffer(kinds, np.uint8) == PARTING)
        numbers: list[int] = np.unique(
            np.searchsorted(parted, np.array([end - 1 for end, _ in found]))
        ).tolist()
        return numbers


def _segments(block: bytes, ends: Sequence[int]) -> Iterator[bytes]:
    behind = 0
    for end in ends:
        quote = block.rfind(_QUOTE, behind, end - 1)
        newline = block.rfind(_NEWLINE, max(quote, behind), end - 1)  # of a line that is broken
        start = max(quote, newline) + 1 or behind
        behind = end
        segment = block[start : end - 1]
        yield segment if segment[-1] != _BACKSLASH[0] else _without_half(segment)


def _without_half(segment: bytes) -> bytes:
    """Return a segment without the backslash of a quotation mark that follows."""
    length = len(segment)
    return segment[: length - (length - len(segment.rstrip(_BACKSLASH))) % 2]
