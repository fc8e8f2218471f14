"""What no reader of lines can do without: unpacking, and finding where the lines end.

`python -m bot.bench.backfill.floor DUMP` prints how many lines it saw.
"""

import json
import sys
from pathlib import Path

import zstandard

_PIECE = 1024 * 1024  # bytes
_LARGEST_WINDOW = 2**31


def main(dump: str) -> None:
    """Unpack `dump` and split it into lines."""
    read, rest = 0, b""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    with Path(dump).open("rb") as packed, unpacker.stream_reader(packed) as unpacked:
        while piece := unpacked.read(_PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            read += len(lines)
    sys.stdout.write(json.dumps({"read": read + bool(rest)}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
