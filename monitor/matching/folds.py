"""What single characters fold to; all of Unicode is gone through in a tenth of a second."""

from collections.abc import Iterator, Set

from monitor.matching.folding import fold

_LAST = 0x110000
_BLOCK = 256
_FIRST = 2
_BESIDE = "\x01"  # folds to itself, and lets nothing beside it change its order


def folds_onto(letters: Set[str]) -> Iterator[tuple[str, str]]:
    """Yield each character that folding changes, and its fold, if that has one of `letters`.

    So do the characters that fold to nothing. Not so do halves of letters.
    """
    for start in range(_FIRST, _LAST, _BLOCK):
        chars = [chr(code) for code in range(start, min(start + _BLOCK, _LAST))]
        written = _BESIDE.join(chars)
        folded = fold(written)
        if folded != written:
            pairs = zip(chars, folded.split(_BESIDE), strict=True)
            yield from (
                (char, to)
                for char, to in pairs
                if to not in (char, "\ufffd") and (not to or not letters.isdisjoint(to))
            )
