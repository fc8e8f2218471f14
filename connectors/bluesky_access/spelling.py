"""In which of many texts a keyword may stand, at a small part of what folding each would cost.

Nearly every character folds to one other, or to nothing, wherever it stands: all texts are folded
at once by a table. A text is folded by itself where one of its characters folds to several that
are a piece of a keyword, or by what stands beside it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from unicodedata import combining

import numpy as np
from ahocorasick_rs import AhoCorasick, Implementation
from numpy.typing import NDArray

from monitor.matching.folding import fold

# A space may be any run of them; what stands before a handle or a tag may not be in the record.
_PARTS = re.compile(r"[^ @#]+")
_BLOCK = 128
_LAST = 0x110000
_SURROGATES = range(0xD800, 0xE000)  # no text that was read as UTF-8 holds one
_SEVERAL = 0xFFFE  # no character: stands for what a character of several folds to
_MOST_FOR_DFA = 30_000  # characters: some 20 MB

Codes = NDArray[np.uint32]


class Spelling:
    """Looks for the longest unbroken part of each keyword."""

    def __init__(self, keywords: Sequence[str]) -> None:
        needles = {fold(word).strip() for word in keywords} - {""}
        parts = sorted({_longest_part(needle) for needle in needles})
        is_small = sum(map(len, parts)) <= _MOST_FOR_DFA
        fastest = Implementation.DFA if is_small else None
        self._parts = AhoCorasick(parts, implementation=fastest)
        self._doubtful = _doubtful(needles)

    def may_stand_in(self, texts: Sequence[str]) -> set[int]:
        """Return the numbers of the texts, all read as UTF-8, in which a keyword may stand.

        For all others it is certain that the matcher finds nothing there.
        """
        plain = [number for number, text in enumerate(texts) if text.isascii()]
        found = self._in_plain([texts[number].lower() for number in plain], plain)
        if len(plain) < len(texts):
            other = sorted(set(range(len(texts))).difference(plain))
            found |= self._in_other([texts[number] for number in other], other)
        return found

    def may_stand_in_any(self, texts: Iterable[str]) -> bool:
        """Return the same of texts together, which may hold halves of letters too."""
        return any(self._parts.find_matches_as_indexes(fold(text)) for text in texts)

    def _in_plain(self, texts: Sequence[str], numbers: Sequence[int]) -> set[int]:
        """Return the numbers of those of the texts, in small ASCII letters, that hold a part."""
        hits = self._parts.find_matches_as_indexes("\n".join(texts))
        if not hits:
            return set()
        ends = np.fromiter(accumulate(len(text) + 1 for text in texts), np.int64)
        return _numbers([start for _, start, _ in hits], ends, numbers)

    def _in_other(self, texts: Sequence[str], numbers: Sequence[int]) -> set[int]:
        joined = np.frombuffer("\n".join(texts).encode("utf-32-le"), np.uint32)
        folded = _table()[joined]
        kept = np.flatnonzero(folded)
        hits = self._parts.find_matches_as_indexes(folded[kept].tobytes().decode("utf-32-le"))
        doubtful = np.flatnonzero(self._doubtful[joined])
        if not hits and not len(doubtful):
            return set()
        ends = np.fromiter(accumulate(len(text) + 1 for text in texts), np.int64)
        found = _numbers(kept[[start for _, start, _ in hits]] if hits else [], ends, numbers)
        unsure = set(np.searchsorted(ends, doubtful, "right").tolist())
        return found.union(numbers[at] for at in unsure if self.may_stand_in_any([texts[at]]))


def _numbers(
    places: "Sequence[int] | NDArray[np.intp]", ends: NDArray[np.int64], numbers: Sequence[int]
) -> set[int]:
    """Return in which texts places lie, of texts that end at `ends` and bear `numbers`."""
    return {numbers[at] for at in np.searchsorted(ends, places, "right").tolist()}


def _longest_part(needle: str) -> str:
    """Return the part of a folded keyword that stands unbroken in every text that names it."""
    return max(_PARTS.findall(needle), key=len, default=needle)


def _doubtful(needles: set[str]) -> NDArray[np.bool_]:
    """Return for each character whether the table may not be believed, for these keywords."""
    everything = "\n".join(needles)
    doubtful = np.zeros(_LAST, np.bool_)
    for char, folded in _by_themselves().items():
        doubtful[ord(char)] = folded in everything
    return doubtful


@cache
def _table() -> Codes:
    """Return what each character folds to, 0 where it is left out."""
    table = np.arange(_LAST, dtype=np.uint32)
    for code, folded in _folds().items():
        table[code] = ord(folded) if len(folded) == 1 else _SEVERAL if folded else 0
    table[0] = _SEVERAL
    return table


@cache
def _by_themselves() -> dict[str, str]:
    """Return what folds to several characters, or by what stands beside it, with their folds."""
    found = {chr(code): folded for code, folded in _folds().items() if len(folded) > 1}
    moved = (chr(code) for code in range(_LAST) if combining(chr(code)))  # as NFKD orders them
    found |= {char: fold(char) for char in moved if fold(char)}
    return found | {"Վ": "ւ", "վ": "ւ"}  # after another letter


@cache
def _folds() -> dict[int, str]:
    """Return the folds of all characters that do not fold to themselves."""
    found: dict[int, str] = {}
    for start in range(0, _LAST, _BLOCK):
        codes = range(start, start + _BLOCK)
        block = "".join(map(chr, codes))
        if start not in _SURROGATES and fold(block) != block:
            found.update((code, fold(chr(code))) for code in codes if fold(chr(code)) != chr(code))
    return found
