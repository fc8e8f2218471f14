"""Our reading stage alone: unpack, sieve, decode, match; nothing is judged and nothing stored.

`python -m bot.bench.backfill.reading SETTINGS WORKERS FAST DUMP…` prints what was read, how many
posts name a brand, and a digest of their keys. With WORKERS 0 it reads in its own process.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.archive.engines.local import LocalEngine
from connectors.archive.finding import find
from connectors.archive.reading import read
from connectors.archive.wanted import Wanted
from monitor import settings
from monitor.model import Archive, Place, Portion


def main(path: str, workers: str, fast: str, *dumps: str) -> None:
    """Read `dumps` and print what came of it."""
    known = settings.load(Path(path), {})
    wanted = Wanted(brands=settings.brands(known), is_sieved=fast == "fast")
    archives = find(dumps, "reddit", known)
    keys: list[str] = []
    total = bad = 0
    for portion in _portions(archives, wanted, int(workers)):
        keys += [mention.key for mention in portion.mentions]
        total, bad = total + portion.read, bad + len(portion.bad)
    digest = hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()
    said = {"read": total, "bad": bad, "named": len(keys), "keys": digest}
    sys.stdout.write(json.dumps(said) + "\n")


def _portions(archives: Sequence[Archive], wanted: Wanted, workers: int) -> Iterator[Portion]:
    if workers:
        yield from LocalEngine(wanted, workers=workers).portions(
            [(each, Place()) for each in archives]
        )
        return
    for archive in archives:
        yield from read(archive, Place(), wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
