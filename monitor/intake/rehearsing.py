"""Hears of posts that are only counted, and notes what each would have asked of the desk."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from monitor.clock.policy import Facts
from monitor.desk import matters
from monitor.handling.ledger import Ledger
from monitor.handling.opening import in_review_band, opens_item
from monitor.handling.policies import Edition
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Classification, Item, ItemId, Mention, Post
from monitor.report.noise import Keyword
from monitor.store.items import author_key
from monitor.store.scratch import Need, Owed, Read, Scratch

_CALLED = ""  # an own account was called, and no keyword stands in the text
_What = tuple[str, str]  # a brand and a keyword of it


class Rehearsing:
    """Takes posts for a rehearsal; one that was heard of before changes nothing."""

    def __init__(
        self,
        ledger: Ledger,
        edition: Edition,
        matcher: Matcher,
        brands: Sequence[Brand],
        scratch: Scratch,
    ) -> None:
        self._ledger = ledger
        self._edition = edition
        self._matcher = matcher
        self._clocked = {brand.name for brand in brands if not brand.competitor}
        self._scratch = scratch
        self.unjudged = 0  # posts of which the judge could say nothing
        self._posts: Counter[_What] = Counter()
        self._doubtful: Counter[_What] = Counter()
        self._wanted: Counter[_What] = Counter()

    def heard(self, mention: Mention, brands: Iterable[str], judged: Classification | None) -> None:
        """Note a post of a customer. Raises: StoreError where there is no room."""
        ours = tuple(brand for brand in brands if brand in self._clocked)
        if not ours:
            return
        post = Post(
            id=0, mention=mention, seen_at=mention.posted_at, brands=ours, classification=judged
        )
        need = _need(post)
        owed = [self._owed(post, brand) for brand in ours] if need == Need.ANSWER else []
        read = Read(mention=mention, brands=ours, classification=judged, need=need)
        if self._scratch.add(read, owed):
            self.unjudged += judged is None
            self._count(mention.text, ours, need)

    def _owed(self, post: Post, brand: str) -> Owed:
        mention = post.mention
        facts = self._facts(post, brand)
        who = (mention.platform, mention.thread, author_key(mention.author, mention.key))
        return Owed(
            brand=brand,
            who=blake2b("\0".join(who).encode(), digest_size=16).digest(),
            policy=self._edition.policy_for(facts).name,
            facts=facts if self._edition.rules else None,
        )

    def _facts(self, post: Post, brand: str) -> Facts:
        """Return what rules may ask of an item that opens by this post."""
        mention = post.mention
        item = Item(
            id=ItemId(0),
            brand=brand,
            platform=mention.platform,
            thread=mention.thread,
            author=mention.author,
            policy="",
            found_late=False,
            opened_at=mention.posted_at,
            posted_at=mention.posted_at,
        )
        return self._ledger.facts(self._edition, item, matters.matter([post]))

    def _count(self, text: str, brands: Sequence[str], need: int) -> None:
        words: dict[str, set[str]] = {brand: set() for brand in brands}
        for hit in self._matcher.hits(text):
            if hit.brand in words:
                words[hit.brand].add(hit.keyword)
        named = [(brand, word) for brand in brands for word in words[brand] or {_CALLED}]
        self._posts.update(named)
        self._doubtful.update(named if need == Need.DOUBT else ())
        self._wanted.update(named if need == Need.ANSWER else ())

    def keywords(self) -> tuple[Keyword, ...]:
        """Return what each keyword brought; "" where an own account was called without any."""
        return tuple(
            Keyword(
                brand=brand,
                word=word,
                posts=posts,
                doubtful=self._doubtful[brand, word],
                wanted=self._wanted[brand, word],
            )
            for (brand, word), posts in sorted(self._posts.items())
        )


def _need(post: Post) -> int:
    if opens_item(post):
        return Need.ANSWER
    return Need.DOUBT if in_review_band(post) else Need.NONE
