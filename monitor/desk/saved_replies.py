"""Replies that the team wrote once: whose they are, how they are filled, which to offer first.

The bad news comes first, then the remedy. A reply belongs to one name and one language; its blanks
are the customer's name, the brand and a link.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from monitor.matching.folding import fold
from monitor.model import Author

BLANKS = ("name", "brand", "link")
UNKNOWN = "und"
LONGEST_NAME = 40  # characters
LONGEST_LINK = 500
LONGEST_TEXT = 1_000  # UTF-16 units: all its texts fit one message, in which they are changed
_LONGEST_NAME = 40  # characters of a display name that still reads as one
_NO_NAME = re.compile(r"[@/:#<>{}\[\]|]|www\.|\.(?:com|net|org|io)\b", re.IGNORECASE)
_COMMAS = ",،՝"  # of Latin and Cyrillic, Arabic, Armenian
_VOCATIVE = re.compile(rf"[{_COMMAS}]?[ \t]*\{{name\}}")
_LEFT_OVER = re.compile(rf"^[{_COMMAS}!:. \t]+")
_PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReply:
    """What the team answers again and again, in one language."""

    name: str  # what the team calls it; the same in every language
    language: str  # ISO 639-1
    apology: str  # the bad news, and that we are sorry
    remedy: str  # what we do about it, or what the customer can do
    short: str = ""  # for platforms that do not take the whole; "" where there is none
    topic: str | None = None  # of the judge's; None: any
    brands: tuple[str, ...] = ()  # none: all
    link: str = ""

    @property
    def folded(self) -> str:
        """The name in the spelling under which it is found."""
        return folded(self.name)

    @property
    def whole(self) -> str:
        """The text with its blanks, the bad news first."""
        return _PARAGRAPH.join(filter(None, (self.apology, self.remedy)))

    @property
    def texts(self) -> Mapping[str, str]:
        """Its texts by what they are."""
        return {"apology": self.apology, "remedy": self.remedy, "short": self.short}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reply is looked for: the customer's topic and language, and the brand's name."""

    brand: str
    topic: str | None = None
    language: str = UNKNOWN  # ISO 639-1, or "und"
    otherwise: tuple[str, ...] = ("en",)  # for who writes in none that a reply is written in


def folded(name: str) -> str:
    """Return the spelling under which the name of a saved reply is found."""
    return " ".join(fold(name).split())


def fill(
    saved: SavedReply,
    *,
    author: Author | None,
    brand: str,
    fits: Callable[[str], bool] = lambda _: True,
) -> str:
    """Return the text for one customer: whole where it `fits`, else the short one if there is one.

    Where nobody knows a name, the place for it closes: "Hi {name}, sorry" becomes "Hi, sorry".
    """
    texts = [
        _filled(text, saved, customer(author), brand) for text in (saved.whole, saved.short) if text
    ]
    return next(filter(fits, texts), texts[-1] if texts else "")


def customer(author: Author | None) -> str:
    """Return how a customer is spoken to: the display name if it reads as one, else the handle.

    "" where there is neither. A name that holds an address or a handle would call somebody else.
    """
    if author is None:
        return ""
    name = " ".join("".join(filter(_is_written, author.name)).split())
    if name and len(name) <= _LONGEST_NAME and _reads_as_a_name(name):
        return name
    handle = author.handle.partition("@")[0].strip()  # of a fediverse handle, without its server
    return handle if len(handle) <= _LONGEST_NAME else ""


def _is_written(char: str) -> bool:
    """Return whether a character belongs to a name: no controls, no overrides, no pictures."""
    return unicodedata.category(char)[0] in "LMNPZ"


def _reads_as_a_name(name: str) -> bool:
    return any(map(str.isalpha, name)) and not _NO_NAME.search(name)


def _filled(text: str, saved: SavedReply, name: str, brand: str) -> str:
    if not name and "{name}" in text:
        text = _begun(_LEFT_OVER.sub("", _VOCATIVE.sub("", text)), saved.language)
    return text.format_map({"name": name, "brand": brand, "link": saved.link}).strip()


def _begun(text: str, language: str) -> str:
    """Return a text that begins with a capital."""
    first = "İ" if language == "tr" and text[:1] == "i" else text[:1].upper()
    return first + text[1:]


def offered(
    replies: Iterable[tuple[SavedReply, int]], wanted: Wanted
) -> tuple[tuple[SavedReply, int], ...]:
    """Return the replies that may answer, best first; each comes with how often it was used.

    Of each name there is one: in the customer's language, or else in the team's. First comes what
    is about the topic, then what is about any, then the rest, and among these what is used most.
    """
    best: dict[str, tuple[SavedReply, int]] = {}
    for saved, uses in replies:
        rank = _spoken(saved, wanted)
        if rank is None or (saved.brands and wanted.brand not in saved.brands):
            continue
        known = best.get(saved.folded)
        if known is None or rank < (_spoken(known[0], wanted) or 0):
            best[saved.folded] = (saved, uses)
    return tuple(sorted(best.values(), key=lambda each: _order(each[0], each[1], wanted)))


def about(saved: SavedReply, topic: str | None) -> bool:
    """Return whether a reply is about a topic, or about any."""
    return saved.topic is None or saved.topic == topic


def _spoken(saved: SavedReply, wanted: Wanted) -> int | None:
    """Return how well a reply's language serves, 0 best; None for one that nobody reads."""
    known = (wanted.language, *wanted.otherwise)
    return known.index(saved.language) if saved.language in known else None


def _order(saved: SavedReply, uses: int, wanted: Wanted) -> tuple[int, int, int, str]:
    if saved.topic is not None and saved.topic == wanted.topic:
        near = 0
    else:
        near = 1 if saved.topic is None else 2
    return (near, _spoken(saved, wanted) or 0, -uses, saved.folded)


def is_too_long(text: str) -> bool:
    """Return whether a text could not be changed in a chat, nor sent with what goes with it."""
    return len(text.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST_TEXT


def problem(text: str, link: str = "") -> str:
    """Return what is wrong with the blanks of a text, "" if nothing."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return "a brace that is not a blank; write {{ and }} for braces"
    for _, blank, form, conversion in parts:
        if blank is None:
            continue
        if blank not in BLANKS or form or conversion:
            return (
                f"unknown blank {{{blank}}}; known are {', '.join(f'{{{one}}}' for one in BLANKS)}"
            )
        if blank == "link" and not link:
            return "{link} stands in it, but it has no link"
    return ""


def print_of(saved: SavedReply) -> str:
    """Return 16 characters that are equal for replies which say the same."""
    parts = (saved.name, saved.language, saved.topic or "", *saved.brands, saved.link)
    said = "\x1f".join((*parts, *saved.texts.values()))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
