"""A process that reads archives for the one that started it, and ends with it.

`python -m connectors.archive.engines.local_reader HEARS TELLS` is that process; both are numbers of
pipes it was born with. First comes what is looked for, then one archive after the other.
"""

import logging
import os
import sys
from collections import deque
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from threading import Condition, Thread
from typing import NoReturn

from connectors.archive.engines.courses import said
from monitor.model import Archive, Place

Order = tuple[Archive, Place, bool]  # whether it goes on before what it found is told
_AHEAD_BYTES = 4 << 20  # that wait to be told: the writer has a judge to load, and to wait for
_TURN_S = 0.0005  # a thread that unpacked something waits so long for the one that searches
_NEEDED = ("numpy", "zstandard", "connectors.archive.shapes.reddit", "hyperscan")


def main(arguments: list[str]) -> NoReturn:
    """Read until nobody listens any more."""
    logging.getLogger().addHandler(logging.NullHandler())  # what is bad is told as bad lines
    sys.setswitchinterval(_TURN_S)
    hears, tells = (int(each) for each in arguments)
    orders = Connection(hears, writable=False)
    _make_ready()
    try:
        read, wanted = orders.recv()
    except EOFError:  # there was nothing to read
        sys.exit()
    waiting: SimpleQueue[Order] = SimpleQueue()
    found = _Found(_AHEAD_BYTES)
    Thread(target=_listen, args=(orders, waiting), daemon=True).start()
    Thread(target=_tell, args=(Connection(tells, readable=False), found), daemon=True).start()
    while True:
        archive, place, hurries = waiting.get()
        for each in said(read, archive, place, wanted):
            found.put(bytes(ForkingPickler.dumps(each)))
            if not hurries:
                found.wait_until_told()


def _make_ready() -> None:
    """Import what most archives need, before it is known which are to be read."""
    import_module("connectors.archive.reading")
    for name in _NEEDED:
        with suppress(ImportError):  # some are extras
            import_module(name)


def _listen(orders: "Connection[object, Order]", waiting: "SimpleQueue[Order]") -> None:
    """Take orders; once the pipe breaks nobody waits for what is being read, however long yet."""
    try:
        while True:
            waiting.put(orders.recv())
    except (EOFError, OSError):
        os._exit(0)


class _Found:
    """What was found and is not told yet, so many bytes of it at most, or one thing that is more.

    One thread puts in, and another one takes out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[bytes] = deque()
        self._held = 0  # bytes, what is being told among them
        self._changed = Condition()

    def put(self, found: bytes) -> None:
        """Add something, once there is room for it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held or self._held + len(found) <= self._most)
            self._waiting.append(found)
            self._held += len(found)
            self._changed.notify_all()

    def wait_until_told(self) -> None:
        """Return once there is nothing left to be told."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held)

    def tell(self, tells: "Connection[object, object]") -> None:
        """Tell what was put in first, once there is anything. Raises: OSError."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            found = self._waiting.popleft()
        tells.send_bytes(found)
        with self._changed:
            self._held -= len(found)
            self._changed.notify_all()


def _tell(tells: "Connection[object, object]", found: _Found) -> None:
    """Tell what is found; once that fails there is no use in reading on."""
    try:
        while True:
            found.tell(tells)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
