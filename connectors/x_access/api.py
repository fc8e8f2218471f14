"""X's API v2 through tweepy: paid for, paced, and with every failure named in our words."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from connectors.x_access import wire as wires
from connectors.x_access.failures import (
    PLATFORM,
    AnswerLostError,
    KeysRefusedError,
    NoConnectionError,
    OutOfMoneyError,
    TooNewError,
    TooOldError,
)
from connectors.x_access.money import Ledger, Prices
from connectors.x_access.payloads import problem_of
from monitor.errors import (
    AuthError,
    MonitorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)

if TYPE_CHECKING:
    import tweepy

ATTEMPTS = 3  # of one request that may be repeated
RETRY_WAIT = 0.2  # seconds at most before the second attempt, then twice as long
CREDITS_REST = timedelta(hours=1)  # after 402: only a person can buy credits
LIMIT_REST = timedelta(minutes=15)  # X's own window, where a 429 does not say
LONGEST_REST = timedelta(hours=24)  # X's longest window
SHORT_REST = timedelta(minutes=1)  # where X's clock and ours disagree
FIELDS: Mapping[str, list[str]] = {
    "tweet_fields": [
        *("attachments", "author_id", "conversation_id", "created_at", "edit_controls"),
        *("edit_history_tweet_ids", "entities", "in_reply_to_user_id", "lang", "note_tweet"),
        "referenced_tweets",
    ],
    "expansions": [
        *("author_id", "attachments.media_keys", "attachments.poll_ids", "edit_history_tweet_ids"),
        *("referenced_tweets.id", "referenced_tweets.id.author_id"),
    ],
    "user_fields": ["name", "protected", "username"],
    "media_fields": ["alt_text", "media_key", "type"],
    "poll_fields": ["id", "options"],
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z")
_TOO_OLD = re.compile(r"(start_time|since_id)[^.]*(on or after|created after)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of request that lists posts."""

    name: str
    least: int  # posts in one answer
    most: int
    token: str = "pagination_token"  # noqa: S105 - a parameter's name
    ends_at: int | None = None  # X lists no more than that many


SEARCH = Kind(name="search", least=10, most=100, token="next_token")  # noqa: S106
ARCHIVE = Kind(name="archive", least=10, most=500, token="next_token")  # noqa: S106
MENTIONS = Kind(name="mentions", least=5, most=100, ends_at=800)
TIMELINE = Kind(name="timeline", least=5, most=100, ends_at=3200)
LOOKUP = Kind(name="lookup", least=1, most=100)
Params = Mapping[str, Any]
# tweepy reads the bodies of errors without checking them
_ODD = (LookupError, ValueError, TypeError, AttributeError)


