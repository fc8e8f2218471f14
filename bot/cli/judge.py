"""`mentiondesk classify` and `evaluate`: what the judge says, and how often it is right."""

import shutil
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
    from bot.wiring import Explanation
    from monitor.ports import Classifier

_LABELS = (Flag.COMPLAINT, Flag.REQUEST)


class Tier(StrEnum):
    """Which of the judge's models speaks."""

    AUTO = "auto"
    FAST = "fast"
    FULL = "full"


class By(StrEnum):
    """Into what the tables of `evaluate` are split."""

    LANGUAGE = "language"  # always
    SOURCE = "source"
    TAG = "tag"


TierOption = Annotated[
    Tier,
    typer.Option(
        help="Which model judges: fast does without the encoder, full has it; auto: full."
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="A model in this folder, not the shipped one."),
]


def classify(
    text: Annotated[str | None, typer.Argument(help="The text to judge.")] = None,
    *,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read one JSON object a line from standard input.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each word had to do with it.")
    ] = False,
    tier: TierOption = Tier.AUTO,
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge texts: complaint, request, language.

    With --jsonl each line holds "text" and may hold "id" and "lang"; answers keep the order.
    """
    if jsonl == (text is not None):
        raise ConfigError("classify: give either a TEXT or --jsonl with texts on standard input")
    if jsonl and explain:
        raise ConfigError("classify: --explain is for one TEXT; --jsonl gives the words as `why`")
    from bot.wiring import LazyJudge

    judge = LazyJudge(tier.value, model=model)
    if text is None:
        raise typer.Exit(classify_lines(judge, _stdin(), sys.stdout.buffer))
    if explain:
        _explain(text, judge.explain(Passage(text=text)), as_json)
        return
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
    by: Annotated[
        list[By] | None,
        typer.Option("--by", "--per", help="Show each source or tag as well; may be repeated."),
    ] = None,
    gold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL",
            help="How the labels were made, of those that count; may be repeated. "
            "Default: gold, hand, handwritten.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw whether probabilities mean what they say."),
    ] = None,
    worst: Annotated[
        int, typer.Option(metavar="N", min=0, max=10_000, help="Show the N worst errors.")
    ] = 0,
    tier: TierOption = Tier.AUTO,
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the judge on labelled posts.

    A label that is null is left out, never counted as "no".
    """
    from bot import wiring

    if plot is not None:
        wiring.check_plot(plot)
    judge = wiring.LazyJudge(tier.value, model=model)
    wanted = [each.value for each in by or ()]
    golds = tuple(gold or ())
    found = wiring.evaluate(judge, files, golds=golds, by=wanted, most_wrong=worst)
    if plot is not None:
        wiring.draw_reliability(found, plot)
    if as_json:
        frame.print_json(asdict(found))
        return
    from bot.cli import measures

    for line in measures.lines(found, shutil.get_terminal_size((measures.WIDE, 24)).columns):
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


def _explain(text: str, found: "Explanation", as_json: bool) -> None:
    from bot.cli import reasoning

    if as_json:
        why = reasoning.as_json(found)
        frame.print_json({**answer(None, text, found.classification), "explanation": why})
        return
    for line in reasoning.in_words(text, found):
        typer.echo(line)


def _stdin() -> BufferedIOBase:
    return cast("BufferedIOBase", sys.stdin.buffer)


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
