"""A pattern for the odd spellings of letters in the bytes of JSON: all but plain ASCII.

A letter is spelled oddly by an escape (`\\u0061`), by an entity (`&#97;`), or as a character
beyond ASCII that folds to it. The pattern matches at least at every odd spelling of a letter that
is looked for; at spellings of other letters it may. Most of what is beyond ASCII is in letters
that are not looked for, escaped or not: it costs nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from string import ascii_letters

_MANY = 16  # of 64 continuations: not worth telling them apart
_ESCAPE = r"\\u"
_ESCAPED_ASCII = "00[0-7]"
_BASIC = 0x10000  # the first character beyond the plane in which one escape is enough
# The entities that programs write: most of them decode to what is seldom in a word.
_HARMLESS = {
    "amp;": "&",
    "gt;": ">",
    "lt;": "<",
    "quot;": '"',
    "nbsp;": " ",
    "apos;": "'",
    "#39;": "'",
    "#x27;": "'",
}
_BEGINS = f"{ascii_letters}#"  # what may follow "&" in an entity
_ENDS = '"\\n'  # what ends a string, or a line

_Node = dict[int, "_Node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """Which spellings are odd."""

    codes: Collection[int]  # the characters beyond ASCII that count
    entity: bytes | None  # a pattern for the entities that count; None: they are not decoded

    @property
    def escape(self) -> bytes:
        """A pattern for the escapes that count: of ASCII, and of the characters."""
        ways = "|".join((_ESCAPED_ASCII, *_escaped(self.codes)))
        return f"{_ESCAPE}(?:{ways})".encode()

    @property
    def leads(self) -> bytes:
        """The bytes with which the characters begin."""
        return bytes(sorted({chr(code).encode()[0] for code in self.codes}))

    def to_the_end(self) -> bytes:
        """Return a pattern from an odd spelling to the end of the string that it stands in.

        What matches ends with a quotation mark or, in a broken line, a newline.
        """
        ways = [self.escape.decode(), *_encoded(self.codes)]
        if self.entity is not None:
            ways.append(self.entity.decode())
        return f"(?:{'|'.join(ways)})[^{_ENDS}]*[{_ENDS}]".encode()


def odd_entity(known: str) -> bytes:
    """Return a pattern for how entities begin but those that stand for no character in `known`."""
    harmless = [name for name, char in _HARMLESS.items() if char not in known]
    return f"&{_other_than(harmless, _BEGINS)}".encode()


def _encoded(codes: Iterable[int]) -> Iterator[str]:
    """Yield patterns for characters in UTF-8."""
    first: _Node = {}
    for code in codes:
        node = first
        for byte in chr(code).encode():
            node = node.setdefault(byte, {})
    yield from _ways(first)


def _escaped(codes: Iterable[int]) -> Iterator[str]:
    """Yield patterns for what follows the "u" in escapes of characters, in the first of two."""
    first: _Node = {}
    for unit in {_first_unit(code) for code in codes}:
        node = first
        for digit in f"{unit:04x}":
            child = node.setdefault(ord(digit), {})
            node[ord(digit.upper())] = child
            node = child
    yield from _ways(first)


def _first_unit(code: int) -> int:
    """Return the number in the escape of a character: beyond the first plane it takes two."""
    return code if code < _BASIC else 0xD800 + (code - _BASIC >> 10)


def _ways(node: Mapping[int, _Node]) -> Iterator[str]:
    rests = {byte: _rest(after) for byte, after in node.items()}
    by_rest = sorted(rests, key=lambda byte: (rests[byte], byte))
    for rest, alike in groupby(by_rest, key=rests.__getitem__):
        listed = "".join(f"\\x{byte:02x}" for byte in alike)
        yield f"[{listed}]{rest}"


def _rest(node: Mapping[int, _Node]) -> str:
    if not node or len(node) >= _MANY:
        return ""
    ways = list(_ways(node))
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def _other_than(words: Iterable[str], begins: str = "") -> str:
    """Return a pattern for what begins otherwise than all of `words`, up to the difference.

    Its first character is one of `begins`, if that is given.
    """
    tails: dict[str, list[str]] = {}
    for word in words:
        tails.setdefault(word[0], []).append(word[1:])
    known = "".join(tails)
    others = "".join(char for char in begins if char not in known)
    ways = [f"[{others}]" if begins else f"[^{known}{_ENDS}]"]
    ways += [f"{first}{_other_than(rest)}" for first, rest in tails.items() if all(rest)]
    return f"(?:{'|'.join(ways)})"
