"""Fits an adjustment: what a desk's taps add to the shipped judge's log odds.

A logistic regression whose offset is what the shipped judge says already: with nothing to learn
it adds nothing. Some of the shipped corpus is read again beside the taps, each of its posts at a
small weight, so that what is learned here is not paid for elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from classifiers.components.judge import Adjustment
from classifiers.components.labels import LABELS
from classifiers.learning.sheets import Marks, Numbers, Places, Sheet

RIDGES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # on vectors brought to length 1
FOLDS = 5
REPLAYED = 0.5  # all of the corpus together, in shares of all taps together ...
_MOST_REPLAYED = 0.1  # ... and what one of its posts weighs at most beside one tap
_BIAS_RIDGE = 1.0  # one post's worth of doubt
_ROUNDS = 50
_DONE = 1e-4  # of a step: the next one would be its square
_WIDEST = 30.0  # log odds beyond which nothing changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """An adjustment and the ridge that was chosen for each label."""

    adjustment: Adjustment
    ridges: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Task:
    """One label's rows: taps first, then the corpus."""

    rows: Numbers  # vectors of the usual length 1, and a 1.0 for the bias
    truth: Numbers
    weight: Numbers
    offset: Numbers
    fold: Places

    def fitted(self, ridge: float, learned: Marks, start: Numbers) -> Numbers:
        """Return the weights that fit the rows marked in `learned`."""
        chosen = (learned & (self.weight > 0)).nonzero()[0]
        penalty = np.full(self.rows.shape[1], ridge)
        penalty[-1] = _BIAS_RIDGE
        return logistic(
            self.rows[chosen],
            self.truth[chosen],
            self.weight[chosen],
            self.offset[chosen],
            penalty,
            start,
        )

    def losses(self, weights: Numbers) -> Numbers:
        """Return each row's log loss."""
        return log_losses(self.rows @ weights + self.offset, self.truth)


def fit(taps: Sheet, corpus: Sheet, number: int) -> Fitted:
    """Return the adjustment that `taps` teach, named `number`."""
    center, scale = _measure(corpus if len(corpus) else taps)
    weights, bias, ridges = {}, {}, {}
    for column, label in enumerate(LABELS):
        task = _task(taps, corpus, column, center, scale)
        ridges[label] = _ridge(task)
        every = np.ones(len(task.truth), dtype=bool)
        found = task.fitted(ridges[label], every, np.zeros(task.rows.shape[1]))
        raw = found[:-1] / scale
        weights[label] = raw.astype(np.float32)
        bias[label] = float(found[-1] - center @ raw)
    return Fitted(adjustment=Adjustment(number, weights, bias), ridges=ridges)


def logistic(
    rows: Numbers,
    truth: Numbers,
    weight: Numbers,
    offset: Numbers,
    penalty: Numbers,
    start: Numbers,
) -> Numbers:
    """Return the weights of a logistic regression with an offset and a ridge, by Newton's method.

    A step that does not lower the loss is halved: with an offset far out, Newton's steps overshoot.
    """
    found, lost = start, np.inf
    for _ in range(_ROUNDS):
        odds = rows @ found + offset
        chance = 1.0 / (1.0 + np.exp(-np.clip(odds, -_WIDEST, _WIDEST)))
        slope = rows.T @ (weight * (chance - truth)) + penalty * found
        curve = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        lost = _loss(rows, truth, weight, offset, penalty, found)
        while _loss(rows, truth, weight, offset, penalty, found - step) > lost + _DONE:
            step = step / 2
        found = found - step
        if np.abs(step).max() < _DONE:
            break
    return found


def log_losses(odds: Numbers, truth: Numbers) -> Numbers:
    """Return the log loss of each post: minus the log of the chance given to what was true."""
    losses: Numbers = np.logaddexp(0.0, odds) - truth * odds
    return losses


def _loss(
    rows: Numbers,
    truth: Numbers,
    weight: Numbers,
    offset: Numbers,
    penalty: Numbers,
    found: Numbers,
) -> float:
    losses = weight * log_losses(rows @ found + offset, truth)
    return float(losses.sum() + 0.5 * (penalty * found**2).sum())


def _measure(sheet: Sheet) -> tuple[Numbers, Numbers]:
    """Return where the vectors' middle lies, and what brings them to the usual length 1."""
    center = sheet.vectors.mean(axis=0, dtype=np.float64)
    spread = sheet.vectors.std(axis=0, dtype=np.float64)
    return center, np.maximum(spread, 1e-3) * np.sqrt(sheet.vectors.shape[1])


def _task(taps: Sheet, corpus: Sheet, column: int, center: Numbers, scale: Numbers) -> _Task:
    tapped = taps.weight[:, column]
    replayed = corpus.weight[:, column]
    share = REPLAYED * tapped.sum() / max(replayed.sum(), 1.0)
    both = np.concatenate([taps.vectors, corpus.vectors]).astype(np.float64)
    rows = np.concatenate([(both - center) / scale, np.ones((len(both), 1))], axis=1)
    copies = np.concatenate([taps.copies, np.arange(len(corpus))])
    return _Task(
        rows=rows,
        truth=np.concatenate([taps.truth[:, column], corpus.truth[:, column]]),
        weight=np.concatenate([tapped, replayed * min(share, _MOST_REPLAYED)]),
        offset=np.concatenate([taps.odds[:, column], corpus.odds[:, column]]),
        fold=_folds(copies),
    )


def _folds(copies: Places) -> Places:
    """Return a fold for each row; copies stand in one."""
    order = np.random.default_rng(FOLDS).permutation(int(copies.max(initial=0)) + 1)
    folds: Places = order[copies] % FOLDS
    return folds


def _ridge(task: _Task) -> float:
    """Return the strongest ridge within one standard error of the one that foretells best.

    Source: Breiman and others, "Classification and regression trees", 1984: the 1-SE rule.
    """
    starts = [np.zeros(task.rows.shape[1])] * FOLDS
    foretold = {}
    for ridge in reversed(RIDGES):  # from the stiffest: each one starts where the last came to rest
        foretold[ridge], starts = _foretold(task, ridge, starts)
    losses = np.stack([foretold[ridge] for ridge in RIDGES])
    whole = task.weight.sum()
    means = (losses * task.weight).sum(axis=1) / max(whole, 1e-9)
    best = int(means.argmin())
    return max(
        ridge
        for place, ridge in enumerate(RIDGES)
        if means[place] - means[best] <= _error(losses[place] - losses[best], task.weight)
    )


def _foretold(task: _Task, ridge: float, starts: list[Numbers]) -> tuple[Numbers, list[Numbers]]:
    """Return each row's loss under weights that were fitted without its fold, and these weights."""
    losses = np.zeros(len(task.truth))
    found = []
    for fold, start in enumerate(starts):
        out = task.fold == fold
        found.append(task.fitted(ridge, ~out, start))
        losses[out] = task.losses(found[-1])[out]
    return losses, found


def _error(differences: Numbers, weight: Numbers) -> float:
    """Return the standard error of a weighted mean of differences."""
    whole = max(float(weight.sum()), 1e-9)
    mean = (differences * weight).sum() / whole
    return float(np.sqrt((weight**2 * (differences - mean) ** 2).sum()) / whole)
