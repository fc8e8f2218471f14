"""How messages look in a terminal: a panel for each on a screen, plain lines in a pipe."""

import errno
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from itertools import islice

from rich.box import Box
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.text import Text as Written

from bot.chat.console import QUOTE_BAR, rich_text
from bot.chat.prompt import interrupt
from bot.chat.taps import TapKind
from bot.chat.text import Button, Message, Text, plain
from bot.chat.views import Mark
from bot.locale.tongue import SOURCE, speaking, tr

WIDEST = 100  # columns: longer lines are hard to read
_BOARD_LINES = 4
_BOARD_EVERY_S = 5.0  # where the board is a line among others
_FRAME = 8  # columns around a title
_MOST_CHANGED = 3  # lines shown of a card that changed
# Open to the right: where a terminal and Rich disagree on the width of a sign, nothing is crooked.
_BOX = Box("╭─  \n│   \n│   \n│   \n│   \n│   \n│   \n╰─  \n")
_COLOURS = {
    Mark.WAITING: "blue",
    Mark.IN_PROGRESS: "magenta",
    Mark.WARNING: "yellow",
    Mark.LATE_WARNING: "dark_orange",
    Mark.OVERDUE: "red",
    Mark.PAUSED: "cyan",
    Mark.ANSWERED: "green",
    Mark.UNPROVEN: "green",
}
_QUIET = "bright_black"
_HUNG_UP = {errno.EIO, errno.ENXIO}  # what a terminal that is gone says to being written to


class Window(Console):
    """A console that asks the desk to stop when nobody reads it any more."""

    def on_broken_pipe(self) -> None:
        """Print no more, and stop as Ctrl-C would."""
        self.quiet = True
        interrupt()


