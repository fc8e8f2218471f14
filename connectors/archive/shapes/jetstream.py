"""Captures of Bluesky's stream: an event of Jetstream a line, as it was sent.

Events name accounts by their DIDs alone, so an own account is known here by that.
Source: bluesky-social/jetstream, README, "Consuming Jetstream"; recorded events.
"""

from collections.abc import Iterable
from dataclasses import replace

from connectors.archive.shapes.records import mapping_in, object_of
from connectors.archive.shapes.shape import BadRecordError, Record
from connectors.bluesky_access.failures import PLATFORM
from connectors.bluesky_access.payloads import (
    POST,
    Found,
    author_of,
    calls_of,
    from_us,
    own_names,
    to_mention,
)
from monitor.model import Brand, Mention

_WRITTEN = ("create", "update")


class JetstreamCapture:
    """Posts that are written or changed; all other events hold none."""

    name = "jetstream"
    platform = PLATFORM
    items = None
    fields = ("text", "tags", "tag", "uri", "alt", "title", "did")
    decodes_entities = False
    seams = "#"  # a tag is kept without it
    is_sievable = True

    def __init__(self, brands: Iterable[Brand] = ()) -> None:
        self._own = {name: name for name in own_names(brands) if name.startswith("did:")}

    def recognises(self, record: Record) -> bool:
        """Return whether `record` looks like an event."""
        return _is_event(record) and isinstance(record.get("kind"), str)

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the post of an event, if it has one. Raises: `BadRecordError`."""
        event = object_of(record)
        if not _is_event(event):
            raise BadRecordError("no event of Jetstream")
        commit = mapping_in(event, "commit")
        if commit.get("collection") != POST or commit.get("operation") not in _WRITTEN:
            return ()
        found = Found(
            did=event["did"],
            rkey=str(commit.get("rkey")),
            record=mapping_in(commit, "record"),
            seen_at=from_us(event["time_us"]),
            edited=commit["operation"] == "update",
        )
        return (self._mention(found),) if found.record else ()

    def _mention(self, found: Found) -> Mention:
        try:
            mention = to_mention(found, author_of(found.did, {}))
        except (ValueError, OverflowError):
            raise BadRecordError("an odd post") from None
        if found.did in self._own:
            return mention
        return replace(mention, calls=calls_of(found.record, self._own))


def _is_event(record: Record) -> bool:
    return isinstance(record.get("did"), str) and isinstance(record.get("time_us"), int)
