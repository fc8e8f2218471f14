"""Shelves with something on them, and what may go wrong with it."""

from pathlib import Path

from classifiers.learning.adjustments import Origin, Stored
from classifiers.learning.shelf import Attempt, Shelf
from tests.classifiers.learning.made_up import an_adjustment


def an_attempt(number: int, before: int = 0, *, won: bool = True) -> Attempt:
    return Attempt(
        number=number,
        at="2026-03-02T03:30:00+00:00",
        model="test-1",
        promoted=won,
        before=before,
        summary=f"Challenger {number}.",
        taps=400,
    )


def stored(
    number: int, identity: str = "one", posts: tuple[int, ...] = (1, 2), bias: float = 0.25
) -> Stored:
    return Stored(
        adjustment=an_adjustment(number, bias=bias),
        origin=Origin(model=f"test-{identity}", identity=identity, posts=posts),
    )


def promoted(
    kept: Shelf, identity: str = "one", posts: tuple[int, ...] = (1, 2), bias: float = 0.25
) -> int:
    """Promote the next challenger and return its number."""
    number = kept.next_number()
    attempt = an_attempt(number, before=kept.number())
    kept.keep(attempt, f"# Challenger {number}\n", stored(number, identity, posts, bias))
    return number


def failed(kept: Shelf) -> int:
    number = kept.next_number()
    kept.keep(an_attempt(number, kept.number(), won=False), f"# Challenger {number}\n", None)
    return number


def damage(path: Path) -> None:
    """Flip a byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
