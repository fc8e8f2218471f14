"""Which posts are copies of one another: reposts, cut retweets, the same text pasted twice.

A post's words and word pairs are hashed; the smallest hashes are kept. Up to 64 of them that is
the whole set, and the resemblance of two posts is exact; above, it is an estimate. Links, handles,
punctuation and emoji do not count. Numbers do: two people with two order numbers are no copies.

Source: A. Broder, "On the resemblance and containment of documents", 1997 (the sketch); Leskovec,
Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3 (the bands).
"""

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

from monitor.matching.folding import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SKETCH = 64  # hashes kept: 40 words or fewer are kept whole
_SHORT = 4  # posts of fewer words are copies only if they are equal
_OPENING = 5  # words that a cut copy must share with its original at the start
_RESEMBLES = 0.62  # one word changed in eight passes, two in ten do not
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


def fingerprint(text: str) -> Fingerprint:
    """Return what tells the copies of `text`, whatever its links, handles and decoration."""
    bare = _without_addresses(_REPOST.sub("", fold(text)))
    is_cut = _CUT.search(bare.rstrip()) is not None
    words = _words(bare, is_cut)
    return Fingerprint(
        exact=_hash(" ".join(words), 8) if words else 0,
        opening=_hash(" ".join(words[:_OPENING]), 8) if len(words) >= _OPENING else 0,
        numbers=_numbers(words) if any(map(str.isdigit, set(bare))) else 0,
        words=min(len(words), 0xFFFF),
        cut=is_cut,
        sketch=_sketch(words),
    )


def bands(found: Fingerprint) -> tuple[int, ...]:
    """Return the keys under which candidates for copies are found; none for a text without words.

    Two fingerprints without a common key are no copies; two with one have to be compared.
    """
    if not found.exact:
        return ()
    whole = _key(0, found.exact)
    if found.words < _SHORT:
        return (whole,)
    smallest = _smallest(found.sketch)
    rows = [smallest[at : at + _ROWS] for at in range(0, len(smallest), _ROWS)]
    keys = [_key(number, *band) for number, band in enumerate(rows, start=2)]
    opening = (_key(1, found.opening),) if found.opening else ()
    return (whole, *opening, *keys)


def similar(one: Fingerprint, other: Fingerprint) -> bool:
    """Return whether two posts are copies of one another."""
    if not one.exact or not other.exact:
        return False
    if one.exact == other.exact:
        return True
    if min(one.words, other.words) < _SHORT:
        return False
    if one.cut != other.cut and _continues(one, other):
        return True
    if one.numbers and other.numbers and one.numbers != other.numbers:
        return False
    return resemblance(one, other) >= _RESEMBLES


def resemblance(one: Fingerprint, other: Fingerprint) -> float:
    """Return the share of words and word pairs that two posts have in common, 0.0 to 1.0."""
    ours, theirs = _comparable(one.sketch, other.sketch)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


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


def _sketch(words: Sequence[str]) -> tuple[int, ...]:
    """Return the smallest hashes of words and word pairs; a pair's is mixed from those of both."""
    import numpy as np

    hashed = np.fromiter(map(_word_hash, words), dtype=np.uint64, count=len(words))
    pairs = hashed[:-1] * np.uint64(_ODD) + hashed[1:]
    pairs ^= pairs >> np.uint64(29)
    features = np.concatenate((hashed, pairs * np.uint64(_ODD))) >> np.uint64(32)
    features.sort()
    return tuple(islice(dict.fromkeys(features.tolist()), _SKETCH))


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
    ours, theirs = _comparable(cut.sketch, full.sketch)
    return len(ours & theirs) >= _CONTAINED * len(ours)


def _comparable(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[set[int], set[int]]:
    """Return both sketches up to where both are known: a full one ends at its largest hash."""
    limit = min((sketch[-1] for sketch in (one, other) if len(sketch) == _SKETCH), default=None)
    if limit is None:
        return set(one), set(other)
    return {value for value in one if value <= limit}, {value for value in other if value <= limit}


def _hash(text: str, size: int) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest()) or 1


def _smallest(sketch: Sequence[int]) -> list[int]:
    """Return the smallest of `(factor * feature + shift) % _PRIME` of each permutation.

    The factor is taken in two parts, so that every product fits 64 bits; to multiply by 2 ** 32
    modulo 2 ** 61 - 1 is to turn 61 bits round.
    """
    import numpy as np

    factors, shifts = _permutations()
    features = np.array(sketch, dtype=np.uint64)[None, :]
    low, turn = np.uint64(32), np.uint64(61 - 32)
    prime, half = np.uint64(_PRIME), np.uint64(0xFFFFFFFF)
    upper = (factors >> low) * features % prime
    upper = ((upper << low) & prime) | (upper >> turn)
    permuted = (upper + (factors & half) * features % prime + shifts) % prime
    return [int(least) for least in permuted.min(axis=1)]


def _key(number: int, *values: int) -> int:
    digest = blake2b(struct.pack(f">{len(values)}Q", *values), digest_size=_KEY_BITS // 8)
    return number << _KEY_BITS | int.from_bytes(digest.digest())


@cache
def _permutations() -> tuple["NDArray[np.uint64]", "NDArray[np.uint64]"]:
    """Return the factors and the shifts, a column each."""
    import numpy as np

    rows = range(_BANDS * _ROWS)
    drawn = ([_hash(f"{part} {row}", 8) % _PRIME for row in rows] for part in ("factor", "shift"))
    factors, shifts = (np.array(each, dtype=np.uint64)[:, None] for each in drawn)
    return factors, shifts
