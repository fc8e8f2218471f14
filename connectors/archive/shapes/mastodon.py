"""The export of an account that Mastodon hands out: `outbox.json`, an activity a record.

`actor.json` beside it tells the account's names. A post names only the one that it answers, so
that one stands for the whole conversation. A boost has no words of its own.
Source: ActivityStreams 2.0 vocabulary; Mastodon, app/serializers/activitypub.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from connectors.archive.shapes.beside import object_beside
from connectors.archive.shapes.records import mapping_in, mappings_in, object_of, text_in
from connectors.archive.shapes.shape import BadRecordError, Record
from connectors.mastodon_access.failures import PLATFORM
from connectors.mastodon_access.payloads import Home, Lineage, to_mention
from monitor.model import Brand, Mention

_ACTOR = "actor.json"
_POSTS = ("Note", "Question", "Article", "Page")
_EVERYBODY = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")


class MastodonOutbox:
    """Posts of one account, also of other servers that speak ActivityPub."""

    name = "mastodon"
    platform = PLATFORM
    items = "orderedItems"
    fields = ("content", "summary", "name")
    decodes_entities = True
    seams = ""
    is_sievable = False  # tags part words

    def __init__(self, path: str = "-", brands: Iterable[Brand] = ()) -> None:
        self._actor = object_beside(path, _ACTOR)
        own = [account for brand in brands for account in brand.own_accounts]
        names = (name for place, name in own if place == PLATFORM)
        self._short = frozenset(name.casefold() for name in names if "@" not in name)

    def recognises(self, record: Record) -> bool:
        """Return whether `record` looks like an activity of an account."""
        return record.get("type") in ("Create", "Announce") and "actor" in record

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the post that an activity made, if it made one. Raises: `BadRecordError`."""
        activity = object_of(record)
        if not isinstance(activity.get("type"), str) or "actor" not in activity:
            raise BadRecordError("no activity")
        post = mapping_in(activity, "object")
        if activity["type"] != "Create" or post.get("type") not in _POSTS:
            return ()
        try:
            return (self._mention(post, _address(activity.get("actor"))),)
        except (ValueError, OverflowError):
            raise BadRecordError("a post without an address or a time") from None

    def _mention(self, post: Record, actor: str) -> Mention:
        account = self._account(_address(post.get("attributedTo")) or actor)
        home = Home(domain=account["domain"], short=self._short)
        parent = _address(post.get("inReplyTo"))
        thread = f"{PLATFORM}:{parent or text_in(post, 'id')}"
        lineage = Lineage(thread=thread, reply_to=f"{PLATFORM}:{parent}" if parent else None)
        return to_mention({**_status(post), "account": account}, home, lineage)

    def _account(self, actor: str) -> dict[str, str]:
        """Return the account at the address `actor` as the API writes it."""
        known = self._actor if self._actor.get("id") == actor else {}
        parts = urlsplit(actor)
        named = parts.path.rstrip("/").rpartition("/")[2].lstrip("@")
        name, _, domain = text_in(known, "webfinger").lstrip("@").partition("@")
        return {
            "uri": actor,
            "url": text_in(known, "url"),
            "acct": name or text_in(known, "preferredUsername") or named,
            "display_name": text_in(known, "name"),
            "domain": domain or parts.netloc,
        }


def _status(post: Record) -> dict[str, Any]:
    """Return a post as the API writes it."""
    options = mappings_in(post, "oneOf") or mappings_in(post, "anyOf")
    pictures = mappings_in(post, "attachment")
    return {
        "uri": text_in(post, "id"),
        "url": _address(post.get("url")),
        "created_at": post.get("published"),
        "edited_at": post.get("updated"),
        "content": text_in(post, "content"),
        "spoiler_text": text_in(post, "summary"),
        "visibility": _visibility(post),
        "language": next(iter(mapping_in(post, "contentMap")), None),
        "mentions": [each for tag in mappings_in(post, "tag") for each in _named(tag)],
        "media_attachments": [{"description": text_in(each, "name")} for each in pictures],
        "poll": {"options": [{"title": text_in(each, "name")} for each in options]},
    }


def _named(tag: Record) -> list[dict[str, str]]:
    """Return an account that a post mentions, under the addresses that links to it may have."""
    if tag.get("type") != "Mention":
        return []
    address = _address(tag.get("href"))
    name = text_in(tag, "name").lstrip("@")
    parts = urlsplit(address)
    page = f"{parts.scheme}://{parts.netloc}/@{name.partition('@')[0]}"
    return [{"acct": name, "url": url} for url in (address, page) if name and address]


def _visibility(post: Record) -> str:
    to, cc = _addresses(post.get("to")), _addresses(post.get("cc"))
    if to & set(_EVERYBODY):
        return "public"
    return "unlisted" if cc & set(_EVERYBODY) else "private"


def _addresses(value: object) -> set[str]:
    given = value if isinstance(value, list) else [value]
    return {each for each in given if isinstance(each, str)}


def _address(value: object) -> str:
    """Return an address; an object stands for its own, a list for its first one."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("href") or value.get("id")
    return value if isinstance(value, str) else ""
