"""From raw scores to probabilities, and from probabilities to flags, language by language."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import exp

from classifiers.components.labels import LABELS

REVIEW = "review"
ANY = "any"  # the scale for a text whose language is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How one label of one language is read off the scores of one tier."""

    fast: float  # the slope on the linear head's score
    full: float  # the slope on the encoder's score; 0.0 in the tier that has none
    offset: float
    threshold: float  # probability: at it and above, the label is flagged
    review_from: float  # probability: from here to `review_to`, a person looks
    review_to: float

    def probability(self, fast: float, full: float = 0.0) -> float:
        """Return the calibrated probability, 0.0 to 1.0."""
        return chance(self.fast * fast + self.full * full + self.offset)


def chance(odds: float) -> float:
    """Return the probability of log odds, never quite 0.0 or 1.0."""
    return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, odds))))


Scales = Mapping[str, Mapping[str, Scale]]  # language, then label
Tiers = Mapping[str, Scales]  # "fast" or "full", then language and label


def flags(scales: Mapping[str, Scale], probabilities: Mapping[str, float]) -> tuple[str, ...]:
    """Return the labels that pass, and "review" where one comes near to its threshold."""
    passed = tuple(label for label in LABELS if probabilities[label] >= scales[label].threshold)
    near = any(
        scales[label].review_from <= probabilities[label] < scales[label].review_to
        for label in LABELS
    )
    return (*passed, REVIEW) if near else passed


def to_json(tiers: Tiers) -> str:
    """Return `tiers` as the text of thresholds.json."""
    plain = {
        tier: {
            language: {label: asdict(scale) for label, scale in of_language.items()}
            for language, of_language in scales.items()
        }
        for tier, scales in tiers.items()
    }
    return json.dumps(plain, indent=2, sort_keys=True) + "\n"


def from_json(text: str) -> Tiers:
    """Return the scales written in `text`. Raises: ValueError, TypeError, AttributeError."""
    return {
        tier: {
            language: {label: Scale(**of_language[label]) for label in of_language}
            for language, of_language in scales.items()
        }
        for tier, scales in json.loads(text).items()
    }
