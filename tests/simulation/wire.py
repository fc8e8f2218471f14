"""The line to the reference: it runs in a process of its own and never sees the product."""

import fcntl
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_ROOM = 1024 * 1024  # bytes that may be under way


class Wire:
    """Tells the reference what the world did and what the product showed of it."""

    def __init__(self, *, since: int, until: int, rivals: tuple[str, ...]) -> None:
        command = [sys.executable, "-m", "tests.reference.listening"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # else the product waits for its second reading
            fcntl.fcntl(self._process.stdin, fcntl.F_SETPIPE_SZ, _ROOM)
        self._line = self._process.stdin
        self.entries = 0
        self.tell("begin", 0, since=since, until=until, rivals=rivals)

    def tell(self, kind: str, at: int, **said: Any) -> None:
        """Send one entry: what it is, and when it was so."""
        pickle.dump((kind, at, said), self._line, protocol=5)
        self.entries += 1

    def verdict(self) -> Mapping[str, Any]:
        """End the line, and return what the reference found."""
        self._line.close()
        assert self._process.stdout is not None
        with self._process.stdout as told_by:
            told = told_by.read()
        self._process.wait()
        verdict: Mapping[str, Any] = json.loads(told)
        return verdict
