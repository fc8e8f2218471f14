"""A process of this machine that reads archives, as the process sees it that started it.

Little is imported here, so that one can be begun before all else: it makes itself ready meanwhile.
"""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any
from uuid import uuid4

_AHEAD_BYTES = 1 << 20  # what a pipe holds: a reader goes on that far while the writer is busy
_MOMENT_S = 5.0


class Reader:
    """A process that reads; it ends when its pipes do, thus with this process at the latest."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Begin it. Raises: OSError where there is no room for one more."""
        self.name = uuid4().hex
        hears, self._orders = _wide_pipe()
        self.tells, tells = _wide_pipe()
        try:
            with hears, tells:
                self._process = _started(hears, tells, environ)
        except BaseException:
            self._orders.close()
            self.tells.close()
            raise

    def order(self, what: object) -> None:
        """Tell it something; whether it lives shows by what it says."""
        with suppress(BrokenPipeError):
            self._orders.send(what)

    def end(self) -> None:
        """End at once: nothing that a reader has in hand is worth keeping. Twice does no harm."""
        self._orders.close()
        self.tells.close()
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Its number, for looking at it."""
        return self._process.pid

    @property
    def cause_of_death(self) -> str:
        """What the process died of; its pipes break a moment before it has ended."""
        try:
            code = self._process.wait(_MOMENT_S)
        except subprocess.TimeoutExpired:
            return "it does not answer"
        if code == -signal.SIGKILL:
            return "killed, perhaps for want of memory"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def _started(
    hears: "Connection[Any, Any]",
    tells: "Connection[Any, Any]",
    environ: Mapping[str, str],
) -> "subprocess.Popen[bytes]":
    """Return a process that finds the same code, knows no secret and does not hear Ctrl-C."""
    pipes = (hears.fileno(), tells.fileno())
    kept = {name: each for name, each in environ.items() if "MENTIONDESK" not in name}
    path = os.pathsep.join(each for each in sys.path if each)
    module = "connectors.archive.engines.local_reader"
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-P", "-m", module, *map(str, pipes)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=pipes,
        env={**kept, "PYTHONPATH": path},
        start_new_session=True,
    )


def _wide_pipe() -> "tuple[Connection[Any, Any], Connection[Any, Any]]":
    """Return the ends to hear and to tell by of a pipe as wide as the system allows."""
    hears, tells = Pipe(duplex=False)
    with suppress(AttributeError, OSError):  # Linux has it, within limits for each user
        fcntl.fcntl(tells.fileno(), fcntl.F_SETPIPE_SZ, _AHEAD_BYTES)
    return hears, tells
