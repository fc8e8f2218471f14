"""Archives read by processes of this machine, each one archive at a time, the largest first."""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import wait

from connectors.archive.engines.courses import (
    STDIN,
    Course,
    OutOfStepError,
    Read,
    cores,
    largest_last,
    said,
)
from connectors.archive.engines.local_process import Reader
from connectors.archive.wanted import Wanted
from monitor.errors import UnavailableError
from monitor.model import Archive, Place, Portion


class LocalEngine:
    """Reads with as many processes as it is told; standard input is read by this one."""

    def __init__(
        self,
        wanted: Wanted,
        *,
        workers: int | None = None,
        read: Read | None = None,
        environ: Mapping[str, str] = os.environ,
        begun: Sequence[Reader] = (),
    ) -> None:
        """`begun` are processes that are there already; whoever began them ends them, too."""
        if read is None:
            from connectors.archive.reading import read as archive_read

            read = archive_read
        self._wanted = wanted
        self._read = read
        self._workers = workers or cores()
        self._environ = environ
        self._begun = list(begun)

    def portions(self, wanted: Sequence[tuple[Archive, Place]]) -> Generator[Portion, None, None]:
        """Yield what stands in each archive from its place on. Raises: as the port says."""
        files = largest_last(each for each in wanted if each[0].path != STDIN)
        are_many = min(self._workers, len(files)) >= cores()
        errand = replace(self._wanted, unpacks_ahead=not are_many)
        hired = _Hiring((self._read, errand), self._environ, self._begun)
        crew = _Crew(hired, files, self._workers)
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


class _Hiring:
    """Finds processes, and tells them what is looked for."""

    def __init__(
        self, errand: tuple[Read, Wanted], environ: Mapping[str, str], begun: list[Reader]
    ) -> None:
        self._errand = errand
        self._environ = environ
        self._begun = begun

    def one(self) -> Reader:
        """Return a process that waits for an archive. Raises: OSError where there is no room."""
        reader = self._begun.pop() if self._begun else Reader(self._environ)
        reader.order(self._errand)
        return reader


class _Crew:
    """The processes at work, and the archives that wait for one."""

    def __init__(self, hiring: _Hiring, waiting: list[Course], size: int) -> None:
        self._hiring = hiring
        self._waiting = waiting
        self._size = size
        self._idle: list[Reader] = []
        self._at_work: dict[Reader, Course] = {}

    def hire(self) -> bool:
        """Return whether anything is left to read, after giving all of it to whoever is free."""
        while self._waiting and self._has_somebody():
            reader, course = self._idle.pop(), self._waiting.pop()
            self._at_work[reader] = course
            reader.order((course.source, course.begin(reader.name), not course.was_lost))
        while self._idle:
            self._idle.pop().end()  # its memory goes back: a window of 2 GiB may be part of it
        return bool(self._at_work)

    def heard(self) -> Iterator[Portion]:
        """Yield what the processes have to say by now; blocks until one of them speaks."""
        by_pipe: dict[object, Reader] = {each.tells: each for each in self._at_work}
        for pipe in wait([each.tells for each in self._at_work]):
            passed = self._heard(by_pipe[pipe])
            if passed is not None:
                yield passed

    def end(self) -> None:
        """End all processes at once."""
        for reader in (*self._idle, *self._at_work):
            reader.end()

    def _heard(self, reader: Reader) -> Portion | None:
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

    def _lost(self, reader: Reader, why: str) -> Portion | None:
        """Let another process go on where one died; return what is said where none may."""
        course = self._at_work.pop(reader)
        course.was_lost = True
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
            self._idle.append(self._hiring.one())
        except OSError as error:
            if self._at_work:
                return False
            reason = error.strerror or str(error)
            raise UnavailableError("archives", f"no process can be started: {reason}") from error
        return True
