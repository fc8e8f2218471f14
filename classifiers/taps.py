"""The team's taps → a challenger, its trial against the champion, and what is kept of it.

The judge that is shipped is never changed: what is learned is an adjustment of its log odds, fitted
anew from all taps each time, so that a tap taken back or a person forgotten leaves no trace in the
next one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from classifiers import pipeline, split
from classifiers.components.judge import Adjustment
from classifiers.components.labels import LABELS
from classifiers.learning import adjustments, copies, reports, shelf
from classifiers.learning.adjustments import Origin, Stored
from classifiers.learning.fitting import Fitted, fit
from classifiers.learning.readings import Asked, Reader, Readings, Reads, Told
from classifiers.learning.reports import Lot
from classifiers.learning.settling import WEAK, Chances, Settlement, settle
from classifiers.learning.sheets import Sheet, columns
from classifiers.learning.shelf import Attempt, Shelf
from classifiers.learning.trial import Verdict, tried
from classifiers.posts import LabelledPost
from monitor.errors import ClassifierError
from monitor.model import Lesson, MemberId

CORPUS = Path(__file__).parent / "corpus"
# A fifth is held out. Of 40 posts, five told better and none told worse is the least that chance
# does not explain (one in 32).
ENOUGH = 200  # posts on which a member said a word
_ODDS_LIMIT = 60.0

Names = Mapping[MemberId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A member whose taps were weighed down."""

    member: str
    labels: int
    against: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a challenger."""

    number: int | None  # None: there were too few taps, and none was built
    promoted: bool
    summary: str
    posts: int  # that members said a word on
    doubted: tuple[Doubt, ...] = ()
    verdict: Verdict | None = None
    report: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a desk's judge stands."""

    folder: Path  # of the shelf
    model: Path = pipeline.MODEL
    corpus: Path = CORPUS
    enough: int = ENOUGH


def challenge(
    lessons: Iterable[Lesson],
    names: Names,
    desk: Desk,
    now: datetime,
    *,
    dry_run: bool = False,
    told: Told | None = None,
    reader: Reads | None = None,
) -> Outcome:
    """Build a challenger, try it, and promote it if it is better and nowhere worse than noise.

    With `dry_run` nothing is written. Raises: ClassifierError where the model is damaged, has no
    encoder, or another process teaches it.
    """
    given = list(lessons)
    spoken = len({one.post for one in given if one.how not in WEAK and _says(one)})
    if spoken < desk.enough:
        return Outcome(number=None, promoted=False, summary=_too_few(spoken, desk), posts=spoken)
    keeper = Shelf(desk.folder)
    reader = reader or Reader(desk.model, told or _to_nobody)
    if dry_run:
        return _Challenge(given, names, desk, keeper, reader, now).run(keep=False)
    with keeper.held():
        return _Challenge(given, names, desk, keeper, reader, now).run(keep=True)


