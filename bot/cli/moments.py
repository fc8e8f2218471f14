"""Moments as people give them to a command: "2026-03-05", "2026-03-05T14:30", "24h" ago."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.durations import parse_duration
from monitor.errors import ConfigError

_YEARS = range(1900, 9000)  # beyond them an instant may have no date in another zone


def moment(text: str, option: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant that `text` names; one without a zone is meant in `zone`.

    A date is its first moment; a duration is so long before `now`.
    Raises: ConfigError that names `option`.
    """
    for read in (_ago, _begun, _given):
        found = read(text, zone, now)
        if found is not None and found.year in _YEARS:
            return found
    expected = "expected a date such as 2026-03-05, an instant such as 2026-03-05T14:30, or '24h'"
    raise ConfigError(f"{option}: {expected}, got {text!r}")


def moment_or_none(text: str | None, option: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the instant that `text` names, None for None. Raises: ConfigError."""
    return None if text is None else moment(text, option, zone, now)


def day(text: str | None, option: str, zone: ZoneInfo, now: datetime) -> date:
    """Return the date that `text` names; None is the present day of `zone`.

    Raises: ConfigError that names `option`, also for a day that has not come.
    """
    today = now.astimezone(zone).date()
    try:
        found = today if text is None else date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise ConfigError(f"{option}: expected a date such as 2026-03-05, got {text!r}")
    if found > today:
        raise ConfigError(f"{option}: {found} has not come yet")
    return found


def span(text: str, option: str) -> timedelta:
    """Return the length of time that `text` spells. Raises: ConfigError that names `option`."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}, got {text!r}") from None


def _ago(text: str, _: ZoneInfo, now: datetime) -> datetime | None:
    try:
        return now - parse_duration(text)
    except (ValueError, OverflowError):
        return None


def _begun(text: str, zone: ZoneInfo, _: datetime) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        return None


def _given(text: str, zone: ZoneInfo, _: datetime) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
