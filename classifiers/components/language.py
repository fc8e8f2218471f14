"""The component that names each text's language."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from spacy.language import Language
from spacy.tokens import Doc

from classifiers.components import labels
from classifiers.components.identifying import CANDIDATES, Identifier


@cache
def load_identifier() -> Identifier:
    """Return the identifier: one for the process, it is read-only and takes 80 MB."""
    ranker = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(ranker.labels)
    wanted = {code for codes in CANDIDATES.values() for code in codes}
    ranker.set_languages(sorted(wanted & known))
    return Identifier(ranker)


class LanguageComponent:
    """Sets `doc._.language`, and heeds `doc._.hint`."""

    def __init__(self, identifier: Identifier) -> None:
        self._identifier = identifier

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` with its language."""
        doc._.language = self._identifier.language(doc.user_data[labels.TEXT], doc._.hint)
        return doc


@Language.factory("mentiondesk_language")
def make_language(nlp: Language, name: str) -> LanguageComponent:
    """Return the component for a pipeline."""
    return LanguageComponent(load_identifier())
