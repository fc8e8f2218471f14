"""One spelling for all the spellings of a word, and the way back to the text as it was given.

Folding takes compatibility decomposition (full-width and ligature forms), full case folding,
dotless i as i, and leaves out what people leave out: accents, Arabic marks and tatweel, Armenian
intonation marks inside words, joiners, soft hyphens. A character folds alike wherever it stands
(only a run of whitespace becomes one space), which makes the way back a matter of lengths.
"""

import re
from collections.abc import Sequence
from unicodedata import normalize

# Loops of `str.replace` over what is frequent, one scan for the rest: a `translate` is far slower.
_ACCENTS = "\u0301\u030c\u0308\u0327\u0306\u0307\u0302"
_HAMZAS = (("\u0654", ""), ("\u0655", ""), ("ة", "ه"), ("ى", "ي"))

_RARE = {
    "\u0131": "i",  # Turkish dotless i: written I in capitals, as the dotted one is in English
    "\u0142": "l",
    "\u0141": "l",
    "\u00f8": "o",
    "\u00d8": "o",
    "\u0111": "d",
    "\u0110": "d",
    "\u0629": "\u0647",  # ta marbuta, often typed as ha
    "\u0649": "\u064a",  # alef maqsura, often typed for ya
    "\u06cc": "\u064a",  # Persian ya and kaf, which some keyboards send
    "\u06a9": "\u0643",
    "\u0671": "\u0627",  # alef wasla
    "\u2018": "'",
    "\u2019": "'",
    "\u201b": "'",
    "\u02bc": "'",
    "\u02b9": "'",
    "\u2032": "'",
    "\u055a": "'",
    "\u2010": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2212": "-",
    "\u058a": "-",
    "\u0085": " ",
    "\u1680": " ",
    "\u2028": " ",
    "\u2029": " ",
    "\v": " ",
    "\f": " ",
    "\x1c": " ",
    "\x1d": " ",
    "\x1e": " ",
    "\x1f": " ",
    "\n": " ",
    "\r": " ",
    "\t": " ",
}
_LEFT_OUT = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # unseen
    "\ufe00-\ufe0f"  # variation selectors; a class that stays in the basic plane is scanned faster
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # accents
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u08d3-\u08e1\u08e3-\u08ff"  # Arabic marks and tatweel
    "\u055b\u055c\u055e"  # Armenian emphasis, exclamation and question marks, set over a vowel
)
_SURROGATES = "\ud800-\udfff"  # lone halves from broken input; the engine takes real text only
_SCANNED = re.compile(f"[{''.join(map(re.escape, _RARE))}{_LEFT_OUT}{_SURROGATES}]")
_INVISIBLE = re.compile(f"[{_LEFT_OUT}]")
_SPACES = re.compile(" {2,}")


def fold(text: str) -> str:
    """Return `text` in the one spelling under which keywords and posts are compared."""
    flat = _flatten(text)
    return _SPACES.sub(" ", flat) if "  " in flat else flat


def origins(text: str, folded: str) -> Sequence[int]:
    """Return, for each character of `folded`, the index in `text` of the one it came from."""
    came_from = _came_from(text)
    if len(came_from) == len(folded):
        return came_from
    flat = _flatten(text)
    kept: list[int] = []
    behind = 0
    for spaces in _SPACES.finditer(flat):
        kept += came_from[behind : spaces.start() + 1]
        behind = spaces.end()
    kept += came_from[behind:]
    return kept


def _came_from(text: str) -> Sequence[int]:
    """Return where the characters came from before runs of spaces became one."""
    if text.isascii():
        return range(len(text))
    widths = list(map(_WIDTHS.__getitem__, text))
    if widths.count(1) == len(text):
        return range(len(text))
    return [index for index, width in enumerate(widths) for _ in range(width)]


def is_invisible(char: str) -> bool:
    """Return whether folding leaves `char` out: a mark, a joiner, tatweel."""
    return _INVISIBLE.match(char) is not None


def _flatten(text: str) -> str:
    if not text.isascii():
        return _beyond_ascii(text)
    flat = text.lower()
    return flat if flat.isprintable() else _SCANNED.sub(_replacement, flat)


def _beyond_ascii(text: str) -> str:
    flat = normalize("NFKD", text)
    if flat is not text:  # else it held nothing to take apart; the scan finds what is left
        for accent in _ACCENTS:
            flat = flat.replace(accent, "")
        if "\u0627" in flat:  # alef: in nearly every Arabic post, and in no other
            for seen, written in _HAMZAS:
                flat = flat.replace(seen, written)
    flat = flat.replace("\u0131", "i")
    flat = _SCANNED.sub(_replacement, flat).casefold()
    return flat.replace("եվ", "եւ")  # the capitals of the ligature և are ԵՎ


def _replacement(found: re.Match[str]) -> str:
    char = found[0]
    return "\ufffd" if "\ud800" <= char <= "\udfff" else _RARE.get(char, "")


class _Widths(dict[str, int]):
    """How many characters each character folds to, learned as they come."""

    def __missing__(self, char: str) -> int:
        width = self[char] = len(_flatten(char))
        return width


_WIDTHS = _Widths()
