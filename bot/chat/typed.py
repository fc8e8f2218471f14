"""What a line typed into the terminal chat means, and which button its words name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.chat.text import Button
from bot.locale.tongue import mark

HOW = mark("""\
12 claim            press a button of card 12; its first letters are enough: 12 cl
12 wait customer    press a button of a menu at once
12                  show card 12 again, as it stands now
12: your words      reply to card 12, with the link to your answer for instance
m3: your words      reply to message m3, with the text that it asks for
/queue              a command; /help lists them
Ctrl-C              leave""")
HINT = mark(
    "Nothing was done. Type 12 to see card 12, 12 claim to press its button, /help, or ? for more."
)
_NUMBER = r"#?([0-9]{1,9}|m[0-9]{1,9})"
_SLASH = re.compile(r"/(\w+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_REPLY = re.compile(rf"{_NUMBER}\s*:\s*(\S.*)", re.DOTALL)
_NUMBER_FIRST = re.compile(rf"{_NUMBER}(?:\s+(\S.*))?", re.DOTALL)
_NUMBER_LAST = re.compile(rf"(\S.*?)\s+{_NUMBER}", re.DOTALL)
_NO_WORD = re.compile(r"\([^)]*\)|[▸◂]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button of a numbered message is pressed."""

    number: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """Something is said in reply to a numbered message: words, or a command."""

    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slash:
    """A command."""

    name: str  # lower case
    rest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A numbered message is to be shown again."""

    number: str


@dataclass(frozen=True, slots=True)
class How:
    """Somebody asks how it is done."""


Typed: TypeAlias = Press | Under | Slash | Again | How


def understood(line: str) -> Typed | None:
    """Return what a typed line means, None if nothing."""
    line = line.strip()
    if line in ("?", "help"):
        return How()
    if slash := command(line):
        return slash
    if found := _REPLY.fullmatch(line):
        return Under(number=found[1], text=found[2])
    if found := _NUMBER_FIRST.fullmatch(line):
        return Press(number=found[1], words=found[2]) if found[2] else Again(number=found[1])
    if found := _NUMBER_LAST.fullmatch(line):
        return Press(number=found[2], words=found[1])
    return None


def command(text: str) -> Slash | None:
    """Return the command that "/name rest" is, None if it is none."""
    found = _SLASH.fullmatch(text.strip())
    return Slash(name=found[1].lower(), rest=(found[2] or "").strip()) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The buttons that words may mean: one, none, or several; `rest` is for the menu it opens."""

    buttons: tuple[Button, ...] = ()
    rest: str = ""


def chosen(buttons: Sequence[Button], typed: str) -> Choice:
    """Return the buttons whose label begins with most of the typed words; a whole label wins."""
    said = _folded(typed).split()
    for count in range(len(said), 0, -1):
        head = " ".join(said[:count])
        begun = [button for button in buttons if key(button).startswith(head)]
        whole = [button for button in begun if key(button) == head]
        if begun:
            return Choice(buttons=tuple(whole or begun), rest=" ".join(said[count:]))
    return Choice()


def key(button: Button) -> str:
    """Return what is typed to press a button: its label without marks and counts."""
    return " ".join(_folded(_NO_WORD.sub(" ", button.label)).split())


def _folded(text: str) -> str:
    """Return `text` in lower case; a Turkish "İ" leaves no dot behind."""
    return text.casefold().replace("\u0307", "")
