"""What `mentiondesk classify --explain` prints: a text, and why it was judged so."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from bot.chat.text import clean, right_to_left
from bot.cli.tables import line

if TYPE_CHECKING:
    from bot.wiring import Explanation, Verdict
    from monitor.model import Span

_SHOWN = 1_000  # characters of a text
_FOR, _AGAINST = 6, 4  # words
_LEFT_TO_RIGHT_MARK = "\u200e"
_LEAST = 0.05  # log odds: what weighs less is not named
_BECAUSE = {
    "letters": "its letters belong to no other",
    "words": "by its letters and words",
    "hint": "its source says so",
    "nothing": "no language is likely enough, so a person looks",
}
LEGEND = "A weight is what a word adds to the log odds: +0.7 doubles the odds, -0.7 halves them."


def in_words(text: str, found: "Explanation") -> Iterator[str]:
    """Yield the explanation for people; the deciding words stand out where styles can be seen."""
    yield _marked(text, found.classification.reasons)
    yield ""
    language = found.classification.language
    shown = "unknown" if language == "und" else language
    yield f"language: {shown} ({_BECAUSE[found.because.value]})"
    if found.measured_by != language and found.verdicts:
        yield "  no language that was taught: shared thresholds, and always a person looks"
    for verdict in found.verdicts:
        yield from _verdict(verdict)
    yield f"tier: {found.tier} ({'with' if found.tier == 'full' else 'without'} the encoder)"
    yield f"model: {found.classification.model}"
    if found.verdicts:
        yield LEGEND


def as_json(found: "Explanation") -> dict[str, Any]:
    """Return what `--json` adds to the answer."""
    plain = asdict(found)
    del plain["classification"]
    return plain


def _verdict(verdict: "Verdict") -> Iterator[str]:
    """Yield a label's lines: where its probability lies, what spoke for it and what against."""
    flagged = f"{'' if verdict.flagged else 'not '}flagged; flagged from {verdict.threshold:.0%}"
    near = "a person should look" if verdict.near else "not in it"
    yield f"{verdict.label}: {verdict.probability:.0%}, {flagged}"
    yield f"  review band {verdict.review_from:.0%} to {verdict.review_to:.0%}: {near}"
    weights = _weights(verdict)
    for name, sign, most in (("for", 1, _FOR), ("against", -1, _AGAINST)):
        words = [(word, worth) for word, worth in weights if worth * sign >= _LEAST][:most]
        named = ", ".join(f"{_word(word)} {worth:+.1f}" for word, worth in words)
        if named:
            yield f"  {name}: {named}"


def _weights(verdict: "Verdict") -> list[tuple[str, float]]:
    """Return the telling words with their weights, those that stand twice as one."""
    found: dict[str, float] = {}
    for word in verdict.words:
        if word.telling:
            found[word.text.casefold()] = found.get(word.text.casefold(), 0.0) + word.weight
    return sorted(found.items(), key=lambda pair: -abs(pair[1]))


def _word(word: str) -> str:
    """Return a word fit to stand in a list; a mark keeps its weight on its right."""
    return f"{line(word, 30)}{_LEFT_TO_RIGHT_MARK if right_to_left(word) else ''}"


def _marked(text: str, reasons: "Iterable[Span]") -> str:
    """Return the beginning of `text` with the reasons in bold and underlined."""
    parts, end = [], 0
    shown = text[:_SHOWN]
    for span in sorted(reasons, key=lambda span: span.start):
        parts.append(clean(shown[end : span.start]))
        parts.append(_bold(clean(shown[span.start : span.end])))
        end = span.end
    return "".join((*parts, clean(shown[end:]), " …" if len(text) > _SHOWN else ""))


def _bold(word: str) -> str:
    return typer.style(word, bold=True, underline=True) if word else ""
