"""Looks for pieces and odd spellings in blocks of bytes, as fast as what is installed can.

Both scanners find the same; the one that stands on hyperscan is several times faster.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from ahocorasick_rs import BytesAhoCorasick


class Scanner(Protocol):
    """Looks for many words and one pattern."""

    def scan(self, block: bytes) -> tuple[list[int], list[int]]:
        """Return where words end, and where what the pattern matches ends; both ascend.

        Of words that overlap at least one is found. Words that are ASCII are found in any case.
        """


def scanner(words: Sequence[bytes], pattern: bytes | None, *, quickly: bool = True) -> Scanner:
    """Return the fastest scanner there is, or with `quickly` off the one that is always there.

    `words` are in small letters.
    """
    if quickly:
        try:
            from connectors.archive.quick_scanning import QuickScanner
        except ImportError:
            return PlainScanner(words, pattern)
        return QuickScanner(words, pattern)
    return PlainScanner(words, pattern)


class PlainScanner:
    """Stands on what is always installed."""

    def __init__(self, words: Sequence[bytes], pattern: bytes | None) -> None:
        self._words = BytesAhoCorasick(words) if words else None
        self._pattern = re.compile(pattern) if pattern is not None else None

    def scan(self, block: bytes) -> tuple[list[int], list[int]]:
        """Return where words end, and where what the pattern matches ends."""
        found, matched = [], []
        if self._words is not None:
            hits = self._words.find_matches_as_indexes(block.lower())
            found = [end for _, _, end in hits]
        if self._pattern is not None:
            matched = [each.end() for each in self._pattern.finditer(block)]
        return found, matched
