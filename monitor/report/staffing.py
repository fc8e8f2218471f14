"""Pure: how many people each hour of the week needs, so that the target is held.

Each hour is taken as a queue of its own with posts that come by themselves at that hour's usual
rate and N people who each answer one at a time: M/M/N, where the chance to wait is Erlang's C. An
answer is in time if somebody begins it so early that it is out within the target. Nobody hangs up:
a post stays where it is until it is answered, so there is no patience in the formula (as there is
in Erlang A). What came while the calendar was closed waits together at the opening: it is shared
out evenly, and the last of it must be out within the target too.

Source: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges", 1917; the computation by way of Erlang's B is the usual recursion,
and hours taken one by one are the "stationary independent period by period" approach of L. V.
Green, P. J. Kolesar and J. Soares, Operations Research 49 (2001).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

from monitor.clock.calendar import Calendar, windows
from monitor.clock.policy import Policy
from monitor.report.heat import Grid, Shares, by_hour, hours_seen
from monitor.store.store import Store
from monitor.store.workload import Work

SHARE = 0.9  # of the answers in time
OCCUPANCY = 0.85  # of an hour spent on answers; beyond it people tire, and queues grow steeply
GUESS = timedelta(minutes=8)  # for one answer, where too few were measured
MEASURED = 20  # answers make a measure
LONGEST = timedelta(hours=1)  # who took longer did something else meanwhile
LEAST = timedelta(days=7)  # less than a week has no habit of hours
_HOUR = timedelta(hours=1)
PolicyOf = Callable[[str, int], Policy]  # by name and version


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What the count of people rests on; all of it is shown beside the numbers."""

    target: timedelta  # team time until the answer is out
    share: float  # so many of the answers, 0.9 for nine of ten
    handling: timedelta  # what one answer takes a person, the mean; at most LONGEST each
    handling_median: timedelta | None  # None: nobody measured it
    measured: int  # from so many claims; 0: too few were measured, `handling` is a guess
    occupancy: float  # a person answers at most for this share of an hour

    @property
    def begun_within(self) -> timedelta:
        """How soon an answer must be begun to be in time; at once where it takes too long."""
        return max(self.target - self.handling, timedelta())

    @property
    def holds(self) -> bool:
        """Whether the target can be held at all: one answer takes less than it allows."""
        return self.handling < self.target


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


def gather(
    store: Store,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    *,
    brands: Sequence[str],
    policy_of: PolicyOf,
) -> Staffing | None:
    """Return how many people the habit of [since, until) asks for; None where it is too short.

    The habit begins when the first source was switched on. The target is the one that most of
    the answers had.
    """
    begun = min((each.switched_on_at for each in store.sources.all()), default=until)
    since = max(since, begun)
    if until - since < LEAST:
        return None
    work = store.workload.work(since, until, brands)
    handlings = store.workload.handlings(since, until, brands)
    return people_needed(
        work, zone, hours_seen(since, until, zone), policy_of, assumed(work, handlings, policy_of)
    )


def assumed(
    work: Iterable[Work], handlings: Sequence[timedelta], policy_of: PolicyOf
) -> Assumptions:
    """Return what the count rests on: the usual target, and how long answers took."""
    targets = Counter[timedelta]()
    for each in work:
        targets[policy_of(each.policy, each.version).first_response] += each.count
    common = max(targets, key=lambda target: (targets[target], -target), default=None)
    usable = sorted(each for each in handlings if each <= LONGEST)
    enough = len(usable) >= MEASURED
    return Assumptions(
        target=common if common is not None else Policy().first_response,
        share=SHARE,
        handling=sum(usable, timedelta()) / len(usable) if enough else GUESS,
        handling_median=median_low(usable) if enough else None,
        measured=len(usable) if enough else 0,
        occupancy=OCCUPANCY,
    )


def people_needed(
    work: Iterable[Work],
    zone: ZoneInfo,
    hours: Shares,
    policy_of: PolicyOf,
    assumptions: Assumptions,
) -> Staffing:
    """Return how many people each hour needs for `work`; `hours` says how often each one came."""
    running, waiting = _when_owed(work, policy_of)
    owed = _a_week(by_hour(running.items(), zone), hours)
    opening = _a_week(by_hour(waiting.items(), zone), hours)
    people = tuple(
        tuple(
            max(people_for(rate, assumptions), people_at_opening(backlog, assumptions))
            for rate, backlog in zip(rates, backlogs, strict=True)
        )
        for rates, backlogs in zip(owed, opening, strict=True)
    )
    return Staffing(
        zone=zone,
        weeks=sum(map(sum, hours)) / (7 * 24),
        answers=owed,
        people=people,
        assumptions=assumptions,
    )


def people_for(rate: float, assumptions: Assumptions) -> int:
    """Return how many people answer `rate` posts an hour in time; 0 where none comes."""
    if rate <= 0:
        return 0
    load = rate * (assumptions.handling / _HOUR)
    people = max(1, math.ceil(load / assumptions.occupancy - 1e-9))
    while people <= load or _late(people, load, assumptions) > 1 - assumptions.share:
        people += 1
    return people


def people_at_opening(backlog: float, assumptions: Assumptions) -> int:
    """Return how many people have answered `backlog` posts, which wait together, in time.

    With N people the last of them is out after its turn, backlog / N answers later.
    """
    time = max(assumptions.target, assumptions.handling)
    return math.ceil(backlog * (assumptions.handling / time) - 1e-9)


def erlang_c(people: int, load: float) -> float:
    """Return the chance that a post must wait, with `load` (Erlang) below `people`."""
    blocked = 1.0  # Erlang's B for nobody
    for number in range(1, people + 1):
        blocked = load * blocked / (number + load * blocked)
    return people * blocked / (people - load * (1 - blocked))


def _late(people: int, load: float, assumptions: Assumptions) -> float:
    """Return the share of posts that nobody begins in time."""
    patience = assumptions.begun_within / assumptions.handling
    return erlang_c(people, load) * math.exp(-(people - load) * patience)


def _when_owed(
    work: Iterable[Work], policy_of: PolicyOf
) -> tuple[dict[datetime, float], dict[datetime, float]]:
    """Return how much is owed from when on, and how much of it waited for the doors to open."""
    owed: dict[datetime, float] = defaultdict(float)
    waited: dict[datetime, float] = defaultdict(float)
    for each in work:
        opens = _opens(policy_of(each.policy, each.version).calendar, each.at)
        owed[opens] += each.count
        if opens > each.at:
            waited[opens] += each.count
    return owed, waited


def _opens(calendar: Calendar, at: datetime) -> datetime:
    """Return when the doors are open next, `at` itself where they are."""
    return next((window.opens for window in windows(calendar, at)), at)


def _a_week(grid: Shares, hours: Shares) -> Shares:
    return tuple(
        tuple(_each(count, often) for count, often in zip(*rows, strict=True))
        for rows in zip(grid, hours, strict=True)
    )


def _each(count: float, often: float) -> float:
    return count / often if often else 0.0
