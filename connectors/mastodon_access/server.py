"""One server as the connector reads it: posts with their place in the conversation, by their keys.

A post has one address on all servers and another id on each. What passes by is remembered; what
is not is derived from the address on the post's own server, or asked for by its address.
"""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from connectors.mastodon_access import payloads
from connectors.mastodon_access.api import MOST_BY_ID, MastodonApi
from connectors.mastodon_access.climbing import Entry
from connectors.mastodon_access.counting import USUAL_LIMIT
from connectors.mastodon_access.failures import (
    ENDS_A_SERVER,
    PLATFORM,
    NotFoundError,
    NotOfferedError,
    PassingError,
    SilentError,
)
from connectors.mastodon_access.payloads import Home, Lineage, Status
from monitor.errors import AuthError, ConnectorError, UnavailableError
from monitor.model import Mention, Sent

log = logging.getLogger(__name__)

MOST_ABOVE = 40  # posts above a reply that are asked for one by one
REMEMBERED = 20_000  # posts of one server
_NUMBER = re.compile(r"[0-9]{1,25}|[0-9A-Za-z]{18,32}")  # Mastodon's ids, and those of its kin
_EPOCH = datetime.fromtimestamp(0, UTC)
_MENTIONED = re.compile(r"(?<![/\w])(@\w+(?:[.-]+\w+)*)@[\w.-]*\w(?::\d+)?")


@dataclass(frozen=True, slots=True)
class Known:
    """A post that passed by."""

    key: str
    thread: str


