"""What the product showed, held against what the reference says: every difference is counted."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from tests.reference.answers import Wait
from tests.reference.book import Library
from tests.reference.cards import card_faults
from tests.reference.clocks import CLAIM, RESOLUTION, Clock
from tests.reference.desk import Desk, Item, Name
from tests.reference.facts import Fact
from tests.reference.figures import Figures
from tests.reference.hours import SECOND
from tests.reference.telling import Word

Said = Mapping[str, Any]
Fault = tuple[str, object, object]  # what, as shown, as it should be
_EXAMPLES = 60
_OF_A_KIND = 6
_FIXED_BY = 5 * SECOND  # what was settled so long ago must be fixed


class Checker:
    """Hears the world, keeps a desk of its own, and counts where the product shows another."""

    def __init__(self, *, since: int, until: int, rivals: Sequence[str]) -> None:
        self.library = Library(since, until)
        self.desk = Desk(self.library, frozenset(rivals), 0)
        self.figures = Figures(self.desk)
        self.looks = 0
        self.whole = 0
        self.kinds: Counter[str] = Counter()
        self.examples: list[str] = []
        self._hears: dict[str, Callable[[int, Said], None]] = {
            "settings": self._settings,
            "page": self._page,
            "act": self._act,
            "refused": self._refused,
            "tick": self._tick,
            "moved": self._moved,
            "item": self._item,
            "whole": self._whole,
            "summary": self._summary,
        }

    def hear(self, kind: str, at: int, said: Said) -> None:
        """Take in one entry of the line."""
        self._hears[kind](at, said)

    def verdict(self) -> dict[str, Any]:
        """Return what was found."""
        return {
            "items": len(self.desk.items),
            "looks": self.looks,
            "whole": self.whole,
            "disagreements": sum(self.kinds.values()),
            "kinds": dict(self.kinds.most_common()),
            "examples": self.examples,
        }

    # ------------------------------------------------------------ the world

    def _settings(self, at: int, said: Said) -> None:
        book = self.library.read(said["text"])
        self.figures.settings(said["text"])
        if self.desk.book is None:
            self.desk.book, self.desk.switched_on = book, at
        else:
            self.desk.look_at(self.desk.applied(book, at, said["mode"]))

    def _page(self, at: int, said: Said) -> None:
        self.figures.heard(said["posts"], at)
        self.desk.look_at(self.desk.page(said["posts"], at, live=said["live"]))

    def _act(self, at: int, said: Said) -> None:
        name = tuple(said["name"])
        item = self.desk.items.get(name)
        if item is None:
            self._fault(at, name, ("an act on an item that should not be", said["act"], None))
            return
        if said["act"] == "claim" and item.owner(at):
            self._fault(at, name, ("a claim of what somebody has", said["who"], item.owner(at)))
        self.desk.act(name, said["act"], said["who"], at, said["detail"])
        self.desk.look_at([name])

    def _refused(self, at: int, said: Said) -> None:
        """A claim of what nobody has is never refused while an item is open."""
        item = self.desk.items.get(tuple(said["name"]))
        if item is None or said["act"] != "claim" or item.muted:
            return
        if item.state(at) in ("open", "answered") and not item.owner(at):
            self._fault(at, item.name, ("a free item is refused", said["who"], item.state(at)))

    # ------------------------------------------------------------ what is shown of an item

    def _tick(self, at: int, said: Said) -> None:
        mine = self.desk.tick(at)
        theirs: dict[Name, list[tuple[str, str, str]]] = {}
        for name, kind, called, tell in said["told"]:
            theirs.setdefault(tuple(name), []).append((kind, called, tell))
        for name in mine.keys() | theirs.keys():
            wanted = sorted(_told(word) for word in mine.get(name, ()) if word.kind != "resolved")
            heard = sorted(_heard(one) for one in theirs.get(name, ()))
            if wanted != heard:
                self._fault(at, name, ("told", heard, wanted))

    def _moved(self, at: int, said: Said) -> None:
        self.desk.look_at(self.desk.moved(at))
        self.desk.tick(at)

    def _item(self, at: int, said: Said) -> None:
        self.looks += 1
        shown = said["shown"]
        item = self.desk.items.get(tuple(shown["name"]))
        if item is None:
            self._fault(at, shown["name"], ("an item that should not be", shown["state"], None))
            return
        for fault in self._faults(item, shown, at):
            self._fault(at, item.name, fault)

    def _faults(self, item: Item, shown: Said, at: int) -> Iterator[Fault]:
        yield from _differing(_standing(item, shown, at))
        if item.muted or shown["muted"]:
            return
        clocks = item.clocks(at)
        yield from _clock_faults(clocks, shown["clocks"])
        yield from _result_faults(item, shown["results"], at)
        yield from _differing(_row(item, shown["row"], at))
        yield from self.figures.case_faults(item, shown["case"], at)
        if shown["card"] is not None:
            yield from card_faults(item, shown["card"], at)

    # ------------------------------------------------------------ the whole desk

    def _whole(self, at: int, said: Said) -> None:
        self.whole += 1
        mine = {name: self.desk.items[name] for name in self.desk.listed}
        listed = {tuple(name): rest for name, *rest in said["listed"]}
        for name in mine.keys() ^ listed.keys():
            self._fault(at, name, ("in the queue", name in listed, name in mine))
        for name in mine.keys() & listed.keys():
            state, target, due = listed[name]
            wanted = _stored(mine[name], at)
            if (state, target, due) != wanted:
                self._fault(at, name, ("as it is stored", (state, target, due), wanted))
        due = {name: item for name, item in mine.items() if item.due(at) is not None}
        owed = {name for name in due if said["every"] or mine[name].state(at) != "answered"}
        self._queue(at, said["queue"], mine, owed)
        for chat, words in said["boards"].items():
            for fault in self.figures.board_faults(chat, words, at):
                self._fault(at, chat, fault)

    def _queue(
        self, at: int, rows: Sequence[Said], mine: Mapping[Name, Item], waiting: Set[Name]
    ) -> None:
        shown = [tuple(row["name"]) for row in rows]
        for name in waiting ^ set(shown):
            self._fault(at, name, ("waits in the queue", name in shown, name in waiting))
        for row in rows:
            item = mine.get(tuple(row["name"]))
            for fault in _differing(_row(item, row, at)) if item is not None else ():
                self._fault(at, row["name"], fault)

    def _summary(self, at: int, said: Said) -> None:
        for fault in self.figures.summary_faults(said["chat"], said["day"], said["said"], at):
            self._fault(at, (said["chat"], said["day"]), fault)

    def _fault(self, at: int, name: object, fault: Fault) -> None:
        what, shown, wanted = fault
        self.kinds[what] += 1
        if self.kinds[what] <= _OF_A_KIND and len(self.examples) < _EXAMPLES:
            told = f"{_clock_of(at)} {name} {what}: shown {shown!r}, should be {wanted!r}"
            item = self.desk.items.get(tuple(name)) if isinstance(name, tuple | list) else None
            self.examples.append(f"{told}; {_history(item)}" if item else told)


Pairs = Iterable[tuple[str, object, object]]


def _differing(pairs: Pairs) -> Iterator[Fault]:
    return (pair for pair in pairs if pair[1] != pair[2])


def _stored(item: Item, at: int) -> tuple[str, str | None, int | None]:
    clock = item.due(at)
    return item.state(at), clock.target if clock else None, clock.due if clock else None


def _standing(item: Item, shown: Said, at: int) -> Pairs:
    """Yield where an item stands: as shown, as it should be."""
    state = item.state(at)
    yield "muted", shown["muted"], item.muted
    yield "found late", shown["found_late"], item.found_late
    if item.muted:
        return
    yield "state", shown["state"], state
    yield "owner", shown["owner"], item.owner(at)
    yield "hand-overs", shown["hand_overs"], item.hand_overs(at)
    yield "policy", shown["policy"], item.terms.newest.name
    if state == "claimed":
        yield "lease", shown["lease"], item.lease(at)
    pause = item.story(at).pause()
    if state in ("waiting", "snoozed"):
        yield "paused until", shown["paused_until"], pause.until if pause else None
    if state not in ("void", "resolved"):
        yield "as it is stored", shown["stored"], _stored(item, at)
    yield "answer", shown["answer"], _answer(item, at)
    yield "steps told", _steps(shown["told"]), _steps(item.told)


def _steps(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.count(":") == 2}


def _answer(item: Item, at: int) -> tuple[int, str | None, bool, str] | None:
    if (lost := _only_fixed(item, at)) is not None and lost.end is not None:
        return lost.end, None, lost.proven, ""
    last = next((one for one in reversed(item.story(at).waits) if one.gone is None), None)
    if last is None or last.by is None:
        return None
    url = (last.proof.url if last.proof else None) or last.by.url
    return last.by.at, url, last.proof is not None, last.by.who or _tapper(item, last, at)


def _only_fixed(item: Item, at: int) -> Clock | None:
    """Return the latest response, if it was fixed and the facts no longer know of it."""
    fixed = (one for one in item.fixed.values() if "response" in one.target)
    latest = max(fixed, key=lambda one: one.cycle, default=None)
    return latest if latest is not None and latest.cycle > item.last_number(at) else None


def _tapper(item: Item, answered: Wait, at: int) -> str:
    """Return who said in time that it was answered, "" where the reply was found by itself."""
    taps = [
        one
        for one in item.story(at).facts
        if one.kind == "tapped"
        and one.at >= answered.start
        and (answered.settled is None or one.learned <= answered.settled)
    ]
    return taps[0].who if taps else ""


def _clock_faults(mine: Sequence[Clock], theirs: Sequence[Said]) -> Iterator[Fault]:
    shown = {(one["target"], one["cycle"]): one for one in theirs}
    wanted = {clock.name: clock for clock in mine}
    for name in shown.keys() ^ wanted.keys():
        yield f"why: {name[0]}: a clock", name in shown, name in wanted
    for name in shown.keys() & wanted.keys():
        for what, one, other in _differing(_clock(shown[name], wanted[name])):
            yield f"why: {name[0]}: {what}", (name, one), other


def _clock(shown: Said, clock: Clock) -> Pairs:
    yield "start", shown["start"], clock.start
    yield "end", shown["end"], clock.end
    yield "spent", shown["spent"], clock.spent
    yield "breached", shown["breached"], clock.breached
    yield "counted", shown["counted"], clock.counted
    yield "allowed", shown["allowed"], clock.allowed
    if clock.runs:
        yield "due", shown["due"], clock.due
    if clock.target not in (CLAIM, RESOLUTION):
        yield "customer wait", shown["wait"], clock.wait
    if shown["parts"] or not clock.fixed:
        merged = _merged((a, b, counts) for a, b, counts, *_ in shown["parts"])
        yield "segments", merged, clock.parts
    for part in shown["parts"]:
        policy = next((one for a, b, one in clock.terms if a <= part[0] < b), None)
        if policy is not None:
            wanted = (policy.name, policy.version, policy.calendar, policy.calendar_version)
            yield "terms of a segment", tuple(part[4:]), wanted


def _merged(parts: Iterable[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    found: list[tuple[int, int, bool]] = []
    for start, end, counts in parts:
        if found and found[-1][1] == start and found[-1][2] == counts:
            found[-1] = (found[-1][0], end, counts)
        else:
            found.append((start, end, counts))
    return found


def _result_faults(item: Item, results: Sequence[Said], at: int) -> Iterator[Fault]:
    shown = {(one["target"], one["cycle"]): one for one in results}
    for name, result in shown.items():
        clock = _clock_named(item, name, at) or item.fixed.get(name)
        if clock is None or clock.end is None:
            yield f"result: {name[0]}: there is one", name, None
            continue
        for what, one, other in _differing(_result(result, clock)):
            yield f"result: {name[0]}: {what}", (name, one), other
    for name, clock in item.fixed.items():
        old = clock.settled is not None and clock.settled + _FIXED_BY < at
        if name not in shown and old:
            yield f"result: {name[0]}: is missing", None, name


def _clock_named(item: Item, name: tuple[str, int], at: int) -> Clock | None:
    return next((one for one in item.clocks(at) if one.name == name), None)


def _result(shown: Said, clock: Clock) -> Pairs:
    for key in ("start", "end", "spent", "breached", "counted"):
        yield key, shown[key], getattr(clock, key)
    yield "due", shown["due"], clock.due
    if clock.target not in (CLAIM, RESOLUTION):
        yield "customer wait", shown["wait"], clock.wait
        yield "proven", shown["proven"], clock.proven


def _row(item: Item | None, row: Said, at: int) -> Pairs:
    """Yield an item's row in the queue: as shown, as it should be."""
    if item is None:
        return
    clock, due = _response(item, at), item.due(at)
    yield "queue: state", row["state"], item.state(at)
    yield "queue: owner", row["owner"] or "", item.owner(at)
    if item.state(at) in ("void", "resolved"):
        return
    yield "queue: target", row["target"], due.target if due else None
    if clock is not None:
        yield "queue: team time", row["team_time_s"], clock.spent // SECOND
        yield "queue: customer wait", row["customer_wait_s"], clock.wait // SECOND
        yield "queue: breached", row["breached"], clock.breached


def _response(item: Item, at: int) -> Clock | None:
    """Return the response that is owed, or else the latest one."""
    known = [one for one in item.clocks(at) if "response" in one.target]
    known = [one for one in known if one.gone is None] or known
    return next((one for one in known if one.runs), known[-1] if known else None)


def _told(word: Word) -> tuple[str, str, str]:
    named = word.name if word.target else ""
    return word.kind, named, word.tell if word.kind in ("step", "breach") else ""


def _heard(one: tuple[str, str, str]) -> tuple[str, str, str]:
    kind, name, tell = one
    return kind, name if name.count(":") == 2 else "", tell if kind in ("step", "breach") else ""


def _history(item: Item) -> str:
    """Return what happened to an item, short enough to be read."""
    return " | ".join(map(_line, item.facts))


def _line(fact: Fact) -> str:
    nothing = "" if fact.wants else " wants nothing"
    undoes = f" not {fact.undoes}" if fact.undoes >= 0 else ""
    late = f" (learned {(fact.learned - fact.at) / SECOND:g} s later)"
    return f"{_clock_of(fact.at)} {fact.kind} {fact.key or fact.who}{nothing}{undoes}{late}"


def _clock_of(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%m-%d %H:%M:%S.%f")
