"""Sentences of ours with names, times and numbers in them, in the language spoken now.

The order of the parts is the language's: a translator moves the `{names}`.
"""

import re

from bot.chat.text import Style, Text, words
from bot.locale.tongue import catalogue, digits, spoken

_PART = re.compile(r"\{(\w+)\}")


def phrase(message: str, /, *style: Style, **parts: Text | str) -> Text:
    """Return a message in the language spoken now, its `{names}` filled with `parts`.

    `style` is that of the words around them.
    """
    return _filled(catalogue(spoken()).gettext(message), style, parts)


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
