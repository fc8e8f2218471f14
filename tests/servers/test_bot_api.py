"""The stand-in for the Bot API refuses what the real one refuses."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.servers.bot_api import TOKEN, BotApiServer, running

GROUP, ADA = -1001, 501
Call = Callable[..., httpx.Response]


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer(speed=0, limits=True) as opened:
        opened.state.add_chat(GROUP)
        opened.state.add_chat(ADA)
        yield opened


@pytest.fixture
def call(server: BotApiServer) -> Iterator[Call]:
    with httpx.Client(base_url=f"{server.base_url}{TOKEN}", trust_env=False) as client:
        yield lambda method, **params: client.post(f"/{method}", json=params)


def test_a_group_takes_twenty_sends_and_edits_a_minute(server: BotApiServer, call: Call) -> None:
    for number in range(10):
        call("sendMessage", chat_id=GROUP, text=f"card {number}").raise_for_status()
        call("editMessageText", chat_id=GROUP, message_id=101, text=str(number)).raise_for_status()
        server.state.advance(2)

    refused = call("sendMessage", chat_id=GROUP, text="one more")
    server.state.advance(40)
    taken = call("sendMessage", chat_id=GROUP, text="one more")

    assert refused.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 40",
        "parameters": {"retry_after": 40},
    }
    assert refused.headers["Retry-After"] == "40"
    assert taken.is_success


def test_a_chat_takes_a_short_burst_then_one_a_second(server: BotApiServer, call: Call) -> None:
    answers = [call("sendMessage", chat_id=ADA, text="x").status_code for _ in range(4)]
    server.state.advance(3)
    later = call("sendMessage", chat_id=ADA, text="x").status_code

    assert answers == [200, 200, 200, 429]
    assert later == 200


def test_all_chats_together_take_thirty_a_second(server: BotApiServer, call: Call) -> None:
    people = range(1000, 1031)
    for person in people:
        server.state.add_chat(person)

    answers = [call("sendMessage", chat_id=person, text="x").status_code for person in people]

    assert answers == [200] * 30 + [429]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<b>x", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("<p>x</p>", 'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
        ("é < 3", "can't parse entities: Unclosed start tag at byte offset 3"),
        ("x</b>", "can't parse entities: Unexpected end tag at byte offset 1"),
        (
            "<b><i>x</b></i>",
            (
                "can't parse entities: Unmatched end tag at byte offset 7, "
                'expected "</i>", found "</b>"'
            ),
        ),
        ('<tg-time unix="soon">x</tg-time>', "can't parse entities: Invalid date-time specified"),
        (
            "<code><b>x</b></code>",
            "can't parse entities: bold can't be nested in code",
        ),
        ("<i>x</i> " * 101, "can't parse entities: too many entities"),
        ("<b> </b>\n", "message text is empty"),
        ("👍" * 2049, "message is too long"),
    ],
)
def test_a_text_that_the_api_cannot_take_is_refused(call: Call, text: str, problem: str) -> None:
    answer = call("sendMessage", chat_id=GROUP, text=text, parse_mode="HTML")

    assert (answer.status_code, answer.json()["description"]) == (400, f"Bad Request: {problem}")


def test_the_longest_text_is_taken(call: Call) -> None:
    answer = call(
        "sendMessage", chat_id=GROUP, text="<b>" + "👍" * 2048 + "</b>", parse_mode="HTML"
    )

    assert answer.json()["result"]["entities"] == [{"type": "bold", "offset": 0, "length": 4096}]


@pytest.mark.parametrize(
    ("button", "problem"),
    [
        ({"text": "a", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "a"}, "inline keyboard button must have exactly one type"),
        ({"text": "a", "callback_data": "x", "style": "blue"}, "unsupported button style"),
    ],
)
def test_a_button_that_the_api_cannot_take_is_refused(
    call: Call, button: dict[str, Any], problem: str
) -> None:
    markup = {"inline_keyboard": [[button]]}

    answer = call("sendMessage", chat_id=GROUP, text="x", reply_markup=markup)

    assert answer.json()["description"] == f"Bad Request: {problem}"


def test_nobody_can_press_a_button_that_is_not_there(server: BotApiServer, call: Call) -> None:
    markup = {"inline_keyboard": [[{"text": "Claim", "callback_data": "c:1"}]]}
    call("sendMessage", chat_id=GROUP, text="x", reply_markup=markup)
    call("editMessageText", chat_id=GROUP, message_id=101, text="taken")

    with pytest.raises(ValueError, match="shows no button"):
        server.state.tap(GROUP, 101, "c:1")
    assert server.state.tap_stale(GROUP, 101, "c:1")


def test_a_tap_is_answered_once(server: BotApiServer, call: Call) -> None:
    markup = {"inline_keyboard": [[{"text": "Claim", "callback_data": "c:1"}]]}
    call("sendMessage", chat_id=GROUP, text="x", reply_markup=markup)
    tap_id = server.state.tap(GROUP, 101, "c:1")

    answers = [call("answerCallbackQuery", callback_query_id=tap_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]


def test_updates_come_again_until_they_are_acknowledged(server: BotApiServer, call: Call) -> None:
    for text in ("one", "two"):
        server.state.say(ADA, text)

    first = call("getUpdates").json()["result"]
    again = call("getUpdates").json()["result"]
    rest = call("getUpdates", offset=first[0]["update_id"] + 1).json()["result"]

    assert first == again
    assert rest == first[1:]


def test_updates_are_kept_for_a_day(server: BotApiServer, call: Call) -> None:
    server.state.say(ADA, "old")
    server.state.advance(25 * 3600)

    assert call("getUpdates").json()["result"] == []


@pytest.mark.parametrize(
    ("token", "status"), [("123456:" + "x" * 30, 401), ("nonsense", 404)], ids=["other", "shape"]
)
def test_another_token_is_refused(server: BotApiServer, token: str, status: int) -> None:
    answer = httpx.post(f"{server.base_url}{token}/getMe", trust_env=False)

    assert answer.status_code == status


def test_as_a_process_it_is_steered_over_http() -> None:
    with running("--group", str(GROUP), "--topic", "12") as remote:
        api = f"{remote.base_url}{TOKEN}"
        remote.steer("fault", kind="status", methods=["sendMessage"], times=1)
        message = {"chat_id": GROUP, "text": "hello", "message_thread_id": 12}
        answers = [httpx.post(f"{api}/sendMessage", json=message, trust_env=False) for _ in "ab"]
        remote.steer("say", chat_id=GROUP, text="/queue", topic=12)

        assert [answer.status_code for answer in answers] == [503, 200]
        assert [stored["text"] for stored in remote.messages(GROUP)] == ["hello", "/queue"]
        assert len(remote.overview()["pending"]) == 1
        with pytest.raises(ValueError, match="no such control"):
            remote.steer("nonsense")


def a_png(width: int, height: int) -> bytes:
    """Return the frame of a PNG: what tells how wide and high it is."""
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + size + b"\0" * 9 + b"IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("photo", "problem"),
    [
        pytest.param(b"GIF89a", "IMAGE_PROCESS_FAILED", id="no PNG"),
        pytest.param(a_png(9000, 1001), "PHOTO_INVALID_DIMENSIONS", id="too large"),
        pytest.param(a_png(2100, 100), "PHOTO_INVALID_DIMENSIONS", id="too long"),
        pytest.param(b"", "there is no photo in the request", id="empty"),
    ],
)
def test_a_photo_that_no_chat_takes_is_refused(
    server: BotApiServer, photo: bytes, problem: str
) -> None:
    address = f"{server.base_url}{TOKEN}/sendPhoto"

    answer = httpx.post(
        address, data={"chat_id": str(GROUP)}, files={"photo": ("p.png", photo)}, trust_env=False
    )

    assert answer.status_code == 400
    assert answer.json()["description"] == f"Bad Request: {problem}"


def test_a_photo_stands_with_its_caption_and_its_size(server: BotApiServer) -> None:
    address = f"{server.base_url}{TOKEN}/sendPhoto"

    httpx.post(
        address,
        data={"chat_id": str(GROUP), "caption": "<b>week</b>", "parse_mode": "HTML"},
        files={"photo": ("p.png", a_png(1080, 1540))},
        trust_env=False,
    ).raise_for_status()

    (stored,) = server.state.messages(GROUP)
    assert (stored.kind, stored.text) == ("photo", "week")
    assert stored.plain()["photo"]["height"] == 1540
