"""What the generator must know of each platform: its settings, its controls and its bad habits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from tests.sources.processes import Call

Mishap = tuple[list[Call], list[Call]]  # how it begins before a poll, and how it ends after
FaultOf = Callable[[Random, float], dict[str, Any]]  # dice and the present → a fault's details


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A post to be made."""

    text: str
    author: str
    at: int  # epoch seconds
    listed: bool = True
    parent: str | None = None  # the native id of what it answers
    by_brand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One platform as the generator treats it."""

    name: str
    section: Callable[[str, str], dict[str, Any]]  # its settings; addresses of server and stream
    secrets: Mapping[str, str]
    post: Callable[[Wanted], Call]  # the control that makes a post
    key: Callable[[str, str, Wanted], str]  # server's address, native id, post → mention's key
    own: str = "acme_care"  # the brand's account
    account: str = "{own}"  # the same as the settings name it; {netloc} is the server's
    native: str  # what the other controls call a post's id
    late_s: int  # a post may be listed so long after its time
    reread_s: int  # what is older than that is not read again at a poll
    swept_s: int = 0  # nor, now and then, what is older than that
    began_before: timedelta = timedelta(hours=30)  # the present: no platform is shown the future
    faults: tuple[FaultOf, ...]
    tunes: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # attribute → least, most
    small_tunes: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # for few posts
    follows: str = "GET"  # the requests between which posts come and go
    anchored: str | None = None  # those that name the post they follow, as its native id
    burst: int = 350  # posts at once
    behind: int = 400  # posts that nobody has read yet: beyond, the platform lists no further back
    forgets: bool = False  # what nobody asked for in time is gone for good, and that is its way
    has_stream: bool = False  # the server prints its stream's address too
    settle_s: float = 0.0  # of real time, beside `settle_polls`: streams tell when they like
    mishaps: tuple[Callable[[Random], Mishap], ...] = ()  # what faults cannot bring about
    begin: tuple[Call, ...] = ()  # before anything happens
    dated_deletions: bool = False  # a deletion is told its time
    told_the_time: bool = False  # its server has a clock of its own, `now`
    dated_edits: bool = True  # an edit is told its time
    replies: bool = True  # posts may answer posts
    settle_polls: int = 1  # so many whole polls after it was listed, a post must be stored

    @property
    def module(self) -> str:
        """The server, as `python -m` starts it."""
        return f"tests.servers.{self.name}"


def down(dice: Random, now: float) -> dict[str, Any]:
    """Return a server that fails."""
    return {"kind": "status", "status": dice.choice((500, 502, 503)), "body": {"error": "oops"}}


def an_error_page(dice: Random, now: float) -> dict[str, Any]:
    """Return a page for people where JSON should be."""
    return {"kind": "html", "status": dice.choice((200, 502, 503))}


def a_hang(dice: Random, now: float) -> dict[str, Any]:
    """Return no answer at all, for longer than anybody waits."""
    return {"kind": "hang", "seconds": 5.0}


def broken(kind: str) -> FaultOf:
    """Return a connection or an answer that breaks: "reset", "cut", "bad_json"."""
    return lambda dice, now: {"kind": kind}


COMMON = (down, an_error_page, broken("reset"), broken("cut"), broken("bad_json"))


# ---------------------------------------------------------------- reddit


def _reddit_section(url: str, stream: str) -> dict[str, Any]:
    urls = {"reddit_url": url, "oauth_url": url}
    return {"subreddits": ["acme"], "timeout": "2s", **urls}


def _reddit_post(wanted: Wanted) -> Call:
    said: dict[str, Any] = {"author": wanted.author, "at": wanted.at, "listed": wanted.listed}
    if wanted.parent is None:
        return "add_submission", {"title": wanted.text, **said}
    return "add_comment", {"parent": wanted.parent, "text": wanted.text, **said}


def _too_many_reddit(dice: Random, now: float) -> dict[str, Any]:
    wait = str(dice.randint(6, 600))
    headers = {dice.choice(("retry-after", "x-ratelimit-reset")): wait}
    return {"kind": "status", "status": 429, "headers": headers, "body": {"error": 429}}


REDDIT = Place(
    name="reddit",
    section=_reddit_section,
    secrets={
        "client_id": "client-id",
        "client_secret": "client-secret",
        "username": "acme_care",
        "password": "correct horse",
    },
    post=_reddit_post,
    key=lambda url, name, wanted: f"reddit:{name}",
    native="name",
    late_s=240,
    reread_s=3600,
    faults=(*COMMON, _too_many_reddit),
    tunes={"page_most": (60, 100)},
    small_tunes={"page_most": (6, 20)},
    follows=r"GET .*[?&]after=t\d_",
    anchored=r"GET /(?!comments/).*[?&]after=(t\d_\w+)",
)

# ---------------------------------------------------------------- hackernews


def _hackernews_post(wanted: Wanted) -> Call:
    said: dict[str, Any] = {"author": wanted.author, "at": wanted.at, "listed": wanted.listed}
    if wanted.parent is None:
        return "post", {"title": "A story", "text": wanted.text, **said}
    return "reply", {"to": wanted.parent, "text": wanted.text, **said}


def _too_many(dice: Random, now: float) -> dict[str, Any]:
    headers = {"retry-after": str(dice.randint(6, 600))}
    return {"kind": "status", "status": 429, "headers": headers, "body": "slow down"}


HACKERNEWS = Place(
    name="hackernews",
    section=lambda url, stream: {"base_url": f"{url}/api/v1", "timeout": "2s"},
    secrets={},
    post=_hackernews_post,
    key=lambda url, name, wanted: f"hackernews:{name}",
    native="name",
    late_s=3000,
    reread_s=3600,
    faults=(*COMMON, _too_many),
    tunes={"page_most": (50, 300), "most_hits": (300, 1000), "shuffle": (0, 1)},
    small_tunes={"page_most": (5, 10), "most_hits": (10, 50), "shuffle": (0, 1)},
    follows="search_by_date",
    dated_edits=False,
)

# ---------------------------------------------------------------- rss


FEEDS = ("reviews", "forum", "news")


def _rss_post(wanted: Wanted) -> Call:
    feed = FEEDS[wanted.at % len(FEEDS)]
    said = {"author": wanted.author, "at": wanted.at, "listed": wanted.listed}
    return "post", {"text": wanted.text, "feed": feed, **said}


def _rss_key(url: str, guid: str, wanted: Wanted) -> str:
    """Return the key of an entry: its feed's address, its guid and its link."""
    feed, _, name = guid.removeprefix("tag:").partition(",")
    said = f"{guid}\n{url}/{feed}/{name}"
    return f"rss:{_short(f'{url}/{feed}.xml', 10)}:{_short(said, 20)}"


