"""Sums and differences of stretches of time, beside a plain grid of minutes."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.spans import Growing, Stretch, clip, longer, subtract, total, union
from tests.builders import NOON, minutes

MINUTES = range(60)
A_STRETCH = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda ends: (NOON + minutes(ends[0]), NOON + minutes(ends[1]))
)
STRETCHES = st.lists(A_STRETCH, max_size=8)


def grid(stretches: list[Stretch] | tuple[Stretch, ...]) -> set[int]:
    """Return the minutes that lie in one of `stretches`."""
    return {
        minute
        for minute in MINUTES
        for since, until in stretches
        if since <= NOON + minutes(minute) < until
    }


def is_tidy(stretches: tuple[Stretch, ...]) -> bool:
    apart = all(one[1] < two[0] for one, two in pairwise(stretches))
    return apart and all(since < until for since, until in stretches)


@settings(max_examples=60, deadline=None)
@given(STRETCHES, STRETCHES)
def test_sums_and_differences_are_those_of_the_minutes(
    some: list[Stretch], others: list[Stretch]
) -> None:
    both, left = union([*some, *others]), subtract(some, others)

    assert grid(both) == grid(some) | grid(others)
    assert grid(left) == grid(some) - grid(others)
    assert is_tidy(both)
    assert is_tidy(left)
    assert total(some) == minutes(len(grid(some)))


@settings(max_examples=60, deadline=None)
@given(STRETCHES, A_STRETCH)
def test_what_grows_by_one_stretch_after_the_other_leaves_what_their_sum_leaves(
    some: list[Stretch], frame: Stretch
) -> None:
    grown = Growing()
    for stretch in some:
        grown.add(stretch)

    assert grown.left(frame) == subtract([frame], some)


@settings(max_examples=40, deadline=None)
@given(STRETCHES, A_STRETCH)
def test_a_cut_keeps_what_lies_within(some: list[Stretch], frame: Stretch) -> None:
    cut = clip(some, *frame)

    assert grid(cut) == grid(some) & grid([frame])
    assert is_tidy(cut)


@settings(max_examples=40, deadline=None)
@given(STRETCHES, st.integers(0, 20))
def test_small_gaps_are_bridged_and_wider_ones_stay(some: list[Stretch], gap: int) -> None:
    bridged = union(some, minutes(gap))
    between = subtract([(NOON, NOON + minutes(60))], bridged)
    inner = [each for each in between if bridged and bridged[0][1] <= each[0] < bridged[-1][0]]

    assert grid(some) <= grid(bridged)
    assert all(until - since > minutes(gap) for since, until in inner)


def test_only_what_is_longer_is_kept() -> None:
    short, long = (NOON, NOON + minutes(5)), (NOON + minutes(10), NOON + minutes(16))

    assert longer([short, long], timedelta(minutes=5)) == (long,)
