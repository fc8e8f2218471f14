"""Cards that stand in a chat without our knowing: the answer to their send was lost.

Whoever acts on such a card shows us where it is. It becomes the item's card where there is no
other one in that chat, and gives way to the other one where there is.
"""

import json
from datetime import datetime

from bot.chat.dispatch import Dispatch
from monitor.model import ItemId, MessageRef
from monitor.store.outbox import CardRow, Kind, Priority
from monitor.store.store import Store


class Orphans:
    """Finds out which message is an item's card; every call stands inside a transaction."""

    def __init__(self, store: Store, dispatch: Dispatch) -> None:
        self._store = store
        self._dispatch = dispatch

    def card_at(self, ref: MessageRef, item: ItemId, now: datetime) -> CardRow | None:
        """Return the item's live card at `ref`, adopted if need be; None if it gave way."""
        known = self._store.outbox.card_at(ref)
        if known is not None and known.live:
            return known
        if any(card.ref != ref for card in live_cards(self._store, item, ref.chat_id)):
            retire(self._store, ref, item, now)
            return None
        return self._adopt(ref, item, now)

    def retire_all(self, item: ItemId, chat_id: int, now: datetime) -> int:
        """Retire every live card of an item in a chat; return how many there were."""
        live = live_cards(self._store, item, chat_id)
        for card in live:
            retire(self._store, card.ref, item, now)
        return len(live)

    def _adopt(self, ref: MessageRef, item: ItemId, now: datetime) -> CardRow:
        """Take the message for the item's card; one that still waits for the chat is not sent."""
        outbox = self._store.outbox
        for parcel in outbox.waiting(ref.chat_id, Kind.CARD):
            if parcel.item == item:
                outbox.drop(parcel.id)
        for parcel in outbox.waiting(ref.chat_id, Kind.RETRACT):
            if parcel.message_id == ref.message_id:
                outbox.drop(parcel.id)
        outbox.add_card(item, ref, "", now)
        card = CardRow(item=item, ref=ref, live=True, shown="")
        self._dispatch.put_edit(card, item, now, urgent=True)
        return card


def retire(store: Store, ref: MessageRef, item: ItemId, now: datetime) -> None:
    """Let a card say that the item goes on in a newer one; nothing else changes it any more."""
    outbox = store.outbox
    outbox.end_card(ref)
    for edit in outbox.waiting(ref.chat_id, Kind.EDIT):
        if edit.message_id == ref.message_id:
            outbox.drop(edit.id)
    outbox.put(
        chat_id=ref.chat_id,
        topic=ref.topic,
        kind=Kind.RETRACT,
        item=item,
        message_id=ref.message_id,
        dedupe=f"retract:{ref.chat_id}:{ref.message_id}",
        priority=Priority.EDIT,
        now=now,
        payload=json.dumps({"item": item}),
    )


def live_cards(store: Store, item: ItemId, chat_id: int) -> list[CardRow]:
    """Return the live cards of an item in a chat, oldest first."""
    cards = store.outbox.cards_of(item)
    return [card for card in cards if card.live and card.ref.chat_id == chat_id]
