"""A dry run against what applying then does, after any story, also a broken-off application."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.policy import Mode
from monitor.clock.reading import Reading
from monitor.clock.retelling import not_crossed
from monitor.clock.why import Noted, explain
from monitor.errors import RefusedError
from monitor.handling.flips import Held, preview
from monitor.handling.ledger import was_history
from monitor.handling.policies import Policies
from monitor.model import ItemId, Member, Role, Target
from monitor.settings import CalendarSettings, PolicyBook, PolicySettings, RuleSettings, RuleWhen
from tests.builders import NOON, a_mention, a_reply, minutes
from tests.desk import Bench, a_bench

AUTHORS = {ItemId(1): ("jana", "sample:1"), ItemId(2): ("peter", "sample:5")}
OFFICE = CalendarSettings(name="office", fri=("08:00-12:10", "12:20-13:00", "13:30-18:00"))
SHORT = CalendarSettings(name="office", fri=("08:00-12:30",), sat=("00:00-24:00",))
Clocks = dict[tuple[ItemId, Target, int], Reading]


def a_book(
    first: int, calendar: CalendarSettings | None, silence: int, resolution: int, *, routed: bool
) -> PolicyBook:
    def policy(name: str, target: int) -> PolicySettings:
        return PolicySettings(
            name=name,
            first_response=minutes(target),
            next_response=minutes(target * 2),
            resolution=minutes(resolution),
            auto_resolve=minutes(silence),
            calendar=calendar.name if calendar else "around the clock",
        )

    return PolicyBook(
        policy=(policy("always", first), policy("peter", first // 3)),
        calendar=(calendar,) if calendar else (),
        rule=(RuleSettings(policy="peter", when=RuleWhen(customer=("sample:peter",))),)
        if routed
        else (),
    )


books = st.builds(
    a_book,
    st.sampled_from([5, 10, 30, 90]),
    st.sampled_from([None, OFFICE, SHORT]),
    st.sampled_from([20, 2880]),
    st.sampled_from([15, 60, 1440]),
    routed=st.booleans(),
)
acts = st.sampled_from(
    (
        *("post", "reply", "answered", "claim", "release", "wait", "snooze", "undo", "resolve"),
        *("void", "tick", "tick", "apply", "break off"),
    )
)
acted = st.tuples(st.integers(1, 1500), acts, books, st.sampled_from(list(Mode)))


def do(bench: Bench, act: str, step: int, now: datetime, member: Member) -> None:
    item = ItemId(1 + step % 2)
    author, thread = AUTHORS[item]
    key = f"sample:{100 + step}"
    match act:
        case "post":
            bench.take(a_mention(key=key, author=author, posted_at=now, thread=thread), now=now)
        case "reply":
            bench.take(a_reply(key=key, posted_at=now - minutes(2), to=thread), now=now)
        case "wait":
            bench.desk.wait(item, member, now, "customer", minutes(30))
        case "snooze":
            bench.desk.snooze(item, member, now, minutes(20))
        case "void":
            bench.desk.not_for_us(item, member, now, "spam")
        case "tick":
            bench.tick(now)
        case "answered" | "claim" | "release" | "undo" | "resolve":
            getattr(bench.desk, act)(item, member, now)


def applies(bench: Bench, book: PolicyBook, mode: Mode, now: datetime, most: int | None) -> None:
    Policies.adopt(bench.store, book, now, mode)
    bench.ledger.move_to_current(now, most)


def unfixed(bench: Bench, now: datetime) -> Clocks:
    """Return the clocks of listed items that may still change."""
    found: Clocks = {}
    for one in bench.store.items.queue():
        readings = bench.item(one.item.id, now).readings
        ripe = {(result.target, result.cycle) for result in readings.results(now)}
        for each in readings.all:
            if not each.frozen and not each.void and (each.target, each.cycle) not in ripe:
                found[one.item.id, each.target, each.cycle] = each
    return found


def shown(clock: Held | Reading | None) -> tuple[object, ...] | None:
    if clock is None:
        return None
    return clock.due_at, clock.team_time, clock.allowed, clock.breached


def must_add_up(bench: Bench, now: datetime) -> None:
    """Every part of a clock that may change is told, without a hole, and the counted add up."""
    for one in bench.store.items.every():
        events = bench.store.events.of_item(one.item.id)
        fixed = bench.store.events.results_of(one.item.id)
        for each in explain(
            events,
            bench.ledger.policies.terms(events),
            now,
            frozen=fixed,
            found_late=one.item.found_late,
            muted=was_history(one.item, events),
        ):
            if (each.target, each.cycle) not in {(one.target, one.cycle) for one in fixed}:
                assert Noted.FIXED not in each.noted
            parts = [part.end - part.start for part in each.segments if part.counted]
            assert Noted.FIXED in each.noted or sum(parts, timedelta()) == each.team_time
            assert all(a.end == b.start for a, b in pairwise(each.segments))


@settings(max_examples=25, deadline=None)
@given(
    story=st.lists(acted, max_size=12),
    first=books,
    last=books,
    mode=st.sampled_from(list(Mode)),
    gap=st.integers(1, 1800),
)
def test_a_dry_run_shows_what_applying_does_and_every_clock_adds_up(
    story: list[tuple[int, str, PolicyBook, Mode]],
    first: PolicyBook,
    last: PolicyBook,
    mode: Mode,
    gap: int,
) -> None:
    with TemporaryDirectory() as folder:
        bench, now = a_bench(Path(folder), book=first), NOON
        member = bench.member(role=Role.LEAD)
        bench.take(a_mention(), a_mention(key="sample:5", author="peter"))
        for step, (seconds, act, book, how) in enumerate(story):
            now += timedelta(seconds=seconds)
            try:
                do(bench, act, step, now, member)
            except RefusedError:
                continue
            if act in ("apply", "break off"):
                applies(bench, book, how, now, None if act == "apply" else 1)
        now += timedelta(seconds=gap)
        before = unfixed(bench, now)
        found = preview(bench.ledger, bench.ledger.policies.draft(last), mode, now)

        applies(bench, last, mode, now, None)

        after = {
            (one.item.id, each.target, each.cycle): each
            for one in bench.store.items.queue()
            for each in bench.item(one.item.id, now).readings.all
        }
        told = {(each.item.id, each.target, each.cycle): each for each in found.changes}
        for clock, was in before.items():
            promised = told[clock].after if clock in told else was
            assert shown(promised) == shown(after.get(clock))
        for clock in told.keys() - before.keys():
            assert shown(told[clock].after) == shown(after[clock])
        must_add_up(bench, now)
        for one in bench.store.items.queue():
            readings = bench.item(one.item.id, now).readings
            assert not not_crossed(readings, bench.store.events.told(one.item.id))
        bench.store.close()
