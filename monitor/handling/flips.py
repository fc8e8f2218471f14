"""What applying other policies would change: each clock of each open item, before and after."""

from collections.abc import Iterator
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
    """What a running clock shows under a policy."""

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
    """A running clock that shows something else afterwards. None: the clock is not there."""

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
    """Return what `edition` would change if it were applied at `now`; nothing is written."""
    items = [one.item.id for one in ledger.store.items.queue()]
    changes: list[Flip] = []
    moved = 0
    for item in sorted(items):
        standing = ledger.standing(item, now)
        terms = _terms(ledger, standing, edition, mode, now)
        moved += _differ(standing.terms, terms)
        changes += _flips(ledger, standing, terms, now)
    return Preview(
        edition=edition, mode=mode, items=len(items), moved=moved, changes=tuple(changes)
    )


def _terms(
    ledger: Ledger, standing: Standing, edition: Edition, mode: Mode, now: datetime
) -> Terms:
    known = matter(ledger.store.posts.of_item(standing.item.id))
    policy = edition.policy_for(ledger.facts(standing.item, known))
    return standing.terms.under(policy, now, mode)


def _differ(before: Terms, after: Terms) -> bool:
    """Return whether an item gets anything else than it has: its edition's number is no matter."""
    restarts = after.spans[-1].restarts or len(after.spans) < len(before.spans)
    return restarts or _content(before.newest) != _content(after.newest)


def _content(policy: Policy) -> tuple[str, int, str, int]:
    return (policy.name, policy.version, policy.calendar.name, policy.calendar_version)


def _flips(ledger: Ledger, standing: Standing, terms: Terms, now: datetime) -> Iterator[Flip]:
    after = _running(reread(ledger, standing, terms, now), terms)
    before = _running(standing.readings, standing.terms)
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
        frozen=ledger.store.events.results_of(item),
        found_late=standing.item.found_late,
        muted=not standing.readings.all,
    )


def _running(readings: Readings, terms: Terms) -> dict[tuple[Target, int], Held]:
    return {
        (each.target, each.cycle): _held(each, terms.newest)
        for each in readings.all
        if each.running
    }


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
