"""When the judge learns at night, in which process, and what the team hears of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import learning, wiring
from bot.learning import NEW_TAPS, is_due, news
from classifiers.taps import Doubt, Outcome
from monitor.desk.lessons import Labels
from monitor.errors import ClassifierError
from monitor.store.notes import Tap
from monitor.store.store import Store
from tests.bot.cli.running import ROOT, started
from tests.builders import NOON, a_mention
from tests.desk import a_bench

BRATISLAVA = ZoneInfo("Europe/Bratislava")
MODEST_S = 300  # what is as modest as learning waits for all that runs beside it
NIGHT = datetime(2026, 3, 3, 2, 45, tzinfo=UTC)  # 03:45 there


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    bench = a_bench(tmp_path)
    bench.take(a_mention())
    with bench.store:
        yield bench.store


def tap(store: Store, times: int) -> None:
    post = store.posts.by_id(1)
    assert post is not None
    said = Tap(post=post, how="neither", labels=Labels(complaint=0), member=None, at=NOON)
    with store.writing():
        for _ in range(times):
            store.notes.tap(said)


def an_outcome(number: int | None = 3, *, doubted: int = 0) -> Outcome:
    doubt = Doubt(member="Mallory", labels=40, against=30, weight=0.0)
    return Outcome(
        number=number,
        promoted=number is not None,
        summary="Challenger 3 judges from now on.",
        posts=400,
        doubted=(doubt,) * doubted,
    )


def test_enough_new_taps_are_learned_at_night(store: Store) -> None:
    tap(store, NEW_TAPS)

    assert is_due(store, BRATISLAVA, NIGHT)


@pytest.mark.parametrize(
    ("hour", "minute"), [pytest.param(2, 29, id="before"), pytest.param(4, 30, id="after")]
)
def test_by_day_nothing_is_learned(store: Store, hour: int, minute: int) -> None:
    tap(store, NEW_TAPS)

    assert not is_due(store, BRATISLAVA, NIGHT.replace(hour=hour, minute=minute))


def test_too_few_new_taps_wait(store: Store) -> None:
    tap(store, NEW_TAPS - 1)

    assert not is_due(store, BRATISLAVA, NIGHT)


def test_it_is_tried_once_a_night(store: Store) -> None:
    tap(store, NEW_TAPS)
    is_due(store, BRATISLAVA, NIGHT)

    again = is_due(store, BRATISLAVA, NIGHT + timedelta(minutes=10))
    tomorrow = is_due(store, BRATISLAVA, NIGHT + timedelta(days=1))

    assert not again
    assert tomorrow


def test_what_was_tried_is_not_new(store: Store) -> None:
    tap(store, NEW_TAPS)
    learning.learn(store.path, NIGHT)

    tap(store, NEW_TAPS - 1)
    assert not is_due(store, BRATISLAVA, NIGHT)

    tap(store, 1)
    assert is_due(store, BRATISLAVA, NIGHT)


def test_another_model_learns_the_old_taps_anew(store: Store) -> None:
    tap(store, 1)
    with store.writing():
        store.notes.keep("judge_tried", json.dumps({"tap": 1, "model": "the one before"}))

    assert is_due(store, BRATISLAVA, NIGHT)


def test_a_desk_without_taps_never_learns(store: Store) -> None:
    assert not is_due(store, BRATISLAVA, NIGHT)


def test_a_dry_run_is_not_remembered(store: Store) -> None:
    tap(store, NEW_TAPS)

    outcome = learning.learn(store.path, NIGHT, dry_run=True)

    assert outcome.number is None
    assert is_due(store, BRATISLAVA, NIGHT)


def test_too_few_taps_are_no_news(store: Store) -> None:
    learning.learn(store.path, NOON)

    assert store.notes.judge_news(NOON - timedelta(days=1)) == ()


@pytest.mark.anyio
async def test_at_night_it_learns_in_a_process_of_its_own(store: Store) -> None:
    tap(store, 2)

    await learning.in_background(store.path)

    tried = json.loads(store.notes.value("judge_tried") or "")
    assert tried == {"tap": 2, "model": wiring.judge_identity()}


@pytest.mark.anyio
async def test_what_went_wrong_there_is_told_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "desk.db"
    broken.write_bytes(b"no database at all, and long enough to be read as one" * 20)

    with pytest.raises(ClassifierError, match=r"the judge could not learn: .*desk\.db"):
        await learning.in_background(broken)


def test_a_folder_of_the_same_name_where_the_desk_was_started_is_not_run(
    tmp_path: Path, store: Store
) -> None:
    strange = tmp_path / "bot"
    strange.mkdir()
    (strange / "__init__.py").write_text("raise SystemExit('a stranger ran')\n")
    code = (
        "import asyncio, os, sys; from pathlib import Path; from bot import learning;"
        "os.chdir(sys.argv[2]); asyncio.run(learning.in_background(Path(sys.argv[1])))"
    )

    done = started(
        str(store.path), str(tmp_path), folder=ROOT, program=("-c", code), patience_s=MODEST_S
    )

    assert done.stderr == ""
    assert store.notes.value("judge_tried") is not None


def test_the_process_gives_way_to_all_others(tmp_path: Path, store: Store) -> None:
    code = (
        "import os, sys; from bot import learning;"
        "learning.main([sys.argv[1]]); sys.stderr.write(str(os.nice(0)))"
    )

    done = started(str(store.path), folder=tmp_path, program=("-c", code), patience_s=MODEST_S)

    assert done.stderr == "19"
    assert "200 are needed" in done.stdout


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="Linux alone has it")
def test_where_memory_is_short_it_ends_before_the_desk_does(tmp_path: Path, store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from bot import learning;"
        "learning.main([sys.argv[1]]);"
        "sys.stderr.write(Path('/proc/self/oom_score_adj').read_text())"
    )

    done = started(str(store.path), folder=tmp_path, program=("-c", code), patience_s=MODEST_S)

    assert done.stderr.strip() == "1000"


def test_the_team_hears_what_came_of_it() -> None:
    assert news(an_outcome()) == "Challenger 3 judges from now on."


@pytest.mark.parametrize(
    ("count", "whose"), [(1, "one member contradict"), (2, "2 members contradict")]
)
def test_a_summary_names_no_member(count: int, whose: str) -> None:
    said = news(an_outcome(doubted=count))

    assert f"The taps of {whose} the others' and are weighed down" in said
    assert "mentiondesk train --report 3" in said
    assert "Mallory" not in said


def test_going_back_from_nothing_is_refused(store: Store) -> None:
    with pytest.raises(ClassifierError, match="nothing to go back to"):
        learning.roll_back(store.path, NOON)
