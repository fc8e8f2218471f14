"""A matcher that is slow and easy to check: every piece of the text is held against every keyword.

It shares the lists of endings with the real one, and nothing else.
"""

import unicodedata
from itertools import combinations

import regex

from monitor.matching import suffixes

_SAME = str.maketrans("ıةى’", "iهي'")
_INVISIBLE = regex.compile(r"[\p{Mn}\p{Cf}\u0640\u055b\u055c\u055e]")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
_SCRIPTS = {
    "LATIN": regex.compile(r"\p{Latin}"),
    "CYRILLIC": regex.compile(r"\p{Cyrillic}"),
    "ARMENIAN": regex.compile(r"\p{Armenian}"),
    "ARABIC": regex.compile(r"\p{Arabic}"),
}


def spelled(text: str) -> str:
    """Return `text` in one spelling, a character at a time."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unseen(char))
    one = plain.translate(_SAME).casefold().replace("եվ", "եւ")
    return regex.sub(r"\s+", " ", one)


def unseen(char: str) -> bool:
    return _INVISIBLE.match(char) is not None


def hits(keywords: tuple[str, ...], text: str) -> list[tuple[str, int, int]]:
    """Return keyword, start and end of each hit: leftmost, then longest."""
    found = [
        (keyword, start, end)
        for start, end in combinations(range(len(text) + 1), 2)
        if not unseen(text[start])
        for keyword in keywords
        if spelled(text[start:end]) == spelled(keyword)
        and _is_widest(text, start, end)
        and _stands_alone(text, start, end, spelled(keyword))
    ]
    taken = 0
    kept = []
    for keyword, start, end in sorted(found, key=lambda hit: (hit[1], -hit[2])):
        if start >= taken:
            kept.append((keyword, start, end))
            taken = end
    return kept


def _is_widest(text: str, start: int, end: int) -> bool:
    """Return whether the piece ends with its last letter and the accents that follow it."""
    accents = text[start:end].rstrip()
    last = max(at for at, char in enumerate(accents) if not unseen(char))
    trailing = accents[last + 1 :]
    are_accents = all(unicodedata.category(char) == "Mn" for char in trailing)
    goes_on = end < len(text) and unicodedata.category(text[end]) == "Mn"
    return are_accents and not goes_on


def _stands_alone(text: str, start: int, end: int, keyword: str) -> bool:
    before = [char for char in text[:start] if not unseen(char)]
    after = [char for char in text[end:] if not unseen(char)]
    return _begins(before, keyword) and _ends(after, before[-1:], keyword, text[start:end])


def _begins(before: list[str], keyword: str) -> bool:
    if not _joined(before[-1:], keyword[0]):
        return True
    lead = _run(before[::-1])[::-1]
    rest = before[: len(before) - len(lead)]
    if not lead or _joined(rest[-1:], lead[0]):
        return False
    word = keyword.partition(" ")[0]
    return suffixes.is_beginning(spelled(lead), name=word, script=_script(lead[0]))


def _ends(after: list[str], before: list[str], keyword: str, written: str) -> bool:
    if not _joined(after[:1], keyword[-1]):
        return True
    tail = _run(after)
    rest = after[len(tail) :]
    is_address = regex.match(r"@|\.[a-z0-9]", "".join(rest)) or before in (["@"], ["#"])
    if not tail or _joined(rest[:1], tail[-1]) or is_address:
        return False
    if not (tail.islower() or (tail.isupper() and written.isupper())):
        return False
    return suffixes.is_ending(
        spelled(tail),
        name=keyword.rpartition(" ")[2],
        script=_script(tail[0]),
        in_capitals=written.isupper() and tail.islower(),
    )


def _joined(neighbour: list[str], edge: str) -> bool:
    """Return whether two neighbours are of one word."""
    if not neighbour or not neighbour[0].isalnum():
        return False
    if _UNSPACED.match(neighbour[0]) or _UNSPACED.match(edge):
        return False
    if neighbour[0].isdigit() or edge.isdigit():
        return True
    return _script(neighbour[0]) == _script(edge)


def _run(chars: list[str]) -> str:
    run = ""
    for char in chars:
        if not _script(char) or (run and _script(char) != _script(run[0])):
            break
        run += char
    return run


def _script(char: str) -> str:
    return next((name for name, script in _SCRIPTS.items() if script.match(char)), "")
