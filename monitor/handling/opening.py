"""How a post becomes an item, or joins the one its author already has in the thread."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.clock.policy import Policy
from monitor.clock.timeline import effective
from monitor.desk import matters
from monitor.handling.ledger import Ledger
from monitor.model import (
    Event,
    EventKind,
    Flag,
    Item,
    ItemId,
    MemberId,
    Mention,
    Post,
    State,
)
from monitor.store.items import author_key

_STAYS_DISMISSED = frozenset({"spam", "not about us"})
_LONGEST_CHAIN = 20  # of the brand's own replies to its own replies
_MOMENT = timedelta(microseconds=1)  # as finely as instants are kept


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
        asked_at: datetime | None = None,
        look_back: bool = False,
    ) -> ItemId | None:
        """Return the item that `post` opened or joined, None if it needs none.

        `wanted` is whether the post opens an item by itself: flagged by the judge, or by a person.
        The clock starts at `first_seen`, by default when the post was first seen. `asked_at` is
        when the customer wrote what asks, by default the post's own time: an edit asks later.
        """
        mention = post.mention
        asking = _Asking(
            post=post,
            first_seen=first_seen or post.seen_at,
            asked_at=asked_at or mention.posted_at,
            wanted=wanted,
        )
        who = author_key(mention.author, mention.key)
        found = self._store.items.find(brand, mention.platform, mention.thread, who)
        if found is not None:
            item = self._extend(found, asking, now)
            self._ledger.reroute(item, now)
            return item
        if not wanted:
            return None
        return self._open(asking, brand, who, now, look_back=look_back)

    def _open(
        self, asking: "_Asking", brand: str, who: str, now: datetime, *, look_back: bool
    ) -> ItemId:
        post = asking.post
        draft, policy = self._routed(asking, brand, look_back=look_back)
        item = self._store.items.open(draft, who, policy.edition)
        self._store.items.add_post(item, post.id)
        opened = asking.opens(item, policy, now)
        self._ledger.record(item, [opened, *self._earlier_replies(item, brand, post, now)], now)
        if draft.fold_of is not None:
            self._store.items.touch(draft.fold_of)
        return item

    def open_muted(self, post: Post, brand: str, now: datetime) -> ItemId:
        """Return the item that a flagged post of the past opens; no clock is read for it.

        The caller knows that its author has none in the thread, that nobody is known to have
        replied to it, and has the cards of its author's other items count again.
        """
        asking = _Asking(
            post=post, first_seen=post.seen_at, asked_at=post.mention.posted_at, wanted=True
        )
        draft, policy = self._routed(asking, brand, look_back=False)
        opened = asking.opens(draft.id, policy, now)
        who = author_key(post.mention.author, post.mention.key)
        item = self._store.history.open_muted(draft, who, opened, post.id)
        if draft.fold_of is not None:
            self._store.items.touch(draft.fold_of)
        return item

    def _routed(self, asking: "_Asking", brand: str, *, look_back: bool) -> tuple[Item, Policy]:
        """Return what a post opens, with what it is about, and the policy that this gets."""
        draft = self._draft(asking, brand, look_back=look_back)
        known = matters.matter([asking.post])
        edition = self._ledger.policies.current
        policy = edition.policy_for(self._ledger.facts(edition, draft, known))
        return replace(matters.about(draft, known), policy=policy.name), policy

    def _draft(self, asking: "_Asking", brand: str, *, look_back: bool) -> Item:
        mention = asking.post.mention
        return Item(
            id=ItemId(0),
            brand=brand,
            platform=mention.platform,
            thread=mention.thread,
            author=mention.author,
            policy="",
            found_late=asking.first_seen - asking.asked_at > self._found_late,
            muted=asking.post.history,
            look_back=look_back,
            fold_of=self._fold(asking.post, brand),
            opened_at=asking.first_seen,
            posted_at=asking.asked_at,
        )

    def _fold(self, post: Post, brand: str) -> ItemId | None:
        """Return the open item under whose card this one is shown, None for a card of its own."""
        if post.fold_of is None:
            return None
        for first in self._store.items.of_post(post.fold_of):
            if first.brand == brand and not first.muted and first.state not in _CLOSED:
                return first.fold_of or first.id
        return None

    def _extend(self, item: Item, asking: "_Asking", now: datetime) -> ItemId:
        root = self._root(item)
        if root.id != item.id:
            return self._extend(root, asking, now)
        joined = asking.joins(item.id, now)
        events = effective(self._store.events.of_item(item.id))
        if not _is_news(item, events, joined, wanted=asking.wanted):
            return item.id
        self._store.items.add_post(item.id, asking.post.id)
        revived = _revived(item, events, joined, asking)
        for event in revived:
            if event.kind is EventKind.UNMUTED:
                self._begin(item.id, event)
        replies = self._earlier_replies(item.id, item.brand, asking.post, now)
        self._ledger.record(item.id, [*revived, joined, *replies], now)
        return item.id

    def _root(self, item: Item) -> Item:
        """Return the item that goes on for one that was merged, perhaps more than once."""
        for _ in range(_LONGEST_CHAIN):
            into = self._store.items.get(item.merged_into) if item.merged_into else None
            if into is None:
                break
            item = into.item
        return item

    def _begin(self, item: ItemId, first: Event) -> None:
        """Let history that is seen live count from there, in every figure as in its clock."""
        posted_at = first.posted_at or first.at
        self._store.items.begin(
            item,
            opened_at=first.at,
            posted_at=posted_at,
            found_late=first.at - posted_at > self._found_late,
        )

    def _earlier_replies(self, item: ItemId, brand: str, post: Post, now: datetime) -> list[Event]:
        """Return the brand's replies to `post` that were found before the post itself was."""
        mention = post.mention
        found = self._store.posts.of_thread(mention.platform, mention.thread)
        return [
            reply_event(item, reply.mention, mention, now)
            for reply in found
            if reply.own_brand is not None
            and brand in reply.brands
            and not reply.mention.deleted
            and reply.mention.reply_to is not None
            and self._answered_post(reply.mention.reply_to) == mention.key
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
        self._begin(item.id, event)
        self._ledger.record(item.id, [event], now)

    def replied(
        self, brand: str, reply: Mention, now: datetime, *, by: MemberId | None = None
    ) -> tuple[ItemId, ...]:
        """Stop the clocks that a public reply of the brand answers, and return their items.

        `by` is the member who sent it from here, None for one that was found.

        A reply answers the person it is a reply to. Where the platform does not say to whom it
        is, it answers the only item of the thread; with several, nobody's clock is stopped.
        """
        post = self._post_answered(reply)
        answered = tuple(
            dict.fromkeys(self._root(item).id for item in self._addressed(brand, reply, post))
        )
        for item in answered:
            if not self._store.events.has_reply(item, reply.key):
                to = post.mention if post is not None else None
                event = replace(reply_event(item, reply, to, now), actor=by)
                self._ledger.record(item, [event], now)
        return answered

    def _post_answered(self, reply: Mention) -> Post | None:
        to = self._answered_post(reply.reply_to) if reply.reply_to is not None else None
        return self._store.posts.get(to) if to is not None else None

    def _addressed(self, brand: str, reply: Mention, post: Post | None) -> Iterable[Item]:
        if reply.reply_to is None:
            items = self._store.items.of_thread(brand, reply.platform, reply.thread)
            return items if len({self._root(item).id for item in items}) == 1 else ()
        if post is None:
            return ()
        return [item for item in self._store.items.of_post(post.id) if item.brand == brand]

    def stands_again(self, reply: Mention, now: datetime) -> tuple[ItemId, ...]:
        """Count a reply anew that was deleted and came back: it answers from now on."""
        items = self._store.events.items_answered_by(reply.key)
        for item in items:
            back = replace(reply_event(item, reply, None, now), at=now)
            self._ledger.record(item, [back], now)
        return items

    def _answered_post(self, key: str) -> str:
        """Return the customer's post at the end of a chain of the brand's own replies."""
        for _ in range(_LONGEST_CHAIN):
            found = self._store.posts.get(key)
            if found is None or found.own_brand is None or found.mention.reply_to is None:
                return key
            key = found.mention.reply_to
        return key


_CLOSED = frozenset({State.RESOLVED, State.VOID})
_POSTS = frozenset({EventKind.OPENED, EventKind.CUSTOMER_POST})
_PAUSES = frozenset({EventKind.WAITING, EventKind.SNOOZED})


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


def reply_event(item: ItemId, reply: Mention, to: Mention | None, now: datetime) -> Event:
    """Return what a public reply of the brand is to an item: proof, at the reply's own time.

    It was written after the post that it answers, whatever the clocks of two servers say.
    """
    earliest = to.posted_at + _MOMENT if to is not None else reply.posted_at
    return Event(
        id=0,
        item=item,
        kind=EventKind.BRAND_REPLY,
        at=max(reply.posted_at, earliest),
        recorded_at=now,
        key=reply.key,
        url=reply.url,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """A post on its way into an item."""

    post: Post
    first_seen: datetime  # when we saw what it asks
    asked_at: datetime  # when the customer wrote it
    wanted: bool  # it opens an item by itself

    def opens(self, item: ItemId, policy: Policy, now: datetime) -> Event:
        """Return what the post is to the item that it opens."""
        return Event(
            id=0,
            item=item,
            kind=EventKind.OPENED,
            at=self.first_seen,
            recorded_at=now,
            key=self.post.mention.key,
            posted_at=self.asked_at,
            reason=policy.name,
            ref=policy.edition,
        )

    def joins(self, item: ItemId, now: datetime) -> Event:
        """Return what the post is to an item; what is read from the past starts no clock."""
        live = not self.post.history
        return Event(
            id=0,
            item=item,
            kind=EventKind.CUSTOMER_POST,
            at=self.first_seen,
            recorded_at=now,
            key=self.post.mention.key,
            posted_at=self.asked_at,
            wants_answer=live and (self.wanted or needs_answer(self.post)),
        )


def _is_news(item: Item, events: Sequence[Event], joined: Event, *, wanted: bool) -> bool:
    """Return whether a post says what its item does not know yet.

    It is new to the item, it asks now and did not before, or nobody saw it ask since the item had
    been dismissed before it came.
    """
    said = [one for one in events if one.kind in _POSTS and one.key == joined.key]
    latest = max(said, key=lambda one: one.id, default=None)
    if latest is None or (joined.wants_answer and not latest.wants_answer):
        return True
    dismissed = max((one.id for one in events if one.kind is EventKind.VOIDED), default=0)
    return wanted and item.state is State.VOID and latest.id > dismissed


def _revived(item: Item, events: Sequence[Event], joined: Event, asking: _Asking) -> list[Event]:
    """Return what a customer's new post does to an item that rests."""
    found: list[Event] = []
    if item.muted and joined.wants_answer:
        found.append(_happened(joined, EventKind.UNMUTED))
    if item.state is State.VOID and asking.wanted and item.void_reason not in _STAYS_DISMISSED:
        found += [*_dismissed(events, joined), _happened(joined, EventKind.RESTORED)]
        found += [_happened(joined, EventKind.RESUMED)] if _waited(item, events) else []
    elif item.state is State.RESOLVED and joined.wants_answer:
        found.append(_happened(joined, EventKind.REOPENED))
    elif item.state is State.WAITING and not asking.post.history:
        found.append(_happened(joined, EventKind.RESUMED))
    return found


def _waited(item: Item, events: Sequence[Event]) -> bool:
    """Return whether an item that was dismissed had been put to wait, which a post ends."""
    pauses = [one for one in effective(events) if one.kind in _PAUSES]
    return item.paused_until is not None and pauses[-1].kind is EventKind.WAITING


def _dismissed(events: Sequence[Event], joined: Event) -> Iterable[Event]:
    """Yield that the posts which a person dismissed ask nothing: only the new one does."""
    voided = [one for one in events if one.kind is EventKind.VOIDED and one.actor is not None]
    if not voided:
        return
    last = max(voided, key=lambda one: one.id)
    posts = {one.key: one for one in events if one.kind in _POSTS and one.id < last.id}
    gone = _gone(events)
    for key, post in posts.items():
        if key not in gone and key != joined.key:
            kind = EventKind.CUSTOMER_POST
            yield replace(
                _happened(joined, kind),
                at=last.at,
                key=key,
                posted_at=post.posted_at,
                wants_answer=False,
            )


def _gone(events: Sequence[Event]) -> set[str | None]:
    """Return the keys of the posts that are gone."""
    gone: set[str | None] = set()
    for one in events:
        if one.kind is EventKind.POST_DELETED:
            gone.add(one.key)
        elif one.kind is EventKind.RESTORED:
            gone -= gone if one.key is None else {one.key}
    return gone


def _happened(joined: Event, kind: EventKind) -> Event:
    return replace(joined, kind=kind, at=joined.recorded_at, wants_answer=True)
