"""How the records of a text lie: a line each, within a JSON document, or as rows of a table."""

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.archive.lines import LONGEST, MARK
from connectors.archive.packing import DamagedError, Unpacked
from monitor.errors import ConfigError
from monitor.mistakes import got
from monitor.sections import ArchiveSettings

_ENOUGH = 1 << 18
_RECORDS = 50
_SPACE = b" \t\r\n"
_ASSIGNMENT = re.compile(rb"window\.[\w.]{1,100}\s*=\s*(?=[\[{])")  # as X begins its files


@dataclass(frozen=True, slots=True)
class Lines:
    """NDJSON: an object a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """JSON of any layout, with many records in it."""

    items: str  # where they stand, as ijson says it: "item", "orderedItems.item"; "": at the top
    skipped: int = 0  # bytes before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """CSV; the first row names the columns."""

    encoding: str = "utf-8"
    delimiter: str = ","


Layout = Lines | Document | Table


def table_of(section: ArchiveSettings) -> Table:
    """Return what a table is like, as its section says. Raises: `ConfigError`."""
    try:
        codecs.lookup(section.encoding)
    except LookupError:
        where = f"archive.{section.name}.encoding"
        raise ConfigError(f"{where}: unknown encoding {got(section.encoding)}") from None
    return Table(encoding=section.encoding, delimiter=section.delimiter)


def head_of(text: Unpacked) -> bytes:
    """Return how `text` begins, some records of it at least; afterwards it stands there again.

    Raises: `DamagedError` where nothing at all can be read.
    """
    parts: list[bytes] = []
    length, has_line = 0, False
    try:
        while (length < _ENOUGH or not has_line) and length <= LONGEST:
            piece = text.read()
            if not piece:
                break
            parts.append(piece)
            length += len(piece)
            has_line = has_line or b"\n" in piece
    except DamagedError:
        if not parts:
            raise
    text.rewind()
    return b"".join(parts)


def layout_of(head: bytes, items: Sequence[str], table: Table | None) -> Layout:
    """Return how the records lie in a text that begins with `head`.

    `items` are names of arrays that may hold the records of a document that is one object;
    `table` is what it is if it is no JSON, None where it must be.
    """
    begun = head.removeprefix(MARK).lstrip(_SPACE)
    skipped = len(head) - len(begun)
    if not begun or _is_lines(begun, items):
        return Lines()
    if assignment := _ASSIGNMENT.match(begun):
        begun, skipped = begun[assignment.end() :], skipped + assignment.end()
    if begun.startswith(b"["):
        return Document(items="item", skipped=skipped)
    if begun.startswith(b"{"):
        return _object(begun, items, skipped)
    return table or Lines()


def records_of(head: bytes, layout: Layout) -> list[Mapping[str, Any]]:
    """Return the first records of a text that begins with `head`; those that are none are left out.

    The last one may be left out, too: it may be cut off.
    """
    if isinstance(layout, Lines):
        return list(_objects(_first_lines(head.removeprefix(MARK))))
    if isinstance(layout, Document):
        found = islice(_items(head[layout.skipped :], layout.items), _RECORDS)
        return [each for each in found if isinstance(each, dict)]
    return list(_rows(head, layout))


def _is_lines(begun: bytes, items: Sequence[str]) -> bool:
    """Return whether some line is an object by itself, and not one that holds all the records."""
    objects = list(_objects(_first_lines(begun)))
    if len(objects) != 1:
        return bool(objects)
    return not any(isinstance(objects[0].get(name), list) for name in items)


def _object(begun: bytes, items: Sequence[str], skipped: int) -> Layout:
    """Return how records lie in what begins like an object, no line of which is one."""
    for name in items:
        if any(True for _ in _items(begun, f"{name}.item")):
            return Document(items=f"{name}.item", skipped=skipped)
    first = begun.partition(b"\n")[0].rstrip(_SPACE)
    return Document(items="", skipped=skipped) if first == b"{" else Lines()


def _first_lines(text: bytes) -> Iterator[bytes]:
    lines = (line for line in text.split(b"\n", 4 * _RECORDS)[: 4 * _RECORDS] if line.strip())
    return islice(lines, _RECORDS)


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with suppress(ValueError, RecursionError):
            found = json.loads(line.decode("utf-8", "replace"))
            if isinstance(found, dict):
                yield found


def _items(text: bytes, prefix: str) -> Iterator[Any]:
    import io

    import ijson

    with suppress(ijson.JSONError):
        yield from ijson.items(io.BytesIO(text), prefix, multiple_values=True)


def _rows(head: bytes, table: Table) -> Iterator[dict[str, Any]]:
    decoder = codecs.getincrementaldecoder(table.encoding)("replace")
    lines = decoder.decode(head).removeprefix("\ufeff").split("\n")
    whole = (f"{line}\n" for line in (lines[:-1] if len(head) >= _ENOUGH else lines))
    with suppress(csv.Error):
        yield from islice(csv.DictReader(whole, delimiter=table.delimiter), _RECORDS)
