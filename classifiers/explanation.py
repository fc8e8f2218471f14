"""Why the judge said what it said of one text: word by word, and against which thresholds."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import TYPE_CHECKING

from monitor.model import Classification

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from classifiers.components.calibration import Scale

UNKNOWN = "und"


class Because(StrEnum):
    """What told the language."""

    LETTERS = "letters"  # its script belongs to this language alone
    WORDS = "words"  # letters and words together
    HINT = "hint"  # the source claims it, and the words do not speak against it
    NOTHING = "nothing"  # no language is likely enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word from `start` to `end` of the text, and what it adds to the log odds."""

    start: int
    end: int
    text: str
    weight: float  # + 0.7 doubles the odds, - 0.7 halves them
    telling: bool  # a word that can tell somebody why; articles, pronouns … cannot


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One label: how likely it is, against what, and what each word had to do with it."""

    label: str
    probability: float
    threshold: float  # at it and above the label is flagged
    review_from: float  # from here to below `review_to` a person looks
    review_to: float
    flagged: bool
    near: bool  # in that band
    start: float  # the log odds before any word is weighed; with the weights they give the odds
    words: tuple[Word, ...]  # those that weigh most first, on either side


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the judge says of a text, and why."""

    classification: Classification
    because: Because
    tier: str  # "fast" or "full": which model spoke
    measured_by: str  # the language whose thresholds were taken, "any" where it is not taught
    verdicts: tuple[Verdict, ...]  # none where the model has no thresholds at all


def explanation(nlp: "Language", doc: "Doc", found: Classification) -> Explanation:
    """Return why a doc that `nlp` has judged was judged so."""
    from classifiers.components.calibration import ANY
    from classifiers.components.judge import judge_of

    tier = judge_of(nlp).tiers.get(doc._.tier, {})
    language = doc._.language if doc._.language in tier else ANY
    return Explanation(
        classification=found,
        because=_because(nlp, doc),
        tier=doc._.tier,
        measured_by=language,
        verdicts=tuple(_verdicts(nlp, doc, tier.get(language, {}))),
    )


def _verdicts(nlp: "Language", doc: "Doc", scales: "Mapping[str, Scale]") -> Iterator[Verdict]:
    from classifiers.components.judge import judge_of
    from classifiers.components.labels import LABELS, TEXT
    from classifiers.components.reasons import shares

    judge, text = judge_of(nlp), doc.user_data[TEXT]
    for label in (each for each in LABELS if each in scales):
        words = [
            Word(
                start=share.start,
                end=share.end,
                text=text[share.start : share.end],
                weight=share.worth,
                telling=share.telling,
            )
            for share in shares(judge, doc, label)
        ]
        yield _verdict(doc, label, scales[label], words)


def _verdict(doc: "Doc", label: str, scale: "Scale", words: list[Word]) -> Verdict:
    probability = doc.cats[label]
    return Verdict(
        label=label,
        probability=probability,
        threshold=scale.threshold,
        review_from=scale.review_from,
        review_to=scale.review_to,
        flagged=label in doc._.flags,
        near=scale.review_from <= probability < scale.review_to,
        start=_log_odds(probability) - sum(word.weight for word in words),
        words=tuple(sorted(words, key=lambda word: -abs(word.weight))),
    )


def _log_odds(probability: float) -> float:
    kept = min(max(probability, 1e-9), 1 - 1e-9)
    return log(kept / (1 - kept))


def _because(nlp: "Language", doc: "Doc") -> Because:
    """Return what told the language, by asking again without what the source claims."""
    from classifiers.components.labels import TEXT

    text, language = doc.user_data[TEXT], doc._.language
    if language == UNKNOWN:
        return Because.NOTHING
    if doc._.hint and _language_alone(nlp, text) != language:
        return Because.HINT
    return Because.LETTERS if _letters_tell(text, language) else Because.WORDS


def _language_alone(nlp: "Language", text: str) -> str:
    """Return the language that the text itself tells."""
    doc = nlp.make_doc(text)
    for name, part in nlp.pipeline:
        if name in {"features", "language"}:
            doc = part(doc)
    return str(doc._.language)


def _letters_tell(text: str, language: str) -> bool:
    from classifiers.components.scripts import ALONE

    scripts = [script.upper() for script, alone in ALONE.items() if alone == language]
    names = (unicodedata.name(letter, "") for letter in set(text))
    return any(name.startswith(tuple(scripts)) for name in names)
