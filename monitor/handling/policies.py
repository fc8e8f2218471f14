"""The policies in force: every version of the settings' clocks, and which one an item has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.clock import policy as rules
from monitor.clock.policy import Facts, Policy, Rule, Terms
from monitor.clock.timeline import effective
from monitor.errors import StoreError
from monitor.model import Classification, Event, EventKind, Item
from monitor.settings import PolicyBook, parse_snapshot, policy_snapshot
from monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version of the policies and the rules that hand them out."""

    version: int
    policies: tuple[Policy, ...]  # the first is the default
    rules: tuple[Rule, ...]

    def named(self, name: str) -> Policy:
        """Return the policy with this name, the default where it is gone."""
        return next((one for one in self.policies if one.name == name), self.policies[0])


class Policies:
    """Every edition the desk ever had, read from the store when it is asked for."""

    def __init__(self, store: Store, version: int) -> None:
        """Serve the editions of `store`; new items get those of `version`."""
        self._store = store
        self._editions: dict[int, Edition] = {}
        self.current = self.edition(version)

    @classmethod
    def adopt(cls, store: Store, book: PolicyBook, now: datetime) -> "Policies":
        """Return the policies of `book`, recorded as a new version if they changed."""
        with store.writing():
            version = store.notes.policy_version(policy_snapshot(book), now)
        return cls(store, version)

    def edition(self, version: int) -> Edition:
        """Return a version. Raises: StoreError if the store does not hold it."""
        if version not in self._editions:
            self._editions[version] = self._read(version)
        return self._editions[version]

    def _read(self, version: int) -> Edition:
        found = self._store.notes.policy_snapshot(version)
        if found is None:
            raise StoreError(f"{self._store.path}: policy version {version} is missing")
        book = parse_snapshot(found[0])
        return Edition(
            version=version, policies=rules.policies(book, version), rules=rules.rules(book)
        )

    def name_for(self, item: Item, judged: Classification | None) -> str:
        """Return the name of the policy that a new item gets: the first rule that fits."""
        facts = Facts(
            brand=item.brand,
            platform=item.platform,
            language=judged.language if judged else None,
            labels=frozenset(judged.flags) if judged else frozenset(),
            topic=judged.topic if judged else None,
            urgency=judged.urgency if judged else None,
        )
        name = rules.policy_for(self.current.rules, facts)
        return self.current.named(name).name if name else self.current.policies[0].name

    def terms(self, events: Sequence[Event]) -> Terms:
        """Return the policies an item had: the one it opened with, then each change."""
        spans: Terms | None = None
        for event in effective(events):
            if event.kind is EventKind.OPENED and spans is None:
                spans = Terms.of(self._policy(event))
            elif event.kind is EventKind.POLICY_CHANGED and spans is not None:
                spans = spans.then(self._policy(event), event.at)
        return spans or Terms.of(self.current.policies[0])

    def _policy(self, event: Event) -> Policy:
        """Return the policy an event names: `ref` is the version, `reason` the policy's name."""
        edition = self.edition(event.ref) if event.ref is not None else self.current
        return edition.named(event.reason or "")
