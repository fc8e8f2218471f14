"""The part of a text that shows what was searched for, on one line."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.matching.query import Query
from monitor.model import Span

_LEAD = 24  # characters of what leads to the first word that is marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of a text without line breaks, with the [start, end) offsets of what was found."""

    text: str
    marked: tuple[Span, ...] = ()
    is_from_start: bool = True  # nothing was left out before it
    is_to_end: bool = True

    @property
    def shown(self) -> str:
        """The piece, with dots where something was left out."""
        return ("" if self.is_from_start else "…") + self.text + ("" if self.is_to_end else "…")


def snippet(text: str, query: Query, most: int) -> Snippet:
    """Return at most `most` characters of `text`: the piece that holds most of what was found."""
    flat = " ".join(text.split())
    marked = query.spans(flat)
    start = _start(flat, marked, most)
    end = _end(flat, start, most)
    inside = (each for each in marked if each.start >= start and each.start < end)
    return Snippet(
        text=flat[start:end].rstrip(),
        marked=tuple(
            Span(start=each.start - start, end=min(each.end, end) - start) for each in inside
        ),
        is_from_start=start == 0,
        is_to_end=end >= len(flat),
    )


def _start(flat: str, marked: Sequence[Span], most: int) -> int:
    """Return where the piece begins: at a word, shortly before the place with most hits."""
    if len(flat) <= most or not marked:
        return 0
    reach = most - _LEAD
    best = max(marked, key=lambda one: (_within(marked, one.start, one.start + reach), -one.start))
    about = best.start - _LEAD
    if about <= 0:
        return 0
    about = min(about, len(flat) - most)
    blank = flat.find(" ", about, best.start)
    return blank + 1 if blank >= 0 else about


def _within(marked: Sequence[Span], start: int, end: int) -> int:
    return sum(1 for each in marked if start <= each.start and each.end <= end)


def _end(flat: str, start: int, most: int) -> int:
    end = start + most
    if end >= len(flat):
        return len(flat)
    blank = flat.rfind(" ", start + most // 2, end + 1)
    return blank if blank > start else end