class Memory:
    """Which post bears which id on one server; the oldest are forgotten first."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._by_id: OrderedDict[str, Known] = OrderedDict()
        self._ids: dict[str, str] = {}
        self._lock = Lock()

    def keep(self, number: str, known: Known) -> None:
        """Remember a post."""
        with self._lock:
            self._by_id[number] = known
            self._by_id.move_to_end(number)
            self._ids[known.key] = number
            while len(self._by_id) > self._most:
                _, forgotten = self._by_id.popitem(last=False)
                self._ids.pop(forgotten.key, None)

    def known(self, number: str) -> Known | None:
        """Return the post with an id."""
        with self._lock:
            return self._by_id.get(number)

    def id_of(self, key: str) -> str | None:
        """Return the id of a post."""
        with self._lock:
            return self._ids.get(key)


class Server:
    """One server of the settings."""

    def __init__(
        self, api: MastodonApi, base_url: str, *, short: frozenset[str], direct: bool
    ) -> None:
        """`short` are own accounts listed without a domain; `direct`: direct messages are kept."""
        self.api = api
        self.name = api.name
        self.base_url = base_url
        self.limit = USUAL_LIMIT  # characters of a status, once the server has told
        self._short = short
        self._direct = direct
        self._memory = Memory()
        self._home: Home | None = None
        self._named = False  # whether it said its name
        self._account_ids: dict[str, str] = {}
        self._own_id = ""
        self._by_single = False  # it knows no request for several posts

    # Posts

    def home(self, now: datetime | None) -> Home:
        """Return the server's own name, which it leaves out of the handles of its accounts."""
        if self._home is None:
            about = self._about(now)
            said = _domain(about)
            domain = said or urlsplit(self.base_url).netloc
            self._home, self._named = Home(domain=domain, short=self._short), bool(said)
            self.limit = _limit(about)
        return self._home

    def greet(self, now: datetime | None) -> None:
        """Ask for the server's name, also if it was asked before and did not say.

        Raises: `ConnectorError` if the server cannot be read now.
        """
        if not self._named:
            self._home = None
            self.home(now)

    def _about(self, now: datetime | None) -> Mapping[str, Any]:
        """Return what the server says of itself; nothing, if it is one that does not."""
        try:
            return self.api.instance(now)
        except (*ENDS_A_SERVER, PassingError, SilentError):
            raise
        except ConnectorError:  # an old server, or one of another kind
            pass
        try:
            return self.api.instance(now, first=True)
        except (NotFoundError, NotOfferedError, AuthError):
            return {}

    @property
    def place(self) -> str:
        """The server's name with its address: under another address, ids are others."""
        return f"{self.name}@{urlsplit(self.base_url).netloc}"

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which the server's own posts may be found."""
        own = {urlsplit(self.base_url).netloc.casefold()}
        return frozenset(own | ({self._home.domain.casefold()} if self._home else set()))

    def entries(self, found: Iterable[Status], now: datetime | None) -> list[Entry]:
        """Return a page of statuses, or of notifications about them, as entries."""
        return [self._entry(each, now) for each in found if each.get("id")]

    def mention(self, status: Status, now: datetime | None) -> Mention | None:
        """Return a status as a mention; None if it is not to be shown, or makes no sense."""
        status = payloads.original(status)
        if status.get("visibility") == "direct" and not self._direct:
            return None
        try:
            known = self.lineage(status, now)
            return payloads.to_mention(status, self.home(now), known)
        except ValueError as error:
            log.warning("mastodon: a status was skipped: %s", error)
            return None

    def forgotten(self, number: str) -> str | None:
        """Return the key of a post by the server's id, if it passed by."""
        known = self._memory.known(number)
        return known.key if known else None

    def lineage(self, status: Status, now: datetime | None) -> Lineage:
        """Return where a status stands in its conversation; one request if it must be asked for.

        Raises: `ValueError` if the status has no address.
        """
        number, key = str(status.get("id")), payloads.key_of(status)
        parent = status.get("in_reply_to_id")
        if not parent:
            self._memory.keep(number, Known(key, key))
            return Lineage(thread=key)
        above = self._memory.known(str(parent)) or self._asked_for(number, str(parent), now)
        thread = above.thread if above else key
        self._memory.keep(number, Known(key, thread))
        return Lineage(thread=thread, reply_to=above.key if above else None)

    def thread(self, key: str, now: datetime | None) -> list[Mention]:
        """Return what the server shows of a conversation, first post first."""
        number = self.id_of(key, now)
        if number is None:
            raise NotFoundError(PLATFORM, f"{self.name}: this conversation is not known there")
        asked = self.status(key, number, now)
        above, below = self.api.context(number, now)
        found = [self.mention(each, now) for each in (*above, asked, *below)]
        return [each for each in found if each is not None]

    def status(self, key: str, number: str, now: datetime | None) -> Status:
        """Return the post `key`, which should bear the id `number`. Raises: `NotFoundError`."""
        found = self.api.status(number, now)
        if _key_or_none(found) != key:
            raise NotFoundError(PLATFORM, f"{self.name}: another post bears the id of this one")
        return found

    def again(self, numbers: Mapping[str, str], now: datetime) -> Iterator[Mention]:
        """Yield the posts, key by id, as they stand now; what the server shows no more is gone."""
        asked = list(numbers)
        for start in range(0, len(asked), MOST_BY_ID):
            part = asked[start : start + MOST_BY_ID]
            found = {str(each.get("id")): each for each in self._by_ids(part, now)}
            for number in part:
                status = found.get(number) or self._single(number, now)
                yield from self._as_it_stands(numbers[number], status, now)

    # Addresses

    def id_of(self, key: str, now: datetime | None) -> str | None:
        """Return the server's id of a post; None if it does not know the post.

        Raises: `ConnectorError` if it does not say.
        """
        return self.id_at_hand(key, now) or self._resolved(key, now)

    def id_at_hand(self, key: str, now: datetime | None) -> str | None:
        """Return the id of a post that passed by, or that is the server's own."""
        if number := self._memory.id_of(key):
            return number
        self.home(now)
        try:
            parts = urlsplit(key.removeprefix(f"{PLATFORM}:"))
        except ValueError:
            return None
        last = parts.path.rstrip("/").rpartition("/")[2]
        own = parts.netloc.casefold() in self.hosts
        return last if own and _NUMBER.fullmatch(last) else None

    def _resolved(self, key: str, now: datetime | None) -> str | None:
        """Return the id of a post asked for by its address."""
        if not self.api.token:
            raise AuthError(PLATFORM, f"{self.name}: looking up a post needs a token")
        for status in self.api.found(key.removeprefix(f"{PLATFORM}:"), now, resolve=True):
            if status.get("id") and _key_or_none(status) == key:
                with suppress(ConnectorError):
                    self.lineage(status, now)  # which remembers it
                return str(status["id"])
        return None

    # Accounts and replies

    def account_id(self, name: str, now: datetime | None) -> str:
        """Return the server's id of an account; it is asked for once."""
        if name not in self._account_ids:
            try:
                self._account_ids[name] = self.api.account_id(name, now)
            except (NotFoundError, NotOfferedError) as error:
                self._account_ids[name] = self._own_account_id(name, now, error)
        return self._account_ids[name]

    def _own_account_id(self, name: str, now: datetime | None, error: ConnectorError) -> str:
        """Return the id of the token's own account: old servers know no looking up by name."""
        own = self.api.own_account(now) if self.api.token else {}
        if payloads.whole(own.get("acct")).casefold() == name:
            return str(own["id"])
        problem = f"{self.name}: the account '{name}' is not known there"
        raise NotFoundError(PLATFORM, problem) from error

    def standing(self, parent: str, text: str) -> Sent | None:
        """Return the reply of the same words that stands under `parent` already."""
        self._own_id = self._own_id or str(self.api.own_account(None)["id"])
        for status in self.api.written_by(self._own_id, None):
            if str(status.get("in_reply_to_id")) == parent and self._says(status, text):
                return self.sent(status)
        return None

    def sent(self, status: Status) -> Sent:
        """Return where a reply stands. Raises: `UnavailableError` if its answer does not say."""
        try:
            mention = payloads.to_mention(status, self.home(None), self.lineage(status, None))
        except ValueError as error:
            raise UnavailableError(PLATFORM, f"{self.name}: an answer without a post") from error
        return Sent(key=mention.key, url=mention.url, at=mention.posted_at)

    def _says(self, status: Status, text: str) -> bool:
        said = payloads.content_of(status, self.home(None)).split()
        return _bare(said[1:]) == _bare(text.split())

    def _entry(self, item: Status, now: datetime | None) -> Entry:
        inner = item.get("status") if "status" in item else item
        status = payloads.original(inner) if isinstance(inner, Mapping) else {}
        at = payloads.instant(status.get("created_at")) or _EPOCH
        return Entry(id=str(item["id"]), posted_at=at, mention=lambda: self.mention(status, now))

    def _asked_for(self, number: str, parent: str, now: datetime | None) -> Known | None:
        """Return the post above `number`, with all that stands above it remembered."""
        try:
            above, _ = self.api.context(number, now)
        except (*ENDS_A_SERVER, SilentError):
            raise
        except (NotFoundError, AuthError):  # it was deleted meanwhile, or strangers are shown none
            return None
        except ConnectorError:
            above = self._one_by_one(parent, now)
        thread = next(filter(None, map(_key_or_none, above)), None)
        for status in above:
            if thread and (key := _key_or_none(status)):
                self._memory.keep(str(status.get("id")), Known(key, thread))
        return self._memory.known(parent)

    def _one_by_one(self, parent: str, now: datetime | None) -> list[Status]:
        """Return what stands above a reply, first post first, where its context cannot be read."""
        above: list[Status] = []
        number = parent
        while number and len(above) < MOST_ABOVE:
            status = self._single(number, now)
            if status is None:
                break
            above.insert(0, status)
            number = str(status.get("in_reply_to_id") or "")
        return above

    def _by_ids(self, numbers: Sequence[str], now: datetime) -> list[Status]:
        if not self._by_single:
            try:
                return self.api.statuses(numbers, now)
            except (NotFoundError, NotOfferedError):
                self._by_single = True  # before Mastodon 4.3
        return [status for each in numbers if (status := self._single(each, now)) is not None]

    def _single(self, number: str, now: datetime | None) -> Status | None:
        try:
            return self.api.status(number, now)
        except NotFoundError:
            return None

    def _as_it_stands(self, key: str, status: Status | None, now: datetime) -> Iterator[Mention]:
        if status is None:
            yield payloads.tombstone(key, now)
        elif _key_or_none(status) == key:
            try:
                yield payloads.to_mention(status, self.home(now), self.lineage(status, now))
            except ValueError as error:
                log.warning("mastodon: a status was skipped: %s", error)
            except (*ENDS_A_SERVER, SilentError):
                raise
            except ConnectorError as error:  # where it stands is not known: look again later
                log.debug("mastodon: a status was skipped: %s", error)


def _domain(about: Mapping[str, Any]) -> str:
    """Return a server's name: "domain" since Mastodon 4, before it and elsewhere "uri"."""
    said = payloads.whole(about.get("domain")) or payloads.whole(about.get("uri"))
    return said.partition("://")[2].partition("/")[0] if "://" in said else said


def _limit(about: Mapping[str, Any]) -> int:
    try:
        return int(about["configuration"]["statuses"]["max_characters"])
    except (LookupError, TypeError, ValueError):
        return USUAL_LIMIT


def _key_or_none(status: Status) -> str | None:
    try:
        return payloads.key_of(status)
    except ValueError:
        return None


def _bare(words: Iterable[str]) -> list[str]:
    return [_MENTIONED.sub(r"\1", each) for each in words]
