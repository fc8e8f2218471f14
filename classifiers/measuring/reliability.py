"""Whether a probability means what it says: what was promised and what came, bin by bin."""

from dataclasses import dataclass

import numpy as np

from classifiers.measuring.draws import Figure, Numbers, wilson
from classifiers.measuring.scores import Marks, bins

COLUMNS = 20  # of the histogram, of equal width


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Posts with probabilities side by side."""

    posts: int
    promised: float  # their mean probability
    came: Figure  # the share that carries the label


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """One label over all posts that got a probability."""

    label: str
    posts: int
    error: Figure | None  # the expected calibration error
    bins: tuple[Bin, ...]
    yes: tuple[int, ...]  # posts in each of COLUMNS steps of probability that carry the label
    no: tuple[int, ...]


def reliability(label: str, chance: Numbers, yes: Marks, error: Figure | None) -> Reliability:
    """Return the reliability of a label; `chance` has a number for every post."""
    edges = np.linspace(0.0, 1.0, COLUMNS + 1)
    return Reliability(
        label=label,
        posts=len(chance),
        error=error,
        bins=tuple(
            Bin(
                posts=len(places),
                promised=float(chance[places].mean()),
                came=wilson(int(yes[places].sum()), len(places)),
            )
            for places in bins(chance)
        ),
        yes=tuple(np.histogram(chance[yes], edges)[0].tolist()),
        no=tuple(np.histogram(chance[~yes], edges)[0].tolist()),
    )
