"""X, through tweepy: recent search, mentions, the own accounts' timelines, and replies, for money.

Limits: search reaches seven days back; each post that is read costs, and a budget for the month
is kept (`x_access.money`). Its words become ours in `x_access.payloads`, its errors in
`x_access.api`. Source: docs.x.com of August 2026, tweepy 4.17.0, recorded answers.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field

from connectors.listing.attempts import raise_first
from connectors.x_access import api as apis
from connectors.x_access import failures
from connectors.x_access.api import XApi, open_api
from connectors.x_access.failures import ENDS_A_POLL, AnswerLostError
from connectors.x_access.length import may_hold_link, weighted_length, without_links
from connectors.x_access.money import Ledger, Prices
from connectors.x_access.payloads import (
    SITE,
    Batch,
    id_of,
    key_of,
    time_of,
    to_batch,
    tombstone,
)
from connectors.x_access.reading import (
    Bounds,
    Marks,
    Reading,
    Stream,
    cursor_at,
    live_pages,
    past_readings,
)
from monitor.errors import ConnectorError, MonitorError, RefusedError, UnavailableError
from monitor.model import Brand, Cursor, Mention, Meter, Page, Sent, Watch, Window
from monitor.ports import Connector
from monitor.sections import BaseUrl, ConnectorOptions, Duration

PLATFORM = failures.PLATFORM
LONGEST_QUERY = 512  # characters, self-serve
LONGEST_LINK = LONGEST_QUERY - len('url:""')
SEARCHED = timedelta(days=7)  # back from now
REMEMBERED = 10_000  # edited versions whose first one is known
NEVER = datetime.min.replace(tzinfo=UTC)
DUPLICATE = "duplicate"  # X's word where the same text stands already
WHY_NOT = "X lets us answer only those who name or quote one of our accounts"
_WORD = re.compile(r"[^\W_]+")
_TAGGED = re.compile(r"[@#$]\w+")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?:/\S*)?")
_LEADING_NAMES = re.compile(r"^(?:\s*@\w+)+")

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Options(ConnectorOptions):
    """`[connectors.x]`."""

    base_url: BaseUrl = "https://api.twitter.com"
    monthly_budget_usd: Dollars | Literal["unlimited"] = 50.0  # a calendar month, UTC
    read_cost_usd: Dollars = 0.005  # a post
    own_read_cost_usd: Dollars = 0.001  # a post of, or naming, the account that is logged in
    account_cost_usd: Dollars = 0.010  # looking up an account
    count_cost_usd: Dollars = 0.005  # asking how many posts there are, as `doctor` does
    reply_cost_usd: Dollars = 0.015
    reply_with_link_cost_usd: Dollars = 0.20
    delete_cost_usd: Dollars = 0.010
    search: bool = True  # for the keywords of all brands
    mentions: bool = True  # the list of posts that name an own account
    full_archive: bool = False  # `backfill` searches all years, where the plan allows it
    overlap: Duration = timedelta(minutes=15)  # of search, read again: free within a day
    mentions_overlap: Duration = timedelta(minutes=15)
    own_overlap: Duration = timedelta(minutes=15)
    recheck_every: Duration = timedelta(hours=24)  # of open items: each look at a post costs
    max_pages: Annotated[int, Field(ge=2, le=100)] = 20  # of 100 posts, for each search and poll
    reply_limit: Annotated[int, Field(ge=1)] = 280  # more for accounts that pay X
    timeout: Duration = timedelta(seconds=15)  # of one request


def connect(options: Options, watch: Watch) -> Connector:
    """Return the connector that the secrets allow: reading, or reading and replying."""
    budget = options.monthly_budget_usd
    ledger = Ledger(budget_usd=math.inf if budget == "unlimited" else float(budget))
    timeout = options.timeout.total_seconds()
    api = open_api(watch.secrets, options.base_url, timeout, ledger, _prices(options))
    kind = XAccount if api.has_login else XConnector
    return kind(api, options, watch.brands)


class XConnector:
    """What any key can do: read, within the budget."""

    platform = PLATFORM
    # X asks that what is gone is no longer shown "as soon as reasonably possible", or within 24
    # hours of being asked to; it sets no time for looking. Source: X Developer Policy
    must_recheck_within: timedelta | None = None

    def __init__(self, api: XApi, options: Options, brands: Sequence[Brand]) -> None:
        self._api = api
        self._options = options
        self._ledger = api.ledger
        self._queries = search_queries(brands)
        self._own = _own_handles(brands)
        self._accounts: dict[str, str] = {}  # handle → id
        self._first_ids: dict[str, str] = {}  # version → first version, of edited posts
        self._read_at: dict[str, datetime] = {}  # what a spent limit left out comes first
        self._told: Meter = Meter()  # what the pages so far have said that they cost
        self.recheck_every = options.recheck_every

    # Money

    @property
    def meter(self) -> Meter:
        """How many requests were made so far, and what they cost."""
        return self._ledger.meter

    @property
    def monthly_budget_usd(self) -> float:
        """What may be spent in a month; infinite where no limit is set."""
        return self._ledger.budget_usd

    def told_spent(self, usd: float, now: datetime) -> None:
        """Hear what the month of `now` has cost so far."""
        self._ledger.told(usd, now)

    def pace(self, every: timedelta, now: datetime) -> timedelta:
        """Return how long to leave between two polls; see `Ledger.pace` for the rule."""
        return self._ledger.pace(every, now, apis.SEARCH.least * self._options.read_cost_usd)

    # Reading

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything posted at `instant` or later is read."""
        return cursor_at(instant)

    def own_cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which every own post since `instant` is read."""
        return cursor_at(instant)

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield pages for each search and each own account's mentions; a failed one comes again."""
        yield from self._live(self._public_streams, cursor, now)

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield pages for each own account: what it wrote, whomever it answered."""
        yield from self._live(self._own_streams, cursor, now)

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        """Yield what search still finds of [since, until); each page's cursor skips what was."""
        self._said_so_far()
        done: dict[str, str] = json.loads(cursor) if cursor else {}
        failed: list[ConnectorError] = []
        for stream in self._past_streams(query, failed):
            try:
                yield from self._past_of(stream, since, until, done)
            except ENDS_A_POLL:
                raise
            except ConnectorError as error:
                failed.append(error)
        raise_first(failed)

    def _past_of(
        self, stream: Stream, since: datetime, until: datetime, done: dict[str, str]
    ) -> Iterator[Page]:
        """Yield the pages of one listing; `done` says up to where each is still to be read."""
        left = min(until, datetime.fromisoformat(done.get(stream.name, until.isoformat())))
        most = self._options.max_pages
        for reading in past_readings(stream, since, left, self._ledger.now, most):
            before = Cursor(json.dumps(done))
            done[stream.name] = _left_of(reading, since).isoformat()
            after = Cursor(json.dumps(done))
            for page in _past_pages(stream, reading, since, left, before, after):
                yield self._costed(page)
            if reading.error is not None:
                raise reading.error
            left = reading.since

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        """Return the post that began `thread`, and its replies of the last seven days."""
        root = id_of(thread)
        found = {each.key: each for each in self._named([root], now) if not each.deleted}
        versions = [one for one, first in self._first_ids.items() if first == root] or [root]
        query = " OR ".join(f"conversation_id:{each}" for each in versions)
        token: str | None = None
        for _ in range(self._options.max_pages):
            batch = self._batch(self._api.search(query, {}, token, now))
            found.update((each.key, each) for each in batch.mentions)
            token = batch.token
            if token is None:
                break
        return tuple(sorted(found.values(), key=lambda each: (each.posted_at, each.key)))

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        """Yield each post of `keys` as it stands now; those that X keeps silent of are left out.

        Second looks can wait: they get what the month had by today and did not spend.

        Raises: `UnavailableError` after the last that the money was enough for.
        """
        ids = [id_of(key) for key in keys if key.startswith(f"{PLATFORM}:")]
        self._ledger.hear(now)
        most = self._looks(now)
        yield from self._named(ids[:most], now)
        if most < len(ids):
            raise UnavailableError(PLATFORM, "second looks wait for the money of another day")

    def probe(self) -> str:
        """Return what was reached, with which rights."""
        query = self._queries[0] if self._queries else "hello"
        found = self._api.count(query)
        rights = f" ({self._api.rights})" if self._api.rights else ""
        return f"{found} posts in seven days for {query[:60]!r}; reads, cannot reply{rights}"

    def _looks(self, now: datetime) -> int:
        price = self._options.read_cost_usd
        ahead = self._ledger.ahead_usd(now)
        return 10**6 if price == 0 or math.isinf(ahead) else int(ahead / price + 1e-6)

    def _live(
        self,
        streams: Callable[[datetime, list[ConnectorError]], list[Stream]],
        cursor: Cursor,
        now: datetime,
    ) -> Iterator[Page]:
        self._ledger.hear(now)
        self._said_so_far()
        marks = Marks.of(cursor)
        failed: list[ConnectorError] = []
        self._accounts.update(marks.accounts)
        wanted = streams(now, failed)
        marks = replace(marks.over(wanted), accounts=dict(self._accounts))
        for stream in sorted(wanted, key=lambda each: self._read_at.get(each.name, NEVER)):
            self._read_at[stream.name] = now
            try:
                for page, after, error in live_pages(stream, marks, now, self._options.max_pages):
                    marks = after
                    yield self._costed(page)
                    if error is not None:
                        raise error
            except ENDS_A_POLL:
                raise
            except ConnectorError as error:
                failed.append(error)
        raise_first(failed)

    def _costed(self, page: Page) -> Page:
        """Return the page with what was asked and paid since the page before."""
        cost = self._ledger.meter - self._told
        self._told = self._ledger.meter
        return replace(page, requests=cost.requests, cost_usd=round(cost.cost_usd, 6))

    def _said_so_far(self) -> None:
        self._told = self._ledger.meter

    def _public_streams(self, now: datetime, failed: list[ConnectorError]) -> list[Stream]:
        searches = [self._search_stream(each, now) for each in self._queries]
        named = self._ids_of_own(now, failed) if self._options.mentions else {}
        mentions = [self._mentions_stream(*each, now) for each in named.items()]
        return [*(searches if self._options.search else []), *mentions]

    def _own_streams(self, now: datetime, failed: list[ConnectorError]) -> list[Stream]:
        own = self._ids_of_own(now, failed)
        return [self._timeline_stream(handle, user, now) for handle, user in own.items()]

    def _past_streams(self, query: str | None, failed: list[ConnectorError]) -> list[Stream]:
        """Return the searches, or what has the name `query`."""
        now = self._ledger.now
        kind = self._archive_stream if self._options.full_archive else self._search_stream
        searches = [kind(each, now) for each in self._queries]
        found = [each for each in searches if query in (None, each.query)]
        if found or query is None:
            return found
        own = self._ids_of_own(now, failed).items()
        lists = (self._mentions_stream, self._timeline_stream)
        named = (kind(handle, user, now) for kind in lists for handle, user in own)
        return [each for each in named if each.query == query]

    def _ids_of_own(self, now: datetime | None, failed: list[ConnectorError]) -> dict[str, str]:
        """Return the ids of the own accounts, each looked up once and kept in the cursor."""
        for handle in self._own:
            if handle not in self._accounts:
                try:
                    self._accounts[handle] = self._api.account(handle, now)
                except ENDS_A_POLL:
                    raise
                except ConnectorError as error:
                    failed.append(error)
        return {handle: self._accounts[handle] for handle in self._own if handle in self._accounts}

    def _search_stream(self, query: str, now: datetime | None) -> Stream:
        return Stream(
            name=f"search {sha256(query.encode()).hexdigest()[:16]}",
            query=f"search {query}",
            overlap=self._options.overlap,
            reach=SEARCHED,
            fetch=lambda bounds, token: self._batch(
                self._api.search(query, bounds.params(), token, now)
            ),
        )

    def _archive_stream(self, query: str, now: datetime | None) -> Stream:
        def fetch(bounds: Bounds, token: str | None) -> Batch:
            return self._batch(self._api.archive(query, bounds.params(), token, now))

        return replace(self._search_stream(query, now), reach=None, fetch=fetch)

    def _mentions_stream(self, handle: str, user: str, now: datetime | None) -> Stream:
        return Stream(
            name=f"mentions {user}",
            query=f"mentions of @{handle}",
            overlap=self._options.mentions_overlap,
            ends_at=apis.MENTIONS.ends_at,
            fetch=lambda bounds, token: self._batch(
                self._api.mentions(user, bounds.params(), token, now)
            ),
        )

    def _timeline_stream(self, handle: str, user: str, now: datetime | None) -> Stream:
        return Stream(
            name=f"own {user}",
            query=f"posts of @{handle}",
            overlap=self._options.own_overlap,
            ends_at=apis.TIMELINE.ends_at,
            fetch=lambda bounds, token: self._batch(
                self._api.timeline(user, bounds.params(), token, now)
            ),
        )

    def _batch(self, answer: object) -> Batch:
        batch = to_batch(answer, self._own.keys(), self._first_ids)
        self._first_ids.update(batch.first_ids)
        while len(self._first_ids) > REMEMBERED:
            del self._first_ids[next(iter(self._first_ids))]
        return batch

    def _named(self, ids: Sequence[str], now: datetime) -> Iterator[Mention]:
        """Yield posts by id, in their newest versions; those that are gone as tombstones."""
        for start in range(0, len(ids), apis.LOOKUP.most):
            part = list(ids[start : start + apis.LOOKUP.most])
            batch = self._batch(self._api.lookup(part, now))
            found = {each.key: each for each in batch.mentions}
            if batch.stale:
                newer = self._batch(self._api.lookup(list(batch.stale)[: apis.LOOKUP.most], now))
                found.update((each.key, each) for each in newer.mentions)
            yield from found.values()
            yield from (tombstone(key_of(each)) for each in batch.gone if each in part)


