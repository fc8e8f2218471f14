"""The words of a week's picture in six languages, and where it waits until it is drawn."""

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from threading import Event, get_ident

import pytest
from PIL import Image

from bot.chat.payloads import PictureOrder
from bot.chat.pictures import Easel, Sketch, UnfinishedError, sketch, week_words
from bot.chat.text import CAPTION_UNITS, Message, plain, units
from bot.locale.tongue import LANGUAGES, RIGHT_TO_LEFT, speaking
from monitor.errors import PictureError, StoreBusyError
from monitor.report.charts import WeekPicture, draw
from tests.builders import NOON, minutes
from tests.monitor.report.test_charts import margins_are_empty
from tests.weeks import EMPTY, a_full_week, a_grid, a_week, many_people, some_people

ORDER = PictureOrder(chat="care", day=NOON.date())


class Slow:
    """Draws when it is let, or fails."""

    def __init__(self, fault: PictureError | None = None) -> None:
        self.let = Event()
        self.drawn: list[WeekPicture] = []
        self.stopped = False
        self._fault = fault

    def __call__(self, picture: WeekPicture) -> bytes:
        self.let.wait(30)
        self.drawn.append(picture)
        if self._fault is not None:
            raise self._fault
        return b"a picture"

    def stop(self) -> None:
        self.stopped = True
        self.let.set()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def easel(slow: Slow) -> Iterator[Easel]:
    opened = Easel(slow, lambda _order, _now: a_sketch())
    yield opened
    opened.close()


def a_sketch() -> Sketch:
    return sketch("care", a_full_week(), many_people())


def finished(easel: Easel, number: int = 1, order: PictureOrder = ORDER) -> Message:
    """Return a parcel's picture once it is drawn."""
    for _ in range(3000):
        try:
            return easel.message(number, order, NOON)
        except UnfinishedError:
            Event().wait(0.01)
    raise AssertionError("it was never drawn")


# ------------------------------------------------------------ waiting


def test_a_picture_is_asked_for_again_until_it_is_drawn(easel: Easel, slow: Slow) -> None:
    with pytest.raises(UnfinishedError):
        easel.message(1, ORDER, NOON)
    with pytest.raises(UnfinishedError):
        easel.message(1, ORDER, NOON)
    slow.let.set()

    message = finished(easel)

    assert message.picture == b"a picture"
    assert message.text == a_sketch().caption
    assert len(slow.drawn) == 1


def test_a_picture_whose_send_failed_is_not_drawn_anew(easel: Easel, slow: Slow) -> None:
    slow.let.set()
    first = finished(easel)

    again = easel.message(1, ORDER, NOON)

    assert again == first
    assert len(slow.drawn) == 1


def test_each_parcel_has_a_picture_of_its_own(easel: Easel, slow: Slow) -> None:
    slow.let.set()

    finished(easel, 1)
    finished(easel, 2)

    assert len(slow.drawn) == 2


def test_many_chats_at_once_have_each_picture_drawn_once(easel: Easel, slow: Slow) -> None:
    for number in range(30):
        with pytest.raises(UnfinishedError):
            easel.message(number, ORDER, NOON)
    slow.let.set()

    messages = [finished(easel, number) for number in range(30)]

    assert all(message.picture for message in messages)
    assert len(slow.drawn) == 30


def test_a_picture_that_cannot_be_drawn_comes_as_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Slow(PictureError("picture: not drawn: no fonts"))
    failing.let.set()
    easel = Easel(failing, lambda _order, _now: a_sketch())

    with caplog.at_level(logging.WARNING):
        message = finished(easel)
    easel.close()

    assert message.picture is None
    assert message.text == a_sketch().caption
    assert "no fonts; its words are sent alone" in caplog.text


def test_a_parcel_with_the_number_of_a_dropped_one_gets_its_own_picture(
    easel: Easel, slow: Slow
) -> None:
    slow.let.set()
    finished(easel)

    finished(easel, order=ORDER.model_copy(update={"chat": "other"}))
    with speaking("ar"):
        arabic = finished(easel)

    assert len(slow.drawn) == 3
    assert not plain(arabic.text).isascii()


def test_figures_that_could_not_be_read_are_read_once_more(slow: Slow) -> None:
    slow.let.set()
    asked = iter([StoreBusyError("desk.db: busy")])

    def reads(_order: PictureOrder, _now: datetime) -> Sketch:
        if fault := next(asked, None):
            raise fault
        return a_sketch()

    easel = Easel(slow, reads)

    with pytest.raises(StoreBusyError):
        finished(easel)
    message = finished(easel)
    easel.close()

    assert message.picture == b"a picture"


