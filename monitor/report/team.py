"""Pure: what each member did in a period. Times are medians, with how many they are of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import MemberId
from monitor.report.summary import Share, Spread, spread
from monitor.store.store import Store
from monitor.store.workload import Acts, Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFigures:
    """What one member did; `member` None: answers found outside of which nobody had the item."""

    member: MemberId | None
    name: str  # "" where nobody is known
    claims: int
    given_away: int  # handed to somebody else
    answers: int
    unproven: int  # of those, known by a tap alone
    customer_wait: Spread
    team_time: Spread  # what was found late left out
    late: Share  # answers past their target, of those that count


def gather(
    store: Store, since: datetime, until: datetime, brands: Sequence[str]
) -> tuple[MemberFigures, ...]:
    """Return what each member did for `brands` in [since, until), most answers first.

    Who is in is named though there was nothing to do; answers count once they are fixed.
    """
    answers = store.workload.answers(since, until, brands)
    acts = store.workload.acts(since, until, brands)
    busy = {each.member for each in answers} | {each.member for each in acts}
    known = names(store, busy | {each.id for each in store.people.members()})
    return figures(known, acts, answers)


def names(store: Store, members: Iterable[MemberId | None]) -> dict[MemberId, str]:
    """Return the names of these members, of those who left too."""
    found = (store.people.member(each) for each in members if each is not None)
    return {each.id: each.name for each in found if each is not None}


def figures(
    known: Mapping[MemberId, str], acts: Sequence[Acts], answers: Sequence[Answered]
) -> tuple[MemberFigures, ...]:
    """Return the figures of all who have a name or answered something, most answers first."""
    given: dict[MemberId | None, list[Answered]] = defaultdict(list)
    for each in answers:
        given[each.member].append(each)
    done = {each.member: each for each in acts}
    everyone: set[MemberId | None] = {*known, *given}
    found = [_of(member, known, done, given[member]) for member in everyone]
    return tuple(sorted(found, key=lambda each: (-each.answers, -each.claims, each.name)))


def _of(
    member: MemberId | None,
    known: Mapping[MemberId, str],
    acts: Mapping[MemberId, Acts],
    answers: Sequence[Answered],
) -> MemberFigures:
    did = acts.get(member) if member is not None else None
    counted = [each for each in answers if each.counted]
    return MemberFigures(
        member=member,
        name=known.get(member, "") if member is not None else "",
        claims=did.claims if did else 0,
        given_away=did.given_away if did else 0,
        answers=len(answers),
        unproven=sum(not each.proven for each in answers),
        customer_wait=spread(each.customer_wait for each in answers),
        team_time=spread(each.team_time for each in counted),
        late=Share(part=sum(each.breached for each in counted), whole=len(counted)),
    )
