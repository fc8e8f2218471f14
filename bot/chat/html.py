"""Rich text in the HTML that the Bot API parses.

Source: core.telegram.org/bots/api, "HTML style" and "Date-time entity formatting".
"""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from bot.chat.text import Span, Style, Text, TimeForm, shown

_TIME_FORMATS = {TimeForm.RELATIVE: "r", TimeForm.TIME: "t", TimeForm.DAY_TIME: "dt"}


def html(text: Text) -> str:
    """Return `text` as Bot API HTML; parsed again it holds the characters of `plain(text)`."""
    runs = groupby(shown(text), key=lambda piece: Style.QUOTE in piece[0].style)
    return "".join(
        f"<blockquote expandable>{inner}</blockquote>" if quoted and inner else inner
        for quoted, inner in (
            (quoted, "".join(_tagged(*each) for each in run)) for quoted, run in runs
        )
    )


def _tagged(span: Span, characters: str) -> str:
    written = escape(characters, quote=False)
    if not written:
        return ""
    for tag, attributes in _tags(span):
        written = f"<{tag}{attributes}>{written}</{tag}>"
    return written


def _tags(span: Span) -> Iterator[tuple[str, str]]:
    """Yield the tags around a span, the innermost first."""
    if Style.CODE in span.style:
        yield "code", ""
        return
    if span.at is not None:
        unix = int(span.at.timestamp())
        yield "tg-time", f' unix="{unix}" format="{_TIME_FORMATS[span.form]}"'
    if Style.HIGHLIGHT in span.style:
        yield "u", ""
    if span.style & {Style.BOLD, Style.HIGHLIGHT}:
        yield "b", ""
    if Style.ITALIC in span.style:
        yield "i", ""
    if span.link is not None:
        yield "a", f' href="{escape(span.link)}"'
