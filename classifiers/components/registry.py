"""The judge's pipeline in spaCy's own terms; importing this makes spaCy know every part."""

import spacy
from spacy.language import Language

from classifiers.components import features, head, language, reasons, tokens

PARTS = ("language", "features", "head", "reasons")  # in the order in which they run
KNOWN = (features, head, language, reasons, tokens)  # each registers itself when imported
CONFIG = {"nlp": {"tokenizer": {"@tokenizers": "mentiondesk.tokenizer.v1"}}}


def untaught() -> Language:
    """Return a pipeline with all its parts and no weights."""
    nlp = spacy.blank("xx", config=CONFIG)
    for part in PARTS:
        nlp.add_pipe(f"mentiondesk_{part}", name=part)
    return nlp