class XApi:
    """X's API with the keys that were given."""

    def __init__(
        self, client: "tweepy.Client", wire: wires.Wire, ledger: Ledger, prices: Prices
    ) -> None:
        self._client = client
        self._wire = wire
        self._prices = prices
        self.ledger = ledger

    @property
    def reads_as_app(self) -> bool:
        """Whether there is a token of the application itself."""
        return bool(self._client.bearer_token)

    @property
    def has_login(self) -> bool:
        """Whether there are keys of an account: only they may write."""
        given = (self._client.consumer_key, self._client.consumer_secret)
        return all((*given, self._client.access_token, self._client.access_token_secret))

    @property
    def own_id(self) -> str | None:
        """The id of the account that is logged in: its token begins with it."""
        if not self.has_login:
            return None
        number = str(self._client.access_token).partition("-")[0]
        return number if number.isdigit() else None

    @property
    def rights(self) -> str:
        """What X says that the keys may do, "" if it says nothing."""
        return self._wire.rights

    # Reading

    def search(self, query: str, params: Params, token: str | None, now: datetime | None) -> Any:
        """Return one page of the search of the last seven days."""
        call = self._client.search_recent_tweets
        return self._listed(SEARCH, self._prices.read, call, {"query": query, **params}, token, now)

    def archive(self, query: str, params: Params, token: str | None, now: datetime | None) -> Any:
        """Return one page of the search of all years; it takes the application's token only."""
        call = self._client.search_all_tweets
        asked = {"query": query, **params}
        return self._listed(ARCHIVE, self._prices.read, call, asked, token, now)

    def mentions(self, user: str, params: Params, token: str | None, now: datetime | None) -> Any:
        """Return one page of the posts that name an account."""
        call = self._client.get_users_mentions
        return self._of_account(MENTIONS, user, call, params, token, now)

    def timeline(self, user: str, params: Params, token: str | None, now: datetime | None) -> Any:
        """Return one page of what an account wrote, without reposts."""
        call = self._client.get_users_tweets
        asked = {"exclude": ["retweets"], **params}
        return self._of_account(TIMELINE, user, call, asked, token, now)

    def lookup(self, ids: Sequence[str], now: datetime | None) -> Any:
        """Return posts by their ids, at most 100."""
        self._may_pay(self._prices.read * len(ids), now)
        call = self._client.get_tweets
        answer = self._get(LOOKUP.name, call, {"ids": list(ids), **FIELDS, **self._login()}, now)
        self._pay_for(LOOKUP.name, answer, self._prices.read)
        return answer

    def account(self, handle: str, now: datetime | None) -> str:
        """Return the id of the account called `handle`."""
        self._may_pay(self._prices.account, now)
        answer = self._get(
            "account", self._client.get_user, {"username": handle, **self._login()}, now
        )
        found = answer.get("data")
        if not isinstance(found, dict) or not found.get("id"):
            words = problem_of(answer) or "X does not say why"
            raise UnavailableError(PLATFORM, f"there is no account @{handle} ({words})")
        self.ledger.pay_for("account", [str(found["id"])], self._prices.account)
        return str(found["id"])

    def me(self) -> tuple[str, str]:
        """Return the id and the handle of the account that is logged in."""
        self._may_pay(self._prices.own_read, None)
        answer = self._get("me", self._client.get_me, {"user_auth": True}, None)
        found = answer.get("data")
        if not isinstance(found, dict) or not found.get("id") or not found.get("username"):
            raise UnavailableError(PLATFORM, "an answer that names no account")
        self.ledger.pay_for("me", [str(found["id"])], self._prices.own_read)
        return str(found["id"]), str(found["username"])

    def count(self, query: str) -> int:
        """Return how many posts of the last seven days a search would find."""
        self._may_pay(self._prices.count, None)
        call = self._client.get_recent_tweets_count
        answer = self._get("count", call, {"query": query, "granularity": "day"}, None)
        self.ledger.pay(self._prices.count)
        try:
            days = answer.get("data") or []
            return int(answer["meta"].get("total_tweet_count", sum(d["tweet_count"] for d in days)))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise UnavailableError(PLATFORM, "an answer that counts nothing") from error

    # Writing

    def post(self, text: str, to: str, *, with_link: bool) -> str:
        """Post `text` under the post `to`, without repeating it; return the new post's id."""
        price = self._prices.reply_with_link if with_link else self._prices.reply
        self._may_pay(price, None)
        self._hold("post", None)
        try:
            with self._translated("post", None), _told_refusals(), _lost_answers():
                posted = _posted(self._client.create_tweet(text=text, in_reply_to_tweet_id=to))
        except AnswerLostError:
            self.ledger.pay(price)  # it may stand, and then it is billed
            raise
        self.ledger.pay(price)
        return posted

    def delete(self, post_id: str) -> None:
        """Delete a post of the account that is logged in; one that is gone is no error."""
        from tweepy import NotFound

        self._may_pay(self._prices.delete, None)
        try:
            self._get("delete", self._client.delete_tweet, {"id": post_id}, None, seen=(NotFound,))
        except NotFound:
            return
        self.ledger.pay(self._prices.delete)

    def posted_at(self) -> datetime | None:
        """Return X's own time with its last answer."""
        return self._wire.said_at

    # How

    def _of_account(
        self,
        kind: Kind,
        user: str,
        call: Callable[..., Any],
        params: Params,
        token: str | None,
        now: datetime | None,
    ) -> Any:
        own = user == self.own_id
        price = self._prices.own_read if own else self._prices.read
        asked = {"id": user, **params, "user_auth": own or not self.reads_as_app}
        return self._listed(kind, price, call, asked, token, now)

    def _listed(
        self,
        kind: Kind,
        price: float,
        call: Callable[..., Any],
        params: Params,
        token: str | None,
        now: datetime | None,
    ) -> Any:
        if now is not None:
            self.ledger.hear(now)
        most = self.ledger.affordable(price, kind.most, kind.least)
        paging = {kind.token: token} if token else {}
        asked = {**self._login(), **params, **FIELDS, "max_results": most, **paging}
        if kind is ARCHIVE:
            asked.pop("user_auth", None)
        answer = self._get(kind.name, call, asked, now)
        self._pay_for(kind.name, answer, price)
        return answer

    def _login(self) -> dict[str, bool]:
        return {"user_auth": not self.reads_as_app}

    def _may_pay(self, price: float, now: datetime | None) -> None:
        if now is not None:
            self.ledger.hear(now)
        self.ledger.affordable(price, 1, 1)

    def _pay_for(self, kind: str, answer: Any, price: float) -> None:
        data = answer.get("data") if isinstance(answer, dict) else None
        posts = data if isinstance(data, list) else [data]
        ids = [str(each["id"]) for each in posts if isinstance(each, dict) and "id" in each]
        self.ledger.pay_for(kind, ids, price)

    def _get(
        self,
        kind: str,
        call: Callable[..., Any],
        params: Params,
        now: datetime | None,
        seen: tuple[type[Exception], ...] = (),
    ) -> Any:
        """Return X's answer; what may pass by itself is tried again a few times, shortly.

        Failures in `seen` are left as they are.
        """
        if not (self.reads_as_app or self.has_login):
            words = "no key is given: set MENTIONDESK_X_BEARER_TOKEN, or the four keys of a login"
            raise KeysRefusedError(PLATFORM, words)
        self._hold(kind, now)
        with self._translated(kind, now, seen):
            answer = self._again_after_hiccups(lambda: call(**params))
        if not isinstance(answer, dict):
            raise UnavailableError(PLATFORM, "an answer that is no object")
        return answer

    def _again_after_hiccups(self, call: Callable[[], Any]) -> Any:
        from requests import ConnectionError as NoConnection
        from requests import JSONDecodeError, Timeout
        from requests.exceptions import ChunkedEncodingError, ContentDecodingError

        broken = (NoConnection, Timeout, ChunkedEncodingError, ContentDecodingError)

        def passing(error: BaseException) -> bool:
            status = self._wire.status
            return (
                isinstance(error, broken)
                or status >= 500
                or (isinstance(error, JSONDecodeError) and status < 400)
            )

        retrying = Retrying(
            retry=retry_if_exception(passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=RETRY_WAIT, max=1.0),
            reraise=True,
        )
        return retrying(call)

    def _hold(self, kind: str, now: datetime | None) -> None:
        """End the poll instead of asking in vain: the limit of this kind is used up."""
        reset = self._wire.resets.get(kind)
        if reset is not None and now is not None and now < reset <= now + LONGEST_REST:
            raise _rate_limited(reset)

    @contextmanager
    def _translated(
        self, kind: str, now: datetime | None, seen: tuple[type[Exception], ...] = ()
    ) -> Iterator[None]:
        from requests import RequestException
        from tweepy import TweepyException

        self._client.session.hooks["response"] = [
            lambda answer, *_, **__: self._wire.heard(kind, answer.status_code, answer.headers)
        ]
        try:
            yield
        except seen:
            raise
        except (TweepyException, RequestException, *_ODD) as error:
            raise self._meaning(error, now or self.ledger.now) from error

    def _meaning(self, error: Exception, now: datetime | None) -> MonitorError:
        if self._wire.status >= 400:
            return _of_status(self._wire.status, _words(error), self._wire.headers, now)
        return of_connection(error)


