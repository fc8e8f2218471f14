"""What an answer that is no success means, in the desk's words; and what ends a whole poll."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError

LONGEST_WAIT = 3600.0  # seconds; what asks for more is asked again after an hour
USUAL_WAIT = 60.0  # seconds, where a refusal does not say how long
WAIT_HEADERS = ("retry-after", "x-ratelimit-reset")


class NoConnectionError(UnavailableError):
    """The platform cannot be reached at all: no other request can work now."""


def problem(
    platform: str, status: int, headers: Mapping[str, str], now: datetime | None
) -> ConnectorError | None:
    """Return what an answer's status means; None: it can be used. Header names are small."""
    if status == 429:
        return rate_limited(platform, asked_wait(headers), now)
    if status in (401, 403):
        return AuthError(platform, f"reading is refused here ({status})")
    if status == 404:
        return UnavailableError(platform, "not found (404): is the name right?")
    return None if status in (200, 304) else UnavailableError(platform, f"answered {status}")


def rate_limited(platform: str, seconds: float, now: datetime | None) -> RateLimitError:
    """Return the error that says when to come again, if `now` is known."""
    at = now + timedelta(seconds=seconds) if now else None
    return RateLimitError(platform, f"too many requests, again in {seconds:.0f} s", at)


def asked_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds that a refusal asks us to wait; a usual time where it says nothing."""
    found = (_seconds(headers.get(name, ""), headers) for name in WAIT_HEADERS)
    return next((seconds for seconds in found if seconds is not None), USUAL_WAIT)


def _seconds(value: str, headers: Mapping[str, str]) -> float | None:
    try:
        if value.strip().replace(".", "", 1).isdigit():
            return min(float(value), LONGEST_WAIT)
        until, since = parsedate_to_datetime(value), parsedate_to_datetime(headers["date"])
        wait = (until.astimezone(UTC) - since.astimezone(UTC)).total_seconds()
        return min(max(wait, 0.0), LONGEST_WAIT)
    except (LookupError, ValueError, TypeError):
        return None
