"""Handlers between the real client library, a strict Bot API server and a desk in its thread."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bot.chat.bot_api import BotApiChat
from bot.chat.handlers import Handlers
from bot.chat.incoming import Command
from bot.chat.receiving import Pace
from bot.chat.sender import Sender
from bot.chat.taps import TapKind, encode
from monitor.model import ItemId, MessageRef, State
from tests.bot.chat.front_desk_case import CARE, MALLORY, ZUZANA, Counter, a_counter
from tests.builders import a_mention
from tests.servers.bot_api import TOKEN, BotApiServer
from tests.servers.bot_api_state import Query, Stored

pytestmark = pytest.mark.anyio

Returned = TypeVar("Returned")
QUICK = Pace(connect=1, write=1, read=1, poll=5, first_gap=0.01, longest_gap=0.05, calm=0.2)
_PATIENCE_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Room:
    """A desk in its thread, and its chat."""

    server: BotApiServer
    chat: BotApiChat
    handlers: Handlers
    sender: Sender
    counter: Counter
    thread: ThreadPoolExecutor

    async def at_desk(self, act: Callable[[], Returned]) -> Returned:
        """Return what `act` returned in the desk thread."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, act)

    async def complain(self) -> Stored:
        """Let a complaint come in; return its card as the server has it."""
        await self.at_desk(self._take)
        while await self.sender.send_one():
            pass
        return self.server.state.messages(CARE)[-1]

    def _take(self) -> None:
        self.counter.bench.take(a_mention(posted_at=self.counter.now), now=self.counter.now)
        self.counter.dispatch.cards(self.counter.now)

    async def state(self) -> State:
        """Return where item 1 stands."""
        standing = await self.at_desk(lambda: self.counter.bench.item(1))
        return standing.item.state

    async def answered(self, tap_id: str) -> Query:
        """Return a tap once it is answered."""
        await _until(lambda: self.server.state.queries[tap_id].answered)
        return self.server.state.queries[tap_id]

    async def told(self, chat_id: int, how_many: int) -> list[Stored]:
        """Return what the bot said in a chat, once it is as much."""
        await _until(lambda: len(self._said(chat_id)) >= how_many)
        return self._said(chat_id)

    def _said(self, chat_id: int) -> list[Stored]:
        return [each for each in self.server.state.messages(chat_id) if each.from_bot]


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not done():  # noqa: ASYNC110 - the server runs in a thread of its own
            await asyncio.sleep(0.01)


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.state.add_chat(CARE)
        running.state.add_chat(ZUZANA.telegram_id)
        yield running


@pytest.fixture
async def room(server: BotApiServer, tmp_path: Path) -> AsyncIterator[Room]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        counter = await asyncio.get_running_loop().run_in_executor(thread, a_counter, tmp_path)
        async with BotApiChat(TOKEN, server.base_url, QUICK) as chat:
            made = _a_room(server, chat, counter, thread)
            async with _listening(made):
                yield made
        await made.at_desk(counter.bench.store.close)


def _a_room(
    server: BotApiServer, chat: BotApiChat, counter: Counter, thread: ThreadPoolExecutor
) -> Room:
    async def in_thread(act: Callable[[], Returned]) -> Returned:
        return await asyncio.get_running_loop().run_in_executor(thread, act)

    sender = Sender(chat, lambda: counter.sending, in_thread, lambda: counter.now, limited=False)
    handlers = Handlers(
        chat,
        lambda: counter.front_desk,
        in_thread,
        lambda: counter.now,
        say=sender.say,
        wake=sender.wake,
    )
    return Room(
        server=server, chat=chat, handlers=handlers, sender=sender, counter=counter, thread=thread
    )


