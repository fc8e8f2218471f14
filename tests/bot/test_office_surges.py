"""The office looks for surges as the settings ask, and takes saved replies over as it begins."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.office import Office, open_office
from monitor.errors import ConfigError
from monitor.store.outbox import Kind
from tests.bot.test_office import SETTINGS, app_of
from tests.builders import NOON, a_mention, a_page, minutes

WORDS = ("melon", "harbor", "violet", "copper", "meadow", "lantern", "pepper", "saddle")
REPLY = '[[reply]]\nname = "Thanks"\n[reply.text.en]\napology = "Sorry."\nremedy = "Soon."\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "replies.toml").write_text(REPLY, "utf-8")
    return tmp_path


@pytest.fixture
def offices(folder: Path) -> Iterator[list[Office]]:
    made: list[Office] = []
    yield made
    for each in made:
        each.app.close_workshop()


def an_office(folder: Path, offices: list[Office], more: str = "") -> Office:
    """Return the office of settings with `more` in them."""
    path = folder / "mentiondesk.toml"
    path.write_text(SETTINGS + more, "utf-8")
    office = open_office(app_of(path), terminal=False)
    offices.append(office)
    office.begin(NOON)
    return office


def crowd(office: Office, count: int) -> None:
    """Let one person an hour complain at noon for eight weeks, and then so many."""
    shop = office.workshop
    with shop.store.writing():
        source = shop.store.sources.switch_on("sample", "sample", NOON - timedelta(days=70))
    past = [
        (NOON - timedelta(days=back, hours=beside) - minutes(20), f"old{back}x{beside + 1}")
        for back in range(7, 57, 7)
        for beside in (-1, 0, 1)
    ]
    now = [(NOON - minutes(place / count), f"now{place}") for place in range(1, count + 1)]
    for number, (at, name) in enumerate([*past, *now]):
        text = f"Acme complaint by {name}: {WORDS[number % 8]} {number * 7919}"
        mention = a_mention(text, key=f"sample:{name}", author=name, posted_at=at)
        shop.pipeline.take(a_page(mention), source, at + minutes(1))


def alerts(office: Office) -> int:
    return len(office.workshop.store.outbox.waiting(-100, Kind.SURGE))


def test_a_surge_is_told_in_the_brands_chat(folder: Path, offices: list[Office]) -> None:
    office = an_office(folder, offices)
    crowd(office, 20)

    office.surges(NOON + minutes(1))

    assert alerts(office) == 1


@pytest.mark.parametrize(
    "asked", ["[surges]\ntell = false\n", "[surges]\npeople = 30\n", "[surges]\ngrowth = 25.0\n"]
)
def test_the_settings_say_what_is_one_and_whether_it_is_told(
    folder: Path, offices: list[Office], asked: str
) -> None:
    office = an_office(folder, offices, asked)
    crowd(office, 20)

    office.surges(NOON + minutes(1))

    assert alerts(office) == 0


def test_saved_replies_of_the_file_are_there_once_the_office_began(
    folder: Path, offices: list[Office]
) -> None:
    office = an_office(folder, offices, '[replies]\nfile = "replies.toml"\n')

    (row,) = office.workshop.store.saved_replies.all()

    assert row.reply.whole == "Sorry.\n\nSoon."


def test_an_office_does_not_begin_with_a_wrong_file(folder: Path, offices: list[Office]) -> None:
    (folder / "replies.toml").write_text(REPLY.replace("remedy", "remdy"), "utf-8")

    with pytest.raises(ConfigError, match=r"reply\.Thanks\.text\.en"):
        an_office(folder, offices, '[replies]\nfile = "replies.toml"\n')
