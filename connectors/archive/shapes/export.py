"""What `mentiondesk export posts --format jsonl` writes.

Where it names an author by the handle alone, as older versions did, that is the id.
"""

from datetime import UTC, datetime

from connectors.archive.shapes.records import object_of, text_in
from connectors.archive.shapes.shape import BadRecordError, Record
from monitor.model import Author, Mention

_NEEDED = ("key", "platform", "posted_at", "text", "thread")


class OwnExport:
    """Posts that a desk has seen, of all platforms."""

    name = "mentiondesk"
    platform = ""
    items = None
    fields = ("text", "author")
    decodes_entities = False
    seams = ""
    is_sievable = True

    def recognises(self, record: Record) -> bool:
        """Return whether `record` looks like an exported post."""
        return all(isinstance(record.get(name), str) for name in _NEEDED)

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the one post of a record. Raises: `BadRecordError`."""
        row = object_of(record)
        posted_at = _instant(row.get("posted_at"))
        platform, key = text_in(row, "platform"), text_in(row, "key")
        if posted_at is None or not key.startswith(f"{platform}:") or not platform:
            raise BadRecordError("no key, no platform or no time")
        mention = Mention(
            key=key,
            platform=platform,
            thread=text_in(row, "thread") or key,
            author=_author(row),
            text=text_in(row, "text"),
            url=text_in(row, "url"),
            posted_at=posted_at,
            place=text_in(row, "place"),
            reply_to=text_in(row, "reply_to") or None,
            edited_at=_instant(row.get("edited_at")),
            deleted=row.get("deleted") is True,
            private=row.get("private") is True,
            language_hint=text_in(row, "language_hint") or None,
            answerable=_yes_or_no(row.get("answerable")),
        )
        return (mention,)


def _author(row: Record) -> Author | None:
    handle = text_in(row, "author")
    identity = text_in(row, "author_id") or handle
    if not identity:
        return None
    return Author(id=identity, handle=handle, name=text_in(row, "author_name"))


def _yes_or_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
