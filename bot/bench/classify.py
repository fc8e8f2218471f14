"""Texts a second of the judge, in batches and one by one, beside spaCy as it comes.

The yardsticks are its bare tokenizer, the least that any pipeline does, and its plain bag-of-words
classifier; neither names a language or a reason.
"""

import random
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from monitor.model import Passage

TEXTS = 1_500
SINGLE = 150  # texts in a pass that judges one by one
LENGTH = 160  # characters, about
_SEED = 2026
_POSTS = (
    "my parcel has not arrived and nobody answers the phone, where is it, please check",
    "kargom hâlâ gelmedi, müşteri hizmetleri telefona çıkmıyor, lütfen ilgilenin artık",
    "balík stále neprišiel a na linke nikto nedvíha, kedy ho prosím doručíte domov",
    "الطلب لم يصل حتى الآن ولا أحد يرد على الهاتف، أرجو حل المشكلة بسرعة",
    "ծանրոցը դեռ չի հասել, ոչ ոք չի պատասխանում, խնդրում եմ ստուգեք որտեղ է",
    "посылка до сих пор не пришла, никто не отвечает, проверьте, пожалуйста, где она",
)

Pass = Callable[[Sequence[str]], object]


def run(rounds: int = 5) -> dict[str, object]:
    """Return the median texts a second of each way, and their ratios within a round."""
    chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    texts = [_text(chance) for _ in range(TEXTS)]
    started = perf_counter()
    ways = _ways()
    loaded = perf_counter() - started
    rates = _rates(ways, texts, rounds)
    return {
        "texts": TEXTS,
        "characters": round(sum(map(len, texts)) / TEXTS),
        "rounds": rounds,
        "load_seconds": round(loaded, 3),
        "texts_per_second": {way: round(median(each)) for way, each in rates.items()},
        "times_tokenizer": round(_ratio(rates, "judge_batch", "tokenizer"), 3),
        "times_bag_of_words": round(_ratio(rates, "judge_batch", "bag_of_words"), 3),
        "one_by_one_kept": round(_ratio(rates, "judge_one", "judge_batch"), 3),
    }


def _ways() -> dict[str, Pass]:
    from classifiers import pipeline, yardsticks

    judge = pipeline.load()
    list(judge.classify([Passage(text="warm up")]))
    return {
        "judge_batch": lambda texts: list(judge.classify(Passage(text=text) for text in texts)),
        "judge_one": lambda texts: [next(judge.classify([Passage(text=text)])) for text in texts],
        "tokenizer": yardsticks.tokenizer(),
        "bag_of_words": yardsticks.bag_of_words(),
    }


def _rates(ways: dict[str, Pass], texts: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """Return texts a second of each round; the ways take turns, so that load hits all alike."""
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, judge_all in ways.items():
            share = texts[:SINGLE] if way.endswith("one") else texts
            started = perf_counter()
            judge_all(share)
            rates[way].append(len(share) / (perf_counter() - started))
    return rates


def _ratio(rates: dict[str, list[float]], one: str, other: str) -> float:
    return median(ours / theirs for ours, theirs in zip(rates[one], rates[other], strict=True))


def _text(chance: random.Random) -> str:
    """Return a post of one language whose words stand in an order of their own."""
    words = chance.choice(_POSTS).split() * 2
    chance.shuffle(words)
    return " ".join(words)[:LENGTH]
