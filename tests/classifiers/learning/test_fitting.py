"""An adjustment learns what the shipped judge does not know, and no more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.learning.fitting import fit, log_losses, logistic
from classifiers.learning.sheets import Sheet
from tests.classifiers.learning.made_up import a_sheet

CHANCE = np.random.default_rng(7)


def a_drawn_sheet(count: int, tell: float, odds: float = 0.0) -> Sheet:
    """Return posts whose first place tells the truth in the measure `tell`."""
    vectors = CHANCE.normal(0.0, 1.0, (count, 6))
    truth = (CHANCE.random(count) < 1 / (1 + np.exp(-tell * vectors[:, 0]))).astype(int)
    return a_sheet(truth.tolist(), [odds] * count, vectors=vectors.tolist())


def loss(sheet: Sheet, with_what: object = None) -> float:
    odds = sheet.odds_with(with_what)  # type: ignore[arg-type] # None or an adjustment
    return float(log_losses(odds[:, 0], sheet.truth[:, 0]).mean())


def test_what_the_taps_tell_is_learned() -> None:
    taps, others = a_drawn_sheet(400, tell=3.0), a_drawn_sheet(400, tell=3.0)

    found = fit(taps, a_drawn_sheet(50, tell=0.0).rows([]), 3)

    assert found.adjustment.number == 3
    assert loss(others, found.adjustment) < loss(others) - 0.15


def test_noise_is_hardly_learned() -> None:
    taps, others = a_drawn_sheet(300, tell=0.0), a_drawn_sheet(2_000, tell=0.0)

    found = fit(taps, a_drawn_sheet(300, tell=0.0), 1)

    assert loss(others, found.adjustment) < loss(others) + 0.01


def test_what_the_judge_says_already_is_left_as_it_is() -> None:
    truth = [0, 1] * 200
    sheet = a_sheet(
        truth, [9.0 if one else -9.0 for one in truth], vectors=[[0.1, one] for one in truth]
    )

    found = fit(sheet, sheet.rows([]), 1)

    moved = sheet.odds_with(found.adjustment) - sheet.odds
    assert np.abs(moved).max() < 0.5


def test_the_corpus_holds_back_what_the_taps_alone_would_forget() -> None:
    taps = a_sheet([1] * 100, [-1.0] * 100, vectors=[[1.0, 0.0]] * 100)
    corpus = a_sheet([0] * 900, [-1.0] * 900, vectors=[[0.9, 0.1]] * 900)

    alone = fit(taps, corpus.rows([]), 1)
    beside = fit(taps, corpus, 1)

    assert loss(corpus, beside.adjustment) < loss(corpus, alone.adjustment)


def test_a_label_of_which_nothing_is_known_is_not_moved() -> None:
    found = fit(a_drawn_sheet(100, tell=2.0), a_drawn_sheet(100, tell=2.0), 1)

    assert np.abs(found.adjustment.weights["request"]).max() == pytest.approx(0.0)
    assert found.adjustment.bias["request"] == pytest.approx(0.0)


def test_the_same_taps_give_the_same_adjustment() -> None:
    taps, corpus = a_drawn_sheet(150, tell=1.0), a_drawn_sheet(150, tell=1.0)

    once, again = fit(taps, corpus, 1), fit(taps, corpus, 1)

    assert np.array_equal(
        once.adjustment.weights["complaint"], again.adjustment.weights["complaint"]
    )
    assert once.ridges == again.ridges


@given(st.integers(1, 40), st.floats(-40, 40), st.integers(0, 2**16))
@settings(max_examples=40, deadline=None)
def test_the_fit_comes_to_rest_where_the_slope_is_flat(count: int, odds: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = np.concatenate([chance.normal(0, 1, (count, 3)), np.ones((count, 1))], axis=1)
    truth = chance.integers(0, 2, count).astype(np.float64)
    penalty, offset = np.full(4, 0.5), np.full(count, odds)

    found = logistic(rows, truth, np.ones(count), offset, penalty, np.zeros(4))

    share = 1 / (1 + np.exp(-np.clip(rows @ found + offset, -30, 30)))
    slope = rows.T @ (share - truth) + penalty * found
    assert np.abs(slope).max() < 1e-2
