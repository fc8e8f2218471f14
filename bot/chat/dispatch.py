"""What must be sent is derived from what is stored, and queued in the outbox.

Nothing here sends. A card is wanted because its item is as it is, not because something happened
a moment ago: after a crash the same rows ask for the same parcels.
"""

import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.chat.drawing import Drawing
from bot.chat.routes import Place, Routes
from bot.chat.telling import Telling, extendable
from monitor.errors import StoreError
from monitor.handling.ledger import Standing
from monitor.model import Item, ItemId, Notice, State
from monitor.store.items import Listed
from monitor.store.outbox import CardRow, Kind, Priority
from monitor.store.posts import Pool, week_seed
from monitor.store.replies import ReplyRow, ReplyState
from monitor.store.store import Store

DIGESTED = "digest"  # told of an item that was shown in a digest in place of a card
DIGEST_OVER = "digest over"  # told of one that wants a card after all: more happened, or no digest
OVERFLOW = 12  # cards that wait for one chat; what is beyond is folded into a digest
_FIRST_CARDS = 6  # of an overflow still go out one by one, the most urgent
_LOOK_BACK_WAIT = timedelta(seconds=10)  # the pages of a first read come close together
_BOARD_EVERY = timedelta(seconds=15)
_REVIEW_POSTS = 5
_CHECKED_BACK = timedelta(days=7)  # the judge is checked on posts no older
LISTED = 40  # items in one digest
_CARDLESS = frozenset({State.ANSWERED, State.RESOLVED, State.VOID})
_BATCH = 200
_FAILED_AGAIN = timedelta(minutes=1)  # doubled with each further failure
_MOST_DOUBLED = 6
_UNDER_WAY = frozenset({ReplyState.CONFIRMED, ReplyState.TAKING_BACK})
_SENT_WITHIN = timedelta(seconds=2)  # most replies are: one edit tells of both then
_log = logging.getLogger(__name__)


