"""The bench from post to card: its figures, and what it says where there are no tests."""

from pathlib import Path

import pytest

from bot.bench import card
from monitor.errors import MonitorError
from tests.chaos.card_bench import measured, spread


def test_a_small_run_gives_every_figure(tmp_path: Path) -> None:
    figures = measured(2, 1, tmp_path)

    assert figures["posts"] == 2
    assert set(figures["visible_to_card_s"]) == {"median", "p99", "max"}
    assert 0 < figures["poll_to_card_s"]["max"] <= figures["visible_to_card_s"]["max"]
    assert figures["rss_mb"]["idle"] < figures["rss_mb"]["peak"]


def test_the_99th_percentile_is_one_that_was_measured() -> None:
    figures = spread([float(number) for number in range(1, 201)])

    assert figures == {"median": 100.5, "p99": 198.0, "max": 200.0}


def test_without_a_checkout_it_says_so_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="needs a checkout"):
        card.run(tmp_path)
