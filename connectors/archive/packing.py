"""The bytes of a file, unpacked piece by piece: how it is packed tells its beginning, not its name.

Memory stays at the window that the packer asked for, whatever comes out of how little. What was
unpacked before a damage is given out first. Sources: RFC 8878 (zstd frames and blocks; the window
is 2^31 at most), RFC 1952 (gzip members), the .xz file format 1.1.0 (padding between streams).
"""

import bz2
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO, Protocol, cast

STANDARD_INPUT = "-"
PIECE = 1 << 17  # a block of zstd: larger pieces leave the processor's cache, and are slower
_PACKED = 1 << 16
_READ_AHEAD = 1 << 20
_WINDOW = 1 << 31
_ZSTD, _SKIPPABLE = 0xFD2FB528, 0x184D2A50
_PADDING = b"\0"


class DamagedError(Exception):
    """Nothing that comes after can be read; the message says why and where."""


class _CutOffError(Exception):
    """The file ends within something."""


class _CorruptError(Exception):
    """It is not what its packer wrote; the message says what is wrong."""

    def __init__(self, error: Exception) -> None:
        said = str(error).rpartition(": ")[2].lower()
        super().__init__("more memory would be needed than 2 GiB" if "memory" in said else said)


class Raw(Protocol):
    """A file as it lies on disk."""

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""


Pieces = Callable[[], bytes]  # the next unpacked bytes, some 128 KiB at most; none at the end


class Source:
    """A file that knows how much of it was read, and remembers its beginning for a while."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._again = io.BytesIO()  # what `rewind` brought back
        self._seen: list[bytes] | None = []  # None: forgotten
        self.consumed = 0

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes, fewer only at the end. Raises: `DamagedError`."""
        data = self._again.read(size)
        if len(data) < size:
            data += self._fresh(size - len(data))
        self.consumed += len(data)
        return data

    def rewind(self) -> None:
        """Begin anew; only before `forget`."""
        if self._seen is None:
            raise AssertionError("the beginning is forgotten")
        self._again = io.BytesIO(b"".join(self._seen))
        self.consumed = 0

    def forget(self) -> None:
        """Keep no longer what was read: memory would grow with it."""
        self._seen = None

    def seek(self, offset: int) -> bool:
        """Go on at the byte `offset`; False where such a file knows no going."""
        if not self._file.seekable():
            return False
        self._again = io.BytesIO()
        self._file.seek(offset)
        self.consumed = offset
        return True

    def _fresh(self, size: int) -> bytes:
        with _read_errors():
            data = self._file.read(size)
        if self._seen is not None:
            self._seen.append(data)
        return data


class Unpacked:
    """The unpacked bytes of an open file."""

    def __init__(self, source: Source) -> None:
        """Look how `source` is packed. Raises: `DamagedError` where it cannot even be read."""
        self._source = source
        self._left = b""
        self._pieces: Pieces = bytes
        self._is_plain = False
        self._start()

    @property
    def consumed(self) -> int:
        """How many bytes of the file, as it lies on disk, were needed for what was given out."""
        return self._source.consumed

    def read(self) -> bytes:
        """Return the next piece, some 128 KiB at most, none at the end. Raises: `DamagedError`.

        An error comes after all that could be unpacked before it.
        """
        if self._left:
            left, self._left = self._left, b""
            return left
        return self._pieces()

    def rewind(self) -> None:
        """Begin anew; only before `forget`."""
        self._source.rewind()
        self._start()

    def forget(self) -> None:
        """Begin anew no more, so that nothing of the beginning need be kept."""
        self._source.forget()

    def skip(self, offset: int) -> None:
        """Pass by the first `offset` bytes of all. Raises: `DamagedError` if there are fewer."""
        if self._is_plain and offset and self._source.seek(offset - 1):
            offset = 1
        while offset:
            piece = self.read()
            if not piece:
                raise DamagedError("is shorter than what was read of it before")
            self._left = piece[offset:]
            offset -= min(offset, len(piece))

    def _start(self) -> None:
        magic = self._source.read(_MAGIC)
        self._source.rewind()
        self._left = b""
        packing = _packing(magic)
        self._is_plain = packing is None
        self._pieces = packing(self._source) if packing else partial(self._source.read, PIECE)


@contextmanager
def unpacked(path: str) -> Iterator[Unpacked]:
    """Yield the bytes of the file at `path`, or of standard input where it is "-".

    Raises: `DamagedError` where it cannot be read.
    """
    if path == STANDARD_INPUT:
        yield _standard_input()
        return
    with _opened(path) as file:
        yield Unpacked(Source(file))


def _opened(path: str) -> BinaryIO:
    with _read_errors():
        return Path(path).open("rb", buffering=_READ_AHEAD)


@cache
def _standard_input() -> Unpacked:
    """Return this process's standard input, always the same: it cannot be opened twice."""
    return Unpacked(Source(sys.stdin.buffer))


@contextmanager
def _read_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DamagedError(f"cannot be read: {error.strerror or error}") from error


# ---------------------------------------------------------------- zstd


