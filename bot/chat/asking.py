"""What people ask by a command, and what they are answered. Nothing of an item changes here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.chat import details, explaining, lists
from bot.chat.admission import Caller, Order
from bot.chat.payloads import SummaryKind, SummaryOrder
from bot.chat.replies import MisspokenError, Reply, say
from bot.chat.routes import ChatManners, Routes
from bot.chat.sought import sought
from bot.chat.taps import TapKind, encode
from bot.chat.text import DATA_BYTES, Button, Message, Row
from bot.chat.views import CardView, card_view
from bot.locale.tongue import digits, tr
from bot.wiring import Workshop
from monitor.clock.reading import RESPONSES
from monitor.clock.why import explain_readings
from monitor.desk.lifecycle import doer
from monitor.desk.matters import pressing
from monitor.errors import RefusedError
from monitor.matching.query import parse
from monitor.model import Brand, Item, ItemId, Post, State
from monitor.store.items import Listed
from monitor.store.outbox import Kind, Priority

PAGE = 5  # posts that a search shows at once
_UNANSWERED = (State.OPEN, State.CLAIMED)
_FIRST_YEAR = 1970  # nothing was posted earlier; the first day of all has no date in UTC
_DAYS = {"today": 0, "yesterday": 1}
_WEEK = "week"  # the seven days that end today


class Asking:
    """Reads the store for linked persons."""

    def __init__(
        self, workshop: Workshop, routes: Callable[[], Routes], brands: Sequence[Brand]
    ) -> None:
        self._store = workshop.store
        self._ledger = workshop.ledger
        self._routes = routes
        self._brands = brands

    def queue(self, order: Order) -> tuple[Reply, ...]:
        """Return what waits for the team, due soonest first."""
        here = self._served(order.caller)
        waiting = [
            one
            for one in self._store.items.queue()
            if one.item.state is not State.ANSWERED and (here is None or one.item.brand in here)
        ]
        views, late = self._soonest(waiting, order)
        return say(order.heard, lists.queue(views, len(waiting), late))

    def mine(self, order: Order) -> tuple[Reply, ...]:
        """Return what the person who asks has claimed."""
        owned = self._store.items.owned_by(order.member.id)
        views, late = self._soonest(owned, order)
        return say(order.heard, lists.mine(views, len(owned), late))

    def item(self, order: Order, item: ItemId) -> tuple[Reply, ...]:
        """Return an item in full, with all that happened to it."""
        events = self._ledger.standing(item, order.now).events
        actors = {each for event in events for each in (event.actor, doer(event))}
        known = (self._store.people.member(actor) for actor in actors if actor is not None)
        names = {member.id: member.name for member in known if member is not None}
        shown = details.item(self._view(item, order.caller, order.now), events, names)
        return say(order.heard, shown, about=item)

    def why(self, order: Order, item: ItemId) -> tuple[Reply, ...]:
        """Return every part of an item's clocks, counted or not."""
        standing = self._ledger.standing(item, order.now)
        explained = explain_readings(
            standing.readings, standing.terms, found_late=standing.item.found_late
        )
        shown = explaining.why(explained, item, self._manners(order.caller).timezone)
        return say(order.heard, shown, about=item)

    def search(self, order: Order) -> tuple[Reply, ...]:
        """Return the newest posts that hold all the words and pass all the filters."""
        if not order.heard.rest:
            raise MisspokenError("Write /search and the words to look for.")
        return say(order.heard, self.found(order.heard.rest, order.caller, order.now))

    def found(
        self, asked: str, caller: Caller, now: datetime, before: int | None = None
    ) -> Message:
        """Return a page of a search: the newest posts, or those older than the post `before`."""
        names = [brand.name for brand in self._brands]
        meant = sought(asked, names, self._manners(caller).timezone, now)
        posts = self._store.posts.search(
            meant.words,
            limit=PAGE + 1,
            before=before,
            brands=self._served(caller),
            filters=meant.filters,
        )
        page = [lists.Found(post=post, item=self._item_of(post)) for post in posts[:PAGE]]
        manners = self._manners(caller)
        message = lists.search(asked, page, manners.timezone, manners.language, parse(meant.words))
        rows = [_overlooked(page), _older(asked, posts)]
        return replace(message, buttons=(*message.buttons, *filter(None, rows)))

    def brands(self, order: Order) -> tuple[Reply, ...]:
        """Return what is watched, and what is muted."""
        manners = self._manners(order.caller)
        watched = [self._brand_line(brand, order.now) for brand in self._brands]
        return say(order.heard, lists.brands(watched, manners.timezone, manners.language))

    def log(self, order: Order, item: ItemId | None) -> tuple[Reply, ...]:
        """Return who did what lately, or to one item."""
        entries = tuple(self._store.people.entries(item=item, newest=lists.LOG_LINES))
        manners = self._manners(order.caller)
        return say(order.heard, lists.log(entries, manners.timezone, manners.language), about=item)

    def summary(self, order: Order) -> tuple[Reply, ...]:
        """Queue what a day or a week came to; it is drawn when it is sent."""
        name = order.caller.place.name or next((each.name for each in self._routes().all()), "")
        if not name:
            raise RefusedError("No chat is linked yet, so there is nothing to sum up.")
        today = order.now.astimezone(self._routes().manners(name).timezone).date()
        weekly = order.heard.rest.lower() == _WEEK
        kind = SummaryKind.WEEKLY if weekly else SummaryKind.DAILY
        day = today if weekly else _day(order.heard.rest, today)
        self._store.outbox.put(
            chat_id=order.heard.chat_id,
            topic=order.heard.topic,
            kind=Kind.SUMMARY,
            dedupe=f"summary asked:{order.heard.chat_id}:{order.now.isoformat()}",
            priority=Priority.WARNING,  # somebody waits for it
            now=order.now,
            payload=SummaryOrder(kind=kind, day=day, chat=name).model_dump_json(),
        )
        return ()

    def _soonest(self, listed: Sequence[Listed], order: Order) -> tuple[tuple[CardView, ...], int]:
        """Return those whose answer is due first, and how many of all are overdue.

        The store sorts by any clock: what nobody took in time comes before an answer due earlier.
        """
        answers = [(self._answer(one, order.now), one.item) for one in listed]
        late = sum(overdue for (_, overdue), _ in answers)
        answers.sort(key=lambda each: _by_answer(each[0][0], each[1]))
        first = [item.id for _, item in answers[: lists.LISTED]]
        return tuple(self._view(item, order.caller, order.now) for item in first), late

    def _answer(self, one: Listed, now: datetime) -> tuple[datetime | None, bool]:
        """Return when an item's answer is due, None if none is owed, and whether it is overdue."""
        due = one.due
        if due.target in RESPONSES and due.due_at is not None and now <= due.due_at:
            return due.due_at, False
        clocks = self._ledger.running(one.item.id, one.revision, now)
        owed = [each for each in clocks if each.target in RESPONSES]
        first = min((each.due_at for each in owed), default=None)
        return first, any(now > each.broken_after for each in owed)

    def _view(self, item: ItemId, caller: Caller, now: datetime) -> CardView:
        manners = self._manners(caller)
        return card_view(
            self._ledger,
            item,
            now,
            zone=manners.timezone,
            language=manners.language,
            private=caller.private,
        )

    def _manners(self, caller: Caller) -> ChatManners:
        return self._routes().manners(caller.home)

    def _served(self, caller: Caller) -> tuple[str, ...] | None:
        """Return the brands of the chat that asks; None for all: whoever asks alone asks of all."""
        return None if caller.private else self._routes().served_by(caller.place.name)

    def _item_of(self, post: Post) -> ItemId | None:
        return next((item.id for item in self._store.items.of_post(post.id)), None)

    def _brand_line(self, brand: Brand, now: datetime) -> lists.BrandLine:
        counts = self._store.items.counts()
        place = self._routes().for_cards(brand.name)
        muted = self._store.notes.muted_until(brand.name, place.name, now) if place else None
        waiting = sum(counts.get((brand.name, state), 0) for state in _UNANSWERED)
        return lists.BrandLine(brand=brand, waiting=waiting, muted_until=muted)


