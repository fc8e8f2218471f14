"""Rich text that no chat service owns: pieces with a style, and what is shown around them.

A `Text` is a tuple of spans, so `+` joins. Lengths are UTF-16 units, as chats count them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

import regex

from bot.locale.tongue import RIGHT_TO_LEFT, spoken
from monitor import model

# Limits of the Bot API, all in UTF-16 units but the last two. Source: core.telegram.org/bots/api,
# "sendMessage", "sendPhoto", "answerCallbackQuery", "InlineKeyboardButton", "CopyTextButton",
# "ForceReply".
MESSAGE_UNITS = 4096
CAPTION_UNITS = 1024  # of the words below a picture
ANSWER_UNITS = 200
COPY_UNITS = 256
PLACEHOLDER_UNITS = 64
ENTITIES = 100
BUTTONS = 100
DATA_BYTES = 64

_REMEMBERED = 256  # texts that were cut: a card's excerpt is drawn again and again
ELLIPSIS = "…"
FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"
LEFT_TO_RIGHT_MARK = "\u200e"
RIGHT_TO_LEFT_MARK = "\u200f"

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls but the newline, bidirectional embeddings, overrides and isolates, their deprecated kin,
# lone surrogates and noncharacters. The plain direction marks stay: people's keyboards type them.
_UNCLEAN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_GRAPHEME = regex.compile(r"\X")
_BEGINS = re.compile("\n(?=[^\n\u200f])")  # a line in the middle of a span
_TURNED = re.compile(r"(?<![\w/\u200e])(?=#[0-9]|/[a-z])")  # "#12" and "/queue", unmarked
_URL = re.compile(r"(?:https?://[^\s/?#]+|tg://\w)[^\s]*\Z", re.IGNORECASE)


class Style(StrEnum):
    """How a span is set."""

    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"  # stands alone: chats allow no other style within
    QUOTE = "quote"  # a block of its own, folded where it is long
    HIGHLIGHT = "highlight"  # the words that decided


class TimeForm(StrEnum):
    """How the reader's own client writes a time."""

    RELATIVE = "relative"  # "in 12 minutes", and it goes on by itself
    TIME = "time"  # "14:30"
    DAY_TIME = "day time"  # "17.03.22, 14:30"


class ButtonStyle(StrEnum):
    """The colour of a button."""

    PRIMARY = "primary"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style; it is cleaned, and a link no chat opens dropped, when made."""

    text: str
    style: frozenset[Style] = frozenset()
    link: str | None = None
    at: datetime | None = None  # the reader's client shows this instant in place of `text`
    form: TimeForm = TimeForm.RELATIVE
    isolate: bool = False  # right-to-left words that must not turn the line around them

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))
        if self.link is not None and not openable(self.link):
            object.__setattr__(self, "link", None)
        if self.at is not None and (self.link is not None or Style.CODE in self.style):
            raise ValueError("a time can be neither a link nor code")
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("a time needs its zone")

    @property
    def entities(self) -> int:
        """How many formatting entities a chat counts for it, its quote aside."""
        if not self.text:
            return 0
        if Style.CODE in self.style:
            return 1
        marks = len(self.style & {Style.BOLD, Style.ITALIC})
        highlight = 2 if Style.HIGHLIGHT in self.style else 0  # bold and underlined
        return marks + highlight + (self.link is not None) + (self.at is not None)


Text: TypeAlias = tuple[Span, ...]


def words(text: str, *style: Style, link: str | None = None) -> Text:
    """Return `text` in the given styles."""
    return (Span(text, frozenset(style), link),) if text else ()


def time(at: datetime, shown: str, form: TimeForm = TimeForm.RELATIVE, *style: Style) -> Text:
    """Return an instant that the reader's client writes; older clients show `shown`."""
    return (Span(shown, frozenset(style), at=at, form=form),)


def post(text: str, *style: Style, marked: Sequence[model.Span] = ()) -> Text:
    """Return what somebody wrote, the `marked` pieces highlighted.

    It is isolated where it is written the other way than our own words around it. A quote is a
    block of its own, which nothing stands around when we write from right to left.
    """
    isolate = Style.QUOTE not in style if reads_right_to_left() else right_to_left(text)
    spans = []
    for piece, lit in _lit_pieces(text, marked):
        styles = frozenset(style) | ({Style.HIGHLIGHT} if lit else set())
        spans.append(Span(piece, styles, isolate=isolate))
    return tuple(spans)


def join(between: Text, texts: Iterable[Text]) -> Text:
    """Return the texts that are not empty with `between` between them."""
    spans: list[Span] = []
    for text in filter(None, texts):
        spans += (*between, *text) if spans else text
    return tuple(spans)


def lines(*texts: Text) -> Text:
    """Return the texts that are not empty, each on its own line."""
    return join((Span("\n"),), texts)


