"""Polls and re-checks: what is kept when a source fails half way, and what a second look finds."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import UnavailableError
from monitor.intake.polling import poll, poll_own
from monitor.intake.recheck import recheck
from monitor.model import ItemId, Mention, State
from tests.builders import NOON, a_mention, a_page, a_reply, minutes
from tests.desk import LOOK_BACK, Bench, a_bench
from tests.fakes import Pages


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


class Look:
    """A platform that shows known posts as they now stand."""

    recheck_every = timedelta(minutes=10)
    must_recheck_within: timedelta | None = None

    def __init__(self, *mentions: Mention) -> None:
        self.asked: list[str] = []
        self._mentions = mentions

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterable[Mention]:
        self.asked += keys
        return self._mentions


def test_a_second_look_voids_the_item_of_a_deleted_post_and_moves_no_cursor(bench: Bench) -> None:
    poll(Pages(a_page(a_mention(), cursor="one")), bench.pipeline, bench.store, LOOK_BACK, NOON)
    look = Look(a_mention(deleted=True))

    taken = recheck(look, "sample", bench.pipeline, bench.store, NOON + minutes(9))

    source = bench.store.sources.get("sample")
    assert source is not None
    assert source.cursor == "one"
    assert (look.asked, taken.items) == (["sample:1"], (ItemId(1),))
    assert bench.item(now=NOON + minutes(9)).item.state is State.VOID


def test_a_reply_that_was_taken_back_is_seen_at_the_second_look(bench: Bench) -> None:
    bench.take(a_mention())
    reply = a_reply(posted_at=NOON + minutes(3))
    bench.take(reply, now=NOON + minutes(4))
    gone = a_mention(key="sample:2", thread="sample:1", author="acme_care", deleted=True)

    recheck(Look(gone), "sample", bench.pipeline, bench.store, NOON + minutes(40))

    standing = bench.item(now=NOON + minutes(41))
    assert standing.item.state is State.OPEN
    assert standing.readings.responses[-1].started_at == NOON + minutes(40)


def test_resolved_items_are_not_looked_at_again(bench: Bench) -> None:
    bench.take(a_mention())
    member = bench.member()
    bench.desk.answered(ItemId(1), member, NOON + minutes(1))
    bench.desk.resolve(ItemId(1), member, NOON + minutes(2))
    look = Look()

    recheck(look, "sample", bench.pipeline, bench.store, NOON + minutes(9))

    assert look.asked == []


def test_a_post_that_was_gone_is_looked_at_again_and_found(bench: Bench) -> None:
    bench.take(a_mention())
    bench.take(a_mention(deleted=True), now=NOON + minutes(5))

    look = Look(a_mention())
    recheck(look, "sample", bench.pipeline, bench.store, NOON + minutes(15))

    assert look.asked == ["sample:1"]
    assert bench.item(now=NOON + minutes(16)).item.state is State.OPEN


def test_a_source_on_which_we_fail_is_told_as_blind(bench: Bench) -> None:
    broken = Pages(error=ValueError("not the platform's fault"))  # type: ignore[arg-type]

    polled = poll(broken, bench.pipeline, bench.store, LOOK_BACK, NOON)

    source = bench.store.sources.get("sample")
    assert source is not None
    assert source.failing_since == NOON
    assert polled.began_failing


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
