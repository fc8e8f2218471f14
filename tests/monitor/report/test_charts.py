"""The picture of a week, looked at as pixels and as what stands in the file."""

import io
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache

import pytest
from PIL import Image

from monitor.report.charts import HEIGHT, WIDTH, Panel, WeekPicture, Words, draw
from monitor.report.heat import DAYS, HOURS, Grid
from monitor.report.sheet import Form
from tests.weeks import EMPTY, a_full_week, a_grid, a_week, many_people, some_people

WORDS = Words(
    title="When people write",
    period="12 Jan to 8 Mar 2026",
    arrivals=Panel(heading="New items", note="most on Friday", nothing="Nothing came in."),
    breaches=Panel(heading="Late", note="most on Sunday", nothing="None was late."),
    people=Panel(heading="People", note="90 % in time", nothing="Too early to tell."),
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)
BLUE = (11, 79, 158)  # of the hour in which most came
INK = (24, 32, 44)
GREEN = (7, 105, 76)  # of the hour that needs most people
EMPTY_CELL = (236, 239, 244)
SATURDAY, SUNDAY = set(range(458, 500)), set(range(500, 542))  # of the uppermost grid
FIRST_ROW = 247  # the legend, which has that colour too, stands above


def a_picture(arrivals: Grid = EMPTY, *, mirrored: bool = False) -> WeekPicture:
    words = replace(WORDS, right_to_left=mirrored)
    return WeekPicture(heat=a_week(arrivals), staffing=None, words=words)


@cache
def drawn(picture: WeekPicture, form: Form = Form.PNG) -> bytes:
    """Return a picture that is drawn once for all tests that look at it."""
    return draw(picture, form)


def pixels(picture: WeekPicture) -> Image.Image:
    return Image.open(io.BytesIO(drawn(picture))).convert("RGB")


def of_colour(image: Image.Image, colour: tuple[int, int, int]) -> list[tuple[int, int]]:
    found = image.load()
    assert found is not None
    return [
        (x, y)
        for y in range(0, image.height, 2)
        for x in range(0, image.width, 2)
        if found[x, y] == colour
    ]


def written(picture: WeekPicture) -> int:
    """Return how many pieces of text stand on a picture."""
    return len(re.findall(rb'<g id="text_', drawn(picture, Form.SVG)))


def test_a_picture_is_portrait_and_large_enough_for_a_phone() -> None:
    image = pixels(a_picture())

    assert image.size == (WIDTH, HEIGHT)
    assert WIDTH + HEIGHT <= 10_000  # what a chat takes
    assert 1 < HEIGHT / WIDTH < 2


@pytest.mark.parametrize("form", Form)
def test_equal_pictures_are_equal_files(form: Form) -> None:
    picture = WeekPicture(heat=a_full_week(), staffing=many_people(), words=WORDS)

    assert draw(picture, form) == drawn(picture, form)


def test_the_hours_run_the_way_the_reader_reads() -> None:
    monday_at_night = a_grid(mon_00=9)

    left = of_colour(pixels(a_picture(monday_at_night)), BLUE)
    right = of_colour(pixels(a_picture(monday_at_night, mirrored=True)), BLUE)
    cell = [x for x, y in left if y > FIRST_ROW]
    mirrored = [x for x, y in right if y > FIRST_ROW]

    assert 100 < min(cell) < max(cell) < 250
    assert WIDTH - 250 < min(mirrored) < max(mirrored) < WIDTH - 100


