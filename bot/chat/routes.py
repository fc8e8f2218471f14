"""Which chat gets what: the chats of the settings, those let in by a code, or the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.locale.tongue import reader
from monitor.model import Brand, Member
from monitor.sections import ShiftSettings
from monitor.settings import Settings
from monitor.store.people import LinkedChat

TERMINAL = "terminal"
TERMINAL_ID = -1  # no chat of Telegram has it
_WEEKDAYS = {day: n for n, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A chat, and the forum topic in it."""

    name: str
    chat_id: int
    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatManners:
    """How a chat wants to be spoken to."""

    name: str
    language: str
    timezone: ZoneInfo
    summary_at: time
    weekly_on: int | None  # the weekday, 0 is Monday, of the week's summary; None: never
    judge_checks: int  # posts a day of which the judge is sure, to check it


class Routes:
    """Where cards, reviews and summaries go.

    A chat's id in the store wins over the settings': a group that became a supergroup has another.
    """

    def __init__(
        self,
        settings: Settings,
        brands: Sequence[Brand],
        linked: Sequence[LinkedChat],
        *,
        terminal: bool = False,
    ) -> None:
        self._settings = settings
        self._brands = {brand.name: brand for brand in brands}
        self._linked = {chat.name: chat for chat in linked}
        self._terminal = terminal

    def for_cards(self, brand: str) -> Place | None:
        """Return where the cards of a brand go; None while no chat is there."""
        if self._terminal:
            return Place(name=TERMINAL, chat_id=TERMINAL_ID)
        known = self._brands.get(brand)
        name = known.chat if known and known.chat else self._first()
        return self.place(name) if name else None

    def for_reviews(self, brand: str) -> Place | None:
        """Return where posts in doubt go: the review topic or chat, else where the cards go."""
        cards = self.for_cards(brand)
        if cards is None or self._terminal:
            return cards
        section = next((chat for chat in self._settings.chat if chat.name == cards.name), None)
        if section is None:
            return cards
        if section.review_chat:
            elsewhere = self.place(section.review_chat)
            return elsewhere or cards
        if section.review_topic:
            return Place(name=cards.name, chat_id=cards.chat_id, topic=section.review_topic)
        return cards

    def review_places(self) -> dict[Place, tuple[str, ...]]:
        """Return the brands that owe answers, by where their posts in doubt go."""
        found: dict[Place, tuple[str, ...]] = {}
        for brand in self._brands.values():
            place = None if brand.competitor else self.for_reviews(brand.name)
            if place is not None:
                found[place] = (*found.get(place, ()), brand.name)
        return found

    def owing(self, brands: Sequence[str]) -> str | None:
        """Return the first of these brands that owes answers: competitors are only counted."""
        known = (self._brands.get(name) for name in brands)
        return next((brand.name for brand in known if brand and not brand.competitor), None)

    def place(self, name: str) -> Place | None:
        """Return the chat with this name."""
        section = next((chat for chat in self._settings.chat if chat.name == name), None)
        linked = self._linked.get(name)
        if linked is not None:
            topic = section.topic if section else None
            return Place(name=name, chat_id=linked.chat_id, topic=topic)
        if section is not None:
            return Place(name=name, chat_id=section.id, topic=section.topic)
        return None

    def all(self) -> tuple[Place, ...]:
        """Return every chat there is, by name."""
        return self._everywhere

    @cached_property
    def _everywhere(self) -> tuple[Place, ...]:
        if self._terminal:
            return (Place(name=TERMINAL, chat_id=TERMINAL_ID),)
        names = {chat.name for chat in self._settings.chat} | set(self._linked)
        places = (self.place(name) for name in sorted(names))
        return tuple(place for place in places if place is not None)

    def named(self, chat_id: int, topic: int | None = None) -> str | None:
        """Return the name of a linked chat, None for a chat that nobody let in.

        Of several that share a group it is the one whose topic this is, else the first.
        """
        here = [place.name for place in self.all() if place.chat_id == chat_id]
        return next((name for name in here if topic in self._topics(name)), next(iter(here), None))

    def _topics(self, name: str) -> tuple[int | None, ...]:
        section = next((chat for chat in self._settings.chat if chat.name == name), None)
        if section is None:
            return (None,)
        return (section.topic, *((section.review_topic,) if section.review_topic else ()))

    def brands_of(self, name: str) -> tuple[str, ...]:
        """Return the brands whose cards a chat gets."""
        return tuple(
            brand
            for brand in self._brands
            if (place := self.for_cards(brand)) is not None and place.name == name
        )

    def served_by(self, name: str) -> tuple[str, ...] | None:
        """Return the brands that a chat is asked about, rivals with them; None: all there are.

        A chat that no brand names is asked about all of them, and so is who asks alone.
        """
        own = [brand.name for brand in self._brands.values() if not brand.competitor]
        here = [brand for brand in self.brands_of(name) if brand in own]
        if not here or len(here) == len(own):
            return None
        return (*here, *(brand for brand in self._brands if brand not in own))

    def home(self, member: Member) -> str:
        """Return the chat as in which a member is spoken to alone; "" for as the desk is set.

        It is that of the first shift which names them, else the only one there is.
        """
        there = [each.name for each in self.all()]
        for shift in self._settings.shift:
            chat = shift.chat or self._chat_of(shift.brands)
            if chat is not None and chat in there and _is_in(shift, member):
                return chat
        return there[0] if len(there) == 1 else ""

    def _chat_of(self, brands: Sequence[str]) -> str | None:
        """Return the chat that gets the cards of the first of these brands that has one."""
        places = (self.for_cards(brand) for brand in brands)
        return next((place.name for place in places if place is not None), None)

    def language(self, name: str) -> str:
        """Return the language of a chat: the one picked in it, else the settings'."""
        linked = self._linked.get(name)
        if linked is not None and linked.language:
            return linked.language
        section = next((chat for chat in self._settings.chat if chat.name == name), None)
        return section.language if section else self._settings.desk.language

    def manners(self, name: str) -> ChatManners:
        """Return how a chat is spoken to; what it has not is the desk's.

        The language is that of the reader for whom something is drawn now, else the chat's.
        """
        section = next((chat for chat in self._settings.chat if chat.name == name), None)
        desk = self._settings.desk
        return ChatManners(
            name=name,
            language=reader() or self.language(name),
            timezone=section.timezone if section else desk.timezone,
            summary_at=section.summary_at if section else time(9),
            weekly_on=_WEEKDAYS.get(section.weekly_on) if section else 0,
            judge_checks=desk.judge_checks,
        )

    def _first(self) -> str | None:
        return next(iter(sorted(self._linked)), None)


def _is_in(shift: ShiftSettings, member: Member) -> bool:
    known = (member.name.casefold(), str(member.id))
    return any(name.strip().casefold() in known for name in (*shift.members, *shift.reserve))
