"""The file of saved replies, taken over at the start and whenever it was changed since."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from monitor.desk import reply_file
from monitor.errors import ConfigError
from monitor.model import Brand
from monitor.store.store import Store

_log = logging.getLogger(__name__)


class SavedFile:
    """Follows the file that the settings name, if they name one."""

    def __init__(self, path: Path | None, store: Store, brands: Sequence[Brand]) -> None:
        self._path = path
        self._store = store
        self._brands = [brand.name for brand in brands]
        self._seen: object = None  # how the file looked when it was last read

    def adopt(self, now: datetime) -> None:
        """Take over what changed in the file. Raises: ConfigError if it is wrong."""
        if self._path is None:
            return
        self._seen = _look(self._path)
        replies = reply_file.read(self._path, self._brands)
        with self._store.writing():
            changed = self._store.saved_replies.adopt(replies, now)
        if changed:
            _log.info("%s: %d saved replies taken over", self._path, changed)

    def follow(self, now: datetime) -> None:
        """Take over a file that was changed; of one that is wrong, the replies stay as they are."""
        if self._path is None or _look(self._path) == self._seen:
            return
        try:
            self.adopt(now)
        except ConfigError as error:
            _log.error("%s; the saved replies stay as they were", error)


def _look(path: Path) -> object:
    """Return what tells a file from a changed one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
