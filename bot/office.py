"""What one thread does for the chats: its workshop, and what is queued and drawn from it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.chat.dispatch import Dispatch
from bot.chat.drawing import Drawing
from bot.chat.heatmaps import queue_picture
from bot.chat.payloads import PictureOrder, SummaryKind, SummaryOrder
from bot.chat.pictures import Easel, Sketch
from bot.chat.prompt import who_sits_here
from bot.chat.reply_views import Platforms
from bot.chat.routes import TERMINAL, TERMINAL_ID, Place, Routes
from bot.chat.sender import SendingDesk
from bot.chat.surges import SurgeNews
from bot.looking import Looking
from bot.saved_file import SavedFile
from bot.watching import Watching
from bot.wiring import App, Workshop
from monitor.clock.timeline import UNDO_WINDOW
from monitor.handling.ledger import Standing
from monitor.handling.policies import Policies
from monitor.handling.promises import PromiseBook
from monitor.handling.tick import Tick
from monitor.intake.surge import SurgeWatch
from monitor.model import Notice, Role
from monitor.report.crowds import Measure
from monitor.store.notes import JUDGE_NEWS
from monitor.store.outbox import Kind, Priority
from monitor.store.shifts import Why

_NEWS_LAST = timedelta(days=2)  # a chat that was told nothing yet hears no older ones
_WEEK_LATE = 2  # days, after which the week's summary that was missed is old news
_MOVED_AT_ONCE = 200  # items that are put under newer policies: well under a second
_KEEP_PARCELS = timedelta(days=7)
_KEEP_BANDS = timedelta(days=4)
_KEEP_LOOKS = timedelta(days=30)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everything the desk thread works with."""

    app: App
    workshop: Workshop
    drawing: Drawing
    dispatch: Dispatch
    sending: SendingDesk
    terminal: bool
    watching: Watching
    saved_file: SavedFile
    surge_watch: SurgeWatch
    looking: Looking | None = None  # for answers, before a breach is told

    def routes(self) -> Routes:
        """Return which chat gets what, as things stand now."""
        return _routes(self.app, self.workshop, terminal=self.terminal)

    def begin(self, now: datetime) -> None:
        """Link the chats of the settings, and put open items under the newest policies.

        What is held is thought of anew: shifts, quiet hours and chats may be others now.
        """
        self._link_chats(now)
        self._warn_of_nobody()
        with self.workshop.store.writing():
            self.workshop.store.shifts.look_again(now, *Why)
        Policies.adopt(self.workshop.store, self.app.settings, now)
        self.workshop.ledger.move_to_current(now)
        self.saved_file.adopt(now)

    def _warn_of_nobody(self) -> None:
        """Log the names in shifts that are nobody's: whoever they are, they are told nothing."""
        for shift, name in self.dispatch.shifts.unknown():
            _log.warning("shift %r: no agent, lead or manager here is called %r", shift, name)

    def _link_chats(self, now: datetime) -> None:
        people = self.workshop.store.people
        with self.workshop.store.writing():
            if self.terminal:
                people.link_chat(TERMINAL, TERMINAL_ID, now)
                people.join(who_sits_here(), 0, Role.MANAGER, now)
                return
            before = {chat.chat_id for chat in people.chats()}
            people.unlink_chat(TERMINAL)  # its window is gone: what it showed goes to the chats
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
        self.dispatch.release(now)
        Tick(self.workshop.ledger, self.dispatch.announce, self._holds).run(now)
        PromiseBook(self.workshop.ledger).tell(self.dispatch.announce, now)
        self.queue(now)

    def _holds(self, standing: Standing, notice: Notice, now: datetime) -> bool:
        looking, store = self.looking, self.workshop.store
        return looking is not None and looking.holds(store, standing, notice, now)

    def queue(self, now: datetime) -> None:
        """Queue what changed items ask for."""
        self.dispatch.cards(now)
        self.dispatch.fold_overflow(now)

    def rejudge(self, now: datetime) -> None:
        """Judge what could not be judged when it came."""
        self.workshop.pipeline.rejudge(now)
        self.queue(now)

    def surges(self, now: datetime) -> None:
        """Tell of surges that begin, grow and end."""
        if self.app.settings.surges.tell:
            self.surge_watch.look(now)

    def summaries(self, now: datetime) -> None:
        """Queue the summaries of each chat whose hour has come, once: the day's and the week's."""
        for place in self.routes().all():
            manners = self.routes().manners(place.name)
            local = now.astimezone(manners.timezone)
            if local.time() < manners.summary_at:
                continue
            yesterday = local.date() - timedelta(days=1)
            self._sum_up(place, SummaryKind.DAILY, yesterday, now)
            if manners.weekly_on is None:
                continue
            late = (local.weekday() - manners.weekly_on) % 7
            if late <= _WEEK_LATE:
                week_ends = yesterday - timedelta(days=late)
                self._sum_up(place, SummaryKind.WEEKLY, week_ends, now)

    def _sum_up(self, place: Place, kind: SummaryKind, day: date, now: datetime) -> None:
        """Queue what `day`, or the seven days that end with it, came to in a chat, once."""
        store = self.workshop.store
        switched_on = [source.switched_on_at for source in store.sources.all()]
        zone = self.routes().manners(place.name).timezone
        first = min(switched_on, default=now).astimezone(zone).date()
        with store.writing():
            if not store.notes.day_done(place.name, kind, day, now) or first > day:
                return
            told = self._judge_news(place.name, now) if kind is SummaryKind.DAILY else []
            order = SummaryOrder(kind=kind, day=day, chat=place.name, news=tuple(told))
            store.outbox.put(
                chat_id=place.chat_id,
                topic=place.topic,
                kind=Kind.SUMMARY,
                dedupe=f"summary:{kind}:{place.name}:{day}",
                priority=Priority.DIGEST,
                now=now,
                payload=order.model_dump_json(),
            )
            if kind is SummaryKind.DAILY:  # the week's comes beside it
                queue_picture(store.outbox, place, day, now)

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
        """Give items that are shown nowhere their card, and tell what became of the sources."""
        # Another process may have applied newer policies, or an item was opened again.
        self.workshop.ledger.move_to_current(now, most=_MOVED_AT_ONCE)
        self.dispatch.audit(now)
        self.watching.look(now)

    def prune(self, now: datetime) -> None:
        """Forget what nobody needs: sent parcels, old look-ups of copies, old coverage."""
        store = self.workshop.store
        with store.writing():
            store.outbox.prune(now - _KEEP_PARCELS)
            store.posts.forget_bands(now - _KEEP_BANDS)
            store.looks.forget(now - _KEEP_LOOKS)
            store.shifts.prune(now - self.app.settings.desk.keep)
            store.samples.prune(now - self.app.settings.desk.keep)
            store.customers.erase_deleted(now - UNDO_WINDOW)
            store.coverage.prune(now - self.app.settings.desk.keep, now)


