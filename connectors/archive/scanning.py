"""Looks for words and odd spellings in blocks of bytes, as fast as what is installed can.

Where one scanner finds strings with odd spellings, the other one finds them as well, and some
others: which of them counts is told later, from the strings alone.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from numpy.typing import NDArray

from connectors.archive.odd import Odd

_MOST_FOR_DFA = 30_000  # bytes: some 20 MB
_BEYOND_ASCII = 0x80
_BACKSLASH, _U = b"\\u"
_END = re.compile(rb'["\n]')

_Places = NDArray[np.intp]


class Scanner(Protocol):
    """Looks for many words, and for odd spellings."""

    def scan(self, block: bytes) -> tuple[list[tuple[int, int]], list[int]]:
        """Return where which words end, and where strings end that spell letters oddly.

        Both ascend. Words are told by their numbers; those in ASCII are found in any case. A
        string ends after its quotation mark, escaped or not. `block` ends with a newline, if odd
        spellings are looked for.
        """


def scanner(words: Sequence[bytes], odd: Odd | None, *, quickly: bool = True) -> Scanner:
    """Return the fastest scanner there is, or with `quickly` off the one that is always there.

    `words` are in small letters.
    """
    if quickly:
        try:
            from connectors.archive.quick_scanning import QuickScanner
        except ImportError:
            return PlainScanner(words, odd)
        return QuickScanner(words, odd)
    return PlainScanner(words, odd)


class PlainScanner:
    """Stands on what is always installed."""

    def __init__(self, words: Sequence[bytes], odd: Odd | None) -> None:
        is_small = sum(map(len, words)) <= _MOST_FOR_DFA
        fastest = Implementation.DFA if is_small else None
        self._words = BytesAhoCorasick(words, implementation=fastest) if words else None
        self._odd = _OddStrings(odd) if odd is not None else None

    def scan(self, block: bytes) -> tuple[list[tuple[int, int]], list[int]]:
        """Return where which words end, and where strings end that spell letters oddly."""
        words: list[tuple[int, int]] = []
        if self._words is not None:
            found = self._words.find_matches_as_indexes(block.lower(), overlapping=True)
            words = sorted((end, number) for number, _, end in found)
        return words, self._odd.ends(block) if self._odd is not None else []


class _OddStrings:
    """Finds strings with odd spellings by their first bytes."""

    def __init__(self, odd: Odd) -> None:
        self._leads = np.zeros(256, np.bool_)
        self._leads[list(odd.leads)] = True
        self._entity = re.compile(odd.entity) if odd.entity is not None else None

    def ends(self, block: bytes) -> list[int]:
        """Return where such strings end."""
        octets = np.frombuffer(block, np.uint8)
        places = np.sort(np.concatenate(list(self._places(block, octets))))
        ends: list[int] = []
        at = 0
        while at < places.size:
            found = _END.search(block, int(places[at]))
            if found is None:
                break
            ends.append(found.end())
            at = int(places.searchsorted(ends[-1]))
        return ends

    def _places(self, block: bytes, octets: NDArray[np.uint8]) -> Iterator[_Places]:
        beyond = np.flatnonzero(octets >= _BEYOND_ASCII)
        yield beyond[self._leads[octets[beyond]]]
        escapes = np.flatnonzero(octets[:-1] == _BACKSLASH)
        yield escapes[octets[escapes + 1] == _U]
        if self._entity is not None:
            entities = (found.start() for found in self._entity.finditer(block))
            yield np.fromiter(entities, np.intp)