class XAccount(XConnector):
    """What a login adds: replies, where X takes them."""

    def __init__(self, api: XApi, options: Options, brands: Sequence[Brand]) -> None:
        super().__init__(api, options, brands)
        self.reply_limit = options.reply_limit
        self._sent: dict[str, Sent] = {}

    def reply_length(self, text: str, to: Mention) -> int:  # noqa: ARG002 - the same everywhere
        """Return the length as X counts: a link is 23, an emoji or a Chinese letter 2."""
        return weighted_length(text)

    def why_no_reply(self, to: Mention) -> str | None:
        """Return why `to` cannot be answered: it is gone, or its author did not speak to us."""
        if to.deleted:
            return "the post is gone"
        return WHY_NOT if to.answerable is False else None

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        """Post `text` under `to` and return where it stands.

        X knows no key of ours: what the account wrote since that post is looked through first,
        so a reply of the same words under the same post is found instead of written again.

        Raises: `RefusedError` where X takes no reply; `ConnectorError`, after which the same
        call may be made again.
        """
        if (why := self.why_no_reply(to)) is not None:
            raise RefusedError(why)
        if idempotency_key not in self._sent:
            self._sent[idempotency_key] = self._standing(to, text) or self._post(to, text)
        return self._sent[idempotency_key]

    def take_back(self, sent: Sent) -> None:
        """Delete the reply; one that is gone already is no error."""
        self._api.delete(id_of(sent.key))

    def probe(self) -> str:
        """Return the name of the account that is logged in, and what X says of its rights."""
        _, handle = self._api.me()
        rights = f" ({self._api.rights})" if self._api.rights else ""
        can = "reads, cannot reply" if self._api.rights == "read" else "reads and replies"
        return f"logged in as @{handle}: {can}{rights}"

    def _post(self, to: Mention, text: str) -> Sent:
        try:
            posted = self._api.post(text, _id_to_answer(to), with_link=may_hold_link(text))
        except AnswerLostError as error:
            return self._found_after(error, to, text)
        except RefusedError as error:
            if DUPLICATE not in str(error).lower():
                raise
            return self._found_after(error, to, text)
        return _sent(posted, self._api.posted_at())

    def _found_after(self, error: MonitorError, to: Mention, text: str) -> Sent:
        standing = self._standing(to, text)
        if standing is None:
            raise error
        return standing

    def _standing(self, to: Mention, text: str) -> Sent | None:
        user = self._api.own_id or self._api.me()[0]
        token: str | None = None
        for _ in range(self._options.max_pages):
            since = Bounds(since_id=id_of(to.key)).params()
            batch = self._batch(self._api.timeline(user, since, token, None))
            same = (each for each in batch.mentions if _is_answer(each, to, text))
            if (found := next(same, None)) is not None:
                return _sent(id_of(found.key), found.posted_at)
            if batch.token in (None, token):
                return None
            token = batch.token
        raise UnavailableError(PLATFORM, "the account wrote too much to look for the reply in it")


