"""Which language a text is in: its script first, then what its letters and small words say."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from math import exp, log
from typing import Protocol

from classifiers.components import folding, scripts

UNKNOWN = "und"
TRAINED = ("en", "tr", "sk", "ar", "hy", "ru")

# What each script's texts may be in: a longer list only adds mistakes between near relations.
CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "latin": (
        *("en", "tr", "sk", "cs", "pl", "sl", "hr", "az", "uz", "de", "nl", "fr", "es", "it"),
        *("pt", "ro", "hu", "fi", "sv", "da", "no", "id", "ms", "vi", "ca", "et", "lv", "lt"),
        *("sq", "tl", "sw"),
    ),
    "cyrillic": ("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt"),
    "arabic": ("ar", "fa", "ur", "ps", "ug", "sdh"),
}
_PRIOR = log(4.0)  # for each of the six: the desk watches brands that are spoken of in these
_WORD = 1.3  # log odds that one telling word adds
_SIGN = 2.5  # log odds that one telling letter adds, once
_MARGIN = log(1.8)  # how far the first must lie before the second
_LETTERS = 5  # fewer letters than this say nothing
_ENOUGH = 10  # and fewer than this only with a telling word or letter among them

_TELLING_LETTERS: Mapping[str, str] = {
    "sk": "ľĺŕôĽĹŔÔ",
    "cs": "řěůŘĚŮ",
    "pl": "łąęńśżźćŁĄĘŻŹ",
    "tr": "ğşıİĞŞ",
    "az": "əƏ",
    "de": "ßẞ",
    "ro": "țșăȚȘ",
    "hu": "őűŐŰ",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "ru": "ыэёЫЭЁ",
    "uk": "іїєґІЇЄҐ",
    "be": "ўЎ",
    "sr": "ђћјљњџЂЋЈЉЊЏ",
    "mk": "ѓќѕЃЌ",
    "kk": "әғқңөұүһӘҒҚҢӨҰҮ",
    "ar": "ةىأإؤئك",
    "fa": "پچژگکی",
    "ur": "ٹڈڑںےہھ",
}
_EXCLUSIVE = {"az": "əƏ", "cs": "řěůŘĚŮ", "sk": "ľĺŕĽĹŔ", "uk": "їєґЇЄҐ", "be": "ўЎ", "ur": "ٹڈڑںے"}
_TELLING_WORDS: Mapping[str, str] = {  # without diacritics
    "en": (
        "the and is are was my you your not to of for with this that have has it at they why "
        "how what when please thanks your no never still again can do does i im dont"
    ),
    "tr": (
        "bir ve bu cok icin ama ne mi var yok degil gibi daha kadar niye neden nasil hala ben "
        "siz bana benim olarak sonra lutfen tesekkurler artik hic yine geldi gelmedi kac saat "
        "gun"
    ),
    "sk": (
        "som sme ste nie ako uz ale co ktory ktora ktore iba este ked preco prosim dakujem "
        "bol bola boli sa si aj nic vas nas mna moj moja ziadny ziadna stale kedy kde vobec "
        "len od po zase pri viem mozem mozete chcem mi mate nefunguje neprisiel neprislo na "
        "ta tyzden cakam nikto viac su musi prisla peniaze objednavka objednavku balik vsetko"
    ),
    "cs": (
        "jsem jsme jste neni jako jen jeste kdyz proc ktery ktera byl byla byli mne muj moje "
        "dekuji porad taky nic vubec muzu muzete chci mate nefunguje neprisel neprislo bych "
        "uz se ale co kde kdy po od zase pri len na tyden cekam nikdo vic jsou musi prisla ty "
        "ta se jste penize objednavka objednavku balik"
    ),
    "pl": (
        "jest nie sie czy jak juz ale co ktory jeszcze kiedy dlaczego prosze dziekuje mam na "
        "jestem bardzo tylko moj moja gdzie od po dla nikt"
    ),
    "sl": (
        "sem smo ste ni kako ze ampak kaj kateri samo kdaj zakaj prosim hvala bil tudi nic "
        "moj lahko kje bo in"
    ),
    "hr": (
        "sam smo ste nije kako vec ali sto koji samo kada zasto molim hvala bio takoder nista "
        "moj gdje je mogu bi"
    ),
    "az": (
        "ve bu cox ucun amma ne var yox deyil kimi daha niye nece hele men siz mene menim "
        "sonra zehmet olmasa tesekkur artiq hec yene geldi gelmedi"
    ),
    "uz": "va bu juda uchun lekin nima bor yoq emas kabi nega qanday men siz meni rahmat",
    "de": "der die das und ist nicht ich mein ein eine warum wie bitte danke seit mit auf kein",
    "nl": "de het een en is niet ik mijn waarom hoe bedankt sinds met op geen van",
    "fr": "le la les et est pas je mon une pourquoi comment merci depuis avec sur",
    "es": "el la los y es no yo mi una por que como gracias desde con en",
    "it": "il la gli e non io mio una perche come grazie da con su",
    "pt": "o a os e nao eu meu uma porque como obrigado desde com em",
    "ro": "si este nu eu meu o de ce cum multumesc cu pe din",
    "hu": "a az es nem en egy miert hogyan koszonom van meg mar",
    "ar": "من في على ما لا هل كيف متى ليش مو مش لم هذا هذه وين شكرا عندي انا والله",
    "fa": "از در به که این را با است نیست چرا چطور برای من شما ممنون هنوز است خیلی",
    "ur": "ہے میں کا کی کے نہیں کو سے یہ",
    "ru": "не на что это как почему когда уже нет мой моя мне вы вас у же ещё еще спасибо и с в",
    "uk": "не на що це як чому коли вже немає мій моя мені ви вас у ще дякую та з в і й",
    "bg": "не на че това как защо кога вече няма моят ми вие благодаря и с е съм още",
    "sr": "не на да ово како зашто када већ нема мој ми ви хвала и са је сам још",
}
_LANGUAGES_OF_WORD = {
    word: tuple(name for name, words in _TELLING_WORDS.items() if word in words.split())
    for words_of_one in _TELLING_WORDS.values()
    for word in words_of_one.split()
}
_LETTER = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"<\w+>|(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]{1,64}\.\w+|[@#]\w+")


class Ranker(Protocol):
    """py3langid's identifier: all its languages with a probability each."""

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Return languages and probabilities, likeliest first."""
        ...


class Identifier:
    """Names the language of a text, or says that it does not know."""

    def __init__(self, ranker: Ranker) -> None:
        self._ranker = ranker

    def language(self, text: str, hint: str | None = None) -> str:
        """Return the ISO 639-1 code of `text`'s language, or "und".

        A hint is believed unless the script excludes it or the words speak clearly against it.
        """
        words = _LETTER.findall(_NOISE.sub(" ", text[: folding.READ_AT_MOST]))
        plain = " ".join(words)
        script = scripts.main_script(plain)
        if script is None:
            return UNKNOWN
        if script in scripts.ALONE:
            return scripts.ALONE[script]
        if script not in CANDIDATES:
            return UNKNOWN
        return self._among(script, plain, words, _code(hint))

    def _among(self, script: str, plain: str, words: list[str], hint: str | None) -> str:
        """Return the likeliest of a script's languages, or the hint, or "und"."""
        fits = hint in CANDIDATES[script] or script == "latin"
        if len(plain) < _LETTERS:
            return hint if hint and fits else UNKNOWN
        if len(plain) < _ENOUGH and not _told(script, words):
            return hint if hint and fits else UNKNOWN
        scores = self._scores(script, plain, words)
        order = sorted(scores, key=lambda name: -scores[name])
        clear = scores[order[0]] - scores[order[1]] >= _MARGIN
        if hint and fits and not (clear and hint not in order[:2]):
            return hint
        return order[0] if clear else UNKNOWN

    def _scores(self, script: str, plain: str, words: list[str]) -> dict[str, float]:
        """Return a log score for each candidate."""
        shares = dict(self._ranker.rank(plain[:1000]))
        told = Counter(
            name for word in words[:200] for name in _LANGUAGES_OF_WORD.get(_bare(word), ())
        )
        letters = set(plain)
        return {
            name: log(shares.get(name, 0.0) + exp(-9.0))
            + (_PRIOR if name in TRAINED else 0.0)
            + _WORD * min(4, told[name])
            + _SIGN * (not letters.isdisjoint(_TELLING_LETTERS.get(name, "")))
            + 3 * _SIGN * (not letters.isdisjoint(_EXCLUSIVE.get(name, "")))
            for name in CANDIDATES[script]
        }


def _told(script: str, words: list[str]) -> bool:
    """Return whether a word or a letter of a short text is a telling one."""
    letters = set("".join(words))
    return any(_bare(word) in _LANGUAGES_OF_WORD for word in words) or any(
        not letters.isdisjoint(_TELLING_LETTERS.get(name, "")) for name in CANDIDATES[script]
    )


def _bare(word: str) -> str:
    """Return `word` small and without diacritics."""
    word = word.casefold().replace("ı", "i")
    if word.isascii() or word[0] > "ɏ":
        return word
    apart = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")


def _code(hint: str | None) -> str | None:
    """Return the two-letter code in a hint such as "en-GB", or None where there is none."""
    code = (hint or "").strip().lower().replace("_", "-").split("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None
