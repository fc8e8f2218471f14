"""RSS and Atom as bytes become entries, and what makes the next request for them cheap.

No address that stands in a feed is followed while it is read, and no file is opened: what came
is handed over as a stream. An entity may not grow a feed: expat stops it, and the loose reader
that goes on does not expand any. Source: feedparser 6.0.14, `api.py`; expat 2.4.1, changes.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from monitor.errors import UnavailableError

_VALIDATORS = {"etag": "if-none-match", "last-modified": "if-modified-since"}
_LONGEST_VALIDATOR = 500  # characters
_LARGEST_LETTER, _NO_LETTER = 0x10FFFF, 0xFFFD
_LONGEST_NUMBER = 9  # digits
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{4,})|([0-9]{5,}));?")
_REFERENCES = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]{4,}|[0-9]{5,});?)+")


def parse(platform: str, body: bytes, headers: Mapping[str, str]) -> Any:
    """Return a feed as feedparser reads it. Raises: `UnavailableError` if it is none."""
    import feedparser

    given = {"content-type": headers.get("content-type", "")}
    try:
        feed = feedparser.parse(
            io.BytesIO(_REFERENCES.sub(_readable, body)),
            response_headers=given,
            sanitize_html=False,  # only text is taken from it
            resolve_relative_uris=False,
        )
    except Exception as error:  # it stumbles over what strangers write in ever new ways
        words = f"a feed that cannot be read ({type(error).__name__})"
        raise UnavailableError(platform, words) from error
    if not feed.entries and not feed.get("version"):
        raise UnavailableError(platform, "an answer that is no feed")
    return feed


def _readable(found: re.Match[bytes]) -> bytes:
    """Return numbered letters as such that exist: some write an emoji as two halves.

    feedparser 6.0.14 ends at a half, and at a number beyond all letters.
    """
    numbers = [_number(*each.groups(b"")) for each in _REFERENCE.finditer(found[0])]
    letters = "".join(map(chr, numbers))
    whole = letters.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    return b"".join(b"&#%d;" % ord(each) for each in whole)


def _number(hexadecimal: bytes, decimal: bytes) -> int:
    digits, base = (hexadecimal, 16) if hexadecimal else (decimal, 10)
    number = int(digits, base) if len(digits.lstrip(b"0")) < _LONGEST_NUMBER else _NO_LETTER
    return number if number <= _LARGEST_LETTER else _NO_LETTER


def is_whole(feed: Any) -> bool:
    """Whether a feed was read to its end: a wrong name for its encoding is no harm."""
    import feedparser

    harmless = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    return not feed.bozo or isinstance(feed.get("bozo_exception"), harmless)


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by which to ask for a feed only if it changed since this answer."""
    found = {asks: headers[says] for says, asks in _VALIDATORS.items() if says in headers}
    return {name: value for name, value in found.items() if _can_be_sent(value)}


def _can_be_sent(value: str) -> bool:
    return value.isascii() and value.isprintable() and len(value) <= _LONGEST_VALIDATOR