def search_queries(brands: Sequence[Brand]) -> tuple[str, ...]:
    """Return queries that together name every keyword of `brands`, each short enough."""
    keywords = (word for brand in brands for word in brand.keywords)
    words: dict[str, str] = {}
    for word in (each for keyword in keywords for each in _operators(keyword)):
        words.setdefault(word.casefold(), word)
    queries: list[str] = []
    for word in words.values():
        if queries and len(queries[-1]) + len(" OR ") + len(word) <= LONGEST_QUERY:
            queries[-1] += f" OR {word}"
        else:
            queries.append(word)
    return tuple(queries)


def _operators(keyword: str) -> Iterator[str]:
    """Yield what finds a keyword on X: a handle, a tag, a word, a phrase, a domain in links.

    What looks like a domain may be a name ("Node.js"), which X makes no link of: it is both.
    """
    bare = " ".join(keyword.replace('"', " ").split())
    if _TAGGED.fullmatch(bare) or (_WORD.fullmatch(bare) and bare.casefold() not in ("or", "and")):
        yield bare[:LONGEST_QUERY]
        return
    if _DOMAIN.fullmatch(bare):
        yield f'url:"{bare[:LONGEST_LINK]}"'
    if bare:
        yield f'"{bare[: LONGEST_QUERY - 2]}"'


