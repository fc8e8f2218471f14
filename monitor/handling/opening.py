"""How a post becomes an item, or joins the one its author already has in the thread."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.handling.ledger import Ledger
from monitor.model import Event, EventKind, Flag, Item, ItemId, Mention, Post, State
from monitor.store.items import author_key

_STAYS_DISMISSED = frozenset({"spam", "not about us"})
_LONGEST_CHAIN = 20  # of the brand's own replies to its own replies


class Opening:
    """Opens and extends items; every call stands inside the caller's write transaction."""

    def __init__(self, ledger: Ledger, found_late: timedelta) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._found_late = found_late

    def admit(
        self,
        post: Post,
        brand: str,
        now: datetime,
        *,
        wanted: bool,
        first_seen: datetime | None = None,
        look_back: bool = False,
    ) -> ItemId | None:
        """Return the item that `post` opened or joined, None if it needs none.

        `wanted` is whether the post opens an item by itself: flagged by the judge, or by a person.
        The clock starts at `first_seen`, by default when the post was first seen.
        """
        mention = post.mention
        who = author_key(mention.author, mention.key)
        found = self._store.items.find(brand, mention.platform, mention.thread, who)
        if found is not None:
            return self._extend(found, post, now, wanted=wanted)
        if not wanted:
            return None
        return self._open(post, brand, who, first_seen or post.seen_at, now, look_back=look_back)

    def _open(
        self,
        post: Post,
        brand: str,
        who: str,
        first_seen: datetime,
        now: datetime,
        *,
        look_back: bool,
    ) -> ItemId:
        draft = self._draft(post, brand, first_seen, look_back=look_back)
        policies = self._ledger.policies
        name = policies.name_for(draft, post.classification)
        version = policies.current.version
        item = self._store.items.open(draft, who, version)
        self._store.items.add_post(item, post.id)
        opened = Event(
            id=0,
            item=item,
            kind=EventKind.OPENED,
            at=first_seen,
            recorded_at=now,
            key=post.mention.key,
            posted_at=post.mention.posted_at,
            reason=name,
            ref=version,
        )
        self._ledger.record(item, [opened, *self._earlier_replies(item, brand, post, now)], now)
        if draft.fold_of is not None:
            self._store.items.touch(draft.fold_of)
        return item

    def _draft(self, post: Post, brand: str, first_seen: datetime, *, look_back: bool) -> Item:
        mention = post.mention
        return Item(
            id=ItemId(0),
            brand=brand,
            platform=mention.platform,
            thread=mention.thread,
            author=mention.author,
            policy="",
            found_late=first_seen - mention.posted_at > self._found_late,
            muted=post.history,
            look_back=look_back,
            fold_of=self._fold(post, brand),
            opened_at=first_seen,
            posted_at=mention.posted_at,
        )

    def _fold(self, post: Post, brand: str) -> ItemId | None:
        """Return the open item under whose card this one is shown, None for a card of its own."""
        if post.fold_of is None:
            return None
        for first in self._store.items.of_post(post.fold_of):
            if first.brand == brand and not first.muted and first.state not in _CLOSED:
                return first.fold_of or first.id
        return None

    def _extend(self, item: Item, post: Post, now: datetime, *, wanted: bool) -> ItemId:
        if item.merged_into is not None:
            merged = self._store.items.get(item.merged_into)
            if merged is not None:
                return self._extend(merged.item, post, now, wanted=wanted)
        if any(known.id == post.id for known in self._store.posts.of_item(item.id)):
            return item.id
        self._store.items.add_post(item.id, post.id)
        joined = _joins(item, post, now, wanted=wanted)
        events = [*_revived(item, joined, wanted=wanted), joined]
        self._ledger.record(
            item.id, [*events, *self._earlier_replies(item.id, item.brand, post, now)], now
        )
        return item.id

    def _earlier_replies(self, item: ItemId, brand: str, post: Post, now: datetime) -> list[Event]:
        """Return the brand's replies to `post` that were found before the post itself was."""
        mention = post.mention
        found = self._store.posts.of_thread(mention.platform, mention.thread)
        return [
            reply_event(item, reply.mention, now)
            for reply in found
            if reply.own_brand is not None
            and brand in reply.brands
            and not reply.mention.deleted
            and reply.mention.reply_to == mention.key
            and not self._store.events.has_reply(item, reply.mention.key)
        ]

    def unmute(self, item: Item, post: Post, now: datetime) -> None:
        """Let an item that was stored as history be a normal one: its post was seen live."""
        event = Event(
            id=0,
            item=item.id,
            kind=EventKind.UNMUTED,
            at=now,
            recorded_at=now,
            key=post.mention.key,
            posted_at=post.mention.posted_at,
        )
        self._ledger.record(item.id, [event], now)

    def replied(self, brand: str, reply: Mention, now: datetime) -> tuple[ItemId, ...]:
        """Stop the clocks that a public reply of the brand answers, and return their items.

        A reply answers the person it is a reply to. Where the platform does not say to whom it
        is, it answers the only item of the thread; with several, nobody's clock is stopped.
        """
        items = self._store.items.of_thread(brand, reply.platform, reply.thread)
        answered = tuple(self._addressed(items, reply))
        for item in answered:
            if not self._store.events.has_reply(item, reply.key):
                self._ledger.record(item, [reply_event(item, reply, now)], now)
        return answered

    def _addressed(self, items: tuple[Item, ...], reply: Mention) -> Iterable[ItemId]:
        if reply.reply_to is None:
            return [item.id for item in items] if len(items) == 1 else []
        customer = self._answered_post(reply.reply_to)
        return [
            item.merged_into or item.id
            for item in items
            if any(post.mention.key == customer for post in self._store.posts.of_item(item.id))
        ]

    def _answered_post(self, key: str) -> str:
        """Return the customer's post at the end of a chain of the brand's own replies."""
        for _ in range(_LONGEST_CHAIN):
            found = self._store.posts.get(key)
            if found is None or found.own_brand is None or found.mention.reply_to is None:
                return key
            key = found.mention.reply_to
        return key


