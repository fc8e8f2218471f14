"""Which item a person speaks of: by its number, or by what they reply to."""

import json
import re
from collections.abc import Iterable
from datetime import datetime

from bot.chat.incoming import Command, ReplyTo, Words
from bot.chat.orphans import Orphans
from bot.chat.replies import MisspokenError
from bot.chat.taps import ON_CARDS, TapKind, decode
from monitor.model import ItemId, MessageRef
from monitor.store.outbox import Kind
from monitor.store.store import Store

_NUMBER = re.compile(r"#?([0-9]{1,18})")
_MENTIONED = re.compile(r"#([0-9]{1,18})\b")


def item_number(word: str) -> ItemId | None:
    """Return the item that "12" or "#12" names, or None."""
    found = _NUMBER.fullmatch(word)
    return ItemId(int(found[1])) if found else None


class SpeakingOf:
    """Finds items in what people write; calls stand inside a transaction."""

    def __init__(self, store: Store, orphans: Orphans) -> None:
        self._store = store
        self._orphans = orphans

    def item(self, heard: Command, usage: str) -> ItemId:
        """Return the item of a command. Raises: MisspokenError with `usage` where it names none."""
        named = item_number(heard.args[0]) if heard.args else self.replied_to(heard)
        if named is None:
            raise MisspokenError(usage)
        return named

    def item_and_words(self, heard: Command, usage: str) -> tuple[ItemId, str]:
        """Return the item and the words of "/reply 12 words", or of "/reply words" under its card.

        Raises: MisspokenError with `usage` where it names no item.
        """
        first, *rest = heard.rest.split(maxsplit=1) or [""]
        named, under = item_number(first), self.replied_to(heard)
        if under is not None and named != under:
            return under, heard.rest
        if named is None:
            raise MisspokenError(usage)
        return named, "".join(rest)

    def replied_to(self, heard: Command | Words) -> ItemId | None:
        """Return the one item that the message replied to speaks of, None if none or several."""
        reply = heard.reply_to
        if reply is None or not reply.from_bot:
            return None
        card = self._store.outbox.card_at(_ref(heard, reply))
        if card is not None:
            return card.item
        for numbers in (_numbers(reply, ON_CARDS), _numbers(reply, frozenset({TapKind.SHOW}))):
            if numbers:
                return self._known(numbers)
        about = self._store.outbox.item_at(_ref(heard, reply))
        return about or self._known(int(found) for found in _MENTIONED.findall(reply.text))

    def posts_under(self, heard: Command) -> dict[int, int]:
        """Return the posts that the message replied to shows, by their number in it."""
        reply = heard.reply_to
        if reply is None or not reply.from_bot:
            return {}
        parcel = self._store.outbox.parcel_at(_ref(heard, reply))
        if parcel is not None and parcel.kind is Kind.REVIEW:
            return dict(enumerate(json.loads(parcel.payload)["posts"], start=1))
        shown = _numbers(reply, frozenset({TapKind.REVIEW}))
        return {1: shown[0]} if len(shown) == 1 else {}

    def find_card(self, heard: Command | Words, now: datetime) -> None:
        """Adopt or fold the card that was replied to, if we did not know of it."""
        reply = heard.reply_to
        if reply is None or not reply.from_bot:
            return
        ref = _ref(heard, reply)
        item = self._known(_numbers(reply, ON_CARDS))
        if item is None or self._store.outbox.card_at(ref) is not None:
            return
        parcel = self._store.outbox.parcel_at(ref)
        if parcel is None or parcel.kind is Kind.CARD:
            self._orphans.card_at(ref, item, now)

    def _known(self, numbers: Iterable[int]) -> ItemId | None:
        """Return the only one of `numbers` if it is an item's."""
        distinct = list(dict.fromkeys(numbers))
        if len(distinct) != 1 or self._store.items.get(ItemId(distinct[0])) is None:
            return None
        return ItemId(distinct[0])


def _ref(heard: Command | Words, reply: ReplyTo) -> MessageRef:
    return MessageRef(chat_id=heard.chat_id, message_id=reply.message_id, topic=heard.topic)


def _numbers(reply: ReplyTo, kinds: frozenset[TapKind]) -> list[int]:
    """Return the numbers that buttons of these kinds send, each once, in order."""
    decoded = (decode(data) for data in reply.datas)
    return list(dict.fromkeys(data.number for data in decoded if data and data.kind in kinds))