class Dispatch:
    """Fills the outbox. One belongs to one thread, as its store does."""

    def __init__(self, store: Store, drawing: Drawing, routes: Callable[[], Routes]) -> None:
        self._store = store
        self._drawing = drawing
        self._routes = routes
        self.shifts = drawing.shifts
        self.telling = Telling(store, self.shifts, routes)

    def announce(self, standing: Standing, notices: tuple[Notice, ...], now: datetime) -> None:
        """Queue notices of an item, inside the transaction that marks them told."""
        self.telling.tell(standing.item, notices, now)

    def release(self, now: datetime) -> int:
        """Tell the notices that were held until now; return how many."""
        return self.telling.release(now)

    def cards(self, now: datetime) -> int:
        """Look at every item that changed since its card was drawn; return how many."""
        self.replies(now)
        looked_at = 0
        while changed := self._store.items.undrawn(_BATCH):
            for one in changed:
                self._look_once(one, now)
                looked_at += 1
        return looked_at

    def replies(self, now: datetime) -> None:
        """Let the messages about replies tell what became of them; what failed is a new message."""
        for row in self._store.replies.undrawn():
            with self._store.writing():
                if row.message_id is not None:
                    self._put_reply(row, now, f"reply:{row.chat_id}:{row.message_id}")
                if row.state is ReplyState.REFUSED or (row.state is ReplyState.SENT and row.error):
                    self._put_reply(row, now, f"reply:{row.id}:{row.revision}", anew=True)
                self._store.replies.drawn(row)

    def _put_reply(self, row: ReplyRow, now: datetime, dedupe: str, *, anew: bool = False) -> None:
        payload = json.dumps({"reply": row.id, "revision": row.revision})
        put = self._store.outbox.put(
            chat_id=row.chat_id,
            topic=row.topic,
            kind=Kind.REPLY,
            item=row.item,
            message_id=None if anew else row.message_id,
            dedupe=dedupe,
            priority=Priority.FIRST_ALERT,  # somebody waits for it
            now=now,
            not_before=now + _SENT_WITHIN if row.state in _UNDER_WAY else None,
            payload=payload,
        )
        if not put:
            self._store.outbox.replace(dedupe, payload)

    def _look_once(self, one: Listed, now: datetime) -> None:
        """Look at an item; one on which we fail waits for its next change, and stops no other."""
        try:
            with self._store.writing():
                self._look(one, now)
                self._store.items.drawn(one.item.id, one.revision)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - one item must not keep the cards of all others back
            _log.exception("the card of item %d could not be looked at", one.item.id)
            with self._store.writing():
                self._store.items.drawn(one.item.id, one.revision)

    def _look(self, one: Listed, now: datetime) -> None:
        item = one.item
        place = self._routes().for_cards(item.brand)
        if place is None:
            return
        if item.state in _CARDLESS:
            self._surface_folded(item.id)
            self._end_digest(item, now)
        live = [card for card in self._store.outbox.cards_of(item.id) if card.live]
        for card in live:
            self._edit(card, item.id, now)
        here = any(card.ref.chat_id == place.chat_id for card in live)
        if here or item.state in _CARDLESS or self._stands_under_another(item):
            return
        if self._in_digest(item):
            self._digest_once(place, item.id, now)
            return
        self.put_card(item.id, place, now)

    def _in_digest(self, item: Item) -> bool:
        """Return whether a line in a digest is all that an item needs."""
        told = self._store.events.told(item.id)
        return (item.look_back or DIGESTED in told) and DIGEST_OVER not in told

    def _end_digest(self, item: Item, now: datetime) -> None:
        """Let an item that came to rest have a card of its own should it ask again."""
        if self._in_digest(item):
            self._store.events.tell(item.id, [DIGEST_OVER], now)

    def _stands_under_another(self, item: Item) -> bool:
        """Return whether another item's card shows this one.

        What is new does not stand under a line of a digest: it takes the lead, with a card.
        """
        if item.fold_of is None:
            return False
        lead = self._store.items.get(item.fold_of)
        if lead is None or self._in_digest(item) or not self._in_digest(lead.item):
            return True
        if any(card.live for card in self._store.outbox.cards_of(lead.item.id)):
            return True
        self._store.items.refold(lead.item.id, item.id)
        return False

    def audit(self, now: datetime) -> int:
        """Give every item that is shown nowhere a card after all; return how many there were.

        That is the case when a chat was let in late, or somebody deleted a card by hand.
        """
        if not self._routes().all():
            return 0
        with self._store.writing():
            forgotten = self._store.items.cardless()
            for item in forgotten:
                self._store.items.touch(item)
        if forgotten:
            self.cards(now)
        return len(forgotten)

    def put_card(self, item: ItemId, place: Place, now: datetime) -> bool:
        """Queue a card of an item unless one is on its way there; False if one is."""
        outbox = self._store.outbox
        if outbox.pending_card(item, place.chat_id):
            return False
        failed = outbox.failed_cards(item, place.chat_id)
        count = len(outbox.cards_of(item)) + failed
        return outbox.put(
            chat_id=place.chat_id,
            topic=place.topic,
            kind=Kind.CARD,
            item=item,
            dedupe=f"card:{item}:{place.chat_id}:{count}",
            priority=Priority.FIRST_ALERT,
            now=now,
            not_before=now + _FAILED_AGAIN * 2 ** min(failed, _MOST_DOUBLED) if failed else None,
        )

    def _surface_folded(self, lead: ItemId) -> None:
        """Give the most urgent item under a closed one a card, with the others under it."""
        owed = [
            one.item
            for one in self._store.items.folded_under(lead)
            if one.item.state not in _CARDLESS
        ]
        if owed:
            self._store.items.refold(lead, owed[0].id)

    def _edit(self, card: CardRow, item: ItemId, now: datetime) -> None:
        if self._drawing.shown(item, now) in (None, card.shown):
            return
        self.put_edit(card, item, now)

    def put_edit(
        self, card: CardRow, item: ItemId, now: datetime, payload: str = "{}", urgent: bool = False
    ) -> None:
        """Queue an edit of a card; one that still waits will show the newest state anyway."""
        ref = card.ref
        put = self._store.outbox.put(
            chat_id=ref.chat_id,
            topic=ref.topic,
            kind=Kind.EDIT,
            item=item,
            message_id=ref.message_id,
            dedupe=f"edit:{ref.chat_id}:{ref.message_id}",
            priority=Priority.FIRST_ALERT if urgent else Priority.EDIT,
            now=now,
            payload=payload,
        )
        if not put:
            self._store.outbox.replace(f"edit:{ref.chat_id}:{ref.message_id}", payload)

    def _digest_once(self, place: Place, item: ItemId, now: datetime) -> None:
        """Show an item of the look-back in its digest, once; it has no card until it is opened."""
        if DIGESTED in self._store.events.told(item):
            return
        self._store.events.tell(item, [DIGESTED], now)
        self._list(place, "look_back", [item], now, not_before=now + _LOOK_BACK_WAIT)

    def _list(
        self,
        place: Place,
        title: str,
        items: Sequence[ItemId],
        now: datetime,
        not_before: datetime | None = None,
    ) -> None:
        for waiting in extendable(self._store, place, Kind.DIGEST):
            payload = json.loads(waiting.payload)
            room = LISTED - len(payload["items"])
            if payload["title"] == title and room >= len(items):
                payload["items"] += items
                self._store.outbox.extend(waiting.id, json.dumps(payload), Priority.DIGEST)
                return
        self._store.outbox.put(
            chat_id=place.chat_id,
            topic=place.topic,
            kind=Kind.DIGEST,
            dedupe=f"digest:{title}:{place.chat_id}:{items[0]}:{now.isoformat()}",
            priority=Priority.DIGEST,
            now=now,
            not_before=not_before,
            payload=json.dumps({"title": title, "items": list(items)}),
        )

    def fold_overflow(self, now: datetime) -> int:
        """Fold the cards that a chat cannot take in time into one digest; return how many."""
        crowded = self._store.outbox.crowded(Kind.CARD, OVERFLOW)
        places = self._routes().all() if crowded else ()
        return sum(self._fold(place, now) for place in places if place.chat_id in crowded)

    def _fold(self, place: Place, now: datetime) -> int:
        waiting = [
            one
            for one in self._store.outbox.waiting(place.chat_id, Kind.CARD)
            if one.topic == place.topic and not one.doubted
        ]
        if len(waiting) <= OVERFLOW:
            return 0
        folded = waiting[_FIRST_CARDS : _FIRST_CARDS + LISTED]
        items = [one.item for one in folded if one.item is not None]
        with self._store.writing():
            for one in folded:
                self._store.outbox.drop(one.id)
            for item in items:
                self._store.events.tell(item, [DIGESTED], now)
            self._list(place, "overflow", items, now)
        return len(items)

    def boards(self, now: datetime) -> None:
        """Queue an edit of each pinned board that no longer shows how things stand."""
        for place in self._routes().all():
            chat = next((c for c in self._store.people.chats() if c.name == place.name), None)
            drawn = self._drawing.board(place.name, now)
            if chat is None or drawn.shown == chat.board_shown:
                continue
            with self._store.writing():
                self._store.outbox.put(
                    chat_id=place.chat_id,
                    topic=place.topic,
                    kind=Kind.BOARD,
                    message_id=chat.board_message_id,
                    dedupe=f"board:{place.name}",
                    priority=Priority.BOARD,
                    now=now,
                    not_before=now if chat.board_message_id is None else now + _BOARD_EVERY,
                    payload=json.dumps({"chat": place.name}),
                )

    def reviews(self, now: datetime) -> int:
        """Queue the posts in doubt that no digest has shown yet; return how many.

        Once a day each chat gets a few with them of which the judge is sure.
        """
        places = self._in_doubt()
        for place, brands in self._routes().review_places().items():
            if checks := self._checks(place, brands, now):
                places.setdefault(place, []).extend(checks)
        for place, posts in places.items():
            for start in range(0, len(posts), _REVIEW_POSTS):
                self._review(place, posts[start : start + _REVIEW_POSTS], now)
        return sum(map(len, places.values()))

    def _in_doubt(self) -> dict[Place, list[int]]:
        waiting = self._store.posts.in_review(_BATCH, unshown=True)
        places: dict[Place, list[int]] = {}
        for post in waiting:
            brand = self._routes().owing(post.brands)
            place = self._routes().for_reviews(brand) if brand else None
            if place is not None:
                places.setdefault(place, []).append(post.id)
        return places

    def _checks(self, place: Place, brands: tuple[str, ...], now: datetime) -> list[int]:
        """Return the day's sample of posts that are to check the judge, if its hour has come.

        On the day on which the desk began to read there is none.
        """
        manners = self._routes().manners(place.name)
        local = now.astimezone(manners.timezone)
        switched_on = [source.switched_on_at for source in self._store.sources.all()]
        began = min(switched_on, default=now).astimezone(manners.timezone)
        if local.time() < manners.summary_at or began.date() >= local.date():
            return []
        pool = Pool(
            brands=brands,
            seed=week_seed(local.date()),
            per_language=manners.judge_checks,
            most=manners.judge_checks,
            since=now - _CHECKED_BACK,
            live=True,
        )
        with self._store.writing():
            if not self._store.notes.day_done(place.name, "checks", local.date(), now):
                return []
            posts = [post.id for post in self._store.posts.sure(pool)]
            self._store.posts.shown_as_checks(posts)
            return posts

    def _review(self, place: Place, posts: list[int], now: datetime) -> None:
        with self._store.writing():
            self._store.posts.shown_for_review(posts)
            self._store.outbox.put(
                chat_id=place.chat_id,
                topic=place.topic,
                kind=Kind.REVIEW,
                dedupe=f"review:{place.chat_id}:{posts[0]}:{now.isoformat()}",
                priority=Priority.DIGEST,
                now=now,
                payload=json.dumps({"posts": posts}),
            )

    def words(self, place: Place, text: str, dedupe: str, now: datetime) -> None:
        """Queue a plain text for a chat, once for its `dedupe` name."""
        with self._store.writing():
            self._store.outbox.put(
                chat_id=place.chat_id,
                topic=place.topic,
                kind=Kind.WORDS,
                dedupe=dedupe,
                priority=Priority.WARNING,
                now=now,
                payload=json.dumps({"text": text}),
            )
