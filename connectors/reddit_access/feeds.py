"""Reddit's public feeds (Atom), for who has no key: the same listings, fewer facts.

A feed names no parent of a comment, tells of no edits, and Reddit serves few of them a minute.
"""

import logging
import re
import time
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.fetching.failures import LONGEST_WAIT, problem, rate_limited
from connectors.fetching.feeds import is_whole, parse, validators
from connectors.fetching.fetcher import Bounds, Fetched, Fetcher, open_fetcher
from connectors.listing.reading import Slice
from connectors.markup.text import to_text
from connectors.reddit_access.failures import PLATFORM
from connectors.reddit_access.payloads import (
    COMMENT,
    author_of,
    is_gone,
    key_of,
    outside_link,
)
from monitor.errors import AuthError, UnavailableError
from monitor.model import Mention

log = logging.getLogger(__name__)

LARGEST = 5_000_000  # bytes of one feed; 100 long posts are well below it
SHORTEST_FULL = 20  # entries; a feed that holds fewer has nothing older
_WRITTEN = re.compile(r"<!-- SC_OFF -->(.*?)<!-- SC_ON -->", re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)">\[link\]</a>')
_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The last answer of a feed: a 304 means that it still holds."""

    slice: Slice
    validators: Mapping[str, str]


class RedditFeeds:
    """Reddit's public feeds."""

    def __init__(self, fetcher: Fetcher, site: str) -> None:
        self._fetcher = fetcher
        self.site = site
        self._kept: dict[str, _Kept] = {}
        self._ready_at = 0.0  # monotonic seconds: Reddit's budget for us is empty until then

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return self._fetcher.requests

    def listing(self, path: str, params: Mapping[str, str], now: datetime | None) -> Slice:
        """Return one slice of a listing, newest first."""
        if (left := self._ready_at - time.monotonic()) > 0:
            raise rate_limited(PLATFORM, left, now)
        url = f"{self.site}/{path}{'.rss' if path.endswith('search') else '/.rss'}"
        name = f"{url}?{urlencode(params)}"
        kept = None if "after" in params else self._kept.get(name)
        answer = self._fetcher.get(url, params, kept.validators if kept else {})
        self._note_budget(answer.headers)
        if answer.status == 304 and kept is not None:
            return kept.slice
        _check(answer, now)
        return self._read(name, answer)

    def _read(self, name: str, answer: Fetched) -> Slice:
        feed = parse(PLATFORM, answer.body, answer.headers)
        found = to_slice(feed)
        asks = validators(answer.headers)
        if asks and "after=" not in name and is_whole(feed):
            self._kept[name] = _Kept(slice=found, validators=asks)
        return found

    def _note_budget(self, headers: Mapping[str, str]) -> None:
        try:
            left = float(headers["x-ratelimit-remaining"])
            reset = float(headers["x-ratelimit-reset"])
        except (KeyError, ValueError):
            return
        self._ready_at = time.monotonic() + min(reset, LONGEST_WAIT) if left < 1 else 0.0


def open_feeds(site: str, agent: str, timeout: float) -> RedditFeeds:
    """Return Reddit's public feeds at `site`; no request is made yet."""
    bounds = Bounds(timeout=timeout, largest=LARGEST)
    fetcher = open_fetcher(PLATFORM, bounds, accept="application/atom+xml", agent=agent)
    return RedditFeeds(fetcher, site)


def to_slice(feed: Any) -> Slice:
    """Return a feed that was parsed as a slice."""
    found = [each for each in feed.entries if _NAME.fullmatch(str(each.get("id", "")))]
    mentions = tuple(each for entry in found for each in _mentions(entry))
    names = tuple(str(each["id"]) for each in found)
    after = names[-1] if len(names) >= SHORTEST_FULL else None
    return Slice(mentions=mentions, names=names, after=after)


def to_mention(entry: Mapping[str, Any]) -> Mention:
    """Return an entry of a feed as a mention.

    Raises: `LookupError` or `TypeError` if it has no time, `ValueError` if its address is none.
    """
    name, url = str(entry["id"]), str(entry.get("link", ""))
    written = _written(entry)
    gone = is_gone(written) or is_gone(str(entry.get("title", "")))
    return Mention(
        key=key_of(name),
        platform=PLATFORM,
        thread=_thread(name, url),
        author=author_of(str(entry.get("author", "")).removeprefix("/u/")),
        text="" if gone else written if name.startswith(COMMENT) else _with_title(entry, written),
        url=url if urlsplit(url).scheme in ("http", "https") else "",
        posted_at=_posted_at(entry),
        place=str(entry["tags"][0]["term"]) if entry.get("tags") else "",
        deleted=gone,
    )


def _mentions(entry: Mapping[str, Any]) -> Iterator[Mention]:
    try:
        yield to_mention(entry)
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        log.warning("reddit: an entry was skipped: %s", type(error).__name__)


def _thread(name: str, url: str) -> str:
    parts = urlsplit(url).path.split("/")
    if name.startswith(COMMENT) and "comments" in parts[:-1]:
        return key_of(f"t3_{parts[parts.index('comments') + 1]}")
    return key_of(name)


def _posted_at(entry: Mapping[str, Any]) -> datetime:
    parsed = entry.get("published_parsed") or entry["updated_parsed"]
    return datetime.fromtimestamp(timegm(parsed), UTC)


def _written(entry: Mapping[str, Any]) -> str:
    content = _content(entry)
    found = _WRITTEN.search(content)
    return to_text(found[1]) if found else ""


def _with_title(entry: Mapping[str, Any], written: str) -> str:
    link = _LINK.search(_content(entry))
    outside = outside_link(unescape(link[1])) if link else ""
    parts = (unescape(str(entry.get("title", ""))).strip(), written, outside)
    return "\n\n".join(part for part in parts if part)


def _content(entry: Mapping[str, Any]) -> str:
    return str(entry["content"][0]["value"]) if entry.get("content") else ""


def _check(answer: Fetched, now: datetime | None) -> None:
    if answer.status in (401, 403):
        words = f"the public feeds are refused here ({answer.status}): set a key"
        raise AuthError(PLATFORM, words)
    if (error := problem(PLATFORM, answer.status, answer.headers, now)) is not None:
        raise error
    if answer.status == 304:
        raise UnavailableError(PLATFORM, "unchanged (304), though it was asked for whole")
