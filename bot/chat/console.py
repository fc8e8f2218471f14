"""Rich text for a terminal: the same words and styles, and times written out."""

from datetime import datetime
from typing import Literal

from babel.dates import format_timedelta
from rich import text as console
from rich.style import Style as Look

from bot.chat.text import Span, Style, Text, TimeForm, quote_runs

QUOTE_BAR = "┃ "
# Babel's short Arabic fails on seconds ahead, and "30 ր-ից" is a riddle to Armenians.
_IN_FULL = frozenset({"ar", "hy"})
_LOOKS = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.CODE: "cyan",
    Style.QUOTE: "dim",
    Style.HIGHLIGHT: "bold underline not dim",
}


def rich_text(text: Text, now: datetime, language: str = "en") -> console.Text:
    """Return `text` for a terminal, relative times told from `now` in `language`.

    Isolates are left out: terminals that order right-to-left text do so line by line themselves,
    the others print the marks as litter. Quoted lines stand behind a bar.
    """
    written = console.Text()
    for quoted, run in quote_runs(text):
        block = console.Text.assemble(*(_piece(span, now, language) for span in run))
        written.append_text(_barred(block) if quoted else block)
    return written


def relative(at: datetime, now: datetime, language: str = "en") -> str:
    """Return "in 12 min." or "14 min. ago" in `language`."""
    form: Literal["long", "short"] = "long" if language in _IN_FULL else "short"
    return format_timedelta(at - now, add_direction=True, format=form, locale=language)


def _piece(span: Span, now: datetime, language: str) -> tuple[str, Look]:
    is_relative = span.at is not None and span.form is TimeForm.RELATIVE
    shown = relative(span.at, now, language) if span.at and is_relative else span.text
    looks = (Look.parse(look) for style, look in _LOOKS.items() if style in span.style)
    return shown, Look.combine((*looks, Look(link=span.link)))


def _barred(block: console.Text) -> console.Text:
    lines = block.split("\n", allow_blank=True)
    bar = console.Text(QUOTE_BAR, style="dim")
    return console.Text("\n").join(bar + line for line in lines)
