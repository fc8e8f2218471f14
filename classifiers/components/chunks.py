"""A text cut into the chunks that the encoder reads, each with its place in the text as given.

A chunk is a word, a run of signs, or one of the things that are alike to the judge whatever they
say: a link, an address, a handle, a long number.
"""

import re
from typing import NamedTuple

MOST_CHARACTERS = 6_000  # of a text: the encoder's window is full long before

_WORD = r"\w+(?:['’`´ʼ՛՞՜]\w+)*"
_SIGNS = r"[^\w\s]+"
_KINDS = {
    "link": r"<url>|(?:https?://|www\.)\S+",
    "mail": r"<email>|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{1,64}\w",
    "handle": r"(?<!\w)@\w+",
    "number": r"<num>|\d{6,}",
    "word": _WORD,
    "signs": _SIGNS,
}
_CHUNK = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_CUT = re.compile("|".join([*_KINDS.values(), r"\s+"]))
_PLAIN_CUT = re.compile(rf"{_WORD}|{_SIGNS}|\s+")  # several times as fast
_LONG_NUMBER = re.compile(r"\d{6}")
_ALIKE = {"link": "http", "mail": "email", "handle": "@user", "number": "0000000"}
_LONG_SOUND = re.compile(r"(.)\1{3,}", re.DOTALL)


class Chunk(NamedTuple):  # a tuple: one is made for each word of each post
    """`text` as it is read, from `start` to `end` of the text as given."""

    text: str
    start: int
    end: int
    spaced: bool  # white space, or the beginning of the text, stands before it


def chunks(text: str) -> list[Chunk]:
    """Return the chunks of `text` in order; white space belongs to none."""
    return _plain_chunks(text) if is_plain(text) else _any_chunks(text)


def cut(text: str) -> list[str]:
    """Return `text` cut in its chunks, and what white space is between them, as they stand."""
    pattern = _PLAIN_CUT if is_plain(text) else _CUT
    found: list[str] = pattern.findall(text, 0, MOST_CHARACTERS)
    return found


def sounded(word: str) -> str:
    """Return a word as it is read: no sound in it is held longer than three letters."""
    return _LONG_SOUND.sub(r"\1\1\1", word)


def is_plain(text: str) -> bool:
    """Return whether there are only words and signs in `text`, as in most posts."""
    return not (
        "@" in text
        or "<" in text
        or "://" in text
        or "www." in text
        or _LONG_NUMBER.search(text, 0, MOST_CHARACTERS)
    )


def _plain_chunks(text: str) -> list[Chunk]:
    found, end, spaced = [], 0, True
    held = _holds_sounds(text)
    for part in _PLAIN_CUT.findall(text, 0, MOST_CHARACTERS):
        start, end = end, end + len(part)
        is_blank = part.isspace()
        if not is_blank:
            found.append(Chunk(sounded(part) if held else part, start, end, spaced))
        spaced = is_blank
    return found


def _any_chunks(text: str) -> list[Chunk]:
    found = []
    last = -1
    held = _holds_sounds(text)
    for match in _CHUNK.finditer(text, 0, MOST_CHARACTERS):
        start, end = match.span()
        kind = match.lastgroup or "word"
        word = sounded(match.group()) if held else match.group()
        found.append(Chunk(_ALIKE.get(kind, word), start, end, start != last))
        last = end
    return found


def _holds_sounds(text: str) -> bool:
    return _LONG_SOUND.search(text, 0, MOST_CHARACTERS) is not None
