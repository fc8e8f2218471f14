"""Opening hours as a list of minutes: each is open or not, by what the clock on the wall shows.

Nothing is clever here. The whole year is looked at minute by minute, once; from then on time is
counted by adding minutes up. Instants are whole microseconds since 1970, in UTC.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
_EVENING = 24 * 60  # minutes of a day
Span = tuple[int, int]  # minutes after midnight of the day on which it opens; half-open
Week = tuple[tuple[Span, ...], ...]  # Monday first


@dataclass(frozen=True)
class Calendar:
    """When a team is there, as a settings file says it."""

    name: str
    zone: str
    week: Week
    country: str | None = None  # whose public holidays drop the spans that open on them
    closed: frozenset[date] = frozenset()
    extra: tuple[tuple[date, tuple[Span, ...]], ...] = ()

    @property
    def never_closes(self) -> bool:
        """Whether every moment is open."""
        whole = all((0, _EVENING) in spans for spans in self.week)
        return whole and self.country is None and not self.closed

    def opens_on(self, day: date) -> list[Span]:
        """Return the spans that open on a day."""
        shut = day in self.closed or (self.country and day in _rests(self.country, day.year))
        usual = [] if shut else list(self.week[day.weekday()])
        return [*usual, *(span for on, spans in self.extra if on == day for span in spans)]


def calendar_of(name: str, section: Mapping[str, object], zone: str) -> Calendar:
    """Return the calendar of a section of a settings file, as TOML reads it."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    extra = section.get("extra", {})
    return Calendar(
        name=name,
        zone=str(section.get("timezone", zone)),
        week=tuple(_spans(section.get(day, ())) for day in days),
        country=section.get("holidays"),  # type: ignore[arg-type]
        closed=frozenset(map(date.fromisoformat, section.get("closed", ()))),  # type: ignore[call-overload]
        extra=tuple(
            (date.fromisoformat(on), _spans(spans))
            for on, spans in extra.items()  # type: ignore[attr-defined]
        ),
    )


def around_the_clock() -> Calendar:
    """Return the calendar of a team that never sleeps."""
    return Calendar(name="around the clock", zone="UTC", week=(((0, _EVENING),),) * 7)


def _spans(spelled: object) -> tuple[Span, ...]:
    assert isinstance(spelled, Sequence)
    return tuple(map(_span, spelled))


def _span(spelled: str) -> Span:
    """Return "22:00-06:00" as minutes; what ends before it begins ends on the next day."""
    opens, closes = (_minutes(part) for part in spelled.split("-"))
    return opens, closes if closes > opens else closes + _EVENING


def _minutes(spelled: str) -> int:
    hours, minutes = spelled.split(":")
    return int(hours) * 60 + int(minutes)


@cache
def _rests(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


@dataclass
class Wall:
    """A calendar looked at minute by minute in [since, until)."""

    calendar: Calendar
    since: int
    until: int
    open: bytearray = field(init=False)
    before: "array[int]" = field(init=False)  # open minutes before each minute
    flips: list[int] = field(init=False)  # minutes at which it opens or closes

    def __post_init__(self) -> None:
        self.since -= self.since % MINUTE
        self.open = bytearray(self._looks())
        self.before = array("q", [0])
        self.flips = []
        for number, shown in enumerate(self.open):
            self.before.append(self.before[-1] + shown)
            if number and shown != self.open[number - 1]:
                self.flips.append(number)

    def _looks(self) -> Iterator[bool]:
        zone = ZoneInfo(self.calendar.zone)
        days: dict[date, list[Span]] = {}
        always = self.calendar.never_closes
        for instant in range(self.since, self.until, MINUTE):
            yield always or self._is_open(instant, zone, days)

    def _is_open(self, instant: int, zone: ZoneInfo, days: dict[date, list[Span]]) -> bool:
        """Return whether the clock on the wall shows a time within a span of that day or night."""
        local = datetime.fromtimestamp(instant // SECOND, zone)
        day, shown = local.date(), local.hour * 60 + local.minute
        if day not in days:
            days[day] = self.calendar.opens_on(day)
            eve = day - timedelta(days=1)
            days.setdefault(eve, self.calendar.opens_on(eve))
        spans, evening = days[day], days[day - timedelta(days=1)]
        return any(a <= shown < b for a, b in spans) or any(
            a <= shown + _EVENING < b for a, b in evening
        )

    def counted(self, start: int, end: int) -> int:
        """Return how much of [start, end) is open, 0 if it ends before it starts."""
        return max(self._upto(end) - self._upto(start), 0)

    def _upto(self, instant: int) -> int:
        number, rest = divmod(instant - self.since, MINUTE)
        return self.before[number] * MINUTE + rest * self.open[number]

    def after(self, start: int, amount: int) -> int | None:
        """Return the first instant by which `amount` was open since `start`; None: not in sight."""
        if amount <= 0:
            return start
        wanted = self._upto(start) + amount
        number = bisect_left(self.before, -(-wanted // MINUTE))
        if number >= len(self.before):
            return None
        began = self.before[number - 1] * MINUTE
        return self.since + (number - 1) * MINUTE + wanted - began

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Yield [start, end) in parts, each open or closed as a whole."""
        at = start
        place = bisect_right(self.flips, (start - self.since) // MINUTE)
        while at < end:
            flip = self.flips[place] if place < len(self.flips) else len(self.open)
            stop = min(end, self.since + flip * MINUTE)
            yield at, stop, bool(self.open[(at - self.since) // MINUTE])
            at, place = stop, place + 1
            if flip == len(self.open) and at < end:
                raise ValueError("the year that was looked at is over")
