"""What is usual, and from when on many are too many: held against counts drawn at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from monitor.report.crowds import LEAST_HOURS, RARE, Measure, Usual, usual

DAY = [0.3 + 1.4 * max(0.0, float(np.sin((hour - 6) / 24 * 2 * np.pi))) for hour in range(24)]
HOURS = 24 * 7
BESIDE = (-1, 0, 1)


def drawn(rng: np.random.Generator, mean: float, spread: float) -> int:
    """Return a count of a negative binomial."""
    if spread == 1.0:
        return int(rng.poisson(mean))
    return int(rng.poisson(rng.gamma(mean / (spread - 1), spread - 1)))


def weeks(base: float, spread: float, count: int, seed: int) -> list[int]:
    """Return the counts of ordinary weeks, busy at noon and quiet at night and on weekends."""
    rng = np.random.default_rng(seed)
    return [
        drawn(rng, base * DAY[hour % 24] * (0.6 if hour % HOURS >= 120 else 1.0), spread)
        for hour in range(count * HOURS)
    ]


def compared(counts: list[int], hour: int) -> list[int]:
    return [counts[hour - HOURS * back + beside] for back in range(1, 9) for beside in BESIDE]


@pytest.mark.parametrize(
    ("base", "spread"),
    [
        pytest.param(0.1, 1.0, id="one in ten hours"),
        pytest.param(2.0, 2.0, id="two an hour"),
        pytest.param(10.0, 3.0, id="ten an hour"),
        pytest.param(50.0, 5.0, id="fifty an hour"),
    ],
)
def test_in_half_a_year_of_ordinary_weeks_nothing_or_next_to_nothing_is_a_surge(
    base: float, spread: float
) -> None:
    counts = weeks(base, spread, 34, seed=11)
    hours = range(9 * HOURS, 34 * HOURS)

    told = [
        hour
        for hour in hours
        if counts[hour] >= 8
        and (known := usual(compared(counts, hour))) is not None
        and Measure().exceeded(counts[hour], known)
    ]

    assert len(told) <= 2


@pytest.mark.parametrize(
    ("base", "spread", "people"),
    [
        pytest.param(0.1, 1.0, 8, id="eight where hardly anybody writes"),
        pytest.param(2.0, 2.0, 30, id="thirty where three write"),
        pytest.param(10.0, 3.0, 80, id="eighty where sixteen write"),
        pytest.param(50.0, 5.0, 300, id="three hundred where eighty write"),
    ],
)
def test_a_real_surge_is_one_even_after_last_weeks_storm(
    base: float, spread: float, people: int
) -> None:
    counts = weeks(base, spread, 12, seed=5)
    noon = 11 * HOURS + 12
    for beside in BESIDE:
        counts[noon - HOURS + beside] += 40 * people

    known = usual(compared(counts, noon))

    assert known is not None
    assert Measure().exceeded(people, known)


def test_few_are_no_surge_however_rare_they_are() -> None:
    known = usual([0] * 24)

    assert known is not None
    assert known.chance(7) < RARE
    assert not Measure().exceeded(7, known)


def test_twice_the_usual_is_no_surge_however_many_they_are() -> None:
    known = usual([1000] * 24)

    assert known is not None
    assert known.chance(2000) < RARE
    assert not Measure().exceeded(2000, known)


def test_too_few_hours_tell_nothing() -> None:
    assert usual([3] * (LEAST_HOURS - 1)) is None


def test_a_surge_goes_on_while_half_of_what_makes_one_comes() -> None:
    measure = Measure()

    assert measure.lasts(4, 0.1)
    assert not measure.lasts(3, 0.1)
    assert measure.lasts(15, 10.0)
    assert not measure.lasts(14, 10.0)


@settings(max_examples=60, deadline=None)
@given(
    mean=st.floats(0.05, 80),
    spread=st.floats(1.0, 12),
    hours=st.integers(9, 24),
    people=st.integers(0, 300),
)
def test_the_chance_is_the_tail_of_a_negative_binomial(
    mean: float, spread: float, hours: int, people: int
) -> None:
    known = Usual(mean=mean, spread=spread, hours=hours)

    widened = spread * (1 + 1 / hours)
    expected = stats.nbinom.sf(people - 1, mean / (widened - 1), 1 / widened)

    assert known.chance(people) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 30), min_size=12, max_size=24),
    storm=st.lists(st.integers(500, 5000), min_size=1, max_size=4),
)
def test_a_storm_in_the_past_hardly_moves_what_is_usual(
    counts: list[int], storm: list[int]
) -> None:
    calm = usual(counts)

    stormy = usual([*counts, *storm])

    assert calm is not None
    assert stormy is not None
    assert stormy.mean <= 2 * max(counts) + 1
