"""The judge's pipeline in spaCy's own terms; importing this makes spaCy know every part."""

import spacy
from spacy.language import Language

from classifiers.components import (
    encoder,
    features,
    judge,
    language,
    phrases,
    reasons,
    tokens,
)

PARTS = ("features", "language", "encoder", "judge", "reasons")  # in the order in which they run
ENCODER = "encoder"  # the part that the tier "fast" does without
KNOWN = (encoder, features, judge, language, phrases, reasons, tokens)  # each registers itself
CONFIG = {"nlp": {"tokenizer": {"@tokenizers": "mentiondesk.tokenizer.v1"}}}


def untaught() -> Language:
    """Return a pipeline with all its parts and no weights."""
    nlp = spacy.blank("xx", config=CONFIG)
    for part in PARTS:
        nlp.add_pipe(f"mentiondesk_{part}", name=part)
    return nlp
