"""The component that names the words which decided.

A text's vector is the mean of its pieces and the head on it is linear, so each piece's share of the
log odds is known exactly. So is that of a word's letter runs in the sparse row; a run that several
words have is shared among them, and pairs of words belong to none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import minibatch

from classifiers.components import calibration, features, labels
from classifiers.components.calibration import REVIEW, Scale
from classifiers.components.chunks import cut, sounded
from classifiers.components.encoder import Reading
from classifiers.components.folding import fold
from classifiers.components.function_words import may_be_a_reason
from classifiers.components.hashing import BUCKETS, Rows, rows
from classifiers.components.judge import JudgeComponent, judge_of

MOST = 4  # words named for a text
_NO_WORD = frozenset("@/.<")  # signs of a link, an address or a handle
_folded = lru_cache(maxsize=1 << 14)(fold)  # posts share most of their words

Ints = NDArray[np.int64]
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
    language = doc._.language
    found = []
    for place, worth in enumerate(weighed.worth[label].tolist()):
        word, start = weighed.word(place), int(weighed.starts[place])
        found.append(Share(start, start + len(word), worth, _tells(word, language)))
    return found


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of some docs one after the other; alike ones have one number."""

    alike: Sequence[str]  # by number
    number: Ints
    owner: Ints  # the place of the doc that a word stands in
    start: Ints  # … and where in its text
    folded: Rows  # the sparse row of each number


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The words of a doc and their worth."""

    alike: Sequence[str]  # by number
    numbers: Ints
    starts: Ints
    worth: Mapping[str, Worth]  # label: log odds, word by word

    def word(self, place: int) -> str:
        """Return a word as it stands."""
        return self.alike[int(self.numbers[place])]


def _weighed(judge: JudgeComponent, docs: Sequence[Doc]) -> list[_Weighed]:
    """Return the words of each doc and their worth for each label that opens an item."""
    every = _words([_cut(doc) for doc in docs])
    by_rows = _by_rows(judge, docs, every)
    found = []
    borders = np.searchsorted(every.owner, np.arange(len(docs) + 1)).tolist()
    for doc, border in zip(docs, pairwise(borders), strict=True):
        own = slice(*border)
        starts = every.start[own]
        raw = {label: worth[own] for label, worth in by_rows.items()}
        worth = _worth(judge, doc, starts, raw)
        found.append(_Weighed(every.alike, every.number[own], starts, worth))
    return found


def _cut(doc: Doc) -> Sequence[str]:
    parts: Sequence[str] | None = doc.user_data.get(labels.CUT)
    return cut(doc.user_data[labels.TEXT]) if parts is None else parts


def _words(parts: Sequence[Sequence[str]]) -> _Words:
    """Return the words of texts that are cut; those that are alike are folded once."""
    numbers = {part: number for number, part in enumerate(dict.fromkeys(chain(*parts)))}
    alike, counts = list(numbers), list(map(len, parts))
    number = np.fromiter(map(numbers.__getitem__, chain(*parts)), np.int64, sum(counts))
    lengths = np.fromiter(map(len, alike), np.int64, len(alike))[number]
    owner = np.repeat(np.arange(len(parts)), counts)
    ends = np.cumsum([0, *counts])
    before = np.cumsum(np.concatenate([[0], lengths]))
    are_words = ~np.fromiter(map(str.isspace, alike), np.bool_, len(alike))[number]
    return _Words(
        alike,
        number[are_words],
        owner[are_words],
        (before[:-1] - before[ends[owner]])[are_words],
        rows(list(map(_folded, alike))),
    )


def _worth(
    judge: JudgeComponent, doc: Doc, starts: Ints, by_rows: Mapping[str, Worth]
) -> dict[str, Worth]:
    """Return the log odds that each word adds, label by label."""
    scales = _scales(judge, doc)
    if scales is None:
        return {label: np.zeros(len(starts)) for label in by_rows}
    worth = {label: raw * scales[label].fast for label, raw in by_rows.items()}
    reading: Reading | None = doc.user_data.get(labels.READING)
    if reading is None or judge.vectors is None:
        return worth
    place = {start: number for number, start in enumerate(starts.tolist())}
    of = np.array([place[start] for start, _ in reading.spans], dtype=np.intp)
    for label in labels.LABELS:
        weights = judge.vectors.weights[labels.OUTPUTS.index(label)] * scales[label].full
        if judge.adjustment is not None:
            weights = weights + judge.adjustment.weights[label]
        each = reading.vectors[1:-1] @ weights / len(reading.vectors)
        worth[label] += np.bincount(of, weights=each, minlength=len(starts))
    return worth


def _by_rows(judge: JudgeComponent, docs: Sequence[Doc], words: _Words) -> dict[str, Worth]:
    """Return for each word of all docs its part of its doc's score over the sparse row."""
    if not len(words.number):
        return {label: np.zeros(0) for label in labels.LABELS}
    pairs, of, times = np.unique(
        words.owner * len(words.alike) + words.number, return_inverse=True, return_counts=True
    )
    parts = _parts(judge, features.joined(docs), pairs, times, words)
    return {label: judge.rows[label].scores(parts)[of] for label in labels.LABELS}


