"""The answers that were most wrong: surest of what is not so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from classifiers.explanation import Explanation
from classifiers.posts import LabelledPost
from monitor.model import Classification, Flag, Passage
from monitor.ports import Classifier

_NAMED = 4  # words


class Explaining(Classifier, Protocol):
    """A judge that can say why."""

    def explain(self, passage: Passage) -> Explanation:
        """Return what is said of one text, and why."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One wrong answer."""

    id: str
    text: str
    language: str
    source: str
    tag: str
    label: str
    flagged: bool  # a false alarm; else the post was missed
    probability: float
    words: tuple[str, ...]  # what spoke most for the wrong answer


def worst(
    judge: Explaining, pairs: Sequence[tuple[LabelledPost, Classification]], most: int
) -> tuple[Wrong, ...]:
    """Return the errors in which least was left for the truth, worst first."""
    errors = sorted(_errors(pairs), key=lambda error: error[0])[:most]
    return tuple(_wrong(judge, post, found, label) for _, post, found, label in errors)


def _errors(
    pairs: Sequence[tuple[LabelledPost, Classification]],
) -> Iterator[tuple[float, LabelledPost, Classification, str]]:
    """Yield each wrong answer after the probability that it left for the truth."""
    for post, found in pairs:
        for label, chance in (("complaint", found.complaint), ("request", found.request)):
            truth = post.labels.get(label)
            flagged = Flag(label) in found.flags
            if truth is not None and chance is not None and flagged != (truth == 1):
                yield chance if truth == 1 else 1 - chance, post, found, label


def _wrong(judge: Explaining, post: LabelledPost, found: Classification, label: str) -> Wrong:
    flagged = Flag(label) in found.flags
    chance = found.complaint if label == "complaint" else found.request
    return Wrong(
        id=post.id,
        text=post.text,
        language=post.language,
        source=post.source,
        tag=post.tag,
        label=label,
        flagged=flagged,
        probability=chance or 0.0,
        words=_words(judge.explain(Passage(text=post.text)), label, 1 if flagged else -1),
    )


def _words(why: Explanation, label: str, side: int) -> tuple[str, ...]:
    """Return the words that weigh most for one side (+1 or -1), each once."""
    words = (word for verdict in why.verdicts if verdict.label == label for word in verdict.words)
    found = (word.text for word in words if word.telling and word.weight * side > 0)
    return tuple(dict.fromkeys(found))[:_NAMED]
