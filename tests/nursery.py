"""Where commands begin with everything imported: imports are most of what a short command costs.

`python -m tests.nursery FD` imports what commands import, does nothing else, and forks a process
for each order that comes over the socket FD. What begins so is a process of its own, with its own
folder, environment, output and exit code. That a command starts from nothing, and what it imports
then, is tested with `tests.bot.cli.running.started`.

The nursery has one thread, for a fork takes no other along: so onnxruntime is not among what it
imports, and numpy's library for matrices is told to do without threads.
"""

import gc
import json
import os
import runpy
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parents[1]
_LENGTH = struct.Struct("!I")
_NUMBER = struct.Struct("!i")
_IMPORTED = (
    "bot.daemon",
    "bot.demo.stage",
    "bot.wiring",
    "classifiers.pipeline",
    "connectors.hackernews",
    "connectors.reddit",
    "connectors.rss",
    "connectors.sample",
    "feedparser",
    "httpx",
    "monitor.report.charts",
    "praw",
    "rich.table",
    "spacy",
    "telegram.ext",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command line, and where it is to be run."""

    arguments: Sequence[str]
    folder: str
    environ: Mapping[str, str]
    session: bool


class Fledgling:
    """A command that was begun. It is ended by `kill`, or by itself."""

    def __init__(self, report: socket.socket) -> None:
        self._report = report
        self._pid = self._told(None)
        self._code: int | None = None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._pid

    def poll(self) -> int | None:
        """Return the code it ended with, negative for a signal; None while it runs."""
        try:
            return self.wait(0)
        except TimeoutError:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Return the code it ends with. Raises: TimeoutError where it does not."""
        if self._code is None:
            self._code = self._told(timeout)
            self._report.close()
        return self._code

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.send_signal(signal.SIGKILL)

    def _told(self, seconds: float | None) -> int:
        self._report.settimeout(seconds)
        try:
            said = self._report.recv(_NUMBER.size)
        except BlockingIOError:
            raise TimeoutError from None
        if not said:
            raise RuntimeError("the nursery ended before what it had begun")
        return int(_NUMBER.unpack(said)[0])


class Nursery:
    """The process in which commands begin."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
                cwd=ROOT,
                env={**_plain_environment(), "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def begin(self, order: Order, out: BinaryIO, err: BinaryIO) -> Fledgling:
        """Return a new process that writes to `out` and `err`; there is nothing on its stdin."""
        said = json.dumps(asdict(order)).encode()
        ours, theirs = socket.socketpair()
        with theirs:
            ends = [out.fileno(), err.fileno(), theirs.fileno()]
            socket.send_fds(self._line, [_LENGTH.pack(len(said))], ends)
            self._line.sendall(said)
        return Fledgling(ours)

    def close(self) -> None:
        """Let nothing more begin."""
        self._line.close()
        self._process.wait(30)


@cache
def nursery() -> Nursery:
    """Return the nursery of this process, which is opened when it is first asked for."""
    return Nursery()


def close() -> None:
    """Close the nursery of this process, if it was ever asked for."""
    if nursery.cache_info().currsize:
        nursery().close()
        nursery.cache_clear()


def _plain_environment() -> dict[str, str]:
    return {name: each for name, each in os.environ.items() if "MENTIONDESK" not in name}


def _import_everything() -> None:
    from bot.cli.commands import COMMANDS

    for entry in COMMANDS.values():
        entry.load()
    for name in _IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()


def _next_order(line: socket.socket) -> tuple[Order, list[int]] | None:
    header, ends, _, _ = socket.recv_fds(line, _LENGTH.size, 3)
    if not header:
        return None
    left, said = _LENGTH.unpack(header)[0], b""
    while len(said) < left:
        said += line.recv(left - len(said))
    return Order(**json.loads(said)), ends


def _is_begun(report: int) -> bool:
    """Return True in the process that is to be the command; its keeper waits, and tells its end."""
    pid = os.fork()
    if pid == 0:
        os.close(report)
        return True
    os.write(report, _NUMBER.pack(pid))
    _, status = os.waitpid(pid, 0)
    os.write(report, _NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _ordered(line: socket.socket) -> tuple[Order, list[int]] | None:
    """Return an order in the process that is to fulfil it; None where no more will come."""
    while found := _next_order(line):
        order, ends = found
        if os.fork() == 0:
            line.close()
            if _is_begun(ends.pop()):
                return order, ends
        for end in ends:
            os.close(end)
        _let_go()
    return None


def _let_go() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _become(order: Order, ends: Sequence[int]) -> None:
    """Make this process what `python -m bot` is in its first moment, its imports apart."""
    for theirs, own in zip(ends, (1, 2), strict=True):
        os.dup2(theirs, own)
        os.close(theirs)
    if order.session:
        os.setsid()
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environ)
    sys.path[0] = order.folder
    sys.argv[1:] = order.arguments


def main() -> None:
    """Wait for orders; what an order begins returns from here as the command does."""
    line = socket.socket(fileno=int(sys.argv[1]))
    _import_everything()
    if found := _ordered(line):
        _become(*found)
        runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
