"""Dumps of Reddit comments, made from a seed: hits and copies, deleted authors, bad lines."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import zstandard

WORDS = (
    *("parcel", "lost", "again", "never", "came", "please", "help", "refund", "broken", "screen"),
    *("thanks", "great", "awful", "waiting", "weeks", "order", "support", "nobody", "answers"),
    *("дом", "köszönöm", "çok", "geç", "kaldı", "الطلب", "zásielka", "neprišla", "“quoted”", "…"),
)
_BEGAN = 1_400_000_000
_YEAR_S = 31_536_000


def dump(path: Path, rows: int, hit_every: int, seed: int) -> None:
    """Write a dump of so many comments, of which each `hit_every`th names Acme.

    Another seed gives another year: no comment of one dump is a copy of one in another.
    """
    with zstandard.ZstdCompressor(level=1).stream_writer(path.open("wb"), closefd=True) as packed:
        for line in _lines(rows, hit_every, Random(seed), path.stem, _BEGAN + seed * _YEAR_S):
            packed.write(line + b"\n")


def _lines(rows: int, hit_every: int, dice: Random, name: str, began: int) -> Iterator[bytes]:
    said = ""
    for number in range(rows):
        if number % hit_every == 0:
            is_copy = said and dice.random() < 0.1
            said = said if is_copy else f"Acme {_words(dice)} {name} {number}"
        if number % 997 == 996:
            yield b'{"body": "acme", "id": '
            continue
        text = said if number % hit_every == 0 else _words(dice)
        yield json.dumps(
            _comment(number, text, dice, name, began + 5 * number), ensure_ascii=number % 2 == 0
        ).encode()


def _words(dice: Random) -> str:
    return " ".join(dice.choices(WORDS, k=dice.randint(3, 30)))


def _comment(number: int, text: str, dice: Random, name: str, at: int) -> dict[str, object]:
    return {
        "id": f"{name}{number:x}",
        "body": text,
        "author": "[deleted]" if dice.random() < 0.05 else f"user{dice.randrange(5_000)}",
        "created_utc": at,
        "link_id": f"t3_{name}{dice.randrange(number // 3 + 1):x}",
        "parent_id": f"t3_{name}{dice.randrange(number // 3 + 1):x}",
        "subreddit": dice.choice(["acme", "slovakia", "Turkey"]),
        "permalink": f"/r/acme/comments/x/_/{name}{number:x}/",
        "score": dice.randrange(100),
    }
