"""Which archives are meant by what somebody typed, and what shape they have."""

import glob
import hashlib
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connectors.archive.foreign import encoding, foreign
from connectors.archive.layout import Lines, Table, head_of, layout_of, records_of, table_of
from connectors.archive.lines import MARK
from connectors.archive.packing import STANDARD_INPUT, DamagedError, unpacked
from connectors.archive.shapes.known import (
    check,
    check_columns,
    items,
    names,
    recognise,
    shape_of,
)
from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError
from monitor.mistakes import key
from monitor.model import Archive
from monitor.sections import ArchiveSettings, Settings

Sections = Mapping[str, ArchiveSettings]  # of the settings, by name

_JSON = (b"{", b"[", b"window.", b"Grailbird.")
_NUL = b"\0"
_EDGE = 1 << 16  # bytes at the beginning and the end of a file by which it is known again


def find(paths: Sequence[str], shape: str | None, settings: Settings) -> tuple[Archive, ...]:
    """Return the archives that `paths` name, in their order, each file once.

    A path may be a pattern ("dumps/RC_*.zst"), or "-" for standard input. Without `shape` each
    file is recognised by its first records.

    Raises: `ConfigError` where a path names nothing that can be read, or nothing that is known.
    """
    if not all(paths) or not paths:
        raise ConfigError("backfill file: no file is named")
    sections = {section.name: section for section in settings.archive}
    if shape is not None:
        check(shape, sections)
    once: dict[object, Archive] = {}
    for path in _expanded(paths):
        once.setdefault(_file(path), _archive(path, shape, sections))
    return tuple(once.values())


def identity(path: str) -> str:
    """Return what a file is known again by: its size, how it begins and how it ends.

    Empty for standard input, which can be read but once.
    """
    if path == STANDARD_INPUT:
        return ""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        digest.update(file.read(_EDGE))
        file.seek(max(0, size - _EDGE))
        digest.update(file.read(_EDGE))
    return f"{size}-{digest.hexdigest()[:32]}"


def _expanded(paths: Sequence[str]) -> Iterator[str]:
    """Yield the files that are named; a file whose own name looks like a pattern is meant first."""
    for path in paths:
        if path == STANDARD_INPUT or not glob.has_magic(path) or _is_there(path):
            yield path
            continue
        named = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - of a Path it is relative
        found = [each for each in named if Path(each).is_file()]
        full = [each for each in found if Path(each).stat().st_size]  # the others hold nothing
        if not full:
            raise ConfigError(
                f"{path}: {'all that match are empty' if found else 'no file matches'}"
            )
        yield from full


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # a pattern may be longer than a name
        return False


def _file(path: str) -> object:
    """Return what is the same for one file under two names. Raises: `ConfigError` if it is none."""
    if path == STANDARD_INPUT:
        return path
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except OSError as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{path}: is a folder; name its files, such as '{Path(path, '*')}'")
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path}: is no file; pipe it in, and name it '{STANDARD_INPUT}'")
    return status.st_dev, status.st_ino


def _archive(path: str, shape: str | None, sections: Sections) -> Archive:
    """Return the archive at `path`. Raises: `ConfigError`."""
    head = _head(path)
    if what := foreign(head):
        raise ConfigError(f"{_named(path)}: {what}")
    name = _checked(path, shape, head, sections) if shape else _recognised(path, head, sections)
    try:
        size = 0 if path == STANDARD_INPUT else Path(path).stat().st_size
        return Archive(path=path, identity=identity(path), size=size, shape=name)
    except OSError as error:
        raise _unreadable(path, error) from error


def _head(path: str) -> bytes:
    try:
        with unpacked(path) as text:
            return head_of(text)
    except DamagedError as error:
        raise ConfigError(f"{path}: {error}") from error


def _recognised(path: str, head: bytes, sections: Sections) -> str:
    """Return the shape of a file that begins with `head`. Raises: `ConfigError`."""
    for table in _tables(sections):
        layout = layout_of(head, items(), table)
        records, is_table = records_of(head, layout), isinstance(layout, Table)
        name = recognise(path, records, sections, is_table=is_table)
        if name is not None:
            return _checked(path, name, head, sections)
    raise ConfigError(_unknown(path, head, sections))


def _unknown(path: str, head: bytes, sections: Sections) -> str:
    """Return why a file is of no known shape, as far as it shows, and what to do."""
    if not head.strip():
        what = "is empty"
    elif said := encoding(head):
        return f"{_named(path)}: {said}"
    elif said := _lacking(path, head, sections):
        return f"{_named(path)}: is of no shape that is known; {said}"
    else:
        what = "is of no shape that is known"
    known = ", ".join(names(sections))
    return f"{_named(path)}: {what}; say --shape ({known}), or describe its columns in [[archive]]"


def _lacking(path: str, head: bytes, sections: Sections) -> str | None:
    """Return what keeps a file from being of the section that it is nearest to."""
    faults: dict[str, int] = {}
    for name, section in sections.items():
        records = records_of(head, layout_of(head, items(), table_of(section)))
        try:
            check_columns(name, path, records, sections)
        except ConfigError as error:
            columns = (section.id, section.posted_at, *section.text)
            faults[str(error)] = sum(any(each in row for row in records) for each in columns)
    return max(faults, key=lambda fault: faults[fault], default=None)


def _checked(path: str, name: str, head: bytes, sections: Sections) -> str:
    """Return `name` if a file that begins with `head` may be of that shape. Raises: `ConfigError`.

    A file without any whole record at its beginning may.
    """
    table = table_of(sections[name]) if name in sections else None
    layout = layout_of(head, items(), table)
    records = records_of(head, layout)
    check_columns(name, path, records, sections)
    archive = Archive(path=path, identity="", size=0, shape=name)
    shape = shape_of(archive, Wanted(brands=(), shapes=sections))
    if not records and isinstance(layout, Lines) and _has_no_json(head):
        raise ConfigError(f"{_named(path)}: no line at its beginning is of the shape {name}")
    if not records and isinstance(layout, Table) and _NUL in head:
        raise ConfigError(
            f"{_named(path)}: it is not in {layout.encoding}, as archive.{key(name)}.encoding says"
        )
    if records and not any(map(shape.recognises, records)):
        what = recognise(path, records, {})
        instead = f"; they look like {what}" if what else ""
        raise ConfigError(f"{_named(path)}: its first records are not of the shape {name}{instead}")
    return name


def _has_no_json(head: bytes) -> bool:
    """Return whether `head` has whole lines, none of which begins as JSON does."""
    lines = [line for line in map(bytes.strip, head.removeprefix(MARK).split(b"\n")) if line]
    return b"\n" in head and bool(lines) and not any(line.startswith(_JSON) for line in lines)


def _tables(sections: Sections) -> tuple[Table | None, ...]:
    """Return what a table may look like, as the sections say; without any there is none."""
    return tuple(dict.fromkeys(map(table_of, sections.values()))) or (None,)


def _named(path: str) -> str:
    return "standard input" if path == STANDARD_INPUT else path


def _unreadable(path: str, error: OSError) -> ConfigError:
    return ConfigError(f"{path}: cannot be read: {error.strerror or error}")
