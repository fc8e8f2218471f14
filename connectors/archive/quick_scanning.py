"""The fast scanner; it stands on hyperscan, which is an extra."""

from collections.abc import Callable, Sequence

import hyperscan

_WORD, _PATTERN = 0, 1


class QuickScanner:
    """Looks for words and the pattern in one go."""

    def __init__(self, words: Sequence[bytes], pattern: bytes | None) -> None:
        written = [b"".join(b"\\x%02x" % byte for byte in word) for word in words]
        ids = [_WORD] * len(words)
        flags = [hyperscan.HS_FLAG_CASELESS] * len(words)
        if pattern is not None:
            written.append(pattern)
            ids.append(_PATTERN)
            flags.append(0)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(expressions=written, ids=ids, flags=flags)

    def scan(self, block: bytes) -> tuple[list[int], list[int]]:
        """Return where words end, and where what the pattern matches ends."""
        words: list[int] = []
        matched: list[int] = []
        notes = words.append, matched.append
        self._database.scan(block, match_event_handler=_noted, context=notes)
        return words, matched


def _noted(
    which: int, _start: int, end: int, _flags: int, notes: Sequence[Callable[[int], None]]
) -> None:
    notes[which](end)
