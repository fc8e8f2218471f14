"""A process that reads archives, begun while this one still imports what it needs.

`bot.wiring` imports nearly everything; this file next to nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors.archive.engines.local_process import Reader

__all__ = ["Reader", "readers"]


@contextmanager
def readers() -> Iterator[tuple[Reader, ...]]:
    """Yield one that has begun, or none where there is no room for it: that is told later."""
    found: list[Reader] = []
    with suppress(OSError):
        found.append(Reader(os.environ))
    try:
        yield tuple(found)
    finally:
        for each in found:
            each.end()
