"""The adapter, through the real client library, against a strict Bot API server on loopback."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.chat.bot_api import BotApiChat
from bot.chat.incoming import (
    Anonymous,
    Command,
    Handler,
    Incoming,
    MembershipChanged,
    Migrated,
    Person,
    ReplyTo,
    Tap,
    Words,
)
from bot.chat.receiving import Pace
from bot.chat.text import Button, ButtonStyle, Message, Style, words
from monitor.errors import (
    ChatGoneError,
    ChatMovedError,
    ConfigError,
    DeliveryError,
    InDoubtError,
    MessageGoneError,
    MessageRefusedError,
    RefusedError,
    SlowDownError,
    StoreBusyError,
    TopicGoneError,
)
from monitor.model import MessageRef
from tests.servers.bot_api import TOKEN, BotApiServer

pytestmark = pytest.mark.anyio

GROUP, FORUM, ADA = -1001, -1002, 501
QUICK = Pace(connect=0.5, write=0.5, read=0.5, poll=5, first_gap=0.01, longest_gap=0.05, calm=0.2)
CLAIM = Message(words("new", Style.BOLD), ((Button("Claim", "c:7", style=ButtonStyle.PRIMARY),),))
PLAIN = Message(words("taken"))


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.state.add_chat(GROUP)
        running.state.add_chat(FORUM, topics=[12])
        running.state.add_chat(ADA)
        yield running


@pytest.fixture
async def chat(server: BotApiServer) -> AsyncIterator[BotApiChat]:
    async with BotApiChat(TOKEN, server.base_url, QUICK) as opened:
        yield opened


# ---------------------------------------------------------------- out


async def test_a_message_arrives_with_its_styles_and_buttons(
    server: BotApiServer, chat: BotApiChat
) -> None:
    ref = await chat.send(FORUM, 12, CLAIM)

    (stored,) = server.state.messages(FORUM)
    assert ref == MessageRef(chat_id=FORUM, message_id=stored.message_id)
    assert (stored.topic, stored.text, stored.silent) == (12, "new", False)
    assert stored.entities == ({"type": "bold", "offset": 0, "length": 3},)
    assert stored.buttons == (({"text": "Claim", "callback_data": "c:7", "style": "primary"},),)


async def test_every_kind_of_button_is_taken(server: BotApiServer, chat: BotApiChat) -> None:
    row = (Button("Open post", url="https://acme.example/1"), Button("Copy", copy_text="hello"))

    await chat.send(GROUP, None, Message(words("x"), (row,), silent=True))

    (stored,) = server.state.messages(GROUP)
    assert [set(button) for button in stored.buttons[0]] == [{"text", "url"}, {"text", "copy_text"}]
    assert stored.silent


async def test_the_general_topic_is_written_to_without_naming_it(
    server: BotApiServer, chat: BotApiChat
) -> None:
    await chat.send(FORUM, 1, PLAIN)

    assert [stored.topic for stored in server.state.messages(FORUM)] == [None]


async def test_an_edit_changes_the_message_and_takes_away_old_buttons(
    server: BotApiServer, chat: BotApiChat
) -> None:
    ref = await chat.send(GROUP, None, CLAIM)

    await chat.edit(ref, PLAIN)

    (stored,) = server.state.messages(GROUP)
    assert (stored.text, stored.buttons, len(stored.edits)) == ("taken", (), 1)


async def test_an_edit_that_changes_nothing_is_a_success(
    server: BotApiServer, chat: BotApiChat
) -> None:
    ref = await chat.send(GROUP, None, CLAIM)

    await chat.edit(ref, CLAIM)

    assert server.state.calls[-1]["status"] == 400


async def test_a_question_opens_the_line_to_write_in(
    server: BotApiServer, chat: BotApiChat
) -> None:
    await chat.send(GROUP, None, Message(words("What do you answer?"), asks="Your answer " * 9))

    (stored,) = server.state.messages(GROUP)
    assert stored.force_reply is not None
    assert stored.force_reply["selective"]
    assert stored.force_reply["input_field_placeholder"].startswith("Your answer")


async def test_a_message_is_pinned_and_deleted(server: BotApiServer, chat: BotApiChat) -> None:
    ref = await chat.send(GROUP, None, PLAIN)

    await chat.pin(ref)
    pinned = server.state.messages(GROUP)[0].pinned
    await chat.delete(ref)

    (stored,) = server.state.messages(GROUP)
    assert (pinned, stored.deleted) == (True, True)


async def test_the_probe_says_who_we_are_and_where_our_taps_go(
    server: BotApiServer, chat: BotApiChat
) -> None:
    alone = await chat.probe()
    server.state.set_webhook("https://other.example/hook")
    shared = await chat.probe()

    assert alone == "@desk_bot (123456)"
    assert shared == f"{alone}; a webhook is set (https://other.example/hook): taps go there"


async def test_a_chat_has_a_title_and_a_menu(server: BotApiServer, chat: BotApiChat) -> None:
    title = await chat.title(GROUP)
    await chat.set_commands([("queue", "What waits")], "sk")

    assert title == "Care"
    assert server.state.commands["sk"] == [{"command": "queue", "description": "What waits"}]


# ---------------------------------------------------------------- refusals


async def test_too_many_messages_are_asked_to_wait_to_the_second(server: BotApiServer) -> None:
    server.state.set_limits(on=1, burst=1)
    async with BotApiChat(TOKEN, server.base_url, QUICK) as chat:
        await chat.send(GROUP, None, PLAIN)
        with pytest.raises(SlowDownError) as told:
            await chat.send(GROUP, None, PLAIN)

    assert told.value.retry_after == 1.0


async def test_a_flood_is_waited_out_as_long_as_it_says(
    server: BotApiServer, chat: BotApiChat
) -> None:
    server.fault("flood", "sendMessage", seconds=7)

    with pytest.raises(SlowDownError) as told:
        await chat.send(GROUP, None, PLAIN)

    assert told.value.retry_after == 7.0


async def test_a_group_that_became_a_supergroup_names_its_new_id(
    server: BotApiServer, chat: BotApiChat
) -> None:
    server.state.migrate(GROUP, -1009)

    with pytest.raises(ChatMovedError) as told:
        await chat.send(GROUP, None, PLAIN)

    assert told.value.chat_id == -1009


@pytest.mark.parametrize("standing", ["kicked", "blocked", "deactivated"])
async def test_a_chat_that_shut_us_out_is_gone(
    server: BotApiServer, chat: BotApiChat, standing: str
) -> None:
    server.state.kick(GROUP, standing)

    with pytest.raises(ChatGoneError):
        await chat.send(GROUP, None, PLAIN)


async def test_an_unknown_chat_is_gone(chat: BotApiChat) -> None:
    with pytest.raises(ChatGoneError, match="telegram: sending to chat -5: Chat not found"):
        await chat.send(-5, None, PLAIN)


@pytest.mark.parametrize("gone", [True, False], ids=["deleted", "closed"])
async def test_a_topic_that_takes_nothing_any_more_is_gone(
    server: BotApiServer, chat: BotApiChat, gone: bool
) -> None:
    server.state.close_topic(FORUM, 12, gone=gone)

    with pytest.raises(TopicGoneError):
        await chat.send(FORUM, 12, PLAIN)


async def test_a_message_that_was_deleted_cannot_be_changed(
    server: BotApiServer, chat: BotApiChat
) -> None:
    ref = await chat.send(GROUP, None, CLAIM)
    server.state.vanish(GROUP, ref.message_id)

    for change in (chat.edit(ref, PLAIN), chat.delete(ref), chat.pin(ref)):
        with pytest.raises(MessageGoneError):
            await change


async def test_somebody_elses_message_cannot_be_edited(
    server: BotApiServer, chat: BotApiChat
) -> None:
    message_id = server.state.say(GROUP, "hello")

    with pytest.raises(MessageGoneError):
        await chat.edit(MessageRef(chat_id=GROUP, message_id=message_id), PLAIN)


@pytest.mark.parametrize(
    ("token", "base"),
    [
        pytest.param("123456:AAanother-token-that-nobody-knows", "/bot", id="another token"),
        pytest.param("nonsense", "/bot", id="no token at all"),
        pytest.param("", "/bot", id="empty"),
    ],
)
async def test_a_wrong_token_is_one_line_that_does_not_show_it(
    server: BotApiServer, token: str, base: str
) -> None:
    with pytest.raises(ConfigError, match=r"^MENTIONDESK_TELEGRAM_TOKEN: [^\n]+$") as told:
        async with BotApiChat(token, server.url + base, QUICK) as chat:
            await chat.probe()

    assert not token or token not in str(told.value)


RECORDED: dict[str, type[Exception] | None] = {
    "flood control": SlowDownError,
    "edit changes nothing": MessageRefusedError,
    "callback_data over 64 bytes": MessageRefusedError,
    "unknown chat": ChatGoneError,
    "group became a supergroup": ChatMovedError,
    "forum topic gone": TopicGoneError,
    "bot removed": ChatGoneError,
    "user blocked the bot": ChatGoneError,
    "photo URL not fetched": MessageRefusedError,
    "photo URL is a page": MessageRefusedError,
}


async def test_every_recorded_refusal_of_a_send_is_known(
    server: BotApiServer, chat: BotApiChat, shared: Path
) -> None:
    recorded = json.loads((shared / "fixtures/telegram/errors.json").read_text())

    met = {}
    for error in recorded:
        if error["when"] in RECORDED:
            body = json.dumps(error["body"])
            server.fault("status", "sendMessage", times=1, status=error["http"], body=body)
            with pytest.raises(DeliveryError) as told:
                await chat.send(GROUP, None, PLAIN)
            met[error["when"]] = type(told.value)

    assert met == RECORDED


# ---------------------------------------------------------------- did it arrive?


async def test_a_refused_connection_means_that_nothing_arrived(server: BotApiServer) -> None:
    server.refuse()
    async with BotApiChat(TOKEN, server.base_url, QUICK) as chat:
        with pytest.raises(DeliveryError) as told:
            await chat.send(GROUP, None, PLAIN)

    assert type(told.value) is DeliveryError


async def test_an_unknown_host_means_that_nothing_arrived() -> None:
    async with BotApiChat(TOKEN, "http://bot-api.invalid/bot", QUICK) as chat:
        with pytest.raises(DeliveryError) as told:
            await chat.send(GROUP, None, PLAIN)

    assert type(told.value) is DeliveryError


async def test_a_connection_that_never_stands_means_that_nothing_arrived() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        base_url = f"http://127.0.0.1:{full.getsockname()[1]}/bot"
        async with BotApiChat(TOKEN, base_url, QUICK) as chat:
            with pytest.raises(DeliveryError) as told:
                await chat.send(GROUP, None, PLAIN)
        for client in waiting:
            client.close()

    assert type(told.value) is DeliveryError


async def test_a_proxys_own_page_means_that_nothing_arrived(
    server: BotApiServer, chat: BotApiChat
) -> None:
    server.fault("status", status=403, body="<html>Log in to the hotel</html>")

    with pytest.raises(DeliveryError) as told:
        await chat.send(GROUP, None, PLAIN)

    assert type(told.value) is DeliveryError


@pytest.mark.parametrize("kind", ["swallow", "drop", "hang", "status", "garbage"])
async def test_a_send_whose_answer_is_lost_is_in_doubt(
    server: BotApiServer, chat: BotApiChat, kind: str
) -> None:
    server.fault(kind, "sendMessage", times=1, seconds=1.0, status=502)

    with pytest.raises(InDoubtError):
        await chat.send(GROUP, None, PLAIN)

    assert len(server.state.messages(GROUP)) == (1 if kind == "swallow" else 0)


async def test_nothing_is_sent_twice_behind_our_back(
    server: BotApiServer, chat: BotApiChat
) -> None:
    server.fault("swallow", "sendMessage", times=1)
    await chat.probe()  # leaves a connection to use again

    with pytest.raises(InDoubtError):
        await chat.send(GROUP, None, PLAIN)

    assert len(server.state.messages(GROUP)) == 1


async def test_an_edit_in_doubt_may_be_repeated(server: BotApiServer, chat: BotApiChat) -> None:
    ref = await chat.send(GROUP, None, CLAIM)
    server.fault("swallow", "editMessageText", times=1)

    with pytest.raises(InDoubtError):
        await chat.edit(ref, PLAIN)
    await chat.edit(ref, PLAIN)

    assert len(server.state.messages(GROUP)[0].edits) == 1


async def test_no_fault_shows_the_token(
    server: BotApiServer, chat: BotApiChat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.fault("status", "sendMessage", times=1, status=500)
    server.fault("drop", "sendMessage", times=1)
    told = []

    for _ in range(2):
        with pytest.raises(InDoubtError) as error:
            await chat.send(GROUP, None, PLAIN)
        told.append(repr(error.value))

    assert TOKEN not in caplog.text
    assert not any(TOKEN in line for line in told)


# ---------------------------------------------------------------- in


class Heard:
    """A handler that keeps what it hears, and fails when told to."""

    def __init__(self) -> None:
        self.all: list[Incoming] = []
        self.failures: list[Exception] = []

    async def __call__(self, incoming: Incoming) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.all.append(incoming)


@asynccontextmanager
async def receiving(chat: BotApiChat, handler: Handler) -> AsyncIterator[None]:
    task = asyncio.create_task(chat.receive(handler))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for happens in the server's thread
            await asyncio.sleep(0.01)


async def test_a_tap_is_heard_and_answered(server: BotApiServer, chat: BotApiChat) -> None:
    ref = await chat.send(FORUM, 12, CLAIM)
    heard = Heard()
    tap_id = server.state.tap(FORUM, ref.message_id, "c:7", 502, name="Omar", language="ar-EG")

    async with receiving(chat, heard):
        await until(lambda: heard.all)
    await chat.answer_tap(tap_id, "x" * 300, alert=True)

    (tap,) = heard.all
    assert tap == Tap(
        update_id=tap.update_id,
        chat_id=FORUM,
        tap_id=tap_id,
        message_id=ref.message_id,
        topic=12,
        person=Person(telegram_id=502, name="Omar", language="ar"),
        data="c:7",
    )
    (answer,) = server.state.answers()
    assert (answer.text, answer.alert) == ("x" * 199 + "…", True)


async def test_a_tap_from_long_ago_is_let_be(server: BotApiServer, chat: BotApiChat) -> None:
    ref = await chat.send(GROUP, None, CLAIM)
    tap_id = server.state.tap(GROUP, ref.message_id, "c:7")
    server.state.advance(3600)

    await chat.answer_tap(tap_id, "too late")

    assert server.state.answers() == []


async def test_commands_are_heard_with_what_they_answer(
    server: BotApiServer, chat: BotApiChat
) -> None:
    ref = await chat.send(FORUM, 12, CLAIM)
    heard = Heard()
    server.state.say(FORUM, "/Missed@Desk_bot  see this ", topic=12, reply_to=ref.message_id)
    server.state.say(FORUM, "/queue@other_bot", topic=12)
    server.state.say(FORUM, "/queue", topic=12)

    async with receiving(chat, heard):
        await until(lambda: len(heard.all) == 2)

    missed, queue = heard.all
    assert isinstance(missed, Command)
    assert (missed.name, missed.rest, missed.args) == ("missed", "see this", ("see", "this"))
    assert missed.topic == 12
    assert missed.reply_to == ReplyTo(
        message_id=ref.message_id, text="new", datas=("c:7",), from_bot=True
    )
    assert isinstance(queue, Command)
    assert (queue.name, queue.rest, queue.reply_to) == ("queue", "", None)


async def test_words_are_heard_in_private_and_in_reply_to_us_only(
    server: BotApiServer, chat: BotApiChat
) -> None:
    ref = await chat.send(GROUP, None, CLAIM)
    heard = Heard()
    server.state.say(GROUP, "just chatting")
    theirs = server.state.say(GROUP, "more chatting")
    server.state.say(GROUP, "agreed", reply_to=theirs)
    server.state.say(GROUP, "Sorry about that!", reply_to=ref.message_id)
    server.state.say(ADA, "hello desk")

    async with receiving(chat, heard):
        await until(lambda: len(heard.all) == 2)

    reply, hello = heard.all
    assert isinstance(reply, Words)
    assert (reply.text, reply.topic, reply.private) == ("Sorry about that!", None, False)
    assert isinstance(hello, Words)
    assert (hello.text, hello.private) == ("hello desk", True)


async def test_who_hides_behind_a_group_is_nobody(server: BotApiServer, chat: BotApiChat) -> None:
    heard = Heard()
    group = {"id": GROUP, "type": "supergroup", "title": "Care"}
    robot = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    body = {"message_id": 9, "date": 1, "chat": group, "from": robot, "sender_chat": group}
    entities = [{"type": "bot_command", "offset": 0, "length": 5}]
    server.state.inject("message", {**body, "text": "/link X", "entities": entities})

    async with receiving(chat, heard):
        await until(lambda: heard.all)

    assert isinstance(heard.all[0], Anonymous)


async def test_being_removed_let_in_and_moved_is_heard(
    server: BotApiServer, chat: BotApiChat
) -> None:
    heard = Heard()
    server.state.kick(GROUP)
    server.state.readmit(GROUP)
    server.state.migrate(GROUP, -1009)

    async with receiving(chat, heard):
        await until(lambda: len(heard.all) == 4)

    out, back, old, new = heard.all
    assert isinstance(out, MembershipChanged)
    assert isinstance(back, MembershipChanged)
    assert (out.present, back.present, out.title) == (False, True, "Care")
    assert isinstance(old, Migrated)
    assert isinstance(new, Migrated)
    assert {(old.chat_id, old.new_id), (new.chat_id, new.new_id)} == {(GROUP, -1009)}


async def test_what_was_handled_is_not_heard_again_after_a_restart(
    server: BotApiServer, chat: BotApiChat
) -> None:
    before, after = Heard(), Heard()
    server.state.say(ADA, "one")
    async with receiving(chat, before):
        await until(lambda: before.all)
    server.state.say(ADA, "two")

    async with receiving(chat, after):
        await until(lambda: after.all)

    assert [said.text for said in before.all + after.all if isinstance(said, Words)] == [
        "one",
        "two",
    ]


async def test_what_was_not_handled_is_heard_again_after_a_restart(
    server: BotApiServer, chat: BotApiChat
) -> None:
    reached, heard = asyncio.Event(), Heard()
    server.state.say(ADA, "one")

    async def stuck(incoming: Incoming) -> None:
        reached.set()
        await asyncio.sleep(3600)

    async with receiving(chat, stuck):
        await until(reached.is_set)
    async with receiving(chat, heard):
        await until(lambda: heard.all)

    assert isinstance(heard.all[0], Words)


async def test_a_busy_store_is_waited_for_other_failures_are_told_and_passed(
    server: BotApiServer, chat: BotApiChat, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    heard.failures = [StoreBusyError("locked"), RefusedError("not you"), ZeroDivisionError()]
    for text in ("refused", "broken", "fine"):
        server.state.say(ADA, text)

    async with receiving(chat, heard):
        await until(lambda: heard.all)

    assert [said.text for said in heard.all if isinstance(said, Words)] == ["fine"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "ERROR"]


async def test_an_update_that_nobody_can_read_does_not_stop_the_next(
    server: BotApiServer, chat: BotApiChat
) -> None:
    heard = Heard()
    server.state.inject("message", {"from_the_future": True})
    server.state.say(ADA, "hello")

    async with receiving(chat, heard):
        await until(lambda: heard.all)

    assert isinstance(heard.all[0], Words)


async def test_edits_and_channel_posts_are_passed_over(
    server: BotApiServer, chat: BotApiChat
) -> None:
    heard = Heard()
    channel = {"id": -1007, "type": "channel", "title": "News"}
    body = {"message_id": 1, "date": 1, "text": "/queue"}
    server.state.inject("channel_post", {**body, "chat": channel})
    server.state.inject("edited_message", {**body, "chat": {"id": ADA, "type": "private"}})
    server.state.say(ADA, "hello")

    async with receiving(chat, heard):
        await until(lambda: heard.all)

    assert [type(said) for said in heard.all] == [Words]


async def test_an_outage_is_told_once_and_survived(
    server: BotApiServer, chat: BotApiChat, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    server.fault("status", "getUpdates", times=2)
    server.fault("garbage", "getUpdates", times=1)
    server.fault("drop", "getUpdates", times=1)
    server.state.say(ADA, "still there?")

    async with receiving(chat, heard):
        await until(lambda: heard.all)

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert len(lines) == 2
    assert "trying again" in lines[0]
    assert "answers again" in lines[1]


async def test_a_closed_port_is_survived_too(server: BotApiServer, chat: BotApiChat) -> None:
    heard = Heard()
    async with receiving(chat, heard):
        await until(lambda: server.state.calls)
        server.refuse()
        server.listen()
        server.state.say(ADA, "hello again")
        await until(lambda: heard.all)

    assert isinstance(heard.all[0], Words)


async def test_a_second_bot_is_named_once_and_its_end_too(
    server: BotApiServer, chat: BotApiChat, caplog: pytest.LogCaptureFixture
) -> None:
    def lines() -> list[str]:
        return [each.getMessage() for each in caplog.records if "conflict" in each.getMessage()]

    first = BotApiChat(TOKEN, server.base_url, replace(QUICK, poll=1))
    async with first, receiving(first, Heard()):
        async with receiving(chat, Heard()):
            await until(lambda: sum(call["status"] == 409 for call in server.state.calls) > 4)
            told = [line for line in lines() if "second bot" in line]
        await until(lambda: "over" in lines()[-1])

    assert told
    assert len(told) <= 2  # one from each bot
    assert told[0].startswith("telegram: conflict: a second bot runs on the token in MENTIONDESK")
    assert lines()[-1].startswith("telegram: the conflict is over")


async def test_a_webhook_left_over_is_removed(
    server: BotApiServer, chat: BotApiChat, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    server.state.say(ADA, "hello")
    server.state.set_webhook("https://old.example/hook")

    async with receiving(chat, heard):
        await until(lambda: heard.all)

    assert server.state.webhook == ""
    assert ["removed" in record.getMessage() for record in caplog.records] == [True]


async def test_a_webhook_that_comes_back_is_a_conflict(
    server: BotApiServer, chat: BotApiChat, caplog: pytest.LogCaptureFixture
) -> None:
    server.state.set_webhook("https://other.example/hook")

    async with receiving(chat, Heard()):
        await until(lambda: server.state.webhook == "")
        server.state.set_webhook("https://other.example/hook")
        server.state.say(ADA, "wakes the poll")
        await until(lambda: "conflict" in caplog.text)

    assert caplog.text.count("conflict") == 1


async def test_a_token_that_is_refused_ends_the_listening(server: BotApiServer) -> None:
    async with BotApiChat(TOKEN + "x", server.base_url, QUICK) as chat:
        with pytest.raises(ConfigError):
            await chat.receive(Heard())
