"""The buttons under the alert of a surge: the next one to work on, and silence."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.chat.admission import Caller
from bot.chat.replies import BUTTON_GONE, AnswerTap, Reply
from bot.chat.routes import Routes
from bot.chat.showing import Showing
from bot.chat.surge_alerts import BACK, SILENCES
from bot.chat.surges import SurgeNews
from bot.chat.taps import TapData, TapKind
from bot.chat.wording import clock
from bot.locale.tongue import markc, tr, trn
from monitor.errors import RefusedError
from monitor.intake.surge import crowd, next_one
from monitor.model import MessageRef
from monitor.store.store import Store
from monitor.store.surges import Surge

ACTIONS = (  # as the log has them
    markc("in the log", "surge silenced"),
    markc("in the log", "surge speaks again"),
    markc("in the log", "surge next"),
    markc("in the log", "surge menu"),
    markc("in the log", "surge silence"),
)


class SurgeTaps:
    """Does what the buttons under an alert ask for; every call stands inside a transaction."""

    def __init__(self, store: Store, showing: Showing, routes: Callable[[], Routes]) -> None:
        self._store = store
        self._showing = showing
        self._routes = routes
        self._news = SurgeNews(store, routes)

    def stands(self, data: TapData) -> bool:
        """Return whether there is the surge that a button speaks of."""
        return self._store.surges.get(data.number) is not None

    def tapped(
        self, ref: MessageRef, tap_id: str, data: TapData, caller: Caller, now: datetime
    ) -> tuple[Reply, ...]:
        """Return what the person is told, once it is done. Raises: RefusedError."""
        surge = self._store.surges.get(data.number)
        if surge is None:
            raise RefusedError(BUTTON_GONE)
        if data.kind is TapKind.SURGE_NEXT:
            return (AnswerTap(tap_id=tap_id, text=self._next(surge, caller, now)),)
        if data.kind is TapKind.SURGE_MENU:
            self._news.redraw(surge.id, ref, now, menu=data.argument != BACK)
            return (AnswerTap(tap_id=tap_id),)
        told = self._silence(surge, data.argument, caller, now)
        self._news.redraw(surge.id, ref, now)
        return (AnswerTap(tap_id=tap_id, text=told),)

    def _next(self, surge: Surge, caller: Caller, now: datetime) -> str:
        item = next_one(self._store, surge, now)
        if item is None:
            raise RefusedError("Nobody of this surge waits who is not in somebody's hands.")
        self._store.surges.give(surge.id, item, caller.member.id, now)
        self._store.people.log(now, "surge next", actor=caller.member, item=item)
        self._showing.show(item, caller, now)
        left = len(crowd(self._store, surge, now).free) - 1
        if left < 1:
            return tr("#{item} comes. It is the last one.", item=item)
        return trn(
            "#{item} comes. {count} more waits.",
            "#{item} comes. {count} more wait.",
            left,
            item=item,
        )

    def _silence(self, surge: Surge, hours: str, caller: Caller, now: datetime) -> str:
        if hours == "0":
            self._store.surges.silence(surge.id, None, caller.member.id)
            self._log("surge speaks again", surge, caller, now)
            return tr("What becomes of this surge is told again.")
        if hours not in map(str, SILENCES):
            raise RefusedError(BUTTON_GONE)
        until = now + timedelta(hours=int(hours))
        self._store.surges.silence(surge.id, until, caller.member.id)
        self._log("surge silenced", surge, caller, now, f"{hours} h")
        manners = self._routes().manners(caller.home)
        return tr(
            "Nothing more is told of this surge until {when}. Its people keep their clocks.",
            when=clock(until, manners.timezone, manners.language),
        )

    def _log(
        self, action: str, surge: Surge, caller: Caller, now: datetime, more: str = ""
    ) -> None:
        subject = " ".join(filter(None, (surge.brand, surge.subject, more)))
        self._store.people.log(now, action, actor=caller.member, detail=subject)
