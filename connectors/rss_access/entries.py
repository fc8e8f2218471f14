"""The entries of a feed become mentions: dates that may be missing, titles that may be HTML.

Source: RSS 2.0, Atom (RFC 4287), Atom threading (RFC 4685), as feedparser names their elements.
"""

import html
import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.markup.text import to_text
from monitor.model import Author, Mention

PLATFORM = "rss"
FIRST_FEEDS = datetime(1997, 1, 1, tzinfo=UTC)  # a date before is a mistake
_TAG = re.compile(r"<[A-Za-z/!][^<>]*>")
_LANGUAGE = re.compile(r"[a-z]{2}(?![a-z])")
_ANYWHERE = "http://example.org/"
_TEASER = 80  # characters by which a teaser is known in the whole text


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry says, in plain words."""

    guid: str  # "" if it has none; it may be another entry's, too
    link: str  # as it is written, perhaps relative; "" if it has none
    page: str  # where a reader finds it: its link, or the feed's
    title: str
    text: str  # title and content
    author: str
    dated_at: datetime | None  # as the feed says; it may lie in the future
    updated_at: datetime | None
    answers: str  # the guid of what it answers
    language: str | None


def to_entry(given: Any, feed: Any, address: str) -> Entry:
    """Return an entry as feedparser read it in plain words.

    `feed` is what it stands in, and relative links in that start at `address`.
    """
    title = _written(given.get("title_detail") or {"value": given.get("title")})
    link, home = _link(given), _joined(_bare(address), feed.get("link"))
    published, updated = _instant(given, "published"), _instant(given, "updated")
    return Entry(
        guid=str(given.get("id") or "").strip(),
        link=link,
        page=_joined(home or _bare(address), link) or home,
        title=title,
        text=_text(title, given),
        author=_author(given),
        dated_at=published or updated or _instant(given, "created"),
        updated_at=updated,
        answers=_answered(given),
        language=_language(given.get("language") or feed.get("language")),
    )


def to_mention(
    entry: Entry, key: str, answers: str | None, scope: str, place: str, now: datetime
) -> Mention:
    """Return an entry as the mention `key`; without a date it counts as posted `now`.

    `scope` tells its authors from people of the same name elsewhere.
    """
    posted_at = min(entry.dated_at or now, now)
    updated_at = min(entry.updated_at or posted_at, now)
    author = Author(id=f"{scope}:{entry.author.casefold()}", handle=entry.author)
    return Mention(
        key=key,
        platform=PLATFORM,
        thread=answers or key,
        author=author if entry.author else None,
        text=entry.text,
        url=entry.page,
        posted_at=posted_at,
        place=place,
        reply_to=answers,
        edited_at=updated_at if updated_at > posted_at else None,
        language_hint=entry.language,
    )


def key_of(scope: str, name: str) -> str:
    """Return the key of the entry that is called `name` in the feed `scope`."""
    return f"{PLATFORM}:{scope}:{name}"


def short(text: str, length: int = 12) -> str:
    """Return letters and digits that stand for `text`; "" stays ""."""
    from hashlib import sha256

    return sha256(text.encode("utf-8", "replace")).hexdigest()[:length] if text else ""


def _text(title: str, given: Any) -> str:
    contents = [_written(each) for each in given.get("content") or ()]
    whole = max(contents, key=len, default="")
    teaser = _written(given.get("summary_detail") or {"value": given.get("summary")})
    parts = [title if not (whole or teaser).startswith(title or "\0") else ""]
    parts += [teaser if teaser[:_TEASER] not in whole else "", whole]
    return "\n\n".join(dict.fromkeys(part for part in parts if part))


def _written(given: Mapping[str, Any]) -> str:
    """Return what stands in an element that may be HTML, whatever it calls itself."""
    value = str(given.get("value") or "")
    if "html" in str(given.get("type") or "") or _TAG.search(value):
        return to_text(value)
    return html.unescape(value).strip()


def _author(given: Any) -> str:
    """Return an author's name without "@"; of a mail address only what stands before it."""
    detail = given.get("author_detail") or {}
    name = str(detail.get("name") or given.get("author") or detail.get("email") or "")
    return " ".join(html.unescape(name).split()).lstrip("@").partition("@")[0]


def _instant(given: Any, name: str) -> datetime | None:
    parsed = given.get(f"{name}_parsed") if name in given else None  # feedparser lends dates
    try:
        found = datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    return found if found is not None and found >= FIRST_FEEDS else None


def _link(given: Any) -> str:
    """Return an entry's link, whole or relative; a guid that may be one counts if it is whole."""
    links = [given.get("link"), *(each.get("href") for each in given.get("links") or ())]
    written = [str(each or "").strip() for each in links]
    whole = (_joined("", each) for each in (*written, given.get("id")))
    relative = (each for each in written if each != given.get("id") and _joined(_ANYWHERE, each))
    return next(filter(None, whole), "") or next(relative, "")


def _joined(start: str, value: object) -> str:
    """Return the whole web address that a link means which stands at `start`, or ""."""
    try:
        text = urljoin(start, str(value or "").strip()) if value else ""
        return text if urlsplit(text).scheme in ("http", "https") and urlsplit(text).netloc else ""
    except ValueError:
        return ""


def _bare(address: str) -> str:
    """Return an address without what may be a secret in it."""
    return urlsplit(address)._replace(query="", fragment="").geturl()


def _answered(given: Any) -> str:
    answered = given.get("thr_in-reply-to")
    return str(answered.get("ref") or "").strip() if isinstance(answered, Mapping) else ""


def _language(value: object) -> str | None:
    found = _LANGUAGE.match(str(value or "").strip().lower())
    return found[0] if found else None
