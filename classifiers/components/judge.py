"""The component that judges: linear heads over sparse rows and over the encoder's vectors.

Without the encoder, or for a text that it did not read, the rows alone speak.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from classifiers.components import calibration, features, labels
from classifiers.components.calibration import Tiers
from classifiers.components.hashing import Rows

FAST, FULL = "fast", "full"
WEIGHTS = "rows.npz"
HEADS = "vectors.npz"
THRESHOLDS = "thresholds.json"
_DETAILS = (labels.URGENCY, *labels.TOPICS)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RowHead:
    """A weight for each bucket of the sparse rows, as small whole numbers of one step."""

    weights: NDArray[np.int8]
    step: float
    bias: float = 0.0  # only where no scale adds it

    def scores(self, found: Rows) -> NDArray[np.float64]:
        """Return a raw score for each row."""
        return found.scores(self.weights) * self.step + self.bias


RowHeads = Mapping[str, RowHead]  # by output


@dataclass(frozen=True, slots=True)
class VectorHeads:
    """A linear head for each output over a text's vector."""

    weights: Floats  # shape (outputs, width)
    bias: Floats  # shape (outputs,)

    def scores(self, vectors: Floats) -> Floats:
        """Return raw scores: shape (texts, outputs)."""
        return np.asarray(vectors @ self.weights.T + self.bias, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a desk's own taps add to the shipped heads over the vector."""

    number: int  # of the promotion, as the version names it
    weights: Mapping[str, Floats]  # label: a weight for each place of the vector
    bias: Mapping[str, float]

    def added(self, label: str, vector: Floats) -> float:
        """Return what is added to a label's log odds."""
        return float(vector @ self.weights[label]) + self.bias[label]


@dataclass(slots=True)
class JudgeComponent:
    """Sets `doc.cats`, `doc._.flags`, `doc._.urgency` and `doc._.topic`."""

    rows: RowHeads = field(default_factory=dict)
    vectors: VectorHeads | None = None
    tiers: Tiers = field(default_factory=dict)
    adjustment: Adjustment | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` judged."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Yield the docs judged, many at once."""
        for batch in minibatch(stream, batch_size):
            by_rows = _by_doc(self.row_scores(batch, labels.CHANCES), len(batch))
            by_vector = self._vector_scores(batch)
            wanted = [
                (doc, full)
                for doc, fast, full in zip(batch, by_rows, by_vector, strict=True)
                if self._judge(doc, fast, full)
            ]
            self._detail(wanted)
            yield from batch

    def row_scores(
        self, docs: Sequence[Doc], names: Sequence[str] = labels.OUTPUTS
    ) -> dict[str, NDArray[np.float64]]:
        """Return what the sparse rows alone say: for each output a score for each doc."""
        found = features.joined(docs)
        return {name: self.rows[name].scores(found) for name in names if name in self.rows}

    def _vector_scores(self, docs: Sequence[Doc]) -> list[Floats | None]:
        readings = [doc.user_data.get(labels.READING) for doc in docs]
        heads = self.vectors
        if heads is None:
            return [None] * len(docs)
        return [
            None if reading is None else heads.scores(reading.vector[None])[0]
            for reading in readings
        ]

    def _judge(self, doc: Doc, fast: Mapping[str, float], full: Floats | None) -> bool:
        """Set probabilities and flags; return whether the doc may need an answer."""
        said = doc._
        said.tier = tier = FAST if full is None else FULL
        scales = self.tiers.get(tier, {})
        own = scales.get(said.language)
        used = own or scales.get(calibration.ANY)
        if used is None:
            said.flags = (calibration.REVIEW,)
            return False
        read = fast if full is None else dict(zip(labels.OUTPUTS, full.tolist(), strict=True))
        doc.cats = {name: used[name].probability(fast.get(name, 0.0), read.get(name, 0.0))
                    for name in labels.CHANCES}  # fmt: skip
        if full is not None:
            self._adjust(doc)
        passed = calibration.flags(used, doc.cats)
        said.flags = passed if own else (*_without_review(passed), calibration.REVIEW)
        said.urgency, said.topic = 0, "other"
        return any(doc.cats[label] >= used[label].review_from for label in labels.LABELS)

    def _detail(self, wanted: Sequence[tuple[Doc, Floats | None]]) -> None:
        """Set urgency and topic: what only a post that needs an answer has."""
        unread = [doc for doc, full in wanted if full is None]
        by_rows = iter(_by_doc(self.row_scores(unread, _DETAILS), len(unread)) if unread else ())
        for doc, full in wanted:
            if full is None:
                _set_detail(doc, next(by_rows))
            else:
                _set_detail(doc, dict(zip(labels.OUTPUTS, full.tolist(), strict=True)))

    def _adjust(self, doc: Doc) -> None:
        """Move the odds by what the desk's own taps taught."""
        reading = doc.user_data.get(labels.READING)
        if self.adjustment is None or reading is None:
            return
        for label in labels.LABELS:
            share = min(max(doc.cats[label], 1e-9), 1 - 1e-9)
            odds = np.log(share / (1 - share)) + self.adjustment.added(label, reading.vector)
            doc.cats[label] = calibration.chance(float(odds))

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write weights and thresholds into the folder `path`; the same bytes each time."""
        path.mkdir(parents=True, exist_ok=True)
        write_rows(path / WEIGHTS, self.rows)
        if self.vectors is not None:
            np.savez(path / HEADS, weights=self.vectors.weights, bias=self.vectors.bias)
        (path / THRESHOLDS).write_text(calibration.to_json(self.tiers), encoding="utf-8")

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "JudgeComponent":
        """Return itself with the weights and thresholds of the folder `path`."""
        self.rows = read_rows(path / WEIGHTS)
        self.tiers = calibration.from_json((path / THRESHOLDS).read_text(encoding="utf-8"))
        if (path / HEADS).exists():
            with np.load(path / HEADS, allow_pickle=False) as arrays:
                self.vectors = VectorHeads(arrays["weights"], arrays["bias"])
        return self


def judge_of(nlp: Language) -> JudgeComponent:
    """Return the judge of a pipeline. Raises: TypeError where another part bears its name."""
    judge = nlp.get_pipe("judge")
    if not isinstance(judge, JudgeComponent):
        raise TypeError("judge: expected the judge's own part")
    return judge


def in_whole_numbers(weights: Floats, bias: float = 0.0) -> RowHead:
    """Return weights rounded to 127 steps either way."""
    step = max(float(np.abs(weights).max()) / 127, 1e-9)
    return RowHead(np.rint(weights / step).astype(np.int8), step, bias)


def write_rows(path: Path, heads: RowHeads) -> None:
    """Write the heads over the rows; the same bytes each time."""
    arrays: dict[str, Any] = {}
    for name in sorted(heads):
        arrays[name] = heads[name].weights
        arrays[f"{name} step"] = np.array([heads[name].step, heads[name].bias], dtype=np.float64)
    np.savez_compressed(path, **arrays)


def read_rows(path: Path) -> RowHeads:
    """Return what `write_rows` wrote. Raises: OSError, ValueError, KeyError."""
    with np.load(path, allow_pickle=False) as arrays:
        names = [name for name in arrays.files if not name.endswith(" step")]
        return {name: RowHead(arrays[name], *arrays[f"{name} step"].tolist()) for name in names}


def _without_review(flags: Sequence[str]) -> tuple[str, ...]:
    return tuple(flag for flag in flags if flag != calibration.REVIEW)


def _by_doc(scores: Mapping[str, NDArray[np.float64]], count: int) -> list[dict[str, float]]:
    """Return the same scores doc by doc."""
    columns = [each.tolist() for each in scores.values()]
    if not columns:
        return [{} for _ in range(count)]
    return [dict(zip(scores, row, strict=True)) for row in zip(*columns, strict=True)]


def _set_detail(doc: Doc, scores: Mapping[str, float]) -> None:
    topics = [topic for topic in labels.TOPICS if topic in scores]
    if not topics:
        return
    said = doc._
    said.topic = max(topics, key=lambda topic: scores[topic])
    said.urgency = round(2 * calibration.chance(scores[labels.URGENCY]))


@Language.factory("mentiondesk_judge")
def make_judge(nlp: Language, name: str) -> Any:
    """Return the component for a pipeline, not taught yet."""
    return JudgeComponent()
