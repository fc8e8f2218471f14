"""Changes of shifts, notices that wait, and who may be told alone: as the file keeps them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model import ItemId, Member, MemberId, Notice, NoticeKind, Role, Target
from monitor.store.shifts import Held, Why
from monitor.store.store import Store
from tests.builders import NOON, a_mention, minutes
from tests.desk import Bench, a_bench

NOTICE = Notice(
    kind=NoticeKind.UNCLAIMED,
    item=ItemId(1),
    name="claim:1:100%",
    at=NOON,
    tell="on shift",
    target=Target.CLAIM,
    share=1.0,
    to=(MemberId(1),),
)
HELD = Held(notice=NOTICE, chat="care", why=Why.NOBODY, until=NOON + minutes(30))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    opened = a_bench(tmp_path)
    yield opened
    opened.store.close()


def a_member(store: Store) -> Member:
    with store.writing():
        return store.people.join("Zuzana", 7, Role.AGENT, NOON)


def test_a_held_notice_comes_back_as_it_was_and_once(bench: Bench) -> None:
    bench.take(a_mention())
    store = bench.store
    with store.writing():
        store.shifts.hold(HELD)

    early = store.shifts.due(NOON + minutes(29))
    with store.writing():
        released = store.shifts.release(NOON + minutes(30))

    assert not early
    assert released == (HELD,)
    assert store.shifts.held() == ()


def test_a_notice_that_is_held_again_waits_for_the_newer_instant(bench: Bench) -> None:
    bench.take(a_mention())
    store = bench.store
    with store.writing():
        store.shifts.hold(HELD)
        store.shifts.hold(replace(HELD, until=NOON + minutes(60), why=Why.QUIET))

    assert [(one.until, one.why) for one in store.shifts.held()] == [
        (NOON + minutes(60), Why.QUIET)
    ]


def test_somebody_who_comes_lets_only_what_waited_for_them_be_thought_of_again(
    bench: Bench,
) -> None:
    bench.take(a_mention())
    store = bench.store
    quiet = replace(HELD, why=Why.QUIET, notice=replace(NOTICE, name="claim:1:400%"))
    with store.writing():
        store.shifts.hold(HELD)
        store.shifts.hold(quiet)
        store.shifts.look_again(NOON, Why.NOBODY)

    with store.writing():
        assert store.shifts.release(NOON) == (replace(HELD, until=NOON),)


def test_a_change_counts_until_it_ends_or_is_undone(bench: Bench) -> None:
    store = bench.store
    who = a_member(store)
    with store.writing():
        store.shifts.change(
            since=NOON, until=NOON + minutes(60), made_by=who.id, comes=who.id, chat="care"
        )

    (change,) = store.shifts.changes(NOON)
    over = store.shifts.changes(NOON + minutes(60))
    with store.writing():
        undone = [store.shifts.undo(change.id, NOON) for _ in range(2)]

    assert (change.comes, change.goes, change.chat) == (who.id, None, "care")
    assert (over, undone) == ((), [True, False])
    assert store.shifts.changes(NOON) == ()


def reachable(store: Store) -> bool:
    (member,) = store.people.members()
    return member.reachable


def test_who_talks_with_the_bot_alone_is_reachable_until_they_say_no(bench: Bench) -> None:
    store = bench.store
    who = a_member(store)
    seen = [reachable(store)]
    with store.writing():
        store.shifts.reachable(who.id)
        seen.append(reachable(store))
        store.shifts.private(who.id, wanted=False)
        store.shifts.reachable(who.id)
        seen.append(reachable(store))
        store.shifts.private(who.id, wanted=True)

    assert [*seen, reachable(store)] == [False, True, False, True]


def test_who_blocked_the_bot_is_reachable_again_once_they_write(bench: Bench) -> None:
    store = bench.store
    who = a_member(store)
    with store.writing():
        store.shifts.reachable(who.id)
        store.shifts.unreachable(who.id)
    blocked = reachable(store)
    with store.writing():
        store.shifts.reachable(who.id)

    assert (blocked, reachable(store)) == (False, True)
