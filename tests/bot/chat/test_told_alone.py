"""Private messages through the real client, at a Bot API on this machine."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from bot.chat.bot_api import BotApiChat
from bot.chat.sender import Sender
from bot.chat.taps import TapKind
from monitor.handling.tick import Tick
from tests.bot.chat.front_desk_case import CARE, ZUZANA, Counter, a_counter
from tests.builders import NOON, minutes
from tests.servers.bot_api import TOKEN, BotApiServer

pytestmark = pytest.mark.anyio
Returned = TypeVar("Returned")


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.state.add_chat(CARE)
        yield running


@pytest.fixture
async def chat(server: BotApiServer) -> AsyncIterator[BotApiChat]:
    async with BotApiChat(TOKEN, server.base_url) as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    """A desk on which Zuzana, who wrote to the bot alone, has an item whose claim ends soon."""
    opened = a_counter(tmp_path)
    item = opened.complain()
    opened.now = NOON + minutes(1)
    opened.tap(TapKind.CLAIM, item)
    opened.command("/mine", chat=ZUZANA.telegram_id)
    opened.now = NOON + minutes(16)
    Tick(opened.bench.ledger, opened.dispatch.announce).run(opened.now)
    yield opened
    opened.bench.store.close()


async def sent(desk: Counter, chat: BotApiChat) -> None:
    """Send all that waits."""

    async def here(act: Callable[[], Returned]) -> Returned:
        return act()

    sender = Sender(chat, lambda: desk.sending, here, lambda: desk.now, limited=False)
    while await sender.send_one():
        pass


def reminders(server: BotApiServer, chat_id: int) -> list[str]:
    """Return what a chat was told of a claim that ends."""
    texts = [message.text for message in server.state.messages(chat_id)]
    return [text for text in texts if "claim ends" in text]


async def test_a_person_is_told_alone_and_the_group_is_left_in_peace(
    desk: Counter, server: BotApiServer, chat: BotApiChat
) -> None:
    server.state.add_chat(ZUZANA.telegram_id)

    await sent(desk, chat)

    assert len(reminders(server, ZUZANA.telegram_id)) == 1
    assert reminders(server, CARE) == []


async def test_where_the_bot_may_not_write_the_person_is_called_in_the_group(
    desk: Counter, server: BotApiServer, chat: BotApiChat
) -> None:
    await sent(desk, chat)

    (told,) = reminders(server, CARE)
    assert told.endswith("For Zuzana")
    assert not desk.member(ZUZANA).reachable
