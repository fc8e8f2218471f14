"""The phrases of a text: its words, alone and two or three in a row, in one spelling."""

import re
from collections.abc import Iterator, Mapping

import regex

from monitor.matching.folding import fold

LONGEST = 3  # words
_SHORTEST_ALONE = 4  # letters of a word that says something by itself
_SHORTEST_EDGE = 3  # and of the words with which a phrase begins and ends
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b[\w.+-]{1,64}@[\w-]+\.[\w.-]+|(?<!\w)@[\w@.-]+")
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’][\p{L}\p{N}\p{M}]+)?")
_BREAK = re.compile(r"[.!?؟։;\n]+")


def phrases(text: str) -> Mapping[str, str]:
    """Return the phrases of `text` by their folded spelling, each as it is written there first.

    Links, addresses and handles are none; a phrase does not go past the end of a sentence.
    """
    found: dict[str, str] = {}
    for sentence in _BREAK.split(_ADDRESS.sub("\n", text)):
        for folded, written in _in_sentence(sentence):
            found.setdefault(folded, written)
    return found


def holds(text: str, phrase: str) -> bool:
    """Return whether a phrase, in its folded spelling, stands in a text."""
    return phrase in phrases(text)


def _in_sentence(sentence: str) -> Iterator[tuple[str, str]]:
    words = [(fold(word), word) for word in _WORD.findall(sentence)]
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            run = words[start:end]
            if _says_something([folded for folded, _ in run]):
                yield " ".join(one for one, _ in run), " ".join(written for _, written in run)


def _says_something(words: list[str]) -> bool:
    if any(map(str.isdecimal, words)):
        return False  # numbers name orders and prices, of which each is another
    if len(words) == 1:
        return len(words[0]) >= _SHORTEST_ALONE
    return min(len(words[0]), len(words[-1])) >= _SHORTEST_EDGE
