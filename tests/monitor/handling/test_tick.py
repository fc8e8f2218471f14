"""What time does to items, and what the team is told of it, once."""

from datetime import datetime
from pathlib import Path

import pytest

from monitor.handling.ledger import Standing
from monitor.handling.tick import Tick
from monitor.model import ItemId, Notice, NoticeKind, State
from monitor.settings import PolicyBook, PolicySettings
from tests.builders import NOON, a_mention, minutes
from tests.desk import Bench, a_bench

FIRST = ItemId(1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    desk = a_bench(tmp_path)
    desk.take(a_mention())
    return desk


def names(bench: Bench) -> list[str]:
    return [notice.name for notice in bench.told]


def test_each_step_is_told_once(bench: Bench) -> None:
    for passed in (14, 15, 16, 24, 25, 31, 32):
        bench.tick(NOON + minutes(passed))

    assert [name for name in names(bench) if name.startswith("first")] == [
        "first_response:1:50%",
        "first_response:1:80%",
        "first_response:1:100%",
    ]


def test_the_second_hand_over_of_an_item_is_told_to_the_lead_once(bench: Bench) -> None:
    team = [bench.member(name, number=place) for place, name in enumerate(("Zuzana", "Emre"), 1)]
    told_after = []
    for turn in range(3):
        bench.desk.claim(FIRST, team[turn % 2], NOON + minutes(turn))
        bench.tick(NOON + minutes(turn + 0.5))
        bench.tick(NOON + minutes(turn + 0.6))
        told_after.append([one for one in bench.told if one.kind is NoticeKind.HANDED_OVER])
        if turn < 2:
            bench.desk.release(FIRST, team[turn % 2], NOON + minutes(turn + 0.7))

    assert [len(told) for told in told_after] == [0, 0, 1]
    assert (told_after[-1][0].tell, told_after[-1][0].name) == ("lead", "handed_over:2")


def test_a_breach_is_past_the_target_not_at_it(bench: Bench) -> None:
    bench.tick(NOON + minutes(30))
    assert NoticeKind.BREACH not in {notice.kind for notice in bench.told}

    bench.tick(NOON + minutes(30.001))
    assert NoticeKind.BREACH in {notice.kind for notice in bench.told}


def test_after_a_standstill_only_the_highest_step_is_told(bench: Bench) -> None:
    bench.tick(NOON + minutes(61))

    assert [name for name in names(bench) if name.startswith("first")] == ["first_response:1:200%"]
    bench.tick(NOON + minutes(62))
    assert len([name for name in names(bench) if name.startswith("first")]) == 1


def test_an_answered_item_tells_nothing_more(bench: Bench) -> None:
    bench.desk.answered(FIRST, bench.member(), NOON + minutes(10))

    bench.tick(NOON + minutes(45))

    assert [name for name in names(bench) if name.startswith("first")] == []


def test_a_snooze_holds_warnings_back_but_not_a_breach(bench: Bench) -> None:
    bench.desk.snooze(FIRST, bench.member(), NOON + minutes(1), minutes(120))

    bench.tick(NOON + minutes(25))
    held = [name for name in names(bench) if name.startswith("first")]
    bench.tick(NOON + minutes(31))

    assert held == []
    assert [name for name in names(bench) if name.startswith("first")] == ["first_response:1:100%"]


def test_after_a_standstill_nobody_is_reminded_of_a_claim_that_is_over(bench: Bench) -> None:
    who = bench.member()
    bench.desk.claim(FIRST, who, NOON + minutes(1))
    bench.desk.snooze(FIRST, who, NOON + minutes(2), minutes(120))

    bench.tick(NOON + minutes(400))

    item = bench.item(now=NOON + minutes(400)).item
    kinds = [notice.kind for notice in bench.told]
    assert (item.state, item.owner) == (State.OPEN, None)
    assert NoticeKind.LEASE_ENDING not in kinds
    assert {NoticeKind.RESUMED, NoticeKind.LEASE_ENDED} <= set(kinds)


def test_a_tick_with_nothing_due_looks_at_nothing(bench: Bench) -> None:
    bench.tick(NOON + minutes(6))

    assert bench.tick(NOON + minutes(7)).looked_at == 0


def test_a_changed_policy_holds_for_open_items_from_then_on(tmp_path: Path) -> None:
    desk = a_bench(tmp_path)
    desk.take(a_mention())
    stricter = PolicyBook(policy=(PolicySettings(first_response=minutes(10)),))

    again = a_bench(tmp_path, book=stricter)
    moved = again.ledger.move_to_current(NOON + minutes(5))

    [response] = again.item(now=NOON + minutes(6)).readings.responses
    assert moved == 1
    assert response.due_at == NOON + minutes(10)
    assert again.item().terms.newest.edition == 2


def test_a_void_item_tells_nothing(bench: Bench) -> None:
    bench.desk.not_for_us(FIRST, bench.member(), NOON + minutes(1), "spam")

    bench.tick(NOON + minutes(90))

    assert bench.told == []
    assert bench.item(now=NOON + minutes(90)).item.state is State.VOID


def test_an_item_on_which_we_fail_silences_no_other_and_is_tried_again(bench: Bench) -> None:
    bench.take(a_mention("Acme, please", key="sample:2", author="peter"))
    told: list[int] = []
    faulty = {FIRST}

    def announce(standing: Standing, notices: tuple[Notice, ...], now: datetime) -> None:
        if standing.item.id in faulty:
            raise ValueError("our own fault")
        told.append(standing.item.id)

    tick = Tick(bench.ledger, announce)
    tick.run(NOON + minutes(16))
    tick.run(NOON + minutes(16.5))
    faulty.clear()
    tick.run(NOON + minutes(18))

    assert set(told) == {1, 2}
