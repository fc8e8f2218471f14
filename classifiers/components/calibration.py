"""From a raw score to a probability, and from probabilities to flags, language by language."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import exp

from classifiers.components.labels import LABELS

REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How one label of one language is read off a raw score."""

    slope: float
    offset: float
    threshold: float  # probability: at it and above, the label is flagged
    review_from: float  # probability: from here to the threshold, a person looks

    def probability(self, score: float) -> float:
        """Return the calibrated probability, 0.0 to 1.0."""
        odds = max(-60.0, min(60.0, self.slope * score + self.offset))
        return 1.0 / (1.0 + exp(-odds))


Scales = Mapping[str, Mapping[str, Scale]]  # language, then label


def flags(scales: Mapping[str, Scale], probabilities: Mapping[str, float]) -> tuple[str, ...]:
    """Return the labels that pass, or "review" where none does but one comes near."""
    passed = tuple(label for label in LABELS if probabilities[label] >= scales[label].threshold)
    near = any(probabilities[label] >= scales[label].review_from for label in LABELS)
    return passed or ((REVIEW,) if near else ())


def to_json(scales: Scales) -> str:
    """Return `scales` as the text of thresholds.json."""
    plain = {
        language: {label: asdict(scale) for label, scale in of_language.items()}
        for language, of_language in scales.items()
    }
    return json.dumps(plain, indent=2, sort_keys=True) + "\n"


def from_json(text: str) -> Scales:
    """Return the scales written in `text`. Raises: ValueError, TypeError, AttributeError."""
    return {
        language: {label: Scale(**of_language[label]) for label in of_language}
        for language, of_language in json.loads(text).items()
    }
