"""Whether a text may name a keyword, without folding most texts.

Folding costs more than all else that is done to a post. It is spared where it changes nothing that
matters: where no character of the text folds to more or other than its small letter and, so
folded, could stand in a keyword. Every text of which that cannot be said is folded.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from unicodedata import combining

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

from monitor.matching.folding import fold

# A space may be any run of them; what stands before a handle or a tag may not be in the record.
_BETWEEN = " @#"
_PARTS = re.compile(r"[^ @#]+")
_UNSEEN = ("\ufe0f", "\u200d")  # see `_seen`
_BLOCK = 128
_MOST_FOR_DFA = 30_000  # characters
_LAST = 0x110000
_OTHER = b"\0"
_SURROGATES = range(0xD800, 0xE000)  # no text that was read as UTF-8 holds one


class Spelling:
    """Looks for the longest unbroken part of each keyword."""

    def __init__(self, keywords: Sequence[str]) -> None:
        needles = {fold(word).strip() for word in keywords} - {""}
        parts = sorted({longest_part(needle) for needle in needles})
        doubtful = sorted({*parts, *_doubtful(needles)})
        self._parts = AhoCorasick(parts, implementation=_fastest(parts))
        self._parts_or_doubt = AhoCorasick(doubtful, implementation=_fastest(doubtful))
        narrow = [part.encode("ascii") for part in parts if part.isascii()]
        self._narrow = BytesAhoCorasick(
            [*narrow, _OTHER], implementation=_fastest([*parts, *parts])
        )

    def may_stand_in(self, texts: Sequence[str]) -> set[int]:
        """Return the numbers of the texts, all read as UTF-8, in which a keyword may stand.

        For all others it is certain that the matcher finds nothing there.
        """
        plain = [number for number, text in enumerate(texts) if text.isascii()]
        if len(plain) == len(texts):
            return _found_in(self._parts, texts, plain)
        other = sorted(set(range(len(texts))).difference(plain))
        doubtful = _found_in(self._parts_or_doubt, texts, other)
        found = _found_in(self._parts, texts, plain) if plain else set()
        return found.union(number for number in doubtful if self._stands_in(texts[number]))

    def may_stand_in_any(self, texts: Iterable[str]) -> bool:
        """Return the same of texts together, which may hold halves of letters too."""
        return any(self._parts.find_matches_as_indexes(fold(text)) for text in texts)

    def _stands_in(self, text: str) -> bool:
        """Look at a doubtful text more closely: by a table, and where there is none by folding."""
        try:
            narrow = text.encode("latin-1").translate(*_narrowing())
        except UnicodeEncodeError:
            return self.may_stand_in_any([text])
        return bool(self._narrow.find_matches_as_indexes(narrow)) and self.may_stand_in_any([text])


def _found_in(engine: AhoCorasick, texts: Sequence[str], numbers: Sequence[int]) -> set[int]:
    """Return those of `numbers` in whose text the engine finds anything; it is asked once."""
    small = [texts[number].lower() for number in numbers]
    hits = engine.find_matches_as_indexes(_seen("\n".join(small)))
    if not hits:
        return set()
    ends = list(accumulate(len(_seen(text)) + 1 for text in small))
    return {numbers[bisect_right(ends, start)] for _, start, _ in hits}


def _seen(text: str) -> str:
    """Return a text without what stands in every second picture; folding leaves it out as well."""
    return text if text.isascii() else text.replace("\ufe0f", "").replace("\u200d", "")


@cache
def _narrowing() -> tuple[bytes, bytes]:
    """Return what the letters of Western Europe fold to, and those that are left out.

    One that folds to no single ASCII character is `_OTHER`: it is looked at more closely.
    """
    folds = [fold(chr(code)) for code in range(256)]
    table = (each.encode() if each.isascii() and len(each) == 1 else _OTHER for each in folds)
    return b"".join(table), bytes(code for code, each in enumerate(folds) if not each)


def _fastest(words: Sequence[str]) -> Implementation | None:
    """Return the engine that is four times as fast, where it takes no more than some 30 MB."""
    return Implementation.DFA if sum(map(len, words)) <= _MOST_FOR_DFA else None


def longest_part(needle: str) -> str:
    """Return the part of a folded keyword that stands unbroken in every text that names it."""
    return max(_PARTS.findall(needle), key=len, default=needle)


def _doubtful(needles: set[str]) -> Iterator[str]:
    """Yield what in a text of small letters may be a piece of a keyword in another spelling."""
    everything = "\n".join(needles)
    for char, folded in _unlike().items():
        within = folded.strip(_BETWEEN)
        if not folded or (within and folded in everything):
            yield char.lower()


@cache
def _unlike() -> dict[str, str]:
    """Return the characters that do not simply fold to their small letter, with their folds."""
    found: dict[str, str] = {}
    for start in range(0x80, _LAST, _BLOCK):
        if start in _SURROGATES:
            continue
        block = "".join(map(chr, range(start, start + _BLOCK)))
        if fold(block) != block or block.lower() != block:
            found.update((char, fold(char)) for char in block if fold(char) != char.lower())
        found.update((char, fold(char)) for char in block if combining(char))  # they change places
    # these fold by what stands beside them
    found |= {"Σ": "σ", "ς": "σ", "Վ": "ւ", "վ": "ւ"}
    return {char: folded for char, folded in found.items() if char not in _UNSEEN}
