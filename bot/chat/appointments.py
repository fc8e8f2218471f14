"""Times as people write them in a chat: "17:00", "tomorrow 9:00", "Mon 10:00", "9.3. 14:00", "2h".

They are meant in the zone of the chat. A time that a clock change skips is the same distance later;
one that comes twice is the first of the two.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale

from bot.chat.replies import MisspokenError
from bot.locale.tongue import SOURCE, mark, spoken, trc

_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")
_TWELVE = re.compile(r"(\d{1,2})(?::(\d{2}))?([ap])m", re.IGNORECASE)
_LENGTH = re.compile(r"\+?(?:\d{1,3}[dhm])+", re.IGNORECASE)
_PART = re.compile(r"(\d{1,3})([dhm])", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}))?[./]?")
_NUMBER = re.compile(r"\d+[./]\d+")  # a day and a month, or "1/2" and "2.5"
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_FILLERS = frozenset(
    ("in", "at", "on", "by", "saat", "o", "v", "в", "во", "к", "في", "الساعة", "ժամը")
)
_MOST_WORDS = 5  # of a time
_SHORTEST_NAME = 2  # letters of a weekday
_WEEK = 7
_YEARS = range(1970, 9000)  # beyond them an instant may have no date in another zone
HOW = mark("By when? Write 17:00, tomorrow 9:00, Mon 10:00, 2026-03-09 17:00, or 2h.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A time that was written, and the words that followed it."""

    at: datetime
    rest: str


def appointment(written: str, zone: ZoneInfo, now: datetime) -> Appointment:
    """Return the instant that `written` begins with, after `now` where a day is left open.

    Raises: MisspokenError where it begins with none.
    """
    said = written.split()
    for count in range(min(len(said), _MOST_WORDS), 0, -1):
        found = _instant(said[:count], zone, now)
        if found is not None:
            return Appointment(at=found, rest=" ".join(said[count:]))
    raise MisspokenError(HOW)


def _instant(said: Sequence[str], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return what these words together say, None where one of them says something else."""
    wanted = [word for word in said if word.casefold() not in _FILLERS]
    if len(wanted) < len(said) and said[-1] not in wanted:
        return None  # "17:00 by": the filler belongs to what follows
    if len(wanted) == 1 and _LENGTH.fullmatch(wanted[0]):
        return now + _length(wanted[0])
    instants = [
        _at(day, clock, zone) for clock, day in _moments(wanted, now.astimezone(zone).date())
    ]
    return next((at for at in instants if at > now), instants[-1] if instants else None)


def _moments(wanted: Sequence[str], today: date) -> Iterator[tuple[time, date]]:
    """Yield the time that one or two words say, on each day that is meant, the nearest first."""
    first, *rest = wanted or ("",)
    if len(rest) > 1:
        return
    last = rest[0] if rest else first
    before, after = _time(first), _time(last)
    days: tuple[date, ...] = (today, today + timedelta(days=1))
    if rest and after is not None:  # "9.12 14:00" has the day first, although it may be a time
        before, days = after, _days(first, today)
    elif rest:
        days = _days(last, today) if _stands_last(last) else ()
    if before is not None:
        yield from ((before, day) for day in days)


def _stands_last(word: str) -> bool:
    """Return whether a day may stand after its time: words begin so too, "we", "po", "1/2"."""
    return len(word.strip(",.")) > _SHORTEST_NAME and not _NUMBER.fullmatch(word)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _length(written: str) -> timedelta:
    parts = _PART.findall(written)
    return sum(
        (timedelta(**{_UNITS[unit.lower()]: int(count)}) for count, unit in parts), timedelta()
    )


def _time(word: str) -> time | None:
    if found := _TIME.fullmatch(word):
        return _clock(int(found[1]), int(found[2]))
    if found := _TWELVE.fullmatch(word):
        hour = int(found[1])
        if not 1 <= hour <= 12:
            return None
        return _clock(hour % 12 + 12 * (found[3].lower() == "p"), int(found[2] or 0))
    return None


def _clock(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _days(word: str, today: date) -> tuple[date, ...]:
    """Return the days that a word can mean, the nearest first; none where it names no day."""
    plain = _plain(word).strip(",.")
    if plain in {"today", _plain(trc("a day", "today"))}:
        return (today,)
    if plain in {"tomorrow", _plain(trc("a day", "tomorrow"))}:
        return (today + timedelta(days=1),)
    if found := _DATE.fullmatch(word):
        return tuple(_date(int(found[1]), int(found[2]), int(found[3])))
    if found := _DAY_MONTH.fullmatch(word):
        years = (int(found[3]),) if found[3] else (today.year, today.year + 1)
        return tuple(day for year in years for day in _date(year, int(found[2]), int(found[1])))
    ahead = [day for day in _WEEKDAYS if _named(day, plain)]
    if len(ahead) != 1:
        return ()
    first = today + timedelta(days=(ahead[0] - today.weekday()) % _WEEK)
    return (first, first + timedelta(days=_WEEK))


_WEEKDAYS = range(_WEEK)


def _named(day: int, word: str) -> bool:
    """Return whether a word is a weekday's name, or begins it, in English or as it is spoken."""
    if len(word) < _SHORTEST_NAME:
        return False
    return any(name.startswith(word) for name in _names(day))


def _names(day: int) -> Iterator[str]:
    for language in dict.fromkeys((SOURCE, spoken())):
        days = Locale(language).days["format"]
        for width in ("wide", "abbreviated"):
            yield _plain(days[width][day]).strip(".")


def _plain(word: str) -> str:
    """Return a word without case and signs on its letters: on a phone few people write them."""
    letters = unicodedata.normalize("NFD", word.casefold())
    return "".join(each for each in letters if not unicodedata.combining(each))


def _date(year: int, month: int, day: int) -> Iterator[date]:
    if year in _YEARS:
        with suppress(ValueError):
            yield date(year, month, day)
