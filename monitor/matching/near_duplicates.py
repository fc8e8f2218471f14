"""Which posts are copies of one another: reposts, cut retweets, the same text pasted twice.

A post's words and word pairs are hashed; the smallest hashes are kept. Up to 64 of them that is
the whole set, and the resemblance of two posts is exact; above, it is an estimate. Links, handles,
punctuation and emoji do not count. Numbers do: two people with two order numbers are no copies.

Source: A. Broder, "On the resemblance and containment of documents", 1997 (the sketch); Leskovec,
Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3 (the bands).
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING

from monitor.matching.folding import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SKETCH = 64  # hashes kept: 40 words or fewer are kept whole
_SHORT = 4  # posts of fewer words are copies only if they are equal
_OPENING = 5  # words that a cut copy must share with its original at the start
_RESEMBLES = 0.62  # one word changed in eight passes, two in ten do not
_MAY_RESEMBLE = 0.6  # a little less, for what rounding does
_BIT_MASK = 1_023
_CONTAINED = 0.85  # share of a cut copy that must stand in its original
_BANDS = 8
_ROWS = 2  # of each band; at a resemblance of 0.7 a pair is missed once in 200
_PRIME = (1 << 61) - 1
_ODD = 0x9E3779B97F4A7C15  # strews neighbouring numbers over 64 bits
_KEY_BITS = 56  # a band's key fits a signed 64-bit column, its number above it
_HEADER = struct.Struct(">QQIIH?")

_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"  # Thai, Lao, kana, Han: a word a sign
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|<url>|\b[\w.+-]{1,64}@[\w-]+\.[\w.-]+|(?:(?<!\w)/?u/|@)[\w.@-]+"
)
_SIGNS = ("@", "://", "www.", "<url>", "u/")  # one stands in each address
_REPOST = re.compile(r"^\s*(?:rt|mt|via)\b[\s:]*(?=@)")
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_CUT = re.compile(r"(?:…|\.\.\.)[\s\"')\]]*$")
_LONG_NUMBER = 3  # digits from which on a number names something: an order, a flight, a price


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What is kept of a text to tell its copies."""

    exact: int  # of all words in order; 0: the text has no words
    opening: int  # of the first words; 0: too few
    numbers: int  # of the long numbers; 0: none
    words: int
    cut: bool  # ends in an ellipsis: the last word is left out
    sketch: tuple[int, ...]  # ascending; whole if shorter than the limit


@dataclass(frozen=True, slots=True)
class _Bare:
    """A text without what does not count."""

    words: list[str]
    is_cut: bool
    has_digits: bool


def fingerprint(text: str) -> Fingerprint:
    """Return what tells the copies of `text`, whatever its links, handles and decoration."""
    return fingerprints([text])[0]


def fingerprints(texts: Sequence[str]) -> list[Fingerprint]:
    """Return what tells the copies of each text: many at once cost half as much."""
    bare = [_bare(text) for text in texts]
    sketches = _sketches([each.words for each in bare])
    return [_fingerprint(each, sketch) for each, sketch in zip(bare, sketches, strict=True)]


def _bare(text: str) -> _Bare:
    bare = _without_addresses(_REPOST.sub("", fold(text)))
    is_cut = _CUT.search(bare.rstrip()) is not None
    words = _words(bare, is_cut)
    return _Bare(words, is_cut, any(map(str.isdigit, set(bare))))


def _fingerprint(bare: _Bare, sketch: tuple[int, ...]) -> Fingerprint:
    words = bare.words
    return Fingerprint(
        exact=_hash(" ".join(words), 8) if words else 0,
        opening=_hash(" ".join(words[:_OPENING]), 8) if len(words) >= _OPENING else 0,
        numbers=_numbers(words) if bare.has_digits else 0,
        words=min(len(words), 0xFFFF),
        cut=bare.is_cut,
        sketch=sketch,
    )


def bands(found: Fingerprint) -> tuple[int, ...]:
    """Return the keys under which candidates for copies are found; none for a text without words.

    Two fingerprints without a common key are no copies; two with one have to be compared.
    """
    return bands_of([found])[0]


def bands_of(found: Sequence[Fingerprint]) -> list[tuple[int, ...]]:
    """Return the keys of each fingerprint: many at once cost a fraction."""
    long = [each.sketch for each in found if each.words >= _SHORT]
    rows = iter(_rows(long) if long else ())
    return [(*_plain(each), *(next(rows) if each.words >= _SHORT else ())) for each in found]


