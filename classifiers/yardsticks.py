"""What the judge's speed is measured against: spaCy as it comes, on the same texts."""

from collections.abc import Callable, Sequence

import spacy

Reader = Callable[[Sequence[str]], int]  # texts → how many were read
_BAG_OF_WORDS = {
    "model": {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": False,
        "ngram_size": 1,
        "no_output_layer": False,
        "length": 1 << 18,
    }
}


def tokenizer() -> Reader:
    """Return a reader that only cuts texts into tokens: the least that any pipeline does."""
    nlp = spacy.blank("xx")
    return lambda texts: sum(1 for _ in nlp.pipe(texts, batch_size=256))


def bag_of_words() -> Reader:
    """Return a reader with spaCy's plain text classifier, untaught: it costs the same."""
    nlp = spacy.blank("xx")
    part = nlp.add_pipe("textcat_multilabel", config=_BAG_OF_WORDS)
    for label in ("complaint", "request"):
        part.add_label(label)  # type: ignore[attr-defined] # a Pipe of this kind
    nlp.initialize()
    return lambda texts: sum(1 for _ in nlp.pipe(texts, batch_size=256))
