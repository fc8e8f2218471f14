"""A week at a glance as a picture: when people write, where we were late, how many it takes.

One portrait picture, large enough in type to be read on a phone. All words come in as arguments, in
the reader's language; for those who read from right to left the hours run that way too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.report.heat import DAYS, HOURS, Grid, HourOfWeek, Shares
from monitor.report.sheet import Form, Pen, Place, Sheet, plain_looks
from monitor.report.staffing import Staffing

WIDTH, HEIGHT = 1080, 1540  # pixels; a phone that is 380 wide shows a third of that
_MARGIN = 36
_LABELS = 118  # for the names of the days
_CELL_WIDTH = (WIDTH - 2 * _MARGIN - _LABELS) / HOURS
_CELL_HEIGHT = 42
_GAP = 3  # between cells
_TITLE, _HEADING, _SMALL, _FIGURE = 46, 38, 31, 27  # heights of type
_FIRST_PANEL, _PANEL = 150, 460  # where the first panel begins, and how far the next is from it
_GRID = 98  # below the top of its panel
_BY_THREE = range(0, HOURS, 3)
_LEGEND_WIDTH, _LEGEND_STEPS, _LEGEND_ROOM = 150, 5, 290
_FAINTEST = 0.12  # of a scale: a cell that is not empty can be told from one that is
_MANY = 3  # people: fewer are never in the darkest colour
_LONGEST_FIGURE = 2  # digits that one cell has room for


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The words of one grid."""

    heading: str
    note: str  # below the heading: what stands out
    nothing: str  # across a grid that has nothing to show


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that is written on a picture, in the reader's language."""

    title: str
    period: str  # which days, in which zone
    arrivals: Panel
    breaches: Panel
    people: Panel
    weekdays: tuple[str, ...]  # from Monday, short
    today: int | None = None  # the weekday whose name stands out
    numerals: str = "0123456789"
    decimal: str = "."
    right_to_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPicture:
    """What is drawn. Without `staffing` the third grid says that nothing is known yet."""

    heat: HourOfWeek
    staffing: Staffing | None
    words: Words
    dark: bool = False  # for readers whose screen is


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The colours of a picture; each scale goes from few to many."""

    ground: str
    ink: str
    quiet: str
    empty: str
    arrivals: tuple[str, str]
    breaches: tuple[str, str]
    people: tuple[str, str]


_LIGHT = _Look(
    ground="#fbfcfe",
    ink="#18202c",
    quiet="#566072",
    empty="#eceff4",
    arrivals=("#d3e4f8", "#0b4f9e"),
    breaches=("#fbd3cc", "#a8141b"),
    people=("#d2eee2", "#07694c"),
)
_DARK = _Look(
    ground="#14181f",
    ink="#edf1f7",
    quiet="#a3adbd",
    empty="#222833",
    arrivals=("#173453", "#7fb8ff"),
    breaches=("#4a1c20", "#ff8d82"),
    people=("#12392e", "#66d6ab"),
)


def draw(picture: WeekPicture, form: Form = Form.PNG) -> bytes:
    """Return the file of a picture; equal pictures give equal files."""
    with plain_looks():
        return _Drawing(picture).file(form)


class _Drawing:
    """Three grids one below the other, with the days beside and the hours below each."""

    def __init__(self, picture: WeekPicture) -> None:
        self._picture = picture
        self._words = picture.words
        self._look = look = _DARK if picture.dark else _LIGHT
        self._sheet = Sheet(WIDTH, HEIGHT, look.ground, right_to_left=picture.words.right_to_left)
        self._small = Pen(height=_SMALL, colour=look.ink)
        self._quiet = Pen(height=_SMALL, colour=look.quiet)
        self._heading = Pen(height=_HEADING, colour=look.ink, bold=True)

    def file(self, form: Form) -> bytes:
        """Return everything, drawn."""
        words, look, heat = self._words, self._look, self._picture.heat
        staffing = self._picture.staffing
        title = Pen(height=_TITLE, colour=look.ink, bold=True)
        self._sheet.write(words.title, (_MARGIN, 62), title, room=WIDTH - 2 * _MARGIN)
        self._sheet.write(words.period, (_MARGIN, 114), self._quiet, room=WIDTH - 2 * _MARGIN)
        self._counts(0, words.arrivals, look.arrivals, heat.a_week(heat.arrivals))
        self._counts(1, words.breaches, look.breaches, heat.breaches, figures=True)
        self._people(2, words.people, look.people, staffing.people if staffing else ())
        return self._sheet.file(form)

    def _counts(
        self,
        place: int,
        words: Panel,
        scale: tuple[str, str],
        grid: Grid | Shares,
        *,
        figures: bool = False,
    ) -> None:
        """Draw how much each hour had, as a colour and, if wanted and short, as a figure."""
        top, most = _FIRST_PANEL + place * _PANEL, _most(grid)
        self._head(top, words, WIDTH - 2 * _MARGIN - (_LEGEND_ROOM if most else 0))
        self._frame(top + _GRID, "" if most else words.nothing)
        if not most:
            return
        figures = figures and len(self._number(most)) <= _LONGEST_FIGURE  # in all cells or in none
        shade = _shades(scale, most)
        self._legend(top + 70, scale, most)
        for row, values in self._rows(top, grid):
            for hour, value in enumerate(values):
                if value:
                    self._cell((hour, hour + 1), row, shade(value), value if figures else None)

    def _people(self, place: int, words: Panel, scale: tuple[str, str], grid: Grid) -> None:
        """Draw how many people each hour needs: equal hours side by side share one figure."""
        top, most = _FIRST_PANEL + place * _PANEL, _most(grid)
        self._head(top, words, WIDTH - 2 * _MARGIN)
        self._frame(top + _GRID, "" if most else words.nothing)
        shade = _shades(scale, max(most, _MANY))
        for row, values in self._rows(top, grid):
            for begin, end, value in _runs(values):
                self._cell((begin, end), row, shade(value), value)

    def _head(self, top: float, words: Panel, room: float) -> None:
        whole = WIDTH - 2 * _MARGIN
        self._sheet.write(words.heading, (_MARGIN, top + 26), self._heading, room=whole)
        self._sheet.write(words.note, (_MARGIN, top + 70), self._quiet, room=room)

    def _rows(self, top: float, grid: Grid | Shares) -> Iterator[tuple[float, Sequence[float]]]:
        """Yield where the row of each day begins, and what stands in it."""
        for day, values in enumerate(grid):
            yield top + _GRID + day * _CELL_HEIGHT, values

    def _frame(self, top: float, nothing: str) -> None:
        """Draw empty cells, the days beside and the hours below; words across them if wanted."""
        for day, name in enumerate(self._words.weekdays):
            row = top + day * _CELL_HEIGHT
            at = (_MARGIN, row + _CELL_HEIGHT / 2)
            pen = replace(self._small, bold=day == self._words.today)
            self._sheet.write(name, at, pen, room=_LABELS - 14)
            self._cell((0, HOURS), row, self._look.empty)
        for hour in range(1, HOURS):  # cheaper than a box for each cell
            border = _MARGIN + _LABELS + hour * _CELL_WIDTH - _GAP
            self._sheet.box(border, top, _GAP, DAYS * _CELL_HEIGHT, self._look.ground)
        self._leave_out(top)
        below = top + DAYS * _CELL_HEIGHT + 24
        for hour in _BY_THREE:
            begins = _MARGIN + _LABELS + hour * _CELL_WIDTH
            self._sheet.write(self._digits(f"{hour:02d}"), (begins, below), self._quiet)
        if nothing:
            self._across(top + DAYS * _CELL_HEIGHT / 2, nothing)

    def _leave_out(self, top: float) -> None:
        """Take away the cells of hours that never came yet: of them nothing is known."""
        for day, hours in enumerate(self._picture.heat.hours):
            for begin, end, _ in _runs([not often for often in hours]):
                row = top + day * _CELL_HEIGHT
                self._cell((begin, end), row, self._look.ground)

    def _across(self, middle: float, words: str) -> None:
        centre, room = _MARGIN + _LABELS + HOURS * _CELL_WIDTH / 2, HOURS * _CELL_WIDTH - 80
        pen = Pen(height=_HEADING, colour=self._look.quiet)
        wide = self._sheet.write(words, (centre, middle), pen, Place.MIDDLE, room=room)
        ground = self._look.ground
        self._sheet.box(centre - wide / 2 - 20, middle - 36, wide + 40, 72, ground)

    def _legend(self, middle: float, scale: tuple[str, str], most: float) -> None:
        """Show which colour is how much, at the far end of the line."""
        end = WIDTH - _MARGIN
        taken = self._sheet.write(self._number(most), (end, middle), self._quiet, Place.END)
        begin, step = end - taken - 12 - _LEGEND_WIDTH, _LEGEND_WIDTH / _LEGEND_STEPS
        shade = _shades(scale, _LEGEND_STEPS - 1)
        for place in range(_LEGEND_STEPS):
            colour = shade(place) if place else self._look.empty
            self._sheet.box(begin + place * step, middle - 12, step - _GAP, 24, colour)
        self._sheet.write(self._number(0), (begin - 12, middle), self._quiet, Place.END)

    def _cell(
        self, hours: tuple[int, int], row: float, colour: str, figure: float | None = None
    ) -> None:
        """Fill the cell of some hours side by side; a figure too long for it is left out."""
        left = _MARGIN + _LABELS + hours[0] * _CELL_WIDTH
        width, height = (hours[1] - hours[0]) * _CELL_WIDTH - _GAP, _CELL_HEIGHT - _GAP
        self._sheet.box(left, row, width, height, colour)
        shown = "" if figure is None else self._number(figure)
        if shown and len(shown) <= _LONGEST_FIGURE * (hours[1] - hours[0]):
            pen = Pen(height=_FIGURE, colour=_readable_on(colour), bold=True)
            at = (left + width / 2, row + height / 2)
            self._sheet.write(shown, at, pen, Place.MIDDLE, room=width - 2)

    def _number(self, value: float) -> str:
        """Return a figure as the reader writes it, with a tenth where it is small and not whole."""
        whole = value >= 10 or value == round(value)
        return self._digits(f"{value:.0f}" if whole else f"{max(value, 0.1):.1f}")

    def _digits(self, written: str) -> str:
        table = str.maketrans("0123456789.", f"{self._words.numerals}{self._words.decimal}")
        return written.translate(table)


def _most(grid: Grid | Shares) -> float:
    return max((value for day in grid for value in day), default=0)


def _runs(values: Sequence[float]) -> Iterator[tuple[int, int, float]]:
    """Yield [begin, end) and how much for hours side by side that have the same, but for 0."""
    begin = 0
    for hour in range(1, len(values) + 1):
        if hour == len(values) or values[hour] != values[begin]:
            if values[begin]:
                yield begin, hour, values[begin]
            begin = hour


def _shades(scale: tuple[str, str], most: float) -> Callable[[float], str]:
    """Return how a figure of at most `most` is coloured."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    colours = LinearSegmentedColormap.from_list("", scale)
    return lambda value: to_hex(colours(_FAINTEST + (1 - _FAINTEST) * value / most))


def _readable_on(colour: str) -> str:
    """Return the ink that stands out more on a colour. Source: WCAG 2.2, "contrast ratio"."""
    from matplotlib.colors import to_rgb

    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    luminance = sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#ffffff" if luminance < 0.179 else "#10151d"
