"""The reliability plot is drawn where it can be, and refused in one line where it cannot."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from classifiers.measuring import plot
from classifiers.measuring.evaluation import evaluate
from classifiers.measuring.reliability import Reliability
from monitor.errors import ConfigError
from tests.classifiers.measuring.foreseen import Foreseen, post


def reliability(posts: int = 60) -> tuple[Reliability, ...]:
    labelled = [post(f"sk {n / posts} .2", n % 2, 0) for n in range(posts)]
    return evaluate(Foreseen(), labelled).reliability


def test_a_picture_is_written(tmp_path: Path) -> None:
    plot.draw(reliability(), tmp_path / "plot.png", "1/foreseen")

    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_drawing_is_the_same_each_time_and_has_a_panel_for_each_label(tmp_path: Path) -> None:
    for name in ("one.svg", "two.SVG"):
        plot.draw(reliability(), tmp_path / name, "1/foreseen")

    one, two = (tmp_path / name for name in ("one.svg", "two.SVG"))
    assert one.read_bytes() == two.read_bytes()
    groups = [each.get("id", "") for each in ElementTree.parse(one).iter()]
    assert sum(name.startswith("axes_") for name in groups) == 4  # two curves, two histograms


def test_nothing_to_show_is_still_a_picture(tmp_path: Path) -> None:
    plot.draw(reliability(0), tmp_path / "plot.png", "1/foreseen")

    assert (tmp_path / "plot.png").exists()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("plot.pdf", "ends in .png or .svg", id="another kind"),
        pytest.param("plot", "ends in .png or .svg", id="no kind"),
        pytest.param("nowhere/plot.png", "there is no folder", id="no folder"),
    ],
)
def test_a_place_that_does_not_do_is_named(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        plot.check(tmp_path / name)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "plot.png").mkdir()

    with pytest.raises(ConfigError, match=r"plot\.png: Is a directory"):
        plot.draw(reliability(), tmp_path / "plot.png", "1/foreseen")


def test_matplotlib_is_imported_to_draw_and_not_before() -> None:
    import subprocess

    words = "import classifiers.measuring.evaluation, classifiers.measuring.plot, sys"
    command = f"{words}; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
