"""Which customer a person speaks of: by an item, by what they reply to, or by a handle."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.chat.admission import Order
from bot.chat.replies import MisspokenError
from bot.chat.speaking_of import SpeakingOf, item_number
from bot.chat.wording import one_line
from monitor.desk.customers import Account, Known
from monitor.handling.customers import CustomerBook
from monitor.model import ItemId
from monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """A customer, the item by which they were named, and the words that followed."""

    account: Account
    item: ItemId | None
    rest: str = ""


class Customers:
    """Finds customers in what people write; calls stand inside a transaction."""

    def __init__(self, store: Store, book: CustomerBook, speaking_of: SpeakingOf) -> None:
        self._store = store
        self._book = book
        self._speaking_of = speaking_of

    def about(self, order: Order, written: str) -> Whose | None:
        """Return whom words are about: who they begin with, else whose card is replied to.

        None where they name nobody. Raises: MisspokenError for a handle that nobody bears.
        """
        first, *rest = written.split(maxsplit=1) or [""]
        under = self._speaking_of.replied_to(order.heard)
        if under is not None:
            said_again = item_number(first) == under
            rest_of_it = "".join(rest) if said_again else written.strip()
            return Whose(account=self._book.of_item(under), item=under, rest=rest_of_it)
        if not first:
            return None
        return self.named(first, "".join(rest))

    def under(self, order: Order) -> Whose | None:
        """Return the customer of the card that is replied to, None where none is."""
        item = self._speaking_of.replied_to(order.heard)
        return None if item is None else Whose(account=self._book.of_item(item), item=item)

    def named(self, word: str, rest: str = "") -> Whose:
        """Return the customer of an item's number, or of a handle. Raises: MisspokenError."""
        item = item_number(word)
        if item is not None:
            return Whose(account=self._book.of_item(item), item=item, rest=rest)
        known = self.handle(word)
        return Whose(account=known.account, item=known.item, rest=rest)

    def handle(self, word: str) -> Known:
        """Return the customer of "dora", "@dora" or "reddit:dora". Raises: MisspokenError."""
        platform = self._platform(word)
        handle = word.partition(":")[2] if platform else word
        found = self._store.customers.find(handle.removeprefix("@"), platform)
        if not found:
            raise MisspokenError("Nobody called {name} has written yet.", name=one_line(word))
        if len(found) > 1:
            names = " ".join(_spelled(each) for each in found)
            raise MisspokenError("Which of them? {names}", names=names)
        return found[0]

    def _platform(self, word: str) -> str | None:
        """Return the platform that a word begins with, "reddit:dora"; None for any other word."""
        platform, colon, handle = word.partition(":")
        known = colon and handle and self._store.customers.has_platform(platform.casefold())
        return platform.casefold() if known else None


def _spelled(known: Known) -> str:
    return f"{known.account.platform}:{one_line(known.handle)}"


def words_after(written: str) -> Iterator[str]:
    """Yield a command's first word in lower case, then all that follows it."""
    first, *rest = written.split(maxsplit=1) or [""]
    yield first.lower()
    yield "".join(rest)
