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
_ALL = 1 << 30  # in one piece
_SPACE = b" \t\r\n"
# As X begins its files, since 2018 and before
_ASSIGNMENT = re.compile(rb"(?:window|Grailbird)\.[\w.]{1,100}\s*=\s*(?=[\[{])")


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
    if assignment := _ASSIGNMENT.match(begun):
        begun, skipped = begun[assignment.end() :], skipped + assignment.end()
    elif not begun or _is_lines(begun, items):
        return Lines()
    where = _document(begun, items)
    if where is None and assignment:
        where = "item"
    if where is not None:
        return Document(items=where, skipped=skipped)
    is_json = begun.startswith(b"{") or any(True for _ in _objects(_first_lines(begun)))
    return Lines() if is_json else table or Lines()


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
    """Return whether the first line is an object by itself, and not one that holds all records."""
    lines = list(_first_lines(begun))
    if not any(True for _ in _objects(lines[:1])):
        return False
    return any(
        not any(isinstance(each.get(name), list) for name in items) for each in _objects(lines)
    )


class _Head:
    """The beginning of a text as a file that knows whether it was read to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = _clean(data)
        self.is_out = False

    def read(self, size: int) -> bytes:
        """Return everything, then nothing; nothing too where nothing is asked for."""
        if not size:
            return b""
        data, self._data = self._data, b""
        self.is_out = not data
        return data


def _document(begun: bytes, items: Sequence[str]) -> str | None:
    """Return where records stand in a document, however it is broken into lines.

    None where it is none: a line that was cut off is followed by what no document goes on with.
    """
    import ijson

    head = _Head(begun)
    spot = _Spot(items, spans_lines=b"\n" in begun)
    with suppress(ijson.JSONError):
        for prefix, event, _ in ijson.parse(head, multiple_values=True, buf_size=_ALL):
            spot.saw(prefix, event)
            if spot.is_certain:
                return spot.where
    return spot.where if spot.count or head.is_out else None


class _Spot:
    """Where in a document the records stand, as far as it was seen."""

    def __init__(self, items: Sequence[str], *, spans_lines: bool) -> None:
        self._items = items
        self._spans_lines = spans_lines
        self._is_begun = False
        self._is_mixed = False
        self._where: str | None = None
        self.count = 0

    @property
    def where(self) -> str | None:
        """The place as ijson says it, None where there is none."""
        is_one_line = not self._where and not self._spans_lines
        return None if self._is_mixed or is_one_line else self._where

    @property
    def is_certain(self) -> bool:
        """Whether nothing that follows would change it."""
        return self._is_mixed or self.count >= _RECORDS

    def saw(self, prefix: str, event: str) -> None:
        """Take in the next event."""
        if not self._is_begun:
            self._is_begun = True
            self._where = {"start_array": "item", "start_map": ""}.get(event)
        elif not prefix and event == "start_map" and self._where == "item":
            self._is_mixed = True
        elif event == "start_array" and prefix in self._items:
            self._where, self.count = f"{prefix}.item", 0
        elif prefix == self._where and event == "end_map":
            self.count += 1


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
        yield from ijson.items(io.BytesIO(_clean(text)), prefix, multiple_values=True)


def _clean(text: bytes) -> bytes:
    """Return `text` with no byte that is no UTF-8: to a parser they are no JSON."""
    return text.decode("utf-8", "replace").encode()


def _rows(head: bytes, table: Table) -> Iterator[dict[str, Any]]:
    decoder = codecs.getincrementaldecoder(table.encoding)("replace")
    lines = decoder.decode(head).removeprefix("\ufeff").split("\n")
    whole = (f"{line}\n" for line in (lines[:-1] if len(head) >= _ENOUGH else lines))
    with suppress(csv.Error):
        yield from islice(csv.DictReader(whole, delimiter=table.delimiter), _RECORDS)
