"""Policies applied while the desk is at work: what a dry run promised, broken off, overtaken."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.clock.policy import Mode
from monitor.desk.customers import Account, NoteKind
from monitor.handling.flips import preview
from monitor.handling.policies import Policies
from monitor.handling.replaying import replay
from monitor.model import EventKind, Flag, Role
from monitor.report.whatif import compare
from monitor.settings import PolicyBook, PolicySettings, RuleSettings, RuleWhen
from tests.builders import NOON, a_mention, a_reply, a_verdict, minutes
from tests.desk import Bench, a_bench
from tests.monitor.handling.applying_case import CALM, FIRST, STRICT, URGENT, applied

VIP = PolicyBook(
    policy=(PolicySettings(), PolicySettings(name="vip", first_response=minutes(3))),
    rule=(RuleSettings(policy="vip", when=RuleWhen(customer=("#vip",))),),
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = a_bench(tmp_path)
    bench.take(a_mention())
    return bench


def kinds(bench: Bench, minute: float) -> list[EventKind]:
    return [event.kind for event in bench.item(now=NOON + minutes(minute)).events]


def tagged(bench: Bench) -> None:
    jana, lead = Account(platform="sample", key="id-jana"), bench.member(role=Role.LEAD)
    with bench.store.writing():
        bench.store.customers.write(jana, NoteKind.TAG, "vip", None, lead.id, NOON)


def made_urgent(bench: Bench) -> None:
    [post] = bench.store.posts.of_item(FIRST)
    with bench.store.writing():
        urgent = replace(a_verdict(Flag.COMPLAINT), urgency=2)
        bench.store.posts.judged(post.id, urgent, review=False)


def test_a_preview_asks_the_tags_for_rules_that_are_new(bench: Bench) -> None:
    tagged(bench)

    found = preview(bench.ledger, bench.ledger.policies.draft(VIP), Mode.NOW, NOON + minutes(5))

    after = {each.after.policy for each in found.changes if each.after}
    assert after == {"vip"}


def test_a_replay_asks_the_tags_for_rules_that_are_new(bench: Bench) -> None:
    tagged(bench)
    draft, now = bench.ledger.policies.draft(VIP), NOON + minutes(5)

    replayed = replay(bench.ledger, draft, NOON, now, now)

    assert {each.would.policy for each in replayed if each.would} == {"vip"}


def test_an_item_that_is_handed_on_meanwhile_is_recomputed_too(bench: Bench) -> None:
    Policies.adopt(bench.store, URGENT, NOON + minutes(20), Mode.RESTART)
    made_urgent(bench)

    bench.ledger.reroute(FIRST, NOON + minutes(21))
    bench.ledger.move_to_current(NOON + minutes(22))

    standing = bench.item(now=NOON + minutes(23))
    assert standing.item.policy == "urgent"
    assert standing.readings.responses[0].due_at == NOON + minutes(26)


def test_what_was_broken_off_is_done_even_if_other_policies_came_since(bench: Bench) -> None:
    Policies.adopt(bench.store, STRICT, NOON + minutes(20), Mode.RESTART)

    applied(bench, CALM, Mode.NOW, 22)

    assert kinds(bench, 23)[1:] == [EventKind.POLICY_RESTARTED, EventKind.POLICY_CHANGED]
    [response] = bench.item(now=NOON + minutes(23)).readings.responses
    assert response.due_at == NOON + minutes(22 + 90)


def test_an_apply_that_began_before_an_item_opened_moves_it_too(bench: Bench) -> None:
    bench.take(a_mention(key="sample:9", author="peter"), now=NOON + minutes(25))

    applied(bench, CALM, Mode.RESTART, 20)  # its command was started before the item was there

    standing = bench.item(2, NOON + minutes(30))
    assert standing.terms.newest.edition == 2
    assert standing.readings.responses[0].due_at == NOON + minutes(25 + 90)


def test_a_breach_is_told_though_an_answer_stood_while_the_target_grew(bench: Bench) -> None:
    member = bench.member()
    bench.tick(NOON + minutes(31))
    bench.desk.answered(FIRST, member, NOON + minutes(32), None)
    applied(bench, CALM, Mode.NOW, 33)
    bench.desk.undo(FIRST, member, NOON + minutes(34))
    bench.told.clear()

    bench.tick(NOON + minutes(91))

    assert "first_response:1:100%" in [notice.name for notice in bench.told]


def test_a_preview_lists_results_that_are_not_fixed_yet(bench: Bench) -> None:
    bench.take(a_reply(posted_at=NOON + minutes(12)), now=NOON + minutes(12))
    draft = bench.ledger.policies.draft(STRICT)

    modes = {
        mode: [
            each.target.value
            for each in preview(bench.ledger, draft, mode, NOON + minutes(13)).changes
            if each.flips
        ]
        for mode in Mode
    }

    assert modes == {Mode.NOW: [], Mode.RECOMPUTE: ["first_response"], Mode.RESTART: []}


def test_a_preview_of_what_was_broken_off_shows_its_own_mode(bench: Bench) -> None:
    Policies.adopt(bench.store, STRICT, NOON + minutes(20), Mode.RESTART)
    draft = bench.ledger.policies.draft(STRICT)

    pending = preview(bench.ledger, draft, Mode.NOW, NOON + minutes(21))
    bench.ledger.move_to_current(NOON + minutes(21))
    done = preview(bench.ledger, draft, Mode.NOW, NOON + minutes(21))

    assert (pending.mode, pending.moved) == (Mode.RESTART, 1)
    assert (done.moved, done.changes) == (0, ())


def test_a_replay_leaves_out_what_was_dismissed_after_its_result_was_fixed(bench: Bench) -> None:
    bench.take(a_reply(posted_at=NOON + minutes(12)), now=NOON + minutes(12))
    bench.tick(NOON + minutes(30))
    bench.desk.not_for_us(FIRST, bench.member(), NOON + minutes(40), "spam")
    now = NOON + minutes(50)

    replayed = replay(bench.ledger, bench.ledger.policies.draft(STRICT), NOON, now, now)

    assert compare(replayed) == ()
