"""What buttons do. Every tap is checked against the store: its message may be years old."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.admission import Caller
from bot.chat.answering import Answering, Heard
from bot.chat.asking import Asking
from bot.chat.customer_desk import CustomerDesk
from bot.chat.dispatch import Dispatch
from bot.chat.incoming import Tap
from bot.chat.keyboards import Menu
from bot.chat.languages import Languages
from bot.chat.missed import Missed
from bot.chat.orphans import Orphans
from bot.chat.replies import BUTTON_GONE, AnswerTap, Reply, say
from bot.chat.reviews import kept_word, redraw_review, redraw_reviews_of
from bot.chat.shifts import taker_of
from bot.chat.showing import Showing
from bot.chat.surge_taps import SurgeTaps
from bot.chat.taps import ABOUT_CUSTOMERS, ON_CARDS, TapData, TapKind, decode
from bot.chat.text import plain
from bot.chat.views import NO_LINK
from bot.chat.waiting import SNOOZE, Asked, Waiting, behind_button
from bot.locale.tongue import mark, speaking, tr, trn
from bot.wiring import Workshop
from monitor.desk.acts import PAUSES
from monitor.desk.lifecycle import LEASE
from monitor.errors import RefusedError
from monitor.handling.desk import LABELS
from monitor.model import ItemId, Member, MessageRef
from monitor.store.outbox import CardRow, Kind, Priority

GAVE_WAY = mark("This card goes on in a newer message.")
_HOUR = timedelta(hours=1)
_READS = frozenset({TapKind.LANGUAGE, TapKind.SHOW, TapKind.SIMILAR, TapKind.OLDER})
_MENUS = {
    TapKind.WAIT_MENU: {"menu": Menu.WAIT},
    TapKind.WAIT_LENGTHS: {"menu": Menu.LENGTHS},
    TapKind.NOT_MENU: {"menu": Menu.NOT},
    TapKind.HAND_MENU: {"menu": Menu.HAND},
    TapKind.BACK: {},
}
_LISTED = 40  # similar posts in one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button of ours that a linked person pressed."""

    tap: Tap
    data: TapData
    caller: Caller
    now: datetime

    @property
    def item(self) -> ItemId:
        """The item it speaks of."""
        return ItemId(self.data.number)

    @property
    def member(self) -> Member:
        """Who pressed it."""
        return self.caller.member


