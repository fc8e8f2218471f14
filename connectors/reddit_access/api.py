"""Reddit's API through PRAW: logged in, paced, and with every failure named in our words.

Listings are asked for slice by slice instead of through PRAW's generators: those take an empty
slice for the end, and end there without a word when the post they follow was deleted.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from connectors.fetching.failures import NoConnectionError
from connectors.listing.reading import Slice
from connectors.reddit_access.failures import (
    PLATFORM,
    AnswerLostError,
    LoginRefusedError,
)
from connectors.reddit_access.payloads import to_mentions
from monitor.errors import (
    AuthError,
    MonitorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)
from monitor.model import Mention

if TYPE_CHECKING:
    import praw
    from prawcore import Requestor
    from requests import Response

PATIENCE = 5.0  # seconds to wait inside a call for the next budget; beyond, the poll ends
LONGEST_WAIT = 3600.0  # seconds; Reddit's own window is 600
WAIT_HEADERS = ("retry-after", "x-ratelimit-reset")
REPLYING = "/api/comment/"
DELETING = "/api/del/"
PLAIN_REFUSALS = {
    "DELETED_COMMENT": "the post was deleted",
    "THREAD_LOCKED": "the thread is locked",
    "TOO_OLD": "the thread is too old for replies",
    "TOO_LONG": "the text is too long for Reddit",
    "NO_TEXT": "the reply is empty",
}
_WAIT = re.compile(r"(\d+) (millisecond|second|minute|hour)")
_SECONDS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0}


class _TooManyError(Exception):
    """Reddit answered 429; `seconds` is how long it asks us to wait, if it said."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _LostError(Exception):
    """What PRAW must not repeat: a reply whose answer did not come."""


@dataclass(slots=True)
class Wire:
    """What passes to and from Reddit: one request at a time, counted, with a time limit."""

    timeout: float  # seconds, for connecting and between two bytes
    requests: int = 0
    ready_at: float = 0.0  # monotonic seconds: the budget is empty until then
    lock: Lock = field(default_factory=Lock)

    def send(self, request: "Callable[[], Response]", *, once: bool) -> "Response":
        """Return the answer to `request`; one that may be sent only `once` is not repeated."""
        from prawcore import RequestException

        try:
            with self.lock:
                self.requests += 1
                answer = request()
        except RequestException as error:
            error.request_kwargs = {}  # the password is among them
            if once:
                raise RequestException(_LostError(), (), {}) from error
            raise
        return self._checked(answer, once=once)

    def _checked(self, answer: "Response", *, once: bool) -> "Response":
        from prawcore import RequestException

        if answer.status_code == 429:
            raise _TooManyError(_wait(answer.headers))
        if once and (answer.status_code >= 500 or answer.status_code == 408):
            raise RequestException(_LostError(), (), {})
        self._note_budget(answer)
        return answer

    def _note_budget(self, answer: "Response") -> None:
        """Note when the budget is empty; drop headers that prawcore would stumble over."""
        try:
            left = int(float(answer.headers["x-ratelimit-remaining"]))
            reset = int(float(answer.headers["x-ratelimit-reset"]))
            used = int(float(answer.headers["x-ratelimit-used"]))
        except (KeyError, ValueError, OverflowError):
            answer.headers.pop("x-ratelimit-remaining", None)
            return
        answer.headers.update({"x-ratelimit-reset": str(reset), "x-ratelimit-used": str(used)})
        self.ready_at = time.monotonic() + reset if left <= 0 else 0.0

    @property
    def left(self) -> float:
        """Seconds until the budget is filled again; 0 or less: now."""
        return self.ready_at - time.monotonic()


