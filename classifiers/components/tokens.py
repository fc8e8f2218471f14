"""A tokenizer whose time grows with the text and with nothing else.

spaCy's own takes half a minute for 20,000 exclamation marks, and leaves the Armenian full stop
on its word.
"""

import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.components import chunks, labels

_TOKEN = re.compile(  # and whether one blank, and no other white space, stands behind it
    r"(\w+(?:['’՛՞՜]\w+)*|[^\w\s]+|\s+)((?<=\S) (?!\s))?"
)

_OTHERS = frozenset("`´")  # hold a word together in the encoder's chunks alone


class Tokenizer:
    """Cuts a text into words, runs of signs and runs of white space."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return `text` as a spaCy Doc whose own text is `text` again."""
        parts = chunks.cut(text) if _is_cut_alike(text) else None
        words, blanks = _tokens(text) if parts is None else _joined(parts)
        doc = Doc(self.vocab, words=words, spaces=blanks)
        doc.user_data[labels.TEXT] = text
        if parts is not None:
            doc.user_data[labels.CUT] = parts
        return doc

    def to_disk(self, path: Path, **_kept: Any) -> None:
        """Write nothing: its rule is code."""

    def from_disk(self, path: Path, **_kept: Any) -> "Tokenizer":
        """Return itself: its rule is code."""
        return self


def _is_cut_alike(text: str) -> bool:
    """Return whether the encoder's chunks of a text are its words, signs and white space, too."""
    return (
        chunks.is_plain(text) and len(text) <= chunks.MOST_CHARACTERS and _OTHERS.isdisjoint(text)
    )


def _tokens(text: str) -> tuple[list[str], list[bool]]:
    found = _TOKEN.findall(text)
    return [word for word, _ in found], [blank == " " for _, blank in found]


def _joined(parts: Sequence[str]) -> tuple[list[str], list[bool]]:
    """Return the same tokens of a text that is cut already: a blank behind one belongs to it."""
    words = [part for part in parts if part != " "]
    blanks = [after == " " for part, after in zip_longest(parts, parts[1:]) if part != " "]
    if parts and parts[0] == " ":  # it stands behind none
        return [" ", *words], [False, *blanks]
    return words, blanks


@spacy.registry.tokenizers("mentiondesk.tokenizer.v1")
def make_tokenizer() -> Any:
    """Return the maker that a pipeline's settings name."""

    def make(nlp: Language) -> Tokenizer:
        # Shape, prefix, "like a link" … of each new word: nobody asks, and it is half of the time.
        nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined] # its stub lacks it
        return Tokenizer(nlp.vocab)

    return make
