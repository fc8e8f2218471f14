"""One Mastodon server through Mastodon.py: counted, within its budget, every failure in our words.

The client never waits by itself (`ratelimit_method="throw"`); each server has its own budget.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock, local
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import finalize

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random

from connectors.mastodon_access import failures
from connectors.mastodon_access.failures import (
    PLATFORM,
    NoConnectionError,
    PassingError,
    SilentError,
)
from connectors.mastodon_access.payloads import Status, instant
from monitor.errors import UnavailableError

if TYPE_CHECKING:
    import mastodon
    from requests import Response, Session

PAGE = 40  # statuses in one answer; Mastodon gives no more
MOST_BY_ID = 20  # statuses asked for by id in one request
WINDOW = 300.0  # seconds until a budget is filled again
AGENT = "mentiondesk"
MOST_SILENCES = 2
KNOWN_VERSION = "4.4.0"  # keeps the client from asking for the server's; old ones answer 404

_T = TypeVar("_T")


@dataclass(slots=True)
class Wire:
    """What passes to and from one server."""

    timeout: float  # seconds, for connecting and between two bytes
    logged_in: bool = False
    requests: int = 0
    ready_at: float = 0.0  # monotonic seconds: the budget for reading is empty until then
    wait: float = 300.0  # seconds that the last refusal asked for
    silences: int = 0  # requests in a row that were not answered in time
    silent_until: float = 0.0  # monotonic seconds: nothing is asked before
    lock: Lock = field(default_factory=Lock)
    kept: local = field(default_factory=local)  # of this thread's last answer

    @property
    def left(self) -> float:
        """Seconds until the budget is filled again; 0 or less: now."""
        return self.ready_at - time.monotonic()

    @property
    def was_page(self) -> bool:
        """Whether this thread's last answer was a page for people."""
        return bool(getattr(self.kept, "page", False))

    @property
    def is_silent(self) -> bool:
        """Whether the server lately let us wait in vain, more than once."""
        return time.monotonic() < self.silent_until

    def was_silent(self) -> None:
        """Note that no answer came in time: two in a row, and the server is left alone a while."""
        self.silences += 1
        if self.silences >= MOST_SILENCES:
            self.silent_until = time.monotonic() + self.timeout

    def count(self) -> None:
        """Count a request."""
        with self.lock:
            self.requests += 1

    def note(self, answer: "Response") -> None:
        """Note when the budget is empty, and take away headers that the client stumbles over."""
        self.silences = 0
        self.kept.page = "html" in answer.headers.get("content-type", "").lower()
        refused = answer.status_code == 429
        seconds = seconds_left(answer.headers)
        self.wait = seconds if refused else self.wait
        spent = refused or answer.headers.get("x-ratelimit-remaining", "") == "0"
        if spent and answer.request.method == "GET":  # posting and deleting have their own budgets
            self.ready_at = time.monotonic() + seconds
        for name in ("x-ratelimit-reset", "deprecation"):
            answer.headers.pop(name, None)

    def plain(self, ask: Callable[[], object]) -> object:
        """Return the JSON value that `ask` is answered with, as it came.

        The client makes typed objects of every answer, which takes it several times as long as
        all the rest of a poll; it is given an empty one instead.
        """
        self.kept.wanted, self.kept.value = True, None
        try:
            ask()
            return self.kept.value
        finally:
            self.kept.wanted = False

    def keep(self, answer: "Response") -> None:
        """Keep the value of an answer where `plain` waits for it; the client reports a bad one."""
        if answer.ok and getattr(self.kept, "wanted", False):
            with suppress(ValueError, RecursionError):
                value = self.kept.value = answer.json()
                answer.json = lambda **_: type(value)()  # type: ignore[method-assign]