Act = Callable[[Press], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Where a tap is handed on that is not done here."""

    showing: Showing
    asking: Asking
    missed: Missed
    answering: Answering
    customers: CustomerDesk
    languages: Languages
    surges: SurgeTaps
    waiting: Waiting


class Tapping:
    """Does what a button asks for; every call stands inside a transaction."""

    def __init__(
        self,
        workshop: Workshop,
        dispatch: Dispatch,
        orphans: Orphans,
        rooms: Rooms,
    ) -> None:
        self._store = workshop.store
        self._desk = workshop.desk
        self._dispatch = dispatch
        self._orphans = orphans
        self._showing = rooms.showing
        self._asking = rooms.asking
        self._overlooked = rooms.missed
        self._answering = rooms.answering
        self._customers = rooms.customers
        self._languages = rooms.languages
        self._surges = rooms.surges
        self._waiting = rooms.waiting
        self._acts: dict[TapKind, Act] = {
            TapKind.LANGUAGE: self._language,
            TapKind.CLAIM: self._claim,
            TapKind.RELEASE: self._release,
            TapKind.HAND_OVER: self._hand_over,
            TapKind.TAKE_OVER: self._take_over,
            TapKind.ANSWERED: self._answered,
            TapKind.SKIP_LINK: self._skip_link,
            TapKind.WAIT: self._wait,
            TapKind.SNOOZE: self._snooze,
            TapKind.RESUME: self._resume,
            TapKind.RESOLVE: self._resolve,
            TapKind.NOT_FOR_US: self._not_for_us,
            TapKind.UNDO: self._undo,
            TapKind.SHOW: self._show,
            TapKind.SIMILAR: self._similar,
            TapKind.REVIEW: self._review,
        }

    def tap(self, tap: Tap, caller: Caller, now: datetime) -> tuple[Reply, ...]:
        """Return what the person is told, once it is done. Raises: RefusedError."""
        data = self._meant(tap)
        if data.kind not in _READS:
            caller.must_act()
        card = self.find_card(tap, now) if data.kind in ON_CARDS else None
        if data.kind in _MENUS:
            return (AnswerTap(tap_id=tap.tap_id, text=self._menu(data, card, now)),)
        press = Press(tap=tap, data=data, caller=caller, now=now)
        if data.kind is TapKind.OLDER:
            with speaking(caller.spoken_here):
                return (AnswerTap(tap_id=tap.tap_id), *self._older(press))
        if data.kind is TapKind.REPLY or data.about_reply:
            return self._replying(press)
        if data.about_surge:
            return self._surges.tapped(_ref(tap), tap.tap_id, data, caller, now)
        if data.kind in ABOUT_CUSTOMERS:
            return self._customers.tapped(tap, data, caller, now)
        done = self._acts[data.kind](press)
        return (AnswerTap(tap_id=tap.tap_id, text=done),)

    def refresh(self, tap: Tap, now: datetime) -> None:
        """Let the message under a refused tap show how things stand: it looked otherwise."""
        data = decode(tap.data)
        if data is None or not self._stands(data, tap):
            return
        if data.kind is TapKind.REVIEW:
            self._redraw_review(tap, now)
        elif data.about_reply:
            self._store.replies.touch(data.number)
        elif self.find_card(tap, now) is not None:
            self._store.items.touch(ItemId(data.number))

    def subject(self, tap: Tap) -> ItemId | None:
        """Return the item that a button speaks of, if there is one."""
        data = decode(tap.data)
        if data is None or data.about_post or data.about_surge:
            return None
        if data.about_reply:
            row = self._store.replies.get(data.number)
            return row.item if row else None
        if data.kind in ABOUT_CUSTOMERS:
            return self._customers.subject(data)
        item = ItemId(data.number)
        return item if self._store.items.get(item) is not None else None

    def find_card(self, tap: Tap, now: datetime) -> CardRow | None:
        """Return the live card under a tap; an orphan is adopted, or gives way (None)."""
        data = decode(tap.data)
        if data is None or data.kind not in ON_CARDS or not self._stands(data, tap):
            return None
        return self._orphans.card_at(_ref(tap), ItemId(data.number), now)

    def _meant(self, tap: Tap) -> TapData:
        data = decode(tap.data)
        if data is None or not self._stands(data, tap):
            raise RefusedError(BUTTON_GONE)
        return data

    def _stands(self, data: TapData, tap: Tap) -> bool:
        """Return whether the store knows what a button speaks of, under this very message."""
        if data.about_post:
            return self._store.posts.by_id(data.number) is not None
        if data.about_reply:
            return self._store.replies.get(data.number) is not None
        if data.kind in ABOUT_CUSTOMERS:
            return self._customers.stands(data)
        if data.about_surge:
            return self._surges.stands(data)
        if data.kind is TapKind.LANGUAGE:
            return True
        return self._is_item(data, tap)

    def _is_item(self, data: TapData, tap: Tap) -> bool:
        """Return whether a button speaks of an item, and stands under its card if it must."""
        if self._store.items.get(ItemId(data.number)) is None:
            return False
        if data.kind not in ON_CARDS:
            return True
        known = self._store.outbox.card_at(_ref(tap))
        return known.item == data.number if known else self._may_be_card(tap)

    def _may_be_card(self, tap: Tap) -> bool:
        """Return whether an unknown message can be a card: nothing else was sent as it."""
        parcel = self._store.outbox.parcel_at(_ref(tap))
        return parcel is None or parcel.kind is Kind.CARD

    def _menu(self, data: TapData, card: CardRow | None, now: datetime) -> str:
        if card is None:
            return tr(GAVE_WAY)
        payload = json.dumps(_MENUS[data.kind])
        self._dispatch.put_edit(card, ItemId(data.number), now, payload, urgent=True)
        return ""

    # ------------------------------------------------------------ acts on an item

    def _claim(self, press: Press) -> str:
        self._desk.claim(press.item, press.member, press.now)
        return trn(
            "It is yours for {count} minute.", "It is yours for {count} minutes.", _minutes(LEASE)
        )

    def _release(self, press: Press) -> str:
        self._desk.release(press.item, press.member, press.now)
        return tr("It is back in the queue.")

    def _hand_over(self, press: Press) -> str:
        taker = taker_of(press.data.argument, self._store.people.members())
        self._desk.hand_over(press.item, press.member, taker, "", press.now)
        return tr(
            "{name} has it now. A note goes with it by /handover ID NAME NOTE.", name=taker.name
        )

    def _take_over(self, press: Press) -> str:
        self._desk.take_over(press.item, press.member, press.now)
        return trn(
            "It is yours for {count} minute.", "It is yours for {count} minutes.", _minutes(LEASE)
        )

    def _answered(self, press: Press) -> str:
        self._desk.answered(press.item, press.member, press.now)
        return tr(
            "The clock stopped. Reply to the card with the link to your answer, or tap No link."
        )

    def _skip_link(self, press: Press) -> str:
        item = press.item
        listed = self._store.items.get(item)
        answer = listed.item.answer if listed else None
        if answer is None or answer.proven or answer.url is not None:
            raise RefusedError("No link is asked for.")
        self._store.people.log(press.now, NO_LINK, actor=press.member, item=item)
        self._store.items.touch(item)
        return tr("It stays unproven until we find the reply.")

    def _wait(self, press: Press) -> str:
        asked = behind_button(press.data.argument)
        owed = self._waiting.tapped(press.item, asked, press.caller, press.now)
        paused = trn(
            "Paused: it comes back by itself in {count} hour.",
            "Paused: it comes back by itself in {count} hours.",
            _hours(asked.length or PAUSES[asked.reason]),
        )
        return f"{paused} {owed}".rstrip()

    def _snooze(self, press: Press) -> str:
        if not (
            press.data.argument.isascii()
            and press.data.argument.isdecimal()
            and len(press.data.argument) < 6
        ):
            raise RefusedError(BUTTON_GONE)
        length = timedelta(minutes=int(press.data.argument))
        asked = Asked(reason=SNOOZE, length=length)
        owed = self._waiting.tapped(press.item, asked, press.caller, press.now)
        hushed = trn(
            "No warnings for {count} minute; a missed target is told all the same.",
            "No warnings for {count} minutes; a missed target is told all the same.",
            _minutes(length),
        )
        return f"{hushed} {owed}".rstrip()

    def _resume(self, press: Press) -> str:
        self._desk.resume(press.item, press.member, press.now)
        return tr("It goes on.")

    def _resolve(self, press: Press) -> str:
        self._desk.resolve(press.item, press.member, press.now)
        return tr("Resolved.")

    def _not_for_us(self, press: Press) -> str:
        self._desk.not_for_us(press.item, press.member, press.now, press.data.argument)
        return tr("Dismissed: {reason}.", reason=tr(press.data.argument))

    def _replying(self, press: Press) -> tuple[Reply, ...]:
        heard = Heard(said=press.tap, caller=press.caller, now=press.now)
        if press.data.about_reply:
            return self._answering.tap(press.tap, press.data, heard)
        with speaking(press.caller.spoken_here):
            return (AnswerTap(tap_id=press.tap.tap_id), *self._answering.ask(press.item, heard))

    def _undo(self, press: Press) -> str:
        if done := self._answering.undo(press.item, press.member, press.now):
            return done
        self._desk.undo(press.item, press.member, press.now)
        return tr("Undone.")

    # ------------------------------------------------------------ other messages

    def _language(self, press: Press) -> str:
        return self._languages.tapped(press.data.argument, press.caller, press.now)

    def _show(self, press: Press) -> str:
        return self._showing.show(press.item, press.caller, press.now) or tr("Its card is coming.")

    def _similar(self, press: Press) -> str:
        folded = self._store.items.folded_under(press.item)
        if not folded:
            raise RefusedError("No similar post is open any more.")
        items = [listed.item.id for listed in folded[:_LISTED]]
        self._store.outbox.put(
            chat_id=press.tap.chat_id,
            topic=press.tap.topic,
            kind=Kind.DIGEST,
            dedupe=f"similar:{press.tap.chat_id}:{press.now.isoformat()}",
            priority=Priority.WARNING,  # somebody waits for it
            now=press.now,
            payload=json.dumps({"title": "similar", "items": items}),
        )
        return ""

    def _review(self, press: Press) -> str:
        post = self._store.posts.by_id(press.data.number)
        if post is None or press.data.argument not in LABELS:
            raise RefusedError(BUTTON_GONE)
        if press.data.argument == "missed":
            return plain(self._overlooked.open(post, press.caller, press.now)[1])
        if not self._store.posts.awaits_review(post.id):
            self._refuse_judged(post.mention.deleted)
        standing = self._desk.judge(post, press.data.argument, press.member, press.now)
        redraw_reviews_of(self._store.outbox, post.id, press.now)
        return kept_word(press.data.argument, standing)

    def _older(self, press: Press) -> tuple[Reply, ...]:
        """Return the next page of a search."""
        return say(
            press.tap,
            self._asking.found(
                press.data.argument, press.caller, press.now, before=press.data.number
            ),
        )

    def _refuse_judged(self, deleted: bool) -> None:
        if deleted:
            raise RefusedError("Its author deleted it.")
        raise RefusedError("Somebody has said already what it is.")

    def _redraw_review(self, tap: Tap, now: datetime) -> None:
        """Let a review digest show what was said of its posts."""
        digest = self._store.outbox.parcel_at(_ref(tap))
        if digest is not None and digest.kind is Kind.REVIEW:
            redraw_review(self._store.outbox, digest, tap.message_id, now)


def _ref(tap: Tap) -> MessageRef:
    return MessageRef(chat_id=tap.chat_id, message_id=tap.message_id, topic=tap.topic)


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _hours(length: timedelta) -> int:
    return int(length / _HOUR)