class _Blocks:
    """The file of a zstd archive, given out block by block.

    The library says nothing where a frame ends too early, so the frames are followed here. As
    it never has more than one block, nothing of the blocks before a corrupted one is lost.
    """

    def __init__(self, file: Raw) -> None:
        self._file = file
        self._parts = self._all()

    def read(self, _: int) -> bytes:
        """Return the next header or block, none at the end."""
        return next(self._parts, b"")

    def _all(self) -> Iterator[bytes]:
        while magic := self._file.read(4):
            number = int.from_bytes(magic.ljust(4, b"\0"), "little")
            if number == _ZSTD:
                yield from self._frame(magic)
            elif number & ~0xF == _SKIPPABLE:
                self._skip()
            elif magic.strip(_PADDING):
                raise (
                    _CorruptError(ValueError("no zstd frame follows"))
                    if magic[3:]
                    else _CutOffError
                )

    def _frame(self, magic: bytes) -> Iterator[bytes]:
        descriptor = self._exactly(1)
        rest, has_checksum = _header_rest(descriptor[0])
        yield magic + descriptor + self._exactly(rest)
        is_last = False
        while not is_last:
            header = self._exactly(3)
            is_last, size = _block(header)
            end = self._exactly(4) if is_last and has_checksum and not size else b""
            yield header + (self._exactly(size) if size else end)
            if is_last and has_checksum and size:
                yield self._exactly(4)

    def _skip(self) -> None:
        left = int.from_bytes(self._exactly(4), "little")
        while left:
            left -= len(self._exactly(min(left, _PACKED)))

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise _CutOffError
        return data


def _header_rest(descriptor: int) -> tuple[int, bool]:
    """Return how long the rest of a frame's header is, and whether a checksum ends the frame."""
    is_single = bool(descriptor & 0x20)
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content = (int(is_single), 2, 4, 8)[descriptor >> 6]
    return (0 if is_single else 1) + dictionary + content, bool(descriptor & 4)


def _block(header: bytes) -> tuple[bool, int]:
    """Return whether a block is its frame's last one, and how many bytes follow its header."""
    number = int.from_bytes(header, "little")
    is_repeated = number >> 1 & 3 == 1  # one byte, many times
    return bool(number & 1), 1 if is_repeated else number >> 3


def _zstd(file: Raw) -> Pieces:
    import zstandard

    context = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    blocks = cast("BinaryIO", _Blocks(file))  # of which the library calls `read` alone
    reader = context.stream_reader(blocks, read_across_frames=True, closefd=False)

    def pieces() -> bytes:
        try:
            return reader.read1(PIECE)
        except zstandard.ZstdError as error:
            raise _CorruptError(error) from error

    return pieces


# ---------------------------------------------------------------- gzip, bzip2, xz


class _Unpacker(Protocol):
    """One gzip member, one bzip2 stream or one xz stream."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Inflating:
    """A gzip member, with the words that the standard library has for the others."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        found = self._member.decompress(self._member.unconsumed_tail + data, max_length)
        self.needs_input = len(found) < max_length and not self._member.unconsumed_tail
        return found


class _Streams:
    """Streams one after the other, as one text."""

    def __init__(self, file: Raw, make: Callable[[], _Unpacker]) -> None:
        self._file = file
        self._make = make
        self._packed = b""  # read, but not handed on yet
        self._stream: _Unpacker | None = None

    def __call__(self) -> bytes:
        while True:
            stream = self._stream or self._next()
            if stream is None:
                return b""
            piece = self._unpack(stream)
            if stream.eof:
                self._packed, self._stream = stream.unused_data, None
            if piece:
                return piece

    def _next(self) -> _Unpacker | None:
        """Return the next stream, None at the end of the file. Zeros may stand between two."""
        self._packed = self._packed.lstrip(_PADDING)
        while not self._packed:
            packed = self._file.read(_PACKED)
            if not packed:
                return None
            self._packed = packed.lstrip(_PADDING)
        self._stream = self._make()
        return self._stream

    def _unpack(self, stream: _Unpacker) -> bytes:
        packed = b""
        if stream.needs_input:
            packed, self._packed = self._packed or self._file.read(_PACKED), b""
            if not packed:
                raise _CutOffError
        try:
            return stream.decompress(packed, PIECE)
        except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
            raise _CorruptError(error) from error


def _gzip(file: Raw) -> Pieces:
    return _Streams(file, _Inflating)


def _bzip2(file: Raw) -> Pieces:
    return _Streams(file, bz2.BZ2Decompressor)


def _xz(file: Raw) -> Pieces:
    return _Streams(file, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_WINDOW))


# ---------------------------------------------------------------- all of them

_PACKINGS = {
    _ZSTD.to_bytes(4, "little"): ("zstd", _zstd),
    b"\x1f\x8b": ("gzip", _gzip),
    b"BZh": ("bzip2", _bzip2),
    b"\xfd7zXZ\0": ("xz", _xz),
}
_MAGIC = max(map(len, _PACKINGS))


def _packing(magic: bytes) -> Callable[[Source], Pieces] | None:
    """Return how to unpack what begins with `magic`, None where it is not packed."""
    number = int.from_bytes(magic[:4], "little")
    if number & ~0xF == _SKIPPABLE and len(magic) >= 4:
        return partial(_located, "zstd", _zstd)
    found = (how for begin, how in _PACKINGS.items() if magic.startswith(begin))
    return next((partial(_located, *how) for how in found), None)


def is_packed(begin: bytes) -> bool:
    """Return whether something that begins so is packed."""
    return _packing(begin[:_MAGIC]) is not None


def _located(name: str, unpacking: Callable[[Raw], Pieces], source: Source) -> Pieces:
    """Return the pieces of `source`; what is said of damage tells where it is."""
    pieces = unpacking(source)

    def located() -> bytes:
        try:
            return pieces()
        except _CutOffError as error:
            raise DamagedError(f"{name}: cut off after {source.consumed:,} bytes") from error
        except _CorruptError as error:
            raise DamagedError(f"{name}: damaged near byte {source.consumed:,}: {error}") from error

    return located
