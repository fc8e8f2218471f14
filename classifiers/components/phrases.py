"""The component that hears phrases: what is urgent, and what the judge has no word on."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from ahocorasick_rs import AhoCorasick
from spacy.language import Language
from spacy.tokens import Doc

from classifiers.components import labels, phrase_rules
from classifiers.components.folding import fold

NAME = "phrases"
URGENT = 2
LEAVING, STAYING = 0.8, 0.05  # of customers who announce it, and of all others
_GAP = r"(?: \S+){0,4}"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the phrases of a text say. None: nothing."""

    urgency: int | None
    leaves: bool
    topic: str | None


class Phrases:
    """Finds phrases in folded texts: first a word of each, then the phrase around it."""

    def __init__(self, phrases: Iterable[str]) -> None:
        patterns = dict.fromkeys(phrases)
        anchors: dict[str, list[re.Pattern[str]]] = {}
        for phrase in patterns:
            anchors.setdefault(_anchor(phrase), []).append(re.compile(_pattern(phrase)))
        self._patterns = tuple(anchors.values())
        self._words = AhoCorasick(list(anchors))

    def count(self, folded: str) -> int:
        """Return how many of the phrases stand in a folded text."""
        text = f" {folded} "
        near = {index for index, *_ in self._words.find_matches_as_indexes(text, overlapping=True)}
        return sum(bool(each.search(text)) for index in near for each in self._patterns[index])


def heard(text: str) -> Heard:
    """Return what the phrases of a text say, whatever its language."""
    return _heard(fold(text))


def _heard(folded: str) -> Heard:
    counts = {topic: each.count(folded) for topic, each in _topics().items()}
    best = max(counts, key=lambda topic: counts[topic])
    return Heard(
        urgency=URGENT if is_urgent(folded) else None,
        leaves=bool(_leaving().count(folded)),
        topic=best if counts[best] else None,
    )


def is_urgent(folded: str) -> bool:
    """Return whether a folded text says that harm or loss happens now or within hours."""
    return bool(_urgent().count(folded))


@dataclass(slots=True)
class PhrasesComponent:
    """Raises `doc._.urgency` where it is urgent, and fills what the judge left empty."""

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` with what its phrases say."""
        said = doc._
        if said.flags and said.urgency is not None and said.urgency < URGENT:
            said.urgency = URGENT if is_urgent(_folded(doc)) else said.urgency
        if said.urgency is None or said.topic is None or labels.CHURN_RISK not in doc.cats:
            _fill(doc)
        return doc

    def to_disk(self, path: object, *, exclude: Iterable[str] = ()) -> None:
        """Write nothing: the phrases are code."""

    def from_disk(self, path: object, *, exclude: Iterable[str] = ()) -> "PhrasesComponent":
        """Return itself."""
        return self


def _fill(doc: Doc) -> None:
    """Say of a text what the judge has no word on."""
    said, found = doc._, _heard(_folded(doc))
    if said.urgency is None:
        said.urgency = found.urgency or 0
    if said.topic is None:
        said.topic = found.topic or labels.TOPICS[-1]
    if labels.CHURN_RISK not in doc.cats:
        doc.cats = {**doc.cats, labels.CHURN_RISK: LEAVING if found.leaves else STAYING}


def _folded(doc: Doc) -> str:
    folded: str | None = doc.user_data.get(labels.BARE)
    return fold(doc.text) if folded is None else folded


def _anchor(phrase: str) -> str:
    """Return the longest word of a phrase, with the blanks that border it."""
    words = [word for word in phrase.split() if word != "~"]
    longest = max(words, key=lambda word: len(fold(word.removesuffix("*"))))
    return f" {fold(longest.removesuffix('*'))}{'' if longest.endswith('*') else ' '}"


def _pattern(phrase: str) -> str:
    """Return the expression that finds a phrase between the blanks of a folded text."""
    found = ""
    for word in phrase.split():
        ending = r"\S*" if word.endswith("*") else ""
        folded = re.escape(fold(word.removesuffix("*")))
        found += _GAP if word == "~" else f" {folded}{ending}"
    return f"{found} "


@cache
def _urgent() -> Phrases:
    return Phrases(chain.from_iterable(phrase_rules.URGENT.values()))


@cache
def _leaving() -> Phrases:
    return Phrases(chain.from_iterable(phrase_rules.LEAVING.values()))


@cache
def _topics() -> Mapping[str, Phrases]:
    return {topic: Phrases(phrases) for topic, phrases in phrase_rules.TOPICS.items()}


@Language.factory(f"mentiondesk_{NAME}")
def make_phrases(nlp: Language, name: str) -> Any:
    """Return the component for a pipeline."""
    return PhrasesComponent()
