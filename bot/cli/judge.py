"""`mentiondesk classify` and `evaluate`: what the judge says, and how often it is right."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from bot.cli import frame, lines
from monitor.errors import ConfigError
from monitor.model import Classification, Flag, Passage

if TYPE_CHECKING:
    from bot.wiring import Evaluation
    from monitor.ports import Classifier

_LABELS = (Flag.COMPLAINT, Flag.REQUEST)


class Tier(StrEnum):
    """Which of the judge's models speaks."""

    AUTO = "auto"
    FAST = "fast"
    FULL = "full"


class Per(StrEnum):
    """Into what the table of `evaluate` is split beside the languages."""

    LANGUAGE = "language"
    SOURCE = "source"


def classify(
    text: Annotated[str | None, typer.Argument(help="The text to judge.")] = None,
    *,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read one JSON object a line from standard input.")
    ] = False,
    tier: Annotated[Tier, typer.Option(help="Which model is to judge.")] = Tier.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge texts: complaint, request, language.

    With --jsonl each line holds "text" and may hold "id" and "lang"; answers keep the order.
    """
    if jsonl == (text is not None):
        raise ConfigError("classify: give either a TEXT or --jsonl with texts on standard input")
    from bot.wiring import LazyJudge

    judge = LazyJudge(tier.value)
    if text is None:
        raise typer.Exit(classify_lines(judge, _stdin(), sys.stdout.buffer))
    found = next(judge.classify([Passage(text=text)]))
    if as_json:
        frame.print_json(answer(None, text, found))
        return
    for line in in_words(text, found):
        typer.echo(line)


def evaluate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Labelled posts: .jsonl or .jsonl.gz.")
    ],
    *,
    per: Annotated[Per, typer.Option(help="Show each source as well.")] = Per.LANGUAGE,
    gold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL",
            help="How the labels were made, of those that count; may be repeated. "
            "Default: gold, hand, handwritten.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the judge on labelled posts.

    A label that is null is left out, never counted as "no".
    """
    from bot import wiring

    found = wiring.evaluate(files, golds=tuple(gold or ()), per_source=per is Per.SOURCE)
    if as_json:
        frame.print_json(asdict(found))
        return
    for line in table(found):
        typer.echo(line)
    frame.say(f"{found.model}: {found.posts} posts; {found.left_out} with other labels left out")


def classify_lines(judge: "Classifier", source: BufferedIOBase, sink: BinaryIO) -> int:
    """Answer each line of `source` with one in `sink`, in order, and return the exit code.

    Lines that are there together are judged together; a single one is answered at once.
    """
    exit_code, number = 0, 0
    for group in lines.groups(source):
        numbered = list(enumerate(group, start=number + 1))
        number += len(group)
        for each in _answers(judge, numbered):
            exit_code = lines.PARTLY_DONE if "error" in each else exit_code
            sink.write(lines.encoded(each) + b"\n")
        sink.flush()
    return exit_code


def answer(given_id: object, text: str, found: Classification) -> dict[str, object]:
    """Return a classification as `classify --jsonl` writes it."""
    return {
        "id": given_id,
        "language": found.language,
        "complaint": _rounded(found.complaint),
        "request": _rounded(found.request),
        "flags": sorted(flag.value for flag in found.flags),
        "praise": _rounded(found.praise),
        "churn_risk": _rounded(found.churn_risk),
        "urgency": found.urgency,
        "topic": found.topic,
        "why": [text[span.start : span.end] for span in found.reasons],
        "model": found.model,
    }


def in_words(text: str, found: Classification) -> Iterator[str]:
    """Yield what was found in one text, for people."""
    yield f"language: {'unknown' if found.language == 'und' else found.language}"
    for label, chance in zip(_LABELS, (found.complaint, found.request), strict=True):
        shown = "not judged in this language" if chance is None else f"{chance:.0%}"
        yield f"{label.value}: {shown}{', flagged' if label in found.flags else ''}"
    if Flag.REVIEW in found.flags:
        yield "review: a person should look"
    if found.reasons:
        yield f"because of: {', '.join(text[span.start : span.end] for span in found.reasons)}"
    yield f"model: {found.model}"


def table(found: "Evaluation") -> Iterator[str]:
    """Yield the lines of an evaluation's tables."""
    width = max(len("language"), *(len(row.group) for row in found.rows))
    heads = ("yes", "no", "prec", "recall", "f1", "auroc", "alarms", "review")
    yield f"{'language':<{width}}  {'label':<9}" + "".join(f"{head:>8}" for head in heads)
    for row in found.rows:
        shares = (row.precision, row.recall, row.f1, row.auroc, row.false_alarms, row.reviewed)
        counts = f"{row.yes:>8}{row.no:>8}"
        yield f"{row.group:<{width}}  {row.label:<9}{counts}" + "".join(map(_cell, shares))
    yield ""
    yield f"{'language':<{width}}  {'posts':>9}{'right':>8}{'unknown':>8}"
    for each in found.languages:
        cells = f"{each.posts:>9}{_cell(each.right)}{_cell(each.unknown)}"
        yield f"{each.group:<{width}}  {cells}"


def _stdin() -> BufferedIOBase:
    return cast("BufferedIOBase", sys.stdin.buffer)


def _cell(share: float | None) -> str:
    return f"{'-':>8}" if share is None else f"{share:>8.3f}"


def _answers(
    judge: "Classifier", numbered: Sequence[tuple[int, bytes]]
) -> Iterable[dict[str, object]]:
    """Return the answers to a group of lines, blank ones skipped, bad ones in their place."""
    slots: list[dict[str, object] | None] = []
    asked: list[tuple[object, Passage]] = []
    for number, line in numbered:
        if not line.strip():
            continue
        try:
            asked.append(_asked(line))
        except lines.BadLineError as problem:
            slots.append({"error": str(problem), "line": number, "id": problem.id})
        else:
            slots.append(None)
    judged = judge.classify(passage for _, passage in asked)
    good = (
        answer(given_id, passage.text, found)
        for (given_id, passage), found in zip(asked, judged, strict=True)
    )
    return [next(good) if slot is None else slot for slot in slots]


def _asked(line: bytes) -> tuple[object, Passage]:
    found = lines.asked(line)
    given_id, text, language = found.get("id"), found.get("text"), found.get("lang")
    if not isinstance(text, str):
        raise lines.BadLineError("expected a string at text", given_id)
    hint = language if isinstance(language, str) else None
    return given_id, Passage(text=text, language_hint=hint)


def _rounded(chance: float | None) -> float | None:
    return None if chance is None else round(chance, 4)
