"""One rule of the clock broken on purpose, in the simulator's own process: it must be noticed.

Each rule names the sentence of the documents that the product then no longer keeps.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

from monitor.clock import calendar as hours
from monitor.clock import cycles, notices, policy, reading, resolution, responses, timeline, why
from monitor.clock.policy import Terms
from monitor.clock.reading import Readings
from monitor.desk import acts, lifecycle
from monitor.handling import ledger, tick
from monitor.handling.desk import Desk
from monitor.handling.ledger import Standing
from monitor.intake.pipeline import Pipeline
from monitor.model import Event, EventKind, ItemId, Member
from monitor.store.events import Events

K = EventKind
Events_ = Sequence[Event]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and how it is broken."""

    says: str
    broken: Callable[[], None]


def _set(owner: ModuleType | type, name: str, value: object) -> None:
    setattr(owner, name, value)


def _reading(transform: Callable[[Iterable[Event]], Iterable[Event]], **always: Any) -> None:
    """Have every clock read other events than happened."""
    honest = reading.read

    def read(events: Iterable[Event], terms: Terms, now: datetime, **given: Any) -> Readings:
        return honest(tuple(transform(events)), terms, now, **{**given, **always})

    for module in (ledger, why):
        _set(module, "read", read)


def _same(events: Iterable[Event]) -> Iterable[Event]:
    return events


def _each(change: Callable[[Event], Iterable[Event]]) -> Callable[[], None]:
    return lambda: _reading(lambda events: [made for event in events for made in change(event)])


def _instead(kind: EventKind, **other: Any) -> Callable[[Event], Iterable[Event]]:
    def change(event: Event) -> Iterable[Event]:
        yield replace(event, **other) if event.kind is kind else event

    return change


def _found_time(event: Event) -> Iterable[Event]:
    yield replace(event, at=event.recorded_at) if event.kind is K.BRAND_REPLY else event


def _stops_too(*kinds: EventKind) -> Callable[[Event], Iterable[Event]]:
    """Let acts of these kinds stop a response clock."""

    def change(event: Event) -> Iterable[Event]:
        yield event
        if event.kind in kinds:
            yield replace(event, kind=K.ANSWERED, until=None)

    return change


def _without(*kinds: EventKind) -> Callable[[Event], Iterable[Event]]:
    return lambda event: () if event.kind in kinds else (event,)


def _proves(event: Event) -> Iterable[Event]:
    tapped = event.kind is K.ANSWERED
    yield replace(event, kind=K.BRAND_REPLY, key=f"tap:{event.id}") if tapped else event


def _wait_from_seen(event: Event) -> Iterable[Event]:
    post = event.kind in (K.OPENED, K.CUSTOMER_POST)
    yield replace(event, posted_at=event.at) if post else event


def _window() -> None:
    for module in (timeline, cycles, responses, resolution, acts, lifecycle):
        _set(module, "UNDO_WINDOW", timedelta(minutes=10))


def _lease() -> None:
    for module in (acts, lifecycle):
        _set(module, "LEASE", timedelta(minutes=30))


def _calendars(change: Callable[[hours.Calendar], hours.Calendar]) -> Callable[[], None]:
    def broken() -> None:
        honest = hours.calendar_of
        _set(policy, "calendar_of", lambda given: change(honest(given)))

    return broken


def _open_end(calendar: hours.Calendar) -> hours.Calendar:
    """Return a calendar whose spans end a minute late."""
    week = tuple(
        tuple(hours.Hours(one.opens, min(one.closes + 1, one.opens + 1440)) for one in spans)
        for spans in calendar.week
    )
    return replace(calendar, week=week)


def _standard_time(calendar: hours.Calendar) -> hours.Calendar:
    """Return a calendar whose clock is never set forward or back."""
    offset = datetime(2026, 1, 15, tzinfo=UTC).astimezone(calendar.timezone).utcoffset()
    return replace(calendar, timezone=timezone(offset or timedelta()))  # type: ignore[arg-type]


def _at_the_target() -> None:
    honest = reading._reading

    def late(*given: Any) -> Any:
        found = honest(*given)
        at_it = found.team_time >= found.allowed
        return replace(found, breached=at_it) if not found.frozen else found

    _set(reading, "_reading", late)


def _auto_resolve() -> None:
    honest = policy._policy

    def sooner(*given: Any) -> policy.Policy:
        found = honest(*given)
        return replace(found, auto_resolve=found.auto_resolve - timedelta(hours=1))

    _set(policy, "_policy", sooner)


