"""The record of what was read: small, exact in its sums, and true about its holes."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlite_utils import Migrations

from monitor.model import Cursor, Mention, Page, Window
from monitor.store import lags
from monitor.store.coverage import FOLD_AFTER, Read
from monitor.store.database import connect, migrate, writing
from monitor.store.instants import to_text
from monitor.store.migrations import migrations
from monitor.store.store import Store
from tests.builders import NOON, a_mention, minutes

KEEP = timedelta(days=400)


@pytest.fixture
def store(store: Store) -> Store:
    with store.writing():
        store.sources.switch_on("x", "x", NOON)
        store.sources.switch_on("x:own", "x", NOON)
    return store


def read(
    store: Store,
    begin: float,
    end: float,
    *mentions: Mention,
    at: datetime | None = None,
    query: str = "search acme",
    complete: bool = True,
    cost: float = 0.0,
    past: bool = False,
    source: str = "x",
) -> None:
    """Read [begin, end) minutes after NOON, at its end."""
    since, until = NOON + minutes(begin), NOON + minutes(end)
    window = Window(query=query, since=since, until=until, complete=complete)
    page = Page(mentions=mentions, cursor=Cursor("c"), window=window, cost_usd=cost)
    with store.writing():
        store.coverage.record(source, page, at or until, matched=len(mentions), past=past)


def posted(minute: float, key: str = "x:1") -> Mention:
    return a_mention(key=key, posted_at=NOON + minutes(minute))


def spans(store: Store) -> list[tuple[float, float]]:
    """Return the rows' windows in minutes after NOON."""
    return [
        ((each.since - NOON) / minutes(1), (each.until - NOON) / minutes(1))
        for each in store.coverage.reads()
    ]


def test_the_windows_of_an_hour_share_a_row_and_its_sums_are_kept(store: Store) -> None:
    for minute in range(1, 150):
        read(store, minute - 5, minute, cost=0.01)

    found = store.coverage.reads()

    assert spans(store) == [(-4, 59), (55, 119), (115, 149)]
    assert [each.windows for each in found] == [59, 60, 30]
    assert sum(each.requests for each in found) == 149
    assert sum(each.cost_usd for each in found) == pytest.approx(1.49)


def test_windows_with_time_between_them_stay_apart(store: Store) -> None:
    read(store, 0, 1)
    read(store, 2, 3)

    assert spans(store) == [(0, 1), (2, 3)]


def test_a_pause_in_reading_is_not_hidden_by_windows_that_touch(store: Store) -> None:
    read(store, 0, 1)
    read(store, 1, 17)

    first, second = store.coverage.reads()
    assert (first.read_at, second.read_from) == (NOON + minutes(1), NOON + minutes(17))


def test_what_was_read_before_a_hole_shares_no_row_with_what_was_read_after(store: Store) -> None:
    read(store, 0, 5)
    read(store, 0, 2, complete=False, at=NOON + minutes(6))
    read(store, 2, 6)

    assert [(each.complete, each.windows) for each in store.coverage.reads()] == [
        (True, 1),
        (False, 1),
        (True, 1),
    ]


def test_lag_is_that_of_mentions_newer_than_any_before(store: Store) -> None:
    read(store, -60, 2, posted(-30, "x:0"), posted(1))
    read(store, -60, 5, posted(-30, "x:0"), posted(1), posted(3, "x:2"))

    (found,) = store.coverage.reads()

    assert (found.mentions, found.fresh, found.longest_lag) == (5, 2, 120.0)
    assert lags.quantile(found.lags, 0.5) == pytest.approx(60, rel=0.05)


def test_a_post_dated_into_the_future_hides_no_later_one(store: Store) -> None:
    read(store, 0, 1, posted(5_000_000))
    read(store, 1, 2, posted(1.5, "x:2"))

    assert [each.fresh for each in store.coverage.reads()] == [1]


def test_a_backfill_says_nothing_of_lag(store: Store) -> None:
    read(store, 0, 30, posted(10), past=True)

    (found,) = store.coverage.reads()
    assert (found.past, found.fresh, found.longest_lag, found.matched) == (True, 0, None, 1)
    assert store.coverage.queries() == ()


def test_money_is_summed_over_pages_and_all_else_by_platform(store: Store) -> None:
    read(store, 0, 1, cost=0.5)
    read(store, 0, 1, cost=0.25, source="x:own", query="own")
    with store.writing():
        store.coverage.record("x", Page(mentions=(), cursor=Cursor("c"), cost_usd=1.0), NOON)
        store.coverage.spend("x", "thread", 1, 0.125, NOON + minutes(2))
        store.coverage.spend("x", "thread", 2, 0.125, NOON + minutes(3))
        store.coverage.spend("xing", "thread", 2, 9.0, NOON)
    until = NOON + minutes(60)

    thread = next(each for each in store.coverage.expenses(NOON, until) if each.purpose == "thread")

    assert store.coverage.spent(NOON, until, "x") == pytest.approx(2.0)
    assert store.coverage.spent(NOON, until) == pytest.approx(11.0)
    assert store.coverage.spent(until, until + minutes(60), "x") == 0.0
    assert (thread.requests, thread.cost_usd) == (3, 0.25)


