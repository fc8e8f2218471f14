"""The pieces of the brands' words that stand whole, in one JSON string, wherever a word stands.

A word in a post may have any white space where it has a space, and a mention is put together of
several strings. A piece of it that has neither is whole in one of them, its letters in a row.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import dropwhile, product
from unicodedata import combining

from monitor.matching.folding import fold
from monitor.model import Brand

# A quotation mark, a backslash, a slash, a control character may be written otherwise than as
# themselves, and so may "<" and ">" as entities. What stands before a handle or a tag may not be
# in the record; "\ufffd" is what is left of broken letters.
_PARTING = ' "\\/@#<>\ufffd\x7f\uffff' + "".join(map(chr, range(32)))
_BETTER_WITHOUT = "'"  # written in many ways: a piece without it costs less
_LONG_ENOUGH = 4
_MOST_AMPERSANDS = 3
_EVERYWHERE = frozenset({"http", "http:", "https", "https:", "www", "com"})  # tell nothing
_TELLING = 3  # characters
_SHORTEST = 2  # characters: one letter of the alphabet is in every line


def pieces_of(brands: Iterable[Brand], seams: str = "") -> Mapping[str, str]:
    """Return the most telling piece of each keyword and own account's handle, by that word, folded.

    None at all if one of them has no piece worth looking for: it may stand in any line. `seams`
    are characters beside which a mention may be put together.
    """
    words = {fold(word).strip() for brand in brands for word in _words(brand)} - {""}
    found = {word: _piece(word, seams) for word in words}
    if any(len(piece) < _SHORTEST and piece.isascii() for piece in found.values()):
        return {}
    return found


def plain_spellings(pieces: Iterable[str], *, decodes_entities: bool) -> list[bytes]:
    """Return the pieces that are ASCII as the bytes of a record spell them, in small letters."""
    found: set[str] = set()
    for piece in pieces:
        if piece.isascii():
            ways = ("&", "&amp;") if decodes_entities else ("&",)
            first, *others = piece.split("&")
            for chosen in product(ways, repeat=len(others)):
                found.add(first + "".join(map("".join, zip(chosen, others, strict=True))))
    return sorted(spelled.encode() for spelled in found)


def _words(brand: Brand) -> Sequence[str]:
    return (*brand.keywords, *(handle for _, handle in brand.own_accounts))


def _piece(word: str, seams: str) -> str:
    best = _longest(word, _PARTING + seams)
    if best.count("&") > _MOST_AMPERSANDS:
        best = _longest(best, "&")
    simple = _longest(best, _BETTER_WITHOUT)
    return simple if len(simple) >= _LONG_ENOUGH else best


def _longest(word: str, parting: str) -> str:
    return max(map(_without_marks, re.split(f"[{re.escape(parting)}]+", word)), key=_worth)


def _without_marks(part: str) -> str:
    """Return a part without marks in front: some signs fold to a space and a mark behind it."""
    return "".join(dropwhile(combining, part))


def _worth(piece: str) -> tuple[bool, int]:
    """Return what is greater for a piece that stands in fewer lines, as far as it shows."""
    return len(piece) >= _TELLING and piece not in _EVERYWHERE, len(piece)