def _plain(found: Fingerprint) -> Iterator[int]:
    """Yield the keys of a text as a whole, and of how it begins."""
    if found.exact:
        yield _key(0, found.exact)
    if found.opening and found.words >= _SHORT:
        yield _key(1, found.opening)


def similar(one: Fingerprint, other: Fingerprint) -> bool:
    """Return whether two posts are copies of one another."""
    decided = _decided(one, other)
    return resemblance(one, other) >= _RESEMBLES if decided is None else decided


def resemblance(one: Fingerprint, other: Fingerprint) -> float:
    """Return the share of words and word pairs that two posts have in common, 0.0 to 1.0."""
    return _share(*_comparable(frozenset(one.sketch), one.sketch, other.sketch))


class Original:
    """A post that is compared with many others: nearly all are told apart by a few bits."""

    def __init__(self, prints: Fingerprint) -> None:
        self.prints = prints
        self._size = len(prints.sketch)
        self._hashes = frozenset(prints.sketch)
        self._bits = 0
        for value in prints.sketch:
            self._bits |= 1 << (value & _BIT_MASK)
        self._hidden = self._size - self._bits.bit_count()  # hashes behind another one's bit

    def is_similar(self, other: "Original") -> bool:
        """Return what `similar` says of the two."""
        decided = _decided(self.prints, other.prints)
        if decided is not None:
            return decided
        most = (self._bits & other._bits).bit_count() + self._hidden
        if most < _MAY_RESEMBLE * max(self._size, other._size):
            return False
        shared = _comparable(self._hashes, self.prints.sketch, other.prints.sketch)
        return _share(*shared) >= _RESEMBLES


def _decided(one: Fingerprint, other: Fingerprint) -> bool | None:
    """Return whether two posts are copies, None where it hangs on how they resemble each other."""
    if not one.exact or not other.exact:
        return False
    if one.exact == other.exact:
        return True
    if one.words < _SHORT or other.words < _SHORT:
        return False
    if one.cut != other.cut and _continues(one, other):
        return True
    if one.numbers and other.numbers and one.numbers != other.numbers:
        return False
    return None


def to_bytes(found: Fingerprint) -> bytes:
    """Return a fingerprint as the store keeps it, 283 bytes at most."""
    header = _HEADER.pack(
        found.exact, found.opening, found.numbers, len(found.sketch), found.words, found.cut
    )
    return header + struct.pack(f">{len(found.sketch)}I", *found.sketch)


def from_bytes(stored: bytes) -> Fingerprint:
    """Return the fingerprint that `to_bytes` wrote."""
    exact, opening, numbers, size, words, cut = _HEADER.unpack_from(stored)
    sketch = struct.unpack_from(f">{size}I", stored, _HEADER.size)
    return Fingerprint(
        exact=exact, opening=opening, numbers=numbers, words=words, cut=cut, sketch=sketch
    )


def _without_addresses(folded: str) -> str:
    """Return a text without links, mail addresses and handles, of which most texts have none."""
    if not any(sign in folded for sign in _SIGNS):
        return folded
    return _ADDRESS.sub(" ", folded)


def _words(bare: str, is_cut: bool) -> list[str]:
    """Return the words of a folded text; the last one of a cut text may be half a word."""
    words: list[str] = _WORD.findall(bare)
    return words[:-1] if is_cut and len(words) > _SHORT else words


def _sketches(texts: Sequence[Sequence[str]]) -> Iterator[tuple[int, ...]]:
    """Yield the smallest hashes of words and word pairs; a pair's is mixed from those of both."""
    import numpy as np

    every = chain.from_iterable(texts)
    words = np.fromiter(map(_word_hash, every), np.uint64, sum(map(len, texts)))
    pairs = _mixed(words[:-1], words[1:]) >> np.uint64(32)
    words >>= np.uint64(32)
    begin = 0
    for text in texts:
        end = begin + len(text)
        features = np.concatenate((words[begin:end], pairs[begin : max(begin, end - 1)]))
        features.sort()
        yield tuple(islice(dict.fromkeys(features.tolist()), _SKETCH))
        begin = end


