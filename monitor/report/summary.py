"""Pure: what a day or a week came to. A figure that cannot be known is None, never a guess.

The items are those first seen in the period, however long ago they were posted. Shares and waits
leave out what is void or was found late; both are counted apart.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median, quantiles
from zoneinfo import ZoneInfo

from monitor.desk.promises import Promised
from monitor.model import Flag, ItemId, State, Target
from monitor.report.coverage import Blindness, blindness, partly_read_at
from monitor.store.figures import AT_RISK, Agreement, BrandPosts, Case, Kept
from monitor.store.store import Store

OFFICE = (time(8), time(18))  # Monday to Friday, local; everything else is night and weekend
_LEAVING = 5  # items that are named
_WEEKEND = 5  # Saturday, as `date.weekday` counts
SOON, LATER = timedelta(minutes=30), timedelta(minutes=60)
SEEN = Blindness(outages=(), holes=(), filled=())
NOTHING_SAID = Agreement(confirmed=0, corrected=0)  # of what the judge had said
UNJUDGED, BY_HAND = "not judged", "opened by a person"
Counted = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """[since, until), whole local days of one zone."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, over `count` times; None where there were none."""

    count: int
    median: timedelta | None
    ninetieth: timedelta | None  # nine of ten took no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What a part of the week came to."""

    received: int
    answered: Share
    within_60: Share
    customer_wait: Spread
    claimed: Spread  # team time until somebody took it; what nobody took yet is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A promise that is broken while its clock still runs."""

    target: Target
    due_at: datetime
    item: ItemId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A brand beside the others: what people wrote of it, answered or not."""

    brand: str
    competitor: bool  # watched without a clock
    posts: int
    complaints: Share | None  # of the posts that were judged; None: none was
    topics: Counted  # most first; empty where no post has one


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A source that fails right now."""

    source: str
    since: datetime
    error: str
    partly: bool = False  # the rest of it is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a period, as it was gathered at `now`."""

    period: Period
    now: datetime
    cases: tuple[Case, ...]
    waiting: int = 0  # items that owe an answer at `now`, whenever they came
    kept: tuple[Kept, ...] = ()
    late: tuple[Late, ...] = ()
    spoken_of: tuple[BrandPosts, ...] = ()  # of the brands and of those watched beside them
    competitors: frozenset[str] = frozenset()  # which of them have no clock
    promises: Promised | None = None  # what members promised to do; None: not counted
    blind: Blindness = SEEN  # when nothing was seen, and what of it was read later
    failing: tuple[Failing, ...] = ()
    sources: int = 0  # how many were ever switched on
    judge: Agreement = NOTHING_SAID


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a period came to."""

    period: Period
    received: int  # void ones left out
    answered: int
    unproven: int  # of those answered, known by a tap alone
    unanswered: int  # of those received, still without a first answer
    waiting: int  # customers who wait for an answer now, whenever they wrote
    within_30: Share  # of customer wait
    within_60: Share
    customer_wait: Spread
    team_time: Spread
    kept: tuple[Kept, ...]  # promises that fell due in the period
    hand_overs: int
    languages: Counted
    platforms: Counted
    labels: Counted
    competitors: Counted  # posts that name them
    rivals: tuple[Rival, ...]  # they and the brands side by side, most posts first
    topics: Counted  # of what was received, where known
    first_contact: Share  # answered once, and neither asked again nor back within a week so far
    repeated: Share  # of those received, by somebody who had another item in the week before
    at_risk: int | None  # people likely to leave; None: of nobody is it known
    leaving: tuple[ItemId, ...]  # an item of each of the likeliest, most likely first
    promises: Promised | None  # what members promised to do in the period; None: not counted
    office: Hours
    off_hours: Hours
    found_late: int
    void: Counted  # by reason
    blind: Blindness
    failing: tuple[Failing, ...]
    sources: int
    judge: Agreement  # posts of which people said something in the period


def days(last: date, zone: ZoneInfo, count: int = 1) -> Period:
    """Return the `count` local days that end with `last`."""
    first = last - timedelta(days=count - 1)
    return Period(
        since=datetime.combine(first, time(), zone),
        until=datetime.combine(last + timedelta(days=1), time(), zone),
        zone=zone,
        first=first,
        last=last,
    )


def gather(
    store: Store,
    period: Period,
    now: datetime,
    *,
    brands: Sequence[str],
    competitors: Sequence[str],
    late: Iterable[Late],
    look_back: timedelta,
    platforms: Collection[str] | None = None,
) -> Facts:
    """Return what the store knows of a period; `late` are the promises broken by running clocks.

    `platforms` are those that are read today (None: all that ever were): of the others it is no
    news that nothing is seen there.
    """
    since, until = period.since, period.until
    every = store.sources.all()
    sources = [one for one in every if platforms is None or one.platform in platforms]
    return Facts(
        period=period,
        now=now,
        cases=store.figures.cases(since, until, brands),
        waiting=store.figures.unanswered(brands),
        kept=store.figures.kept(since, until, brands),
        late=tuple(each for each in late if since <= each.due_at < until),
        spoken_of=store.figures.spoken_of(since, until, [*brands, *competitors]),
        competitors=frozenset(competitors),
        promises=store.promises.figures(since, until, brands, now),
        blind=blindness(store, since, min(until, now), look_back, platforms=platforms),
        failing=tuple(
            Failing(
                source=each.name,
                since=each.failing_since,
                error=each.error or "",
                partly=partly_read_at(store, each) is not None,
            )
            for each in sources
            if each.failing_since is not None
        ),
        sources=len(sources),
        judge=store.figures.agreement(since, until, brands),
    )


def summarize(facts: Facts) -> Summary:
    """Return what a period came to."""
    received = [case for case in facts.cases if case.state is not State.VOID]
    void = [case for case in facts.cases if case.state is State.VOID]
    counted = [case for case in received if not case.found_late]
    answered = [case for case in received if case.answered_at is not None]
    zone = facts.period.zone
    office = [case for case in received if _in_office(case.posted_at, zone)]
    rivals = beside(facts.spoken_of, facts.competitors)
    leaving = _leaving(received)
    return Summary(
        period=facts.period,
        received=len(received),
        answered=len(answered),
        unproven=sum(not case.proven for case in answered),
        unanswered=len(received) - len(answered),
        waiting=facts.waiting,
        within_30=within(received, SOON, facts.now),
        within_60=within(received, LATER, facts.now),
        customer_wait=spread(case.customer_wait for case in received),
        team_time=spread(case.team_time for case in counted),
        kept=_kept(facts),
        hand_overs=sum(case.hand_overs for case in received),
        languages=_most(case.language or UNJUDGED for case in received),
        platforms=_most(case.platform for case in received),
        labels=_most(label(case.flags) for case in received),
        competitors=tuple((each.brand, each.posts) for each in rivals if each.competitor),
        rivals=rivals,
        topics=_most(case.topic for case in received if case.topic),
        first_contact=_first_contact(answered),
        repeated=Share(part=sum(case.repeated for case in received), whole=len(received)),
        at_risk=len(leaving) if any(each.churn_risk is not None for each in received) else None,
        leaving=tuple(leaving.values())[:_LEAVING],
        promises=facts.promises,
        office=_hours(office, facts.now),
        off_hours=_hours(
            [case for case in received if not _in_office(case.posted_at, zone)], facts.now
        ),
        found_late=len(received) - len(counted),
        void=_most(case.void_reason or "not for us" for case in void),
        blind=facts.blind,
        failing=facts.failing,
        sources=facts.sources,
        judge=facts.judge,
    )


def beside(spoken_of: Iterable[BrandPosts], competitors: Collection[str]) -> tuple[Rival, ...]:
    """Return the brands that were written of, competitors among them, side by side."""
    return tuple(
        Rival(
            brand=each.brand,
            competitor=each.brand in competitors,
            posts=each.posts,
            complaints=Share(part=each.complaints, whole=each.judged) if each.judged else None,
            topics=each.topics,
        )
        for each in spoken_of
        if each.posts
    )


def _first_contact(answered: Sequence[Case]) -> Share:
    settled = (not case.again and not case.came_back for case in answered)
    return Share(part=sum(settled), whole=len(answered))


def _leaving(cases: Iterable[Case]) -> dict[str, ItemId]:
    """Return the people who are likely to leave, the likeliest first, each with an item."""
    found: dict[str, ItemId] = {}
    for case in sorted(cases, key=lambda case: case.churn_risk or 0.0, reverse=True):
        if (case.churn_risk or 0.0) >= AT_RISK:
            found.setdefault(case.author, case.item)
    return found


def within(cases: Iterable[Case], limit: timedelta, now: datetime) -> Share:
    """Return how many customers had an answer within `limit`, of those who waited as long."""
    told = [case for case in cases if case.answered_at or now - case.posted_at >= limit]
    soon = (case for case in told if case.customer_wait is not None)
    return Share(part=sum(_wait(case) <= limit for case in soon), whole=len(told))


def _wait(case: Case) -> timedelta:
    return case.customer_wait if case.customer_wait is not None else timedelta.max


def spread(times: Iterable[timedelta | None]) -> Spread:
    """Return the median and the ninetieth percentile of the times that are known."""
    seconds = sorted(each.total_seconds() for each in times if each is not None)
    if not seconds:
        return Spread(count=0, median=None, ninetieth=None)
    tail = quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return Spread(
        count=len(seconds),
        median=timedelta(seconds=median(seconds)),
        ninetieth=timedelta(seconds=tail),
    )


def _kept(facts: Facts) -> tuple[Kept, ...]:
    """Return the promises by target: the fixed ones, and those broken by clocks that still run."""
    fixed = {each.target: each for each in facts.kept}
    late = Counter(each.target for each in facts.late)
    found = (
        Kept(
            target=target,
            promised=(fixed[target].promised if target in fixed else 0) + late[target],
            kept=fixed[target].kept if target in fixed else 0,
        )
        for target in Target
    )
    return tuple(each for each in found if each.promised)


def _hours(cases: Sequence[Case], now: datetime) -> Hours:
    answered = sum(case.answered_at is not None for case in cases)
    return Hours(
        received=len(cases),
        answered=Share(part=answered, whole=len(cases)),
        within_60=within(cases, LATER, now),
        customer_wait=spread(case.customer_wait for case in cases),
        claimed=spread(case.claim_time for case in cases if not case.found_late),
    )


def _in_office(posted_at: datetime, zone: ZoneInfo) -> bool:
    local = posted_at.astimezone(zone)
    opens, closes = OFFICE
    return local.weekday() < _WEEKEND and opens <= local.time() < closes


def label(flags: frozenset[Flag]) -> str:
    """Return what an item asks for, as the judge flagged its first post."""
    wanted = [flag.value for flag in (Flag.COMPLAINT, Flag.REQUEST) if flag in flags]
    return " and ".join(wanted) or BY_HAND


def _most(names: Iterable[str]) -> Counted:
    return tuple(sorted(Counter(names).items(), key=lambda each: (-each[1], each[0])))
