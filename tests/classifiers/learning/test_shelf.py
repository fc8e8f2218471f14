"""What was learned is kept whole or not at all, and can be taken back step by step."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from classifiers.components.judge import Adjustment
from classifiers.learning import adjustments, shelf
from classifiers.learning.adjustments import OtherModelError
from classifiers.learning.shelf import KEPT, Shelf
from monitor.errors import ClassifierError
from tests.classifiers.learning.shelves import damage, failed, promoted

ROOT = Path(__file__).parents[3]
PROMOTES_FOR_EVER = """
import sys
from pathlib import Path
from tests.classifiers.learning.shelves import promoted
from classifiers.learning.shelf import Shelf
kept = Shelf(Path(sys.argv[1]))
while True:
    with kept.held():
        number = promoted(kept)
    print(number, flush=True)
"""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Shelf]:
    found = Shelf(shelf.folder_of(tmp_path / "desk.db"))
    with found.held():
        yield found


def test_a_desk_that_learned_nothing_has_the_shipped_judge(tmp_path: Path) -> None:
    folder = shelf.folder_of(tmp_path / "desk.db")

    assert folder == tmp_path / "desk.db.judge"
    assert shelf.current(folder) is None
    assert shelf.stamp(folder) is None
    assert Shelf(folder).listed() == []


def test_what_was_promoted_holds_as_it_was_written(kept: Shelf) -> None:
    promoted(kept)

    path = shelf.current(kept.folder)
    assert path is not None
    found = adjustments.fitting(path, "test-one", "one")
    assert found.number == 1
    assert found.bias == {"complaint": 0.25, "request": 0.0}
    assert np.array_equal(found.weights["complaint"], np.zeros(384, dtype=np.float32))


def test_a_challenger_that_failed_leaves_its_report_alone(kept: Shelf) -> None:
    first = promoted(kept)

    second = failed(kept)

    assert kept.number() == first
    assert kept.report(second) == "# Challenger 2\n"
    assert [(row.attempt.number, row.holds, row.kept) for row in kept.listed()] == [
        (1, True, True),
        (2, False, False),
    ]


def test_files_are_the_owners_alone(kept: Shelf) -> None:
    promoted(kept)

    assert kept.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in kept.folder.iterdir()} == {0}


def test_going_back_can_be_repeated_until_the_shipped_judge_speaks(kept: Shelf) -> None:
    for _ in range(3):
        promoted(kept)

    back = [kept.roll_back("one") for _ in range(3)]

    assert back == [2, 1, 0]
    assert shelf.current(kept.folder) is None
    with pytest.raises(ClassifierError, match="nothing to go back to"):
        kept.roll_back("one")


def test_after_going_back_the_next_one_follows_what_holds(kept: Shelf) -> None:
    promoted(kept)
    promoted(kept)
    kept.roll_back("one")

    third = promoted(kept)

    assert (third, kept.roll_back("one")) == (3, 1)


def test_going_back_passes_over_what_is_of_no_use(kept: Shelf) -> None:
    promoted(kept)
    promoted(kept, identity="other")
    broken = promoted(kept)
    promoted(kept)
    damage(next(kept.folder.glob(f"{broken:04}-*.npz")))

    assert kept.roll_back("one") == 1


def test_ten_old_ones_are_kept_beside_the_present_one(kept: Shelf) -> None:
    for _ in range(KEPT + 4):
        promoted(kept)
        failed(kept)

    numbers = [row.attempt.number for row in kept.listed() if row.kept]
    assert len(numbers) == KEPT + 1
    assert numbers[-1] == kept.number()
    assert len(list(kept.folder.glob("*.npz"))) == KEPT + 1
    assert sum(not row.kept for row in kept.listed()) == KEPT


def test_no_number_is_given_twice(kept: Shelf) -> None:
    for _ in range(KEPT + 3):
        failed(kept)

    assert kept.next_number() == KEPT + 4


def test_a_damaged_adjustment_is_one_clear_line(kept: Shelf) -> None:
    promoted(kept)
    path = shelf.current(kept.folder)
    assert path is not None
    damage(path)

    with pytest.raises(ClassifierError, match=r"0001-[0-9a-f]{16}\.npz: damaged"):
        adjustments.read(path)


def test_a_missing_adjustment_is_one_clear_line(kept: Shelf) -> None:
    promoted(kept)
    path = shelf.current(kept.folder)
    assert path is not None
    path.unlink()

    with pytest.raises(ClassifierError, match="missing"):
        adjustments.read(path)


@pytest.mark.parametrize(
    "said", ["", "../../etc/passwd", "0001.npz", "x/0001-0123456789abcdef.npz"]
)
def test_a_current_that_names_no_adjustment_is_one_clear_line(kept: Shelf, said: str) -> None:
    (kept.folder / "current").write_text(said)

    with pytest.raises(ClassifierError, match="current: names no adjustment"):
        shelf.current(kept.folder)
    assert kept.number() == 0
    assert kept.roll_back("one") == 0


def test_an_adjustment_of_another_model_is_set_aside_with_a_sentence(kept: Shelf) -> None:
    promoted(kept, identity="other")
    path = shelf.current(kept.folder)
    assert path is not None

    with pytest.raises(OtherModelError, match=r"learned on model test-other .* set aside"):
        adjustments.fitting(path, "test-one", "one")


def test_damaged_facts_harm_nobody(kept: Shelf) -> None:
    promoted(kept)
    (kept.folder / "0001.json").write_text("{")

    assert kept.listed() == []
    assert kept.number() == 1


def test_whoever_taught_it_may_be_forgotten(kept: Shelf) -> None:
    promoted(kept, posts=(1, 2))
    promoted(kept, posts=(1, 2, 3))
    promoted(kept, posts=(2,))

    assert kept.withdraw({3}) == 1
    assert kept.number() == 3

    assert kept.withdraw({2}) == 2
    assert kept.number() == 0


def test_two_do_not_teach_at_once(kept: Shelf) -> None:
    with pytest.raises(ClassifierError, match="another process teaches"), Shelf(kept.folder).held():
        pass


def test_what_a_dead_process_left_unfinished_is_cleared_away(tmp_path: Path) -> None:
    kept = Shelf(tmp_path)
    (tmp_path / ".0001.md.77.tmp").write_bytes(b"half")

    with kept.held():
        pass

    assert not list(tmp_path.glob(".*.tmp"))


@pytest.mark.parametrize("promotions", [1, 2, 5])
def test_a_kill_while_it_is_promoted_leaves_no_half_state(tmp_path: Path, promotions: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROMOTES_FOR_EVER, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as said:
        for _ in range(promotions):
            assert said.readline()
        process.send_signal(signal.SIGKILL)

    kept = Shelf(tmp_path)
    path = shelf.current(tmp_path)
    assert path is not None
    assert adjustments.read(path).adjustment.number >= promotions
    with kept.held():
        assert promoted(kept) == kept.number()


def test_an_adjustment_adds_to_the_log_odds_of_its_labels() -> None:
    weights = {"complaint": np.array([1.0, 0.0]), "request": np.array([0.0, -1.0])}
    made = Adjustment(1, weights, {"complaint": 0.5, "request": 0.0})

    vector = np.array([2.0, 3.0], dtype=np.float32)

    assert made.added("complaint", vector) == 2.5
    assert made.added("request", vector) == -3.0