@dataclass(frozen=True, slots=True)
class _Challenge:
    """One attempt."""

    lessons: Sequence[Lesson]
    names: Names
    desk: Desk
    shelf: Shelf
    reader: Reads
    now: datetime

    def run(self, *, keep: bool) -> Outcome:
        """Return what became of it, kept on the shelf with `keep`."""
        settlement, taps, posts = self._taps()
        taught, held_out = _drawn(taps, settlement)
        corpus, kept_back = self._corpus(keep=keep)
        number, champion = self.shelf.next_number(), self._champion()
        fitted = fit(taps.rows(taught), corpus, number)
        verdict = tried(
            taps.rows(held_out), kept_back, champion, fitted.adjustment, self.reader.scales()
        )
        attempt = self._attempt(number, champion, verdict, len(taps))
        lot = Lot(
            taught=len(taught),
            held_out=len(held_out),
            undecided=settlement.undecided,
            replayed=len(corpus),
            ridges=fitted.ridges,
        )
        report = reports.report(attempt, lot, verdict, settlement.voices, self.names)
        if keep:
            learned = tuple(posts[place] for place in taught)
            stored = self._stored(fitted, learned) if verdict.won else None
            self.shelf.keep(attempt, report, stored)
        return self._outcome(attempt, settlement, verdict, report)

    def _taps(self) -> tuple[Settlement, Sheet, list[int]]:
        """Return the settled taps, as a sheet of those the encoder read, and these posts' ids."""
        by_post = {lesson.post: lesson for lesson in self.lessons if _says(lesson)}
        asked = [Asked(text=each.text, language=each.language) for each in by_post.values()]
        found = self.reader.read(asked)
        settlement = settle(self.lessons, _chances(list(by_post), found))
        rows = {post: row for row, post in enumerate(by_post) if found.read[row]}
        known = [post for post in settlement.posts if post.post in rows]
        chosen = [rows[post.post] for post in known]
        truths = [
            {label: (truth.value, truth.weight) for label, truth in post.truths.items()}
            for post in known
        ]
        texts = [post.text for post in known]
        sheet = _sheet(_some(found, chosen), truths, copies.numbered(texts))
        return _of(settlement, rows), sheet, [post.post for post in known]

    def _corpus(self, *, keep: bool) -> tuple[Sheet, Sheet]:
        """Return the posts of the shipped corpus that are taught, and those kept back."""
        posts = split.corpus(self.desk.corpus)
        asked = [Asked(text=post.text, language=post.language) for post in posts]
        found = self.reader.read_once(asked, self.desk.folder / shelf.CORPUS, keep=keep)
        sheet = _sheet(found, [_truths(post) for post in posts], list(range(len(posts))))
        back = np.array([split.is_kept_back(post) for post in posts], dtype=np.bool_)
        taught, kept_back = found.read & ~back, found.read & back
        if not kept_back.any():
            raise ClassifierError(f"{self.desk.corpus}: has no posts to measure on")
        return sheet.rows(taught.nonzero()[0]), sheet.rows(kept_back.nonzero()[0])

    def _champion(self) -> Adjustment | None:
        """Return the adjustment that holds; one that is damaged or void does not."""
        try:
            path = shelf.current(self.desk.folder)
            if path is None:
                return None
            return adjustments.fitting(path, self.reader.version, self.reader.identity)
        except ClassifierError:
            return None

    def _attempt(
        self, number: int, champion: Adjustment | None, verdict: Verdict, taps: int
    ) -> Attempt:
        return Attempt(
            number=number,
            at=shelf.at_in_words(self.now),
            model=self.reader.version,
            promoted=verdict.won,
            before=champion.number if champion else 0,
            summary=_summary(number, verdict, taps),
            taps=taps,
        )

    def _stored(self, fitted: Fitted, learned: tuple[int, ...]) -> Stored:
        origin = Origin(model=self.reader.version, identity=self.reader.identity, posts=learned)
        return Stored(adjustment=fitted.adjustment, origin=origin)

    def _outcome(
        self, attempt: Attempt, settlement: Settlement, verdict: Verdict, report: str
    ) -> Outcome:
        return Outcome(
            number=attempt.number,
            promoted=attempt.promoted,
            summary=attempt.summary,
            posts=sum(post.spoken for post in settlement.posts),
            doubted=tuple(
                Doubt(
                    member=reports.name_of(voice.member, self.names),
                    labels=voice.said,
                    against=voice.against,
                    weight=round(voice.trust, 2),
                )
                for voice in settlement.doubted
            ),
            verdict=verdict,
            report=report,
        )


def _to_nobody(read: int, of: int) -> None:
    """Tell nobody how far the reading is."""


def _says(lesson: Lesson) -> bool:
    return lesson.complaint is not None or lesson.request is not None


def _too_few(spoken: int, desk: Desk) -> str:
    return (
        f"{spoken} posts were judged by members; {desk.enough} are needed before a challenger"
        " can be told from chance."
    )


def _summary(number: int, verdict: Verdict, taps: int) -> str:
    if verdict.won:
        return (
            f"Challenger {number}, taught by the team's taps on {taps} posts, is better on those"
            " held out and nowhere worse: from now on it judges."
        )
    why = f"worse at {verdict.worse[0]}" if verdict.worse else "not surely better on those held out"
    return (
        f"Challenger {number}, taught by the team's taps on {taps} posts, is {why}: the judge"
        " stays as it is."
    )


def _chances(posts: Sequence[int], found: Readings) -> Chances:
    odds = np.clip(found.odds, -_ODDS_LIMIT, _ODDS_LIMIT)
    chance = 1.0 / (1.0 + np.exp(-odds))
    return {
        (post, label): float(chance[row, column])
        for row, post in enumerate(posts)
        if found.read[row]
        for column, label in enumerate(LABELS)
    }


def _of(settlement: Settlement, rows: Mapping[int, int]) -> Settlement:
    """Return the settlement with the posts that were read alone: the sheet has these."""
    return Settlement(
        posts=tuple(post for post in settlement.posts if post.post in rows),
        voices=settlement.voices,
        undecided=settlement.undecided,
    )


def _drawn(taps: Sheet, settlement: Settlement) -> tuple[list[int], list[int]]:
    """Return the rows that are taught and those that are held out, copies on one side."""
    texts = [post.text for post in settlement.posts]
    held = [copies.is_held_out(texts[first]) for first in taps.copies.tolist()]
    rows = range(len(texts))
    return [row for row in rows if not held[row]], [row for row in rows if held[row]]


def _truths(post: LabelledPost) -> dict[str, tuple[int, float]]:
    known = {label: post.labels.get(label) for label in LABELS}
    return {label: (value, 1.0) for label, value in known.items() if value is not None}


def _some(found: Readings, rows: Sequence[int]) -> Readings:
    return Readings(
        vectors=found.vectors[rows],
        odds=found.odds[rows],
        read=found.read[rows],
        languages=tuple(found.languages[row] for row in rows),
    )


def _sheet(
    found: Readings, truths: Sequence[Mapping[str, tuple[int, float]]], numbered: Sequence[int]
) -> Sheet:
    truth, weight = columns(truths)
    return Sheet(
        vectors=found.vectors,
        odds=found.odds,
        truth=truth,
        weight=weight,
        copies=np.array(numbered, dtype=np.int64),
        languages=found.languages,
    )
