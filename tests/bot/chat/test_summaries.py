"""What a summary says."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.chat.summaries import summary_message
from bot.chat.text import plain
from monitor.desk.promises import Promised
from monitor.model import ItemId
from monitor.report.coverage import Blindness, Hole, Outage
from monitor.report.summary import Facts, days, summarize
from monitor.store.figures import BrandPosts
from tests.builders import NOON, minutes
from tests.monitor.report.cases import a_case

DAY = days(date(2026, 3, 6), ZoneInfo("UTC"))


def an_outage(begin: float, end: float, *, caught_up: bool = True) -> Outage:
    return Outage(
        source="reddit",
        since=NOON + minutes(begin),
        until=NOON + minutes(end),
        caught_up=caught_up,
    )


def a_hole(begin: float, end: float, source: str = "reddit") -> Hole:
    return Hole(
        source=source, query="r/acme/new", since=NOON + minutes(begin), until=NOON + minutes(end)
    )


def told(**blind: tuple[Outage, ...] | tuple[Hole, ...]) -> list[str]:
    """Return the lines that speak of blindness."""
    nothing = Blindness(outages=(), holes=(), filled=())
    facts = Facts(
        period=DAY,
        now=NOON + timedelta(days=1),
        cases=(),
        sources=1,
        blind=replace(nothing, **blind),  # type: ignore[arg-type]
    )
    lines = plain(summary_message(summarize(facts), "care", "en").text).splitlines()
    return [line for line in lines if "reddit" in line or "gap" in line]


def test_an_outage_says_whether_it_was_caught_up_with() -> None:
    lines = told(outages=(an_outage(0, 30), an_outage(60, 90, caught_up=False)))

    assert lines == [
        "⚠️ Blind: reddit 12:00–12:30, read later",
        "⚠️ Blind: reddit 13:00–13:30",
    ]


def test_holes_are_told_by_source_with_what_fills_them_and_filled_ones_as_read_late() -> None:
    lines = told(
        holes=(a_hole(0, 5), a_hole(10, 15), a_hole(0, 5, "reddit:own")), filled=(a_hole(20, 25),)
    )

    assert len(lines) == 3
    assert lines[0].count("r/acme/new") == 2
    assert lines[0].endswith("(mentiondesk backfill reddit --holes)")
    assert "backfill" not in lines[1]
    assert lines[2].startswith("Read late: reddit: r/acme/new 12:20")


def test_more_than_a_few_are_counted() -> None:
    lines = told(
        outages=tuple(an_outage(20 * n, 20 * n + 16) for n in range(7)),
        holes=tuple(a_hole(20 * n, 20 * n + 5) for n in range(7)),
    )

    assert lines[5] == "⚠️ and 2 more gaps in what was read"
    assert "and 2 more" in lines[6]


def a_summary(**facts: object) -> list[str]:
    """Return the lines of a summary of these facts."""
    known = Facts(period=DAY, now=NOON + timedelta(days=1), cases=(), sources=1)
    summary = summarize(replace(known, **facts))  # type: ignore[arg-type]
    return plain(summary_message(summary, "care", "en").text).splitlines()


def test_people_are_told_apart_by_who_was_helped_came_back_and_may_leave() -> None:
    cases = (
        a_case(10, churn_risk=0.8, author="reddit:jana", item=ItemId(12)),
        a_case(20, came_back=True),
        a_case(repeated=True),
    )

    lines = a_summary(cases=cases)

    assert "One answer was enough, so far: 1 of 2 (50 %)" in lines
    assert "Back within a week: 1 of 3 (33 %)" in lines
    assert "People likely to leave: 1, first #12" in lines
    assert "Topics: not known" in lines


def test_what_nobody_can_know_is_called_so() -> None:
    lines = a_summary(cases=(a_case(10),))

    assert "People likely to leave: not known" in lines
    assert not any("Promised" in line for line in lines)


def test_what_members_promised_stands_against_what_they_kept() -> None:
    made = Promised(due=4, kept=2, late=1, broken=1, dropped=0, open=0)

    lines = a_summary(promises=made)

    assert "Promised to customers, kept: 2 of 4 (50 %), 1 late" in lines


def test_a_competitor_is_told_with_what_it_is_blamed_for() -> None:
    rival = BrandPosts(
        brand="Rival", posts=20, judged=10, complaints=4, topics=(("billing", 9), ("app", 3))
    )

    lines = a_summary(spoken_of=(rival,), competitors=frozenset({"Rival"}))

    told = "Competitor Rival: 20 posts, complaints 4 of 10 (40 %), most about billing, app"
    assert told in lines


def test_the_medians_of_office_hours_say_of_how_many_they_are() -> None:
    cases = (a_case(10, claim_time=minutes(2)), a_case(20), a_case())

    lines = a_summary(cases=cases)

    (told,) = (line for line in lines if line.startswith("Office hours: 3 received"))
    assert told.endswith("median wait 15 min (2), taken after 2 min (1)")


def test_each_part_of_a_summary_is_a_paragraph() -> None:
    lines = a_summary(cases=(a_case(10),))

    assert lines[0].startswith("📊")
    assert lines.count("") == 4
