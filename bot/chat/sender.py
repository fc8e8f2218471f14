"""Sends what the outbox holds, within the budgets, and writes down what came of each try.

A parcel is marked in doubt before it goes out. If the process dies or the answer is lost after
that, the parcel is sent once more: a second card may stand where the first one did arrive, since
a missed card would be worse.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.chat.budgets import Budgets
from bot.chat.courier import Courier
from bot.chat.dispatch import DIGEST_OVER
from bot.chat.drawing import Drawing, Drawn
from bot.chat.orphans import live_cards, retire
from bot.chat.pictures import UnfinishedError
from bot.chat.text import Message
from monitor.errors import (
    ChatGoneError,
    ChatMovedError,
    ConfigError,
    DeliveryError,
    InDoubtError,
    MessageGoneError,
    MessageRefusedError,
    SlowDownError,
    StoreBusyError,
    StoreError,
    TopicGoneError,
)
from monitor.model import MessageRef
from monitor.store.outbox import Kind, Parcel
from monitor.store.store import Store

Returned = TypeVar("Returned")
_REPEATABLE = frozenset({Kind.EDIT, Kind.BOARD, Kind.RETRACT})  # leave no row behind
_SHUT_OUT = timedelta(minutes=5)  # between tries at a chat that removed the bot
_LONGEST_GAP = timedelta(minutes=1)
_FAULTY = timedelta(minutes=1)  # until a parcel on which we ourselves failed is tried again
_AT_EASEL = timedelta(seconds=1)  # until a picture that is being drawn is asked for again
_AT_ONCE = 20
_IDLE_S = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A parcel that is marked in doubt and about to leave."""

    parcel: Parcel
    drawn: Drawn
    revision: int | None = None  # of its item, as it was drawn

    @property
    def ref(self) -> MessageRef | None:
        """The message it changes, None for a new one."""
        parcel = self.parcel
        if parcel.message_id is None:
            return None
        return MessageRef(chat_id=parcel.chat_id, message_id=parcel.message_id, topic=parcel.topic)


class InDeskThread(Protocol):
    """Runs what touches the store in the thread that owns it."""

    async def __call__(self, act: Callable[[], Returned]) -> Returned:
        """Return what `act` returned there."""
        ...


