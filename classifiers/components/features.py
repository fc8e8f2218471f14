"""The component that turns each text into a sparse row."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from classifiers.components import labels
from classifiers.components.folding import bare, spelled
from classifiers.components.hashing import Rows, rows


class FeaturesComponent:
    """Leaves a text's buckets and values in `doc.user_data`, for those that weigh them."""

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` with its row."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Yield the docs with their rows, computed for many at once."""
        for batch in minibatch(stream, batch_size):
            words = [spelled(doc.user_data[labels.TEXT]) for doc in batch]
            folded = [bare(text) for text in words]
            found = rows(folded)
            ends = np.searchsorted(found.row, np.arange(len(batch) + 1)).tolist()
            for doc, text, plain, part in zip(batch, words, folded, pairwise(ends), strict=True):
                doc.user_data[labels.SPELLED] = text
                doc.user_data[labels.BARE] = plain
                doc.user_data[labels.ROW] = (found.bucket[slice(*part)], found.value[slice(*part)])
                yield doc


def joined(docs: Sequence[Doc]) -> Rows:
    """Return the rows that the component left on `docs`, side by side."""
    parts = [doc.user_data[labels.ROW] for doc in docs]
    lengths = [len(buckets) for buckets, _ in parts]
    return Rows(
        row=np.repeat(np.arange(len(docs)), lengths),
        bucket=np.concatenate([buckets for buckets, _ in parts]),
        value=np.concatenate([values for _, values in parts]),
        count=len(docs),
    )


@Language.factory("mentiondesk_features")
def make_features(nlp: Language, name: str) -> FeaturesComponent:
    """Return the component for a pipeline."""
    return FeaturesComponent()
