"""Pure: how many people each hour of the week needs, so that the target is held."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from monitor.report.heat import Grid, Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What the count of people rests on; all of it is shown beside the numbers."""

    target: timedelta  # team time until the answer is out
    share: float  # so many of the answers, 0.9 for nine of ten
    handling: timedelta  # what one answer takes a person, on average
    measured: int  # from so many claims; 0: nobody measured it, `handling` is a guess
    occupancy: float  # a person answers at most for this share of an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """How many people answer at once in each local hour of the week, Monday to Sunday."""

    zone: ZoneInfo
    weeks: float  # of which the habit is made
    answers: Shares  # answers owed in such an hour, in a usual week
    people: Grid  # 0 where nothing is ever owed
    assumptions: Assumptions

    @property
    def most(self) -> int:
        """Return how many people the busiest hour needs."""
        return max(map(max, self.people))

    @property
    def hours_of_work(self) -> int:
        """Return how many hours people sit at the desk in a week."""
        return sum(map(sum, self.people))
