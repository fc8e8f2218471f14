"""A report as one HTML file that needs nothing else: no network, no script, no font.

It is read on a phone, on paper and at night, from left to right or from right to left. All words
come in as arguments, in the reader's language; what people wrote is escaped.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATE = "page.html.jinja"
NOTHING = "-"  # stands in a cell that has nothing to say


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure that is seen first."""

    label: str
    value: str
    note: str = ""  # of how many, and the like


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Sentences under a heading."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture, for bright screens and for dark ones, and what it says in words."""

    heading: str
    light: bytes  # SVG, as is the other
    dark: bytes
    width: int
    height: int
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The hours of a week in figures, "" for none: what a picture shows in colours."""

    heading: str
    days: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]  # an hour, and what it had on each day


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a table; `share` (0 to 1) of its width is filled by a bar."""

    text: str
    share: float | None = None
    said: bool = False  # by somebody, in any language: it runs the way of its own letters

    @property
    def says(self) -> bool:
        """Whether it says anything: on a phone, where figures have lines, others are left out."""
        return self.text not in ("", NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose first column names what the row is of."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    note: str = ""
    nothing: str = ""  # in place of a table without rows
    paste: tuple[str, ...] = ()  # lines below it that are there to be copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is written on a page, in the reader's language."""

    language: str  # ISO 639-1
    right_to_left: bool
    title: str
    period: str
    tiles: tuple[Tile, ...]
    told: Told
    drawing: Drawing | None
    grids: tuple[Grid, ...]
    tables: tuple[Table, ...]
    footer: str


def html(page: Page) -> str:
    """Return the page as one HTML file; equal pages give equal files."""
    return _template().render(page=page) + "\n"


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    room = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=False)
    room.filters["svg"] = _address
    source = resources.files("monitor.report").joinpath(_TEMPLATE).read_text("utf-8")
    return room.from_string(source)


def _address(svg: bytes) -> str:
    """Return an address that holds a picture."""
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
