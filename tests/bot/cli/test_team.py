"""Letting people in from the command line: codes, the list, and taking rights away."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.team import LENGTH, LETTERS
from monitor.model import Role
from monitor.store.people import Invitation
from monitor.store.store import Store
from tests.bot.cli.a_desk import CLAIMED, SETTINGS, a_desk_with_a_past, answer
from tests.bot.cli.running import ran


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    return tmp_path


def redeemed(folder: Path, code: str, *, after: timedelta = timedelta()) -> Invitation | None:
    with Store(folder / "desk.db") as store, store.writing():
        return store.people.redeem(code, datetime.now(UTC) + after)


def test_a_code_for_a_person_works_before_the_desk_ever_ran(folder: Path) -> None:
    made = answer("team", "invite", "--role", "lead", "--json", folder=folder)

    assert list(made) == ["code", "role", "expires_at"]
    assert made["role"] == "lead"
    assert re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", made["code"])
    expires_in = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < expires_in <= timedelta(hours=24)
    assert redeemed(folder, made["code"].lower()) == Invitation(role=Role.LEAD, chat=None)
    assert redeemed(folder, made["code"]) is None


def test_a_code_for_a_chat_names_it_and_no_role(folder: Path) -> None:
    made = answer("team", "invite", "--chat", "care", "--valid", "2h", "--json", folder=folder)

    assert (made["chat"], made["role"]) == ("care", None)
    assert redeemed(folder, made["code"], after=timedelta(hours=3)) is None
    assert redeemed(folder, made["code"]) == Invitation(role=None, chat="care")


def test_for_people_the_code_stands_on_stdout_as_it_is_sent(folder: Path) -> None:
    done = ran("team", "invite", folder=folder)

    command, code = done.stdout.split()
    assert command == "/link"
    assert redeemed(folder, code) == Invitation(role=Role.AGENT, chat=None)
    assert code not in done.stderr


def test_an_invitation_is_logged_without_its_code(folder: Path) -> None:
    code = answer("team", "invite", "--json", folder=folder)["code"]

    (entry,) = map(json.loads, ran("log", "--json", folder=folder).stdout.splitlines())
    assert (entry["action"], entry["actor"], entry["allowed"]) == ("invite", None, True)
    assert code not in json.dumps(entry)
    assert code.encode() not in b"".join(
        file.read_bytes() for file in folder.iterdir() if file.name.startswith("desk.db")
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--role", "boss"], "boss", id="no such role"),
        pytest.param(["--role", "lead", "--chat", "care"], "not both", id="both"),
        pytest.param(["--valid", "soon"], "--valid: expected a duration", id="no duration"),
        pytest.param(["--chat", " "], "--chat: expected a name", id="no name"),
    ],
)
def test_a_wrong_invitation_is_wrong_usage(arguments: list[str], told: str, folder: Path) -> None:
    done = ran("team", "invite", *arguments, folder=folder)

    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / "desk.db").exists()


def test_members_are_listed_as_others_rely_on(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)

    assert answer("team", "list", "--json", folder=tmp_path) == [
        {"id": 1, "name": "Zuzana", "telegram_id": 1, "role": "agent"},
        {"id": 2, "name": "Peter", "telegram_id": 2, "role": "lead"},
    ]


def test_who_is_removed_has_no_rights_and_holds_nothing(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)

    removed = answer("team", "remove", "zuzana", "--json", folder=tmp_path)

    assert removed["released"] == [CLAIMED]
    assert [each["name"] for each in answer("team", "list", "--json", folder=tmp_path)] == ["Peter"]
    found = answer("item", str(CLAIMED), "--json", folder=tmp_path)
    assert (found["state"], found["owner"]) == ("open", None)
    assert found["events"][-1]["kind"] == "released"


def test_one_of_two_with_the_same_name_is_removed_by_id(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)
    with Store(tmp_path / "desk.db") as store, store.writing():
        store.people.join("Peter", 3, Role.AGENT, datetime.now(UTC))

    unclear = ran("team", "remove", "Peter", folder=tmp_path)
    done = ran("team", "remove", "3", folder=tmp_path)
    unknown = ran("team", "remove", "Eve", folder=tmp_path)

    assert unclear.returncode == unknown.returncode == 1
    assert "give one of the ids 2, 3" in unclear.stderr
    assert "nobody here is called 'Eve'" in unknown.stderr
    assert done.returncode == 0
