"""`mentiondesk team shifts`: who is on shift in the days to come."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Role
from monitor.store.store import Store
from tests.bot.chat.front_desk_case import SETTINGS
from tests.bot.cli.running import ran
from tests.builders import every_day

SHIFT = f"""
[[shift]]
name = "always"
chat = "care"
{every_day("00:00-24:00")}members = ["Zuzana", "Emre", "Nobody"]
rotation = "daily"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS + SHIFT, "utf-8")
    with Store(tmp_path / "mentiondesk.db") as store, store.writing():
        for number, name in enumerate(("Zuzana", "Emre"), start=1):
            store.people.join(name, number, Role.AGENT, datetime.now(UTC))
    return tmp_path


def test_the_days_to_come_are_listed_with_who_steps_in(folder: Path) -> None:
    done = ran("team", "shifts", "--for", "3d", "--json", folder=folder)
    rows = json.loads(done.stdout)

    assert done.returncode == 0
    assert {row["chat"] for row in rows} == {"care"}
    assert list(rows[0]) == ["chat", "member", "member_id", "since", "until", "shift", "reserve"]
    for row in rows:
        since, until = (datetime.fromisoformat(row[key]) for key in ("since", "until"))
        assert until - since == timedelta(days=1)
        assert row["member"] in ("Zuzana", "Emre")
    assert {row["reserve"] for row in rows} == {True, False}


def test_a_name_that_is_nobodys_is_pointed_out(folder: Path) -> None:
    done = ran("team", "shifts", folder=folder)

    assert "shift 'always': no agent, lead or manager here is called 'Nobody'" in done.stderr
    assert done.stdout.startswith("chat\tmember\tfrom\tuntil\tshift\tas\n")


def test_the_doctor_points_it_out_too(folder: Path) -> None:
    done = ran("doctor", "--offline", "--json", folder=folder)

    assert "no agent, lead or manager here is called 'Nobody'" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--chat", "car"], "no brand's cards go to a chat 'car'", id="unknown chat"),
        pytest.param(["--for", "1000d"], "expected at most 92d", id="too far ahead"),
    ],
)
def test_a_wrong_question_is_one_line(folder: Path, arguments: list[str], told: str) -> None:
    done = ran("team", "shifts", *arguments, folder=folder)

    assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1)
    assert told in done.stderr
