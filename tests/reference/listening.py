"""The reference at the other end of a line: it hears the world and checks what the product shows.

`python -m tests.reference.listening` reads pickled entries and prints one JSON object. Nothing of
the product is loaded here, and it says so itself.
"""

import json
import pickle
import sys
from typing import IO

from tests.reference.checking import Checker

PRODUCT = ("monitor", "bot", "connectors", "classifiers")


def listen(line: IO[bytes]) -> Checker:
    """Return a checker that heard all that came along a line."""
    _, _, said = pickle.load(line)
    checker = Checker(**said)
    while True:
        try:
            kind, at, said = pickle.load(line)
        except EOFError:
            return checker
        checker.hear(kind, at, said)


def main() -> None:
    """Hear everything, then print what was found."""
    checker = listen(sys.stdin.buffer)
    loaded = [name for name in PRODUCT if name in sys.modules]
    if loaded:
        raise SystemExit(f"the reference must not know the product, and has loaded {loaded}")
    json.dump(checker.verdict(), sys.stdout)


if __name__ == "__main__":
    main()
