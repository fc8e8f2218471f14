"""All figures of a period at once, from a real store."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.clock.policy import Policy
from monitor.handling.late import late
from monitor.model import ItemId
from monitor.report import team
from monitor.report.breakdown import By
from monitor.report.report import Asked, Report, gather, period
from monitor.report.summary import Share
from tests.builders import LEAD, NOON, a_brand, a_mention, at, minutes
from tests.desk import Bench, a_bench

ONE, TWO = ItemId(1), ItemId(2)
BEGIN, END = at("2026-03-02 00:00"), at("2026-03-16 00:00")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path, a_brand(), a_brand("Rival", competitor=True))
    with made.store:
        yield made


def read(bench: Bench, *by: By) -> Report:
    asked = Asked(
        period=period(BEGIN, END, ZoneInfo("UTC")),
        by=by,
        brands=("Acme",),
        competitors=("Rival",),
        look_back=timedelta(hours=24),
    )
    broken = late(bench.ledger, ["Acme"], END)
    return gather(bench.store, asked, END, broken, lambda _, __: Policy())


def a_busy_noon(bench: Bench) -> None:
    """Two complaints: one answered in time, one never; and one of the competitor."""
    bench.take(
        a_mention(posted_at=NOON),
        a_mention("Acme complaint", key="sample:2", author="omar", posted_at=NOON),
        a_mention("rival complaint", key="sample:3", author="eva", posted_at=NOON),
        a_mention("rival, hello", key="sample:4", author="ivan", posted_at=NOON),
        since=BEGIN,
    )
    zuzana = bench.member()
    bench.desk.claim(ONE, zuzana, NOON + minutes(3))
    bench.desk.answered(ONE, zuzana, NOON + minutes(12))
    bench.tick(NOON + minutes(60))


def test_a_report_tells_of_parts_hours_people_and_competitors(bench: Bench) -> None:
    a_busy_noon(bench)

    found = read(bench, By.BRAND, By.MEMBER)

    brand, member = found.breakdowns
    assert [(row.name, row.received, row.answered) for row in brand.rows] == [("Acme", 2, 1)]
    assert {row.name: row.answered for row in member.rows} == {"Zuzana": 1, "": 0}
    assert brand.total.breached == Share(part=1, whole=2)
    assert found.heat.arrivals[4][12] == 2
    assert found.staffing is not None
    assert (found.staffing.most, found.staffing.people[4][12]) == (1, 1)
    rival = next(each for each in found.summary.rivals if each.competitor)
    assert (rival.brand, rival.posts, rival.complaints) == ("Rival", 2, Share(part=1, whole=2))


def test_who_left_still_has_a_name_and_who_did_nothing_a_line(bench: Bench) -> None:
    a_busy_noon(bench)
    bench.member("Peter", LEAD, 2)
    with bench.store.writing():
        bench.store.people.remove(bench.store.people.members()[0].id, NOON + minutes(90))

    found = team.gather(bench.store, BEGIN, END, ["Acme"])

    assert [(each.name, each.claims, each.answers) for each in found] == [
        ("Zuzana", 1, 1),
        ("Peter", 0, 0),
    ]
    assert found[0].customer_wait.median == minutes(12)
    assert found[0].late == Share(part=0, whole=1)


def test_a_period_shorter_than_a_week_has_no_habit(bench: Bench) -> None:
    bench.source(since=END - timedelta(days=6))

    assert read(bench, By.BRAND).staffing is None


def test_a_period_may_end_within_a_day() -> None:
    found = period(BEGIN, at("2026-03-04 15:00"), ZoneInfo("UTC"))

    assert (str(found.first), str(found.last)) == ("2026-03-02", "2026-03-04")
