"""What the generator must know of each platform: its settings, its controls and its bad habits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.sources.processes import Call

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
    section: Callable[[str], dict[str, Any]]  # its settings, for the address of the server
    secrets: Mapping[str, str]  # "own" names the brand's own accounts there
    post: Callable[[Wanted], Call]  # the control that makes a post
    key: Callable[[Any], str]  # what that control returned → the key of the mention
    native: str  # what the other controls call a post's id
    late_s: int  # a post may be listed so long after its time
    reread_s: int  # what is older than that is not read again
    faults: tuple[FaultOf, ...]
    tunes: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # attribute → least, most
    small_tunes: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # for few posts
    follows: str = "GET"  # the requests between which posts come and go
    anchored: str | None = None  # those that name the post they follow, as its native id
    burst: int = 350  # posts at once
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


def _reddit_section(url: str) -> dict[str, Any]:
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
        "own": "acme_care",
    },
    post=_reddit_post,
    key=lambda name: f"reddit:{name}",
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
        return "post", {"text": wanted.text, **said}
    return "reply", {"to": wanted.parent, "text": wanted.text, **said}


def _too_many(dice: Random, now: float) -> dict[str, Any]:
    headers = {"retry-after": str(dice.randint(6, 600))}
    return {"kind": "status", "status": 429, "headers": headers, "body": "slow down"}


HACKERNEWS = Place(
    name="hackernews",
    section=lambda url: {"base_url": f"{url}/api/v1", "timeout": "2s"},
    secrets={"own": "acme_care"},
    post=_hackernews_post,
    key=lambda name: f"hackernews:{name}",
    native="name",
    late_s=3000,
    reread_s=3600,
    faults=(*COMMON, _too_many),
    tunes={"page_most": (50, 300), "most_hits": (300, 1000), "shuffle": (0, 1)},
    small_tunes={"page_most": (5, 10), "most_hits": (10, 50), "shuffle": (0, 1)},
    follows="search_by_date",
    dated_edits=False,
)

PLACES = {place.name: place for place in (REDDIT, HACKERNEWS)}
