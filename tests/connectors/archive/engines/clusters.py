"""A real scheduler with real workers on loopback, each a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.connectors.archive.engines.watching import ROOT, until

LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


class Cluster:
    """A scheduler, and what was hired so far."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._stack = stack
        self._file = folder / "scheduler.json"
        self.scheduler = self._begun(
            "dask_scheduler", "--port", "0", "--scheduler-file", str(self._file)
        )
        until(lambda: _address(self._file) != "", "no scheduler")
        self.address = _address(self._file)

    def hire(self) -> "subprocess.Popen[bytes]":
        """Start one worker with one thread; who needs it waits for it."""
        return self._begun("dask_worker", self.address, "--nthreads", "1", "--no-nanny")

    def _begun(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        process = self._stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{program}", *LOOPBACK, *arguments],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        self._stack.callback(process.kill)
        return process


@contextmanager
def a_cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Yield a cluster; all of it ends with the block."""
    with ExitStack() as stack:
        cluster = Cluster(folder, stack)
        for _ in range(workers):
            cluster.hire()
        yield cluster


def _address(file: Path) -> str:
    """Return the address that a scheduler wrote down, "" before it has."""
    try:
        address: str = json.loads(file.read_text("utf-8"))["address"]
    except (FileNotFoundError, json.JSONDecodeError):
        return ""
    return address
