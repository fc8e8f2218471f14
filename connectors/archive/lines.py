"""The lines of an unpacked file, in blocks of whole ones, from any place on.

A line ends at "\\n" only. One that is longer than 16 MiB is no record: it is passed by without
ever being held as a whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.archive.packing import DamagedError, Unpacked
from monitor.model import Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1 << 21  # smaller ones cost more calls, larger ones leave the cache
LONGEST = 1 << 24
TOO_LONG = "longer than 16 MiB"
_LONG = 1 << 8
_MOST_LINES = 1 << 17
HEAD = 200  # bytes of a line that are kept where it cannot be
MARK = b"\xef\xbb\xbf"  # the byte order mark of UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some whole lines, or some records that were made to lines."""

    data: bytes  # the last line may lack its newline
    ends: "NDArray[np.int64]"  # where its lines end: at their newlines, the last one at its end
    before: Place
    after: Place
    consumed: int  # bytes of the file, as it lies on disk, that were needed up to its end
    broken: Mapping[int, str] = field(default_factory=dict)  # why a line, from 0, is no record
    is_text: bool = True  # the places in it have offsets

    def place(self, lines: int) -> Place:
        """Return the place behind the first `lines` lines, of which there is at least one."""
        if lines == len(self.ends):
            return self.after
        offset = self.before.offset + int(self.ends[lines - 1]) + 1 if self.is_text else 0
        return Place(records=self.before.records + lines, offset=offset)


def ends_of(data: bytes) -> "NDArray[np.int64]":
    """Return where the lines of `data` end."""
    import numpy as np

    if data.find(b"\n", 0, _LONG) < 0:
        ends = np.fromiter(_newlines(data), np.int64)
    else:
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    return ends


def _newlines(data: bytes) -> Iterator[int]:
    """Yield where newlines stand; of long lines that takes half as long as to compare all bytes."""
    end = data.find(b"\n")
    while end >= 0:
        yield end
        end = data.find(b"\n", end + 1)


def blocks(text: Unpacked, place: Place) -> Iterator[Block]:
    """Yield the lines of `text` from `place` on; its last line may lack a newline.

    Raises: `DamagedError` where the text breaks off, after all lines that are whole.
    """
    text.skip(place.offset)
    return _Lines(text, place).blocks()


class _Lines:
    """How far a text is read: what is in `parts` is read already, and no line of it is out."""

    def __init__(self, text: Unpacked, place: Place) -> None:
        self._text = text
        self._place = place
        self._parts: list[bytes] = []  # joined as late as possible, and once
        self._size = 0
        self._ended = False
        self._damage: DamagedError | None = None

    def blocks(self) -> Iterator[Block]:
        self._take_off_mark()
        wanted = BLOCK
        while self._gather(wanted):
            wanted = BLOCK
            if self._is_too_long():
                yield from self._passed_by()
            elif whole := self._whole():
                yield from self._with_few_lines(whole)
            else:
                wanted = min(self._size + BLOCK, LONGEST + 1)
        if self._damage is not None:
            raise self._damage

    def _take_off_mark(self) -> None:
        self._gather(len(MARK))
        begun = b"".join(self._parts)
        if not self._place.offset and begun.startswith(MARK):
            self._keep(begun[len(MARK) :])
            self._place = Place(records=self._place.records, offset=len(MARK))

    def _gather(self, size: int) -> bool:
        """Read on until `size` bytes are kept, or all that there are; return whether any are."""
        while self._size < size and not self._ended:
            piece = self._piece()
            self._parts.append(piece)
            self._size += len(piece)
        return self._size > 0

    def _piece(self) -> bytes:
        try:
            piece = self._text.read()
        except DamagedError as error:
            self._damage, piece = error, b""
        self._ended = not piece
        return piece

    def _keep(self, *parts: bytes) -> None:
        self._parts, self._size = list(parts), sum(map(len, parts))

    def _is_too_long(self) -> bool:
        if self._size <= LONGEST:
            return False
        begun = b"".join(self._parts)
        self._keep(begun)
        return begun.find(b"\n", 0, LONGEST + 1) < 0

    def _whole(self) -> bytes:
        """Take the whole lines: none where the first one has not ended yet."""
        if self._ended and not self._damage:
            return self._taken(len(self._parts), b"", b"")
        for number, part in reversed(tuple(enumerate(self._parts))):
            cut = part.rfind(b"\n") + 1
            if cut:
                return self._taken(number, part[:cut], part[cut:])
        if self._ended:
            self._keep()
        return b""

    def _taken(self, number: int, last: bytes, rest: bytes) -> bytes:
        """Take the first parts and `last`, and keep `rest` and what is behind it."""
        whole = b"".join((*self._parts[:number], last))
        self._keep(rest, *self._parts[number + 1 :])
        return whole

    def _passed_by(self) -> Iterator[Block]:
        """Pass by the line that is too long, and yield how it begins."""
        (data,) = self._parts
        head, length = data[:HEAD], 0
        while (end := data.find(b"\n")) < 0 and not self._ended:
            length += len(data)
            data = self._piece()
        self._keep(data[end + 1 :] if end >= 0 else b"")
        if end >= 0 or not self._damage:
            length += end + 1 or len(data)
            yield self._block(head, ends_of(head), length, {0: TOO_LONG})

    def _with_few_lines(self, whole: bytes) -> Iterator[Block]:
        """Yield whole lines in blocks that do not have very many: each takes a hundred bytes."""
        ends = ends_of(whole)
        if len(ends) <= _MOST_LINES:
            yield self._block(whole, ends)
            return
        begin = 0
        for first in range(0, len(ends), _MOST_LINES):
            few = ends[first : first + _MOST_LINES]
            behind = int(few[-1]) + 1
            yield self._block(whole[begin:behind], few - begin)
            begin = behind

    def _block(
        self,
        data: bytes,
        ends: "NDArray[np.int64]",
        length: int | None = None,
        broken: Mapping[int, str] | None = None,
    ) -> Block:
        before = self._place
        self._place = Place(
            records=before.records + len(ends),
            offset=before.offset + (len(data) if length is None else length),
        )
        return Block(
            data=data,
            ends=ends,
            before=before,
            after=self._place,
            consumed=self._text.consumed,
            broken=broken or {},
        )
