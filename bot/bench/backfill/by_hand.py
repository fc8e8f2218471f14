"""The loop that people write: a text reader over the unpacked file, `json.loads`, and `in`.

`python -m bot.bench.backfill.by_hand DUMP KEYWORDS FOUND` prints how many rows it read and found.
"""

import io
import json
import sys
from pathlib import Path

import zstandard

_LARGEST_WINDOW = 2**31  # bytes: what the dumps ask for


def main(dump: str, keywords: str, found: str) -> None:
    """Write each line of `dump` that holds one of the `keywords` to `found`."""
    words = Path(keywords).read_text(encoding="utf-8").lower().split("\n")
    read = kept = 0
    unpacker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    with Path(dump).open("rb") as packed, Path(found).open("w", encoding="utf-8") as sink:
        for line in io.TextIOWrapper(unpacker.stream_reader(packed), encoding="utf-8"):
            body = json.loads(line)["body"].lower()
            read += 1
            if any(word in body for word in words):
                kept += 1
                sink.write(line)
    sys.stdout.write(json.dumps({"read": read, "found": kept}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
