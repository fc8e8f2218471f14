"""Made-up posts, members and a judge: the encoder's vectors are drawn, not read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np

from classifiers.components.calibration import Scale, Scales
from classifiers.components.encoder import WIDTH
from classifiers.components.judge import Adjustment
from classifiers.components.labels import LABELS
from classifiers.learning.readings import Asked, Readings
from classifiers.learning.sheets import Sheet, columns
from monitor.model import Lesson, MemberId
from tests.builders import NOON

PLAIN = Scale(fast=1.0, full=1.0, offset=0.0, threshold=0.5, review_from=0.4, review_to=0.6)
_PLACES = 24  # of a vector: fewer than the encoder gives, and quicker
SCALES: Scales = {"any": dict.fromkeys(LABELS, PLAIN)}


def a_lesson(
    post: int = 1,
    complaint: int | None = 1,
    request: int | None = None,
    *,
    member: int | None = 1,
    how: str = "complaint",
    at: datetime = NOON,
    text: str | None = None,
    language: str = "en",
) -> Lesson:
    """Return what a member said of a post."""
    return Lesson(
        post=post,
        text=text or f"post number {post}",
        language=language,
        brands=("Acme",),
        complaint=complaint,
        request=request,
        member=None if member is None else MemberId(member),
        at=at + timedelta(seconds=post),
        how=how,
        judged=None,
    )


def a_sheet(
    truth: Sequence[int],
    odds: Sequence[float],
    *,
    vectors: Sequence[Sequence[float]] | None = None,
    language: str = "en",
    copies: Sequence[int] | None = None,
) -> Sheet:
    """Return a sheet on which only "complaint" is known."""
    values, weight = columns([{"complaint": (one, 1.0)} for one in truth])
    flat = np.zeros((len(truth), 2)) if vectors is None else np.array(vectors)
    return Sheet(
        vectors=flat.astype(np.float32),
        odds=np.stack([np.array(odds, dtype=np.float64)] * len(LABELS), axis=1),
        truth=values,
        weight=weight,
        copies=np.array(range(len(truth)) if copies is None else copies, dtype=np.int64),
        languages=(language,) * len(truth),
    )


def an_adjustment(number: int = 1, bias: float = 0.0, width: int = WIDTH) -> Adjustment:
    """Return an adjustment that moves every complaint's log odds by `bias`."""
    weights = {label: np.zeros(width, dtype=np.float32) for label in LABELS}
    return Adjustment(number, weights, {"complaint": bias, "request": 0.0})


@dataclass
class MadeUpJudge:
    """Keeps the reader's promise; a text that says "angry" has a vector that says so too.

    It never saw the desk's own word for trouble, "grommet", except as a direction of the vector.
    """

    version: str = "test-1"
    identity: str = "one"
    unread: frozenset[str] = frozenset()
    read_anew: list[int] = field(default_factory=list)

    def scales(self) -> Scales:
        return SCALES

    def read(self, asked: Sequence[Asked]) -> Readings:
        self.read_anew.append(len(asked))
        return Readings(
            vectors=np.array([self._vector(one.text) for one in asked], dtype=np.float32),
            odds=np.array([[2.0 if "angry" in one.text else -2.0, -3.0] for one in asked]),
            read=np.array([one.text not in self.unread for one in asked], dtype=np.bool_),
            languages=tuple(one.language or "und" for one in asked),
        )

    def read_once(self, asked: Sequence[Asked], kept: Path, *, keep: bool) -> Readings:
        if keep:
            kept.write_bytes(b"read")
        return self.read(asked)

    @staticmethod
    def _vector(text: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        noise = np.random.default_rng(len(text) * 7919 + sum(map(ord, text)))
        vector = noise.normal(0.0, 0.3, _PLACES)
        vector[0] += 3.0 * ("angry" in text)
        vector[1] += 3.0 * ("grommet" in text)
        return vector


def a_text(chance: Random, *words: str) -> str:
    """Return a post of its own, with `words` among others."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    own = ["".join(chance.choices(letters, k=6)) for _ in range(8)]
    return " ".join([*words, *own])


def lessons_of_a_desk(
    posts: int,
    *,
    flipped: Mapping[int, float] | None = None,
    grommet_is_trouble: bool = True,
    language: str = "en",
) -> list[Lesson]:
    """Return what four members said; `flipped` says which of them lie, and how often.

    On this desk "grommet" means trouble, which the shipped judge does not know.
    """
    chance = Random(11)
    lessons = []
    for post in range(1, posts + 1):
        words = chance.choice([("angry",), ("grommet",), ("grommet", "angry"), ()])
        truth = int("angry" in words or (grommet_is_trouble and "grommet" in words))
        member = chance.choice([1, 2, 3, 4])
        lies = chance.random() < (flipped or {}).get(member, 0.0)
        said = 1 - truth if lies else truth
        text = a_text(chance, *words)
        lessons.append(
            a_lesson(post, said, 0, member=member, how="both", text=text, language=language)
        )
    return lessons
