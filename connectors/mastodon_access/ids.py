"""Ids of a Mastodon server: texts that grow, and on most servers say when a post was made.

Source: Mastodon documentation, "Guidelines: pagination"; lib/mastodon/snowflake.rb (the upper
bits are milliseconds, a post of another server gets the id of its own time, not of its arrival).
"""

from datetime import datetime, timedelta

FIRST = "0"  # below every id
_BITS = 16
_NEAR = timedelta(days=1)
_EARLIEST = 1_451_606_400  # seconds: the beginning of 2016, the year of the first server


def rank(name: str) -> tuple[int, str]:
    """Return what ids sort by: their length, then their value."""
    return (len(name), name)


def above(instant: datetime) -> str:
    """Return the id above which everything posted at `instant` or later stands."""
    milliseconds = int(instant.timestamp() * 1000)
    return str(max(0, (milliseconds << _BITS) - 1))


def is_of_time(name: str, now: datetime) -> bool:
    """Whether an id looks as if it was made of a time, of any until `now`."""
    if not name.isdecimal() or len(name) > 25:
        return False
    return _EARLIEST < (int(name) >> _BITS) / 1000 < (now + _NEAR).timestamp()


def tells_time(name: str, posted_at: datetime) -> bool:
    """Whether an id was made of the time of its post."""
    if not name.isdecimal() or len(name) > 25:
        return False
    return abs((int(name) >> _BITS) / 1000 - posted_at.timestamp()) < _NEAR.total_seconds()
