"""A report as a page, in the words of the reader's language."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TextIO

from babel.dates import format_interval

from bot.chat import figures
from bot.chat.pictures import assumed, sketch
from bot.chat.summaries import summary_message
from bot.chat.text import plain
from bot.chat.wording import length, listed, one_line
from bot.locale.tongue import RIGHT_TO_LEFT, digits, mark, speaking, spoken, tr, trn
from monitor.report import charts, page
from monitor.report.breakdown import Breakdown, By
from monitor.report.heat import DAYS, HOURS
from monitor.report.page import NOTHING, Cell, Drawing, Page, Table, Tile, Told
from monitor.report.report import Report
from monitor.report.sheet import Form
from monitor.report.staffing import Assumptions
from monitor.report.summary import Period, Rival, Share, Spread, Summary
from monitor.report.team import MemberFigures

_TOPICS = 3
_HEADINGS = {
    By.BRAND: mark("By brand"),
    By.PLATFORM: mark("By platform"),
    By.LANGUAGE: mark("By language"),
    By.LABEL: mark("By what was asked for"),
    By.TOPIC: mark("By topic"),
    By.MEMBER: mark("By who answered"),
    By.HOUR: mark("By hour of the day"),
    By.WEEKDAY: mark("By weekday"),
}


def write(report: Report, language: str, out: TextIO) -> None:
    """Write a report as one HTML file that needs nothing else."""
    with speaking(language):
        out.write(page.html(page_of(report)))


def page_of(report: Report) -> Page:
    """Return a report in the language spoken now."""
    summary = report.summary
    return Page(
        language=spoken(),
        right_to_left=spoken() in RIGHT_TO_LEFT,
        title=_title(summary),
        period=_period(summary.period),
        tiles=tuple(_tiles(summary)),
        told=_told(summary),
        drawing=_drawing(report),
        grids=tuple(_grids(report)),
        tables=tuple(_tables(report)),
        footer=_footer(report),
    )


def _title(summary: Summary) -> str:
    names = listed(one_line(each.brand) for each in summary.rivals if not each.competitor)
    return tr("Report: {brands}", brands=names) if names else tr("Report")


def _period(period: Period) -> str:
    days = format_interval(period.first, period.last, "yMMMd", locale=spoken())
    return tr("{days} · {zone}", days=days, zone=period.zone.key)


# ------------------------------------------------------------ what is seen first


def _tiles(summary: Summary) -> Iterator[Tile]:
    yield Tile(label=tr("Received"), value=digits(summary.received))
    yield Tile(
        label=tr("Answered"), value=digits(summary.answered), note=_unproven(summary.unproven)
    )
    yield Tile(label=tr("Waiting now"), value=digits(summary.waiting))
    yield _share(tr("Within 30 min"), summary.within_30)
    yield _share(tr("Within 60 min"), summary.within_60)
    yield _spread(tr("Customer wait"), summary.customer_wait)
    yield _spread(tr("Team time"), summary.team_time)
    yield _share(tr("Solved at first contact"), summary.first_contact)
    yield _share(tr("Back within a week"), summary.repeated)
    at_risk = tr("not known") if summary.at_risk is None else digits(summary.at_risk)
    yield Tile(label=tr("People likely to leave"), value=at_risk)


def _unproven(count: int) -> str:
    return trn("{count} of them unproven", "{count} of them unproven", count) if count else ""


def _share(label: str, found: Share) -> Tile:
    if not found.whole:
        return Tile(label=label, value=NOTHING, note=tr("none to count"))
    shown = tr("{percent} %", percent=digits(100 * found.part // found.whole))
    of = tr("{part} of {whole}", part=digits(found.part), whole=digits(found.whole))
    return Tile(label=label, value=shown, note=of)


def _spread(label: str, found: Spread) -> Tile:
    if found.median is None or found.ninetieth is None:
        return Tile(label=label, value=NOTHING, note=tr("no fixed answer yet"))
    note = trn(
        "median; 9 of 10 within {tail} ({count} answer)",
        "median; 9 of 10 within {tail} ({count} answers)",
        found.count,
        tail=length(found.ninetieth, spoken()),
    )
    return Tile(label=label, value=length(found.median, spoken()), note=note)


def _told(summary: Summary) -> Told:
    """Return the lines of the summary that chats are sent, but for its first one."""
    lines = plain(summary_message(summary, "", spoken()).text).splitlines()[1:]
    return Told(heading=tr("In words"), lines=tuple(filter(str.strip, lines)))


# ------------------------------------------------------------ the hours of the week


def _drawing(report: Report) -> Drawing:
    found = sketch("", report.heat, report.staffing)
    light, dark = (
        charts.draw(replace(found.picture, dark=dark), Form.SVG) for dark in (False, True)
    )
    return Drawing(
        heading=tr("The hours of the week"),
        light=light,
        dark=dark,
        width=charts.WIDTH,
        height=charts.HEIGHT,
        says=tuple(plain(found.caption).splitlines()[2:]),
    )


def _grids(report: Report) -> Iterator[page.Grid]:
    yield _grid(tr("New items by hour of the week"), report.heat.arrivals)
    yield _grid(tr("Answers past their target by hour of the week"), report.heat.breaches)
    if report.staffing is not None:
        yield _grid(tr("People needed to hold the target"), report.staffing.people)


def _grid(heading: str, grid: Sequence[Sequence[int]]) -> page.Grid:
    rows = (
        (figures.hours(hour), tuple(digits(day[hour]) if day[hour] else "" for day in grid))
        for hour in range(HOURS)
    )
    return page.Grid(
        heading=heading, days=tuple(map(figures.weekday, range(DAYS))), rows=tuple(rows)
    )


def _footer(report: Report) -> str:
    if report.staffing is None:
        return tr("People needed: not known, the period is shorter than a week.")
    return _counted_so(report.staffing.assumptions)


def _counted_so(known: Assumptions) -> str:
    if not known.holds:
        return assumed(known)
    return tr(
        "People needed are counted hour by hour (Erlang C): {share} % of answers within {target},"
        " at {handling} each, and at most {occupancy} % of an hour filled.",
        share=digits(round(100 * known.share)),
        target=length(known.target, spoken()),
        handling=length(known.handling, spoken()),
        occupancy=digits(round(100 * known.occupancy)),
    )


# ------------------------------------------------------------ part by part


def _tables(report: Report) -> Iterator[Table]:
    for each in report.breakdowns:
        yield _parts(each)
        if each.by is By.MEMBER and report.team:
            yield _team(report.team)
    if any(each.competitor for each in report.summary.rivals):
        yield _rivals(report.summary.rivals)


def _parts(found: Breakdown) -> Table:
    most = max((row.received for row in found.rows), default=0)
    return Table(
        heading=tr(_HEADINGS[found.by]),
        heads=figures.heads(found.by),
        rows=tuple(
            _line(figures.cells(figures.part_name(found.by, row.name), row), 1, row.received, most)
            for row in found.rows
        ),
        total=_line(figures.cells(tr("all"), found.total)),
        note=figures.times_note(),
        nothing=tr("nothing received"),
    )


def _team(team: Sequence[MemberFigures]) -> Table:
    most = max(one.answers for one in team)
    return Table(
        heading=tr("The team"),
        heads=figures.member_heads(),
        rows=tuple(_line(figures.member_cells(one), 3, one.answers, most) for one in team),
        note=figures.times_note(),
    )


def _rivals(rivals: Sequence[Rival]) -> Table:
    most = max(each.posts for each in rivals)
    return Table(
        heading=tr("Side by side with competitors"),
        heads=figures.rival_heads(),
        rows=tuple(_line(figures.rival_cells(each), 1, each.posts, most) for each in rivals),
    )


def _line(texts: Sequence[str], barred: int = 0, count: int = 0, most: int = 0) -> tuple[Cell, ...]:
    """Return a line of a table; its cell `barred` has a bar as long as `count` is of `most`."""
    share = count / most if most else None
    return tuple(
        Cell(text=text, share=share if place == barred else None)
        for place, text in enumerate(texts)
    )
