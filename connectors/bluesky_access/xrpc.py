"""Requests to a PDS or the AppView, over HTTP; what goes wrong becomes one of our errors.

The atproto SDK would cost 0.7 s and some 55 MB at import for these few calls, and its models
refuse records of unknown shape, which anybody may write.
Source: atproto.com/specs/xrpc; recorded answers of a PDS and an AppView.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from weakref import finalize

from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_random

from connectors.bluesky_access.failures import (
    PLATFORM,
    InvalidError,
    LoginRefusedError,
    NotThereError,
)
from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 3  # of what only reads
_NOT_THERE = frozenset({"NotFound", "RecordNotFound", "BlockedActor", "BlockedByActor"})
_EXPIRED = frozenset({"ExpiredToken", "InvalidToken"})
_LONGEST = timedelta(days=1)  # no wait that a server asks for is believed beyond it
_log = logging.getLogger(__name__)

Params = Sequence[tuple[str, str]]
Payload = Mapping[str, Any]


class ExpiredError(AuthError):
    """A token is no longer taken: another one may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was answered, and when by the server's own clock."""

    body: Payload
    at: datetime | None


class Xrpc:
    """A client for one or several servers."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._client: httpx.Client | None = None
        self.requests = 0

    def get(
        self,
        base: str,
        method: str,
        params: Params,
        *,
        token: str = "",
        now: datetime | None = None,
        attempts: int = ATTEMPTS,
    ) -> Answered:
        """Return the answer of a query. Raises: `ConnectorError`."""

        def ask() -> "httpx.Response | str":
            return self._send("GET", base, method, token, params=list(params))

        return self._read(_repeated(ask, attempts), now)

    def post(
        self, base: str, method: str, body: Payload | None = None, *, token: str = ""
    ) -> Answered:
        """Return the answer of a procedure, which is called once. Raises: `ConnectorError`."""
        return self._read(self._send("POST", base, method, token, json=body), None)

    def _send(
        self, verb: str, base: str, method: str, token: str, **content: Any
    ) -> "httpx.Response | str":
        """Return the answer, or in words why there is none."""
        import httpx

        self.requests += 1
        headers = {"authorization": f"Bearer {token}"} if token else {}
        url = f"{base.rstrip('/')}/xrpc/{method}"
        if content.get("json", ...) is None:
            content = {}
        try:
            return self._opened().request(verb, url, headers=headers, **content)
        except httpx.TimeoutException:
            return "no answer in time"
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            return f"no connection ({' '.join(str(error).split())[:120] or type(error).__name__})"

    def _opened(self) -> "httpx.Client":
        import httpx

        if self._client is None:
            self._client = httpx.Client(
                timeout=self._timeout_s, headers={"user-agent": "mentiondesk/1"}
            )
            finalize(self, self._client.close)
        return self._client

    def _read(self, answer: "httpx.Response | str", now: datetime | None) -> Answered:
        if isinstance(answer, str):
            raise UnavailableError(PLATFORM, answer)
        at = _date(answer)
        if answer.is_success and not answer.content:
            return Answered(body={}, at=at)
        try:
            body = answer.json()
        except (ValueError, RecursionError):
            body = None
        body = body if isinstance(body, dict) else None
        if not answer.is_success:
            raise _failure(answer, body or {}, now)
        if body is None:
            raise UnavailableError(PLATFORM, "an answer that is no JSON object")
        return Answered(body=body, at=at)


def _repeated(ask: "Callable[[], httpx.Response | str]", attempts: int) -> "httpx.Response | str":
    trying: Retrying = Retrying(
        stop=stop_after_attempt(attempts),
        wait=wait_random(0.1, 0.6),
        retry=retry_if_result(lambda found: isinstance(found, str) or found.status_code >= 500),
    )
    try:
        return trying(ask)
    except RetryError as error:
        last: httpx.Response | str = error.last_attempt.result()
        return last


def _failure(answer: "httpx.Response", body: Payload, now: datetime | None) -> ConnectorError:
    status, name = answer.status_code, str(body.get("error", ""))
    said = " ".join(str(body.get("message") or name or f"HTTP {status}").split())[:200]
    if status == 429:
        return RateLimitError(PLATFORM, f"asks us to wait ({said})", _retry_at(answer, now))
    if name in _EXPIRED:
        return ExpiredError(PLATFORM, said)
    if name in _NOT_THERE or status == 404:
        return NotThereError(PLATFORM, said)
    if status in (401, 403):
        return LoginRefusedError(PLATFORM, f"refused ({said})")
    if status < 500:
        return InvalidError(PLATFORM, f"refused ({said})")
    return UnavailableError(PLATFORM, f"HTTP {status} ({said})")


def _retry_at(answer: "httpx.Response", now: datetime | None) -> datetime | None:
    """Return when a server may be asked again, by its own clock where ours is not at hand."""
    here = now or _date(answer)
    wait = answer.headers.get("retry-after", "")
    if wait.isdigit() and here is not None:
        return here + min(timedelta(seconds=min(int(wait), 10**6)), _LONGEST)
    reset = answer.headers.get("ratelimit-reset", "")
    if not reset.isdigit():
        return None
    try:
        at = datetime.fromtimestamp(int(reset), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if here is None else min(max(at, here), here + _LONGEST)


def _date(answer: "httpx.Response") -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return None
