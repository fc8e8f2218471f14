"""Who may speak to the desk, and where: linked persons, in linked chats or alone with the bot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.incoming import Anonymous, Command, Incoming, Person, Tap, Words
from bot.chat.replies import Spoken
from bot.chat.routes import TERMINAL_ID, Place, Routes
from bot.chat.wording import one_line
from bot.locale.tongue import LANGUAGES, SOURCE, mark
from monitor.desk.roles import may_act
from monitor.errors import RefusedError
from monitor.model import ItemId, Member, Role
from monitor.store.people import LogEntry, People

NOT_LINKED = mark(
    "You are not linked yet. Ask your lead for a code, then send me /link CODE in private."
)
FOREIGN = mark(
    "This chat is not linked to the desk. Ask your operator for the chat's code,"
    " then send /link CODE here."
)
VIEWER = mark("Viewers read, but do not act. Ask your lead for the role of an agent.")
_WITH_ARTICLE = {
    Role.VIEWER: mark("a viewer"),
    Role.AGENT: mark("an agent"),
    Role.LEAD: mark("a lead"),
    Role.MANAGER: mark("a manager"),
}
_HOUR = timedelta(hours=1)
_PATIENCE = 10  # answers to one stranger in an hour; then silence, so that nobody drowns the log
_LOOKED_AT = 2000  # newest lines of the log among which a stranger's are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A linked person, and where they speak."""

    member: Member
    place: Place
    private: bool  # alone with the bot
    spoken_here: str = SOURCE  # the language of messages where they speak
    home: str = ""  # the chat whose zone and language hold: this one, or alone with the bot theirs

    @property
    def role(self) -> str:
        """What this person is, with its article, not translated yet."""
        return _WITH_ARTICLE[self.member.role]

    def must_act(self) -> None:
        """Raise `RefusedError` if this person may only read."""
        if not may_act(self.member.role):
            raise RefusedError(VIEWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command of a linked person."""

    heard: Command
    caller: Caller
    now: datetime

    @property
    def member(self) -> Member:
        """Who gave it."""
        return self.caller.member


class Admission:
    """Lets linked persons in, and counts how often the others knock."""

    def __init__(self, people: People, routes: Callable[[], Routes]) -> None:
        self._people = people
        self._routes = routes

    def caller(self, heard: Spoken) -> Caller:
        """Return who speaks. Raises: RefusedError for strangers, and in chats nobody let in."""
        member = self.member(heard.person)
        if member is None:
            raise RefusedError(NOT_LINKED)
        name = "" if heard.private else self._routes().named(heard.chat_id, heard.topic)
        if name is None:
            raise RefusedError(FOREIGN)
        place = Place(name=name, chat_id=heard.chat_id, topic=heard.topic)
        here = self.spoken_at(heard.chat_id, heard.person)
        home = name or self._home(heard.chat_id, member)
        return Caller(
            member=member, place=place, private=heard.private, spoken_here=here, home=home
        )

    def _home(self, chat_id: int, member: Member) -> str:
        chats = self._routes()
        return chats.named(chat_id) or chats.home(member)

    def spoken_at(self, chat_id: int, person: Person | None = None) -> str:
        """Return the language of what is said in a chat; alone with a person it is theirs.

        Who picked none is spoken to as in the chat they belong to, see `Routes.home`.

        A stranger's is that of their client, where it is one of ours.
        """
        chats = self._routes()
        usual = chats.language(chats.named(chat_id) or "")
        if person is None or (chat_id < 0 and chat_id != TERMINAL_ID):
            return usual
        member = self.member(person)
        if member is not None:
            return member.language or chats.language(self._home(chat_id, member))
        return person.language if person.language in LANGUAGES else usual

    def spoken_to(self, heard: Incoming) -> str:
        """Return the language of an answer: to a tap it is the person's own, wherever it was."""
        if isinstance(heard, Tap):
            member = self.member(heard.person)
            if member is not None and member.language:
                return member.language
        person = heard.person if isinstance(heard, Tap | Command | Words) else None
        return self.spoken_at(heard.chat_id, person)

    def member(self, person: Person) -> Member | None:
        """Return the member behind a Telegram account, or None."""
        return self._people.by_telegram(person.telegram_id)

    def log(
        self,
        person: Person,
        action: str,
        now: datetime,
        *,
        item: ItemId | None = None,
        allowed: bool,
        detail: str = "",
    ) -> None:
        """Write what a person did or was refused, member or not."""
        self._people.log(
            now,
            action,
            actor=self.member(person),
            stranger=(one_line(person.name), person.telegram_id),
            item=item,
            allowed=allowed,
            detail=detail,
        )

    def tires(self, number: int, now: datetime) -> bool:
        """Return whether this stranger has had as many answers as one gets in an hour."""
        return len(self.knocks(number, now)) >= _PATIENCE

    def knocks(self, number: int, now: datetime) -> list[LogEntry]:
        """Return what was logged of an account in the last hour."""
        return [
            entry
            for entry in self._people.entries(newest=_LOOKED_AT)
            if entry.actor_telegram_id == number and entry.at > now - _HOUR
        ]

    def anonymous(self, heard: Anonymous, now: datetime) -> bool:
        """Write that somebody unnamed spoke; False if this chat was told often enough."""
        if self.tires(heard.chat_id, now):
            return False
        self._people.log(
            now, "anonymous", stranger=("an anonymous admin", heard.chat_id), allowed=False
        )
        return True
