"""Policies, the rules that hand them out, and the terms under which an item's time is counted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.clock import calendar as hours
from monitor.clock.calendar import (
    AROUND_THE_CLOCK,
    BEGINNING,
    NEVER,
    NO_TIME,
    Calendar,
    calendar_of,
)
from monitor.errors import ConfigError
from monitor.model import Flag, Target
from monitor.settings import PolicyBook, PolicySettings


class Mode(StrEnum):
    """What becomes of clocks that run when other policies come into force."""

    NOW = "now"  # the past stays as it was counted
    RECOMPUTE = "recompute"  # as if the new policy had held from the beginning
    RESTART = "restart"  # clocks that run begin anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Whom to tell when a share of a response target has gone by."""

    share: float  # 0.8 for "80%"
    tell: str = "chat"  # chat, on shift, owner, lead, reserve, manager


DEFAULT_STEPS = (
    Step(share=0.5, tell="chat"),
    Step(share=0.8, tell="owner"),
    Step(share=1.0, tell="lead"),
    Step(share=2.0, tell="manager"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Targets, the calendar they are counted in, and the steps on the way to them."""

    name: str = "always"
    version: int = 1  # counts the changes of this policy's own content
    edition: int = 1  # of the settings' policies, rules and calendars as a whole: how it is kept
    first_response: timedelta = timedelta(minutes=30)
    next_response: timedelta = timedelta(minutes=60)
    claim: timedelta = timedelta(minutes=5)
    resolution: timedelta = timedelta(hours=24)
    auto_resolve: timedelta = timedelta(hours=48)  # wall time of silence after an answer
    calendar: Calendar = AROUND_THE_CLOCK
    calendar_version: int = 1  # counts the changes of the calendar's own content
    steps: tuple[Step, ...] = DEFAULT_STEPS  # by share, smallest first

    def __hash__(self) -> int:
        """Return a number that is the same for equal policies: hashing a week takes longer."""
        return hash((self.name, self.version, self.edition, self.first_response))

    def target(self, target: Target) -> timedelta:
        """Return the time this policy gives for a target."""
        match target:
            case Target.FIRST_RESPONSE:
                return self.first_response
            case Target.NEXT_RESPONSE:
                return self.next_response
            case Target.CLAIM:
                return self.claim
            case Target.RESOLUTION:
                return self.resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A policy and since when it holds for an item."""

    policy: Policy
    since: datetime
    restarts: bool = False  # clocks that run at `since` begin anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The policies an item had, oldest first, never empty; the first holds from the beginning.

    Time is counted by the calendar of the policy that held at that time. A clock that runs has
    the newest policy's target; one that has stopped, the target and the due time that it had
    when it stopped.
    """

    spans: tuple[Term, ...]

    @classmethod
    def of(cls, policy: Policy) -> "Terms":
        """Return the terms of an item that has one policy from beginning to end."""
        return cls(spans=(Term(policy=policy, since=BEGINNING),))

    def then(self, policy: Policy, since: datetime, *, restarts: bool = False) -> "Terms":
        """Return these terms with another policy from `since` on; the past stays as it was.

        With `restarts`, a clock that runs at `since` counts from there, as if just started.
        """
        since = max(since, self.spans[-1].since)  # also after the wall clock was set back
        return Terms(spans=(*self.spans, Term(policy=policy, since=since, restarts=restarts)))

    def recomputed(self, policy: Policy) -> "Terms":
        """Return terms under which `policy` had held from the beginning."""
        return Terms.of(policy)

    def under(self, policy: Policy, since: datetime, mode: Mode) -> "Terms":
        """Return these terms once `policy` came into force at `since`."""
        if mode is Mode.RECOMPUTE:
            return self.recomputed(policy)
        return self.then(policy, since, restarts=mode is Mode.RESTART)

    @property
    def newest(self) -> Policy:
        """The policy that holds now."""
        return self.spans[-1].policy

    def at(self, instant: datetime) -> Policy:
        """Return the policy that held at `instant`."""
        held = self.spans[0].policy
        for term in self.spans[1:]:
            if term.since <= instant:
                held = term.policy
        return held

    def as_of(self, instant: datetime | None) -> "Terms":
        """Return these terms as they stood at `instant`, as they stand if that is None."""
        if instant is None or self.spans[-1].since <= instant:
            return self
        first, *later = self.spans
        return Terms(spans=(first, *(term for term in later if term.since <= instant)))

    def begins(self, start: datetime, end: datetime | None) -> datetime:
        """Return from when a clock counts that started at `start`; `end` is None if it runs."""
        restarts = (term.since for term in self.spans[1:] if term.restarts)
        return max([start, *(since for since in restarts if end is None or since < end)])

    def business_time(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time in [start, end), each part by the calendar that held then."""
        total = NO_TIME
        for policy, since, until in self.parts(start, end):
            total += hours.business_time(policy.calendar, since, until)
        return total

    def due_at(self, start: datetime, target: timedelta, *, passed: bool = False) -> datetime:
        """Return when `target` open time has gone by since `start`; see `calendar.due_at`."""
        left = target
        for policy, since, until in self.parts(start, NEVER):
            gone = NO_TIME if until == NEVER else self.business_time(since, until)
            if until == NEVER or gone > left or (gone == left and not passed):
                return hours.due_at(policy.calendar, since, left, passed=passed)
            left -= gone
        return NEVER

    def parts(self, start: datetime, end: datetime) -> Iterator[tuple[Policy, datetime, datetime]]:
        """Yield the policies of [start, end), in order, each with its part of that time."""
        for term, until in self._ends():
            since = max(start, term.since)
            if since < min(end, until):
                yield term.policy, since, min(end, until)

    def silent_until(self, last: datetime) -> datetime:
        """Return when an answered item, silent since `last`, counts as resolved."""
        for term, until in self._ends():
            due = max(_later(last, term.policy.auto_resolve), term.since)
            if due < until:
                return due
        return NEVER

    def _ends(self) -> Iterator[tuple[Term, datetime]]:
        """Yield each term with the instant at which the next one takes its place."""
        ends = (*(term.since for term in self.spans[1:]), NEVER)
        return zip(self.spans, ends, strict=True)


def _later(instant: datetime, length: timedelta) -> datetime:
    return instant + length if length < NEVER - instant else NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What rules may ask of an item. None: not known, which only an empty condition accepts."""

    brand: str
    platform: str
    language: str | None = None
    labels: frozenset[Flag] = frozenset()
    topic: str | None = None
    urgency: int | None = None  # 0, 1 or 2
    customers: frozenset[str] = frozenset()  # "reddit:dora", and the team's tags: "#vip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which policy an item gets if all that is asked holds; what is empty asks nothing."""

    policy: str
    brands: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()  # at least one of them
    topics: frozenset[str] = frozenset()
    urgency: int | None = None  # at least
    customers: frozenset[str] = frozenset()  # at least one of them

    def fits(self, facts: Facts) -> bool:
        """Return whether an item is one of those that this rule speaks of."""
        asked = (
            (self.brands, facts.brand),
            (self.platforms, facts.platform),
            (self.languages, facts.language),
            (self.topics, facts.topic),
        )
        if any(wanted and value not in wanted for wanted, value in asked):
            return False
        if self.labels and not self.labels & facts.labels:
            return False
        if self.customers and not self.customers & facts.customers:
            return False
        return self.urgency is None or (facts.urgency is not None and facts.urgency >= self.urgency)


def policy_for(rules: Iterable[Rule], facts: Facts) -> str | None:
    """Return the name of the policy of the first rule that fits; None: the default one."""
    return next((rule.policy for rule in rules if rule.fits(facts)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """How often each policy and each calendar changed, by name; what is not named is at 1."""

    policies: Mapping[str, int] = field(default_factory=dict)
    calendars: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def counted(cls, books: Iterable[PolicyBook]) -> "Versions":
        """Return the versions in the last of `books`, which are every edition from the first on.

        A policy or calendar that was gone for a while goes on where it left off.
        """
        books = tuple(books)
        return cls(
            policies=_counted([(one.name, one) for book in books for one in book.policy]),
            calendars=_counted([(one.name, one) for book in books for one in book.calendar]),
        )


def _counted(contents: Iterable[tuple[str, object]]) -> dict[str, int]:
    latest: dict[str, object] = {}
    counts: dict[str, int] = {}
    for name, content in contents:
        if latest.get(name) != content:
            latest[name] = content
            counts[name] = counts.get(name, 0) + 1
    return counts


def policies(
    settings: PolicyBook, edition: int = 1, versions: Versions | None = None
) -> tuple[Policy, ...]:
    """Return the policies of the settings, the default first.

    Raises: ConfigError for a calendar that is unknown or never open.
    """
    calendars = {each.name: calendar_of(each) for each in settings.calendar}
    calendars[AROUND_THE_CLOCK.name] = AROUND_THE_CLOCK
    known = versions or Versions()
    return tuple(_policy(each, calendars, edition, known) for each in settings.policy)


def rules(settings: PolicyBook) -> tuple[Rule, ...]:
    """Return the rules of the settings, in their order."""
    return tuple(
        Rule(
            policy=each.policy,
            brands=frozenset(each.when.brand),
            platforms=frozenset(each.when.platform),
            languages=frozenset(each.when.language),
            labels=frozenset(each.when.label),
            topics=frozenset(each.when.topic),
            urgency=each.when.urgency,
            customers=frozenset(each.when.customer),
        )
        for each in settings.rule
    )


def _policy(
    given: PolicySettings, calendars: Mapping[str, Calendar], edition: int, versions: Versions
) -> Policy:
    if given.calendar not in calendars:
        raise ConfigError(f"policy.{given.name}.calendar: unknown calendar '{given.calendar}'")
    return Policy(
        name=given.name,
        version=versions.policies.get(given.name, 1),
        edition=edition,
        first_response=given.first_response,
        next_response=given.next_response,
        claim=given.claim,
        resolution=given.resolution,
        auto_resolve=given.auto_resolve,
        calendar=calendars[given.calendar],
        calendar_version=versions.calendars.get(given.calendar, 1),
        steps=tuple(Step(share=step.at, tell=step.tell) for step in given.steps),
    )
