"""The phrases of a text, in one spelling, and as they were written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.folding import fold
from monitor.matching.phrases import holds, phrases


def test_words_alone_and_in_a_row_are_phrases_with_the_way_they_were_written() -> None:
    found = phrases("The Card was Declined")

    assert found["card was declined"] == "Card was Declined"
    assert found["declined"] == "Declined"


def test_short_words_say_nothing_alone_nor_at_an_edge() -> None:
    found = phrases("it is an app")

    assert set(found) == set()


def test_a_phrase_does_not_go_past_a_sentence_an_address_or_a_handle() -> None:
    found = phrases("Login fails. Tomorrow @acme again https://acme.example/login works")

    assert "fails tomorrow" not in found
    assert "tomorrow again" not in found
    assert "acme" not in found


def test_numbers_are_in_no_phrase() -> None:
    assert "order 12345" not in phrases("my order 12345 never came")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        pytest.param("Nejde mi prihlásenie!", "nejde mi prihlasenie", id="Slovak"),
        pytest.param("GİRİŞ yapamıyorum", "giris yapamiyorum", id="Turkish"),
        pytest.param("تسجيل الدُّخول لا يعمل", "تسجيل الدخول", id="Arabic"),
        pytest.param("Մուտքը չի աշխատում", "մուտքը չի աշխատում", id="Armenian"),
        pytest.param("Не могу войти в Кабинет", "войти в кабинет", id="Russian"),
    ],
)
def test_phrases_are_found_in_every_language_whatever_case_and_marks(
    text: str, phrase: str
) -> None:
    assert holds(text, fold(phrase))


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=120))
def test_every_phrase_is_the_folding_of_what_was_written(text: str) -> None:
    found = phrases(text)

    assert all(
        " ".join(fold(word) for word in written.split()) == folded
        for folded, written in found.items()
    )
