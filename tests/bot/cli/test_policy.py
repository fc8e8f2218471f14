"""`mentiondesk policy`: what is in force, what the file would change, and applying it."""

from pathlib import Path

import pytest

from tests.bot.cli.a_desk import SETTINGS, a_desk_with_a_past, answer, text
from tests.bot.cli.running import ran
from tests.builders import every_day

SLOW = f"""
[[policy]]
name = "slow"
first_response = "9h"
calendar = "office"

[[calendar]]
name = "office"
{every_day("00:00-24:00")}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk whose settings were changed since its policies came into force."""
    a_desk_with_a_past(tmp_path)
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS + SLOW, "utf-8")
    return tmp_path


def test_what_is_in_force_is_shown_with_its_versions(folder: Path) -> None:
    found = answer("policy", "show", "--json", folder=folder)

    assert (found["edition"], found["newest"], found["rules"]) == (1, True, [])
    [policy] = found["policies"]
    assert (policy["name"], policy["version"], policy["first_response"]) == ("always", 1, "30m")
    assert "policy diff" in ran("policy", "show", folder=folder).stderr


def test_the_difference_to_the_file_is_told_by_name(folder: Path) -> None:
    found = answer("policy", "diff", "--json", folder=folder)

    told = [(one["kind"], one["name"], one["change"]) for one in found["differences"]]
    assert told == [
        ("policy", "always", "removed"),
        ("policy", "slow", "added"),
        ("calendar", "office", "added"),
    ]


def test_a_dry_run_lists_what_flips_and_applies_nothing(folder: Path) -> None:
    found = answer("policy", "apply", "--dry-run", "--json", folder=folder)

    flipped = [one for one in found["changes"] if one["flips"]][-1]
    assert (found["dry_run"], found["moved"], found["flips"]) == (True, 0, 2)
    assert (flipped["id"], flipped["before"]["due_at"]) == (2, text(26))
    assert (flipped["before"]["policy"], flipped["after"]["policy"]) == ("always", "slow")
    assert answer("policy", "show", "--json", folder=folder)["edition"] == 1


def test_applying_puts_open_items_under_the_new_policies_once(folder: Path) -> None:
    first = answer("policy", "apply", "--json", folder=folder)
    second = ran("policy", "apply", folder=folder)

    assert (first["edition_before"], first["edition"], first["moved"]) == (1, 2, 4)
    assert "Nothing to apply" in second.stderr
    assert answer("queue", "--json", folder=folder)[1]["breached"] is False
    [logged] = [
        line for line in ran("log", folder=folder).stdout.splitlines() if "policy apply" in line
    ]
    assert "edition 2, now: 4 open items" in logged


def test_clocks_can_begin_anew_under_the_same_policies(folder: Path) -> None:
    answer("policy", "apply", "--json", folder=folder)

    again = answer("policy", "apply", "--mode", "restart", "--json", folder=folder)

    assert (again["edition"], again["moved"]) == (3, 4)
    shown = answer("policy", "show", "--json", folder=folder)
    assert shown["policies"][0]["version"] == 1


def test_an_edition_that_is_not_there_is_told(folder: Path) -> None:
    done = ran("policy", "show", "--edition", "4", folder=folder)

    assert done.returncode == 2
    assert "--edition: the newest is 1, got 4" in done.stderr
