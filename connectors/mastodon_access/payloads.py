"""Mastodon's words become ours: a status as its API writes it is a mention.

Source: Mastodon documentation, "Status"; answers recorded from Mastodon 4.6.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.markup.text import to_text
from connectors.mastodon_access.failures import PLATFORM
from monitor.model import Author, Mention

log = logging.getLogger(__name__)

PUBLIC = ("public", "unlisted")  # whatever else a server calls a visibility is for some only
EARLIEST = 1970  # no post is older
MOST_QUOTED = 280  # characters of somebody else's words
QUOTE_LINE = frozenset({"quote-inline"})  # "RE: link", for servers that show no quotes

Status = Mapping[str, Any]  # as the client gives it


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a post stands in its conversation."""

    thread: str
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The server that an answer came from: it leaves its own name out of handles."""

    domain: str
    short: frozenset[str] = field(default_factory=frozenset)  # own accounts listed without domain

    def handle(self, account: Mapping[str, Any]) -> str:
        """Return the handle of an account, with the name of its server."""
        acct = whole(account.get("acct")).lstrip("@")
        local = "@" not in acct
        if local and acct.casefold() in self.short:
            return acct
        return f"{acct}@{self.domain}" if local else acct


def original(status: Status) -> Status:
    """Return the post itself: a boost holds it and has no words of its own."""
    boosted = status.get("reblog")
    return boosted if isinstance(boosted, Mapping) else status


def uri_of(status: Status) -> str:
    """Return the address that names a post on every server.

    Raises: `ValueError` if it has none.
    """
    uri = whole(status.get("uri")) or whole(status.get("url"))
    if not uri:
        raise ValueError("a status without an address")
    return uri


def key_of(status: Status) -> str:
    """Return the key of a post, the same on every server. Raises: `ValueError`."""
    return f"{PLATFORM}:{uri_of(status)}"


def posted_at(status: Status) -> datetime:
    """Return when a post was made. Raises: `ValueError` if it does not say."""
    found = instant(status.get("created_at"))
    if found is None:
        raise ValueError("a status without a time")
    return found


def instant(value: object) -> datetime | None:
    """Return an instant as the client or the server writes it; None if it is none."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year >= EARLIEST else None  # anybody may write anything there


def whole(value: object) -> str:
    """Return a text without halves of characters, which no database takes; "" for none."""
    text = value if isinstance(value, str) else ""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def to_mention(status: Status, home: Home, lineage: Lineage) -> Mention:
    """Return a status as a mention. Raises: `ValueError` if it has no address or time."""
    account = _mapping(status, "account")
    uri = uri_of(status)
    return Mention(
        key=key_of(status),
        platform=PLATFORM,
        thread=lineage.thread,
        author=author_of(account, home),
        text=text_of(status, home),
        url=_web(whole(status.get("url"))) or _web(uri),
        posted_at=posted_at(status),
        place=home.handle(account).partition("@")[2] or home.domain,
        reply_to=lineage.reply_to,
        edited_at=instant(status.get("edited_at")),
        language_hint=_language(status),
        private=is_private(status),
    )


def is_private(status: Status) -> bool:
    """Whether a status is not for everyone, as far as its server says."""
    return status.get("visibility") not in PUBLIC


def tombstone(key: str, now: datetime) -> Mention:
    """Return what is left of a post that is gone."""
    url = _web(key.removeprefix(f"{PLATFORM}:"))
    return Mention.tombstone(key, platform=PLATFORM, url=url, posted_at=now)


def author_of(account: Mapping[str, Any], home: Home) -> Author | None:
    """Return who wrote a status; the address of the account stays, names change."""
    identity = whole(account.get("uri")) or whole(account.get("url"))
    if not identity or not account.get("acct"):
        return None
    name = whole(account.get("display_name"))
    return Author(id=identity, handle=home.handle(account), name=name)


def text_of(status: Status, home: Home) -> str:
    """Return a status as a reader sees it: warning, words, poll, pictures, what it quotes."""
    quoted = _quoted(status)
    parts = [
        whole(status.get("spoiler_text")).strip(),
        content_of(status, home, without=QUOTE_LINE if quoted else frozenset()),
        "\n".join(f"- {each}" for each in _each(_mapping(status, "poll"), "options", "title")),
        *_each(status, "media_attachments", "description"),
        _as_quote(quoted, home) if quoted else "",
    ]
    return "\n\n".join(part for part in parts if part)


def content_of(status: Status, home: Home, without: frozenset[str] = frozenset()) -> str:
    """Return the words of a status alone, those it mentions with their servers' names."""
    names = {whole(each.get("url")): f"@{home.handle(each)}" for each in _list(status, "mentions")}
    names.pop("", None)
    return to_text(whole(status.get("content")), names=names, without=without)


def _quoted(status: Status) -> Status | None:
    """Return the status that is quoted, where the server shows it."""
    quote = status.get("quote")
    if not isinstance(quote, Mapping):
        return None
    found = quote.get("quoted_status", quote)  # others than Mastodon put the status itself there
    if not isinstance(found, Mapping) or found.get("content") is None:
        return None
    return None if is_private(found) and not is_private(status) else found


def _as_quote(quoted: Status, home: Home) -> str:
    words = " ".join(content_of(quoted, home).split())
    said = words if len(words) <= MOST_QUOTED else f"{words[:MOST_QUOTED].rstrip()}…"
    return f"> @{home.handle(_mapping(quoted, 'account'))}: {said}"


def _language(status: Status) -> str | None:
    code = whole(status.get("language")).partition("-")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None


def _web(address: str) -> str:
    try:
        return address if urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _mapping(status: Status, name: str) -> Mapping[str, Any]:
    found = status.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(status: Status, name: str) -> Iterator[Mapping[str, Any]]:
    found = status.get(name)
    given = found if isinstance(found, list) else ()
    yield from (each for each in given if isinstance(each, Mapping))


def _each(status: Status, name: str, of: str) -> Iterator[str]:
    yield from filter(None, (whole(each.get(of)).strip() for each in _list(status, name)))
