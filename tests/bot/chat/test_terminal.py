"""The chat in a terminal, from what is typed to what the desk hears, and back."""

import asyncio
import os
import pty
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from io import StringIO, TextIOWrapper

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.chat.incoming import Command, Incoming, Tap, Words
from bot.chat.prompt import piped
from bot.chat.routes import TERMINAL_ID
from bot.chat.screen import Screen
from bot.chat.screen import Window as Screens
from bot.chat.taps import TapKind, encode
from bot.chat.terminal import TerminalChat
from bot.chat.text import Button, Message, Style, lines, post, time, words
from bot.chat.typed import Again, Press, Slash, Under, chosen, understood
from monitor.errors import DeliveryError, MessageGoneError, StoreBusyError
from monitor.model import MessageRef

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
pytestmark = pytest.mark.anyio


def a_card(item: int = 12, *more: str, owner: str = "Nobody has it") -> Message:
    due = words("🔵 Acme", Style.BOLD) + words(" · first response due ")
    head = due + time(NOON + timedelta(minutes=20), "12:20")
    body = (words(owner), post("Where is my parcel?", Style.QUOTE), words(f"#{item}"))
    return Message(lines(head, *map(words, more), *body), card_buttons(item))


def card_buttons(item: int) -> tuple[tuple[Button, ...], ...]:
    return (
        (Button("Claim", encode(TapKind.CLAIM, item)), Button("Answered", f"a:{item}")),
        (Button("Wait ▸", f"w:{item}"), Button("Not for us ▸", f"n:{item}")),
        (Button("Open post", url="https://sample.example/1"), Button("Similar (3)", f"m:{item}")),
    )


def a_wait_menu(item: int = 12) -> Message:
    menu = (Button("Customer", f"wf:{item}:customer"), Button("Snooze 1 h", f"z:{item}:60"))
    return Message(a_card(item).text, (menu, (Button("◂ Back", f"b:{item}"),)))


class Window:
    """A terminal chat whose screen is a text, and a person who types into it."""

    def __init__(self, *, terminal: bool = False) -> None:
        self.printed = StringIO()
        console = Console(
            file=self.printed,
            force_terminal=terminal,
            width=90,
            color_system="standard" if terminal else None,
        )
        self.heard: list[Incoming] = []
        self._typed: list[str] = []
        screen = Screen(lambda: NOON, console=console)
        self.chat = TerminalChat(now=lambda: NOON, screen=screen, lines=self._lines(), person="Ada")

    async def shows(self, message: Message) -> MessageRef:
        return await self.chat.send(TERMINAL_ID, None, message)

    async def types(
        self, *typed: str, then: Callable[[Incoming], Awaitable[None]] | None = None
    ) -> list[Incoming]:
        """Return what the desk hears of some lines."""
        self._typed = [*typed]
        last = asyncio.Event()

        async def handler(incoming: Incoming) -> None:
            if isinstance(incoming, Command) and incoming.name == "last":
                last.set()
                return
            self.heard.append(incoming)
            if then is not None:
                await then(incoming)

        hearing = asyncio.create_task(self.chat.receive(handler))
        await asyncio.wait_for(last.wait(), 10)
        hearing.cancel()
        await asyncio.wait([hearing])
        return self.heard

    async def _lines(self) -> AsyncIterator[str]:
        for line in self._typed:
            yield line
            await asyncio.sleep(0)  # let the desk hear it, as it would between two keys
        yield "/last"

    @property
    def text(self) -> str:
        return self.printed.getvalue()


# ------------------------------------------------------------ what is shown


async def test_a_pipe_gets_plain_lines_with_times_told_from_now() -> None:
    window = Window()

    await window.shows(a_card())

    assert window.text == (
        "#12 🔵 Acme · first response due in 20 min.\n"
        "    Nobody has it\n"
        "    ┃ Where is my parcel?\n"
        "    #12\n"
        "    [claim][answered][wait▸][not for us▸][similar (3)]\n"
        "    open post: https://sample.example/1\n"
    )


async def test_a_screen_gets_a_panel_with_the_keys_below() -> None:
    window = Window(terminal=True)

    await window.shows(a_card())

    assert "╭─" in window.text
    assert "\x1b[" in window.text
    assert "answered" in window.text.splitlines()[-1]


async def test_a_changed_card_is_shown_by_the_lines_that_changed() -> None:
    window = Window()
    ref = await window.shows(a_card())
    before = len(window.text)

    await window.chat.edit(ref, a_card(owner="Mehmet has it"))

    assert window.text[before:] == "12:00 #12 Mehmet has it\n"


