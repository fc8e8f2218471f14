"""The fast scanner; it stands on hyperscan, which is an extra."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import hyperscan

_WORD, _PATTERN, _NOTHING = 0, 1, 2
# With fewer words hyperscan takes another way, which is two to three times slower on JSON.
_FEWEST = 128
_FILLER_LENGTH = 8
_NOT_IN_UTF8 = 0xF8  # bytes from this one on


class QuickScanner:
    """Looks for words and the pattern in one go."""

    def __init__(self, words: Sequence[bytes], pattern: bytes | None) -> None:
        written = [_literally(word) for word in words]
        ids = [_WORD] * len(words)
        flags = [hyperscan.HS_FLAG_CASELESS] * len(words)
        if pattern is not None:
            written.append(pattern)
            ids.append(_PATTERN)
            flags.append(0)
        fillers = list(map(_literally, _fillers(_FEWEST - len(words))))
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=written + fillers,
            ids=ids + [_NOTHING] * len(fillers),
            flags=flags + [0] * len(fillers),
        )

    def scan(self, block: bytes) -> tuple[list[int], list[int]]:
        """Return where words end, and where what the pattern matches ends."""
        words: list[int] = []
        matched: list[int] = []
        notes = words.append, matched.append, _ignored

        def note(which: int, _start: int, end: int, _flags: int, _context: object) -> None:
            notes[which](end)

        self._database.scan(block, match_event_handler=note)
        return words, matched


def _ignored(_end: int) -> None:
    pass


def _literally(word: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in word)


def _fillers(count: int) -> Iterator[bytes]:
    """Yield words that stand in no text."""
    for number in range(count):
        digest = blake2b(number.to_bytes(4, "big"), digest_size=_FILLER_LENGTH).digest()
        yield bytes(byte | _NOT_IN_UTF8 for byte in digest)
