"""The part of a post that a card shows: a few lines, with the words that decided."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from monitor.model import Span

_WINDOW = 4_000  # characters looked at: an excerpt is a few hundred
_LATE = 400  # a word that decides and stands after this moves the excerpt's beginning to itself
_BEFORE = 80  # characters of what leads to that word
_REMEMBERED = 256  # excerpts: each is drawn again and again while its item is worked on
_MOST_MARKED = 10  # each costs two of the entities that a message may have
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A piece of a post, with [start, end) offsets of the words that decided."""

    text: str
    marked: tuple[Span, ...] = ()
    begins_later: bool = False  # what stands before it was left out


def excerpt(text: str, reasons: Sequence[Span], most_lines: int = 6) -> Excerpt:
    """Return the piece of `text` that a card shows, blanks folded and at most `most_lines` lines.

    It begins where the text does, or shortly before the most decisive word if that comes late.
    """
    return _excerpt(text, tuple(reasons), most_lines)


@lru_cache(maxsize=_REMEMBERED)
def _excerpt(text: str, reasons: tuple[Span, ...], most_lines: int) -> Excerpt:
    start = _start(text, reasons)
    piece = text[start : start + _WINDOW]
    marked = [Span(start=each.start - start, end=each.end - start) for each in reasons]
    folded, shown = _folded(piece, [each for each in marked if each.end > 0], most_lines)
    return Excerpt(text=folded, marked=shown, begins_later=start > 0)


def _start(text: str, reasons: Sequence[Span]) -> int:
    if not reasons or min(each.start for each in reasons) < _LATE:
        return 0
    about = min(reasons[0].start, len(text)) - _BEFORE
    blank = _BLANKS.search(text, max(about, 0), max(reasons[0].start, 0))
    return blank.end() if blank else max(about, 0)


def _folded(text: str, marked: Sequence[Span], most_lines: int) -> tuple[str, tuple[Span, ...]]:
    """Return `text` with each run of blanks as one, and the marks where they now stand."""
    lit = [False] * len(text)
    for each in marked[:_MOST_MARKED]:
        start, end = max(each.start, 0), min(each.end, len(text))
        lit[start:end] = [True] * max(end - start, 0)
    kept: list[tuple[str, bool]] = []
    place = breaks = 0
    for blank in _BLANKS.finditer(text.rstrip()):
        kept += zip(text[place : blank.start()], lit[place : blank.start()], strict=True)
        new_line = bool(kept) and "\n" in blank[0] and breaks < most_lines - 1
        breaks += new_line
        if kept:
            kept.append(("\n" if new_line else " ", all(lit[blank.start() : blank.end()])))
        place = blank.end()
    end = len(text.rstrip())
    kept += zip(text[place:end], lit[place:end], strict=True)
    return "".join(char for char, _ in kept), tuple(_runs(kept))


def _runs(kept: Sequence[tuple[str, bool]]) -> list[Span]:
    runs, place = [], 0
    for is_lit, run in groupby(kept, key=lambda each: each[1]):
        end = place + len(list(run))
        if is_lit:
            runs.append(Span(start=place, end=end))
        place = end
    return runs
