"""Sentences that were written down in English, told again in the reader's language."""

import re
from collections.abc import Iterable
from functools import cache

from bot.locale.tongue import tr

_PART = re.compile(r"\{(\w+)\}")


def retold(said: str, templates: Iterable[str]) -> str:
    """Return what one of the templates said, translated; of another text, its own translation.

    What was filled in for `{names}` stays as it was.
    """
    for template in templates:
        if found := _pattern(template).fullmatch(said):
            return tr(template, **found.groupdict())
    return tr(said)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pieces = _PART.split(template)
    return re.compile(
        "".join(
            f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece)
            for place, piece in enumerate(pieces)
        )
    )