class Screen:
    """Prints on a console, times told from `now` in one zone and in each message's language."""

    def __init__(
        self,
        now: Callable[[], datetime],
        zone: tzinfo = UTC,
        *,
        console: Console | None = None,
    ) -> None:
        self._now = now
        self._zone = zone
        self.language = SOURCE  # of the newest message
        self.console = console or Window(highlight=False)
        self._board_printed_at: float | None = None

    @property
    def rich(self) -> bool:
        """Whether panels and colours are shown."""
        return self.console.is_terminal

    @property
    def is_gone(self) -> bool:
        """Whether nobody reads it any more."""
        return self.console.quiet

    def message(self, number: str, message: Message) -> None:
        """Show a message; `number` is what it is called when its buttons are pressed."""
        self.language = message.language
        with speaking(self.language):
            self._message(number, message)

    def _message(self, number: str, message: Message) -> None:
        shown = self._written(message.text)
        if self.rich:
            self._print(self._panel(number, message, shown))
            return
        self._print(Written("\n").join(_indented(shown, self._called(number))))
        for line in _plain_buttons(message):
            self._print(Written(f"    {line}"))

    def change(self, number: str, before: Message, after: Message) -> None:
        """Show in a few lines what became of a message; nothing if only its looks changed."""
        self.language = after.language
        lines = self._changed_lines(before.text, after.text)
        if lines:
            indent = " " * (len(self._stamp()) + 1)
            body = Written("\n" + indent).join(lines)
            named = ("", "") if body.plain.startswith(f"#{number}") else _bold(number)
            self._print(Written.assemble((self._stamp(), _QUIET), " ", named, body))
        elif before.buttons != after.buttons and _is_menu(after):
            keys = self._keys("", after)
            self._print(Written.assemble((self._stamp(), _QUIET), " ", _bold(number), keys))

    def note(self, words: str, style: str = _QUIET) -> None:
        """Show a few words of the desk's own."""
        self._print(Written(words, style=style))

    def said(self, number: str, words: str, *, alert: bool = False) -> None:
        """Show what a tap was answered."""
        mark = "✗" if alert else "✓"
        colour = "red" if alert else "green"
        text = Written.assemble((f"  {mark} ", colour), _bold(number), words)
        self._print(text)

    def board(self, message: Message) -> None:
        """Show how things stand, as one line, but not every moment."""
        at = time.monotonic()
        if self._board_printed_at is not None and at - self._board_printed_at < _BOARD_EVERY_S:
            return
        self._board_printed_at = at
        self._print(Written(f"{self._stamp()} {self.one_line(message)}", style=_QUIET))

    def one_line(self, message: Message) -> str:
        """Return the first lines of a message as one, times told from now."""
        self.language = message.language
        shown = (line.plain for line in self._lines(message.text) if line.plain.strip())
        return " · ".join(islice(shown, _BOARD_LINES))

    def status(self, message: Message | None) -> str:
        """Return the time and, on one line, the message that is kept in sight."""
        return f"{self._stamp()}  {self.one_line(message)}" if message else self._stamp()

    def _panel(self, number: str, message: Message, shown: Written) -> RenderableType:
        head, *rest = self._wrapped(shown)
        head.stylize("bold")
        keys = self._keys(number, message)
        if not rest:
            return Written.assemble((f"{self._stamp()} ", _QUIET), head, "  " if keys else "", keys)
        fits = head.cell_len <= self._width - _FRAME
        return Panel(
            Written("\n").join(rest if fits else [head, *rest]),
            title=head if fits else None,
            title_align="left",
            subtitle=keys or None,
            subtitle_align="left",
            box=_BOX,
            border_style=_colour(message),
            width=self._width,
        )

    def _wrapped(self, shown: Written) -> list[Written]:
        """Return the lines of a message, long quotes cut into lines that each stand behind a bar.

        A blank line after the first one, which becomes the title, is left out.
        """
        head, *rest = shown.split("\n", allow_blank=True)
        lines = [head]
        for line in rest[1:] if rest and not rest[0].plain.strip() else rest:
            if line.plain.startswith(QUOTE_BAR):
                bar, quote = line.divide([len(QUOTE_BAR)])
                lines += [bar + each for each in quote.wrap(self.console, self._width - _FRAME)]
            else:
                lines.append(line)
        return lines

    @property
    def _width(self) -> int:
        return min(self.console.width, WIDEST)

    def _keys(self, number: str, message: Message) -> Written:
        """Return the buttons as what is typed to press them, or how what is asked for is told."""
        keys = Written(style="not bold")
        for row in message.buttons:
            for button in row:
                keys.append(" · " if keys else "", style=_QUIET)
                keys.append(_shown_key(button), style=f"link {button.url}" if button.url else "")
        if message.asks and number:
            return Written.assemble((f"{number}:", "bold"), " ", tr("your words"))
        if not keys:
            return keys
        return Written.assemble((f"{number} " if number else "", "bold"), keys)

    def _changed_lines(self, before: Text, after: Text) -> list[Written]:
        known = set(plain(before).split("\n"))
        lines = zip(plain(after).split("\n"), self._lines(after), strict=False)
        fresh = [line for characters, line in lines if characters not in known]
        if self.rich:
            for line in fresh:
                line.truncate(self._width - _FRAME, overflow="ellipsis")
        return fresh[:_MOST_CHANGED]

    def _lines(self, text: Text) -> list[Written]:
        return list(self._written(text).split("\n", allow_blank=True))

    def _written(self, text: Text) -> Written:
        return rich_text(text, self._now(), self.language)

    def _called(self, number: str) -> str:
        return _bold(number)[0]

    def _stamp(self) -> str:
        return self._now().astimezone(self._zone).strftime("%H:%M")

    def _print(self, what: RenderableType) -> None:
        try:
            self.console.print(what, soft_wrap=not self.rich)
        except OSError as error:
            if error.errno not in _HUNG_UP:
                raise
            self.console.on_broken_pipe()


def _indented(text: Written, first: str) -> Iterator[Written]:
    for place, line in enumerate(text.split("\n", allow_blank=True)):
        yield Written(first if place == 0 else "    ") + line


def _plain_buttons(message: Message) -> Iterator[str]:
    keys = [_shown_key(button) for row in message.buttons for button in row if not button.url]
    if keys:
        yield "".join(f"[{key}]" for key in keys)
    yield from (
        f"{_shown_key(button)}: {button.url}"
        for row in message.buttons
        for button in row
        if button.url
    )


def _is_menu(message: Message) -> bool:
    """Whether the buttons wait for one to be chosen: a way back is among them."""
    datas = (button.data or "" for row in message.buttons for button in row)
    return any(data.startswith(f"{TapKind.BACK}:") for data in datas)


def _shown_key(button: Button) -> str:
    return button.label.replace(" ▸", "▸").replace("◂ ", "◂").casefold()


def _bold(number: str) -> tuple[str, str]:
    return (f"#{number} " if number.isdecimal() else f"{number} " if number else "", "bold")


def _colour(message: Message) -> str:
    """Return the colour of the first mark in a message."""
    words = plain(message.text)
    found = {words.find(mark): colour for mark, colour in _COLOURS.items() if mark in words}
    return found[min(found)] if found else _QUIET


def on_stdout(now: Callable[[], datetime], zone: tzinfo = UTC) -> Screen:
    """Return a screen on standard output, whatever that is at the time of printing."""
    width = None if sys.stdout.isatty() else WIDEST
    return Screen(now, zone, console=Window(highlight=False, width=width))
