"""The store: one connection to the desk's file, with a view for each noun."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from monitor.store import database
from monitor.store.archives import Archives
from monitor.store.backfills import Backfills
from monitor.store.coverage import Coverage
from monitor.store.customers import Customers
from monitor.store.events import Events
from monitor.store.figures import Figures
from monitor.store.history import History
from monitor.store.items import Items
from monitor.store.looks import Looks
from monitor.store.notes import Notes
from monitor.store.outbox import Outbox
from monitor.store.people import People
from monitor.store.posts import Posts
from monitor.store.promises import Promises
from monitor.store.replies import Replies
from monitor.store.samples import Samples
from monitor.store.saved_replies import SavedReplies
from monitor.store.shifts import Shifts
from monitor.store.sources import Sources
from monitor.store.surges import Surges
from monitor.store.workload import Workload


class Store:
    """What the desk remembers. It belongs to the thread that opened it.

    Reading needs no transaction; every change stands inside `with store.writing():`.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, creating it or bringing its schema up to date.

        Raises: StoreError if it is damaged or newer than this version, StoreBusyError if locked.
        """
        self.path = path
        self._database = database.connect(path)
        self.migrated = tuple(database.migrate(self._database, path))  # steps applied just now
        self.posts = Posts(self._database)
        self.items = Items(self._database)
        self.events = Events(self._database)
        self.outbox = Outbox(self._database)
        self.people = People(self._database)
        self.coverage = Coverage(self._database)
        self.sources = Sources(self._database, self.coverage)
        self.looks = Looks(self._database)
        self.backfills = Backfills(self._database)
        self.archives = Archives(self._database)
        self.history = History(self._database)
        self.notes = Notes(self._database)
        self.figures = Figures(self._database)
        self.customers = Customers(self._database)
        self.promises = Promises(self._database)
        self.workload = Workload(self._database)
        self.replies = Replies(self._database)
        self.samples = Samples(self._database)
        self.shifts = Shifts(self._database)
        self.saved_replies = SavedReplies(self._database)
        self.surges = Surges(self._database)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold this process's one write transaction: all or nothing, never half."""
        if self._database.conn.in_transaction:
            yield
            return
        with database.writing(self._database, self.path):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold one unchanging view of the file while several things are read."""
        if self._database.conn.in_transaction:
            yield
            return
        with database.translated(self.path):
            self._database.conn.execute("BEGIN")
            try:
                yield
            finally:
                self._database.conn.execute("ROLLBACK")

    def damage(self, *, quick: bool = False) -> list[str]:
        """Return what is wrong with the file, a line each; empty if it is sound."""
        with database.translated(self.path):
            return database.damage(self._database, quick=quick)

    def rebuild_full_text(self) -> None:
        """Write the full-text index anew from the posts."""
        database.rebuild_full_text(self._database, self.path)

    def back_up(self, target: Path) -> None:
        """Copy the file to `target` while it is in use, and verify the copy."""
        database.back_up(self._database, target)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the open store."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Close the connection."""
        self.close()
