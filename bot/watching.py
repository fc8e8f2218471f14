"""What the chats are told of the sources: blind, resting, slowed down, overtaken, quiet.

Each is told once when it begins; the end is told, too, where somebody waits for it. What was told
is noted in the store, so a restart tells nothing twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.chat.routes import Place, Routes
from bot.chat.wording import clock, day_clock, length, listed, one_line
from bot.locale.tongue import mark, speaking, tr, trn
from bot.wiring import App
from monitor.report import habits
from monitor.report.coverage import Hole, partly_read_at, still_open
from monitor.report.habits import Habit
from monitor.store.notes import PARTLY, QUIET, RESTS
from monitor.store.sources import SourceRow
from monitor.store.store import Store

Tell = Callable[[Place, str, str, datetime], None]  # a chat, the words, their name, now
Words = Callable[[ZoneInfo, str], str]  # what to tell in a zone and a language

_TOLD_AFTER = timedelta(minutes=5)  # a source that fails for less is not worth a message
_PATIENCE = timedelta(minutes=10)  # with a source of which nothing is heard, beside its polls
_POLLS = 3
_LONG_REST = timedelta(hours=1)
_FOLDED = timedelta(hours=1)  # a source that is overtaken again and again is told once in it
_HOLES_LAST = timedelta(days=2)  # what was missed earlier is found in the coverage
_SLOWED = 1.5  # times as long between two polls as the settings say
_MOST_SPANS = 5
_NO_ANSWER = mark("no answer has come")
_BLIND = mark("⚠️ {source} cannot be read since {when}: {why}. New posts there are not seen.")
_ANSWERS_BLIND = mark(
    "⚠️ {source} cannot be read since {when}: {why}."
    " Answers given there stop no clock until it can be."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """Why a source is blind, and since when."""

    since: datetime
    error: str
    partly: bool = False  # the rest of it is read


class Watching:
    """Looks after the sources for the desk thread."""

    def __init__(
        self, app: App, store: Store, routes: Callable[[], Routes], tell: Tell, opened_at: datetime
    ) -> None:
        self._app = app
        self._store = store
        self._routes = routes
        self._tell = tell
        self._opened_at = opened_at
        self._habits: dict[str, tuple[datetime, Habit | None]] = {}  # as of an hour

    def look(self, now: datetime) -> None:
        """Tell every chat what became of the sources since the last look."""
        if not self._routes().all():
            return  # a chat that comes later is told what holds then
        for source in self._store.sources.all():
            if source.platform not in self._app.settings.connectors:
                continue  # it is read no more
            self._outage(source, now)
            self._overtaken(source, now)
            if source.name == source.platform:  # the own accounts rest and pause with it
                self._rest(source, now)
                self._slowed(source, now)
                self._silence(source, now)

    # ------------------------------------------------------------ it fails

    def _outage(self, source: SourceRow, now: datetime) -> None:
        if self._is_being_read(source, now):
            return  # whether all of it is read again is known when that poll ends
        trouble = self._trouble(source, now)
        if trouble is None:
            self._works_again(source, now)
        elif now - trouble.since < _TOLD_AFTER:
            return
        elif trouble.partly:
            self._partly_blind(source.name, trouble, now)
        else:
            self._blind(source.name, trouble, now)

    def _is_being_read(self, source: SourceRow, now: datetime) -> bool:
        """Return whether a poll is under way that gave something since the one that failed."""
        read_at = self._store.coverage.read_at(source.name)
        if source.failing_since is None or source.failed_at is None or read_at is None:
            return False
        return read_at > source.failed_at and now - read_at < self._patience(source)

    def _patience(self, source: SourceRow) -> timedelta:
        return _PATIENCE + _POLLS * self._every(source)

    def _trouble(self, source: SourceRow, now: datetime) -> _Trouble | None:
        """Return since when a source fails or hangs; one that hangs gives not even an error."""
        patience = self._patience(source)
        if source.failing_since is not None:
            return self._failure(source, source.failing_since, now - patience)
        if self._app.time.factor != 1.0:
            return None
        known = (source.last_ok_at, source.rests_until, self._opened_at)
        heard_at = max(each for each in known if each is not None)
        if now - heard_at >= patience:  # a long poll may give page after page
            heard_at = max(self._store.coverage.read_at(source.name) or heard_at, heard_at)
        if now - heard_at < patience:
            return None
        return _Trouble(since=heard_at, error=_NO_ANSWER)

    def _failure(self, source: SourceRow, since: datetime, lately: datetime) -> _Trouble:
        """Return what fails: all of a source, or a part while the rest was read since `lately`."""
        error, read_at = source.error or "", partly_read_at(self._store, source)
        if read_at is None:
            return _Trouble(since=since, error=error)
        partly = read_at > lately
        return _Trouble(since=since if partly else read_at, error=error, partly=partly)

    def _every(self, source: SourceRow) -> timedelta:
        usual = timedelta(seconds=self._app.every(source.platform))
        return max(source.pace or usual, usual)

    def _blind(self, source: str, trouble: _Trouble, now: datetime) -> None:
        def told(zone: ZoneInfo, language: str) -> str:
            since = clock(trouble.since, zone, language)
            how = _ANSWERS_BLIND if ":" in source else _BLIND
            return tr(how, source=_named(source), when=since, why=_why(source, trouble))

        if not self._noted("blind", source):
            self._note(f"{PARTLY}:{source}", "")
            self._say(f"blind:{source}", trouble.since.isoformat(), told, now)

    def _partly_blind(self, source: str, trouble: _Trouble, now: datetime) -> None:
        blind_since = self._noted("blind", source)
        if self._noted(PARTLY, source) and not blind_since:
            return

        def told(zone: ZoneInfo, language: str) -> str:
            since = clock(trouble.since, zone, language)
            why, named = _why(source, trouble), _named(source)
            if blind_since:
                return tr(
                    "✅ {source} can be read again, but not all of it: {why}.",
                    source=named,
                    why=why,
                )
            return tr(
                "⚠️ {source} is read only in part since {when}: {why}. What fails is not seen.",
                source=named,
                when=since,
                why=why,
            )

        self._note(f"blind:{source}", "")
        name = f"{trouble.since.isoformat()}:{blind_since}"
        self._say(f"{PARTLY}:{source}", trouble.since.isoformat(), told, now, name=name)

    def _works_again(self, source: SourceRow, now: datetime) -> None:
        again = {
            "blind": mark(
                "✅ {source} can be read again. What was posted meanwhile is being fetched."
            ),
            PARTLY: mark(
                "✅ {source} can be read as a whole again."
                " What was posted meanwhile is being fetched."
            ),
        }
        for kind, how in again.items():
            since = self._noted(kind, source.name)
            if since and source.rests_until is not None:
                self._note(f"{kind}:{source.name}", "")  # it is not read, for another reason
            elif since:
                self._say(
                    f"{kind}:{source.name}",
                    "",
                    partial(_of_source, how, source.name),
                    now,
                    f"works:{since}",
                )

    # ------------------------------------------------------------ it is left alone, or read less

    def _rest(self, source: SourceRow, now: datetime) -> None:
        """Tell of a rest that is long, or in which something is missed by habit."""
        told = self._noted(RESTS, source.name)
        if source.rests_until is None or source.rests_until <= now:
            if told and source.rests_until is None:
                self._rested(source, now)
            return
        if not told and self._is_unbearable(source, source.rests_until, now):
            self._rests(source, source.rests_until, now)

    def _rests(self, source: SourceRow, until: datetime, now: datetime) -> None:
        def words(zone: ZoneInfo, language: str) -> str:
            why = one_line(source.rests_why or tr("it asked for that"), 200).rstrip(".")
            return tr(
                "⏸️ {source} is not read until {when}: {why}."
                " What is posted meanwhile is read then, as far as the platform still gives it.",
                source=source.name,
                when=day_clock(until, zone, language),
                why=why,
            )

        self._say(f"{RESTS}:{source.name}", until.isoformat(), words, now)

    def _rested(self, source: SourceRow, now: datetime) -> None:
        if source.failing_since is not None:
            self._note(f"{RESTS}:{source.name}", "")
            return
        words = partial(_of_source, mark("▶️ {source} is read again."), source.name)
        until = self._noted(RESTS, source.name)
        self._say(f"{RESTS}:{source.name}", "", words, now, name=f"rested:{until}")

    def _is_unbearable(self, source: SourceRow, until: datetime, now: datetime) -> bool:
        """Return whether a rest is longer than the source's habit bears."""
        if until - now >= _LONG_REST:
            return True
        known = [self._store.coverage.read_at(source.name), source.last_ok_at]
        since = max((each for each in known if each is not None), default=self._opened_at)
        if now - since < habits.SHORTEST:
            return False
        habit = self._habit(source.name, now)
        if habit is None:
            return now - since >= _LONG_REST
        return replace(habit, unread=()).expected(since, now) >= 1.0

    def _slowed(self, source: SourceRow, now: datetime) -> None:
        usual, month = timedelta(seconds=self._app.every(source.platform)), f"{now:%Y-%m}"
        if source.pace is None or source.pace < _SLOWED * usual:
            return
        pace = source.pace

        def words(_: ZoneInfo, language: str) -> str:
            return tr(
                "🐢 {source} is read every {every} instead of every {before}, so that this"
                " month's money lasts. Posts there are seen later.",
                source=source.name,
                every=length(pace, language),
                before=length(usual, language),
            )

        if self._noted("slowed", source.name) != month:
            self._say(f"slowed:{source.name}", month, words, now)

    # ------------------------------------------------------------ it was overtaken

    def _overtaken(self, source: SourceRow, now: datetime) -> None:
        told_id, _, told_at = self._noted("overtaken", source.name).partition(" ")
        if told_at and now - datetime.fromisoformat(told_at) < _FOLDED:
            return
        after = int(told_id or 0)
        found = self._store.coverage.cut_short(source.name, after, now - _HOLES_LAST)
        holes = still_open(self._store, found, self._app.settings.desk.look_back)
        if not holes:
            return

        def words(zone: ZoneInfo, language: str) -> str:
            told = tr(
                "⚠️ {source} gave less than was posted. Not read: {times}.",
                source=source.name,
                times=_spans(holes, zone, language),
            )
            if source.name != source.platform:
                return told
            fill = f"mentiondesk backfill {source.platform} --holes"
            return f"{told} " + tr("To read it: {command}", command=fill)

        note = f"{max(each.id for each in found)} {now.isoformat()}"
        self._say(f"overtaken:{source.name}", note, words, now)

    # ------------------------------------------------------------ it is quiet

    def _silence(self, source: SourceRow, now: datetime) -> None:
        heard_at = self._heard_at(source.name)
        if heard_at is None or self._app.time.factor != 1.0:
            return
        told = self._noted(QUIET, source.name)
        if told and heard_at > datetime.fromisoformat(told):
            words = partial(_of_source, mark("🔊 {source} has new posts again."), source.name)
            self._say(f"{QUIET}:{source.name}", "", words, now, name=f"heard:{told}")
        elif not told and not self._is_away(source, now):
            self._quiet(source.name, heard_at, now)

    def _quiet(self, source: str, heard_at: datetime, now: datetime) -> None:
        habit = self._habit(source, now)
        if habit is None or habits.quiet(habit, heard_at, now) is None:
            return
        latest = self._habit(source, now, anew=True)  # what was not read since is no silence
        found = habits.quiet(latest, heard_at, now) if latest else None
        if found is None:
            return
        expected = round(found.expected)

        def words(zone: ZoneInfo, language: str) -> str:
            since = day_clock(heard_at, zone, language)
            return trn(
                "🔇 {source} is quieter than it ever is at this time of the week: nothing new"
                " since {when}, where some {count} post is usual. It gives no error:"
                " look whether its search still finds what is posted there.",
                "🔇 {source} is quieter than it ever is at this time of the week: nothing new"
                " since {when}, where some {count} posts are usual. It gives no error:"
                " look whether its search still finds what is posted there.",
                expected,
                source=source,
                when=since,
            )

        self._say(f"{QUIET}:{source}", heard_at.isoformat(), words, now)

    def _is_away(self, source: SourceRow, now: datetime) -> bool:
        resting = source.rests_until is not None and source.rests_until > now
        return resting or source.failing_since is not None

    def _heard_at(self, source: str) -> datetime | None:
        """Return when the newest mention of a source was posted, None if it never gave one."""
        queries = self._store.coverage.queries()
        known = (each.newest_at for each in queries if each.source == source)
        return max((each for each in known if each is not None), default=None)

    def _habit(self, source: str, now: datetime, *, anew: bool = False) -> Habit | None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        as_of, known = self._habits.get(source, (None, None))
        if anew or as_of != hour:
            reads = self._store.coverage.reads(now - habits.WEEKS, sources=[source])
            known = habits.habit(reads, now)
            self._habits[source] = (hour, known)
        return known

    # ------------------------------------------------------------ telling

    def _noted(self, kind: str, source: str) -> str:
        return self._store.notes.value(f"{kind}:{source}") or ""

    def _note(self, key: str, value: str) -> None:
        with self._store.writing():
            self._store.notes.keep(key, value)

    def _say(self, key: str, value: str, words: Words, now: datetime, name: str = "") -> None:
        """Tell every chat, and note under `key` that it was told: both or neither."""
        routes = self._routes()
        with self._store.writing():
            self._store.notes.keep(key, value)
            for place in routes.all():
                manners = routes.manners(place.name)
                with speaking(manners.language):
                    text = words(manners.timezone, manners.language)
                self._tell(place, text, f"{key}:{name or value}:{place.name}", now)


def _named(source: str) -> str:
    """Return what a source is called, with a word on what the brands' own accounts are read for."""
    return tr("{source} (our own answers)", source=source) if ":" in source else source


def _why(source: str, trouble: _Trouble) -> str:
    """Return the error without the platform before it: the sentence names it already."""
    platform = source.partition(":")[0]
    return tr(one_line(trouble.error.removeprefix(f"{platform}: "), 200).rstrip("."))


def _of_source(how: str, source: str, _zone: ZoneInfo, _language: str) -> str:
    return tr(how, source=_named(source))


def _spans(holes: Sequence[Hole], zone: ZoneInfo, language: str) -> str:
    told = listed(_span(each, zone, language) for each in holes[:_MOST_SPANS])
    if (rest := len(holes) - _MOST_SPANS) > 0:
        return trn("{list} and {count} more", "{list} and {count} more", rest, list=told)
    return told


def _span(hole: Hole, zone: ZoneInfo, language: str) -> str:
    since, until = (day_clock(each, zone, language) for each in (hole.since, hole.until))
    return f"{one_line(hole.query)} {since} – {until}"
