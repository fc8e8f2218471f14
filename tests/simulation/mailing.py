"""A Telegram that keeps every message, and a sender that works in simulated time."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.budgets import Budgets
from bot.chat.sender import Outgoing
from bot.chat.text import Text
from bot.office import Office
from monitor.model import ItemId, MessageRef
from monitor.store.outbox import Kind

_KEPT = 2_000
_MINUTE_S = 60.0
CARDS = frozenset({Kind.CARD, Kind.EDIT})


@dataclass
class Mailing:
    """What stands in the chats, and how much was sent for each item."""

    budgets: Budgets = field(default_factory=Budgets)
    shown: dict[tuple[int, int], str] = field(default_factory=dict)  # print of each message
    sends: Counter[Kind] = field(default_factory=Counter)
    edits: Counter[Kind] = field(default_factory=Counter)
    of_item: Counter[ItemId] = field(default_factory=Counter)
    chats: set[int] = field(default_factory=set)
    texts: dict[str, Text] = field(default_factory=dict)  # what was sent, by its print
    busiest: int = 0  # messages and edits in one chat within a minute
    _lately: dict[int, deque[float]] = field(default_factory=dict)
    _last: int = 0

    def deliver(self, office: Office, now: datetime, *, most: int = 60) -> bool:
        """Send what may go at `now`; return whether something has to wait for its turn."""
        at = now.timestamp()
        for _ in range(most):
            held = tuple(one for one in self.chats if self.budgets.free_at(one, at) > at)
            slow = tuple(one for one in self.chats if self.budgets.free_at(one, at, edit=True) > at)
            out = office.sending.take(now, held, slow)
            if out is None:
                return bool(office.workshop.store.outbox.due(now, (), (), limit=1))
            self._arrive(office, out, now, at)
        return True

    def _count(self, chat: int, at: float) -> None:
        lately = self._lately.setdefault(chat, deque())
        lately.append(at)
        while lately[0] <= at - _MINUTE_S:
            lately.popleft()
        self.busiest = max(self.busiest, len(lately))

    def _keep(self, out: Outgoing) -> None:
        """Keep what a card said, for as long as somebody may ask."""
        if len(self.texts) > _KEPT:
            del self.texts[next(iter(self.texts))]
        self.texts[out.drawn.shown] = out.drawn.message.text

    def _arrive(self, office: Office, out: Outgoing, now: datetime, at: float) -> None:
        parcel = out.parcel
        self.chats.add(parcel.chat_id)
        self.budgets.spend(parcel.chat_id, at)
        self._count(parcel.chat_id, at)
        ref = out.ref
        if ref is None:
            self._last += 1
            ref = MessageRef(chat_id=parcel.chat_id, message_id=self._last, topic=parcel.topic)
            self.sends[parcel.kind] += 1
        else:
            self.edits[parcel.kind] += 1
        if parcel.item is not None and parcel.kind in CARDS:
            self._keep(out)
            self.of_item[parcel.item] += 1
        self.shown[ref.chat_id, ref.message_id] = out.drawn.shown
        office.sending.arrived(out, ref, now)
