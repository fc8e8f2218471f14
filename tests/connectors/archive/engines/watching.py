"""What is seen of readers from outside, and a program of its own that lets them read."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from connectors.archive.engines.cluster import ClusterEngine
from connectors.archive.engines.local import LocalEngine
from monitor.model import Archive
from monitor.ports import ArchiveReading
from tests.connectors.archive.engines import readers
from tests.connectors.archive.engines.readers import WANTED, from_the_start

PATIENCE_S = 60.0
ROOT = Path(__file__).resolve().parents[4]


def state(process: int) -> str:
    """Return the letter by which the system tells what a process does; "" once it is gone."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    letter = stat.rpartition(")")[2].split()[0]
    return "" if letter in "ZX" else letter


def until(come: Callable[[], bool], what: str) -> None:
    """Return once something has come; fail with `what` if it never does."""
    end = time.monotonic() + PATIENCE_S
    while not come():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def reached(archive: Archive) -> tuple[int, int]:
    """Return the process that reads an endless archive, and how far it got; (0, 0): nowhere."""
    try:
        process, records = Path(f"{archive.path}.reached").read_text("utf-8").split()
    except (FileNotFoundError, ValueError):
        return 0, 0
    return int(process), int(records)


def a_program(reader: str, *archives: Archive, scheduler: str = "none") -> "subprocess.Popen[str]":
    """Start a program that reads archives and forgets them, in a session of its own.

    `scheduler`: an address, "own" for a cluster of its own, "none" for none.
    """
    return subprocess.Popen(
        [sys.executable, "-m", __name__, reader, scheduler, *(each.path for each in archives)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def main(reader: str, scheduler: str, *paths: str) -> None:
    read = getattr(readers, reader)
    archives = [Archive(path=path, identity=path, size=0, shape="made-up") for path in paths]
    engine: ArchiveReading = (
        LocalEngine(WANTED, workers=2, read=read)
        if scheduler == "none"
        else ClusterEngine(
            WANTED, scheduler=None if scheduler == "own" else scheduler, workers=1, read=read
        )
    )
    for _ in engine.portions(from_the_start(*archives)):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
