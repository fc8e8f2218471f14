"""Things made ahead by a thread: unpacking holds no lock of the interpreter, so both go on."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")


def ahead(making: Iterator[Made], many: int) -> Iterator[Made]:
    """Yield what `making` yields, and let a thread make up to `many` of the next ones meanwhile.

    To close it early waits for nothing: the thread ends with what it has in hand. What `making`
    raises is raised in its turn.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    try:
        coming = deque(pool.submit(next, making, None) for _ in range(many))
        while (made := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, making, None))
            yield made
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
