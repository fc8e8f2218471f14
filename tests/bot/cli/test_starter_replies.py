"""The saved replies that a new desk begins with: complete, short, and right without a name."""

import re
from itertools import groupby
from pathlib import Path

import pytest

from bot.cli import init
from connectors.x_access.length import weighted_length
from monitor.desk.reply_file import read
from monitor.desk.saved_replies import SavedReply, fill
from monitor.fields import LANGUAGES
from monitor.model import TOPICS, Author

STARTER = Path(init.__file__).with_name("starter_replies.toml")
REPLIES = read(STARTER, [])
JANA = Author(id="1", handle="jana", name="Konstantínos Papadópoulos")
X_LIMIT = 280
SCRIPTS = {"ar": "\u0600-\u06ff", "hy": "\u0530-\u058f", "ru": "\u0400-\u04ff"}


def a_name(reply: SavedReply) -> str:
    return f"{reply.name} {reply.language}"


def test_each_reply_is_there_in_all_six_languages() -> None:
    by_name = {
        name: sorted(one.language for one in group)
        for name, group in groupby(REPLIES, lambda reply: reply.name)
    }

    assert len(by_name) >= 8
    assert all(languages == sorted(LANGUAGES) for languages in by_name.values())


def test_the_topics_that_need_an_answer_most_have_one() -> None:
    covered = {reply.topic for reply in REPLIES}

    assert covered >= set(TOPICS) - {"app", "information", "other"}
    assert None in covered


@pytest.mark.parametrize("reply", REPLIES, ids=a_name)
def test_each_fits_a_post_on_x_with_a_long_name(reply: SavedReply) -> None:
    text = fill(reply, author=JANA, brand="Acme Company")

    assert weighted_length(text) <= X_LIMIT


@pytest.mark.parametrize("reply", REPLIES, ids=a_name)
def test_each_reads_well_where_nobody_knows_a_name(reply: SavedReply) -> None:
    text = fill(reply, author=None, brand="Acme")

    assert not re.search(r"\s[,.!،։]|[,،]\s*[,.!،։]|[{}]", text)
    assert text[0] == text[0].upper()


@pytest.mark.parametrize("reply", REPLIES, ids=a_name)
def test_each_is_written_in_the_letters_of_its_language(reply: SavedReply) -> None:
    text = reply.whole.replace("{name}", "").replace("{brand}", "")
    written = [char for char in text if char.isalpha()]

    script = SCRIPTS.get(reply.language, "A-Za-z\u00c0-\u024f")

    assert [char for char in written if not re.match(f"[{script}]", char)] == []