def test_what_the_running_month_cost_outlives_all_else(store: Store) -> None:
    first = NOON.replace(day=1, hour=0)
    with store.writing():
        for at in (first - minutes(60), first):
            store.coverage.spend("x", "thread", 1, 2.0, at)
    read(store, -60, 0, cost=0.5)

    with store.writing():
        store.coverage.prune(NOON + minutes(60), NOON + minutes(60))

    assert store.coverage.spent(first - timedelta(days=9), NOON + minutes(60), "x") == 2.5


def test_old_days_are_folded_to_a_row_each_and_cost_the_same(store: Store) -> None:
    for minute in range(0, 3 * 24 * 60, 10):
        read(store, minute, minute + 10, cost=0.001)
    whole = (NOON, NOON + timedelta(days=4))
    before = store.coverage.spent(*whole)

    with store.writing():
        store.coverage.prune(NOON - KEEP, NOON + timedelta(days=2) + FOLD_AFTER)

    rows = store.coverage.reads()
    assert store.coverage.spent(*whole) == pytest.approx(before)
    assert [each.windows for each in rows[:3]] == [71, 144, 6]
    assert (rows[0].since, rows[-1].until) == (NOON, NOON + timedelta(days=3))


def test_folding_never_joins_what_was_read_on_both_sides_of_a_hole(store: Store) -> None:
    read(store, 0, 50)
    read(store, 10, 20, complete=False, at=NOON + minutes(70))
    read(store, 40, 75)

    with store.writing():
        store.coverage.prune(NOON - KEEP, NOON + timedelta(days=2) + FOLD_AFTER)

    assert spans(store) == [(0, 50), (10, 20), (40, 75)]


def test_what_is_older_than_the_keep_is_forgotten_and_that_is_remembered(store: Store) -> None:
    read(store, 0, 10)
    read(store, 3000, 3010)
    read(store, 2990, 2995, complete=False)
    horizon = NOON + minutes(60)

    with store.writing():
        store.coverage.prune(horizon, horizon)

    (query,) = store.coverage.queries()
    assert spans(store) == [(3000, 3010), (2990, 2995)]
    assert query.forgotten_until == horizon


def test_when_a_source_was_read_last_is_known(store: Store) -> None:
    read(store, 0, 10)
    read(store, 0, 12, query="another")

    assert store.coverage.read_at("x") == NOON + minutes(12)
    assert store.coverage.read_at("x:own") is None


def test_a_rest_is_no_failure_and_ends_with_the_next_good_poll(store: Store) -> None:
    with store.writing():
        store.sources.failed("x", "x: down", NOON)
        store.sources.rest("x", NOON + minutes(9), "x: the month's money is spent")
        store.sources.paced("x", minutes(5))
    resting = store.sources.get("x")
    with store.writing():
        store.sources.well("x", NOON + minutes(10))
        store.sources.paced("x", None)
    after = store.sources.get("x")

    assert resting is not None
    assert (resting.failing_since, resting.rests_until) == (None, NOON + minutes(9))
    assert (resting.rests_why, resting.pace) == ("x: the month's money is spent", minutes(5))
    assert after is not None
    assert (after.rests_until, after.rests_why, after.pace) == (None, None, None)


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.2, 1e6), min_size=1, max_size=60),
    st.lists(st.floats(0.2, 1e6), max_size=30),
    st.sampled_from([0.5, 0.9, 1.0]),
)
def test_a_quantile_of_merged_digests_is_right_to_five_percent(
    some: list[float], others: list[float], share: float
) -> None:
    found = lags.quantile(lags.merged([lags.digest(some), lags.digest(others)]), share)
    exact = sorted([*some, *others])
    rank = -(-share * len(exact) // 1)

    assert found == pytest.approx(exact[int(rank) - 1], rel=0.05)


def test_rows_without_lags_have_no_quantile() -> None:
    assert lags.quantile(lags.from_text(lags.to_text({})), 0.5) is None


def test_a_row_of_many_windows_is_the_sum_of_them() -> None:
    one = Read(
        source="x",
        query="q",
        since=NOON,
        until=NOON + minutes(1),
        complete=True,
        past=False,
        read_from=NOON,
        read_at=NOON,
        longest_lag=3.0,
        lags=lags.digest([3.0]),
    )

    both = one + one

    assert (both.windows, both.longest_lag, sum(both.lags.values())) == (2, 3.0, 2)


def test_what_an_earlier_version_recorded_is_kept_and_goes_on(path: Path) -> None:
    first = Migrations(migrations.name)
    step = next(iter(migrations._migrations))
    first(name=step.name)(step.fn)
    database = connect(path)
    migrate(database, path, first)
    noon = to_text(NOON)
    with writing(database, path):
        database.execute(
            "INSERT INTO sources (name, platform, switched_on_at) VALUES ('x', 'x', ?)", [noon]
        )
        database.execute(
            "INSERT INTO coverage (source, query, since, until, complete, read_at, requests,"
            " cost_usd, mentions, lag_s) VALUES ('x', 'search acme', ?, ?, 1, ?, 3, 0.5, 9, 3600)",
            [noon, to_text(NOON + minutes(1)), to_text(NOON + minutes(1))],
        )
    database.close()

    with Store(path) as store:
        read(store, 0, 2, posted(0.5), posted(1.5, "x:2"))
        (found,) = store.coverage.reads()

    assert (found.windows, found.requests, found.mentions) == (2, 4, 11)
    assert (found.fresh, found.longest_lag) == (1, 30.0)  # the other one had been read before
