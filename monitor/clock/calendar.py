"""Business hours: when a calendar is open, and how much open time lies between two instants.

One rule decides everything, clock changes too: a moment counts when the clock on the wall of the
calendar's time zone shows a time that lies within an open span. All arithmetic is in UTC.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.clock.reasons import WEEKDAYS, Because, Reason, on_weekday
from monitor.durations import parse_open_span
from monitor.errors import ConfigError
from monitor.sections import WeekSettings

DAY_MINUTES = 24 * 60
DAY = timedelta(days=1)
NO_TIME = timedelta()
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)  # before anything that happens
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # stands for an instant that does not come
LONGEST_CLOSURE = 10 * 366 * DAY  # after so long without an open minute, none is looked for
REACH = 200 * 366 * DAY  # nothing is looked for beyond
_SAMPLE = timedelta(hours=6)  # no zone changes its clocks twice within so short a time


class Hours(NamedTuple):
    """An open span of a day: [opens, closes) in minutes after local midnight.

    A span that crosses midnight closes after 1,440 and belongs to the day on which it opens.
    """

    opens: int
    closes: int


class Window(NamedTuple):
    """[opens, closes): instants in UTC."""

    opens: datetime
    closes: datetime


class Closure(NamedTuple):
    """[start, end) within closed hours, and why they are closed."""

    start: datetime
    end: datetime
    why: Reason


WHOLE_DAY = Hours(0, DAY_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When the clocks of a policy run. Raises: ConfigError if the week has no open hours."""

    name: str
    timezone: ZoneInfo
    week: tuple[tuple[Hours, ...], ...]  # Monday to Sunday
    holidays: str | None = None  # ISO 3166 country, or country and part: "SK", "DE-BY"
    closed: frozenset[date] = frozenset()  # local dates on which no span of the week opens
    extra: tuple[tuple[date, tuple[Hours, ...]], ...] = ()  # open besides, holiday or not
    never_closes: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a week that is never open, and spans that are none."""
        where = f"calendar.{self.name}"
        if len(self.week) != len(WEEKDAYS) or not any(self.week):
            raise ConfigError(f"{where}: expected opening hours on at least one day of the week")
        for hours in chain(*self.week, *(spans for _, spans in self.extra)):
            if not 0 <= hours.opens < min(hours.closes, DAY_MINUTES):
                raise ConfigError(f"{where}: expected hours such as '08:00-17:00'")
            if hours.closes > 2 * DAY_MINUTES:
                raise ConfigError(f"{where}: expected hours that end by the next day's midnight")
        daily = all(WHOLE_DAY in spans for spans in self.week)
        never_closes = daily and self.holidays is None and not self.closed
        object.__setattr__(self, "never_closes", never_closes)


AROUND_THE_CLOCK = Calendar(
    name="around the clock", timezone=ZoneInfo("UTC"), week=((WHOLE_DAY,),) * 7
)


def calendar_of(given: WeekSettings) -> Calendar:
    """Return the hours that a section of the settings gives."""
    return Calendar(
        name=given.name,
        timezone=given.timezone,
        week=tuple(map(hours_of, given.week)),
        holidays=given.holidays,
        closed=frozenset(given.closed),
        extra=tuple((day, hours_of(spans)) for day, spans in sorted(given.extra.items())),
    )


def hours_of(spans: Iterable[str]) -> tuple[Hours, ...]:
    """Return spans as the settings write them, "08:00-12:00", as hours of a day."""
    return tuple(Hours(*parse_open_span(each)) for each in spans)


def windows(calendar: Calendar, start: datetime) -> Iterator[Window]:
    """Yield the open hours from `start` on, merged and in order; the first is cut at `start`.

    Ends where no open minute comes within ten years of the last one, and after 200 years.
    """
    if calendar.never_closes:
        yield Window(start, NEVER)
        return
    pending = Window(start, start)
    for opens, closes in _windows_of_months(calendar, start):
        if opens <= pending.closes:
            pending = Window(pending.opens, closes)
            continue
        if pending.closes > pending.opens:
            yield pending
        pending = Window(opens, closes)
    if pending.closes > pending.opens:
        yield pending


def business_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return how much open time lies in [start, end); none if `end` comes before `start`."""
    if end <= start:
        return NO_TIME
    if calendar.never_closes:
        return end - start
    total = NO_TIME
    for year, month in _months(start, end):
        total += _month(calendar, year, month).between(start, end)
    return total


