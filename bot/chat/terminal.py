"""The chat in a terminal: the same cards, buttons and commands without any account.

A terminal scrolls: a message that changes is shown again in a few lines, and a card is called by
its item's number, which is also what is typed to press its buttons.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import count
from typing import assert_never

from bot.chat import prompt
from bot.chat.album import Album
from bot.chat.incoming import Command, Handler, Incoming, Person, ReplyTo, Tap, Words
from bot.chat.phrases import phrase
from bot.chat.routes import TERMINAL_ID
from bot.chat.screen import Screen, on_stdout
from bot.chat.taps import ON_CARDS, TapKind, decode, encode
from bot.chat.text import Button, Message, lines, plain
from bot.chat.typed import (
    HINT,
    HOW,
    Again,
    How,
    Press,
    Slash,
    Typed,
    Under,
    chosen,
    command,
    key,
    understood,
)
from bot.chat.wording import listed
from bot.locale.tongue import speaking, tr
from monitor.errors import DeliveryError, MessageGoneError, MonitorError, StoreBusyError
from monitor.model import MessageRef

PERSON_ID = 0  # no account of Telegram has it; the desk takes whoever sits here for its manager
_KEPT = 5_000  # messages; an older one that changes comes as a new one
_BUSY_S = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A message as it stands, and what it is called: "12" for item 12's card, "m3", or ""."""

    message_id: int
    number: str
    message: Message

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The buttons under it, row by row."""
        return tuple(button for row in self.message.buttons for button in row)


class TerminalChat:
    """A `Courier` to the person in front of this terminal.

    Messages of an earlier run are gone with its window: changing one fails with `MessageGoneError`,
    after which the desk shows its item anew.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        zone: tzinfo = UTC,
        screen: Screen | None = None,
        lines: AsyncIterator[str] | None = None,
        person: str | None = None,
        album: Album | None = None,
    ) -> None:
        """`lines` are what the person types; by default standard input, at a prompt if it can."""
        self._screen = screen or on_stdout(now, zone)
        self._lines = lines
        self._echo = not prompt.at_a_terminal()  # a terminal shows by itself what is typed
        self._person = Person(telegram_id=PERSON_ID, name=person or prompt.who_sits_here())
        self._numbers = count(_first_id())
        self._first = next(self._numbers)
        self._messages: OrderedDict[int, Standing] = OrderedDict()
        self._inbox: asyncio.Queue[Incoming] = asyncio.Queue()
        self._next_press: dict[int, str] = {}  # words for the menu that a message is about to open
        self._pinned: int | None = None
        self._album = album or Album()
        self._commands: tuple[str, ...] = ()

    # ------------------------------------------------------------ out

    async def send(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        """Show `message` and return where it stands. Raises: DeliveryError if nobody sees it."""
        message = self._without_picture(message)
        message_id = next(self._numbers)
        number = _number(message) or self._own_number(message, message_id)
        self._keep(Standing(message_id=message_id, number=number, message=message))
        self._screen.message(number, message)
        self._must_be_seen()
        return MessageRef(chat_id=chat_id, message_id=message_id, topic=topic)

    def _without_picture(self, message: Message) -> Message:
        """Return the message in words alone, with where its picture was put."""
        if message.picture is None:
            return message
        try:
            told = phrase("The picture: {file}", file=str(self._album.keep(message.picture)))
        except OSError as error:
            told = phrase("The picture could not be kept: {why}", why=error.strerror or str(error))
        return replace(message, text=lines(message.text, told), picture=None)

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """Show what changed.

        Raises: MessageGoneError for a message of an earlier run, DeliveryError if nobody sees it.
        """
        before = self._find(ref)
        after = replace(before, message=message, number=before.number or _number(message))
        self._keep(after)
        if ref.message_id == self._pinned:
            self._show_board(message)
        else:
            self._screen.change(after.number, before.message, message)
        self._must_be_seen()
        self._press_next(after)

    async def delete(self, ref: MessageRef) -> None:
        """Forget the message: what was printed stays."""
        self._messages.pop(ref.message_id, None)

    async def pin(self, ref: MessageRef) -> None:
        """Take the message for the board: it is kept in sight."""
        self._pinned = ref.message_id
        self._find(ref)

    async def answer_tap(self, tap_id: str, text: str = "", *, alert: bool = False) -> None:
        """Show what a press of a button was answered."""
        if text:
            tapped = self._messages.get(int(tap_id))
            self._screen.said(tapped.number if tapped else "", text, alert=alert)

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        language: str | None = None,  # noqa: ARG002 - one person, one list
    ) -> None:
        """Offer the commands for completion."""
        self._commands = tuple(f"/{name}" for name, _ in commands)

    def _show_board(self, message: Message) -> None:
        if self._echo:
            self._screen.board(message)

    def _must_be_seen(self) -> None:
        """Raises: DeliveryError if the terminal is gone: what it was not shown waits."""
        if self._screen.is_gone:
            raise DeliveryError("terminal: it was closed")

    def _keep(self, standing: Standing) -> None:
        self._messages[standing.message_id] = standing
        while len(self._messages) > _KEPT:
            self._messages.popitem(last=False)

    def _find(self, ref: MessageRef) -> Standing:
        found = self._messages.get(ref.message_id)
        if found is None:
            raise MessageGoneError("terminal: the message stood in an earlier window")
        return found

    def _own_number(self, message: Message, message_id: int) -> str:
        """Return "m3" for a message about several things, or one that asks for words."""
        datas = [decode(button.data) for row in message.buttons for button in row if button.data]
        only_shows = all(data is not None and data.kind is TapKind.SHOW for data in datas)
        return "" if only_shows and not message.asks else f"m{message_id - self._first}"

    # ------------------------------------------------------------ in

    async def receive(self, handler: Handler) -> None:
        """Hand in what is typed, one after the other, until cancelled; the end of it ends nothing.

        Ctrl-C and Ctrl-D at the prompt interrupt the process.
        """
        reading = asyncio.create_task(self._read())
        try:
            while True:
                await self._hand_in(await self._inbox.get(), handler)
        finally:
            reading.cancel()

    async def _read(self) -> None:
        async for line in self._lines or self._typed_lines():
            if line.strip():
                self._take(line)

    def _typed_lines(self) -> AsyncIterator[str]:
        if self._echo:
            return prompt.piped(prompt.stdin_to_read())
        return prompt.prompted(self._status, self._offers)

    def _status(self) -> str:
        board = self._messages.get(self._pinned) if self._pinned is not None else None
        return self._screen.status(board.message if board else None)

    def _take(self, line: str) -> None:
        if self._echo:
            self._screen.note(f"> {line.strip()}")
        typed = understood(line)
        with speaking(self._screen.language):
            if typed is None:
                self._screen.note(tr(HINT))
            else:
                self._do(typed)

    def _do(self, typed: Typed) -> None:
        match typed:
            case How():
                self._screen.note(tr(HOW))
            case Slash():
                self._inbox.put_nowait(self._command(typed))
            case Again():
                self._show_again(typed.number)
            case Under():
                self._say_under(typed)
            case Press():
                self._press(typed)
            case _:
                assert_never(typed)

    def _show_again(self, number: str) -> None:
        """Show a message anew; an item that has none here is asked for."""
        found = self._called(number)
        if found is not None:
            self._screen.message(found.number, found.message)
        elif number.isdecimal():
            self._fetch(number)
        else:
            self._screen.note(tr("There is no message {number}.", number=number))

    def _fetch(self, number: str) -> None:
        """Press the button that sends an item's card, or ask for the item in words."""
        data = encode(TapKind.SHOW, int(number))
        for standing in reversed(self._messages.values()):
            if any(button.data == data for button in standing.buttons):
                self._tap(standing, data)
                return
        self._inbox.put_nowait(self._command(Slash(name="item", rest=number)))

    def _say_under(self, typed: Under) -> None:
        found = self._called(typed.number)
        if found is None:
            self._screen.note(tr("There is no card {number} here.", number=typed.number))
            return
        slash = command(typed.text)
        if slash is not None:
            self._inbox.put_nowait(self._command(slash, _reply_to(found)))
            return
        self._inbox.put_nowait(
            Words(
                update_id=next(self._numbers),
                chat_id=TERMINAL_ID,
                message_id=next(self._numbers),
                topic=None,
                person=self._person,
                text=typed.text,
                reply_to=_reply_to(found),
            )
        )

    def _press(self, typed: Press) -> None:
        found = self._called(typed.number)
        if found is None:
            self._screen.note(
                tr("There is no card {number} here; {number} asks for it.", number=typed.number)
            )
        else:
            self._press_on(found, typed.words)

    def _press_on(self, standing: Standing, words: str) -> None:
        choice = chosen(standing.buttons, words)
        match choice.buttons:
            case (Button(data=str(data)),):
                if choice.rest:
                    self._next_press[standing.message_id] = choice.rest
                self._tap(standing, data)
            case (Button(url=str(url)),):
                self._screen.note(url)
            case (Button(copy_text=str(text)),):
                self._screen.note(text)
            case ():
                none = tr("{number} has no such button.", number=standing.number)
                self._screen.note(f"{none} {_offered(standing)}")
            case _:
                keys = tr(" or ").join(key(button) for button in choice.buttons)
                self._screen.note(f"{standing.number}: {keys}?")

    def _press_next(self, standing: Standing) -> None:
        """Press the button that was named together with the menu which now stands open."""
        words = self._next_press.pop(standing.message_id, None)
        if words is not None:
            with speaking(self._screen.language):
                self._press_on(standing, words)

    def _tap(self, standing: Standing, data: str) -> None:
        tap_id = str(standing.message_id)  # one person presses: the message tells them which
        self._inbox.put_nowait(
            Tap(
                update_id=next(self._numbers),
                chat_id=TERMINAL_ID,
                tap_id=tap_id,
                message_id=standing.message_id,
                topic=None,
                person=self._person,
                data=data,
            )
        )

    def _command(self, typed: Slash, reply_to: ReplyTo | None = None) -> Command:
        return Command(
            update_id=next(self._numbers),
            chat_id=TERMINAL_ID,
            message_id=next(self._numbers),
            topic=None,
            person=self._person,
            name=typed.name,
            rest=typed.rest,
            reply_to=reply_to,
        )

    async def _hand_in(self, heard: Incoming, handler: Handler) -> None:
        while True:
            try:
                await handler(heard)
            except StoreBusyError as error:
                _log.warning("%s; what you typed waits", error)
                await asyncio.sleep(_BUSY_S)
                continue
            except MonitorError as error:
                self._screen.note(str(error), style="red")
            except Exception:  # noqa: BLE001 - a fault in one handler must not deafen the chat
                _log.exception("what was typed could not be handled")
            return

    def _called(self, number: str) -> Standing | None:
        """Return the newest message of this number."""
        newest_first = reversed(self._messages.values())
        return next((one for one in newest_first if one.number == number), None)

    def _offers(self) -> list[str]:
        """Return what may be typed now: commands, and the buttons of the newest cards."""
        newest = list(reversed(self._messages.values()))[:20]
        presses = (
            f"{one.number} {key(button)}" for one in newest if one.number for button in one.buttons
        )
        return [*self._commands, *dict.fromkeys(presses)]


def _first_id() -> int:
    """Return where the numbers of this run begin: beyond those of every earlier run."""
    return int(datetime.now(UTC).timestamp() * 1000)


def _number(message: Message) -> str:
    """Return the number of the one item that the buttons act on, "" if there is none."""
    datas = [decode(button.data) for row in message.buttons for button in row if button.data]
    items = {data.number for data in datas if data is not None and data.kind in ON_CARDS}
    return str(items.pop()) if len(items) == 1 else ""


def _reply_to(standing: Standing) -> ReplyTo:
    return ReplyTo(
        message_id=standing.message_id,
        text=plain(standing.message.text),
        datas=tuple(button.data for button in standing.buttons if button.data),
        from_bot=True,
    )


def _offered(standing: Standing) -> str:
    keys = listed(key(button) for button in standing.buttons)
    return tr("It has: {keys}.", keys=keys) if keys else tr("It has none any more.")
