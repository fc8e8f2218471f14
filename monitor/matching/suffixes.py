"""The endings and beginnings that six languages attach to a name without an apostrophe.

Closed lists, one for each script, so that `Acmeho` is found and `acmeology` is not. They hold the
case endings of nouns (and the plural), no derivation that makes another word. An ending is taken
for one only if the name is long enough to be told from a word that happens to begin like it.

Source: the case tables of the languages' standard grammars (Turkish, Slovak, Russian, Eastern
and Western Armenian); the one-letter and joined particles of Arabic.
"""

from itertools import product

from monitor.matching.folding import fold

_TURKISH = """
    ye ya yi yı yu yü nin nın nun nün in ın un ün de da te ta den dan ten tan
    le la yle yla deki daki teki taki dekiler dakiler tekiler takiler
    si sı su sü sinin sının sunun sünün sine sına suna süne sini sını sunu sünü
    sinde sında sunda sünde sinden sından sundan sünden
    ler lar lere lara leri ları lerin ların lerde larda lerden lardan lerle larla
    li lı lu lü siz sız suz süz dir dır dur dür tir tır tur tür
"""
_SLOVAK = "ho mu om ov ovi och ami ove"
_LATIN_AFTER_VOWEL = "u m"  # Slovak: Acmeu, Acmem, Tescom
_LATIN_AFTER_CONSONANT = "a e i u"  # Turkish Turkcelle, Turkcelli; Slovak Lidla, Telekomu
_RUSSIAN = "а у е ы и ю я ом ем ой ей ою ею ов ев ам ям ами ями ах ях"
_ARMENIAN_PLAIN = "ն ը ի ին ից ով ում ս դ իս իդ ինը ու ուն ուց յի յին յից յով յում"
_ARMENIAN_PLURAL = "ի ին ից ով ում ը ն ս դ իս իդ ու ուն"  # after եր and ներ
_ARABIC = "و ف ب ك ل ال وال بال فال كال لل ول وب فب فل ولل وبال"

_VOWELS = frozenset("aeiouy")
_VOICELESS = frozenset("fstkchpqx")  # Turkish hardens d to t after these, and only there

_SHORTEST_NAME = 3  # letters a name must have to take an ending of two letters or more
_SHORTEST_NAME_FOR_ONE_LETTER = 4
_SPARED_BY_CAPITALS = 1  # BİM'e is also written BIMe: the capitals say where the name ends


def _folded(words: str) -> frozenset[str]:
    return frozenset(map(fold, words.split()))


def _armenian() -> frozenset[str]:
    plurals = product(("եր", "ներ"), ("", *_ARMENIAN_PLURAL.split()))
    return _folded(_ARMENIAN_PLAIN) | {fold("".join(parts)) for parts in plurals}


_LATIN_ENDINGS = _folded(_TURKISH) | _folded(_SLOVAK)
_AFTER_VOWEL = _LATIN_ENDINGS | _folded(_LATIN_AFTER_VOWEL)
_AFTER_CONSONANT = _LATIN_ENDINGS | _folded(_LATIN_AFTER_CONSONANT)
_ENDINGS = {"CYRILLIC": _folded(_RUSSIAN), "ARMENIAN": _armenian()}
_BEGINNINGS = {"ARABIC": _folded(_ARABIC)}
WITH_ENDINGS = frozenset({"LATIN", "DIGIT", *_ENDINGS})  # what a name ends in to be asked for one
WITH_BEGINNINGS = frozenset(_BEGINNINGS)


def is_ending(tail: str, *, name: str, script: str, in_capitals: bool) -> bool:
    """Return whether the folded `tail` is a case ending on the folded `name`.

    `in_capitals`: the name is written in capitals and the tail is not.
    """
    if len(name) < _shortest_name(tail, in_capitals):
        return False
    if script == "LATIN":
        return _is_latin_ending(tail, name[-1])
    return tail in _ENDINGS.get(script, ())


def is_beginning(lead: str, *, name: str, script: str) -> bool:
    """Return whether the folded `lead` is an article or particle joined to the folded `name`."""
    return len(name) >= _SHORTEST_NAME and lead in _BEGINNINGS.get(script, ())


def _shortest_name(tail: str, in_capitals: bool) -> int:
    shortest = _SHORTEST_NAME_FOR_ONE_LETTER if len(tail) == 1 else _SHORTEST_NAME
    return shortest - _SPARED_BY_CAPITALS if in_capitals else shortest


def _is_latin_ending(tail: str, last: str) -> bool:
    if tail[0] == "t" and last not in _VOICELESS:
        return False
    return tail in (_AFTER_VOWEL if last in _VOWELS else _AFTER_CONSONANT)
