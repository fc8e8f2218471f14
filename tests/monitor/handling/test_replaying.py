"""The past under other policies."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.handling.policies import Edition
from monitor.handling.replaying import replay
from monitor.model import ItemId, Target
from monitor.report.summary import Share
from monitor.report.whatif import Compared, compare
from monitor.settings import CalendarSettings, PolicyBook, PolicySettings, RuleSettings, RuleWhen
from tests.builders import NOON, a_mention, a_reply, minutes
from tests.desk import Bench, a_bench

FIRST = ItemId(1)
DAY = timedelta(days=1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A desk that answered one post after 20 minutes and one after 50; a third one waits."""
    bench = a_bench(tmp_path)
    for number, waited in ((1, 20), (2, 50)):
        key = f"sample:{number}"
        bench.take(a_mention(key=key, author=f"p{number}"))
        bench.take(
            a_reply(key=f"sample:r{number}", to=key, thread=key, posted_at=NOON + minutes(waited)),
            now=NOON + minutes(waited),
        )
    late = NOON + minutes(55)
    bench.take(a_mention(key="sample:3", author="p3", posted_at=late), now=late)
    bench.tick(NOON + minutes(60))
    return bench


def edition(bench: Bench, *policies: PolicySettings, **book: object) -> Edition:
    return bench.ledger.policies.draft(PolicyBook.model_validate({"policy": policies, **book}))


def compared(bench: Bench, other: Edition, *, now: float = 60) -> dict[Target, Compared]:
    at = NOON + minutes(now)
    found = compare(replay(bench.ledger, other, NOON - DAY, at, at))
    return {each.target: each for each in found}


def test_a_longer_target_saves_what_was_missed(bench: Bench) -> None:
    calmer = edition(bench, PolicySettings(first_response=minutes(60)))

    first = compared(bench, calmer)[Target.FIRST_RESPONSE]

    assert (first.was.met, first.would.met) == (Share(part=1, whole=2), Share(part=2, whole=2))
    assert (first.cycles, first.saved, first.spoilt) == (3, 1, 0)
    assert first.was.running == first.would.running == 1
    assert first.was.team_time.median == first.would.team_time.median == minutes(35)


def test_a_shorter_target_spoils_what_was_met_and_what_waits(bench: Bench) -> None:
    stricter = edition(bench, PolicySettings(first_response=minutes(3)))

    first = compared(bench, stricter)[Target.FIRST_RESPONSE]

    assert (first.was.met, first.would.met) == (Share(part=1, whole=2), Share(part=0, whole=3))
    assert (first.saved, first.spoilt) == (0, 1)


def test_other_hours_change_the_team_time_as_well(bench: Bench) -> None:
    mornings = CalendarSettings(name="mornings", fri=("08:00-12:10",))
    shorter = edition(bench, PolicySettings(calendar="mornings"), calendar=(mornings,))

    first = compared(bench, shorter)[Target.FIRST_RESPONSE]

    assert first.would.team_time.median == minutes(10)
    assert first.would.met == Share(part=2, whole=2)


def test_rules_are_asked_anew(bench: Bench) -> None:
    ruled = edition(
        bench,
        PolicySettings(),
        PolicySettings(name="slow", first_response=minutes(90)),
        rule=(RuleSettings(policy="slow", when=RuleWhen(customer=("sample:p2",))),),
    )

    assert compared(bench, ruled)[Target.FIRST_RESPONSE].saved == 1


def test_silence_ends_a_matter_after_the_other_time(bench: Bench) -> None:
    bench.tick(NOON + 3 * DAY)
    patient = edition(bench, PolicySettings(auto_resolve=timedelta(days=9)))

    resolution = compared(bench, patient, now=4 * 24 * 60)[Target.RESOLUTION]

    assert resolution.was.team_time.count == 2
    assert resolution.would.team_time.count == 0


def test_the_same_policies_come_to_the_same(bench: Bench) -> None:
    same = compared(bench, bench.ledger.policies.current)

    assert all((each.was, each.saved, each.spoilt) == (each.would, 0, 0) for each in same.values())


def test_what_is_void_or_started_at_another_time_is_left_out(bench: Bench) -> None:
    bench.desk.not_for_us(ItemId(3), bench.member(), NOON + minutes(58), "spam")
    current, at = bench.ledger.policies.current, NOON + minutes(60)

    later = list(replay(bench.ledger, current, NOON + minutes(10), at, at))
    all_day = list(replay(bench.ledger, current, NOON - DAY, at, at))

    assert later == []
    assert {each.item for each in all_day} == {1, 2}


def test_nothing_is_written(bench: Bench) -> None:
    before = list(bench.store.events.of_item(FIRST)), bench.ledger.policies.newest

    compared(bench, edition(bench, PolicySettings(first_response=minutes(1))))

    assert (list(bench.store.events.of_item(FIRST)), bench.ledger.policies.newest) == before
