"""A desk on a real file with a judge that reads plain words: where a test of behaviour starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from monitor.handling.desk import Desk
from monitor.handling.ledger import Ledger, Standing
from monitor.handling.policies import Policies
from monitor.handling.tick import Tick, Ticked
from monitor.intake.pipeline import Pipeline, Taken
from monitor.matching.matcher import Matcher
from monitor.model import Brand, ItemId, Member, Mention, Notice, Role
from monitor.settings import PolicyBook
from monitor.store.sources import SourceRow
from monitor.store.store import Store
from tests.builders import NOON, a_brand, a_page
from tests.fakes import WordJudge
from tests.fresh import a_new_store

LOOK_BACK = timedelta(hours=24)
FOUND_LATE = timedelta(minutes=15)


@dataclass
class Bench:
    """The whole desk without a chat."""

    store: Store
    brands: Sequence[Brand]
    judge: WordJudge
    ledger: Ledger
    desk: Desk
    pipeline: Pipeline
    told: list[Notice] = field(default_factory=list)

    def source(self, name: str = "sample", since: datetime = NOON) -> SourceRow:
        """Return a source that was switched on at `since`."""
        with self.store.writing():
            return self.store.sources.switch_on(name, name.partition(":")[0], since)

    def take(self, *mentions: Mention, now: datetime = NOON, since: datetime = NOON) -> Taken:
        """Take a page in that a live source gave at `now`."""
        return self.pipeline.take(a_page(*mentions), self.source(since=since), now)

    def member(self, name: str = "Zuzana", role: Role = Role.AGENT, number: int = 1) -> Member:
        """Let a person in."""
        with self.store.writing():
            return self.store.people.join(name, number, role, NOON)

    def taught(self) -> list[tuple[int, str]]:
        """Return (post, how) of every lesson that stands, oldest first."""
        return [(lesson.post, lesson.how) for lesson in self.store.notes.lessons()]

    def tick(self, now: datetime) -> Ticked:
        """Let time do its work; what was told is in `told`."""
        return Tick(self.ledger, self._hear).run(now)

    def _hear(self, standing: Standing, notices: tuple[Notice, ...], now: datetime) -> None:
        self.told += notices

    def item(self, number: int = 1, now: datetime = NOON) -> Standing:
        """Return how an item stands."""
        return self.ledger.standing(ItemId(number), now)


def a_bench(
    path: Path,
    *brands: Brand,
    book: PolicyBook | None = None,
    judge: WordJudge | None = None,
    opened: Callable[[Path], Store] = a_new_store,
) -> Bench:
    """Return a desk whose store is a new file in `path`."""
    store = opened(path / "desk.db")
    watched = brands or (a_brand(),)
    ledger = Ledger(store, Policies.adopt(store, book or PolicyBook(), NOON))
    judge = judge or WordJudge()
    pipeline = Pipeline(
        ledger,
        Matcher(watched),
        judge,
        watched,
        look_back=LOOK_BACK,
        found_late=FOUND_LATE,
    )
    competitors = frozenset(brand.name for brand in watched if brand.competitor)
    return Bench(
        store=store,
        brands=watched,
        judge=judge,
        ledger=ledger,
        desk=Desk(ledger, FOUND_LATE, competitors),
        pipeline=pipeline,
    )
