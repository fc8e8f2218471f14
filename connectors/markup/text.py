"""HTML becomes the text that a reader sees, with every link whole.

Mastodon cuts links with spans, Hacker News with dots: what is written is where the link leads.
Source: HTML Living Standard, "the innerText attribute" (blocks, white space); recorded answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

LARGEST = 200_000  # characters of one text; the parser's time grows faster than its input
DEEPEST = 9  # quotes in quotes, lists in lists that are marked as such
NO_NAMES: Mapping[str, str] = {}
_PARAGRAPHS = frozenset(
    {"p", "div", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section"}
    | {"article", "figure", "dl", "hr", "header", "footer", "aside"}
)
_LINES = frozenset({"li", "tr", "dt", "dd", "figcaption"})
_LISTS = frozenset({"ul", "ol"})
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"script", "style"})
_NAMED_CLASSES = frozenset({"mention", "hashtag"})  # links that a reader takes for words
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_ODD_SECTION = re.compile(r"<!(?=\[(?!CDATA\[))")
_WHITE = re.compile(r"[ \t\n\r\f]+")

_Attributes = Mapping[str, str | None]


def to_text(
    html: str, *, names: Mapping[str, str] = NO_NAMES, without: frozenset[str] = frozenset()
) -> str:
    """Return the text of a piece of HTML: paragraphs parted by empty lines, links in full.

    A link whose text is its own address, cut or not, is written as the whole address; any other
    as "text (address)"; mentions and hashtags as their text. `names` tells what to write for an
    address instead; an element of a class in `without` is left out.
    """
    reader = _Reader(names, without)
    reader.read(html[:LARGEST])
    return reader.text


@dataclass(slots=True)
class _Link:
    address: str
    is_word: bool
    parts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _List:
    ordered: bool
    count: int = 0


class _Reader(HTMLParser):
    """Writes text as its elements come; gaps and spaces wait until more text follows."""

    def __init__(self, names: Mapping[str, str], without: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._names = names
        self._without = without
        self._written: list[str] = []
        self._gap = 0  # line ends that are due before the next text
        self._space = False  # a space is due
        self._mark = ""  # of a list's line, due before the next text
        self._link: _Link | None = None
        self._lists: list[_List] = []
        self._quotes = 0
        self._kept_white = 0  # how many <pre> are open
        self._skipped: list[str] = []  # the open elements of the tag that is left out

    def read(self, html: str) -> None:
        """Read all of `html`."""
        markup, bracket, rest = html.rpartition(">")  # what follows the last tag can only be text,
        rest = rest.replace("<", "&lt;")  # and would be searched for tags again and again
        self.feed(_ODD_SECTION.sub("&lt;!", f"{markup}{bracket}{rest}"))  # it stumbles over those
        self.close()
        self._end_link()

    @property
    def text(self) -> str:
        """What was read."""
        return "".join(self._written).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        given = dict(attrs)
        if self._is_skipped(tag, given):
            return
        if tag == "br":
            self._line_end()
        elif tag == "a":
            self._begin_link(given)
        elif tag == "img":
            self._say(f" {given.get('alt') or ''} ")
        else:
            self._begin_block(tag)

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
            return
        if tag == "a":
            self._end_link()
        else:
            self._end_block(tag)

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self._skipped:
            self._say(data)

    def unknown_decl(self, data: str) -> None:
        """Take what stands in a CDATA section."""
        self.handle_data(data.removeprefix("CDATA["))

    def _is_skipped(self, tag: str, given: _Attributes) -> bool:
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.append(tag)
            return True
        if tag in _UNSEEN or (self._without and self._without & _words(given.get("class"))):
            self._skipped.append(tag)
            return True
        return False

    def _begin_block(self, tag: str) -> None:
        if tag in _LISTS:
            self._break(1 if self._lists else 2)
            self._lists.append(_List(ordered=tag == "ol"))
            return
        self._end_block(tag, begins=True)
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._kept_white += 1
        elif tag == "li":
            self._mark = self._next_mark()

    def _end_block(self, tag: str, *, begins: bool = False) -> None:
        if tag in _PARAGRAPHS:
            self._break(1 if self._lists else 2)
        elif tag in _LINES:
            self._break(1)
        elif tag in _CELLS:
            self._say(" ")
        elif tag in _LISTS and self._lists:
            self._lists.pop()
            self._break(1 if self._lists else 2)
        if not begins and tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif not begins and tag == "pre":
            self._kept_white = max(0, self._kept_white - 1)

    def _next_mark(self) -> str:
        if not self._lists:
            return "- "
        self._lists[-1].count += 1
        mark = f"{self._lists[-1].count}. " if self._lists[-1].ordered else "- "
        return "  " * (min(len(self._lists), DEEPEST) - 1) + mark

    def _begin_link(self, given: _Attributes) -> None:
        self._end_link()
        classes = _words(given.get("class")) | _words(given.get("rel"))
        is_word = bool(classes & _NAMED_CLASSES) or "tag" in classes
        self._link = _Link((given.get("href") or "").strip(), is_word)

    def _end_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            self._say(_spelled(link, self._names))

    def _say(self, text: str) -> None:
        if self._link is not None:
            self._link.parts.append(text)
        elif self._kept_white:
            self._say_lines(text)
        else:
            self._say_words(text)

    def _say_lines(self, text: str) -> None:
        first, *others = text.split("\n")
        self._put(first)
        for line in others:
            self._line_end()
            self._put(line)

    def _say_words(self, text: str) -> None:
        words = _WHITE.sub(" ", text)
        self._space |= words.startswith(" ")
        if bare := words.strip(" "):
            self._put(bare)
            self._space = words.endswith(" ")

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._gap or not self._written:
            gap = "\n" * (self._gap if self._written else 0)
            self._written.append(gap + "> " * min(self._quotes, DEEPEST))
        elif self._space:
            self._written.append(" ")
        self._written += [self._mark, text]
        self._gap, self._space, self._mark = 0, False, ""

    def _line_end(self) -> None:
        if self._link is not None:
            self._link.parts.append(" ")
        else:
            self._gap = min(self._gap + 1, 2)

    def _break(self, lines: int) -> None:
        if self._link is not None:
            self._link.parts.append(" ")
        else:
            self._gap = max(self._gap, lines)


def _words(value: str | None) -> set[str]:
    return set((value or "").lower().split())


def _spelled(link: _Link, names: Mapping[str, str]) -> str:
    said = "".join(link.parts)
    shown = _WHITE.sub(" ", said).strip(" ")
    if link.address in names:
        return said.replace(said.strip(), names[link.address]) if shown else ""
    if link.is_word or not _SCHEME.match(link.address):
        return said
    if not shown or _is_address(shown, link.address):
        return said.replace(said.strip(), link.address) if shown else link.address
    return f"{said.rstrip()} ({link.address}){' ' if said != said.rstrip() else ''}"


def _is_address(shown: str, address: str) -> bool:
    """Whether a link's text is nothing but the address that it leads to, perhaps cut short."""
    bare = _SCHEME.sub("", shown).rstrip("….").rstrip("/")
    whole = _SCHEME.sub("", address)
    written = _SCHEME.match(shown) or "." in bare or "/" in bare
    return bool(bare and written) and whole.casefold().startswith(bare.casefold())
