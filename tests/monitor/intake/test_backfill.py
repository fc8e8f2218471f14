"""The past: what becomes of it, where it goes on, and when a hole is filled."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import UnavailableError
from monitor.intake.backfill import Filled, backfill, count, for_holes, open_holes, spans
from monitor.model import Cursor, ItemId, Page, State, Window
from monitor.store.backfills import Backfill
from tests.builders import NOON, a_brand, a_mention, a_page, a_reply, minutes
from tests.desk import LOOK_BACK, Bench, a_bench
from tests.fakes import Paid, Past

DAY = timedelta(days=1)
MONTH = Backfill(platform="sample", since=NOON - 30 * DAY, until=NOON)
DOWN = UnavailableError("sample", "down")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return a_bench(tmp_path, a_brand(), a_brand("Other"))


def read(bench: Bench, platform: Past, wanted: Backfill = MONTH) -> Filled:
    """Read the past of a source that is polled since noon."""
    bench.source()
    return backfill(
        platform, wanted, bench.pipeline, bench.store, lambda: NOON + minutes(61), lambda *_: None
    )


def a_day(number: int, text: str = "acme complaint") -> Page:
    """Return a page with a post of so many days ago."""
    key, at = f"sample:{number}", NOON - number * DAY
    return a_page(a_mention(f"{text} {number}", key=key, author=f"a{number}", posted_at=at))


def test_what_is_older_than_the_look_back_is_history_and_what_is_younger_is_owed(
    bench: Bench,
) -> None:
    young = a_page(a_mention(key="sample:young", posted_at=NOON - minutes(60)))

    filled = read(bench, Past(a_day(3), young))

    old, owed = bench.item(1, NOON).item, bench.item(2, NOON).item
    assert filled.taken.new == 2
    assert old.muted
    assert not owed.muted
    assert owed.found_late
    assert owed.state is State.OPEN


def test_a_reply_of_the_past_stops_the_clock_at_its_own_time(bench: Bench) -> None:
    asked = a_mention(posted_at=NOON - minutes(90))
    reply = a_reply(posted_at=NOON - minutes(80))

    read(bench, Past(a_page(asked), a_page(reply)))

    answer = bench.item(now=NOON).item.answer
    assert answer is not None
    assert answer.at == NOON - minutes(80)


def test_what_is_read_twice_is_kept_once(bench: Bench) -> None:
    pages = (a_day(3), a_day(2))
    read(bench, Past(*pages))

    again = read(bench, Past(*pages))

    assert (again.taken.new, again.taken.duplicate, again.taken.matched) == (0, 2, 2)


def test_a_backfill_that_was_broken_off_goes_on_after_the_last_page_that_was_kept(
    bench: Bench,
) -> None:
    platform = Past(a_day(4), a_day(3), a_day(2), stop_after=2, error=DOWN)
    broken = read(bench, platform)

    ended = read(bench, platform)

    assert (broken.error, broken.taken.new) == (DOWN, 2)
    assert (ended.error, ended.taken.new) == (None, 1)
    assert [cursor for _, _, cursor, _ in platform.asked_for] == [None, "2"]


def test_a_finished_one_begins_anew(bench: Bench) -> None:
    platform = Past(a_day(4))
    read(bench, platform)

    read(bench, platform)

    assert [cursor for _, _, cursor, _ in platform.asked_for] == [None, None]


def test_a_page_and_the_place_after_it_are_kept_together_or_not_at_all(bench: Bench) -> None:
    nonsense = replace(a_mention(key="sample:9"), posted_at=None)  # type: ignore[arg-type]

    filled = read(bench, Past(a_day(4), a_page(a_mention(key="sample:8"), nonsense)))

    [part] = spans(MONTH, bench.store, open_end=True)
    begun = bench.store.backfills.broken_off(part)
    assert isinstance(filled.error, UnavailableError)
    assert begun is not None
    assert begun.cursor == "1"
    assert bench.store.posts.get("sample:8") is None


def test_without_an_end_an_earlier_run_is_ended_first_and_then_what_came_since(
    bench: Bench,
) -> None:
    read(bench, Past(a_day(4), a_day(3), stop_after=1, error=DOWN))
    tomorrow = replace(MONTH, until=NOON + DAY)

    parts = spans(tomorrow, bench.store, open_end=True)
    given = spans(tomorrow, bench.store, open_end=False)

    assert [(part.since, part.until) for part in parts] == [
        (MONTH.since, NOON),
        (NOON, NOON + DAY),
    ]
    assert given == (tomorrow,)


def test_only_one_brand_is_kept_where_one_is_named_and_its_place_is_another_one(
    bench: Bench,
) -> None:
    pages = (a_day(3), a_day(2, "other complaint"), a_day(5, "acme and other"))
    platform = Past(*pages, stop_after=2, error=DOWN)

    broken = read(bench, platform, replace(MONTH, brand="Other"))
    everything = read(bench, platform)

    assert broken.taken.new == 1
    assert everything.taken.new == 2
    post = bench.store.posts.get("sample:2")
    assert post is not None
    assert post.brands == ("Other",)
    assert platform.asked_for[-1][2] is None


def test_counting_agrees_with_reading_and_keeps_nothing(bench: Bench) -> None:
    follow_up = a_mention("still nothing", key="sample:f", thread="sample:3", author="a3")
    pages = (a_day(3), a_page(follow_up, a_mention("weather", key="sample:w")), a_day(3), a_day(2))

    counted = count(Past(*pages), MONTH, bench.pipeline, bench.store, NOON, lambda *_: None)

    assert bench.store.posts.standing("sample") == 0
    assert counted.taken == replace(read(bench, Past(*pages)).taken, items=())


def test_what_counting_costs_is_paid_out_of_the_budget(bench: Bench) -> None:
    paid = PaidPast(a_day(3))
    with bench.store.writing():
        bench.store.coverage.spend("sample", "thread", 1, 1.0, NOON)

    count(paid, MONTH, bench.pipeline, bench.store, NOON, lambda *_: None)

    assert paid.told == [1.0]
    assert bench.store.coverage.spent(NOON - DAY, NOON + DAY, "sample") == 1.01


class PaidPast(Paid):
    """The past for a cent a page."""

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        return self.pages(cursor or Cursor(""), until)


def overtaken(bench: Bench, query: str = "search acme") -> None:
    """Let a poll have left a hole of half an hour."""
    source = bench.source()
    windows = (
        Window(query=query, since=NOON - DAY, until=NOON + minutes(10)),
        Window(query=query, since=NOON + minutes(10), until=NOON + minutes(40), complete=False),
        Window(query=query, since=NOON + minutes(40), until=NOON + minutes(60)),
    )
    for window in windows:
        page = replace(a_page(), window=window)
        bench.pipeline.take(page, source, NOON + minutes(60))


def the_holes(bench: Bench) -> tuple[Backfill, ...]:
    return for_holes(bench.store, "sample", LOOK_BACK)


def test_a_hole_is_read_and_is_one_no_more(bench: Bench) -> None:
    overtaken(bench)
    [hole] = the_holes(bench)
    lost = a_mention(posted_at=NOON + minutes(20))
    window = Window(query="search acme", since=hole.since, until=hole.until)
    platform = Past(replace(a_page(lost), window=window))

    filled = read(bench, platform, hole)

    assert (hole.since, hole.until) == (NOON + minutes(10), NOON + minutes(40))
    assert platform.asked_for == [(hole.since, hole.until, None, "search acme")]
    assert filled.taken.items == (ItemId(1),)
    assert bench.item(now=NOON + minutes(62)).item.found_late
    assert the_holes(bench) == ()
    assert open_holes(bench.store, hole, LOOK_BACK) == ()


def test_a_hole_that_the_platform_does_not_give_whole_stays(bench: Bench) -> None:
    overtaken(bench)
    [hole] = the_holes(bench)
    half = Window(query="search acme", since=NOON + minutes(25), until=hole.until)

    read(bench, Past(replace(a_page(), window=half)), hole)

    [left] = open_holes(bench.store, hole, LOOK_BACK)
    assert (left.since, left.until) == (NOON + minutes(10), NOON + minutes(25))


def test_a_page_without_a_window_fills_nothing(bench: Bench) -> None:
    overtaken(bench)
    [hole] = the_holes(bench)

    read(bench, Past(a_page()), hole)

    assert len(open_holes(bench.store, hole, LOOK_BACK)) == 1


def test_what_was_kept_of_one_brand_alone_fills_nothing(bench: Bench) -> None:
    overtaken(bench)
    [hole] = the_holes(bench)
    window = Window(query="search acme", since=hole.since, until=hole.until)

    read(bench, Past(replace(a_page(), window=window)), replace(hole, query="", brand="Acme"))

    assert len(the_holes(bench)) == 1


def test_only_the_part_of_a_hole_that_is_asked_for_is_read(bench: Bench) -> None:
    overtaken(bench)

    [part] = for_holes(bench.store, "sample", LOOK_BACK, since=NOON + minutes(30))

    assert (part.since, part.until) == (NOON + minutes(30), NOON + minutes(40))
