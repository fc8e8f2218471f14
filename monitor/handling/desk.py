"""What members do: each act is checked, written and logged in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.clock.timeline import UNDO_WINDOW
from monitor.desk import acts, claims, lessons, roles
from monitor.errors import RefusedError
from monitor.handling.ledger import Ledger, Standing
from monitor.handling.opening import Opening, opens_item
from monitor.model import (
    Event,
    EventKind,
    Item,
    ItemId,
    Member,
    MemberId,
    Post,
    State,
)
from monitor.store.notes import Tap, Word
from monitor.store.posts import Review

Act = Callable[[Item], Event]
LABELS = lessons.SPOKEN  # what a tap in a review, or /missed, says
TAKEN_BACK = "taken back"  # why an item is void that a review opened by mistake
_IN_DOUBT = frozenset({Review.WAITING, Review.SHOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A word on a post that its member took back."""

    post: int
    how: str
    gone: tuple[ItemId, ...]  # the items that it had opened, and to which nothing else happened
    stays: tuple[ItemId, ...]  # the post's items that stand all the same


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
                raise RefusedError("{owner} has it.", owner=self._name(owner))
            event = acts.claim(standing.item, member, now)
            if not self._store.items.claim(item, member.id):
                raise RefusedError("Somebody else was faster.")
            after = self._record("claim", event, member, now)
            self._teach(lessons.CLAIM, standing, after, member)
            return after

    def release(self, item: ItemId, member: Member, now: datetime) -> Standing:
        """Put an item back into the queue."""
        return self._act("release", item, member, now, lambda one: acts.release(one, member, now))

    def hand_over(
        self, item: ItemId, giver: Member, taker: Member, note: str, now: datetime
    ) -> Standing:
        """Give an item from its owner to another member, with a note; a lead may for others."""
        return self._act(
            "hand over",
            item,
            giver,
            now,
            lambda one: claims.hand_over(one, giver, taker, note, now),
            f"to {taker.name}",
        )

    def take_over(self, item: ItemId, lead: Member, now: datetime) -> Standing:
        """Give an item to a lead, whoever has it."""
        return self._act("take over", item, lead, now, lambda one: claims.take_over(one, lead, now))

    def answered(
        self, item: ItemId, member: Member, now: datetime, url: str | None = None
    ) -> Standing:
        """Stop the response clock at once, unproven until the reply is found."""
        return self._act(
            "answered",
            item,
            member,
            now,
            lambda one: acts.answered(one, member, now, url),
            url,
            says=lessons.ANSWERED,
        )

    def link_answer(self, item: ItemId, member: Member, now: datetime, url: str) -> Standing:
        """Keep the link to an answer that was tapped without one; no clock moves."""
        with self._store.writing():
            standing = self._ledger.standing(item, now)
            events = acts.link(standing.item, standing.events, member, now, url)
            self._store.people.log(now, "answer link", actor=member, item=item, detail=url)
            after = self._ledger.record(item, events, now)
            if events[0].ref is not None:
                self._store.notes.act_goes_on(events[0].ref, after.events[-1].id)
            return after

    def wait(
        self,
        item: ItemId,
        member: Member,
        now: datetime,
        reason: str,
        length: timedelta | None = None,
    ) -> Standing:
        """Pause the resolution clock: waiting for the customer, or for a third party."""
        return self._act(
            "wait",
            item,
            member,
            now,
            lambda one: acts.wait(one, member, now, reason, length),
            reason,
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
        return self._act(
            "not for us",
            item,
            member,
            now,
            lambda one: acts.not_for_us(one, member, now, reason),
            reason,
            says=reason,
        )

    def merge(self, item: ItemId, into: ItemId, member: Member, now: datetime) -> Standing:
        """Let an item be part of another, and return how the other stands."""
        with self._store.writing():
            target = self._ledger.standing(into, now).item
            asking = self._ledger.standing(item, now).asking
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
            after = self._ledger.record(into, joined, now)
            return self._ledger.standing(into, now) if self._ledger.reroute(into, now) else after

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
        self._store.notes.untap_act(undone.id, now)
        if undone.kind is not EventKind.VOIDED or undone.ref is None:
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
        self._ledger.reroute(into, now)

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

    def judge(
        self, post: Post, label: str, member: Member, now: datetime, *, says: str = ""
    ) -> Standing | None:
        """Keep a person's word on a post, and open its item if it needs an answer.

        `label` is one of `LABELS`; "missed" opens a post that the judge did not flag, and `says`
        may tell which of the others it is. The clock starts when the post was first seen: that
        the judge overlooked it is no excuse. A word on a post of which the judge was sure opens
        one that it overlooked, and changes nothing of an item that is there.
        Returns the standing of the post's item, None where there is none.
        """
        with self._store.writing():
            before = self._store.posts.review_of(post.id)
            labels = lessons.taught(says or label, post.classification)
            opens = label == lessons.MISSED or (labels.wanted and self._may_open(post, before))
            self._store.notes.tap(
                Tap(post=post, how=label, labels=labels, member=member.id, at=now, review=before)
            )
            self._store.posts.reviewed(post.id)
            item = self._opened(post, now) if opens else self._item_of(post)
            self._store.people.log(now, label, actor=member, item=item, detail=post.mention.key)
            return self._ledger.standing(item, now) if item is not None else None

    def _may_open(self, post: Post, before: Review) -> bool:
        """Return whether a word in a review may open an item for a post: history stays muted.

        One that the judge flagged has its item already, and what became of that is known.
        """
        return not post.history and (before in _IN_DOUBT or not opens_item(post))

    def _item_of(self, post: Post) -> ItemId | None:
        return next((item.id for item in self._store.items.of_post(post.id)), None)

    def take_back(self, member: Member, now: datetime, post: int | None = None) -> TakenBack:
        """Undo a member's latest word, or the latest on `post`, within five minutes.

        The post waits for review again. An item that the word opened is void, unless something
        else happened to it.
        """
        with self._store.writing():
            word = self._store.notes.last_word(member.id, now - UNDO_WINDOW, post)
            if word is None:
                minutes = int(UNDO_WINDOW.total_seconds() // 60)
                raise RefusedError(
                    "What you say of a post can be undone for {minutes} minutes.", minutes=minutes
                )
            self._store.notes.untap(word.id, now)
            gone = tuple(self._withdrawn(word, member, now))
            items = self._store.items.of_post(word.post)
            stays = tuple(item.id for item in items if item.state is not State.VOID)
            if not stays or word.review is Review.CHECKING:
                self._store.posts.back_to_review(word.post, word.review)
            named = next(iter((*gone, *stays)), None)
            self._store.people.log(now, "undo", actor=member, item=named, detail=word.how)
            return TakenBack(post=word.post, how=word.how, gone=gone, stays=stays)

    def _withdrawn(self, word: Word, member: Member, now: datetime) -> Iterator[ItemId]:
        """Dismiss the items that a word opened and nobody touched; yield them."""
        for item in self._store.items.of_post(word.post):
            events = self._store.events.of_item(item.id)
            if any(event.recorded_at != word.at or event.actor is not None for event in events):
                continue
            void = acts.dismissed(item, member, now, TAKEN_BACK)
            self._ledger.record(item.id, [void], now)
            yield item.id

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
        says: str = "",
    ) -> Standing:
        with self._store.writing():
            before = self._ledger.standing(item, now)
            after = self._record(action, act(before.item), member, now, detail=detail or "")
            if says:
                self._teach(says, before, after, member)
            return after

    def _record(
        self, action: str, event: Event, member: Member, now: datetime, detail: str = ""
    ) -> Standing:
        self._store.people.log(now, action, actor=member, item=event.item, detail=detail)
        return self._ledger.record(event.item, [event], now)

    def _teach(self, how: str, before: Standing, after: Standing, member: Member) -> None:
        """Keep what the act that was just recorded says of the post that the item is about."""
        post = self._subject(before)
        if post is None:
            return
        act = after.events[-1]
        labels = lessons.taught(how, post.classification)
        self._store.notes.tap(
            Tap(
                post=post,
                how=how,
                labels=labels,
                member=member.id,
                at=act.recorded_at,
                event=act.id,
            )
        )

    def _subject(self, standing: Standing) -> Post | None:
        """Return the post that an item is about: the oldest flagged one of those that wait."""
        posts = [
            post for post in self._store.posts.of_item(standing.item.id) if not post.mention.deleted
        ]
        asking = standing.asking
        waiting = [post for post in posts if post.mention.key in asking] or posts
        flagged = (post for post in waiting if opens_item(post))
        return next(flagged, waiting[0] if waiting else None)

    def _name(self, member: MemberId) -> str:
        found = self._store.people.member(member)
        return found.name if found else "Somebody"

    def allowed(self, command: str, member: Member | None) -> bool:
        """Return whether a member, or a stranger (None), may use a command."""
        asked = roles.asked_for(command)
        return asked is None or (member is not None and roles.at_least(member.role, asked))


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
