"""A tokenizer whose time grows with the text and with nothing else.

spaCy's own takes half a minute for 20,000 exclamation marks, and leaves the Armenian full stop
on its word.
"""

import re
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.components import labels

_TOKEN = re.compile(  # and whether one blank, and no other white space, stands behind it
    r"(\w+(?:['’՛՞՜]\w+)*|[^\w\s]+|\s+)((?<=\S) (?!\s))?"
)


class Tokenizer:
    """Cuts a text into words, runs of signs and runs of white space."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return `text` as a spaCy Doc whose own text is `text` again."""
        found = _TOKEN.findall(text)
        words, blanks = [word for word, _ in found], [blank == " " for _, blank in found]
        doc = Doc(self.vocab, words=words, spaces=blanks)
        doc.user_data[labels.TEXT] = text
        return doc

    def to_disk(self, path: Path, **_kept: Any) -> None:
        """Write nothing: its rule is code."""

    def from_disk(self, path: Path, **_kept: Any) -> "Tokenizer":
        """Return itself: its rule is code."""
        return self


@spacy.registry.tokenizers("mentiondesk.tokenizer.v1")
def make_tokenizer() -> Any:
    """Return the maker that a pipeline's settings name."""

    def make(nlp: Language) -> Tokenizer:
        # Shape, prefix, "like a link" … of each new word: nobody asks, and it is half of the time.
        nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined] # its stub lacks it
        return Tokenizer(nlp.vocab)

    return make