def clean(text: str) -> str:
    """Return `text` without what breaks a line or a card: controls, overrides, lone surrogates.

    Every kind of line break becomes a newline, a tab becomes a space.
    """
    if text.isprintable():
        return _UNCLEAN.sub("", text)
    return _UNCLEAN.sub("", _LINE_BREAKS.sub("\n", text).replace("\t", " "))


def right_to_left(text: str) -> bool:
    """Whether any letter of `text` is written from right to left."""
    return not text.isascii() and any(
        unicodedata.bidirectional(char) in {"R", "AL"} for char in text
    )


def reads_right_to_left() -> bool:
    """Whether our own words are written from right to left now."""
    return spoken() in RIGHT_TO_LEFT


def directed(text: Text) -> Text:
    """Return `text` for a page that is read from right to left; done again it changes nothing.

    Each line of ours begins at the right, whatever stands first in it, and what is typed from left
    to right ("#12", "/queue") keeps its order. Quotes stand as they are.
    """
    turned: list[Span] = []
    line = ""  # as far as it is written
    for span in text:
        marks = _marks(span, line)
        turned += (*words(marks), _turned(span))
        line = (line + marks + span.text).rpartition("\n")[2]
    return tuple(turned)


def _marks(span: Span, line: str) -> str:
    """Return what must stand before a span, after what its line holds already."""
    if Style.QUOTE in span.style or not span.text or span.text[0] == "\n":
        return ""
    is_code = Style.CODE in span.style
    begun = span.text[0] == RIGHT_TO_LEFT_MARK or (right_to_left(span.text[0]) and not is_code)
    begins = "" if line or begun else RIGHT_TO_LEFT_MARK
    return begins + (
        LEFT_TO_RIGHT_MARK if is_code and not line.endswith(LEFT_TO_RIGHT_MARK) else ""
    )


def _turned(span: Span) -> Span:
    if span.isolate or span.at is not None or span.style & {Style.QUOTE, Style.CODE}:
        return span
    marked = _TURNED.sub(LEFT_TO_RIGHT_MARK, span.text)
    return replace(span, text=_BEGINS.sub(f"\n{RIGHT_TO_LEFT_MARK}", marked))


def plain(text: Text) -> str:
    """Return the characters as a chat receives them, isolates included."""
    return "".join(characters for _, characters in shown(text))


def shown(text: Text) -> Iterator[tuple[Span, str]]:
    """Yield each span and its characters as a chat receives them.

    Isolated spans side by side share an isolate for each line: an isolate ends with its paragraph.
    """
    for _, run in quote_runs(text):
        for isolate, group in groupby(run, key=lambda span: span.isolate):
            spans = tuple(group)
            yield from _isolated(spans) if isolate else zip(spans, map(_text, spans), strict=True)


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def entities(text: Text) -> int:
    """Return how many formatting entities a chat counts at most."""
    quotes = sum(quoted for quoted, _ in quote_runs(text))
    return quotes + sum(span.entities for span in text)


def cut(text: Text, most_units: int = MESSAGE_UNITS, most_entities: int = ENTITIES) -> Text:
    """Return `text`, or as much of its beginning as fits, "…" included, in whole graphemes."""
    return text if _fits(text, most_units, most_entities) else _cut(text, most_units, most_entities)


@lru_cache(maxsize=_REMEMBERED)
def _cut(text: Text, most_units: int, most_entities: int) -> Text:
    borders = _borders(text, most_units)
    low, high = 0, len(borders)  # the longest head that fits is borders[low]
    while high - low > 1:
        middle = (low + high) // 2
        if _fits(_shortened(text, borders[middle]), most_units, most_entities):
            low = middle
        else:
            high = middle
    return _shortened(text, borders[low])


def cut_words(text: str, most_units: int) -> str:
    """Return plain words, cleaned and cut to `most_units` as `cut` does."""
    cleaned = clean(text)
    if 2 * len(cleaned) <= most_units:
        return cleaned
    return _joined(cut((Span(cleaned),), most_units))


def openable(url: str) -> bool:
    """Whether a chat takes `url` as a link or behind a button."""
    return bool(_URL.match(url)) and url == clean(url)


def quote_runs(text: Text) -> Iterator[tuple[bool, Text]]:
    """Yield runs of spans that are not empty in order, and whether each run is one quote."""
    spans = filter(_text, text)
    for quoted, run in groupby(spans, key=lambda span: Style.QUOTE in span.style):
        yield quoted, tuple(run)


