"""Champion against challenger: who says better what was never taught to either.

Two tables: the held-out taps, and the posts of the shipped corpus that are kept back. A cell is a
language (or all of them) and a label. Log loss is the measure, because it sees every change of a
probability; F1 at the thresholds stands beside it, because it is what the team sees. What is
chance and what is not is told by drawing the same posts for both again and again.

Source: Efron and Tibshirani, "An introduction to the bootstrap", 1993 (paired, by groups).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from classifiers.components.calibration import ANY, Scales
from classifiers.components.judge import Adjustment
from classifiers.components.labels import LABELS
from classifiers.learning.fitting import log_losses
from classifiers.learning.sheets import Floats, Marks, Numbers, Places, Sheet

DRAWS = 2_000
SEED = 2026
LEVEL = 0.05  # the chance that is taken of a wrong word, shared by a table's cells
EVERY = "all"
TAPS, CORPUS = "taps", "corpus"
FEWEST = 20  # posts of a cell: with fewer it is not judged by itself
FEWEST_YES = 5  # of these, before F1 says anything
UNNOTICED = 0.005  # a loss of this much nobody would see: not worse, however sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One label of one language in one table."""

    table: str  # "taps" or "corpus"
    language: str  # or "all"
    label: str
    posts: int
    yes: int
    loss: tuple[float, float]  # of the champion and of the challenger, in nats a post
    f1: tuple[float, float]
    worse_loss: float | None  # share of draws in which the challenger is worse; None: too few posts
    worse_f1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the trial came to."""

    better: float  # share of draws in which the challenger is better on the held-out taps
    gain: float  # nats a label by which it is better there; below zero: worse
    worse: tuple[str, ...]  # where it is worse than noise, in words
    cells: tuple[Cell, ...]

    @property
    def won(self) -> bool:
        """Whether it is better on the held-out taps and nowhere worse than noise."""
        return self.gain > 0 and self.better >= 1 - LEVEL and not self.worse


def tried(
    taps: Sheet,
    corpus: Sheet,
    champion: Adjustment | None,
    challenger: Adjustment,
    scales: Scales,
) -> Verdict:
    """Return how the challenger does against the champion on posts that taught neither.

    It must not be worse than the shipped judge either: of many promotions each may lose a little
    that looks like noise, and all together they would harm.
    """
    tables = {TAPS: taps, CORPUS: corpus}
    pairs = {name: _Pair.of(sheet, champion, challenger, scales) for name, sheet in tables.items()}
    cells = tuple(cell for name, pair in pairs.items() for cell in pair.cells(name))
    worse = [words for name in tables for words in _worse([c for c in cells if c.table == name])]
    if champion is not None:
        worse += _worse_than_shipped(tables, challenger, scales)
    better, gain = pairs[TAPS].better()
    return Verdict(better=better, gain=gain, worse=tuple(worse), cells=cells)


def _worse_than_shipped(
    tables: Mapping[str, Sheet], challenger: Adjustment, scales: Scales
) -> Iterator[str]:
    for name, sheet in tables.items():
        pair = _Pair.of(sheet, None, challenger, scales)
        for words in _worse(list(pair.cells(name))):
            yield f"{words} (than the shipped judge)"


@dataclass(frozen=True, slots=True)
class _Pair:
    """What both say of a sheet's posts."""

    sheet: Sheet
    odds: tuple[Numbers, Numbers]
    flagged: tuple[Marks, Marks]
    times: Floats  # how often each draw holds each group of copies
    group: Places  # of each post

    @classmethod
    def of(
        cls, sheet: Sheet, champion: Adjustment | None, challenger: Adjustment, scales: Scales
    ) -> "_Pair":
        odds = sheet.odds_with(champion), sheet.odds_with(challenger)
        cuts = thresholds(sheet.languages, scales)
        groups, group = np.unique(sheet.copies, return_inverse=True)
        return cls(sheet, odds, (odds[0] >= cuts, odds[1] >= cuts), _draws(len(groups)), group)

    def cells(self, table: str) -> Iterator[Cell]:
        """Yield the cells of all languages together, then of each."""
        languages = np.array(self.sheet.languages)
        for language in (EVERY, *sorted(set(self.sheet.languages))):
            inside = np.full(len(languages), True) if language == EVERY else languages == language
            for column, label in enumerate(LABELS):
                weight = self.sheet.weight[:, column] * inside
                if weight.any():
                    yield self._cell(table, language, label, weight)

    def _cell(self, table: str, language: str, label: str, weight: Numbers) -> Cell:
        column = LABELS.index(label)
        known = weight > 0
        losses, parts = self._losses(column, weight), self._hits(column, weight)
        yes = int((known * self.sheet.truth[:, column]).sum())
        enough = int(known.sum()) >= FEWEST
        return Cell(
            table=table,
            language=language,
            label=label,
            posts=int(known.sum()),
            yes=yes,
            loss=(_mean(losses[0], weight), _mean(losses[1], weight)),
            f1=(_whole_f1(parts[0]), _whole_f1(parts[1])),
            worse_loss=self._share_worse(losses) if enough else None,
            worse_f1=self._share_missed(parts) if enough and yes >= FEWEST_YES else None,
        )

    def better(self) -> tuple[float, float]:
        """Return the share of draws in which the challenger is better, and by how much it is."""
        lost = [
            sum(
                self._losses(column, self.sheet.weight[:, column])[side]
                for column in range(len(LABELS))
            )
            for side in (0, 1)
        ]
        saved = np.asarray(lost[0]) - np.asarray(lost[1])
        whole = max(float(self.sheet.weight.sum()), 1e-9)
        return float((self._drawn(saved) > 0).mean()), float(saved.sum() / whole)

    def _losses(self, column: int, weight: Numbers) -> tuple[Numbers, Numbers]:
        truth = self.sheet.truth[:, column]
        each = [weight * log_losses(odds[:, column], truth) for odds in self.odds]
        return each[0], each[1]

    def _hits(self, column: int, weight: Numbers) -> tuple[tuple[Numbers, ...], ...]:
        """Return for both the posts flagged rightly, the posts flagged, and those to be flagged."""
        yes = weight * self.sheet.truth[:, column]
        return tuple(
            (yes * flagged[:, column], weight * flagged[:, column], yes) for flagged in self.flagged
        )

    def _share_worse(self, losses: tuple[Numbers, Numbers]) -> float:
        return float((self._drawn(losses[1] - losses[0]) > 0).mean())

    def _share_missed(self, parts: tuple[tuple[Numbers, ...], ...]) -> float:
        drawn = [[self._drawn(part) for part in side] for side in parts]
        return float((_f1(*drawn[1]) < _f1(*drawn[0])).mean())

    def _drawn(self, values: Numbers) -> Numbers:
        """Return the sum of `values` in each draw."""
        each = np.bincount(self.group, values, minlength=self.times.shape[1])
        return np.asarray(self.times @ each, dtype=np.float64)


