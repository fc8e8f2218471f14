"""The made-up members see a chat's messages and press its buttons, as people would."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.chat.incoming import Command, Handler, Incoming, Person, Tap, Words
from bot.chat.keyboards import show_row
from bot.chat.taps import TapKind, encode
from bot.chat.text import Button, Message, lines, words
from bot.demo.script import CAST, SCRIPT, Turns
from bot.demo.stage import Stage
from bot.timekeeping import Timekeeper
from monitor.model import ItemId, MessageRef

pytestmark = pytest.mark.anyio
CHAT = -1


class Wall:
    """A chat that keeps what is sent, and in which one person may say one thing."""

    def __init__(self, said: Incoming | None = None) -> None:
        self.answers: list[str] = []
        self._said = said
        self._sent = 0

    async def send(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        self._sent += 1
        return MessageRef(chat_id=chat_id, message_id=self._sent, topic=topic)

    async def edit(self, ref: MessageRef, message: Message) -> None: ...

    async def delete(self, ref: MessageRef) -> None: ...

    async def pin(self, ref: MessageRef) -> None: ...

    async def answer_tap(self, tap_id: str, text: str = "", *, alert: bool = False) -> None:
        self.answers.append(text)

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], language: str | None = None
    ) -> None: ...

    async def receive(self, handler: Handler) -> None:
        if self._said is not None:
            await handler(self._said)
        await asyncio.Event().wait()


class Play:
    """A stage at a thousand times life's speed, and what the desk hears of it."""

    def __init__(self, said: Incoming | None = None) -> None:
        self.wall = Wall(said)
        self.told: list[str] = []
        self.met: list[str] = []
        time = Timekeeper(20_000, datetime(2026, 3, 6, 9, tzinfo=UTC))
        self.stage = Stage(self.wall, time, self.told.append, self._meet)
        self._heard: asyncio.Queue[Incoming] = asyncio.Queue()

    async def shows(self, message: Message) -> MessageRef:
        return await self.stage.send(CHAT, None, message)

    async def hears(self, *menus: Message) -> list[Incoming]:
        """Return what came, one for each menu that is opened in turn, and the last."""
        playing = asyncio.create_task(self.stage.receive(self._heard.put))
        heard = []
        for menu in menus:
            heard.append(await asyncio.wait_for(self._heard.get(), 10))
            await self.stage.edit(MessageRef(chat_id=CHAT, message_id=1), menu)
        heard.append(await asyncio.wait_for(self._heard.get(), 10))
        playing.cancel()
        await asyncio.wait([playing])
        return heard

    async def _meet(self, person: Person) -> None:
        self.met.append(person.name)


def card(author: str, *buttons: Button) -> Message:
    text = lines(words("🔵 Acme · first response due"), words(f"sample · Slovak · @{author}"))
    return Message(text, (buttons,))


CLAIM = Button("Claim", encode(TapKind.CLAIM, 7))


async def test_a_member_presses_the_real_button_of_a_card() -> None:
    play = Play()
    ref = await play.shows(card("zuzka_bb", CLAIM))

    (tap,) = await play.hears()

    assert isinstance(tap, Tap)
    assert (tap.data, tap.message_id, tap.chat_id) == ("c:7", ref.message_id, CHAT)
    assert tap.person.name == "Zuzana"
    assert play.told == ["Zuzana: 7 claim"]


async def test_a_member_waits_for_the_menu_that_a_button_opens() -> None:
    play = Play()
    await play.shows(card("ravi.b", Button("Wait ▸", encode(TapKind.WAIT_MENU, 7))))
    menu = card("ravi.b", Button("Third party", encode(TapKind.WAIT, 7, "third party")))

    heard = await play.hears(menu)

    assert [tap.data for tap in heard if isinstance(tap, Tap)] == ["w:7", "wf:7:third party"]


async def test_a_member_fetches_a_card_from_a_digest() -> None:
    play = Play()
    text = lines(words("2 posts wait"), words("🔵 #3 · due in 29 min · Acme · @priya_writes · Hi"))
    await play.shows(Message(text, show_row([ItemId(3)])))

    (tap,) = await play.hears()

    assert isinstance(tap, Tap)
    assert tap.data == "s:3"


async def test_a_member_replies_with_the_link_to_an_answer() -> None:
    play = Play()
    ref = await play.shows(card("elif_nrc", Button("No link", encode(TapKind.SKIP_LINK, 7))))

    (said,) = await play.hears()

    assert isinstance(said, Words)
    assert said.text.startswith("https://")
    assert said.reply_to is not None
    assert said.reply_to.message_id == ref.message_id


async def test_a_member_is_answered_in_silence_and_a_person_is_not() -> None:
    play = Play()

    await play.stage.answer_tap("Zuzana 1", "It is yours.")
    await play.stage.answer_tap("Zuzana 2", "Ani has it.", alert=True)
    await play.stage.answer_tap("12", "It is yours.")

    assert play.told == ["Zuzana is told: Ani has it."]
    assert play.wall.answers == ["It is yours."]


async def test_whoever_speaks_in_the_chat_is_met_before_the_desk_hears_it() -> None:
    ada = Person(telegram_id=5, name="Ada")
    play = Play(
        Command(update_id=1, chat_id=CHAT, message_id=1, topic=None, person=ada, name="queue")
    )

    (heard,) = await play.hears()

    assert isinstance(heard, Command)
    assert play.met == ["Ada"]


def test_the_members_have_numbers_that_no_account_has() -> None:
    numbers = {player.person.telegram_id for player in CAST}

    assert len(numbers) == len(CAST)
    assert min(numbers) > 1 << 52


def test_acts_follow_each_other_in_time() -> None:
    for part in (*SCRIPT.values(), *(Turns().next() for _ in range(3))):
        times = [act.after for act in part]

        assert times == sorted(times)


def test_a_third_of_the_customers_whom_the_script_does_not_name_wait() -> None:
    turns = Turns()

    parts = [turns.next() for _ in range(9)]

    assert parts.count(()) == 3
