"""The trip of a page: connector → brands → judge → kept posts → items, and the cursor with them.

Reading and judging take long and happen outside the transaction. What is found is then written
with the page's cursor in one transaction: a crash repeats a page, it never skips one.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.errors import ClassifierError
from monitor.handling.ledger import Ledger
from monitor.handling.opening import Opening, in_review_band, opens_item
from monitor.intake.arriving import Heard, OwnAccounts, storable, those_of, written_by
from monitor.intake.copies import around
from monitor.matching import near_duplicates
from monitor.matching.matcher import Matcher
from monitor.model import (
    Brand,
    Classification,
    Event,
    EventKind,
    ItemId,
    Mention,
    Page,
    Passage,
    Post,
    State,
)
from monitor.ports import Classifier
from monitor.store.items import author_key
from monitor.store.posts import NewPost
from monitor.store.sources import SourceRow

_GONE = "deleted"  # why an item is void whose every post is gone
_REJUDGE = 200  # unjudged posts looked at again in one go
Spoken = dict[tuple[str, str], tuple[str, ...]]  # brands, by (thread, author): see _writer
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a page came to; matched = new + duplicate."""

    read: int = 0
    matched: int = 0
    new: int = 0
    duplicate: int = 0
    flagged: int = 0
    items: tuple[ItemId, ...] = ()  # opened, extended or answered

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            read=self.read + other.read,
            matched=self.matched + other.matched,
            new=self.new + other.new,
            duplicate=self.duplicate + other.duplicate,
            flagged=self.flagged + other.flagged,
            items=tuple(dict.fromkeys(self.items + other.items)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    """A page's mentions by what must be done with them, oldest first.

    It is sorted before the transaction: what is new here may be known by the time it is written.
    """

    own: tuple[tuple[tuple[str, ...], Mention], ...]  # (brands, reply)
    new: tuple[tuple[tuple[str, ...], Mention], ...]  # (brands, mention)
    again: tuple[Mention, ...]  # known already, or a second time in the page
    changed: tuple[Mention, ...]  # of these, the customers' whose text is no longer what was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What the judge said, by key and text: a page may hold a post and its edit.

    What is missing could not be judged.
    """

    verdicts: dict[tuple[str, str], Classification] = field(default_factory=dict)

    def of(self, mention: Mention) -> Classification | None:
        """Return what the judge said of a mention as it reads; None: it could not be judged."""
        return self.verdicts.get((mention.key, mention.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Concerned:
    """The brands that a page's mentions are about: those they name, or their author spoke of.

    A later post of the same author in the thread need not name the brand again.
    """

    named: Mapping[str, tuple[str, ...]]  # by key
    spoken: dict[tuple[str, str], tuple[str, ...]]  # by writer: in kept posts, and in the page

    def brands(self, mention: Mention) -> tuple[str, ...]:
        """Return the brands that a mention is about."""
        named = self.named[mention.key]
        if named or mention.author is None:
            return named
        return self.spoken.get(_writer(mention), ())

    def spoke(self, mention: Mention, brands: tuple[str, ...]) -> None:
        """Note what a new mention is about, as if it were kept already."""
        before = self.spoken.get(_writer(mention), ())
        self.spoken[_writer(mention)] = tuple(sorted({*before, *brands}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What was counted so far, and is not in the store."""

    seen: set[str] = field(default_factory=set)  # keys
    spoken: Spoken = field(default_factory=dict)
    heard: Heard | None = None  # is told of each post, also of one that is known already


class Pipeline:
    """Takes pages in. One belongs to one thread, as its store does."""

    def __init__(
        self,
        ledger: Ledger,
        matcher: Matcher,
        judge: Classifier,
        brands: Sequence[Brand],
        *,
        look_back: timedelta,
        found_late: timedelta,
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._matcher = matcher
        self._judge = judge
        self._opening = Opening(ledger, found_late)
        self._look_back = look_back
        self._competitors = frozenset(brand.name for brand in brands if brand.competitor)
        self._own = OwnAccounts(brands)

    def take(self, page: Page, source: SourceRow, now: datetime, *, live: bool = True) -> Taken:
        """Keep what a page holds and move the source's cursor, all or nothing.

        `live` is False for a file of old posts: whatever its age, it is history.
        """
        found = self._sort(page.mentions)
        judged = self._judged([*(mention for _, mention in found.new), *found.changed])
        with self._store.writing():
            taken = _Trip(self, source, now, judged, live=live).write(found)
            if live:
                self._store.sources.advance(source.name, page, now, matched=taken.new)
        return replace(taken, read=len(page.mentions))

    def look_again(self, mentions: Sequence[Mention], source: SourceRow, now: datetime) -> Taken:
        """Take in how known posts stand now; the source's cursor stays where it is."""
        found = self._sort(mentions)
        judged = self._judged(found.changed)
        with self._store.writing():
            taken = _Trip(self, source, now, judged, live=True).write(replace(found, new=()))
        return replace(taken, read=len(mentions))

    def take_beside(
        self,
        mentions: Sequence[Mention],
        source: SourceRow,
        now: datetime,
        *,
        also: Callable[[Taken], None],
        brand: str | None = None,
    ) -> Taken:
        """Keep what was read beside the polls: a conversation, a part of the past.

        The source's cursor stays where it is; what `also` writes of it is written with the mentions
        or not at all. With `brand`, only what is about that one is kept. Old posts are history.
        """
        found = self._sort(mentions, brand)
        judged = self._judged([*(mention for _, mention in found.new), *found.changed])
        with self._store.writing():
            written = _Trip(self, source, now, judged, live=True).write(found)
            taken = replace(written, read=len(mentions))
            also(taken)
        return taken

    def count(
        self, mentions: Sequence[Mention], memory: "Memory", brand: str | None = None
    ) -> Taken:
        """Return what taking mentions in would come to; nothing is written but into `memory`."""
        found = self._sort(mentions, brand, memory.spoken)
        fresh = [mention for _, mention in found.new if mention.key not in memory.seen]
        judged = self._judged(fresh)
        if memory.heard is not None:
            self._tell(found, memory.seen, judged, memory.heard)
        again = [one for one in found.again if not self.own_brands(one)]
        duplicate = len(again) + len(found.new) - len(fresh)
        memory.seen.update(mention.key for mention in fresh)
        return Taken(
            read=len(mentions),
            matched=len(fresh) + duplicate,
            new=len(fresh),
            duplicate=duplicate,
            flagged=sum(each.flagged for each in judged.verdicts.values()),
        )

    def _tell(self, found: _Sorted, seen: Collection[str], judged: _Judged, heard: Heard) -> None:
        for brands, mention in found.new:
            if mention.key not in seen:
                heard(mention, brands, judged.of(mention))
        for post in self._store.posts.known(one.key for one in found.again).values():
            if post.own_brand is None and not post.mention.deleted:
                heard(post.mention, post.brands, post.classification)

    def rejudge(self, now: datetime) -> Taken:
        """Judge posts that could not be judged when they came; a bounded number of them."""
        waiting = self._store.posts.unjudged(_REJUDGE)
        judged = self._judged([post.mention for post in waiting])
        taken = Taken()
        for post in waiting:
            verdict = judged.of(post.mention)
            if verdict is not None:
                with self._store.writing():
                    taken += self._judged_late(post, verdict, now)
        return taken

    def _judged_late(self, read: Post, verdict: Classification, now: datetime) -> Taken:
        post = self._store.posts.get(read.mention.key)
        if post is None or post.mention != read.mention or post.classification is not None:
            return Taken()  # it was edited or deleted while it was judged
        late = replace(post, classification=verdict)
        self._store.posts.judged(post.id, verdict, review=self._for_review(late))
        edited_at = post.mention.edited_at
        since = edited_at if edited_at is not None and edited_at > post.seen_at else None
        items = self.open_items(late, now, look_back=False, first_seen=since, asked_at=since)
        return Taken(flagged=int(verdict.flagged), items=items)

    def open_items(
        self,
        post: Post,
        now: datetime,
        *,
        look_back: bool,
        first_seen: datetime | None = None,
        asked_at: datetime | None = None,
    ) -> tuple[ItemId, ...]:
        """Open or extend the items that a judged post asks for, inside a transaction."""
        opened = (
            self._opening.admit(
                post,
                brand,
                now,
                wanted=opens_item(post),
                look_back=look_back,
                first_seen=first_seen,
                asked_at=asked_at,
            )
            for brand in self._clocked(post.brands)
        )
        return tuple(item for item in opened if item is not None)

    def _clocked(self, brands: Sequence[str]) -> list[str]:
        """Return the brands among these that owe answers: competitors are only counted."""
        return [brand for brand in brands if brand not in self._competitors]

    def _for_review(self, post: Post) -> bool:
        """Return whether a person must say what a post is; one that joins an item is seen there."""
        if post.history or not in_review_band(post) or not self._clocked(post.brands):
            return False
        return not self._joins_item(post.mention)

    def _joins_item(self, mention: Mention) -> bool:
        """Return whether the author has an item in the thread; a dismissed one shows nothing."""
        who = author_key(mention.author, mention.key)
        items = self._store.items.of_author(mention.platform, mention.thread, who)
        return any(item.state is not State.VOID or item.merged_into for item in items)

    def _sort(
        self,
        page: Sequence[Mention],
        brand: str | None = None,
        spoken: Spoken | None = None,
    ) -> _Sorted:
        """Sort a page; with `brand`, what does not concern that one is left out.

        `spoken` is of whom the writers of earlier pages spoke that are not in the store.
        """
        mentions = sorted(map(storable, page), key=lambda one: (one.deleted, one.posted_at))
        known = self._store.posts.known(mention.key for mention in mentions)
        own: list[tuple[tuple[str, ...], Mention]] = []
        new: list[tuple[tuple[str, ...], Mention]] = []
        again: list[Mention] = []
        seen = set(known)
        fresh = {one.key: one for one in reversed(mentions) if not one.deleted}
        unknown = [one for key, one in fresh.items() if key not in seen]
        concerned = self._concerned(unknown, {} if spoken is None else spoken)
        for mention in mentions:
            if mention.key in seen:
                if _is_about(known.get(mention.key), brand):
                    again.append(mention)
            elif ours := self.own_brands(mention):
                if brands := those_of(ours, brand):  # and not another brand's own
                    own.append((brands, mention))
                    seen.add(mention.key)
            elif not mention.deleted and (brands := those_of(concerned.brands(mention), brand)):
                new.append((brands, mention))
                concerned.spoke(mention, brands)
                seen.add(mention.key)
        changed = tuple(one for one in again if _is_changed(one, known.get(one.key)))
        return _Sorted(own=tuple(own), new=tuple(new), again=tuple(again), changed=changed)

    def _concerned(self, mentions: Sequence[Mention], spoken: Spoken) -> "_Concerned":
        named = {one.key: self._matcher.brands(one) for one in mentions}
        unnamed = [one for one in mentions if one.author is not None and not named[one.key]]
        for platform in {one.platform for one in unnamed}:
            writers = [_writer(one) for one in unnamed if one.platform == platform]
            spoken |= self._store.posts.brands_spoken_of(platform, writers)
        return _Concerned(named=named, spoken=spoken)

    def own_brands(self, mention: Mention) -> tuple[str, ...]:
        """Return the brands whose own account wrote a mention; several may share one."""
        return self._own.brands(mention)

    def _judged(self, mentions: Sequence[Mention]) -> _Judged:
        passages = [
            Passage(text=mention.text, language_hint=mention.language_hint) for mention in mentions
        ]
        try:
            verdicts = list(self._judge.classify(passages)) if passages else []
        except ClassifierError as error:
            _log.warning("posts are kept unjudged and judged later: %s", error)
            return _Judged()
        pairs = zip(mentions, verdicts, strict=True)
        return _Judged(verdicts={(one.key, one.text): verdict for one, verdict in pairs})


class _Trip:
    """One page being written: it stands inside the transaction from beginning to end."""

    def __init__(
        self, pipeline: Pipeline, source: SourceRow, now: datetime, judged: _Judged, *, live: bool
    ) -> None:
        self._pipeline = pipeline
        self._store = pipeline._store
        self._opening = pipeline._opening
        self._ledger = pipeline._ledger
        self._source = source
        self._now = now
        self._judged = judged
        self._live = live
        self._duplicates = 0  # customers' posts that were known already
        self._live_since = source.switched_on_at - pipeline._look_back

    def write(self, found: _Sorted) -> Taken:
        """Write a sorted page and return what it came to."""
        found = _dated(found, self._now)
        fresh = self._keep([self._draft(brands, mention) for brands, mention in found.new])
        kept = {post.mention.key for post in fresh}
        late = [mention for _, mention in found.new if mention.key not in kept]
        items = [item for post in fresh for item in self._open(post)]
        items += [item for brands, reply in found.own for item in self._reply(brands, reply)]
        items += [item for mention in (*late, *found.again) for item in self._again(mention)]
        return Taken(
            matched=len(fresh) + self._duplicates,
            new=len(fresh),
            duplicate=self._duplicates,
            flagged=sum(opens_item(post) for post in fresh),
            items=tuple(dict.fromkeys(items)),
        )

    def _draft(self, brands: tuple[str, ...], mention: Mention) -> NewPost:
        return NewPost(
            mention=mention,
            seen_at=self._now,
            brands=brands,
            classification=self._judged.of(mention),
            source=self._source.name,
            history=self._is_history(mention),
        )

    def _is_history(self, mention: Mention) -> bool:
        return not self._live or mention.posted_at < self._live_since

    def _keep(self, drafts: Sequence[NewPost]) -> list[Post]:
        """Keep posts one after the other, so that a copy finds the first one in the same page."""
        return [post for draft in drafts for post in self._keep_one(draft)]

    def _keep_one(self, draft: NewPost) -> Iterator[Post]:
        prints = near_duplicates.fingerprint(draft.mention.text)
        bands = near_duplicates.bands(prints)
        first = self._first_alike(draft, prints, bands)
        post = Post(
            id=0,
            mention=draft.mention,
            seen_at=draft.seen_at,
            brands=draft.brands,
            classification=draft.classification,
            history=draft.history,
            fold_of=first,
        )
        row = replace(
            draft,
            fold_of=first,
            fingerprint=near_duplicates.to_bytes(prints),
            bands=bands,
            review=self._pipeline._for_review(post),
        )
        added = self._store.posts.add([row])
        if draft.mention.key in added:
            yield replace(post, id=added[draft.mention.key])

    def _first_alike(
        self, draft: NewPost, prints: near_duplicates.Fingerprint, bands: tuple[int, ...]
    ) -> int | None:
        near = self._store.posts.alike(bands, *around(draft.mention.posted_at))
        for post, stored in near:
            other = near_duplicates.from_bytes(stored)
            if set(post.brands) & set(draft.brands) and near_duplicates.similar(prints, other):
                return post.id
        return None

    def _open(
        self,
        post: Post,
        first_seen: datetime | None = None,
        asked_at: datetime | None = None,
    ) -> tuple[ItemId, ...]:
        first_read = self._source.last_ok_at is None
        before = post.mention.posted_at < self._source.switched_on_at
        return self._pipeline.open_items(
            post,
            self._now,
            look_back=first_read and before,
            first_seen=first_seen,
            asked_at=asked_at,
        )

    def _reply(self, brands: tuple[str, ...], reply: Mention) -> tuple[ItemId, ...]:
        """Keep what an own account wrote as an answer, and stop the clocks it answers."""
        if reply.deleted or not self._is_answer(reply):
            return ()
        draft = NewPost(
            mention=reply,
            seen_at=self._now,
            brands=brands,
            classification=None,
            source=self._source.name,
            own_brand=brands[0],
        )
        if reply.key not in self._store.posts.add([draft]):
            return self._again(reply)
        return self._answered(brands, reply)

    def _answered(self, brands: tuple[str, ...], reply: Mention) -> tuple[ItemId, ...]:
        return tuple(
            item for brand in brands for item in self._opening.replied(brand, reply, self._now)
        )

    def _is_answer(self, reply: Mention) -> bool:
        return reply.reply_to is not None or reply.thread != reply.key

    def _again(self, mention: Mention) -> tuple[ItemId, ...]:
        """Look at a known post that came again: gone, back, edited, or history seen live."""
        post = self._store.posts.get(mention.key)
        if post is None:
            return ()
        self._duplicates += int(post.own_brand is None)
        if mention.deleted:
            return self._deleted(post)
        if post.own_brand is not None:
            return self._own_again(post, mention)
        if post.mention.deleted:
            return self._came_back(post, mention)
        touched: list[ItemId] = []
        if mention.text != post.mention.text:
            touched += self._edited(post, mention)
        if post.history and not self._is_history(mention):
            touched += self._seen_live(post, mention)
        return tuple(touched)

    def _own_again(self, post: Post, reply: Mention) -> tuple[ItemId, ...]:
        """Count a reply for whom it answers by now; one that had been deleted answers anew."""
        back: tuple[ItemId, ...] = ()
        if post.mention.deleted:
            self._store.posts.restored(post.id, reply)
            back = self._opening.stands_again(reply, self._now)
            reply = replace(reply, posted_at=self._now)
        elif reply.text != post.mention.text:
            self._store.posts.edited(post.id, reply.text, reply.edited_at)
        return (*back, *self._answered(post.brands, reply))

    def _deleted(self, post: Post) -> tuple[ItemId, ...]:
        """Take a deleted post's text away; an item without posts is void, a lost reply reopens."""
        if post.mention.deleted:
            return ()
        self._store.posts.deleted(post.id, self._now)
        if post.own_brand is not None:
            answered = self._store.events.items_answered_by(post.mention.key)
            self._happened(answered, EventKind.REPLY_DELETED, post)
            return answered
        items = self._store.items.of_post(post.id)
        touched = tuple(item.id for item in items)
        self._happened(touched, EventKind.POST_DELETED, post)
        for item in items:
            if item.state is not State.VOID and self._is_gone(item.id):
                self._happened((item.id,), EventKind.VOIDED, post, reason=_GONE)
        return touched

    def _is_gone(self, item: ItemId) -> bool:
        return all(post.mention.deleted for post in self._store.posts.of_item(item))

    def _came_back(self, post: Post, mention: Mention) -> tuple[ItemId, ...]:
        """Keep a post again that was gone, as when a moderator lets it through after all."""
        self._store.posts.restored(post.id, mention)
        changed = self._judged_anew(post, mention)
        items = self._store.items.of_post(post.id)
        if not items:
            return self._open(changed, first_seen=self._now)
        dismissed = {item.id for item in items if item.void_reason not in (None, _GONE)}
        back = tuple(item.id for item in items if item.id not in dismissed)
        self._happened(back, EventKind.RESTORED, post)
        return back

    def _edited(self, post: Post, mention: Mention) -> tuple[ItemId, ...]:
        """Judge a changed text anew: what it asks for now starts when we saw the change."""
        self._store.posts.edited(post.id, mention.text, mention.edited_at)
        changed = self._judged_anew(post, mention)
        items = tuple(item.id for item in self._store.items.of_post(post.id))
        self._happened(items, EventKind.POST_EDITED, post)
        asked_at = mention.edited_at or self._now
        return (*items, *self._open(changed, first_seen=self._now, asked_at=asked_at))

    def _judged_anew(self, post: Post, mention: Mention) -> Post:
        """Return a post with its new text and verdict; without one it waits to be judged."""
        verdict = self._judged.of(mention)
        changed = replace(post, mention=mention, classification=verdict)
        review = self._pipeline._for_review(changed)
        if verdict is not None:
            self._store.posts.judged(post.id, verdict, review=review)
        elif review:
            self._store.posts.to_review(post.id)
        return changed

    def _seen_live(self, post: Post, mention: Mention) -> tuple[ItemId, ...]:
        """Let a post that was kept as history be a normal one, found late."""
        brands = self._pipeline._matcher.brands(mention)
        self._store.posts.seen_live(post.id, brands)
        live = replace(post, history=False, brands=brands or post.brands)
        if self._pipeline._for_review(live):
            self._store.posts.to_review(post.id)
        muted = [item for item in self._store.items.of_post(post.id) if item.muted]
        for item in muted:
            self._opening.unmute(item, live, self._now)
        return tuple(item.id for item in muted) or self._open(live, first_seen=self._now)

    def _happened(
        self, items: Sequence[ItemId], kind: EventKind, post: Post, reason: str | None = None
    ) -> None:
        for item in items:
            event = Event(
                id=0,
                item=item,
                kind=kind,
                at=self._now,
                recorded_at=self._now,
                key=post.mention.key,
                posted_at=post.mention.posted_at,
                reason=reason,
            )
            self._ledger.record(item, [event], self._now)


def _writer(mention: Mention) -> tuple[str, str]:
    """Return what tells one author in one thread of a page's platform apart."""
    return mention.thread, author_key(mention.author, mention.key)


def _is_about(known: Post | None, brand: str | None) -> bool:
    """Return whether a known post concerns `brand`; None is any, and a follow-up names none."""
    if known is None or brand is None or not (known.brands or known.own_brand):
        return True
    return brand in (*known.brands, known.own_brand)


def _is_changed(mention: Mention, known: Post | None) -> bool:
    """Return whether a customer's post that came again must be judged anew."""
    if mention.deleted or (known is not None and known.own_brand is not None):
        return False
    return known is None or mention.text != known.mention.text


def _dated(found: _Sorted, now: datetime) -> _Sorted:
    """Return what was found as written by `now`: the clocks of others may be ahead of ours."""
    return replace(
        found,
        own=tuple((brands, written_by(now, mention)) for brands, mention in found.own),
        new=tuple((brands, written_by(now, mention)) for brands, mention in found.new),
        again=tuple(written_by(now, mention) for mention in found.again),
    )
