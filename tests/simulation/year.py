"""Which year is played: how much is written, when it begins, and how harsh it is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
_SHARE_FLAGGED, _HARSH_SHARE = 0.06, 0.6  # of what is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year, or so many days of it. The same one is played the same way."""

    posts: int
    seed: int
    days: int = 365
    begins: datetime = BEGINS
    harsh: bool = False  # most posts are flagged, and what is seldom done is done often

    @property
    def ends(self) -> datetime:
        """When it is over."""
        return self.begins + timedelta(days=self.days)

    @property
    def share_flagged(self) -> float:
        """The share of posts that open an item."""
        return _HARSH_SHARE if self.harsh else _SHARE_FLAGGED

    def often(self, share: float) -> float:
        """Return how often something is done that is done in `share` of all cases as a rule."""
        return share**0.5 if self.harsh else share
