"""The trip of a page: connector → brands → judge → kept posts → items, and the cursor with them.

Reading and judging take long and happen outside the transaction. What is found is then written
with the page's cursor in one transaction: a crash repeats a page, it never skips one.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.errors import ClassifierError
from monitor.handling.ledger import Ledger
from monitor.handling.opening import Opening, in_review_band, needs_answer, opens_item
from monitor.matching import near_duplicates
from monitor.matching.folding import fold
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
)
from monitor.ports import Classifier
from monitor.store.items import author_key
from monitor.store.posts import NewPost
from monitor.store.sources import SourceRow

ALIKE_WITHIN = timedelta(hours=48)  # a repost folds under a first post this young
_REJUDGE = 200  # unjudged posts looked at again in one go
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
    """A page's mentions by what must be done with them, oldest first."""

    own: tuple[tuple[tuple[str, ...], Mention], ...]  # (brands, reply)
    new: tuple[tuple[tuple[str, ...], Mention], ...]  # (brands, mention)
    known: tuple[tuple[Post, Mention], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What the judge said, by key; a key that is missing could not be judged."""

    verdicts: dict[str, Classification] = field(default_factory=dict)


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
        self._own: dict[tuple[str, str], tuple[str, ...]] = {}
        for brand in brands:
            for platform, handle in brand.own_accounts:
                account = (platform, fold(handle))
                self._own[account] = (*self._own.get(account, ()), brand.name)

    def take(self, page: Page, source: SourceRow, now: datetime, *, live: bool = True) -> Taken:
        """Keep what a page holds and move the source's cursor, all or nothing.

        `live` is False for a file of old posts: whatever its age, it is history.
        """
        found = self._sort(page.mentions)
        judged = self._judged([mention for _, mention in found.new] + _changed(found.known))
        with self._store.writing():
            taken = _Trip(self, source, now, judged, live=live).write(found)
            if live:
                self._store.sources.advance(source.name, page, now)
        return replace(taken, read=len(page.mentions))

    def look_again(self, mentions: Sequence[Mention], source: SourceRow, now: datetime) -> Taken:
        """Take in how known posts stand now; the source's cursor stays where it is."""
        found = self._sort(mentions)
        judged = self._judged(_changed(found.known))
        with self._store.writing():
            taken = _Trip(self, source, now, judged, live=True).write(replace(found, new=()))
        return replace(taken, read=len(mentions))

    def rejudge(self, now: datetime) -> Taken:
        """Judge posts that could not be judged when they came; a bounded number of them."""
        waiting = self._store.posts.unjudged(_REJUDGE)
        judged = self._judged([post.mention for post in waiting])
        taken = Taken()
        for post in waiting:
            verdict = judged.verdicts.get(post.mention.key)
            if verdict is not None:
                with self._store.writing():
                    taken += self._judged_late(post, verdict, now)
        return taken

    def _judged_late(self, post: Post, verdict: Classification, now: datetime) -> Taken:
        late = replace(post, classification=verdict)
        self._store.posts.judged(post.id, verdict, review=self._for_review(late))
        items = self.open_items(late, now, look_back=False)
        return Taken(flagged=int(verdict.flagged), items=items)

    def open_items(
        self, post: Post, now: datetime, *, look_back: bool, first_seen: datetime | None = None
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
        """Return whether the author already has an item in the thread."""
        who = author_key(mention.author, mention.key)
        return bool(self._store.items.of_author(mention.platform, mention.thread, who))

    def _sort(self, page: Sequence[Mention]) -> _Sorted:
        mentions = sorted(page, key=lambda mention: mention.posted_at)
        known = self._store.posts.known(mention.key for mention in mentions)
        own: list[tuple[tuple[str, ...], Mention]] = []
        new: list[tuple[tuple[str, ...], Mention]] = []
        in_page: dict[tuple[str, str], tuple[str, ...]] = {}
        for mention in mentions:
            brands = self.own_brands(mention)
            if mention.key in known:
                continue
            if brands:
                own.append((brands, mention))
            elif not mention.deleted and (brands := self._concerns(mention, in_page)):
                new.append((brands, mention))
                in_page[_writer(mention)] = brands
        seen = tuple((known[one.key], one) for one in mentions if one.key in known)
        return _Sorted(own=tuple(own), new=tuple(new), known=seen)

    def _concerns(
        self, mention: Mention, in_page: Mapping[tuple[str, str], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """Return the brands a mention is about: those it names, or those its author spoke of.

        A later post of the same author in the thread need not name the brand again.
        """
        named = self._matcher.brands(mention)
        if named or mention.author is None:
            return named
        before = self._store.posts.brands_of(mention.platform, mention.thread, mention.author.id)
        return before or in_page.get(_writer(mention), ())

    def own_brands(self, mention: Mention) -> tuple[str, ...]:
        """Return the brands whose own account wrote a mention; several may share one."""
        if mention.author is None:
            return ()
        return self._own.get((mention.platform, fold(mention.author.handle)), ())

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
        return _Judged(verdicts={mention.key: verdict for mention, verdict in pairs})


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
        self._verdicts = judged.verdicts
        self._live = live
        self._live_since = source.switched_on_at - pipeline._look_back

    def write(self, found: _Sorted) -> Taken:
        """Write a sorted page and return what it came to."""
        new = [self._draft(brands, mention) for brands, mention in found.new]
        fresh = self._keep(new)
        items = [item for post in fresh for item in self._open(post)]
        items += [item for brands, reply in found.own for item in self._reply(brands, reply)]
        items += [item for post, mention in found.known for item in self._again(post, mention)]
        again = sum(post.own_brand is None for post, _ in found.known)
        return Taken(
            matched=len(new) + again,
            new=len(fresh),
            duplicate=len(new) - len(fresh) + again,
            flagged=sum(opens_item(post) for post in fresh),
            items=tuple(dict.fromkeys(items)),
        )

    def _draft(self, brands: tuple[str, ...], mention: Mention) -> NewPost:
        return NewPost(
            mention=mention,
            seen_at=self._now,
            brands=brands,
            classification=self._verdicts.get(mention.key),
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
        since = draft.mention.posted_at - ALIKE_WITHIN
        for post, stored in self._store.posts.alike(bands, since):
            other = near_duplicates.from_bytes(stored)
            if set(post.brands) & set(draft.brands) and near_duplicates.similar(prints, other):
                return post.id
        return None

    def _open(self, post: Post, first_seen: datetime | None = None) -> tuple[ItemId, ...]:
        first_read = self._source.last_ok_at is None
        before = post.mention.posted_at < self._source.switched_on_at
        return self._pipeline.open_items(
            post, self._now, look_back=first_read and before, first_seen=first_seen
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
        self._store.posts.add([draft])
        return self._answered(brands, reply)

    def _answered(self, brands: tuple[str, ...], reply: Mention) -> tuple[ItemId, ...]:
        return tuple(
            item for brand in brands for item in self._opening.replied(brand, reply, self._now)
        )

    def _is_answer(self, reply: Mention) -> bool:
        return reply.reply_to is not None or reply.thread != reply.key

    def _again(self, post: Post, mention: Mention) -> tuple[ItemId, ...]:
        """Look at a known post that came again: deleted, edited, or history seen live."""
        if mention.deleted:
            return self._deleted(post)
        if post.own_brand is not None:
            return self._answered(post.brands, mention)
        touched: list[ItemId] = []
        if mention.text != post.mention.text and not post.mention.deleted:
            touched += self._edited(post, mention)
        if post.history and not self._is_history(mention):
            touched += self._seen_live(post, mention)
        return tuple(touched)

    def _deleted(self, post: Post) -> tuple[ItemId, ...]:
        """Take a deleted post's text away; an item without posts is void, a lost reply reopens."""
        if post.mention.deleted:
            return ()
        self._store.posts.deleted(post.id, self._now)
        if post.own_brand is not None:
            answered = self._store.events.items_answered_by(post.mention.key)
            self._happened(answered, EventKind.REPLY_DELETED, post)
            return answered
        items = tuple(item.id for item in self._store.items.of_post(post.id))
        self._happened(items, EventKind.POST_DELETED, post)
        for item in items:
            if all(other.mention.deleted for other in self._store.posts.of_item(item)):
                self._happened((item,), EventKind.VOIDED, post, reason="deleted")
        return items

    def _edited(self, post: Post, mention: Mention) -> tuple[ItemId, ...]:
        """Judge a changed text anew: what it asks for now starts when we saw the change."""
        self._store.posts.edited(post.id, mention.text, mention.edited_at)
        items = tuple(item.id for item in self._store.items.of_post(post.id))
        verdict = self._verdicts.get(post.mention.key)
        changed = replace(post, mention=mention, classification=verdict or post.classification)
        if verdict is not None:
            review = self._pipeline._for_review(changed)
            self._store.posts.judged(post.id, verdict, review=review)
        self._happened(items, EventKind.POST_EDITED, post)
        if needs_answer(changed) and not needs_answer(post):
            self._happened(items, EventKind.CUSTOMER_POST, post)  # what did not ask now does
        return items or self._open(changed, first_seen=self._now)

    def _seen_live(self, post: Post, mention: Mention) -> tuple[ItemId, ...]:
        """Let a post that was kept as history be a normal one, found late."""
        brands = self._pipeline._matcher.brands(mention)
        self._store.posts.seen_live(post.id, brands)
        live = replace(post, history=False, brands=brands or post.brands)
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


def _changed(known: Sequence[tuple[Post, Mention]]) -> list[Mention]:
    """Return the known customers' posts whose text is no longer what was kept."""
    return [
        mention
        for post, mention in known
        if post.own_brand is None and not mention.deleted and mention.text != post.mention.text
    ]
