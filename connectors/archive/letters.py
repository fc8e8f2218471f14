"""What every character is to the pieces that are looked for, in one byte.

A character folds to the same wherever it stands, with three exceptions, and each of them is made
harmless here: `ե` and `վ` in a row become `եւ`, so `վ` and `ւ` count as one letter; marks that
Unicode puts into an order of their own are left out if a piece has them; runs of white space
become one space, and no piece has any.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from unicodedata import combining

import numpy as np
from numpy.typing import NDArray

from monitor.matching.folds import folds_onto

_LAST = 0x110000
_ASCII = 0x80
_ALIKE = {"վ": "ւ"}
_FREQUENT = "և…"  # those that fold to several characters, and that people write

NO_LETTER = 0
# as scanners do not tell capitals from small letters, no letter of ASCII may be a kind
_LETTERS = [kind for kind in range(1, 252) if not chr(kind).isalpha() or kind >= _ASCII]
PARTING = 252  # stands between texts
SEVERAL = 253  # folds to several characters, letters among them
_LEFT_OUT = 254
_LEFT_OUT_BYTE = bytes([_LEFT_OUT])

PARTED_BY = '"'  # is in no piece, and in no segment

Kinds = NDArray[np.uint8]


class Letters:
    """Writes texts as the kinds of their characters, in which pieces are found as bytes."""

    def __init__(self, pieces: Iterable[str]) -> None:
        """Take pieces as folding leaves them."""
        all_letters = frozenset("".join(pieces))
        self._unordered = frozenset(filter(combining, all_letters))
        letters = sorted({_ALIKE.get(char, char) for char in all_letters - self._unordered})
        # letters that do not fit into a byte share one: a piece is then seen too often
        self._kind_of = {char: _LETTERS[at % len(_LETTERS)] for at, char in enumerate(letters)}
        self._kind_of |= {
            char: self._kind_of[to] for char, to in _ALIKE.items() if to in self._kind_of
        }
        self._written_out: list[tuple[str, str]] = []
        self._kinds = self._of_all(all_letters | {"վ"} if "ւ" in all_letters else all_letters)

    def spelled(self, piece: str) -> bytes:
        """Return a piece as kinds; empty if it has nothing but marks without a fixed order."""
        return bytes(self._kind_of[char] for char in piece if char not in self._unordered)

    def kinds(self, text: str) -> bytes:
        """Return the kinds of a text's characters, without those that count for nothing."""
        for char, folded in self._written_out:
            text = text.replace(char, folded)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        kinds = self._kinds.take(codes, mode="clip").tobytes()  # no code is beyond: that is fastest
        return kinds.translate(None, _LEFT_OUT_BYTE) if _LEFT_OUT_BYTE in kinds else kinds

    @cached_property
    def odd(self) -> Sequence[int]:
        """The characters beyond ASCII that may be a part of a piece, or stand within one."""
        codes: list[int] = np.flatnonzero(self._kinds).tolist()
        return [code for code in codes if code >= _ASCII]

    def _of_all(self, letters: frozenset[str]) -> Kinds:
        kinds = np.full(_LAST, NO_LETTER, np.uint8)
        kinds[ord(PARTED_BY)] = PARTING
        for char, kind in self._kind_of.items():
            kinds[ord(char)] = kind
        for char in self._unordered:
            kinds[ord(char)] = _LEFT_OUT
        for char, folded in folds_onto(letters):
            kinds[ord(char)] = self._kind(folded)
            if kinds[ord(char)] == SEVERAL and char in _FREQUENT:
                self._written_out.append((char, folded))
        return kinds

    def _kind(self, folded: str) -> int:
        kept = [char for char in folded if char not in self._unordered]
        if not kept:
            return _LEFT_OUT
        return SEVERAL if len(kept) > 1 else self._kind_of.get(kept[0], NO_LETTER)
