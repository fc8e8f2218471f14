"""What single characters fold to; all of Unicode is gone through once, in a tenth of a second."""

from collections.abc import Iterator, Mapping, Set
from functools import cache

from monitor.matching.folding import fold

_LAST = 0x110000
_BLOCK = 256
_FIRST = 2
_BESIDE = "\x01"  # folds to itself, and lets nothing beside it change its order
_BROKEN = "\ufffd"  # what halves of letters fold to


@cache
def folds() -> Mapping[str, str]:
    """Return the folds of all characters that folding changes, without halves of letters."""
    found: dict[str, str] = {}
    for start in range(_FIRST, _LAST, _BLOCK):
        chars = [chr(code) for code in range(start, min(start + _BLOCK, _LAST))]
        written = _BESIDE.join(chars)
        folded = fold(written)
        if folded != written:
            pairs = zip(chars, folded.split(_BESIDE), strict=True)
            found.update((char, to) for char, to in pairs if to not in (char, _BROKEN))
    return found


def folds_onto(letters: Set[str]) -> Iterator[tuple[str, str]]:
    """Yield those characters, each with its fold, in whose fold there is one of `letters`.

    And those that fold to nothing.
    """
    for char, folded in folds().items():
        if not folded or not letters.isdisjoint(folded):
            yield char, folded
