"""The simulator itself: it agrees with the desk, and notices when a rule is broken."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.simulation.breaking import RULES
from tests.simulation.desk_bench import SEED, measured
from tests.simulation.year import Year

ROOT = Path(__file__).resolve().parents[2]


def played(*words: str) -> dict[str, object]:
    """Return the figures that a process of its own prints: a broken rule stays broken there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation.desk_bench", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def test_a_few_days_of_the_desk_agree_with_the_second_reading(tmp_path: Path) -> None:
    figures = measured(Year(posts=200, seed=SEED, days=3), tmp_path)

    assert figures["disagreements"] == 0, figures["examples"]
    assert figures["posts"] >= 200
    assert figures["looks"] > 50


def test_harsh_days_of_summer_time_and_of_a_holiday_agree_with_it_too(tmp_path: Path) -> None:
    year = Year(posts=60, seed=SEED, days=4, begins=datetime(2026, 4, 1, tzinfo=UTC), harsh=True)

    figures = measured(year, tmp_path)

    assert figures["disagreements"] == 0, figures["examples"]
    assert figures["items"] > 25  # most of what is written asks for something


@pytest.mark.parametrize("rule", ["own time", "claim", "lease"])
def test_a_rule_that_is_broken_on_purpose_is_noticed(rule: str) -> None:
    figures = played("--posts", "150", "--days", "3", "--break", rule)

    assert figures["disagreements"] != 0
    assert figures["broken"] == rule


def test_the_reference_knows_nothing_of_the_product() -> None:
    program = (
        "import sys, tests.reference.listening\n"
        "print([name for name in sys.modules if name.partition('.')[0] in"
        " ('monitor', 'bot', 'connectors', 'classifiers')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_every_rule_says_what_it_is() -> None:
    assert len(RULES) >= 12
    assert all(rule.says for rule in RULES.values())
