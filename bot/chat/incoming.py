"""What people do in a chat, as the desk hears it: taps, commands, words. No chat service here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who tapped or wrote. The id is the service's own: names change, ids do not."""

    telegram_id: int
    name: str
    language: str | None = None  # of the person's client, ISO 639-1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """The message that a command or words answer."""

    message_id: int
    text: str
    datas: tuple[str, ...] = ()  # what the buttons under it send back
    from_bot: bool = False  # it is one of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Something that happened in a chat. `update_id` comes again if we die before we say so."""

    update_id: int
    chat_id: int

    @property
    def private(self) -> bool:
        """Whether it happened between one person and the bot."""
        return self.chat_id > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(_Heard):
    """A button was pressed; the client shows it as busy until `tap_id` is answered."""

    tap_id: str
    message_id: int
    topic: int | None
    person: Person
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(_Heard):
    """ "/name rest" was written."""

    message_id: int
    topic: int | None
    person: Person
    name: str  # lower case, without "/" and without the bot's own name
    rest: str = ""  # all after the name, blanks at both ends taken off
    reply_to: ReplyTo | None = None

    @property
    def args(self) -> tuple[str, ...]:
        """The words after the name."""
        return tuple(self.rest.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(_Heard):
    """Plain words to the bot: in private, or as a reply to one of its messages."""

    message_id: int
    topic: int | None
    person: Person
    text: str
    reply_to: ReplyTo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymous(_Heard):
    """A command or words to the bot by somebody who hides behind a group or a channel.

    Nobody can tell who it was, so it can be allowed nothing; they can be told so.
    """

    message_id: int
    topic: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanged(_Heard):
    """The bot was let into a chat, or removed or blocked there."""

    person: Person  # who did it
    title: str
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated(_Heard):
    """The group `chat_id` became a supergroup; told once by the old chat and once by the new."""

    new_id: int


Incoming: TypeAlias = Tap | Command | Words | Anonymous | MembershipChanged | Migrated
Handler: TypeAlias = Callable[[Incoming], Awaitable[None]]
