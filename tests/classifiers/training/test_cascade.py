"""What a cascade would spare and lose."""

import pytest

from classifiers.training.cascade import cascades, table
from monitor.model import Classification, Flag

TRUTH = [
    {"complaint": 1, "request": 0},
    {"complaint": 0, "request": 1},
    {"complaint": 0, "request": 0},
]


def judged(complaint: float, request: float) -> Classification:
    chances = ((Flag.COMPLAINT, complaint), (Flag.REQUEST, request))
    flags = frozenset(flag for flag, chance in chances if chance >= 0.5)
    return Classification(language="en", complaint=complaint, request=request, flags=flags)


def test_a_wider_margin_spares_more_and_counts_what_is_lost() -> None:
    fast = [judged(0.12, 0.12), judged(0.3, 0.6), judged(0.01, 0.01)]
    full = [judged(0.9, 0.1), judged(0.2, 0.8), judged(0.1, 0.1)]

    found = {one.margin: one for one in cascades(TRUTH, fast, full)}

    assert (found[0.0].settled, found[0.0].lost) == (0, 0)
    assert found[0.02].settled == pytest.approx(1 / 3)
    assert found[0.02].lost == 0
    assert found[0.15].settled == pytest.approx(2 / 3)
    assert found[0.15].lost == 0.5  # the complaint that the fast tier took for neither
    assert found[0.0].auroc == {"complaint": 1.0, "request": 1.0}
    assert found[0.15].auroc["complaint"] < 1.0
    assert len(list(table(iter(found.values())))) == len(found) + 1
