"""Sentences of ours with names, times and numbers in them, in the language spoken now.

The order of the parts is the language's: a translator moves the `{names}`.
"""

import re

from bot.chat.text import Style, Text, words
from bot.locale.tongue import catalogue, digits, spoken

_PART = re.compile(r"\{(\w+)\}")
_LINKED = re.compile(r"\[([^]]*)\]")


def phrase(message: str, /, *style: Style, **parts: Text | str) -> Text:
    """Return a message in the language spoken now, its `{names}` filled with `parts`.

    `style` is that of the words around them.
    """
    return _filled(catalogue(spoken()).gettext(message), style, parts)


def linked(message: str, url: str | None, /, **parts: Text | str) -> Text:
    """Return a message like `phrase` does; the words in `[brackets]` lead to `url`, if any.

    What stands in the brackets has no `{names}` in it.
    """
    filled: Text = ()
    for place, piece in enumerate(_LINKED.split(catalogue(spoken()).gettext(message))):
        filled += words(piece, link=url) if place % 2 else _filled(piece, (), parts)
    return filled


def phrases(one: str, many: str, count: int, /, *style: Style, **parts: Text | str) -> Text:
    """Return the form of a message that fits `count`, which stands in it as `{count}`."""
    found = catalogue(spoken()).ngettext(one, many, count)
    return _filled(found, style, {"count": digits(count), **parts})


def _filled(message: str, style: tuple[Style, ...], parts: dict[str, Text | str]) -> Text:
    filled: Text = ()
    for place, piece in enumerate(_PART.split(message)):
        part = parts[piece] if place % 2 else piece
        filled += words(part, *style) if isinstance(part, str) else part
    return filled
