"""Our words in the reader's language: forms, fallbacks, and what stands within a sentence."""

from datetime import timedelta

import pytest

from bot.chat.phrases import linked, phrase, phrases
from bot.chat.text import Style, plain, words
from bot.chat.wording import length, ordinal
from bot.locale.tongue import LANGUAGES, catalogue, digits, reader, speaking, spoken, tr, trn


def test_outside_of_every_block_english_is_spoken() -> None:
    assert spoken() == "en"
    assert reader() is None


def test_a_block_speaks_its_language_and_gives_the_one_before_back() -> None:
    with speaking("sk"):
        with speaking("ru"):
            inner = spoken()
        outer = spoken()

    assert (inner, outer, spoken()) == ("ru", "sk", "en")


def test_a_language_without_a_catalogue_is_english() -> None:
    with speaking("de"):
        assert tr("Nobody has it") == "Nobody has it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_catalogue_holds_stays_english(language: str) -> None:
    with speaking(language):
        assert tr("{name} is not in any catalogue", name="This") == "This is not in any catalogue"


def test_nothing_to_translate_is_nothing() -> None:
    with speaking("ar"):
        assert tr("") == ""


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        pytest.param("en", 1, "1 note", id="English, one"),
        pytest.param("en", 5, "5 notes", id="English, many"),
        pytest.param("tr", 5, "5 not", id="Turkish has one form"),
        pytest.param("sk", 1, "1 poznámka", id="Slovak, one"),
        pytest.param("sk", 3, "3 poznámky", id="Slovak, few"),
        pytest.param("sk", 5, "5 poznámok", id="Slovak, many"),
        pytest.param("ru", 21, "21 заметка", id="Russian, one again"),
        pytest.param("ru", 12, "12 заметок", id="Russian, the teens"),
        pytest.param("ru", 34, "34 заметки", id="Russian, few again"),
        pytest.param("hy", 7, "7 նշում", id="Armenian has one form"),
        pytest.param("ar", 1, "ملاحظة واحدة", id="Arabic, one in words"),
        pytest.param("ar", 2, "ملاحظتان", id="Arabic, the dual"),
        pytest.param("ar", 7, "7 ملاحظات", id="Arabic, few"),
        pytest.param("ar", 11, "11 ملاحظة", id="Arabic, many"),
        pytest.param("ar", 100, "100 ملاحظة", id="Arabic, hundred"),
    ],
)
def test_a_number_asks_for_its_form(language: str, count: int, expected: str) -> None:
    with speaking(language):
        assert trn("{count} note", "{count} notes", count) == expected
        assert plain(phrases("{count} note", "{count} notes", count)) == expected


def test_numbers_are_written_as_the_language_does() -> None:
    shown = []
    for language in LANGUAGES:
        with speaking(language):
            shown.append(digits(12345))

    assert shown == ["12,345", "12.345", "12\xa0345", "12,345", "12\xa0345", "12\xa0345"]


def test_parts_keep_their_style_where_the_language_puts_them() -> None:
    with speaking("ru"):
        told = phrase("{owner} has it", owner=words("Zuzana", Style.BOLD))

    assert plain(told) == "В работе: Zuzana"
    assert told[-1].style == {Style.BOLD}


def test_a_link_leads_from_the_words_that_the_language_puts_in_brackets() -> None:
    url = "https://example.org/1"
    with speaking("ru"):
        told = linked("[answered] {when}", url, when="12:00")

    assert plain(told) == "ответ дан 12:00"
    assert [span.text for span in told if span.link == url] == ["ответ дан"]


def test_a_length_of_time_is_told_in_the_language() -> None:
    shown = {}
    for language in LANGUAGES:
        with speaking(language):
            shown[language] = length(timedelta(hours=1, minutes=24), language)

    assert shown["en"] == "1 hr 24 min"
    assert shown["tr"] == "1 sa. 24 dk."
    assert shown["ar"] == "1 س و24 د"


def test_ordinals_are_english_alone() -> None:
    with speaking("sk"):
        assert ordinal(3) == "3"
    assert ordinal(3) == "3rd"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_can_be_read(language: str) -> None:
    assert catalogue(language).ngettext("{count} note", "{count} notes", 1)
