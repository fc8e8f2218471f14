"""A listing that is read newest first, in memory: the faults of a platform without its network."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from connectors.listing.reading import (
    Floors,
    Slice,
    Stream,
    cursor_at,
    live_pages,
    past_pages,
    read_down,
)
from monitor.model import Cursor, Mention, Window

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Listing:
    """Posts by minute after noon, newest first; a slice that follows a deleted one is empty."""

    minutes: list[int]
    size: int = 3
    end: int = 1000
    deleted: set[str] = field(default_factory=set)
    dying: Iterator[bool] = field(default_factory=lambda: iter(()))  # whether an anchor is deleted
    asked: list[str | None] = field(default_factory=list)

    def fetch(self, after: str | None) -> Slice:
        self.asked.append(after)
        if after is not None and next(self.dying, False):
            self.deleted.add(after)
        listed = [str(minute) for minute in sorted(self.minutes, reverse=True)][: self.end]
        names = [name for name in listed if name not in self.deleted]
        if after in self.deleted:
            return Slice(mentions=(), names=(), after=None)
        start = 0 if after is None else names.index(after) + 1
        part = tuple(names[start : start + self.size])
        more = start + self.size < len(names)
        mentions = tuple(post(int(name)) for name in part)
        return Slice(mentions=mentions, names=part, after=part[-1] if more else None)

    def stream(self, name: str = "comments all", slices_end: int = 10) -> Stream:
        return Stream(
            name=name,
            query=name,
            overlap=5 * MINUTE,
            slices_end=slices_end,
            fetch=self.fetch,
        )


def post(minute: int) -> Mention:
    return Mention(
        key=f"reddit:t1_{minute}",
        platform="reddit",
        thread="reddit:t3_1",
        author=None,
        text="acme",
        url="",
        posted_at=NOON + minute * MINUTE,
    )


def at(minute: int) -> datetime:
    return NOON + minute * MINUTE


def minutes(mentions: tuple[Mention, ...]) -> list[int]:
    return [int(each.key.rpartition("_")[2]) for each in mentions]


def test_reading_stops_once_a_whole_tail_lies_below_the_floor() -> None:
    listing = Listing(list(range(100)), size=10)

    reading = read_down(listing.stream(), at(85))

    assert reading.complete
    assert len(listing.asked) == 2
    assert set(range(85, 100)) <= set(minutes(reading.mentions))


def test_one_old_post_out_of_order_is_not_taken_for_the_floor() -> None:
    listing = Listing(list(range(30)), size=10)
    old = post(-500)

    def fetch(after: str | None) -> Slice:
        found = listing.fetch(after)
        mentions = (*found.mentions[:-1], old, found.mentions[-1]) if after is None else ()
        return Slice(mentions=mentions or found.mentions, names=found.names, after=found.after)

    stream = Stream(name="comments", query="", overlap=MINUTE, slices_end=10, fetch=fetch)
    reading = read_down(stream, at(0))

    assert set(range(30)) <= set(minutes(reading.mentions))


def test_a_deleted_anchor_is_stepped_over() -> None:
    listing = Listing(list(range(9)))

    def fetch(after: str | None) -> Slice:
        if after == "6":
            listing.deleted.add("6")
        return listing.fetch(after)

    stream = Stream(name="comments", query="", overlap=MINUTE, slices_end=10, fetch=fetch)
    reading = read_down(stream, at(0))

    assert reading.complete
    assert set(minutes(reading.mentions)) == set(range(9))


def test_a_listing_that_ends_at_its_limit_has_a_hole_and_names_it() -> None:
    listing = Listing(list(range(100)), size=10, end=50)
    floors = Floors.of(cursor_at(at(0))).over([listing.stream(slices_end=5)])

    hole, page = live_pages(listing.stream(slices_end=5), floors, at(100))

    assert hole.window is not None
    assert page.window is not None
    assert (hole.window.since, hole.window.until, hole.window.complete) == (at(0), at(50), False)
    assert Floors.of(hole.cursor) == floors
    assert (page.window.since, page.window.until, page.window.complete) == (at(50), at(100), True)


def test_what_was_read_before_is_no_hole_though_the_listing_ends_within_the_overlap() -> None:
    listing = Listing(list(range(100)), size=10, end=50)
    stream = listing.stream(slices_end=5)
    *_, read = live_pages(stream, Floors.of(cursor_at(at(0))).over([stream]), at(100))
    listing.minutes, listing.end = list(range(103)), 4
    floors = Floors.of(read.cursor)

    (page,) = live_pages(listing.stream(slices_end=1), floors, at(103))
    listing.minutes = list(range(120))
    hole, _ = live_pages(listing.stream(slices_end=1), floors, at(120))

    assert page.window is not None
    assert (page.window.since, page.window.complete) == (at(99), True)
    assert hole.window is not None
    assert (hole.window.since, hole.window.until) == (at(99), at(116))


def test_a_short_listing_without_older_posts_is_complete() -> None:
    listing = Listing([5, 6])
    floors = Floors.of(cursor_at(at(0))).over([listing.stream()])

    (page,) = live_pages(listing.stream(), floors, at(10))

    assert page.window is not None
    assert page.window.complete
    assert minutes(page.mentions) == [5, 6]


def test_a_platform_that_ignores_paging_is_left_after_a_bounded_number_of_slices() -> None:
    asked = []

    def fetch(after: str | None) -> Slice:
        asked.append(after)
        number = len(asked)
        return Slice(mentions=(post(number),), names=(str(number),), after="same")

    stream = Stream(name="comments", query="", overlap=MINUTE, slices_end=10, fetch=fetch)
    reading = read_down(stream, at(-5))

    assert not reading.complete
    assert len(asked) <= 30


def test_a_clock_that_runs_ahead_on_the_platform_does_not_move_the_floor_past_now() -> None:
    listing = Listing([1, 500])
    floors = Floors.of(cursor_at(at(0))).over([listing.stream()])

    (page,) = live_pages(listing.stream(), floors, at(2))

    assert Floors.of(page.cursor).by_stream["comments all"] == at(2)


def test_a_stream_that_is_new_to_a_cursor_starts_where_its_kind_stands() -> None:
    kept = Floors(at=at(0), by_stream={"search a": at(50), "search b": at(40), "own x": at(9)})
    wanted = [Listing([]).stream(name) for name in ("search b", "search c", "inbox me")]

    floors = Floors.of(kept.cursor()).over(wanted)

    assert floors.by_stream == {"search b": at(40), "search c": at(40), "inbox me": at(0)}


def test_the_past_is_cut_to_what_was_asked_for() -> None:
    listing = Listing(list(range(20)))

    (page,) = past_pages(listing.stream(), at(5), at(8), Cursor("next"))

    assert minutes(page.mentions) == [5, 6, 7]
    assert page.cursor == Cursor("next")


@given(
    arrivals=st.lists(st.lists(st.integers(0, 59), max_size=12), min_size=1, max_size=8),
    size=st.integers(1, 7),
    dying=st.lists(st.booleans(), max_size=40),
)
def test_every_post_is_yielded_or_lies_in_a_named_hole_whatever_anchors_were_deleted(
    arrivals: list[list[int]], size: int, dying: list[bool]
) -> None:
    listing = Listing([], size=size, dying=iter(dying))
    cursor = cursor_at(at(0))
    seen: set[int] = set()
    holes: list[Window] = []

    for hour, posted in enumerate(arrivals):
        listing.minutes = sorted({*listing.minutes, *(hour * 60 + minute for minute in posted)})
        stream = listing.stream(slices_end=1000)
        for page in live_pages(stream, Floors.of(cursor).over([stream]), at(hour * 60 + 60)):
            cursor = page.cursor
            seen |= set(minutes(page.mentions))
            holes += [page.window] if page.window and not page.window.complete else []

    shown = {minute for minute in listing.minutes if str(minute) not in listing.deleted}
    for minute in shown - seen:
        assert any(hole.since <= at(minute) < hole.until for hole in holes)


@given(arrivals=st.lists(st.lists(st.integers(0, 59), max_size=12), min_size=1, max_size=8))
def test_nothing_is_missed_and_no_hole_named_when_one_anchor_in_each_slice_survives(
    arrivals: list[list[int]],
) -> None:
    listing = Listing([], size=4, dying=cycle([True, True, False]))
    cursor = cursor_at(at(0))
    seen: set[int] = set()

    for hour, posted in enumerate(arrivals):
        listing.minutes = sorted({*listing.minutes, *(hour * 60 + minute for minute in posted)})
        stream = listing.stream(slices_end=1000)
        for page in live_pages(stream, Floors.of(cursor).over([stream]), at(hour * 60 + 60)):
            cursor = page.cursor
            seen |= set(minutes(page.mentions))
            assert page.window is not None
            assert page.window.complete

    shown = {minute for minute in listing.minutes if str(minute) not in listing.deleted}
    assert seen >= shown
