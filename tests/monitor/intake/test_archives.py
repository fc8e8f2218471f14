"""Archives on their way into the store: where a reading goes on, what is counted, what is bad."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ConfigError, MonitorError, StoreBusyError, StoreError, UnavailableError
from monitor.intake.archives import Backfill, Damaged, Done, Plan, Sought
from monitor.intake.past import Past, Tally
from monitor.matching.matcher import Matcher
from monitor.model import Mention, Place, Portion
from monitor.sections import ArchiveSettings
from tests.builders import NOON, a_brand, a_mention
from tests.desk import FOUND_LATE, Bench, a_bench
from tests.fakes import Shelf

BAD = '{"id": '
SOUGHT = Sought(brands=(a_brand(),))
STOPPED = KeyboardInterrupt()


class Ear:
    """Hears how a reading goes."""

    def __init__(self) -> None:
        self.plan = Plan(archives=())
        self.kept_tallies: list[Tally] = []
        self.portions = 0

    def planned(self, plan: Plan) -> None:
        self.plan = plan

    def read(self, portion: Portion) -> None:
        self.portions += 1

    def kept(self, tally: Tally) -> None:
        self.kept_tallies.append(tally)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return a_bench(tmp_path)


def a_backfill(bench: Bench, shelf: Shelf, ear: Ear | None = None) -> Backfill:
    past = Past(
        bench.ledger, Matcher(bench.brands), bench.judge, bench.brands, found_late=FOUND_LATE
    )
    moments = (NOON + timedelta(seconds=3 * n) for n in range(10_000))  # each portion is written
    return Backfill(shelf, past, bench.store, moments.__next__, ear or Ear())


def run(
    bench: Bench,
    shelf: Shelf,
    sought: Sought = SOUGHT,
    side: Path | None = None,
    ear: Ear | None = None,
) -> Done:
    return a_backfill(bench, shelf, ear).run(shelf.archives, sought, side)


def complaints(*numbers: int) -> list[Mention | str | None]:
    """Return a post a number, written long ago by somebody else each."""
    return [
        a_mention(
            f"Acme complaint {number}",
            key=f"reddit:{number}",
            author=f"a{number}",
            posted_at=NOON - timedelta(days=1000 + number),
        )
        for number in numbers
    ]


def keys(bench: Bench) -> list[str]:
    return [post.mention.key for post in bench.store.posts.every()]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def test_what_names_a_brand_is_kept_and_everything_is_counted(bench: Bench) -> None:
    shelf = Shelf({"a.zst": [*complaints(1, 2), None, BAD], "b.zst": complaints(2, 3)})

    done = run(bench, shelf)

    assert done.sum.tally == Tally(matched=4, new=3, duplicate=1, flagged=3)
    assert (done.sum.read, done.sum.bytes, done.sum.bad_lines) == (6, 6, 1)
    assert keys(bench) == ["reddit:1", "reddit:2", "reddit:3"]


def test_what_was_broken_off_goes_on_behind_what_was_kept(bench: Bench) -> None:
    shelf = Shelf({"a.zst": complaints(*range(9))}, stop_after=5, error=STOPPED)
    with pytest.raises(KeyboardInterrupt):
        run(bench, shelf)

    ended = run(bench, shelf)

    began = shelf.asked[1]["a.zst"]
    assert 0 < began <= 5
    assert (ended.sum.tally.new, ended.sum.tally.duplicate) == (9 - began, 0)
    assert keys(bench) == [f"reddit:{number}" for number in range(9)]


def test_archives_that_were_read_before_others_were_broken_off_are_not_read_again(
    bench: Bench,
) -> None:
    archives = {"a.zst": complaints(1), "b.zst": complaints(2, 3), "c.zst": complaints(4)}
    shelf = Shelf(archives, stop_after=4, error=STOPPED)
    with pytest.raises(KeyboardInterrupt):
        run(bench, shelf)

    ear = Ear()
    run(bench, shelf, ear=ear)

    assert [each.path for each in ear.plan.done] == ["a.zst"]
    assert list(shelf.asked[1]) == ["b.zst", "c.zst"]
    assert sorted(keys(bench)) == ["reddit:1", "reddit:2", "reddit:3", "reddit:4"]


def test_one_that_was_read_to_its_end_is_read_again_and_adds_nothing(bench: Bench) -> None:
    shelf = Shelf({"a.zst": [*complaints(1, 2), BAD]})
    run(bench, shelf)

    again = run(bench, shelf)

    assert shelf.asked == [{"a.zst": 0}, {"a.zst": 0}]
    assert again.sum.tally == Tally(matched=2, duplicate=2)
    assert len(lines(Path(again.side_files[0]))) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"brands": (replace(a_brand(), keywords=("acme", "a.c.m.e")),)}, id="words"),
        pytest.param({"brand": "Acme"}, id="brand"),
        pytest.param({"since": NOON}, id="since"),
        pytest.param({"until": NOON}, id="until"),
        pytest.param({"zone": "Europe/Bratislava"}, id="zone"),
        pytest.param(
            {
                "shapes": {
                    "reddit": ArchiveSettings(
                        name="reddit", platform="x", id="id", text=("text",), posted_at="at"
                    )
                }
            },
            id="columns",
        ),
    ],
)
def test_what_is_asked_otherwise_begins_anew(other: dict[str, Any], bench: Bench) -> None:
    shelf = Shelf({"a.zst": complaints(*range(9))}, stop_after=5, error=STOPPED)
    with pytest.raises(KeyboardInterrupt):
        run(bench, shelf)

    run(bench, shelf, replace(SOUGHT, **other))

    assert shelf.asked[1] == {"a.zst": 0}


def test_a_file_under_another_name_goes_on_and_a_changed_one_begins_anew(bench: Bench) -> None:
    shelf = Shelf({"a.zst": complaints(*range(9))}, stop_after=5, error=STOPPED)
    with pytest.raises(KeyboardInterrupt):
        run(bench, shelf)

    moved, changed = Shelf({"b.zst": complaints(*range(9))}), Shelf({"a.zst": complaints(7)})
    moved.archives = (replace(moved.archives[0], identity="id of a.zst"),)
    changed.archives = (replace(changed.archives[0], identity="another"),)
    run(bench, changed)
    run(bench, moved)

    assert moved.asked[0]["b.zst"] > 0
    assert changed.asked == [{"a.zst": 0}]


def test_two_names_of_the_same_are_read_once(bench: Bench) -> None:
    shelf = Shelf({"a.zst": complaints(1), "b.zst": complaints(1)})
    shelf.archives = (shelf.archives[0], replace(shelf.archives[1], identity="id of a.zst"))
    ear = Ear()

    run(bench, shelf, ear=ear)

    assert shelf.asked == [{"a.zst": 0}]
    assert [(one.path, first.path) for one, first in ear.plan.same] == [("b.zst", "a.zst")]


def test_standard_input_has_no_place_to_go_on_from(bench: Bench) -> None:
    shelf = Shelf({"-": complaints(*range(9))}, stop_after=5, error=STOPPED)
    shelf.archives = (replace(shelf.archives[0], identity="", size=0),)
    with pytest.raises(KeyboardInterrupt):
        run(bench, shelf)

    done = run(bench, shelf)

    assert shelf.asked == [{"-": 0}, {"-": 0}]
    assert done.sum.tally.matched == 9
    assert len(keys(bench)) == 9


def test_damage_is_told_what_was_read_is_kept_and_the_others_go_on(bench: Bench) -> None:
    shelf = Shelf({"a.zst": complaints(1, 2), "b.zst": complaints(3)}, damaged=["a.zst"])

    done = run(bench, shelf)

    reason = "it ends in the middle"
    assert done.damaged == (Damaged(archive=shelf.archives[0], records=2, reason=reason),)
    assert len(keys(bench)) == 3


def test_bad_lines_stand_in_a_file_beside_the_database_that_nobody_else_reads(
    bench: Bench, tmp_path: Path
) -> None:
    done = run(bench, Shelf({"dumps/a.zst": [BAD, None, "\ud800"]}))

    [path] = map(Path, done.side_files)
    assert path == tmp_path / "bad-lines" / "a.zst.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    assert lines(path) == [
        {"archive": "dumps/a.zst", "line": 1, "reason": "expected JSON", "text": BAD},
        {"archive": "dumps/a.zst", "line": 3, "reason": "expected JSON", "text": "\ud800"},
    ]


def test_no_bad_line_is_lost_or_doubled_by_a_break(bench: Bench, tmp_path: Path) -> None:
    shelf = Shelf({"a.zst": [BAD] * 9}, stop_after=5, error=STOPPED)
    with pytest.raises(KeyboardInterrupt):
        run(bench, shelf)
    side = tmp_path / "bad-lines" / "a.zst.jsonl"
    with side.open("a") as left_by_a_crash:
        left_by_a_crash.write('{"archive": "a.zst", "line": 77')

    run(bench, shelf)

    assert [line["line"] for line in lines(side)] == list(range(1, 10))


def test_archives_of_one_name_have_files_of_their_own(bench: Bench) -> None:
    done = run(bench, Shelf({"2024/a.zst": [BAD], "2025/a.zst": [BAD]}))

    assert [len(lines(Path(path))) for path in done.side_files] == [1, 1]
    assert len(set(done.side_files)) == 2


def test_all_bad_lines_go_where_one_says(bench: Bench, tmp_path: Path) -> None:
    side = tmp_path / "bad.jsonl"

    run(bench, Shelf({"a.zst": [BAD], "b.zst": [None, BAD]}), side=side)

    assert [(line["archive"], line["line"]) for line in lines(side)] == [("a.zst", 1), ("b.zst", 2)]


def test_no_file_that_holds_something_else_is_written_over(bench: Bench, tmp_path: Path) -> None:
    precious = tmp_path / "a.zst"
    precious.write_text('{"id": 1}\n', encoding="utf-8")

    with pytest.raises(ConfigError, match="holds something else than bad lines"):
        run(bench, Shelf({str(precious): [BAD]}), side=precious)

    assert precious.read_text("utf-8") == '{"id": 1}\n'
    assert bench.store.archives.side_length(str(precious)) == 0


def test_a_side_file_that_cannot_be_written_is_one_line(bench: Bench) -> None:
    with pytest.raises(StoreError, match=r"/dev/full: No space left on device"):
        run(bench, Shelf({"a.zst": [BAD]}), side=Path("/dev/full"))


def test_a_full_disk_ends_it_and_later_it_goes_on(bench: Bench) -> None:
    shelf = Shelf({"a.zst": complaints(*range(200))})
    database = bench.store._database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages + 40}").fetchone()
    with pytest.raises(StoreBusyError, match="full"):
        run(bench, shelf)
    kept = len(keys(bench))

    database.execute("PRAGMA max_page_count = 1000000").fetchone()
    ended = run(bench, shelf)

    assert 0 < kept < 200
    assert shelf.asked[1] == {"a.zst": kept}
    assert ended.sum.tally == Tally(matched=200 - kept, new=200 - kept, flagged=200 - kept)


def test_what_comes_out_of_order_is_not_taken_for_read(bench: Bench) -> None:
    class Skipping(Shelf):
        def portions(self, wanted: Any) -> Any:
            for number, portion in enumerate(super().portions(wanted)):
                if number != 2:
                    yield portion

    shelf = Skipping({"a.zst": complaints(*range(5))})

    with pytest.raises(UnavailableError, match="out of order"):
        run(bench, shelf)


def test_who_reads_may_give_up_and_what_was_kept_stays(bench: Bench) -> None:
    gone = UnavailableError("archives", "no process can be started")
    shelf = Shelf({"a.zst": complaints(*range(9))}, stop_after=5, error=gone)

    with pytest.raises(MonitorError, match="no process"):
        run(bench, shelf)

    assert len(keys(bench)) > 2


def test_a_count_reads_all_and_keeps_nothing(bench: Bench) -> None:
    shelf = Shelf({"a.zst": [*complaints(1, 2), BAD], "b.zst": complaints(2)})

    done = a_backfill(bench, shelf).count(shelf.archives, SOUGHT)
    run(bench, shelf)

    assert done.sum.tally == Tally(matched=3, new=2, duplicate=1, flagged=2)
    assert done.side_files == ()
    assert shelf.asked[1] == {"a.zst": 0, "b.zst": 0}
    assert len(keys(bench)) == 2


def test_it_is_heard_how_far_it_is(bench: Bench) -> None:
    shelf, ear = Shelf({"a.zst": complaints(1, 2)}), Ear()

    run(bench, shelf, ear=ear)

    assert ear.plan.archives == ((shelf.archives[0], Place()),)
    assert ear.portions == 3
    assert sum(each.new for each in ear.kept_tallies) == 2


def test_what_finds_copies_is_dropped_once_all_is_read(bench: Bench) -> None:
    shelf = Shelf({"a.zst": complaints(*range(9))}, stop_after=5, error=STOPPED)
    with pytest.raises(KeyboardInterrupt):
        run(bench, shelf)
    between = band_count(bench)

    run(bench, shelf)

    assert between > 0
    assert band_count(bench) == 0


def band_count(bench: Bench) -> int:
    return int(bench.store._database.execute("SELECT count(*) FROM post_bands").fetchone()[0])
