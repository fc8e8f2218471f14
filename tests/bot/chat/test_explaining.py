"""/why as it is read on a phone."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.chat import explaining
from bot.chat.html import html
from bot.chat.text import ENTITIES, MESSAGE_UNITS, Message, entities, plain, units
from bot.locale.tongue import LANGUAGES, speaking
from monitor.clock.calendar import Calendar, Hours
from monitor.clock.policy import Policy, Terms
from monitor.clock.reading import read
from monitor.clock.reasons import Because
from monitor.clock.why import Explained, Noted, explain
from monitor.model import Event, EventKind, ItemId
from tests.monitor.clock.builders import ALWAYS, act, at, log, opened, reply, tap
from tests.servers.bot_api_html import parse

ONE = ItemId(1)
BRATISLAVA = ZoneInfo("Europe/Bratislava")
WORK = (Hours(8 * 60, 12 * 60), Hours(13 * 60, 17 * 60))
OFFICE = Calendar(name="office", timezone=BRATISLAVA, week=(WORK,) * 5 + ((), ()), holidays="SK")
CALM = Terms.of(Policy(name="calm", version=4, calendar=OFFICE, calendar_version=3))
NIGHT = Calendar(name="night", timezone=ZoneInfo("UTC"), week=((Hours(22 * 60, 30 * 60),),) * 7)


def said(message: Message) -> list[str]:
    parse(html(message.text))
    return plain(message.text).split("\n")


def why(*explained: Explained) -> list[str]:
    return said(explaining.why(explained, ONE, BRATISLAVA))


def first(events: Sequence[Event], terms: Terms, now: str) -> Explained:
    return explain(events, terms, at(now))[0]


def test_a_clock_of_few_parts_tells_each_with_its_time() -> None:
    events = log(opened("2026-10-30 15:30", "2026-10-30 15:25"))

    lines = why(first(events, CALM, "2026-10-30 16:30"))

    assert lines == [
        "Why #1 shows what it does",
        "",
        "First response: 30 min of 30 min",
        "Due 30 Oct 17:00",
        "Customer waits 1 hr 5 min",
        "+ 30 min: open hours, from 30 Oct 16:30",
        "− 30 min: outside opening hours, from 30 Oct 17:00",
        "Policy calm v4, calendar office v3",
    ]


def test_a_clock_of_many_parts_is_folded_to_what_it_spent_on_what() -> None:
    events = log(opened("2026-10-30 10:30"))

    lines = why(first(events, CALM, "2026-11-02 07:20"))

    assert lines[2] == "First response: 4 hr 50 min of 30 min · late"
    assert lines[5:] == [
        "+ 4 hr 50 min: open hours · 3 times",
        "− 16 hr: outside opening hours · 3 times",
        "− 1 day: no opening hours on this day: Saturday",
        "− 1 day: holiday: All Saints' Day",
        "Policy calm v4, calendar office v3",
    ]


def test_clocks_that_run_come_first_and_long_ended_ones_are_only_counted() -> None:
    events = log(
        opened("10:00"),
        *(step for hour in range(11, 20) for step in asked_and_answered(hour)),
    )

    lines = why(*explain(events, ALWAYS, at("20:30")))

    assert lines[2].startswith("Resolution: ")
    assert lines[-1] == "and 5 earlier clocks"
    assert sum(line.startswith("Next response") for line in lines) == 5


def asked_and_answered(hour: int) -> tuple[Event, Event]:
    asked = act(EventKind.CUSTOMER_POST, f"{hour}:00")
    return asked, reply(f"{hour}:10")


def test_what_else_one_must_know_is_said() -> None:
    tapped = explain(log(opened("10:00"), tap("10:10")), ALWAYS, at("10:20"), found_late=True)[0]

    lines = why(tapped)

    assert "Found late: this is not counted as the team's miss." in lines
    assert "Not proven: somebody tapped Answered, no public reply is known." in lines
    assert "Ended 2 Mar 11:10" in lines


def test_a_fixed_result_names_its_policy() -> None:
    events = log(opened("10:00"), reply("10:10"))
    frozen = read(events, ALWAYS, at("11:00")).results(at("11:00"))

    night = Terms.of(Policy(calendar=NIGHT))
    late = explain(events, night, at("11:00"), frozen=frozen)[0]

    assert "Fixed under policy always v1: it never changes." in why(late)


def test_history_has_nothing_to_explain() -> None:
    assert why() == ["#1 has no clock: it is history."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_year_of_clocks_fits_a_message_in_every_language(language: str) -> None:
    said_later = (each for hour in range(11, 20) for each in asked_and_answered(hour))
    events = log(opened("10:00"), *said_later)

    with speaking(language):
        explained = explain(events, CALM, at("10:00") + timedelta(days=365))
        message = explaining.why(explained, ONE, BRATISLAVA)

    assert units(plain(message.text)) <= MESSAGE_UNITS
    assert entities(message.text) <= ENTITIES
    assert max(map(len, said(message))) < 80


def test_every_reason_and_note_has_words() -> None:
    assert set(explaining._REASONS) == set(Because)
    assert set(explaining._NOTES) == set(Noted)
