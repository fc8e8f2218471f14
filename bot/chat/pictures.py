"""A week as a picture: its words in the reader's language, and where it waits until it is drawn."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from babel.dates import get_day_names
from babel.numbers import format_decimal, format_percent, get_decimal_symbol

from bot.chat.payloads import PictureOrder
from bot.chat.phrases import phrase
from bot.chat.text import Message, Style, Text, lines, words
from bot.chat.wording import days_name, length, one_line
from bot.locale.tongue import RIGHT_TO_LEFT, digits, speaking, spoken, tr, trn
from monitor.errors import PictureError
from monitor.report.charts import Panel, WeekPicture, Words
from monitor.report.heat import HOURS, Grid, HourOfWeek, Shares
from monitor.report.staffing import Assumptions, Staffing

_PART = 6  # hours of a night, a morning, an afternoon, an evening
_SELDOM = 0.05  # an hour: fewer would be told as 0
_AT_ONCE = 8  # pictures that are drawn, wait to be, or may have to be sent again
_log = logging.getLogger(__name__)


class UnfinishedError(Exception):
    """The picture is still being drawn: ask again in a moment."""


class Paints(Protocol):
    """Draws pictures; it may take seconds."""

    def __call__(self, picture: WeekPicture) -> bytes:
        """Return a PNG. Raises: PictureError."""
        ...

    def stop(self) -> None:
        """Draw nothing more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A picture before it is drawn, and the words below it, which say the same."""

    picture: WeekPicture
    caption: Text


Sketches = Callable[[PictureOrder, datetime], Sketch]  # looked up in a store of the calling thread
_Place = tuple[int, PictureOrder, str]  # the number of a dropped parcel is given to another one


@dataclass(slots=True)
class _Ordered:
    """A picture that is being made or was."""

    made: "Future[Message]"
    fetched: bool = False  # on its way; it is kept for a second try


class Easel:
    """Has pictures made, one after the other, while everything else goes on.

    The figures of a year take seconds to count: that, too, is done in a thread of its own.
    All but `close` is called in one thread.
    """

    def __init__(self, paints: Paints, sketches: Sketches) -> None:
        self._paints = paints
        self._sketches = sketches
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="easel")
        self._ordered: OrderedDict[_Place, _Ordered] = OrderedDict()

    def message(self, number: int, order: PictureOrder, now: datetime) -> Message:
        """Return the picture of a parcel with its words; alone these, if it cannot be drawn.

        They are in the language spoken now. Raises: UnfinishedError while it is being made; what
        went wrong with its figures, once, after which it is made anew.
        """
        place = (number, order, spoken())
        if place not in self._ordered:
            self._make_room()
            self._ordered[place] = _Ordered(self._thread.submit(self._made, order, now, spoken()))
        found = self._ordered[place]
        if not found.made.done():
            raise UnfinishedError
        if found.made.exception() is not None:
            del self._ordered[place]
        found.fetched = True
        return found.made.result()

    def _make_room(self) -> None:
        """Let a picture go that is on its way. Raises: UnfinishedError while none is."""
        if len(self._ordered) < _AT_ONCE:
            return
        gone = next((place for place, one in self._ordered.items() if one.fetched), None)
        if gone is None:
            raise UnfinishedError
        del self._ordered[gone]

    def _made(self, order: PictureOrder, now: datetime, language: str) -> Message:
        with speaking(language):
            begun = self._sketches(order, now)
        try:
            picture = self._paints(begun.picture)
        except PictureError as error:
            _log.warning("%s; its words are sent alone", error)
            picture = None
        return Message(begun.caption, silent=True, picture=picture)

    def close(self) -> None:
        """Draw nothing more; what was asked for is drawn by the next run."""
        self._paints.stop()
        self._thread.shutdown(wait=False, cancel_futures=True)


def sketch(
    chat: str,
    heat: HourOfWeek,
    staffing: Staffing | None,
    *,
    today: int | None = None,
    demo: bool = False,
) -> Sketch:
    """Return the picture of a chat's usual week, in the language spoken now.

    `today` is a weekday, 0 for Monday, of which more is told.
    """
    shown = week_words(heat, staffing, today)
    picture = WeekPicture(heat=heat, staffing=staffing, words=shown)
    return Sketch(picture=picture, caption=_caption(shown, chat, heat, staffing, demo=demo))


def week_words(heat: HourOfWeek, staffing: Staffing | None, today: int | None = None) -> Words:
    """Return what is written on a picture, in the language spoken now."""
    names = get_day_names("abbreviated", "stand-alone", spoken())
    return Words(
        title=tr("When people write, and how many it takes"),
        period=tr("{days} · {zone}", days=_days(heat), zone=heat.zone.key),
        arrivals=Panel(
            heading=tr("New items an hour"),
            note=_most_arrivals(heat),
            nothing=tr("Nothing came in."),
        ),
        breaches=Panel(
            heading=tr("Answers past their target"),
            note=_most_breaches(heat.breaches),
            nothing=tr("No answer was late."),
        ),
        people=Panel(
            heading=tr("People needed at the desk"),
            note=assumed(staffing.assumptions) if staffing else "",
            nothing=tr("Nobody is needed.") if staffing else tr("Too early to tell."),
        ),
        weekdays=tuple(str(names[day]) for day in range(len(heat.arrivals))),
        today=today,
        numerals="".join(digits(figure) for figure in range(10)),
        decimal=get_decimal_symbol(spoken(), numbering_system="default"),
        right_to_left=spoken() in RIGHT_TO_LEFT,
    )


def _caption(
    shown: Words, chat: str, heat: HourOfWeek, staffing: Staffing | None, *, demo: bool
) -> Text:
    mark = "DEMO " if demo else ""
    return lines(
        words(f"🗓️ {mark}{shown.title} · {one_line(chat)}", Style.BOLD),
        words(shown.period),
        _told(shown.arrivals, shown.arrivals.note),
        _told(shown.breaches, shown.breaches.note),
        _told(shown.people, _most_people(staffing)),
        words(_needed_today(shown, staffing)),
        words(shown.people.note),
        words(_few_weeks(heat)),
    )


def _told(panel: Panel, note: str) -> Text:
    return phrase("{heading}: {note}", heading=panel.heading, note=note or panel.nothing)


def _most_people(staffing: Staffing | None) -> str:
    if staffing is None or not staffing.most:
        return ""
    return trn(
        "at most {people} at once, {count} hour of work a week",
        "at most {people} at once, {count} hours of work a week",
        staffing.hours_of_work,
        people=digits(staffing.most),
    )


def _needed_today(shown: Words, staffing: Staffing | None) -> str:
    """Return how many people the night, the morning, the afternoon and the evening need."""
    if staffing is None or shown.today is None or not staffing.most:
        return ""
    row = staffing.people[shown.today]
    parts = (
        f"{begin:02d}–{begin + _PART:02d}: {digits(max(row[begin : begin + _PART]))}"
        for begin in range(0, HOURS, _PART)
    )
    return tr(
        "Needed today ({day}): {parts}", day=shown.weekdays[shown.today], parts=" · ".join(parts)
    )


def _few_weeks(heat: HourOfWeek) -> str:
    """Return a warning where the habit of the week is a guess; "" where it is one."""
    return (
        tr("Less than two weeks were counted: chance has a large part.") if heat.weeks < 2 else ""
    )


def _days(heat: HourOfWeek) -> str:
    """Return the first and the last day, as everywhere else: "Mon 12 Jan to Sun 8 Mar"."""
    first = heat.since.astimezone(heat.zone).date()
    last = (heat.until - timedelta(microseconds=1)).astimezone(heat.zone).date()
    return days_name(first, last, spoken())


def _most_arrivals(heat: HourOfWeek) -> str:
    usual = heat.a_week(heat.arrivals)
    day, hour = _busiest(usual)
    if not usual[day][hour]:
        return ""
    often = usual[day][hour]
    pattern = "#,##0.#" if often >= _SELDOM else "@"  # the first figure that is not 0
    count = format_decimal(often, pattern, locale=spoken(), numbering_system="default")
    return tr("up to {count}, on {hour}", hour=_hour(day, hour), count=count)


def _most_breaches(grid: Grid) -> str:
    total = sum(map(sum, grid))
    if not total:
        return ""
    return trn(
        "{count} answer, on {hour}",
        "{count} answers, most on {hour}",
        total,
        hour=_hour(*_busiest(grid)),
    )


def assumed(assumptions: Assumptions) -> str:
    """Return what the count of people rests on, or that the target cannot be held by any."""
    share = format_percent(assumptions.share, locale=spoken(), numbering_system="default")
    values = {
        "share": share,
        "target": length(assumptions.target, spoken()),
        "handling": length(assumptions.handling, spoken()),
    }
    if not assumptions.holds:
        return _unheld(measured=bool(assumptions.measured), **values)
    if assumptions.measured:
        return tr("{share} of answers within {target}, at {handling} each", **values)
    return tr("{share} of answers within {target}, at {handling} each (a guess)", **values)


def _unheld(*, measured: bool, **values: str) -> str:
    if measured:
        return tr("{target} cannot be held: an answer takes {handling}", **values)
    return tr("{target} cannot be held: an answer takes {handling} (a guess)", **values)


def _busiest(grid: Grid | Shares) -> tuple[int, int]:
    """Return the weekday and the hour that had most; the first of several."""
    slots = ((day, hour) for day in range(len(grid)) for hour in range(HOURS))
    return max(slots, key=lambda slot: grid[slot[0]][slot[1]])


def _hour(day: int, hour: int) -> str:
    """Return an hour of the week, such as "Fri 11:00–12:00"."""
    name = get_day_names("abbreviated", "stand-alone", spoken())[day]
    begin, end = (f"{each:02d}:00" for each in (hour, hour + 1))
    table = str.maketrans("0123456789", "".join(digits(figure) for figure in range(10)))
    times = (begin.translate(table), end.translate(table))
    return tr("{day} {begin}–{end}", day=name, begin=times[0], end=times[1])