class SendingDesk:
    """What the sender does to the store. It lives in the desk thread, as its store does."""

    def __init__(
        self,
        store: Store,
        drawing: Drawing,
        fall_back: Callable[[Parcel, datetime], bool] | None = None,
    ) -> None:
        """`fall_back` tells in the chat what a person could not be told alone, if it was that."""
        self._store = store
        self._drawing = drawing
        self._fall_back = fall_back

    def recover(self, not_before: datetime | None = None) -> int:
        """Queue again what was going out when the last process ended; return how many."""
        with self._store.writing():
            return self._store.outbox.recover(not_before)

    def sent_lately(self, now: datetime) -> tuple[tuple[int, float], ...]:
        """Return (chat, seconds ago) of what went out in the last minute."""
        sent = self._store.outbox.sent_since(now - timedelta(minutes=1))
        return tuple((chat, (now - at).total_seconds()) for chat, at in sent)

    def take(self, now: datetime, held: tuple[int, ...], slow: tuple[int, ...]) -> Outgoing | None:
        """Return the most urgent parcel that may go, marked in doubt; None if there is none.

        Nothing goes to chats in `held`, and no edits to chats in `slow`.
        """
        for parcel in self._store.outbox.due(now, held, slow, limit=_AT_ONCE):
            with self._store.writing():
                drawn = self._drawn(parcel, now)
                if drawn is not None:
                    self._store.outbox.doubt(parcel.id)
                    revision = self._revision(parcel)
                    return Outgoing(parcel=parcel, drawn=drawn, revision=revision)
        return None

    def _revision(self, parcel: Parcel) -> int | None:
        found = self._store.items.get(parcel.item) if parcel.item is not None else None
        return found.revision if found is not None else None

    def _drawn(self, parcel: Parcel, now: datetime) -> Drawn | None:
        """Return what a parcel shows; one that nobody needs is dropped, a faulty one waits.

        So does a picture that is being drawn: everything else goes out meanwhile.
        """
        try:
            drawn = None if self._stands(parcel) else self._drawing.draw(parcel, now)
        except StoreError:
            raise
        except UnfinishedError:
            self._store.outbox.again(parcel.id, now + _AT_EASEL, "being drawn", doubted=False)
            return None
        except Exception:  # noqa: BLE001 - one parcel that cannot be drawn must not stop the others
            _log.exception("a %s of item %s could not be drawn", parcel.kind, parcel.item)
            self._store.outbox.again(parcel.id, now + _FAULTY, "not drawn", doubted=False)
            return None
        if drawn is None and not self._left_to_chat(parcel, now):
            self._store.outbox.drop(parcel.id)
        return drawn

    def _left_to_chat(self, parcel: Parcel, now: datetime) -> bool:
        """Tell in the chat what was meant for somebody who is no member any more, if it was."""
        if self._fall_back is None or not self._drawing.has_left(parcel):
            return False
        return self._fall_back(parcel, now)

    def _stands(self, parcel: Parcel) -> bool:
        """Return whether the item's card stands in the chat: its send was doubted, then found."""
        if parcel.kind is not Kind.CARD or parcel.item is None:
            return False
        return bool(live_cards(self._store, parcel.item, parcel.chat_id))

    def arrived(self, out: Outgoing, ref: MessageRef, now: datetime) -> None:
        """Record that a parcel stands in its chat."""
        parcel = out.parcel
        with self._store.writing():
            if parcel.kind in _REPEATABLE or parcel.message_id is not None:
                self._store.outbox.edited(parcel)
            else:
                self._store.outbox.sent(parcel.id, now, ref.message_id)
            self._keep_shown(out, ref, now)
            if self._store.people.chat_gone(parcel.chat_id, None):
                _log.warning("chat %d lets the bot in again", parcel.chat_id)

    def _keep_shown(self, out: Outgoing, ref: MessageRef, now: datetime) -> None:
        parcel, store = out.parcel, self._store
        if parcel.kind is Kind.CARD and parcel.item is not None:
            for older in live_cards(store, parcel.item, parcel.chat_id):
                if older.ref != ref:
                    retire(store, older.ref, parcel.item, now)
            store.outbox.add_card(parcel.item, ref, out.drawn.shown, now)
            self._look_again(out)
        elif parcel.kind is Kind.EDIT and parcel.item is not None:
            store.outbox.show(ref, out.drawn.shown)
            if parcel.payload == "{}":  # an open menu stays until something changes
                self._look_again(out)
        elif parcel.kind is Kind.RETRACT:
            store.outbox.end_card(ref)
        elif parcel.kind is Kind.BOARD:
            self._keep_board(out, ref.message_id, out.drawn.shown)

    def _look_again(self, out: Outgoing) -> None:
        """Have an item looked at once more that changed while its card was on its way."""
        item = out.parcel.item
        if item is not None and self._revision(out.parcel) != out.revision:
            self._store.items.touch(item)

    def _keep_board(self, out: Outgoing, message_id: int | None, shown: str | None) -> None:
        """Record a board under its chat's name: several names may share a chat, by its topics."""
        self._store.people.board(json.loads(out.parcel.payload)["chat"], message_id, shown)

    def again(
        self, out: Outgoing, now: datetime, wait: timedelta, error: str, *, doubted: bool = False
    ) -> None:
        """Put a parcel back for later."""
        with self._store.writing():
            self._store.outbox.again(out.parcel.id, now + wait, error, doubted=doubted)

    def moved(self, out: Outgoing, new: int, now: datetime) -> None:
        """Follow a group that became a supergroup."""
        with self._store.writing():
            self._store.outbox.move(out.parcel.chat_id, new)
            self._store.outbox.again(out.parcel.id, now, "moved", doubted=False)
        _log.warning(
            "chat %d became the supergroup %d; it is followed. Put the new id into the settings",
            out.parcel.chat_id,
            new,
        )

    def shut_out(self, out: Outgoing, error: DeliveryError, now: datetime) -> None:
        """Keep a parcel for a chat that removed the bot, and tell the operator once.

        What one person was to be told alone is told in the chat.
        """
        if self._fell_back(out, now):
            _log.warning("%s; told in the chat", error)
            return
        self.again(out, now, _SHUT_OUT, str(error))
        with self._store.writing():
            if self._store.people.chat_gone(out.parcel.chat_id, now):
                _log.error("%s. What waits for it is kept; let the bot in again", error)

    def _fell_back(self, out: Outgoing, now: datetime) -> bool:
        if self._fall_back is None:
            return False
        with self._store.writing():
            return self._fall_back(out.parcel, now)

    def outside_topic(self, out: Outgoing, error: DeliveryError, now: datetime) -> None:
        """Send a parcel outside its topic, which is closed or gone."""
        if out.parcel.topic is None:  # the general topic is closed: there is nowhere else
            self.shut_out(out, error, now)
            return
        with self._store.writing():
            self._store.outbox.into_general(out.parcel.id)
            self._store.outbox.again(out.parcel.id, now, "topic gone", doubted=False)
        _log.warning(
            "chat %d: the topic %s is closed or gone; sent outside it",
            out.parcel.chat_id,
            out.parcel.topic,
        )

    def gone(self, out: Outgoing) -> None:
        """Forget a message that is no longer there; its item gets a new card if it needs one."""
        parcel = out.parcel
        with self._store.writing():
            self._store.outbox.drop(parcel.id)
            if out.ref is not None:
                self._store.outbox.end_card(out.ref)
            if parcel.kind is Kind.BOARD:
                self._keep_board(out, None, None)
            if parcel.item is not None:
                self._store.items.touch(parcel.item)

    def _end_digest(self, parcel: Parcel, now: datetime) -> None:
        """Let the items of a digest that nobody will see have a card each."""
        for item in json.loads(parcel.payload)["items"]:
            self._store.events.tell(item, [DIGEST_OVER], now)
            self._store.items.touch(item)

    def _one_by_one(self, parcel: Parcel, posts: list[int], now: datetime) -> None:
        """Ask about each post of a refused digest alone: one bad post must not hide the others."""
        self._store.outbox.drop(parcel.id)
        for number in posts:
            self._store.outbox.put(
                chat_id=parcel.chat_id,
                topic=parcel.topic,
                kind=Kind.REVIEW,
                dedupe=f"review:{parcel.chat_id}:{number}:{now.isoformat()}:alone",
                priority=parcel.priority,
                now=now,
                payload=json.dumps({"posts": [number]}),
            )

    def refused(self, out: Outgoing, error: DeliveryError, now: datetime) -> None:
        """Give up a parcel that its chat will never take, and say so."""
        if self._fell_back(out, now):
            _log.warning("%s; told in the chat", error)
            return
        asked = json.loads(out.parcel.payload).get("posts", [])
        with self._store.writing():
            if out.parcel.kind is Kind.REVIEW and out.ref is None and len(asked) > 1:
                self._one_by_one(out.parcel, asked, now)
                return
            if out.parcel.kind in _REPEATABLE or out.ref is not None:
                self._store.outbox.drop(out.parcel.id)
            else:
                self._store.outbox.fail(out.parcel.id, str(error))
            if out.parcel.kind is Kind.DIGEST:
                self._end_digest(out.parcel, now)
        _log.error("a %s for chat %d was given up: %s", out.parcel.kind, out.parcel.chat_id, error)


