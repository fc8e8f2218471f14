"""Runs a program to its end and says how long it took and how much memory its processes held."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

_EVERY_S = 0.05
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A program that came to its end."""

    wall_s: float
    said: dict[str, Any]  # the last line that it printed, a JSON object
    main_mb: float  # the most that the process itself held; 0.0 where nobody can tell
    children_mb: float  # the most that one of its children held


def run(program: Sequence[str]) -> Ran:
    """Run `program` with our interpreter. Raises: `CalledProcessError` if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        watch = _Watch(process.pid)
        said, complaint = process.communicate()
        wall_s = time.perf_counter() - begin
        watch.end()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program, said, complaint)
    return Ran(
        wall_s=wall_s,
        said=json.loads(said.splitlines()[-1]),
        main_mb=watch.peaks.get(process.pid, 0.0),
        children_mb=max((mb for pid, mb in watch.peaks.items() if pid != process.pid), default=0.0),
    )


class _Watch:
    """Looks at a process and its descendants while they live."""

    def __init__(self, pid: int) -> None:
        self.peaks: dict[int, float] = {}
        self._pid = pid
        self._ended = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_EVERY_S):
            for pid in _family(self._pid):
                with suppress(OSError):  # it ended between two looks
                    found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
                    if found:
                        self.peaks[pid] = int(found[1]) / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                yield from _family(int(child))