def _parts(judge: JudgeComponent, whole: Rows, pairs: Ints, times: Ints, words: _Words) -> Rows:
    """Return a row for each pair of a doc and a word in it: the word's part of the doc's row."""
    folded = _weighty(judge, words.folded)
    owner, number = np.divmod(pairs, len(words.alike))
    row, at = _spread(folded, len(words.alike), number)
    bucket = folded.bucket[at]
    place, there = _places(whole, owner[row], bucket)
    row, bucket = row[there], bucket[there]
    sharers = np.bincount(place, weights=times[row], minlength=len(whole.row))
    part = whole.value[place] / sharers[place]
    return Rows(row=row, bucket=bucket, value=part, count=len(pairs))


def _places(whole: Rows, row: Ints, bucket: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return where in `whole` these buckets of its rows are, and which of them are there.

    `row` ascends, as the rows of `whole` do.
    """
    if whole.count == 1:
        place = np.searchsorted(whole.bucket, bucket)
    else:
        place = _places_by_row(whole, row, bucket)
    there = np.zeros(len(row), dtype=np.bool_)
    if len(whole.row):
        place = np.minimum(place, len(whole.row) - 1)
        there = (whole.row[place] == row) & (whole.bucket[place] == bucket)
    return place[there], there


def _places_by_row(whole: Rows, row: Ints, bucket: Ints) -> Ints:
    """Return where in `whole` these buckets of its rows are; anywhere for those that are not."""
    place_of = np.zeros(BUCKETS, dtype=np.int32)  # what a row leaves there is told from the next's
    place = np.zeros(len(row), dtype=np.int64)
    every = np.arange(len(whole.row), dtype=np.int32)
    borders = np.arange(whole.count + 1)
    ours = pairwise(np.searchsorted(whole.row, borders).tolist())
    theirs = pairwise(np.searchsorted(row, borders).tolist())
    for one, other in zip(ours, theirs, strict=True):
        own, asked = slice(*one), slice(*other)
        place_of[whole.bucket[own]] = every[own]
        place[asked] = place_of[bucket[asked]]
    return place


def _weighty(judge: JudgeComponent, found: Rows) -> Rows:
    """Return what of sparse rows has a weight for a label."""
    weights = [judge.rows[label].weights for label in labels.LABELS]
    kept = np.any([each[found.bucket] != 0 for each in weights], axis=0)
    return Rows(
        row=found.row[kept],
        bucket=found.bucket[kept],
        value=found.value[kept],
        count=found.count,
    )


def _spread(found: Rows, count: int, wanted: Ints) -> tuple[Ints, Ints]:
    """Return the entries of the rows `wanted`, and beside each the place in `wanted`."""
    ends = np.searchsorted(found.row, np.arange(count + 1))
    sizes = np.diff(ends)[wanted]
    row = np.repeat(np.arange(len(wanted)), sizes)
    shift = ends[wanted] - (np.cumsum(sizes) - sizes)
    return row, np.arange(len(row)) + shift[row]


def _tells(word: str, language: str) -> bool:
    """Return whether a word may be a reason; links, addresses and handles may not."""
    return _NO_WORD.isdisjoint(word) and may_be_a_reason(word, language)


def _spans(doc: Doc, weighed: _Weighed, meant: Sequence[str]) -> list[Span]:
    """Return the few words that add most to what is meant, each word once, best first."""
    language = doc._.language
    worth = sum((weighed.worth[label] for label in meant), np.zeros(len(weighed.numbers)))
    order = np.argsort(-worth, kind="stable")
    chosen: dict[str, int] = {}
    for place, own in zip(order.tolist(), worth[order].tolist(), strict=True):
        if own <= 0 or len(chosen) == MOST:
            break
        word = weighed.word(place)
        if _tells(word, language):
            chosen.setdefault(sounded(word).casefold(), place)
    places = list(chosen.values())
    lengths = [len(weighed.word(place)) for place in places]
    return _tokens(doc, weighed.starts[places], np.array(lengths, dtype=np.int64))


def _tokens(doc: Doc, starts: Ints, lengths: Ints) -> list[Span]:
    """Return for each word the tokens that it stands in or reaches into."""
    tokens = np.asarray(doc.to_array("IDX"), dtype=np.int64)
    firsts = (tokens.searchsorted(starts, side="right") - 1).tolist()
    ends = tokens.searchsorted(starts + lengths, side="left").tolist()
    return [Span(doc, first, end) for first, end in zip(firsts, ends, strict=True)]


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
