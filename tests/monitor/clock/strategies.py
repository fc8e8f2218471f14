"""Calendars and item histories for hypothesis, for the clock and for its reference alike."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from hypothesis import strategies as st

from monitor.clock.calendar import Calendar, Hours
from monitor.model import Event, EventKind, ItemId
from tests.monitor.clock.reference import Shop

K = EventKind
MINUTE = timedelta(minutes=1)
# A zone, its country, and days around which its clocks change or it rests.
PLACES = (
    ("Europe/Bratislava", "SK", date(2026, 3, 29)),
    ("Europe/Bratislava", "SK", date(2026, 10, 25)),
    ("Europe/Bratislava", "SK", date(2026, 12, 24)),
    ("America/Sao_Paulo", "BR", date(2018, 2, 18)),  # set back at midnight
    ("America/Sao_Paulo", "BR", date(2018, 11, 4)),  # midnight did not exist
    ("Asia/Yerevan", "AM", date(2011, 10, 30)),
    ("Asia/Yerevan", "AM", date(2026, 1, 1)),
    ("Africa/Cairo", "EG", date(2026, 4, 24)),  # midnight does not exist
    ("Africa/Cairo", "EG", date(2026, 10, 30)),
    ("Australia/Lord_Howe", "AU", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", "AU", date(2026, 10, 4)),
    ("Europe/Istanbul", "TR", date(2026, 5, 27)),
    ("Europe/Moscow", "RU", date(2026, 1, 8)),
    ("Asia/Riyadh", "SA", date(2026, 3, 20)),
    ("America/St_Johns", "CA", date(2010, 11, 7)),  # set back at one minute past midnight
    ("Pacific/Apia", "WS", date(2011, 12, 30)),  # a day that was left out
)
_hours = st.builds(
    lambda opens, length: (opens, opens + length),
    st.integers(0, 47).map(lambda half: half * 30) | st.integers(0, 1439),
    st.sampled_from((1, 30, 90, 240, 480, 540, 600, 1440)),
)
_day = st.lists(_hours, max_size=3)


@cache
def rest_days(country: str) -> frozenset[date]:
    """Return a country's public holidays in all the years that are looked at."""
    return frozenset(holidays.country_holidays(country, years=range(2009, 2029)))


@st.composite
def openings(draw: st.DrawFn) -> tuple[Calendar, Shop, date]:
    """Return a calendar, the same as a reference knows it, and a day worth looking at."""
    zone, country, day = draw(st.sampled_from(PLACES))
    week = draw(st.lists(_day, min_size=7, max_size=7).filter(any))
    rests = draw(st.booleans())
    near = st.integers(-4, 4).map(lambda shift: day + timedelta(days=shift))
    closed = draw(st.frozensets(near, max_size=2))
    extra = draw(st.dictionaries(near, _day, max_size=2))
    shop = Shop(ZoneInfo(zone), week, set(closed), extra)
    if rests:
        shop.shut |= rest_days(country)
    calendar = Calendar(
        name="office",
        timezone=ZoneInfo(zone),
        week=tuple(tuple(Hours(*span) for span in spans) for spans in week),
        holidays=country if rests else None,
        closed=closed,
        extra=tuple((on, tuple(Hours(*span) for span in spans)) for on, spans in extra.items()),
    )
    return calendar, shop, day


@st.composite
def instants(draw: st.DrawFn, day: date) -> datetime:
    """Return a whole minute within three days of `day`."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + draw(st.integers(-3 * 1440, 3 * 1440)) * MINUTE


_KINDS = (
    K.CUSTOMER_POST,
    K.CUSTOMER_POST,
    K.BRAND_REPLY,
    K.BRAND_REPLY,
    K.ANSWERED,
    K.REPLY_DELETED,
    K.POST_DELETED,
    K.CLAIMED,
    K.RELEASED,
    K.LEASE_ENDED,
    K.WAITING,
    K.SNOOZED,
    K.RESUMED,
    K.RESOLVED,
    K.REOPENED,
    K.VOIDED,
    K.RESTORED,
    K.UNDONE,
)
_gap = st.sampled_from((0, 1, 2, 4, 5, 6, 9, 30, 70, 200))
_lag = st.sampled_from((0, 0, 1, 3, 7, 20, 90))
_few = st.integers(1, 3)
_posts = st.sampled_from(("p0", "p2", "p3", "p4"))
_pause = st.sampled_from((1, 30, 300))


@st.composite
def histories(draw: st.DrawFn, start: datetime) -> list[Event]:
    """Return what happened to an item that was first seen at `start`, as it was recorded."""
    posted_at = start - draw(_lag) * MINUTE
    first = Event(
        id=1, item=ItemId(1), kind=K.OPENED, at=start, recorded_at=start, key="p0",
        posted_at=posted_at,
    )  # fmt: skip
    events, now = [first], start
    likely = draw(st.lists(st.sampled_from(_KINDS), min_size=1, max_size=5))
    for kind in draw(st.lists(st.sampled_from(likely), max_size=10)):
        now += draw(_gap) * MINUTE
        event = Event(id=len(events) + 1, item=ItemId(1), kind=kind, at=now, recorded_at=now)
        event = _detailed(draw, event, len(events))
        known = [each for each in events if each.kind is kind and each.key == event.key]
        if (
            known and kind is K.BRAND_REPLY
        ):  # the same reply again: it was written when it was written
            event = replace(event, at=known[0].at)
        events.append(event)
    return events


def _detailed(draw: st.DrawFn, event: Event, before: int) -> Event:
    """Return the event with what its kind says besides."""
    detail: dict[EventKind, dict[str, Any]] = {
        K.CUSTOMER_POST: {
            "key": f"p{event.id}",
            "posted_at": event.at - draw(_lag) * MINUTE,
            "wants_answer": draw(st.integers(0, 3)) > 0,
        },
        K.BRAND_REPLY: {"key": f"r{draw(_few)}", "at": event.at - draw(_lag) * MINUTE},
        K.REPLY_DELETED: {"key": f"r{draw(_few)}"},
        K.POST_DELETED: {"key": draw(_posts)},
        K.REOPENED: {"key": draw(_posts | st.none())},
        K.RESTORED: {"key": draw(_posts | st.none())},
        K.WAITING: {"until": event.at + draw(_pause) * MINUTE},
        K.SNOOZED: {"until": event.at + draw(_pause) * MINUTE if draw(st.booleans()) else None},
        K.UNDONE: {"ref": draw(st.integers(2, max(2, before)))},
    }
    return replace(event, **detail.get(event.kind, {}))
