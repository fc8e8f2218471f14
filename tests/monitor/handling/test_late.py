"""Which promises are broken by clocks that still run, as time goes by and items change."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import RefusedError
from monitor.handling.late import late
from monitor.model import ItemId, Member, Target
from monitor.settings import CalendarSettings, PolicyBook, PolicySettings
from tests.builders import NOON, a_mention, at, minutes
from tests.desk import Bench, a_bench

ONE = ItemId(1)
SHUT_AT_HALF_PAST = PolicyBook(
    policy=(PolicySettings(name="office", calendar="office"),),
    calendar=(CalendarSettings(name="office", fri=("09:00-12:30",), mon=("09:00-17:00",)),),
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path)
    with made.store:
        yield made


def broken(bench: Bench, now: datetime) -> list[Target]:
    return [each.target for each in late(bench.ledger, ["Acme"], now)]


def test_a_clock_is_late_past_its_target_and_not_at_it(bench: Bench) -> None:
    bench.take(a_mention())

    assert broken(bench, NOON + minutes(5)) == []
    assert broken(bench, NOON + minutes(5.1)) == [Target.CLAIM]
    assert sorted(broken(bench, NOON + minutes(31))) == [Target.CLAIM, Target.FIRST_RESPONSE]


def test_what_is_done_about_an_item_is_seen_at_once(bench: Bench) -> None:
    bench.take(a_mention())
    before = broken(bench, NOON + minutes(31))
    bench.desk.claim(ONE, bench.member(), NOON + minutes(32))

    after = broken(bench, NOON + minutes(33))

    assert (len(before), after) == (2, [Target.FIRST_RESPONSE])


def test_a_target_that_ends_as_the_doors_close_is_late_when_they_open(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, book=SHUT_AT_HALF_PAST)
    with bench.store:
        bench.take(a_mention())
        opens = at("2026-03-09 09:00")

        assert Target.FIRST_RESPONSE not in broken(bench, opens)
        assert Target.FIRST_RESPONSE in broken(bench, opens + minutes(0.1))


Act = Callable[[Bench, Member, datetime], object]
ACTS: tuple[Act, ...] = (
    lambda bench, who, now: bench.desk.claim(ONE, who, now),
    lambda bench, who, now: bench.desk.release(ONE, who, now),
    lambda bench, who, now: bench.desk.answered(ONE, who, now),
    lambda bench, who, now: bench.desk.snooze(ONE, who, now, minutes(20)),
    lambda bench, who, now: bench.desk.wait(ONE, who, now, "customer"),
    lambda bench, who, now: bench.desk.resolve(ONE, who, now),
    lambda bench, who, now: bench.desk.undo(ONE, who, now),
    lambda bench, _, now: bench.take(
        a_mention(f"Acme, complaint {now}", key=f"sample:{now}", thread="sample:1", posted_at=now),
        now=now,
    ),
)


@settings(max_examples=25, deadline=None)
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 90)), max_size=8))
def test_what_is_remembered_is_what_a_fresh_reading_says(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[Act, int]]
) -> None:
    bench = a_bench(tmp_path_factory.mktemp("late"))
    with bench.store:
        bench.take(a_mention())
        member, now = bench.member(), NOON
        for act, later in acts:
            now += minutes(later)
            bench.tick(now)
            with suppress(RefusedError):
                act(bench, member, now)
            readings = bench.item(now=now + minutes(7)).readings.all

            assert sorted(broken(bench, now + minutes(7))) == sorted(
                each.target for each in readings if each.running and each.breached and each.due_at
            )
