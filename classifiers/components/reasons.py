"""The component that names the words which decided.

A text's vector is the mean of its pieces and the head on it is linear, so each piece's share of
the score is known exactly; where the encoder did not read, each word is weighed by the rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import minibatch

from classifiers.components import labels
from classifiers.components.calibration import REVIEW
from classifiers.components.encoder import Reading
from classifiers.components.folding import fold
from classifiers.components.hashing import rows
from classifiers.components.judge import JudgeComponent, judge_of

MOST = 4  # words named for a text
_LOOKED_AT = 400  # tokens of a long text
_folded = lru_cache(maxsize=1 << 14)(fold)  # posts share most of their words

Place = tuple[int, int]  # from and to, in characters of the text
Worth = NDArray[np.float64]


class ReasonsComponent:
    """Sets `doc.spans["reasons"]`, most decisive first: words that speak for what was flagged."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` with its reasons, which are none where nothing was flagged."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Yield the docs with their reasons, computed for many at once."""
        judge = judge_of(self._nlp)
        for batch in minibatch(stream, batch_size):
            by_rows = iter(
                _by_rows(judge, [doc for doc in batch if _meant(doc) and not _read(doc)])
            )
            for doc in batch:
                reading = _read(doc)
                if not _meant(doc):
                    found: list[Span] = []
                elif reading is None:
                    found = next(by_rows)
                else:
                    found = _by_reading(judge, doc, reading)
                doc.spans[labels.REASONS] = SpanGroup(doc, name=labels.REASONS, spans=found)
                yield doc


def _by_reading(judge: JudgeComponent, doc: Doc, reading: Reading) -> list[Span]:
    """Return the chunks whose pieces add most to the score."""
    heads = judge.vectors
    if heads is None or not reading.spans:
        return []
    columns = [labels.OUTPUTS.index(label) for label in _meant(doc)]
    each = (reading.vectors[1:-1] @ heads.weights[columns].T).sum(axis=1)
    worth: dict[Place, float] = {}
    for place, share in zip(reading.spans, each.tolist(), strict=True):
        worth[place] = worth.get(place, 0.0) + share
    text = doc.user_data[labels.TEXT]
    chosen = _best({place: worth[place] for place in worth}, text)
    spans = (doc.char_span(start, end, alignment_mode="expand") for start, end in chosen)
    return [span for span in spans if span is not None]


def _by_rows(judge: JudgeComponent, docs: Sequence[Doc]) -> list[list[Span]]:
    """Return for each doc the words that the sparse rows' weights speak for."""
    words = [[token.text for token in doc[:_LOOKED_AT]] for doc in docs]
    flat = rows([_folded(word) for own in words for word in own])
    scores = {label: judge.rows[label].scores(flat) for label in labels.LABELS}
    ends = np.cumsum([0, *map(len, words)])
    return [
        _words(doc, sum((scores[label][start:end] for label in _meant(doc)), np.zeros(end - start)))
        for doc, (start, end) in zip(docs, pairwise(ends.tolist()), strict=True)
    ]


def _words(doc: Doc, worth: Worth) -> list[Span]:
    places = {
        (token.idx, token.idx + len(token)): share
        for token, share in zip(doc[: len(worth)], worth.tolist(), strict=True)
    }
    chosen = _best(places, doc.user_data[labels.TEXT])
    spans = (doc.char_span(start, end) for start, end in chosen)
    return [span for span in spans if span is not None]


def _meant(doc: Doc) -> list[str]:
    """Return the labels whose reasons are wanted: those flagged, or the likelier in review."""
    flagged = [label for label in labels.LABELS if label in doc._.flags]
    if not flagged and REVIEW in doc._.flags and doc.cats:
        return [max(labels.LABELS, key=lambda label: doc.cats[label])]
    return flagged


def _read(doc: Doc) -> Reading | None:
    found: Reading | None = doc.user_data.get(labels.READING)
    return found


def _best(worth: Mapping[Place, float], text: str) -> list[Place]:
    """Return the places of the few words that add most, each word once, best first."""
    chosen: dict[str, Place] = {}
    for place in sorted(worth, key=lambda place: (-worth[place], place)):
        word = text[slice(*place)].casefold()
        if worth[place] > 0 and any(letter.isalpha() for letter in word):
            chosen.setdefault(word, place)
    return list(chosen.values())[:MOST]


@Language.factory("mentiondesk_reasons")
def make_reasons(nlp: Language, name: str) -> ReasonsComponent:
    """Return the component for a pipeline that has a judge."""
    return ReasonsComponent(nlp)
