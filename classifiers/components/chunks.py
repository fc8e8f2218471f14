"""A text cut into the chunks that the encoder reads, each with its place in the text as given.

A chunk is a word, a run of signs, or one of the things that are alike to the judge whatever they
say: a link, an address, a handle, a long number.
"""

import re
from typing import NamedTuple

MOST_CHARACTERS = 6_000  # of a text: the encoder's window is full long before

_CHUNK = re.compile(
    r"(?P<link><url>|(?:https?://|www\.)\S+)"
    r"|(?P<mail><email>|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{1,64}\w)"
    r"|(?P<handle>(?<!\w)@\w+)"
    r"|(?P<number><num>|\d{6,})"
    r"|(?P<word>\w+(?:['’`´ʼ՛՞՜]\w+)*)"
    r"|(?P<signs>[^\w\s]+)"
)
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
    found = []
    last = -1
    held = _LONG_SOUND.search(text, 0, MOST_CHARACTERS) is not None
    for match in _CHUNK.finditer(text, 0, MOST_CHARACTERS):
        start, end = match.span()
        kind = match.lastgroup or "word"
        word = _LONG_SOUND.sub(r"\1\1\1", match.group()) if held else match.group()
        found.append(Chunk(_ALIKE.get(kind, word), start, end, start != last))
        last = end
    return found
