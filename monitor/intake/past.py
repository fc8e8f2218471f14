"""Many old posts at once: matched, judged, folded, kept and opened by a few statements for all.

The rows are those that `Pipeline.take` with `live=False` would write for one mention after the
other, in their order. What is known already is left alone: a file may be older than what was seen
since, so it edits nothing, takes nothing away and brings nothing back.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.errors import ClassifierError
from monitor.handling.ledger import Ledger
from monitor.handling.opening import Opening, opens_item
from monitor.handling.past import PastItems
from monitor.intake import copies
from monitor.intake.arriving import Heard, OwnAccounts, storable, those_of, written_by
from monitor.intake.copies import Copies, Draft
from monitor.matching import near_duplicates
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Classification, Mention, Passage, Post
from monitor.ports import Classifier
from monitor.store.posts import NewPost

SOURCE = "file"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What old posts came to; matched = new + duplicate. Own accounts' posts are in none of it."""

    matched: int = 0
    new: int = 0
    duplicate: int = 0
    flagged: int = 0  # of the new ones

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            matched=self.matched + other.matched,
            new=self.new + other.new,
            duplicate=self.duplicate + other.duplicate,
            flagged=self.flagged + other.flagged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrived:
    """A mention that is not kept yet."""

    mention: Mention
    brands: tuple[str, ...]
    own: bool = False  # an own account of these brands wrote it


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What is to be written, and what was left out."""

    arrived: list[_Arrived] = field(default_factory=list)
    duplicate: int = 0

    @property
    def customers(self) -> list[_Arrived]:
        return [each for each in self.arrived if not each.own]


class Past:
    """Takes old posts in. One belongs to one thread, as its store does."""

    def __init__(
        self,
        ledger: Ledger,
        matcher: Matcher,
        judge: Classifier,
        brands: Sequence[Brand],
        *,
        found_late: timedelta,
        heard: Heard | None = None,
    ) -> None:
        """`heard` is told of each post that is counted, also of one that is known already."""
        self._ledger = ledger
        self._heard = heard
        self._store = ledger.store
        self._matcher = matcher
        self._judge = judge
        self._opening = Opening(ledger, found_late)
        self._competitors = frozenset(brand.name for brand in brands if brand.competitor)
        self._own = OwnAccounts(brands)
        self._unjudged = False  # it was said that the judge fails

    def take(
        self,
        mentions: Sequence[Mention],
        now: datetime,
        *,
        brand: str | None = None,
        also: Callable[[], None] = lambda: None,
    ) -> Tally:
        """Keep those of `mentions` that are new, as history, in their order.

        What `also` writes is written with them or not at all. With `brand`, only what is about
        that one is kept.
        """
        batch = self._sorted([written_by(now, storable(one)) for one in mentions], brand)
        verdicts = self._judged([each.mention for each in batch.customers])
        drafts = iter(copies.drafts([(each.mention, each.brands) for each in batch.customers]))
        pairs = [(each, None if each.own else next(drafts)) for each in batch.arrived]
        with self._store.writing():
            trip = _Trip(self, now, verdicts)
            kept = trip.write(pairs)
            also()
        customers = [post for post in kept if post.own_brand is None]
        late = len(batch.customers) - len(customers)  # another process was faster
        return Tally(
            matched=len(batch.customers) + batch.duplicate,
            new=len(customers),
            duplicate=batch.duplicate + late,
            flagged=sum(map(opens_item, customers)),
        )

    def count(self, mentions: Sequence[Mention], brand: str | None = None) -> Tally:
        """Return what taking mentions in would come to; nothing is kept.

        What was counted before by this store's connection is a duplicate.
        """
        batch = self._sorted([storable(one) for one in mentions], brand)
        found = {each.mention.key: each for each in batch.customers}
        fresh = self._store.archives.uncounted(found)
        verdicts = self._judged([found[key].mention for key in fresh])
        if self._heard is not None:
            for key in fresh:
                self._heard(found[key].mention, found[key].brands, verdicts.get(key))
            self._hear_again(mentions, brand, self._heard)
        return Tally(
            matched=len(found) + batch.duplicate,
            new=len(fresh),
            duplicate=batch.duplicate + len(found) - len(fresh),
            flagged=sum(each.flagged for each in verdicts.values()),
        )

    def _hear_again(self, mentions: Sequence[Mention], brand: str | None, heard: Heard) -> None:
        """Tell of the posts that are kept already, as they stand."""
        known = self._store.posts.known(one.key for one in mentions)
        for post in known.values():
            if post.own_brand is None and not post.mention.deleted:
                heard(post.mention, those_of(post.brands, brand), post.classification)

    def warm_up(self) -> None:
        """Have the judge loaded, from any thread; where that fails, the first post tells."""
        with suppress(ClassifierError):
            _log.debug("judging with %s", self._judge.version)

    def clocked(self, brands: Sequence[str]) -> list[str]:
        """Return the brands among these that owe answers: competitors are only counted."""
        return [brand for brand in brands if brand not in self._competitors]

    def _sorted(self, mentions: Sequence[Mention], brand: str | None) -> _Batch:
        batch, seen = _Batch(), set(self._store.history.known(one.key for one in mentions))
        for mention in mentions:
            ours = self._own.brands(mention)
            if mention.deleted or (ours and not _is_answer(mention)):
                continue
            brands = those_of(ours or self._matcher.brands(mention), brand)
            if mention.key in seen:
                batch.duplicate += int(bool(brands) and not ours)
            elif brands:
                batch.arrived.append(_Arrived(mention=mention, brands=brands, own=bool(ours)))
                seen.add(mention.key)
        return batch

    def _judged(self, mentions: Sequence[Mention]) -> dict[str, Classification]:
        """Return what the judge says, by key; nothing where it fails."""
        passages = [Passage(text=one.text, language_hint=one.language_hint) for one in mentions]
        try:
            verdicts = list(self._judge.classify(passages)) if passages else []
        except ClassifierError as error:
            if not self._unjudged:
                _log.warning("posts are kept unjudged and judged later: %s", error)
            self._unjudged = True
            return {}
        pairs = zip(mentions, verdicts, strict=True)
        return {mention.key: verdict for mention, verdict in pairs}


class _Trip:
    """Old posts being written: it stands inside the transaction from beginning to end."""

    def __init__(self, past: Past, now: datetime, verdicts: dict[str, Classification]) -> None:
        self._past = past
        self._store = past._store
        self._opening = past._opening
        self._now = now
        self._verdicts = verdicts

    def write(self, arrived: Sequence[tuple[_Arrived, Draft | None]]) -> list[Post]:
        """Keep what no other process kept meanwhile, open items, and return the posts."""
        known = self._store.history.known(each.mention.key for each, _ in arrived)
        fresh = [pair for pair in arrived if pair[0].mention.key not in known]
        rows = list(self._rows(fresh))
        added = self._store.posts.add(rows)
        posts = [_post(row, added[row.mention.key]) for row in rows]
        self._open(posts)
        return posts

    def _rows(self, fresh: Sequence[tuple[_Arrived, Draft | None]]) -> Iterator[NewPost]:
        """Yield the rows of new posts; a copy may fold under one that is written with it."""
        found = Copies(self._store.history, [draft for _, draft in fresh if draft is not None])
        first_id = self._store.history.next_post()
        for number, (arrived, draft) in enumerate(fresh, start=first_id):
            if draft is None:
                yield self._own_row(arrived)
                continue
            fold_of = found.first(draft)
            if fold_of is None:
                found.add(number, draft)
            yield self._row(arrived, draft, fold_of)

    def _row(self, arrived: _Arrived, draft: Draft, fold_of: int | None) -> NewPost:
        return NewPost(
            mention=arrived.mention,
            seen_at=self._now,
            brands=arrived.brands,
            classification=self._verdicts.get(arrived.mention.key),
            source=SOURCE,
            history=True,
            fold_of=fold_of,
            fingerprint=near_duplicates.to_bytes(draft.original.prints),
            bands=draft.bands,
        )

    def _own_row(self, arrived: _Arrived) -> NewPost:
        return NewPost(
            mention=arrived.mention,
            seen_at=self._now,
            brands=arrived.brands,
            classification=None,
            source=SOURCE,
            own_brand=arrived.brands[0],
        )

    def _open(self, posts: Sequence[Post]) -> None:
        """Open items, and stop the clocks that a brand's replies answer, wherever they run."""
        clocked = self._past.clocked
        customers = [(post, clocked(post.brands)) for post in posts if post.own_brand is None]
        items = PastItems(self._store, self._opening, customers, self._now)
        for post in posts:
            if post.own_brand is None:
                items.admit(post, clocked(post.brands))
                continue
            for brand in post.brands:
                self._opening.replied(brand, post.mention, self._now)
        items.finish()


def _is_answer(mention: Mention) -> bool:
    return mention.reply_to is not None or mention.thread != mention.key


def _post(row: NewPost, number: int) -> Post:
    return Post(
        id=number,
        mention=row.mention,
        seen_at=row.seen_at,
        brands=row.brands,
        classification=row.classification,
        history=row.history,
        own_brand=row.own_brand,
        fold_of=row.fold_of,
    )
