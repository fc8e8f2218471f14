"""Posts and answers that people name by their address or their key."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from bot.chat.text import openable
from monitor.model import Post
from monitor.store.posts import Posts

_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER_A_URL = ".,;:!?)]}'»”"  # what people write after an address, seldom a part of it
_KEY = re.compile(r"[a-z][a-z0-9_]*:\S{1,200}")
_SAME_PLACE = ("www.", "old.", "new.", "m.", "mobile.")  # hosts that show the same posts


def first_url(text: str) -> str | None:
    """Return the first web address in `text`, without what only follows it, or None."""
    for found in _URL.finditer(text):
        url = found[0].rstrip(_AFTER_A_URL)
        if openable(url):
            return url
    return None


def named_post(posts: Posts, text: str) -> Post | None:
    """Return the kept post that `text` names by its address or its key, or None."""
    url = first_url(text)
    if url is not None:
        found = (posts.by_url(spelling) for spelling in _spellings(url))
        return next((post for post in found if post is not None), None)
    key = _KEY.fullmatch(text.strip())
    return posts.get(key[0]) if key else None


def names_post(text: str) -> bool:
    """Return whether `text` is an address or a key at all."""
    return first_url(text) is not None or _KEY.fullmatch(text.strip()) is not None


def _spellings(url: str) -> Iterator[str]:
    """Yield the addresses under which the same post may have been kept, the given one first."""
    yield url
    parts = urlsplit(url)
    host = parts.netloc.lower()
    bare = next((host.removeprefix(each) for each in _SAME_PLACE if host.startswith(each)), host)
    for scheme in ("https", "http"):
        for place in (bare, *(each + bare for each in _SAME_PLACE)):
            yield urlunsplit((scheme, place, parts.path, "", ""))
