"""The desk's database as commands open it: what is there is read, and nothing heavy is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.cli import frame
from monitor.errors import StoreError
from monitor.handling.ledger import Ledger
from monitor.handling.policies import Policies
from monitor.settings import Settings
from monitor.store.database import translated
from monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The settings, the store, the clocks, and the instant at which they are read."""

    settings: Settings
    store: Store
    ledger: Ledger
    now: datetime


@contextmanager
def desk(*, create: bool = False) -> Iterator[Opened]:
    """Hold the desk open for one command, beside a `run` that may be under way.

    `create` is for commands that write: they make the database where there is none.
    Raises: ConfigError, or StoreError where nothing was stored yet.
    """
    settings = frame.settings()
    path, now = settings.desk.database, datetime.now(UTC)
    if not create:
        must_exist(settings)
    with Store(path) as store, translated(path):
        ledger = Ledger(store, Policies.kept(store, settings, now))
        yield Opened(settings=settings, store=store, ledger=ledger, now=now)


def must_exist(settings: Settings) -> None:
    """Raise StoreError if the database is not there: a reading command does not make one."""
    path = settings.desk.database
    if not path.exists():
        raise StoreError(f"{path}: no database yet; `mentiondesk run` or `poll` makes it")
