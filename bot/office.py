"""What one thread does for the chats: its workshop, and what is queued and drawn from it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.dispatch import Dispatch
from bot.chat.drawing import Drawing
from bot.chat.prompt import who_sits_here
from bot.chat.routes import TERMINAL, TERMINAL_ID, Routes
from bot.chat.sender import SendingDesk
from bot.wiring import App, Workshop
from monitor.handling.tick import Tick
from monitor.model import Role
from monitor.store.notes import JUDGE_NEWS
from monitor.store.outbox import Kind, Priority
from monitor.store.sources import SourceRow

_TOLD_AFTER = timedelta(minutes=5)  # a source that fails for less is not worth a message
_PATIENCE = timedelta(minutes=10)  # with a source of which nothing is heard, beside its polls
_POLLS = 3
_NEWS_LAST = timedelta(days=2)  # a chat that was told nothing yet hears no older ones
_KEEP_PARCELS = timedelta(days=7)
_KEEP_BANDS = timedelta(days=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """Why a source is blind, and since when."""

    since: datetime
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everything the desk thread works with."""

    app: App
    workshop: Workshop
    drawing: Drawing
    dispatch: Dispatch
    sending: SendingDesk
    terminal: bool
    opened_at: datetime

    def routes(self) -> Routes:
        """Return which chat gets what, as things stand now."""
        return _routes(self.app, self.workshop, terminal=self.terminal)

    def begin(self, now: datetime) -> None:
        """Link the chats of the settings, and put open items under the newest policies."""
        self._link_chats(now)
        self.workshop.ledger.move_to_current(now)

    def _link_chats(self, now: datetime) -> None:
        people = self.workshop.store.people
        with self.workshop.store.writing():
            if self.terminal:
                people.link_chat(TERMINAL, TERMINAL_ID, now)
                people.join(who_sits_here(), 0, Role.MANAGER, now)
                return
            before = {chat.chat_id for chat in people.chats()}
            self._follow_settings(now)
            for left in before - {chat.chat_id for chat in people.chats()}:
                self.workshop.store.outbox.leave(left)

    def _follow_settings(self, now: datetime) -> None:
        """Let in the chats that the settings name; shut out those that they named once."""
        people, notes = self.workshop.store.people, self.workshop.store.notes
        for chat in self.app.settings.chat:
            # The settings win only when they change: a group may have moved since.
            if notes.value(f"chat:{chat.name}") != str(chat.id):
                people.link_chat(chat.name, chat.id, now)
                notes.keep(f"chat:{chat.name}", str(chat.id))
        named = {chat.name for chat in self.app.settings.chat}
        for linked in people.chats():
            if linked.name not in named and notes.value(f"chat:{linked.name}"):
                people.unlink_chat(linked.name)
                notes.keep(f"chat:{linked.name}", "")

    def tick(self, now: datetime) -> None:
        """Let time do its work, and queue what the chats must be told of it."""
        Tick(self.workshop.ledger, self.dispatch.announce).run(now)
        self.queue(now)

    def queue(self, now: datetime) -> None:
        """Queue what changed items ask for."""
        self.dispatch.cards(now)
        self.dispatch.fold_overflow(now)

    def rejudge(self, now: datetime) -> None:
        """Judge what could not be judged when it came."""
        self.workshop.pipeline.rejudge(now)
        self.queue(now)

    def summaries(self, now: datetime) -> None:
        """Queue the summary of the day before for each chat whose hour has come, once."""
        store = self.workshop.store
        for place in self.routes().all():
            manners = self.routes().manners(place.name)
            local = now.astimezone(manners.timezone)
            if local.time() < manners.summary_at:
                continue
            day = local.date() - timedelta(days=1)
            switched_on = [source.switched_on_at for source in store.sources.all()]
            first = min(switched_on, default=now).astimezone(manners.timezone).date()
            with store.writing():
                if not store.notes.day_done(place.name, "daily", day, now) or first > day:
                    continue
                store.outbox.put(
                    chat_id=place.chat_id,
                    topic=place.topic,
                    kind=Kind.SUMMARY,
                    dedupe=f"summary:{place.name}:{day}",
                    priority=Priority.DIGEST,
                    now=now,
                    payload=_summary(
                        place.name, day.isoformat(), self._judge_news(place.name, now)
                    ),
                )

    def _judge_news(self, chat: str, now: datetime) -> list[str]:
        """Return what became of the judge that a chat was not told yet; it is told now."""
        notes = self.workshop.store.notes
        told_until = notes.value(f"{JUDGE_NEWS}:{chat}")
        since = datetime.fromisoformat(told_until) if told_until else now - _NEWS_LAST
        news = notes.judge_news(since)
        if news:
            notes.keep(f"{JUDGE_NEWS}:{chat}", news[-1].at.isoformat())
        return [one.text for one in news]

    def health(self, now: datetime) -> None:
        """Tell every chat, once when it starts and once when it ends, that a source is blind.

        Items that are shown nowhere get their card.
        """
        self.dispatch.audit(now)
        for source in self.workshop.store.sources.all():
            if source.platform not in self.app.settings.connectors:
                continue  # it is read no more
            trouble = self._trouble(source, now)
            if trouble is None:
                self._tell_works_again(source.name, now)
            elif now - trouble.since >= _TOLD_AFTER:
                self._tell_blind(source.name, trouble, now)

    def _trouble(self, source: SourceRow, now: datetime) -> _Trouble | None:
        """Return since when a source fails or hangs; one that hangs gives not even an error."""
        if source.failing_since is not None:
            return _Trouble(since=source.failing_since, error=source.error or "")
        if self.app.time.factor != 1.0:
            return None
        patience = _PATIENCE + timedelta(seconds=_POLLS * self.app.every(source.platform))
        heard_at = max(source.last_ok_at or self.opened_at, self.opened_at)
        if now - heard_at >= patience:  # a long poll may give page after page
            heard_at = max(self.workshop.store.coverage.read_at(source.name) or heard_at, heard_at)
        if now - heard_at < patience:
            return None
        return _Trouble(since=heard_at, error="no answer has come")

    def _tell_blind(self, source: str, trouble: _Trouble, now: datetime) -> None:
        store, places = self.workshop.store, self.routes().all()
        if not places or store.notes.value(f"blind:{source}"):
            return
        with store.writing():
            store.notes.keep(f"blind:{source}", trouble.since.isoformat())
            for place in places:
                zone = self.routes().manners(place.name).timezone
                shown = trouble.since.astimezone(zone).strftime("%H:%M")
                text = (
                    f"⚠️ {source} cannot be read since {shown}: {trouble.error}."
                    " New posts there are not seen."
                )
                name = f"blind:{place.name}:{source}:{trouble.since}"
                self.dispatch.words(place, text, name, now)

    def _tell_works_again(self, source: str, now: datetime) -> None:
        store = self.workshop.store
        since = store.notes.value(f"blind:{source}")
        if not since:
            return
        with store.writing():
            store.notes.keep(f"blind:{source}", "")
            for place in self.routes().all():
                text = f"✅ {source} can be read again. What was posted meanwhile is being fetched."
                self.dispatch.words(place, text, f"works:{place.name}:{source}:{since}", now)

    def prune(self, now: datetime) -> None:
        """Forget what nobody needs: sent parcels, old look-ups of copies."""
        store = self.workshop.store
        with store.writing():
            store.outbox.prune(now - _KEEP_PARCELS)
            store.posts.forget_bands(now - _KEEP_BANDS)


def _summary(chat: str, day: str, news: list[str]) -> str:
    return json.dumps({"kind": "daily", "day": day, "chat": chat, "news": news})


def _routes(app: App, workshop: Workshop, *, terminal: bool) -> Routes:
    linked = [chat for chat in workshop.store.people.chats() if chat.name != TERMINAL or terminal]
    return Routes(app.settings, app.brands, linked, terminal=terminal)


def open_office(app: App, *, terminal: bool, demo: bool = False) -> Office:
    """Return the office of the calling thread."""
    workshop = app.workshop()
    drawing = Drawing(workshop.ledger, app.settings, demo=demo)
    dispatch = Dispatch(workshop.store, drawing, lambda: _routes(app, workshop, terminal=terminal))
    return Office(
        app=app,
        workshop=workshop,
        drawing=drawing,
        dispatch=dispatch,
        sending=SendingDesk(workshop.store, drawing),
        terminal=terminal,
        opened_at=app.time.now(),
    )
