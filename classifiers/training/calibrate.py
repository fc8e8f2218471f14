"""Scales, thresholds and review bands, from posts that the weights have not seen.

One rule for every language. A request is flagged where it is likelier than one in three; the
complaint's threshold is the lowest at which at most 15 % of the posts that are neither are flagged,
as the one or the other. Of a language's own posts there are few, so those of the others take part
with a small weight. In review are the posts that the judge is likeliest to get wrong: those whose
probability lies in a band around even odds, so wide that it holds one post in seven.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.components import labels
from classifiers.components.calibration import ANY, Scale, Scales
from classifiers.learning.fitting import logistic

FALSE_ALARMS = 0.15  # of the posts that are neither, flagged at most
REVIEWED = 0.13  # of all posts, in the review band at most
NEIGHBOURS = 0.15  # what a post of another language counts
_RIDGE = 0.5  # on a language's own offset, in posts' worth of doubt
_ASKED = 0.33  # from this chance on a request is flagged
_SANE = (0.3, 0.65)  # a complaint's threshold, whatever the rule says

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one post scored, and what it is."""

    language: str
    truth: Mapping[str, int | None]
    fast: Mapping[str, float]
    full: Mapping[str, float] | None  # None: for the tier without the encoder
    weight: float = 1.0  # as evidence of what people post


def scales(measured: Sequence[Measured], languages: Sequence[str]) -> Scales:
    """Return a scale for each language and label, and one for texts of no known language."""
    measured = sorted(measured, key=repr)  # sums of floats hang on their order
    fitted = {name: _platt(measured, name, languages) for name in labels.CHANCES}
    found: dict[str, dict[str, Scale]] = {}
    for language in (*languages, ANY):
        odds = {name: _odds(measured, name, fitted[name], language) for name in labels.CHANCES}
        weight = _weights(measured, language)
        cuts = _thresholds(measured, odds, weight)
        doubt = _doubt(odds, weight)
        found[language] = {
            name: _scale(fitted[name], language, cuts.get(name, 0.5), doubt)
            for name in labels.CHANCES
        }
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Platt:
    fast: float
    full: float
    offset: float
    own: Mapping[str, float]  # what a language adds to the offset

    def odds(self, one: Measured, name: str, language: str) -> float:
        full = one.full[name] if one.full is not None else 0.0
        own = self.own.get(language, 0.0)
        return self.fast * one.fast.get(name, 0.0) + self.full * full + self.offset + own


def _platt(measured: Sequence[Measured], name: str, languages: Sequence[str]) -> _Platt:
    """Return slopes shared by all languages, and each language's own offset, held near to it.

    Source: Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    known = [one for one in measured if one.truth.get(name) is not None]
    with_full = all(one.full is not None for one in known)
    columns = [[one.fast.get(name, 0.0) for one in known]]
    if with_full:
        columns.append([one.full[name] if one.full else 0.0 for one in known])
    columns.append([1.0] * len(known))
    columns += [[float(one.language == language) for one in known] for language in languages]
    rows = np.array(columns, dtype=np.float64).T
    truth = np.array([float(one.truth[name] or 0) for one in known])
    shared = rows.shape[1] - len(languages)
    penalty = np.array([1e-3] * shared + [_RIDGE] * len(languages))
    counts, nothing = np.array([one.weight for one in known]), np.zeros(len(known))
    found = logistic(rows, truth, counts, nothing, penalty, np.zeros(rows.shape[1]))
    return _Platt(
        fast=float(found[0]),
        full=float(found[1]) if with_full else 0.0,
        offset=float(found[shared - 1]),
        own=dict(zip(languages, found[shared:].tolist(), strict=True)),
    )


def _odds(measured: Sequence[Measured], name: str, platt: _Platt, language: str) -> Numbers:
    """Return log odds; a neighbour's post is read with its own language's offset."""
    return np.array(
        [platt.odds(one, name, "" if language == ANY else one.language) for one in measured]
    )


def _weights(measured: Sequence[Measured], language: str) -> Numbers:
    return np.array(
        [one.weight * (1.0 if language in (ANY, one.language) else NEIGHBOURS) for one in measured]
    )


def _thresholds(
    measured: Sequence[Measured], odds: Mapping[str, Numbers], weight: Numbers
) -> dict[str, float]:
    """Return the chance from which each label is flagged."""
    calm = np.array([_is_neither(one) for one in measured])
    asking = _chance(odds["request"][calm]) >= _ASKED
    allowed = FALSE_ALARMS * weight[calm].sum()
    left = max(0.0, allowed - (weight[calm] * asking).sum())
    blaming, counts = _chance(odds["complaint"][calm][~asking]), weight[calm][~asking]
    order = np.argsort(-blaming)
    within = int(np.searchsorted(np.cumsum(counts[order]), left, side="right"))
    lowest = float(blaming[order[within]]) + 1e-4 if within < len(order) else 0.0
    return {"complaint": float(np.clip(lowest, *_SANE)), "request": _ASKED}


def _doubt(odds: Mapping[str, Numbers], weight: Numbers) -> float:
    """Return the chance of being wrong from which a post is for review."""
    chances = [_chance(odds[name]) for name in labels.LABELS]
    wrong = np.maximum.reduce([np.minimum(chance, 1 - chance) for chance in chances])
    order = np.argsort(-wrong)
    share = np.cumsum(weight[order]) / weight.sum()
    first_out = wrong[order[np.searchsorted(share, REVIEWED, side="right")]]
    last_in = wrong[wrong > first_out].min(initial=0.5)  # posts alike stay out together
    return float(first_out + last_in) / 2


def _scale(platt: _Platt, language: str, cut: float, doubt: float) -> Scale:
    return Scale(
        fast=round(platt.fast, 5),
        full=round(platt.full, 5),
        offset=round(platt.offset + platt.own.get(language, 0.0), 5),
        threshold=round(cut, 5),
        review_from=round(min(doubt, cut), 5),
        review_to=round(max(1 - doubt, cut), 5),
    )


def _is_neither(one: Measured) -> bool:
    """Return whether a post is known to be neither: a label that nobody gave is no "no"."""
    return all(one.truth.get(label) == 0 for label in labels.LABELS)


def _chance(odds: Numbers) -> Numbers:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))