class Sender:
    """One loop: the most urgent parcel that the budgets allow, one after the other."""

    def __init__(
        self,
        courier: Courier,
        desk: Callable[[], SendingDesk],
        in_thread: InDeskThread,
        now: Callable[[], datetime],
        *,
        limited: bool = True,
    ) -> None:
        """`desk` is called in the desk thread, where `in_thread` runs things."""
        self._courier = courier
        self._desk = desk
        self._in_thread = in_thread
        self._now = now
        self._budgets = Budgets(limited=limited)
        self._woken = asyncio.Event()
        self._chats: set[int] = set()
        self._in_trouble = False
        self._unsure = False  # what came of a parcel could not be written
        self._stopping = False

    def stop(self) -> None:
        """Send nothing more after what is under way."""
        self._stopping = True
        self._woken.set()

    def wake(self) -> None:
        """Look at the outbox now: something was queued."""
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped. Raises: ConfigError where the chat service refuses the token."""
        await self._begin()
        while not self._stopping:
            self._woken.clear()
            if not await self._turn() and not self._stopping:
                await self._rest()

    async def _turn(self) -> bool:
        """Send one parcel, whatever may go wrong; False if the loop had better rest."""
        try:
            if self._unsure:
                later = self._now() + _FAULTY
                await self._do(lambda desk: desk.recover(later))
                self._unsure = False
            return await self.send_one()
        except ConfigError:
            raise
        except Exception:  # noqa: BLE001 - the queue must go on
            _log.exception("a parcel could not be sent")
            self._unsure = True
        return False

    async def _begin(self) -> None:
        now = self._now()
        doubted = await self._do(lambda desk: desk.recover())
        if doubted:
            _log.warning("%d sends were in doubt when the last run ended; sent again", doubted)
        at = time.monotonic()
        for chat, ago in await self._do(lambda desk: desk.sent_lately(now)):
            self._spend(chat, at - ago)

    def _spend(self, chat_id: int, at: float) -> None:
        self._chats.add(chat_id)
        self._budgets.spend(chat_id, at)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_IDLE_S):
                await self._woken.wait()
        except TimeoutError:
            return

    async def say(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        """Send an answer to somebody who waits for it, counted but not queued."""
        self._spend(chat_id, time.monotonic())
        return await self._courier.send(chat_id, topic, message)

    async def send_one(self) -> bool:
        """Send the most urgent parcel; False if none may go now."""
        at = time.monotonic()
        held = tuple(chat for chat in self._chats if self._budgets.free_at(chat, at) > at)
        slow = tuple(
            chat for chat in self._chats if self._budgets.free_at(chat, at, edit=True) > at
        )
        now = self._now()
        out = await self._do(lambda desk: desk.take(now, held, slow))
        if out is None:
            return False
        self._spend(out.parcel.chat_id, time.monotonic())
        await self._try(out)
        return True

    async def _try(self, out: Outgoing) -> None:
        """Deliver a parcel, and write what came of it, whatever that was."""
        try:
            await self._tried(out)
        except (ConfigError, StoreError):
            raise
        except Exception as error:  # noqa: BLE001 - nobody knows whether it arrived
            _log.exception("a %s for chat %d is in doubt", out.parcel.kind, out.parcel.chat_id)
            await self._undelivered(out, InDoubtError(repr(error)))

    async def _tried(self, out: Outgoing) -> None:
        try:
            ref = await self._deliver(out, out.drawn.message)
        except MessageRefusedError as error:
            await self._plainly(out, error)
        except DeliveryError as error:
            await self._undelivered(out, error)
        else:
            await self._arrived(out, ref)

    async def _plainly(self, out: Outgoing, refused: MessageRefusedError) -> None:
        """Try once more without styles and links: a card must not be lost to a bad link."""
        self._spend(out.parcel.chat_id, time.monotonic())
        try:
            ref = await self._deliver(out, out.drawn.message.bare())
        except MessageRefusedError:
            now = self._now()
            await self._do(lambda desk: desk.refused(out, refused, now))
        except DeliveryError as error:
            await self._undelivered(out, error)
        else:
            _log.warning("sent without picture, styles and links: %s", refused)
            await self._arrived(out, ref)

    async def _deliver(self, out: Outgoing, message: Message) -> MessageRef:
        parcel, ref = out.parcel, out.ref
        if ref is not None:
            await self._courier.edit(ref, message)
            return ref
        ref = await self._courier.send(parcel.chat_id, parcel.topic, message)
        if parcel.kind is Kind.BOARD:
            await self._pin(ref)
        return ref

    async def _pin(self, ref: MessageRef) -> None:
        try:
            await self._courier.pin(ref)
        except DeliveryError as error:  # a board that is not pinned is still a board
            _log.warning("the board could not be pinned: %s", error)

    async def _arrived(self, out: Outgoing, ref: MessageRef) -> None:
        now = self._now()
        await self._do(lambda desk: desk.arrived(out, ref, now))
        if self._in_trouble:
            _log.warning("messages arrive again")
        self._in_trouble = False

    async def _undelivered(self, out: Outgoing, error: DeliveryError) -> None:
        now = self._now()
        match error:
            case SlowDownError():
                pause = timedelta(seconds=error.retry_after)
                self._budgets.hold(out.parcel.chat_id, time.monotonic() + error.retry_after)
                await self._do(lambda desk: desk.again(out, now, pause, str(error)))
            case ChatMovedError():
                await self._do(lambda desk: desk.moved(out, error.chat_id, now))
            case ChatGoneError():
                await self._do(lambda desk: desk.shut_out(out, error, now))
            case TopicGoneError():
                await self._do(lambda desk: desk.outside_topic(out, error, now))
            case MessageGoneError():
                await self._do(lambda desk: desk.gone(out))
            case _:
                await self._later(out, error, now)

    async def _later(self, out: Outgoing, error: DeliveryError, now: datetime) -> None:
        """Try again after a growing gap; only a new message can be in doubt."""
        if not self._in_trouble:
            _log.warning("%s; what waits is kept and sent when it answers again", error)
        self._in_trouble = True
        doubted = isinstance(error, InDoubtError) and out.ref is None
        gap = min(timedelta(seconds=2 ** min(out.parcel.attempts, 6)), _LONGEST_GAP)
        self._budgets.hold(out.parcel.chat_id, time.monotonic() + min(gap.total_seconds(), 5.0))
        await self._do(lambda desk: desk.again(out, now, gap, str(error), doubted=doubted))

    async def _do(self, act: Callable[[SendingDesk], Returned]) -> Returned:
        """Run `act` in the desk thread; a busy store is waited for: an answer must be written."""
        while True:
            try:
                return await self._in_thread(lambda: act(self._desk()))
            except StoreBusyError as error:
                _log.warning("%s", error)
                await asyncio.sleep(_IDLE_S)
