"""Which lines of a block of JSON may name a brand, found before any of them is decoded.

For whoever reads:

    sieve = Sieve(brands, decodes_entities=shape.decodes_entities, seams=shape.seams)
    for number in sieve.passed(block, ends):  # numbers of lines in the block, from 0, ascending
        ...

`ends` are the offsets in the block at which its lines end: of each newline, and the length of the
block where the last line has none. What is passed is a superset: a line that is not passed names
no brand by keyword or called handle, and no own account wrote it. Whether a line is passed
depends on that line alone, not on the block that it comes in; but more lines may be passed on one
machine than on another one (by the engine that is installed). What must not depend on that asks
`names_plainly(line)`: True only for lines that every engine passes.

A sieve is made where it is used: it cannot be pickled.
"""

import re
from collections.abc import Sequence

from ahocorasick_rs import BytesAhoCorasick

from connectors.archive.pieces import pieces_of
from monitor.model import Brand


class Sieve:
    """Looks for the pieces of the brands' words."""

    def __init__(self, brands: Sequence[Brand], *, decodes_entities: bool, seams: str = "") -> None:
        import numpy as np

        self._pieces = pieces_of(brands, seams + "/")
        plain = sorted(piece.encode() for piece in self._pieces or () if piece.isascii())
        self._plain = BytesAhoCorasick(plain) if plain else None
        self._odd = re.compile(rb"[\x80-\xff]|\\u" + (rb"|&" if decodes_entities else b""))
        self._searchsorted = np.searchsorted

    def passed(self, block: bytes, ends: Sequence[int]) -> list[int]:
        """Return the numbers of the lines of `block` that may name a brand, ascending."""
        if self._pieces is None:
            return list(range(len(ends)))
        places = [found.start() for found in self._odd.finditer(block)]
        if self._plain is not None:
            found = self._plain.find_matches_as_indexes(block.lower())
            places += [start for _, start, _ in found]
        return sorted(set(self._searchsorted(ends, places, "right").tolist()))

    def names_plainly(self, line: bytes) -> bool:
        """Return whether a piece stands in `line` as it is, without any accent or escape."""
        if self._plain is None:
            return False
        return bool(self._plain.find_matches_as_indexes(line.lower()))
