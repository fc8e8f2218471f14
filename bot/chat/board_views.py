"""How things stand for one chat, looked up for its board."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot.chat.boards import BoardView, Next
from bot.chat.routes import ChatManners
from bot.chat.views import Mark, mark
from monitor.clock.reading import RESPONSES
from monitor.handling.ledger import Ledger
from monitor.handling.shifts import Shifts
from monitor.model import State, Target
from monitor.settings import Settings
from monitor.store.figures import DueItem
from monitor.store.notes import PARTLY, QUIET, RESTS

_NEXT_SHOWN = 3
_WARNINGS = frozenset({Mark.WARNING, Mark.LATE_WARNING})


class BoardViews:
    """Looks up what boards show; in the thread of its ledger's store."""

    def __init__(self, ledger: Ledger, settings: Settings, shifts: Shifts) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._settings = settings
        self._shifts = shifts

    def view(self, manners: ChatManners, own: Sequence[str], now: datetime) -> BoardView:
        """Return the board of a chat whose own brands are `own`."""
        figures = self._store.figures
        states = figures.states(own)
        past = figures.past_due(now, own)
        late = [one for one in past if self._is_overdue(one, now)]
        failing = [
            (one.name, one.failing_since)
            for one in self._store.sources.all()
            if one.failing_since is not None and one.platform in self._settings.connectors
        ]
        partly = {name for name, _ in failing if self._store.notes.value(f"{PARTLY}:{name}")}
        return BoardView(
            zone=manners.timezone,
            language=manners.language,
            waiting=states.get(State.OPEN, 0),
            in_progress=states.get(State.CLAIMED, 0),
            overdue=len(late),
            paused=states.get(State.WAITING, 0) + states.get(State.SNOOZED, 0),
            answered=states.get(State.ANSWERED, 0),
            next_due=self._next_due(past, own, now),
            blind=tuple(each for each in failing if each[0] not in partly),
            partly=tuple(each for each in failing if each[0] in partly),
            resting=tuple(self._noted(RESTS)),
            quiet=tuple(self._noted(QUIET)),
            on_shift=self._shifts.roster(now).on(own, now),
            next_shift=self._next_shift(own, now),
            now=now,
        )

    def _next_shift(self, own: Sequence[str], now: datetime) -> datetime | None:
        """Return when somebody comes on shift, None where somebody is, or nobody is planned."""
        roster = self._shifts.roster(now)
        if not roster.planned(own) or roster.there(own, now):
            return None
        coming = roster.next(own, now)
        return coming.since if coming else None

    def _noted(self, kind: str) -> Iterator[tuple[str, datetime]]:
        """Yield the sources of which the chats were told so, and the instant they were told."""
        for platform in self._settings.connectors:
            if at := self._store.notes.value(f"{kind}:{platform}"):
                yield platform, datetime.fromisoformat(at)

    def _next_due(
        self, past: Sequence[DueItem], own: Sequence[str], now: datetime
    ) -> tuple[Next, ...]:
        """Return what falls due first; of what nobody took in time that is the answer."""
        found = self._store.figures.due_next(now, own, _NEXT_SHOWN)
        coming = [each for one in past for each in self._answers_due(one, now)]
        coming += [_next(one, one.target, one.due_at) for one in found]
        coming.sort(key=lambda each: (each.due_at, each.item))
        return tuple(self._warned(each, now) for each in coming[:_NEXT_SHOWN])

    def _warned(self, each: Next, now: datetime) -> Next:
        """Return what falls due with the sign of its warning, also while it is paused."""
        sign = mark(self._ledger.standing(each.item, now))
        return replace(each, mark=sign) if sign in _WARNINGS else each

    def _answers_due(self, due: DueItem, now: datetime) -> Iterator[Next]:
        """Yield the answer that an item owes next and that is not overdue, if it owes one."""
        clocks = self._ledger.running(due.item, due.revision, now)
        owed = [each for each in clocks if each.target in RESPONSES]
        if owed and all(now <= each.broken_after for each in owed):
            first = min(owed, key=lambda each: each.due_at)
            yield _next(due, first.target, first.due_at)

    def _is_overdue(self, due: DueItem, now: datetime) -> bool:
        """Return whether an answer is overdue on an item one of whose clocks is past its time."""
        clocks = self._ledger.running(due.item, due.revision, now)
        return any(each.target in RESPONSES and now > each.broken_after for each in clocks)


def _next(due: DueItem, target: Target, due_at: datetime) -> Next:
    return Next(item=due.item, brand=due.brand, target=target, due_at=due_at)
