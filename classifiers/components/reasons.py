"""The component that names the words which decided.

A text's vector is the mean of its pieces and the head on it is linear, so each piece's share of the
log odds is known exactly. So is that of a word's letter runs in the sparse row; a run that several
words have is shared among them, and pairs of words belong to none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import minibatch

from classifiers.components import calibration, features, labels
from classifiers.components.calibration import REVIEW, Scale
from classifiers.components.chunks import Chunk, chunks
from classifiers.components.encoder import Reading
from classifiers.components.folding import fold
from classifiers.components.function_words import may_be_a_reason
from classifiers.components.hashing import BUCKETS, Rows, rows
from classifiers.components.judge import JudgeComponent, judge_of

MOST = 4  # words named for a text
_NO_WORD = frozenset("@/.<")  # signs of a link, an address or a handle
_folded = lru_cache(maxsize=1 << 14)(fold)  # posts share most of their words

Worth = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """What the word from `start` to `end` adds to a label's log odds; below 0 it speaks against."""

    start: int
    end: int
    worth: float
    telling: bool  # it may be a reason


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
            labelled = [(doc, _meant(doc)) for doc in batch]
            weighed = iter(_weighed(judge, [doc for doc, meant in labelled if meant]))
            for doc, meant in labelled:
                spans = _spans(doc, next(weighed), meant) if meant else []
                doc.spans[labels.REASONS] = SpanGroup(doc, name=labels.REASONS, spans=spans)
                yield doc


def shares(judge: JudgeComponent, doc: Doc, label: str) -> list[Share]:
    """Return what each word of a judged doc adds to the log odds of `label`, as they stand."""
    (weighed,) = _weighed(judge, [doc])
    text, language = doc.user_data[labels.TEXT], doc._.language
    return [
        Share(word.start, word.end, worth, _tells(word, text, language))
        for word, worth in zip(weighed.words, weighed.worth[label].tolist(), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Weighed:
    words: Sequence[Chunk]
    worth: Mapping[str, Worth]  # label: log odds, word by word


def _weighed(judge: JudgeComponent, docs: Sequence[Doc]) -> list[_Weighed]:
    """Return the words of each doc and their worth for each label that opens an item."""
    words = [chunks(doc.user_data[labels.TEXT]) for doc in docs]
    ends = np.cumsum([0, *map(len, words)]).tolist()
    by_rows = _by_rows(judge, docs, words)
    found = []
    for doc, own, (start, end) in zip(docs, words, pairwise(ends), strict=True):
        raw = {label: worth[start:end] for label, worth in by_rows.items()}
        found.append(_Weighed(own, _worth(judge, doc, own, raw)))
    return found


def _worth(
    judge: JudgeComponent, doc: Doc, words: Sequence[Chunk], by_rows: Mapping[str, Worth]
) -> dict[str, Worth]:
    """Return the log odds that each word adds, label by label."""
    scales = _scales(judge, doc)
    if scales is None:
        return {label: np.zeros(len(words)) for label in by_rows}
    worth = {label: raw * scales[label].fast for label, raw in by_rows.items()}
    reading: Reading | None = doc.user_data.get(labels.READING)
    if reading is None or judge.vectors is None:
        return worth
    place = {word.start: number for number, word in enumerate(words)}
    of = np.array([place[start] for start, _ in reading.spans], dtype=np.intp)
    for label in labels.LABELS:
        weights = judge.vectors.weights[labels.OUTPUTS.index(label)] * scales[label].full
        if judge.adjustment is not None:
            weights = weights + judge.adjustment.weights[label]
        each = reading.vectors[1:-1] @ weights / len(reading.vectors)
        worth[label] += np.bincount(of, weights=each, minlength=len(words))
    return worth


def _by_rows(
    judge: JudgeComponent, docs: Sequence[Doc], words: Sequence[Sequence[Chunk]]
) -> dict[str, Worth]:
    """Return for each word of all docs its part of its doc's score over the sparse row."""
    folded = [
        _folded(doc.user_data[labels.TEXT][word.start : word.end])
        for doc, own in zip(docs, words, strict=True)
        for word in own
    ]
    if not folded:
        return {label: np.zeros(0) for label in labels.LABELS}
    found, whole = rows(folded), features.joined(docs)
    kept, value = whole.row * BUCKETS + whole.bucket, whole.value  # ascending, as `rows` makes them
    owner = np.repeat(np.arange(len(docs)), [len(own) for own in words])
    asked = owner[found.row] * BUCKETS + found.bucket
    place = np.minimum(np.searchsorted(kept, asked), max(0, len(kept) - 1))
    there = kept[place] == asked if len(kept) else np.zeros(len(asked), dtype=np.bool_)
    sharers = np.bincount(place[there], minlength=len(kept))
    part = np.zeros(len(asked))
    part[there] = value[place[there]] / sharers[place[there]]
    parts = Rows(row=found.row, bucket=found.bucket, value=part, count=len(folded))
    return {label: judge.rows[label].scores(parts) for label in labels.LABELS}


def _tells(word: Chunk, text: str, language: str) -> bool:
    """Return whether a chunk may be a reason; links, addresses and handles may not."""
    given = text[word.start : word.end]
    return _NO_WORD.isdisjoint(given) and may_be_a_reason(given, language)


def _spans(doc: Doc, weighed: _Weighed, meant: Sequence[str]) -> list[Span]:
    """Return the few words that add most to what is meant, each word once, best first."""
    text, language = doc.user_data[labels.TEXT], doc._.language
    worth = sum((weighed.worth[label] for label in meant), np.zeros(len(weighed.words)))
    chosen: dict[str, Chunk] = {}
    for place in np.argsort(-worth, kind="stable").tolist():
        word = weighed.words[place]
        if worth[place] <= 0 or len(chosen) == MOST:
            break
        if _tells(word, text, language):
            chosen.setdefault(word.text.casefold(), word)
    starts = np.asarray(doc.to_array("IDX"), dtype=np.int64)
    return [_span(doc, starts, word) for word in chosen.values()]


def _span(doc: Doc, starts: NDArray[np.int64], word: Chunk) -> Span:
    """Return the tokens that `word` stands in or reaches into."""
    first = int(np.searchsorted(starts, word.start, side="right")) - 1
    return Span(doc, first, int(np.searchsorted(starts, word.end, side="left")))


def _meant(doc: Doc) -> list[str]:
    """Return the labels whose reasons are wanted: those flagged, or the likelier in review."""
    flags = doc._.flags
    flagged = [label for label in labels.LABELS if label in flags]
    if not flagged and REVIEW in flags and doc.cats:
        return [max(labels.LABELS, key=lambda label: doc.cats[label])]
    return flagged


def _scales(judge: JudgeComponent, doc: Doc) -> Mapping[str, Scale] | None:
    """Return the scales by which a doc was judged."""
    scales = judge.tiers.get(doc._.tier, {})
    return scales.get(doc._.language) or scales.get(calibration.ANY)


@Language.factory("mentiondesk_reasons")
def make_reasons(nlp: Language, name: str) -> ReasonsComponent:
    """Return the component for a pipeline that has a judge."""
    return ReasonsComponent(nlp)
