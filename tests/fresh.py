"""New databases that were migrated once and copied since: no test of behaviour migrates its own."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.store.store import Store


def a_new_store(path: Path) -> Store:
    """Return an open store; where there is no file at `path`, a new one with the whole schema."""
    if not path.exists():
        path.touch(0o600, exist_ok=False)
        path.write_bytes(_blank())
    return Store(path)


@cache
def _blank() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "blank.db"
        Store(path).close()
        return path.read_bytes()
