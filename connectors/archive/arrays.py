"""Records that do not lie a line each: elements of a JSON document, rows of a table.

They are given out as lines of JSON. Where reading goes on, what lies before is read again and
left out. Memory stays bounded: a record that is larger than 32 MiB breaks reading off.
"""

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.archive.layout import Document, Table
from connectors.archive.lines import BLOCK, HEAD, LONGEST, Block, ends_of
from connectors.archive.packing import PIECE, DamagedError, Unpacked
from monitor.model import Place

_MOST = 2 * LONGEST  # bytes of a document, or characters of a table, without a record's end
_MOST_LINES = 4096
_BEHIND = b"; \t\r\n"
_TOO_LARGE = "a record is larger than 32 MiB, or none is in the next 32 MiB"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A record as a line of JSON; one that is broken as the beginning of what it was."""

    data: bytes
    broken: str | None = None


def document_blocks(text: Unpacked, layout: Document, place: Place) -> Iterator[Block]:
    """Yield the records of a JSON document behind the first ones, which `place` counts.

    Raises: `DamagedError` where the text breaks off or is no JSON any more, after all before it.
    """
    return _blocks(_elements(text, layout), place, text)


def table_blocks(text: Unpacked, layout: Table, place: Place) -> Iterator[Block]:
    """Yield the rows of a table behind the first ones, which `place` counts, as objects.

    Raises: `DamagedError` where the text breaks off, in quotation marks too, after all before it.
    """
    return _blocks(_rows(text, layout), place, text)


# ---------------------------------------------------------------- lines to blocks


def _blocks(lines: Iterator[_Line], place: Place, text: Unpacked) -> Iterator[Block]:
    for _ in range(place.records):
        if next(lines, None) is None:
            raise DamagedError("is shorter than what was read of it before")
    gathered = _Gathered(place)
    try:
        for line in lines:
            gathered.add(line)
            if gathered.is_full:
                yield gathered.taken(text.consumed)
    except DamagedError:
        yield gathered.taken(text.consumed)
        raise
    yield gathered.taken(text.consumed)


class _Gathered:
    """The lines of the block that is being made."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lines: list[bytes] = []
        self._broken: dict[int, str] = {}
        self._size = 0

    def add(self, line: _Line) -> None:
        if line.broken is not None:
            self._broken[len(self._lines)] = line.broken
        self._lines.append(line.data + b"\n")
        self._size += len(line.data)

    @property
    def is_full(self) -> bool:
        return self._size >= BLOCK or len(self._lines) >= _MOST_LINES

    def taken(self, consumed: int) -> Block:
        data, before = b"".join(self._lines), self._place
        self._place = Place(records=before.records + len(self._lines))
        block = Block(
            data=data,
            ends=ends_of(data),
            before=before,
            after=self._place,
            consumed=consumed,
            broken=self._broken,
            is_text=False,
        )
        self._lines, self._broken, self._size = [], {}, 0
        return block


# ---------------------------------------------------------------- JSON documents


class _Fed:
    """The text of a document as its parser takes it: no byte of it is wrong.

    A semicolon at its very end, as programs write it, is no part of it.
    """

    def __init__(self, text: Unpacked, skipped: int) -> None:
        self._text = text
        self._skipped = skipped
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = b""  # what may be its end
        self._ended = False
        self.since = 0  # bytes that came since somebody set it to zero

    def read(self, size: int) -> bytes:
        """Return some bytes, none at the end, or where none is asked for."""
        found = b""
        while size and not found and not self._ended:
            data = self._held + self._next()
            found = data.rstrip(_BEHIND)
            self._held = data[len(found) :]
        return found

    def _next(self) -> bytes:
        piece = self._text.read()
        self._ended = not piece
        data = self._without_beginning(self._decoder.decode(piece, final=self._ended))
        self.since += len(data)
        if self.since > _MOST:
            raise DamagedError(_TOO_LARGE)
        return data

    def _without_beginning(self, text: str) -> bytes:
        data = text.encode()
        skipped = min(self._skipped, len(data))
        self._skipped -= skipped
        return data[skipped:]


def _elements(text: Unpacked, layout: Document) -> Iterator[_Line]:
    import ijson
    from msgspec.json import Encoder

    encode = Encoder(decimal_format="number").encode
    fed = _Fed(text, layout.skipped)
    try:
        for found in ijson.items(fed, layout.items, multiple_values=True, buf_size=PIECE):
            fed.since = 0
            yield _encoded(found, encode)
    except ijson.JSONError as error:
        raise DamagedError(f"no JSON near byte {text.consumed:,}: {_first_line(error)}") from error


def _encoded(found: object, encode: Callable[[object], bytes]) -> _Line:
    try:
        return _Line(data=encode(found))
    except RecursionError:
        return _Line(data=b"", broken="nested too deeply")


def _first_line(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return words.partition("\n")[0].partition(": ")[2] or "it cannot be parsed"


# ---------------------------------------------------------------- tables


class _TextLines:
    """The lines of a table, each with its newline, and how many characters they came to."""

    def __init__(self, text: Unpacked, encoding: str) -> None:
        self._text = text
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self.since = 0
        self.latest = ""
        self.is_out = False

    def __iter__(self) -> Iterator[str]:
        for line in self._lines():
            self.since += len(line)
            if self.since > _MOST:
                raise DamagedError(_TOO_LARGE)
            self.latest = line
            yield line
        self.is_out = True

    def _lines(self) -> Iterator[str]:
        rest, is_first = "", True
        for piece in self._pieces():
            text = rest + piece
            if is_first and text:
                text, is_first = text.removeprefix("\ufeff"), False
            *whole, rest = text.split("\n")
            for line in whole:
                yield f"{line}\n"
            if len(rest) > LONGEST:
                yield rest  # no field may be so long: the parser says so
                rest = ""
        if rest:
            yield rest

    def _pieces(self) -> Iterator[str]:
        while piece := self._text.read():
            yield self._decoder.decode(piece)
        yield self._decoder.decode(b"", final=True)


def _rows(text: Unpacked, layout: Table) -> Iterator[_Line]:
    from msgspec.json import encode

    csv.field_size_limit(LONGEST)
    lines = _TextLines(text, layout.encoding)
    reader = csv.reader(lines, delimiter=layout.delimiter)
    columns: list[str] | None = None
    while (cells := _next_row(reader)) is not None:
        lines.since = 0
        if lines.is_out:  # a row is whole before its reader asks for more
            raise DamagedError("the quotation marks that open in the next row never close")
        if isinstance(cells, str):
            yield _broken(cells, lines.latest)
        elif columns is None:
            columns = cells or None
        elif cells and len(cells) <= len(columns):
            yield _Line(data=encode(dict(zip(columns, cells, strict=False))))
        elif cells:
            reason = f"{len(cells)} cells in a table of {len(columns)} columns"
            yield _broken(reason, layout.delimiter.join(cells))


def _next_row(reader: Iterator[list[str]]) -> list[str] | str | None:
    """Return the next row, why it is none, or None at the end of the table."""
    try:
        return next(reader, None)
    except csv.Error as error:
        return str(error)


def _broken(reason: str, text: str) -> _Line:
    data = text[:HEAD].encode("utf-8", "replace").replace(b"\n", b" ")
    return _Line(data=data, broken=reason)
