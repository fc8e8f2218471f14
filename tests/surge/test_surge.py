"""A crowd at the real outbox: everybody is shown, in time, once, and within the budget."""

from typing import Any

import pytest

from tests.builders import minutes
from tests.surge.bench import played


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return played(tmp_path_factory.mktemp("surge"), people=60, after=minutes(15))


def test_everybody_is_shown_and_nobody_has_two_cards(figures: dict[str, Any]) -> None:
    assert figures["items"] == 60
    assert figures["never_shown"] == 0
    assert figures["cards_twice"] == 0


def test_the_surge_is_told_once(figures: dict[str, Any]) -> None:
    assert figures["surges"] == 1
    assert figures["surge_alerts"] <= 2  # that it is there, and that it is over


def test_no_minute_takes_more_than_a_group_takes(figures: dict[str, Any]) -> None:
    assert figures["budget_share_busiest_minute"] <= 1.05  # a minute of ours cuts one of theirs
    assert figures["budget_share_hour"] <= 1.0
