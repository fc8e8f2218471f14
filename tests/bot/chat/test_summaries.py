"""What a summary says of the time in which the desk was blind."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.chat.summaries import summary_message
from bot.chat.text import plain
from monitor.report.coverage import Blindness, Hole, Outage
from monitor.report.summary import Facts, days, summarize
from tests.builders import NOON, minutes

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
