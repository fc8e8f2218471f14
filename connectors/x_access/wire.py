"""What passes to and from X: its address, a time limit, a count, and the limits it states."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from requests.adapters import HTTPAdapter

HOST = "https://api.twitter.com"  # a literal in tweepy
LONGEST_SECONDS = 2**33  # an epoch beyond is no epoch


@dataclass(slots=True)
class Wire:
    """One client's connection."""

    base_url: str
    timeout: float  # seconds, for connecting and between two bytes
    sent: Callable[[], None]  # called for each request that leaves
    status: int = 0  # of the last answer; 0: none came
    headers: Mapping[str, str] = field(default_factory=dict)  # of the last answer
    resets: dict[str, datetime] = field(default_factory=dict)  # kinds whose limit is used up
    rights: str = ""  # what X said last of what the keys may do
    said_at: datetime | None = None  # X's own time with the last answer

    def leaving(self) -> None:
        """Note that a request leaves."""
        self.status, self.headers = 0, {}
        self.sent()

    def heard(self, kind: str, status: int, headers: Mapping[str, str]) -> None:
        """Note what an answer of one kind of request says of limits and rights."""
        self.status, self.headers = status, headers
        self.rights = headers.get("x-access-level", self.rights)
        reset = epoch(headers.get("x-rate-limit-reset"))
        if headers.get("x-rate-limit-remaining", "").strip() == "0" and reset is not None:
            self.resets[kind] = reset
        else:
            self.resets.pop(kind, None)
        try:
            self.said_at = parsedate_to_datetime(headers["date"]).astimezone(UTC)
        except (LookupError, ValueError, TypeError):
            self.said_at = None


def epoch(value: str | None) -> datetime | None:
    """Return the instant that a header gives in epoch seconds, None if it gives none."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LONGEST_SECONDS else None


def lay(session: "Session", wire: Wire) -> None:
    """Lead all that `session` sends to X over `wire`."""
    session.mount(HOST, _adapter(wire))
    session.max_redirects = 0  # no token is carried elsewhere


def quiet() -> None:
    """Keep the clients' own loggers from writing what is sent: tokens are among it."""
    for name in ("tweepy", "oauthlib", "requests_oauthlib", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _adapter(wire: Wire) -> "HTTPAdapter":
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        """Sends to the address of the settings, with a time limit."""

        def send(self, request: "PreparedRequest", *args: Any, **kwargs: Any) -> "Response":
            request.url = readdressed(str(request.url), wire.base_url)
            wire.leaving()
            kwargs["timeout"] = wire.timeout
            answer = super().send(request, *args, **kwargs)
            if epoch(answer.headers.get("x-rate-limit-reset")) is None:
                answer.headers.pop("x-rate-limit-reset", None)  # tweepy stumbles over it
            return answer

    return Adapter()


def readdressed(url: str, base_url: str) -> str:
    """Return `url` at the address that the settings give, below its path."""
    asked, base = urlsplit(url), urlsplit(base_url)
    path = f"{base.path.rstrip('/')}{asked.path}"
    return urlunsplit((base.scheme, base.netloc, path, asked.query, ""))
