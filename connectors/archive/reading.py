"""The mentions in an archive: bytes are searched for the brands' words before any is decoded.

A record is passed on if it makes a mention that is not deleted, was posted in the span that is
asked for, and names a brand or was written by a brand's own account. What only answers such a
post is not: an archive has no order that would tell. Bad is what cannot be decoded, of what is
looked at; whether a line is looked at does not depend on how fast it is read: see `_Look`.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cache, lru_cache
from threading import get_ident
from typing import TYPE_CHECKING

from connectors.archive.ahead import ahead
from connectors.archive.arrays import document_blocks, table_blocks
from connectors.archive.layout import Document, Layout, Lines, head_of, layout_of, table_of
from connectors.archive.lines import HEAD, Block, blocks
from connectors.archive.packing import STANDARD_INPUT, DamagedError, Unpacked, unpacked
from connectors.archive.shapes.known import items, shape_of
from connectors.archive.shapes.shape import BadRecordError, Shape
from connectors.archive.sieve import Sieve
from connectors.archive.wanted import Wanted
from monitor.matching.folding import fold
from monitor.matching.matcher import Matcher
from monitor.model import Archive, BadLine, Brand, Mention, Place, Portion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A portion ends behind the record with which one of these is reached.
_MENTIONS = 256
_BAD = 1_000
_KEPT = 8 << 20  # bytes of records that were passed on
_BYTES = 64 << 20  # unpacked
_SECONDS = 1.0

_AHEAD = 3  # blocks
_SPACE = b" \t\r\n"
SHORT = 256  # bytes: to decode such a line costs no more than to ask whether one should


def read(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    """Yield what stands in `archive` from `place` on; the last portion says that it is the last.

    Raises: `ConfigError` where there is no such shape.
    """
    reading = _Reading(archive, place, wanted)
    damage: str | None = None
    try:
        with (
            unpacked(archive.path) as text,
            closing(_made(_blocks(text, archive, place, wanted), archive, wanted)) as made,
        ):
            for block in made:
                yield from reading.portions(block)
            reading.gone_to(text.consumed)
    except DamagedError as error:
        damage = str(error)
    yield reading.portion(last=True, damage=damage)


def _blocks(text: Unpacked, archive: Archive, place: Place, wanted: Wanted) -> Iterator[Block]:
    layout = _layout(text, archive, place, wanted)
    text.forget()
    if isinstance(layout, Document):
        return document_blocks(text, layout, place)
    if isinstance(layout, Lines):
        return blocks(text, place)
    return table_blocks(text, layout, place)


def _made(made: Iterator[Block], archive: Archive, wanted: Wanted) -> Generator[Block]:
    """Unpack ahead in a thread; not standard input, for which a thread might wait for ever."""
    if archive.path == STANDARD_INPUT or not wanted.unpacks_ahead:
        yield from made
    else:
        yield from ahead(made, _AHEAD)


def _layout(text: Unpacked, archive: Archive, place: Place, wanted: Wanted) -> Layout:
    if place.offset:  # as only lines have
        return Lines()
    section = wanted.shapes.get(archive.shape)
    return layout_of(head_of(text), items(), table_of(section) if section else None)


class _Reading:
    """How far an archive is read, and what of it was not given out yet."""

    def __init__(self, archive: Archive, place: Place, wanted: Wanted) -> None:
        brands = tuple(each for each in wanted.brands if wanted.brand in (None, each.name))
        self._archive = archive
        self._shape = shape_of(archive, wanted)
        self._choice = _Choice(brands, wanted)
        self._look = _Look(brands, self._shape, is_sieved=wanted.is_sieved)
        self._after = place
        self._consumed = 0
        self._begin()

    def portions(self, block: Block) -> Iterator[Portion]:
        """Yield the portions that end within `block`, or with it."""
        lines = _Lines.of(block)
        done = 0
        for number in self._look.at(lines):
            self._take(lines, number)
            if self._is_full():
                self._pass(lines, done, number + 1)
                yield self.portion()
                done = number + 1
        self._pass(lines, done, len(block.ends))
        self.gone_to(block.consumed)
        if self._is_full():
            yield self.portion()

    def gone_to(self, consumed: int) -> None:
        """Know how many bytes of the file, as it lies on disk, are behind."""
        self._bytes += consumed - self._consumed
        self._consumed = consumed

    def portion(self, *, last: bool = False, damage: str | None = None) -> Portion:
        """Return what was not given out yet."""
        portion = Portion(
            archive=self._archive,
            mentions=tuple(self._mentions),
            read=self._read,
            bad=tuple(self._bad),
            bytes=self._bytes,
            before=self._before,
            after=self._after,
            last=last,
            damage=damage,
        )
        self._begin()
        return portion

    def _begin(self) -> None:
        self._before = self._after
        self._mentions: list[Mention] = []
        self._bad: list[BadLine] = []
        self._read = self._kept = self._text = self._bytes = 0
        self._until = time.monotonic() + _SECONDS

    def _is_full(self) -> bool:
        return (
            len(self._mentions) >= _MENTIONS
            or len(self._bad) >= _BAD
            or self._kept >= _KEPT
            or self._text >= _BYTES
            or time.monotonic() >= self._until
        )

    def _take(self, lines: "_Lines", number: int) -> None:
        """Look at one line."""
        record = lines.record(number)
        if not record:
            self._read -= 1  # a line of spaces
            return
        try:
            found = self._found(lines, number, record)
        except BadRecordError as error:
            if self._look.would_see(lines, number, record):
                self._bad.append(_bad_line(lines.number(number), str(error), record))
            found = error.mentions
        taken = [mention for mention in found if self._choice.takes(mention)]
        if taken:
            self._mentions += taken
            self._kept += len(record)

    def _found(self, lines: "_Lines", number: int, record: bytes) -> tuple[Mention, ...]:
        if number in lines.block.broken:
            raise BadRecordError(lines.block.broken[number])
        return self._shape.mentions(record)

    def _pass(self, lines: "_Lines", begin: int, end: int) -> None:
        """Count the lines from `begin` to before `end`."""
        if begin == end:
            return
        self._read += lines.count(begin, end)
        place = lines.block.place(end)
        self._text += place.offset - self._after.offset
        self._after = place


def _bad_line(number: int, reason: str, record: bytes) -> BadLine:
    return BadLine(number=number, reason=reason, text=record[:HEAD].decode("utf-8", "replace"))


class _Choice:
    """Which mentions are passed on."""

    def __init__(self, brands: tuple[Brand, ...], wanted: Wanted) -> None:
        self._matcher = Matcher(brands)
        self._since, self._until = wanted.since, wanted.until
        self._own = frozenset(
            (platform, fold(handle)) for brand in brands for platform, handle in brand.own_accounts
        )

    def takes(self, mention: Mention) -> bool:
        """Return whether `mention` is passed on."""
        if mention.deleted or not self._is_in_span(mention):
            return False
        return self._is_own(mention) or bool(self._matcher.brands(mention))

    def _is_in_span(self, mention: Mention) -> bool:
        if self._since is not None and mention.posted_at < self._since:
            return False
        return self._until is None or mention.posted_at < self._until

    def _is_own(self, mention: Mention) -> bool:
        author = mention.author
        return author is not None and (mention.platform, fold(author.handle)) in self._own


class _Lines:
    """A block, and what of each of its lines can be told without decoding it."""

    def __init__(self, block: Block, blank: "NDArray[np.bool_]", odd: "NDArray[np.bool_]") -> None:
        self.block = block
        self.odd = odd  # short, or not framed as an object is
        self._blank = blank

    @classmethod
    def of(cls, block: Block) -> "_Lines":
        """Look at the first and last bytes of each line."""
        import numpy as np

        data, ends = np.frombuffer(block.data, np.uint8), block.ends
        starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
        stops = ends - (data[ends - 1] == ord("\r"))
        length = stops - starts
        long = np.flatnonzero(length >= SHORT)
        opened, shut = _framing()
        framed = (data[starts[long]] == ord("{")) & opened[data[starts[long] + 1]]
        framed &= (data[stops[long] - 1] == ord("}")) & shut[data[stops[long] - 2]]
        blank = length <= 0
        odd = ~blank
        odd[long[framed]] = False
        return cls(block, blank, odd)

    def record(self, number: int) -> bytes:
        """Return a line without the white space around it."""
        ends = self.block.ends
        start = int(ends[number - 1]) + 1 if number else 0
        return self.block.data[start : int(ends[number])].strip(_SPACE)

    def number(self, number: int) -> int:
        """Return the number in its archive, from 1, of a line of this block."""
        return self.block.before.records + number + 1

    def count(self, begin: int, end: int) -> int:
        """Return how many lines from `begin` to before `end` are not empty."""
        return end - begin - int(self._blank[begin:end].sum())

    def filled(self) -> "NDArray[np.bool_]":
        """Return which lines are not empty."""
        return ~self._blank


@cache
def _framing() -> "tuple[NDArray[np.bool_], NDArray[np.bool_]]":
    """Return which bytes may follow the "{" of an object, and which may stand before its "}"."""
    import numpy as np

    opened, shut = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
    opened[list(b'"} \t\r')] = True
    shut[list(b'"0123456789el]}{ \t\r')] = True
    return opened, shut


class _Look:
    """Which lines are looked at, and whether one that cannot be decoded is bad.

    Looked at is each line that is short, or that does not begin and end as an object does, or
    that the sieve lets pass. Where every line is decoded, only those of them may be bad, too.
    """

    def __init__(self, brands: tuple[Brand, ...], shape: Shape, *, is_sieved: bool) -> None:
        self._is_sieved = is_sieved
        self._sieve: Sieve | None = None
        if shape.is_sievable:
            self._sieve = _sieve(get_ident(), brands, shape.decodes_entities, shape.seams)

    def at(self, lines: _Lines) -> list[int]:
        """Return the numbers of the lines to look at, from 0, ascending."""
        import numpy as np

        block = lines.block
        if self._sieve is None or not self._is_sieved or not block.is_text:
            return np.flatnonzero(lines.filled()).tolist()
        looked = lines.odd.copy()
        looked[self._sieve.passed(block.data, block.ends)] = True
        looked &= lines.filled()
        return np.flatnonzero(looked).tolist()

    def would_see(self, lines: _Lines, number: int, record: bytes) -> bool:
        """Return whether the line is looked at whichever way an archive is read."""
        if self._sieve is None or not lines.block.is_text or lines.odd[number]:
            return True
        return bool(self._sieve.passed(record, [len(record)]))


@lru_cache(maxsize=8)
def _sieve(_thread: int, brands: tuple[Brand, ...], entities: bool, seams: str) -> Sieve:
    """Return a sieve for one thread: to make one takes as long as to search many megabytes."""
    return Sieve(brands, decodes_entities=entities, seams=seams)
