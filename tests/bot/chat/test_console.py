"""Rich text for a terminal."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from bot.chat.console import relative, rich_text
from bot.chat.text import Style, Text, TimeForm, post, time, words
from bot.locale.tongue import LANGUAGES
from tests.bot.chat.test_text import few, rich_texts

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "in 12 min"), ("sk", "o 12 min"), ("tr", "12 dk. sonra"), ("ru", "через 12 мин.")],
)
def test_a_relative_time_is_told_from_now(language: str, shown: str) -> None:
    text = words("due ") + time(NOON + timedelta(minutes=12), "12:12")

    assert rich_text(text, NOON, language).plain.startswith(f"due {shown}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seconds", [0, 5, -5, 90, -90, 7_200, 90 * 86_400, -400 * 86_400])
def test_every_language_tells_every_relative_time(language: str, seconds: int) -> None:
    told = relative(NOON + timedelta(seconds=seconds), NOON, language)

    assert any(char.isdigit() for char in told) or language == "ar", "Arabic says two by its form"


def test_an_absolute_time_is_shown_as_given() -> None:
    assert rich_text(time(NOON, "13:00", TimeForm.TIME), NOON).plain == "13:00"


def test_a_quote_stands_behind_a_bar() -> None:
    text = words("Ada:\n") + post("it broke\nagain", Style.QUOTE)

    assert rich_text(text, NOON).plain == "Ada:\n┃ it broke\n┃ again"


def test_right_to_left_posts_carry_no_marks_that_a_terminal_would_print() -> None:
    assert rich_text(post("أين طلبي؟"), NOON).plain == "أين طلبي؟"


@few
@given(rich_texts)
def test_any_text_can_be_shown(text: Text) -> None:
    shown = rich_text(text, NOON).plain

    assert len(shown) >= len([span for span in text if span.text])