def seconds_left(headers: Mapping[str, str]) -> float:
    """Return how long to wait for the next budget: a time in ISO form or in epoch seconds.

    The server's own clock is compared with, as far as it tells it. Source: recorded answers.
    """
    value = headers.get("x-ratelimit-reset", "").strip()
    try:
        reset = datetime.fromtimestamp(float(value), UTC) if _is_number(value) else instant(value)
        since = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError, OSError):
        return _retry_after(headers)
    if reset is None:
        return _retry_after(headers)
    return min(max((reset - since).total_seconds(), 1.0), 3 * 3600.0)


def _retry_after(headers: Mapping[str, str]) -> float:
    value = headers.get("retry-after", "").strip()
    return min(max(float(value), 1.0), 3600.0) if _is_number(value) else WINDOW


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


class MastodonApi:
    """One server, perhaps logged in."""

    def __init__(self, client: "mastodon.Mastodon", wire: Wire, name: str, token: str) -> None:
        self._client = client
        self._wire = wire
        finalize(self, client.session.close)
        self.name = name
        self.token = token

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return self._wire.requests

    @property
    def is_silent(self) -> bool:
        """Whether the server lately let us wait in vain, more than once."""
        return self._wire.is_silent

    def hashtag(self, tag: str, now: datetime | None, **bounds: str) -> list[Status]:
        """Return a page of a hashtag's timeline, newest first."""
        return self._listed(lambda: self._client.timeline_hashtag(tag, limit=PAGE, **bounds), now)

    def public(self, now: datetime | None, **bounds: str) -> list[Status]:
        """Return a page of all posts that the server knows, newest first."""
        return self._listed(lambda: self._client.timeline_public(limit=PAGE, **bounds), now)

    def notified(self, now: datetime | None, **bounds: str) -> list[Status]:
        """Return a page of the notifications of mentions, newest first."""
        return self._listed(
            lambda: self._client.notifications(types=["mention"], limit=PAGE, **bounds), now
        )

    def written_by(self, account: str, now: datetime | None, **bounds: str) -> list[Status]:
        """Return a page of what an account wrote, newest first."""
        return self._listed(
            lambda: self._client.account_statuses(
                account, exclude_reblogs=True, limit=PAGE, **bounds
            ),
            now,
        )

    def found(
        self, query: str, now: datetime | None, *, offset: int = 0, resolve: bool = False
    ) -> list[Status]:
        """Return a page of what a search finds; `resolve` fetches a post by its address."""
        answer = self._plain(
            lambda: self._client.search_v2(
                query, resolve=resolve, result_type="statuses", offset=offset or None, limit=PAGE
            ),
            now,
        )
        if not isinstance(answer, Mapping):
            raise self._unreadable()
        return self._checked(answer.get("statuses"))

    def account_id(self, acct: str, now: datetime | None) -> str:
        """Return the server's id of an account."""
        answer = self._asked(lambda: self._client.account_lookup(acct), now)
        return str(self._whole(answer)["id"])

    def own_account(self, now: datetime | None) -> Mapping[str, Any]:
        """Return the account that the token belongs to."""
        return self._whole(self._asked(self._client.account_verify_credentials, now))

    def status(self, number: str, now: datetime | None) -> Status:
        """Return one status. Raises: `NotFoundError`."""
        return self._whole(self._asked(lambda: self._client.status(number), now))

    def statuses(self, numbers: Iterable[str], now: datetime | None) -> list[Status]:
        """Return those of at most `MOST_BY_ID` statuses that the server still shows."""
        wanted: list[Any] = list(numbers)
        return self._listed(lambda: self._client.statuses(wanted), now)

    def context(self, number: str, now: datetime | None) -> tuple[list[Status], list[Status]]:
        """Return what stands above a status, first post first, and below it."""
        answer = self._plain(lambda: self._client.status_context(number), now)
        if not isinstance(answer, Mapping):
            raise self._unreadable()
        return self._checked(answer.get("ancestors")), self._checked(answer.get("descendants"))

    def instance(self, now: datetime | None, *, first: bool = False) -> Mapping[str, Any]:
        """Return what the server says of itself; `first` asks in the way of old servers."""
        ask = self._client.instance_v1 if first else self._client.instance_v2
        answer: object = self._asked(ask, now)
        if not isinstance(answer, Mapping):
            raise self._unreadable()
        return answer

    def post_reply(self, to: Status, text: str, idempotency_key: str) -> Status:
        """Post `text` under `to`, to its author alone, as widely visible as `to` itself."""
        self._hold(None)
        with failures.translated(self.name, None, self._wire), failures.told_refusals():
            answer = self._client.status_reply(
                to,
                text,
                idempotency_key=idempotency_key,
                sensitive=bool(to.get("sensitive")),
                untag=True,
            )
        return self._whole(answer)

    def delete(self, number: str) -> None:
        """Delete a status. Raises: `NotFoundError` if it is gone."""
        self._hold(None)
        with failures.translated(self.name, None, self._wire):
            self._client.status_delete(number)

    def close(self) -> None:
        """Let go of the connections; the next request opens one anew."""
        self._client.session.close()

    def _listed(self, ask: Callable[[], object], now: datetime | None) -> list[Status]:
        return self._checked(self._plain(ask, now))

    def _plain(self, ask: Callable[[], object], now: datetime | None) -> object:
        return self._asked(lambda: self._wire.plain(ask), now)

    def _checked(self, found: object) -> list[Status]:
        """Return what is readable of a list: one odd thing in it must not hide the others."""
        if not isinstance(found, list):
            raise self._unreadable()
        readable = [each for each in found if isinstance(each, Mapping)]
        if found and not readable:
            raise self._unreadable()
        return readable

    def _whole(self, answer: object) -> Mapping[str, Any]:
        if not isinstance(answer, Mapping) or not answer.get("id"):
            raise self._unreadable()
        return answer

    def _unreadable(self) -> UnavailableError:
        return UnavailableError(PLATFORM, f"{self.name}: an answer that cannot be read")

    def _asked(self, ask: Callable[[], _T], now: datetime | None) -> _T:
        """Return the answer to a question that may be asked again."""
        trying = Retrying(
            retry=retry_if_exception_type((PassingError, NoConnectionError)),
            stop=stop_after_attempt(3),
            wait=wait_random(0.02, 0.3),
            reraise=True,
        )
        found: _T = trying(self._once, ask, now)
        return found

    def _once(self, ask: Callable[[], _T], now: datetime | None) -> _T:
        self._hold(now)
        if self._wire.is_silent:
            raise SilentError(PLATFORM, f"{self.name}: it did not answer a moment ago")
        try:
            with failures.translated(self.name, now, self._wire):
                return ask()
        except SilentError:
            self._wire.was_silent()
            raise

    def _hold(self, now: datetime | None) -> None:
        """End the poll of this server instead of sleeping."""
        if (left := self._wire.left) > 0:
            raise failures.rate_limited(self.name, left, now)


def open_api(name: str, base_url: str, token: str, wire: Wire) -> MastodonApi:
    """Return the server at `base_url`; no request is made yet."""
    return MastodonApi(open_client(base_url, token, wire), wire, name, token)


def open_client(base_url: str, token: str, wire: Wire) -> "mastodon.Mastodon":
    """Return a client whose every request passes `wire`."""
    import mastodon

    return mastodon.Mastodon(
        access_token=token or None,
        api_base_url=base_url,
        ratelimit_method="throw",
        request_timeout=wire.timeout,
        mastodon_version=KNOWN_VERSION,
        version_check_mode="created",
        session=_session(wire),
        user_agent=AGENT,
    )


def _session(wire: Wire) -> "Session":
    import requests

    class Counted(requests.Session):
        """Counts what is sent and notes what is left of the budget."""

        def request(self, *args: Any, **kwargs: Any) -> "Response":
            wire.count()
            answer = super().request(*args, **kwargs)
            wire.note(answer)
            wire.keep(answer)
            return answer

    return Counted()
