"""Made-up posts: some name the brand, no two are near copies of each other."""

import random
from collections.abc import Iterator
from datetime import datetime

from bot.bench.classify import made_up
from monitor.model import Author, Brand, Mention

BRAND = Brand(name="Velora", keywords=("velora",))
_SEED = 2026
_LETTERS = "abcdefghijklmnoprstuvyz"
_TEXTS = 512  # whose words are taken; reading on is cheaper than making
_OWN_WORDS = 10  # of each post: two posts share too few words to fold


class Posts:
    """An endless row of posts of one platform, the same ones each time."""

    def __init__(self, platform: str, hits: float) -> None:
        """`hits` is the share of posts that name the brand."""
        self._platform = platform
        self._every = round(1 / hits)
        self._chance = random.Random(f"{_SEED} {platform}")  # noqa: S311 - repeatable, no secret
        self._texts = made_up(_TEXTS)
        self._number = self._chance.randrange(1_000_000)  # platforms do not keep step

    def take(self, count: int, at: datetime) -> list[Mention]:
        """Return the next `count` posts, all posted at `at`."""
        return [self._post(at) for _ in range(count)]

    def _post(self, at: datetime) -> Mention:
        self._number += 1
        name = f"{self._platform}:{self._number}"
        who = f"customer{self._number % 50_000}"
        return Mention(
            key=name,
            platform=self._platform,
            thread=name,
            author=Author(id=who, handle=who),
            text=self._text(hit=self._number % self._every == 0),
            url=f"https://example.org/{self._number}",
            posted_at=at,
        )

    def _text(self, *, hit: bool) -> str:
        words = self._texts[self._number % _TEXTS].split()[:12]
        if not hit:  # it is matched and thrown away: its own words need not be new
            return " ".join([*words, str(self._number)])
        return " ".join(["Velora", *words, *self._own_words()])

    def _own_words(self) -> Iterator[str]:
        for _ in range(_OWN_WORDS):
            yield "".join(self._chance.choices(_LETTERS, k=self._chance.randint(4, 9)))
