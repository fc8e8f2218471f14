"""`mentiondesk bench`: what a measurement takes."""

import json
from pathlib import Path

import pytest

from tests.bot.cli.running import ran


def test_every_measurement_is_listed(tmp_path: Path) -> None:
    listed = ran("bench", "--json", folder=tmp_path)

    assert {"match", "sources", "store"} <= set(json.loads(listed.stdout))


def test_an_option_that_a_measurement_has_not_is_wrong_usage(tmp_path: Path) -> None:
    posts = ran("bench", "match", "--posts", "5", folder=tmp_path)
    broken = ran("bench", "store", "--break", folder=tmp_path)

    assert (posts.returncode, broken.returncode) == (2, 2)
    assert "bench: 'match' has no --posts" in posts.stderr
    assert "bench: 'store' has no --break" in broken.stderr


@pytest.mark.parametrize("name", ["backfill", "live"])
def test_what_is_measured_by_several_files_is_found(tmp_path: Path, name: str) -> None:
    posts = ran("bench", name, "--posts", "5", folder=tmp_path)

    assert f"bench: '{name}' has no --posts" in posts.stderr


def test_how_often_something_is_measured_can_be_said(tmp_path: Path) -> None:
    startup = ran("bench", "startup", "--rounds", "1", "--json", folder=tmp_path)
    tick = ran("bench", "tick", "--rounds", "1", folder=tmp_path)

    assert json.loads(startup.stdout)["rounds"] == 1
    assert "bench: 'tick' has no --rounds" in tick.stderr


def test_a_year_begins_on_a_day_that_there_is(tmp_path: Path) -> None:
    begun = ran("bench", "desk", "--begin", "02-29", "--harsh", folder=tmp_path)
    elsewhere = ran("bench", "store", "--harsh", folder=tmp_path)

    assert (begun.returncode, elsewhere.returncode) == (2, 2)
    assert "bench desk: --begin takes a day, 06-29, got '02-29'" in begun.stderr
    assert "bench: 'store' has no --harsh" in elsewhere.stderr
