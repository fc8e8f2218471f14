"""Whether a word that stands plainly in the bytes stands there by itself.

"ing" is in every line, and in few of them it is the bank: before a line is decoded for it, the
matcher's own rules look at the characters around it, as far as these are plain themselves.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from monitor.matching.folding import fold
from monitor.matching.keywords import Needle, needle
from monitor.matching.matcher import Matcher
from monitor.model import Brand

_WIDEST = 48  # bytes around a word that are looked at
_UNPLAIN = re.compile(rb"[\x00-\x1f&\\]")  # beside it a text may be another than its bytes
_ASIDE = b' "'
_CACHED = 65_536


class Standing:
    """Knows how pieces that are whole keywords may stand in a text."""

    def __init__(self, brands: Iterable[Brand], pieces: Mapping[str, str]) -> None:
        """Take what is looked for, and the piece of each folded word of it."""
        keywords: dict[str, set[Needle]] = defaultdict(set)
        others = {piece for word, piece in pieces.items() if piece != word}
        for brand in brands:
            for word in brand.keywords:
                found = needle(word, brand.name)
                keywords[found.folded].add(found)
            others |= {pieces[fold(handle).strip()] for _, handle in brand.own_accounts}
        self._keywords = {
            piece: needles for piece, needles in keywords.items() if piece not in others
        }
        self._stands = lru_cache(maxsize=_CACHED)(self._stands_in)
        self._matcher = Matcher([Brand(name="", keywords=tuple(self._keywords))])

    def tells(self, piece: str) -> bool:
        """Return whether `piece` is a keyword, and a part of nothing else that is looked for."""
        return piece in self._keywords

    def stands_in(self, text: str) -> bool:
        """Return whether any of those keywords stands in `text` by itself."""
        return bool(self._matcher.hits(text))

    def may_stand(self, piece: str, block: bytes, end: int) -> bool:
        """Return False if what ends before `end` is certainly a part of a longer word."""
        start = end - len(piece)
        before, after = block[max(0, start - _WIDEST) : start], block[end : end + _WIDEST]
        left = max(before.rfind(_ASIDE[:1]), before.rfind(_ASIDE[1:])) + 1
        stops = [at for at in (after.find(_ASIDE[:1]), after.find(_ASIDE[1:])) if at >= 0]
        if not left or not stops:
            return True
        token = before[left:] + block[start:end] + after[: min(stops)]
        return self._stands(piece, token, len(before) - left)

    def _stands_in(self, piece: str, token: bytes, start: int) -> bool:
        if _UNPLAIN.search(token):
            return True
        if not token.isascii():
            return self.stands_in(token.decode("utf-8", "replace"))
        text, end = token.decode("ascii"), start + len(piece)
        return any(each.stands_at(text, start, end) for each in self._keywords[piece])
