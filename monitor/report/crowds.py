"""Pure: whether more people write than this hour of the week is used to.

What is usual is learned from the same hour of the same weekday in the weeks before, and from the
hours before and after it: counts that vary more than by chance (a quasi-Poisson model). Hours that
stick out of their own past weigh less, so that last week's storm is not taken for a habit. Then
the chance is computed that so many come by themselves: the tail of the negative binomial with that
mean and spread, widened by how little is known of them.

Source: Farrington, Andrews, Beale, Catchpole, "A statistical algorithm for the early detection of
outbreaks of infectious disease", JRSS A 159 (1996), for the comparable weeks, the weights and the
spread; Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance
systems", Statistics in Medicine 32 (2013), for the weight from 2.58 on and the negative binomial.
Without trend: eight weeks are too short for one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RARE = 1e-5  # a count less likely than this is a surge
RARER = 1e-6  # of a topic or a phrase: there are many of them, and one is always rare
LEAST_HOURS = 9  # comparable hours, without which nothing is usual
_OUTLYING = 2.58  # standardised residual from which on an hour weighs less
_FOREIGN = 2 * _OUTLYING  # from here on it weighs nothing: several such hours would hide each other
_MAD = 1.4826  # of the median absolute deviation: the standard deviation of normal values
_ROUNDS = 4
_LEAST_MEAN = 0.05  # people an hour: where nobody ever wrote, one may all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What an hour of the week is used to."""

    mean: float  # people an hour
    spread: float  # variance over mean, 1.0 at least: how much more than by chance it varies
    hours: int  # of which it was learned

    def chance(self, people: int) -> float:
        """Return how likely it is that so many or more come in an hour by themselves."""
        widened = self.spread * (1 + 1 / self.hours)
        return _tail(people, self.mean, widened)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """From when on many are too many."""

    people: int = 8  # in an hour, at least
    growth: float = 3.0  # times what is usual, at least
    rare: float = RARE

    def exceeded(self, people: int, usual: Usual) -> bool:
        """Return whether so many in an hour are a surge."""
        many = people >= self.people and people >= self.growth * usual.mean
        return many and usual.chance(people) < self.rare

    def lasts(self, people: int, usual_mean: float) -> bool:
        """Return whether a surge goes on: half of what makes one keeps it."""
        return people >= max(self.people, self.growth * usual_mean) / 2


def usual(counts: Sequence[int]) -> Usual | None:
    """Return what comparable hours say is usual; None where they are too few."""
    if len(counts) < LEAST_HOURS:
        return None
    mean = max(float(median(counts)), _LEAST_MEAN)
    spread = _robust_spread(counts, mean)
    weights = [1.0] * len(counts)
    for _ in range(_ROUNDS):
        weights = [_weight(count, mean, spread) for count in counts]
        mean = max(_weighted(weights, counts) / max(sum(weights), 1.0), _LEAST_MEAN)
        spread = _robust_spread(counts, mean)
    squares = [(count - mean) ** 2 / mean for count in counts]
    spread = max(_weighted(weights, squares) / max(sum(weights) - 1, 1.0), 1.0)
    return Usual(mean=mean, spread=spread, hours=len(counts))


def _weighted(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def _residual(count: int, mean: float) -> float:
    """Return the Anscombe residual: near to normal, with the spread's root as its deviation."""
    return 1.5 * (math.pow(count, 2 / 3) - math.pow(mean, 2 / 3)) / math.pow(mean, 1 / 6)


def _robust_spread(counts: Sequence[int], mean: float) -> float:
    residuals = [abs(_residual(count, mean)) for count in counts]
    return max((_MAD * median(residuals)) ** 2, 1.0)


def _weight(count: int, mean: float, spread: float) -> float:
    """Return 1.0, or less for an hour in which far more came than is usual."""
    standardised = _residual(count, mean) / math.sqrt(spread)
    if standardised > _FOREIGN:
        return 0.0
    return 1.0 if standardised <= _OUTLYING else (_OUTLYING / standardised) ** 2


def _tail(people: int, mean: float, spread: float) -> float:
    """Return P(X >= people) of a negative binomial, a Poisson where nothing spreads it."""
    below = 0.0
    for count in range(people):
        below += math.exp(_log_mass(count, mean, spread))
    return max(1.0 - below, 0.0)


def _log_mass(count: int, mean: float, spread: float) -> float:
    if spread <= 1.0 + 1e-9:
        return count * math.log(mean) - mean - math.lgamma(count + 1)
    size = mean / (spread - 1)
    return (
        math.lgamma(count + size)
        - math.lgamma(size)
        - math.lgamma(count + 1)
        + size * math.log(1 / spread)
        + count * math.log(1 - 1 / spread)
    )
