"""The picture of the demo in the README: pieces of what the terminal showed, as SVG."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text as Written

from bot.chat.console import QUOTE_BAR
from bot.chat.screen import Screen, Window
from bot.chat.text import POP_ISOLATE, Text, right_to_left

WIDTH = 92  # columns
_RIGHT_TO_LEFT = "\u2067"  # the isolate that orders what follows from the right
_TITLE = "mentiondesk demo (an excerpt)"
_OUTSIDE = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", re.DOTALL)  # names other hosts
_FONTS = "Fira Code, DejaVu Sans Mono, Menlo, Consolas, monospace"
# What is shown: the first piece that fits each.
WANTED = (
    r"faster than life",
    r"@zuzka_bb\b",
    r"@mona\.salem",
    r"^Zuzana: \d+ claim",
    r"Zuzana has it",
    r"✅ .*answered",
    r"☑️ .*answered .* by Zuzana",
    r"🟡 .*\n(.|\n)*🟡",
    r"@jo_hartley",
    r"\+[2-9] similar posts",
    r"\d overdue",
    r"📊",
)


class Recording(Window):
    """A console that shows nothing and keeps every piece that is printed on it."""

    def __init__(self) -> None:
        super().__init__(
            file=StringIO(), force_terminal=True, width=WIDTH, color_system="truecolor"
        )
        self.pieces: list[RenderableType] = []

    def print(self, *objects: Any, **how: Any) -> None:
        """Keep the pieces."""
        del how
        self.pieces += objects


class InOneRun(Screen):
    """A screen whose right-to-left lines have one style: browsers order each piece by itself."""

    def _written(self, text: Text) -> Written:
        lines = super()._written(text).split("\n", allow_blank=True)
        return Written("\n").join(map(_in_one_run, lines))


def recorded(now: Callable[[], datetime]) -> tuple[Screen, Recording]:
    """Return a screen, and the console that keeps what it shows."""
    console = Recording()
    return InOneRun(now, console=console), console


def draw(pieces: Sequence[RenderableType], path: Path) -> None:
    """Write an SVG of the wanted pieces; it names no outside host."""
    console = Console(
        file=StringIO(), record=True, force_terminal=True, width=WIDTH, highlight=False
    )
    for piece in chosen(pieces):
        console.print(piece)
    drawn = _OUTSIDE.sub("", console.export_svg(title=_TITLE, unique_id="demo"))
    path.write_text(drawn.replace("Fira Code, monospace", _FONTS), "utf-8")


def chosen(pieces: Sequence[RenderableType]) -> Iterator[RenderableType]:
    """Yield the first piece that fits each of `WANTED`, in the order in which they were shown."""
    shown = [_plain(piece) for piece in pieces]
    places: set[int] = set()
    for wanted in WANTED:
        fits = (n for n, text in enumerate(shown) if re.search(wanted, text, re.MULTILINE))
        places.update(islice((n for n in fits if n not in places), 1))
    yield from (pieces[place] for place in sorted(places))


def _in_one_run(line: Written) -> Written:
    if not right_to_left(line.plain):
        return line
    if not line.plain.startswith(QUOTE_BAR):
        return Written(line.plain)
    quote = line.plain.removeprefix(QUOTE_BAR)
    return Written(QUOTE_BAR, "dim") + Written(f"{_RIGHT_TO_LEFT}{quote}{POP_ISOLATE}", "dim")


def _plain(piece: RenderableType) -> str:
    console = Console(file=StringIO(), width=WIDTH, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(piece)
    return captured.get()
