"""What happened, read again under other policies. Nothing is written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.clock.policy import Policy, Terms
from monitor.clock.reading import Reading, Readings, read, team_time
from monitor.desk.matters import matter
from monitor.handling.ledger import Ledger, was_history
from monitor.handling.policies import Edition
from monitor.model import Event, EventKind, Item, Result, Target
from monitor.report.whatif import Outcome, Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """All that is known of an item."""

    item: Item
    events: tuple[Event, ...]
    frozen: tuple[Result, ...]

    @property
    def muted(self) -> bool:
        return was_history(self.item, self.events)


def replay(
    ledger: Ledger,
    edition: Edition,
    since: datetime,
    until: datetime,
    now: datetime,
    told: Callable[[int], None] = lambda _: None,
) -> Iterator[Replayed]:
    """Yield the clocks that started in [since, until), as they are and as under `edition`.

    Starts and ends of clocks are what they were, only what lies between is counted by the other
    policy; but silence ends an answered item after the other policy's `auto_resolve`. Which policy
    an item gets is asked with what is known of it today. What is void or was found late is left
    out. `told` hears how many items were read.
    """
    for count, item in enumerate(ledger.store.items.alive(since, until), start=1):
        told(count)
        events = ledger.store.events.of_item(item.id)
        frozen = ledger.store.events.results_of(item.id)
        story = _Story(item=item, events=events, frozen=frozen)
        known = matter(ledger.store.posts.of_item(item.id))
        policy = edition.policy_for(ledger.facts(edition, item, known))
        yield from _replayed(ledger, story, policy, since, until, now)


def _replayed(
    ledger: Ledger, story: _Story, policy: Policy, since: datetime, until: datetime, now: datetime
) -> Iterator[Replayed]:
    read_now = _clocks(story, ledger.policies.terms(story.events), now)
    if read_now.void:
        return
    was = read_now.all
    would = _would(story, policy, was, now)
    starts = {(each.target, each.cycle): each.started_at for each in (*was, *would)}
    before, after = _by_cycle(was), _by_cycle(would)
    for (target, cycle), started_at in starts.items():
        found = before.get((target, cycle)), after.get((target, cycle))
        if since <= started_at < until and any(each and each.counted for each in found):
            yield Replayed(
                item=story.item.id,
                target=target,
                cycle=cycle,
                was=_outcome(found[0]),
                would=_outcome(found[1]),
            )


def _clocks(story: _Story, terms: Terms, now: datetime) -> Readings:
    return read(
        story.events,
        terms,
        now,
        frozen=story.frozen,
        found_late=story.item.found_late,
        muted=story.muted,
    )


def _would(
    story: _Story, policy: Policy, was: Sequence[Reading], now: datetime
) -> tuple[Reading, ...]:
    """Return an item's clocks as if `policy` had held all the time."""
    terms = Terms.of(policy)
    spoken = tuple(each for each in was if each.target is not Target.RESOLUTION)
    silent = [each for each in story.events if not _by_silence(each)]
    fixed = [each for each in story.frozen if each.target is not Target.RESOLUTION]
    anew = read(
        silent, terms, now, frozen=fixed, found_late=story.item.found_late, muted=story.muted
    )
    return (*(_counted(each, terms, now) for each in spoken), *anew.of(Target.RESOLUTION))


def _by_silence(event: Event) -> bool:
    return event.kind is EventKind.RESOLVED and event.actor is None


def _counted(reading: Reading, terms: Terms, now: datetime) -> Reading:
    """Return a clock that ran as it ran, counted under other terms."""
    spent = team_time(terms, reading.started_at, reading.ended_at or now, reading.away)
    allowed = terms.newest.target(reading.target)
    return replace(
        reading,
        team_time=spent,
        allowed=allowed,
        breached=spent > allowed,
        policy_name=terms.newest.name,
    )


def _by_cycle(readings: Sequence[Reading]) -> dict[tuple[Target, int], Reading]:
    return {(each.target, each.cycle): each for each in readings if not each.void}


def _outcome(reading: Reading | None) -> Outcome | None:
    if reading is None:
        return None
    return Outcome(
        policy=reading.policy_name,
        allowed=reading.allowed,
        team_time=reading.team_time,
        ended=reading.ended_at is not None,
        breached=reading.breached,
    )
