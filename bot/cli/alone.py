"""What only one process may do on a desk at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import ConfigError, MonitorError


@contextmanager
def alone(database: Path, suffix: str, otherwise: str) -> Iterator[None]:
    """Hold the lock file beside a database for this process.

    Raises: MonitorError saying `otherwise` where another process has it; ConfigError where there
    can be none.
    """
    from filelock import FileLock, Timeout

    path = database.with_name(database.name + suffix)
    try:
        lock = FileLock(path, mode=0o600)
        lock.acquire(blocking=False)
    except Timeout:
        raise MonitorError(f"{database}: {otherwise}") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()
