"""A front desk on a real file, and what people do at it: where its tests start."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from bot.chat.dispatch import Dispatch
from bot.chat.drawing import Drawing
from bot.chat.front_desk import FrontDesk
from bot.chat.incoming import Command, Incoming, Person, ReplyTo, Tap, Words
from bot.chat.replies import AnswerTap, Reply, Say
from bot.chat.reply_views import Platforms
from bot.chat.routes import Routes
from bot.chat.sender import SendingDesk
from bot.chat.taps import TapKind, encode
from bot.chat.text import plain
from bot.wiring import Workshop
from monitor.handling.replying import Answers
from monitor.model import ItemId, Member, MessageRef, Role
from monitor.settings import brands, parse
from monitor.store.outbox import CardRow, Kind, Parcel
from monitor.store.people import LogEntry
from tests.builders import NOON, ONE_CHAT, a_mention
from tests.desk import FOUND_LATE, Bench, a_bench

CARE, FOREIGN = -1001, -4004
ZUZANA = Person(telegram_id=1, name="Zuzana", language="sk")
EMRE = Person(telegram_id=2, name="Emre", language="tr")
LENA = Person(telegram_id=3, name="Lena", language="ru")  # the lead
VERA = Person(telegram_id=4, name="Vera", language="en")  # the viewer
MALLORY = Person(telegram_id=666, name="Mallory", language="en")  # nobody let her in
_MEMBERS = ((ZUZANA, Role.AGENT), (EMRE, Role.AGENT), (LENA, Role.LEAD), (VERA, Role.VIEWER))
_TEXTS = {
    "jana": "Acme lost my parcel, this is a complaint",
    "omar": "Charged twice for one month by Acme and nobody answers, second complaint",
}
SETTINGS = f"""{ONE_CHAT}[[brand]]
name = "Rival"
keywords = ["rivalco"]
competitor = true
"""


@dataclass
class Counter:
    """The front desk, and everyone who stands at it."""

    bench: Bench
    front_desk: FrontDesk
    dispatch: Dispatch
    sending: SendingDesk
    now: datetime = NOON
    _updates: "count[int]" = field(default_factory=lambda: count(1))
    _messages: "count[int]" = field(default_factory=lambda: count(100))

    def complain(self, key: str = "sample:1", author: str = "jana") -> ItemId:
        """Let a complaint come in, and its card arrive; return the item."""
        text = _TEXTS.get(author, f"Acme, this is a complaint by {author}")  # no copy of another
        mention = a_mention(text, key=key, author=author, posted_at=self.now)
        self.bench.take(mention, now=self.now)
        self.deliver()
        return self.bench.store.items.queue()[-1].item.id

    def deliver(self) -> None:
        """Send all that waits, as the sender does with a chat that takes everything."""
        self.dispatch.cards(self.now)
        while out := self.sending.take(self.now, (), ()):
            ref = out.ref or MessageRef(
                chat_id=out.parcel.chat_id, message_id=next(self._messages), topic=out.parcel.topic
            )
            self.sending.arrived(out, ref, self.now)

    def lose_the_answer(self) -> MessageRef:
        """Send the card that waits, but lose the answer; return where it stands unknown to us."""
        self.dispatch.cards(self.now)
        out = self.sending.take(self.now, (), ())
        assert out is not None
        assert out.parcel.kind is Kind.CARD
        with self.bench.store.writing():
            self.bench.store.outbox.recover()
        return MessageRef(chat_id=out.parcel.chat_id, message_id=next(self._messages))

    def hear(self, incoming: Incoming) -> tuple[Reply, ...]:
        """Hand an update in."""
        return self.front_desk.handle(incoming, self.now)

    def a_tap(
        self,
        kind: TapKind,
        number: int,
        argument: str = "",
        *,
        who: Person = ZUZANA,
        at: int | None = None,
        chat: int = CARE,
        data: str | None = None,
    ) -> Tap:
        """Return a press of a button; `at` is its message, by default the item's live card."""
        card = None if at is not None else self.card(number)
        message = at if at is not None else card.ref.message_id if card else 1
        return Tap(
            update_id=next(self._updates),
            chat_id=chat,
            tap_id=f"tap of {who.name}",
            message_id=message,
            topic=None,
            person=who,
            data=data if data is not None else encode(kind, number, argument),
        )

    def tap(
        self,
        kind: TapKind,
        number: int,
        argument: str = "",
        *,
        who: Person = ZUZANA,
        at: int | None = None,
        chat: int = CARE,
    ) -> AnswerTap:
        """Press a button and return what the person is told."""
        (answer,) = self.hear(self.a_tap(kind, number, argument, who=who, at=at, chat=chat))
        assert isinstance(answer, AnswerTap)
        return answer

    def command(
        self,
        text: str,
        *,
        who: Person = ZUZANA,
        chat: int = CARE,
        reply_to: ReplyTo | None = None,
    ) -> str:
        """Write a command and return what is said to it, "" for nothing."""
        return said(self.hear(self.a_command(text, who=who, chat=chat, reply_to=reply_to)))

    def a_command(
        self,
        text: str,
        *,
        who: Person = ZUZANA,
        chat: int = CARE,
        reply_to: ReplyTo | None = None,
    ) -> Command:
        """Return a written command."""
        name, _, rest = text.removeprefix("/").partition(" ")
        return Command(
            update_id=next(self._updates),
            chat_id=chat,
            message_id=next(self._messages),
            topic=None,
            person=who,
            name=name,
            rest=rest.strip(),
            reply_to=reply_to,
        )

    def words(
        self,
        text: str,
        *,
        who: Person = ZUZANA,
        chat: int = CARE,
        reply_to: ReplyTo | None = None,
    ) -> str:
        """Write plain words and return what is said to them, "" for nothing."""
        return said(self.hear(self.some_words(text, who=who, chat=chat, reply_to=reply_to)))

    def some_words(
        self,
        text: str,
        *,
        who: Person = ZUZANA,
        chat: int = CARE,
        reply_to: ReplyTo | None = None,
    ) -> Words:
        """Return written words."""
        return Words(
            update_id=next(self._updates),
            chat_id=chat,
            message_id=next(self._messages),
            topic=None,
            person=who,
            text=text,
            reply_to=reply_to,
        )

    def next_update(self) -> int:
        """Return the id of the next update."""
        return next(self._updates)

    def card(self, item: int, chat: int = CARE) -> CardRow | None:
        """Return the item's live card in a chat."""
        live = self.cards(item, chat)
        return live[-1] if live else None

    def cards(self, item: int, chat: int = CARE) -> list[CardRow]:
        """Return the item's live cards in a chat."""
        cards = self.bench.store.outbox.cards_of(ItemId(item))
        return [card for card in cards if card.live and card.ref.chat_id == chat]

    def under(self, item: int) -> ReplyTo:
        """Return the item's card as the message that is replied to."""
        card = self.card(item)
        assert card is not None
        return under_card(item, card.ref.message_id)

    def waiting(self, kind: Kind, chat: int = CARE) -> tuple[Parcel, ...]:
        """Return what is queued for a chat."""
        return self.bench.store.outbox.waiting(chat, kind)

    def log(self) -> list[LogEntry]:
        """Return the log."""
        return list(self.bench.store.people.entries())

    def member(self, who: Person) -> Member:
        """Return the member behind a person."""
        found = self.bench.store.people.by_telegram(who.telegram_id)
        assert found is not None
        return found