def test_figures_are_counted_while_the_desk_does_something_else(slow: Slow) -> None:
    slow.let.set()
    where: list[int] = []

    def reads(_order: PictureOrder, _now: datetime) -> Sketch:
        where.append(get_ident())
        return a_sketch()

    easel = Easel(slow, reads)
    finished(easel)
    easel.close()

    assert where[0] != get_ident()


def test_a_close_stops_who_draws(easel: Easel, slow: Slow) -> None:
    with pytest.raises(UnfinishedError):
        easel.message(1, ORDER, NOON)

    easel.close()

    assert slow.stopped


# ------------------------------------------------------------ words


def test_the_words_below_a_picture_say_what_it_shows() -> None:
    lines = plain(a_sketch().caption).splitlines()

    assert lines == [
        "🗓️ When people write, and how many it takes · care",
        "Mon 12 Jan to Sun 8 Mar · Europe/Bratislava",
        "New items an hour: up to 127, on Fri 11:00–12:00",
        "Answers past their target: 552 answers, most on Sat 23:00–24:00",
        "People needed at the desk: at most 24 at once, 2,100 hours of work a week",
        "90% of answers within 30 min, at 6 min each",
    ]


def test_an_empty_week_says_so() -> None:
    lines = plain(sketch("care", a_week(), None).caption).splitlines()

    assert lines[2:] == [
        "New items an hour: Nothing came in.",
        "Answers past their target: No answer was late.",
        "People needed at the desk: Too early to tell.",
    ]


def test_a_share_of_an_item_an_hour_is_told_with_a_tenth() -> None:
    week = a_week(a_grid(tue_17=12), a_grid(wed_08=1))

    lines = plain(sketch("care", week, some_people(EMPTY)).caption).splitlines()

    assert lines[2].endswith("up to 1.5, on Tue 17:00–18:00")
    assert lines[3].endswith("1 answer, on Wed 08:00–09:00")
    assert lines[4].endswith("Nobody is needed.")


def test_what_today_needs_is_told_in_four_parts_of_the_day() -> None:
    people = some_people(a_grid(wed_08=1, thu_08=2, thu_19=3, thu_23=5))

    caption = plain(sketch("care", a_full_week(), people, today=3).caption)

    assert "Needed today (Thu): 00–06: 0 · 06–12: 2 · 12–18: 0 · 18–24: 5" in caption.splitlines()


def test_nothing_is_told_of_today_where_nobody_knows() -> None:
    assert "today" not in plain(sketch("care", a_full_week(), None, today=3).caption)
    assert "today" not in plain(sketch("care", a_week(), some_people(EMPTY), today=3).caption)


@pytest.mark.parametrize(("measured", "end"), [(50, "6 min"), (0, "6 min (a guess)")])
def test_a_target_that_nobody_can_hold_is_called_that(measured: int, end: str) -> None:
    people = some_people(a_grid(mon_09=2), measured=measured)
    tight = replace(people, assumptions=replace(people.assumptions, target=minutes(5)))

    note = week_words(a_full_week(), tight).people.note

    assert note == f"5 min cannot be held: an answer takes {end}"


def test_a_guess_is_called_one() -> None:
    guessed = some_people(a_grid(mon_09=2), measured=0)

    caption = plain(sketch("care", a_full_week(), guessed).caption)

    assert "at 6 min each (a guess)" in caption


def test_little_time_is_told_as_little() -> None:
    week = a_full_week(weeks=1)

    assert plain(sketch("care", week, None).caption).endswith("chance has a large part.")


def test_a_demo_says_that_it_is_one() -> None:
    shown = sketch("care", a_week(), None, demo=True)

    assert plain(shown.caption).startswith("🗓️ DEMO When people write")


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_each_language_the_picture_holds_its_words_within_its_edges(language: str) -> None:
    with speaking(language):
        shown = sketch("care", a_full_week(), many_people())

    image = Image.open(io.BytesIO(draw(shown.picture))).convert("RGB")

    assert margins_are_empty(image)  # a letter that the font does not have would be an error
    assert shown.picture.words.right_to_left == (language in RIGHT_TO_LEFT)
    assert units(plain(shown.caption)) <= CAPTION_UNITS


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_each_language_an_empty_week_can_be_drawn(language: str) -> None:
    with speaking(language):
        words = week_words(a_week(), None)
    empty = WeekPicture(heat=a_week(), staffing=None, words=words)

    assert draw(empty) != draw(replace(empty, dark=True))


def test_the_days_are_named_from_monday() -> None:
    with speaking("sk"):
        words = week_words(a_week(), None)

    assert words.weekdays == ("po", "ut", "st", "št", "pi", "so", "ne")


def test_what_comes_once_in_years_is_not_told_as_nothing() -> None:
    week = a_week(a_grid(tue_17=1), weeks=500)

    lines = plain(sketch("care", week, some_people(EMPTY)).caption).splitlines()

    assert lines[2].endswith("up to 0.002, on Tue 17:00–18:00")
