"""Answers of X's API v2: a page a line, as twarc and others keep them, or one post a line.

A post by itself holds what would stand beside it in a page ("author", "referenced_tweets").
Source: X API v2 data dictionary; DocNow/twarc, `expansions.flatten`; recorded pages.
"""

import string
from collections.abc import Iterable, Iterator
from typing import Any

from connectors.archive.shapes.records import mapping_in, mappings_in, object_of
from connectors.archive.shapes.shape import BadRecordError, Record
from connectors.x_access.failures import PLATFORM
from connectors.x_access.payloads import to_batch
from monitor.errors import UnavailableError
from monitor.model import Brand, Mention

_OF_A_POST = ("author_id", "author", "conversation_id", "edit_history_tweet_ids", "created_at")
_DEEPEST = 3  # a post that quotes one that quotes one
_REFERENCES = ("referenced_tweets", "referenced_posts")


class XPages:
    """Posts as the connector reads them from a page, each once in its newest version."""

    name = "x"
    platform = PLATFORM
    items = None
    fields = (
        *("text", "label", "alt_text", "username", "author_id"),
        *("url", "expanded_url", "unwound_url"),
    )
    decodes_entities = True
    seams = string.punctuation.replace("_", "")  # links are made whole, names get an "@"
    is_sievable = True

    def __init__(self, brands: Iterable[Brand] = ()) -> None:
        own = (account for brand in brands for account in brand.own_accounts)
        self._own = frozenset(name.casefold() for place, name in own if place == PLATFORM)

    def recognises(self, record: Record) -> bool:
        """Return whether `record` looks like a page or a post."""
        is_empty = "result_count" in mapping_in(record, "meta")
        return _is_post(record) or any(map(_is_post, _listed(record))) or is_empty

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the posts of a page. Raises: `BadRecordError` if not all of them can be read."""
        found = object_of(record)
        page = _page(found) if _is_post(found) else found
        try:
            batch = to_batch(page, self._own)
        except UnavailableError:
            raise BadRecordError("neither a page nor a post of X") from None
        listed = _listed(page)
        if listed and not batch.mentions:
            raise BadRecordError("no post with an id and a time")
        bad = batch.skipped + sum(not isinstance(each, dict) for each in listed)
        if bad:
            reason = f"{bad} of {len(listed)} posts without an id or a time"
            raise BadRecordError(reason, batch.mentions)
        return batch.mentions


def _listed(page: Record) -> list[Any]:
    data = page.get("data")
    if isinstance(data, dict):
        return [data]
    return data if isinstance(data, list) else []


def _is_post(found: object) -> bool:
    if not isinstance(found, dict):
        return False
    return "id" in found and "text" in found and any(name in found for name in _OF_A_POST)


def _page(post: Record) -> dict[str, Any]:
    """Return a post as the only one of a page, with all that it holds of others beside it."""
    posts = list(_referenced(post))
    held = [mapping_in(each, "attachments") for each in (post, *posts)]
    media = [each for holder in held for each in mappings_in(holder, "media")]
    return {
        "data": [post],
        "includes": {
            "users": [each for holder in (post, *posts) for each in _users(holder)],
            "tweets": posts,
            "media": [each for each in media if "media_key" in each],  # {}: it was not at hand
            "polls": [poll for each in held if "id" in (poll := mapping_in(each, "poll"))],
        },
    }


def _referenced(post: Record, depth: int = _DEEPEST) -> Iterator[dict[str, Any]]:
    """Yield the posts that a post holds, and those that they hold."""
    for each in (each for name in _REFERENCES for each in mappings_in(post, name)):
        if "text" in each:  # those that were not at hand are named only
            yield each
            yield from _referenced(each, depth - 1) if depth else ()


def _users(post: Record) -> Iterator[dict[str, Any]]:
    named = (mapping_in(post, "author"), mapping_in(post, "in_reply_to_user"))
    yield from (each for each in named if "id" in each and "username" in each)
