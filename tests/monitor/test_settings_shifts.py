"""Shifts and quiet hours in the settings: what is understood, and what is refused in one line."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.errors import ConfigError
from monitor.settings import Settings, parse
from tests.builders import ONE_CHAT

HOURS = 'mon = ["08:00-16:00"]'


def read(text: str) -> Settings:
    return parse(ONE_CHAT + text, Path("mentiondesk.toml"))


def a_shift(*lines: str, hours: str = HOURS, members: str = 'members = ["Zuzana", "Emre"]') -> str:
    return "\n".join(["[[shift]]", 'name = "early"', hours, members, *lines])


def test_a_shift_has_the_desks_zone_and_everybody_on_it_by_default() -> None:
    (shift,) = read(a_shift()).shift

    assert shift.timezone == ZoneInfo("Europe/Bratislava")
    assert (shift.members, shift.rotation, shift.brands) == (("Zuzana", "Emre"), None, ())
    assert shift.week[0] == ("08:00-16:00",)


def test_a_rotation_begins_on_the_day_that_is_given() -> None:
    (shift,) = read(a_shift('rotation = "weekly"', "starts = 2026-03-02")).shift

    assert (shift.rotation, shift.starts, shift.at_once) == ("weekly", date(2026, 3, 2), 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            a_shift('chat = "car"'),
            "shift.early.chat: unknown chat 'car'; did you mean 'care'?",
            id="unknown chat",
        ),
        pytest.param(
            a_shift('brands = ["Acne"]'),
            "shift.early.brands: unknown brand 'Acne'; did you mean 'Acme'?",
            id="unknown brand",
        ),
        pytest.param(
            a_shift('chat = "care"', 'brands = ["Acme"]'),
            "shift.early: expected either chat or brands, got both",
            id="chat and brands",
        ),
        pytest.param(
            a_shift(hours=""),
            "shift.early: expected opening hours on at least one day of the week",
            id="no hours",
        ),
        pytest.param(
            a_shift(hours='mon = ["08:00-16:00", "15:00-17:00"]'),
            "shift.early.mon: '15:00-17:00' overlaps '08:00-16:00'",
            id="hours that overlap",
        ),
        pytest.param(
            a_shift(members='members = ["Emre", "emre"]'),
            "shift.early.members: 'emre' is named twice",
            id="a member twice",
        ),
        pytest.param(
            a_shift("at_once = 2"),
            "shift.early.at_once: expected a rotation; without one all members are there",
            id="at once without a rotation",
        ),
        pytest.param(
            a_shift('rotation = "daily"', "at_once = 3"),
            "shift.early.at_once: expected at most 2, the number of members",
            id="more at once than there are",
        ),
        pytest.param(
            f"{a_shift()}\n{a_shift()}",
            "shift.early: there is another [[shift]] of this name",
            id="two of one name",
        ),
    ],
)
def test_a_mistake_in_a_shift_is_one_clear_line(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)

    assert line in str(refused.value)


def a_chat(quiet: str) -> str:
    return ONE_CHAT.replace("id = -1001", f"id = -1001\nquiet = {quiet}")


def test_quiet_hours_may_cross_midnight() -> None:
    (chat,) = parse(a_chat('["22:00-07:00", "12:00-13:00"]'), Path("m.toml")).chat

    assert (chat.quiet, chat.quiet_breaches) == (("22:00-07:00", "12:00-13:00"), False)


@pytest.mark.parametrize(
    ("quiet", "line"),
    [
        pytest.param(
            '["22:00-07:00", "06:00-08:00"]',
            "chat.care.quiet: '06:00-08:00' overlaps '22:00-07:00'",
            id="an overlap after midnight",
        ),
        pytest.param(
            '["00:00-24:00"]',
            "chat.care.quiet: expected hours that leave some of the day",
            id="the whole day",
        ),
        pytest.param('["22-7"]', "expected hours such as '08:00-17:00'", id="hours that are none"),
    ],
)
def test_a_mistake_in_quiet_hours_is_one_clear_line(quiet: str, line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(a_chat(quiet), Path("m.toml"))

    assert line in str(refused.value)
