"""Texts as sparse rows: hashed words and letter runs, counted by NumPy for many texts at once.

The hash is plain 64-bit arithmetic of our own, so that a row is the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LETTER_RUNS = (2, 3, 4, 5)  # lengths; a run never passes a word's border
LETTER_BUCKETS = 1 << 18
WORD_BUCKETS = 1 << 17  # single words and pairs
BUCKETS = LETTER_BUCKETS + WORD_BUCKETS
_ROW_BITS = 20  # a key is a row's number, and in so many bits below it a bucket
_BUCKET_MASK = (1 << _ROW_BITS) - 1
_BLANK = 32
_LONGEST_WORD = 64  # letters that take part in a word's hash

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

_STEP = np.uint64(0x100000001B3)
_PAIR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(33)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Sparse rows side by side: entry i says that text `row[i]` has `value[i]` in `bucket[i]`."""

    row: Ints  # ascending
    bucket: Ints
    value: Floats
    count: int  # of rows, empty ones too

    def scores(self, weights: NDArray[Any]) -> Floats:
        """Return each row's product with `weights`, one number a bucket."""
        worth = self.value * weights[self.bucket]
        summed = np.bincount(self.row, weights=worth, minlength=self.count)
        return np.asarray(summed, dtype=np.float64)


def rows(folded: Sequence[str]) -> Rows:
    """Return the rows of texts that `fold` made: each block of a row has length one."""
    letters, owner = _letters(folded)
    if not len(letters):
        return Rows(row=owner, bucket=owner, value=np.zeros(0), count=0)
    keys = [_letter_keys(letters, owner), _word_keys(letters, owner)]
    found, times = np.unique(np.concatenate(keys), return_counts=True)
    row, bucket = found >> _ROW_BITS, found & _BUCKET_MASK
    value = 1.0 + np.log(times)
    block = row * 2 + (bucket >= LETTER_BUCKETS)
    length = np.sqrt(np.bincount(block, weights=value * value, minlength=2 * len(folded)))
    return Rows(row=row, bucket=bucket, value=value / length[block], count=len(folded))


def _letters(folded: Sequence[str]) -> tuple[Words, Ints]:
    """Return all letters in one array, a blank round each text, and which text each is of."""
    joined = "".join(f" {text} " for text in folded)
    letters = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = np.fromiter((len(text) + 2 for text in folded), dtype=np.int64, count=len(folded))
    return letters, np.repeat(np.arange(len(folded), dtype=np.int64), lengths)


def _letter_keys(letters: Words, owner: Ints) -> Ints:
    """Return a key for every run of letters that has no blank inside."""
    blanks = np.concatenate([[0], np.cumsum(letters == _BLANK)])
    hashed = letters.copy()
    keys = []
    for length in range(2, LETTER_RUNS[-1] + 1):
        if len(letters) < length:
            break
        hashed = hashed[: len(letters) - length + 1] * _STEP + letters[length - 1 :]
        count = len(hashed)
        inside = blanks[length - 1 : length - 1 + count] == blanks[1 : 1 + count]
        both = blanks[length : length + count] - blanks[:count]
        kept = inside & (both < length)
        mixed = _mixed(hashed[kept] + np.uint64(length))
        bucket = (mixed & np.uint64(LETTER_BUCKETS - 1)).astype(np.int64)
        keys.append((owner[:count][kept] << _ROW_BITS) + bucket)
    return np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)


def _word_keys(letters: Words, owner: Ints) -> Ints:
    """Return a key for every word and for every two words side by side."""
    blank = letters == _BLANK
    begins = np.flatnonzero(~blank & np.concatenate([[True], blank[:-1]]))
    if not len(begins):
        return np.zeros(0, dtype=np.int64)
    started = np.zeros(len(letters), dtype=np.int64)
    started[begins] = begins
    started = np.maximum.accumulate(started)
    place = np.minimum(np.arange(len(letters)) - started, _LONGEST_WORD)
    worth = np.where(blank, np.uint64(0), letters) * _POWERS[place]
    words = _mixed(np.add.reduceat(worth, begins))
    of = owner[begins]
    same = of[:-1] == of[1:]
    pairs = _mixed(words[:-1][same] * _PAIR + words[1:][same])
    hashed = np.concatenate([words, pairs])
    bucket = (hashed & np.uint64(WORD_BUCKETS - 1)).astype(np.int64) + LETTER_BUCKETS
    return (np.concatenate([of, of[:-1][same]]) << _ROW_BITS) + bucket


def _mixed(hashed: Words) -> Words:
    """Return `hashed` with its high bits stirred into the low ones that are kept."""
    stirred: Words = (hashed ^ (hashed >> _SHIFT)) * _MIX
    return stirred ^ (stirred >> _SHIFT)


def _powers() -> Words:
    """Return the factor of each place in a word; all places past the last share one."""
    steps = np.full(_LONGEST_WORD + 1, _STEP, dtype=np.uint64)
    return np.asarray(np.cumprod(steps, dtype=np.uint64), dtype=np.uint64)


_POWERS = _powers()
