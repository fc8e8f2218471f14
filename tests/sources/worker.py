"""The process under test: a real connector, real polls and a real store, told when to poll.

It reads one order a line (JSON) on stdin and answers each with a line on stdout. An order may
tell it to die in the middle, or to lose a page on purpose.
"""

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from monitor.errors import RateLimitError
from monitor.handling.ledger import Ledger
from monitor.handling.policies import Policies
from monitor.intake.pipeline import Pipeline
from monitor.intake.polling import Polled, poll, poll_own
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Classification, Cursor, Flag, Page, Passage, Watch
from monitor.ports import Connector, OwnReplies, Streaming
from monitor.settings import PolicyBook, validate_section
from monitor.store.store import Store

A_PAGE = 20  # posts that are lost on purpose, at least; where pages are small, it takes several
LOOK_BACK = timedelta(hours=24)
FOUND_LATE = timedelta(minutes=15)


@dataclass(slots=True)
class Orders:
    """What the present poll is to suffer."""

    die_after_page: int | None = None  # once so many pages were taken in
    die_judging: int | None = None  # while so-manieth page is judged: read, not stored
    lose_a_page: bool = False  # drop a page's worth of news, and keep the cursor
    lost: set[str] = field(default_factory=set)


class MortalJudge:
    """Judges by one plain word, and may die of it."""

    version = "test/fast"

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        if self._orders.die_judging is not None:
            self._orders.die_judging -= 1
            if self._orders.die_judging <= 0:
                _die()
        for passage in passages:
            asks = "please" in passage.text
            yield Classification(
                language="en",
                complaint=0.1,
                request=0.9 if asks else 0.1,
                flags=frozenset({Flag.REQUEST} if asks else ()),
                model=self.version,
            )


class Suffering:
    """A connector to which happens what the orders say."""

    def __init__(
        self, connector: Connector, orders: Orders, known: Callable[[Iterable[str]], Iterable[str]]
    ) -> None:
        self.platform = connector.platform
        self._connector = connector
        self._orders = orders
        self._known = known
        self.holes = 0  # windows of this poll that were not read whole

    def cursor_at(self, instant: datetime) -> Cursor:
        return self._connector.cursor_at(instant)

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        return self._suffered(self._connector.pages(cursor, now))

    def own_cursor_at(self, instant: datetime) -> Cursor:
        assert isinstance(self._connector, OwnReplies)
        return self._connector.own_cursor_at(instant)

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        assert isinstance(self._connector, OwnReplies)
        return self._suffered(self._connector.own_pages(cursor, now))

    def _suffered(self, pages: Iterator[Page]) -> Iterator[Page]:
        self.holes = 0
        for number, page in enumerate(pages, 1):
            self.holes += page.window is not None and not page.window.complete
            yield self._robbed(page) if self._orders.lose_a_page else page
            if number == self._orders.die_after_page:
                _die()

    def _robbed(self, page: Page) -> Page:
        """Return a page without what is lost, in whichever listing of this poll it stands."""
        lost, keys = self._orders.lost, {each.key for each in page.mentions}
        if len(lost) < A_PAGE:
            lost |= keys - set(self._known(keys))
        return replace(page, mentions=tuple(m for m in page.mentions if m.key not in lost))


class Worker:
    """One platform's share of a desk."""

    def __init__(
        self,
        platform: str,
        own: str,
        section: Mapping[str, Any],
        secrets: Mapping[str, str],
        database: Path,
    ) -> None:
        module = import_module(f"connectors.{platform}")
        options = validate_section(
            module.Options, section, f"connectors.{platform}", database.parent
        )
        brand = Brand(name="Acme", keywords=("acme",), own_accounts=((platform, own),))
        self.orders = Orders()
        watch = Watch(brands=(brand,), secrets=secrets)
        self.connector: Connector = module.connect(options, watch)
        if isinstance(self.connector, Streaming):
            self.connector.on_news(lambda: None)
        self._suffering = Suffering(self.connector, self.orders, self._known)
        self._brand = brand
        self._database = database
        self._store: Store | None = None
        self._pipeline: Pipeline | None = None

    def obey(self, order: Mapping[str, Any]) -> dict[str, object]:
        """Poll as told, and return what came of it."""
        now = datetime.fromisoformat(order["now"])
        store, pipeline = self._opened(now)
        self.orders.die_after_page = order.get("die_after_page")
        self.orders.die_judging = order.get("die_judging")
        self.orders.lose_a_page = bool(order.get("lose_a_page"))
        if order.get("own"):
            if not isinstance(self.connector, OwnReplies):
                return {"ok": True}
            name = self.connector.platform
            own = poll_own(self._suffering, name, pipeline, store, LOOK_BACK, now)
            return _told(own, self._suffering.holes)
        polled = poll(self._suffering, pipeline, store, LOOK_BACK, now)
        return _told(polled, self._suffering.holes)

    def close(self) -> None:
        """Let go of the platform and of the store."""
        if isinstance(self.connector, Streaming):
            self.connector.close()
        if self._store is not None:
            self._store.close()

    def _known(self, keys: Iterable[str]) -> Iterable[str]:
        return self._store.posts.known(keys) if self._store is not None else ()

    def _opened(self, now: datetime) -> tuple[Store, Pipeline]:
        if self._store is None or self._pipeline is None:
            self._store = Store(self._database)
            ledger = Ledger(self._store, Policies.adopt(self._store, PolicyBook(), now))
            self._pipeline = Pipeline(
                ledger,
                Matcher((self._brand,)),
                MortalJudge(self.orders),
                (self._brand,),
                look_back=LOOK_BACK,
                found_late=FOUND_LATE,
            )
        return self._store, self._pipeline


def _told(polled: Polled, holes: int) -> dict[str, object]:
    error = polled.error
    retry_at = error.retry_at if isinstance(error, RateLimitError) else None
    return {
        "ok": error is None,
        "holes": holes,
        "error": str(error) if error else None,
        "retry_at": retry_at.isoformat() if retry_at else None,
        "read": polled.taken.read,
        "new": polled.taken.new,
    }


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Obey one order a line until stdin ends."""
    parser = argparse.ArgumentParser(description="Poll a platform into a store when told to.")
    parser.add_argument("platform")
    parser.add_argument("own")
    parser.add_argument("section", type=json.loads)
    parser.add_argument("secrets", type=json.loads)
    parser.add_argument("database", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    worker = Worker(given.platform, given.own, given.section, given.secrets, given.database)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(worker.obey(json.loads(line))) + "\n")
        sys.stdout.flush()
    worker.close()


if __name__ == "__main__":
    main()
