"""Counts over many items: the summary of a day, the board, and an item's share in them."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.desk import Desk, Item
from tests.reference.hours import DAY, MINUTE, SECOND

Fault = tuple[str, object, object]
_BOARD = {
    "waiting": ("open",),
    "in progress": ("claimed",),
    "paused": ("waiting", "snoozed"),
    "answered": ("answered",),
}


@dataclass(frozen=True, slots=True)
class Told:
    """How an item was answered, as a summary has it; None: not so, or not known yet."""

    at: int | None
    wait: int | None
    team: int | None
    proven: bool


@dataclass
class Figures:
    """Counts what the desk of the reference came to."""

    desk: Desk
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    chats: dict[str, set[str]] = field(default_factory=dict)  # the brands of each chat
    rivals: dict[str, list[int]] = field(default_factory=dict)  # when each was written of
    _known: set[str] = field(default_factory=set)

    def settings(self, text: str) -> None:
        """Read which chat has which brands."""
        data = tomllib.loads(text)
        self.zone = ZoneInfo(data["desk"]["timezone"])
        self.chats = {}
        for brand in data["brand"]:
            if not brand.get("competitor"):
                self.chats.setdefault(brand["chat"], set()).add(brand["name"])

    def heard(self, posts: Iterable[Mapping[str, Any]], at: int) -> None:
        """Note what was written of competitors."""
        for post in posts:
            if post["key"] in self._known:
                continue
            self._known.add(post["key"])
            for brand in self.desk.rivals & set(post["brands"]):
                self.rivals.setdefault(brand, []).append(min(post["posted"], at))

    # ------------------------------------------------------------ one item

    def case_faults(self, item: Item, case: Sequence[Any] | None, at: int) -> Iterator[Fault]:
        """Yield what the summary of its day says wrongly of an item."""
        if case is None:
            yield "summary: an item's share", None, item.name
            return
        state, reason, late, hand_overs, answered, wait, team, proven = case
        if item.state(at) == "void" == state:
            return  # out of every ratio
        told = self._told(item, at)
        yield from _differing(
            ("summary: state", state, item.state(at)),
            ("summary: found late", late, item.found_late),
            ("summary: hand-overs", hand_overs, item.hand_overs(at)),
            ("summary: answered at", answered, told.at),
            ("summary: why void", reason, None),
            ("summary: customer wait", wait, told.wait),
            ("summary: team time", team, told.team),
            ("summary: proven", proven, told.proven),
        )

    def _told(self, item: Item, at: int) -> Told:
        """Return an item's answer as a summary has it.

        That is the first one there was. While it can still be revised, the latest one stands for
        it, if none is owed by now.
        """
        responses = [one for one in item.clocks(at) if "response" in one.target]
        answered = [one for one in responses if one.end is not None]
        first = min((one for one in answered if one.fixed), key=lambda one: one.cycle, default=None)
        if first is not None:
            return Told(first.end, first.wait, first.spent, first.proven)
        latest = next((one for one in reversed(responses) if one.gone is None), None)
        if latest is None or latest.end is None:
            return Told(None, None, None, proven=False)
        return Told(latest.end, max(latest.end - item.posted, 0), None, latest.proven)

    # ------------------------------------------------------------ the board

    def board_faults(self, chat: str, words: Sequence[str], at: int) -> Iterator[Fault]:
        """Yield what a chat's board counts wrongly."""
        items = [self.desk.items[name] for name in self.desk.listed if name[0] in self.chats[chat]]
        states = Counter(item.state(at) for item in items)
        shown = _counts(words)
        for name, of in _BOARD.items():
            wanted = sum(states[state] for state in of)
            if shown.get(name, 0) != wanted:
                yield f"board: {name}", shown.get(name, 0), wanted
        late = sum(self._is_overdue(item, at) for item in items)
        if shown.get("overdue", 0) != late:
            yield "board: overdue", shown.get("overdue", 0), late

    def _is_overdue(self, item: Item, at: int) -> bool:
        """Return whether somebody waits for an answer past the target."""
        running = [one for one in item.clocks(at) if one.runs and "response" in one.target]
        return any(one.breached for one in running)

    # ------------------------------------------------------------ the day

    def summary_faults(
        self, chat: str, day: str, said: Mapping[str, Any], at: int
    ) -> Iterator[Fault]:
        """Yield what a summary says wrongly of a day."""
        wanted = self._summary(self.chats[chat], date.fromisoformat(day), at)
        for name, value in wanted.items():
            if not _alike(said.get(name), value):
                yield f"summary: {name}", said.get(name), value

    def _summary(self, brands: set[str], day: date, now: int) -> dict[str, Any]:
        since, until = self._instant(day), self._instant(day + timedelta(days=1))
        cases = [item for item in self.desk.opened(since, until) if item.name[0] in brands]
        received = [item for item in cases if item.state(now) != "void"]
        void = [item for item in cases if item.state(now) == "void"]
        told = [self._told(item, now) for item in received]
        answered = [one for one in told if one.at is not None]
        counted = [item for item in received if not item.found_late]
        office = [item for item in received if self._in_office(item.posted)]
        off = [item for item in received if not self._in_office(item.posted)]
        return {
            "received": len(received),
            "answered": len(answered),
            "unproven": sum(not one.proven for one in answered),
            "unanswered": len(received) - len(answered),
            "waiting": sum(
                self.desk.items[name].story(now).owed()
                for name in self.desk.listed
                if name[0] in brands
            ),
            "within_30": self._within(received, 30 * MINUTE, now),
            "within_60": self._within(received, 60 * MINUTE, now),
            "customer_wait": _spread(one.wait for one in answered),
            "team_time": _spread(self._told(item, now).team for item in counted),
            "kept": self._kept(brands, since, until, now),
            "hand_overs": sum(item.hand_overs(now) for item in received),
            "languages": _most(self._opener(item)["language"] for item in received),
            "platforms": _most(item.name[1] for item in received),
            "labels": _most(_label(self._opener(item)["flags"]) for item in received),
            "competitors": {
                brand: number
                for brand, written in self.rivals.items()
                if (number := sum(since <= one < until for one in written))
            },
            "office": self._hours(office, now),
            "off_hours": self._hours(off, now),
            "found_late": len(received) - len(counted),
            "void": _most(_void_reason(item, now) for item in void),
        }

    def _opener(self, item: Item) -> Mapping[str, Any]:
        """Return the post that opened an item, as it reads now."""
        return self.desk.posts[next(iter(item.posts))]

    def _instant(self, day: date) -> int:
        local = datetime.combine(day, time(), self.zone)
        return round(local.timestamp()) * SECOND

    def _in_office(self, at: int) -> bool:
        local = datetime.fromtimestamp(at // SECOND, self.zone)
        return local.weekday() < 5 and 8 <= local.hour < 18

    def _within(self, items: Sequence[Item], limit: int, now: int) -> tuple[int, int]:
        """Return how many were answered within `limit`, of those who waited so long."""
        told = [(item, self._told(item, now)) for item in items]
        whole = [one for item, one in told if one.at is not None or now - item.posted >= limit]
        return sum(one.wait is not None and one.wait <= limit for one in whole), len(whole)

    def _hours(self, items: Sequence[Item], now: int) -> tuple[Any, ...]:
        answered = [one for item in items if (one := self._told(item, now)).at is not None]
        return (
            len(items),
            (len(answered), len(items)),
            self._within(items, 60 * MINUTE, now),
            _spread(one.wait for one in answered),
        )

    def _kept(
        self, brands: set[str], since: int, until: int, now: int
    ) -> dict[str, tuple[int, int]]:
        """Return, by target, how many promises that fell due were kept, and of how many."""
        promised: Counter[str] = Counter()
        kept: Counter[str] = Counter()
        for item in self._lately(since, until):
            if item.name[0] not in brands or item.muted or item.state(now) == "void":
                continue
            for clock in item.clocks(now):
                due = clock.due is not None and since <= clock.due < until
                if due and clock.counted and (clock.fixed or (clock.runs and clock.breached)):
                    promised[clock.target] += 1
                    kept[clock.target] += not clock.breached
        return {target: (kept[target], promised[target]) for target in promised}

    def _lately(self, since: int, until: int) -> list[Item]:
        """Return the items one of whose clocks may have fallen due in [since, until)."""
        found = {item.name: item for item in self.desk.opened(since - 30 * DAY, until)}
        found |= {name: self.desk.items[name] for name in self.desk.listed}
        return list(found.values())


def _void_reason(item: Item, at: int) -> str | None:
    reasons = [one.reason for one in item.story(at).facts if one.kind == "voided"]
    return reasons[-1] if reasons else None


def _differing(*pairs: Fault) -> Iterator[Fault]:
    return (pair for pair in pairs if pair[1] != pair[2])


def _counts(words: Sequence[str]) -> dict[str, int]:
    """Return what a board counts: "🔵 3 waiting · 🟣 1 in progress"."""
    found: dict[str, int] = {}
    for line in words:
        for part in line.split("·"):
            sign, _, rest = part.replace("\u200e", "").strip().partition(" ")
            number, _, name = rest.partition(" ")
            if sign and number.isdigit():
                found[name] = int(number)
    return found


def _spread(times: Iterable[int | None]) -> tuple[int, float | None, float | None]:
    """Return count, median and 90th percentile in seconds, by straight lines between ranks."""
    seconds = sorted(one / SECOND for one in times if one is not None)
    if not seconds:
        return 0, None, None
    place = 0.9 * (len(seconds) - 1)
    low = int(place)
    high = min(low + 1, len(seconds) - 1)
    ninetieth = seconds[low] + (seconds[high] - seconds[low]) * (place - low)
    return len(seconds), round(median(seconds), 6), round(ninetieth, 6)


def _alike(one: object, other: object) -> bool:
    """Return whether two figures are the same, seconds to ten microseconds."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-5
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return one == other


def _label(labels: Iterable[str]) -> str:
    wanted = [label for label in ("complaint", "request") if label in set(labels)]
    return " and ".join(wanted) or "opened by a person"


def _most(names: Iterable[Any]) -> dict[Any, int]:
    return dict(Counter(names))
