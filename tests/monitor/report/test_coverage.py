"""What was read and what was not, from a real store; its holes beside a plain grid of minutes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.model import Cursor, Page, Window
from monitor.report.coverage import Coverage, Hole, blindness, coverage, holes, still_open
from monitor.store.coverage import FOLD_AFTER
from monitor.store.store import Store
from tests.builders import NOON, a_mention, minutes
from tests.fresh import a_new_store

LOOK_BACK = minutes(60)
LATER = NOON + timedelta(days=1)
Q = "search acme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A window, in minutes after NOON, and when it was read."""

    begin: int
    end: int
    at: int
    complete: bool = True
    past: bool = False


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as made:
        yield made


def a_store(folder: Path) -> Store:
    made = a_new_store(folder / "desk.db")
    with made.writing():
        made.sources.switch_on("x", "x", NOON)
        made.sources.switch_on("x:own", "x", NOON)
        made.sources.well("x:own", NOON)
    return made


def play(store: Store, *steps: Step, query: str = Q, source: str = "x") -> None:
    for step in steps:
        window = Window(
            query=query,
            since=NOON + minutes(step.begin),
            until=NOON + minutes(step.end),
            complete=step.complete,
        )
        page = Page(mentions=(), cursor=Cursor("c"), window=window, cost_usd=0.5)
        at = NOON + minutes(step.at)
        with store.writing():
            store.coverage.record(source, page, at, past=step.past)
            store.sources.well(source, at)


def polls(first: int, last: int, every: int = 1) -> list[Step]:
    """Return polls of what was posted since the one before, five minutes read again."""
    return [Step(begin=at - every - 5, end=at, at=at) for at in range(first, last + every, every)]


def look_back() -> Step:
    return Step(begin=-60, end=0, at=0)


def in_minutes(found: Sequence[Hole]) -> list[tuple[float, float]]:
    return [((one.since - NOON) / minutes(1), (one.until - NOON) / minutes(1)) for one in found]


def missing(store: Store) -> list[tuple[float, float]]:
    return in_minutes(holes(store, "x", LOOK_BACK))


def shown(store: Store, until: datetime = LATER, query: str = Q) -> Coverage:
    found = coverage(store, NOON, until, LOOK_BACK)
    return next(each for each in found if each.query == query and each.source != "rss")


def test_a_source_that_was_read_without_a_gap_has_no_hole(store: Store) -> None:
    play(store, look_back(), *polls(1, 30))

    assert missing(store) == []
    assert shown(store).read == ((NOON, NOON + minutes(30)),)


def test_an_overtaken_listing_leaves_a_hole_until_it_is_read_by_a_backfill(store: Store) -> None:
    play(store, look_back(), Step(begin=0, end=20, at=30, complete=False))
    play(store, Step(begin=20, end=30, at=30), *polls(31, 35))
    before = missing(store)
    play(store, Step(begin=5, end=20, at=40, past=True))
    between = missing(store)
    play(store, Step(begin=0, end=6, at=41, past=True))

    assert (before, between, missing(store)) == ([(0, 20)], [(0, 5)], [])
    assert shown(store).overflows == 1


def test_what_had_been_read_before_it_was_called_a_hole_is_one(store: Store) -> None:
    play(store, look_back(), Step(begin=0, end=10, at=10))
    play(store, Step(begin=5, end=8, at=11, complete=False), Step(begin=8, end=11, at=11))

    assert missing(store) == [(5, 8)]


def test_time_that_no_window_covers_is_a_hole_though_nobody_said_so(store: Store) -> None:
    play(store, look_back(), *polls(1, 10), Step(begin=30, end=40, at=40))

    assert missing(store) == [(10, 30)]


def test_the_look_back_that_was_not_read_at_the_switch_on_is_a_hole(store: Store) -> None:
    play(store, Step(begin=-20, end=0, at=0))

    assert missing(store) == [(-60, -20)]


def test_a_query_that_was_added_later_owes_nothing_of_the_time_before(store: Store) -> None:
    play(store, look_back(), *polls(1, 300, 10))
    play(store, *polls(291, 301), query="search acme OR rival")

    assert missing(store) == []


