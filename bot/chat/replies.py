"""What the desk answers at once to somebody who tapped or wrote."""

from dataclasses import dataclass
from typing import TypeAlias

from bot.chat.incoming import Command, Tap, Words
from bot.chat.text import Message, words
from bot.locale.tongue import mark
from monitor.errors import RefusedError
from monitor.model import ItemId

BUTTON_GONE = mark("This button no longer works.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTap:
    """A few words to the person who tapped, and to nobody else."""

    tap_id: str
    text: str = ""
    alert: bool = False  # must be closed by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A message to a chat."""

    chat_id: int
    topic: int | None
    message: Message
    about: ItemId | None = None  # a reply to it speaks of this item
    reply: int | None = None  # words in reply to it are this reply's text
    previews: bool = False  # it is that reply's preview
    lost: "AnswerTap | Say | None" = None  # it goes first; told instead of all if it cannot arrive


Reply: TypeAlias = AnswerTap | Say
Spoken: TypeAlias = Tap | Command | Words


class MisspokenError(RefusedError):
    """What was written cannot be understood; the person is told how it is written."""


def say(heard: Spoken, message: Message | str, about: ItemId | None = None) -> tuple[Reply, ...]:
    """Return `message`, said where the person spoke."""
    shown = Message(words(message)) if isinstance(message, str) else message
    return (Say(chat_id=heard.chat_id, topic=heard.topic, message=shown, about=about),)
