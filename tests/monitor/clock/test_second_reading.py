"""The clock and the second reading of its rules agree on histories nobody would think of."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.clock import notices
from monitor.clock.calendar import NEVER, Calendar
from monitor.clock.policy import Mode, Policy, Step, Terms
from monitor.clock.reading import Reading, read
from monitor.model import Event, EventKind, Target
from tests.monitor.clock.strategies import histories, instants, openings
from tests.reference import clocks, hours, telling, terms
from tests.reference.facts import Fact

K = EventKind
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MODERATE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STEPS = ((0.5, "chat"), (0.8, "owner"), (1.0, "lead"), (2.0, "manager"))
TARGETS = {"first_response": 30, "next_response": 60, "claim": 5, "resolution": 1440}
WORDS = {
    K.OPENED: "post",
    K.CUSTOMER_POST: "post",
    K.POST_DELETED: "deleted",
    K.BRAND_REPLY: "reply",
    K.REPLY_DELETED: "reply_gone",
    K.ANSWERED: "tapped",
    K.CLAIMED: "claimed",
    K.RELEASED: "released",
    K.LEASE_ENDED: "lease_ended",
    K.WAITING: "paused",
    K.SNOOZED: "paused",
    K.RESUMED: "resumed",
    K.RESOLVED: "resolved",
    K.VOIDED: "voided",
    K.RESTORED: "restored",
    K.UNDONE: "undone",
}
Case = tuple[Terms, terms.Terms, list[Event], datetime]


def micros(at: datetime) -> int:
    return terms.FOREVER if at == NEVER else (at - EPOCH) // timedelta(microseconds=1)


def facts(events: Iterable[Event]) -> list[Fact]:
    return [
        Fact(
            WORDS[event.kind],
            micros(event.at),
            micros(event.recorded_at),
            event.id,
            key=event.key or "",
            posted=micros(event.posted_at or event.at),
            wants=event.wants_answer,
            pause=event.kind.value,
            until=micros(event.until) if event.until else None,
            undoes=event.ref if event.ref is not None else -1,
        )
        for event in events
    ]


def wall(calendar: Calendar, around: datetime) -> hours.Wall:
    extra = [(on, tuple((s.opens, s.closes) for s in spans)) for on, spans in calendar.extra]
    told = hours.Calendar(
        name=calendar.name,
        zone=calendar.timezone.key,
        week=tuple(tuple((one.opens, one.closes) for one in spans) for spans in calendar.week),
        country=calendar.holidays,
        closed=calendar.closed,
        extra=tuple(extra),
    )
    days = timedelta(days=12)
    return hours.Wall(told, micros(around - days), micros(around + 2 * days))


def both(calendar: Calendar, around: datetime, factor: int) -> tuple[Policy, terms.Policy]:
    """Return a policy as the product and as the reference know it."""
    lengths: dict[str, Any] = {name: factor * each * MINUTE for name, each in TARGETS.items()}
    steps = tuple(Step(share=share, tell=tell) for share, tell in STEPS)
    return Policy(calendar=calendar, steps=steps, version=factor, **lengths), terms.Policy(
        name="always",
        version=factor,
        targets={name: factor * each * hours.MINUTE for name, each in TARGETS.items()},
        auto_resolve=48 * 60 * hours.MINUTE,
        steps=STEPS,
        wall=wall(calendar, around),
        calendar=calendar.name,
        calendar_version=1,
    )


def _unopened(events: Iterable[Event]) -> Iterator[Event]:
    """Yield a history without what has a resolved item ask again.

    The desk writes down that it is reopened, which an invented history cannot know.
    """
    resolved = False
    for event in events:
        resolved = resolved or event.kind is K.RESOLVED
        if not (resolved and event.kind in (K.CUSTOMER_POST, K.REPLY_DELETED, K.RESTORED)):
            yield event


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return terms twice, a history under them, and a moment after all of it."""
    calendar, _, day = draw(openings())
    start = draw(instants(day))
    known = WORDS.keys()
    events = [event for event in _unopened(draw(histories(start))) if event.kind in known]
    now = events[-1].recorded_at + draw(st.integers(0, 400)) * MINUTE
    first, told = both(calendar, start, 1)
    mine, theirs = terms.Terms((terms.Term(0, told),)), Terms.of(first)
    since = start
    for factor in range(2, 2 + draw(st.integers(0, 2))):
        since += draw(st.integers(1, 300)) * MINUTE
        mode = draw(st.sampled_from(Mode))
        if since <= now:
            policy, told = both(draw(openings())[0], start, factor)
            theirs, mine = (
                theirs.under(policy, since, mode),
                mine.under(told, micros(since), mode.value),
            )
    return theirs, mine, events, now


def seen(each: Reading) -> tuple[object, ...]:
    gone, ended = each.void_at, each.ended_at
    return (
        each.target.value,
        each.cycle,
        micros(each.started_at),
        None if ended is None else micros(ended),
        None if gone is None else micros(gone),
        each.team_time // timedelta(microseconds=1),
        each.breached,
        each.counted,
        each.allowed // timedelta(microseconds=1),
    )


def expected(clock: clocks.Clock) -> tuple[object, ...]:
    return (
        *(clock.target, clock.cycle, clock.start, clock.end, clock.gone),
        *(clock.spent, clock.breached, clock.counted, clock.allowed),
    )


@MODERATE
@given(cases())
def test_responses_and_claims_are_read_alike_whatever_policies_came(case: Case) -> None:
    theirs, mine, events, now = case

    shown = read(events, theirs, now).all

    story = clocks.Story.of(facts(events), micros(now))
    wanted = clocks.read(story, mine, micros(now), found_late=False)
    assert [seen(each) for each in shown if each.target is not Target.RESOLUTION] == [
        expected(each) for each in wanted if each.target != "resolution"
    ]


@MODERATE
@given(cases())
def test_what_is_due_is_due_alike(case: Case) -> None:
    theirs, mine, events, now = case

    shown = [each for each in read(events, theirs, now).all if each.due_at is not None]

    story = clocks.Story.of(facts(events), micros(now))
    wanted = clocks.read(story, mine, micros(now), found_late=False)
    due = {each.name: each.due for each in wanted}
    for each in shown:
        if each.target is not Target.RESOLUTION and each.due_at is not None:
            mine_due = due[each.target.value, each.cycle]
            assert mine_due in (micros(each.due_at), terms.FOREVER)  # or beyond what is looked at


@MODERATE
@given(cases(), st.booleans(), st.sets(st.sampled_from((50, 80, 100, 200, 400)), max_size=3))
def test_the_same_is_told(case: Case, taken: bool, before: set[int]) -> None:
    theirs, mine, events, now = case
    told = frozenset(f"first_response:1:{share}%" for share in before)
    readings = read(events, theirs, now)

    shown = notices.due_notices(events[0].item, readings, theirs, told, now, reacted=taken)

    story = clocks.Story.of(facts(events), micros(now))
    pause = readings.pause
    snoozed = pause is not None and pause.event.kind is K.SNOOZED
    wanted = telling.said(
        clocks.read(story, mine, micros(now), found_late=False),
        mine,
        told,
        snoozed=snoozed,
        taken=taken,
    )
    assert {
        (one.notice.kind.value, one.notice.name)
        for one in shown
        if one.notice.target is not Target.RESOLUTION
    } == {(word.kind, word.name) for word in wanted.words if word.target != "resolution"}