class RedditApi:
    """Reddit's API with a key, and perhaps a login."""

    def __init__(self, reddit: "praw.Reddit", wire: Wire, site: str) -> None:
        self._reddit = reddit
        self._wire = wire
        self.site = site

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return self._wire.requests

    def get(self, path: str, params: Mapping[str, Any], now: datetime | None) -> Any:
        """Return the JSON value that `path` answers."""
        self._hold(now)
        with _translated_errors(now):
            return self._reddit.request(method="GET", path=path, params=dict(params))

    def listing(self, path: str, params: Mapping[str, str], now: datetime | None) -> Slice:
        """Return one slice of a listing, newest first."""
        return to_slice(self.get(path, params, now), self.site)

    def post_reply(self, fullname: str, text: str) -> list[Any]:
        """Post `text` under `fullname` and return what Reddit made of it, without repeating it."""
        self._hold(None)
        data = {"thing_id": fullname, "text": text}
        with _translated_errors(None), _told_refusals():
            answer = self._reddit.request(method="POST", path=REPLYING, data=data)
        return _posted(answer)

    def delete(self, fullname: str) -> None:
        """Delete a post of the account that is logged in; it may be deleted twice."""
        self._hold(None)
        with _translated_errors(None):
            self._reddit.request(method="POST", path=DELETING, data={"id": fullname})

    def _hold(self, now: datetime | None) -> None:
        """End the poll instead of sleeping long inside PRAW."""
        left = self._wire.left
        if left > PATIENCE:
            raise _rate_limited(left, now)


def open_api(
    secrets: Mapping[str, str], reddit_url: str, oauth_url: str, agent: str, timeout: float
) -> RedditApi:
    """Return the API for the key in `secrets`; no request is made yet."""
    import praw

    _quiet()
    wire = Wire(timeout=timeout)
    reddit = praw.Reddit(
        client_id=secrets["client_id"],
        client_secret=secrets.get("client_secret"),
        username=secrets.get("username"),
        password=secrets.get("password"),
        refresh_token=None,
        user_agent=agent,
        reddit_url=reddit_url,
        oauth_url=oauth_url,
        check_for_updates=False,
        check_for_async=False,
        ratelimit_seconds=1,
        requestor_class=_requestor_class(wire),
    )
    return RedditApi(reddit, wire, reddit_url)


