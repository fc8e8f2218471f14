"""What members do: each act is checked, written and logged in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.clock.timeline import effective
from monitor.desk import acts, roles
from monitor.errors import RefusedError
from monitor.handling.ledger import Ledger, Standing
from monitor.handling.opening import Opening
from monitor.model import (
    Event,
    EventKind,
    Flag,
    Item,
    ItemId,
    Member,
    MemberId,
    Post,
    State,
)

Act = Callable[[Item], Event]
_POSTS = frozenset({EventKind.OPENED, EventKind.CUSTOMER_POST})
_ENDS = frozenset({EventKind.BRAND_REPLY, EventKind.ANSWERED})
LABELS = {  # what a tap in the review digest says
    "complaint": frozenset({Flag.COMPLAINT}),
    "request": frozenset({Flag.REQUEST}),
    "neither": frozenset[Flag](),
    "missed": frozenset({Flag.REQUEST}),
}


class Desk:
    """The acts of members. One belongs to one thread, as its store does.

    Every act may raise `RefusedError`, whose message is for the member who acted.
    """

    def __init__(self, ledger: Ledger, found_late: timedelta, competitors: frozenset[str]) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._opening = Opening(ledger, found_late)
        self._competitors = competitors

    def claim(self, item: ItemId, member: Member, now: datetime) -> Standing:
        """Give an item to a member: the first tap wins."""
        with self._store.writing():
            standing = self._ledger.standing(item, now)
            owner = standing.item.owner
            if owner is not None and owner != member.id:
                raise RefusedError(f"{self._name(owner)} has it.")
            event = acts.claim(standing.item, member, now)
            if not self._store.items.claim(item, member.id):
                raise RefusedError("Somebody else was faster.")
            return self._record("claim", event, member, now)

    def release(self, item: ItemId, member: Member, now: datetime) -> Standing:
        """Put an item back into the queue."""
        return self._act("release", item, member, now, lambda one: acts.release(one, member, now))

    def answered(
        self, item: ItemId, member: Member, now: datetime, url: str | None = None
    ) -> Standing:
        """Stop the response clock at once, unproven until the reply is found."""
        return self._act(
            "answered", item, member, now, lambda one: acts.answered(one, member, now, url), url
        )

    def link_answer(self, item: ItemId, member: Member, now: datetime, url: str) -> Standing:
        """Keep the link to an answer that was tapped without one; no clock moves."""
        with self._store.writing():
            standing = self._ledger.standing(item, now)
            events = acts.link(standing.item, standing.events, member, now, url)
            self._store.people.log(now, "answer link", actor=member, item=item, detail=url)
            return self._ledger.record(item, events, now)

    def wait(self, item: ItemId, member: Member, now: datetime, reason: str) -> Standing:
        """Pause the resolution clock: waiting for the customer, or for a third party."""
        return self._act(
            "wait", item, member, now, lambda one: acts.wait(one, member, now, reason), reason
        )

    def snooze(
        self, item: ItemId, member: Member, now: datetime, length: timedelta = acts.SNOOZE
    ) -> Standing:
        """Hold warnings back for a while, never past a breach."""
        return self._act(
            "snooze", item, member, now, lambda one: acts.snooze(one, member, now, length)
        )

    def resume(self, item: ItemId, member: Member, now: datetime) -> Standing:
        """End a pause before its time."""
        return self._act("resume", item, member, now, lambda one: acts.resume(one, member, now))

    def resolve(self, item: ItemId, member: Member, now: datetime) -> Standing:
        """End an answered item."""
        return self._act("resolve", item, member, now, lambda one: acts.resolve(one, member, now))

    def not_for_us(self, item: ItemId, member: Member, now: datetime, reason: str) -> Standing:
        """Dismiss an item: out of every ratio, and a label to learn from."""
        with self._store.writing():
            standing = self._act(
                "not for us",
                item,
                member,
                now,
                lambda one: acts.not_for_us(one, member, now, reason),
                reason,
            )
            for post in self._store.posts.of_item(item)[:1]:
                self._store.notes.tap(post.id, reason, member.id, now)
            return standing

    def merge(self, item: ItemId, into: ItemId, member: Member, now: datetime) -> Standing:
        """Let an item be part of another, and return how the other stands."""
        with self._store.writing():
            target = self._ledger.standing(into, now).item
            asking = _asking(self._ledger.standing(item, now))
            self._act(
                "merge",
                item,
                member,
                now,
                lambda one: acts.merge(one, target, member, now),
                f"into #{into}",
            )
            for post in self._store.posts.of_item(item):
                self._store.items.add_post(into, post.id)
            joined = [
                _merged(into, item, post, now, asks=post.mention.key in asking)
                for post in self._store.posts.of_item(item)
            ]
            return self._ledger.record(into, joined, now)

    def undo(self, item: ItemId, member: Member, now: datetime) -> Standing:
        """Take the latest act on an item back, within five minutes."""
        with self._store.writing():
            standing = self._ledger.standing(item, now)
            event = acts.undo(standing.item, standing.events, member, now)
            undone = next(one for one in standing.events if one.id == event.ref)
            after = self._record("undo", event, member, now, detail=undone.kind)
            self._undo_traces(item, undone, now)
            return after

    def _undo_traces(self, item: ItemId, undone: Event, now: datetime) -> None:
        """Take back what an undone act left outside its item: a label, or a merger's posts."""
        if undone.kind is not EventKind.VOIDED:
            return
        if undone.ref is None:
            for post in self._store.posts.of_item(item)[:1]:
                self._store.notes.untap(post.id, now)
            return
        into = ItemId(undone.ref)
        theirs = self._store.posts.of_item(item)
        for post in theirs:
            self._store.items.remove_post(into, post.id)
        brought = list(self._brought(into, undone, theirs))
        self._ledger.record(into, [_undoing(event, now) for event in brought], now)
        replies = [event for event in brought if event.kind is EventKind.BRAND_REPLY]
        back = [replace(event, id=0, item=item, recorded_at=now) for event in replies]
        self._ledger.record(item, back, now)

    def _brought(self, into: ItemId, merger: Event, posts: Sequence[Post]) -> Iterator[Event]:
        """Yield what an item has from one that was merged: its posts, and replies to them."""
        keys = {post.mention.key for post in posts}
        for event in self._store.events.of_item(into):
            if event.kind is EventKind.CUSTOMER_POST and event.ref == merger.item:
                yield event
            elif event.kind is EventKind.BRAND_REPLY and event.id > merger.id and event.key:
                reply = self._store.posts.get(event.key)
                if reply is not None and reply.mention.reply_to in keys:
                    yield event

    def judge(self, post: Post, label: str, member: Member, now: datetime) -> Standing | None:
        """Keep a person's word on a post, and open its item if it needs an answer.

        `label` is one of `LABELS`; "missed" opens a post that the judge did not flag. The clock
        starts when the post was first seen: that the judge overlooked it is no excuse.
        Returns the item's standing, None where there is none.
        """
        with self._store.writing():
            self._store.notes.tap(post.id, label, member.id, now)
            self._store.posts.reviewed(post.id)
            opened = self._opened(post, now) if LABELS[label] else None
            self._store.people.log(now, label, actor=member, item=opened, detail=post.mention.key)
            return self._ledger.standing(opened, now) if opened is not None else None

    def _opened(self, post: Post, now: datetime) -> ItemId | None:
        brands = [brand for brand in post.brands if brand not in self._competitors]
        if not brands:
            raise RefusedError("This post names no brand that has a clock.")
        opened = [self._opening.admit(post, brand, now, wanted=True) for brand in brands]
        for item in self._store.items.of_post(post.id):
            if item.muted:
                self._opening.unmute(item, post, now)
            elif item.state is State.VOID and item.merged_into is None:
                self._ledger.record(item.id, [_restored(item.id, now)], now)
        return next((item for item in opened if item is not None), None)

    def _act(
        self,
        action: str,
        item: ItemId,
        member: Member,
        now: datetime,
        act: Act,
        detail: str | None = None,
    ) -> Standing:
        with self._store.writing():
            event = act(self._ledger.standing(item, now).item)
            return self._record(action, event, member, now, detail=detail or "")

    def _record(
        self, action: str, event: Event, member: Member, now: datetime, detail: str = ""
    ) -> Standing:
        self._store.people.log(now, action, actor=member, item=event.item, detail=detail)
        return self._ledger.record(event.item, [event], now)

    def _name(self, member: MemberId) -> str:
        found = self._store.people.member(member)
        return found.name if found else "Somebody"

    def allowed(self, command: str, member: Member | None) -> bool:
        """Return whether a member, or a stranger (None), may use a command."""
        asked = roles.asked_for(command)
        return asked is None or (member is not None and roles.at_least(member.role, asked))


