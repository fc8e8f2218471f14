"""Which script a text is written in, and what its letters alone say of its language."""

import re
import unicodedata

_SCRIPTS = {
    "latin": r"A-Za-zÀ-ÖØ-öø-ɏɐ-ʯḀ-ỿＡ-Ｚａ-ｚ",
    "cyrillic": r"Ѐ-ԯᲀ-ᲈ",
    "arabic": r"ؠ-ي٠-ٯٱ-ۓەۮ-ۿݐ-ݿࢠ-ࣿﭐ-﷿ﹰ-ﻼ",
    "armenian": r"Ա-Ֆՙ-ևﬓ-ﬗ",
    "greek": r"Ͱ-Ͽἀ-῿",
    "hebrew": r"א-ת",
    "georgian": r"Ⴀ-ჿᲐ-Ჿ",
    "devanagari": r"ऀ-ॿ",
    "bengali": r"ঀ-৿",
    "tamil": r"஀-௿",
    "telugu": r"ఀ-౿",
    "thai": r"ก-๛",
    "hangul": r"가-힣ᄀ-ᇿ",
    "kana": r"ぁ-ヿ",
    "han": r"一-鿿㐀-䶿",
    "ethiopic": r"ሀ-፿",
    "khmer": r"ក-៿",
}
_FINDERS = {name: re.compile(f"[{letters}]+") for name, letters in _SCRIPTS.items()}
_COMMON = ("latin", "cyrillic", "arabic", "armenian")
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


def letters_by_script(text: str) -> dict[str, int]:
    """Return how many letters of each script `text` has; scripts without any are left out."""
    if text.isascii():
        count = sum(map(len, _FINDERS["latin"].findall(text)))
        return {"latin": count} if count else {}
    counts = _counts(text, _COMMON)
    rest = any(letter.isalpha() and not _is_common(letter) for letter in set(text))
    if rest:
        counts |= _counts(text, tuple(name for name in _FINDERS if name not in _COMMON))
    return counts


def main_script(text: str) -> str | None:
    """Return the script that carries `text`, or None where there is no letter of a known one."""
    counts = letters_by_script(text)
    if not counts:
        return None
    if "kana" in counts and "han" in counts:
        return "kana"
    return max(counts, key=lambda name: counts[name] * (1 if name == "latin" else _NAME_WEIGHT))


def _counts(text: str, names: tuple[str, ...]) -> dict[str, int]:
    found = {name: sum(map(len, _FINDERS[name].findall(text))) for name in names}
    return {name: count for name, count in found.items() if count}


def _is_common(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("LATIN", "CYRILLIC", "ARABIC", "ARMENIAN"))
