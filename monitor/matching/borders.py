"""Where a word ends in a text of any script; indices are into the text as it was given."""

from functools import lru_cache
from unicodedata import category, name, normalize

from monitor.matching.folding import is_invisible

# Written without spaces: a border may stand between any two of their characters.
_UNSPACED = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "THAI", "LAO", "KHMER"}
    | {"KATAKANA-HIRAGANA", "MYANMAR", "VERTICAL"}
)
# They never begin a word: the length mark, iteration marks, small kana, voicing marks.
_NEVER_FIRST = frozenset(
    "ーｰ々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶｧｨｩｪｫｬｭｮｯ\u3099\u309aﾞﾟ"
)
_APOSTROPHES = frozenset("\u02bc\u02b9\u02bb\u02bd\u02c8")  # letters to Unicode, marks to people
_KEYCAP = "\u20e3"  # 1️⃣ is a picture, not a digit
_LONGEST_RUN = 24  # characters: no ending is longer, and a post may be one endless word
_AFTER = 1
_BEFORE = -1


@lru_cache(maxsize=65536)
def script_of(char: str) -> str:
    """Return the script of a letter, "DIGIT" for a digit, and "" for what is in no word."""
    if char in _APOSTROPHES:
        return ""
    kind = category(char)
    if kind == "Nd":
        return "DIGIT"
    if kind[0] not in "LM" and kind != "Nl":
        return ""
    return name(normalize("NFKD", char)[0], "UNNAMED").partition(" ")[0]


def goes_on_after(text: str, end: int, last: str) -> bool:
    """Return whether the word that ends with `last` before `end` goes on there."""
    return _goes_on(text, end, last, _AFTER)


def goes_on_before(text: str, start: int, first: str) -> bool:
    """Return whether the word that begins with `first` at `start` began before it."""
    return _goes_on(text, start - 1, first, _BEFORE)


def tail_after(text: str, end: int) -> int:
    """Return where the run of letters of one script ends that begins at `end`, or its 24th."""
    return _run(text, end, _AFTER)


def lead_before(text: str, start: int) -> int:
    """Return where the run of letters of one script begins that ends before `start`."""
    return _run(text, start - 1, _BEFORE) + 1


def word_around(text: str, start: int, end: int) -> str:
    """Return the unbroken run of letters, digits and underscores that [start, end) stands in.

    It is cut 24 characters before and after.
    """
    first, last = start, end
    while first > max(0, start - _LONGEST_RUN) and _in_word(text[first - 1]):
        first -= 1
    while last < min(len(text), end + _LONGEST_RUN) and _in_word(text[last]):
        last += 1
    return text[first:last]


def _in_word(char: str) -> bool:
    return char == "_" or is_invisible(char) or script_of(char) != ""


def _goes_on(text: str, at: int, edge: str, step: int) -> bool:
    inner = script_of(edge)
    beyond = _next_seen(text, at, step) if inner else ""
    outer = script_of(beyond) if beyond else ""
    if not outer:
        return False
    if step == _AFTER and (beyond in _NEVER_FIRST or _is_trailing_jamo(beyond)):
        return True
    if inner in _UNSPACED or outer in _UNSPACED:
        return False
    return inner == outer or "DIGIT" in (inner, outer)


def _next_seen(text: str, at: int, step: int) -> str:
    """Return the next character that counts, "" at an end: `_acme_` is acme, `acme_x` is not."""
    while 0 <= at < len(text):
        char = text[at]
        if char == _KEYCAP:
            return ""
        if char != "_" and not is_invisible(char):
            return char
        at += step
    return ""


def _run(text: str, at: int, step: int) -> int:
    script = ""
    stop = at + step * _LONGEST_RUN
    while 0 <= at < len(text) and at != stop:
        if not is_invisible(text[at]):
            here = script_of(text[at])
            if not here or here == "DIGIT" or (script and here != script):
                break
            script = here
        at += step
    return at


def _is_trailing_jamo(char: str) -> bool:
    return "\u1160" <= char <= "\u11ff"
