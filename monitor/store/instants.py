"""Instants as the database holds them: UTC text of fixed width, so that it sorts as time does."""

from datetime import UTC, datetime

_TO_MICROSECONDS = 26  # characters of "2026-03-06T16:00:00.000000"


def to_text(instant: datetime) -> str:
    """Return `instant` as 27 characters of UTC, such as ``2026-03-06T16:00:00.000000Z``."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    text = utc.isoformat(timespec="microseconds")
    return text[:_TO_MICROSECONDS] + "Z"


def to_text_or_none(instant: datetime | None) -> str | None:
    """Return `instant` as text, None for None."""
    return None if instant is None else to_text(instant)


def from_text(text: str) -> datetime:
    """Return the aware instant that `to_text` wrote."""
    return datetime.fromisoformat(text)


def from_text_or_none(text: str | None) -> datetime | None:
    """Return the aware instant, None for None."""
    return None if text is None else from_text(text)