def due_at(
    calendar: Calendar, start: datetime, target: timedelta, *, passed: bool = False
) -> datetime:
    """Return the first instant at which `target` open time has gone by since `start`.

    With `passed`, the instant after which more than `target` has gone by: it is a later one only
    where the target ends as the doors close, since nothing counts until they open again.
    `NEVER` where the calendar does not open for so long.
    """
    left = target
    if left <= NO_TIME and not passed:
        return start
    for opens, closes in windows(calendar, start):
        length = closes - opens
        if length > left or (length == left and not passed):
            return opens + left
        left -= length
    return NEVER


def windows_on(calendar: Calendar, day: date) -> tuple[Window, ...]:
    """Return when the spans that open on a local date are open, in order, and not merged."""
    begins = datetime.combine(day, time(), UTC) - 2 * DAY
    offsets = tuple(_offsets(calendar.timezone, begins, begins + 6 * DAY))
    found = (_Stretch.of(day, hours).instants(offsets) for hours in _hours(calendar, day))
    return tuple(sorted(chain.from_iterable(found)))


def closures(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Closure]:
    """Yield [start, end), which must lie in closed hours, cut at local midnights, with reasons."""
    while start < end:
        day = start.astimezone(calendar.timezone).date()
        until = min(end, _day_ends_at(calendar.timezone, day, start))
        yield Closure(start, until, _why_closed(calendar, day))
        start = until


