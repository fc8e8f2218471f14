"""What /stats and /team answer."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.chat.tallies import TeamLine, team_message, went
from bot.chat.text import Message, lines, plain
from monitor.model import MemberId
from monitor.report.breakdown import Row
from monitor.report.summary import Share, Spread
from monitor.report.team import MemberFigures
from tests.builders import at, minutes

NONE = Spread(count=0, median=None, ninetieth=None)
NO_SHARE = Share(part=0, whole=0)
BRATISLAVA = ZoneInfo("Europe/Bratislava")
IDLE = MemberFigures(
    member=MemberId(2),
    name="Peter",
    claims=0,
    given_away=0,
    answers=0,
    unproven=0,
    customer_wait=NONE,
    team_time=NONE,
    late=NO_SHARE,
)
BUSY = replace(
    IDLE,
    member=MemberId(1),
    name="Zuzana",
    claims=14,
    given_away=1,
    answers=21,
    customer_wait=Spread(count=21, median=minutes(20), ninetieth=minutes(80)),
    late=Share(part=4, whole=21),
)


def a_row(received: int, **changes: object) -> Row:
    row = Row(
        name="",
        received=received,
        answered=received,
        unproven=0,
        unanswered=0,
        within_30=NO_SHARE,
        within_60=Share(part=received // 2, whole=received),
        customer_wait=NONE,
        team_time=NONE,
        breached=NO_SHARE,
        found_late=0,
        void=0,
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def said(message: Message) -> list[str]:
    return plain(message.text).splitlines()


def test_the_team_is_listed_with_who_is_on_shift_first() -> None:
    members = [
        TeamLine(figures=BUSY, holds=2),
        TeamLine(figures=IDLE, on_until=at("2026-03-06 15:00")),
    ]

    told = said(team_message(members, 3, 7, BRATISLAVA))

    assert told == [
        "The team, last 7 days",
        "🟢 Peter · on shift until 16:00",
        "nothing claimed, nothing answered",
        "⚪ Zuzana · has 2",
        "14 claims · 21 answers · median wait 20 min · late 19 % of 21 · 1 given away",
        "3 answers were found of which nobody had the item",
    ]


def test_the_last_days_stand_beside_those_before_with_how_many_they_are_of() -> None:
    waits = Spread(count=8, median=minutes(12), ninetieth=minutes(50))

    told = plain(lines(*went(a_row(8, customer_wait=waits), a_row(0), 7))).splitlines()

    assert told[0] == "The last 7 days, and those before"
    assert "Received: 8, before 0" in told
    assert "Within 60 min: 50 % of 8, before -" in told
    assert "Median wait: 12 min (8), before -" in told


def test_one_day_is_not_counted() -> None:
    assert said(team_message([], 0, 1, BRATISLAVA)) == ["The team, last day"]
