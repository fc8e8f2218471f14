"""RSS and Atom as bytes become entries, and what makes the next request for them cheap.

No address that stands in a feed is followed while it is read, and no file is opened: what came
is handed over as a stream. An entity may not grow a feed: expat stops it, and the loose reader
that goes on does not expand any. Source: feedparser 6.0.14, `api.py`; expat 2.4.1, changes.
"""

import io
from collections.abc import Mapping
from typing import Any

from monitor.errors import UnavailableError

_VALIDATORS = {"etag": "if-none-match", "last-modified": "if-modified-since"}
_LONGEST_VALIDATOR = 500  # characters


def parse(platform: str, body: bytes, headers: Mapping[str, str]) -> Any:
    """Return a feed as feedparser reads it. Raises: `UnavailableError` if it is none."""
    import feedparser

    given = {"content-type": headers.get("content-type", "")}
    feed = feedparser.parse(
        io.BytesIO(body),
        response_headers=given,
        sanitize_html=False,  # only text is taken from it
        resolve_relative_uris=False,
    )
    if not feed.entries and not feed.version:
        raise UnavailableError(platform, "an answer that is no feed")
    return feed


def is_whole(feed: Any) -> bool:
    """Whether a feed was read to its end: a wrong name for its encoding is no harm."""
    import feedparser

    harmless = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    return not feed.bozo or isinstance(feed.get("bozo_exception"), harmless)


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by which to ask for a feed only if it changed since this answer."""
    found = {asks: headers[says] for says, asks in _VALIDATORS.items() if says in headers}
    return {name: value for name, value in found.items() if len(value) <= _LONGEST_VALIDATOR}
