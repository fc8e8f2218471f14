"""The component that names the words which decided."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from spacy.util import minibatch

from classifiers.components import labels
from classifiers.components.calibration import REVIEW
from classifiers.components.folding import fold
from classifiers.components.hashing import Floats, rows
from classifiers.components.head import head_of

MOST = 4  # words named for a text
_LOOKED_AT = 400  # tokens of a long text
_folded = lru_cache(maxsize=1 << 14)(fold)  # posts share most of their words


class ReasonsComponent:
    """Sets `doc.spans["reasons"]`, most decisive first: words that speak for what was flagged."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` with its reasons, which are none where nothing was flagged."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Yield the docs with their reasons, computed for many at once."""
        for batch in minibatch(stream, batch_size):
            meant = [_meant(doc) for doc in batch]
            words = [
                [token.text for token in doc[:_LOOKED_AT]] if wanted else []
                for doc, wanted in zip(batch, meant, strict=True)
            ]
            worth = self._worth(words)
            for doc, wanted, own, told in zip(batch, meant, words, worth, strict=True):
                total = sum((told[label] for label in wanted), np.zeros(len(own)))
                spans = [doc[place : place + 1] for place in _best(own, total)]
                doc.spans[labels.REASONS] = SpanGroup(doc, name=labels.REASONS, spans=spans)
                yield doc

    def _worth(self, words: Sequence[Sequence[str]]) -> list[dict[str, Floats]]:
        """Return for each text and label what each of its words adds to the score."""
        flat = rows([_folded(word) for own in words for word in own])
        weights = head_of(self._nlp).weights
        scores = {label: flat.scores(weights[label]) for label in labels.LABELS}
        ends = np.cumsum([0, *map(len, words)])
        return [
            {label: scores[label][start:end] for label in scores} for start, end in pairwise(ends)
        ]


def _meant(doc: Doc) -> list[str]:
    """Return the labels whose reasons are wanted: those flagged, or the likelier in review."""
    if REVIEW in doc._.flags and doc.cats:
        return [max(labels.LABELS, key=lambda label: doc.cats[label])]
    return [label for label in labels.LABELS if label in doc._.flags]


def _best(words: Sequence[str], worth: Floats) -> list[int]:
    """Return the places of the few words that add most, each word once, best first."""
    chosen: dict[str, int] = {}
    for place in np.argsort(-worth, kind="stable").tolist():
        if worth[place] > 0 and any(letter.isalpha() for letter in words[place]):
            chosen.setdefault(words[place].casefold(), place)
    return list(chosen.values())[:MOST]


@Language.factory("mentiondesk_reasons")
def make_reasons(nlp: Language, name: str) -> ReasonsComponent:
    """Return the component for a pipeline that has a head."""
    return ReasonsComponent(nlp)
