"""Policies, rules and calendars as a settings file spells them, and their versions."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.reference.hours import DAY, MINUTE, SECOND, Calendar, Wall, around_the_clock, calendar_of
from tests.reference.terms import Policy

_UNITS = {"s": SECOND, "m": MINUTE, "h": 60 * MINUTE, "d": DAY}
_DEFAULTS: dict[str, Any] = {
    "first_response": "30m",
    "next_response": "60m",
    "claim": "5m",
    "resolution": "24h",
    "auto_resolve": "48h",
    "calendar": "around the clock",
    "steps": [
        {"at": "50%", "tell": "chat"},
        {"at": "80%", "tell": "owner"},
        {"at": "100%", "tell": "lead"},
        {"at": "200%", "tell": "manager"},
        {"at": "400%", "tell": "manager"},
    ],
}
_TARGETS = ("first_response", "next_response", "claim", "resolution")


@dataclass(frozen=True, slots=True)
class Judged:
    """What rules may ask of an item: of the post that opened it, and of its customer."""

    brand: str
    platform: str
    language: str
    labels: frozenset[str]
    topic: str | None
    urgency: int | None
    customers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Book:
    """One edition of a settings file's clocks."""

    edition: int
    policies: tuple[Policy, ...]
    rules: tuple[Mapping[str, Any], ...]

    def policy_for(self, judged: Judged) -> Policy:
        """Return the policy of the first rule that fits, else the first policy."""
        for rule in self.rules:
            if _fits(rule.get("when", {}), judged):
                return next(one for one in self.policies if one.name == rule["policy"])
        return self.policies[0]


@dataclass(slots=True)
class Library:
    """Every edition there was; walls are looked at once for each calendar."""

    since: int  # the year that is looked at: [since, until)
    until: int
    walls: dict[Calendar, Wall] = field(default_factory=dict)
    editions: int = 0
    _spelled: dict[tuple[str, str], Any] = field(default_factory=dict)
    _versions: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self, text: str) -> Book:
        """Return the edition that a settings file spells."""
        data = tomllib.loads(text)
        self.editions += 1
        zone = data.get("desk", {}).get("timezone", "UTC")
        calendars = {"around the clock": around_the_clock()}
        for section in data.get("calendar", []):
            calendars[section["name"]] = calendar_of(section["name"], section, zone)
            self._version("calendar", section["name"], section)
        policies = [
            self._policy(one, calendars) for one in data.get("policy", [{"name": "always"}])
        ]
        return Book(self.editions, tuple(policies), tuple(data.get("rule", [])))

    def _policy(self, section: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> Policy:
        told = {**_DEFAULTS, **section}
        calendar = calendars[told["calendar"]]
        if calendar not in self.walls:
            self.walls[calendar] = Wall(calendar, self.since, self.until)
        steps = sorted((_share(one["at"]), one.get("tell", "chat")) for one in told["steps"])
        return Policy(
            name=told["name"],
            version=self._version("policy", told["name"], told),
            targets={target: length(told[target]) for target in _TARGETS},
            auto_resolve=length(told["auto_resolve"]),
            steps=tuple(steps),
            wall=self.walls[calendar],
            calendar=calendar.name,
            calendar_version=self._versions.get(("calendar", calendar.name), 1),
            edition=self.editions,
        )

    def _version(self, kind: str, name: str, spelled: object) -> int:
        """Return how often what a name stands for was changed, counted from 1."""
        known = (kind, name)
        if self._spelled.get(known) != spelled:
            self._spelled[known] = spelled
            self._versions[known] = self._versions.get(known, 0) + 1
        return self._versions[known]


def length(spelled: str) -> int:
    """Return "30m" or "24h" in microseconds."""
    found = re.fullmatch(r"(\d+)([smhd])", spelled)
    assert found is not None, spelled
    return int(found[1]) * _UNITS[found[2]]


def _share(spelled: str) -> float:
    return float(spelled.removesuffix("%")) / 100


def _fits(when: Mapping[str, Any], judged: Judged) -> bool:
    asked = {
        "brand": {judged.brand},
        "platform": {judged.platform},
        "language": {judged.language},
        "label": judged.labels,
        "topic": {judged.topic},
        "customer": judged.customers,
    }
    if any(name in when and not _among(when[name]) & known for name, known in asked.items()):
        return False
    return "urgency" not in when or (judged.urgency or 0) >= when["urgency"]


def _among(wanted: str | Sequence[str]) -> set[str]:
    return {wanted} if isinstance(wanted, str) else set(wanted)
