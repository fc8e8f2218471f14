"""Surges in the chat: what is told of them is queued, and drawn when it is sent."""

from collections.abc import Callable
from datetime import datetime

from bot.chat import surge_alerts
from bot.chat.payloads import SurgeOrder
from bot.chat.routes import ChatManners, Place, Routes
from bot.chat.surge_alerts import SurgeView
from bot.chat.text import Message
from monitor.intake.surge import Change, crowd
from monitor.model import MessageRef
from monitor.store.outbox import Kind, Priority
from monitor.store.store import Store
from monitor.store.surges import Surge


class SurgeNews:
    """Queues what the chats are told of surges; it is called inside a transaction."""

    def __init__(self, store: Store, routes: Callable[[], Routes]) -> None:
        self._store = store
        self._routes = routes

    def tell(self, surge: Surge, change: Change, now: datetime) -> None:
        """Queue one alert, its edits where a surge grew, and one line where it is over."""
        place = self._routes().for_cards(surge.brand)
        silent, over = surge.silent(now), change is Change.OVER
        if place is None or (silent and not over):
            return
        standing = self._store.surges.alerts(surge.id)
        for ref in standing:
            self.redraw(surge.id, ref, now)
        if silent or (over and not standing):
            return  # or nobody was told of it
        if over:
            self._put(place, surge, now, over=True)
        elif not standing:
            self._put(place, surge, now)

    def redraw(self, surge: int, ref: MessageRef, now: datetime, *, menu: bool = False) -> None:
        """Let an alert show how its surge stands; with `menu` for how long it may be silenced."""
        payload = SurgeOrder(surge=surge, menu=menu).model_dump_json()
        dedupe = f"surge:{ref.chat_id}:{ref.message_id}"
        put = self._store.outbox.put(
            chat_id=ref.chat_id,
            topic=ref.topic,
            kind=Kind.SURGE,
            message_id=ref.message_id,
            dedupe=dedupe,
            priority=Priority.FIRST_ALERT if menu else Priority.EDIT,
            now=now,
            payload=payload,
        )
        if not put:
            self._store.outbox.replace(dedupe, payload)

    def _put(self, place: Place, surge: Surge, now: datetime, *, over: bool = False) -> None:
        self._store.outbox.put(
            chat_id=place.chat_id,
            topic=place.topic,
            kind=Kind.SURGE,
            dedupe=f"surge:{surge.id}:{'over' if over else 'alert'}:{place.chat_id}",
            priority=Priority.DIGEST if over else Priority.BREACH,
            now=now,
            payload=SurgeOrder(surge=surge.id, over=over).model_dump_json(),
        )


def surge_message(
    store: Store, order: SurgeOrder, manners: ChatManners, now: datetime, *, demo: bool = False
) -> Message | None:
    """Return what a chat is told of a surge as it stands now; None where there is none."""
    surge = store.surges.get(order.surge)
    if surge is None:
        return None
    by = surge.silenced_by
    silencer = store.people.member(by) if by is not None else None
    view = SurgeView(
        surge=surge,
        crowd=crowd(store, surge, now),
        zone=manners.timezone,
        language=manners.language,
        silencer=silencer.name if silencer else "",
        silent=surge.silent(now),
    )
    if order.over:
        return surge_alerts.over(view, demo=demo)
    return surge_alerts.alert(view, menu=order.menu, demo=demo)
