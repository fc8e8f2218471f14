"""The schema's steps: applied once, refused where newer, and full text outlives a rebuilt table."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from monitor.errors import StoreError
from monitor.store import full_text
from monitor.store.database import (
    connect,
    damage_of,
    migrate,
    missing_steps,
    writing,
)
from monitor.store.instants import to_text
from monitor.store.migrations import _run, migrations
from monitor.store.store import Store
from tests.builders import NOON, minutes
from tests.monitor.store.builders import a_new_post, kept, opened


def triggers(store: Store) -> set[str]:
    return {trigger.name for trigger in store._database.table("posts").triggers}


def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('mentiondesk', 'm999_from_tomorrow', '2030-01-01')"
        )

    with pytest.raises(StoreError, match=r"newer mentiondesk .*m999_from_tomorrow"):
        Store(path)
    with pytest.raises(StoreError, match="newer"):
        missing_steps(path)

    assert damage_of(path) == []


def test_a_transform_drops_the_triggers_of_full_text_and_indexing_anew_brings_them_back(
    store: Store,
) -> None:
    kept(store, a_new_post("a parcel"))
    before = triggers(store)
    store._database.execute("PRAGMA foreign_keys = OFF")

    store._database.table("posts").transform(column_order=["id", "key", "text"])
    dropped = triggers(store)
    with store.writing():
        _run(store._database, full_text.SCRIPT)
    store._database.execute("PRAGMA foreign_keys = ON")

    assert dropped == set()
    assert triggers(store) == before == {"posts_fts_delete", "posts_fts_update"}
    assert store.damage() == []


def test_after_a_transform_new_changed_and_removed_posts_are_found_as_before(store: Store) -> None:
    ids = kept(store, a_new_post("a parcel", key="sample:1"), a_new_post("lost", key="sample:2"))
    store._database.execute("PRAGMA foreign_keys = OFF")
    store._database.table("posts").transform(column_order=["id", "key", "text"])
    with store.writing():
        _run(store._database, full_text.SCRIPT)
    store._database.execute("PRAGMA foreign_keys = ON")

    with store.writing():
        store.posts.edited(ids["sample:1"], "a letter", None)
        store.posts.deleted(ids["sample:2"], store.posts.by_id(1).seen_at)  # type: ignore[union-attr]
    kept(store, a_new_post("a new one", key="sample:3"))

    assert store.posts.search("parcel", limit=5) == ()
    assert store.posts.search("lost", limit=5) == ()
    assert len(store.posts.search("letter", limit=5)) == 1
    assert len(store.posts.search("new", limit=5)) == 1
    assert store.damage() == []


def a_later_version(*steps: Callable[[Database], None]) -> Migrations:
    later = Migrations(migrations.name)
    for step in migrations._migrations:
        later(name=step.name)(step.fn)
    for added in steps:
        later()(added)
    return later


def test_a_later_step_may_make_a_table_anew_and_no_row_that_points_there_is_lost(
    store: Store, path: Path
) -> None:
    def m900_other_order(db: Database) -> None:
        db.table("posts").transform(column_order=["id", "key", "text"])
        _run(db, full_text.SCRIPT)

    kept(store, a_new_post("a parcel", bands=(7,)))
    taken = migrate(store._database, path, a_later_version(m900_other_order))

    assert taken == ["m900_other_order"]
    assert store.posts.search("parcel", limit=5)[0].brands == ("Acme",)
    assert store.damage() == []
    assert store._database.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_step_that_fails_half_way_leaves_nothing(store: Store, path: Path) -> None:
    def m900_fails(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER) STRICT")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrate(store._database, path, a_later_version(m900_fails))

    assert "half" not in store._database.table_names()
    assert missing_steps(path) == []


def test_a_step_that_would_break_a_reference_is_refused(store: Store, path: Path) -> None:
    def m900_loses_posts(db: Database) -> None:
        db.execute("DELETE FROM posts")

    kept(store, a_new_post())
    with pytest.raises(StoreError, match="not brought up to date: foreign key: post_brands"):
        migrate(store._database, path, a_later_version(m900_loses_posts))

    assert store.posts.get("sample:1") is not None


def the_first_version() -> Migrations:
    first = Migrations(migrations.name)
    step = next(iter(migrations._migrations))
    first(name=step.name)(step.fn)
    return first


def an_old_file(path: Path) -> None:
    """Write a file of the first schema with an item that was dismissed, and taps of each kind."""
    database = connect(path)
    migrate(database, path, the_first_version())
    noon, later = to_text(NOON), to_text(NOON + minutes(1))
    with writing(database, path):
        write = database.execute
        write("INSERT INTO members (name, role, joined_at) VALUES ('Zuzana', 'agent', ?)", [noon])
        write("INSERT INTO policies VALUES (1, '{}', ?)", [noon])
        for number in range(1, 6):
            write(
                "INSERT INTO posts (key, platform, thread, text, url, posted_at, seen_at, source,"
                " flags, model, edited_at) VALUES (?, 's', 's:1', 'text', 'u', ?, ?, 's',"
                """ '["complaint"]', ?, ?)""",
                [
                    *(f"s:{number}", noon, noon),
                    *(None if number == 4 else "1/fast", later if number == 5 else None),
                ],
            )
        write(
            "INSERT INTO items (brand, platform, thread, author_key, policy, policy_version, state,"
            " opened_at, posted_at) VALUES ('Acme', 's', 's:1', 'j', 'p', 1, 'void', ?, ?)",
            [noon, noon],
        )
        write("INSERT INTO item_posts VALUES (1, 1)")
        for kind, actor in (("opened", None), ("voided", 1)):
            write(
                "INSERT INTO events (item_id, kind, at, recorded_at, actor) VALUES (1, ?, ?, ?, ?)",
                [kind, noon, noon, actor],
            )
        labels = ("not a complaint", "complaint", "neither", "missed", "request")
        for post, label in enumerate(labels, start=1):
            write(
                "INSERT INTO taps (post_id, label, member, at) VALUES (?, ?, 1, ?)",
                [post, label, noon],
            )
        write("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")
    database.close()


def test_taps_of_the_first_version_become_labelled_ones(path: Path) -> None:
    an_old_file(path)

    with Store(path) as store:
        lessons = list(store.notes.lessons())
        events = store._database.execute("SELECT id, event_id FROM taps WHERE event_id").fetchall()
        damage = store.damage()
        with store.writing():
            store.notes.untap_act(2, NOON)
        left = [lesson.how for lesson in store.notes.lessons()]

    said = [(lesson.post, lesson.complaint, lesson.request) for lesson in lessons]
    assert said == [(1, 0, 0), (2, 1, None), (3, 0, 0), (4, None, None)]  # 5 was edited since
    assert [lesson.judged is None for lesson in lessons] == [False, False, False, True]
    assert (events, damage) == ([(1, 2)], [])
    assert left == ["complaint", "neither", "missed"]


def test_a_tap_of_the_first_version_teaches_nothing_once_its_post_is_changed(path: Path) -> None:
    an_old_file(path)

    with Store(path) as store, store.writing():
        store.posts.edited(2, "all is well again", NOON)
        left = [lesson.post for lesson in store.notes.lessons()]

    assert left == [1, 3, 4]


def test_the_views_for_reports_can_be_read(store: Store) -> None:
    opened(store)

    counts = {
        view: store._database.execute(f"SELECT count(*) FROM {view}").fetchone()[0]
        for view in ("v_items", "v_clocks", "v_daily", "v_coverage")
    }

    assert counts == {"v_items": 1, "v_clocks": 0, "v_daily": 1, "v_coverage": 0}