class _Month(NamedTuple):
    """The windows of one UTC month, cut at its borders."""

    begins: datetime
    ends: datetime
    windows: tuple[Window, ...]
    closings: tuple[datetime, ...]
    total: timedelta

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time of this month that lies in [start, end)."""
        if start <= self.begins and end >= self.ends:
            return self.total
        total = NO_TIME
        for opens, closes in self.windows[bisect_right(self.closings, start) :]:
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total


def _months(start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """Yield the UTC months that [start, end) touches."""
    year, month = start.year, start.month
    while (year, month) <= (end.year, end.month):
        yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _windows_of_months(calendar: Calendar, start: datetime) -> Iterator[Window]:
    latest = start
    for year, month in _months(start, min(start + REACH, NEVER - DAY)):
        found = _month(calendar, year, month)
        if found.begins - latest > LONGEST_CLOSURE:
            return
        yield from found.windows[bisect_right(found.closings, start) :]
        latest = found.closings[-1] if found.windows else latest


@lru_cache(maxsize=4096)
def _month(calendar: Calendar, year: int, month: int) -> _Month:
    begins = datetime(year, month, 1, tzinfo=UTC)
    ends = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    offsets = tuple(_offsets(calendar.timezone, begins, ends))
    # A span lasts for two days at the most, and no zone is a day away from UTC.
    first, last = begins.date() - 3 * DAY, ends.date() + DAY
    days = ((first + DAY * number) for number in range((last - first).days + 1))
    found = (
        _Stretch.of(day, hours).instants(offsets) for day in days for hours in _hours(calendar, day)
    )
    merged = tuple(_merged(sorted(chain.from_iterable(found))))
    total = sum((closes - opens for opens, closes in merged), NO_TIME)
    return _Month(begins, ends, merged, tuple(closes for _, closes in merged), total)


def _merged(ordered: Iterable[Window]) -> Iterator[Window]:
    pending: Window | None = None
    for window in ordered:
        if pending is None or window.opens > pending.closes:
            if pending is not None:
                yield pending
            pending = window
        else:
            pending = Window(pending.opens, max(pending.closes, window.closes))
    if pending is not None:
        yield pending


def _hours(calendar: Calendar, day: date) -> Iterator[Hours]:
    """Yield the spans that open on a local date: a closed day drops its own spans, whole."""
    if day not in calendar.closed and _holiday(calendar, day) is None:
        yield from calendar.week[day.weekday()]
    for date_, spans in calendar.extra:
        if date_ == day:
            yield from spans


def _holiday(calendar: Calendar, day: date) -> str | None:
    """Return the name of the public holiday on `day`, or None."""
    if calendar.holidays is None:
        return None
    return public_holidays(calendar.holidays, day.year).get(day)


@lru_cache(maxsize=1024)
def public_holidays(country: str, year: int) -> dict[date, str]:
    """Return the public holidays of a country, or of a part of one ("DE-BY"), with their names.

    Raises: ConfigError if the country is not known. Source: the `holidays` package.
    """
    from holidays import country_holidays  # slow to import, and many desks need none

    code, _, part = country.partition("-")
    try:
        found = country_holidays(code, subdiv=part or None, years=year, expand=False)
    except NotImplementedError:
        raise ConfigError(
            f"expected a country's code such as 'SK' or 'DE-BY', got '{country}'"
        ) from None
    return dict(found.items())


class _Offset(NamedTuple):
    """[since, until) in UTC, in which local time is UTC and `ahead`."""

    since: datetime
    until: datetime
    ahead: timedelta


class _Stretch(NamedTuple):
    """[opens, closes) as a local clock shows it: naive, since clocks show no offset."""

    opens: datetime
    closes: datetime

    @classmethod
    def of(cls, day: date, hours: Hours) -> "_Stretch":
        """Return the local times of a span that opens on `day`."""
        midnight = datetime.combine(day, time())
        return cls(
            midnight + timedelta(minutes=hours.opens), midnight + timedelta(minutes=hours.closes)
        )

    def instants(self, offsets: Iterable[_Offset]) -> Iterator[Window]:
        """Yield when a local clock shows these times: twice over where it was set back."""
        opens, closes = self.opens.replace(tzinfo=UTC), self.closes.replace(tzinfo=UTC)
        for since, until, ahead in offsets:
            window = Window(max(opens - ahead, since), min(closes - ahead, until))
            if window.opens < window.closes:
                yield window


def _offsets(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[_Offset]:
    """Yield [start, end), cut where the zone's clocks are changed."""
    since, ahead = start, _ahead(zone, start)
    at = start
    while at < end:
        following = min(at + _SAMPLE, end)
        if _ahead(zone, following) != ahead:
            changed = _change(zone, at, following)
            yield _Offset(since, changed, ahead)
            since, ahead = changed, _ahead(zone, following)
        at = following
    if since < end:
        yield _Offset(since, end, ahead)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second at which the zone's clocks are changed, within (before, after]."""
    ahead = _ahead(zone, before)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = _ahead(zone, before + timedelta(seconds=middle)) == ahead
        low, high = (middle, high) if same else (low, middle)
    return before + timedelta(seconds=high)


def _ahead(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or NO_TIME


def _day_ends_at(zone: ZoneInfo, day: date, at: datetime) -> datetime:
    """Return when the local date `day`, which `at` falls on, gives way to another."""
    day_before = datetime.combine(day, time(), UTC) - 2 * DAY
    offsets = _offsets(zone, day_before, day_before + 5 * DAY)
    spans = _merged(sorted(_Stretch.of(day, WHOLE_DAY).instants(offsets)))
    return next(closes for _, closes in spans if closes > at)


def _why_closed(calendar: Calendar, day: date) -> Reason:
    if day in calendar.closed:
        return Reason(because=Because.CLOSED, detail=day.isoformat())
    holiday = _holiday(calendar, day)
    if holiday is not None:
        return Reason(because=Because.HOLIDAY, detail=holiday)
    if not calendar.week[day.weekday()]:
        return on_weekday(day)
    return Reason(because=Because.OUTSIDE)
