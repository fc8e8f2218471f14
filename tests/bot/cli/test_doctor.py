"""`mentiondesk doctor`: each thing the desk stands on, well or not, with what to do."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.doctor import Check, Outcome, examined
from monitor.errors import StoreError
from monitor.store.store import Store
from tests.bot.cli.a_desk import SETTINGS, a_desk_with_a_past
from tests.bot.cli.running import environment, ran
from tests.servers.bot_api import TOKEN, BotApiServer

SAMPLE = "\n[connectors.sample]\n"
CHAT = '\n[[chat]]\nname = "care"\nid = -1001\n'


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


def a_folder(folder: Path, *sections: str) -> Path:
    (folder / "mentiondesk.toml").write_text(SETTINGS + "".join(sections), "utf-8")
    return folder


def checked(
    folder: Path, *options: str, code: int = 0, environ: dict[str, str] | None = None
) -> dict[str, list[tuple[str, str]]]:
    """Return (outcome, words) of each place."""
    done = ran("doctor", "--json", *options, folder=folder, environ=environ)
    assert done.returncode == code, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["ok"] == (code == 0)
    places: dict[str, list[tuple[str, str]]] = {}
    for each in found["checks"]:
        words = f"{each['found']} {each['advice'] or ''}"
        places.setdefault(each["check"], []).append((each["outcome"], words))
    return places


def test_a_fresh_desk_is_well(tmp_path: Path) -> None:
    found = checked(a_folder(tmp_path, SAMPLE))

    assert {outcome for each in found.values() for outcome, _ in each} == {"ok"}
    assert list(found) == [
        *("settings", "secrets", "database", "judge", "time", "disk", "connectors.sample")
    ]
    assert "not there yet" in found["database"][0][1]
    assert not (tmp_path / "desk.db").exists()


def test_for_people_each_check_is_a_line(tmp_path: Path) -> None:
    done = ran("doctor", "--offline", folder=a_folder(tmp_path))

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0].startswith("ok    settings: ")
    assert any(line.startswith("warn  settings: nothing is read -> add a [conn") for line in lines)


def test_wrong_settings_are_one_line_and_end_with_2(tmp_path: Path) -> None:
    done = ran("doctor", folder=a_folder(tmp_path, "\n[desc]\n"))

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_telegram_is_asked_who_the_bot_is_and_whether_it_knows_the_chats(
    tmp_path: Path, server: BotApiServer
) -> None:
    server.state.add_chat(-1001)
    telegram = f'\n[telegram]\nbase_url = "{server.base_url}"\n'
    unknown = '\n[[chat]]\nname = "gone"\nid = -1002\n'
    folder = a_folder(tmp_path, telegram, CHAT, unknown)

    found = checked(folder, code=1, environ={"MENTIONDESK_TELEGRAM_TOKEN": TOKEN})

    assert found["telegram"][0][0] == "ok"
    assert found["chat.care"][0][0] == "ok"
    assert found["chat.gone"][0][0] == "fail"
    assert "MENTIONDESK_TELEGRAM_TOKEN" in found["secrets"][0][1]


def test_a_slash_at_the_end_of_telegrams_address_does_no_harm(
    tmp_path: Path, server: BotApiServer
) -> None:
    folder = a_folder(tmp_path, f'\n[telegram]\nbase_url = "{server.base_url}/"\n')

    found = checked(folder, code=0, environ={"MENTIONDESK_TELEGRAM_TOKEN": TOKEN})

    assert found["telegram"][0][0] == "ok"


def test_a_chat_that_moved_is_asked_for_under_its_new_number(
    tmp_path: Path, server: BotApiServer
) -> None:
    server.state.add_chat(-1009)
    telegram = f'\n[telegram]\nbase_url = "{server.base_url}"\n'
    folder = a_folder(tmp_path, telegram, CHAT)
    with Store(folder / "desk.db") as store, store.writing():
        store.notes.keep("chat:care", "-1001")
        store.people.link_chat("care", -1009, datetime.now(UTC))

    found = checked(folder, environ={"MENTIONDESK_TELEGRAM_TOKEN": TOKEN})

    assert found["chat.care"][0][0] == "ok"


def test_no_secret_is_ever_shown(tmp_path: Path, server: BotApiServer) -> None:
    telegram = f'\n[telegram]\nbase_url = "{server.base_url}"\n'
    folder = a_folder(tmp_path, telegram, CHAT)
    wrong = "765432:AAzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

    done = ran("doctor", folder=folder, environ={"MENTIONDESK_TELEGRAM_TOKEN": wrong})

    assert done.returncode == 1
    assert "the token is refused" in done.stdout
    assert wrong not in done.stdout + done.stderr


def test_a_secret_given_twice_is_wrong_from_the_start(tmp_path: Path) -> None:
    twice = {"MENTIONDESK_TELEGRAM_TOKEN": TOKEN, "MENTIONDESK_TELEGRAM_TOKEN_FILE": "/x"}

    done = ran("doctor", "--offline", folder=a_folder(tmp_path), environ=twice)

    assert (done.returncode, done.stdout) == (2, "")
    assert "given twice" in done.stderr


def test_chats_without_a_token_are_a_warning(tmp_path: Path) -> None:
    found = checked(a_folder(tmp_path, CHAT), "--offline")

    assert found["secrets"][0][0] == "warn"


def test_a_damaged_or_readable_database_is_told(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)
    (tmp_path / "desk.db").chmod(0o644)
    open_to_all = checked(tmp_path, "--offline")
    (tmp_path / "desk.db").write_bytes(b"a letter, and no database" * 200)
    damaged = checked(tmp_path, "--offline", code=1)

    assert open_to_all["database"][0][0] == "warn"
    assert "chmod 600" in open_to_all["database"][0][1]
    assert (open_to_all["database"][1][0], damaged["database"][-1][0]) == ("ok", "fail")
    assert "file is not a database" in damaged["database"][-1][1]


def test_what_the_desk_itself_wrote_down_as_failing_is_shown(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)
    now = datetime.now(UTC)
    with Store(tmp_path / "desk.db") as store, store.writing():
        store.sources.failed("sample", "sample: out of order", now)
        store.people.link_chat("care", -1001, now)
        store.people.chat_gone(-1001, now)

    found = checked(tmp_path, "--offline")

    warned = [words for outcome, words in found["database"] if outcome == "warn"]
    assert any("out of order" in words for words in warned)
    assert any("shut out of the chat 'care'" in words for words in warned)


def test_a_clock_behind_what_was_stored_is_told(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)
    with Store(tmp_path / "desk.db") as store, store.writing():
        store.sources.well("sample", datetime.now(UTC) + timedelta(hours=1))

    found = checked(tmp_path, "--offline", code=1)

    assert "set the clock" in found["time"][-1][1]


def test_an_older_database_is_left_as_it_is(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with closing(sqlite3.connect(folder / "desk.db")) as connection:
        connection.execute("CREATE TABLE something (id INTEGER)")
    (folder / "desk.db").chmod(0o600)

    found = checked(folder, "--offline")

    assert found["database"][0][0] == "warn"
    assert "steps behind" in found["database"][0][1]


def test_a_database_of_the_version_before_is_one_step_behind(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with Store(folder / "desk.db"):
        pass
    with closing(sqlite3.connect(folder / "desk.db")) as connection, connection:
        newest = "SELECT max(name) FROM _sqlite_migrations"
        connection.execute(f"DELETE FROM _sqlite_migrations WHERE name = ({newest})")

    found = checked(folder, "--offline")

    assert ": 1 step behind this version" in found["database"][-1][1]


def test_a_platform_that_cannot_be_reached_and_one_not_built_are_told(tmp_path: Path) -> None:
    closed = "http://127.0.0.1:9"
    reddit = f'\n[connectors.reddit]\nsubreddits = ["acme"]\nreddit_url = "{closed}"\n'
    folder = a_folder(tmp_path, reddit, "\n[connectors.file]\n")

    found = checked(folder, code=1)

    assert found["connectors.reddit"][0][0] == "fail"
    assert found["connectors.file"][0][0] == "warn"


def test_a_source_that_is_set_wrongly_keeps_no_other_from_being_asked(tmp_path: Path) -> None:
    found = checked(a_folder(tmp_path, '\n[connectors.rss]\nfeed = "x"\n', SAMPLE), code=1)

    assert "did you mean 'feeds'?" in found["connectors.rss"][0][1]
    assert found["connectors.sample"][0][0] == "ok"


def test_a_wrong_or_unbuilt_source_is_told_without_asking_anybody(tmp_path: Path) -> None:
    reddit = '\n[connectors.reddit]\nsubreddits = ["a b"]\n'
    folder = a_folder(tmp_path, reddit, SAMPLE, "\n[connectors.file]\n")

    found = checked(folder, "--offline", code=1)

    assert found["connectors.reddit"][0][0] == "fail"
    assert "expected a subreddit's name such as 'slovakia'" in found["connectors.reddit"][0][1]
    assert found["connectors.sample"] == [("ok", "its section is right ")]
    assert found["connectors.file"][0][0] == "warn"


def test_the_judge_is_loaded_where_it_is_asked_for(tmp_path: Path) -> None:
    found = checked(a_folder(tmp_path), "--offline", "--deep")

    assert "loaded" in found["judge"][0][1]


def test_a_quick_look_loads_no_judge_and_no_platform(tmp_path: Path) -> None:
    program = """
import sys
from bot.cli.main import main
main(["doctor", "--offline"])
print(*[name for name in ("spacy", "praw", "telegram", "httpx") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=a_folder(tmp_path, SAMPLE),
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == ""


def test_checks_keep_their_order_and_one_that_hangs_or_fails_stops_no_other() -> None:
    never = threading.Event()

    def hangs() -> Iterator[Check]:
        never.wait(20)
        yield Check(place="first", found="too late")

    def fails() -> Iterator[Check]:
        raise StoreError("desk.db: locked")

    def surprises() -> Iterator[Check]:
        raise ZeroDivisionError

    def well() -> Iterator[Check]:
        yield Check(place="fourth", found="well")

    looks: list[Any] = [
        *(("first", hangs), ("second", fails), ("third", surprises), ("fourth", well))
    ]
    found = examined(looks, timedelta(seconds=1))
    never.set()

    assert [(each.place, each.outcome) for each in found] == [
        ("first", Outcome.FAIL),
        ("second", Outcome.FAIL),
        ("third", Outcome.FAIL),
        ("fourth", Outcome.OK),
    ]
    assert found[0].found == "no answer in time"
    assert found[1].found == "desk.db: locked"
