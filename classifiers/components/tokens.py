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

_TOKEN = re.compile(r"\w+(?:['’՛՞՜]\w+)*|[^\w\s]+|\s+")


class Tokenizer:
    """Cuts a text into words, runs of signs and runs of white space."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return `text` as a spaCy Doc whose own text is `text` again."""
        words: list[str] = []
        spaces: list[bool] = []
        for word in _TOKEN.findall(text):
            if word == " " and words and not spaces[-1]:
                spaces[-1] = True
            else:
                words.append(word)
                spaces.append(False)
        doc = Doc(self.vocab, words=words, spaces=spaces)
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
