"""Parcels drawn from the store, as things stand at the moment of sending.

A parcel holds no text: what it asks for is looked up, so that a message that waited for an hour
says what is true now, and one that nobody needs any more is not sent at all.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bot.chat.alerts import Alert, Rest, alert
from bot.chat.board_views import BoardViews
from bot.chat.boards import board
from bot.chat.cards import Menu, card
from bot.chat.digests import Doubt, digest, review
from bot.chat.entries import unsettled
from bot.chat.html import html
from bot.chat.payloads import (
    BoardOrder,
    CardOrder,
    DigestOrder,
    NoticeOrder,
    NoticesOrder,
    PictureOrder,
    ReplyOrder,
    RetractOrder,
    ReviewOrder,
    SummaryOrder,
    SurgeOrder,
    WordsOrder,
    read,
)
from bot.chat.phrases import phrase
from bot.chat.pictures import Easel, Sketch, sketch
from bot.chat.previews import preview
from bot.chat.reply_views import Platforms, reply_view
from bot.chat.routes import TERMINAL, ChatManners, Routes
from bot.chat.summaries import summary_message
from bot.chat.surges import surge_message
from bot.chat.text import Message, words
from bot.chat.views import CardView, card_view, card_views
from bot.locale.tongue import SOURCE, speaking
from monitor.clock.policy import Policy
from monitor.clock.timeline import effective
from monitor.desk.claims import last_hand_over
from monitor.desk.promises import Promise
from monitor.handling.late import late
from monitor.handling.ledger import Ledger, Standing
from monitor.handling.shifts import Shifts
from monitor.model import (
    EventKind,
    ItemId,
    Member,
    NoticeKind,
    Role,
    State,
    Target,
)
from monitor.report import heat, staffing
from monitor.report.summary import Summary, days, gather, summarize
from monitor.settings import Settings, brands
from monitor.store.outbox import Kind, Parcel
from monitor.store.people import LinkedChat
from monitor.store.posts import Review

UTC = ZoneInfo("UTC")
_PRINTS = 512  # of cards, kept in case somebody asks again
_MOST_CALLED = 5
_ENDS = frozenset({EventKind.BRAND_REPLY, EventKind.ANSWERED, EventKind.RESOLVED, EventKind.VOIDED})
_SETTLED = frozenset({State.ANSWERED, State.RESOLVED, State.VOID})
_ROLES = {"lead": Role.LEAD, "manager": Role.MANAGER}
_OF_CLAIMS = frozenset({NoticeKind.LEASE_ENDING, NoticeKind.HANDED_TO, NoticeKind.TAKEN_OVER})
_HUSHED = frozenset(
    {Kind.CARD, Kind.DIGEST, Kind.REVIEW, Kind.WORDS, Kind.SURGE, Kind.SUMMARY, Kind.PICTURE}
)
_CLOCKS = {
    NoticeKind.UNCLAIMED: Target.CLAIM,
    NoticeKind.UNRESOLVED: Target.RESOLUTION,
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message, and a short print of all that it shows: equal prints need no edit."""

    message: Message
    shown: str


