"""The schema's steps: applied once, refused where newer, and full text outlives a rebuilt table."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from monitor.errors import StoreError
from monitor.store.database import damage_of, migrate, missing_steps
from monitor.store.migrations import _index_posts, migrations
from monitor.store.store import Store
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
        _index_posts(store._database)
    store._database.execute("PRAGMA foreign_keys = ON")

    assert dropped == set()
    assert triggers(store) == before == {"posts_fts_delete", "posts_fts_update"}
    assert store.damage() == []


def test_after_a_transform_new_changed_and_removed_posts_are_found_as_before(store: Store) -> None:
    ids = kept(store, a_new_post("a parcel", key="sample:1"), a_new_post("lost", key="sample:2"))
    store._database.execute("PRAGMA foreign_keys = OFF")
    store._database.table("posts").transform(column_order=["id", "key", "text"])
    with store.writing():
        _index_posts(store._database)
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
        _index_posts(db)

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


def test_the_views_for_reports_can_be_read(store: Store) -> None:
    opened(store)

    counts = {
        view: store._database.execute(f"SELECT count(*) FROM {view}").fetchone()[0]
        for view in ("v_items", "v_clocks", "v_daily", "v_coverage")
    }

    assert counts == {"v_items": 1, "v_clocks": 0, "v_daily": 1, "v_coverage": 0}
