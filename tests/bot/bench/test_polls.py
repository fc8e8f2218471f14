"""The bench of what polling costs: its figures, and what it says where there are no tests."""

from pathlib import Path

import pytest

from bot.bench import polls
from monitor.errors import MonitorError
from tests.sources_cost.bench import measured


def test_a_short_run_gives_every_figure() -> None:
    figures = measured(0.1)

    assert figures["x"]["new_posts"]["requests_a_poll"] == 2.0  # search, and mentions
    assert figures["x"]["new_posts"]["usd_a_day"] > 0
    for platform in ("x", "reddit"):
        assert figures[platform]["answers_to_open_items"]["requests_for_one_check"] == 1
    both = ("new_posts", "answers_to_open_items")
    told = sum(figures["x"][each]["usd_a_day"] for each in both)
    assert figures["x"]["billed_usd_a_day"] == pytest.approx(told)


def test_without_a_checkout_it_says_so_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="needs a checkout"):
        polls.run(tmp_path)
