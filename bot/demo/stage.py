"""The made-up members at work: they see the messages of a chat, and press its buttons."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from bot.chat.courier import Courier
from bot.chat.incoming import Command, Handler, Incoming, Person, ReplyTo, Tap, Words
from bot.chat.taps import ON_CARDS, TapKind, decode
from bot.chat.text import Button, Message, plain
from bot.chat.typed import Choice, chosen
from bot.demo.script import SCRIPT, Act, Turns
from bot.timekeeping import Timekeeper
from monitor.model import MessageRef

_LISTED = re.compile(r"#(\d+)\b.*?@(\S+)")
_AUTHOR = re.compile(r"@(\S+)")
_OWN_UPDATES = 1 << 52  # far from the numbers that any chat gives
_KEPT = 1_000  # messages
_LOOKS = 20  # at a card, for the button that a menu will bring
_GLANCE_S = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message in the chat, as it stands."""

    ref: MessageRef
    message: Message

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The buttons under it."""
        return tuple(button for row in self.message.buttons for button in row)

    def offers(self, item: int, *, card: bool) -> tuple[Button, ...]:
        """Return the buttons of an item's card, or else the one that shows it."""
        return tuple(
            button for button in self.buttons if button.data and _about(button.data, item, card)
        )


class Stage:
    """A `Courier` around another one, on which the script is played."""

    def __init__(
        self,
        chat: Courier,
        time: Timekeeper,
        tell: Callable[[str], None],
        let_in: Callable[[Person], Awaitable[None]],
    ) -> None:
        """`tell` says what a member does; `let_in` meets everybody before the desk does."""
        self._chat = chat
        self._time = time
        self._tell = tell
        self._let_in = let_in
        self._seen: OrderedDict[MessageRef, Seen] = OrderedDict()
        self._cast: set[int] = set()  # items whose part is given away
        self._cues: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._turns = Turns()
        self._updates = count(_OWN_UPDATES + int(time.now().timestamp() * 1000))

    # ------------------------------------------------------------ the courier

    async def send(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        """Send, and let the members see it."""
        ref = await self._chat.send(chat_id, topic, message)
        self._see(ref, message)
        return ref

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """Edit, and let the members see it."""
        await self._chat.edit(ref, message)
        self._see(ref, message)

    async def delete(self, ref: MessageRef) -> None:
        """Delete."""
        await self._chat.delete(ref)

    async def pin(self, ref: MessageRef) -> None:
        """Pin."""
        await self._chat.pin(ref)

    async def answer_tap(self, tap_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a person's tap; a member's is told only if it was refused."""
        player, made_up, _ = tap_id.partition(" ")
        if not made_up:
            await self._chat.answer_tap(tap_id, text, alert=alert)
        elif alert:
            self._tell(f"{player} is told: {text}")

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], language: str | None = None
    ) -> None:
        """Set the commands."""
        await self._chat.set_commands(commands, language)

    async def receive(self, handler: Handler) -> None:
        """Hand in what persons do, and play the script beside it."""

        async def heard(incoming: Incoming) -> None:
            if isinstance(incoming, Tap | Command | Words):
                await self._let_in(incoming.person)
            await handler(incoming)

        async with asyncio.TaskGroup() as group:
            group.create_task(self._chat.receive(heard))
            while True:
                item, author = await self._cues.get()
                part = SCRIPT[author] if author in SCRIPT else self._turns.next()
                group.create_task(self._play(item, part, handler))

    # ------------------------------------------------------------ the play

    def _see(self, ref: MessageRef, message: Message) -> None:
        seen = Seen(ref=ref, message=message)
        self._seen[ref] = seen
        self._seen.move_to_end(ref)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        for item, author in _customers(seen):
            if item not in self._cast:
                self._cast.add(item)
                self._cues.put_nowait((item, author))

    async def _play(self, item: int, part: Sequence[Act], handler: Handler) -> None:
        passed = timedelta()
        for act in part:
            await self._time.sleep(act.after - passed)
            passed = act.after
            if act.is_reply:
                await self._reply(item, act, handler)
            else:
                await self._press(item, act, handler)

    async def _press(self, item: int, act: Act, handler: Handler) -> None:
        """Press what is there; an item that was answered meanwhile has no such button."""
        words, told = act.words, False
        for _ in range(_LOOKS):
            seen, choice = self._find(item, words)
            if seen is not None and len(choice.buttons) == 1:
                if not told:
                    self._tell(f"{act.player.person.name}: {item} {act.words}")
                    told = True
                await handler(self._tap(seen, choice.buttons[0].data or "", act.player.person))
                if not choice.rest:
                    return
                words = choice.rest
            elif not told:
                return
            await asyncio.sleep(_GLANCE_S)

    def _find(self, item: int, words: str) -> tuple[Seen | None, Choice]:
        """Return the newest message with the button that `words` name, and that button."""
        for seen in reversed(self._seen.values()):
            choice = chosen(seen.offers(item, card=True), words)
            if choice.buttons:
                return seen, choice
            shows = seen.offers(item, card=False)
            if words == "show" and shows:
                return seen, Choice(buttons=shows[:1])
        return None, Choice()

    async def _reply(self, item: int, act: Act, handler: Handler) -> None:
        cards = (seen for seen in reversed(self._seen.values()) if seen.offers(item, card=True))
        card = next(cards, None)
        if card is None:
            return
        self._tell(f"{act.player.person.name}: {item}: {act.words}")
        await handler(
            Words(
                update_id=next(self._updates),
                chat_id=card.ref.chat_id,
                message_id=next(self._updates),
                topic=None,
                person=act.player.person,
                text=act.words,
                reply_to=_reply_to(card),
            )
        )

    def _tap(self, seen: Seen, data: str, person: Person) -> Tap:
        number = next(self._updates)
        return Tap(
            update_id=number,
            chat_id=seen.ref.chat_id,
            tap_id=f"{person.name} {number}",
            message_id=seen.ref.message_id,
            topic=None,
            person=person,
            data=data,
        )


def _about(data: str, item: int, card: bool) -> bool:
    meant = decode(data)
    if meant is None or meant.number != item:
        return False
    return meant.kind in ON_CARDS if card else meant.kind is TapKind.SHOW


def _customers(seen: Seen) -> Iterator[tuple[int, str]]:
    """Yield the items that a message shows for the first time, and who wrote them."""
    text = plain(seen.message.text)
    datas = [decode(button.data) for button in seen.buttons if button.data]
    on_card = {data.number for data in datas if data is not None and data.kind in ON_CARDS}
    if len(on_card) == 1:
        author = _AUTHOR.search(text)
        yield on_card.pop(), _name(author[1]) if author else ""
        return
    for line in text.split("\n"):
        if found := _LISTED.search(line):
            yield int(found[1]), _name(found[2])


def _name(handle: str) -> str:
    return handle.strip("\u2068\u2069")


def _reply_to(card: Seen) -> ReplyTo:
    return ReplyTo(
        message_id=card.ref.message_id,
        text=plain(card.message.text),
        datas=tuple(button.data for button in card.buttons if button.data),
        from_bot=True,
    )
