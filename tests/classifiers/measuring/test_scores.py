"""The arithmetic of figures and of their draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.measuring.draws import drawn, error_figure, figure, share_figure, wilson
from classifiers.measuring.scores import auroc, bins, calibration_error, share

CHANCES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30)


def once(posts: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.ones((1, posts))


@pytest.mark.parametrize(
    ("scores", "truth", "expected"),
    [
        pytest.param([0.1, 0.9], [0, 1], 1.0, id="right"),
        pytest.param([0.9, 0.1], [0, 1], 0.0, id="wrong"),
        pytest.param([0.5, 0.5, 0.5], [0, 1, 0], 0.5, id="ties count half"),
        pytest.param([0.5, 0.5, 0.9, 0.1], [0, 1, 1, 0], 0.875, id="a tie among others"),
        pytest.param([0.5], [1], np.nan, id="nothing to compare"),
        pytest.param([], [], np.nan, id="nothing at all"),
    ],
)
def test_auroc_is_the_chance_of_the_right_order(
    scores: list[float], truth: list[int], expected: float
) -> None:
    (found,) = auroc(np.array(scores), np.array(truth, dtype=np.bool_), once(len(scores)))

    np.testing.assert_equal(found, expected)


@given(CHANCES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_post_that_counts_twice_is_a_post_that_stands_twice(
    posts: list[tuple[float, bool]], data: st.DataObject
) -> None:
    counts = data.draw(st.lists(st.integers(0, 3), min_size=len(posts), max_size=len(posts)))
    chance, yes = (np.array(column) for column in zip(*posts, strict=True))

    (weighed,) = auroc(chance, yes, np.array([counts], dtype=float))

    repeated = np.repeat(np.arange(len(posts)), counts)
    (written_out,) = auroc(chance[repeated], yes[repeated], once(len(repeated)))
    np.testing.assert_allclose(weighed, written_out)


def test_the_calibration_error_is_the_mean_gap_of_ten_bins() -> None:
    chance = np.repeat(np.arange(0.05, 1.0, 0.1), 100)
    came = np.tile(np.arange(100) < 45, 10)

    (found,) = calibration_error(chance, came, once(1_000))

    assert found == pytest.approx(np.abs(np.arange(0.05, 1.0, 0.1) - 0.45).mean())


@pytest.mark.parametrize("posts", [0, 1, 9, 10, 11, 1_003])
def test_bins_hold_each_post_once_and_like_many(posts: int) -> None:
    found = bins(np.random.default_rng(1).random(posts))

    assert sorted(np.concatenate([*found, np.zeros(0)]).tolist()) == list(range(posts))
    assert len(found) == min(10, posts)
    assert not found or max(map(len, found)) - min(map(len, found)) <= 1


def test_a_share_of_nothing_is_no_number() -> None:
    found = share(np.array([0.0, 1.0]), np.array([0.0, 4.0]))

    np.testing.assert_equal(found, [np.nan, 0.25])


def test_the_same_posts_give_the_same_interval() -> None:
    yes = np.arange(200) < 60

    first, again = (
        figure(drawn(200, lambda counts: {"share": counts @ yes / 200.0})["share"])
        for _ in range(2)
    )

    assert first == again
    assert first is not None
    assert first.value == 0.3
    assert (first.low, first.high) == pytest.approx((0.235, 0.365), abs=0.01)


def test_more_posts_narrow_the_interval() -> None:
    def width(posts: int) -> float:
        yes = np.arange(posts) % 2 == 0
        found = figure(drawn(posts, lambda counts: {"a": counts @ yes / posts})["a"])
        assert found is not None
        return found.high - found.low

    assert width(2_500) == pytest.approx(width(100) / 5, rel=0.2)


@pytest.mark.parametrize("draws", [0, 1, 63, 64, 65, 1_000])
def test_as_many_draws_are_made_as_were_asked_for(draws: int) -> None:
    found = drawn(7, lambda counts: {"posts": counts.sum(axis=1)}, draws)["posts"]

    assert found.tolist() == [7.0] * (1 + draws)


def test_no_posts_have_no_figure() -> None:
    found = drawn(0, lambda counts: {"share": share(counts.sum(axis=1), counts.sum(axis=1))})

    assert figure(found["share"]) is None


def test_none_of_a_few_is_not_certainly_none() -> None:
    found = share_figure(np.zeros(1_001), 20)

    assert found is not None
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.161, abs=0.001)


@given(st.integers(1, 500), st.data())
@settings(max_examples=60, deadline=None)
def test_wilsons_interval_holds_its_share(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))

    found = wilson(part, whole)

    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


def test_an_error_that_chance_enlarges_lies_within_its_interval() -> None:
    dice = np.random.default_rng(3)
    chance = dice.random(150)
    yes = dice.random(150) < chance

    found = error_figure(
        drawn(150, lambda counts: {"error": calibration_error(chance, yes, counts)})["error"]
    )

    assert found is not None
    assert 0.0 <= found.low < found.value < found.high