@dataclass(frozen=True, slots=True)
class Button:
    """One button: it sends `data` back, opens `url`, or copies `copy_text`."""

    label: str
    data: str | None = None
    url: str | None = None
    copy_text: str | None = None
    style: ButtonStyle | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", clean(self.label).strip())
        if not self.label:
            raise ValueError("a button needs a label")
        if [self.data, self.url, self.copy_text].count(None) != 2:
            raise ValueError(f"button {self.label!r}: give one of data, url and copy_text")
        self._check_target()

    def _check_target(self) -> None:
        if self.data is not None and not 1 <= len(self.data.encode()) <= DATA_BYTES:
            raise ValueError(f"button {self.label!r}: data must take 1 to {DATA_BYTES} bytes")
        if self.url is not None and not openable(self.url):
            raise ValueError(f"button {self.label!r}: no chat opens {self.url!r}")
        if self.copy_text is not None and not 1 <= units(self.copy_text) <= COPY_UNITS:
            raise ValueError(f"button {self.label!r}: copies 1 to {COPY_UNITS} characters")


Row: TypeAlias = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a text, cut to what a chat takes, and rows of buttons under it."""

    text: Text
    buttons: tuple[Row, ...] = ()
    silent: bool = False  # arrives without a sound
    asks: str = ""  # what stands in the reader's empty line: the message waits for words
    picture: bytes | None = field(default=None, repr=False)  # a PNG; the text stands below it
    language: str = field(default_factory=spoken)  # in which it is drawn

    def __post_init__(self) -> None:
        if self.language in RIGHT_TO_LEFT:
            object.__setattr__(self, "text", directed(self.text))
        most = MESSAGE_UNITS if self.picture is None else CAPTION_UNITS
        object.__setattr__(self, "text", cut(self.text, most))
        if not _joined(self.text).strip() and not plain(self.text).strip():
            raise ValueError("a message needs a text")
        if sum(map(len, self.buttons)) > BUTTONS:
            raise ValueError(f"a message takes {BUTTONS} buttons")
        if self.asks and self.buttons:
            raise ValueError("a message that waits for words takes no buttons")
        object.__setattr__(self, "asks", cut_words(self.asks, PLACEHOLDER_UNITS))

    def bare(self) -> "Message":
        """Return its words and inside buttons alone: nothing is left to find fault with."""
        kept = (tuple(button for button in row if button.data) for row in self.buttons)
        rows = tuple(tuple(replace(button, style=None) for button in row) for row in kept if row)
        unstyled = tuple(Span(span.text, isolate=span.isolate) for span in self.text)
        return replace(self, text=unstyled, buttons=rows, picture=None)


def _lit_pieces(text: str, marked: Sequence[model.Span]) -> Iterator[tuple[str, bool]]:
    lit = [False] * len(text)
    for mark in marked:
        start, end = max(mark.start, 0), min(mark.end, len(text))
        lit[start:end] = [True] * max(end - start, 0)
    place = 0
    for is_lit, run in groupby(lit):
        end = place + len(list(run))
        yield text[place:end], is_lit
        place = end


def _isolated(run: Text) -> Iterator[tuple[Span, str]]:
    opened = False
    for place, span in enumerate(run, start=1):
        pieces = []
        for piece in re.split("(\n)", span.text):
            if piece == "\n" and opened:
                pieces.append(POP_ISOLATE)
                opened = False
            elif piece and piece != "\n" and not opened:
                pieces.append(FIRST_STRONG_ISOLATE)
                opened = True
            pieces.append(piece)
        if opened and place == len(run):
            pieces.append(POP_ISOLATE)
        yield span, "".join(pieces)


def _text(span: Span) -> str:
    return span.text


def _joined(text: Text) -> str:
    return "".join(map(_text, text))


def _fits(text: Text, most_units: int, most_entities: int) -> bool:
    if _surely_fits(text, most_units, most_entities):
        return True
    return entities(text) <= most_entities and units(plain(text)) <= most_units


def _surely_fits(text: Text, most_units: int, most_entities: int) -> bool:
    """Return whether a text fits however it is counted: most are short by far."""
    if any(span.isolate for span in text):
        return False
    characters = sum(len(span.text) for span in text)
    marks = len(text) + sum(span.entities for span in text)  # each span a quote of its own at most
    return 2 * characters <= most_units and marks <= most_entities


def _borders(text: Text, most_units: int) -> list[int]:
    """Return the offsets where `text` may be cut: between graphemes, never inside a time."""
    joined = _joined(text)[: most_units + 1]  # every character costs a unit or more
    inside: set[int] = set()
    start = 0
    for span in text:
        if span.at is not None:
            inside.update(range(start + 1, start + len(span.text)))
        start += len(span.text)
    found = [match.start() for match in _GRAPHEME.finditer(joined)]
    return [border for border in found if border not in inside] or [0]


def _shortened(text: Text, length: int) -> Text:
    """Return the first `length` characters, blanks at the end taken off, and "…" in their style."""
    head: list[Span] = []
    for span in text:
        if length <= 0:
            break
        head.append(replace(span, text=span.text[:length]))
        length -= len(span.text)
    while head and not head[-1].text.rstrip():
        head.pop()
    if not head or head[-1].at is not None:
        return (*head, Span(ELLIPSIS))
    last = head.pop()
    return (*head, replace(last, text=last.text.rstrip() + ELLIPSIS))