def test_a_query_that_left_the_settings_has_no_holes_any_more(store: Store) -> None:
    days = 24 * 60
    play(store, look_back(), Step(begin=0, end=9, at=10, complete=False))
    before = missing(store)
    play(store, Step(begin=-60, end=2 * days, at=2 * days), query="another")

    found = coverage(store, NOON, NOON + timedelta(days=3), LOOK_BACK)

    assert (before, missing(store)) == ([(0, 9)], [])
    assert [(each.query, each.left, each.holes) for each in found] == [
        ("another", False, ()),
        (Q, True, ()),
    ]


def test_time_since_the_last_read_is_no_hole_yet(store: Store) -> None:
    play(store, look_back(), *polls(1, 10))
    with store.writing():
        store.sources.failed("x", "x: down", NOON + minutes(11))

    known = shown(store)

    assert missing(store) == []
    assert (known.failing_since, known.error) == (NOON + minutes(11), "x: down")
    assert known.last_read_at == NOON + minutes(10)


def test_what_the_keep_has_forgotten_is_no_hole(store: Store) -> None:
    play(store, look_back(), *polls(1, 600, 10))

    with store.writing():
        store.coverage.prune(NOON + minutes(300), NOON + minutes(600))

    assert missing(store) == []


def test_holes_of_own_accounts_are_shown_but_no_backfill_is_asked_for_them(store: Store) -> None:
    own = Step(begin=0, end=5, at=5, complete=False)
    play(store, look_back(), own, source="x:own", query="own")

    assert missing(store) == []
    assert shown(store, query="own").holes == ((NOON, NOON + minutes(5)),)


def test_lag_requests_and_cost_are_of_the_period(store: Store) -> None:
    for minute in range(1, 11):
        window = Window(query=Q, since=NOON, until=NOON + minutes(minute))
        mention = a_mention(key=f"x:{minute}", posted_at=NOON + minutes(minute - 0.5))
        page = Page(mentions=(mention,), cursor=Cursor("c"), window=window, cost_usd=0.01)
        with store.writing():
            store.coverage.record("x", page, NOON + minutes(minute), matched=minute % 2)

    known = shown(store)

    assert known.lag.median == known.lag.largest == minutes(0.5)
    assert (known.requests, known.fresh, known.matched) == (10, 10, 5)
    assert known.cost_per_relevant_usd == pytest.approx(0.02)


def test_what_belongs_to_no_query_has_a_line_of_its_own(store: Store) -> None:
    play(store, look_back())
    with store.writing():
        store.coverage.spend("x", "thread", 3, 0.25, NOON)
        store.sources.switch_on("rss", "rss", NOON)
        store.sources.failed("rss", "rss: no such host", NOON)

    never = next(each for each in coverage(store, NOON, LATER, LOOK_BACK) if each.source == "rss")

    assert (never.query, never.error, never.last_read_at) == ("", "rss: no such host", None)
    assert (shown(store, query="").requests, shown(store, query="").cost_usd) == (3, 0.25)
    assert {each.source for each in coverage(store, NOON, LATER, LOOK_BACK, platforms=["rss"])} == {
        "rss"
    }


def test_what_a_stream_brings_beside_all_windows_is_counted(store: Store) -> None:
    play(store, look_back())
    news = Page(mentions=(a_mention(),), cursor=Cursor("c"), requests=0)
    with store.writing():
        store.coverage.record("x", news, NOON, matched=1)

    assert shown(store, query="").matched == 1


def test_an_outage_is_told_with_whether_it_was_caught_up_with(store: Store) -> None:
    play(store, look_back(), *polls(1, 60), Step(begin=55, end=200, at=200), *polls(201, 210))
    until = NOON + minutes(400)

    blind = blindness(store, NOON, until, LOOK_BACK)

    assert [(one.since, one.until, one.caught_up) for one in blind.outages] == [
        (NOON + minutes(60), NOON + minutes(200), True),
        (NOON + minutes(210), until, False),
    ]