def _asking(standing: Standing) -> frozenset[str | None]:
    """Return the keys of an item's posts that still want an answer."""
    if not standing.readings.response_open:
        return frozenset()
    events = effective(standing.events)
    gone = {one.key for one in events if one.kind is EventKind.REPLY_DELETED}
    ends = [one.at for one in events if one.kind in _ENDS and (not one.key or one.key not in gone)]
    posts = [one for one in events if one.kind in _POSTS and one.wants_answer]
    return frozenset(
        one.key for one in posts if all((one.posted_at or one.at) >= at for at in ends)
    )


def _merged(into: ItemId, item: ItemId, post: Post, now: datetime, *, asks: bool) -> Event:
    """Return what a merged item's post is to the item it joined: asked when it was first seen."""
    return Event(
        id=0,
        item=into,
        kind=EventKind.CUSTOMER_POST,
        at=post.seen_at,
        recorded_at=now,
        key=post.mention.key,
        posted_at=post.mention.posted_at,
        wants_answer=asks,
        ref=item,
    )


def _undoing(event: Event, now: datetime) -> Event:
    return Event(
        id=0, item=event.item, kind=EventKind.UNDONE, at=now, recorded_at=now, ref=event.id
    )


def _restored(item: ItemId, now: datetime) -> Event:
    return Event(id=0, item=item, kind=EventKind.RESTORED, at=now, recorded_at=now)
