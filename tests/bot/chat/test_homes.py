"""Two chats of two languages and zones: as in which one is spoken to alone, and what each shows."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.incoming import Person
from bot.chat.routes import Routes
from bot.chat.taps import TapKind
from bot.chat.text import plain
from monitor.handling.tick import Tick
from monitor.model import ItemId
from monitor.settings import brands, parse
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    EMRE,
    LENA,
    VERA,
    ZUZANA,
    Counter,
    a_counter,
)
from tests.builders import NOON, a_mention, minutes

BEAN = -1002
TWO_CHATS = """
[desk]
timezone = "UTC"
language = "en"
[[chat]]
name = "bean"
id = -1002
language = "hy"
timezone = "Asia/Yerevan"
[[chat]]
name = "care"
id = -1001
language = "sk"
timezone = "Europe/Bratislava"
[[brand]]
name = "Acme"
keywords = ["acme"]
chat = "care"
[[brand]]
name = "Bean"
keywords = ["bean"]
chat = "bean"
[[brand]]
name = "Rival"
keywords = ["rivalco"]
competitor = true
[[shift]]
name = "day"
brands = ["Acme"]
mon = ["00:00-24:00"]
members = ["Zuzana"]
[[shift]]
name = "beans"
chat = "bean"
mon = ["00:00-24:00"]
members = ["Zuzana", "emre"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    opened = a_counter(tmp_path, settings_text=TWO_CHATS)
    opened.bench.take(
        a_mention("Acme lost my parcel, this is a complaint", key="sample:1"),
        a_mention(
            "Bean charged me twice, where is my money? This is a complaint",
            key="sample:2",
            author="omar",
        ),
    )
    opened.deliver()
    yield opened
    opened.bench.store.close()


def alone(desk: Counter, command: str, who: Person) -> str:
    return desk.command(command, who=who, chat=who.telegram_id)


@pytest.mark.parametrize(
    ("who", "home"),
    [
        pytest.param(ZUZANA, "care", id="the chat of the first shift that names them"),
        pytest.param(EMRE, "bean", id="the chat of their only shift"),
        pytest.param(LENA, "", id="nobody knows which: as the desk is set"),
    ],
)
def test_who_is_in_a_shift_is_at_home_in_its_chat(desk: Counter, who: Person, home: str) -> None:
    settings = parse(TWO_CHATS, Path("mentiondesk.toml"))
    routes = Routes(settings, brands(settings), desk.bench.store.people.chats())

    assert routes.home(desk.member(who)) == home


@pytest.mark.parametrize(
    ("who", "due"),
    [
        pytest.param(ZUZANA, "lehota na prvú odpoveď 6. 3. 13:30", id="in Slovak, in its zone"),
        pytest.param(EMRE, "16:30", id="in Yerevan's zone"),
        pytest.param(LENA, "first response due 6 Mar 12:30", id="as the desk is set"),
    ],
)
def test_alone_with_the_bot_an_item_is_shown_as_in_the_chat_one_belongs_to(
    desk: Counter, who: Person, due: str
) -> None:
    assert due in alone(desk, "/item 1", who)


def test_the_language_that_somebody_picked_wins(desk: Counter) -> None:
    desk.bench.store.people.speak(desk.member(ZUZANA).id, "en")

    assert "first response due 6 Mar 13:30" in alone(desk, "/item 1", ZUZANA)


def test_what_comes_by_itself_is_told_alone_in_the_same_language_and_zone(desk: Counter) -> None:
    alone(desk, "/mine", EMRE)
    desk.tap(TapKind.CLAIM, 1, who=EMRE)
    desk.now = NOON + minutes(16)
    Tick(desk.bench.ledger, desk.dispatch.announce).run(desk.now)

    (notice,) = desk.waiting(Kind.NOTICE, EMRE.telegram_id)
    told = desk.sending._drawing.draw(notice, desk.now)

    assert told is not None
    assert told.message.language == "hy"
    assert "16:20" in plain(told.message.text)


def test_a_chat_lists_what_its_own_brands_owe_and_one_person_sees_all(desk: Counter) -> None:
    care = desk.command("/queue", who=LENA)
    bean = desk.command("/queue", who=LENA, chat=BEAN)
    private = alone(desk, "/queue", LENA)

    assert ("#1" in care, "#2" in care) == (True, False)
    assert ("#1" in bean, "#2" in bean) == (False, True)
    assert ("#1" in private, "#2" in private) == (True, True)


def test_a_chat_searches_the_posts_of_its_own_brands_and_of_rivals(desk: Counter) -> None:
    desk.bench.take(a_mention("rivalco, this is a complaint", key="sample:3", author="ben"))

    care = desk.command("/search complaint", who=VERA)
    private = alone(desk, "/search complaint", VERA)

    assert ("Acme lost" in care, "Bean charged" in care, "rivalco" in care) == (True, False, True)
    assert ("Acme lost" in private, "Bean charged" in private) == (True, True)


def test_a_chat_counts_what_its_own_brands_got(desk: Counter) -> None:
    desk.bench.desk.answered(ItemId(2), desk.member(LENA), NOON, "https://sample.example/told")
    desk.now = NOON + timedelta(hours=1)

    care = desk.command("/stats", who=LENA)
    private = alone(desk, "/stats", LENA)

    assert "Prijaté: 1, predtým 0" in care
    assert ("Acme" in care, "Bean" in care) == (True, False)
    assert "Received: 2, before 0" in private
    assert ("Acme" in private, "Bean" in private) == (True, True)
