"""The file of saved replies: taken over at the start and when it changes; a wrong one harms not."""

import logging
from pathlib import Path

import pytest

from bot.saved_file import SavedFile
from monitor.errors import ConfigError
from monitor.store.store import Store
from tests.builders import NOON, a_brand, minutes

REPLY = """
[[reply]]
name = "Thanks"
[reply.text.en]
apology = "{apology}"
remedy = "We pass it on."
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "desk.db")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "replies.toml"


def texts(store: Store) -> list[str]:
    return [one.reply.apology for one in store.saved_replies.all()]


def test_a_file_that_changes_is_taken_over_without_a_restart(store: Store, path: Path) -> None:
    path.write_text(REPLY.replace("{apology}", "Thank you."), "utf-8")
    file = SavedFile(path, store, [a_brand()])
    file.adopt(NOON)
    before = texts(store)

    path.write_text(REPLY.replace("{apology}", "Thank you so much."), "utf-8")
    file.follow(NOON + minutes(1))

    assert before == ["Thank you."]
    assert texts(store) == ["Thank you so much."]


def test_a_wrong_file_stops_the_start_and_later_only_says_so_once(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text(REPLY, "utf-8")
    file = SavedFile(path, store, [a_brand()])
    with pytest.raises(ConfigError, match=r"unknown blank \{apology\}"):
        file.adopt(NOON)
    path.write_text(REPLY.replace("{apology}", "Thank you."), "utf-8")
    file.adopt(NOON)

    path.write_text("[[reply", "utf-8")
    with caplog.at_level(logging.ERROR):
        for minute in range(3):
            file.follow(NOON + minutes(minute))

    assert texts(store) == ["Thank you."]
    assert len(caplog.records) == 1


def test_a_desk_without_a_file_keeps_what_members_wrote(store: Store) -> None:
    file = SavedFile(None, store, [])

    file.adopt(NOON)
    file.follow(NOON)

    assert texts(store) == []