_CLOSED = frozenset({State.RESOLVED, State.VOID})


def needs_answer(post: Post) -> bool:
    """Return whether a later post starts a clock: flagged, in the review band, or unjudged."""
    return post.classification is None or bool(post.classification.flags)


def opens_item(post: Post) -> bool:
    """Return whether the judge alone opens an item for a post."""
    return post.classification is not None and post.classification.flagged


def in_review_band(post: Post) -> bool:
    """Return whether a person must say what a post is: in doubt, or not judged."""
    judged = post.classification
    return judged is None or (Flag.REVIEW in judged.flags and not judged.flagged)


def reply_event(item: ItemId, reply: Mention, now: datetime) -> Event:
    """Return what a public reply of the brand is to an item: proof, at the reply's own time."""
    return Event(
        id=0,
        item=item,
        kind=EventKind.BRAND_REPLY,
        at=reply.posted_at,
        recorded_at=now,
        key=reply.key,
        url=reply.url,
    )


def _joins(item: Item, post: Post, now: datetime, *, wanted: bool) -> Event:
    live = not post.history  # what is read from the past starts no clock
    return Event(
        id=0,
        item=item.id,
        kind=EventKind.CUSTOMER_POST,
        at=post.seen_at,
        recorded_at=now,
        key=post.mention.key,
        posted_at=post.mention.posted_at,
        wants_answer=live and (wanted or needs_answer(post)),
    )


def _revived(item: Item, joined: Event, *, wanted: bool) -> list[Event]:
    """Return what a customer's new post does to an item that rests."""
    kind = None
    if item.muted and joined.wants_answer:
        kind = EventKind.UNMUTED
    elif item.state is State.RESOLVED and joined.wants_answer:
        kind = EventKind.REOPENED
    elif item.state is State.WAITING:
        kind = EventKind.RESUMED
    elif item.state is State.VOID and wanted and item.void_reason not in _STAYS_DISMISSED:
        kind = EventKind.RESTORED
    if kind is None:
        return []
    return [
        Event(
            id=0,
            item=item.id,
            kind=kind,
            at=joined.at,
            recorded_at=joined.recorded_at,
            key=joined.key,
            posted_at=joined.posted_at,
        )
    ]