def _routes(app: App, workshop: Workshop, *, terminal: bool) -> Routes:
    linked = [chat for chat in workshop.store.people.chats() if chat.name != TERMINAL or terminal]
    return Routes(app.settings, app.brands, linked, terminal=terminal)


def open_office(
    app: App,
    *,
    terminal: bool,
    demo: bool = False,
    looking: Looking | None = None,
    platforms: Platforms | None = None,
    easel: Easel | None = None,
) -> Office:
    """Return the office of the calling thread."""
    workshop = app.workshop()
    drawing = Drawing(workshop.ledger, app.settings, demo=demo, platforms=platforms, easel=easel)

    def routes() -> Routes:
        return _routes(app, workshop, terminal=terminal)

    dispatch = Dispatch(workshop.store, drawing, routes)
    return Office(
        app=app,
        workshop=workshop,
        drawing=drawing,
        dispatch=dispatch,
        sending=SendingDesk(workshop.store, drawing, dispatch.telling.fall_back),
        terminal=terminal,
        watching=Watching(app, workshop.store, routes, dispatch.words, app.time.now()),
        saved_file=SavedFile(app.settings.replies.file, workshop.store, app.brands),
        surge_watch=_surge_watch(app, workshop, routes),
        looking=looking,
    )


def sketched(app: App, order: PictureOrder, now: datetime, *, demo: bool = False) -> Sketch:
    """Return a picture before it is drawn, in a thread that has no office; its store is closed."""
    try:
        workshop = app.workshop()
        with workshop.store.reading():
            return Drawing(workshop.ledger, app.settings, demo=demo).sketch(order, now)
    finally:
        app.close_workshop()


def _surge_watch(app: App, workshop: Workshop, routes: Callable[[], Routes]) -> SurgeWatch:
    asked = app.settings.surges
    return SurgeWatch(
        workshop.store,
        app.brands,
        app.settings.desk.timezone,
        SurgeNews(workshop.store, routes).tell,
        Measure(people=asked.people, growth=asked.growth),
    )
