"""Arithmetic of half-open stretches of time, [since, until): sums, differences and cuts."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

Stretch = tuple[datetime, datetime]  # [since, until)
Stretches = tuple[Stretch, ...]  # in order, none empty, no two touching
NOTHING = timedelta()


def union(stretches: Iterable[Stretch], gap: timedelta = NOTHING) -> Stretches:
    """Return what `stretches` cover together; pieces at most `gap` apart become one."""
    joined: list[Stretch] = []
    for since, until in sorted(each for each in stretches if each[0] < each[1]):
        if joined and since - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until))
        else:
            joined.append((since, until))
    return tuple(joined)


def subtract(stretches: Iterable[Stretch], others: Iterable[Stretch]) -> Stretches:
    """Return what of `stretches` lies in none of `others`."""
    taken = union(others)
    return tuple(piece for each in union(stretches) for piece in _left(each, taken))


def clip(stretches: Iterable[Stretch], since: datetime, until: datetime) -> Stretches:
    """Return what of `stretches` lies in [since, until)."""
    return union((max(each[0], since), min(each[1], until)) for each in stretches)


def longer(stretches: Iterable[Stretch], least: timedelta) -> Stretches:
    """Return the stretches that are longer than `least`."""
    return tuple(each for each in stretches if each[1] - each[0] > least)


def total(stretches: Iterable[Stretch]) -> timedelta:
    """Return how much time `stretches` cover together."""
    return sum((until - since for since, until in union(stretches)), NOTHING)


def _left(stretch: Stretch, taken: Stretches) -> Iterator[Stretch]:
    at, end = stretch
    for since, until in taken:
        if until <= at:
            continue
        if since >= end:
            break
        if since > at:
            yield at, since
        at = until
    if at < end:
        yield at, end
