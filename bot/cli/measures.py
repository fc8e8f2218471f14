"""The tables of `mentiondesk evaluate`, as wide as the terminal allows."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cli.tables import line

if TYPE_CHECKING:
    from bot.wiring import Evaluation, Figure, Wrong

WIDE = 100  # columns: a figure and its interval side by side
NARROW = 80  # below it, one figure a line
_CELL, _STACKED = 13, 9  # columns of a figure, beside or above its interval
_COUNT = 6
_NAME = 22
_OTHER = {"complaint": "request", "request": "complaint"}
_INTRODUCTION = (
    "Behind each figure stands where it lies in 95 of 100 draws of as many posts. A post whose "
    "label is null is left out of that label, never counted as no. mean: of the languages, each "
    "counting the same."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table."""

    name: str
    counts: tuple[int, ...]
    figures: "tuple[Figure | None, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under heads; `about` says what the heads mean."""

    title: str
    about: str
    counted: tuple[str, ...]  # the heads of the counts
    heads: tuple[str, ...]  # the heads of the figures
    rows: tuple[Line, ...]


def lines(found: "Evaluation", width: int) -> Iterator[str]:
    """Yield all that people are shown of an evaluation, at most `width` columns wide."""
    yield from textwrap.wrap(_INTRODUCTION, min(width, WIDE))
    for table in tables(found):
        yield ""
        yield from drawn(table, width)
    yield from _mistaken(found, width)
    yield from _worst(found.worst, width)


def tables(found: "Evaluation") -> Iterator[Table]:
    """Yield the tables of an evaluation, label by label."""
    for label in dict.fromkeys(row.label for row in found.rows):
        yield _answers(found, label)
        yield _alarms(found, label)
    yield Table(
        title="language",
        about="right: the language was recognised. unknown: it was left open, and a person looks.",
        counted=("posts",),
        heads=("right", "unknown"),
        rows=tuple(
            Line(name=row.group, counts=(row.posts,), figures=(row.right, row.unknown))
            for row in found.languages
        ),
    )
    for label in dict.fromkeys(row.label for row in found.tags):
        yield _tags(found, label)


def drawn(table: Table, width: int) -> Iterator[str]:
    """Yield the lines of a table that fit into `width` columns."""
    yield table.title.upper()
    yield from textwrap.wrap(table.about, min(width, WIDE))
    if width >= WIDE:
        yield from _beside(table)
    elif width >= NARROW:
        yield from _stacked(table)
    else:
        yield from _listed(table, width)


def _answers(found: "Evaluation", label: str) -> Table:
    return Table(
        title=f"{label}: is it found",
        about=(
            f"yes, no: posts that carry the label {label} or not. auroc: how often a yes is held "
            "likelier than a no. f1 of yes; macro: its mean with the f1 of no. prec: share of "
            "the flagged that are yes. recall: share of the yes that are flagged."
        ),
        counted=("yes", "no"),
        heads=("auroc", "f1", "macro", "prec", "recall"),
        rows=tuple(
            Line(
                name=row.group,
                counts=(row.yes, row.no),
                figures=(row.auroc, row.f1, row.macro_f1, row.precision, row.recall),
            )
            for row in found.rows
            if row.label == label
        ),
    )


def _alarms(found: "Evaluation", label: str) -> Table:
    other = _OTHER[label]
    return Table(
        title=f"{label}: what it costs",
        about=(
            f"Share flagged as {label} of the posts that are neither, and of those that are a "
            f"{other} only. review: share that a person is to look at; errors: share of the wrong "
            "answers among them. calib: mean gap between probability and truth, ten bins of equal "
            "size."
        ),
        counted=("yes", "no"),
        heads=("neither", f"{other[:9]}", "review", "errors", "calib"),
        rows=tuple(
            Line(
                name=row.group,
                counts=(row.yes, row.no),
                figures=(
                    *(row.alarms_neither, row.alarms_other, row.reviewed),
                    *(row.errors_reviewed, row.calibration_error),
                ),
            )
            for row in found.rows
            if row.label == label
        ),
    )


