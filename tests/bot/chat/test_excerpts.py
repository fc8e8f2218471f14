"""The piece of a post that a card shows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.excerpts import excerpt
from monitor.model import Span
from tests.bot.chat.test_text import texts_of_people


def marked(text: str, *words: str) -> list[str]:
    reasons = [Span(start=text.index(word), end=text.index(word) + len(word)) for word in words]
    shown = excerpt(text, reasons)
    return [shown.text[mark.start : mark.end] for mark in shown.marked]


def test_blanks_are_folded_and_the_marks_stay_on_their_words() -> None:
    text = "My   parcel\n\n\n is  lost \t again\n"

    assert excerpt(text, ()).text == "My parcel\nis lost again"
    assert marked(text, "lost", "parcel") == ["parcel", "lost"]


def test_a_post_of_many_lines_keeps_a_few() -> None:
    shown = excerpt("\n".join(map(str, range(100))), (), most_lines=3)

    assert shown.text.startswith("0\n1\n2 3 4")


def test_a_late_deciding_word_is_shown_with_what_leads_to_it() -> None:
    text = "bla " * 1_000 + "and then they lost my parcel"

    shown = excerpt(text, [Span(start=text.index("lost"), end=text.index("lost") + 4)])

    assert shown.begins_later
    assert [shown.text[mark.start : mark.end] for mark in shown.marked] == ["lost"]
    assert len(shown.text) < 150


@settings(max_examples=100, deadline=None)
@given(texts_of_people, st.lists(st.tuples(st.integers(-9, 99), st.integers(-9, 99)), max_size=20))
def test_marks_never_leave_the_text(text: str, pairs: list[tuple[int, int]]) -> None:
    shown = excerpt(text, [Span(start=start, end=end) for start, end in pairs])

    assert all(0 <= mark.start < mark.end <= len(shown.text) for mark in shown.marked)
