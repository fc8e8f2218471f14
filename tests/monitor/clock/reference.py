"""A slow second opinion: the clock's rules, walked minute by minute. Knows nothing of the clock.

Instants are whole minutes. It looks at every minute on its own and keeps what it sees in lists.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import Event, EventKind

MINUTE = timedelta(minutes=1)
WINDOW = timedelta(minutes=5)
K = EventKind


@dataclass
class Shop:
    """Opening hours: spans of minutes after midnight, by weekday and by date."""

    zone: ZoneInfo
    week: list[list[tuple[int, int]]]
    shut: set[date] = field(default_factory=set)  # closed days and holidays
    extra: dict[date, list[tuple[int, int]]] = field(default_factory=dict)
    seen: dict[datetime, bool] = field(default_factory=dict)

    def is_open(self, minute: datetime) -> bool:
        """Return whether the clock on the wall shows an open time."""
        if minute not in self.seen:
            local = minute.astimezone(self.zone)
            shown = local.hour * 60 + local.minute
            yesterday = local.date() - timedelta(days=1)
            self.seen[minute] = self._within(local.date(), shown) or self._within(
                yesterday, shown + 1440
            )
        return self.seen[minute]

    def _within(self, day: date, shown: int) -> bool:
        spans = [] if day in self.shut else self.week[day.weekday()]
        return any(a <= shown < b for a, b in [*spans, *self.extra.get(day, [])])

    def minutes(self, start: datetime, end: datetime) -> int:
        """Return how many minutes of [start, end) are open."""
        return sum(self.is_open(each) for each in walk(start, end))

    def due(self, start: datetime, minutes: int, limit: datetime) -> datetime | None:
        """Return when so many open minutes have gone by; None if not before `limit`."""
        for each in walk(start, limit):
            if minutes == 0:
                return each
            minutes -= self.is_open(each)
        return None


def walk(start: datetime, end: datetime) -> Iterable[datetime]:
    """Yield each minute of [start, end)."""
    while start < end:
        yield start
        start += MINUTE


@dataclass
class Ran:
    """A clock as it ran; `end` None: it still does; `gone`: nobody asked any more."""

    start: datetime
    end: datetime | None
    proven: bool = False
    gone: bool = False
    away: set[datetime] = field(default_factory=set)  # minutes that do not count


@dataclass
class Asked:
    """A post that wants an answer."""

    seen: datetime
    posted: datetime
    learnt: int
    gone: datetime | None


def counts(event: Event, events: list[Event]) -> bool:
    """Return whether an event was not undone, or its undoing was undone."""
    return not any(
        each.kind is K.UNDONE and each.ref == event.id and counts(each, events) for each in events
    )


def responses(given: list[Event]) -> list[Ran]:
    """Return the response cycles; `given` is in the order of recording, numbered from 1."""
    events = [each for each in given if each.kind is not K.UNDONE and counts(each, given)]
    opened = next(each for each in events if each.kind is K.OPENED)
    asked = sorted(_asked(events), key=lambda ask: (ask.seen, ask.posted))
    everybody = list(asked)
    ran: list[Ran] = []
    start, after, learnt, begun = opened.at, opened.posted_at, opened.id, opened.recorded_at
    assert after is not None
    while True:
        gone = _gone_at(asked if learnt in {a.learnt for a in asked} else everybody, start)
        chosen, settled = _stop(events, _fits(start, after, gone), learnt, begun)
        if chosen is None:
            ran.append(Ran(start=start, end=gone, gone=gone is not None))
        else:
            replied = chosen.kind is K.BRAND_REPLY
            ran.append(Ran(start=start, end=chosen.at, proven=replied))
        if ran[-1].end is None:
            return ran
        asked = [a for a in asked if a.learnt != learnt and not _answered(ran[-1], chosen, a)]
        again = None if chosen is None else _left_alone(events, after, learnt, settled)
        if again is not None and _gone_at(everybody, again[0].at) == again[0].at:
            again = None
        if again is not None and (not asked or again[0].at < asked[0].seen):
            event, deleted = again
            start, after, learnt, begun = event.at, deleted.at, event.id, event.recorded_at
        elif asked:
            first = asked[0]
            start, after, learnt = first.seen, first.posted, first.learnt
            begun = events[[each.id for each in events].index(learnt)].recorded_at
        else:
            return ran


def _asked(events: list[Event]) -> Iterable[Asked]:
    for event in events:
        if event.kind is K.OPENED or (event.kind is K.CUSTOMER_POST and event.wants_answer):
            posted = event.posted_at
            assert posted is not None
            yield Asked(event.at, posted, event.id, _gone(events, event))


def _gone(events: list[Event], post: Event) -> datetime | None:
    """Return when a post was deleted, unless it came back."""
    gone: datetime | None = None
    for event in events:
        if event.kind is K.POST_DELETED and event.key == post.key and event.id > post.id:
            gone = gone or event.at
        elif event.kind is K.RESTORED and event.key in (None, post.key):
            gone = None
    return gone


def void_since(given: list[Event]) -> datetime | None:
    """Return since when an item is void: dismissed, or all its posts are gone."""
    events = [each for each in given if each.kind is not K.UNDONE and counts(each, given)]
    since: datetime | None = None
    for event in events:
        if event.kind is K.VOIDED:
            since = since or event.at
        elif event.kind is K.RESTORED:
            since = None
    posts = [each for each in events if each.kind in (K.OPENED, K.CUSTOMER_POST)]
    gone = [at for at in (_gone(events, post) for post in posts) if at is not None]
    return since or (max(gone) if len(gone) == len(posts) else None)


def _gone_at(asked: list[Asked], start: datetime) -> datetime | None:
    """Return the first minute from `start` on in which nobody asks."""
    last = max([start, *(ask.gone for ask in asked if ask.gone is not None)])
    for minute in walk(start, last + MINUTE):
        known = [a for a in asked if a.seen <= minute]
        if all(a.gone is not None and a.gone <= minute for a in known):
            return minute
    return None


def _fits(start: datetime, after: datetime, gone: datetime | None) -> Callable[[Event], bool]:
    def fits(event: Event) -> bool:
        if gone is not None and event.at > gone:
            return False
        if event.kind is K.BRAND_REPLY:
            return event.at > after
        return event.kind is K.ANSWERED and event.at >= start

    return fits


def _stop(
    events: list[Event], fits: Callable[[Event], bool], learnt: int, begun: datetime
) -> tuple[Event | None, datetime]:
    """Return what stopped a clock, as it stood once nothing had changed for five minutes."""
    minute, changed, chosen = begun, begun, _best(events, fits, lambda e: e.id <= learnt)
    end = max(event.recorded_at for event in events) + 2 * WINDOW
    while minute <= end and not (chosen is not None and minute > changed + WINDOW):
        now = minute
        for upto in [e.id for e in events if e.recorded_at == now and e.id > learnt]:
            seen = _best(events, fits, lambda e, upto=upto: e.id <= upto)  # type: ignore[misc]
            if seen is not chosen:
                chosen, changed = seen, minute
        minute += MINUTE
    return chosen, changed + WINDOW


def _best(
    events: list[Event], fits: Callable[[Event], bool], known: Callable[[Event], bool]
) -> Event | None:
    replies = _standing([e for e in events if known(e)], fits)
    if replies:
        return min(replies, key=lambda e: e.at)
    taps = [e for e in events if known(e) and e.kind is K.ANSWERED and fits(e)]
    return min(taps, key=lambda e: e.at, default=None)


def _standing(events: list[Event], fits: Callable[[Event], bool]) -> list[Event]:
    standing: list[Event] = []
    for event in events:
        if event.kind is K.REPLY_DELETED:
            standing = [each for each in standing if each.key != event.key]
        elif event.kind is K.BRAND_REPLY and fits(event):
            standing += [] if event.key in [each.key for each in standing] else [event]
    return standing


def _answered(ran: Ran, by: Event | None, ask: Asked) -> bool:
    assert ran.end is not None
    if by is not None and by.kind is K.BRAND_REPLY:
        return ask.posted < ran.end
    return ask.seen <= ran.end


def _left_alone(
    events: list[Event], after: datetime, learnt: int, settled: datetime
) -> tuple[Event, Event] | None:
    """Return the deletion after which no answer stood, and the reply that was deleted."""
    for event in events:
        if event.kind is K.REPLY_DELETED and event.id > learnt and event.recorded_at > settled:
            before = _standing([e for e in events if e.id < event.id], lambda e: e.at > after)
            deleted = [each for each in before if each.key == event.key]
            if deleted and len(before) == 1:
                return event, deleted[0]
    return None


def claims(given: list[Event], answered: list[Ran]) -> list[Ran]:
    """Return the claim cycles, those that end at once among them."""
    events = [each for each in given if each.kind is not K.UNDONE and counts(each, given)]
    ran: list[Ran] = []
    resolved = False
    for event in events:
        first = event.kind is K.OPENED
        if event.kind is K.RESOLVED:
            resolved = True
        if event.kind is K.REOPENED and not resolved:
            continue
        if event.kind is K.REOPENED:
            resolved = False
        if not first and event.kind not in (K.RELEASED, K.LEASE_ENDED, K.REOPENED):
            continue
        if ran and (ran[-1].end is None or ran[-1].end > event.at):
            continue
        if not first and not _owed(answered, event.at):
            continue
        ran.append(Ran(start=event.at, end=_taken(events, event)))
    return ran


def _taken(events: list[Event], start: Event) -> datetime | None:
    after = start.posted_at if start.kind is K.OPENED and start.posted_at else start.at

    def takes(event: Event) -> bool:
        if event.kind is K.BRAND_REPLY:
            return event.at > after
        taken = event.kind in (K.CLAIMED, K.ANSWERED, K.RESOLVED) and event.id > start.id
        return taken and event.at >= start.at

    changed, best = start.recorded_at, None
    for event in events:
        late = event.id > start.id and best is not None and event.recorded_at > changed + WINDOW
        if late:
            break
        if takes(event) and (best is None or event.at < best):
            best = event.at
            changed = max(event.recorded_at, start.recorded_at)
    return best


def resolutions(
    given: list[Event], answered: list[Ran], now: datetime, silence: timedelta
) -> list[Ran]:
    """Return the resolution cycles, walked from first seen to `now`."""
    events = [each for each in given if each.kind is not K.UNDONE and counts(each, given)]
    opened = next(each for each in events if each.kind is K.OPENED)
    paused = paused_minutes(events, now)
    ran = [Ran(start=opened.at, end=None)]
    quiet: datetime | None = None
    settled, void = opened.at, False
    for minute in walk(opened.at, now + MINUTE):
        here = [each for each in events if each.at == minute]
        if _said(minute, here, answered, paused, opened):
            quiet = None if _owed(answered, minute) or minute in paused else minute
        for event in [each for each in here if each.kind in (K.RESOLVED, K.REOPENED)]:
            settled = _act(ran, event, settled)
        if ran[-1].end is not None and _asked_again(answered, minute):
            _reopen(ran, minute, minute <= settled)
        for event in [each for each in here if each.kind in (K.VOIDED, K.RESTORED)]:
            void = event.kind is K.VOIDED
        silent = quiet is not None and minute - quiet >= silence
        if ran[-1].end is None and silent and not void:
            ran[-1].end, settled = minute, minute + WINDOW
    for each in ran:
        each.away |= paused
    return ran


def _act(ran: list[Ran], event: Event, settled: datetime) -> datetime:
    if event.kind is K.RESOLVED and ran[-1].end is None:
        ran[-1].end = event.at
        return event.recorded_at + WINDOW
    if event.kind is K.REOPENED and ran[-1].end is not None:
        _reopen(ran, event.at, event.recorded_at <= settled)
    return settled


def _asked_again(answered: list[Ran], minute: datetime) -> bool:
    begun = [each for each in answered[1:] if each.start == minute]
    return any(each.end is None or each.end > minute for each in begun)


def _owed(answered: list[Ran], minute: datetime) -> bool:
    return any(r.start <= minute and (r.end is None or minute < r.end) for r in answered)


def _reopen(ran: list[Ran], minute: datetime, goes_on: bool) -> None:
    end = ran[-1].end
    assert end is not None
    if goes_on:
        ran[-1].away |= set(walk(end, minute))
        ran[-1].end = None
    else:
        ran.append(Ran(start=minute, end=None))


def _asks(event: Event) -> bool:
    """Return whether a question opened an item again: it ends a wait that no Resolve had ended."""
    return event.kind is K.REOPENED and event.key is not None


def _said(
    minute: datetime, here: list[Event], answered: list[Ran], paused: set[datetime], opened: Event
) -> bool:
    talk = (
        K.OPENED,
        K.CUSTOMER_POST,
        K.BRAND_REPLY,
        K.REPLY_DELETED,
        K.ANSWERED,
        K.REOPENED,
        K.RESTORED,
    )
    changed = (minute in paused) != (minute - MINUTE in paused)
    act = any(each.kind in (*talk, K.WAITING, K.SNOOZED) for each in here)
    return act or changed or minute == opened.at or any(r.end == minute for r in answered)


def paused_minutes(events: list[Event], now: datetime) -> set[datetime]:
    """Return the minutes up to `now` in which a pause held."""
    found: set[datetime] = set()
    first = min(each.at for each in events)
    until: datetime | None = first
    waits = False
    for minute in walk(first, now + timedelta(days=1)):
        for event in [each for each in events if each.at == minute]:
            if event.kind in (K.WAITING, K.SNOOZED):
                until, waits = event.until, event.kind is K.WAITING
            elif event.kind in (K.RESUMED, K.RESOLVED) or (_asks(event) and waits):
                until = first
        if until is None or minute < until:
            found.add(minute)
    return found