def _tags(found: "Evaluation", label: str) -> Table:
    return Table(
        title=f"{label}, by kind and style",
        about=(
            f"flagged: share of the posts with this tag that were flagged as {label}. recall: of "
            "those that are. alarms: of those that are not."
        ),
        counted=("posts", "yes"),
        heads=("flagged", "recall", "alarms"),
        rows=tuple(
            Line(
                name=row.tag,
                counts=(row.posts, row.yes),
                figures=(row.flagged, row.recall, row.false_alarms),
            )
            for row in found.tags
            if row.label == label
        ),
    )


def _beside(table: Table) -> Iterator[str]:
    names = _names(table)
    yield names[0] + _counts(table.counted) + "".join(f"{head:>{_CELL}}" for head in table.heads)
    for name, row in zip(names[1:], table.rows, strict=True):
        cells = (f"{_value(each)} {_interval(each):>7}" for each in row.figures)
        yield (name + _counts(row.counts) + "".join(f"{cell:>{_CELL}}" for cell in cells)).rstrip()


def _stacked(table: Table) -> Iterator[str]:
    names = _names(table)
    yield names[0] + _counts(table.counted) + _cells(head[:8] for head in table.heads)
    for name, row in zip(names[1:], table.rows, strict=True):
        yield name + _counts(row.counts) + _cells(map(_value, row.figures))
        below = _cells(map(_interval, row.figures))
        yield (" " * (len(name) + _COUNT * len(row.counts)) + below).rstrip()


def _listed(table: Table, width: int) -> Iterator[str]:
    for row in table.rows:
        pairs = zip(table.counted, row.counts, strict=True)
        counts = ", ".join(f"{count:,} {head}" for head, count in pairs)
        yield from textwrap.wrap(f"{line(row.name, _NAME)}: {counts}", width)
        for head, figure in zip(table.heads, row.figures, strict=True):
            if figure is not None:
                yield f"  {head:<10}{_value(figure)} {_interval(figure)}"


def _names(table: Table) -> list[str]:
    """Return the first column, its empty head first: as wide as it must be, and no wider."""
    width = min(_NAME, max((len(row.name) for row in table.rows), default=0))
    names = ("", *(line(row.name, _NAME) for row in table.rows))
    return [f"{name:<{width}}" for name in names]


def _counts(values: Sequence[str | int]) -> str:
    return "".join(f"{value:>{_COUNT}}" for value in values)


def _cells(values: Iterable[str]) -> str:
    return "".join(f"{value:>{_STACKED}}" for value in values)


def _value(figure: "Figure | None") -> str:
    return "-" if figure is None else _short(figure.value)


def _interval(figure: "Figure | None") -> str:
    return "" if figure is None else f"{_short(figure.low)}-{_short(figure.high)}"


def _short(value: float) -> str:
    """Return ".83", and "1.0" where it rounds to one."""
    return "1.0" if value >= 0.995 else f"{value:.2f}"[1:]


def _mistaken(found: "Evaluation", width: int) -> Iterator[str]:
    if not found.mistaken:
        return
    yield ""
    yield "TAKEN FOR ANOTHER LANGUAGE"
    pairs = (f"{each.language} as {each.taken_for} {each.posts}" for each in found.mistaken)
    yield from textwrap.wrap(", ".join(pairs), min(width, WIDE))


def _worst(errors: "Sequence[Wrong]", width: int) -> Iterator[str]:
    if not errors:
        return
    yield ""
    yield "WORST ERRORS"
    for number, each in enumerate(errors, 1):
        where = ", ".join(filter(None, (each.language, line(each.tag, 40), line(each.id, 40))))
        what = "flagged wrongly" if each.flagged else "missed"
        head = f"{each.label} {what} at {each.probability:.0%} ({where})"
        named = ", ".join(line(word, 30) for word in each.words)
        why = f"{'for' if each.flagged else 'against'} it: {named}" if named else ""
        columns = min(width, WIDE)
        yield from textwrap.wrap(f"{number:>3}. {head}", columns, subsequent_indent=" " * 5)
        yield f"     {line(each.text, max(20, columns - 5))}"
        yield from textwrap.wrap(why, columns, initial_indent=" " * 5, subsequent_indent=" " * 5)