def _short(text: str, length: int) -> str:
    return sha256(text.encode()).hexdigest()[:length]


RSS = Place(
    name="rss",
    section=lambda url, stream: {
        "feeds": [f"{url}/{feed}.xml" for feed in FEEDS],
        "allow_private_addresses": True,
        "timeout": "2s",
    },
    secrets={},
    post=_rss_post,
    key=_rss_key,
    native="name",
    late_s=600,
    reread_s=600,
    faults=(*COMMON, _too_many),
    tunes={"page_most": (130, 200), "shuffle": (0, 1), "packed": (0, 1), "conditional": (0, 1)},
    small_tunes={"page_most": (30, 60), "shuffle": (0, 1), "packed": (0, 1)},
    burst=100,
    behind=110,
    forgets=True,
    replies=False,
)


# ---------------------------------------------------------------- x


def _x_post(wanted: Wanted) -> Call:
    named = "@acmecare " if wanted.at % 3 == 0 and not wanted.by_brand else ""
    said = {"author": wanted.author, "at": wanted.at, "listed": wanted.listed}
    return "post", {"text": named + wanted.text, "to": wanted.parent, **said}


def _x_section(url: str, stream: str) -> dict[str, Any]:
    """Return settings for answers that hold less than X's do: so many more of them a poll."""
    return {
        "base_url": url,
        "monthly_budget_usd": "unlimited",
        "timeout": "2s",
        "max_pages": 100,
    }


def _too_many_x(dice: Random, now: float) -> dict[str, Any]:
    reset = {"x-rate-limit-reset": str(int(now) + dice.randint(6, 900))}
    headers = {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "0", **reset}
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "status": 429}
    return {"kind": "status", "status": 429, "headers": headers, "body": body}


