"""Polls: what is kept when a source fails half way, what it costs, and when it rests."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import RateLimitError, UnavailableError
from monitor.intake.polling import poll, poll_own, rests_until
from monitor.model import Cursor, Meter, Page, State
from tests.builders import NOON, a_mention, a_page, a_reply, minutes
from tests.desk import LOOK_BACK, Bench, a_bench
from tests.fakes import Pages, Paid


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return a_bench(tmp_path)


def test_the_first_poll_reads_the_look_back(bench: Bench) -> None:
    pages = Pages(a_page(a_mention()))

    poll(pages, bench.pipeline, bench.store, LOOK_BACK, NOON)

    assert pages.asked == [pages.cursor_at(NOON - LOOK_BACK)]


def test_the_next_poll_goes_on_where_the_last_page_ended(bench: Bench) -> None:
    pages = Pages(a_page(cursor="one"), a_page(cursor="two"))
    poll(pages, bench.pipeline, bench.store, LOOK_BACK, NOON)

    poll(pages, bench.pipeline, bench.store, LOOK_BACK, NOON + minutes(1))

    assert pages.asked[-1] == "two"


def test_a_poll_that_fails_half_way_keeps_the_pages_before(bench: Bench) -> None:
    down = UnavailableError("sample", "down")
    pages = Pages(a_page(a_mention(), cursor="one"), error=down)

    polled = poll(pages, bench.pipeline, bench.store, LOOK_BACK, NOON)

    source = bench.store.sources.get("sample")
    assert source is not None
    assert (source.cursor, source.failing_since, polled.error) == ("one", NOON, down)
    assert bench.store.posts.get("sample:1") is not None


def test_an_outage_is_told_once_when_it_starts_and_once_when_it_ends(bench: Bench) -> None:
    failing = Pages(error=UnavailableError("sample", "down"))
    started = [
        poll(failing, bench.pipeline, bench.store, LOOK_BACK, NOON + minutes(n)).began_failing
        for n in range(3)
    ]

    ended = [
        poll(Pages(), bench.pipeline, bench.store, LOOK_BACK, NOON + minutes(n)).failed_since
        for n in (3, 4)
    ]

    assert started == [True, False, False]
    assert ended == [NOON, None]


def test_own_replies_are_a_source_of_their_own(bench: Bench) -> None:
    bench.take(a_mention())
    reply = a_reply(posted_at=NOON + minutes(3))
    own = Pages(a_page(reply, cursor="own"))

    poll_own(own, "sample", bench.pipeline, bench.store, LOOK_BACK, NOON + minutes(4))

    source = bench.store.sources.get("sample:own")
    assert source is not None
    assert source.cursor == "own"
    assert bench.item(now=NOON + minutes(4)).item.state is State.ANSWERED


def test_a_source_on_which_we_fail_is_told_as_blind(bench: Bench) -> None:
    broken = Pages(error=ValueError("not the platform's fault"))  # type: ignore[arg-type]

    polled = poll(broken, bench.pipeline, bench.store, LOOK_BACK, NOON)

    source = bench.store.sources.get("sample")
    assert source is not None
    assert source.failing_since == NOON
    assert polled.began_failing


class Eager(Pages):
    """A platform of somebody else's that asks at once, and not when the first page is wanted."""

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        raise UnavailableError("sample", "down")


def test_a_platform_that_fails_before_its_first_page_is_told_as_blind(bench: Bench) -> None:
    polled = poll(Eager(), bench.pipeline, bench.store, LOOK_BACK, NOON)

    source = bench.store.sources.get("sample")
    assert source is not None
    assert polled.began_failing
    assert source.failing_since == NOON


def test_a_page_is_first_seen_when_it_has_come_and_not_when_the_poll_began(bench: Bench) -> None:
    arrivals = iter([NOON + minutes(8), NOON + minutes(9)])

    poll(
        Pages(a_page(a_mention(posted_at=NOON + minutes(6)))),
        bench.pipeline,
        bench.store,
        LOOK_BACK,
        NOON,
        lambda: next(arrivals),
    )

    assert bench.item().item.opened_at == NOON + minutes(8)


def test_a_platform_that_asks_for_rest_rests_and_is_not_taken_for_failing(bench: Bench) -> None:
    bench.source("sample:own")
    over = NOON + minutes(15)
    slow = Pages(error=RateLimitError("sample", "slow down", over))

    poll(slow, bench.pipeline, bench.store, LOOK_BACK, NOON)

    rows = bench.store.sources.all()
    assert [(row.name, row.rests_until) for row in rows] == [("sample", over), ("sample:own", over)]
    assert [row.failing_since for row in rows] == [None, None]
    assert rests_until(bench.store, "sample", over - minutes(1)) == over
    assert rests_until(bench.store, "sample", over) is None


def test_what_a_poll_asked_beside_its_pages_is_written_down(bench: Bench) -> None:
    paid = Paid(a_page(a_mention()), a_page(), unpaged=Meter(requests=2, cost_usd=0.25))

    poll(paid, bench.pipeline, bench.store, LOOK_BACK, NOON)

    spent = bench.store.coverage.expenses(NOON - timedelta(hours=1), NOON + minutes(1))
    assert {(one.purpose, one.requests, one.cost_usd) for one in spent} == {
        ("page", 2, 0.02),
        ("poll", 2, 0.25),
    }


def test_a_platform_with_a_budget_hears_what_its_month_has_cost(bench: Bench) -> None:
    paid = Paid(a_page(), unpaged=Meter(cost_usd=0.5))
    bench.source("other")
    with bench.store.writing():
        bench.store.coverage.spend("sample", "thread", 1, 9.0, NOON - timedelta(days=30))
        bench.store.coverage.spend("other", "thread", 1, 7.0, NOON - minutes(1))

    for number in range(3):
        poll(paid, bench.pipeline, bench.store, LOOK_BACK, NOON + minutes(number))

    assert paid.told == [0.0, 0.01, 0.51, 0.52, 1.02, 1.03]


def test_a_budget_hears_of_what_others_spent_while_it_was_polled(bench: Bench) -> None:
    paid = Paid(a_page(), a_page())

    def another_process() -> datetime:
        with bench.store.writing():
            bench.store.coverage.spend("sample", "backfill", 1, 2.0, NOON)
        return NOON + minutes(3)

    poll(paid, bench.pipeline, bench.store, LOOK_BACK, NOON, another_process)

    assert paid.told == [0.0, 2.01, 4.02]
