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

BLOCK = 1 << 19  # it stays in the processor's cache: 4 MiB cost a tenth more
LONGEST = 1 << 24
TOO_LONG = "longer than 16 MiB"
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

    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    return ends


def blocks(text: Unpacked, place: Place) -> Iterator[Block]:
    """Yield the lines of `text` from `place` on; its last line may lack a newline.

    Raises: `DamagedError` where the text breaks off, after all lines that are whole.
    """
    text.skip(place.offset)
    return _Lines(text, place).blocks()


class _Lines:
    """How far a text is read: what is in `rest` is read already, and no line of it is out."""

    def __init__(self, text: Unpacked, place: Place) -> None:
        self._text = text
        self._place = place
        self._rest = b""
        self._ended = False
        self._damage: DamagedError | None = None

    def blocks(self) -> Iterator[Block]:
        self._gather(len(MARK))
        if not self._place.offset and self._rest.startswith(MARK):
            self._rest = self._rest.removeprefix(MARK)
            self._place = Place(records=self._place.records, offset=len(MARK))
        while self._rest or not self._ended:
            self._gather(BLOCK)
            if self._is_too_long():
                yield from self._passed_by()
            elif whole := self._whole():
                yield self._block(whole)
        if self._damage is not None:
            raise self._damage

    def _gather(self, size: int) -> None:
        """Read on until `rest` has `size` bytes, or all that there are."""
        parts, length = [self._rest], len(self._rest)
        while length < size and not self._ended:
            parts.append(self._piece())
            length += len(parts[-1])
        self._rest = b"".join(parts)

    def _piece(self) -> bytes:
        try:
            piece = self._text.read()
        except DamagedError as error:
            self._damage, piece = error, b""
        self._ended = not piece
        return piece

    def _is_too_long(self) -> bool:
        return len(self._rest) > LONGEST and self._rest.find(b"\n", 0, LONGEST + 1) < 0

    def _whole(self) -> bytes:
        """Take the whole lines from `rest`: none where the first one has not ended yet."""
        cut = self._rest.rfind(b"\n") + 1
        if self._ended:
            whole = self._rest[:cut] if self._damage else self._rest
            self._rest = b""
            return whole
        if not cut:
            self._gather(min(2 * len(self._rest), LONGEST + 1))
            return b""
        whole, self._rest = self._rest[:cut], self._rest[cut:]
        return whole

    def _passed_by(self) -> Iterator[Block]:
        """Pass by the line that `rest` begins with, and yield how it begins."""
        head, length = self._rest[:HEAD], 0
        while (end := self._rest.find(b"\n")) < 0 and not self._ended:
            length += len(self._rest)
            self._rest = self._piece()
        if end < 0 and self._damage:
            self._rest = b""
            return
        length += end + 1 if end >= 0 else len(self._rest)
        self._rest = self._rest[end + 1 :] if end >= 0 else b""
        yield self._block(head, length, {0: TOO_LONG})

    def _block(
        self, data: bytes, length: int | None = None, broken: Mapping[int, str] | None = None
    ) -> Block:
        before = self._place
        ends = ends_of(data)
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
