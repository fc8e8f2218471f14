"""The file: how it is made, written by many, found damaged, and copied."""

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from monitor.errors import StoreBusyError, StoreError
from monitor.store.database import damage_of, missing_steps, translated
from monitor.store.store import Store
from tests.monitor.store.builders import a_new_post, kept, opened

ROOT = Path(__file__).resolve().parents[3]
COUNT = """
import sys
from pathlib import Path
from monitor.store.store import Store

with Store(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(100):
        with store.writing():
            seen = int(store.notes.value("count") or 0)
            store.notes.keep("count", str(seen + 1))
"""
FILL_A_SMALL_DISK = """
import resource, sys
from pathlib import Path
from monitor.errors import StoreBusyError
from monitor.store.store import Store
from tests.monitor.store.builders import a_new_post, kept

with Store(Path(sys.argv[1])) as store:
    number = 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    try:
        while number < 5_000:
            kept(store, *(a_new_post("word " * 50, key=f"sample:{number + i}") for i in range(20)))
            number += 20
    except StoreBusyError as error:
        print("full:", error)
    print(number, sum(1 for _ in store.posts.every()))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    kept(store, a_new_post("there is room again", key="sample:more"))
    print(sum(1 for _ in store.posts.every()), len(store.posts.search("room", limit=5)))
    print(store.damage())
"""


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0.05)) as connection:
        yield connection


def started(program: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_file_and_those_beside_it_are_for_their_owner_alone(store: Store, path: Path) -> None:
    kept(store, a_new_post())

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes) == {"desk.db", "desk.db-wal", "desk.db-shm"}
    assert set(modes.values()) == {0o600}


def test_tables_are_strict_and_foreign_keys_are_held_in_every_connection(store: Store) -> None:
    tables = [table for table in store._database.tables if not table.name.startswith("posts_fts")]

    assert [table.name for table in tables if not table.strict and table.name[0] != "_"] == []
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        store._database.execute("INSERT INTO post_brands VALUES (99, 'Acme')")
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
        store._database.execute("INSERT INTO cards VALUES (1, 1, 'x', 1, 1, 1, 'x', 'x')")


