"""Who is spoken to in which language: persons, chats, strangers; and right-to-left lines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.drawing import Drawn
from bot.chat.replies import AnswerTap, Say
from bot.chat.taps import TapKind, decode, encode
from bot.chat.text import Message, Span, Style, directed, plain, post, words
from bot.chat.wording import dotted, name
from bot.locale.tongue import LANGUAGES, speaking
from monitor.model import ItemId, Notice, NoticeKind, Role
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    CARE,
    EMRE,
    LENA,
    MALLORY,
    SETTINGS,
    VERA,
    ZUZANA,
    Counter,
    a_counter,
    said,
)
from tests.builders import NOON, minutes

RLM, LRM = "\u200f", "\u200e"
ALONE = EMRE.telegram_id


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    with made.bench.store.writing():
        made.bench.store.people.link_chat("care", CARE, made.now)
    yield made
    made.bench.store.close()


def card_of(counter: Counter, item: ItemId) -> Drawn:
    drawn = counter.dispatch._drawing.card(item, "care", counter.now)
    assert drawn is not None
    return drawn


# ---------------------------------------------------------------- a person


def test_who_picks_a_language_is_answered_in_it_at_once_and_from_then_on(counter: Counter) -> None:
    picked = counter.command("/language tr", who=EMRE, chat=ALONE)
    later = counter.command("/queue", who=EMRE, chat=ALONE)

    assert picked.startswith("Bundan sonra sizinle Türkçe konuşacağım")
    assert later == "Bekleyen yok: sıra boş."
    assert counter.member(EMRE).language == "tr"


@pytest.mark.parametrize(
    "written", ["ru", "RU", "Russian", "русский", "rusça"], ids=["code", "case", "en", "ru", "tr"]
)
def test_a_language_may_be_named_in_itself_in_english_or_in_ones_own(
    counter: Counter, written: str
) -> None:
    counter.command("/language tr", who=EMRE, chat=ALONE)

    counter.command(f"/language {written}", who=EMRE, chat=ALONE)

    assert counter.member(EMRE).language == "ru"


def test_a_tap_in_a_group_is_answered_in_ones_own_language_and_the_card_stays_in_the_groups(
    counter: Counter,
) -> None:
    counter.command("/language sk", who=ZUZANA, chat=ZUZANA.telegram_id)
    item = counter.complain()

    told = counter.tap(TapKind.CLAIM, item, who=ZUZANA)

    assert told.text == "Je to vaše na 20 minút."
    assert "Zuzana has it" in plain(card_of(counter, item).message.text)


def test_who_leaves_arabic_reads_from_left_to_right_at_once(counter: Counter) -> None:
    counter.command("/language ar", who=EMRE, chat=ALONE)

    told = counter.command("/language ru", who=EMRE, chat=ALONE)

    assert told.startswith("Теперь")


def test_a_refusal_is_told_in_the_language_and_logged_in_english(counter: Counter) -> None:
    counter.command("/language ru", who=EMRE, chat=ALONE)
    item = counter.complain()
    counter.tap(TapKind.CLAIM, item, who=ZUZANA)

    told = counter.tap(TapKind.CLAIM, item, who=EMRE)

    assert told.text == "В работе: Zuzana."
    assert counter.log()[-1].detail == "Zuzana has it."


def test_a_message_in_a_group_is_in_the_groups_language_whoever_asked(counter: Counter) -> None:
    counter.command("/language tr", who=EMRE, chat=ALONE)

    assert counter.command("/queue", who=EMRE) == "Nobody waits: the queue is empty."


def test_what_a_tap_makes_the_desk_say_in_a_group_is_in_the_groups_language(
    counter: Counter,
) -> None:
    counter.command("/language tr", who=EMRE, chat=ALONE)
    item = counter.complain()

    replies = counter.hear(counter.a_tap(TapKind.REPLY, item, who=EMRE))

    assert [type(each) for each in replies] == [AnswerTap, Say]
    assert "what do you answer" in said(replies)


def test_auto_ends_ones_choice(counter: Counter) -> None:
    counter.command("/language tr", who=EMRE, chat=ALONE)

    counter.command("/language auto", who=EMRE, chat=ALONE)

    assert counter.member(EMRE).language is None
    assert counter.command("/queue", who=EMRE, chat=ALONE) == "Nobody waits: the queue is empty."


def test_language_alone_offers_a_button_for_each_which_anybody_may_tap(counter: Counter) -> None:
    (offer,) = counter.hear(counter.a_command("/language", who=VERA, chat=VERA.telegram_id))
    assert isinstance(offer, Say)
    buttons = [button for row in offer.message.buttons for button in row]

    told = counter.tap(TapKind.LANGUAGE, 0, "hy", who=VERA, at=500, chat=VERA.telegram_id)

    assert [button.label for button in buttons] == [
        "English",
        "Türkçe",
        "Slovenčina",
        "العربية",
        "Հայերեն",
        "Русский",
    ]
    assert [button.data for button in buttons] == [
        encode(TapKind.LANGUAGE, 0, code) for code in LANGUAGES
    ]
    assert told.text.startswith("Այսուհետ ձեզ հետ կխոսեմ հայերեն")
    assert counter.member(VERA).language == "hy"


def test_a_language_we_do_not_speak_is_refused_with_those_we_do(counter: Counter) -> None:
    told = counter.command("/language klingon", who=EMRE, chat=ALONE)
    tapped = counter.tap(TapKind.LANGUAGE, 0, "xx", who=EMRE, at=500, chat=ALONE)

    assert told == "Write /language and one of: en, tr, sk, ar, hy, ru. Or: /language auto"
    assert tapped.text == "This button no longer works."


# ---------------------------------------------------------------- a chat


def test_a_lead_sets_a_chats_language_and_its_cards_and_boards_follow(counter: Counter) -> None:
    item = counter.complain()

    told = counter.command("/language chat tr", who=LENA)

    assert told == "Bundan sonra bu sohbette Türkçe konuşacağım."
    assert "Kimse üstlenmedi" in plain(card_of(counter, item).message.text)
    board = counter.dispatch._drawing.board("care", counter.now).message
    assert plain(board.text).startswith("📌 Pano")
    assert counter.command("/queue", who=EMRE).startswith("Sırada: 1")


def test_an_agent_sets_no_chats_language(counter: Counter) -> None:
    told = counter.command("/language chat tr", who=EMRE)

    assert told == "Only a lead can set the language of a chat."
    assert [chat.language for chat in counter.bench.store.people.chats()] == [None]


def test_the_settings_name_the_language_of_a_chat_that_picked_none(tmp_path: Path) -> None:
    settings = SETTINGS.replace("id = -1001", 'id = -1001\nlanguage = "sk"')
    counter = a_counter(tmp_path, settings_text=settings)
    item = counter.complain()

    shown = plain(card_of(counter, item).message.text)

    assert "Nikto to nemá" in shown
    counter.bench.store.close()


def test_a_cards_print_is_the_same_in_every_language(counter: Counter) -> None:
    item = counter.complain()
    prints = set()
    for language in LANGUAGES:
        counter.command(f"/language chat {language}", who=LENA)
        prints.add(card_of(counter, item).shown)

    assert len(prints) == 1


def test_a_notice_comes_in_the_language_of_its_chat(counter: Counter) -> None:
    item = counter.complain()
    counter.command("/language chat ru", who=LENA)

    notice = Notice(kind=NoticeKind.UNCLAIMED, item=item, name="claim:1:100%", at=NOON, tell="chat")
    with counter.bench.store.writing():
        counter.dispatch.announce(counter.bench.item(item), (notice,), counter.now)
    (parcel,) = counter.waiting(Kind.NOTICE)
    drawn = counter.dispatch._drawing.draw(parcel, counter.now)

    assert drawn is not None
    assert "никто не взял" in plain(drawn.message.text)


# ---------------------------------------------------------------- strangers


def test_a_stranger_is_spoken_to_in_the_language_of_their_client(counter: Counter) -> None:
    stranger = type(MALLORY)(telegram_id=666, name="Mallory", language="sk")

    told = counter.command("/start", who=stranger, chat=666)

    assert "Ešte nie ste pripojení" in told


def test_who_is_let_in_is_told_how_to_go_on_in_their_language(counter: Counter) -> None:
    stranger = type(MALLORY)(telegram_id=666, name="Mallory", language="tr")
    with counter.bench.store.writing():
        counter.bench.store.people.invite(
            "PQRS-7788",
            now=counter.now,
            expires_at=counter.now + minutes(60),
            role=Role.AGENT,
            chat=None,
        )

    told = counter.command("/link PQRS-7788", who=stranger, chat=666)

    assert told.startswith("Hoş geldiniz, Mallory!")
    assert "/language tr" in told


# ---------------------------------------------------------------- from right to left


def test_what_a_tap_is_answered_begins_at_the_right(counter: Counter) -> None:
    counter.command("/language ar", who=EMRE, chat=ALONE)
    item = counter.complain()

    shown = counter.tap(TapKind.SHOW, item, who=EMRE).text

    assert shown == f"ستظهر بطاقة {LRM}#{item} من جديد في آخر رسالة."


def test_lines_of_ours_begin_at_the_right_and_a_quote_stands_as_it_is() -> None:
    with speaking("ar"):
        text = (*words("🔴 #12 Acme\n"), *post("It broke", Style.QUOTE), *words("\n#12: /queue"))
        shown = plain(Message(text).text).split("\n")

    assert shown == [f"{RLM}🔴 {LRM}#12 Acme", "It broke", f"{RLM}{LRM}#12: {LRM}/queue"]


def test_a_line_that_begins_with_an_arabic_letter_needs_no_mark() -> None:
    with speaking("ar"):
        assert plain(Message(words("لا أحد")).text) == "لا أحد"


def test_what_is_typed_is_set_off_and_can_be_copied_without_a_mark() -> None:
    with speaking("ar"):
        message = Message((*words("/queue", Style.CODE), *words(" ما ينتظر")))

    assert [span.text for span in message.text] == [RLM + LRM, "/queue", " ما ينتظر"]


def test_latin_names_are_isolated_and_fenced_among_arabic_words() -> None:
    with speaking("ar"):
        shown = plain(dotted(name("Acme"), words("3")))

    assert shown == f"\u2068Acme\u2069{RLM} · 3"


@pytest.mark.parametrize("language", ["en", "tr", "sk", "hy", "ru"])
def test_left_to_right_readers_get_no_marks(language: str) -> None:
    with speaking(language):
        message = Message(words("🔴 #12: /queue"))

    assert plain(message.text) == "🔴 #12: /queue"


SPANS = st.lists(
    st.builds(
        Span,
        st.text("ab#1/ \nأب🔴", max_size=6),
        st.sets(st.sampled_from([Style.BOLD, Style.CODE, Style.QUOTE]), max_size=1).map(frozenset),
    ),
    max_size=6,
)


@given(SPANS)
def test_directing_a_text_again_changes_nothing_and_loses_no_letter(spans: list[Span]) -> None:
    once = directed(tuple(spans))

    assert directed(once) == once
    bare = plain(once).replace(RLM, "").replace(LRM, "")
    assert bare == plain(tuple(spans))


def test_every_letter_a_language_button_sends_is_understood() -> None:
    for code in LANGUAGES:
        data = decode(encode(TapKind.LANGUAGE, 0, code))

        assert data is not None
        assert (data.kind, data.number, data.argument) == (TapKind.LANGUAGE, 0, code)
