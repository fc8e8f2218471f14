"""What a person searches for: words, "phrases", -excluded ones and beginnings*, and where they are.

Nothing that is typed is a mistake, and no sign reaches the index as syntax. Words are compared in
the spelling of `folding`, so that capitals, accents and forms of a letter make no difference.
"""

from dataclasses import dataclass, field

import regex

from monitor.matching.folding import fold, is_invisible, origins
from monitor.model import Span

FACET = "\ue000"  # begins each word of the index that stands for no word; no text keeps it
SHORTEST_BEGINNING = 3  # characters before a star; of fewer there are too many endings
_ASKED = regex.compile(r'(?P<no>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
# What the index takes for a part of a word; its tokenizer is told the same classes.
_PART = r"\p{L}\p{N}\p{M}\p{Co}"
_TOKEN = regex.compile(f"[{_PART}]+")
# Scripts without blanks: each sign is a word of its own, so that words inside a run are found.
_SIGN = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_SIGNS = regex.compile(f"[{_SIGN}]")
_SIGN_ALONE = regex.compile(f"[{_SIGN}]\\Z")
_OPENS, _ENDS = f"(?<![{_PART}])", f"(?![{_PART}])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words that must stand one after the other."""

    words: tuple[str, ...]  # as the index holds them; never empty
    is_beginning: bool = False  # the last one may go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What must all stand in a post, and what must not."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    _patterns: list["regex.Pattern[str]"] = field(default_factory=list, compare=False, repr=False)

    def counts(self, text: str) -> tuple[int, ...]:
        """Return how often each wanted term stands in `text`."""
        spelled = fold(text)
        return tuple(sum(1 for _ in pattern.finditer(spelled)) for pattern in self._found_by())

    def spans(self, text: str) -> tuple[Span, ...]:
        """Return where the wanted terms stand in `text`, in its order; they never overlap."""
        spelled = fold(text)
        hits = [hit.span() for pattern in self._found_by() for hit in pattern.finditer(spelled)]
        if not hits:
            return ()
        came_from = origins(text, spelled)
        found: list[Span] = []
        for start, end in sorted(hits, key=lambda each: (each[0], -each[1])):
            span = Span(start=came_from[start], end=_whole(text, came_from[end - 1] + 1))
            if not found or span.start >= found[-1].end:
                found.append(span)
        return tuple(found)

    def _found_by(self) -> "list[regex.Pattern[str]]":
        if not self._patterns:
            self._patterns.extend(map(_pattern, self.wanted))
        return self._patterns


def parse(asked: str) -> Query:
    """Return what is searched for; signs alone are left out."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for each in _ASKED.finditer(asked):
        term = _term(each["phrase"], each["word"])
        if term is not None:
            (unwanted if each["no"] else wanted).append(term)
    return Query(wanted=tuple(dict.fromkeys(wanted)), unwanted=tuple(dict.fromkeys(unwanted)))


def spelled(text: str) -> str:
    """Return `text` as the index of words gets it."""
    folded = fold(text)
    if folded.isascii():
        return folded
    return _SIGNS.sub(r" \g<0> ", folded.replace(FACET, " "))


def _term(phrase: str | None, word: str | None) -> Term | None:
    text = phrase if word is None else word
    words = tuple(_TOKEN.findall(spelled(text or "")))
    if not words:
        return None
    goes_on = word is not None and word.endswith("*") and not _SIGN_ALONE.match(words[-1])
    return Term(words=words, is_beginning=goes_on and len(words[-1]) >= SHORTEST_BEGINNING)


def _pattern(term: Term) -> "regex.Pattern[str]":
    """Return what finds a term in a folded text, as the index would."""
    parts = []
    for word in term.words:
        whole = regex.escape(word, literal_spaces=True)
        parts.append(whole if _SIGN_ALONE.match(word) else f"{_OPENS}{whole}{_ENDS}")
    if term.is_beginning:
        parts[-1] = parts[-1].removesuffix(_ENDS) + f"[{_PART}]*+"
    return regex.compile(f"[^{_PART}]*".join(parts))


def _whole(text: str, end: int) -> int:
    """Return where a hit ends with the marks that belong to its last character."""
    while end < len(text) and is_invisible(text[end]):
        end += 1
    return end
