"""Posts as columns of numbers: what is fitted and what is measured on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.components.judge import Adjustment
from classifiers.components.labels import LABELS

Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A row for each post; in `odds`, `truth` and `weight` a column for each of `LABELS`."""

    vectors: Floats  # what the encoder made of the post
    odds: Numbers  # the shipped judge's log odds
    truth: Numbers  # 1.0 or 0.0; what stands where the weight is 0.0 means nothing
    weight: Numbers  # 0.0 where the label is not known
    copies: Places  # posts with the same number are copies of one another
    languages: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.languages)

    def rows(self, chosen: Sequence[int] | Places) -> "Sheet":
        """Return the sheet with the chosen rows alone."""
        places = np.asarray(chosen, dtype=np.int64)
        return Sheet(
            vectors=self.vectors[places],
            odds=self.odds[places],
            truth=self.truth[places],
            weight=self.weight[places],
            copies=self.copies[places],
            languages=tuple(self.languages[place] for place in places.tolist()),
        )

    def odds_with(self, adjustment: Adjustment | None) -> Numbers:
        """Return the log odds as the judge says them with an adjustment."""
        if adjustment is None:
            return self.odds
        added = [
            self.vectors.astype(np.float64) @ adjustment.weights[label] + adjustment.bias[label]
            for label in LABELS
        ]
        return self.odds + np.stack(added, axis=1)


def columns(truths: Sequence[Mapping[str, tuple[int, float]]]) -> tuple[Numbers, Numbers]:
    """Return truth and weight as a sheet holds them: for each post its labels' (value, weight)."""
    truth = np.zeros((len(truths), len(LABELS)))
    weight = np.zeros((len(truths), len(LABELS)))
    for row, known in enumerate(truths):
        for column, label in enumerate(LABELS):
            truth[row, column], weight[row, column] = known.get(label, (0, 0.0))
    return truth, weight
