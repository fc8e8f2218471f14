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
from queue import Queue, SimpleQueue
from threading import Thread
from typing import NoReturn

from connectors.archive.engines.courses import said
from monitor.model import Archive, Place

Order = tuple[Archive, Place, bool]  # whether it goes on before what it found is told
_AHEAD = 8  # portions that wait to be told: the writer has a judge to load, and to wait for
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
    found: Queue[object] = Queue(_AHEAD)
    Thread(target=_listen, args=(orders, waiting), daemon=True).start()
    Thread(target=_tell, args=(Connection(tells, readable=False), found), daemon=True).start()
    while True:
        archive, place, hurries = waiting.get()
        for each in said(read, archive, place, wanted):
            found.put(each)
            if not hurries:
                found.join()


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


def _tell(tells: "Connection[object, object]", found: "Queue[object]") -> None:
    """Tell what is found, in its order; once that fails there is no use in reading on."""
    try:
        while True:
            tells.send(found.get())
            found.task_done()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
