"""What the team must be told of an item, and when the desk must look at it again."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from tests.reference.clocks import CLAIM, FIRST, NEXT, RESOLUTION, Clock
from tests.reference.terms import Policy, Terms

RESPONSES = (FIRST, NEXT)


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
        return f"{self.target}:{self.cycle}:{self.share * 100:g}%"


@dataclass(frozen=True, slots=True)
class Said:
    """What is told now, and the names that count as told from now on."""

    words: tuple[Word, ...]
    names: frozenset[str]


def said(clocks: Sequence[Clock], terms: Terms, told: Set[str], *, snoozed: bool) -> Said:
    """Return what is told now of clocks that run."""
    words: list[Word] = []
    names: set[str] = set()
    for clock in clocks:
        if not clock.runs:
            continue
        if clock.target in RESPONSES:
            found = _steps(clock, terms.newest, told, snoozed=snoozed)
        else:
            found = _once(clock, told)
        words += found.words
        names |= found.names
    return Said(tuple(words), frozenset(names))


def _steps(clock: Clock, policy: Policy, told: Set[str], *, snoozed: bool) -> Said:
    """Return the highest step that was crossed, unless it was told; the lower ones count as told."""
    crossed = [
        Word("", clock.target, clock.cycle, share, tell)
        for share, tell in shares(policy, clock.spent / clock.allowed)
        if is_crossed(clock.spent, share, clock.allowed)
    ]
    if snoozed:
        crossed = [word for word in crossed if word.share >= 1] and crossed
        if crossed and crossed[-1].share < 1:
            crossed = []
    if not crossed:
        return Said((), frozenset())
    highest = crossed[-1]
    names = frozenset(word.name for word in crossed)
    if highest.name in told:
        return Said((), names)
    earlier = any(word.share >= 1 and word.name in told for word in crossed)
    kind = "breach" if highest.share >= 1 and not earlier else "step"
    return Said((Word(kind, highest.target, highest.cycle, highest.share, highest.tell),), names)


def shares(policy: Policy, upto: float) -> Iterator[tuple[float, str]]:
    """Yield the steps; beyond the last one, at 100 % or more, the gaps double without end."""
    yield from policy.steps
    if policy.steps and policy.steps[-1][0] >= 1:
        share, tell = policy.steps[-1]
        while share <= upto + 1:
            share *= 2
            yield share, tell


def is_crossed(spent: int, share: float, allowed: int) -> bool:
    """Return whether a step is crossed: a warning at its share, from 100 % on past it."""
    wanted = round(share * allowed)
    return spent > wanted if share >= 1 else spent >= wanted


def _once(clock: Clock, told: Set[str]) -> Said:
    if not clock.breached:
        return Said((), frozenset())
    kind = {CLAIM: "unclaimed", RESOLUTION: "unresolved"}[clock.target]
    word = Word(kind, clock.target, clock.cycle, 1.0, "")
    if word.name in told:
        return Said((), frozenset())
    return Said((word,), frozenset({word.name}))
