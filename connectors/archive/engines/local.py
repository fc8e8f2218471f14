"""Archives read by processes of this machine, each one archive at a time, the largest first."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any
from uuid import uuid4

from connectors.archive.engines.courses import (
    STDIN,
    Course,
    OutOfStepError,
    Read,
    cores,
    largest_last,
    said,
)
from connectors.archive.wanted import Wanted
from monitor.errors import UnavailableError
from monitor.model import Archive, Place, Portion

_AHEAD_BYTES = 1 << 20  # what a pipe holds: a reader goes on that far while the writer is busy

_MOMENT_S = 5.0


class LocalEngine:
    """Reads with as many processes as it is told; standard input is read by this one."""

    def __init__(
        self,
        wanted: Wanted,
        *,
        workers: int | None = None,
        read: Read | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        if read is None:
            from connectors.archive.reading import read as archive_read

            read = archive_read
        self._wanted = wanted
        self._read = read
        self._workers = workers or cores()
        self._environ = environ

    def portions(self, wanted: Sequence[tuple[Archive, Place]]) -> Generator[Portion, None, None]:
        """Yield what stands in each archive from its place on. Raises: as the port says."""
        files = largest_last(each for each in wanted if each[0].path != STDIN)
        crew = _Crew((self._read, self._wanted), files, self._workers, self._environ)
        try:
            while crew.hire():
                yield from crew.heard()
        finally:
            crew.end()
        for course in largest_last(each for each in wanted if each[0].path == STDIN):
            yield from self._here(course)

    def _here(self, course: Course) -> Iterator[Portion]:
        """Yield what this process reads by itself."""
        place = course.begin(STDIN)
        for each in said(self._read, course.archive, place, self._wanted):
            passed = course.said(STDIN, each)
            if passed is not None:
                yield passed


class _Crew:
    """The processes at work, and the archives that wait for one."""

    def __init__(
        self,
        errand: tuple[Read, Wanted],
        waiting: list[Course],
        size: int,
        environ: Mapping[str, str],
    ) -> None:
        self._errand = errand
        self._waiting = waiting
        self._size = size
        self._environ = environ
        self._idle: list[_Reader] = []
        self._at_work: dict[_Reader, Course] = {}

    def hire(self) -> bool:
        """Return whether anything is left to read, after giving all of it to whoever is free."""
        while self._waiting and self._has_somebody():
            reader, course = self._idle.pop(), self._waiting.pop()
            self._at_work[reader] = course
            reader.take(course)
        while self._idle:
            self._idle.pop().end()  # its memory goes back: a window of 2 GiB may be part of it
        return bool(self._at_work)

    def heard(self) -> Iterator[Portion]:
        """Yield what the processes have to say by now; blocks until one of them speaks."""
        by_pipe: dict[object, _Reader] = {each.tells: each for each in self._at_work}
        for pipe in wait([each.tells for each in self._at_work]):
            passed = self._heard(by_pipe[pipe])
            if passed is not None:
                yield passed

    def end(self) -> None:
        """End all processes at once."""
        for reader in (*self._idle, *self._at_work):
            reader.end()

    def _heard(self, reader: "_Reader") -> Portion | None:
        course = self._at_work[reader]
        try:
            passed = course.said(reader.name, reader.tells.recv())
        except (EOFError, OSError):
            return self._lost(reader, reader.cause_of_death)
        except OutOfStepError as error:
            return self._lost(reader, str(error))
        if course.is_over:
            del self._at_work[reader]
            self._idle.append(reader)
        return passed

    def _lost(self, reader: "_Reader", why: str) -> Portion | None:
        """Let another process go on where one died; return what is said where none may."""
        course = self._at_work.pop(reader)
        reader.end()
        if course.may_begin:
            self._waiting.append(course)
            return None
        return course.given_up(why)

    def _has_somebody(self) -> bool:
        """Return whether somebody is free, after starting a process where there is room."""
        if self._idle or len(self._at_work) >= self._size:
            return bool(self._idle)
        try:
            self._idle.append(_Reader(self._environ))
        except OSError as error:
            if self._at_work:
                return False
            reason = error.strerror or str(error)
            raise UnavailableError("archives", f"no process can be started: {reason}") from error
        self._idle[-1].order(self._errand)
        return True


class _Reader:
    """A process that reads; it ends when its pipes do, thus with this process at the latest."""

    def __init__(self, environ: Mapping[str, str]) -> None:
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

    def take(self, course: Course) -> None:
        """Read an archive from where it stands."""
        self.order((course.source, course.begin(self.name)))

    def order(self, what: object) -> None:
        """Tell it something; whether it lives shows by what it says."""
        with suppress(BrokenPipeError):
            self._orders.send(what)

    def end(self) -> None:
        """End at once: nothing that a reader has in hand is worth keeping."""
        self._orders.close()
        self.tells.close()
        self._process.kill()
        self._process.wait()

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
