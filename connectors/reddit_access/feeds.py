"""Reddit's public feeds (Atom), for who has no key: the same listings, fewer facts.

A feed names no parent of a comment, tells of no edits, and Reddit serves few of them a minute.
"""

import logging
import re
import time
from calendar import timegm
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from weakref import finalize

from connectors.listing.reading import Slice
from connectors.reddit_access.failures import PLATFORM, NoConnectionError
from connectors.reddit_access.payloads import (
    COMMENT,
    author_of,
    is_gone,
    key_of,
    outside_link,
)
from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError
from monitor.model import Mention

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

LARGEST = 5_000_000  # bytes of one feed; 100 long posts are well below it
MOST_REDIRECTS = 3
SHORTEST_FULL = 20  # entries; a feed that holds fewer has nothing older
_WRITTEN = re.compile(r"<!-- SC_OFF -->(.*?)<!-- SC_ON -->", re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)">\[link\]</a>')
_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_BLOCKS = frozenset({"p", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "tr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The last answer of a feed: a 304 means that it still holds."""

    slice: Slice
    validators: Mapping[str, str]


class RedditFeeds:
    """Reddit's public feeds."""

    def __init__(self, client: "httpx.Client", site: str, timeout: float) -> None:
        self._client = client
        finalize(self, client.close)
        self.site = site
        self.requests = 0
        self._timeout = timeout
        self._kept: dict[str, _Kept] = {}
        self._ready_at = 0.0  # monotonic seconds: Reddit's budget for us is empty until then

    def listing(self, path: str, params: Mapping[str, str], now: datetime | None) -> Slice:
        """Return one slice of a listing, newest first."""
        if (left := self._ready_at - time.monotonic()) > 0:
            raise _rate_limited(left, now)
        url = f"{self.site}/{path}{'.rss' if path.endswith('search') else '/.rss'}"
        kept = None if "after" in params else self._kept.get(f"{url}?{urlencode(params)}")
        with _translated_errors():
            status, headers, body = self._fetch(url, params, kept.validators if kept else {})
        self._note_budget(headers)
        if status == 304 and kept is not None:
            return kept.slice
        _check(status, headers, now)
        _check(status, headers, now)
        return self._read(f"{url}?{urlencode(params)}", headers, body)

    def _fetch(
        self, url: str, params: Mapping[str, str], validators: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.requests += 1
        end = time.monotonic() + self._timeout
        with self._client.stream("GET", url, params=params, headers=validators) as answer:
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST or time.monotonic() > end:
                    raise UnavailableError(PLATFORM, "a feed that is too large or too slow")
            return answer.status_code, dict(answer.headers), bytes(body)

    def _read(self, url: str, headers: Mapping[str, str], body: bytes) -> Slice:
        found = to_slice(body, headers)
        names = {"etag": "if-none-match", "last-modified": "if-modified-since"}
        validators = {names[name]: headers[name] for name in names if name in headers}
        if validators and "after=" not in url:
            self._kept[url] = _Kept(slice=found, validators=validators)
        return found

    def _note_budget(self, headers: Mapping[str, str]) -> None:
        try:
            left = float(headers["x-ratelimit-remaining"])
            reset = float(headers["x-ratelimit-reset"])
        except (KeyError, ValueError):
            return
        self._ready_at = time.monotonic() + min(reset, 3600) if left < 1 else 0.0


def open_feeds(site: str, agent: str, timeout: float) -> RedditFeeds:
    """Return Reddit's public feeds at `site`; no request is made yet."""
    import httpx

    headers = {"User-Agent": agent, "Accept": "application/atom+xml"}
    client = httpx.Client(
        headers=headers, timeout=timeout, follow_redirects=True, max_redirects=MOST_REDIRECTS
    )
    return RedditFeeds(client, site, timeout)


def to_slice(body: bytes, headers: Mapping[str, str]) -> Slice:
    """Return a feed as a slice. Raises: `UnavailableError` if it is none."""
    import feedparser

    feed = feedparser.parse(
        body,
        response_headers={"content-type": headers.get("content-type", "")},
        sanitize_html=False,  # only text is taken from it, and its comments part the text
        resolve_relative_uris=False,
    )
    if feed.bozo and not feed.entries and not feed.version:
        raise UnavailableError(PLATFORM, "an answer that is no feed")
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
    return plain_text(found[1]) if found else ""


def _with_title(entry: Mapping[str, Any], written: str) -> str:
    link = _LINK.search(_content(entry))
    outside = outside_link(unescape(link[1])) if link else ""
    parts = (plain_text(str(entry.get("title", ""))), written, outside)
    return "\n\n".join(part for part in parts if part)


def _content(entry: Mapping[str, Any]) -> str:
    return str(entry["content"][0]["value"]) if entry.get("content") else ""


class _Text(HTMLParser):
    """Collects the text of HTML, with an empty line after each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")


def plain_text(markup: str) -> str:
    """Return the text of a piece of HTML, its blocks parted by empty lines."""
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return re.sub(r"\n\s*\n\s*", "\n\n", "".join(reader.parts)).strip()


def _check(status: int, headers: Mapping[str, str], now: datetime | None) -> None:
    if status == 429:
        raise _rate_limited(_wait(headers), now)
    if status in (401, 403):
        raise AuthError(PLATFORM, f"the public feeds are refused here ({status}): set a key")
    if status == 404:
        raise UnavailableError(PLATFORM, "not found (404): is the name right?")
    if status != 200:
        raise UnavailableError(PLATFORM, f"answered {status}")


def _wait(headers: Mapping[str, str]) -> float:
    for name in ("retry-after", "x-ratelimit-reset"):
        if headers.get(name, "").replace(".", "", 1).isdigit():
            return min(float(headers[name]), 3600.0)
    return 60.0


def _rate_limited(seconds: float, now: datetime | None) -> ConnectorError:
    at = now + timedelta(seconds=seconds) if now else None
    return RateLimitError(PLATFORM, f"too many requests, again in {seconds:.0f} s", at)


@contextmanager
def _translated_errors() -> Iterator[None]:
    import httpx

    try:
        yield
    except httpx.ConnectError as error:
        raise NoConnectionError(PLATFORM, "cannot be reached (ConnectError)") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(
            PLATFORM, f"no whole answer came ({type(error).__name__})"
        ) from error