X = Place(
    name="x",
    section=lambda url, stream: {
        "base_url": url,
        "monthly_budget_usd": "unlimited",
        "timeout": "2s",
    },
    secrets={
        "bearer_token": "bearer-token",
        "api_key": "api-key",
        "api_secret": "api-secret",
        "access_token": "1001-access",
        "access_secret": "access-secret",
    },
    own="acmecare",
    post=_x_post,
    key=lambda url, name, wanted: f"x:{name}",
    native="post_id",
    late_s=800,
    reread_s=900,
    faults=(*COMMON, _too_many_x),
    tunes={"page_most": (60, 100), "shuffle": (0, 1), "random_pages": (0, 1)},
    small_tunes={"page_most": (3, 10), "shuffle": (0, 1), "random_pages": (0, 1)},
    told_the_time=True,
)

# ---------------------------------------------------------------- mastodon


def _mastodon_post(wanted: Wanted) -> Call:
    named = ("#acme ", "@acme_care #acme ")[wanted.at % 4 == 0 and not wanted.by_brand]
    said = {"text": named + wanted.text, "author": wanted.author, "at": wanted.at}
    if wanted.parent is None:
        return "post", {**said, "listed": wanted.listed}
    return "reply", {"parent": wanted.parent, **said, "listed": wanted.listed}


def _too_many_mastodon(dice: Random, now: float) -> dict[str, Any]:
    reset = datetime.fromtimestamp(now + dice.randint(6, 300), UTC).isoformat()
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    return {"kind": "status", "status": 429, "headers": headers, "body": {"error": "Throttled"}}


def _streams_break(dice: Random) -> Mishap:
    return [("break_streams", {})], []


def _mastodon_server(url: str, stream: str) -> dict[str, Any]:
    server = {"name": "main", "base_url": url, "hashtags": ["acme"]}
    return {"servers": [server], "every": "1s", "timeout": "2s"}


MASTODON = Place(
    name="mastodon",
    section=_mastodon_server,
    secrets={"token": "care-token"},
    account="{own}@{netloc}",
    post=_mastodon_post,
    key=lambda url, name, wanted: f"mastodon:{url}/users/{wanted.author}/statuses/{name}",
    native="number",
    late_s=1700,
    reread_s=3600,
    swept_s=86400,
    began_before=timedelta(days=5),
    faults=(*COMMON, _too_many_mastodon),
    tunes={"page_most": (20, 40), "shuffle": (0, 1), "random_pages": (0, 1)},
    small_tunes={"page_most": (4, 10), "shuffle": (0, 1), "random_pages": (0, 1)},
    settle_polls=3,
    settle_s=1.5,
    mishaps=(_streams_break,),
)


# ---------------------------------------------------------------- bluesky


def _bluesky_post(wanted: Wanted) -> Call:
    author = wanted.author if wanted.by_brand else f"{wanted.author.replace('_', '-')}.test"
    said = {"text": wanted.text, "author": author, "at": wanted.at}
    return ("reply", {"parent": wanted.parent, **said}) if wanted.parent else ("post", said)


def _bluesky_section(url: str, stream: str) -> dict[str, Any]:
    urls = {"jetstream_url": stream, "pds_url": url, "appview_url": url}
    return {**urls, "timeout": "2s", "buffer": 500}


def _cut_in_mid_frame(dice: Random) -> Mishap:
    return [("stream", {"cut_after": dice.randint(1, 40)}), ("break_streams", {})], []


def _refused(dice: Random) -> Mishap:
    return [("stream", {"refuse": True}), ("break_streams", {})], [("stream", {"refuse": False})]


BLUESKY = Place(
    name="bluesky",
    section=_bluesky_section,
    secrets={"handle": "acme-care.test", "app_password": "abcd-efgh-ijkl-mnop"},
    own="acme-care.test",
    post=_bluesky_post,
    key=lambda url, name, wanted: f"bluesky:{name}",
    native="uri",
    late_s=0,
    reread_s=600,
    faults=COMMON,
    settle_polls=3,
    settle_s=0.5,
    has_stream=True,
    mishaps=(_streams_break, _cut_in_mid_frame, _refused),
    begin=(("add_account", {"handle": "acme-care.test", "password": "abcd-efgh-ijkl-mnop"}),),
    dated_deletions=True,
)

PLACES = {place.name: place for place in (REDDIT, HACKERNEWS, RSS, X, MASTODON, BLUESKY)}
