"""Scales, thresholds and review bands, from posts that the weights have not seen.

One rule for every language: the lowest thresholds at which at most 15 % of the posts that are
neither are flagged, as complaint or as request. Of a language's own posts there are few, so those
of the others take part with a small weight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.components import labels
from classifiers.components.calibration import ANY, Scale, Scales

FALSE_ALARMS = 0.15  # of the posts that are neither, flagged at most
REVIEWED = 0.14  # of all posts, in the review band at most
NEIGHBOURS = 0.15  # what a post of another language counts
_RIDGE = 0.5  # on a language's own offset, in posts' worth of doubt
_STEPS = 60  # thresholds that are tried for a label
_LOWEST, _HIGHEST = 0.05, 0.9

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
    fitted = {name: _platt(measured, name, languages) for name in labels.CHANCES}
    found: dict[str, dict[str, Scale]] = {}
    for language in (*languages, ANY):
        odds = {name: _odds(measured, name, fitted[name], language) for name in labels.CHANCES}
        weight = _weights(measured, language)
        cuts = _thresholds(measured, odds, weight)
        bands = _bands(odds, cuts, weight)
        found[language] = {
            name: _scale(fitted[name], language, cuts.get(name, 0.0), bands.get(name, 0.0))
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
    found = _logistic(rows, truth, penalty, np.array([one.weight for one in known]))
    return _Platt(
        fast=float(found[0]),
        full=float(found[1]) if with_full else 0.0,
        offset=float(found[shared - 1]),
        own=dict(zip(languages, found[shared:].tolist(), strict=True)),
    )


def _logistic(rows: Numbers, truth: Numbers, penalty: Numbers, counts: Numbers) -> Numbers:
    """Return the weights of a logistic regression with a ridge, by Newton's method."""
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (counts * (chance - truth)) + penalty * weights
        curve = (rows * (counts * chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    return weights


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
    """Return the log odds from which each label is flagged: the most recall within the rule."""
    neither = np.array([_is_neither(one) for one in measured])
    tried = np.linspace(_logit(_LOWEST), _logit(_HIGHEST), _STEPS)
    yes = {name: np.array([one.truth.get(name) == 1 for one in measured]) for name in labels.LABELS}
    best, cuts = -1.0, dict.fromkeys(labels.LABELS, float(tried[-1]))  # where nothing obeys
    calm = weight * neither
    for complaint in tried:
        crying = odds["complaint"] >= complaint
        if (calm * crying).sum() > FALSE_ALARMS * calm.sum():
            continue
        for request in tried:
            flagged = crying | (odds["request"] >= request)
            if (calm * flagged).sum() > FALSE_ALARMS * calm.sum():
                continue
            recall = sum(
                (weight * yes[name] * (odds[name] >= cut)).sum()
                / max((weight * yes[name]).sum(), 1)
                for name, cut in (("complaint", complaint), ("request", request))
            )
            if recall > best:
                best, cuts = recall, {"complaint": float(complaint), "request": float(request)}
            break  # a higher threshold only loses recall
    return cuts


def _bands(
    odds: Mapping[str, Numbers], cuts: Mapping[str, float], weight: Numbers
) -> dict[str, float]:
    """Return half the width of the review band of each label, in log odds, the same for both."""
    near = np.minimum.reduce([np.abs(odds[name] - cuts[name]) for name in labels.LABELS])
    order = np.argsort(near)
    share = np.cumsum(weight[order]) / weight.sum()
    first_out = near[order[np.searchsorted(share, REVIEWED, side="right")]]
    last_in = near[near < first_out].max(initial=0.0)  # posts equally near stay out together
    return dict.fromkeys(labels.LABELS, float(last_in + first_out) / 2)


def _scale(platt: _Platt, language: str, cut: float, band: float) -> Scale:
    return Scale(
        fast=round(platt.fast, 5),
        full=round(platt.full, 5),
        offset=round(platt.offset + platt.own.get(language, 0.0), 5),
        threshold=round(_chance(cut), 5),
        review_from=round(_chance(cut - band), 5),
        review_to=round(_chance(cut + band), 5),
    )


def _is_neither(one: Measured) -> bool:
    return all(one.truth.get(label) in (0, None) for label in labels.LABELS) and any(
        one.truth.get(label) == 0 for label in labels.LABELS
    )


def _logit(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))


def _chance(odds: float) -> float:
    return float(1.0 / (1.0 + np.exp(-odds)))
