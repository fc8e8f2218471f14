"""How far each archive has come, and whose portions of it count: each record is passed on once."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError
from monitor.model import Archive, Place, Portion

Read = Callable[[Archive, Place, Wanted], Iterator[Portion]]

ATTEMPTS = 3  # readers in a row that may end without having brought anything
STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a reader says instead of a portion, as its last word on an archive."""

    reason: str
    is_setting: bool = False  # a person must change the settings: no other archive will do better


class OutOfStepError(Exception):
    """A portion does not follow the one before it: something in between was lost on its way."""


@dataclass(slots=True, kw_only=True)
class Course:
    """One archive on its way to the writer; one reader at a time counts, all others are too late.

    A reader begins where the last portion that was passed on ended. What another one, taken for
    dead, still says comes from a place that somebody else has reached meanwhile.
    """

    archive: Archive  # as it was named
    place: Place  # all before it was passed on
    reader: str | None = None
    attempts: int = 0  # readers since it last went forward
    is_over: bool = False
    was_lost: bool = False  # a reader of it died: what the next ones find is told at once
    bytes: int = 0  # of it as it lies on disk, that were passed on
    again: int = 0  # of them, those that the reader goes through once more before anything new

    @property
    def source(self) -> Archive:
        """The archive by its full name, as a process in another folder finds it."""
        if self.archive.path == STDIN:
            return self.archive
        return replace(self.archive, path=str(Path(self.archive.path).absolute()))

    @property
    def may_begin(self) -> bool:
        """Whether one more reader is worth it."""
        return self.attempts < ATTEMPTS

    def begin(self, reader: str) -> Place:
        """Return where `reader` begins; from now on nobody else counts."""
        self.reader = reader
        self.attempts += 1
        self.again = self.bytes
        return self.place

    def said(self, reader: str, word: Portion | Trouble) -> Portion | None:
        """Return what is passed on of what a reader says, None where it is out of date.

        Raises: `OutOfStepError` where something is missing before it; `ConfigError` where a person
        must change the settings.
        """
        if self.is_over or reader != self.reader:
            return None
        return self.ended(word) if isinstance(word, Trouble) else self._passed(word)

    def _passed(self, portion: Portion) -> Portion:
        if portion.before.records != self.place.records:
            raise OutOfStepError(f"expected record {self.place.records}, got {portion.before}")
        if portion.after > self.place:
            self.attempts = 0
        self.place, self.is_over = portion.after, portion.last
        return replace(portion, archive=self.archive, bytes=self._fresh(portion.bytes))

    def _fresh(self, count: int) -> int:
        """Return how many of so many bytes were not passed on before: a reader counts from 0."""
        known = min(self.again, count)
        self.again -= known
        self.bytes += count - known
        return count - known

    def ended(self, trouble: Trouble) -> Portion:
        """Return the last portion of an archive that cannot be read on.

        Raises: `ConfigError` where a person must change the settings.
        """
        if trouble.is_setting:
            raise ConfigError(trouble.reason)
        self.is_over = True
        return Portion(
            archive=self.archive,
            mentions=(),
            read=0,
            bad=(),
            bytes=0,
            before=self.place,
            after=self.place,
            last=True,
            damage=trouble.reason,
        )

    def given_up(self, why: str) -> Portion:
        """Return the last portion of an archive whose readers all died at the same place."""
        where = f"after record {self.place.records:,}"
        return self.ended(Trouble(reason=f"its reader died {self.attempts} times {where}: {why}"))


def largest_last(wanted: Iterable[tuple[Archive, Place]]) -> list[Course]:
    """Return the courses to `pop`: what takes longest begins first, and delays nobody's end."""
    ordered = sorted(wanted, key=lambda each: each[0].size)
    return [Course(archive=archive, place=place) for archive, place in ordered]


def said(read: Read, archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion | Trouble]:
    """Yield what is read of an archive; the last of it is a last portion or a trouble."""
    try:
        for portion in read(archive, place, wanted):
            yield portion
            if portion.last:
                return
    except ConfigError as error:
        yield Trouble(reason=str(error), is_setting=True)
    except MemoryError:
        yield Trouble(reason="out of memory")
    except OSError as error:
        yield Trouble(reason=error.strerror or str(error) or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other archives are read on
        yield Trouble(reason=f"{type(error).__name__}: {error}".rstrip(": "))
    else:
        yield Trouble(reason="reading stopped before its end")


def cores() -> int:
    """Return how many cores this process may use."""
    with suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
