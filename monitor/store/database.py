"""One SQLite file: how it is opened, migrated, written, checked and copied."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from monitor.errors import StoreBusyError, StoreError
from monitor.store import full_text
from monitor.store.migrations import migrations

_BUSY_TIMEOUT_S = 5.0  # SQLite's own wait inside one statement
_PATIENCE_S = 15.0  # then whole transactions are tried again, this long in all
_STATEMENTS = 512  # kept ready: more than the desk has, so that none is compiled twice
_FULL = ("database or disk is full", "disk i/o error")
_log = logging.getLogger(__name__)
_writers: dict[str, threading.RLock] = {}
_writers_lock = threading.Lock()


class PlainDatabase(Database):
    """A database that only reads by `query`: no savepoint is put around each, as the library does.

    It does so lest a statement writes and returns no rows. Ours are known.
    """

    def query(
        self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None
    ) -> Generator[dict[str, Any], None, None]:
        """Return the rows of a statement that reads, as dictionaries."""
        cursor = self.conn.execute(sql, params or ())
        keys = [column[0] for column in cursor.description]
        return (dict(zip(keys, row, strict=True)) for row in cursor)


def connect(path: Path) -> Database:
    """Return a connection to the file at `path`: WAL, foreign keys on, no transaction open.

    The file is created with mode 0600. A connection belongs to the thread that opened it.
    Raises: StoreError where there is no database, or StoreBusyError where it is locked.
    """
    _create_private(path)
    with translated(path):
        connection = sqlite3.connect(
            path,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
            cached_statements=_STATEMENTS,
        )
        database = PlainDatabase(connection, strict=True)
        _into_wal(connection, path)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "cache_size = -4000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
    full_text.teach(connection)
    return database


def _into_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Switch a file to its write-ahead log; SQLite does not wait for others in this by itself."""
    with _writer_of(path):
        for attempt in _patiently():
            with attempt:
                connection.execute("PRAGMA journal_mode = WAL").close()


def _create_private(path: Path) -> None:
    """Create the file with mode 0600; SQLite gives its side files the same mode.

    A file that is there is left alone: closing it would drop the locks that other connections of
    this process hold on it, and another program could take the write-ahead log away from them.
    Source: sqlite.org/howtocorrupt.html, section 2.2.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Turn SQLite's errors into ours: one line that names the file and what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if is_locked(error) or any(full in words.lower() for full in _FULL):
            raise StoreBusyError(f"{path}: {words}; nothing is lost, trying again later") from error
        raise StoreError(f"{path}: {words}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}; see `mentiondesk db check`") from error


def is_locked(error: BaseException) -> bool:
    """Return whether another connection held the database too long."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def migrate(database: Database, path: Path, steps: Migrations = migrations) -> list[str]:
    """Apply the steps that are missing, all or none, and return their names.

    Foreign keys are off meanwhile, and looked at as a whole before the commit: a step that makes
    a table anew would otherwise take the rows that point there with the old one.
    Raises: StoreError if the file was written by a newer mentiondesk, or a step leaves a row that
    points at nothing.
    """
    refuse_newer(database, path, steps)
    if not steps.pending(database):
        return []
    database.conn.execute("PRAGMA foreign_keys = OFF")
    try:
        with writing(database, path):
            taken = [step.name for step in steps.pending(database)]
            steps.apply(database)
            if broken := _references(database):
                raise StoreError(f"{path}: not brought up to date: {broken[0]}")
    finally:
        database.conn.execute("PRAGMA foreign_keys = ON")
    return taken


def missing_steps(path: Path) -> list[str]:
    """Return the names of the steps that the file at `path` has not had; none are applied.

    Raises: StoreError if it is no database, or was written by a newer mentiondesk.
    """
    database = connect(path)
    try:
        refuse_newer(database, path)
        return [step.name for step in migrations.pending(database)]
    finally:
        database.close()


def refuse_newer(database: Database, path: Path, steps: Migrations = migrations) -> None:
    """Raise StoreError if a step was applied to the file that this version does not know."""
    with translated(path):
        known = {step.name for step in steps._migrations}
        unknown = [step.name for step in steps.applied(database) if step.name not in known]
    if unknown:
        raise StoreError(
            f"{path}: written by a newer mentiondesk (it has the step '{unknown[-1]}'); "
            "update mentiondesk, or use the backup made before the update"
        )


