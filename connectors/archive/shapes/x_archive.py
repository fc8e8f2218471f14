"""The archive of one's own posts that X hands out: `tweets.js` and its further parts.

Whose they are stands in `account.js` beside it, or in each of them, as the older API (v1.1) and
archives until 2018 had it. A reply names only the post that it answers, so
that one stands for the whole conversation. Posts of more than 280 characters are cut there.
Source: archives of 2015 to 2025 as public programs read them; X API v1.1, "Tweet object".
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from connectors.archive.shapes.beside import object_beside
from connectors.archive.shapes.records import mapping_in, mappings_in, object_of, text_in
from connectors.archive.shapes.shape import BadRecordError, Record
from connectors.x_access.failures import PLATFORM
from connectors.x_access.payloads import key_of, to_mention, tombstone
from monitor.model import Brand, Mention

_ACCOUNT = "account.js"
_TIMES = ("%a %b %d %H:%M:%S %z %Y", "%Y-%m-%d %H:%M:%S %z")  # the latter until 2018


class XArchive:
    """Posts of one account."""

    name = "x-archive"
    platform = PLATFORM
    items = None
    fields = ("full_text", "text", "expanded_url", "ext_alt_text")
    decodes_entities = True
    seams = ""
    is_sievable = False  # their author stands in another file

    def __init__(self, path: str = "-", brands: Iterable[Brand] = ()) -> None:
        self._author = _user(object_beside(path, _ACCOUNT))
        own = (account for brand in brands for account in brand.own_accounts)
        self._own = frozenset(name.casefold() for place, name in own if place == PLATFORM)

    def recognises(self, record: Record) -> bool:
        """Return whether `record` looks like a post of an archive."""
        tweet = mapping_in(record, "tweet") or record
        return "id_str" in tweet and ("full_text" in tweet or "text" in tweet)

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the one post of a record. Raises: `BadRecordError`."""
        found = object_of(record)
        tweet = mapping_in(found, "tweet") or found
        tweet = {**tweet, **mapping_in(tweet, "extended_tweet")}  # the whole of a long one
        name = text_in(tweet, "id_str") or str(tweet.get("id") or "")
        if not name:
            raise BadRecordError("no post of an archive of X")
        if tweet.get("deleted_at"):
            return (tombstone(key_of(name)),)
        author = _user_of(tweet) or self._author
        beside = {"users": [author] if author else [], "media": _media(tweet)}
        try:
            return (to_mention(_post(tweet, name, author), {"includes": beside}, self._own),)
        except (ValueError, OverflowError):
            raise BadRecordError("a post without a time") from None


def _post(tweet: Record, name: str, author: Record) -> dict[str, Any]:
    """Return a post as the API v2 would write it."""
    parent = text_in(tweet, "in_reply_to_status_id_str")
    post = {
        "id": name,
        "text": text_in(tweet, "full_text") or text_in(tweet, "text"),
        "author_id": author.get("id"),
        "conversation_id": parent,
        "created_at": _time(text_in(tweet, "created_at")),
        "lang": text_in(tweet, "lang"),
        "entities": {"urls": list(_links(tweet)), "mentions": list(_named(tweet))},
        "attachments": {"media_keys": [each["media_key"] for each in _media(tweet)]},
        "referenced_tweets": list(_references(tweet, parent)),
        "edit_history_tweet_ids": _versions(tweet),
    }
    return {field: value for field, value in post.items() if value}


def _user_of(tweet: Record) -> dict[str, Any]:
    """Return who wrote a post, an empty object where it does not say."""
    user = mapping_in(tweet, "user")
    name, handle = text_in(user, "id_str"), text_in(user, "screen_name")
    if not name or not handle:
        return {}
    hidden = {"protected": user.get("protected") is True}
    return {"id": name, "username": handle, "name": text_in(user, "name"), **hidden}


def _user(found: Record) -> dict[str, Any]:
    """Return the account as the API v2 would write it, an empty one where none is known."""
    account = mapping_in(found, "account")
    name, handle = text_in(account, "accountId"), text_in(account, "username")
    if not name or not handle:
        return {}
    return {"id": name, "username": handle, "name": text_in(account, "accountDisplayName")}


def _time(text: str) -> str | None:
    for spelling in _TIMES:
        try:
            return datetime.strptime(text, spelling).isoformat()  # noqa: DTZ007 - both tell a zone
        except ValueError:
            continue
    return None


def _links(tweet: Record) -> Iterator[dict[str, Any]]:
    yield from mappings_in(mapping_in(tweet, "entities"), "urls")
    yield from _media(tweet)


def _media(tweet: Record) -> list[dict[str, Any]]:
    """Return pictures and videos, each once, as links and as what stands beside a page."""
    named = ("entities", "extended_entities")
    found = [each for name in named for each in mappings_in(mapping_in(tweet, name), "media")]
    return [
        {
            "media_key": key,
            "url": text_in(each, "url"),
            "expanded_url": text_in(each, "expanded_url"),
            "alt_text": text_in(each, "ext_alt_text"),
        }
        for key, each in {str(each.get("id_str")): each for each in found}.items()
    ]


def _named(tweet: Record) -> Iterator[dict[str, str]]:
    for each in mappings_in(mapping_in(tweet, "entities"), "user_mentions"):
        if handle := text_in(each, "screen_name"):
            yield {"username": handle}


def _references(tweet: Record, parent: str) -> Iterator[dict[str, str]]:
    if parent:
        yield {"type": "replied_to", "id": parent}
    if quoted := text_in(tweet, "quoted_status_id_str"):
        yield {"type": "quoted", "id": quoted}


def _versions(tweet: Record) -> list[str]:
    """Return the ids of all versions of a post, the first one first."""
    edits = mapping_in(tweet, "edit_info")
    later = mapping_in(mapping_in(edits, "edit"), "editControlInitial")
    for control in (mapping_in(edits, "initial"), later):
        versions = control.get("editTweetIds")
        if isinstance(versions, list):
            return [str(each) for each in versions]
    return []