class Drawing:
    """Draws for the chats. One belongs to one thread, as its ledger's store does."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        *,
        demo: bool = False,
        platforms: Platforms | None = None,
        easel: Easel | None = None,
    ) -> None:
        """`platforms` take replies from here; None where nobody is here to write them.

        Without an `easel` pictures are not drawn: their words come alone.
        """
        self._ledger = ledger
        self._store = ledger.store
        self._settings = settings
        self._brands = brands(settings)
        self._routes = Routes(settings, self._brands, ())
        self._chats: tuple[LinkedChat, ...] = ()
        self._routes_here = self._routes
        self._demo = demo
        self._platforms = platforms
        self._easel = easel
        self.shifts = Shifts(ledger.store, settings)
        self._boards = BoardViews(ledger, settings, self.shifts)
        self._kinds: dict[Kind, Callable[[Parcel, datetime], Drawn | None]] = {
            Kind.CARD: self._first_card,
            Kind.EDIT: self._card,
            Kind.NOTICE: self._notice,
            Kind.DIGEST: self._digest,
            Kind.REVIEW: self._review,
            Kind.SUMMARY: self._summary,
            Kind.PICTURE: self._picture,
            Kind.BOARD: self._board,
            Kind.RETRACT: self._retract,
            Kind.WORDS: self._words,
            Kind.REPLY: self._reply,
            Kind.SURGE: self._surge,
        }

    def draw(self, parcel: Parcel, now: datetime) -> Drawn | None:
        """Return what a parcel holds at `now`; None where it is no longer wanted.

        Raises: UnfinishedError for a picture that is being drawn.
        """
        if self.has_left(parcel):
            return None
        with speaking(self._language(parcel)):
            return self._drawn(parcel, now)

    def _drawn(self, parcel: Parcel, now: datetime) -> Drawn | None:
        try:
            return self._hushed(parcel, self._kinds[parcel.kind](parcel, now), now)
        except ValidationError as error:  # written by another version: it must not stop the queue
            _log.warning("a %s that cannot be read is not sent: %s", parcel.kind, error)
            return None

    def _hushed(self, parcel: Parcel, found: Drawn | None, now: datetime) -> Drawn | None:
        """Return what can be read later without its sound while its chat wants quiet."""
        if found is None or parcel.kind not in _HUSHED:
            return found
        if self.shifts.quiet_until(self._name(parcel), now) is None:
            return found
        return replace(found, message=replace(found.message, silent=True))

    def card(
        self, item: ItemId, chat_name: str, now: datetime, menu: Menu | None = None
    ) -> Drawn | None:
        """Return the card of an item for a group; None where there is no such item."""
        if self._store.items.get(item) is None:
            return None
        with speaking(self._routes_now().language(chat_name)):
            view = self._view(item, self._routes.manners(chat_name), now, private=False)
            return self._drawn_card(view, menu)

    def shown(self, item: ItemId, now: datetime) -> str | None:
        """Return the print of an item's card, the same in every chat; None: no such item."""
        if self._store.items.get(item) is None:
            return None
        view = card_view(
            self._ledger, item, now, zone=UTC, language=SOURCE, platforms=self._platforms
        )
        return self._print(view, None)

    def board(self, chat_name: str, now: datetime) -> Drawn:
        """Return the board of a chat."""
        with speaking(self._routes_now().language(chat_name)):
            manners = self._routes.manners(chat_name)
            view = self._boards.view(manners, self._brands_of(manners.name)[0], now)
            return drawn(board(view, demo=self._demo))

    def summary(self, chat_name: str, order: SummaryOrder, now: datetime) -> Summary:
        """Return what a day or a week came to for a chat's brands."""
        period = days(order.day, self._routes.manners(chat_name).timezone, order.kind.days)
        own, competitors = self._brands_of(chat_name)
        facts = gather(
            self._store,
            period,
            now,
            brands=own,
            competitors=competitors,
            late=late(self._ledger, own, now),
            look_back=self._settings.desk.look_back,
            platforms=self._settings.connectors,
        )
        return summarize(facts)

    # ------------------------------------------------------------ cards

    def _first_card(self, parcel: Parcel, now: datetime) -> Drawn | None:
        if parcel.item is None or self._settled_meanwhile(parcel, parcel.item):
            return None
        return self._card(parcel, now)

    def _card(self, parcel: Parcel, now: datetime) -> Drawn | None:
        if parcel.item is None or self._store.items.get(parcel.item) is None:
            return None
        menu = read(CardOrder, parcel.payload).menu
        view = self._view_for(parcel, parcel.item, now)
        if menu is Menu.HAND:
            owner = self._store.items.get(parcel.item)
            takers = self.shifts.takers(view.brand, owner.item.owner if owner else None, now)
            view = replace(view, takers=tuple((each.id, each.name) for each in takers))
        return self._drawn_card(view, menu)

    def _drawn_card(self, view: CardView, menu: Menu | None) -> Drawn:
        return Drawn(card(view, menu, self._demo), self._print(view, menu))

    def _print(self, view: CardView, menu: Menu | None) -> str:
        """Return the print of a card: the same whoever reads it, in whatever language and zone."""
        plain = replace(view, zone=UTC, language=SOURCE)
        if view.confidential:
            plain = replace(plain, hidden=True, excerpt=None)
        return _print_of(plain, menu, self._demo)

    def _settled_meanwhile(self, parcel: Parcel, item: ItemId) -> bool:
        """Return whether an item came to rest after its card was queued; nobody needs it then.

        One whose earlier try may have arrived is sent all the same: what stands there is not true.
        """
        if parcel.doubted:
            return False
        listed = self._store.items.get(item)
        if listed is None or listed.item.state not in _SETTLED:
            return listed is None
        events = effective(self._store.events.of_item(item))
        return any(each.kind in _ENDS and each.recorded_at > parcel.created_at for each in events)

    def _retract(self, parcel: Parcel, _now: datetime) -> Drawn:
        item = read(RetractOrder, parcel.payload).item
        return drawn(Message(phrase("#{item} goes on in a newer message.", item=str(item))))

    def _reply(self, parcel: Parcel, _now: datetime) -> Drawn | None:
        order = read(ReplyOrder, parcel.payload)
        row = self._store.replies.get(order.reply)
        if row is None:
            return None
        manners = self._manners(parcel)
        view = reply_view(
            self._store, row, self._platforms or {}, manners.timezone, manners.language
        )
        return drawn(preview(view, order.edition)) if view else None

    # ------------------------------------------------------------ many items in one message

    def _notice(self, parcel: Parcel, now: datetime) -> Drawn | None:
        asked = read(NoticesOrder, parcel.payload)
        alerts = [each for order in asked.notices for each in self._alert(parcel, order, now)]
        rest = self._rest(parcel, asked)
        if not alerts and not rest.count:
            return None
        called = any(each.told for each in alerts) or bool(rest.told)
        aloud = self._is_aloud(parcel, now, called=called)
        return drawn(alert(alerts, demo=self._demo, aloud=aloud, rest=rest))

    def _rest(self, parcel: Parcel, asked: NoticesOrder) -> Rest:
        """Return what is told in numbers alone, of items that nobody has brought to rest since."""
        in_full = {order.item for order in asked.notices}
        items = [item for item in asked.rest if item not in in_full]
        if not items:
            return Rest()
        count, _ = self._store.figures.standing(items)
        late = [item for item in asked.rest_late if item not in in_full]
        _, overdue = self._store.figures.standing(late)
        people = () if _is_private(parcel) else self._store.people.members()
        told = tuple(one for one in people if one.id in asked.rest_to)
        return Rest(count=count, overdue=overdue, told=told)

    def _is_aloud(self, parcel: Parcel, now: datetime, *, called: bool) -> bool:
        """Return whether a notice is meant for somebody, who should hear it come."""
        chat = self._name(parcel)
        if not chat:  # one person's own
            return True
        return called and self.shifts.quiet_until(chat, now) is None

    def _alert(self, parcel: Parcel, order: NoticeOrder, now: datetime) -> Iterator[Alert]:
        if self._store.items.get(order.item) is None:
            return
        standing = self._ledger.standing(order.item, now)
        if not self._tells_still(order, standing, now):
            return
        yield Alert(
            kind=order.kind,
            view=self._view_for(parcel, order.item, now),
            target=order.target,
            before=self._last_claimer(standing),
            told=self._called(parcel, order, standing),
            until=self._next_duty(order, standing, now),
            promise=self._promise(order),
        )

    def _promise(self, order: NoticeOrder) -> Promise | None:
        return self._store.promises.get(order.promise) if order.promise is not None else None

    def _tells_still(self, order: NoticeOrder, standing: Standing, now: datetime) -> bool:
        """Return whether a notice that waited for its chat still tells the team something."""
        if order.kind is NoticeKind.NOBODY_ON_SHIFT:
            return not self.shifts.roster(now).up([standing.item.brand], now)
        if order.promise is None:
            return _still_true(order, standing)
        promise = self._promise(order)
        return promise is not None and promise.outcome is None and bool(promise.text)

    def _called(self, parcel: Parcel, order: NoticeOrder, standing: Standing) -> tuple[Member, ...]:
        """Return whom a notice calls by name; nobody who is told alone."""
        if _is_private(parcel):
            return ()
        if order.to is None:
            return self._meant(order.tell, standing)
        return tuple(one for one in self._store.people.members() if one.id in order.to)

    def _next_duty(self, order: NoticeOrder, standing: Standing, now: datetime) -> datetime | None:
        """Return when somebody comes who is told, for a notice that says so."""
        if order.kind is not NoticeKind.NOBODY_ON_SHIFT:
            return None
        return self.shifts.roster(now).up_at([standing.item.brand], now)

    def _last_claimer(self, standing: Standing) -> str:
        claims = [one for one in effective(standing.events) if one.kind is EventKind.CLAIMED]
        actor = claims[-1].actor if claims else None
        found = self._store.people.member(actor) if actor is not None else None
        return found.name if found else ""

    def _meant(self, tell: str, standing: Standing) -> tuple[Member, ...]:
        """Return whom a notice calls by name; a role nobody holds leaves it to the chat."""
        members = self._store.people.members()
        if tell == "owner":
            return tuple(one for one in members if one.id == standing.item.owner)
        role = _ROLES.get(tell)
        return tuple(one for one in members if one.role is role)[:_MOST_CALLED]

    def _digest(self, parcel: Parcel, now: datetime) -> Drawn | None:
        order = read(DigestOrder, parcel.payload)
        manners = self._manners(parcel)
        views = card_views(
            self._ledger,
            dict.fromkeys(order.items),
            now,
            zone=manners.timezone,
            language=manners.language,
            private=_is_private(parcel),
        )
        waiting = [view for view in views if unsettled(view)]
        return drawn(digest(order.title, waiting, demo=self._demo)) if waiting else None

    def _review(self, parcel: Parcel, _now: datetime) -> Drawn | None:
        order = read(ReviewOrder, parcel.payload)
        doubts = list(self._doubts(order.posts))
        if parcel.message_id is None:
            doubts = [doubt for doubt in doubts if doubt.open]
        if not doubts:
            return None
        manners = self._manners(parcel)
        message = review(
            doubts,
            manners.timezone,
            manners.language,
            private=_is_private(parcel),
            demo=self._demo,
        )
        return drawn(message)

    def _doubts(self, posts: Sequence[int]) -> Iterator[Doubt]:
        labels = self._store.figures.labels(posts)
        for place, number in enumerate(posts, start=1):
            post = self._store.posts.by_id(number)
            if post is None:
                continue
            gone = post.mention.deleted
            review_of = self._store.posts.review_of(number)
            items = self._store.items.of_post(number)
            yield Doubt(
                place=place,
                post=post,
                open=not gone and review_of is not Review.NONE,
                said="" if gone else labels.get(number, "judged"),
                item=next((one.id for one in items if one.state is not State.VOID), None),
                check=review_of is Review.CHECKING,
            )

    # ------------------------------------------------------------ figures

    def _summary(self, parcel: Parcel, now: datetime) -> Drawn:
        order = read(SummaryOrder, parcel.payload)
        summed = self.summary(order.chat, order, now)
        language = self._routes.manners(order.chat).language
        return drawn(summary_message(summed, order.chat, language, self._demo, order.news))

    def _picture(self, parcel: Parcel, now: datetime) -> Drawn:
        order = read(PictureOrder, parcel.payload)
        if self._easel is None:
            return drawn(Message(self.sketch(order, now).caption, silent=True))
        return drawn(self._easel.message(parcel.id, order, now))

    def sketch(self, order: PictureOrder, now: datetime) -> Sketch:
        """Return the usual week of a chat's brands, to be drawn; it begins with the desk's work."""
        zone = self._routes.manners(order.chat).timezone
        period = days(order.day, zone, 7 * order.weeks)
        until = min(period.until, now)
        since = min(period.since, until)
        own, _ = self._brands_of(order.chat)
        broken = late(self._ledger, own, now)
        shown = heat.gather(self._store, since, until, zone, brands=own, late=broken)
        people = staffing.gather(
            self._store, since, until, zone, brands=own, policy_of=self._policy
        )
        today = now.astimezone(zone).weekday()
        return sketch(order.chat, shown, people, today=today, demo=self._demo)

    def _policy(self, name: str, edition: int) -> Policy:
        return self._ledger.policies.edition(edition).named(name)

    def _board(self, parcel: Parcel, now: datetime) -> Drawn:
        return self.board(read(BoardOrder, parcel.payload).chat, now)

    def _surge(self, parcel: Parcel, now: datetime) -> Drawn | None:
        order = read(SurgeOrder, parcel.payload)
        message = surge_message(self._store, order, self._manners(parcel), now, demo=self._demo)
        return drawn(message) if message else None

    # ------------------------------------------------------------ who reads it

    def _words(self, parcel: Parcel, _now: datetime) -> Drawn:
        return drawn(Message(words(read(WordsOrder, parcel.payload).text)))

    def _view_for(self, parcel: Parcel, item: ItemId, now: datetime) -> CardView:
        return self._view(item, self._manners(parcel), now, private=_is_private(parcel))

    def _view(
        self, item: ItemId, manners: ChatManners, now: datetime, *, private: bool
    ) -> CardView:
        return card_view(
            self._ledger,
            item,
            now,
            zone=manners.timezone,
            language=manners.language,
            private=private,
            platforms=self._platforms,
        )

    def has_left(self, parcel: Parcel) -> bool:
        """Return whether a parcel goes to a person who was let in once, and is no more.

        A card that gives way still does: it tells nothing.
        """
        if not _is_private(parcel) or parcel.kind is Kind.RETRACT:
            return False
        if self._routes_now().named(parcel.chat_id) is not None:
            return False
        return self._store.people.by_telegram(parcel.chat_id) is None

    def _manners(self, parcel: Parcel) -> ChatManners:
        """Return how the chat that a parcel goes to wants to be spoken to."""
        return self._routes_now().manners(self._home(parcel))

    def _home(self, parcel: Parcel) -> str:
        """Return the chat as in which a parcel's reader is spoken to."""
        name = self._name(parcel)
        reader = None if name else self._store.people.by_telegram(parcel.chat_id)
        return name if reader is None else self._routes_now().home(reader)

    def _name(self, parcel: Parcel) -> str:
        """Return the name of the chat that a parcel goes to, "" for a person's own."""
        return self._routes_now().named(parcel.chat_id, parcel.topic) or ""

    def _language(self, parcel: Parcel) -> str:
        """Return the language of whoever reads a parcel: alone with the bot it is the person's."""
        routes = self._routes_now()
        name = self._name(parcel)
        if _is_private(parcel) or name == TERMINAL:
            person = self._store.people.by_telegram(0 if name == TERMINAL else parcel.chat_id)
            if person is not None and person.language:
                return person.language
        return routes.language(self._home(parcel))

    def _routes_now(self) -> Routes:
        """Return which chat gets what; they are made anew only once a chat is another."""
        chats = self._store.people.chats()
        if chats != self._chats:
            self._chats = chats
            self._routes_here = Routes(self._settings, self._brands, chats)
        return self._routes_here

    def _brands_of(self, chat_name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the own and the competing brands of a chat; one that no brand names gets all."""
        own = [brand for brand in self._brands if not brand.competitor]
        routed = [brand for brand in own if brand.chat == chat_name]
        rivals = tuple(brand.name for brand in self._brands if brand.competitor)
        return tuple(brand.name for brand in routed or own), rivals


@lru_cache(maxsize=_PRINTS)
def _print_of(plain: CardView, menu: Menu | None, demo: bool) -> str:
    """Return the print of a card, drawn once for all who ask whether it changed."""
    with speaking(SOURCE):
        return fingerprint(card(plain, menu, demo))


def drawn(message: Message) -> Drawn:
    """Return a message with the print of what it shows."""
    return Drawn(message, fingerprint(message))


def fingerprint(message: Message) -> str:
    """Return 16 characters that are equal for messages which show the same."""
    buttons = [
        (button.label, button.data, button.url, button.copy_text, button.style)
        for row in message.buttons
        for button in row
    ]
    rows = [len(row) for row in message.buttons]
    content = f"{html(message.text)}\n{rows}\n{buttons}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _claim_stands(order: NoticeOrder, standing: Standing) -> bool:
    """Return whether the claim of which a notice tells is still the one that holds."""
    item = standing.item
    if order.kind is NoticeKind.LEASE_ENDING:
        ends = item.lease_ends_at if item.state is State.CLAIMED else None
        return ends is not None and ends.isoformat() == order.occasion
    handed = last_hand_over(item, standing.events)
    return handed is not None and str(handed.id) == order.occasion


def _still_true(order: NoticeOrder, standing: Standing) -> bool:
    """Return whether a notice that waited for its chat still tells the team something."""
    item = standing.item
    if item.state in (State.RESOLVED, State.VOID) or item.muted:
        return False
    if order.kind is NoticeKind.LEASE_ENDED:
        return item.owner is None and standing.readings.response_open
    if order.kind in _OF_CLAIMS:
        return _claim_stands(order, standing)
    if order.kind is NoticeKind.HANDED_OVER:
        return item.owner is not None and standing.readings.response_open
    if order.kind is NoticeKind.RESUMED:
        return item.state not in (State.WAITING, State.SNOOZED)
    target = order.target or _CLOCKS.get(order.kind)
    return any(
        each.running and each.target is target and order.cycle in (None, each.cycle)
        for each in standing.readings.all
    )


def _is_private(parcel: Parcel) -> bool:
    return parcel.chat_id > 0  # groups and channels have negative ids
