"""Side files: what of an archive nobody can read, a JSON object a line, exact after any crash.

A line is on disk before the transaction that counts it; how long a file is for certain stands in
that transaction. What a crash left behind it is cut off when the reading goes on.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from monitor.errors import ConfigError, StoreError
from monitor.model import Archive, BadLine
from monitor.store.archives import Archives

_BEGINS = b'{"archive": '
MOST = 1_000_000  # lines of an archive that are written out; what comes then is only counted


class SideFiles:
    """The side files of one run; each is opened when the first bad line comes."""

    def __init__(self, archives: Archives) -> None:
        self._archives = archives
        self._open: dict[str, BinaryIO] = {}
        self._length: dict[str, int] = {}
        self._grown: set[str] = set()
        self._after = ExitStack()

    def __enter__(self) -> Self:
        """Return the files, none of them open."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Close them."""
        with suppress(OSError):  # what counts was flushed, and complained of, when it was written
            self._after.close()

    def begin(self, path: str, *, goes_on: bool) -> None:
        """Cut a file to what is certain of it, or to nothing where its archives begin anew.

        Stands inside a transaction. Raises: StoreError; `ConfigError` for a file that holds
        anything else, be it the archive itself: nothing of it is touched.
        """
        _check_ours(path)
        length = self._archives.side_length(path) if goes_on else 0
        with _told(path):
            if Path(path).is_file():
                length = min(length, Path(path).stat().st_size)
                os.truncate(path, length)
            else:  # there is none, or it is a terminal or a pipe
                length = 0
        self._length[path] = length
        self._archives.keep_side_length(path, length)

    def write(self, path: str, archive: Archive, bad: Iterable[BadLine]) -> None:
        """Write bad lines out; they are certain once `keep` was called. Raises: StoreError."""
        lines = [_line(archive, each) for each in bad]
        if not lines:
            return
        written = b"".join(lines)
        with _told(path):
            self._file(path).write(written)
        self._length[path] += len(written)
        self._grown.add(path)

    def flush(self) -> None:
        """Bring to the disk what was written. Raises: StoreError."""
        for path in self._grown:
            with _told(path):
                self._open[path].flush()
                if Path(path).is_file():
                    os.fsync(self._open[path].fileno())

    def keep(self) -> None:
        """Record how long the files are by now, inside the transaction that counts their lines."""
        for path in self._grown:
            self._archives.keep_side_length(path, self._length[path])
        self._grown.clear()

    def _file(self, path: str) -> BinaryIO:
        if path not in self._open:
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._open[path] = self._after.enter_context(os.fdopen(number, "ab"))
        return self._open[path]


def _check_ours(path: str) -> None:
    if not Path(path).is_file():
        return
    with _told(path), Path(path).open("rb") as file:
        begins = file.read(len(_BEGINS))
    if not _BEGINS.startswith(begins):
        raise ConfigError(f"{path}: holds something else than bad lines; name another --bad-lines")


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Tell of a file that cannot be written as of a database that cannot."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


def default_path(folder: Path, archive: Archive) -> str:
    """Return where the bad lines of an archive are written if nobody says otherwise."""
    name = "stdin" if archive.path == "-" else Path(archive.path).name
    return str(folder / "bad-lines" / f"{name}.jsonl")


def _line(archive: Archive, bad: BadLine) -> bytes:
    row = {
        "archive": archive.path,
        "line": bad.number,
        "reason": bad.reason,
        "text": bad.text,
    }
    text = json.dumps(row, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def left(counted: int, bad: Sequence[BadLine]) -> Sequence[BadLine]:
    """Return those of further bad lines that are still written out."""
    return bad[: max(0, MOST - counted)]
