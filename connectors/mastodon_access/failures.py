"""Failures of a Mastodon server, named in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from monitor.errors import (
    AuthError,
    ConnectorError,
    MonitorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)

PLATFORM = "mastodon"


class NoConnectionError(UnavailableError):
    """The server cannot be reached at all: no request can work now."""


class SilentError(UnavailableError):
    """No answer came in time: another try would take as long."""


class NotFoundError(UnavailableError):
    """The server knows no such thing, or does not show it to us."""


class NotOfferedError(UnavailableError):
    """The server has nothing that answers there; it says nothing of the thing asked for."""


class PassingError(UnavailableError):
    """A failure that the next try may not meet."""


class LoginRefusedError(AuthError):
    """The token itself is refused: no request can work."""


class Told(Protocol):
    """What is known of a server, and of what it last said."""

    wait: float  # seconds that its last refusal asked for
    logged_in: bool

    @property
    def was_page(self) -> bool:
        """Whether its last answer in this thread was a page for people."""
        ...


ENDS_A_SERVER = (RateLimitError, NoConnectionError, LoginRefusedError)  # for this poll


def rate_limited(server: str, seconds: float, now: datetime | None) -> RateLimitError:
    """Return the failure of a server that asks us to wait."""
    wait = timedelta(seconds=seconds)
    problem = f"{server}: too many requests, again in {seconds:.0f} s"
    return RateLimitError(PLATFORM, problem, now + wait if now else None, wait=wait)


@contextmanager
def translated(server: str, now: datetime | None, told: Told) -> Iterator[None]:
    """Name what goes wrong inside; `told` knows more of it than the error."""
    from mastodon.errors import MastodonError, MastodonRatelimitError

    # the client reads answers and headers without checking them, hence the built-in ones
    odd = (LookupError, ValueError, TypeError, AttributeError, RecursionError)
    try:
        yield
    except MastodonRatelimitError as error:
        raise rate_limited(server, told.wait, now) from error
    except MastodonError as error:
        raise _translated(server, error, told) from error
    except odd as error:
        problem = f"{server}: an answer that cannot be read ({type(error).__name__})"
        raise UnavailableError(PLATFORM, problem) from error


@contextmanager
def told_refusals() -> Iterator[None]:
    """Tell the member why the server takes no reply."""
    from mastodon.errors import MastodonAPIError

    try:
        yield
    except MastodonAPIError as error:
        status = _status(error)
        if status == 404:
            raise RefusedError("the post is gone, or this account may not see it") from error
        if status in (400, 403, 413, 422):
            raise RefusedError(f"the server refused: {_reason(error)}") from error
        raise


def _translated(server: str, error: Exception, told: Told) -> MonitorError:
    from mastodon.errors import MastodonNetworkError

    if isinstance(error, MastodonNetworkError):
        return _of_connection(server, error.__context__)
    return _of_status(server, _status(error), told)


def _of_connection(server: str, cause: BaseException | None) -> ConnectorError:
    kind = type(cause).__name__ if cause else "no answer"
    if kind in ("ReadTimeout", "ConnectTimeout"):
        return SilentError(PLATFORM, f"{server}: no whole answer came ({kind})")
    if kind in ("ChunkedEncodingError", "ContentDecodingError"):
        return PassingError(PLATFORM, f"{server}: no whole answer came ({kind})")
    return NoConnectionError(PLATFORM, f"{server}: cannot be reached ({kind})")


def _of_status(server: str, status: int, told: Told) -> ConnectorError:
    if status in (401, 403):
        return _refused(server, status, told)
    if status in (405, 501) or (status == 404 and told.was_page):
        return NotOfferedError(PLATFORM, f"{server}: nothing answers there ({status})")
    if status in (404, 410):
        return NotFoundError(PLATFORM, f"{server}: not found ({status})")
    if status >= 500:
        return PassingError(PLATFORM, f"{server}: answered {status}")
    if status:
        return UnavailableError(PLATFORM, f"{server}: answered {status}")
    return UnavailableError(PLATFORM, f"{server}: an answer that cannot be read")


def _refused(server: str, status: int, told: Told) -> AuthError:
    if not told.logged_in:
        return AuthError(PLATFORM, f"{server}: this is not shown without a token ({status})")
    if status == 401:
        return LoginRefusedError(PLATFORM, f"{server}: the token is refused (401)")
    return AuthError(PLATFORM, f"{server}: this may not be read with this token (403)")


def _status(error: Exception) -> int:
    """Return the HTTP status that the client noted: its second word."""
    found = error.args[1] if len(error.args) > 1 else 0
    return found if isinstance(found, int) else 0


def _reason(error: Exception) -> str:
    said = error.args[3] if len(error.args) > 3 and error.args[3] else error.args[1]
    return " ".join(str(said).split())[:200]
