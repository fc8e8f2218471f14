"""The world outside: who posts what, when each connector sees it, and what becomes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate, product
from random import Random

from monitor.model import Author, Mention
from tests.simulation.editions import BRANDS, PLATFORMS, RIVAL
from tests.simulation.judging import Verdict

_SYLLABLES = tuple(f"{a}{b}" for a in "bcdfgklmnprstvz" for b in "aeiou")
_WORDS = tuple(map("".join, product(_SYLLABLES[::2], _SYLLABLES[1::2], ("ra", "lo", "ten"))))
_LANGUAGES = ("en", "tr", "sk", "ar", "hy", "ru")
_TOPICS = ("billing", "delivery", "account", "quality")
_BUSY = (2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 9, 9, 9, 9, 9, 9, 9, 8, 7, 6, 5, 3)  # by hour, UTC
_WEEKEND = 0.6
_COMPANY = 5  # posts that come together on average, within so many seconds
_TOGETHER = 90


@dataclass(frozen=True, slots=True)
class Post:
    """A mention and what the world knows of it."""

    mention: Mention
    verdict: Verdict
    brands: tuple[str, ...]  # that it names
    own: bool = False

    @property
    def flagged(self) -> bool:
        """Whether it opens an item."""
        return bool({"complaint", "request"} & set(self.verdict.flags))


@dataclass
class World:
    """Makes posts. The same seed makes the same world."""

    dice: Random
    share_flagged: float
    number: int = 0
    regulars: list[str] = field(default_factory=list)

    def times(self, posts: int, since: datetime, days: int) -> Iterator[tuple[datetime, str]]:
        """Yield when and where so many posts are written, in order: more by day than by night."""
        hours = [since + timedelta(hours=hour) for hour in range(24 * days)]
        busy = (_BUSY[at.hour] * (_WEEKEND if at.weekday() >= 5 else 1.0) for at in hours)
        weights = list(accumulate(busy))
        written: list[tuple[datetime, str]] = []
        while len(written) < posts:  # people write in company: one post is seldom alone
            begins = self.dice.choices(hours, cum_weights=weights)[0] + self._within(3600)
            platform = self.dice.choice(PLATFORMS)
            size = min(int(self.dice.expovariate(1 / _COMPANY)) + 1, posts - len(written))
            written += [(begins + self._within(_TOGETHER), platform) for _ in range(size)]
        yield from sorted(written)

    def _within(self, seconds: int) -> timedelta:
        parts = self.dice.choice((0, 0, 250_000, 999_999))
        return timedelta(seconds=self.dice.randrange(seconds), microseconds=parts)

    def post(self, at: datetime, platform: str) -> Post:
        """Return something that somebody wrote of a brand."""
        brand = RIVAL if self.dice.random() < 0.12 else self.dice.choice(BRANDS)
        return self.written(self._verdict(), brand, platform, self._author(), at)

    def _verdict(self) -> Verdict:
        dice, flags = self.dice.random(), ()
        told: tuple[str, ...] = flags
        if dice < self.share_flagged * 0.6:
            told = ("complaint",)
        elif dice < self.share_flagged * 0.9:
            told = ("request",)
        elif dice < self.share_flagged:
            told = ("complaint", "request")
        elif dice < self.share_flagged * 1.2:
            told = ("review",)
        return self.verdict(*told)

    def verdict(self, *flags: str) -> Verdict:
        """Return what the judge is to say of a post with these flags."""
        return Verdict(
            flags,
            self.dice.choice(_LANGUAGES),
            self.dice.choices((0, 1, 2), (70, 20, 10))[0],
            self.dice.choice(_TOPICS),
        )

    def _author(self) -> str:
        if self.regulars and self.dice.random() < 0.15:
            return self.dice.choice(self.regulars)
        name = f"c{self.number}"
        if self.dice.random() < 0.1:
            self.regulars.append(name)
        return name

    def written(
        self,
        verdict: Verdict,
        brand: str,
        platform: str,
        author: str,
        at: datetime,
        *,
        to: Post | None = None,
    ) -> Post:
        """Return a post: `to` is the one it follows in its thread, None for one of its own."""
        self.number += 1
        key = f"{platform}:p{self.number}"
        named = to is None or self.dice.random() < 0.3
        said = " ".join(self.dice.choices(_WORDS, k=12))
        mention = Mention(
            key=key,
            platform=platform,
            thread=to.mention.thread if to else key,
            author=Author(id=f"id-{author}", handle=author),
            text=f"{brand.lower() + ' ' if named else ''}{said} {verdict}",
            url=f"https://{platform}.example/{self.number}",
            posted_at=at,
            reply_to=to.mention.key if to else None,
        )
        return Post(mention, verdict, (brand,) if named else ())

    def answer(self, to: Post, brand: str, at: datetime) -> Post:
        """Return what the brand's own account wrote to somebody."""
        self.number += 1
        platform, handle = to.mention.platform, f"{brand.lower()}_care"
        mention = Mention(
            key=f"{platform}:r{self.number}",
            platform=platform,
            thread=to.mention.thread,
            author=Author(id=handle, handle=handle),
            text="We are on it",
            url=f"https://{platform}.example/{self.number}",
            posted_at=at,
            reply_to=to.mention.key,
        )
        return Post(mention, Verdict((), "en", 0, "none"), (brand,), own=True)

    def deleted(self, post: Post) -> Post:
        """Return a post as it is seen once it is gone."""
        return replace(post, mention=replace(post.mention, deleted=True, text="", author=None))

    def edited(self, post: Post, verdict: Verdict, at: datetime) -> Post:
        """Return a post with another text."""
        brand = post.brands[0].lower() + " " if post.brands else ""
        text = f"{brand}{' '.join(self.dice.choices(_WORDS, k=12))} {verdict}"
        mention = replace(post.mention, text=text, edited_at=at)
        return replace(post, mention=mention, verdict=verdict)
