"""Texts as the shipped judge reads them: the encoder's vector, and the log odds of each label."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from spacy.language import Language

from classifiers import pipeline
from classifiers.components import judge, labels
from classifiers.components.calibration import Scales
from classifiers.components.encoder import WIDTH
from classifiers.components.folding import storable
from classifiers.components.labels import LABELS
from classifiers.learning import adjustments
from classifiers.learning.sheets import Floats, Marks, Numbers
from monitor.errors import ClassifierError

_BATCH = 256
_log = logging.getLogger(__name__)
Told = Callable[[int, int], None]  # how many texts of how many were read


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A text and its language as far as it is known."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """A row for each text."""

    vectors: Floats
    odds: Numbers  # a column for each of LABELS
    read: Marks  # False: the encoder did not read it, and nothing can be learned from it
    languages: tuple[str, ...]  # as the judge took them


class Reads(Protocol):
    """What a challenge asks of the shipped judge."""

    version: str
    identity: str  # what tells its model from any other

    def scales(self) -> Scales:
        """Return the thresholds of the tier that reads with the encoder."""
        ...

    def read(self, asked: Sequence[Asked]) -> Readings:
        """Return what the judge makes of texts. Raises: ClassifierError without an encoder."""
        ...

    def read_once(self, asked: Sequence[Asked], kept: Path, *, keep: bool) -> Readings:
        """Return what the judge makes of texts that are always the same; kept with `keep`."""
        ...


class Reader:
    """The shipped judge without any adjustment."""

    def __init__(self, model: Path, told: Told) -> None:
        """Prepare to read with the model in the folder `model`; it is loaded when first used."""
        self.version, self.identity = pipeline.identity(model)
        self._model = model
        self._told = told
        self._nlp: Language | None = None

    def scales(self) -> Scales:
        """Return the thresholds of the tier that reads with the encoder."""
        return judge.judge_of(self._pipeline()).tiers.get(judge.FULL, {})

    def read(self, asked: Sequence[Asked]) -> Readings:
        """Return what the judge makes of texts. Raises: ClassifierError without an encoder."""
        vectors = np.zeros((len(asked), WIDTH), dtype=np.float32)
        odds = np.zeros((len(asked), len(LABELS)))
        read = np.zeros(len(asked), dtype=np.bool_)
        languages = []
        for row, (vector, own, language) in enumerate(self._each(asked)):
            languages.append(language)
            if vector is not None and own is not None:
                vectors[row], odds[row], read[row] = vector, own, True
        return Readings(vectors=vectors, odds=odds, read=read, languages=tuple(languages))

    def _each(
        self, asked: Sequence[Asked]
    ) -> Iterator[tuple[Floats | None, list[float] | None, str]]:
        nlp = self._pipeline()
        for start in range(0, len(asked), _BATCH):
            with nlp.memory_zone():
                docs = [nlp.make_doc(storable(one.text)) for one in asked[start : start + _BATCH]]
                for doc, one in zip(docs, asked[start : start + _BATCH], strict=True):
                    doc._.hint = one.language
                for doc in nlp.pipe(docs, batch_size=_BATCH):
                    reading = doc.user_data.get(labels.READING)
                    own = [_logit(doc.cats[label]) for label in LABELS] if doc.cats else None
                    yield None if reading is None else reading.vector, own, str(doc._.language)
            self._told(min(start + _BATCH, len(asked)), len(asked))

    def read_once(self, asked: Sequence[Asked], kept: Path, *, keep: bool) -> Readings:
        """Return what the judge makes of texts that are always the same; read from `kept`.

        With `keep` they are written there when they had to be read anew.
        """
        key = self._key(asked)
        known = _kept(kept, key)
        if known is None:
            known = self.read(asked)
            if keep:
                _keep(kept, key, known)
        return known

    def _key(self, asked: Sequence[Asked]) -> str:
        texts = json.dumps([[one.text, one.language] for one in asked])
        return sha256(f"{self.identity}\n{texts}".encode()).hexdigest()

    def _pipeline(self) -> Language:
        if self._nlp is None:
            self._nlp = pipeline.spacy_pipeline(self._model, judge.FULL)
            judge.judge_of(self._nlp).adjustment = None
            if judge.judge_of(self._nlp).vectors is None:
                raise ClassifierError(f"{self._model}: has no encoder, so taps teach it nothing")
        return self._nlp


def _kept(path: Path, key: str) -> Readings | None:
    """Return the readings in a file, None where it has others or is damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if str(arrays["key"]) != key:
                return None
            return Readings(
                vectors=arrays["vectors"].astype(np.float32),
                odds=arrays["odds"].astype(np.float64),
                read=arrays["read"],
                languages=tuple(arrays["languages"].tolist()),
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        _log.warning("%s: cannot be read and is made anew: %s", path, error)
        return None


def _keep(path: Path, key: str, found: Readings) -> None:
    held = BytesIO()
    np.savez(
        held,
        key=np.array(key),
        vectors=found.vectors.astype(np.float16),
        odds=found.odds.astype(np.float32),
        read=found.read,
        languages=np.array(found.languages, dtype=np.str_),
    )
    adjustments.put(path, held.getvalue())


def _logit(share: float) -> float:
    bounded = min(max(share, 1e-9), 1 - 1e-9)  # as the judge does before it adds
    return float(np.log(bounded / (1 - bounded)))
