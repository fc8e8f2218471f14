"""A process that reads archives for the one that started it, and ends with it.

`python -m connectors.archive.engines.local_reader HEARS TELLS` is that process; both are numbers of
pipes it was born with. First comes what is looked for, then one archive after the other.
"""

import logging
import os
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread

from connectors.archive.engines.courses import Read, said
from connectors.archive.wanted import Wanted
from monitor.model import Archive, Place

Order = tuple[Archive, Place]
_TURN_S = 0.0005  # a thread that unpacked something waits so long for the one that searches
_NEEDED = ("numpy", "zstandard", "connectors.archive.shapes.reddit", "hyperscan")


def main(arguments: list[str]) -> int:
    """Read until nobody listens any more; return an exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # what is bad is told as bad lines
    sys.setswitchinterval(_TURN_S)
    hears, tells = (int(each) for each in arguments)
    orders = Connection(hears, writable=False)
    _make_ready()
    read, wanted = orders.recv()
    waiting: SimpleQueue[Order] = SimpleQueue()
    Thread(target=_listen, args=(orders, waiting), daemon=True).start()
    try:
        _serve(read, wanted, waiting, Connection(tells, readable=False))
    except BrokenPipeError:
        return 1
    return 0


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


def _serve(
    read: Read, wanted: Wanted, waiting: "SimpleQueue[Order]", tells: "Connection[object, object]"
) -> None:
    while True:
        archive, place = waiting.get()
        for each in said(read, archive, place, wanted):
            tells.send(each)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
