"""What applying other policies would change: each clock of each open item, before and after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.clock.policy import Mode, Policy, Terms
from monitor.clock.reading import Reading, Readings, read
from monitor.desk.matters import matter
from monitor.handling.ledger import Ledger, Standing
from monitor.handling.policies import Edition
from monitor.model import Item, ItemId, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a clock shows under a policy."""

    policy: str
    policy_version: int
    calendar: str
    calendar_version: int
    allowed: timedelta
    team_time: timedelta
    due_at: datetime | None  # None while paused
    breached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A clock that shows something else afterwards. None: it is not there, or is fixed."""

    item: Item
    target: Target
    cycle: int
    before: Held | None
    after: Held | None

    @property
    def flips(self) -> bool:
        """Whether it was late and is not any more, or the other way round."""
        late_before = self.before is not None and self.before.breached
        return late_before != (self.after is not None and self.after.breached)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an edition would make of the items that are open."""

    edition: Edition
    mode: Mode
    items: int  # that are open
    moved: int  # that would get another policy, another version of theirs, or new clocks
    changes: tuple[Flip, ...]  # by item


def preview(ledger: Ledger, edition: Edition, mode: Mode, now: datetime) -> Preview:
    """Return what `edition` would change if it were applied at `now`; nothing is written.

    If it is in force already, that is what is left to do of it, in the mode in which it was begun.
    """
    policies = ledger.policies
    in_force = mode is Mode.NOW and edition.number == policies.newest
    changes: list[Flip] = []
    items = moved = 0
    for one in sorted(ledger.store.items.queue(), key=lambda each: each.item.id):
        items += 1
        if in_force and one.policy_version == edition.number:
            continue
        if in_force:
            way = policies.way(one.policy_version)
        else:
            way = (*policies.unfinished(one.policy_version), (edition, mode))
        standing = ledger.standing(one.item.id, now)
        terms = _terms(ledger, standing, way, now)
        moved += _differ(standing.terms, terms, way)
        changes += _flips(ledger, standing, terms, now)
    return Preview(
        edition=edition,
        mode=policies.moving(edition.number) if in_force else mode,
        items=items,
        moved=moved,
        changes=tuple(changes),
    )


def _terms(
    ledger: Ledger, standing: Standing, way: Iterable[tuple[Edition, Mode]], now: datetime
) -> Terms:
    known = matter(ledger.store.posts.of_item(standing.item.id))
    terms = standing.terms
    for edition, mode in way:
        facts = ledger.facts(edition, standing.item, known)
        terms = terms.under(edition.policy_for(facts), now, mode)
    return terms


def _differ(before: Terms, after: Terms, way: Iterable[tuple[Edition, Mode]]) -> bool:
    """Return whether an item gets anything else than it has: its edition's number is no matter."""
    modes = {mode for _, mode in way}
    past = Mode.RECOMPUTE in modes and len(before.spans) > 1
    return past or Mode.RESTART in modes or _content(before.newest) != _content(after.newest)


def _content(policy: Policy) -> tuple[str, int, str, int]:
    return (policy.name, policy.version, policy.calendar.name, policy.calendar_version)


def _flips(ledger: Ledger, standing: Standing, terms: Terms, now: datetime) -> Iterator[Flip]:
    after = _unfixed(reread(ledger, standing, terms, now), terms)
    before = _unfixed(standing.readings, standing.terms)
    for fixed in standing.readings.results(now):  # at the next tick, whatever is applied
        before.pop((fixed.target, fixed.cycle), None)
    for clock in dict.fromkeys((*before, *after)):
        was, becomes = before.get(clock), after.get(clock)
        if was != becomes:
            target, cycle = clock
            yield Flip(item=standing.item, target=target, cycle=cycle, before=was, after=becomes)


def reread(ledger: Ledger, standing: Standing, terms: Terms, now: datetime) -> Readings:
    """Return the clocks of an item as they would stand at `now` under other terms."""
    item: ItemId = standing.item.id
    return read(
        standing.events,
        terms,
        now,
        frozen=(*ledger.store.events.results_of(item), *standing.readings.results(now)),
        found_late=standing.item.found_late,
        muted=not standing.readings.all,
    )


def _unfixed(readings: Readings, terms: Terms) -> dict[tuple[Target, int], Held]:
    """Return the clocks that run, and those that ended so lately that they may still change."""
    found: dict[tuple[Target, int], Held] = {}
    for each in readings.all:
        if each.running or (each.ended_at is not None and not each.frozen):
            policy = terms.newest if each.ended_at is None else terms.at(each.ended_at)
            found[each.target, each.cycle] = _held(each, policy)
    return found


def _held(reading: Reading, policy: Policy) -> Held:
    return Held(
        policy=policy.name,
        policy_version=policy.version,
        calendar=policy.calendar.name,
        calendar_version=policy.calendar_version,
        allowed=reading.allowed,
        team_time=reading.team_time,
        due_at=reading.due_at,
        breached=reading.breached,
    )
