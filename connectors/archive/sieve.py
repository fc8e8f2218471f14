"""Which lines of a block of JSON may name a brand, found before any of them is decoded.

For whoever reads:

    sieve = Sieve(brands, decodes_entities=shape.decodes_entities, seams=shape.seams)
    for number in sieve.passed(block, ends):  # numbers of lines in the block, from 0, ascending
        ...

`ends` are the offsets in the block at which its lines end: of each newline, and the length of the
block where the last line has none. What is passed is a superset: a line that is not passed names
no brand by keyword or called handle, and no own account wrote it. Whether a line is passed
depends on that line alone, not on the block that it comes in, nor on what is installed.

How: a word in a post is written plainly, and then its bytes are found; or at least one of its
letters is spelled oddly (escaped, as an entity, beyond ASCII), and then the string around that
letter is decoded and searched. A sieve is made where it is used: it cannot be pickled.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from connectors.archive.letters import Letters
from connectors.archive.odd import Odd, odd_entity
from connectors.archive.pieces import pieces_of, plain_spellings
from connectors.archive.scanning import scanner
from connectors.archive.segments import Segments
from connectors.archive.standing import Standing
from monitor.model import Brand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KEY_ENDS = b'":'
_NO_KEY = re.compile(rb'["\n\\]')
_LONGEST_KEY = 64  # bytes from a word in it on


class Sieve:
    """Looks for the pieces of the brands' words."""

    def __init__(
        self,
        brands: Sequence[Brand],
        *,
        decodes_entities: bool,
        seams: str = "",
        quickly: bool = True,
    ) -> None:
        """Take what is looked for, and how the shape makes its mentions.

        With `quickly` off the extra that makes it fast is left alone, as if it were not there.
        """
        by_word = pieces_of(brands, seams)
        pieces = sorted(set(by_word.values()))
        letters = Letters(pieces)
        self._passes_all = not pieces or not all(map(letters.spelled, pieces))
        if self._passes_all:
            return
        known = "".join(pieces)  # and "&amp;" is looked for as another plain spelling
        entity = odd_entity(known.replace("&", "")) if decodes_entities else None
        odd = Odd(codes=letters.odd, entity=entity)
        words = plain_spellings(pieces, decodes_entities=decodes_entities)
        self._standing = Standing(() if seams else brands, by_word)
        self._whole = [self._if_whole(word.decode()) for word in words]
        self._scanner = scanner(words, odd, quickly=quickly)
        self._segments = Segments(pieces, letters, odd, self._standing, quickly=quickly)

    def passed(self, block: bytes, ends: "Sequence[int] | NDArray[np.int64]") -> list[int]:
        """Return the numbers of the lines of `block` that may name a brand, ascending."""
        import numpy as np

        if self._passes_all:
            return list(range(len(ends)))
        whole = block if block.endswith(b"\n") else block + b"\n"
        words, odd = self._scanner.scan(whole)
        places = [*self._plainly(whole, words), *self._segments.naming(whole, odd)]
        if not places:
            return []
        numbers: list[int] = np.unique(np.searchsorted(ends, np.array(places) - 1)).tolist()
        return numbers

    def _plainly(self, block: bytes, words: Iterable[tuple[int, int]]) -> Iterator[int]:
        """Yield for each line with a word that may stand there where the first of them ends."""
        line_ends = -1
        for end, number in words:
            if end <= line_ends or _is_in_key(block, end):
                continue
            piece = self._whole[number]
            if piece is None or self._standing.may_stand(piece, block, end):
                yield end
                line_ends = block.find(b"\n", end)

    def _if_whole(self, word: str) -> str | None:
        return word if self._standing.tells(word) else None


def _is_in_key(block: bytes, at: int) -> bool:
    """Return whether the name of an object's member stands at `at`, rather than a value."""
    ends = block.find(_KEY_ENDS, at, at + _LONGEST_KEY)
    return ends >= 0 and _NO_KEY.search(block, at, ends) is None
