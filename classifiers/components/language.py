"""The component that names each text's language; it runs after the features."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from classifiers.components import labels
from classifiers.components.identifying import Identifier, Post, Tongues

WEIGHTS = "tongues.npz"


class LanguageComponent:
    """Sets `doc._.language`, and heeds `doc._.hint`."""

    def __init__(self) -> None:
        self.identifier = Identifier({})  # knows scripts only

    def __call__(self, doc: Doc) -> Doc:
        """Return `doc` with its language."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Yield the docs with their languages, told for many at once."""
        for batch in minibatch(stream, batch_size):
            found = self.identifier.languages([_post(doc) for doc in batch])
            for doc, language in zip(batch, found, strict=True):
                doc._.language = language
                yield doc

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the weights into the folder `path`; the same bytes each time."""
        path.mkdir(parents=True, exist_ok=True)
        write(path / WEIGHTS, self.identifier)

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "LanguageComponent":
        """Return itself with the weights of the folder `path`."""
        self.identifier = read(path / WEIGHTS)
        return self


def language_of(nlp: Language) -> LanguageComponent:
    """Return the part that names languages. Raises: TypeError where another bears its name."""
    part = nlp.get_pipe("language")
    if not isinstance(part, LanguageComponent):
        raise TypeError("language: expected the judge's own part")
    return part


def write(path: Path, identifier: Identifier) -> None:
    """Write what an identifier was taught; the same bytes each time."""
    arrays: dict[str, Any] = {}
    for script, tongues in sorted(identifier.tongues.items()):
        arrays[f"{script} names"] = np.array(tongues.names)
        arrays[f"{script} runs"] = tongues.runs
        arrays[f"{script} marks"] = tongues.marks
        arrays[f"{script} steps"] = np.array([tongues.run_step, tongues.mark_step])
    np.savez_compressed(path, **arrays)


def read(path: Path) -> Identifier:
    """Return what `write` wrote. Raises: OSError, ValueError, KeyError."""
    with np.load(path, allow_pickle=False) as arrays:
        found = [name.removesuffix(" names") for name in arrays.files if name.endswith(" names")]
        return Identifier({script: _tongues(arrays, script) for script in found})


def _tongues(arrays: Any, script: str) -> Tongues:
    run_step, mark_step = arrays[f"{script} steps"].tolist()
    return Tongues(
        names=tuple(arrays[f"{script} names"].tolist()),
        runs=arrays[f"{script} runs"],
        marks=arrays[f"{script} marks"],
        run_step=run_step,
        mark_step=mark_step,
    )


def _post(doc: Doc) -> Post:
    buckets, _ = doc.user_data[labels.ROW]
    return Post(spelled=doc.user_data[labels.SPELLED], buckets=buckets, hint=doc._.hint)


@Language.factory("mentiondesk_language")
def make_language(nlp: Language, name: str) -> LanguageComponent:
    """Return the component for a pipeline, not taught yet."""
    return LanguageComponent()
