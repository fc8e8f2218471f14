"""The policies in force: every edition of the settings' clocks, and which policy an item has.

Several processes work on one store: the newest edition in it is the one in force, for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.clock import policy as rules
from monitor.clock.policy import Facts, Mode, Policy, Rule, Terms, Versions
from monitor.clock.timeline import effective
from monitor.errors import StoreError
from monitor.model import Event, EventKind, ItemId
from monitor.settings import PolicyBook, parse_snapshot, policy_snapshot
from monitor.store.store import Store

CHANGES = {
    Mode.NOW: EventKind.POLICY_CHANGED,
    Mode.RECOMPUTE: EventKind.POLICY_RECOMPUTED,
    Mode.RESTART: EventKind.POLICY_RESTARTED,
}
_MODES = {kind: mode for mode, kind in CHANGES.items()}
_GIVES = frozenset({EventKind.OPENED, *_MODES})
_MOST_REMEMBERED = 1024  # items


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One state of the policies, the rules that hand them out, and the calendars."""

    number: int
    book: PolicyBook
    policies: tuple[Policy, ...]  # the first is the default
    rules: tuple[Rule, ...]

    def named(self, name: str) -> Policy:
        """Return the policy with this name, the default where it is gone."""
        return next((one for one in self.policies if one.name == name), self.policies[0])

    def policy_for(self, facts: Facts) -> Policy:
        """Return the policy that the first rule that fits hands out, or else the default."""
        name = rules.policy_for(self.rules, facts)
        return self.named(name) if name else self.policies[0]


class Policies:
    """Every edition the desk ever had, read from the store when it is asked for.

    It belongs to one thread, as its store does.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._books: list[PolicyBook] = []  # of every edition from the first on
        self._editions: dict[int, Edition] = {}
        self._terms: dict[ItemId, tuple[tuple[Event, ...], Terms]] = {}  # of the latest events

    @classmethod
    def adopt(
        cls, store: Store, book: PolicyBook, now: datetime, mode: Mode = Mode.NOW
    ) -> "Policies":
        """Return the policies of `book`, recorded as a new edition if they changed.

        To recompute or restart the clocks of open items there is always a new one.
        Open items stay under what they have until somebody moves them (`Ledger.move_to_current`).
        """
        found = cls(store)
        with store.writing():
            if mode is not Mode.NOW or not found.in_force(book):
                store.notes.add_policies(policy_snapshot(book), mode, now)
        return found

    @classmethod
    def kept(cls, store: Store, book: PolicyBook, now: datetime) -> "Policies":
        """Return the policies that the store has; those of `book` where it has none yet."""
        found = cls(store)
        return found if found.newest is not None else cls.adopt(store, book, now)

    @property
    def newest(self) -> int | None:
        """The number of the edition in force, None while there is none."""
        return self._store.notes.newest_policy_version()

    @property
    def current(self) -> Edition:
        """The edition in force: what another process applied holds here at once."""
        return self.edition(self.newest or 0)

    def edition(self, number: int) -> Edition:
        """Return an edition. Raises: StoreError if the store does not hold it."""
        if number not in self._editions:
            self._read()
        if number not in self._editions:
            raise StoreError(f"{self._store.path}: policy version {number} is missing")
        return self._editions[number]

    def in_force(self, book: PolicyBook) -> bool:
        """Return whether `book` says the same as the edition in force."""
        newest = self.newest
        if newest is None:
            return False
        return policy_snapshot(self.edition(newest).book) == policy_snapshot(book)

    def draft(self, book: PolicyBook) -> Edition:
        """Return what `book` would be as the next edition; the one in force if it says the same.

        Raises: ConfigError for a calendar that is never open.
        """
        if self.in_force(book):
            return self.current
        self._read()
        return _edition((self.newest or 0) + 1, book, [*self._books, book])

    def moving(self, number: int) -> Mode:
        """Return how an item of an older edition comes under this one, now."""
        return Mode(self._store.notes.applying(number) or Mode.NOW)

    def unfinished(self, older: int) -> tuple[tuple[Edition, Mode], ...]:
        """Return the editions since `older` whose application was broken off, with their modes."""
        found = self._store.notes.unfinished(older)
        return tuple((self.edition(number), Mode(mode)) for number, mode in found)

    def way(self, older: int) -> tuple[tuple[Edition, Mode], ...]:
        """Return the editions under which an item of edition `older` comes now, in order.

        What was broken off, and then overtaken by further policies, is made up for first.
        """
        edition = self.current
        before = (each for each in self.unfinished(older) if each[0].number < edition.number)
        return (*before, (edition, self.moving(edition.number)))

    def terms(self, events: Sequence[Event]) -> Terms:
        """Return the policies an item had: the one it opened with, then each change."""
        item = events[0].item if events else None
        before = self._terms.get(item) if item is not None else None
        if before is not None and before[0] == events:
            return before[1]
        terms = self._terms_of(events)
        if terms is None:
            return Terms.of(self.current.policies[0])
        if item is not None and all(map(_names_edition, events)):  # what comes later changes none
            if len(self._terms) >= _MOST_REMEMBERED:
                self._terms.clear()
            self._terms[item] = tuple(events), terms
        return terms

    def _terms_of(self, events: Sequence[Event]) -> Terms | None:
        spans: Terms | None = None
        for event in effective(events):
            if event.kind is EventKind.OPENED and spans is None:
                spans = Terms.of(self._policy(event))
            elif event.kind in _MODES and spans is not None:
                spans = spans.under(self._policy(event), event.at, _MODES[event.kind])
        return spans

    def _policy(self, event: Event) -> Policy:
        """Return the policy an event names: `ref` is the edition, `reason` the policy's name."""
        edition = self.edition(event.ref) if event.ref is not None else self.current
        return edition.named(event.reason or "")

    def _read(self) -> None:
        """Read the editions that were added since the last look."""
        for number, snapshot in self._store.notes.policy_snapshots(max(self._editions, default=0)):
            book = parse_snapshot(snapshot)
            self._books.append(book)
            self._editions[number] = _edition(number, book, self._books)


def _names_edition(event: Event) -> bool:
    """Return whether an event that gives an item a policy says from which edition it comes."""
    return event.ref is not None or event.kind not in _GIVES


def _edition(number: int, book: PolicyBook, books: Sequence[PolicyBook]) -> Edition:
    versions = Versions.counted(books)
    return Edition(
        number=number,
        book=book,
        policies=rules.policies(book, number, versions),
        rules=rules.rules(book),
    )
