"""The two processes of the generator test: a platform on loopback, and the worker that reads it."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tests.end_to_end.process import ROOT, environment

PATIENCE_S = 120.0  # a worker that has not answered by then is stuck, and that is a fault

Call = tuple[str, dict[str, Any]]  # a control's name and what it is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one poll; `alive` is False where the worker died in it."""

    alive: bool
    ok: bool = False
    holes: int = 0  # windows that were not read whole, by the connector's own word
    error: str | None = None
    retry_at: str | None = None
    read: int = 0
    new: int = 0


class ServerProcess:
    """A platform in a process of its own, told what to do over HTTP."""

    def __init__(self, module: str, log: Path, *, has_stream: bool = False) -> None:
        log.touch()
        self.log = log
        self._errors = log.with_suffix(".err").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, "--port", "0", "--log", str(log)],
            cwd=ROOT,
            env=environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()
        assert self.url, f"{module} did not start: {log.with_suffix('.err').read_text()[-2000:]}"
        self.stream = self._process.stdout.readline().decode().strip() if has_stream else ""
        self.netloc = str(urlsplit(self.url).netloc)
        self._connection = HTTPConnection(self.netloc, timeout=60)

    def tell(self, method: str, **details: Any) -> Any:
        """Call a control and return its result."""
        body = json.dumps(details)
        self._connection.request("POST", f"/_control/{method}", body)
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200, f"{method}: {told}"
        return told["result"]

    def many(self, calls: Sequence[Call]) -> list[Any]:
        """Call many controls at once."""
        found: list[Any] = self.tell("many", calls=calls) if calls else []
        return found

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()


class WorkerProcess:
    """The process under test; it is started anew when it died."""

    def __init__(
        self,
        platform: str,
        own: str,
        section: Mapping[str, object],
        secrets: Mapping[str, str],
        folder: Path,
    ) -> None:
        self.database = folder / "desk.db"
        self.deaths = 0
        self._errors = folder / "worker.err"
        told = json.dumps(section), json.dumps(secrets)
        self._arguments = [platform, own, *told, str(self.database)]
        self._process: subprocess.Popen[bytes] | None = None

    def poll(self, kill_after_s: float | None = None, **order: object) -> Outcome:
        """Return what came of a poll; the worker may be killed in the middle of it."""
        process = self._process = self._process or self._started()
        timer = threading.Timer(PATIENCE_S if kill_after_s is None else kill_after_s, process.kill)
        timer.start()
        try:
            line = self._answer(process, order)
        finally:
            timer.cancel()
        if line:
            return Outcome(alive=True, **json.loads(line))
        return self._dead(process, meant=kill_after_s is not None or "die" in " ".join(order))

    def _answer(self, process: "subprocess.Popen[bytes]", order: Mapping[str, object]) -> bytes:
        with suppress(BrokenPipeError):
            _pipe(process.stdin).write(json.dumps(order).encode() + b"\n")
            _pipe(process.stdin).flush()
        return _pipe(process.stdout).readline()

    def _dead(self, process: "subprocess.Popen[bytes]", *, meant: bool) -> Outcome:
        process.wait()
        self._let_go(process)
        self._process = None
        self.deaths += 1
        said = self._errors.read_text("utf-8", "replace")[-3000:]
        assert meant, f"the worker died by itself or hung ({process.returncode}):\n{said}"
        return Outcome(alive=False)

    def stop(self) -> int:
        """Let it end, and return its code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        _pipe(process.stdin).close()
        try:
            code = process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        _pipe(process.stdout).close()
        return code

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._errors.open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.sources.worker", *self._arguments],
                cwd=ROOT,
                env=environment({}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def _let_go(self, process: "subprocess.Popen[bytes]") -> None:
        with suppress(BrokenPipeError):
            _pipe(process.stdin).close()
        _pipe(process.stdout).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