async def test_a_card_that_looks_the_same_is_not_shown_again() -> None:
    window = Window()
    ref = await window.shows(a_card())
    before = window.text

    await window.chat.edit(ref, a_card())

    assert window.text == before


async def test_a_message_of_an_earlier_window_is_gone() -> None:
    window = Window()

    with pytest.raises(MessageGoneError):
        await window.chat.edit(MessageRef(chat_id=TERMINAL_ID, message_id=7), a_card())


async def test_messages_of_two_runs_never_share_a_place() -> None:
    first = await Window().shows(a_card())
    await asyncio.sleep(0.002)
    second = await Window().shows(a_card())

    assert first.message_id != second.message_id


async def test_the_pinned_board_is_one_line() -> None:
    window = Window()
    board = Message(lines(words("📌 The desk"), words("🔵 2 waiting")))
    ref = await window.shows(board)
    await window.chat.pin(ref)
    before = len(window.text)

    await window.chat.edit(ref, Message(lines(words("📌 The desk"), words("🔵 3 waiting"))))

    assert window.text[before:] == "12:00 📌 The desk · 🔵 3 waiting\n"


async def test_what_a_terminal_that_is_gone_was_not_shown_waits_and_the_desk_stops() -> None:
    kept, theirs = pty.openpty()
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, asked.set)
    with os.fdopen(theirs, "wb", buffering=0) as bare:
        there = Screens(file=TextIOWrapper(bare, "utf-8", write_through=True))
        screen = Screen(lambda: NOON, console=there)
        chat = TerminalChat(now=lambda: NOON, screen=screen, person="Ada")
        shown = await chat.send(TERMINAL_ID, None, a_card())

        os.close(kept)

        with pytest.raises(DeliveryError, match="terminal: it was closed"):
            await chat.send(TERMINAL_ID, None, a_card(13))
        with pytest.raises(DeliveryError, match="terminal: it was closed"):
            await chat.edit(shown, a_card(owner="Mehmet has it"))
        await asyncio.wait_for(asked.wait(), 10)
    loop.remove_signal_handler(signal.SIGINT)


# ------------------------------------------------------------ what is typed


@pytest.mark.parametrize(
    ("typed", "data"),
    [
        pytest.param("12 claim", "c:12", id="number first"),
        pytest.param("claim 12", "c:12", id="number last"),
        pytest.param("#12 CL", "c:12", id="the first letters"),
        pytest.param("12 not for us", "n:12", id="a label of several words"),
        pytest.param("12 similar", "m:12", id="a label with a count"),
    ],
)
async def test_a_button_is_pressed_by_the_number_and_its_first_letters(
    typed: str, data: str
) -> None:
    window = Window()
    ref = await window.shows(a_card())

    (heard,) = await window.types(typed)

    assert isinstance(heard, Tap)
    assert (heard.data, heard.message_id, heard.chat_id) == (data, ref.message_id, TERMINAL_ID)
    assert (heard.person.telegram_id, heard.person.name) == (0, "Ada")


async def test_a_menu_and_its_button_are_pressed_at_once() -> None:
    window = Window()
    ref = await window.shows(a_card())

    async def open_menu(incoming: Incoming) -> None:
        if isinstance(incoming, Tap) and incoming.data == "w:12":
            await window.chat.edit(ref, a_wait_menu())

    heard = await window.types("12 wait customer", then=open_menu)

    assert [tap.data for tap in heard if isinstance(tap, Tap)] == ["w:12", "wf:12:customer"]


async def test_letters_that_fit_two_buttons_press_none() -> None:
    window = Window()
    await window.shows(Message(words("x"), ((Button("Release", "r:5"), Button("Resolve", "d:5")),)))

    heard = await window.types("5 re")

    assert heard == []
    assert "5: release or resolve?" in window.text


async def test_a_button_that_opens_a_page_shows_its_address() -> None:
    window = Window()
    await window.shows(a_card())

    heard = await window.types("12 open")

    assert heard == []
    assert window.text.endswith("https://sample.example/1\n> /last\n")


async def test_words_and_commands_reply_to_a_card() -> None:
    window = Window()
    ref = await window.shows(a_card())

    link, missed = await window.types("12: https://acme.example/answer", "#12: /why")

    assert isinstance(link, Words)
    assert isinstance(missed, Command)
    assert link.text == "https://acme.example/answer"
    assert missed.name == "why"
    assert link.reply_to is not None
    assert link.reply_to == missed.reply_to
    assert (link.reply_to.message_id, link.reply_to.from_bot) == (ref.message_id, True)
    assert "c:12" in link.reply_to.datas


