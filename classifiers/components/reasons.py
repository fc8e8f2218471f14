"""The component that names the words which decided."""

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup

from classifiers.components import labels
from classifiers.components.calibration import REVIEW
from classifiers.components.folding import fold
from classifiers.components.hashing import rows
from classifiers.components.head import HeadComponent, Weights

MOST = 4  # words named for a text
_LOOKED_AT = 400  # tokens of a long text


class ReasonsComponent:
    """Sets `doc.spans["reasons"]`, most decisive first: words that speak for what was flagged."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` with its reasons, which are none where nothing was flagged."""
        spans = [doc[place : place + 1] for place in self._places(doc)]
        doc.spans[labels.REASONS] = SpanGroup(doc, name=labels.REASONS, spans=spans)
        return doc

    def _places(self, doc: Doc) -> list[int]:
        """Return the tokens that add most to the flagged labels' scores, best first."""
        meant = [label for label in labels.LABELS if label in doc._.flags]
        if REVIEW in doc._.flags and doc.cats:
            meant = [max(labels.LABELS, key=lambda label: doc.cats[label])]
        words = [token.text for token in doc[:_LOOKED_AT]] if meant else []
        if not words:
            return []
        found = rows([fold(word) for word in words])
        worth = sum((found.scores(self._weights()[label]) for label in meant), np.zeros(len(words)))
        best = [int(place) for place in np.argsort(-worth, kind="stable")]
        return self._different(words, [place for place in best if worth[place] > 0])

    def _different(self, words: list[str], places: list[int]) -> list[int]:
        """Return the first few of `places` that are words, each word once."""
        chosen: dict[str, int] = {}
        for place in places:
            if any(letter.isalpha() for letter in words[place]):
                chosen.setdefault(words[place].casefold(), place)
        return list(chosen.values())[:MOST]

    def _weights(self) -> Weights:
        head = self._nlp.get_pipe("head")
        assert isinstance(head, HeadComponent)
        return head.weights


@Language.factory("mentiondesk_reasons")
def make_reasons(nlp: Language, name: str) -> ReasonsComponent:
    """Return the component for a pipeline that has a head."""
    return ReasonsComponent(nlp)
