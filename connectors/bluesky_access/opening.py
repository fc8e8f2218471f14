"""What reads the stream, put together from the settings."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.bluesky_access.jetstream import Stream, Terms
from connectors.bluesky_access.known import Known
from connectors.bluesky_access.place import Place
from connectors.bluesky_access.sieve import Sieve
from monitor.errors import ConfigError
from monitor.model import Brand

if TYPE_CHECKING:
    from zstandard import ZstdDecompressor

LARGEST_DICTIONARY = 16 * 1024 * 1024  # bytes; Jetstream's own has 110 kB


class Reading:
    """One reading of the stream: its thread, its sieve, and what it passed on lately."""

    def __init__(
        self,
        terms: Terms,
        brands: Sequence[Brand],
        place: Place | None,
        now_us: int,
        news: Callable[[], None],
        known: Known | None = None,
    ) -> None:
        """`place` None listens to what comes now; nothing is asked for before `begin`."""
        self.known = known or Known(place.known if place else "")
        self.sieve = Sieve(brands, self.known)
        start_us, pace = (place.at_us, place.pace) if place else (None, 0.0)
        self.stream = Stream(terms, self.sieve, start_us, now_us, pace, news)

    def place(self, at_us: int) -> Place:
        """Return what a cursor must remember of a reading that has come to `at_us`."""
        return Place(at_us=at_us, pace=self.stream.pace, known=self.known.spelled())


def open_dictionary(path: Path | None) -> "ZstdDecompressor":
    """Return what unpacks compressed frames. Raises: `ConfigError`."""
    from zstandard import ZstdCompressionDict, ZstdDecompressor

    if path is None:
        raise ConfigError("connectors.bluesky.compress: needs `zstd_dictionary`, a file")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_DICTIONARY)
    except OSError as error:
        words = f"cannot read {path} ({error.strerror})"
        raise ConfigError(f"connectors.bluesky.zstd_dictionary: {words}") from error
    return ZstdDecompressor(dict_data=ZstdCompressionDict(data))
