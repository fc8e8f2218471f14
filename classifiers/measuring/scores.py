"""The arithmetic of a label: truth, flags and probabilities of posts → figures of many draws."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.measuring.draws import Numbers

BINS = 10  # of equal mass: as many posts in each

Marks = NDArray[np.bool_]
SHARES = {  # what is a part of what, by the names of `_totals`
    "precision": ("right", "flagged posts"),
    "recall": ("right", "yes"),
    "false_alarms": ("alarms", "no"),
    "alarms_neither": ("neither flagged", "neither"),
    "alarms_other": ("other flagged", "other"),
    "reviewed": ("review", "posts"),
    "errors_reviewed": ("wrong in review", "wrong"),
    "flagged": ("flagged posts", "posts"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One label over posts of which it is known, a place for each post."""

    yes: Marks  # the post carries the label
    flagged: Marks  # the judge says so
    review: Marks  # a person is to look
    neither: Marks  # carries no label that opens an item
    other: Marks  # carries the other label, and not this one
    chance: Numbers  # NaN where the judge gave none

    def __len__(self) -> int:
        return len(self.yes)


def of_label(sheet: Sheet, counts: Numbers) -> Mapping[str, Numbers]:
    """Return totals and figures by name; `counts` says how often each post takes part."""
    total = _totals(sheet, counts)
    right_no = total["no"] - (total["flagged posts"] - total["right"])
    f1 = share(2 * total["right"], total["flagged posts"] + total["yes"])
    of_no = share(2 * right_no, 2 * total["posts"] - total["flagged posts"] - total["yes"])
    scored = ~np.isnan(sheet.chance)
    chance, truth, seen = sheet.chance[scored], sheet.yes[scored], counts[:, scored]
    return {
        **total,
        **{name: share(total[part], total[whole]) for name, (part, whole) in SHARES.items()},
        "f1": f1,
        "macro_f1": (f1 + of_no) / 2,
        "auroc": auroc(chance, truth, seen),
        "calibration_error": calibration_error(chance, truth, seen),
    }


def _totals(sheet: Sheet, counts: Numbers) -> dict[str, Numbers]:
    wrong = sheet.yes != sheet.flagged
    marks = {
        "posts": np.ones(len(sheet), dtype=np.bool_),
        "yes": sheet.yes,
        "no": ~sheet.yes,
        "flagged posts": sheet.flagged,
        "right": sheet.yes & sheet.flagged,
        "alarms": ~sheet.yes & sheet.flagged,
        "neither": sheet.neither,
        "neither flagged": sheet.neither & sheet.flagged,
        "other": sheet.other,
        "other flagged": sheet.other & sheet.flagged,
        "review": sheet.review,
        "wrong": wrong,
        "wrong in review": wrong & sheet.review,
    }
    return {name: counts @ each.astype(np.float64) for name, each in marks.items()}


def share(part: Numbers, whole: Numbers) -> Numbers:
    """Return `part / whole`, NaN where the whole is nothing."""
    found = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=found, where=whole > 0)
    return found


def auroc(chance: Numbers, yes: Marks, counts: Numbers) -> Numbers:
    """Return the chance that a "yes" scores above a "no", ties counting half."""
    if not len(chance):
        return np.full(len(counts), np.nan)
    order = np.argsort(chance, kind="stable")
    starts = np.flatnonzero(np.diff(chance[order], prepend=-np.inf))  # of each run of ties
    ordered = counts[:, order]
    ups = np.add.reduceat(ordered * yes[order], starts, axis=1)
    downs = np.add.reduceat(ordered * ~yes[order], starts, axis=1)
    below = np.cumsum(downs, axis=1) - downs / 2
    return share((ups * below).sum(axis=1), ups.sum(axis=1) * downs.sum(axis=1))


def calibration_error(chance: Numbers, yes: Marks, counts: Numbers) -> Numbers:
    """Return the mean gap between what was promised and what came, over bins of equal mass.

    Source: Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
    binning", 2015.
    """
    gaps = np.zeros(len(counts))
    for places in bins(chance):
        gaps += np.abs(counts[:, places] @ (chance[places] - yes[places]))
    return share(gaps, counts.sum(axis=1))


def bins(chance: Numbers) -> list[NDArray[np.intp]]:
    """Return the places of the posts in each bin, the least likely first; fewer for few posts."""
    order = np.argsort(chance, kind="stable")
    return [part for part in np.array_split(order, BINS) if len(part)]
