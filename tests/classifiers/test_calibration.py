"""From a raw score to a probability, and from probabilities to flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.components.calibration import Scale, flags, from_json, to_json

SCALE = Scale(slope=1.0, offset=0.0, threshold=0.6, review_from=0.4)
SCALES = {"complaint": SCALE, "request": SCALE}


@pytest.mark.parametrize(
    ("complaint", "request_", "expected"),
    [
        pytest.param(0.6, 0.1, ("complaint",), id="at the threshold"),
        pytest.param(0.9, 0.9, ("complaint", "request"), id="both"),
        pytest.param(0.59, 0.1, ("review",), id="just below"),
        pytest.param(0.1, 0.4, ("review",), id="where the band begins"),
        pytest.param(0.39, 0.39, (), id="below the band"),
        pytest.param(0.5, 0.7, ("request",), id="one passes: no review"),
    ],
)
def test_flags_follow_thresholds(
    complaint: float, request_: float, expected: tuple[str, ...]
) -> None:
    found = flags(SCALES, {"complaint": complaint, "request": request_})

    assert found == expected


@given(st.floats(allow_nan=False))
def test_any_score_is_a_probability(score: float) -> None:
    chance = SCALE.probability(score)

    assert 0.0 <= chance <= 1.0


def test_scales_survive_their_file() -> None:
    written = to_json({"sk": SCALES})

    assert from_json(written) == {"sk": SCALES}
