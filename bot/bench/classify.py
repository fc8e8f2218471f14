"""Texts a second of the judge, tier by tier, in batches and one by one, beside spaCy as it comes.

The yardsticks are its bare tokenizer, the least that any pipeline does, and its plain bag-of-words
classifier; neither names a language or a reason.
"""

import random
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from monitor.matching.matcher import Matcher
from monitor.model import Brand, Passage
from monitor.ports import Classifier

TEXTS = 1_536  # six batches
LENGTH = 160  # characters, about
BRANDS = 20
_READ = 12  # a pass of the encoder's tier has so many times fewer texts
_ONE_BY_ONE = 10  # … and one that judges one by one
_SEED = 2026
_POSTS = (
    "my parcel has not arrived and nobody answers the phone, where is it, please check",
    "kargom hâlâ gelmedi, müşteri hizmetleri telefona çıkmıyor, lütfen ilgilenin artık",
    "balík stále neprišiel a na linke nikto nedvíha, kedy ho prosím doručíte domov",
    "الطلب لم يصل حتى الآن ولا أحد يرد على الهاتف، أرجو حل المشكلة بسرعة",
    "ծանրոցը դեռ չի հասել, ոչ ոք չի պատասխանում, խնդրում եմ ստուգեք որտեղ է",
    "посылка до сих пор не пришла, никто не отвечает, проверьте, пожалуйста, где она",
    "watching the match tonight with my brother, we bought snacks on the way home from work",
    "bu akşam sahilde yürüdük, hava çok güzeldi, sonra da arkadaşlarla çay içtik",
    "cez víkend sme boli na chate, varili sme guláš a večer hrali karty pri ohni",
    "مشينا اليوم على البحر مع الأصدقاء وشربنا القهوة والجو كان جميلا جدا",
    "երեկ ընկերներով գնացինք սարեր, եղանակը հրաշալի էր, երեկոյան երգեցինք կրակի շուրջ",
    "вчера гуляли по набережной, потом пили чай у бабушки и смотрели старые фотографии",
)

Pass = Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of going through texts, and through how many in a pass."""

    go: Pass
    texts: int


def run(size: int = TEXTS, rounds: int = 5, model: Path | None = None) -> dict[str, object]:
    """Return the median texts a second of each way, and their ratios within a round.

    `size` is the number of texts in a pass; `model` another folder than the shipped one.
    """
    texts = made_up(size)
    tiers, loaded = _judges(model)
    ways = {"match_and_fast_batch": Way(_matched(tiers["fast"]), size)}
    for tier, judge in tiers.items():
        ways |= _ways(tier, judge, size if tier == "fast" else max(1, size // _READ))
    for way in ways.values():
        way.go(texts[: way.texts])
    memory = _peak_megabytes()
    rates = _rates(ways | _yardsticks(size), texts, rounds)
    return {
        "texts": size,
        "characters": round(sum(map(len, texts)) / size),
        "rounds": rounds,
        "load_seconds": {tier: round(seconds, 3) for tier, seconds in loaded.items()},
        "peak_memory_megabytes": memory,
        "texts_per_second": {way: round(median(each)) for way, each in rates.items()},
        "times_tokenizer": _times(rates, "tokenizer"),
        "times_bag_of_words": _times(rates, "bag_of_words"),
        "one_by_one_kept": {
            tier: round(_ratio(rates, f"{tier}_one", f"{tier}_batch"), 3) for tier in tiers
        },
    }


def made_up(count: int) -> list[str]:
    """Return so many posts, each of one language, their words in an order of their own."""
    chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    return [_text(chance) for _ in range(count)]


def _judges(model: Path | None) -> tuple[dict[str, Classifier], dict[str, float]]:
    """Return a judge for each tier that the model has, and how many seconds each took to load."""
    from classifiers import pipeline

    folder = model or pipeline.MODEL
    judges: dict[str, Classifier] = {}
    seconds = {}
    for tier in ("fast", "full") if (folder / "encoder").is_dir() else ("fast",):
        started = perf_counter()
        judges[tier] = pipeline.load(tier, folder)
        list(judges[tier].classify([Passage(text="warm up")]))
        seconds[tier] = perf_counter() - started
    return judges, seconds


def _ways(tier: str, judge: Classifier, size: int) -> dict[str, Way]:
    return {
        f"{tier}_batch": Way(_batch(judge), size),
        f"{tier}_one": Way(_one(judge), max(1, size // _ONE_BY_ONE)),
    }


def _batch(judge: Classifier) -> Pass:
    return lambda texts: list(judge.classify(Passage(text=text) for text in texts))


def _one(judge: Classifier) -> Pass:
    return lambda texts: [next(judge.classify([Passage(text=text)])) for text in texts]


def _matched(judge: Classifier) -> Pass:
    """Return a pass that looks for brands and then judges, whether or not one was found."""
    names = [f"Velora {number}" for number in range(BRANDS)]
    matcher = Matcher(Brand(name=name, keywords=(name,)) for name in names)
    judged = _batch(judge)
    return lambda texts: ([matcher.hits(text) for text in texts], judged(texts))


def _yardsticks(size: int) -> dict[str, Way]:
    from classifiers import yardsticks

    return {
        "tokenizer": Way(yardsticks.tokenizer(), size),
        "bag_of_words": Way(yardsticks.bag_of_words(), size),
    }


def _rates(ways: Mapping[str, Way], texts: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """Return texts a second of each round; the ways take turns, so that load hits all alike."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = perf_counter()
            way.go(texts[: way.texts])
            rates[name].append(way.texts / (perf_counter() - started))
    return rates


def _times(rates: Mapping[str, Sequence[float]], yardstick: str) -> dict[str, float]:
    own = (name for name in rates if name.endswith("_batch"))
    return {name: round(_ratio(rates, name, yardstick), 4) for name in own}


def _ratio(rates: Mapping[str, Sequence[float]], one: str, other: str) -> float:
    """Return the median of the ratios within each round."""
    return median(ours / theirs for ours, theirs in zip(rates[one], rates[other], strict=True))


def _peak_megabytes() -> int:
    """Return the most memory that this process has held so far; macOS counts in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def _text(chance: random.Random) -> str:
    words = chance.choice(_POSTS).split() * 2
    chance.shuffle(words)
    return " ".join(words)[:LENGTH]
