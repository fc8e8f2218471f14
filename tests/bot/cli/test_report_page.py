"""A report as a page, from figures and from the command line."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from bot.cli.report_page import page_of, write
from bot.locale.tongue import LANGUAGES, RIGHT_TO_LEFT, speaking
from monitor.model import Flag, ItemId, MemberId, State
from monitor.report.breakdown import By, View, break_down
from monitor.report.report import Report, period
from monitor.report.summary import Facts, Share, Spread, summarize
from monitor.report.team import MemberFigures
from monitor.store.figures import BrandPosts, Case
from tests.bot.cli.a_desk import a_desk_with_a_past
from tests.bot.cli.running import ran
from tests.builders import at, minutes
from tests.monitor.report.test_page import Tree
from tests.weeks import ZONE, a_full_week, many_people

SINCE, UNTIL = at("2026-01-11 23:00"), at("2026-03-08 23:00")
NOW = at("2026-03-09 08:00")
EVIL = "<b>Acme</b>"
ANSWERS = Spread(count=5, median=minutes(14), ninetieth=minutes(48))


def a_case(number: int, opened_at: datetime, brand: str = "Acme") -> Case:
    wait = timedelta(minutes=number * 10)
    return Case(
        item=ItemId(number),
        brand=brand,
        platform="reddit",
        language="tr" if number % 2 else None,
        flags=frozenset({Flag.COMPLAINT}),
        posted_at=opened_at,
        opened_at=opened_at,
        state=State.RESOLVED,
        void_reason=None,
        found_late=False,
        hand_overs=0,
        answered_at=opened_at + wait,
        customer_wait=wait,
        team_time=wait,
        proven=number != 1,
        topic="billing",
        author=str(number),
        breached=wait > minutes(30),
    )


def a_report(cases: Sequence[Case] | None = None) -> Report:
    if cases is None:
        cases = [a_case(number, SINCE + timedelta(days=number)) for number in range(1, 9)]
        cases = [*cases, a_case(9, SINCE, EVIL)]
    spoken_of = tuple(
        BrandPosts(brand=brand, posts=10, judged=10, complaints=4, topics=(("billing", 3),))
        for brand in ("Acme", "Rival")
    )
    facts = Facts(
        period=period(SINCE, UNTIL, ZONE),
        now=NOW,
        cases=tuple(cases),
        sources=1,
        spoken_of=spoken_of,
        competitors=frozenset({"Rival"}),
    )
    summary = summarize(facts)
    view = View(now=NOW, zone=ZONE, answered_by={ItemId(1): "Zuzana"})
    found = [break_down(by, facts.cases, SINCE, UNTIL, view, summary.rivals) for by in By]
    return Report(
        summary=summary,
        breakdowns=tuple(found),
        heat=a_full_week(),
        staffing=many_people(),
        team=(
            MemberFigures(
                member=MemberId(1),
                name="Zuzana",
                claims=7,
                given_away=1,
                answers=5,
                unproven=0,
                customer_wait=ANSWERS,
                team_time=ANSWERS,
                late=Share(part=1, whole=5),
            ),
        ),
    )


def written(report: Report, language: str = "en") -> str:
    out = StringIO()
    write(report, language, out)
    return out.getvalue()


def test_a_page_has_every_part_of_a_report() -> None:
    page = page_of(a_report())

    assert page.title == "Report: Acme"
    assert [table.heading for table in page.tables] == [
        "By brand",
        "By platform",
        "By language",
        "By what was asked for",
        "By topic",
        "By who answered",
        "The team",
        "By hour of the day",
        "By weekday",
        "Side by side with competitors",
    ]
    assert [grid.heading for grid in page.grids] == [
        "New items by hour of the week",
        "Answers past their target by hour of the week",
        "People needed to hold the target",
    ]


def test_first_stands_what_is_asked_first_each_share_with_how_many_it_is_of() -> None:
    tiles = {tile.label: (tile.value, tile.note) for tile in page_of(a_report()).tiles}

    assert tiles["Received"] == ("9", "")
    assert tiles["Answered"] == ("9", "1 of them unproven")
    assert tiles["Within 30 min"] == ("33 %", "3 of 9")
    assert tiles["Customer wait"] == ("50 min", "median; 9 of 10 within 1 hr 22 min (9 answers)")


def test_a_report_of_nothing_says_so() -> None:
    empty = replace(a_report([]), staffing=None)

    page = page_of(empty)

    tiles = {tile.label: (tile.value, tile.note) for tile in page.tiles}
    assert tiles["Within 60 min"] == ("-", "none to count")
    assert tiles["Team time"] == ("-", "no fixed answer yet")
    assert page.footer == "People needed: not known, the period is shorter than a week."


def test_what_people_wrote_is_escaped() -> None:
    text = written(a_report())

    assert EVIL not in text
    assert "&lt;b&gt;Acme&lt;/b&gt;" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_each_language_a_page_is_whole(language: str) -> None:
    text = written(a_report(), language)

    tree = Tree()
    tree.feed(text)
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    assert tree.tags[0] == ("html", {"lang": language, "dir": direction})
    assert not re.search(r"\{\w+\}", text.partition("</style>")[2])


def test_the_picture_stands_on_the_page_for_bright_screens_and_for_dark_ones() -> None:
    with speaking("en"):
        drawing = page_of(a_report()).drawing

    assert drawing is not None
    assert drawing.light != drawing.dark
    assert drawing.says[0].startswith("New items an hour: up to")


def test_the_command_writes_a_page_for_its_owner_alone(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)

    done = ran(
        "report", "--format", "html", "--language", "ar", "--output", "week.html", folder=tmp_path
    )

    file = tmp_path / "week.html"
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert 'lang="ar" dir="rtl"' in file.read_text("utf-8")
