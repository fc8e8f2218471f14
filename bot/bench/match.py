"""Texts a second of the matcher by number of keywords, beside what people write by hand.

The yardsticks are a loop of one `re` per keyword, and a loop of `in`, which knows no word borders.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import perf_counter

from monitor.matching.matcher import Matcher
from monitor.model import Brand

SIZES = (1, 10, 100, 1_000, 10_000)
TEXTS = 6_000
LENGTH = 160  # characters
_SEED = 2026
_NAMED = 0.02  # share of the texts that name one of the keywords
_SEARCHES = 60_000  # at most, in one pass of a yardstick: it grows with the keywords
_PLAIN = "abcdefghijklmnoprstuvyz"
_LETTERS = (  # accented letters as rare as they are in running text: one in seven or eight
    _PLAIN,
    _PLAIN * 3 + "çğıöşüüııçşğ",
    _PLAIN * 3 + "áčďéíľňšťúýž",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցփքօ",
    "абвгдежзийклмнопрстуфхцчшщыьэюя",
)

Count = Callable[[Sequence[str]], int]
Rates = dict[tuple[str, int], list[float]]  # by engine and number of keywords, one a round


def run(rounds: int = 5) -> dict[str, object]:
    """Return the median texts a second of each engine and size, and their ratios."""
    chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    names = _names(chance, max(SIZES))
    texts = [_text(chance, names) for _ in range(TEXTS)]
    contests = {size: _engines(names[:size]) for size in SIZES}
    rates = _rates(contests, texts, rounds)
    matcher = {size: median(rates["matcher", size]) for size in SIZES}
    return {
        "texts": TEXTS,
        "characters": LENGTH,
        "rounds": rounds,
        "texts_per_second": {
            engine: {str(size): round(median(rates[engine, size])) for size in SIZES}
            for engine in ("matcher", "re_per_keyword", "in_per_keyword")
        },
        "kept_from_1_to_1000": round(_ratio(rates, ("matcher", 1_000), ("matcher", 1)), 3),
        "times_re": _against(rates, "re_per_keyword"),
        "times_in": _against(rates, "in_per_keyword"),
        "microseconds_per_text": {
            str(size): round(1e6 / rate, 2) for size, rate in matcher.items()
        },
    }


def _rates(contests: dict[int, dict[str, Count]], texts: Sequence[str], rounds: int) -> Rates:
    """Return texts a second of each round; the engines take turns, so that load hits all alike."""
    rates: Rates = {(engine, size): [] for size, engines in contests.items() for engine in engines}
    for _ in range(rounds):
        for size, engines in contests.items():
            for engine, count in engines.items():
                share = texts if engine == "matcher" else texts[: max(6, _SEARCHES // size)]
                rates[engine, size].append(_rate(count, share))
    return rates


def _engines(names: Sequence[str]) -> dict[str, Count]:
    return {
        "matcher": _matcher(names),
        "re_per_keyword": _re_per_keyword(names),
        "in_per_keyword": _in_per_keyword(names),
    }


def _matcher(names: Sequence[str]) -> Count:
    matcher = Matcher(Brand(name=name, keywords=(name,)) for name in names)
    return lambda texts: sum(len(matcher.hits(text)) for text in texts)


def _re_per_keyword(names: Sequence[str]) -> Count:
    patterns = [re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE) for name in names]
    return lambda texts: sum(
        pattern.search(text) is not None for text in texts for pattern in patterns
    )


def _in_per_keyword(names: Sequence[str]) -> Count:
    return lambda texts: sum(name in low for low in map(str.lower, texts) for name in names)


def _rate(count: Count, texts: Sequence[str]) -> float:
    start = perf_counter()
    count(texts)
    return len(texts) / (perf_counter() - start)


def _against(rates: Rates, yardstick: str) -> dict[str, float]:
    return {
        str(size): round(_ratio(rates, ("matcher", size), (yardstick, size)), 2) for size in SIZES
    }


def _ratio(rates: Rates, one: tuple[str, int], other: tuple[str, int]) -> float:
    """Return the median of the ratios within each round."""
    return median(ours / theirs for ours, theirs in zip(rates[one], rates[other], strict=True))


def _names(chance: random.Random, size: int) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < size:
        made[_word(chance, _LETTERS[len(made) % len(_LETTERS)], range(6, 11))] = None
    return list(made)


def _text(chance: random.Random, names: Sequence[str]) -> str:
    words = list(_words(chance, chance.choice(_LETTERS)))
    if chance.random() < _NAMED:
        words[chance.randrange(len(words))] = chance.choice(names).capitalize()
    return " ".join(words)


def _words(chance: random.Random, letters: str) -> Iterator[str]:
    length = 0
    while length < LENGTH:
        word = _word(chance, letters, range(2, 10))
        length += len(word) + 1
        yield word.capitalize() if chance.random() < 0.1 else word


def _word(chance: random.Random, letters: str, lengths: range) -> str:
    return "".join(chance.choices(letters, k=chance.choice(lengths)))
