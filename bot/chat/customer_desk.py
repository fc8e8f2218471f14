"""All that people order and tap of customers, under one roof: /customer, /note and /promise."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.chat.admission import Caller, Order
from bot.chat.customers import CustomerTalk
from bot.chat.incoming import Tap
from bot.chat.promises import PromiseTalk
from bot.chat.replies import Reply
from bot.chat.routes import Routes
from bot.chat.speaking_of import SpeakingOf
from bot.chat.taps import TapData, TapKind
from monitor.handling.ledger import Ledger
from monitor.model import ItemId

Answer = Callable[[Order], tuple[Reply, ...]]


class CustomerDesk:
    """Answers commands and taps about customers; every call stands inside a transaction."""

    def __init__(
        self, ledger: Ledger, speaking_of: SpeakingOf, routes: Callable[[], Routes]
    ) -> None:
        self._store = ledger.store
        self._customers = CustomerTalk(ledger, speaking_of, routes)
        self._promises = PromiseTalk(ledger, speaking_of, routes)
        self.answers: Mapping[str, Answer] = {
            "customer": self._customers.customer,
            "note": self._customers.note,
            "promise": self._promises.promise,
        }

    def tapped(self, tap: Tap, data: TapData, caller: Caller, now: datetime) -> tuple[Reply, ...]:
        """Return what a button is answered. Raises: RefusedError."""
        if data.kind is TapKind.PROMISE:
            return self._promises.tapped(tap, data, caller, now)
        return self._customers.tapped(tap, data, caller, now)

    def stands(self, data: TapData) -> bool:
        """Return whether the store knows what a button speaks of."""
        if data.kind is TapKind.CUSTOMER_UNDO:
            return True  # what it would take back is looked up when it is tapped
        return self.subject(data) is not None

    def subject(self, data: TapData) -> ItemId | None:
        """Return the item that a button speaks of, if there is one."""
        if data.kind is TapKind.CUSTOMER_UNDO:
            return None
        if data.kind is TapKind.PROMISE:
            return self._promises.item_of(data.number)
        item = ItemId(data.number)
        return item if self._store.items.get(item) is not None else None
