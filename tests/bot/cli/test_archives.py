"""`mentiondesk backfill file`: what it prints, where it goes on, and how it ends."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import zstandard

from bot.cli.archive_progress import Bars
from monitor.intake.archives import Plan
from monitor.intake.past import Tally
from monitor.model import Archive, Place, Portion
from monitor.store.store import Store
from tests.bot.cli.a_desk import SETTINGS
from tests.bot.cli.running import environment, ran
from tests.builders import a_mention

KEYS = ["read", "matched", "new", "duplicate", "flagged", "bad_lines", "bytes", "seconds"]


def comment(number: int, text: str = "Acme lost my parcel, please help") -> bytes:
    row = {
        "id": f"k{number}",
        "body": text,
        "author": f"user{number}",
        "created_utc": 1_500_000_000 + 86_400 * number,
        "link_id": "t3_a",
        "parent_id": "t3_a",
        "subreddit": "acme",
        "permalink": f"/r/acme/comments/a/_/k{number}/",
    }
    return json.dumps(row).encode() + b"\n"


DUMP = b"".join(comment(number) for number in range(5)) + comment(5, "nothing of interest")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "a.ndjson").write_bytes(DUMP)
    return tmp_path


def backfill(folder: Path, *arguments: str | Path, code: int = 0) -> Any:
    """Return the object that the command printed."""
    done = ran("backfill", "file", *arguments, "--json", folder=folder)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_a_file_is_read_and_read_again_it_adds_nothing(folder: Path) -> None:
    first = backfill(folder, "a.ndjson")
    again = backfill(folder, "a.ndjson")

    assert list(first) == KEYS
    assert [first[key] for key in KEYS[:4]] == [6, 5, 5, 0]
    assert first["flagged"] > 0
    assert first["bytes"] == len(DUMP)
    assert [again[key] for key in KEYS[:5]] == [6, 5, 0, 5, 0]


def test_what_a_file_held_is_history(folder: Path) -> None:
    backfill(folder, "a.ndjson")

    assert json.loads(ran("queue", "--json", folder=folder).stdout) == []
    assert len(ran("search", "parcel", folder=folder).stdout.splitlines()) == 6


def test_a_file_packed_several_ones_and_patterns_are_read(folder: Path) -> None:
    (folder / "b.zst").write_bytes(zstandard.compress(comment(7) + comment(8)))

    found = backfill(folder, "*.zst", "a.ndjson", "--workers", "1")

    assert found["new"] == 7


def test_standard_input_is_read(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "backfill", "file", "-", "--json"],
        cwd=folder,
        env=environment(),
        input=DUMP,
        capture_output=True,
        check=True,
    )

    assert json.loads(done.stdout)["new"] == 5


def test_options_may_stand_before_the_word_file(folder: Path) -> None:
    done = ran("backfill", "--json", "--dry-run", "file", "a.ndjson", folder=folder)

    assert json.loads(done.stdout)["new"] == 5
    assert not (folder / "desk.db").exists()


def test_only_what_is_asked_for_is_taken_and_the_end_is_not_included(folder: Path) -> None:
    span = ("--since", "2017-07-15T02:40:00Z", "--until", "2017-07-17T02:40:00Z")

    found = backfill(folder, "a.ndjson", *span, "--brand", "Acme", "--dry-run")

    assert found["matched"] == 2


def test_bad_lines_are_counted_and_shown_where_they_are(folder: Path) -> None:
    (folder / "a.ndjson").write_bytes(comment(1) + b'{"body": "acme", \n' + comment(2))

    done = ran("backfill", "file", "a.ndjson", "--bad-lines", "bad.jsonl", folder=folder)

    [line] = (folder / "bad.jsonl").read_text("utf-8").splitlines()
    assert done.returncode == 0
    assert "1 bad line (" in done.stdout
    assert "bad.jsonl" in done.stderr
    assert json.loads(line)["line"] == 2


def test_a_damaged_file_is_3_and_what_was_read_is_kept(folder: Path) -> None:
    packed = zstandard.compress(b"".join(map(comment, range(2_000))), level=1)
    (folder / "a.zst").write_bytes(packed[: len(packed) // 2])
    (folder / "b.ndjson").write_bytes(comment(5_000))

    done = ran("backfill", "file", "a.zst", "b.ndjson", "--json", folder=folder)

    found = json.loads(done.stdout)
    assert done.returncode == 3
    assert "a.zst: damaged after" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    with Store(folder / "desk.db") as store:
        assert store.posts.get("reddit:t1_k5000") is not None
        assert len(list(store.posts.every())) == found["new"] > 1


def test_a_full_disk_is_one_line_and_1_and_the_same_command_goes_on(folder: Path) -> None:
    done = ran("backfill", "file", "bad.ndjson", "--bad-lines", "/dev/full", folder=_bad(folder))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "mentiondesk: /dev/full: No space left on device;"
        " nothing is lost: the same command goes on from there\n"
    )


def _bad(folder: Path) -> Path:
    (folder / "bad.ndjson").write_bytes(comment(1) + b'{"body": "acme", \n')
    return folder


def test_who_breaks_it_off_is_told_how_to_go_on(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "backfill", "file", "-"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        running.stdin.write(DUMP)
        running.stdin.flush()
        lock = folder / "desk.db.backfill.lock"
        end = time.monotonic() + 30
        while not lock.exists() and time.monotonic() < end:
            running.stdin.write(DUMP)  # it wants to see more before it says what this is
            time.sleep(0.01)
        time.sleep(0.2)

        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)

    assert running.returncode == 130
    assert told.decode() == "Stopped; the same command goes on from there.\n"


def test_two_readings_at_once_are_refused(folder: Path) -> None:
    from filelock import FileLock

    with FileLock(folder / "desk.db.backfill.lock"):
        done = ran("backfill", "file", "a.ndjson", folder=folder)

    assert done.returncode == 1
    assert "another `backfill file` is at work on it" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["gone.zst"], "gone.zst: no such file", id="missing"),
        pytest.param(["*.zst"], "*.zst: no file matches", id="no match"),
        pytest.param(["."], "is a folder", id="folder"),
        pytest.param(["a.ndjson", "--shape", "redit"], "did you mean 'reddit'?", id="shape"),
        pytest.param(["a.ndjson", "--brand", "Acne"], "did you mean 'Acme'?", id="brand"),
        pytest.param(["a.ndjson", "--since", "soon"], "expected a date", id="no date"),
        pytest.param(
            ["a.ndjson", "--since", "2026-02-02", "--until", "2026-02-02"], "not before", id="empty"
        ),
        pytest.param(["a.ndjson", "--scheduler", "tcp://h:1"], "--engine dask", id="scheduler"),
        pytest.param(["a.ndjson", "--bad-lines", "."], "is a folder", id="side file"),
        pytest.param(["a.ndjson", "--workers", "0"], "--workers", id="nobody"),
        pytest.param(["a.ndjson", "--engine", "ray"], "--engine", id="engine"),
        pytest.param([], "PATH", id="none"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], told: str, folder: Path) -> None:
    done = ran("backfill", "file", *arguments, folder=folder)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert told in done.stderr
    assert not (folder / "desk.db").exists()


def test_a_hole_is_not_filled_by_a_file(folder: Path) -> None:
    done = ran("backfill", "file", "a.ndjson", folder=folder)
    holes = ran("backfill", "--holes", "file", "a.ndjson", folder=folder)

    assert done.returncode == 0
    assert (holes.returncode, holes.stdout) == (2, "")


def test_the_bars_show_bytes_records_mentions_and_each_file(capsys: Any) -> None:
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(quiet=True))
    warmed: list[int] = []
    bars = Bars(lambda: warmed.append(1), progress)
    one, other = (Archive(path=f"d/{n}.zst", identity=n, size=100, shape="reddit") for n in "ab")
    bars.planned(Plan(archives=((one, Place(records=4)), (other, Place()))))

    bars.read(a_portion(one, 100, last=True))
    bars.read(a_portion(other, 30, last=False))
    bars.kept(Tally(matched=3, new=2, duplicate=1))

    shown = {task.description: (task.completed, task.total) for task in progress.tasks}
    assert shown == {"all": (130, 200), "b.zst": (30, 100)}
    assert progress.tasks[0].fields["found"] == 3
    assert warmed == [1, 1]
    assert capsys.readouterr().err == "d/a.zst: goes on after 4 records\n"


def a_portion(archive: Archive, size: int, *, last: bool) -> Portion:
    return Portion(
        archive=archive,
        mentions=(a_mention(),),
        read=1,
        bad=(),
        bytes=size,
        before=Place(),
        after=Place(records=1),
        last=last,
    )
