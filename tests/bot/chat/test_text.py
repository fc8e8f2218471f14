"""Rich text: what it keeps, drops, counts and cuts."""

from datetime import UTC, datetime

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.text import (
    ENTITIES,
    MESSAGE_UNITS,
    Button,
    Message,
    Span,
    Style,
    Text,
    clean,
    cut,
    cut_words,
    entities,
    join,
    lines,
    openable,
    plain,
    post,
    time,
    units,
    words,
)
from monitor import model

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
AWKWARD = "aб ع\u05d0ա\n\t\r\x00\u202e\u2068\ud83d\U0001f44d\U0001f3fd\u200d\u0301e&<>\"'\u2028"
texts_of_people = st.text(st.sampled_from(AWKWARD) | st.characters(), max_size=60)
spans = st.builds(
    Span,
    texts_of_people,
    st.frozensets(st.sampled_from(Style)),
    st.none() | st.just('https://acme.example/?a=1&b="x"'),
    isolate=st.booleans(),
)
times = st.builds(lambda text: time(NOON, text or "12:00")[0], texts_of_people)
rich_texts = st.lists(spans | times, max_size=12).map(tuple)
few = settings(max_examples=150, deadline=None)


@few
@given(texts_of_people)
def test_clean_text_holds_no_override_no_control_and_no_lone_surrogate(text: str) -> None:
    cleaned = clean(text)

    assert cleaned == clean(cleaned)
    cleaned.encode()
    assert not regex.search(r"[\p{Cc}--\n]|[\u202a-\u202e\u2066-\u2069]", cleaned, regex.V1)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("a\r\nb\rc\u2028d", "a\nb\nc\nd", id="every kind of line break"),
        pytest.param("a\tb\x00c", "a bc", id="tab and NUL"),
        pytest.param("pay \u202emoc.emca\u202c now", "pay moc.emca now", id="an override"),
        pytest.param("ok \ud83d", "ok ", id="half a surrogate pair"),
        pytest.param(
            "👩\u200d👩\u200d👧 \u200fשלום", "👩\u200d👩\u200d👧 \u200fשלום", id="joiners stay"
        ),
    ],
)
def test_cleaning_keeps_what_people_mean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@few
@given(rich_texts, st.integers(1, 80), st.integers(0, 12))
def test_a_cut_text_keeps_the_limits_and_ends_between_graphemes(
    text: Text, most_units: int, most_entities: int
) -> None:
    shortened = cut(text, most_units, most_entities)

    assert units(plain(shortened)) <= most_units
    assert entities(shortened) <= most_entities
    whole = "".join(span.text for span in text)
    kept = "".join(span.text for span in shortened)
    if kept != whole:
        assert kept.endswith("…")
        head = kept.removesuffix("…")
        assert whole.startswith(head)
        borders = {0} | {match.end() for match in regex.finditer(r"\X", whole)}
        blanks = len(whole[len(head) :]) - len(whole[len(head) :].lstrip())
        assert borders & set(range(len(head), len(head) + blanks + 1))


def test_a_text_that_fits_is_not_touched() -> None:
    text = words("x" * MESSAGE_UNITS)

    assert cut(text) is text


def test_a_family_emoji_is_cut_off_whole() -> None:
    text = words("ok 👩‍👩‍👧")

    assert plain(cut(text, 8)) == "ok…"


def test_a_time_is_kept_whole_or_left_out() -> None:
    text = words("due ") + time(NOON, "12:00 tomorrow") + words(" or so, at the latest")

    shortened = cut(text, 12)

    assert plain(shortened) == "due…"


def test_too_many_styles_cut_the_text_too() -> None:
    text = join(words(" "), [words(f"w{number}", Style.HIGHLIGHT) for number in range(80)])

    shortened = cut(text)

    assert entities(shortened) <= ENTITIES
    assert plain(shortened).startswith("w0 w1 ")
    assert plain(shortened).endswith("w49…")


def test_plain_words_are_cut_in_utf_16_units() -> None:
    assert cut_words("👍" * 150, 200) == "👍" * 99 + "…"


def test_a_right_to_left_post_is_isolated_line_by_line() -> None:
    text = words("Acme: ") + post("أين طلبي 4411؟\nAcme") + words(" end")

    assert plain(text) == "Acme: \u2068أين طلبي 4411؟\u2069\n\u2068Acme\u2069 end"


def test_a_left_to_right_post_is_not_isolated() -> None:
    assert plain(post("Where is my order?")) == "Where is my order?"


def test_deciding_words_are_highlighted_inside_one_isolate() -> None:
    marked = [model.Span(start=4, end=8)]

    text = post("אני לא מרוצה", marked=marked)

    assert [Style.HIGHLIGHT in span.style for span in text] == [False, True, False]
    assert plain(text) == "\u2068אני לא מרוצה\u2069"


def test_marks_may_overlap_or_reach_beyond_the_text() -> None:
    text = post("very bad", marked=[model.Span(start=0, end=6), model.Span(start=5, end=99)])

    assert [(span.text, Style.HIGHLIGHT in span.style) for span in text] == [("very bad", True)]


def test_lines_leave_out_what_is_empty() -> None:
    assert plain(lines(words("a"), (), words("b"))) == "a\nb"


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://acme.example/x?y=ž", True),
        ("tg://user?id=1", True),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://acme.example/a b", False),
        ("/r/acme", False),
    ],
)
def test_only_real_addresses_are_opened(url: str, opens: bool) -> None:
    assert openable(url) is opens
    assert words("x", link=url)[0].link == (url if opens else None)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"label": " \u202e", "data": "x"}, id="no label"),
        pytest.param({"label": "Claim"}, id="nothing to do"),
        pytest.param({"label": "Claim", "data": "x", "url": "https://a.example"}, id="two things"),
        pytest.param({"label": "Claim", "data": "ž" * 33}, id="66 bytes"),
        pytest.param({"label": "Open", "url": "acme"}, id="no address"),
        pytest.param({"label": "Copy", "copy_text": "x" * 257}, id="too much to copy"),
    ],
)
def test_a_button_that_a_chat_would_refuse_cannot_be_made(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="button"):
        Button(**fields)  # type: ignore[arg-type]


def test_a_message_fits_whatever_goes_in() -> None:
    message = Message(words("👍" * MESSAGE_UNITS))

    assert units(plain(message.text)) <= MESSAGE_UNITS


def test_a_bare_message_keeps_its_words_and_its_own_buttons() -> None:
    opens, claims = Button("Open", url="https://a.example"), Button("Claim", data="c:1")
    message = Message(words("late!", Style.BOLD, link="https://a.example"), ((opens,), (claims,)))

    bare = message.bare()

    assert bare == Message(words("late!"), ((claims,),))


def test_a_message_without_words_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="needs a text"):
        Message(words(" \u202e"))
