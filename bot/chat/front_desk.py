"""Where everything people do in a chat comes in: who it is, what they want, what they are told."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.chat.admission import Admission, Caller, Order
from bot.chat.answering import Answering, Heard
from bot.chat.asking import Asking
from bot.chat.commands import Commands
from bot.chat.customer_desk import CustomerDesk
from bot.chat.dispatch import Dispatch
from bot.chat.incoming import (
    Anonymous,
    Command,
    Incoming,
    MembershipChanged,
    Migrated,
    Tap,
    Words,
)
from bot.chat.languages import Languages
from bot.chat.linking import LINK, Linking
from bot.chat.links import first_url
from bot.chat.missed import Missed
from bot.chat.once import Once
from bot.chat.orphans import Orphans
from bot.chat.phrases import phrase
from bot.chat.refusals import told
from bot.chat.replies import AnswerTap, MisspokenError, Reply, Say, Spoken, say
from bot.chat.reply_views import Platforms
from bot.chat.routes import Routes
from bot.chat.shifts import ShiftTalk
from bot.chat.showing import Showing
from bot.chat.speaking_of import SpeakingOf
from bot.chat.surge_taps import SurgeTaps
from bot.chat.tapping import Rooms, Tapping
from bot.chat.taps import decode
from bot.chat.text import Message, directed, plain, reads_right_to_left, right_to_left, words
from bot.chat.waiting import Waiting
from bot.locale.tongue import mark, speaking, tr
from bot.wiring import Workshop
from monitor.desk import roles
from monitor.errors import MonitorError, RefusedError
from monitor.model import Brand, ItemId, MessageRef

ANONYMOUS = mark(
    "You write as this group, so I cannot tell who you are. Switch off"
    ' "Remain anonymous" in your admin rights, then try again.'
)
_FOR_ALL = frozenset({"start", "help", LINK})
_OF_CUSTOMERS = frozenset({"customer", "note", "promise"})  # what is written of them is not logged
_log = logging.getLogger(__name__)


class FrontDesk:
    """Handles one update after the other. It lives in the desk thread, as its store does."""

    def __init__(
        self,
        workshop: Workshop,
        dispatch: Dispatch,
        routes: Callable[[], Routes],
        brands: Sequence[Brand],
        platforms: Platforms | None = None,
        hurry: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`platforms` take replies from here; `hurry` is told which of them has one to send."""
        store = workshop.store
        self._store = store
        self._desk = workshop.desk
        self._dispatch = dispatch
        self._routes = routes
        self._once = Once(store.notes)
        self._admission = Admission(store.people, routes)
        orphans = Orphans(store, dispatch)
        asking = Asking(workshop, routes, brands)
        missed = Missed(store, workshop.desk, routes)
        self._speaking_of = SpeakingOf(store, orphans)
        self._hurry = hurry
        self._answering = Answering(
            store, workshop.answers, self._speaking_of, routes, platforms or {}
        )
        self._linking = Linking(store, routes, self._admission)
        languages = Languages(store.people, routes)
        customers = CustomerDesk(workshop.ledger, self._speaking_of, routes)
        showing = Showing(store, dispatch, orphans, routes)
        self._tapping = Tapping(
            workshop,
            dispatch,
            orphans,
            Rooms(
                showing=showing,
                asking=asking,
                missed=missed,
                answering=self._answering,
                customers=customers,
                languages=languages,
                surges=SurgeTaps(store, showing, routes),
                waiting=Waiting(workshop, self._speaking_of, routes),
            ),
        )
        self._commands = Commands(
            workshop,
            self._speaking_of,
            asking,
            missed,
            self._answering,
            routes,
            brands,
            ShiftTalk(workshop, dispatch.shifts, self._speaking_of, routes),
        )

    def handle(self, incoming: Incoming, now: datetime) -> tuple[Reply, ...]:
        """Do what `incoming` asks for, once, and return what is answered.

        What was done and the update's id are written in one transaction: an update that comes
        again after a crash does nothing. Raises: StoreBusyError if it must come again later.
        """
        with speaking(self._admission.spoken_to(incoming)):
            return tuple(map(_as_read, self._handle(incoming, now)))

    def _handle(self, incoming: Incoming, now: datetime) -> tuple[Reply, ...]:
        try:
            with self._store.writing():
                if not self._once.first_time(incoming.update_id):
                    return _hushed(incoming)
                replies = self._hear(incoming, now)
                self._note_reachable(incoming)
        except RefusedError as refused:
            with self._store.writing():
                self._once.first_time(incoming.update_id)
                replies = self._refused(incoming, refused, now)
        for platform in self._answering.urgent():
            self._hurry(platform)
        self._redraw(now)
        return replies

    def said(self, one: Say, ref: MessageRef, now: datetime) -> None:
        """Record which item a message is about, so that a reply to it finds the item."""
        if one.about is None:
            return
        with self._store.writing():
            payload = json.dumps({"reply": one.reply} if one.reply is not None else {})
            self._store.outbox.answered(one.about, ref, now, payload)
            if one.reply is not None and one.previews and ref.message_id is not None:
                self._store.replies.shown(one.reply, ref.message_id)

    def unreachable(self, telegram_id: int) -> None:
        """Record that somebody takes no private messages, until they write to the bot again."""
        with self._store.writing():
            member = self._store.people.by_telegram(telegram_id)
            if member is not None:
                self._store.shifts.unreachable(member.id)

    def _hear(self, incoming: Incoming, now: datetime) -> tuple[Reply, ...]:
        match incoming:
            case Tap():
                return self._tapping.tap(incoming, self._admission.caller(incoming), now)
            case Command() if incoming.name in _FOR_ALL:
                return self._open_to_all(incoming, now)
            case Command():
                return self._command(incoming, now)
            case Words():
                return self._words(incoming, now)
            case Anonymous():
                return self._anonymous(incoming, now)
            case _:
                self._chat_changed(incoming, now)
                return ()

    # ------------------------------------------------------------ commands and words

    def _open_to_all(self, heard: Command, now: datetime) -> tuple[Reply, ...]:
        if heard.name == LINK:
            return self._linking.link(heard, now)
        member = self._admission.member(heard.person)
        if member is None:
            if self._admission.tires(heard.person.telegram_id, now):
                return ()
            self._admission.log(heard.person, heard.name, now, allowed=True)
        return say(heard, self._commands.help(member))

    def _command(self, heard: Command, now: datetime) -> tuple[Reply, ...]:
        caller = self._admission.caller(heard)
        self._speaking_of.find_card(heard, now)
        return self._commands.run(Order(heard=heard, caller=caller, now=now))

    def _words(self, heard: Words, now: datetime) -> tuple[Reply, ...]:
        """Hear an answer that was asked for, or a link to one; all else is talk among the team."""
        talk = not heard.private
        url = first_url(heard.text)
        if talk and self._admission.member(heard.person) is None:
            return ()
        caller = self._admission.caller(heard)
        row = self._answering.meant(heard, caller.member)
        if row is not None:
            return self._answering.words(row, heard.text, Heard(said=heard, caller=caller, now=now))
        self._speaking_of.find_card(heard, now)
        item = self._speaking_of.replied_to(heard)
        if item is None or url is None:
            return () if talk else say(heard, tr("I understand commands: /help lists them."))
        return self._link_answer(heard, caller, item, url, now)

    def _link_answer(
        self, heard: Words, caller: Caller, item: ItemId, url: str, now: datetime
    ) -> tuple[Reply, ...]:
        caller.must_act()
        if any(post.mention.url == url for post in self._store.posts.of_item(item)):
            raise MisspokenError("That is the customer's post. Send the link to your answer.")
        self._desk.link_answer(item, caller.member, now, url)
        kept = Message(phrase("#{item}: your link is kept.", item=str(item)), silent=True)
        return say(heard, kept, about=item)

    # ------------------------------------------------------------ chats

    def _anonymous(self, heard: Anonymous, now: datetime) -> tuple[Reply, ...]:
        if not self._admission.anonymous(heard, now):
            return ()
        message = Message(phrase(ANONYMOUS))
        return (Say(chat_id=heard.chat_id, topic=heard.topic, message=message),)

    def _chat_changed(self, heard: MembershipChanged | Migrated, now: datetime) -> None:
        if isinstance(heard, Migrated):
            self._migrated(heard, now)
        else:
            self._membership(heard, now)

    def _note_reachable(self, heard: Incoming) -> None:
        """Record that a member talks with the bot alone: private messages arrive."""
        if not isinstance(heard, Tap | Command | Words) or not heard.private:
            return
        member = self._admission.member(heard.person)
        if member is not None and not member.reachable:
            self._store.shifts.reachable(member.id)

    def _membership(self, heard: MembershipChanged, now: datetime) -> None:
        member = self._admission.member(heard.person) if heard.private else None
        if member is not None and not heard.present:
            self._store.shifts.unreachable(member.id)
        if not self._store.people.chat_gone(heard.chat_id, None if heard.present else now):
            return
        name = self._routes().named(heard.chat_id) or heard.title
        done = "let in again" if heard.present else "removed"
        self._admission.log(heard.person, f"bot {done}", now, allowed=True, detail=f'chat "{name}"')
        if heard.present:
            _log.warning('chat "%s" let the bot in again; what waited for it is sent', name)
        else:
            _log.error(
                'chat "%s" removed the bot: what waits for it is kept; let the bot in again', name
            )

    def _migrated(self, heard: Migrated, now: datetime) -> None:
        name = self._routes().named(heard.chat_id)
        if name is None:  # nobody let it in, or it was followed already
            return
        if all(chat.name != name for chat in self._store.people.chats()):
            self._store.people.link_chat(name, heard.chat_id, now)
        self._store.outbox.move(heard.chat_id, heard.new_id)
        _log.warning(
            'chat "%s" became the supergroup %d; it is followed. Put the new id into the settings',
            name,
            heard.new_id,
        )

    # ------------------------------------------------------------ refusals

    def _refused(
        self, incoming: Incoming, refused: RefusedError, now: datetime
    ) -> tuple[Reply, ...]:
        """Tell a person why not. Refusals are logged, what was merely mistyped is not."""
        if not isinstance(incoming, Tap | Command | Words):
            return ()
        member = self._admission.member(incoming.person)
        tired = member is None and self._admission.tires(incoming.person.telegram_id, now)
        if not tired and not isinstance(refused, MisspokenError):
            self._admission.log(
                incoming.person,
                _action(incoming),
                now,
                item=self._tapping.subject(incoming) if isinstance(incoming, Tap) else None,
                allowed=False,
                detail=_why_not(incoming, refused),
            )
        if isinstance(incoming, Tap):
            if self._may_refresh(incoming):
                self._tapping.refresh(incoming, now)
            return (AnswerTap(tap_id=incoming.tap_id, text=told(refused), alert=True),)
        return () if tired else say(incoming, told(refused))

    def _may_refresh(self, tap: Tap) -> bool:
        try:
            self._admission.caller(tap)
        except RefusedError:
            return False
        return True

    def _redraw(self, now: datetime) -> None:
        """Queue the cards that changed; what fails here is looked at again by the next tick."""
        try:
            self._dispatch.cards(now)
        except MonitorError as error:
            _log.warning("cards wait: %s", error)


