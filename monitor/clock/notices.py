"""What the team must be told, and when the clock must be looked at again. Derived, never stored."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, repeat

from monitor.clock.calendar import NEVER, NO_TIME, REACH
from monitor.clock.policy import Step, Terms
from monitor.clock.reading import Reading, Readings, reaches_at
from monitor.model import ItemId, Notice, NoticeKind, Target

BREACH = 1.0  # the share from which on a step tells of a breach
_TICK = timedelta(microseconds=1)  # the least by which an instant can be passed
_GROWTH = 2  # each step beyond the policy's last one is so many times the one before
_KINDS = {Target.CLAIM: NoticeKind.UNCLAIMED, Target.RESOLUTION: NoticeKind.UNRESOLVED}
_CLAIM_TOLD = ("on shift", "reserve", "lead")  # one after the other; the last again and again
_CLAIM_GROWTH = 4  # the gaps in which a missed claim is told again, while nobody takes the item


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """A notice to be told now; with it the steps that it `covers` are told as well."""

    notice: Notice
    covers: tuple[str, ...] = ()  # names of lower steps, crossed but never told


def due_notices(
    item: ItemId,
    readings: Readings,
    terms: Terms,
    told: Set[str],
    now: datetime,
    *,
    reacted: bool = False,
) -> tuple[DueNotice, ...]:
    """Return what must be told of an item at `now`; `told` are the names told before.

    Of each clock at most one: the highest step crossed. A void or muted item tells nothing.
    `reacted`: somebody has it, so that nothing is told again beyond the policy's own steps.
    """
    running = (each for each in readings.all if each.running)
    due = (_due(item, each, readings, terms, told, reacted) for each in running)
    return tuple(each for each in due if each is not None and each.notice.at <= now)


def next_check_at(
    readings: Readings,
    terms: Terms,
    told: Set[str],
    now: datetime,
    *,
    lease_ends_at: datetime | None = None,
    reacted: bool = False,
) -> datetime | None:
    """Return the first instant at which there is something to do for an item, or None.

    That is a step to be told, a result to be fixed, a pause or a lease that ends, or a silence
    that resolves it. What is due already is due `now`.
    """
    if readings.item is None or readings.void:
        return None
    instants = [
        each
        for reading in readings.all
        for each in _checks(reading, readings, terms, told, reacted)
    ]
    if readings.pause is not None and readings.pause.end is not None:
        instants.append(readings.pause.end)
    instants += [each for each in (readings.silent_until, lease_ends_at) if each is not None]
    return min((max(each, now) for each in instants if each < NEVER), default=None)


def step_name(reading: Reading, share: float) -> str:
    """Return the name under which a step is told once: "first_response:1:80%"."""
    return f"{reading.target}:{reading.cycle}:{share * 100:.10g}%"


def steps(reading: Reading, terms: Terms, *, reacted: bool = False) -> Iterator[Step]:
    """Yield the steps of a clock, smallest first.

    Beyond a policy's last step the gaps grow: each further one is at twice the share, until
    somebody has `reacted`. A policy whose last step comes before the breach has no further ones.
    """
    if reading.target is Target.CLAIM:
        yield from _growing(reading, BREACH, _CLAIM_GROWTH, _CLAIM_TOLD)
    elif reading.target is Target.RESOLUTION:
        yield Step(share=BREACH, tell="owner")
    else:
        given = terms.newest.steps
        yield from given
        if given and given[-1].share >= BREACH and not reacted:
            yield from _growing(reading, given[-1].share * _GROWTH, _GROWTH, (given[-1].tell,))


def _growing(reading: Reading, share: float, growth: int, told: tuple[str, ...]) -> Iterator[Step]:
    """Yield steps in growing gaps, for one of `told` after the other, then for the last."""
    for tell in chain(told, repeat(told[-1])):
        if reading.allowed <= NO_TIME or share * reading.allowed >= REACH:
            return
        yield Step(share=share, tell=tell)
        share *= growth


def _due(
    item: ItemId,
    reading: Reading,
    readings: Readings,
    terms: Terms,
    told: Set[str],
    reacted: bool,
) -> DueNotice | None:
    crossed = _crossed(reading, readings, terms, reacted)
    if not crossed or step_name(reading, crossed[-1].share) in told:
        return None
    last = crossed[-1]
    names = [step_name(reading, each.share) for each in crossed]
    notice = Notice(
        kind=_kind(reading, crossed, told),
        item=item,
        name=names[-1],
        at=_crosses_at(reading, terms, last.share),
        tell=last.tell,
        target=reading.target,
        share=last.share,
    )
    return DueNotice(notice=notice, covers=tuple(name for name in names[:-1] if name not in told))


def _crossed(reading: Reading, readings: Readings, terms: Terms, reacted: bool) -> list[Step]:
    """Return the steps that are crossed and not held back: a snooze holds those before a breach.

    That nobody claimed is no breach of what a customer was promised: it waits, too.
    """
    held = readings.pause is not None and readings.pause.snoozes
    found: list[Step] = []
    for step in steps(reading, terms, reacted=reacted):
        if not _is_crossed(reading, step.share):
            break
        found.append(step)
    missed = reading.target is not Target.CLAIM and bool(found) and found[-1].share >= BREACH
    return [] if held and not missed else found


def _is_crossed(reading: Reading, share: float) -> bool:
    """Return whether a step's time has come: a warning at its share, a breach past it."""
    length = reading.allowed * share
    return reading.team_time > length if share >= BREACH else reading.team_time >= length


def _crosses_at(reading: Reading, terms: Terms, share: float) -> datetime:
    return reaches_at(reading, terms, reading.allowed * share, passed=share >= BREACH)


def _kind(reading: Reading, crossed: list[Step], told: Set[str]) -> NoticeKind:
    if not reading.response:
        return _KINDS[reading.target]
    late = [step_name(reading, step.share) for step in crossed if step.share >= BREACH]
    return NoticeKind.BREACH if late and not told & set(late) else NoticeKind.STEP


def _checks(
    reading: Reading, readings: Readings, terms: Terms, told: Set[str], reacted: bool
) -> Iterator[datetime]:
    """Yield when a clock next has something to tell or to fix."""
    if reading.settles_at is not None and not reading.frozen:
        yield reading.settles_at + _TICK
    if not reading.running:
        return
    crossed = _crossed(reading, readings, terms, reacted)
    if crossed and step_name(reading, crossed[-1].share) not in told:
        yield _crosses_at(reading, terms, crossed[-1].share)
    if not reading.paused:
        known = steps(reading, terms, reacted=reacted)
        ahead = (each for each in known if not _is_crossed(reading, each.share))
        yield from (_told_at(reading, terms, each.share) for each in islice(ahead, 1))


def _told_at(reading: Reading, terms: Terms, share: float) -> datetime:
    """Return the first instant at which a step is due: a breach, just after its crossing."""
    crosses_at = _crosses_at(reading, terms, share)
    return crosses_at + _TICK if share >= BREACH else crosses_at
