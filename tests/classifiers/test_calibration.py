"""From raw scores to a probability, and from probabilities to flags."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.components.calibration import Scale, flags, from_json, to_json

SCALE = Scale(fast=1.0, full=0.5, offset=-0.5, threshold=0.6, review_from=0.4, review_to=0.7)
SCALES = {"complaint": SCALE, "request": SCALE}
SCORES = st.floats(allow_nan=False, allow_infinity=False, width=32)
UNIT = st.floats(0, 1)


@pytest.mark.parametrize(
    ("complaint", "request_", "expected"),
    [
        pytest.param(0.6, 0.1, ("complaint", "review"), id="at the threshold"),
        pytest.param(0.69, 0.1, ("complaint", "review"), id="just above"),
        pytest.param(0.7, 0.1, ("complaint",), id="where the band ends"),
        pytest.param(0.9, 0.9, ("complaint", "request"), id="both, and sure"),
        pytest.param(0.59, 0.1, ("review",), id="just below"),
        pytest.param(0.1, 0.4, ("review",), id="where the band begins"),
        pytest.param(0.39, 0.39, (), id="below the band"),
        pytest.param(0.5, 0.9, ("request", "review"), id="one is sure, one is near"),
        pytest.param(0.65, 0.65, ("complaint", "request", "review"), id="both are near"),
        pytest.param(0.0, 1.0, ("request",), id="the ends"),
    ],
)
def test_flags_follow_thresholds_and_the_band_round_them(
    complaint: float, request_: float, expected: tuple[str, ...]
) -> None:
    found = flags(SCALES, {"complaint": complaint, "request": request_})

    assert found == expected


@pytest.mark.parametrize("chance", [0.0, 0.4, 0.5, 0.6, 1.0])
def test_a_band_of_no_width_holds_nobody(chance: float) -> None:
    narrow = replace(SCALE, threshold=0.5, review_from=0.5, review_to=0.5)

    found = flags({"complaint": narrow, "request": narrow}, {"complaint": chance, "request": 0.0})

    assert "review" not in found


@given(UNIT, UNIT, UNIT)
def test_a_likelier_post_is_never_less_flagged(one: float, more: float, request_: float) -> None:
    low, high = sorted((one, more))

    before = flags(SCALES, {"complaint": low, "request": request_})
    after = flags(SCALES, {"complaint": high, "request": request_})

    assert set(before) - {"review"} <= set(after)


@given(st.floats(allow_nan=False), SCORES)
def test_any_score_is_a_probability(fast: float, full: float) -> None:
    chance = SCALE.probability(fast, full)

    assert 0.0 <= chance <= 1.0


@given(SCORES, SCORES, SCORES, SCORES)
def test_a_higher_score_is_no_lower_a_probability(
    fast: float, full: float, other_fast: float, other_full: float
) -> None:
    low = SCALE.probability(min(fast, other_fast), min(full, other_full))
    high = SCALE.probability(max(fast, other_fast), max(full, other_full))

    assert low <= high


def test_a_score_that_speaks_for_neither_side_is_an_even_chance() -> None:
    chance = SCALE.probability(1.0, -1.0)

    assert chance == pytest.approx(0.5)


@given(st.lists(st.builds(
    Scale, fast=SCORES, full=SCORES, offset=SCORES, threshold=UNIT, review_from=UNIT,
    review_to=UNIT,
), min_size=1, max_size=4))  # fmt: skip
def test_scales_survive_their_file(drawn: list[Scale]) -> None:
    languages = {f"l{place}": {"complaint": scale} for place, scale in enumerate(drawn)}
    tiers = {"fast": languages, "full": {"any": SCALES}}

    written = to_json(tiers)

    assert from_json(written) == tiers
    assert to_json(from_json(written)) == written


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"fast": {"en": {"complaint": {}}}}', '{"fast": []}', "[]",
     '{"fast": {"en": {"complaint": {"slope": 1}}}}'],
)  # fmt: skip
def test_a_broken_file_of_scales_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        from_json(text)
