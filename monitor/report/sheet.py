"""A sheet of paper measured in pixels, on which boxes and words are drawn by Matplotlib.

Distances count from the upper corner on the side where reading begins: a sheet for those who read
from right to left is mirrored by itself. Letters are shaped and ordered by libraqm, which
Matplotlib brings since 3.11; its own font has the letters of all our languages.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.text import Text

_DPI = 100
_FONT = "DejaVu Sans"
_HALF_A_CAPITAL = 0.365  # of its size: capitals of this font are 0.73 high
_TO_LEFT, _TO_RIGHT = "\u200f", "\u200e"  # marks: which way a line runs, whatever it begins with


class Form(StrEnum):
    """What kind of file a picture is."""

    PNG = "png"
    SVG = "svg"


class Place(StrEnum):
    """Which point of a line stands where it is put."""

    BEGIN = "begin"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """How words are written: `height` is that of a line, in pixels."""

    height: float
    colour: str
    bold: bool = False


@contextmanager
def plain_looks() -> Iterator[None]:
    """Draw inside the block as we mean it, whatever this machine prefers."""
    from matplotlib import rc_context, rcdefaults

    with rc_context():
        rcdefaults()
        with rc_context({"font.family": [_FONT], "svg.hashsalt": "mentiondesk"}):
            yield


class Sheet:
    """One sheet; it is used inside `plain_looks`."""

    def __init__(self, width: int, height: int, colour: str, *, right_to_left: bool) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._width = width
        self._mirrored = right_to_left
        self._figure: Figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        FigureCanvasAgg(self._figure)  # measures words, whatever the form
        self._figure.set_facecolor(colour)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, width), ylim=(height, 0))
        self._axes.set_axis_off()

    def box(self, begin: float, top: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        from matplotlib.patches import Rectangle

        left = self._width - begin - width if self._mirrored else begin
        self._axes.add_patch(Rectangle((left, top), width, height, facecolor=colour, clip_on=False))

    def write(
        self,
        words: str,
        at: tuple[float, float],
        pen: Pen,
        place: Place = Place.BEGIN,
        *,
        room: float | None = None,
    ) -> float:
        """Write one line around the height of `at`, smaller if `room` asks for it.

        Returns how wide it came out.
        """
        begin, middle = at
        text = self._axes.text(
            self._width - begin if self._mirrored else begin,
            middle,
            (_TO_LEFT if self._mirrored else _TO_RIGHT) + words,
            fontsize=pen.height * 72 / _DPI,
            fontweight="bold" if pen.bold else "normal",
            color=pen.colour,
            horizontalalignment=self._side(place),
            verticalalignment="baseline",
            parse_math=False,
        )
        taken = _fitted(text, room)
        size = float(text.get_fontsize()) * _DPI / 72
        text.set_y(middle + _HALF_A_CAPITAL * size)  # lines of any letters stand equally high
        return taken

    def _side(self, place: Place) -> str:
        if place is Place.MIDDLE:
            return "center"
        return "left" if (place is Place.BEGIN) is not self._mirrored else "right"

    def file(self, form: Form) -> bytes:
        """Return what was drawn as a file, without the hour at which it was made."""
        written = io.BytesIO()
        metadata = {"Date": None} if form is Form.SVG else {"Software": None}
        self._figure.savefig(written, format=form.value, dpi=_DPI, metadata=metadata)
        return written.getvalue()


def _fitted(text: "Text", room: float | None) -> float:
    taken = float(text.get_window_extent().width)
    while room is not None and taken > room:  # hinted type does not shrink evenly
        text.set_fontsize(float(text.get_fontsize()) * room / taken * 0.99)
        taken = float(text.get_window_extent().width)
    return taken
