"""Policies that change under open items: editions, versions, and what becomes of running clocks."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.clock.policy import Mode
from monitor.desk.customers import Account, NoteKind
from monitor.desk.matters import matter
from monitor.errors import StoreError
from monitor.handling.customers import CustomerBook
from monitor.handling.flips import preview
from monitor.handling.ledger import Ledger
from monitor.handling.policies import Policies
from monitor.model import EventKind, Flag, ItemId, Member, Role
from monitor.settings import CalendarSettings, PolicyBook, PolicySettings, RuleSettings, RuleWhen
from monitor.store.store import Store
from tests.builders import NOON, a_mention, a_reply, a_verdict, minutes
from tests.desk import Bench, a_bench
from tests.monitor.handling.applying_case import CALM, FIRST, STRICT, URGENT, applied

ALWAYS = PolicyBook()
MORNINGS = CalendarSettings(name="office", mon=("08:00-12:30",), fri=("08:00-12:30",))


def in_hours(*policies: PolicySettings, calendar: CalendarSettings = MORNINGS) -> PolicyBook:
    return PolicyBook(policy=policies, calendar=(calendar,))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = a_bench(tmp_path)
    bench.take(a_mention())
    return bench


def names(bench: Bench) -> list[str]:
    return [notice.name for notice in bench.told if notice.name.startswith("first")]


def test_policies_and_calendars_are_versioned_each_by_its_own_changes(bench: Bench) -> None:
    calm, office = PolicySettings(name="calm"), PolicySettings(name="office", calendar="office")
    longer = MORNINGS.model_copy(update={"sat": ("09:00-12:00",)})
    slower = office.model_copy(update={"claim": minutes(9)})

    for book in (in_hours(calm, office), in_hours(calm, slower), in_hours(slower, calendar=longer)):
        Policies.adopt(bench.store, book, NOON)

    policies = bench.ledger.policies
    versions = {
        number: [
            (one.name, one.version, one.calendar_version)
            for one in policies.edition(number).policies
        ]
        for number in (2, 3, 4)
    }
    assert versions == {
        2: [("calm", 1, 1), ("office", 1, 1)],
        3: [("calm", 1, 1), ("office", 2, 1)],
        4: [("office", 2, 2)],
    }


def test_a_policy_that_comes_back_goes_on_counting(bench: Bench) -> None:
    for book in (STRICT, in_hours(PolicySettings(name="other")), ALWAYS):
        Policies.adopt(bench.store, book, NOON)

    current = bench.ledger.policies.current
    assert (current.number, current.policies[0].version) == (4, 3)


def test_the_same_settings_make_no_new_edition(bench: Bench) -> None:
    again = Policies.adopt(bench.store, ALWAYS, NOON)

    assert again.current.number == 1


def test_an_edition_that_is_not_there_is_told(bench: Bench) -> None:
    with pytest.raises(StoreError, match="policy version 7 is missing"):
        bench.ledger.policies.edition(7)


def test_what_another_process_applies_holds_here_at_once(bench: Bench) -> None:
    with Store(bench.store.path) as other:
        Policies.adopt(other, STRICT, NOON + minutes(1))
    bench.take(a_mention(key="sample:9", author="peter"), now=NOON + minutes(2))

    [response] = bench.item(2, NOON + minutes(3)).readings.responses
    assert response.due_at == NOON + minutes(12)


def test_a_process_with_older_settings_takes_nothing_back(bench: Bench) -> None:
    Policies.adopt(bench.store, STRICT, NOON)

    with Store(bench.store.path) as other:
        late = Policies.kept(other, ALWAYS, NOON + minutes(5))
        assert late.current.number == 2


@pytest.mark.parametrize(
    ("mode", "team_time", "due", "late"),
    [
        pytest.param(Mode.NOW, 25, 10, True, id="now"),
        pytest.param(Mode.RECOMPUTE, 25, 10, True, id="recompute"),
        pytest.param(Mode.RESTART, 5, 30, False, id="restart"),
    ],
)
def test_a_clock_that_runs_goes_by_the_mode(
    bench: Bench, mode: Mode, team_time: int, due: int, late: bool
) -> None:
    applied(bench, STRICT, mode, 20)

    [response] = bench.item(now=NOON + minutes(25)).readings.responses
    assert (response.team_time, response.breached) == (minutes(team_time), late)
    assert response.due_at == NOON + minutes(due)


def test_now_keeps_the_hours_that_were_counted_and_recompute_does_not(tmp_path: Path) -> None:
    office = in_hours(PolicySettings(name="always", calendar="office"))
    counted = {}
    for mode in (Mode.NOW, Mode.RECOMPUTE):
        (tmp_path / mode).mkdir()
        bench = a_bench(tmp_path / mode)
        bench.take(a_mention())
        applied(bench, office, mode, 60)
        [response] = bench.item(now=NOON + minutes(90)).readings.responses
        counted[mode] = response.team_time

    assert counted == {Mode.NOW: minutes(60), Mode.RECOMPUTE: minutes(30)}


@pytest.mark.parametrize("mode", list(Mode))
def test_a_fixed_result_keeps_its_numbers_and_its_target(bench: Bench, mode: Mode) -> None:
    bench.take(a_reply(posted_at=NOON + minutes(12)), now=NOON + minutes(12))
    bench.tick(NOON + minutes(30))
    before = bench.item(now=NOON + minutes(30)).readings.responses

    applied(bench, STRICT, mode, 40)

    [fixed] = bench.item(now=NOON + minutes(41)).readings.responses
    assert (fixed.breached, fixed.allowed, fixed.due_at) == (False, minutes(30), before[0].due_at)
    assert fixed.policy_version == 1


def test_a_move_that_was_broken_off_is_finished_in_its_own_mode(bench: Bench) -> None:
    Policies.adopt(bench.store, STRICT, NOON + minutes(20), Mode.RESTART)

    with Store(bench.store.path) as other:
        moved = Ledger(other, Policies(other)).move_to_current(NOON + minutes(21))
    again = bench.ledger.move_to_current(NOON + minutes(22))

    kinds = [event.kind for event in bench.item(now=NOON + minutes(23)).events]
    assert (moved, again) == (1, 0)
    assert kinds == [EventKind.OPENED, EventKind.POLICY_RESTARTED]


def test_what_opens_again_after_a_recomputation_keeps_its_past(bench: Bench) -> None:
    member = bench.member()
    bench.desk.not_for_us(FIRST, member, NOON + minutes(1), "spam")
    applied(bench, STRICT, Mode.RECOMPUTE, 10)
    bench.desk.undo(FIRST, member, NOON + minutes(3))

    bench.ledger.move_to_current(NOON + minutes(12))

    assert bench.item(now=NOON + minutes(13)).events[-1].kind is EventKind.POLICY_CHANGED


def test_a_step_that_lies_ahead_again_is_told_again(bench: Bench) -> None:
    bench.tick(NOON + minutes(31))
    applied(bench, CALM, Mode.NOW, 40)

    bench.tick(NOON + minutes(45))
    bench.tick(NOON + minutes(91))

    assert names(bench) == [
        "first_response:1:100%",
        "first_response:1:50%",
        "first_response:1:100%",
    ]


def test_a_step_that_stays_crossed_is_not_told_again(bench: Bench) -> None:
    bench.tick(NOON + minutes(31))

    applied(bench, STRICT, Mode.NOW, 32)
    bench.tick(NOON + minutes(33))

    assert names(bench)[:1] == ["first_response:1:100%"]
    assert names(bench).count("first_response:1:100%") == 1


def test_a_preview_lists_what_would_flip_and_writes_nothing(bench: Bench) -> None:
    now = NOON + minutes(15)

    found = preview(bench.ledger, bench.ledger.policies.draft(STRICT), Mode.NOW, now)

    flipped = [each for each in found.changes if each.flips]
    assert [(each.item.id, each.target.value) for each in flipped] == [(1, "first_response")]
    [before, after] = [flipped[0].before, flipped[0].after]
    assert before is not None
    assert after is not None
    assert (before.due_at, after.due_at) == (NOON + minutes(30), NOON + minutes(10))
    assert (after.policy_version, found.items, found.moved) == (2, 1, 1)
    assert bench.ledger.policies.newest == 1


@pytest.mark.parametrize("mode", list(Mode))
def test_a_preview_shows_what_applying_then_does(bench: Bench, mode: Mode) -> None:
    now = NOON + minutes(15)
    bench.take(a_mention(key="sample:3", author="peter"), now=NOON + minutes(3))
    found = preview(bench.ledger, bench.ledger.policies.draft(STRICT), mode, now)

    applied(bench, STRICT, mode, 15)

    promised = {
        (each.item.id, each.target, each.cycle): each.after.due_at
        for each in found.changes
        if each.after
    }
    done = {
        (item, each.target, each.cycle): each.due_at
        for item in (FIRST, ItemId(2))
        for each in bench.item(item, now).readings.all
        if each.running
    }
    assert promised == {clock: done[clock] for clock in promised}
    assert len(promised) == 6


def test_an_item_carries_what_its_posts_say_together(bench: Bench) -> None:
    said = replace(a_verdict(Flag.COMPLAINT), topic="other", urgency=0, churn_risk=0.2)
    worse = replace(a_verdict(Flag.COMPLAINT), topic="billing", urgency=2, churn_risk=0.1)
    first = bench.store.posts.of_item(FIRST)[0]

    known = matter([replace(first, classification=said), replace(first, classification=worse)])

    assert (known.topic, known.urgency, known.churn_risk) == ("billing", 2, 0.2)
    assert matter([]).topic is None


def test_a_post_that_makes_an_item_urgent_hands_it_the_urgent_policy(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, book=URGENT)
    bench.take(a_mention())
    [post] = bench.store.posts.of_item(FIRST)
    urgent = replace(a_verdict(Flag.COMPLAINT), urgency=2, topic="fault")
    with bench.store.writing():
        bench.store.posts.judged(post.id, urgent, review=False)

    routed = bench.ledger.reroute(FIRST, NOON + minutes(2))

    standing = bench.item(now=NOON + minutes(3))
    assert routed
    assert (standing.item.policy, standing.item.urgency, standing.item.topic) == (
        "urgent",
        2,
        "fault",
    )
    assert standing.readings.responses[0].due_at == NOON + minutes(5)
    assert not bench.ledger.reroute(FIRST, NOON + minutes(4))


@pytest.mark.parametrize("who", ["sample:Jana", "sample:@jana", "#VIP"])
def test_a_rule_may_name_a_customer_or_a_tag_of_the_team(tmp_path: Path, who: str) -> None:
    book = PolicyBook(
        policy=(PolicySettings(), PolicySettings(name="vip", first_response=minutes(3))),
        rule=(RuleSettings(policy="vip", when=RuleWhen(customer=(who,))),),
    )
    bench = a_bench(tmp_path, book=book)
    tagged_by(bench, bench.member(role=Role.LEAD))

    bench.take(a_mention(), a_mention(key="sample:5", author="peter"))

    assert [bench.item(number).item.policy for number in (1, 2)] == ["vip", "always"]


def tagged_by(bench: Bench, member: Member) -> None:
    jana = Account(platform="sample", key="id-jana")
    with bench.store.writing():
        bench.store.customers.write(jana, NoteKind.TAG, "vip", None, member.id, NOON)


def test_what_is_due_together_is_listed_by_urgency_and_then_by_who_may_leave(
    bench: Bench,
) -> None:
    for number in (2, 3, 4):
        bench.take(a_mention(key=f"sample:{number}", author=f"customer{number}"))
    with bench.store.writing():
        for item, urgency, risk in ((2, 1, 0.1), (3, 1, 0.9), (4, 2, 0.0)):
            bench.store.items.leaning(ItemId(item), topic=None, urgency=urgency, churn_risk=risk)

    assert [one.item.id for one in bench.store.items.queue()] == [4, 3, 2, 1]
    assert bench.item(now=NOON + timedelta(minutes=1)).item.urgency is None


def test_a_tag_hands_the_open_items_of_its_person_another_policy_and_back(tmp_path: Path) -> None:
    book = PolicyBook(
        policy=(PolicySettings(), PolicySettings(name="vip", first_response=minutes(3))),
        rule=(RuleSettings(policy="vip", when=RuleWhen(customer=("#vip",))),),
    )
    bench = a_bench(tmp_path, book=book)
    bench.take(a_mention(), a_mention(key="sample:5", author="peter"))
    lead, customers = bench.member(role=Role.LEAD), CustomerBook(bench.store, bench.ledger.reroute)
    jana, now = customers.of_item(FIRST), NOON + minutes(1)

    policies = []
    for act in (
        lambda: customers.note(jana, "VIP", lead, now, kind=NoteKind.TAG),
        lambda: customers.untag(jana, "vip", lead, now),
        lambda: customers.undo(lead, now),
    ):
        act()
        policies.append([bench.item(number, now).item.policy for number in (1, 2)])

    assert policies == [["vip", "always"], ["always", "always"], ["vip", "always"]]
