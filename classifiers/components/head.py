"""The component that judges: one linear head for each label over the sparse rows."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from classifiers.components import calibration, features, labels
from classifiers.components.calibration import Scales
from classifiers.components.hashing import BUCKETS

WEIGHTS = "weights.npz"
THRESHOLDS = "thresholds.json"

Weights = Mapping[str, NDArray[np.float32]]


class HeadComponent:
    """Sets `doc.cats` and `doc._.flags`; a language it was not taught gets "review" alone."""

    def __init__(self) -> None:
        self.weights: Weights = {label: np.zeros(BUCKETS, np.float32) for label in labels.LABELS}
        self.scales: Scales = {}

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` judged."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Yield the docs judged, many at once."""
        for batch in minibatch(stream, batch_size):
            found = features.joined(batch)
            scores = {label: found.scores(self.weights[label]) for label in labels.LABELS}
            for number, doc in enumerate(batch):
                self._judge(doc, {label: float(scores[label][number]) for label in scores})
                yield doc

    def _judge(self, doc: Doc, scores: Mapping[str, float]) -> None:
        scales = self.scales.get(doc._.language)
        if scales is None:
            doc._.flags = (calibration.REVIEW,)
            return
        doc.cats = {label: scales[label].probability(scores[label]) for label in labels.LABELS}
        doc._.flags = calibration.flags(scales, doc.cats)

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write weights and thresholds into the folder `path`; the same bytes each time."""
        path.mkdir(parents=True, exist_ok=True)
        write_weights(path / WEIGHTS, self.weights)
        (path / THRESHOLDS).write_text(calibration.to_json(self.scales), encoding="utf-8")

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "HeadComponent":
        """Return itself with the weights and thresholds of the folder `path`."""
        self.weights = read_weights(path / WEIGHTS)
        self.scales = calibration.from_json((path / THRESHOLDS).read_text(encoding="utf-8"))
        return self


def head_of(nlp: Language) -> HeadComponent:
    """Return the head of a pipeline. Raises: TypeError where another part bears its name."""
    head = nlp.get_pipe("head")
    if not isinstance(head, HeadComponent):
        raise TypeError("head: expected the judge's own part")
    return head


def write_weights(path: Path, weights: Weights) -> None:
    """Write each label's weights as small whole numbers and the step between two of them."""
    arrays: dict[str, Any] = {}
    for label in labels.LABELS:
        step = max(float(np.abs(weights[label]).max()) / 127, 1e-9)
        arrays[label] = np.rint(weights[label] / step).astype(np.int8)
        arrays[f"{label}_step"] = np.array(step, dtype=np.float64)
    np.savez_compressed(path, **arrays)


def read_weights(path: Path) -> Weights:
    """Return what `write_weights` wrote. Raises: OSError, ValueError, KeyError."""
    with np.load(path, allow_pickle=False) as arrays:
        return {
            label: (arrays[label] * float(arrays[f"{label}_step"])).astype(np.float32)
            for label in labels.LABELS
        }


@Language.factory("mentiondesk_head")
def make_head(nlp: Language, name: str) -> HeadComponent:
    """Return the component for a pipeline, not taught yet."""
    return HeadComponent()
