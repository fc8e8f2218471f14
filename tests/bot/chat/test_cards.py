"""The card of an item: what it says first, how much of it, and which buttons stand under it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.cards import Menu, card
from bot.chat.excerpts import excerpt
from bot.chat.html import html
from bot.chat.taps import TapKind, decode
from bot.chat.text import (
    ENTITIES,
    MESSAGE_UNITS,
    POP_ISOLATE,
    Message,
    Style,
    entities,
    plain,
    units,
)
from bot.chat.views import AnswerView, CardView, EndView, Mark
from monitor.model import Flag, ItemId, Span, State, Target
from tests.bot.chat.test_text import texts_of_people
from tests.servers.bot_api_html import parse

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
LANGUAGES = ("en", "tr", "sk", "ar", "hy", "ru")
POST = "Acme lost my parcel. When does it come?"
WAITING = CardView(
    item=ItemId(7),
    state=State.OPEN,
    mark=Mark.WAITING,
    brand="Acme",
    platform="reddit",
    zone=ZoneInfo("Europe/Bratislava"),
    language="en",
    place="slovakia",
    author="jana",
    spoken="sk",
    flags=frozenset({Flag.COMPLAINT, Flag.REQUEST}),
    excerpt=excerpt(POST, (Span(start=5, end=9),)),
    url="https://reddit.example/1",
    target=Target.FIRST_RESPONSE,
    due_at=NOON + timedelta(minutes=28),
    claim_due_at=NOON + timedelta(minutes=3),
    wrote_at=NOON - timedelta(minutes=2),
)
ANSWER = AnswerView(
    at=NOON,
    by="Ada",
    proven=False,
    url=None,
    customer_wait=timedelta(minutes=24),
    team_time=timedelta(minutes=18),
    late_for=None,
    asks_link=True,
)
ANSWERED = replace(
    WAITING,
    state=State.ANSWERED,
    mark=Mark.UNPROVEN,
    target=Target.RESOLUTION,
    claim_due_at=None,
    owed=False,
    answer=ANSWER,
    undoable=True,
)
CLAIMED = replace(
    WAITING,
    state=State.CLAIMED,
    mark=Mark.IN_PROGRESS,
    owner="Ada",
    lease_ends_at=NOON + timedelta(minutes=20),
)
SNOOZED = replace(
    WAITING,
    state=State.SNOOZED,
    mark=Mark.PAUSED,
    paused_for="snoozed",
    paused_until=NOON + timedelta(hours=1),
)
SPAM = replace(
    WAITING,
    state=State.VOID,
    mark=Mark.VOID,
    ended=EndView(at=NOON, by="Ada", reason="spam"),
    undoable=True,
)
MERGED = replace(
    SPAM, ended=EndView(at=NOON, by="Ada", reason="merged", merged_into=ItemId(12)), undoable=False
)
DELETED = replace(
    SPAM,
    author="",
    excerpt=None,
    url="",
    gone_posts=1,
    undoable=False,
    ended=EndView(at=NOON, by=None, reason="deleted"),
)
RESOLVED = replace(
    ANSWERED, state=State.RESOLVED, mark=Mark.RESOLVED, ended=EndView(at=NOON, by="Ada")
)
HISTORY = replace(WAITING, muted=True, mark=Mark.HISTORY, target=None, due_at=None)
ALL = (WAITING, CLAIMED, SNOOZED, ANSWERED, RESOLVED, SPAM, MERGED, DELETED, HISTORY)
few = settings(max_examples=80, deadline=None)


def lines_of(message: Message) -> list[str]:
    return plain(message.text).split("\n")


def labels(message: Message) -> list[str]:
    return [button.label for row in message.buttons for button in row]


@pytest.mark.parametrize(
    ("view", "first"),
    [
        pytest.param(WAITING, "🔵 Acme · first response due 6 Mar 13:28", id="waiting"),
        pytest.param(CLAIMED, "🟣 Acme · first response due 6 Mar 13:28", id="in progress"),
        pytest.param(
            replace(WAITING, mark=Mark.OVERDUE),
            "🔴 Acme · overdue · first response due 6 Mar 13:28",
            id="overdue",
        ),
        pytest.param(
            replace(WAITING, target=Target.NEXT_RESPONSE),
            "🔵 Acme · next response due 6 Mar 13:28",
            id="the customer wrote again",
        ),
        pytest.param(SNOOZED, "⏸️ Acme · first response due 6 Mar 13:28", id="snoozed"),
        pytest.param(
            ANSWERED, "☑️ Acme · answered 6 Mar 13:00 by Ada · not proven yet", id="unproven"
        ),
        pytest.param(
            replace(ANSWERED, mark=Mark.ANSWERED, answer=replace(ANSWER, proven=True, by=None)),
            "✅ Acme · answered 6 Mar 13:00",
            id="proven",
        ),
        pytest.param(RESOLVED, "🏁 Acme · resolved 6 Mar 13:00 by Ada", id="resolved"),
        pytest.param(SPAM, "🚫 Acme · not for us: spam by Ada", id="spam"),
        pytest.param(MERGED, "🚫 Acme · goes on in #12", id="merged"),
        pytest.param(DELETED, "🚫 Acme · the post was deleted", id="deleted"),
        pytest.param(HISTORY, "📁 Acme · history, no clock runs", id="history"),
    ],
)
def test_the_first_line_says_what_matters(view: CardView, first: str) -> None:
    assert lines_of(card(view))[0] == first


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(
            WAITING, ["Claim", "Answered", "Wait ▸", "Not for us ▸", "Open post"], id="waiting"
        ),
        pytest.param(
            CLAIMED,
            ["Answered", "Release", "Wait ▸", "Not for us ▸", "Hand over ▸", "Open post"],
            id="claimed",
        ),
        pytest.param(
            SNOOZED,
            ["Resume", "Claim", "Answered", "Wait ▸", "Not for us ▸", "Open post"],
            id="snoozed",
        ),
        pytest.param(
            ANSWERED, ["Undo", "Resolve", "No link", "Wait ▸", "Open post"], id="unproven"
        ),
        pytest.param(
            replace(ANSWERED, undoable=False, answer=replace(ANSWER, asks_link=False)),
            ["Resolve", "Wait ▸", "Open post"],
            id="settled",
        ),
        pytest.param(RESOLVED, ["Undo", "Open post"], id="resolved"),
        pytest.param(SPAM, ["Undo", "Open post"], id="void"),
        pytest.param(MERGED, ["Open post", "Show #12"], id="merged"),
        pytest.param(DELETED, [], id="deleted"),
        pytest.param(HISTORY, ["Open post"], id="history"),
    ],
)
def test_only_buttons_that_would_do_something_stand_under_a_card(
    view: CardView, expected: list[str]
) -> None:
    assert labels(card(view)) == expected


def test_a_card_says_all_that_is_known_in_few_lines() -> None:
    full = replace(
        CLAIMED,
        contact=3,
        more_posts=2,
        similar=4,
        gone_posts=1,
        found_late_by=timedelta(hours=3, minutes=12),
    )

    assert lines_of(card(full)) == [
        "🟣 Acme · first response due 6 Mar 13:28",
        "reddit (slovakia) · Slovak · @jana",
        "Complaint and request · customer wrote 6 Mar 12:58 · 3rd contact",
        POST,
        "Ada has it · back to the queue 6 Mar 13:20",
        "#7 · +2 more posts · +4 similar posts · 1 post deleted · found 3 hr 12 min late",
    ]


def test_the_words_that_decided_are_highlighted() -> None:
    lit = [span.text for span in card(WAITING).text if Style.HIGHLIGHT in span.style]

    assert lit == ["lost"]


def test_an_answered_card_keeps_both_times_apart_and_asks_for_the_link() -> None:
    shown = lines_of(card(ANSWERED))

    assert "Customer waited 24 min · team 18 min" in shown
    assert "Reply to this card with the link to your answer." in shown


def test_an_answer_past_its_target_says_so() -> None:
    late = replace(ANSWERED, answer=replace(ANSWER, late_for=timedelta(minutes=30)))

    assert "Customer waited 24 min · team 18 min · past the target of 30 min" in lines_of(
        card(late)
    )


def test_a_known_answer_is_a_link() -> None:
    url = "https://reddit.example/answer"
    found = replace(ANSWERED, answer=replace(ANSWER, proven=True, url=url))

    assert [span.text for span in card(found).text if span.link == url] == ["answered"]


def test_what_presses_is_said_beside_what_is_asked() -> None:
    pressing = replace(WAITING, topic="billing", urgency=2, leaving=True)

    lines = lines_of(card(pressing))

    assert any(" · billing · urgent · may leave · customer wrote " in line for line in lines)


def test_a_topic_that_says_nothing_is_left_out() -> None:
    assert card(replace(WAITING, topic="other", urgency=1)).text == card(WAITING).text


def test_a_private_post_is_not_quoted() -> None:
    hidden = replace(WAITING, excerpt=None, hidden=True)

    assert "A private message: read it with Open post." in lines_of(card(hidden))


@pytest.mark.parametrize("view", [SPAM, MERGED, DELETED], ids=["spam", "merged", "deleted"])
def test_a_void_card_is_two_lines(view: CardView) -> None:
    assert len(lines_of(card(view))) == 2


@pytest.mark.parametrize(
    ("menu", "expected"),
    [
        (
            Menu.WAIT,
            [
                *("Customer", "Third party", "Snooze 1 h", "Snooze 4 h"),
                *("Another length ▸", "◂ Back"),
            ],
        ),
        (Menu.NOT, ["Not a complaint", "Not about us", "Spam", "Duplicate", "◂ Back"]),
    ],
)
def test_a_menu_takes_the_place_of_the_buttons(menu: Menu, expected: list[str]) -> None:
    opened = card(WAITING, menu)

    assert labels(opened) == expected
    assert opened.text == card(WAITING).text


def test_a_menu_is_not_opened_on_what_is_closed_meanwhile() -> None:
    assert card(SPAM, Menu.WAIT) == card(SPAM)


def test_every_button_means_something_to_the_desk() -> None:
    menus = (None, *Menu)
    datas = [
        button.data
        for view in ALL
        for menu in menus
        for row in card(view, menu).buttons
        for button in row
        if button.data is not None
    ]

    assert all(decode(data) for data in datas)
    assert {found.kind for data in datas if (found := decode(data))} >= {
        TapKind.CLAIM,
        TapKind.NOT_FOR_US,
        TapKind.SNOOZE,
        TapKind.SHOW,
        TapKind.SKIP_LINK,
    }


def test_the_demo_is_marked_on_every_card() -> None:
    assert all("DEMO" in lines_of(card(view, demo=True))[0] for view in ALL)


def test_an_arabic_name_and_post_are_isolated_on_each_line() -> None:
    post = "أين طلبي؟\nخدمة سيئة"
    view = replace(WAITING, spoken="ar", author="سعاد", excerpt=excerpt(post, ()))

    shown = lines_of(card(view))

    assert shown[1] == "reddit (slovakia) · Arabic · \u2068@سعاد\u2069"
    assert shown[3:5] == ["\u2068أين طلبي؟\u2069", "\u2068خدمة سيئة\u2069"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", ALL, ids=lambda view: view.mark.name)
def test_a_card_can_be_drawn_for_readers_of_every_language(view: CardView, language: str) -> None:
    text, _ = parse(html(card(replace(view, language=language)).text))

    assert text.count("\u2068") == text.count(POP_ISOLATE)


@few
@given(
    text=texts_of_people,
    name=texts_of_people,
    reasons=st.lists(
        st.tuples(st.integers(-5, 50_000), st.integers(-5, 50_000)).map(
            lambda pair: Span(start=pair[0], end=pair[1])
        ),
        max_size=30,
    ),
    times=st.integers(1, 2_000),
    view=st.sampled_from(ALL),
    menu=st.sampled_from((None, *Menu)),
)
def test_whatever_people_write_a_card_fits_and_is_read_by_the_bot_api(
    text: str, name: str, reasons: list[Span], times: int, view: CardView, menu: Menu | None
) -> None:
    written = (text * times)[:40_000]
    named = replace(view, brand=name, author=name, place=name, owner=view.owner and name)
    shown = replace(named, excerpt=excerpt(written, reasons))

    message = card(shown, menu)

    assert units(plain(message.text)) <= MESSAGE_UNITS
    assert entities(message.text) <= ENTITIES
    parse(html(message.text))
    assert len(lines_of(message)) <= 16
    assert message == card(shown, menu)


def test_right_to_left_names_within_a_line_are_fenced_off_from_what_follows() -> None:
    view = replace(WAITING, spoken=None, platform="منصة", place="")

    assert lines_of(card(view))[1] == "\u2068منصة\u2069\u200e · @jana"