def open_api(
    secrets: Mapping[str, str], base_url: str, timeout: float, ledger: Ledger, prices: Prices
) -> XApi:
    """Return the API for the keys in `secrets`; no request is made yet."""
    import tweepy

    wires.quiet()
    client = tweepy.Client(
        bearer_token=secrets.get("bearer_token"),
        consumer_key=secrets.get("api_key"),
        consumer_secret=secrets.get("api_secret"),
        access_token=secrets.get("access_token"),
        access_token_secret=secrets.get("access_secret"),
        return_type=dict,
        wait_on_rate_limit=False,
    )

    def counted() -> None:
        ledger.requests += 1

    wire = wires.Wire(base_url=base_url, timeout=timeout, sent=counted)
    wires.lay(client.session, wire)
    return XApi(client, wire, ledger, prices)


@contextmanager
def _lost_answers() -> Iterator[None]:
    """Tell a reply that may stand from one that certainly does not."""
    from requests import ConnectTimeout, RequestException
    from tweepy import TwitterServerError

    try:
        yield
    except ConnectTimeout:
        raise
    except (RequestException, TwitterServerError, *_ODD) as error:
        words = f"the reply was sent, but no answer came ({type(error).__name__})"
        raise AnswerLostError(PLATFORM, words) from error


@contextmanager
def _told_refusals() -> Iterator[None]:
    """Tell the member why X takes no reply here, in X's own words."""
    from tweepy import BadRequest, Forbidden

    try:
        yield
    except (BadRequest, Forbidden) as error:
        raise RefusedError(f"X refused: {_words(error) or 'it does not say why'}") from error