def _mixed(one: "NDArray[np.uint64]", other: "NDArray[np.uint64]") -> "NDArray[np.uint64]":
    """Return a hash of each pair of numbers; they wrap round at 64 bits."""
    import numpy as np

    sums = one * np.uint64(_ODD) + other
    mixed: NDArray[np.uint64] = (sums ^ (sums >> np.uint64(29))) * np.uint64(_ODD)
    return mixed


@lru_cache(maxsize=16_384)  # most words of most posts
def _word_hash(word: str) -> int:
    return _hash(word, 8)


def _numbers(words: Iterable[str]) -> int:
    long = sorted(word for word in words if sum(map(str.isdigit, word)) >= _LONG_NUMBER)
    return _hash(" ".join(long), 4) if long else 0


def _continues(one: Fingerprint, other: Fingerprint) -> bool:
    """Return whether the one of the two that is not cut goes on where the cut one ends."""
    cut, full = (one, other) if one.cut else (other, one)
    if not cut.opening or cut.opening != full.opening or cut.words > full.words:
        return False
    both, ours, _ = _comparable(frozenset(cut.sketch), cut.sketch, full.sketch)
    return both >= _CONTAINED * ours


def _share(both: int, ours: int, theirs: int) -> float:
    every = ours + theirs - both
    return both / every if every else 0.0


def _comparable(
    hashes: frozenset[int], one: tuple[int, ...], other: tuple[int, ...]
) -> tuple[int, int, int]:
    """Return how many hashes both sketches have, and how many each, up to where both are known.

    A full sketch ends at its largest hash, so what both have lies before that; `hashes` are those
    of `one`.
    """
    both = len(hashes.intersection(other))
    if len(one) < _SKETCH and len(other) < _SKETCH:
        return both, len(one), len(other)
    if len(other) < _SKETCH or (len(one) == _SKETCH and one[-1] <= other[-1]):
        return both, len(one), bisect_right(other, one[-1])
    return both, bisect_right(one, other[-1]), len(other)


def _hash(text: str, size: int) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest()) or 1


def _rows(sketches: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the keys of the bands of each sketch."""
    import numpy as np

    smallest = _smallest(sketches)
    drop = np.uint64(64 - _KEY_BITS)
    numbers = np.arange(2, 2 + _BANDS, dtype=np.uint64)[:, None] << np.uint64(_KEY_BITS)
    keys: list[list[int]] = (
        numbers | (_mixed(smallest[0::_ROWS], smallest[1::_ROWS]) >> drop)
    ).T.tolist()
    return keys


def _smallest(sketches: Sequence[Sequence[int]]) -> "NDArray[np.uint64]":
    """Return the smallest of `(factor * feature + shift) % _PRIME` of each permutation.

    A row is a permutation, a column a sketch.
    """
    import numpy as np

    sizes = [len(sketch) for sketch in sketches]
    features = np.fromiter(chain.from_iterable(sketches), np.uint64, sum(sizes))
    begins = list(accumulate(sizes[:-1], initial=0))
    return np.array(
        [
            np.minimum.reduceat(_permuted(features, factor, shift), begins)
            for factor, shift in _permutations()
        ]
    )


def _permuted(features: "NDArray[np.uint64]", factor: int, shift: int) -> "NDArray[np.uint64]":
    """Return `(factor * feature + shift) % _PRIME` of features of 32 bits, without a division.

    The factor is taken in two parts, so that every product fits 64 bits. To multiply by 2 ** 32
    modulo 2 ** 61 - 1 is to turn 61 bits round; what stands above them counts as ones.
    """
    import numpy as np

    prime, bits = np.uint64(_PRIME), np.uint64(61)
    upper = features * np.uint64(factor >> 32)
    lower = features * np.uint64(factor & 0xFFFFFFFF)
    upper = ((upper << np.uint64(32)) & prime) + (upper >> np.uint64(61 - 32))
    every = upper + (lower & prime) + (lower >> bits) + np.uint64(shift)
    every = (every & prime) + (every >> bits)
    reduced: NDArray[np.uint64] = np.minimum(every, every - prime)  # below it, that wraps round
    return reduced


def _key(number: int, value: int) -> int:
    return number << _KEY_BITS | value >> (64 - _KEY_BITS)


@cache
def _permutations() -> tuple[tuple[int, int], ...]:
    """Return the factor and the shift of each."""
    return tuple(
        (_hash(f"factor {row}", 8) % _PRIME, _hash(f"shift {row}", 8) % _PRIME)
        for row in range(_BANDS * _ROWS)
    )
