"""Answering a customer from the chat: the taps and words of the member who writes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.admission import Caller
from bot.chat.incoming import Command, ReplyTo, Tap, Words
from bot.chat.previews import SIGN, ReplyView, preview, question
from bot.chat.replies import BUTTON_GONE, AnswerTap, MisspokenError, Reply, Say, Spoken
from bot.chat.reply_views import Platforms, reply_view
from bot.chat.routes import TERMINAL, Routes
from bot.chat.saved_replies import SavedOffers
from bot.chat.speaking_of import SpeakingOf
from bot.chat.taps import TapData, TapKind
from bot.chat.text import Message, Style, clean, plain, post, units
from bot.locale.tongue import digits, mark, speaking, tr
from monitor.errors import RefusedError
from monitor.handling.replying import LONGEST, Answers, Confirmed
from monitor.model import ItemId, Member, MessageRef
from monitor.ports import TakingBack
from monitor.store.outbox import Kind, Priority
from monitor.store.replies import OPEN, ReplyRow, ReplyState
from monitor.store.store import Store

_SETTLED = frozenset({ReplyState.CONFIRMED, ReplyState.SENT, ReplyState.TAKING_BACK})
_NO_EDITION = -1  # a preview that no longer counts, whatever text it shows
_TOLD = {
    Confirmed.SENDING: mark("It is being sent."),
    Confirmed.ALREADY: mark("It was sent off already: once is enough."),
    Confirmed.LOOK_AGAIN: mark(
        "Something happened since: look at the preview again, then tap Send."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something a linked person tapped or wrote about a reply."""

    said: Spoken
    caller: Caller
    now: datetime

    @property
    def member(self) -> Member:
        """Who it was."""
        return self.caller.member


