"""Items of old posts: muted, and opened many at a time without reading a clock for each."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from monitor.desk.customers import Account
from monitor.handling.opening import Opening, opens_item
from monitor.model import ItemId, Post
from monitor.store.history import Whose
from monitor.store.items import author_key
from monitor.store.store import Store

Owing = tuple[Post, Sequence[str]]  # a customer's post, and the brands that owe answers


class PastItems:
    """The items of some old posts, which are kept already. It lives in one write transaction."""

    def __init__(
        self, store: Store, opening: Opening, posts: Collection[Owing], now: datetime
    ) -> None:
        self._store = store
        self._opening = opening
        self._now = now
        self._with_items = store.history.with_items(
            whose(post, brand) for post, brands in posts for brand in brands
        )
        self._answered = store.history.answered(post.mention.key for post, _ in posts)
        self._opened: dict[Account, datetime] = {}  # by author: when the oldest post was written

    def admit(self, post: Post, brands: Iterable[str]) -> tuple[ItemId, ...]:
        """Return the items that a post opened or joined."""
        found = (self._admitted(post, brand) for brand in brands)
        return tuple(item for item in found if item is not None)

    def _admitted(self, post: Post, brand: str) -> ItemId | None:
        wanted, author = opens_item(post), whose(post, brand)
        if author in self._with_items or post.mention.key in self._answered:
            found = self._opening.admit(post, brand, self._now, wanted=wanted)
            self._with_items |= {author} if found is not None else set()
            return found
        if not wanted:
            return None
        self._with_items.add(author)
        self._note(post)
        return self._opening.open_muted(post, brand, self._now)

    def _note(self, post: Post) -> None:
        mention = post.mention
        account = Account(platform=mention.platform, key=author_key(mention.author, mention.key))
        earliest = self._opened.get(account, mention.posted_at)
        self._opened[account] = min(earliest, mention.posted_at)

    def finish(self) -> None:
        """Have the cards of these authors' other items count again how often they needed us."""
        for account, posted_at in self._opened.items():
            self._store.customers.touch(account, posted_at)


def whose(post: Post, brand: str) -> Whose:
    """Return what tells the item of a post from any other."""
    mention = post.mention
    return brand, mention.platform, mention.thread, author_key(mention.author, mention.key)