def _as_read(reply: Reply) -> Reply:
    """Return an answer to a tap so that its line begins where the reader begins."""
    if isinstance(reply, AnswerTap) and reads_right_to_left() and right_to_left(reply.text):
        return replace(reply, text=plain(directed(words(reply.text))))
    return reply


def _hushed(incoming: Incoming) -> tuple[Reply, ...]:
    """Return the silent end of a tap that was acted on before."""
    return (AnswerTap(tap_id=incoming.tap_id),) if isinstance(incoming, Tap) else ()


def _why_not(heard: Spoken, refused: RefusedError) -> str:
    """Return why something was refused, without words that were written of a customer."""
    about = isinstance(heard, Command) and heard.name in _OF_CUSTOMERS
    if not about or "role" in refused.values or not refused.values:  # a role: no word was heard
        return str(refused)
    numbers = {key: each if isinstance(each, int) else "…" for key, each in refused.values.items()}
    return refused.message.format_map(numbers)


def _action(heard: Spoken) -> str:
    """Return the log's word for what a person wanted; never words they wrote themselves."""
    match heard:
        case Tap():
            data = decode(heard.data)
            return data.kind.name.lower().replace("_", " ") if data else "tap"
        case Command():
            return heard.name if heard.name in roles.commands() else "command"
        case Words():
            return "words"
