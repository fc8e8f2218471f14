"""`mentiondesk db`: the schema's steps, damage by its name, and copies that are whole."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from monitor.store.store import Store
from tests.bot.cli.a_desk import SETTINGS, a_desk_with_a_past, answer
from tests.bot.cli.running import ran


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a_desk_with_a_past(tmp_path)
    return tmp_path


def changed(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "desk.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_migrate_makes_the_database_and_names_its_steps(tmp_path: Path) -> None:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")

    first = ran("db", "migrate", folder=tmp_path)
    again = answer("db", "migrate", "--json", folder=tmp_path)

    assert first.stdout.splitlines()[0] == "m001_the_desk"
    assert stat.S_IMODE((tmp_path / "desk.db").stat().st_mode) == 0o600
    assert again["applied"] == []


def test_a_sound_desk_is_told_sound(folder: Path) -> None:
    found = answer("db", "check", "--json", folder=folder)

    assert found == {
        "database": str(folder / "desk.db"),
        "sound": True,
        "damage": [],
        "items": [],
        "repaired": [],
    }


def test_a_reference_to_nothing_is_named_and_only_a_backup_helps(folder: Path) -> None:
    changed(folder, "INSERT INTO post_brands VALUES (99, 'Acme')")

    done = ran("db", "check", "--repair", folder=folder)

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "foreign key: post_brands row None points at a missing row of posts"
    ]
    assert "put a backup in its place" in done.stderr


def test_an_index_that_lies_is_named_and_repaired(folder: Path) -> None:
    changed(folder, "DROP TRIGGER posts_fts_update", "UPDATE posts SET text = 'a letter'")

    found = ran("db", "check", folder=folder)
    repaired = ran("db", "check", "--repair", folder=folder)

    assert found.returncode == 1
    assert found.stdout.startswith("full text: ")
    assert "db check --repair" in found.stderr
    assert (repaired.returncode, repaired.stdout.splitlines()) == (0, ["full text: rebuilt"])
    assert len(answer("search", "letter", "--json", folder=folder)) == 8


def test_an_item_that_is_not_what_its_events_say_is_named_and_read_anew(folder: Path) -> None:
    changed(folder, "UPDATE items SET state = 'resolved', owner = 2 WHERE id = 1")
    changed(folder, "UPDATE items SET next_check_at = NULL, due_at = NULL WHERE id = 2")

    found = ran("db", "check", folder=folder)
    repaired = ran("db", "check", "--repair", folder=folder)

    assert found.returncode == 1
    assert found.stdout.splitlines() == [
        "item #1: its row differs from its events in state, owner",
        "item #2: its row differs from its events in due_at",
    ]
    assert repaired.returncode == 0
    assert answer("item", "1", "--json", folder=folder)["state"] == "open"
    with Store(folder / "desk.db") as store:
        listed = [one.item.id for one in store.items.queue()]
    assert listed[:2] == [1, 2]


def test_an_item_without_events_is_named(folder: Path) -> None:
    changed(folder, "DELETE FROM events WHERE item_id = 5")

    done = ran("db", "check", folder=folder)

    assert done.stdout.splitlines() == ["item #5: its row differs from its events in no events"]


def test_what_is_no_database_at_all_is_damage_too(folder: Path) -> None:
    (folder / "desk.db").write_bytes(b"a letter, and no database" * 200)

    done = ran("db", "check", folder=folder)

    assert done.returncode == 1
    assert "file is not a database" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_file_of_a_newer_version_is_refused_by_every_command(folder: Path) -> None:
    changed(
        folder,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('mentiondesk', 'm999_from_tomorrow', '2030-01-01')",
    )

    outcomes = [ran(*command, folder=folder) for command in (["queue"], ["db", "migrate"])]

    assert [done.returncode for done in outcomes] == [1, 1]
    assert all("written by a newer mentiondesk" in done.stderr for done in outcomes)


def test_a_backup_is_whole_and_takes_the_databases_place(folder: Path) -> None:
    target = folder / "copy.db"
    made = answer("db", "backup", target, "--json", folder=folder)
    again = ran("db", "backup", target, folder=folder)
    for file in folder.glob("desk.db*"):
        file.unlink()
    target.rename(folder / "desk.db")

    assert made["bytes"] == (folder / "desk.db").stat().st_size
    assert again.returncode == 1
    assert "a backup never overwrites" in again.stderr
    assert ran("db", "check", folder=folder).returncode == 0
    assert len(answer("queue", "--json", folder=folder)) == 4


def test_a_backup_into_a_folder_is_named_by_its_moment(folder: Path) -> None:
    (folder / "backups").mkdir()

    done = ran("db", "backup", "backups", folder=folder)

    (made,) = (folder / "backups").iterdir()
    assert done.stdout.strip() == f"backups/{made.name}"
    assert made.name.startswith("mentiondesk-20")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


@pytest.mark.parametrize("command", [["check"], ["backup", "copy.db"]], ids=["check", "backup"])
def test_without_a_database_nothing_is_made(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")

    done = ran("db", *command, folder=tmp_path)

    assert done.returncode == 1
    assert "no database yet" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mentiondesk.toml"]
