"""Spans of time and opening hours as people write them in the settings: "90s", "22:00-06:00"."""

import re
from datetime import timedelta

DAY_MINUTES = 24 * 60
LONGEST = timedelta(days=36500)  # beyond it, an instant plus a duration could leave the calendar
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,10})([smhd])")
_OPEN_SPAN = re.compile(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])")


def parse_duration(text: str) -> timedelta:
    """Return what "90s", "5m", "24h" or "7d" means.

    Raises: `ValueError` for anything else, for nothing at all and for more than 36,500 days.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("expected a duration such as '2h'")
    length = _bounded(int(found[1]), _UNITS[found[2]])
    if length <= timedelta():
        raise ValueError("expected a duration longer than nothing, such as '2h'")
    return length


def _bounded(number: int, unit: str) -> timedelta:
    try:
        length = timedelta(**{unit: number})
    except OverflowError:
        length = timedelta.max
    if length > LONGEST:
        raise ValueError("expected a duration of at most '36500d'")
    return length


def spell_duration(length: timedelta) -> str:
    """Return `length` in the largest unit that divides it: "90s", "5m", "24h", "7d"."""
    seconds = int(length.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def parse_open_span(text: str) -> tuple[int, int]:
    """Return the minutes after midnight at which "HH:MM-HH:MM" opens and closes, half-open.

    A span that crosses midnight closes after 1,440: "22:00-06:00" is (1320, 1800).

    Raises: `ValueError` if the text is no such span, or the span is empty.
    """
    found = _OPEN_SPAN.fullmatch(text)
    if found is None:
        raise ValueError("expected hours such as '08:00-17:00'")
    opens = int(found[1]) * 60 + int(found[2])
    closes = int(found[3]) * 60 + int(found[4])
    if opens >= DAY_MINUTES or closes > DAY_MINUTES:
        raise ValueError("expected hours between '00:00' and '24:00'")
    if opens == closes:
        raise ValueError("expected hours that do not end where they begin (a day is '00:00-24:00')")
    return opens, closes if closes > opens else closes + DAY_MINUTES
