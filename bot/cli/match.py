"""`mentiondesk match`: which brands a text names, and why the others are not among them."""

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, BinaryIO

import typer

from bot.cli import frame
from bot.cli.lines import PARTLY_DONE, BadLineError, asked, encoded
from monitor.errors import ConfigError
from monitor.matching.matcher import Explanation, Matcher, Sighting, Verdict
from monitor.model import Hit
from monitor.settings import brands


def match(
    text: Annotated[str | None, typer.Argument(help="The text to look at.")] = None,
    *,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read one JSON object a line from standard input.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show which brands TEXT names and where, and why the others are not among them."""
    if jsonl == (text is not None):
        raise ConfigError("match: give either a TEXT or --jsonl with texts on standard input")
    matcher = Matcher(brands(frame.settings()))
    if text is None:
        raise typer.Exit(match_lines(matcher, sys.stdin.buffer, sys.stdout.buffer))
    explanation = matcher.explain(text)
    lines = [_as_json(explanation)] if as_json else in_words(explanation)
    for line in lines:
        typer.echo(line)


def match_lines(matcher: Matcher, source: BinaryIO, sink: BinaryIO) -> int:
    """Answer each line of `source` with one in `sink`, at once, and return the exit code."""
    exit_code = 0
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(matcher, line)
        except BadLineError as problem:
            exit_code = PARTLY_DONE
            answer = {"error": str(problem), "line": number, "id": problem.id}
        sink.write(encoded(answer) + b"\n")
        sink.flush()
    return exit_code


def in_words(explanation: Explanation) -> Iterator[str]:
    """Yield a line for each hit, and for each brand without one the reason."""
    for verdict in explanation.verdicts:
        if verdict.hits:
            yield from (
                f'{hit.brand}: "{hit.keyword}" at {hit.start}-{hit.end}' for hit in verdict.hits
            )
        else:
            yield f"{verdict.brand}: no match, {'; '.join(_reasons(verdict))}"


def _reasons(verdict: Verdict) -> Iterator[str]:
    if not verdict.named:
        yield from _absences(verdict)
        return
    for sighting in verdict.excluded_by:
        yield f'"{sighting.word}" at {_span(sighting)} excludes it'
    if verdict.missing:
        listed = ", ".join(f'"{word}"' for word in verdict.missing)
        yield f'"{verdict.named[0].word}" is there, but none of the required words: {listed}'


def _absences(verdict: Verdict) -> Iterator[str]:
    for sighting in verdict.parts_of_words:
        yield f'"{sighting.word}" at {_span(sighting)} is only a part of "{sighting.within}"'
    if not verdict.parts_of_words:
        yield "none of its keywords is in the text"


def _span(sighting: Sighting) -> str:
    return f"{sighting.start}-{sighting.end}"


def _answer(matcher: Matcher, line: bytes) -> dict[str, object]:
    found = asked(line)
    given_id = found.get("id")
    text = found.get("text")
    if not isinstance(text, str):
        raise BadLineError("expected a string at text", given_id)
    return {"id": given_id, "brands": _brands(matcher.hits(text))}


def _brands(hits: Iterable[Hit]) -> list[dict[str, object]]:
    return [
        {"brand": hit.brand, "keyword": hit.keyword, "start": hit.start, "end": hit.end}
        for hit in hits
    ]


def _as_json(explanation: Explanation) -> str:
    hits = (hit for verdict in explanation.verdicts for hit in verdict.hits)
    found = _brands(sorted(hits, key=lambda hit: hit.start))
    misses = [
        {"brand": verdict.brand, "why": "; ".join(_reasons(verdict))}
        for verdict in explanation.verdicts
        if not verdict.hits
    ]
    return encoded({"id": None, "brands": found, "misses": misses}).decode()