def thresholds(languages: tuple[str, ...], scales: Scales) -> Numbers:
    """Return the log odds from which each post is flagged: a row a post, a column a label."""
    known: Mapping[str, list[float]] = {
        language: [_logit(scale[label].threshold) for label in LABELS]
        for language, scale in scales.items()
    }
    never = [np.inf] * len(LABELS)
    return np.array([known.get(language, known.get(ANY, never)) for language in languages]).reshape(
        len(languages), len(LABELS)
    )


def _draws(groups: int) -> Floats:
    """Return how often each of `groups` is drawn: shape (DRAWS, groups), the same each time."""
    if not groups:
        return np.zeros((DRAWS, 0), dtype=np.float32)
    chance = np.random.default_rng(SEED)
    times = chance.multinomial(groups, np.full(groups, 1 / groups), size=DRAWS)
    return times.astype(np.float32)


def _worse(cells: list[Cell]) -> Iterator[str]:
    """Yield where one table's cells are worse than noise.

    The chance of a wrong word is shared by the cells that are judged: else, of so many, one would
    look worse by chance more often than not.
    """
    judged = sum(cell.worse_loss is not None for cell in cells)
    sure = 1 - LEVEL / max(judged, 1)
    for cell in cells:
        where = f"{cell.table}, {cell.language}, {cell.label}"
        before, after = cell.loss
        if cell.worse_loss is not None and cell.worse_loss >= sure and after - before > UNNOTICED:
            yield f"{where}: log loss {before:.3f} → {after:.3f}"
        before, after = cell.f1
        if cell.worse_f1 is not None and cell.worse_f1 >= sure and before - after > UNNOTICED:
            yield f"{where}: F1 {before:.3f} → {after:.3f}"


def _f1(right: Numbers, flagged: Numbers, yes: Numbers) -> Numbers:
    found: Numbers = np.asarray(2 * right / np.maximum(flagged + yes, 1e-9))
    return found


def _whole_f1(parts: tuple[Numbers, ...]) -> float:
    return float(_f1(*(part.sum() for part in parts)))


def _mean(losses: Numbers, weight: Numbers) -> float:
    return float(losses.sum() / weight.sum())


def _logit(share: float) -> float:
    bounded = min(max(share, 1e-9), 1 - 1e-9)
    return float(np.log(bounded / (1 - bounded)))
