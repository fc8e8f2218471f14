"""Instants as the reference takes them: whole microseconds since 1970."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
FOREVER = 10**18
_FAR = datetime(9000, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Return an instant in microseconds; one that never comes is `FOREVER`."""
    return FOREVER if at > _FAR else (at - _EPOCH) // _TICK


def micros_or_none(at: datetime | None) -> int | None:
    """Return an instant in microseconds, None for None."""
    return None if at is None else micros(at)


def length(span: timedelta) -> int:
    """Return a length in microseconds."""
    return span // _TICK


def instant(at: int) -> datetime:
    """Return the instant of so many microseconds."""
    return _EPOCH + timedelta(microseconds=at)
