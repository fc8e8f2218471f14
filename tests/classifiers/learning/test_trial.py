"""A challenger wins only where it is better on what it never saw, and nowhere worse."""

import numpy as np
import pytest

from classifiers.components.judge import Adjustment
from classifiers.learning.sheets import Sheet
from classifiers.learning.trial import EVERY, FEWEST, LEVEL, thresholds, tried
from tests.classifiers.learning.made_up import PLAIN, SCALES, a_sheet, an_adjustment

UP = an_adjustment(bias=1.5, width=2)
STILL = an_adjustment(bias=0.0, width=2)


def leaning(number: int, *weights: float) -> Adjustment:
    each = np.array(weights, dtype=np.float32)
    return Adjustment(
        number,
        {"complaint": each, "request": np.zeros_like(each)},
        {"complaint": 0.0, "request": 0.0},
    )


def posts(yes: int, no: int, *, odds: float = 0.0, language: str = "en") -> Sheet:
    return a_sheet([1] * yes + [0] * no, [odds] * (yes + no), language=language)


def both(one: Sheet, other: Sheet) -> Sheet:
    return Sheet(
        vectors=np.concatenate([one.vectors, other.vectors]),
        odds=np.concatenate([one.odds, other.odds]),
        truth=np.concatenate([one.truth, other.truth]),
        weight=np.concatenate([one.weight, other.weight]),
        copies=np.concatenate([one.copies, other.copies + len(one)]),
        languages=(*one.languages, *other.languages),
    )


def test_a_challenger_that_is_better_and_nowhere_worse_wins() -> None:
    verdict = tried(posts(70, 10), posts(60, 20), None, UP, SCALES)

    assert verdict.won
    assert verdict.better > 1 - LEVEL
    assert verdict.worse == ()


def test_one_that_changes_nothing_does_not_win() -> None:
    verdict = tried(posts(70, 10), posts(60, 20), None, STILL, SCALES)

    assert not verdict.won
    assert verdict.gain == 0.0


def test_one_that_is_better_on_the_taps_and_worse_on_the_corpus_is_refused() -> None:
    verdict = tried(posts(70, 10), posts(10, 70), None, UP, SCALES)

    assert verdict.gain > 0
    assert not verdict.won
    assert any(where.startswith("corpus, en, complaint") for where in verdict.worse)


def test_worse_in_one_language_is_worse_though_all_together_gain() -> None:
    corpus = both(posts(300, 30), posts(5, 60, language="sk"))

    verdict = tried(posts(70, 10), corpus, None, UP, SCALES)

    assert not verdict.won
    assert {where.split(", ")[1] for where in verdict.worse} == {"sk"}


def test_a_language_with_few_taps_is_not_judged_by_itself() -> None:
    taps = both(posts(180, 20), posts(0, FEWEST - 1, language="hy"))

    verdict = tried(taps, posts(60, 20), None, UP, SCALES)

    [cell] = [cell for cell in verdict.cells if cell.language == "hy"]
    assert cell.worse_loss is None
    assert verdict.won


def test_a_difference_that_chance_explains_is_not_worse() -> None:
    verdict = tried(posts(70, 10), posts(12, 12), None, an_adjustment(bias=0.3, width=2), SCALES)

    assert verdict.worse == ()


def test_copies_count_as_one_post() -> None:
    copied = a_sheet([1] * 60 + [0] * 4, [0.0] * 64, copies=[0] * 60 + [1, 2, 3, 4])

    verdict = tried(copied, posts(60, 20), None, UP, SCALES)

    assert verdict.gain > 0
    assert not verdict.won


def test_the_champion_has_what_it_learned() -> None:
    verdict = tried(posts(70, 10), posts(60, 20), UP, UP, SCALES)

    assert not verdict.won
    assert all(cell.loss[0] == cell.loss[1] for cell in verdict.cells)


def test_steps_within_noise_do_not_add_up_to_harm() -> None:
    taps = a_sheet([1] * 70 + [0] * 10, [0.0] * 80, vectors=[(1, 1)] * 80)
    truth = ([1] * 40 + [0] * 54) * 2
    corpus = a_sheet(truth, [-0.3] * 188, vectors=[(1, 0)] * 94 + [(0, 1)] * 94)
    first, second = leaning(1, 0.7, 0.0), leaning(2, 0.7, 0.7)

    one_step = tried(taps, corpus, None, first, SCALES)
    another = tried(taps, corpus, first, second, SCALES)

    assert one_step.won
    assert another.gain > 0
    assert not another.won
    assert all(where.endswith("(than the shipped judge)") for where in another.worse)


def test_the_same_trial_ends_the_same() -> None:
    again = [tried(posts(40, 10), posts(30, 20), None, UP, SCALES) for _ in range(2)]

    assert again[0] == again[1]


def test_without_held_out_taps_nobody_wins() -> None:
    verdict = tried(posts(1, 1).rows([]), posts(60, 20), None, UP, SCALES)

    assert not verdict.won
    assert verdict.better == 0.0


def test_all_languages_come_first_in_a_table() -> None:
    verdict = tried(posts(30, 10), posts(30, 10), None, UP, SCALES)

    assert [(cell.table, cell.language) for cell in verdict.cells] == [
        ("taps", EVERY),
        ("taps", "en"),
        ("corpus", EVERY),
        ("corpus", "en"),
    ]


def test_a_language_has_its_own_threshold_and_others_the_general_one() -> None:
    found = thresholds(("sk", "en"), {**SCALES, "sk": dict.fromkeys(SCALES["any"], PLAIN)})

    assert found == pytest.approx(np.zeros((2, 2)))


def test_a_language_without_any_threshold_is_never_flagged() -> None:
    assert np.isinf(thresholds(("sk",), {})).all()
