"""Where a reading of the stream stands, as its cursor keeps it."""

import json
from dataclasses import dataclass
from datetime import datetime

from connectors.bluesky_access.failures import PLATFORM
from connectors.bluesky_access.payloads import to_us
from monitor.errors import ConnectorError
from monitor.model import Cursor

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a cursor remembers."""

    at_us: int  # all before it was read: microseconds since 1970, the stream's own count
    pace: float = 0.0  # events a second, as far as known: tells a hole from a quiet stream
    known: str = ""  # what was passed on lately, see `known`
    floors: str = ""  # what search told in the stream's place, see `connectors.listing.reading`

    @classmethod
    def at(cls, instant: datetime) -> "Place":
        """Return the place of a reading that begins at `instant`."""
        return cls(at_us=to_us(instant))

    @classmethod
    def of(cls, cursor: Cursor) -> "Place":
        """Return what `cursor` remembers. Raises: `ConnectorError` if another one wrote it."""
        try:
            data = json.loads(cursor)
            return cls(
                at_us=int(data["us"]),
                pace=float(data["pace"]),
                known=str(data["known"]),
                floors=str(data.get("floors", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConnectorError(PLATFORM, "cannot go on from the cursor that is stored") from None

    def cursor(self) -> Cursor:
        """Return the cursor that remembers this."""
        data = {"v": _VERSION, "us": self.at_us, "pace": self.pace, "known": self.known}
        if self.floors:
            data |= {"floors": self.floors}
        return Cursor(json.dumps(data))
