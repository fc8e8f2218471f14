"""Hears what people do: every update is handled, then acknowledged, in this order.

An update is acknowledged by asking for those after it. A crash between handling and asking brings
it again: a handler that must not act twice keeps `update_id` with what it did.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from telegram import Bot, Update, User

from bot.chat.faults import translated_errors
from bot.chat.incoming import Handler, Incoming
from bot.chat.updates import WANTED, to_incoming
from monitor.errors import (
    ChatConflictError,
    DeliveryError,
    MonitorError,
    SlowDownError,
    StoreBusyError,
)

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait for what, in seconds."""

    connect: float = 5.0
    write: float = 10.0
    read: float = 15.0  # a send whose answer takes longer is in doubt
    poll: float = 25.0  # the server holds a poll as long when nothing happens
    first_gap: float = 0.5  # after a fault; doubled with each further one
    longest_gap: float = 15.0
    calm: float = 60.0  # without a conflict, until it counts as over


class Receiver:
    """One long poll after the other, through outages and conflicts."""

    def __init__(self, bot: Bot, handler: Handler, pace: Pace) -> None:
        self._bot = bot
        self._handler = handler
        self._pace = pace
        self._me: User | None = None
        self._offset: int | None = None  # the first update not yet handled
        self._acknowledged = True
        self._gap = pace.first_gap
        self._in_trouble = False  # an outage was told, and is not over
        self._webhook_removed = False
        self._conflict_at: float | None = None  # the last conflict of the one already told

    async def run(self) -> None:
        """Hear until cancelled. Raises `ConfigError` where the token is refused."""
        try:
            while True:
                await self._turn()
        finally:
            await self._acknowledge()

    async def _turn(self) -> None:
        try:
            updates = await self._updates(self._pace.poll)
        except SlowDownError as error:
            await asyncio.sleep(error.retry_after)
        except ChatConflictError as error:
            if not await self._freed(error):
                self._tell_conflict(error)
                await self._pause()
        except DeliveryError as error:
            self._tell_trouble(error)
            await self._pause()
        else:
            self._tell_calm()
            for update in updates:
                await self._handle(update)

    async def _updates(self, patience: float, limit: int = 100) -> tuple[Update, ...]:
        with translated_errors("reading what people did"):
            self._me = self._me or await self._bot.get_me()
            updates = await self._bot.get_updates(
                offset=self._offset,
                limit=limit,
                timeout=int(patience),
                allowed_updates=WANTED,
            )
        self._acknowledged = True
        return updates

    async def _handle(self, update: Update) -> None:
        incoming = to_incoming(update, self._me) if self._me is not None else None
        if incoming is not None:
            await self._handle_until_stored(incoming)
        self._offset = update.update_id + 1
        self._acknowledged = False

    async def _handle_until_stored(self, incoming: Incoming) -> None:
        gap = self._pace.first_gap
        while True:
            try:
                await self._handler(incoming)
            except StoreBusyError as error:
                _LOG.warning("%s; update %d waits", error, incoming.update_id)
            except MonitorError as error:
                _LOG.warning("update %d: %s", incoming.update_id, error)
                return
            except Exception:  # noqa: BLE001 - a fault in one handler must not deafen the bot
                _LOG.exception("update %d could not be handled", incoming.update_id)
                return
            else:
                return
            await asyncio.sleep(gap)
            gap = min(gap * 2, self._pace.longest_gap)

    async def _freed(self, error: ChatConflictError) -> bool:
        """Whether the conflict was a webhook, left from another time, that we took away.

        Once in a run: where it comes back, another program lives by it.
        """
        if not error.webhook or self._webhook_removed:
            return False
        try:
            with translated_errors("removing a webhook"):
                await self._bot.delete_webhook(drop_pending_updates=False)
        except DeliveryError as failed:
            _LOG.warning("%s", failed)
            return False
        _LOG.warning("telegram: a webhook was set for this bot; it was removed, taps come here now")
        self._webhook_removed = True
        return True

    async def _acknowledge(self) -> None:
        """Say which updates were handled, so that a restart does not hear them again."""
        if self._acknowledged:
            return
        with suppress(MonitorError, TimeoutError):
            async with asyncio.timeout(2):
                await self._updates(patience=0, limit=1)

    async def _pause(self) -> None:
        await asyncio.sleep(self._gap)
        self._gap = min(self._gap * 2, self._pace.longest_gap)

    def _tell_trouble(self, error: DeliveryError) -> None:
        if not self._in_trouble:
            _LOG.warning("%s; trying again until it answers", error)
        self._in_trouble = True

    def _tell_conflict(self, error: ChatConflictError) -> None:
        if self._conflict_at is None:
            _LOG.error("%s", error)
        self._conflict_at = asyncio.get_running_loop().time()

    def _tell_calm(self) -> None:
        """Tell once that an outage or a conflict is over; two bots in conflict answer in turns."""
        if self._in_trouble:
            _LOG.warning("telegram: answers again")
        self._in_trouble = False
        now = asyncio.get_running_loop().time()
        if self._conflict_at is not None and now - self._conflict_at >= self._pace.calm:
            _LOG.warning("telegram: the conflict is over, no other program takes our updates")
            self._conflict_at = None
        if self._conflict_at is None:
            self._gap = self._pace.first_gap
