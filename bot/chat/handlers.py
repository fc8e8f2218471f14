"""What people do is handed to the front desk in its thread, and what it answers is carried back."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.chat.courier import Courier
from bot.chat.front_desk import FrontDesk
from bot.chat.incoming import Incoming
from bot.chat.replies import AnswerTap, Reply, Say
from bot.chat.sender import InDeskThread
from bot.chat.text import Message
from monitor.errors import ChatGoneError, DeliveryError, StoreBusyError
from monitor.model import MessageRef

_log = logging.getLogger(__name__)


class Saying(Protocol):
    """Sends an answer to somebody who waits for it; it counts in the budgets."""

    async def __call__(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        """Return where `message` stands."""
        ...


class Handlers:
    """The handler that a courier's `receive` takes."""

    def __init__(
        self,
        courier: Courier,
        front_desk: Callable[[], FrontDesk],
        in_thread: InDeskThread,
        now: Callable[[], datetime],
        *,
        say: Saying,
        wake: Callable[[], None],
    ) -> None:
        """`front_desk` is called in the desk thread, where `in_thread` runs things.

        `say` sends a message at once, `wake` lets the sender look at what was queued.
        """
        self._courier = courier
        self._front_desk = front_desk
        self._in_thread = in_thread
        self._now = now
        self._say = say
        self._wake = wake

    async def __call__(self, incoming: Incoming) -> None:
        """Do what `incoming` asks for. Raises: StoreBusyError if it must be handed in again."""
        replies = await self._in_thread(lambda: self._front_desk().handle(incoming, self._now()))
        self._wake()
        for reply in await self._told_alone(replies):
            try:
                await self._answer(reply)
            except DeliveryError as error:  # it was done; only the answer is lost
                _log.warning("an answer did not arrive: %s", error)

    async def _told_alone(self, replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
        """Send what is for one person alone, and return what is left to say: that it arrived."""
        for said in replies:
            if isinstance(said, Say) and said.lost is not None:
                try:
                    await self._answer(said)
                except DeliveryError as error:
                    _log.warning("a private answer did not arrive: %s", error)
                    if isinstance(error, ChatGoneError):
                        await self._unreachable(said.chat_id)
                    return (said.lost,)
                return tuple(each for each in replies if each is not said)
        return replies

    async def _unreachable(self, chat_id: int) -> None:
        try:
            await self._in_thread(lambda: self._front_desk().unreachable(chat_id))
        except StoreBusyError as error:  # the next private message that is lost tells it again
            _log.warning("%s", error)

    async def _answer(self, reply: Reply) -> None:
        if isinstance(reply, AnswerTap):
            await self._courier.answer_tap(reply.tap_id, reply.text, alert=reply.alert)
            return
        ref = await self._say(reply.chat_id, reply.topic, reply.message)
        if reply.about is not None:
            await self._note(reply, ref)

    async def _note(self, said: Say, ref: MessageRef) -> None:
        try:
            await self._in_thread(lambda: self._front_desk().said(said, ref, self._now()))
        except StoreBusyError as error:  # the number in its text still tells what it is about
            _log.warning("%s", error)
