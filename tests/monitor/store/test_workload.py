"""Who did how much, and when there was how much to do, counted over a real file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from monitor.model import ItemId, Member, Target
from monitor.store.workload import Acts, Work
from tests.builders import LEAD, NOON, a_mention, a_reply, minutes
from tests.desk import Bench, a_bench

OWN = ["Acme"]
DAY = (NOON - minutes(12 * 60), NOON + minutes(12 * 60))
ONE = ItemId(1)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path)
    with made.store:
        yield made


@pytest.fixture
def zuzana(bench: Bench) -> Member:
    return bench.member()


def complaints(bench: Bench, *authors: str, at: datetime = NOON) -> None:
    for author in authors:
        mention = a_mention(
            f"Acme, a complaint by {author}", key=f"sample:{author}", author=author, posted_at=at
        )
        bench.take(mention, now=at)


def settled(bench: Bench) -> None:
    """Let what ended become fixed."""
    bench.tick(NOON + minutes(8 * 60))


def test_an_answer_belongs_to_who_tapped(bench: Bench, zuzana: Member) -> None:
    complaints(bench, "jana")
    bench.desk.answered(ONE, zuzana, NOON + minutes(12))
    settled(bench)

    (answer,) = bench.store.workload.answers(*DAY, OWN)

    assert (answer.member, answer.target) == (zuzana.id, Target.FIRST_RESPONSE)
    assert (answer.customer_wait, answer.proven) == (minutes(12), False)


def test_an_answer_belongs_to_who_tapped_though_its_reply_is_found_later(
    bench: Bench, zuzana: Member
) -> None:
    complaints(bench, "jana")
    bench.desk.answered(ONE, zuzana, NOON + minutes(12))
    bench.take(
        a_reply(to="sample:jana", thread="sample:jana", posted_at=NOON + minutes(9)),
        now=NOON + minutes(13),
    )
    settled(bench)

    (answer,) = bench.store.workload.answers(*DAY, OWN)

    assert (answer.member, answer.proven) == (zuzana.id, True)
    assert answer.ended_at == NOON + minutes(9)


def test_an_answer_found_outside_belongs_to_who_had_the_item(bench: Bench, zuzana: Member) -> None:
    complaints(bench, "jana")
    bench.desk.claim(ONE, zuzana, NOON + minutes(2))
    bench.take(
        a_reply(to="sample:jana", thread="sample:jana", posted_at=NOON + minutes(9)),
        now=NOON + minutes(10),
    )
    settled(bench)

    (answer,) = bench.store.workload.answers(*DAY, OWN)

    assert (answer.member, answer.proven) == (zuzana.id, True)


def test_an_answer_after_a_claim_was_given_back_is_nobodys(bench: Bench, zuzana: Member) -> None:
    complaints(bench, "jana")
    bench.desk.claim(ONE, zuzana, NOON + minutes(2))
    bench.desk.release(ONE, zuzana, NOON + minutes(3))
    bench.take(
        a_reply(to="sample:jana", thread="sample:jana", posted_at=NOON + minutes(9)),
        now=NOON + minutes(10),
    )
    settled(bench)

    (answer,) = bench.store.workload.answers(*DAY, OWN)

    assert answer.member is None


def test_claims_count_for_who_made_them_and_undone_ones_for_nobody(
    bench: Bench, zuzana: Member
) -> None:
    complaints(bench, "jana", "omar")
    bench.desk.claim(ONE, zuzana, NOON + minutes(2))
    bench.desk.claim(ItemId(2), zuzana, NOON + minutes(2))
    bench.desk.undo(ItemId(2), zuzana, NOON + minutes(3))

    assert bench.store.workload.acts(*DAY, OWN) == (Acts(member=zuzana.id, claims=1, given_away=0),)


def test_a_hand_over_is_the_givers(bench: Bench, zuzana: Member) -> None:
    peter = bench.member("Peter", LEAD, 2)
    complaints(bench, "jana")
    bench.desk.claim(ONE, zuzana, NOON + minutes(2))

    bench.desk.hand_over(ONE, zuzana, peter, "knows Jana", NOON + minutes(3))

    assert bench.store.workload.acts(*DAY, OWN) == (Acts(member=zuzana.id, claims=1, given_away=1),)
    assert bench.store.workload.held(OWN) == {peter.id: 1}


def test_who_takes_over_claims_and_gives_nothing_away(bench: Bench, zuzana: Member) -> None:
    peter = bench.member("Peter", LEAD, 2)
    complaints(bench, "jana")
    bench.desk.claim(ONE, zuzana, NOON + minutes(2))

    bench.desk.take_over(ONE, peter, NOON + minutes(3))

    assert bench.store.workload.acts(*DAY, OWN) == (
        Acts(member=zuzana.id, claims=1, given_away=0),
        Acts(member=peter.id, claims=1, given_away=0),
    )


def test_work_on_an_answer_begins_with_the_last_claim(bench: Bench, zuzana: Member) -> None:
    complaints(bench, "jana")
    bench.desk.claim(ONE, zuzana, NOON + minutes(2))
    bench.desk.release(ONE, zuzana, NOON + minutes(4))
    bench.desk.claim(ONE, zuzana, NOON + minutes(6))
    bench.desk.answered(ONE, zuzana, NOON + minutes(11))
    settled(bench)

    assert bench.store.workload.handlings(*DAY, OWN) == (minutes(5),)


def test_arrivals_answers_and_breaches_fall_into_quarters_of_an_hour(
    bench: Bench, zuzana: Member
) -> None:
    complaints(bench, "jana", "omar")
    complaints(bench, "eva", at=NOON + minutes(14))
    complaints(bench, "spammer", at=NOON + minutes(15))
    bench.desk.not_for_us(ItemId(4), zuzana, NOON + minutes(16), "spam")
    bench.desk.answered(ONE, zuzana, NOON + minutes(20))
    bench.desk.answered(ItemId(2), zuzana, NOON + minutes(40))
    settled(bench)

    counts = bench.store.workload
    assert counts.arrivals(*DAY, OWN) == ((NOON, 3),)
    assert counts.first_answers(*DAY, OWN) == ((NOON + minutes(15), 1), (NOON + minutes(30), 1))
    assert counts.breaches(*DAY, OWN) == ((NOON + minutes(30), 1),)


def test_an_answer_counts_before_it_is_fixed(bench: Bench, zuzana: Member) -> None:
    complaints(bench, "jana")
    bench.desk.answered(ONE, zuzana, NOON + minutes(20))

    assert bench.store.workload.first_answers(*DAY, OWN) == ((NOON + minutes(15), 1),)


def test_an_item_owes_one_answer_and_each_that_follows(bench: Bench, zuzana: Member) -> None:
    complaints(bench, "jana")
    bench.desk.answered(ONE, zuzana, NOON + minutes(5))
    again = a_mention(
        "Acme, still a complaint",
        key="sample:again",
        thread="sample:jana",
        posted_at=NOON + minutes(60),
    )
    bench.take(again, now=NOON + minutes(61))
    bench.desk.answered(ONE, zuzana, NOON + minutes(70))
    settled(bench)

    assert bench.store.workload.work(*DAY, OWN) == (
        Work(at=NOON, policy="always", version=1, count=1),
        Work(at=NOON + minutes(60), policy="always", version=1, count=1),
    )


def test_other_brands_and_what_lies_outside_the_period_are_left_out(bench: Bench) -> None:
    complaints(bench, "jana")
    early = (NOON - minutes(60), NOON)

    counts = bench.store.workload
    assert counts.arrivals(*DAY, ["Rival"]) == ()
    assert counts.arrivals(*early, OWN) == ()
    assert counts.work(*early, OWN) == ()