class Answering:
    """Leads a member from Reply to Send; every call stands inside a transaction."""

    def __init__(
        self,
        store: Store,
        answers: Answers,
        speaking_of: SpeakingOf,
        routes: Callable[[], Routes],
        platforms: Platforms,
    ) -> None:
        self._saved = SavedOffers(store, routes, platforms)
        self._store = store
        self._answers = answers
        self._speaking_of = speaking_of
        self._routes = routes
        self._platforms = platforms
        self._urgent: list[str] = []  # platforms that have something to do since the last look

    def urgent(self) -> tuple[str, ...]:
        """Return the platforms for which something was confirmed since the last call."""
        found = tuple(dict.fromkeys(self._urgent))
        self._urgent.clear()
        return found

    # ------------------------------------------------------------ from Reply to the text

    def ask(self, item: ItemId, heard: Heard) -> tuple[Reply, ...]:
        """Ask for the text; a draft that the member left is shown again instead."""
        row = self._begun(item, heard)
        if row.state is ReplyState.DRAFT:
            self._retire(row, heard.now, edition=_NO_EDITION)
            return self._shown(row, heard.said)
        asked = question(self._view(row, heard.said))
        offered = self._saved.under(asked, row)
        return _say(heard.said, offered, row, previews=offered is not asked)

    def written(self, item: ItemId, text: str, heard: Heard) -> tuple[Reply, ...]:
        """Take the text that came with the command itself."""
        return self._taken(self._begun(item, heard), text, heard)

    def meant(self, heard: Words, member: Member | None) -> ReplyRow | None:
        """Return the reply whose text these words are, or None."""
        if member is None:
            return None
        if (under := heard.reply_to) is not None:
            row = self._under(heard, under, member) if under.from_bot else None
            return None if row is None or row.state in _SETTLED else row
        return self._asked_in_private(heard.chat_id, member) if heard.private else None

    def _asked_in_private(self, chat_id: int, member: Member) -> ReplyRow | None:
        """Return what a member was asked to write alone with the bot, at first or anew."""
        named = self._store.notes.value(_rewriting(chat_id))
        row = self._store.replies.get(int(named)) if named else None
        if row is not None and row.state in OPEN and row.chat_id == chat_id:
            return row
        return self._store.replies.asked_last(member.id, chat_id)

    def words(self, row: ReplyRow, text: str, heard: Heard) -> tuple[Reply, ...]:
        """Take words for the text of a reply."""
        heard.caller.must_act()
        return self._taken(row, text, heard)

    def _begun(self, item: ItemId, heard: Heard) -> ReplyRow:
        heard.caller.must_act()
        said = heard.said
        row = self._answers.ask(item, heard.member, said.chat_id, said.topic, heard.now)
        post = self._answers.post(row).mention
        alone = heard.caller.private or heard.caller.place.name == TERMINAL
        if post.private and not alone:
            raise RefusedError(
                "It was written in private, so it is answered in private:"
                " open a chat with me and send /reply {item}.",
                item=item,
            )
        return row

    def _under(self, heard: Words, under: ReplyTo, member: Member) -> ReplyRow | None:
        """Return the reply that the message replied to asks for or shows."""
        ref = MessageRef(chat_id=heard.chat_id, message_id=under.message_id, topic=heard.topic)
        parcel = self._store.outbox.parcel_at(ref)
        if parcel is not None:
            named = json.loads(parcel.payload).get("reply")
            return self._store.replies.get(named) if named is not None else None
        if not under.text.startswith(SIGN):
            return None
        item = self._speaking_of.replied_to(heard)  # its place was not written down in time
        rows = self._store.replies.active(item) if item is not None else ()
        return next((row for row in rows if row.member == member.id and row.state in OPEN), None)

    def _taken(self, row: ReplyRow, text: str, heard: Heard) -> tuple[Reply, ...]:
        """Return the preview of a text, or the question again where the text will not do."""
        text = clean(text).strip()
        if problem := self._problem(row, text):
            return self._asked(row, heard.said, problem)
        draft = self._answers.write(row.id, text, heard.member, heard.now)
        self._store.notes.keep(_rewriting(row.chat_id), "")
        self._retire(row, heard.now)
        return self._shown(draft, heard.said)

    def _problem(self, row: ReplyRow, text: str) -> str:
        """Return what is wrong with a text, "" if nothing."""
        if not text:
            return tr("There is no text in it. Write your answer as plain words.")
        if (long := units(plain(post(text)))) > LONGEST:  # with what isolates its lines
            return tr(
                "Too long by {over}: {length} of the {limit} that can be sent from here.",
                over=digits(long - LONGEST),
                length=digits(long),
                limit=digits(LONGEST),
            )
        mention = self._answers.post(row).mention
        connector = self._platforms.get(mention.platform)
        if connector is None or connector.why_no_reply(mention) or mention.answerable is False:
            return ""
        length, limit = connector.reply_length(text, mention), connector.reply_limit
        return _too_long(length, limit, mention.platform) if length > limit else ""

    # ------------------------------------------------------------ taps under a preview

    def tap(self, tap: Tap, data: TapData, heard: Heard) -> tuple[Reply, ...]:
        """Send, rewrite or drop a reply."""
        self._find_preview(tap, data)
        if data.kind is TapKind.REWRITE:
            with speaking(heard.caller.spoken_here):
                return (AnswerTap(tap_id=tap.tap_id), *self._rewritten(data.number, heard))
        if data.kind in (TapKind.SAVED_LIST, TapKind.SAVED):
            with speaking(heard.caller.spoken_here):
                return (AnswerTap(tap_id=tap.tap_id), *self._picking(data, heard))
        if data.kind is TapKind.DROP:
            return (AnswerTap(tap_id=tap.tap_id, text=self._dropped(data.number, heard)),)
        return (AnswerTap(tap_id=tap.tap_id, text=self._sent(data, heard)),)

    def _find_preview(self, tap: Tap, data: TapData) -> None:
        """Take the message under a tap for the preview, where its place was lost to a crash."""
        row = self._answers.row(data.number)
        if row.message_id is None and row.chat_id == tap.chat_id:
            self._store.replies.shown(row.id, tap.message_id)

    def _sent(self, data: TapData, heard: Heard) -> str:
        if not (data.argument.isascii() and data.argument.isdecimal() and len(data.argument) < 9):
            raise RefusedError(BUTTON_GONE)
        row = self._answers.row(data.number)
        view = self._view(row, heard.said)
        if row.state is ReplyState.DRAFT and view.why_not:
            raise RefusedError("Not from here: {reason}.", reason=view.why_not)
        came_to = self._answers.confirm(row.id, int(data.argument), heard.member, heard.now)
        if came_to is Confirmed.SENDING:
            self._urgent.append(view.platform)
        return tr(_TOLD[came_to])

    def _picking(self, data: TapData, heard: Heard) -> tuple[Reply, ...]:
        """List saved replies, or take one, filled for this customer, for the text."""
        row = self._theirs(data.number, heard)
        if data.kind is TapKind.SAVED_LIST:
            return _say(heard.said, self._saved.page(row, data.argument), row)
        saved, text = self._saved.filled(row, data.argument)
        self._store.saved_replies.picked(row.id, saved, heard.now)
        taken = self._taken(row, text, heard)
        if self._problem(row, clean(text).strip()):  # it is shown, to be copied and cut
            shown = Message(post(text, Style.CODE), silent=True)
            return (*taken, *_say(heard.said, shown, row))
        return taken

    def _theirs(self, reply: int, heard: Heard) -> ReplyRow:
        """Return a reply that this member writes. Raises: RefusedError for any other."""
        row = self._answers.row(reply)
        if row.state not in OPEN:
            raise RefusedError("It can be changed no more.")
        self._answers.must_be_theirs(row, heard.member)
        return row

    def _rewritten(self, reply: int, heard: Heard) -> tuple[Reply, ...]:
        row = self._theirs(reply, heard)
        if heard.said.private:
            self._store.notes.keep(_rewriting(row.chat_id), str(row.id))
        return self._asked(row, heard.said)

    def _dropped(self, reply: int, heard: Heard) -> str:
        row = self._answers.cancel(reply, heard.member, heard.now)
        cancelled = row.state is ReplyState.CANCELLED
        return tr("Cancelled: nothing was sent.") if cancelled else tr("Stopped.")

    # ------------------------------------------------------------ undo

    def undo(self, item: ItemId, member: Member, now: datetime) -> str:
        """Take back the answer from here that is the latest act; "" where another act is.

        Raises: RefusedError where its platform deletes nothing from here.
        """
        row = self._answers.sent_last(item, now)
        if row is None:
            return ""
        platform = self._answers.post(row).mention.platform
        if not isinstance(self._platforms.get(platform), TakingBack):
            raise RefusedError(
                "{platform} deletes nothing from here: open the app and delete your answer there.",
                platform=platform,
            )
        self._answers.take_back(row, member, now)
        self._urgent.append(platform)
        return tr("It is being taken back.")

    # ------------------------------------------------------------ messages

    def _view(self, row: ReplyRow, said: Spoken) -> ReplyView:
        routes, member = self._routes(), self._store.people.by_telegram(said.person.telegram_id)
        home = routes.home(member) if member else ""
        manners = routes.manners(routes.named(said.chat_id) or home)
        view = reply_view(self._store, row, self._platforms, manners.timezone, manners.language)
        if view is None:
            raise RefusedError("The post is not kept any more.")
        return view

    def _asked(self, row: ReplyRow, said: Spoken, problem: str = "") -> tuple[Reply, ...]:
        return _say(said, question(self._view(row, said), problem), row)

    def _shown(self, row: ReplyRow, said: Spoken) -> tuple[Reply, ...]:
        return _say(said, preview(self._view(row, said)), row, previews=True)

    def _retire(self, row: ReplyRow, now: datetime, edition: int | None = None) -> None:
        """Let an older preview say that there is a newer one."""
        if row.message_id is None:
            return
        self._store.outbox.put(
            chat_id=row.chat_id,
            topic=row.topic,
            kind=Kind.REPLY,
            item=row.item,
            message_id=row.message_id,
            dedupe=f"reply:{row.chat_id}:{row.message_id}",
            priority=Priority.FIRST_ALERT,
            now=now,
            payload=json.dumps({"reply": row.id, "edition": edition or row.edition}),
        )


def _rewriting(chat_id: int) -> str:
    """Return the name of the note of which draft another text was asked for, alone with the bot."""
    return f"rewriting:{chat_id}"


def usage(heard: Command) -> MisspokenError:
    """Return what somebody is told who wrote /reply wrongly."""
    return MisspokenError(
        "Write /{name} ID and your text, or reply to its card with /{name} and the"
        " text. Without a text you are asked for it.",
        name=heard.name,
    )


def _too_long(length: int, limit: int, platform: str) -> str:
    return tr(
        "Too long by {over}: {length} of {limit} as {platform} counts.",
        over=digits(length - limit),
        length=digits(length),
        limit=digits(limit),
        platform=platform,
    )


def _say(
    said: Spoken, message: Message, row: ReplyRow, *, previews: bool = False
) -> tuple[Reply, ...]:
    return (
        Say(
            chat_id=said.chat_id,
            topic=said.topic,
            message=message,
            about=row.item,
            reply=row.id,
            previews=previews,
        ),
    )