@asynccontextmanager
async def _listening(room: Room) -> AsyncIterator[None]:
    hearing = asyncio.create_task(room.chat.receive(room.handlers))
    try:
        yield
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_a_tap_is_acted_on_answered_and_shown_on_the_card(room: Room) -> None:
    card = await room.complain()

    query = await room.answered(
        room.server.state.tap(CARE, card.message_id, encode(TapKind.CLAIM, 1), ZUZANA.telegram_id)
    )
    await room.sender.send_one()

    assert (query.text, query.alert) == ("It is yours for 20 minutes.", False)
    assert await room.state() is State.CLAIMED
    (shown,) = room.server.state.messages(CARE)
    assert "Zuzana" in shown.text
    assert len(shown.edits) == 1


async def test_a_strangers_tap_is_answered_by_an_alert(room: Room) -> None:
    card = await room.complain()

    query = await room.answered(
        room.server.state.tap(CARE, card.message_id, encode(TapKind.CLAIM, 1), MALLORY.telegram_id)
    )

    assert query.alert
    assert "/link CODE" in query.text
    assert await room.state() is State.OPEN


async def test_a_command_is_answered_where_it_was_written(room: Room) -> None:
    await room.complain()

    room.server.state.say(ZUZANA.telegram_id, "/queue", ZUZANA.telegram_id)
    (answer,) = await room.told(ZUZANA.telegram_id, 1)

    assert "#1" in answer.text


async def test_a_reply_to_the_card_and_to_the_answer_both_name_the_item(room: Room) -> None:
    card = await room.complain()

    room.server.state.say(CARE, "/item", ZUZANA.telegram_id, reply_to=card.message_id)
    _, answer = await room.told(CARE, 2)
    room.server.state.say(CARE, "/why", ZUZANA.telegram_id, reply_to=answer.message_id)
    *_, why = await room.told(CARE, 3)

    assert "#1" in why.text


async def test_an_answer_that_is_lost_takes_nothing_back(room: Room) -> None:
    card = await room.complain()
    room.server.fault("status", "answerCallbackQuery", times=1)
    data = encode(TapKind.ANSWERED, 1)

    room.server.state.tap(CARE, card.message_id, data, ZUZANA.telegram_id)
    query = await room.answered(
        room.server.state.tap(CARE, card.message_id, data, ZUZANA.telegram_id)
    )

    assert query.text == "It is answered already."
    assert await room.state() is State.ANSWERED


async def test_what_reaches_nobody_alone_is_not_said_to_be_sent(room: Room) -> None:
    await room.complain()
    store = room.counter.bench.store
    room.server.state.kick(ZUZANA.telegram_id, "blocked", ZUZANA.telegram_id)
    room.server.state.say(CARE, "/customer 1", ZUZANA.telegram_id)
    await room.told(CARE, 2)  # they are known to have blocked us
    await room.at_desk(lambda: store.shifts.reachable(room.counter.member(ZUZANA).id))

    room.server.state.say(CARE, "/customer 1", ZUZANA.telegram_id)
    *_, answer = await room.told(CARE, 3)

    assert "ask me that in private" in answer.text
    assert not (await room.at_desk(lambda: room.counter.member(ZUZANA))).reachable


async def test_what_was_sent_alone_is_said_to_be_sent_after_it_arrived(room: Room) -> None:
    await room.complain()
    store = room.counter.bench.store
    await room.at_desk(lambda: store.shifts.reachable(room.counter.member(ZUZANA).id))

    room.server.state.say(CARE, "/customer 1", ZUZANA.telegram_id)
    *_, answer = await room.told(CARE, 2)

    assert "I sent it to you alone" in answer.text
    (page,) = room.server.state.messages(ZUZANA.telegram_id)
    assert "1 contact" in page.text


async def test_what_an_answer_is_about_is_kept(room: Room) -> None:
    await room.complain()
    asked = Command(
        update_id=9,
        chat_id=CARE,
        message_id=50,
        topic=None,
        person=ZUZANA,
        name="item",
        rest="1",
    )

    await room.handlers(asked)

    answer = room.server.state.messages(CARE)[-1]
    ref = MessageRef(chat_id=CARE, message_id=answer.message_id)
    about = await room.at_desk(lambda: room.counter.bench.store.outbox.item_at(ref))
    assert about == ItemId(1)
