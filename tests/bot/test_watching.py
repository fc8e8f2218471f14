"""What the chats are told of the sources: each thing once, and once again when it is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.text import plain
from bot.office import Office, open_office
from bot.timekeeping import Timekeeper
from bot.wiring import App, open_app
from monitor.model import Cursor, Page, Window
from monitor.store import lags
from monitor.store.coverage import Read
from monitor.store.outbox import Kind
from monitor.store.store import Store
from tests.builders import NOON, a_mention, minutes
from tests.fakes import WordJudge

SETTINGS = """
[[chat]]
name = "care"
id = -100

[[brand]]
name = "Acme"
keywords = ["acme"]

[connectors.sample]
every = "60s"
"""
HOUR = timedelta(hours=1)
WEEKS = timedelta(weeks=3)


class Hands(Timekeeper):
    """A clock that stands."""

    def now(self) -> datetime:
        return NOON


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    path = tmp_path / "mentiondesk.toml"
    path.write_text(SETTINGS)
    app: App = open_app(path, {}, Hands())
    app.judge = WordJudge()
    made = open_office(app, terminal=False)
    made.begin(NOON)
    with made.workshop.store.writing():
        made.workshop.store.sources.switch_on("sample", "sample", NOON - WEEKS)
        made.workshop.store.sources.well("sample", NOON)
    yield made
    app.close_workshop()


@pytest.fixture
def store(office: Office) -> Store:
    return office.workshop.store


def told(office: Office) -> list[str]:
    waiting = office.workshop.store.outbox.waiting(-100, Kind.WORDS)
    return [parcel.payload for parcel in waiting]


def board(office: Office, now: datetime) -> str:
    message = office.drawing.board("care", now).message
    assert message is not None
    return plain(message.text)


def poll(store: Store, at: datetime, *posted: datetime, since: datetime | None = None) -> None:
    """Let a poll go through that shows what was `posted`."""
    mentions = [a_mention(key=f"sample:{each}", posted_at=each) for each in posted]
    window = Window(query="all", since=since or at - minutes(10), until=at)
    with store.writing():
        page = Page(mentions=tuple(mentions), cursor=Cursor("c"), window=window)
        store.sources.advance("sample", page, at)
        store.sources.well("sample", at)


def cut(store: Store, begin: float, end: float, at: datetime) -> None:
    """Let a poll say that it could not read [begin, end) minutes after NOON."""
    span = (NOON + minutes(begin), NOON + minutes(end))
    window = Window(query="all", since=span[0], until=span[1], complete=False)
    with store.writing():
        store.coverage.record("sample", Page(mentions=(), cursor=Cursor("c"), window=window), at)


def overtaken(store: Store, begin: float) -> None:
    """Let twenty minutes be read without the first five."""
    cut(store, begin, begin + 5, NOON + minutes(begin + 10))
    for end in (10, 20):
        poll(store, NOON + minutes(begin + end), since=NOON + minutes(begin + 5))


def rest(store: Store, until: datetime, why: str = "sample: 429") -> None:
    with store.writing():
        store.sources.rest("sample", until, why)


def a_habit(store: Store, an_hour: int) -> None:
    """Let so many mentions have come in each hour of the last weeks."""
    hours = int(WEEKS / HOUR)
    with store.writing():
        for begin in (NOON - HOUR * number for number in range(hours, 0, -1)):
            read = Read(
                source="sample",
                query="all",
                since=begin,
                until=begin + HOUR,
                complete=True,
                past=False,
                read_from=begin,
                read_at=begin + minutes(59),
                windows=60,
                fresh=an_hour,
                lags=lags.digest([]),
            )
            store.coverage._add(read)
            store.coverage._note(read, read.read_at)


def test_a_rest_until_the_months_end_is_told_once_and_once_when_it_is_over(
    office: Office, store: Store
) -> None:
    rest(store, NOON + timedelta(days=9), "sample: the month's money is spent")
    for passed in (1, 2, 300):
        office.health(NOON + minutes(passed))
    resting = told(office)
    poll(store, NOON + timedelta(days=9, minutes=1))
    office.health(NOON + timedelta(days=9, minutes=2))

    assert len(resting) == 1
    assert "the month's money is spent" in resting[0]
    assert len(told(office)) == 2
    assert "is read again" in told(office)[1]


def test_a_short_rest_of_a_source_without_a_habit_is_not_told(office: Office, store: Store) -> None:
    rest(store, NOON + minutes(20))

    for passed in (1, 10, 19):
        office.health(NOON + minutes(passed))

    assert told(office) == []


def test_a_short_rest_in_which_something_is_missed_by_habit_is_told(
    office: Office, store: Store
) -> None:
    a_habit(store, 6)
    rest(store, NOON + minutes(50))

    office.health(NOON + minutes(5))
    soon = told(office)
    office.health(NOON + minutes(20))

    assert soon == []
    assert len(told(office)) == 1


def test_a_source_that_rests_hangs_not(office: Office, store: Store) -> None:
    rest(store, NOON + minutes(40))

    office.health(NOON + minutes(39))
    office.health(NOON + minutes(45))

    assert told(office) == []


def test_polling_slowed_down_for_money_is_told_once_a_month(office: Office, store: Store) -> None:
    with store.writing():
        store.sources.paced("sample", minutes(12))

    for day in (0, 1, 40):
        poll(store, NOON + timedelta(days=day))
        office.health(NOON + timedelta(days=day))

    assert len([one for one in told(office) if "every 12 min instead of every 1 min" in one]) == 2


def test_holes_are_folded_into_one_message_and_told_with_what_fills_them(
    office: Office, store: Store
) -> None:
    poll(store, NOON, since=NOON - WEEKS)
    for begin in (0, 20):
        overtaken(store, begin)
    office.health(NOON + minutes(41))
    overtaken(store, 40)
    office.health(NOON + minutes(61))
    first = told(office)
    office.health(NOON + minutes(102))
    poll(store, NOON + minutes(200), since=NOON + minutes(60))
    office.health(NOON + minutes(200))

    holes = [one for one in told(office) if "backfill sample --holes" in one]
    assert len([one for one in first if "Not read" in one]) == 1
    assert len(holes) == 2
    assert holes[0].count("all 6 Mar") == 2
    assert holes[1].count("all 6 Mar") == 1


def test_a_hole_that_is_filled_at_once_is_not_told(office: Office, store: Store) -> None:
    poll(store, NOON, since=NOON - WEEKS)
    cut(store, 0, 5, NOON + minutes(6))
    poll(store, NOON + minutes(7))

    office.health(NOON + minutes(8))

    assert told(office) == []


def test_a_silence_against_the_habit_is_told_once_and_once_when_it_ends(
    office: Office, store: Store
) -> None:
    a_habit(store, 6)
    for passed in range(10, 181, 10):
        poll(store, NOON + minutes(passed))
        office.health(NOON + minutes(passed))
    silent = told(office)
    poll(store, NOON + minutes(190), NOON + minutes(189))
    office.health(NOON + minutes(191))

    assert len(silent) == 1
    assert "quieter than it ever is" in silent[0]
    assert len(told(office)) == 2
    assert "has new posts again" in told(office)[1]


def test_a_source_that_fails_is_not_told_as_quiet(office: Office, store: Store) -> None:
    a_habit(store, 6)
    with store.writing():
        store.sources.failed("sample", "sample: down", NOON)

    office.health(NOON + minutes(180))

    assert len(told(office)) == 1
    assert "cannot be read" in told(office)[0]


def in_part(store: Store, at: datetime) -> None:
    """Let a poll read all but one query, which fails, as where a feed is gone."""
    window = Window(query="all", since=at - minutes(10), until=at)
    page = Page(mentions=(), cursor=Cursor("c"), window=window)
    with store.writing():
        store.sources.advance("sample", page, at)
        store.sources.failed("sample", "sample: feed 'gone.example': 404", at)


def test_a_part_that_fails_is_told_as_a_part_and_hides_no_outage_of_the_rest(
    office: Office, store: Store
) -> None:
    for passed in range(1, 11):
        in_part(store, NOON + minutes(passed))
        office.health(NOON + minutes(passed))
    on_board = board(office, NOON + minutes(10))
    for passed in range(11, 41):
        with store.writing():
            store.sources.failed("sample", "sample: cannot be reached", NOON + minutes(passed))
        office.health(NOON + minutes(passed))
    in_part(store, NOON + minutes(41))
    office.health(NOON + minutes(41))
    poll(store, NOON + minutes(42))
    office.health(NOON + minutes(42))

    part, whole, back, well = told(office)
    assert "is read only in part since 12:01" in part
    assert "feed 'gone.example': 404" in part
    assert "sample is read only in part since 6 Mar" in on_board
    assert "cannot be read since 12:10" in whole
    assert "can be read again, but not all of it" in back
    assert "can be read as a whole again" in well


def test_the_first_poll_after_an_outage_is_judged_when_it_ends(
    office: Office, store: Store
) -> None:
    for passed in range(20):
        with store.writing():
            store.sources.failed("sample", "sample: cannot be reached", NOON + minutes(passed))
    office.health(NOON + minutes(19.5))
    window = Window(query="all", since=NOON, until=NOON + minutes(20))
    with store.writing():
        page = Page(mentions=(), cursor=Cursor("c"), window=window)
        store.sources.advance("sample", page, NOON + minutes(20))
    office.health(NOON + minutes(20.1))
    in_the_middle = len(told(office))
    poll(store, NOON + minutes(21))
    office.health(NOON + minutes(21.1))

    blind, well = told(office)
    assert in_the_middle == 1
    assert "cannot be read since 12:00" in blind
    assert "can be read again." in well


def test_time_in_which_the_desk_was_off_is_no_silence(office: Office, store: Store) -> None:
    a_habit(store, 6)
    poll(store, NOON + minutes(300), since=NOON)

    office.health(NOON + minutes(301))

    assert told(office) == []


def test_the_board_shows_who_rests_and_who_is_quiet(office: Office, store: Store) -> None:
    a_habit(store, 6)
    for passed in range(10, 131, 10):
        poll(store, NOON + minutes(passed))
    office.health(NOON + minutes(131))
    quiet = board(office, NOON + minutes(131))
    rest(store, NOON + timedelta(days=2))
    office.health(NOON + minutes(132))

    resting = board(office, NOON + minutes(132))

    assert "is unusually quiet since 6 Mar" in quiet
    assert "is not read until 8 Mar" in resting


def test_old_coverage_goes_with_the_rest_that_nobody_needs(office: Office, store: Store) -> None:
    poll(store, NOON)

    office.prune(NOON + timedelta(days=500))

    assert store.coverage.reads() == ()
