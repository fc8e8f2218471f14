"""Sending an item's card anew, to where somebody asks for it."""

from collections.abc import Callable
from datetime import datetime

from bot.chat.admission import Caller
from bot.chat.dispatch import Dispatch
from bot.chat.orphans import Orphans
from bot.chat.routes import Place, Routes
from bot.locale.tongue import tr
from monitor.errors import RefusedError
from monitor.model import ItemId
from monitor.store.store import Store


class Showing:
    """Sends cards; every call stands inside a transaction."""

    def __init__(
        self, store: Store, dispatch: Dispatch, orphans: Orphans, routes: Callable[[], Routes]
    ) -> None:
        self._store = store
        self._dispatch = dispatch
        self._orphans = orphans
        self._routes = routes

    def show(self, item: ItemId, caller: Caller, now: datetime) -> str:
        """Queue the item's card for where the person is, and return what they are told, if any.

        An older card of the item in the same chat ends. Raises: RefusedError for no such item.
        """
        place = self._place(item, caller)
        if self._store.outbox.pending_card(item, place.chat_id):
            return tr("Its card is on its way.")
        older = self._orphans.retire_all(item, place.chat_id, now)
        self._dispatch.put_card(item, place, now)
        again = tr("The card of #{item} comes again, as the newest message.", item=item)
        return again if older else ""

    def _place(self, item: ItemId, caller: Caller) -> Place:
        """Return where in this chat an item's card belongs: in the topic of its brand."""
        listed = self._store.items.get(item)
        if listed is None:
            raise RefusedError("There is no item #{item}.", item=item)
        usual = self._routes().for_cards(listed.item.brand)
        return usual if usual and usual.chat_id == caller.place.chat_id else caller.place
