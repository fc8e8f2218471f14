"""Where a terminal puts pictures: files in a folder of their own, which only their owner reads."""

import os
import tempfile
from itertools import count
from pathlib import Path


class Album:
    """One run's pictures; the folder is made with the first one, and left when the run ends."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is there already; by default a new one where temporary files are kept."""
        self._folder = folder
        self._numbers = count(1)

    def keep(self, picture: bytes) -> Path:
        """Return the file in which a PNG now is. Raises: OSError."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="mentiondesk-"))
        path = self._folder / f"week-{next(self._numbers)}.png"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(picture)
        return path
