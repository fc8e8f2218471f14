"""The messages about a reply: whole, within limits, whatever people write and platforms say."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.html import html
from bot.chat.previews import SIGN, NewsView, ReplyView, preview, question
from bot.chat.taps import decode
from bot.chat.text import (
    ENTITIES,
    FIRST_STRONG_ISOLATE,
    MESSAGE_UNITS,
    clean,
    cut_words,
    entities,
    plain,
    post,
    units,
)
from monitor.handling.replying import LONGEST
from monitor.model import EventKind, ItemId, Member, MemberId, Role
from monitor.store.replies import ReplyState
from tests.bot.chat.test_text import texts_of_people
from tests.servers.bot_api_html import parse

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
NEWS = tuple(
    NewsView(kind=kind, at=NOON, said="and now? " * 99, by="Emre" * 30)
    for kind in (EventKind.CUSTOMER_POST, EventKind.POST_EDITED, EventKind.ANSWERED)
)
DRAFT = ReplyView(
    reply=10**17,
    item=ItemId(10**17),
    state=ReplyState.DRAFT,
    edition=12,
    writer=Member(id=MemberId(1), name="Ada", telegram_id=501, role=Role.AGENT),
    platform="bluesky",
    place="slovakia",
    author="jana",
    asked="Acme lost my parcel",
    url="https://bluesky.example/1",
    text="We are sorry.",
    length=13,
    limit=300,
    why_not=None,
    news=(),
    error="",
    sent_url="",
    sent_at=None,
    zone=ZoneInfo("Europe/Bratislava"),
    language="en",
)
SENT = replace(DRAFT, state=ReplyState.SENT, sent_url="https://bluesky.example/2", sent_at=NOON)


def labels(view: ReplyView) -> list[str]:
    return [button.label for row in preview(view).buttons for button in row]


@settings(max_examples=30, deadline=None)
@given(
    state=st.sampled_from(ReplyState),
    words=texts_of_people,
    text=texts_of_people,
    times=st.sampled_from([1, 40, 900]),
    why_not=st.booleans(),
)
def test_every_message_holds_the_whole_text_within_the_limits(
    state: ReplyState, words: str, text: str, times: int, why_not: bool
) -> None:
    whole = cut_words(clean(text * times).strip(), LONGEST).strip() or "x"
    whole = whole if units(plain(post(whole))) <= LONGEST else whole[: LONGEST // 4].strip() or "x"
    many = (words * 300)[:5000]
    view = replace(
        DRAFT if state is not ReplyState.SENT else SENT,
        state=state,
        text=whole,
        asked=many,
        place=many,
        author=many,
        error=many,
        why_not=many if why_not else None,
        writer=Member(id=MemberId(1), name=many, telegram_id=501, role=Role.AGENT),
        news=tuple(replace(one, said=many, by=many) for one in NEWS),
    )

    message = preview(view)

    assert plain(post(whole)) in plain(message.text)
    assert units(plain(message.text)) <= MESSAGE_UNITS
    assert entities(message.text) <= ENTITIES
    assert parse(html(message.text))[0].strip() == plain(message.text).strip()
    datas = [button.data for row in message.buttons for button in row if button.data]
    assert all(decode(data) for data in datas)
    assert plain(question(view, many).text).startswith(SIGN)


def test_a_preview_shows_who_is_answered_with_what_and_how_long_it_is() -> None:
    shown = plain(preview(DRAFT).text)

    for part in ("Ada to @jana on bluesky (slovakia)", DRAFT.asked, DRAFT.text, "13 of 300"):
        assert part in shown
    assert labels(DRAFT) == ["Send", "Edit", "Cancel", "Open post"]


def test_a_right_to_left_answer_is_isolated() -> None:
    shown = plain(preview(replace(DRAFT, text="نعتذر عن الخطأ!")).text)

    assert f"{FIRST_STRONG_ISOLATE}نعتذر" in shown


def test_what_happened_since_stands_above_the_text() -> None:
    shown = plain(preview(replace(DRAFT, news=NEWS)).text)

    assert "The customer wrote again: and now?" in shown
    assert "It was answered meanwhile by Emre" in shown


@pytest.mark.parametrize(
    ("state", "error", "said", "shown"),
    [
        (ReplyState.CONFIRMED, "", "being sent", ["Stop"]),
        (ReplyState.CONFIRMED, "it is down", "not taken yet: it is down", ["Stop"]),
        (ReplyState.REFUSED, "locked.", "Not sent: locked.", ["Copy", "Open post"]),
        (ReplyState.CANCELLED, "it was too late", "nothing was sent · it was too late", ["Copy"]),
        (ReplyState.SENT, "", "sent 6 Mar 13:00", []),
        (ReplyState.SENT, "open the app", "Not taken back: open the app.", []),
        (ReplyState.TAKING_BACK, "", "being taken back", []),
        (ReplyState.TAKEN_BACK, "", "it was deleted there", []),
    ],
)
def test_the_preview_tells_what_became_of_the_reply(
    state: ReplyState, error: str, said: str, shown: list[str]
) -> None:
    view = replace(SENT, state=state, error=error)

    assert said in plain(preview(view).text)
    assert labels(view) == shown


def test_an_older_preview_points_to_the_newer_one() -> None:
    assert "a newer text stands below" in plain(preview(DRAFT, edition=11).text)
    assert "nothing is sent yet" in plain(preview(DRAFT, edition=12).text)
