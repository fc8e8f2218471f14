"""What it would cost and win to let the fast tier settle the posts it is sure of.

A post is settled where the fast tier gives both labels less than a margin: it is called neither,
and the encoder does not read it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.components import labels
from classifiers.measuring.scores import auroc
from monitor.model import Classification, Flag

MARGINS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """One margin: how many posts the encoder is spared, and what becomes of the figures."""

    margin: float
    settled: float  # share of posts that the encoder does not read
    lost: float  # share of the posts that need an answer, flagged by the encoder and now not
    auroc: dict[str, float]  # by label


def cascades(
    truth: Sequence[Mapping[str, int | None]],
    fast: Sequence[Classification],
    full: Sequence[Classification],
) -> Iterator[Cascade]:
    """Yield a line for each margin; the three sequences go together."""
    for margin in MARGINS:
        settled = [_sure(one, margin) for one in fast]
        mixed = [one if done else other
                 for one, other, done in zip(fast, full, settled, strict=True)]  # fmt: skip
        yield Cascade(
            margin=margin,
            settled=sum(settled) / max(len(settled), 1),
            lost=_lost(truth, full, settled),
            auroc={label: _auroc(truth, mixed, label) for label in labels.LABELS},
        )


def table(found: Iterator[Cascade]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"{'margin':>6} {'settled':>8} {'lost':>6} {'complaint':>10} {'request':>8}"
    for one in found:
        areas = [f"{area:.3f}" for area in one.auroc.values()]
        yield (
            f"{one.margin:>6.2f} {one.settled:>8.1%} {one.lost:>6.1%} {areas[0]:>10} {areas[1]:>8}"
        )


def _sure(one: Classification, margin: float) -> bool:
    chances = (one.complaint, one.request)
    return all(chance is not None and chance < margin for chance in chances)


def _lost(
    truth: Sequence[Mapping[str, int | None]],
    full: Sequence[Classification],
    settled: Sequence[bool],
) -> float:
    found = [
        done
        for known, one, done in zip(truth, full, settled, strict=True)
        if any(known.get(label) == 1 and Flag(label) in one.flags for label in labels.LABELS)
    ]
    return sum(found) / max(len(found), 1)


def _auroc(
    truth: Sequence[Mapping[str, int | None]], found: Sequence[Classification], label: str
) -> float:
    pairs = [
        (getattr(one, label), known[label])
        for one, known in zip(found, truth, strict=True)
        if known.get(label) is not None and getattr(one, label) is not None
    ]
    chances = np.array([chance for chance, _ in pairs])
    yes = np.array([value == 1 for _, value in pairs])
    return float(auroc(chances, yes, np.ones((1, len(pairs))))[0])
