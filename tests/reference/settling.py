"""Five minutes, then fixed: which of several things ended a clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.reference.facts import WINDOW, Fact


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended a clock, and until when that may still be revised."""

    fact: Fact | None
    changed: int  # when the desk learned of it

    @property
    def settled(self) -> int:
        """The last instant at which it may change."""
        return self.changed + WINDOW


def settled(
    facts: Sequence[Fact],
    known: int,
    begun: int,
    choose: Callable[[Sequence[Fact]], Fact | None],
) -> Ending:
    """Return what ended a clock that began when the fact at `known` was learned, at `begun`.

    `choose` says what ended it if these facts are all there is. An end may change for five minutes
    after it last did; what is learned later changes nothing.
    """
    until = [place for place, fact in enumerate(facts) if fact.place <= known]
    first = until[-1] + 1 if until else 0
    end, changed = choose(facts[:first]), begun
    for place in range(first, len(facts)):
        learned = facts[place].learned
        if end is not None and learned > changed + WINDOW:
            break
        other = choose(facts[: place + 1])
        if other is not end:
            end, changed = other, max(changed, learned)
    return Ending(end, changed)