def test_a_source_that_is_read_each_hour_is_not_blind_in_between(store: Store) -> None:
    hourly = [Step(begin=at - 60, end=at, at=at) for at in range(60, 1200, 60)]
    play(store, look_back(), *hourly[:6], *hourly[16:])

    blind = blindness(store, NOON, NOON + minutes(1145), LOOK_BACK)

    assert [(one.since, one.until) for one in blind.outages] == [
        (NOON + minutes(360), NOON + minutes(1020))
    ]


def test_a_source_that_was_slowed_down_to_save_money_is_not_blind_in_between(store: Store) -> None:
    play(store, look_back(), *polls(1, 60), *polls(80, 200, 20))
    with store.writing():
        store.sources.paced("x", minutes(20))

    assert blindness(store, NOON, NOON + minutes(210), LOOK_BACK).outages == ()


def test_a_hole_that_was_filled_is_told_as_read_late(store: Store) -> None:
    hole = Step(begin=0, end=20, at=30, complete=False)
    play(store, look_back(), hole, Step(begin=20, end=30, at=30))
    play(store, Step(begin=0, end=12, at=90, past=True))

    blind = blindness(store, NOON, LATER, LOOK_BACK)

    assert in_minutes(blind.filled) == [(0, 12)]
    assert in_minutes(blind.holes) == [(12, 20)]


def test_a_hole_that_was_filled_stays_so_when_the_next_one_is_beside_it(store: Store) -> None:
    play(store, look_back(), Step(begin=0, end=5, at=5, complete=False))
    play(store, Step(begin=0, end=5, at=6, past=True))

    play(store, Step(begin=5, end=8, at=8, complete=False))

    assert missing(store) == [(5, 8)]


def test_only_holes_that_are_still_open_are_worth_a_notice(store: Store) -> None:
    play(store, look_back(), Step(begin=0, end=5, at=9, complete=False))
    play(store, Step(begin=0, end=9, at=10), Step(begin=2, end=4, at=11, complete=False))

    found = store.coverage.cut_short("x", 0, NOON)

    assert len(found) == 2
    assert in_minutes(still_open(store, found, LOOK_BACK)) == [(2, 4)]
    assert still_open(store, (), LOOK_BACK) == ()


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Return reads of one query, in the order in which they happened."""
    found, at = [look_back()], 0
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.integers(1, 25))
        begin, end = sorted(draw(st.tuples(st.integers(-60, 150), st.integers(-60, 150))))
        past, complete = draw(st.booleans()), draw(st.booleans())
        found.append(Step(begin=begin, end=end, at=at, complete=complete, past=past))
    return found


def holes_of(history: Sequence[Step]) -> set[int]:
    """Return the minutes that are holes, minute by minute."""
    ends = max(each.end for each in history if not each.past)
    return {minute for minute in range(-60, 150) if _is_hole(minute, history, ends)}


def _is_hole(minute: int, history: Sequence[Step], ends: int) -> bool:
    over = [each for each in history if each.begin <= minute < each.end]
    whole = max((each.at for each in over if each.complete), default=None)
    named = max((each.at for each in over if not each.complete and not each.past), default=None)
    if named is not None:
        return whole is None or whole < named
    return whole is None and minute < ends


@settings(max_examples=40, deadline=None)
@given(histories(), st.booleans())
@example(
    [
        look_back(),
        Step(begin=0, end=1, at=1, complete=False),
        Step(begin=0, end=1, at=2, past=True),
        Step(begin=0, end=0, at=3, complete=False),
    ],
    False,
)
def test_holes_are_those_of_the_minutes_however_rows_were_joined_and_folded(
    history: list[Step], folded: bool
) -> None:
    with TemporaryDirectory() as folder, a_store(Path(folder)) as store:
        play(store, *history)
        if folded:
            with store.writing():
                store.coverage.prune(NOON - timedelta(days=9), LATER + FOLD_AFTER)
        found = missing(store)

    grid = {minute for since, until in found for minute in range(int(since), int(until))}
    assert grid == holes_of(history)