def _quiet() -> None:
    """Keep the clients' own loggers from writing what is sent, and each retry of an outage."""
    for name in ("praw", "prawcore", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _requestor_class(wire: Wire) -> "type[Requestor]":
    from prawcore import Requestor

    class OneWire(Requestor):
        """Sends all through `wire`: prawcore itself knows one time limit, for the process."""

        def request(self, *args: Any, **kwargs: Any) -> "Response":
            once = str(args[0]).upper() == "POST" and str(args[1]).endswith(REPLYING)
            ask = super().request
            timed = {**kwargs, "timeout": wire.timeout}
            return wire.send(lambda: ask(*args, **timed), once=once)

    return OneWire


def to_slice(answer: Any, site: str) -> Slice:
    """Return a listing as Reddit's API writes it as a slice. Raises: `UnavailableError`."""
    found = children(answer)
    names = tuple(f"{each['kind']}_{each['data'].get('id')}" for each in found)
    after = answer["data"].get("after")
    return Slice(
        mentions=tuple(to_mentions(found, site)), names=names, after=str(after) if after else None
    )


def children(answer: Any) -> list[Any]:
    """Return what stands in a listing. Raises: `UnavailableError` if it is none."""
    try:
        found = answer["data"]["children"]
        return [each for each in found if each["kind"] and isinstance(each["data"], dict)]
    except (TypeError, LookupError) as error:
        raise UnavailableError(PLATFORM, "an answer that is no listing") from error


def to_tree(found: list[Any], site: str) -> tuple[list[Mention], list[str]]:
    """Return the comments of a tree, and the names of those that Reddit held back."""
    mentions: list[Mention] = []
    more: list[str] = []
    waiting = list(found)
    while waiting:
        thing = waiting.pop(0)
        if thing["kind"] == "more":
            more += [f"t1_{name}" for name in thing["data"].get("children", ())]
            continue
        mentions += to_mentions([thing], site)
        if thing["data"].get("replies"):  # "" where there are none
            waiting += children(thing["data"]["replies"])
    return mentions, more


def _posted(answer: Any) -> list[Any]:
    try:
        if errors := answer["json"].get("errors"):
            raise _refusal([(str(each[0]), str(each[1] or "")) for each in errors])
        things = answer["json"]["data"]["things"]
    except (TypeError, LookupError, AttributeError) as error:
        raise AnswerLostError(PLATFORM, "an answer that cannot be read") from error
    return list(things)


@contextmanager
def _translated_errors(now: datetime | None) -> Iterator[None]:
    from praw.exceptions import PRAWException
    from prawcore import PrawcoreException

    # prawcore reads headers and tokens without checking them, hence the four built-in ones
    odd = (LookupError, ValueError, TypeError, AttributeError, AssertionError)
    try:
        yield
    except (PrawcoreException, PRAWException, _TooManyError, *odd) as error:
        raise _translated(error, now) from error


@contextmanager
def _told_refusals() -> Iterator[None]:
    """Tell the member why Reddit takes no reply here."""
    from praw.exceptions import RedditAPIException
    from prawcore import Forbidden

    try:
        yield
    except RedditAPIException as error:
        raise _refusal([(item.error_type, item.message or "") for item in error.items]) from error
    except Forbidden as error:
        raise RefusedError("Reddit refused: this account may not reply there") from error


def _translated(error: Exception, now: datetime | None) -> MonitorError:
    from praw.exceptions import RedditAPIException
    from prawcore import OAuthException, RequestException, ResponseException

    if isinstance(error, _TooManyError):
        return _rate_limited(error.seconds, now)
    if isinstance(error, OAuthException):
        return LoginRefusedError(PLATFORM, f"the login was refused ({error.error})")
    if isinstance(error, ResponseException):
        return _of_status(error.response.status_code, "")
    if isinstance(error, RequestException):
        return of_connection(error.original_exception)
    if isinstance(error, RedditAPIException):
        return UnavailableError(PLATFORM, f"refused to answer ({error.items[0].error_type})")
    # a 401 without the header that says why ends as this in prawcore
    status = 401 if error.args == (401,) else 200
    return _of_status(status, type(error).__name__)


def _of_status(status: int, detail: str) -> MonitorError:
    if status == 401:
        return LoginRefusedError(PLATFORM, "the key or the login was refused (401)")
    if status == 403:
        return AuthError(PLATFORM, "this may not be read with this key (403)")
    if status in (301, 302, 404):
        return UnavailableError(PLATFORM, f"not found ({status}): is the name right?")
    if status == 200:
        return UnavailableError(PLATFORM, f"an answer that cannot be read {detail}".rstrip())
    return UnavailableError(PLATFORM, f"answered {status}")


def of_connection(error: Exception) -> UnavailableError:
    """Return what a failed connection means; whether the answer was only slow is in its type."""
    kind = type(error).__name__
    if isinstance(error, _LostError):
        return AnswerLostError(PLATFORM, "the reply was sent, but no answer came")
    if kind in ("ReadTimeout", "ChunkedEncodingError", "ContentDecodingError"):
        return UnavailableError(PLATFORM, f"no whole answer came ({kind})")
    return NoConnectionError(PLATFORM, f"cannot be reached ({kind})")


def _refusal(items: list[tuple[str, str]]) -> MonitorError:
    """Return what Reddit's own list of errors means for a reply; it comes with HTTP 200."""
    kind, message = items[0]
    if kind == "RATELIMIT":
        found = _WAIT.search(message)
        return _rate_limited(int(found[1]) * _SECONDS[found[2]] if found else None, None)
    if kind == "USER_REQUIRED":
        return AuthError(PLATFORM, "replying needs a login")
    return RefusedError(f"Reddit refused: {PLAIN_REFUSALS.get(kind) or message or kind}")


def _rate_limited(seconds: float | None, now: datetime | None) -> RateLimitError:
    if seconds is None:
        return RateLimitError(PLATFORM, "too many requests")
    wait = timedelta(seconds=seconds)
    problem = f"too many requests, again in {seconds:.0f} s"
    return RateLimitError(PLATFORM, problem, now + wait if now else None, wait=wait)


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a 429 asks for, from whichever header says it."""
    found = (_seconds(headers.get(name, ""), headers) for name in WAIT_HEADERS)
    return next((seconds for seconds in found if seconds is not None), None)


def _seconds(value: str, headers: Mapping[str, str]) -> float | None:
    try:
        if value.strip().replace(".", "", 1).isdigit():
            return min(float(value), LONGEST_WAIT)
        until, since = parsedate_to_datetime(value), parsedate_to_datetime(headers["date"])
        return min(max((until - since).total_seconds(), 0.0), LONGEST_WAIT)
    except (LookupError, ValueError, TypeError):
        return None
