"""`mentiondesk saved`: a list, JSON, and the file that the replies came from."""

import json
from pathlib import Path

import pytest

from monitor.desk.reply_file import parse
from monitor.store.store import Store
from tests.bot.cli.running import ran
from tests.builders import NOON, a_saved_reply

LATE = a_saved_reply(
    language="sk", apology="Dobrý deň {name},\nmrzí nás to.", remedy="Pozrite {link}", short=""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = '[[brand]]\nname = "Acme"\nkeywords = ["acme"]\n'
    (tmp_path / "mentiondesk.toml").write_text(settings, "utf-8")
    with Store(tmp_path / "mentiondesk.db") as store, store.writing():
        store.saved_replies.adopt([LATE], NOON)
    return tmp_path


def test_json_tells_what_each_says_and_how_often_it_was_sent(folder: Path) -> None:
    done = ran("saved", "--json", folder=folder)

    (row,) = json.loads(done.stdout)
    assert done.returncode == 0
    assert (row["name"], row["language"], row["short"], row["sent"]) == (
        *("Late parcel", "sk"),
        *(None, 0),
    )


def test_toml_is_the_file_that_would_bring_them_back(folder: Path) -> None:
    done = ran("saved", "--toml", folder=folder)

    assert parse(done.stdout, ["Acme"]) == (LATE,)


def test_the_list_is_for_people(folder: Path) -> None:
    done = ran("saved", folder=folder)

    assert done.stdout == "Late parcel (sk, delivery): sent 0\n"
