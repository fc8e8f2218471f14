"""All figures of a period at once, gathered from one unchanging view of the store."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import ItemId, Target
from monitor.report import heat, staffing, summary, team
from monitor.report.breakdown import Breakdown, By, View, break_down, late_firsts
from monitor.report.heat import HourOfWeek
from monitor.report.staffing import PolicyOf, Staffing
from monitor.report.summary import Late, Period, Summary, summarize
from monitor.report.team import MemberFigures
from monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a period came to, as a whole and part by part."""

    summary: Summary
    breakdowns: tuple[Breakdown, ...]
    heat: HourOfWeek
    staffing: Staffing | None  # None: the period is too short for a habit
    team: tuple[MemberFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is wanted of."""

    period: Period
    by: tuple[By, ...]
    brands: tuple[str, ...]
    competitors: tuple[str, ...]
    look_back: timedelta
    platforms: Collection[str] | None = None  # read today; None: all that ever were


def period(since: datetime, until: datetime, zone: ZoneInfo) -> Period:
    """Return [since, until), which need not be whole days."""
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    return Period(
        since=since, until=until, zone=zone, first=since.astimezone(zone).date(), last=last
    )


def gather(
    store: Store, asked: Asked, now: datetime, late: Iterable[Late], policy_of: PolicyOf
) -> Report:
    """Return the report; `late` are the promises broken by clocks that still run."""
    broken = tuple(late)
    since, until, zone = asked.period.since, asked.period.until, asked.period.zone
    facts = summary.gather(
        store,
        asked.period,
        now,
        brands=asked.brands,
        competitors=asked.competitors,
        late=broken,
        look_back=asked.look_back,
        platforms=asked.platforms,
    )
    view = View(
        now=now,
        zone=zone,
        late=late_firsts(broken),
        answered_by=_who(store, asked, now) if By.MEMBER in asked.by else None,
    )
    summed, seen = summarize(facts), min(until, now)
    return Report(
        summary=summed,
        breakdowns=tuple(
            break_down(by, facts.cases, since, until, view, summed.rivals) for by in asked.by
        ),
        heat=heat.gather(store, since, seen, zone, brands=asked.brands, late=broken),
        staffing=staffing.gather(
            store, since, seen, zone, brands=asked.brands, policy_of=policy_of
        ),
        team=team.gather(store, since, until, asked.brands),
    )


def _who(store: Store, asked: Asked, now: datetime) -> dict[ItemId, str]:
    """Return who gave the first answer to items of the period, by name."""
    answers = store.workload.answers(asked.period.since, now, asked.brands)
    names = team.names(store, {each.member for each in answers})
    return {
        each.item: names[each.member]
        for each in answers
        if each.target is Target.FIRST_RESPONSE and each.member in names
    }