async def test_a_number_alone_shows_the_card_again() -> None:
    window = Window()
    await window.shows(a_card())
    once = window.text

    await window.types("12")

    assert window.text == once + "> 12\n" + once + "> /last\n"


async def test_a_number_alone_asks_for_the_card_of_a_digest() -> None:
    window = Window()
    show = Button("#30", encode(TapKind.SHOW, 30))
    await window.shows(Message(words("2 items to look at"), ((show,),)))

    (heard,) = await window.types("30")

    assert isinstance(heard, Tap)
    assert heard.data == "s:30"


async def test_a_number_that_nothing_shows_is_looked_up() -> None:
    (heard,) = await Window().types("99")

    assert isinstance(heard, Command)
    assert (heard.name, heard.rest) == ("item", "99")


async def test_a_card_keeps_its_number_when_its_buttons_are_gone() -> None:
    window = Window()
    ref = await window.shows(a_card())
    await window.chat.edit(ref, Message(words("🏁 Acme · resolved")))

    await window.types("12 claim")

    assert "12 has no such button. It has none any more." in window.text


async def test_what_means_nothing_is_answered_with_a_hint() -> None:
    window = Window()

    heard = await window.types("hello there")

    assert heard == []
    assert "Nothing was done" in window.text


async def test_what_was_typed_is_handed_in_again_while_the_store_is_busy() -> None:
    window = Window()
    tries: list[Incoming] = []

    async def busy_once(incoming: Incoming) -> None:
        tries.append(incoming)
        if len(tries) == 1:
            raise StoreBusyError("the database is locked")

    await window.types("/queue", then=busy_once)

    assert len(tries) == 2
    assert tries[0] == tries[1]


async def test_the_end_of_the_input_ends_nothing() -> None:
    window = Window()
    heard = asyncio.Event()

    async def handler(_: Incoming) -> None:
        heard.set()

    hearing = asyncio.create_task(window.chat.receive(handler))
    await heard.wait()
    ended, going_on = await asyncio.wait([hearing], timeout=0.05)

    assert not ended
    going_on.pop().cancel()


# ------------------------------------------------------------ what waits for words


async def test_a_message_that_asks_for_words_gets_a_number_to_answer_it_by() -> None:
    window = Window()
    ref = await window.shows(Message(words("What do you answer?"), asks="Your answer"))

    (heard,) = await window.types("m1: We are sorry")

    assert "m1 What do you answer?" in window.text
    assert isinstance(heard, Words)
    assert heard.reply_to is not None
    assert (heard.reply_to.message_id, heard.text) == (ref.message_id, "We are sorry")


@pytest.mark.parametrize("lines_asked", [1, 2])
async def test_a_window_shows_how_the_words_are_typed(lines_asked: int) -> None:
    window = Window(terminal=True)
    question = lines(*[words("What do you answer?")] * lines_asked)

    await window.shows(Message(question, asks="Your answer"))

    assert "m1: your words" in re.sub(r"\x1b\[[0-9;]*m", "", window.text)


async def test_a_preview_is_pressed_by_its_own_number_and_what_is_copied_is_printed() -> None:
    window = Window()
    preview = (Button("Send", "ps:3:1"), Button("Copy", copy_text="Copy me"))
    await window.shows(Message(words("Your answer"), (preview,)))

    (heard,) = await window.types("m1 send", "m1 copy")

    assert isinstance(heard, Tap)
    assert heard.data == "ps:3:1"
    assert "Copy me" in window.text.splitlines()


@settings(max_examples=300)
@given(st.text() | st.from_regex(r"#?\d{0,4}:? ?/?\w{0,9} ?\w{0,9}"))
def test_no_line_is_too_odd_to_be_understood(line: str) -> None:
    typed = understood(line)

    assert isinstance(typed, Press | Under | Slash | Again) or typed is None or line.strip()


@given(st.text(max_size=20))
def test_words_choose_only_among_the_buttons_there_are(typed: str) -> None:
    buttons = [button for row in a_card().buttons for button in row]

    choice = chosen(buttons, typed)

    assert set(choice.buttons) <= set(buttons)


# ------------------------------------------------------------ where it comes from


async def test_lines_come_whole_through_a_pipe_that_cuts_letters_in_two() -> None:
    reader, writer = os.pipe()
    for piece in ("çl".encode()[:1], "çl".encode()[1:] + b"aim 3\n/que", b"ue"):
        os.write(writer, piece)
    os.close(writer)

    got = [line async for line in piped(reader)]
    os.close(reader)

    assert got == ["çlaim 3", "/queue"]


async def test_no_input_at_all_is_no_lines() -> None:
    assert [line async for line in piped(None)] == []