def test_what_stands_in_a_block_that_fails_is_undone_as_a_whole(store: Store) -> None:
    def half() -> None:
        with store.writing():
            store.posts.add([a_new_post()])
            with store.writing():
                store.notes.keep("inner", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()

    assert store.posts.get("sample:1") is None
    assert store.notes.value("inner") is None


def test_two_processes_that_read_and_write_at_once_lose_nothing(store: Store, path: Path) -> None:
    writers = [started(COUNT, path) for _ in range(2)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"

    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)

    assert [writer.returncode for writer in writers] == [0, 0]
    assert store.notes.value("count") == "200"


def test_two_threads_with_a_store_each_take_turns(path: Path) -> None:
    def count() -> None:
        with Store(path) as own:
            for _ in range(50):
                with own.writing():
                    own.notes.keep("count", str(int(own.notes.value("count") or 0) + 1))

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Store(path) as store:
        assert store.notes.value("count") == "150"


def test_threads_that_open_a_new_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    opened: list[str] = []

    def open_one(file: Path) -> None:
        with Store(file) as own, own.writing():
            own.notes.keep("opened", "yes")
            opened.append(file.name)

    for number in range(10):
        file = tmp_path / f"{number}.db"
        threads = [threading.Thread(target=open_one, args=[file]) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(opened) == 60


def test_a_reader_sees_one_state_while_another_writes(store: Store, path: Path) -> None:
    kept(store, a_new_post(key="sample:1"))

    with Store(path) as reader, reader.reading():
        before = len(list(reader.posts.every()))
        kept(store, a_new_post(key="sample:2"))
        during = len(list(reader.posts.every()))

    assert (before, during) == (1, 1)
    assert len(list(store.posts.every())) == 2


def test_a_lock_of_somebody_else_is_waited_for(store: Store, path: Path) -> None:
    held, released = threading.Event(), threading.Event()

    def hold() -> None:
        with raw(path) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            released.wait(0.3)  # the longest: nobody sets it
            other.execute("COMMIT")

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    kept(store, a_new_post())
    holder.join()

    assert store.posts.get("sample:1") is not None


def test_a_lock_held_too_long_is_told_as_busy(store: Store, path: Path) -> None:
    with store.writing(), raw(path) as other:  # noqa: SIM117
        with pytest.raises(StoreBusyError, match="nothing is lost"), translated(path):
            other.execute("BEGIN IMMEDIATE")


def test_a_full_disk_is_told_as_busy_and_what_was_stored_stays(store: Store) -> None:
    kept(store, a_new_post(key="sample:kept"))
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {pages + 5}").fetchone()

    with pytest.raises(StoreBusyError, match="disk is full; nothing is lost"):
        kept(store, *(a_new_post("word " * 500, key=f"sample:{n}") for n in range(50)))

    assert [post.mention.key for post in store.posts.every()] == ["sample:kept"]
    store._database.execute("PRAGMA max_page_count = 1000000").fetchone()
    assert len(kept(store, a_new_post(key="sample:later"))) == 1


def test_a_disk_without_room_stops_a_writer_between_transactions(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL_A_SMALL_DISK, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    lines = done.stdout.splitlines()
    assert lines[0].startswith("full:"), done.stderr
    counted, found = map(int, lines[1].split())
    assert counted == found > 0
    assert lines[2] == f"{found + 1} 1"
    assert lines[3] == "[]"


def test_a_file_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/desk\.db: No such file or directory"):
        Store(tmp_path / "nowhere" / "desk.db")


def test_a_file_of_something_else_is_named_and_left_as_it_is(path: Path) -> None:
    path.write_text("this is a letter, and no database\n" * 100)

    with pytest.raises(StoreError, match="file is not a database"):
        Store(path)

    assert damage_of(path)[0].endswith("file is not a database")
    assert path.read_text().startswith("this is a letter")


def test_a_sound_file_has_no_damage(store: Store, path: Path) -> None:
    kept(store, a_new_post())

    assert store.damage() == []
    assert store.damage(quick=True) == []
    assert damage_of(path) == []


def test_an_overwritten_page_is_found_and_named(path: Path) -> None:
    with Store(path) as store:
        kept(store, *(a_new_post("word " * 60, key=f"sample:{n}") for n in range(200)))
        page = store._database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'posts'"
        ).fetchone()[0]
        size = store._database.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x55" * size)

    found = damage_of(path)

    assert found
    assert any("malformed" in line or "integrity" in line for line in found)


def test_a_reference_to_nothing_is_found_and_named(store: Store, path: Path) -> None:
    with raw(path) as other:  # foreign keys are off there
        other.execute("INSERT INTO post_brands VALUES (99, 'Acme')")

    assert store.damage() == ["foreign key: post_brands row None points at a missing row of posts"]


def test_a_full_text_index_that_lies_is_found_and_rebuilt(store: Store, path: Path) -> None:
    kept(store, a_new_post("a parcel"))
    with raw(path) as other:
        other.execute("DROP TRIGGER posts_fts_update")
        other.execute("UPDATE posts SET text = 'a letter'")

    found = store.damage()
    store.rebuild_full_text()

    assert [line.partition(":")[0] for line in found] == ["full text"]
    assert store.damage() == []
    assert [post.mention.text for post in store.posts.search("letter", limit=5)] == ["a letter"]


def test_a_backup_is_whole_while_somebody_writes(store: Store, path: Path) -> None:
    kept(store, *(a_new_post(key=f"sample:{n}") for n in range(300)))
    stop = threading.Event()

    def write() -> None:
        with Store(path) as own:
            number = 0
            while not stop.is_set():
                kept(own, a_new_post(key=f"sample:more-{number}"))
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    target = path.with_name("copy.db")
    try:
        store.back_up(target)
    finally:
        stop.set()
        writer.join()

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with Store(target) as copy:
        assert len(list(copy.posts.every())) >= 300
        assert len(copy.posts.search("parcel", limit=1000)) == len(list(copy.posts.every()))
    assert not path.with_name("copy.db.part").exists()


def test_a_backup_never_overwrites(store: Store, path: Path) -> None:
    target = path.with_name("copy.db")
    target.write_text("precious")

    with pytest.raises(StoreError, match="never overwrites"):
        store.back_up(target)

    assert target.read_text() == "precious"


def test_a_backup_of_a_damaged_file_is_refused_and_leaves_nothing(store: Store, path: Path) -> None:
    opened(store)
    with raw(path) as other:
        other.execute("INSERT INTO post_brands VALUES (99, 'Acme')")

    with pytest.raises(StoreError, match="the copy is not sound: foreign key"):
        store.back_up(path.with_name("copy.db"))

    assert sorted(file.name for file in path.parent.iterdir() if "copy" in file.name) == []


def test_missing_steps_are_named_and_not_taken(path: Path) -> None:
    before = missing_steps(path)
    Store(path).close()

    assert before == ["m001_the_desk", *before[1:]]
    assert missing_steps(path) == []


def test_the_store_says_which_steps_it_took(path: Path) -> None:
    with Store(path) as first:
        taken = first.migrated
    with Store(path) as second:
        assert second.migrated == ()

    assert taken[0] == "m001_the_desk"
