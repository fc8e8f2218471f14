"""A rehearsal as a page that needs nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from bot.chat.pictures import week_words
from bot.cli import rehearsal_sections as sections
from bot.cli.rehearsal_sections import Section, Week
from bot.locale.tongue import SOURCE, speaking
from monitor.report import charts, page
from monitor.report.charts import WeekPicture
from monitor.report.heat import HOURS
from monitor.report.page import Cell, Drawing, Grid, Page, Table, Tile, Told
from monitor.report.sheet import Form

if TYPE_CHECKING:
    from monitor.report.rehearsal import Rehearsal

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def write(found: "Rehearsal", out: TextIO) -> None:
    """Write a rehearsal as one HTML file."""
    with speaking(SOURCE):
        out.write(page.html(page_of(found)))


def page_of(found: "Rehearsal") -> Page:
    """Return a rehearsal as a page, in English."""
    every = [*sections.sections(found), *sections.samples(found.samples)]
    return Page(
        language=SOURCE,
        right_to_left=False,
        title=sections.title(found),
        period=sections.period(found),
        tiles=tuple(_tiles(found)),
        told=Told(heading="In words", lines=tuple(sections.told(found))),
        drawing=_drawing(found),
        grids=tuple(map(_grid, sections.weeks(found))),
        tables=tuple(map(_table, every)),
        footer=sections.assumed(found),
    )


def _tiles(found: "Rehearsal") -> Iterator[Tile]:
    shown = found.drills[found.shown]
    yield Tile(label="Posts about you", value=f"{found.posts:,}")
    yield Tile(label="Would need an answer", value=f"{found.items:,}", note="items")
    yield Tile(label="Cards", value=f"{found.cards:,}", note="copies fold under one")
    yield Tile(label="To look at", value=f"{found.doubtful:,}", note="posts in doubt")
    yield Tile(label="Busiest hour", value=f"{found.rush.busiest:,}", note="cards")
    late = sections.percent(shown.late.part, shown.late.whole)
    yield Tile(label="Would have been late", value=late, note=f"with {sections.crew(shown)}")
    if found.staffing is not None:
        yield Tile(
            label="People needed",
            value=f"{found.staffing.most:,}",
            note=f"at most; {found.staffing.hours_of_work:,} hours a week",
        )


def _drawing(found: "Rehearsal") -> Drawing:
    words = week_words(found.heat, found.staffing)
    shown = sections.crew(found.drills[found.shown])
    words = replace(
        words,
        title="When people wrote, and how many it would take",
        period=sections.period(found),
        arrivals=replace(words.arrivals, heading="New cards an hour"),
        breaches=replace(words.breaches, heading=f"Late answers with {shown}"),
    )
    picture = WeekPicture(heat=found.heat, staffing=found.staffing, words=words)
    light, dark = (charts.draw(replace(picture, dark=dark), Form.SVG) for dark in (False, True))
    panels = (words.arrivals, words.breaches, words.people)
    return Drawing(
        heading="The hours of the week",
        light=light,
        dark=dark,
        width=charts.WIDTH,
        height=charts.HEIGHT,
        says=tuple(f"{each.heading}: {each.note or each.nothing}" for each in panels),
    )


def _grid(week: Week) -> Grid:
    rows = (
        (f"{hour:02d}", tuple(str(day[hour] or "") for day in week.grid)) for hour in range(HOURS)
    )
    return Grid(heading=week.heading, days=_DAYS, rows=tuple(rows))


def _table(section: Section) -> Table:
    shares = section.shares or (0.0,) * len(section.rows)
    return Table(
        heading=section.heading,
        heads=section.heads,
        rows=tuple(
            tuple(_cell(section, place, text, share) for place, text in enumerate(row))
            for row, share in zip(section.rows, shares, strict=True)
        ),
        note=section.note,
        nothing=section.nothing,
        paste=section.paste,
    )


def _cell(section: Section, place: int, text: str, share: float) -> Cell:
    return Cell(
        text=text,
        share=share if place == section.barred else None,
        said=place == section.said,
    )