@contextmanager
def writing(database: Database, path: Path) -> Iterator[None]:
    """Hold the one write transaction of this process; it is undone if the block raises.

    It begins IMMEDIATE: a deferred one that reads before it writes fails at once when another
    process writes in between. Beginning is tried again for a bounded time.
    Nested use joins the transaction that is open.
    """
    if database.conn.in_transaction:
        yield
        return
    with _writer_of(path), translated(path):
        _begin(database)
        try:
            yield
            database.conn.execute("COMMIT")
        except BaseException:
            database.conn.rollback()
            raise


def _writer_of(path: Path) -> threading.RLock:
    with _writers_lock:
        return _writers.setdefault(str(path), threading.RLock())


def _begin(database: Database) -> None:
    try:
        database.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not is_locked(error):
            raise
        _begin_patiently(database)


def _begin_patiently(database: Database) -> None:
    for attempt in _patiently():
        with attempt:
            database.conn.execute("BEGIN IMMEDIATE")


def _patiently() -> Retrying:
    """Return tries with random, growing gaps while another connection holds the file."""
    return Retrying(
        retry=retry_if_exception(is_locked),
        stop=stop_after_delay(_PATIENCE_S),
        wait=wait_random_exponential(multiplier=0.05, max=1.0),
        reraise=True,
    )


def damage_of(path: Path) -> list[str]:
    """Return what is wrong with the file at `path`, a line each, also of one that cannot be used.

    Nothing is migrated. Raises: StoreBusyError if it is locked.
    """
    with translated(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
        )
        try:
            return damage(Database(connection))
        finally:
            connection.close()


def damage(database: Database, *, quick: bool = False) -> list[str]:
    """Return what is wrong with the file, a line each; empty if it is sound.

    `quick` leaves out what takes long: whether each index agrees with its table, and full text.
    """
    every = (_structure, _references, _full_text_damage)
    return [
        line
        for check in ((_quick_structure,) if quick else every)
        for line in _found(check, database)
    ]


def _found(check: Callable[[Database], list[str]], database: Database) -> list[str]:
    """Return what a check found; one that the damage stops has found that."""
    try:
        return check(database)
    except sqlite3.DatabaseError as error:
        if is_locked(error):
            raise
        return [f"{check.__name__.strip('_').replace('_', ' ')}: {error}"]


def _structure(database: Database) -> list[str]:
    return _integrity(database, "PRAGMA integrity_check")


def _quick_structure(database: Database) -> list[str]:
    return _integrity(database, "PRAGMA quick_check")


def _integrity(database: Database, pragma: str) -> list[str]:
    found = [row[0] for row in database.execute(pragma).fetchall()]
    return [] if found == ["ok"] else [f"integrity: {' '.join(line.split())}" for line in found]


def _references(database: Database) -> list[str]:
    rows = database.execute("PRAGMA foreign_key_check").fetchall()
    return [
        f"foreign key: {table} row {row} points at a missing row of {parent}"
        for table, row, parent, _ in rows
    ]


def _full_text_damage(database: Database) -> list[str]:
    if "posts" not in database.table_names():
        return []  # nothing was ever stored
    try:
        found = full_text.damage(database)
    except sqlite3.DatabaseError as error:
        if is_locked(error):
            raise
        found = str(error)
    again = "`mentiondesk db check --repair` rebuilds the index"
    return [f"full text: {found}; {again}"] if found else []


def rebuild_full_text(database: Database, path: Path) -> None:
    """Write the full-text index anew from the posts."""
    with writing(database, path):
        full_text.fill_anew(database)


def back_up(database: Database, target: Path) -> None:
    """Copy the database to `target` while it is in use, and verify the copy.

    Raises: StoreError if the target exists, cannot be written, or the copy is not sound.
    """
    if target.exists():
        raise StoreError(f"{target}: exists already; a backup never overwrites")
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    _create_private(partial)
    try:
        found = _copied(database, partial, target)
        if found:
            raise StoreError(f"{target}: the copy is not sound: {found[0]}")
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def _copied(database: Database, partial: Path, target: Path) -> list[str]:
    """Copy the database to `partial`, and return what is wrong with the copy."""
    with translated(target):
        copy = sqlite3.connect(partial)
        try:
            database.conn.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE").close()
            return damage(Database(copy))
        finally:
            copy.close()
