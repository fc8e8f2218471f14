"""The fast scanner; it stands on hyperscan, which is an extra."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import hyperscan

from connectors.archive.odd import Odd

# With fewer words hyperscan takes another way, which is two to three times slower on JSON.
_FEWEST = 128
_FILLER_LENGTH = 8
_NOT_IN_UTF8 = 0xF8  # bytes from this one on


class QuickScanner:
    """Looks for words and odd spellings in one go."""

    def __init__(self, words: Sequence[bytes], odd: Odd | None) -> None:
        written = [_literally(word) for word in words]
        self._first_odd = len(words)
        if odd is not None:
            written.append(odd.to_the_end())
        self._first_filler = len(written)
        written += map(_literally, _fillers(_FEWEST - len(words)))
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        # each has a number of its own: those that share one take twenty times as long to compile
        self._database.compile(
            expressions=written,
            ids=range(len(written)),
            flags=[
                hyperscan.HS_FLAG_CASELESS if at < len(words) else 0 for at in range(len(written))
            ],
        )

    def scan(self, block: bytes) -> tuple[list[tuple[int, int]], list[int]]:
        """Return where which words end, and where strings end that spell letters oddly."""
        first_odd, first_filler = self._first_odd, self._first_filler
        words: list[tuple[int, int]] = []
        strings: list[int] = []

        def note(which: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if which < first_odd:
                words.append((end, which))
            elif which < first_filler:
                strings.append(end)

        self._database.scan(block, match_event_handler=note)
        words.sort()  # it promises no order
        strings.sort()
        return words, strings


def _literally(word: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in word)


def _fillers(count: int) -> Iterator[bytes]:
    """Yield words that stand in no text."""
    for number in range(count):
        digest = blake2b(number.to_bytes(4, "big"), digest_size=_FILLER_LENGTH).digest()
        yield bytes(byte | _NOT_IN_UTF8 for byte in digest)
