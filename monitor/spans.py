"""Arithmetic of half-open stretches of time, [since, until): sums, differences and cuts."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

Stretch = tuple[datetime, datetime]  # [since, until)
Stretches = tuple[Stretch, ...]  # in order, none empty, no two touching
NOTHING = timedelta()
_SINCE, _UNTIL = itemgetter(0), itemgetter(1)


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


class Growing:
    """A union that grows by one stretch after the other; it stays fast with many thousands."""

    def __init__(self) -> None:
        self._pieces: list[Stretch] = []  # as `Stretches`

    def add(self, stretch: Stretch) -> None:
        """Let the union cover `stretch`, too."""
        since, until = stretch
        if since >= until:
            return
        first = bisect_left(self._pieces, since, key=_UNTIL)
        last = bisect_right(self._pieces, until, key=_SINCE)
        if first < last:
            since = min(since, self._pieces[first][0])
            until = max(until, self._pieces[last - 1][1])
        self._pieces[first:last] = [(since, until)]

    def left(self, stretch: Stretch) -> Stretches:
        """Return what of `stretch` the union does not cover."""
        return tuple(_left(stretch, self._pieces))


def _left(stretch: Stretch, taken: Sequence[Stretch]) -> Iterator[Stretch]:
    at, end = stretch
    for place in range(bisect_right(taken, at, key=_UNTIL), len(taken)):
        since, until = taken[place]
        if since >= end:
            break
        if since > at:
            yield at, since
        at = until
    if at < end:
        yield at, end
