"""The same text, packed in every way there is."""

import bz2
import gzip
import io
import lzma
import struct
from collections.abc import Callable, Mapping

import zstandard

Pack = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    """Return one frame with a checksum, as the command writes it to a pipe: without its size."""
    packer = zstandard.ZstdCompressor(level=1, write_checksum=True).compressobj()
    return packer.compress(data) + packer.flush()


def zstd_long(data: bytes) -> bytes:
    """Return one frame that asks for a window of 2 GiB, as dumps of Reddit do."""
    long = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=False, compression_level=1)
    packer = zstandard.ZstdCompressor(compression_params=long).compressobj()
    return packer.compress(data) + packer.flush()


def zstd_single(data: bytes) -> bytes:
    """Return one frame that says its size and nothing of a window."""
    return zstandard.ZstdCompressor(level=1, write_content_size=True).compress(data)


def skippable(data: bytes) -> bytes:
    """Return a frame of zstd that holds no text."""
    return struct.pack("<II", 0x184D2A53, len(data)) + data


PACKINGS: Mapping[str, Pack] = {
    "plain": bytes,
    "zstd": zstd,
    "zstd of a long window": zstd_long,
    "zstd that says its size": zstd_single,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
PACKED = {name: pack for name, pack in PACKINGS.items() if name != "plain"}


def bomb(size: int, of: bytes) -> bytes:
    """Return a gzip file with `size` bytes of `of` in it, without ever holding them."""
    target = io.BytesIO()
    piece = of * ((1 << 20) // len(of))
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1) as file:
        for _ in range(size // len(piece)):
            file.write(piece)
    return target.getvalue()
