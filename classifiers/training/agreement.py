"""How far a second, blind pass over a tenth of the corpus agrees with the labels.

Source: Cohen, "A coefficient of agreement for nominal scales", 1960.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.components import labels
from classifiers.posts import LabelledPost
from monitor.errors import ConfigError

SECOND_PASS = "second_pass.jsonl"  # noqa: S105 - a file's name
EVERY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two passes over the same posts."""

    language: str
    label: str
    posts: int
    alike: float  # share of posts with the same value
    kappa: float | None  # None where one value stands alone


def agreement(corpus: Sequence[LabelledPost], second: Path) -> list[Agreement]:
    """Return the agreement on each label, by language and over all. Raises: ConfigError."""
    known = {post.id: post for post in corpus}
    pairs = [(known[row["id"]], row) for row in _rows(second) if row["id"] in known]
    found = []
    for language in (*sorted({post.language for post, _ in pairs}), EVERY):
        own = [pair for pair in pairs if language in (EVERY, pair[0].language)]
        found += [_agreement(language, label, own) for label in (*labels.CHANCES, "urgency")]
        asked = [pair for pair in own if any(pair[0].labels.get(name) for name in labels.LABELS)]
        found.append(_agreement(language, "topic", asked))
    return found


def kappa(first: Sequence[object], second: Sequence[object]) -> float | None:
    """Return Cohen's kappa of two passes, None where chance alone would agree."""
    from sklearn.metrics import cohen_kappa_score

    if len({*first, *second}) < 2:
        return None
    return float(cohen_kappa_score([str(one) for one in first], [str(one) for one in second]))


def table(found: Sequence[Agreement]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"{'language':<9} {'label':<11} {'posts':>6} {'alike':>7} {'kappa':>7}"
    for one in found:
        said = "-" if one.kappa is None else f"{one.kappa:.3f}"
        yield f"{one.language:<9} {one.label:<11} {one.posts:>6,} {one.alike:>7.1%} {said:>7}"


def _agreement(
    language: str, label: str, pairs: Sequence[tuple[LabelledPost, Mapping[str, Any]]]
) -> Agreement:
    first = [_first(post, label) for post, _ in pairs]
    second = [_second(row, label) for _, row in pairs]
    alike = sum(a == b for a, b in zip(first, second, strict=True)) / max(len(pairs), 1)
    return Agreement(
        language=language,
        label=label,
        posts=len(pairs),
        alike=alike,
        kappa=kappa(first, second),
    )


def _first(post: LabelledPost, label: str) -> object:
    if label in labels.CHANCES:
        return post.labels.get(label)
    return post.urgency if label == "urgency" else post.topic


def _second(row: Mapping[str, Any], label: str) -> object:
    value: object = row["labels"].get(label) if label in labels.CHANCES else row.get(label)
    return value


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