def _posted(answer: Any) -> str:
    return str(answer["data"]["id"])


def _words(error: Any) -> str:
    """Return what X says of its refusal, on one line; "" if it says nothing."""
    said = [" ".join(str(each).split()) for each in getattr(error, "api_messages", ())]
    with suppress(ValueError, AttributeError):
        said.append(" ".join(str(error.response.json().get("detail", "")).split()))
    return next((each[:300] for each in said if each), "")


def of_connection(error: Exception) -> UnavailableError:
    """Return what it means that no answer came, or none that can be read."""
    kind = type(error).__name__
    if isinstance(error, LookupError | ValueError | TypeError | AttributeError):
        return UnavailableError(PLATFORM, f"an answer that cannot be read ({kind})")
    if kind in ("ReadTimeout", "ChunkedEncodingError", "ContentDecodingError", "TooManyRedirects"):
        return UnavailableError(PLATFORM, f"no whole answer came ({kind})")
    if kind == "ConnectionError" and "connection aborted" in str(error).lower():
        return UnavailableError(PLATFORM, "no whole answer came (the connection was dropped)")
    return NoConnectionError(PLATFORM, f"cannot be reached ({kind})")


def _of_status(
    status: int, words: str, headers: Mapping[str, str], now: datetime | None
) -> MonitorError:
    said = f": {words}" if words else ""
    if status == 429:
        reset = wires.epoch(headers.get("x-rate-limit-reset"))
        return _rate_limited(_believed(reset, now) if now else reset)
    if status == 402:
        until = now + CREDITS_REST if now else None
        return OutOfMoneyError(PLATFORM, "the account's credits are used up (402)", until)
    if status == 401:
        return KeysRefusedError(PLATFORM, "the keys were refused (401)")
    if status == 403:
        return AuthError(PLATFORM, f"this may not be read with these keys (403){said}")
    if status == 400:
        return _of_bounds(words)
    return UnavailableError(PLATFORM, f"answered {status}{said}")


def _of_bounds(words: str) -> UnavailableError:
    """Return what a 400 means: the bounds asked for may lie outside of what is searched."""
    if (reach := _reach(words)) is not None:
        return TooOldError("X searches seven days back", reach)
    if "end_time" in words and "prior to" in words:
        return TooNewError(PLATFORM, "X searches what is 10 seconds old")
    return UnavailableError(PLATFORM, f"answered 400: {words}" if words else "answered 400")


def _reach(words: str) -> datetime | None:
    """Return the oldest instant that X's complaint names as allowed."""
    found = _INSTANT.findall(words)
    if not _TOO_OLD.search(words) or not found:
        return None
    return datetime.fromisoformat(found[-1]).astimezone(UTC)


def _believed(reset: datetime | None, now: datetime) -> datetime:
    """Return when to ask again, given what X said of it."""
    if reset is None or reset > now + LONGEST_REST:
        return now + LIMIT_REST
    return reset if reset > now else now + SHORT_REST


def _rate_limited(until: datetime | None) -> RateLimitError:
    at = f", again at {until:%H:%M} UTC" if until else ""
    return RateLimitError(PLATFORM, f"too many requests{at}", until)
