"""The four clocks of an item, read at one instant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.reference.answers import Wait, owed, waits
from tests.reference.endings import Away, Pause, Resolving, Run, claims, pauses, resolutions
from tests.reference.facts import Fact, asks, first_seen, standing, void_since
from tests.reference.terms import FOREVER, Part, Policy, Terms, merged

FIRST, NEXT, CLAIM, RESOLUTION = "first_response", "next_response", "claim", "resolution"


@dataclass(slots=True)
class Clock:
    """One cycle of one target. Instants and lengths are microseconds."""

    target: str
    cycle: int
    start: int
    end: int | None
    settled: int | None  # the last instant at which its end may be revised
    gone: int | None  # since when nobody asks: it counts for nothing
    runs: bool
    spent: int
    allowed: int
    due: int | None
    wait: int
    breached: bool
    counted: bool
    proven: bool
    policy: Policy
    parts: list[tuple[int, int, bool]]
    terms: list[tuple[int, int, Policy]]  # which policy held when
    asked: int = 0  # since when the customer waits
    fixed: bool = False

    @property
    def name(self) -> tuple[str, int]:
        """What tells a clock of an item from its others."""
        return self.target, self.cycle


@dataclass(slots=True)
class Story:
    """What an item's facts say, before any time is counted."""

    facts: list[Fact]
    waits: list[Wait]
    claims: list[Run]
    resolving: Resolving
    pauses: list[Pause]
    void: int | None

    @classmethod
    def of(cls, told: Sequence[Fact], now: int) -> "Story":
        """Return the story of an item whose facts are `told`, in the order of learning."""
        facts = standing(told)
        answered = waits(facts)
        resolving = resolutions(facts, answered, now)
        return cls(
            facts=facts,
            waits=answered,
            claims=claims(facts, answered, resolving.reopened),
            resolving=resolving,
            pauses=pauses(facts),
            void=void_since(facts),
        )

    def owed(self) -> bool:
        """Return whether an answer is owed."""
        return any(one.over is None for one in self.waits)

    def pause(self) -> Pause | None:
        """Return the pause that nobody ended yet."""
        last = self.pauses[-1] if self.pauses else None
        return last if last is not None and last.is_on and not self.resolved() else None

    def resolved(self) -> bool:
        """Return whether the item is resolved."""
        return self.resolving.runs[-1].end is not None

    def owed_at(self, at: int) -> bool:
        """Return whether an answer was owed at an instant."""
        return owed(self.waits, at)

    def asking(self) -> int:
        """Return how many posts ask at all."""
        return len(asks(self.facts))


def read(story: Story, terms: Terms, now: int, *, found_late: bool) -> list[Clock]:
    """Return all clocks of an item: responses, claims, resolutions."""
    return [*_responses(story, terms, now, found_late=found_late), *_others(story, terms, now)]


@dataclass(frozen=True, slots=True)
class Lap:
    """From when to when one cycle of a clock ran."""

    target: str
    cycle: int
    start: int
    end: int | None
    settled: int | None
    away: Sequence[Away] = ()
    gone: int | None = None

    @property
    def over(self) -> int | None:
        """When it ended: because of an answer or an act, or because nobody asks any more."""
        return self.gone if self.end is None else self.end

    def is_held(self, now: int) -> bool:
        """Return whether it runs, but a pause holds it."""
        held = any(since <= now and (to is None or now < to) for since, to, _ in self.away)
        return self.end is None and held


def _responses(story: Story, terms: Terms, now: int, *, found_late: bool) -> Iterator[Clock]:
    for number, one in enumerate(story.waits, start=1):
        target = FIRST if number == 1 else NEXT
        lap = Lap(target, number, one.start, one.end, one.settled, gone=one.gone)
        clock = _read(story, terms, now, lap)
        waits_since = one.posted if one.since is None else one.since
        clock.asked = waits_since
        clock.wait = max((one.end or one.gone or clock.wait) - waits_since, 0)
        clock.counted = clock.counted and not (number == 1 and found_late)
        clock.proven = one.proof is not None
        yield clock


def _others(story: Story, terms: Terms, now: int) -> Iterator[Clock]:
    for target, runs in ((CLAIM, story.claims), (RESOLUTION, story.resolving.runs)):
        for run in runs:
            lap = Lap(target, run.number, run.start, run.end, run.settled, run.away)
            yield _read(story, terms, now, lap)


def _read(story: Story, terms: Terms, now: int, lap: Lap) -> Clock:
    stopped = now if story.void is None else min(now, story.void)
    until = stopped if lap.over is None else lap.over
    policy = terms.newest if lap.over is None else terms.at(lap.over)
    begins = terms.begins(lap.start, lap.over)
    allowed = policy.targets[lap.target]
    spent = terms.counted(begins, until, lap.away)
    return Clock(
        target=lap.target,
        cycle=lap.cycle,
        start=lap.start,
        end=lap.end,
        settled=lap.settled,
        gone=lap.gone,
        runs=lap.over is None and story.void is None,
        spent=spent,
        allowed=allowed,
        due=_due(terms, lap, begins, allowed, now),
        wait=until,
        breached=spent > allowed,
        counted=lap.gone is None and story.void is None,
        proven=True,
        policy=policy,
        parts=merged(_parts(terms, lap, begins, until, now)),
        terms=list(terms.pieces(begins, until)),
    )


def _due(terms: Terms, lap: Lap, begins: int, allowed: int, now: int) -> int | None:
    """Return when its target is over; None while it is paused, or once nobody asks."""
    if lap.is_held(now) or lap.gone is not None:
        return None
    due = terms.known_at(lap.end).due(begins, allowed, lap.away)
    return FOREVER if due is None else due


def _parts(terms: Terms, lap: Lap, begins: int, until: int, now: int) -> Iterator[Part]:
    """Yield the parts of a clock; what comes after it was void is shown, and not counted."""
    if lap.start < min(begins, until):
        yield lap.start, min(begins, until), False, terms.newest
    yield from terms.parts(begins, until, lap.away)
    if lap.over is None and max(until, lap.start) < now:
        yield max(until, lap.start), now, False, terms.newest


def first(story: Story) -> Fact:
    """Return when the item was first seen live."""
    return first_seen(story.facts)
