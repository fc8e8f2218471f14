"""Claims, pauses and resolutions: who has it, what holds it back, and how it ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.reference.answers import Wait, owed, public
from tests.reference.facts import WINDOW, Fact, first_seen
from tests.reference.settling import settled

Away = tuple[int, int | None, str]  # [from, to), and why it does not count; None: still


@dataclass(slots=True)
class Run:
    """A claim or a resolution clock; `number` is its cycle."""

    number: int
    start: int
    end: int | None = None
    settled: int | None = None
    away: list[Away] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pause:
    """[start, end) in which a named state held the resolution back."""

    kind: str
    reason: str
    start: int
    end: int | None
    until: int | None  # when it was to end by itself
    is_on: bool  # nobody has ended it yet


def pauses(facts: Sequence[Fact], resolved: Sequence[int] = ()) -> list[Pause]:
    """Return the pauses; one ends when it is resumed, replaced, resolved, or its time is up."""
    found: list[Pause] = []
    for fact in facts:
        if found and fact.kind in ("paused", "resumed", "resolved", "reopened") and found[-1].is_on:
            found[-1] = _ended(found[-1], fact.at)
        if fact.kind == "paused":
            end = fact.until
            found.append(Pause(fact.pause, fact.reason, fact.at, end, fact.until, True))
    return [one for one in found if one.end is None or one.end > one.start]


def _ended(pause: Pause, at: int) -> Pause:
    end = at if pause.end is None else min(at, pause.end)
    return Pause(pause.kind, pause.reason, pause.start, end, pause.until, False)


def claims(
    facts: Sequence[Fact], answered: Sequence[Wait], reopened: Sequence[tuple[int, int, int]]
) -> list[Run]:
    """Return the claim clocks. `reopened` are (instant, learned, place) of reopenings."""
    start = first_seen(facts)
    due = [(start.at, start.learned, start.place, start.posted)]
    freed = (fact for fact in facts if fact.kind in ("released", "lease_ended"))
    due += [(fact.at, fact.learned, fact.place, fact.at) for fact in freed]
    due += [(at, learned, place, at) for at, learned, place in reopened]
    due.sort(key=lambda one: (one[2], one[0]))
    found: list[Run] = []
    for number, (at, learned, place, after) in enumerate(due, start=1):
        runs = bool(found) and (found[-1].end is None or found[-1].end > at)
        if not runs and (number == 1 or owed(answered, at)):
            ending = settled(facts, place, learned, _taking(at, place, after))
            run = Run(number, at)
            if ending.fact is not None:
                run.end, run.settled = ending.fact.at, ending.settled
            found.append(run)
    return found


def _taking(start: int, place: int, after: int) -> Callable[[Sequence[Fact]], Fact | None]:
    def choose(known: Sequence[Fact]) -> Fact | None:
        taken = [
            one
            for one in known
            if one.kind in ("claimed", "tapped", "resolved")
            and one.place > place
            and one.at >= start
        ]
        return min([*taken, *public(known, after)], key=lambda one: one.at, default=None)

    return choose


@dataclass(slots=True)
class Resolving:
    """The resolution clocks of an item, and its silence."""

    runs: list[Run]
    reopened: list[tuple[int, int, int]]  # instant, learned, place
    silent_since: int | None  # None: it owes an answer, is paused or resolved


def resolutions(facts: Sequence[Fact], answered: Sequence[Wait], now: int) -> Resolving:
    """Return the resolution clocks: they end with a tap or silence, and may begin again."""
    start = first_seen(facts)
    runs = [Run(1, start.at)]
    reopened: list[tuple[int, int, int]] = []
    for at, learned, place, kind in _turns(facts, answered):
        last = runs[-1]
        if kind == "resolved" and last.end is None:
            last.end, last.settled = at, learned + WINDOW
        elif kind == "asked" and last.end is not None and last.settled is not None:
            reopened.append((at, learned, place))
            if learned <= last.settled:
                last.away.append((last.end, at, "resolved"))
                last.end = last.settled = None
            else:
                runs.append(Run(last.number + 1, at))
    held = pauses(facts)
    for run in runs:
        run.away = sorted(
            [*run.away, *((one.start, one.end, _why(one)) for one in held)], key=lambda one: one[0]
        )
    return Resolving(runs, reopened, _silent_since(facts, answered, runs, held, now))


def _why(pause: Pause) -> str:
    return "snoozed" if pause.kind == "snoozed" else f"waiting for {pause.reason}"


def _turns(facts: Sequence[Fact], answered: Sequence[Wait]) -> Iterator[tuple[int, int, int, str]]:
    """Yield when it was resolved and when it was asked again, in the order of learning."""
    found = [
        (one.at, one.learned, one.place, "resolved") for one in facts if one.kind == "resolved"
    ]
    found += [
        (one.at, one.learned, one.place, "asked") for one in facts[1:] if _asks(one, answered)
    ]
    yield from sorted(found, key=lambda one: one[2])


def _asks(fact: Fact, answered: Sequence[Wait]) -> bool:
    """Return whether something has a resolved item ask again: a question, or a lost answer."""
    if fact.kind == "post":
        return fact.wants
    return fact.kind in ("reply_gone", "restored") and owed(answered, fact.at)


_NOISES = ("post", "reply", "reply_gone", "deleted", "restored", "tapped", "unmuted")


def _silent_since(
    facts: Sequence[Fact],
    answered: Sequence[Wait],
    runs: Sequence[Run],
    held: Sequence[Pause],
    now: int,
) -> int | None:
    """Return since when nobody said anything to an item that owes nothing."""
    paused = any(one.is_on and (one.end is None or one.start <= now < one.end) for one in held)
    if runs[-1].end is not None or paused or owed(answered, now):
        return None
    noises = [one.at for one in facts if one.kind in _NOISES and one.at <= now]
    noises += [one.end for one in held if one.end is not None and one.end <= now]
    noises += [one.over for one in answered if one.over is not None]
    return max([runs[-1].start, *noises])
