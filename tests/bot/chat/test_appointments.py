"""Times as people write them: in the chat's zone, in their language, through clock changes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.appointments import appointment
from bot.chat.replies import MisspokenError
from bot.locale.tongue import speaking
from tests.builders import NOON

BRATISLAVA = ZoneInfo("Europe/Bratislava")  # noon in UTC is 13:00 there, a Friday
ZONES = [BRATISLAVA, ZoneInfo("America/New_York"), ZoneInfo("Asia/Yerevan"), ZoneInfo("UTC")]


def local(written: str, now: datetime = NOON, zone: ZoneInfo = BRATISLAVA) -> str:
    return f"{appointment(written, zone, now).at.astimezone(zone):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("17:00 call", "Fri 2026-03-06 17:00", id="today"),
        pytest.param("9:00 call", "Sat 2026-03-07 09:00", id="tomorrow, as it has passed"),
        pytest.param("at 17.30 call", "Fri 2026-03-06 17:30", id="with a dot"),
        pytest.param("5pm call", "Fri 2026-03-06 17:00", id="of twelve hours"),
        pytest.param("12:15am call", "Sat 2026-03-07 00:15", id="after midnight"),
        pytest.param("tomorrow 9:00 call", "Sat 2026-03-07 09:00", id="tomorrow"),
        pytest.param("9:00 tomorrow call", "Sat 2026-03-07 09:00", id="the day last"),
        pytest.param("mon 10:00 call", "Mon 2026-03-09 10:00", id="a weekday"),
        pytest.param("Friday 10:00 call", "Fri 2026-03-13 10:00", id="this weekday, but passed"),
        pytest.param("friday 18:00 call", "Fri 2026-03-06 18:00", id="this weekday, to come"),
        pytest.param("on 2026-03-09 at 17:00 call", "Mon 2026-03-09 17:00", id="a date"),
        pytest.param("9.3. 14:00 call", "Mon 2026-03-09 14:00", id="a day and a month"),
        pytest.param("1.3. 14:00 call", "Mon 2027-03-01 14:00", id="of next year"),
        pytest.param("2h call", "Fri 2026-03-06 15:00", id="in hours"),
        pytest.param("in 1h30m call", "Fri 2026-03-06 14:30", id="in hours and minutes"),
        pytest.param("2d call", "Sun 2026-03-08 13:00", id="in days"),
    ],
)
def test_a_time_is_meant_in_the_chats_zone(written: str, meant: str) -> None:
    assert local(written) == meant
    assert appointment(written, BRATISLAVA, NOON).rest == "call"


@pytest.mark.parametrize(
    ("language", "written", "meant"),
    [
        pytest.param("sk", "pondelok 10:00 volať", "Mon 2026-03-09 10:00", id="Slovak"),
        pytest.param("tr", "Pazartesi 10:00 ara", "Mon 2026-03-09 10:00", id="Turkish"),
        pytest.param("ru", "понедельник 10:00 позвонить", "Mon 2026-03-09 10:00", id="Russian"),
        pytest.param("hy", "երկուշաբթի 10:00 զանգել", "Mon 2026-03-09 10:00", id="Armenian"),
        pytest.param("ar", "الاثنين ١٠:٠٠ اتصال", "Mon 2026-03-09 10:00", id="Arabic"),
        pytest.param("ar", "الاحد 10:00 اتصال", "Sun 2026-03-08 10:00", id="Arabic as typed"),
        pytest.param("ar", "غدا 9:00 اتصال", "Sat 2026-03-07 09:00", id="tomorrow as typed"),
        pytest.param("sk", "stvrtok 10:00 volať", "Thu 2026-03-12 10:00", id="Slovak as typed"),
        pytest.param("tr", "yarın saat 9:00 ara", "Sat 2026-03-07 09:00", id="the hour in Turkish"),
        pytest.param("ru", "завтра в 9:00 звонить", "Sat 2026-03-07 09:00", id="in Russian"),
        pytest.param("sk", "zajtra o 9:00 volať", "Sat 2026-03-07 09:00", id="in Slovak"),
        pytest.param("ar", "الساعة 17:00 اتصال", "Fri 2026-03-06 17:00", id="in Arabic"),
        pytest.param("hy", "վաղը ժամը 9:00 զանգել", "Sat 2026-03-07 09:00", id="in Armenian"),
        pytest.param("tr", "monday 10:00 ara", "Mon 2026-03-09 10:00", id="English all the same"),
    ],
)
def test_weekdays_are_named_in_the_language_spoken(language: str, written: str, meant: str) -> None:
    with speaking(language):
        assert local(written) == meant


@pytest.mark.parametrize(
    ("language", "written", "rest"),
    [
        pytest.param("en", "17:00 we call back", "we call back", id="we is no Wednesday"),
        pytest.param("sk", "17:00 po obede", "po obede", id="Slovak after is no Monday"),
        pytest.param("ru", "17:00 по телефону", "по телефону", id="Russian by is no Monday"),
        pytest.param("en", "17:00 1/2 of it back", "1/2 of it back", id="a half is no February"),
        pytest.param("en", "17:00 2.5 percent off", "2.5 percent off", id="a share is no May"),
    ],
)
def test_what_is_promised_is_not_taken_for_its_day(language: str, written: str, rest: str) -> None:
    with speaking(language):
        assert local(written) == "Fri 2026-03-06 17:00"
        assert appointment(written, BRATISLAVA, NOON).rest == rest


def test_a_day_and_a_month_before_a_time_are_no_time() -> None:
    assert local("9.12 14:00 call") == "Wed 2026-12-09 14:00"
    assert local("14:00 9.12. call") == "Wed 2026-12-09 14:00"


@pytest.mark.parametrize(
    "written",
    [
        *("", "call", "soon call", "25:00 call", "9:75 call", "13pm call", "t 9:00", "31.2. 9:00"),
        *("2026-13-01 9:00 call", "17:00:00 call", "9999-12-31 9:00 call", "0001-01-01 9:00 x"),
        *("in call", "5 call", "tomorrow call"),
    ],
)
def test_what_is_no_time_is_told_how_one_is_written(written: str) -> None:
    with pytest.raises(MisspokenError, match="By when"):
        appointment(written, BRATISLAVA, NOON)


def test_an_hour_that_a_clock_change_skips_is_the_same_distance_later() -> None:
    assert local("29.3. 02:30 call") == "Sun 2026-03-29 03:30"


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    found = appointment("25.10. 02:30 call", BRATISLAVA, NOON).at

    assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@settings(max_examples=150, deadline=None)
@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 - made aware
        lambda at: at.replace(tzinfo=UTC)
    ),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    zone=st.sampled_from(ZONES),
)
def test_a_time_alone_is_the_next_such_time_of_the_zone(
    now: datetime, hour: int, minute: int, zone: ZoneInfo
) -> None:
    found = appointment(f"{hour}:{minute:02} call", zone, now).at

    assert now < found <= now + timedelta(hours=25)
    meant = datetime.combine(found.astimezone(zone).date(), time(hour, minute), zone)
    skipped = meant.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != meant.replace(
        tzinfo=None
    )
    assert skipped or found.astimezone(zone).time().replace(microsecond=0) == time(hour, minute)


@settings(max_examples=100, deadline=None)
@given(written=st.text(max_size=40))
def test_whatever_is_written_is_a_time_or_is_told_how_one_is_written(written: str) -> None:
    try:
        found = appointment(written, BRATISLAVA, NOON)
    except MisspokenError:
        return
    assert found.at.tzinfo is not None
