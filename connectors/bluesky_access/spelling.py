"""In which of many texts a keyword may stand, at a small part of what folding each would cost.

Nearly every character folds to one other, or to nothing, wherever it stands: all texts are folded
at once by a table. A text is folded by itself where one of its characters folds to several that
are a piece of a keyword, or by what stands beside it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from unicodedata import combining

import numpy as np
from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation
from numpy.typing import NDArray

from monitor.matching.folding import fold
from monitor.matching.folds import folds

# A space may be any run of them; what stands before a handle or a tag may not be in the record.
_PARTS = re.compile(r"[^ @#]+")
_LAST = 0x110000
_MOST_FOR_DFA = 30_000  # characters: some 20 MB
# What a character is to the keywords at hand, in one byte: one of their letters, or
_NO_LETTER = 0
_LETTERS = range(1, 254)
_DOUBTFUL = 254
_LEFT_OUT = 255

Kinds = NDArray[np.uint8]


class Spelling:
    """Looks for the longest unbroken part of each keyword."""

    def __init__(self, keywords: Sequence[str]) -> None:
        needles = {fold(word).strip() for word in keywords} - {""}
        parts = sorted({_longest_part(needle) for needle in needles})
        letters = sorted({char for part in parts for char in part})
        # letters that do not fit into a byte share one: a part is then seen too often
        kind_of = {char: _LETTERS[at % len(_LETTERS)] for at, char in enumerate(letters)}
        spelled = {bytes(kind_of[char] for char in part) for part in parts}
        is_small = sum(map(len, parts)) <= _MOST_FOR_DFA
        fastest = Implementation.DFA if is_small else None
        self._parts = AhoCorasick(parts, implementation=fastest)
        self._spelled = BytesAhoCorasick(
            [*sorted(spelled), bytes([_DOUBTFUL])], implementation=fastest
        )
        self._kinds = _kinds(kind_of, "\n".join(needles))

    def may_stand_in(self, texts: Sequence[str]) -> set[int]:
        """Return the numbers of the texts, all read as UTF-8, in which a keyword may stand.

        For all others it is certain that the matcher finds nothing there.
        """
        plain = [number for number, text in enumerate(texts) if text.isascii()]
        found = self._in_plain([texts[number] for number in plain], plain)
        if len(plain) < len(texts):
            other = [number for number, text in enumerate(texts) if not text.isascii()]
            found |= self._in_other([texts[number] for number in other], other)
        return found

    def may_stand_in_any(self, texts: Iterable[str]) -> bool:
        """Return the same of texts together, which may hold halves of letters too."""
        return any(self._parts.find_matches_as_indexes(fold(text)) for text in texts)

    def _in_plain(self, texts: Sequence[str], numbers: Sequence[int]) -> set[int]:
        """Return the numbers of those of the texts, all in ASCII, that hold a part."""
        hits = self._parts.find_matches_as_indexes("\n".join(texts).lower())
        if not hits:
            return set()
        return {numbers[at] for at in _texts_at([start for _, start, _ in hits], texts)}

    def _in_other(self, texts: Sequence[str], numbers: Sequence[int]) -> set[int]:
        codes = np.frombuffer("\n".join(texts).encode("utf-32-le"), np.uint32)
        kinds = self._kinds[codes]
        kept = np.flatnonzero(kinds != _LEFT_OUT)
        hits = self._spelled.find_matches_as_indexes(kinds[kept].tobytes())
        if not hits:
            return set()
        likely = _texts_at(kept[[start for _, start, _ in hits]], texts)
        return {numbers[at] for at in likely if self.may_stand_in_any([texts[at]])}


def _texts_at(places: "Sequence[int] | NDArray[np.intp]", texts: Sequence[str]) -> set[int]:
    """Return in which of the texts places lie, which are counted through all of them."""
    ends = np.fromiter(accumulate(len(text) + 1 for text in texts), np.int64)
    return set(np.searchsorted(ends, places, "right").tolist())


def _longest_part(needle: str) -> str:
    """Return the part of a folded keyword that stands unbroken in every text that names it."""
    return max(_PARTS.findall(needle), key=len, default=needle)


def _kinds(kind_of: Mapping[str, int], everything: str) -> Kinds:
    """Return for each character what it is to the keywords, which are `everything`."""
    kinds = np.full(_LAST, _NO_LETTER, np.uint8)
    for char, kind in kind_of.items():
        kinds[ord(char)] = kind
    for char, folded in folds().items():
        kinds[ord(char)] = kind_of.get(folded, _NO_LETTER) if folded else _LEFT_OUT
    for char, folded in _by_themselves().items():
        if folded in everything:
            kinds[ord(char)] = _DOUBTFUL
    return kinds


@cache
def _by_themselves() -> dict[str, str]:
    """Return what folds to several characters, or by what stands beside it, with their folds."""
    found = {char: folded for char, folded in folds().items() if len(folded) > 1}
    moved = (chr(code) for code in range(_LAST) if combining(chr(code)))  # as NFKD orders them
    found |= {char: fold(char) for char in moved if fold(char)}
    return found | {"Վ": "ւ", "վ": "ւ"}  # after another letter
