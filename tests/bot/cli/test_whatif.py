"""`mentiondesk whatif`: the past under the policies of a file."""

from pathlib import Path

import pytest

from tests.bot.cli.a_desk import a_desk_with_a_past, answer
from tests.bot.cli.running import ran


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a_desk_with_a_past(tmp_path)
    return tmp_path


def a_file(folder: Path, text: str) -> Path:
    path = folder / "other.toml"
    path.write_text(text, "utf-8")
    return path


def test_hit_rates_stand_side_by_side(folder: Path) -> None:
    path = a_file(folder, '[[policy]]\nname = "strict"\nfirst_response = "2m"\n')

    found = answer("whatif", "--policy", path, "--since", "2d", "--json", folder=folder)
    shown = ran("whatif", "--policy", path, "--since", "2d", folder=folder)

    first = next(each for each in found["targets"] if each["target"] == "first_response")
    assert (first["was"]["met"], first["was"]["of"], first["would"]["met"]) == (3, 5, 0)
    assert first["spoilt"] == 3
    assert first["was"]["team_time"]["count"] == 3
    assert "first response\twhat if\t0 of 5\t0.0 %" in shown.stdout
    assert "5 clocks, 0 missed targets would have been met, 3 met ones missed" in shown.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "expected [[policy]], [[rule]] or [[calendar]]", id="nothing"),
        pytest.param('[[polcy]]\nname = "a"', "unknown key 'polcy'; did you mean", id="misspelt"),
        pytest.param('[[policy]]\nname = "a"\nclaim = 5', "policy", id="a bad duration"),
        pytest.param(
            '[[policy]]\nname = "a"\ncalendar = "b"', "unknown calendar 'b'", id="no calendar"
        ),
        pytest.param(
            '[[policy]]\nname = "a"\n[[rule]]\npolicy = "a"\nwhen = { brand = "Acmee" }',
            "rule[1].when.brand: unknown brand 'Acmee'",
            id="no brand",
        ),
        pytest.param("policy = ", "end of document", id="no TOML"),
    ],
)
def test_a_file_that_is_wrong_is_told_in_one_line(folder: Path, text: str, told: str) -> None:
    done = ran("whatif", "--policy", a_file(folder, text), "--since", "2d", folder=folder)

    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_time_that_ends_before_it_begins_is_refused(folder: Path) -> None:
    path = a_file(folder, '[[policy]]\nname = "a"\n')

    done = ran("whatif", "--policy", path, "--since", "1d", "--until", "2d", folder=folder)

    assert done.returncode == 2
    assert "--until: expected a moment after --since" in done.stderr
