"""What the team must be told of an item, and when the desk must look at it again."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from tests.reference.clocks import CLAIM, RESOLUTION, Clock
from tests.reference.terms import Policy, Terms


@dataclass(frozen=True, slots=True)
class Word:
    """Something that the team is told, once."""

    kind: str  # "step", "breach", "unclaimed", "unresolved"
    target: str
    cycle: int
    share: float
    tell: str

    @property
    def name(self) -> str:
        """Its identity within the item."""
        return f"{self.target}:{self.cycle}:{self.share * 100:.15g}%"


@dataclass(frozen=True, slots=True)
class Said:
    """What is told now, and the names that count as told from now on."""

    words: tuple[Word, ...]
    names: frozenset[str]


def said(
    clocks: Sequence[Clock], terms: Terms, told: Set[str], *, snoozed: bool, taken: bool
) -> Said:
    """Return what is told now of clocks that run; `taken`: somebody has the item."""
    words: list[Word] = []
    names: set[str] = set()
    for clock in clocks:
        if not clock.runs:
            continue
        steps = [each for each in _steps(clock, terms.newest, taken=taken) if _crossed(clock, each)]
        if snoozed and not (steps and steps[-1].share >= 1 and clock.target != CLAIM):
            continue  # warnings wait, a breach does not
        if steps:
            names |= {word.name for word in steps}
            if steps[-1].name not in told:
                words.append(_named(steps, told))
    return Said(tuple(words), frozenset(names))


def _steps(clock: Clock, policy: Policy, *, taken: bool) -> Iterator[Word]:
    """Yield the steps of a clock up to the first that it has not reached."""
    if clock.target == RESOLUTION:
        yield Word("unresolved", clock.target, clock.cycle, 1.0, "")
    elif clock.target == CLAIM:
        yield from _growing("unclaimed", clock, 1.0, 4, "")
    else:
        for share, tell in policy.steps:
            yield Word("step", clock.target, clock.cycle, share, tell)
        share, tell = policy.steps[-1]
        if share >= 1 and not taken:
            yield from _growing("step", clock, 2 * share, 2, tell)


def _growing(kind: str, clock: Clock, share: float, growth: int, tell: str) -> Iterator[Word]:
    """Yield steps without end, each `growth` times as far as the one before."""
    while True:
        yield Word(kind, clock.target, clock.cycle, share, tell)
        if clock.spent <= share * clock.allowed:
            return
        share *= growth


def _crossed(clock: Clock, step: Word) -> bool:
    return is_crossed(clock.spent, step.share, clock.allowed)


def is_crossed(spent: int, share: float, allowed: int) -> bool:
    """Return whether a step is crossed: a warning at its share, from 100 % on past it."""
    wanted = round(share * allowed)
    return spent > wanted if share >= 1 else spent >= wanted


def shares(clock: Clock, policy: Policy, *, taken: bool) -> list[float]:
    """Return the shares of a clock's steps, up to the first that it has not reached."""
    return [each.share for each in _steps(clock, policy, taken=taken)]


def _named(steps: Sequence[Word], told: Set[str]) -> Word:
    """Return the highest step; the first one told at 100 % or more is the breach."""
    highest = steps[-1]
    earlier = any(word.share >= 1 and word.name in told for word in steps)
    if highest.kind == "step" and highest.share >= 1 and not earlier:
        return replace(highest, kind="breach")
    return highest