def _by_answer(due: datetime | None, item: Item) -> tuple[bool, float, tuple[float, float], int]:
    return due is None, due.timestamp() if due else 0.0, pressing(item), item.id


def _overlooked(page: Iterable[lists.Found]) -> Row:
    """Return a button for each post without an item that the judge may have overlooked."""
    return tuple(
        Button(
            tr("Missed {number}", number=digits(place)),
            encode(TapKind.REVIEW, hit.post.id, "missed"),
        )
        for place, hit in enumerate(page, start=1)
        if hit.item is None and hit.post.own_brand is None and not hit.post.mention.deleted
    )


def _older(asked: str, posts: Sequence[Post]) -> Row:
    """Return the button to the next page, if there is one and its words fit behind a button."""
    if len(posts) <= PAGE:
        return ()
    data = encode(TapKind.OLDER, posts[PAGE - 1].id, asked)
    return (Button(tr("Older"), data),) if len(data.encode()) <= DATA_BYTES else ()


def _day(written: str, today: date) -> date:
    """Return the day that is asked for: today if none is. Raises: MisspokenError."""
    word = written.lower()
    if not word or word in _DAYS:
        return today - timedelta(days=_DAYS.get(word, 0))
    try:
        day = date.fromisoformat(word)
    except ValueError:
        raise MisspokenError(
            "Write /summary, /summary yesterday, /summary week or /summary 2026-03-06."
        ) from None
    if day.year < _FIRST_YEAR:
        raise MisspokenError("Nothing is kept of that day.")
    if day > today:
        raise MisspokenError("That day has not come yet.")
    return day
