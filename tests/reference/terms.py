"""Under which policy time is counted, and what a clock came to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.reference.endings import Away
from tests.reference.hours import Wall

Part = tuple[int, int, bool, "Policy"]  # [from, to), counted or not, under which policy
FOREVER = 10**18


@dataclass(frozen=True)
class Policy:
    """Targets in microseconds, the hours in which they count, and whom to tell when."""

    name: str
    version: int
    targets: Mapping[str, int]  # first_response, next_response, claim, resolution
    auto_resolve: int
    steps: tuple[tuple[float, str], ...]  # share, whom to tell
    wall: Wall
    calendar: str
    calendar_version: int
    edition: int = 1  # of the whole settings file

    def __hash__(self) -> int:
        return hash((self.name, self.version))


@dataclass(frozen=True, slots=True)
class Term:
    """A policy from an instant on."""

    since: int
    policy: Policy
    restarts: bool = False  # clocks that ran then were started anew


@dataclass(frozen=True, slots=True)
class Terms:
    """The policies that an item had, oldest first; the first one held for ever before."""

    spans: tuple[Term, ...]

    def under(self, policy: Policy, since: int, mode: str) -> "Terms":
        """Return these terms once `policy` held: from now on, from the beginning, or anew."""
        if mode == "recompute":
            return Terms((Term(0, policy),))
        return Terms((*self.spans, Term(since, policy, restarts=mode == "restart")))

    def begins(self, start: int, end: int | None) -> int:
        """Return from when a clock counts: a restart while it ran starts it anew."""
        again = [
            one.since for one in self.spans if one.restarts and (end is None or one.since < end)
        ]
        return max([start, *again])

    @property
    def newest(self) -> Policy:
        """The policy that holds now."""
        return self.spans[-1].policy

    def at(self, instant: int) -> Policy:
        """Return the policy that held at an instant."""
        held = [one.policy for one in self.spans if one.since <= instant]
        return held[-1] if held else self.spans[0].policy

    def known_at(self, instant: int | None) -> "Terms":
        """Return what was known of these terms at an instant; None: all that is known now."""
        held = [one for one in self.spans[1:] if instant is None or one.since <= instant]
        return Terms((self.spans[0], *held))

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, Policy]]:
        """Yield [start, end) by the policy that held."""
        at = start
        for one, following in zip(self.spans, [*self.spans[1:], None], strict=True):
            stop = min(end, following.since) if following else end
            if at < stop:
                yield at, stop, one.policy
                at = stop

    def counted(self, start: int, end: int, away: Sequence[Away] = ()) -> int:
        """Return how much of [start, end) counts."""
        return sum(
            policy.wall.counted(a, b)
            for since, until, why in present(start, end, away)
            if not why
            for a, b, policy in self.pieces(since, until)
        )

    def due(self, start: int, amount: int, away: Sequence[Away] = ()) -> int | None:
        """Return the first instant by which `amount` counted since `start`; None: never."""
        left = amount
        for since, until, why in present(start, FOREVER, away):
            for a, b, policy in () if why else self.pieces(since, until):
                found = policy.wall.after(a, left)
                if found is not None and found <= b:
                    return found
                if b == FOREVER:
                    return None
                left -= policy.wall.counted(a, b)
        return None

    def parts(self, start: int, end: int, away: Sequence[Away] = ()) -> Iterator[Part]:
        """Yield [start, end) in parts, each counted as a whole or not at all."""
        for since, until, why in present(start, end, away):
            for a, b, policy in self.pieces(since, until):
                if why:
                    yield a, b, False, policy
                    continue
                for begins, ends, is_open in policy.wall.stretches(a, b):
                    yield begins, ends, is_open, policy


def present(start: int, end: int, away: Sequence[Away]) -> Iterator[tuple[int, int, str]]:
    """Yield [start, end) in parts: with "" what may count, with a reason what does not."""
    at = start
    for since, until, why in sorted(away, key=lambda one: one[0]):
        begins, ends = min(max(since, at), end), min(FOREVER if until is None else until, end)
        if at < begins:
            yield at, begins, ""
            at = begins
        if at < ends:
            yield at, ends, why
            at = ends
    if at < end:
        yield at, end, ""


def merged(parts: Iterator[Part]) -> list[tuple[int, int, bool]]:
    """Return the parts; neighbours that are counted alike become one."""
    found: list[tuple[int, int, bool]] = []
    for start, end, counts, _ in parts:
        if found and found[-1][1] == start and found[-1][2] == counts:
            found[-1] = (found[-1][0], end, counts)
        else:
            found.append((start, end, counts))
    return found
