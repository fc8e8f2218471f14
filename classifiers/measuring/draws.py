"""The bootstrap: how far a figure would move if other posts of the same kind had been labelled.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentiles).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

DRAWS = 1_000
SEED = 20_261_122
_AT_ONCE = 64  # draws in one piece of arithmetic: it then stays in the processor's cache
_OUTSIDE = (2.5, 97.5)  # percent: 95 % of the draws lie between
_WIDE = 1.96  # standard deviations on each side hold as many

Numbers = NDArray[np.float64]
Counted = Callable[[Numbers], Mapping[str, Numbers]]  # counts (draws, posts) → figures (draws,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A share or a score, and where it lies in 95 of 100 draws of as many posts."""

    value: float
    low: float
    high: float


def drawn(posts: int, counted: Counted, draws: int = DRAWS) -> dict[str, Numbers]:
    """Return each figure for the posts as they are and then for each draw: shape (1 + draws,).

    `counted` is given how often each post takes part. A figure without posts to divide by is NaN.
    """
    pieces: dict[str, list[Numbers]] = {}
    for counts in _counts(posts, draws):
        for name, found in counted(counts).items():
            pieces.setdefault(name, []).append(found)
    return {name: np.concatenate(found) for name, found in pieces.items()}


def figure(found: Numbers) -> Figure | None:
    """Return the figure of what `drawn` found under one name; None: nothing to divide by."""
    if np.isnan(found[0]):
        return None
    draws = found[1:][~np.isnan(found[1:])]
    low, high = np.percentile(draws if len(draws) else found[:1], _OUTSIDE)
    return Figure(value=float(found[0]), low=float(low), high=float(high))


def share_figure(found: Numbers, whole: float) -> Figure | None:
    """Return the figure of a share of `whole` posts.

    Where all or none of them are in it, no draw can differ: the interval is then Wilson's.
    """
    if found[0] in {0.0, 1.0} and whole:
        return wilson(float(found[0] * whole), whole)
    return figure(found)


def error_figure(found: Numbers) -> Figure | None:
    """Return the figure of a sum of gaps, which chance makes larger in every draw.

    So the draws are moved until half of them lie below the value.
    """
    known = found[~np.isnan(found)]
    moved = known - np.median(known[1:]) + known[0] if len(known) > 1 else known
    return figure(np.concatenate([found[:1], np.maximum(moved[1:], 0.0)]))


def wilson(part: float, whole: float) -> Figure:
    """Return a share with the interval that follows from its posts alone.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    square = _WIDE * _WIDE
    value = part / whole
    middle = (value + square / (2 * whole)) / (1 + square / whole)
    reach = sqrt(value * (1 - value) / whole + square / (4 * whole * whole))
    reach *= _WIDE / (1 + square / whole)
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Figure(value=value, low=min(low, value), high=max(high, value))


def _counts(posts: int, draws: int) -> Iterator[Numbers]:
    yield np.ones((1, posts))
    dice = np.random.default_rng(SEED)
    for start in range(0, draws if posts else 0, _AT_ONCE):
        rows = min(_AT_ONCE, draws - start)
        hit = dice.integers(posts, size=(rows, posts)) + np.arange(rows)[:, None] * posts
        counts = np.bincount(hit.ravel(), minlength=rows * posts)
        yield counts.reshape(rows, posts).astype(np.float64)
