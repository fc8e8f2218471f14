"""Which language a text is in: its script first, then what its letters and words weigh.

Among the languages of one script a linear model decides, over the same runs of letters and words
that the judge counts, and over the letters with marks, which those runs lack. All sums are of
whole numbers, so that a text is in the same language on every machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.components import scripts
from classifiers.components.hashing import LETTER_BUCKETS

UNKNOWN = "und"
TRAINED = ("en", "tr", "sk", "ar", "hy", "ru")

RUNS = 1 << 15  # places for runs of letters
WORDS = 1 << 14  # … for words and pairs of words
MARKS = 1 << 11  # … for letters beyond ASCII
_MARGIN = 0.1  # log odds by which the first must lie before the second
_SHORT_MARGIN = 1.0  # … of a text of few letters
_FEW = 5  # letters
_LEAN = 0.4  # log odds for each of the six: the desk watches brands that are spoken of in these
_HINT = 3.0  # log odds that the platform's own claim adds

# Languages that a hint may name although no weights know them, by script; in Latin letters: any.
_HINTED: Mapping[str, frozenset[str]] = {
    "cyrillic": frozenset({"ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt", "uz"}),
    "arabic": frozenset({"ar", "fa", "ur", "ps", "ug", "ku", "sd"}),
}

Ints = NDArray[np.int64]
Weights = NDArray[np.int8]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongues:
    """The languages of one script and what speaks for each of them."""

    names: tuple[str, ...]  # ISO 639-1; "und" is all languages that few posts taught
    runs: Weights  # shape (RUNS + WORDS, languages)
    marks: Weights  # shape (MARKS, languages)
    run_step: float  # what one step of `runs` adds to the log odds, before the root of their count
    mark_step: float

    def scores(self, found: Sequence[Ints], letters: Sequence[Sequence[int]]) -> Scores:
        """Return a log score for each text and language; `found` are buckets, never empty."""
        lengths = np.array([len(buckets) for buckets in found])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        taken = self.runs.take(places(np.concatenate(found)), axis=0)
        by_runs = np.add.reduceat(taken, starts, axis=0, dtype=np.int32)
        scores: Scores = by_runs * (self.run_step / np.sqrt(lengths))[:, None]
        for row, marked in enumerate(letters):
            if marked:
                scores[row] += self.marks[marked].sum(axis=0, dtype=np.int32) * self.mark_step
        return scores


def places(buckets: Ints) -> Ints:
    """Return the places in `Tongues.runs` of a text's buckets."""
    return np.where(buckets < LETTER_BUCKETS, buckets & (RUNS - 1), RUNS + (buckets & (WORDS - 1)))


def marked_letters(spelled: str) -> list[int]:
    """Return the places in `Tongues.marks` of a text's letters, each once, ascending."""
    if spelled.isascii():
        return []
    return sorted(
        {ord(sign) & (MARKS - 1) for sign in set(spelled) if sign > "\x7f" and sign.isalpha()}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A text as the identifier wants it."""

    spelled: str  # by `folding.spelled`
    buckets: Ints  # of its row
    hint: str | None = None  # the language as the platform claims it


class Identifier:
    """Names the languages of texts, or says that it does not know."""

    def __init__(self, tongues: Mapping[str, Tongues]) -> None:
        self.tongues = tongues  # by script

    def languages(self, posts: Sequence[Post]) -> list[str]:
        """Return the ISO 639-1 code of each text's language, or "und".

        A hint is believed unless the script excludes it or the words speak clearly against it.
        """
        written = scripts.main_scripts([post.spelled for post in posts])
        found = [UNKNOWN if one is None else scripts.ALONE.get(one[0], UNKNOWN) for one in written]
        for script, tongues in self.tongues.items():
            own = [at for at, one in enumerate(written) if one is not None and one[0] == script]
            if own:
                letters = [one[1] for at in own if (one := written[at]) is not None]
                told = _told(script, tongues, [posts[at] for at in own], letters)
                for at, language in zip(own, told, strict=True):
                    found[at] = language
        return found


def _told(
    script: str, tongues: Tongues, posts: Sequence[Post], letters: Sequence[int]
) -> Iterator[str]:
    """Yield the language of each text, all of them in one script."""
    letters_of = [marked_letters(post.spelled) for post in posts]
    scores = tongues.scores([post.buckets for post in posts], letters_of)
    hints = [_code(post.hint) for post in posts]
    scores += np.array([_LEAN * (name in TRAINED) for name in tongues.names])
    for row, hint in enumerate(hints):
        if hint in tongues.names:
            scores[row, tongues.names.index(hint)] += _HINT
    best = scores.argmax(axis=1).tolist()
    two = np.sort(scores, axis=1)[:, -2:]
    margins = (two[:, 1] - two[:, 0]).tolist()
    for place, margin, hint, count in zip(best, margins, hints, letters, strict=True):
        needed = _SHORT_MARGIN if count < _FEW else _MARGIN
        name = tongues.names[place] if margin >= needed else UNKNOWN
        fits = hint is not None and hint in _HINTED.get(script, (hint,))
        yield str(hint) if name == UNKNOWN and fits else name


def _code(hint: str | None) -> str | None:
    """Return the two-letter code in a hint such as "en-GB", or None where there is none."""
    if not hint:
        return None
    code = hint.strip().lower().replace("_", "-").split("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None
