"""Pure: what each hour of the week brought, on the clocks of one time zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

DAYS, HOURS = 7, 24
Grid = tuple[tuple[int, ...], ...]  # Monday to Sunday, each from midnight: grid[0][9] is Mon 09-10
Shares = tuple[tuple[float, ...], ...]  # likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfWeek:
    """What came, was answered and was broken in [since, until), by local hour of the week."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    arrivals: Grid  # items first seen in that hour, void and muted ones left out
    answered: Grid  # first answers that were given in that hour
    breaches: Grid  # response clocks that ran out in that hour; what was found late left out
    hours: Shares  # how often that hour came: 4.0 in four weeks, less where one was cut

    @property
    def weeks(self) -> float:
        """Return how many weeks were counted."""
        return sum(map(sum, self.hours)) / (DAYS * HOURS)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing came and nothing was broken."""
        return not any(map(any, (*self.arrivals, *self.breaches)))

    def a_week(self, grid: Grid) -> Shares:
        """Return what each hour of `grid` brings in one week, 0.0 where the hour never came."""
        return tuple(
            tuple(
                count / often if often else 0.0 for count, often in zip(counts, hours, strict=True)
            )
            for counts, hours in zip(grid, self.hours, strict=True)
        )
