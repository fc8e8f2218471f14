"""Telegram, through python-telegram-bot: messages out, taps and commands in.

Nothing here waits for a limit or tries again: the queue of sends does. Edits, deletions and pins
that end in doubt may simply be repeated; a send may not.
"""

import logging
from collections.abc import Sequence
from typing import Any, Self

from telegram import (
    Bot,
    BotCommand,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, InvalidToken

from bot.chat.faults import (
    TOKEN_VARIABLE,
    Polls,
    Requests,
    is_late,
    is_unmodified,
    translated_errors,
)
from bot.chat.html import html
from bot.chat.incoming import Handler
from bot.chat.receiving import Pace, Receiver
from bot.chat.text import ANSWER_UNITS, Button, Message, Row, cut_words
from monitor.errors import ConfigError
from monitor.model import MessageRef

GENERAL_TOPIC = 1  # the first topic of a forum: named, it is "not found". Source: PTB issue 4739
_CONNECTIONS = 8
_PICTURE = "week.png"  # what the file is called
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class BotApiChat:
    """One bot, in all its chats. Its calls raise `DeliveryError`s, and `ConfigError`
    where the token is refused."""

    def __init__(self, token: str, base_url: str, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._requests = Requests(**_timeouts(self._pace))
        self._polls = Polls(**_timeouts(self._pace))
        for library in ("httpx", "httpcore"):  # at INFO they write the token's address
            logging.getLogger(library).setLevel(logging.WARNING)
        try:
            self._bot = Bot(
                token,
                base_url=base_url.rstrip("/"),
                request=self._requests,
                get_updates_request=self._polls,
            )
        except InvalidToken:
            raise ConfigError(f"{TOKEN_VARIABLE}: is empty") from None

    async def __aenter__(self) -> Self:
        await self._requests.initialize()
        await self._polls.initialize()
        return self

    async def __aexit__(self, *_raised: object) -> None:
        await self._requests.shutdown()
        await self._polls.shutdown()

    async def probe(self) -> str:
        """Return one line of who we are, and whether another program takes our updates."""
        with translated_errors("asking who we are"):
            me = await self._bot.get_me()
            webhook = await self._bot.get_webhook_info()
        other = f"; a webhook is set ({webhook.url}): taps go there" if webhook.url else ""
        return f"@{me.username} ({me.id}){other}"

    async def title(self, chat_id: int) -> str:
        """Return the name of a chat that the bot is in."""
        with translated_errors(f"looking for chat {chat_id}"):
            chat = await self._bot.get_chat(chat_id)
        return chat.title or chat.full_name or str(chat_id)

    async def send(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        """Return where `message` stands. Raises `InDoubtError` where only its answer was lost."""
        if message.picture is not None:
            return await self._send_picture(chat_id, topic, message, message.picture)
        with translated_errors(f"sending to chat {chat_id}"):
            sent = await self._bot.send_message(
                chat_id,
                html(message.text),
                parse_mode=ParseMode.HTML,
                message_thread_id=topic if topic != GENERAL_TOPIC else None,
                disable_notification=message.silent,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_question(message) or _keyboard(message.buttons),
            )
        return MessageRef(chat_id=sent.chat_id, message_id=sent.message_id, topic=topic)

    async def _send_picture(
        self, chat_id: int, topic: int | None, message: Message, picture: bytes
    ) -> MessageRef:
        """Send a picture with its words below: chats have no other text for who cannot see it."""
        with translated_errors(f"sending a picture to chat {chat_id}"):
            sent = await self._bot.send_photo(
                chat_id,
                picture,
                caption=html(message.text),
                filename=_PICTURE,
                parse_mode=ParseMode.HTML,
                message_thread_id=topic if topic != GENERAL_TOPIC else None,
                disable_notification=message.silent,
                reply_markup=_keyboard(message.buttons),
            )
        return MessageRef(chat_id=sent.chat_id, message_id=sent.message_id, topic=topic)

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """Let the message at `ref` say `message`; no buttons means that its buttons go."""
        with translated_errors(f"editing in chat {ref.chat_id}"):
            try:
                await self._bot.edit_message_text(
                    html(message.text),
                    chat_id=ref.chat_id,
                    message_id=ref.message_id,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=_NO_PREVIEW,
                    reply_markup=_keyboard(message.buttons),
                )
            except BadRequest as error:
                if not is_unmodified(error):
                    raise

    async def delete(self, ref: MessageRef) -> None:
        """Take the message away. Raises `MessageGoneError` where it was gone before."""
        with translated_errors(f"deleting in chat {ref.chat_id}"):
            await self._bot.delete_message(ref.chat_id, ref.message_id)

    async def pin(self, ref: MessageRef) -> None:
        """Pin the message without a sound."""
        with translated_errors(f"pinning in chat {ref.chat_id}"):
            await self._bot.pin_chat_message(ref.chat_id, ref.message_id, disable_notification=True)

    async def answer_tap(self, tap_id: str, text: str = "", *, alert: bool = False) -> None:
        """Tell who tapped `text`, cut to what fits; a tap from long ago is let be."""
        with translated_errors("answering a tap"):
            try:
                await self._bot.answer_callback_query(
                    tap_id, cut_words(text, ANSWER_UNITS) or None, show_alert=alert
                )
            except BadRequest as error:
                if not is_late(error):
                    raise

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], language: str | None = None
    ) -> None:
        """Show these (name, description) pairs in the menu of clients in `language`."""
        with translated_errors("setting the commands"):
            menu = [BotCommand(name, description) for name, description in commands]
            await self._bot.set_my_commands(menu, language_code=language)

    async def receive(self, handler: Handler) -> None:
        """Hand each tap, command and change to `handler` until cancelled, each at least once."""
        await Receiver(self._bot, handler, self._pace).run()


def _timeouts(pace: Pace) -> dict[str, Any]:
    return {
        "connection_pool_size": _CONNECTIONS,
        "connect_timeout": pace.connect,
        "pool_timeout": pace.connect,
        "write_timeout": pace.write,
        "read_timeout": pace.read,
    }


def _question(message: Message) -> ForceReply | None:
    """Return what opens the line to write in for those whom the message names."""
    if not message.asks:
        return None
    return ForceReply(selective=True, input_field_placeholder=message.asks)


def _keyboard(rows: tuple[Row, ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        button.label,
        url=button.url,
        callback_data=button.data,
        copy_text=CopyTextButton(button.copy_text) if button.copy_text else None,
        style=button.style.value if button.style else None,
    )
