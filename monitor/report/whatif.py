"""Pure: how the same events would have come out under other policies, side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.model import ItemId, Target
from monitor.report.summary import Share, Spread, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one cycle of one clock came to under a policy."""

    policy: str
    allowed: timedelta
    team_time: timedelta
    ended: bool  # False: it runs still
    breached: bool

    @property
    def decided(self) -> bool:
        """Whether it is known if the target was met: one that runs may still miss it."""
        return self.ended or self.breached


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One cycle that counts, as it was and as it would have been. None: there is no such cycle."""

    item: ItemId
    target: Target
    cycle: int
    was: Outcome | None
    would: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What the cycles of a target came to under one of the two policies."""

    met: Share  # of the decided ones
    team_time: Spread  # of those that ended
    running: int  # and not decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A target under both."""

    target: Target
    cycles: int
    was: Side
    would: Side
    saved: int  # missed, and met under the other
    spoilt: int  # met, and missed under the other


def compare(replayed: Iterable[Replayed]) -> tuple[Compared, ...]:
    """Return the targets that have cycles, each under both policies."""
    known: dict[Target, list[Replayed]] = {target: [] for target in Target}
    for each in replayed:
        known[each.target].append(each)
    return tuple(_compared(target, found) for target, found in known.items() if found)


def _compared(target: Target, found: Sequence[Replayed]) -> Compared:
    turned = [(each.was, each.would) for each in found]
    return Compared(
        target=target,
        cycles=len(found),
        was=_side([was for was, _ in turned if was is not None]),
        would=_side([would for _, would in turned if would is not None]),
        saved=sum(_missed(was) and _met(would) for was, would in turned),
        spoilt=sum(_met(was) and _missed(would) for was, would in turned),
    )


def _side(outcomes: Sequence[Outcome]) -> Side:
    decided = [each for each in outcomes if each.decided]
    return Side(
        met=Share(part=sum(not each.breached for each in decided), whole=len(decided)),
        team_time=spread([each.team_time for each in outcomes if each.ended]),
        running=len(outcomes) - len(decided),
    )


def _met(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.ended and not outcome.breached


def _missed(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.breached
