"""Where a desk keeps what it learned: the folder `<database>.judge/` beside the database.

    current              the name of the adjustment that holds, or "shipped"
    0003-5f0c….npz       an adjustment, numbered as the attempts are
    0003.json, 0003.md   what became of attempt 3: as facts, and as a report to read
    corpus.npz           the shipped corpus as the encoder reads it, so that it is read once

An attempt is kept file by file and `current` is renamed last: whatever is cut short before leaves
the judge as it was.
"""

import json
import re
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from classifiers.learning import adjustments
from classifiers.learning.adjustments import Stored
from monitor.errors import ClassifierError

CURRENT = "current"
SHIPPED = "shipped"
CORPUS = "corpus.npz"
KEPT = 10  # old adjustments, and reports of challengers that failed
_ATTEMPT = re.compile(r"(\d{4,})[.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of one challenger."""

    number: int
    at: str  # ISO 8601, UTC
    model: str
    promoted: bool
    before: int  # the adjustment that held until then, 0: the shipped judge alone
    summary: str  # one sentence
    taps: int  # posts that it was taught by and measured on


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An attempt as the shelf has it now."""

    attempt: Attempt
    holds: bool
    kept: bool  # its adjustment is still there


def folder_of(database: Path) -> Path:
    """Return the folder in which the desk of `database` keeps what it learned."""
    return database.with_name(database.name + ".judge")


def current(folder: Path) -> Path | None:
    """Return the file of the adjustment that holds, None for the shipped judge alone.

    Raises: ClassifierError where `current` cannot be read.
    """
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise ClassifierError(f"{folder / CURRENT}: cannot be read: {error}") from error
    if name == SHIPPED:
        return None
    if adjustments.number_of(Path(name)) is None or Path(name).name != name:
        raise ClassifierError(f"{folder / CURRENT}: names no adjustment: {name[:40]!r}")
    return folder / name


def stamp(folder: Path) -> tuple[int, int, int] | None:
    """Return what changes when another adjustment holds, None for a desk that learned nothing."""
    try:
        found = (folder / CURRENT).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


class Shelf:
    """The folder, to read and to write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process; it is made if it is missing.

        Raises: ClassifierError if another process holds it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".lock", mode=0o600)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise ClassifierError(
                f"{self.folder}: another process teaches this desk's judge; try again later"
            ) from None
        try:
            for left in self.folder.glob(".*.tmp"):
                left.unlink(missing_ok=True)
            yield
        finally:
            lock.release()

    def next_number(self) -> int:
        """Return the number of the next attempt: no number is used twice."""
        return max((int(match[1]) for match in self._numbers()), default=0) + 1

    def keep(self, attempt: Attempt, report: str, stored: Stored | None) -> None:
        """Keep what became of an attempt; with `stored` it is promoted. Old ones are let go."""
        path = adjustments.write(self.folder, stored) if stored else None
        name = f"{attempt.number:04}"
        adjustments.put(self.folder / f"{name}.md", report.encode())
        facts = json.dumps(asdict(attempt), indent=2, ensure_ascii=False) + "\n"
        adjustments.put(self.folder / f"{name}.json", facts.encode())
        if path is not None:
            self._point_to(path)
        self._prune()

    def listed(self) -> list[Listed]:
        """Return the attempts that are remembered, oldest first."""
        holds = self.number()
        kept = self._adjustments()
        return [
            Listed(
                attempt=attempt,
                holds=attempt.promoted and attempt.number == holds,
                kept=attempt.number in kept,
            )
            for attempt in self._attempts()
        ]

    def number(self) -> int:
        """Return the number of the adjustment that holds, 0 for the shipped judge alone."""
        try:
            path = current(self.folder)
        except ClassifierError:
            return 0
        return adjustments.number_of(path) or 0 if path else 0

    def report(self, number: int) -> str:
        """Return the report of an attempt. Raises: ClassifierError where there is none."""
        try:
            return (self.folder / f"{number:04}.md").read_text(encoding="utf-8")
        except OSError as error:
            raise ClassifierError(f"{self.folder}: there is no report {number}") from error

    def roll_back(self, identity: str) -> int:
        """Let the adjustment before the present one hold again, and return its number or 0.

        One that is gone, damaged or of another model is passed over.
        Raises: ClassifierError where the shipped judge speaks alone already.
        """
        number = self.number()
        if number == 0 and self._points_nowhere():
            raise ClassifierError(
                f"{self.folder}: nothing to go back to: the shipped judge speaks alone"
            )
        before = {attempt.number: attempt.before for attempt in self._attempts()}
        kept = self._adjustments()
        while number := before.get(number, 0):
            if number in kept and _usable(kept[number], identity):
                self._point_to(kept[number])
                return number
        self._point_to(None)
        return 0

    def withdraw(self, posts: Set[int]) -> int:
        """Delete every adjustment that learned from one of `posts`, and return how many.

        Where the present one is among them the shipped judge speaks until the next promotion.
        """
        gone = [path for path in self._adjustments().values() if _learned(path) & posts]
        if self.number() in {adjustments.number_of(path) for path in gone}:
            self._point_to(None)
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _points_nowhere(self) -> bool:
        try:
            return current(self.folder) is None
        except ClassifierError:
            return False

    def _point_to(self, path: Path | None) -> None:
        name = path.name if path else SHIPPED
        adjustments.put(self.folder / CURRENT, f"{name}\n".encode())

    def _numbers(self) -> Iterator[re.Match[str]]:
        names = self.folder.iterdir() if self.folder.is_dir() else iter(())
        return (match for path in names if (match := _ATTEMPT.match(path.name)))

    def _adjustments(self) -> dict[int, Path]:
        return {
            number: path
            for path in sorted(self.folder.glob("*.npz"))
            if (number := adjustments.number_of(path)) is not None
        }

    def _attempts(self) -> list[Attempt]:
        """Return the attempts whose facts can be read, oldest first."""
        found = []
        for path in self.folder.glob("[0-9]*.json"):
            try:
                found.append(Attempt(**json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, TypeError):
                continue  # one that is damaged is missing from the list, and harms nobody
        return sorted(found, key=lambda attempt: attempt.number)

    def _prune(self) -> None:
        """Let go of what is older than the `KEPT` newest, never of what holds."""
        holds, kept = self.number(), self._adjustments()
        old = sorted(number for number in kept if number != holds)[:-KEPT]
        attempts = self._attempts()
        failed = [attempt.number for attempt in attempts if attempt.number not in kept][:-KEPT]
        for number in (*old, *failed):
            if number in kept:
                kept[number].unlink(missing_ok=True)
            for suffix in (".md", ".json"):
                (self.folder / f"{number:04}{suffix}").unlink(missing_ok=True)


def at_in_words(at: datetime) -> str:
    """Return an instant as an attempt keeps it."""
    return at.isoformat(timespec="seconds")


def _usable(path: Path, identity: str) -> bool:
    try:
        return adjustments.read(path).origin.identity == identity
    except ClassifierError:
        return False


def _learned(path: Path) -> Set[int]:
    """Return the posts that an adjustment learned from; of a damaged one, none is known."""
    try:
        return frozenset(adjustments.read(path).origin.posts)
    except ClassifierError:
        return frozenset()