def _prices(options: Options) -> Prices:
    return Prices(
        read=options.read_cost_usd,
        own_read=options.own_read_cost_usd,
        account=options.account_cost_usd,
        count=options.count_cost_usd,
        reply=options.reply_cost_usd,
        reply_with_link=options.reply_with_link_cost_usd,
        delete=options.delete_cost_usd,
    )


def _own_handles(brands: Sequence[Brand]) -> dict[str, None]:
    names = (name for brand in brands for place, name in brand.own_accounts if place == PLATFORM)
    return dict.fromkeys(name.casefold() for name in names)


def _id_to_answer(to: Mention) -> str:
    """Return the id of the version that is shown: its link bears it."""
    return to.url.rstrip("/").rpartition("/")[2] or id_of(to.key)


def _is_answer(own: Mention, to: Mention, text: str) -> bool:
    under = own.reply_to in (to.key, key_of(_id_to_answer(to)))
    return under and _bare(own.text) == _bare(text)


def _bare(text: str) -> list[str]:
    """Return the words of a text without what X changes: links, and the names in front."""
    return _LEADING_NAMES.sub("", without_links(text)).split()


def _sent(post_id: str, at: datetime | None) -> Sent:
    made = time_of(post_id)
    posted_at = made.replace(microsecond=0) if made else at
    if posted_at is None:
        raise AnswerLostError(PLATFORM, "the reply stands, but X does not say since when")
    return Sent(key=key_of(post_id), url=f"{SITE}/i/status/{post_id}", at=posted_at)


def _past_pages(
    stream: Stream,
    reading: Reading,
    since: datetime,
    until: datetime,
    before: Cursor,
    after: Cursor,
) -> Iterator[Page]:
    """Yield the pages of one part of the past: what X gives no more first."""
    if reading.lost is not None:
        lost = reading.lost
        hole = Window(query=stream.query, since=lost.since, until=lost.until, complete=False)
        yield Page(mentions=(), cursor=before, window=hole)
    if reading.since >= until and not reading.mentions:
        return
    found = tuple(each for each in reading.mentions if since <= each.posted_at < until)
    window = Window(query=stream.query, since=min(reading.since, until), until=until)
    yield Page(mentions=found, cursor=after, window=window)


def _left_of(reading: Reading, since: datetime) -> datetime:
    """Return up to where a span is still to be read; `since` where nothing is."""
    return reading.unread.until if reading.unread is not None else since
