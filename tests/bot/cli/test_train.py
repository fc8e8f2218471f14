"""`mentiondesk train`: asked plainly, asked wrongly, and with something to show."""

import json
from pathlib import Path

import pytest

from classifiers import pipeline
from classifiers.learning import shelf
from classifiers.learning.shelf import Shelf
from tests.bot.cli.a_desk import SETTINGS
from tests.bot.cli.running import ran
from tests.classifiers.learning.shelves import damage, failed, promoted
from tests.desk import a_bench


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    a_bench(tmp_path).store.close()
    return tmp_path


def a_shelf(folder: Path, *identities: str) -> Shelf:
    """Return the shelf of the desk in `folder` after a promotion for each of `identities`."""
    kept = Shelf(shelf.folder_of(folder / "desk.db"))
    with kept.held():
        for identity in identities:
            promoted(kept, identity)
    return kept


def test_plain_train_says_where_the_weights_come_from(folder: Path) -> None:
    done = ran("train", folder=folder)

    assert done.returncode == 2
    assert "--with-taps" in done.stderr
    assert "`make model`" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--list", "--rollback"), id="two at once"),
        pytest.param(("--list", "--dry-run"), id="a dry run of nothing"),
        pytest.param(("--dry-run", "--report", "3"), id="a dry run of a report"),
    ],
)
def test_what_does_not_go_together_is_one_line(folder: Path, options: tuple[str, ...]) -> None:
    done = ran("train", *options, folder=folder)

    assert done.returncode == 2
    assert "give one of --with-taps [--dry-run], --rollback, --list, --report N" in done.stderr


def test_a_desk_that_never_ran_has_nothing_to_learn_from(tmp_path: Path) -> None:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")

    done = ran("train", "--with-taps", folder=tmp_path)

    assert done.returncode == 1
    assert "no database yet" in done.stderr


def test_too_few_taps_are_told(folder: Path) -> None:
    done = ran("train", "--with-taps", "--json", folder=folder)

    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert (found["number"], found["promoted"], found["posts"]) == (None, False, 0)
    assert "200 are needed" in found["summary"]


def test_a_judge_that_learned_nothing_has_an_empty_list(folder: Path) -> None:
    done = ran("train", "--list", folder=folder)

    assert (done.returncode, done.stdout) == (0, "")
    assert "the shipped judge speaks alone" in done.stderr


def test_the_list_tells_what_holds(folder: Path) -> None:
    kept = a_shelf(folder, "one", "one")
    with kept.held():
        failed(kept)

    found = json.loads(ran("train", "--list", "--json", folder=folder).stdout)

    assert found["holds"] == 2
    assert [
        (one["number"], one["promoted"], one["holds"], one["kept"]) for one in found["attempts"]
    ] == [(1, True, False, True), (2, True, True, True), (3, False, False, False)]


def test_an_adjustment_of_another_model_is_shown_as_set_aside(folder: Path) -> None:
    a_shelf(folder, "another")

    done = ran("train", "--list", folder=folder)

    assert "set aside" in done.stdout
    assert "learned on model test-another" in done.stderr


def test_a_report_is_shown_as_it_was_written(folder: Path) -> None:
    a_shelf(folder, "one")

    done = ran("train", "--report", "1", folder=folder)

    assert done.stdout == "# Challenger 1\n"


def test_a_report_that_is_not_there_is_one_line(folder: Path) -> None:
    done = ran("train", "--report", "7", folder=folder)

    assert done.returncode == 1
    assert "there is no report 7" in done.stderr


def test_going_back_is_told_and_the_next_summary_knows(folder: Path) -> None:
    own = pipeline.identity()[1]
    a_shelf(folder, own, own)

    back = [ran("train", "--rollback", folder=folder) for _ in range(2)]
    further = ran("train", "--rollback", folder=folder)

    assert "went back to what it had learned with challenger 1" in back[0].stderr
    assert "went back to what it was when it was installed" in back[1].stderr
    assert further.returncode == 1
    assert "nothing to go back to" in further.stderr


def test_a_damaged_adjustment_is_told_in_one_line(folder: Path) -> None:
    kept = a_shelf(folder, "one")
    damage(next(kept.folder.glob("0001-*.npz")))

    done = ran("train", "--list", folder=folder)

    assert done.returncode == 0
    assert "damaged" in done.stderr
