"""Words as people and programs write them: letters that fold alike, bytes that mean them."""

import html.entities
from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st

from monitor.matching.folding import fold
from monitor.matching.folds import folds_onto

UNSEEN = (
    "\u00ad\u200b\u200d\u2060\ufeff\ufe0f\u0301\u0307\u0327\u0331"
    "\u0640\u064e\u0651\u0654\u055b\u055e\u20e3"
)
WHITE = (" ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u2028", "\u3000", "\u0085", " \u200b ")
AROUND = (
    *("", " ", ".", "\n", "'", '"', "\\", "/", "@", "#", "<", ">", "&", ";", "x", "7", "é", "😡"),
    *(
        "в",
        "ش",
        "վ",
        "ե",
        "私",
        "amp;",
        "&amp",
        "u0061",
        "\\u",
        "http://t.co/",
        "den",
        "_",
        "-",
        "ING",
        "\ufffd",
        "\uffff",
    ),
)
_SHORT = {
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_AS_THEY_ARE = 0x20
_SURROGATES = 0xD800


def _alike(folded: str) -> list[str]:
    """Return every character that folds to one."""
    return [folded, *_by_fold().get(folded, ())]


@cache
def _by_fold() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for char, folded in folds_onto(frozenset(map(chr, range(_SURROGATES)))):
        found.setdefault(folded, []).append(char)
    return found


@cache
def _joined() -> dict[str, str]:
    """Return characters that stand for several, by what they fold to."""
    many = (
        "ﬁ",
        "ﬀ",
        "ﬃ",
        "ﬆ",
        "ß",
        "™",
        "㎏",
        "㏂",
        "…",
        "և",
        "ﬓ",
        "ﬔ",
        "ﻻ",
        "ﷲ",
        "ﷺ",
        "½",
        "㍱",
        "ĳ",
        "ǆ",
        "ŉ",
    )
    return {fold(char): char for char in many}


@st.composite
def written(draw: st.DrawFn, word: str) -> str:
    """Return a text that folds to what `word` folds to, now and then in odd characters."""
    folded = fold(word)
    return draw(_plainly(word) | _oddly(folded) | _oddly(folded))


def _plainly(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.upper(), word.lower(), word.title(), word.swapcase()])


@st.composite
def _oddly(draw: st.DrawFn, folded: str) -> str:
    parts: list[str] = []
    at = 0
    is_odd = st.integers(0, 3).map(lambda number: number == 0)
    while at < len(folded):
        whole = [long for long in _joined() if folded.startswith(long, at)]
        if whole and bool(draw(st.booleans())):
            parts.append(_joined()[whole[0]])
            at += len(whole[0])
            continue
        char = folded[at]
        if char == " ":
            parts.append(draw(st.sampled_from(WHITE)))
        else:
            odd = draw(is_odd)
            parts.append(draw(st.sampled_from(_alike(char) if odd else (char, char.upper()))))
        if draw(is_odd) and draw(is_odd):
            parts.append(draw(st.text(UNSEEN, min_size=1, max_size=3)))
        at += 1
    return "".join(parts)


def texts(words: Sequence[str]) -> st.SearchStrategy[str]:
    """Return texts with some of `words` in them, most of them spelled in some odd way."""
    pieces = st.sampled_from(words).flatmap(written) | st.sampled_from(AROUND) | st.text(max_size=3)
    return st.lists(pieces, min_size=1, max_size=6).map("".join)


@cache
def _names() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, char in html.entities.html5.items():
        found.setdefault(char, []).append(name)
    return {char: tuple(sorted(names)) for char, names in found.items()}


@st.composite
def with_entities(draw: st.DrawFn, text: str) -> str:
    """Return `text` as HTML, some of its characters as entities of any kind."""
    return "".join([draw(_as_html(char)) if draw(_seldom) else char for char in text])


@st.composite
def as_json(draw: st.DrawFn, text: str) -> bytes:
    """Return `text` as what stands between the quotation marks of a JSON string."""
    ways = draw(st.sampled_from(("raw", "escaped", "mixed", "mixed")))
    parts: list[bytes] = []
    for char in text:
        may_be_raw = char not in '"\\' and ord(char) >= _AS_THEY_ARE
        is_lone = "\ud800" <= char <= "\udfff"
        escaped = (ways == "escaped" and not char.isascii()) or (ways == "mixed" and draw(_seldom))
        if may_be_raw and not escaped and not is_lone:
            parts.append(char.encode())
        elif char in _SHORT and draw(st.booleans()):
            parts.append(_SHORT[char].encode())
        else:
            parts.append(draw(_hexadecimal(char)))
    return b"".join(parts)


_seldom = st.integers(0, 4).map(lambda number: number == 0)


@st.composite
def _hexadecimal(draw: st.DrawFn, char: str) -> bytes:
    units = char.encode("utf-16-be", "surrogatepass")
    style = draw(st.sampled_from(("04x", "04X")))
    pairs = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(f"\\u{unit:{style}}" for unit in pairs).encode()


@st.composite
def _as_html(draw: st.DrawFn, char: str) -> str:
    code = ord(char)
    end = draw(st.sampled_from((";", ";", "")))
    ways = [f"&#{code}{end}", f"&#{code:07}{end}", f"&#x{code:x}{end}", f"&#X{code:06X}{end}"]
    ways += [f"&#{code:030}{end}", *(f"&{name}" for name in _names().get(char, ()))]
    return draw(st.sampled_from(ways))