def under_card(item: int, message: int) -> ReplyTo:
    """Return a card as the message that is replied to."""
    datas = (encode(TapKind.CLAIM, item), encode(TapKind.ANSWERED, item))
    return ReplyTo(message_id=message, text="a card", datas=datas, from_bot=True)


def said(replies: Sequence[Reply]) -> str:
    """Return the words of what was said."""
    return "\n".join(plain(each.message.text) for each in replies if isinstance(each, Say))


def a_counter(
    path: Path, platforms: Platforms | None = None, settings_text: str = SETTINGS
) -> Counter:
    """Return a front desk with an agent, another one, a lead and a viewer."""
    settings = parse(settings_text, path / "mentiondesk.toml")
    watched = brands(settings)
    bench = a_bench(path, *watched)
    drawing = Drawing(bench.ledger, settings, platforms=platforms)

    def routes() -> Routes:
        return Routes(settings, watched, bench.store.people.chats())

    dispatch = Dispatch(bench.store, drawing, routes)
    workshop = Workshop(
        store=bench.store,
        ledger=bench.ledger,
        desk=bench.desk,
        pipeline=bench.pipeline,
        answers=Answers(bench.ledger, bench.desk, watched, FOUND_LATE),
    )
    for person, role in _MEMBERS:
        bench.member(person.name, role, person.telegram_id)
    return Counter(
        bench=bench,
        front_desk=FrontDesk(workshop, dispatch, routes, watched, platforms),
        dispatch=dispatch,
        sending=SendingDesk(bench.store, drawing, dispatch.telling.fall_back),
    )
