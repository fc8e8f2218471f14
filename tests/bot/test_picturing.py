"""Pictures drawn in a process of their own, which may fail without harm."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from bot.picturing import Painter
from monitor.errors import PictureError
from monitor.report.charts import WeekPicture
from monitor.report.sheet import Form
from tests.monitor.report.test_charts import WORDS, drawn
from tests.weeks import a_full_week, many_people

ROOT = Path(__file__).resolve().parents[2]
PICTURE = WeekPicture(heat=a_full_week(), staffing=many_people(), words=WORDS)


def outcome(act: Callable[[], object]) -> str:
    """Return what a call said when it failed, "" if it did not."""
    try:
        act()
    except PictureError as error:
        return str(error)
    return ""


def test_what_is_drawn_elsewhere_is_what_would_be_drawn_here() -> None:
    there = Painter()(PICTURE, Form.SVG)

    assert there == drawn(PICTURE, Form.SVG)


def test_windows_that_this_machine_prefers_but_has_not_stop_no_picture() -> None:
    painter = Painter(environ={**os.environ, "MPLBACKEND": "none that is there"})

    assert painter(PICTURE).startswith(b"\x89PNG")


def test_a_painter_draws_one_picture_after_the_other_as_they_would_be_drawn_here() -> None:
    painter = Painter()

    assert painter(PICTURE) == painter(PICTURE) == drawn(PICTURE)


def test_a_drawing_that_takes_too_long_is_given_up() -> None:
    painter = Painter(limit_s=0.01)

    with pytest.raises(PictureError, match=r"not drawn within 0\.01 s"):
        painter(PICTURE)


def test_a_painter_that_was_stopped_draws_nothing_more() -> None:
    painter = Painter()
    painter.stop()

    with pytest.raises(PictureError, match="the desk closes"):
        painter(PICTURE)


def test_a_stop_ends_the_drawing_that_is_under_way() -> None:
    painter = Painter()
    said: list[str] = []
    drawing = Thread(target=lambda: said.append(outcome(lambda: painter(PICTURE))))

    drawing.start()
    painter.stop()
    drawing.join(30)

    assert not drawing.is_alive()
    assert said[0].startswith("picture: not drawn")


def test_an_order_that_cannot_be_read_is_refused_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.picturing", "png"],
        cwd=ROOT,
        input=b'{"heat": 1}',
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(b"what to draw cannot be read:")
    assert done.stderr.count(b"\n") == 1
