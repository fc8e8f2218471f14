"""Which language a person is spoken to in, and a chat: what /language answers and does."""

from collections.abc import Callable, Iterator
from datetime import datetime

from babel import Locale

from bot.chat.admission import Caller, Order
from bot.chat.phrases import phrase
from bot.chat.replies import BUTTON_GONE, MisspokenError, Reply, say
from bot.chat.routes import Routes
from bot.chat.taps import TapKind, encode
from bot.chat.text import Button, Message, Row, Style, lines
from bot.locale.tongue import LANGUAGES, mark, speaking, spoken, tr
from monitor.desk import roles
from monitor.errors import RefusedError
from monitor.model import Member, Role
from monitor.store.people import People

ACTION = "language"  # the log's word
OF_CHAT = "chat"  # "/language chat tr"
USUAL = "auto"  # "/language auto": the chat's, or the desk's
_IN_A_ROW = 3
# For: a translation names its own language.
_TO_YOU = mark("From now on I speak English with you: alone, and when you tap.")
# For: a translation names its own language.
_IN_CHAT = mark("From now on I speak English in this chat.")
_AS_USUAL = mark("From now on I speak with you as is usual in each chat.")


class Languages:
    """Keeps the languages that people and chats pick; every call stands inside a transaction."""

    def __init__(self, people: People, routes: Callable[[], Routes]) -> None:
        self._people = people
        self._routes = routes

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Return which languages are spoken, or pick one. Raises: RefusedError, MisspokenError."""
        args = [word.casefold() for word in order.heard.args]
        if not args:
            return say(order.heard, self._offer(order.caller))
        if args[0] == OF_CHAT:
            language: str | None = self._of_chat(order, _language(args[1:]))
            told = _IN_CHAT
        else:
            language = self._of_member(order.member, _language(args), order.now)
            told = _TO_YOU if language else _AS_USUAL
        with speaking(language or spoken()):
            return say(order.heard, tr(told))

    def tapped(self, code: str, caller: Caller, now: datetime) -> str:
        """Let who tapped pick a language, and return what they are told in it."""
        if code not in LANGUAGES:
            raise RefusedError(BUTTON_GONE)
        self._of_member(caller.member, code, now)
        with speaking(code):
            return tr(_TO_YOU)

    def _of_member(self, member: Member, language: str | None, now: datetime) -> str | None:
        self._people.speak(member.id, language)
        self._people.log(now, ACTION, actor=member, detail=language or USUAL)
        return language

    def _of_chat(self, order: Order, language: str | None) -> str:
        """Let the chat speak `language`, None for that of the settings; return which it is."""
        if not roles.at_least(order.member.role, Role.LEAD):
            raise RefusedError("Only a lead can set the language of a chat.")
        chat = order.caller.place.name
        if order.caller.private or not chat:
            raise MisspokenError("Write that in the chat which is to speak another language.")
        self._people.chat_speaks(chat, language)
        detail = f"{chat}: {language or USUAL}"
        self._people.log(order.now, ACTION, actor=order.member, detail=detail)
        return self._routes().language(chat)

    def _offer(self, caller: Caller) -> Message:
        """Return which languages are spoken, with a button for each that can be picked."""
        picked = caller.member.language
        yours = phrase("You: {language}", language=_named(picked)) if picked else ()
        place = caller.place.name
        here = phrase("This chat: {language}", language=_named(self._routes().language(place)))
        leads = phrase("/language chat tr sets this chat's, /language auto ends your choice.")
        told = lines(
            phrase("Which language do you want from me?", Style.BOLD),
            yours,
            () if caller.private else here,
            leads,
        )
        return Message(told, tuple(_rows()))


def _language(args: list[str]) -> str | None:
    """Return the language that is meant by its code or a name of it; None for the usual one."""
    if args == [USUAL]:
        return None
    for code in LANGUAGES:
        if " ".join(args) in _names(code):
            return code
    raise MisspokenError(
        "Write /language and one of: {codes}. Or: /language auto", codes=", ".join(LANGUAGES)
    )


def _names(code: str) -> set[str]:
    own, english, here = Locale(code), Locale("en"), Locale(spoken())
    names = (locale.languages.get(code, code) for locale in (own, english, here))
    return {code, *(name.casefold().replace("\u0307", "") for name in names)}


def _named(code: str) -> str:
    name = Locale(code if code in LANGUAGES else "en").display_name or code
    return name[:1].upper() + name[1:]


def _rows() -> Iterator[Row]:
    buttons = tuple(Button(_named(code), encode(TapKind.LANGUAGE, 0, code)) for code in LANGUAGES)
    for start in range(0, len(buttons), _IN_A_ROW):
        yield buttons[start : start + _IN_A_ROW]
