"""Posts the judge overlooked: a person names one, and it becomes an item as if never missed."""

from collections.abc import Callable
from datetime import datetime

from bot.chat.admission import Caller
from bot.chat.phrases import phrase
from bot.chat.routes import Routes
from bot.chat.text import Text
from bot.chat.wording import local_time, state_name
from monitor.errors import RefusedError
from monitor.handling.desk import Desk
from monitor.model import Item, ItemId, Post, State
from monitor.store.store import Store


class Missed:
    """Opens items for posts; every call stands inside a transaction, which a refusal undoes."""

    def __init__(self, store: Store, desk: Desk, routes: Callable[[], Routes]) -> None:
        self._store = store
        self._desk = desk
        self._routes = routes

    def open(
        self, post: Post, caller: Caller, now: datetime, says: str = ""
    ) -> tuple[ItemId, Text]:
        """Return the item of a post, opened if need be, and what the person is told of it.

        `says` is which it is, where the person told: "complaint", "request" or "both".
        Raises: RefusedError if the post can have none.
        """
        known = self._standing_item(post)
        if known is not None:
            return known.id, phrase(
                "This post is #{item} already; it is {state}.",
                item=str(known.id),
                state=state_name(known.state),
            )
        if post.mention.deleted:
            raise RefusedError("Its author has deleted this post.")
        if post.own_brand is not None:
            raise RefusedError("{brand} wrote this post itself.", brand=post.own_brand)
        standing = self._desk.judge(post, "missed", caller.member, now, says=says)
        if standing is None:
            raise RefusedError("No item could be opened for this post.")
        return standing.item.id, self._told(standing.item, caller)

    def _standing_item(self, post: Post) -> Item | None:
        items = self._store.items.of_post(post.id)
        return next((one for one in items if not one.muted and one.state is not State.VOID), None)

    def _told(self, item: Item, caller: Caller) -> Text:
        manners = self._routes().manners(caller.home)
        seen = local_time(item.opened_at, manners.timezone, manners.language)
        return phrase(
            "#{item} is open. Its clock runs since the post was first seen, {when}.",
            item=str(item.id),
            when=seen,
        )