def test_a_later_day_stands_lower_and_a_later_hour_further_on() -> None:
    def middle(arrivals: Grid) -> tuple[int, int]:
        found = [
            each for each in of_colour(pixels(a_picture(arrivals)), BLUE) if each[1] > FIRST_ROW
        ]
        return found[len(found) // 2]

    early, late = middle(a_grid(tue_02=5)), middle(a_grid(sun_21=5))

    assert early[0] < late[0]
    assert early[1] < late[1]


def test_hours_side_by_side_that_need_as_many_share_one_figure() -> None:
    each_another = WeekPicture(heat=a_week(), staffing=many_people(), words=WORDS)
    all_the_same = replace(each_another, staffing=some_people(((2,) * HOURS,) * DAYS))

    assert written(each_another) - written(all_the_same) == DAYS * (HOURS - 1)


def test_nobody_is_shown_at_an_hour_that_needs_nobody() -> None:
    shift = tuple(tuple(3 * (8 <= hour < 16) for hour in range(HOURS)) for _ in range(DAYS))
    picture = WeekPicture(heat=a_week(), staffing=some_people(shift), words=WORDS)
    nobody = replace(picture, staffing=None)

    assert written(picture) - written(nobody) == DAYS - 1  # "too early to tell" is gone


def test_where_an_hour_has_more_than_two_digits_all_are_told_by_their_colour() -> None:
    few = WeekPicture(heat=a_week(breaches=a_grid(mon_09=99, fri_20=7)), staffing=None, words=WORDS)
    many = replace(few, heat=a_week(breaches=a_grid(mon_09=100, fri_20=7)))

    assert written(few) - written(many) == 2


def test_one_person_is_not_shown_as_a_crowd() -> None:
    alone = replace(a_picture(), staffing=some_people(((1,) * HOURS,) * DAYS))
    crowd = replace(a_picture(), staffing=some_people(((3,) * HOURS,) * DAYS))

    assert of_colour(pixels(crowd), GREEN)
    assert not of_colour(pixels(alone), GREEN)


def test_an_hour_that_never_came_is_left_out() -> None:
    week = a_picture()
    sunday_to_come = (*week.heat.hours[:6], (0.0,) * HOURS)
    young = replace(week, heat=replace(week.heat, hours=sunday_to_come))

    rows = {y for _, y in of_colour(pixels(young), EMPTY_CELL)}

    assert rows & SATURDAY
    assert not rows & SUNDAY


def test_the_name_of_today_stands_out() -> None:
    def ink_of_friday(today: int) -> int:
        week = replace(a_picture(), words=replace(WORDS, today=today))
        return len(of_colour(pixels(week).crop((0, 416, 130, 458)), INK))

    assert ink_of_friday(today=4) > ink_of_friday(today=3) > 0


def test_a_dark_picture_is_dark() -> None:
    picture = WeekPicture(heat=a_full_week(), staffing=many_people(), words=WORDS)

    light, dark = (
        sum(pixels(each).convert("L").resize((1, 1)).tobytes())
        for each in (picture, replace(picture, dark=True))
    )

    assert dark < 100 < light


def test_figures_are_written_with_the_numerals_given() -> None:
    picture = WeekPicture(heat=a_full_week(), staffing=many_people(), words=WORDS)
    arabic = replace(picture, words=replace(WORDS, numerals="٠١٢٣٤٥٦٧٨٩", decimal="٫"))

    assert drawn(arabic) != drawn(picture)
    assert written(arabic) == written(picture)


def test_a_line_too_long_for_the_sheet_is_written_smaller() -> None:
    long = Panel(heading="heading " * 12, note="note " * 40, nothing="nothing " * 20)
    words = replace(
        WORDS, title="title " * 20, period="p " * 99, arrivals=long, breaches=long, people=long
    )

    image = pixels(WeekPicture(heat=a_week(a_grid(mon_09=5)), staffing=None, words=words))

    assert margins_are_empty(image)


def margins_are_empty(image: Image.Image, margin: int = 30) -> bool:
    """Return whether nothing is written beyond the edges of the sheet."""
    sides = [(0, 0, margin, HEIGHT), (WIDTH - margin, 0, WIDTH, HEIGHT)]
    return all(len(image.crop(side).getcolors() or ()) == 1 for side in sides)


def test_what_draws_is_loaded_only_to_draw() -> None:
    command = "import monitor.report.charts, sys; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
