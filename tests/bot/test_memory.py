"""Threads share their pools of memory where the system lets them."""

import subprocess
import sys

import pytest

BURSTS = """
import sys, threading
from bot import memory
if sys.argv[1] == "shared":
    assert memory.share_arenas()
def burst(barrier):
    barrier.wait()
    rows = [b"x" * 700 for _ in range(20_000)]
    barrier.wait()
barrier = threading.Barrier(8)
threads = [threading.Thread(target=burst, args=(barrier,)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with open("/proc/self/maps", encoding="utf-8") as maps:
    print(sum(line.split("-")[0].endswith("000000") and " 00:00 0 " in line for line in maps))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone has such pools")
def test_many_threads_take_their_memory_from_few_pools() -> None:
    def pools(manner: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", BURSTS, manner], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert pools("shared") < pools("apart")
