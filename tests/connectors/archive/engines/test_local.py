"""Processes of this machine read archives, and some of them die."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from bot.ahead.wiring import readers as readers_ahead
from connectors.archive.engines.courses import Read
from connectors.archive.engines.local import LocalEngine
from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError
from monitor.model import Archive, Place, Portion
from tests.connectors.archive.engines import readers
from tests.connectors.archive.engines.readers import (
    ENDLESS,
    WANTED,
    all_keys,
    an_archive,
    from_the_start,
    keys,
)
from tests.connectors.archive.engines.watching import a_program, reached, state, until


def read_by(read: Read, *archives: Archive, workers: int = 1) -> list[Portion]:
    return list(LocalEngine(WANTED, workers=workers, read=read).portions(from_the_start(*archives)))


def readers_of(portions: list[Portion]) -> set[str]:
    return {mention.place for portion in portions for mention in portion.mentions}


def from_nowhere(archive: Archive, place: Place, wanted: Wanted) -> Iterator[Portion]:
    yield readers.a_portion(archive, 0, 3, last=True)


def test_all_records_of_all_archives_come_in_order(tmp_path: Path) -> None:
    archives = [an_archive(tmp_path, f"a{size}", size) for size in (0, 1, 7, 8, 100)]

    portions = read_by(readers.steady, *archives, workers=2)

    assert [keys(portions, each) for each in archives] == [all_keys(each) for each in archives]
    assert {each.archive.path for each in portions if each.last} == {a.path for a in archives}


def test_even_one_worker_is_a_process_of_its_own(tmp_path: Path) -> None:
    portions = read_by(readers.steady, an_archive(tmp_path, "a", 30), workers=1)

    assert len(readers_of(portions) - {str(os.getpid())}) == 1


@pytest.mark.parametrize("is_alive", [True, False])
def test_who_has_begun_reads_first_and_a_dead_one_is_replaced(
    tmp_path: Path, *, is_alive: bool
) -> None:
    archive = an_archive(tmp_path, "a", 30)
    with readers_ahead() as begun:
        if not is_alive:
            os.kill(begun[0].pid, signal.SIGKILL)
        engine = LocalEngine(WANTED, workers=1, read=readers.steady, begun=begun)

        portions = list(engine.portions(from_the_start(archive)))

    assert keys(portions, archive) == all_keys(archive)
    assert (readers_of(portions) == {str(begun[0].pid)}) is is_alive


def test_who_has_begun_and_is_not_needed_is_ended() -> None:
    with readers_ahead() as begun:
        pass

    assert [state(each.pid) for each in begun] == [""]


def test_a_huge_archive_holds_none_of_the_others_back(tmp_path: Path) -> None:
    huge = an_archive(tmp_path, "huge", ENDLESS)
    small = [an_archive(tmp_path, name, 20) for name in "abc"]
    engine = LocalEngine(WANTED, workers=2, read=readers.endless_if_huge)

    with closing(engine.portions(from_the_start(*small, huge))) as portions:
        ended = list(islice((each.archive for each in portions if each.last), 3))

    assert sorted(each.path for each in ended) == [each.path for each in small]


@pytest.mark.parametrize("read", [readers.dying_once, readers.dying_at_each_step])
def test_a_reader_that_dies_loses_and_doubles_nothing(tmp_path: Path, read: Read) -> None:
    archives = [an_archive(tmp_path, f"a{size}", size) for size in (20, 34)]

    portions = read_by(read, *archives, workers=2)

    assert [keys(portions, each) for each in archives] == [all_keys(each) for each in archives]
    assert [each.damage for each in portions if each.damage] == []


def test_an_archive_that_kills_its_readers_is_damaged_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    deadly, harmless = an_archive(tmp_path, "deadly", 50), an_archive(tmp_path, "harmless", 10)

    portions = read_by(readers.dying_always, deadly, harmless, workers=2)

    assert keys(portions, harmless) == all_keys(harmless)
    assert keys(portions, deadly) == all_keys(deadly)[:14]
    assert [each.damage for each in portions if each.damage] == [
        "its reader died 3 times after record 14: killed, perhaps for want of memory"
    ]


def test_a_reader_that_leaves_without_a_word_is_told_by_its_exit_code(tmp_path: Path) -> None:
    [portion] = read_by(readers.exiting, an_archive(tmp_path, "a", 5))

    assert portion.damage == "its reader died 3 times after record 0: exit 7"
    assert portion.last
    assert portion.after == Place()


def test_a_file_that_went_away_is_named_by_what_the_system_says(tmp_path: Path) -> None:
    gone = Archive(path=str(tmp_path / "gone"), identity="gone", size=5, shape="made-up")

    [portion] = read_by(readers.steady, gone)

    assert portion.damage == "No such file or directory"


def test_a_reader_that_stops_before_the_end_is_not_believed(tmp_path: Path) -> None:
    portions = read_by(readers.stopping, an_archive(tmp_path, "a", 30))

    assert [each.damage for each in portions] == [None, "reading stopped before its end"]


def test_wrong_settings_stop_everything(tmp_path: Path) -> None:
    archives = [an_archive(tmp_path, f"a{size}", size) for size in (20, 41)]

    with pytest.raises(ConfigError, match="no such column"):
        read_by(readers.misunderstood, *archives, workers=2)


def test_standard_input_is_read_by_this_process(tmp_path: Path) -> None:
    file = an_archive(tmp_path, "a", 10)
    stdin = Archive(path="-", identity="", size=0, shape="made-up")

    portions = read_by(from_nowhere, stdin, file)

    assert readers_of([each for each in portions if each.archive == stdin]) == {str(os.getpid())}
    assert len(keys(portions, file)) == 3


def test_a_reader_waits_while_nobody_takes_what_it_found(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, "a", ENDLESS)
    engine = LocalEngine(WANTED, workers=1, read=readers.endless)

    with closing(engine.portions(from_the_start(archive))) as portions:
        next(portions)
        until(lambda: _stands(archive), "the reader goes on and on")
        _, records = reached(archive)

    assert records < 100_000


def test_of_large_records_it_reads_a_few_ahead(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, "a", ENDLESS)
    engine = LocalEngine(WANTED, workers=1, read=readers.endless_and_large)

    with closing(engine.portions(from_the_start(archive))) as portions:
        next(portions)
        until(lambda: _stands(archive), "the reader goes on and on")
        _, records = reached(archive)

    assert records * readers.LARGE <= 8 << 20


def _stands(archive: Archive) -> bool:
    """Return whether a reader sleeps, and is where it was before."""
    process, before = reached(archive)
    asleep = all(state(process) == "S" for _ in range(1_000))
    return asleep and reached(archive) == (process, before)


def test_closing_the_iterator_ends_the_readers_at_once(tmp_path: Path) -> None:
    archives = [an_archive(tmp_path, name, ENDLESS) for name in "ab"]
    engine = LocalEngine(WANTED, workers=2, read=readers.endless)

    with closing(engine.portions(from_the_start(*archives))) as portions:
        next(portions)
        until(lambda: all(reached(each)[0] for each in archives), "not both are read")

    assert [state(reached(each)[0]) for each in archives] == ["", ""]


@pytest.mark.parametrize("reader", ["endless", "mute"])
def test_readers_end_with_a_program_that_was_killed(tmp_path: Path, reader: str) -> None:
    archives = [an_archive(tmp_path, name, ENDLESS) for name in "ab"]
    with a_program(reader, *archives) as program:
        until(lambda: all(reached(each)[0] for each in archives), "not both are read")

        program.kill()

        until(lambda: not any(state(reached(each)[0]) for each in archives), "orphans read on")


def test_ctrl_c_ends_all_and_only_the_program_speaks_of_it(tmp_path: Path) -> None:
    archives = [an_archive(tmp_path, name, ENDLESS) for name in "ab"]
    with a_program("endless", *archives) as program:
        until(lambda: all(reached(each)[0] for each in archives), "not both are read")

        os.killpg(program.pid, signal.SIGINT)  # as a terminal does
        _, said = program.communicate(timeout=60)

    assert said.count("Traceback") == 1
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert [state(reached(each)[0]) for each in archives] == ["", ""]
