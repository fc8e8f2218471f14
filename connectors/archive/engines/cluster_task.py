"""What a worker of a cluster does: it reads one archive and tells the one who asked for it.

All goes through queues that the scheduler keeps, because the two may not reach each other. A worker
that dies is replaced by the scheduler; the new one asks where to begin, as the dead one had.
"""

import pickle
import time
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import uuid4

from distributed import Client, Queue, get_client, get_worker

from connectors.archive.engines.courses import Read, Trouble, said
from connectors.archive.wanted import Wanted
from monitor.model import Archive, Place, Portion

AHEAD = 8  # portions that wait for the writer; each worker has one more in its hands
_PAUSE_S = 0.02
_LOOK_S = 1.0

Order = tuple[bytes, Place] | None  # what is looked for, packed; None: do nothing
Told = tuple[int, str, Portion | Trouble | None]  # archive, reader; None: where do I begin?


def look(sources: tuple[Archive, ...]) -> tuple[str, tuple[str, ...]]:
    """Return which version a worker has, and what keeps it from reading."""
    return installed(), tuple(fault for each in sources if (fault := _fault(each)))


def installed() -> str:
    """Return the version of the project, "" in a checkout that nobody installed."""
    try:
        return version("mentiondesk")
    except PackageNotFoundError:
        return ""


def read_archive(news: str, number: int, archive: Archive, read: Read) -> None:
    """Read an archive from the place that is told to the last portion, unless nobody asks."""
    ticket = _Ticket()
    if not ticket.holds():
        return
    line = _Line(news, number, ticket)
    order = line.order()
    if order is None:
        return
    packed, place = order
    for each in said(read, archive, place, _wanted(packed)):
        if not line.has_room():
            return
        line.tell(each)


@lru_cache(maxsize=1)
def _wanted(packed: bytes) -> Wanted:
    """Return the same object for all archives of a reading: readers keep what they make of it."""
    wanted: Wanted = pickle.loads(packed)  # noqa: S301 - from who sent us this function
    return wanted


def orders_of(news: str, reader: str) -> str:
    """Return the name of the queue in which a reader is told where to begin."""
    return f"{news}-{reader}"


class _Ticket:
    """Which task this is, and whether it still is to be done, and here."""

    def __init__(self) -> None:
        worker = get_worker()
        self.client: Client = get_client()
        self._address, self._task = worker.address, worker.get_current_task()
        self._looked = time.monotonic()

    def holds(self) -> bool:
        """Ask the scheduler: who asked may be gone, or somebody else may do it by now."""
        self._looked = time.monotonic()
        return self._task in self.client.processing([self._address])[self._address]

    def pauses(self) -> Iterator[None]:
        """Yield at once and then again and again, as long as it holds."""
        while time.monotonic() - self._looked < _LOOK_S or self.holds():
            yield
            time.sleep(_PAUSE_S)


class _Line:
    """The way from a task to the one who asked for it, and back."""

    def __init__(self, news: str, number: int, ticket: _Ticket) -> None:
        self._reader = uuid4().hex
        self._number = number
        self._ticket = ticket
        self._news = Queue(news, client=ticket.client)
        self._orders = Queue(orders_of(news, self._reader), client=ticket.client)

    def order(self) -> Order:
        """Return from where to read what; the answer takes as long as the writer is busy."""
        self.tell(None)
        for _ in self._ticket.pauses():
            for order in self._orders.get(batch=True):
                given: Order = pickle.loads(order)  # noqa: S301 - from who sent us this function
                return given
        return None

    def tell(self, word: Portion | Trouble | None) -> None:
        """Say something; it arrives after all that was said before."""
        told: Told = (self._number, self._reader, word)
        self._news.put(pickle.dumps(told))

    def has_room(self) -> bool:
        """Return True once the writer can take more, False if nobody asks any more."""
        return any(self._news.qsize() < AHEAD for _ in self._ticket.pauses())


def _fault(archive: Archive) -> str | None:
    try:
        size = Path(archive.path).stat().st_size
    except OSError as error:
        return f"{archive.path}: {error.strerror or error}"
    if archive.size and size != archive.size:
        return f"{archive.path}: {size:,} bytes there, {archive.size:,} here"
    return None
