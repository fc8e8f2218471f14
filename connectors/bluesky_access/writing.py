"""A reply as Bluesky takes it: its length in graphemes, its facets, and a key of its own.

Source: lexicon app.bsky.feed.post (300 graphemes, 3,000 bytes); docs.bsky.app, "Links, mentions,
and rich text" (facets name bytes of the UTF-8 text).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import regex

from connectors.bluesky_access.payloads import split_uri, tid, tid_us

LONGEST = 300  # graphemes
MOST_BYTES = 3000
_LINK = regex.compile(r"(?<![\w@])https?://[^\s<>\"]+", regex.IGNORECASE)
_MENTION = regex.compile(
    r"(?<![\w@./])@(?P<handle>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)",
    regex.IGNORECASE,
)
_TAG = regex.compile(r"(?<![\w#&/])#(?P<tag>[\p{L}\p{M}\p{N}_]*[\p{L}_][\p{L}\p{M}\p{N}_]*)")
_ENDS = ".,;:!?'\"…"
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A stretch of a text, in characters, and what it stands for."""

    start: int
    end: int
    feature: dict[str, str]


def graphemes(text: str) -> int:
    """Return the number of characters as people count them."""
    return len(regex.findall(r"\X", text))


def record_key(idempotency_key: str, parent: str) -> str:
    """Return the key of the record that answers `parent`: the same for the same two, always.

    It is shaped as Bluesky's own are, and names an instant in the hour after the parent's.
    """
    digest = int.from_bytes(sha256(f"{idempotency_key} {parent}".encode()).digest()[:12])
    begins = tid_us(split_uri(parent)[2]) or 0
    return tid(begins + digest % _HOUR_US, digest >> 64)


def facets(text: str, did_of: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """Return what links, mentions and tags in `text` stand for; `did_of` knows the handles."""
    return [
        {
            "index": {"byteStart": _bytes(text[: each.start]), "byteEnd": _bytes(text[: each.end])},
            "features": [each.feature],
        }
        for each in _reaches(text, did_of)
    ]


def _reaches(text: str, did_of: Callable[[str], str | None]) -> Iterator[Reach]:
    taken = 0
    found = [*_LINK.finditer(text), *_MENTION.finditer(text), *_TAG.finditer(text)]
    for match in sorted(found, key=lambda each: each.start()):
        if match.start() < taken:
            continue
        reach = _reach(match, did_of)
        if reach is not None:
            taken = reach.end
            yield reach


def _reach(match: "regex.Match[str]", did_of: Callable[[str], str | None]) -> Reach | None:
    start, end = match.span()
    kind = "app.bsky.richtext.facet#"
    if match.re is _TAG:
        return Reach(start=start, end=end, feature={"$type": kind + "tag", "tag": match["tag"]})
    if match.re is _MENTION:
        did = did_of(match["handle"].lower())
        feature = {"$type": kind + "mention", "did": did or ""}
        return Reach(start=start, end=end, feature=feature) if did else None
    uri = _whole_link(match[0])
    feature = {"$type": kind + "link", "uri": uri}
    return Reach(start=start, end=start + len(uri), feature=feature)


def _whole_link(found: str) -> str:
    """Return a link without the sentence's marks after it."""
    uri = found.rstrip(_ENDS)
    while uri.endswith(")") and uri.count(")") > uri.count("("):
        uri = uri[:-1].rstrip(_ENDS)
    return uri


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
