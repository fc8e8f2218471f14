"""A keyword, folded, and what its kind asks of the text around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import category

from monitor.errors import ConfigError
from monitor.matching import borders, suffixes
from monitor.matching.folding import fold, is_invisible


class Kind(StrEnum):
    """What a keyword names; its first character or its dots say which."""

    NAME = "name"  # a word or a phrase
    HANDLE = "handle"
    TAG = "tag"
    DOMAIN = "domain"


_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?P<top>[^\W\d_]{2,})")
_SHORTEST_INFLECTED_TOP = 3  # `acme.com` takes endings; `acme.co` with an m is another domain
_HOST_GOES_ON = re.compile(r"-[a-z0-9-]*\.[a-z0-9]|\.[^\W_]", re.IGNORECASE)
_ADDRESS_GOES_ON = re.compile(r"@|\.[a-z0-9]")
_HANDLE_OR_PATH = frozenset("@＠#＃/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needle:
    """A folded keyword."""

    folded: str
    kind: Kind
    has_endings: bool  # may carry a case ending
    has_beginnings: bool  # may carry an article or particle
    first_word: str
    last_word: str

    def stands_at(self, text: str, start: int, end: int) -> bool:
        """Return whether [start, end) of `text` is this keyword and not a part of a longer one."""
        return self._begins_at(text, start) and self._ends_at(text, start, end)

    def _begins_at(self, text: str, start: int) -> bool:
        if self.kind in (Kind.HANDLE, Kind.TAG):
            return start == 0 or not _is_ascii_word(text[start - 1])
        if self.kind is Kind.DOMAIN and _is_after_hyphen(text, start):
            return False
        if not borders.goes_on_before(text, start, self.folded[0]):
            return True
        return self.has_beginnings and self._has_beginning(text, start)

    def _ends_at(self, text: str, start: int, end: int) -> bool:
        if self.kind is Kind.DOMAIN and _host_goes_on(text, end):
            return False
        if not borders.goes_on_after(text, end, self.folded[-1]):
            return True
        in_handle = start > 0 and text[start - 1] in _HANDLE_OR_PATH
        return self.has_endings and not in_handle and self._has_ending(text, start, end)

    def _has_ending(self, text: str, start: int, end: int) -> bool:
        tail_end = borders.tail_after(text, end)
        tail = text[end:tail_end]
        folded = fold(tail)
        if not folded or borders.goes_on_after(text, tail_end, folded[-1]):
            return False
        if _ADDRESS_GOES_ON.match(text, tail_end):
            return False
        in_capitals = text[start:end].isupper()
        if not (tail.islower() or (in_capitals and tail.isupper())):
            return False  # AcmeDen: the capital begins another word
        return suffixes.is_ending(
            folded,
            name=self.last_word,
            script=borders.script_of(folded[0]),
            in_capitals=in_capitals and tail.islower(),
        )

    def _has_beginning(self, text: str, start: int) -> bool:
        lead_start = borders.lead_before(text, start)
        lead = fold(text[lead_start:start])
        if not lead or borders.goes_on_before(text, lead_start, lead[0]):
            return False
        return suffixes.is_beginning(lead, name=self.first_word, script=borders.script_of(lead[0]))


def needle(keyword: str, brand: str) -> Needle:
    """Return `keyword` as it is looked for.

    Raises: `ConfigError` where nothing is left of it after folding.
    """
    folded = fold(keyword).strip()
    if not folded:
        raise ConfigError(f"brand {brand}: the keyword {keyword!r} has nothing to look for")
    kind = _kind(folded)
    words = re.findall(r"[^\W_]+", folded)
    return Needle(
        folded=folded,
        kind=kind,
        has_endings=_takes_endings(folded, kind),
        has_beginnings=_takes_beginnings(folded, kind),
        first_word=words[0] if words else "",
        last_word=words[-1] if words else "",
    )


def place(text: str, origin: Sequence[int], first: int, last: int) -> tuple[int, int] | None:
    """Return where [first, last) of the folded text stands in `text`; `None` inside a character.

    Accents that stand as characters of their own after the last letter belong to it.
    """
    if first > 0 and origin[first - 1] == origin[first]:
        return None
    if last < len(origin) and origin[last - 1] == origin[last]:
        return None
    end = origin[last - 1] + 1
    while end < len(text) and is_invisible(text[end]) and category(text[end])[0] == "M":
        end += 1
    return origin[first], end


def _kind(folded: str) -> Kind:
    if " " in folded or len(folded) == 1:
        return Kind.NAME
    if folded[0] in "@#":
        return Kind.HANDLE if folded[0] == "@" else Kind.TAG
    return Kind.DOMAIN if _DOMAIN.fullmatch(folded) else Kind.NAME


def _takes_endings(folded: str, kind: Kind) -> bool:
    if kind is Kind.DOMAIN:
        found = _DOMAIN.fullmatch(folded)
        return found is not None and len(found["top"]) >= _SHORTEST_INFLECTED_TOP
    return kind is Kind.NAME and borders.script_of(folded[-1]) in suffixes.WITH_ENDINGS


def _takes_beginnings(folded: str, kind: Kind) -> bool:
    return kind is Kind.NAME and borders.script_of(folded[0]) in suffixes.WITH_BEGINNINGS


def _is_ascii_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


def _is_after_hyphen(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] == "-" and _is_ascii_word(text[start - 2])


def _host_goes_on(text: str, end: int) -> bool:
    """Return whether a host name goes on at `end`; a capital after a dot begins a sentence."""
    if not _HOST_GOES_ON.match(text, end):
        return False
    return not (text[end] == "." and text[end + 1].isupper() and text[end - 1].islower())
