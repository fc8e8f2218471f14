"""A `mentiondesk` process, and everything it wrote."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from tests.nursery import Order, nursery

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0


def environment(further: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nothing of the caller's desk is set."""
    kept = {name: each for name, each in os.environ.items() if "MENTIONDESK" not in name}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "")
    return {**kept, **proxies, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **further}


class Process(Protocol):
    """What is asked of a process that was begun."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def kill(self) -> None: ...


class DeskProcess:
    """One run of the command. Its output goes to files: nothing has to be read in time."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environ: Mapping[str, str], name: str
    ) -> None:
        self._out = folder / f"{name}.out"
        self._err = folder / f"{name}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = self._begun(arguments, folder, environment(environ), out, err)

    @staticmethod
    def _begun(
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        out: BinaryIO,
        err: BinaryIO,
    ) -> Process:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its number, for looking at its memory."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def code(self) -> int | None:
        """The code it ended with, negative for a signal; None while it runs."""
        return self._process.poll()

    @property
    def out(self) -> str:
        """What it wrote on stdout so far."""
        return self._out.read_text("utf-8", errors="replace")

    @property
    def err(self) -> str:
        """What it wrote on stderr so far."""
        return self._err.read_text("utf-8", errors="replace")

    def wait(self, seconds: float = PATIENCE_S) -> int:
        """Return the code it ends with. Raises: TimeoutExpired, TimeoutError."""
        return self._process.wait(seconds)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its code."""
        self._process.send_signal(number)
        return self.wait()

    def rss_mb(self) -> float:
        """Return the memory it holds now, in MB of 1,000,000 bytes."""
        return self._memory_mb("VmRSS")

    def peak_rss_mb(self) -> float:
        """Return the most memory it ever held."""
        return self._memory_mb("VmHWM")

    def _memory_mb(self, name: str) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        kilobytes = (line.split()[1] for line in status.splitlines() if line.startswith(name))
        return int(next(kilobytes)) * 1024 / 1e6


class HatchedProcess(DeskProcess):
    """A run that begins in the nursery, with everything imported."""

    @staticmethod
    def _begun(
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        out: BinaryIO,
        err: BinaryIO,
    ) -> Process:
        order = Order(arguments=arguments, folder=str(folder), environ=environ, session=True)
        return nursery().begin(order, out, err)
