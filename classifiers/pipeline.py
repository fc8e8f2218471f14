"""The judge: loads the shipped spaCy pipeline and turns passages into classifications."""

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ClassifierError
from monitor.model import Classification, Flag, Passage, Span

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from classifiers.explanation import Explanation

MODEL = Path(__file__).parent / "model"
META = "meta.json"
ABOUT = "mentiondesk"  # the part of meta.json that is ours: version and checksums
TIERS = ("auto", "fast", "full")  # "fast" does without the encoder
_BATCH = 256
_KNOWN_WORDS = 30_000  # that are never forgotten: some 10 MB
_ORDINARY = _BATCH * 1_000  # characters of a batch: a larger one could bring a million new words


def load(tier: str = "auto", model: Path = MODEL, adjustment: Path | None = None) -> "Judge":
    """Return the judge in the folder `model`; spaCy is imported here and not before.

    `adjustment` is the file of what a desk's own taps taught it.
    Raises: ClassifierError where the model or the adjustment is missing, damaged or does not fit,
    or the tier is unknown.
    """
    if tier not in TIERS:
        raise ClassifierError(f"tier: expected {', '.join(TIERS)}, got {tier!r}")
    own_version, own_identity = identity(model)
    nlp = spacy_pipeline(model, tier)
    nlp.add_pipe("mentiondesk_phrases", name="phrases")  # it was not taught: no folder holds it
    judge = Judge(nlp, own_version, own_identity, tier)
    judge.adjust(adjustment)
    return judge


def version(model: Path = MODEL) -> str:
    """Return the version of a model whose files are what they were; spaCy is not loaded.

    Raises: ClassifierError where the model is missing or damaged.
    """
    return identity(model)[0]


def identity(model: Path = MODEL) -> tuple[str, str]:
    """Return a model's version, and a digest of its files that no other model has.

    Raises: ClassifierError where the model is missing or damaged.
    """
    about = _checked(model)
    files = json.dumps([about["version"], about["sha256"]], sort_keys=True)
    return str(about["version"]), hashlib.sha256(files.encode()).hexdigest()


class Judge:
    """Keeps the port's promise with a spaCy pipeline; threads take turns, batch by batch."""

    def __init__(self, nlp: "Language", version: str, identity: str, tier: str) -> None:
        self._nlp = nlp
        self._turn = threading.Lock()
        self._version = version
        self._identity = identity
        self._tier = tier
        self._suffix = ""  # "+3": the adjustment that is heard beside the encoder

    @property
    def version(self) -> str:
        """Return the model's version, its tier, and the adjustment's number: as answers have it."""
        return self._spoke("fast" if self._tier == "fast" else "full")

    def adjust(self, adjustment: Path | None) -> None:
        """Heed what a desk's taps taught, from the next batch on; None: the shipped judge alone.

        Raises: ClassifierError where the file is damaged or belongs to another model; the judge
        is as it was before.
        """
        from classifiers.components.judge import judge_of
        from classifiers.learning.adjustments import fitting

        found = fitting(adjustment, self._version, self._identity) if adjustment else None
        with self._turn:
            judge_of(self._nlp).adjustment = found
            self._suffix = f"+{found.number}" if found else ""

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        """Yield one classification for each passage, in order."""
        waiting = iter(passages)
        while batch := list(islice(waiting, _BATCH)):
            yield from self._judged(batch)

    def explain(self, passage: Passage) -> "Explanation":
        """Return what is said of one text, and why."""
        from classifiers.explanation import explanation

        with self._turn, self._nlp.memory_zone():
            (doc,) = self._nlp.pipe([self._doc(passage)])
            return explanation(self._nlp, doc, self._read(doc))

    def _judged(self, batch: Sequence[Passage]) -> list[Classification]:
        with self._turn, self._words_of(batch):
            docs = [self._doc(passage) for passage in batch]
            return [self._read(doc) for doc in self._nlp.pipe(docs, batch_size=_BATCH)]

    def _words_of(self, batch: Sequence[Passage]) -> AbstractContextManager[object]:
        """Return what the words of a batch live in.

        A memory zone forgets them: spaCy's vocabulary would grow for ever. The first ones stay,
        most of which come again.
        """
        known = len(self._nlp.vocab)
        if known < _KNOWN_WORDS and sum(len(each.text) for each in batch) < _ORDINARY:
            return nullcontext()
        return self._nlp.memory_zone()

    def _doc(self, passage: Passage) -> "Doc":
        from classifiers.components.folding import storable

        doc = self._nlp.make_doc(storable(passage.text))
        if passage.language_hint is not None:
            doc._.hint = passage.language_hint
        return doc

    def _read(self, doc: "Doc") -> Classification:
        said, chances = doc._, doc.cats
        return Classification(
            language=said.language,
            complaint=chances.get("complaint"),
            request=chances.get("request"),
            flags=frozenset(map(Flag, said.flags)),
            reasons=tuple(
                Span(start=span.start_char, end=span.end_char) for span in doc.spans["reasons"]
            ),
            praise=chances.get("praise"),
            churn_risk=chances.get("churn_risk"),
            urgency=said.urgency,
            topic=said.topic,
            model=self._spoke(said.tier),
        )

    def _spoke(self, tier: str) -> str:
        return f"{self._version}/{tier}{self._suffix if tier == 'full' else ''}"


def checksums(model: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a model folder that the pipeline reads, by its name."""
    files = sorted(path for path in model.rglob("*") if path.is_file())
    return {
        path.relative_to(model).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != META and path.suffix not in {".md", ".py", ".pyc"}
    }


def _checked(model: Path) -> Mapping[str, Any]:
    """Return what the model says of itself, once its files are what they were."""
    try:
        about: Mapping[str, Any] = json.loads((model / META).read_text(encoding="utf-8"))[ABOUT]
        expected, found = about["sha256"], checksums(model)
    except FileNotFoundError as error:
        raise ClassifierError(f"{model}: no model here; `make model` builds it") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClassifierError(f"{model / META}: cannot be read: {error!r}") from error
    damaged = [name for name in expected if found.get(name) != expected[name]]
    if damaged:
        raise ClassifierError(f"{model / damaged[0]}: missing or damaged; install it again")
    return about


def spacy_pipeline(model: Path, tier: str) -> "Language":
    """Return the spaCy pipeline of a checked folder; "fast" leaves the encoder on disk."""
    import spacy

    from classifiers.components import registry

    try:
        left_out = [registry.ENCODER] if tier == "fast" else []
        nlp = spacy.load(model, exclude=left_out)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ClassifierError(f"{model}: cannot be loaded: {error}") from error
    expected = [part for part in registry.PARTS if part not in left_out]
    if nlp.pipe_names != expected:
        raise ClassifierError(f"{model}: expected the parts {expected}")
    return nlp
