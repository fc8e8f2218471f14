"""Which script a text is written in, and what its letters alone say of its language."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SCRIPTS = {
    "latin": "A-Za-zÀ-ÖØ-öø-ɏɐ-ʯḀ-ỿＡ-Ｚａ-ｚ",
    "cyrillic": "Ѐ-ԯᲀ-ᲈ",
    "arabic": "ؠ-يٮ-ٯٱ-ۓە-ەۮ-ۿݐ-ݿࢠ-ࣿﭐ-﷿ﹰ-ﻼ",
    "armenian": "Ա-Ֆՙ-ևﬓ-ﬗ",
    "greek": "Ͱ-Ͽἀ-῿",
    "hebrew": "א-ת",
    "georgian": "Ⴀ-ჿᲐ-Ჿ",
    "devanagari": "ऀ-ॿ",
    "bengali": "ঀ-৿",
    "tamil": "஀-௿",
    "telugu": "ఀ-౿",
    "thai": "ก-๛",
    "hangul": "가-힣ᄀ-ᇿ",
    "kana": "ぁ-ヿ",
    "han": "一-鿿㐀-䶿",
    "ethiopic": "ሀ-፿",
    "khmer": "ក-៿",
}
ALONE = {  # scripts that one language of the public platforms writes, nearly always
    "armenian": "hy",
    "greek": "el",
    "hebrew": "he",
    "georgian": "ka",
    "devanagari": "hi",
    "bengali": "bn",
    "tamil": "ta",
    "telugu": "te",
    "thai": "th",
    "hangul": "ko",
    "kana": "ja",
    "han": "zh",
    "ethiopic": "am",
    "khmer": "km",
}
_NAME_WEIGHT = 2  # brand names stand in Latin letters in any language: others count double
_SIGN = ord("<")  # what follows it stands for a link or an address

Codes = NDArray[np.uint32]


def main_scripts(texts: Sequence[str]) -> list[tuple[str, int] | None]:
    """Return the script that carries each text and its letters, or None where it has no letter."""
    if not texts:
        return []
    codes = _codes(texts)
    lengths = np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts))
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    kind = _KINDS[np.minimum(codes, len(_KINDS) - 1)]
    kind[1:][codes[:-1] == _SIGN] = 0
    width = len(_NAMES)
    counts = np.bincount(owner * width + kind, minlength=len(texts) * width).reshape(-1, width)
    return [_main(found) for found in counts.tolist()]


def _main(counts: Sequence[int]) -> tuple[str, int] | None:
    """Return the script with most letters, those of Japanese counted as one."""
    found = [place for place in range(1, len(counts)) if counts[place]]
    if not found:
        return None
    if counts[_KANA] and counts[_HAN]:
        return "kana", counts[_KANA] + counts[_HAN]
    best = max(found, key=lambda place: counts[place] * (1 if place == 1 else _NAME_WEIGHT))
    return _NAMES[best], counts[best]


def _codes(texts: Sequence[str]) -> Codes:
    """Return the characters of all texts, a blank after each text."""
    joined = " ".join([*texts, ""])
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _kinds() -> NDArray[np.uint8]:
    """Return each character's script, by its place in `_NAMES`; the last is all others."""
    found = np.zeros(0x10000, dtype=np.uint8)
    for number, ranges in enumerate(_SCRIPTS.values(), 1):
        for first, last in re.findall("(.)-(.)", ranges):
            found[ord(first) : ord(last) + 1] = number
    found[-1] = 0
    return found


_NAMES = ("", *_SCRIPTS)
_KANA, _HAN = _NAMES.index("kana"), _NAMES.index("han")
_KINDS = _kinds()
