"""What is remembered of all feeds, as a cursor."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.rss_access.entries import PLATFORM
from connectors.rss_access.memory import Known, Memory
from monitor.errors import ConnectorError
from monitor.model import Cursor

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Memories:
    """What the readings up to now left, by feed."""

    at: datetime  # where all reading began
    by_feed: Mapping[str, Memory]

    @classmethod
    def of(cls, cursor: Cursor) -> "Memories":
        """Return what `cursor` holds. Raises: `ConnectorError` if another connector wrote it."""
        try:
            data = json.loads(cursor)
            feeds = {scope: _memory(each) for scope, each in data["feeds"].items()}
            return cls(at=datetime.fromisoformat(data["at"]), by_feed=feeds)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ConnectorError(PLATFORM, "cannot go on from this cursor") from None

    def cursor(self) -> Cursor:
        """Return the cursor that holds it."""
        feeds = {scope: _data(each) for scope, each in sorted(self.by_feed.items())}
        data = {"version": VERSION, "at": self.at.isoformat(), "feeds": feeds}
        return Cursor(json.dumps(data, separators=(",", ":")))

    def over(self, scopes: Iterable[str]) -> "Memories":
        """Return memories of exactly these feeds.

        A new feed's posts count from the other feeds' last reading on: one that joins after a
        year would bring all it holds as new posts otherwise.
        """
        read = (each.read_at for each in self.by_feed.values() if each.read_at is not None)
        new = Memory(since=max(min(read, default=self.at), self.at))
        return replace(self, by_feed={each: self.by_feed.get(each, new) for each in scopes})

    def after(self, scope: str, memory: Memory) -> "Memories":
        """Return the memories once a feed was read."""
        return replace(self, by_feed={**self.by_feed, scope: memory})


def _memory(data: Mapping[str, Any]) -> Memory:
    return Memory(
        since=datetime.fromisoformat(data["since"]),
        read_at=_instant(data["read"]),
        whole_at=_instant(data["whole"]),
        newest_at=_instant(data["newest"]),
        validators=dict(data["validators"]),
        body=data["body"],
        known=tuple(
            Known(guid=guid, link=link, title=title, dated=dated, name=name)
            for guid, link, title, dated, name in data["known"]
        ),
    )


def _data(memory: Memory) -> dict[str, Any]:
    return {
        "since": memory.since.isoformat(),
        "read": _text(memory.read_at),
        "whole": _text(memory.whole_at),
        "newest": _text(memory.newest_at),
        "validators": memory.validators,
        "body": memory.body,
        "known": [[each.guid, *each.said, each.name] for each in memory.known],
    }


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value is not None else None


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