def _past_too() -> None:
    _set(Terms, "then", lambda self, new, since, **_: Terms.of(new))


def _told_again() -> None:
    honest = Events.tell

    def tell(self: Events, item: ItemId, names: Sequence[str], at: datetime) -> None:
        honest(self, item, [name for name in names if not name.endswith(":100%")], at)

    _set(Events, "tell", tell)


def _every_step() -> None:
    """Have the lower steps told, too, after a standstill."""
    honest = tick.Tick._due

    def due(self: tick.Tick, standing: Standing, now: datetime) -> Any:
        told = self._store.events.told(standing.item.id)
        found, held = honest(self, standing, now)
        fresh = self._store.events.told(standing.item.id) - told - {one.name for one in found}
        lower = [replace(found[0], name=name) for name in fresh if found and name.count(":") == 2]
        return (*lower, *found), held

    _set(tick.Tick, "_due", due)


def _snooze_silences() -> None:
    honest = notices.due_notices

    def due(*given: Any, **more: Any) -> Any:
        clocks: Readings = given[1]
        snoozed = clocks.pause is not None and clocks.pause.event.kind is K.SNOOZED
        return () if snoozed else honest(*given, **more)

    _set(notices, "due_notices", due)


def _no_return() -> None:
    honest = tick._passed

    def passed(standing: Standing, now: datetime) -> Any:
        found = honest(standing, now)
        return None if found is not None and found[0].kind is K.RESUMED else found

    _set(tick, "_passed", passed)


def _last_tap_wins() -> None:
    def claim(self: Desk, item: ItemId, member: Member, now: datetime) -> Standing:
        found = self._ledger.standing(item, now).item
        event = acts.claim(replace(found, owner=None), member, now)
        return self._ledger.record(item, [event], now)

    _set(Desk, "claim", claim)


def _own_posts() -> None:
    _set(Pipeline, "own_brands", lambda self, mention: ())


def _answers_all() -> None:
    _set(responses, "_answers", lambda end, ask: True)


RULES: Mapping[str, Rule] = {
    "past the target": Rule("a breach is past the target, not at it", _at_the_target),
    "own time": Rule("a reply stops the clock at its own time", _each(_found_time)),
    "customer wait": Rule("the customer waits from the post's own time", _each(_wait_from_seen)),
    "half-open": Rule("spans of opening hours are half-open", _calendars(_open_end)),
    "holidays": Rule(
        "a holiday drops the spans that open on it",
        _calendars(lambda calendar: replace(calendar, holidays=None)),
    ),
    "clock changes": Rule("days have 23 and 25 hours", _calendars(_standard_time)),
    "claim": Rule("a claim stops no response clock", _each(_stops_too(K.CLAIMED))),
    "pause": Rule("a pause stops no response clock", _each(_stops_too(K.WAITING, K.SNOOZED))),
    "automatic return": Rule("a pause ends when its time is up", _no_return),
    "snooze": Rule("a snooze never holds a breach back", _snooze_silences),
    "unproven": Rule("a tap on Answered proves nothing", _each(_proves)),
    "thanks": Rule(
        "only a post that wants an answer starts a clock",
        _each(_instead(K.CUSTOMER_POST, wants_answer=True)),
    ),
    "next question": Rule("a reply answers the posts written before it", _answers_all),
    "deleted reply": Rule(
        "a deleted reply leaves its post waiting", _each(_without(K.REPLY_DELETED))
    ),
    "void": Rule("what is void is out of every ratio", _each(_without(K.VOIDED, K.POST_DELETED))),
    "found late": Rule(
        "found late is not counted as a breach", lambda: _reading(_same, found_late=False)
    ),
    "history": Rule("history has no clock", lambda: _reading(_same, muted=False)),
    "own accounts": Rule("a brand's own posts open no item", _own_posts),
    "five minutes": Rule("after five minutes a result is fixed", _window),
    "lease": Rule("a claim ends after twenty minutes without a reply", _lease),
    "first tap": Rule("the first tap wins", _last_tap_wins),
    "told once": Rule("each step is told once", _told_again),
    "highest step": Rule("after a standstill the highest step alone is told", _every_step),
    "silence": Rule("silence resolves after `auto_resolve`", _auto_resolve),
    "past stays": Rule("a changed policy leaves the past as it was counted", _past_too),
}


def break_rule(name: str) -> None:
    """Break a rule in this process, for good."""
    RULES[name].broken()
