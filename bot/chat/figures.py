"""Figures in the words of the language spoken now: shares, times, parts of a report."""

from collections.abc import Callable
from datetime import timedelta

from babel.dates import get_day_names

from bot.chat.wording import language_name, length, listed, one_line
from bot.locale.tongue import digits, mark, spoken, tr, trn
from monitor.report.breakdown import By, Row
from monitor.report.page import NOTHING
from monitor.report.summary import UNJUDGED, Rival, Share, Spread
from monitor.report.team import MemberFigures

LABELS = (  # what items ask for, as a report has it
    mark("complaint"),
    mark("request"),
    mark("complaint and request"),
    mark("opened by a person"),
)
_BY = {
    By.BRAND: mark("brand"),
    By.PLATFORM: mark("platform"),
    By.LANGUAGE: mark("language"),
    By.LABEL: mark("asked for"),
    By.TOPIC: mark("topic"),
    By.MEMBER: mark("answered by"),
    By.HOUR: mark("hour"),
    By.WEEKDAY: mark("weekday"),
}
_NAME_UNITS = 40
_TOPICS = 3  # are named of a competitor


def by_name(by: By) -> str:
    """Return what the parts of a report are called."""
    return tr(_BY[by])


def part_name(by: By, name: str) -> str:
    """Return what one part is called; a report holds codes where the reader wants words."""
    asked = _PARTS.get(by)
    return asked(name) if asked else one_line(name, _NAME_UNITS)


def weekday(day: int) -> str:
    """Return the name of a day; 0 is Monday."""
    return str(get_day_names("abbreviated", "stand-alone", spoken())[day])


def hours(hour: int) -> str:
    """Return an hour of the day, such as "09–10"."""
    return "–".join(_two_digits(each) for each in (hour, hour + 1))


def _language(code: str) -> str:
    return tr("not judged") if code == UNJUDGED else language_name(code, spoken())


def _member(name: str) -> str:
    return one_line(name, _NAME_UNITS) if name else tr("nobody known")


def _two_digits(number: int) -> str:
    return digits(0) + digits(number) if number < 10 else digits(number)


def percent_of(found: Share | None) -> str:
    """Return "75 % of 4", or "-" where there is nothing to count: for the cell of a table."""
    if found is None or not found.whole:
        return NOTHING
    percent = digits(100 * found.part // found.whole)
    return tr("{percent} % of {whole}", percent=percent, whole=digits(found.whole))


def answered_of(row: Row) -> str:
    """Return how many were answered, and how many of those nobody saw proven."""
    if not row.unproven:
        return digits(row.answered)
    return trn(
        "{answered}, {count} of them unproven",
        "{answered}, {count} of them unproven",
        row.unproven,
        answered=digits(row.answered),
    )


def times_of(spread: Spread) -> str:
    """Return "4 min / 20 min (12)": median, nine of ten, how many; for the cell of a table."""
    if spread.median is None or spread.ninetieth is None:
        return NOTHING
    median, tail = (_short(each) for each in (spread.median, spread.ninetieth))
    return f"{median} / {tail} ({digits(spread.count)})"


def times_note() -> str:
    """Return how the times of a report's tables are to be read."""
    return tr("Times: median / 9 of 10 within (of how many).")


def heads(by: By) -> tuple[str, ...]:
    """Return what stands over a table of the parts of a report."""
    return (
        by_name(by),
        tr("received"),
        tr("answered"),
        tr("unanswered"),
        tr("within 30 min"),
        tr("within 60 min"),
        tr("customer wait"),
        tr("team time"),
        tr("late"),
        tr("not for us"),
    )


def cells(name: str, row: Row) -> tuple[str, ...]:
    """Return one line of that table, in the order of its heads."""
    return (
        name,
        digits(row.received),
        answered_of(row),
        digits(row.unanswered),
        percent_of(row.within_30),
        percent_of(row.within_60),
        times_of(row.customer_wait),
        times_of(row.team_time),
        percent_of(row.breached),
        digits(row.void),
    )


def member_heads() -> tuple[str, ...]:
    """Return what stands over a table of the team."""
    return (
        tr("member"),
        tr("claims"),
        tr("given away"),
        tr("answers"),
        tr("customer wait"),
        tr("team time"),
        tr("late"),
    )


def member_cells(one: MemberFigures) -> tuple[str, ...]:
    """Return one line of that table, in the order of its heads."""
    return (
        _member(one.name),
        digits(one.claims),
        digits(one.given_away),
        digits(one.answers),
        times_of(one.customer_wait),
        times_of(one.team_time),
        percent_of(one.late),
    )


def rival_heads() -> tuple[str, ...]:
    """Return what stands over a table of the brands and their competitors."""
    return (tr("brand"), tr("posts"), tr("complaints"), tr("most of them about"))


def rival_cells(each: Rival) -> tuple[str, ...]:
    """Return one line of that table, in the order of its heads."""
    name = one_line(each.brand)
    topics = listed(f"{tr(topic)} {digits(count)}" for topic, count in each.topics[:_TOPICS])
    return (
        tr("{brand} (competitor)", brand=name) if each.competitor else name,
        digits(each.posts),
        percent_of(each.complaints),
        topics or NOTHING,
    )


def _short(time: timedelta) -> str:
    return length(time, spoken())


_PARTS: dict[By, Callable[[str], str]] = {
    By.LANGUAGE: _language,
    By.LABEL: tr,
    By.TOPIC: lambda topic: tr(topic) if topic else tr("not known"),
    By.MEMBER: _member,
    By.HOUR: lambda hour: hours(int(hour)),
    By.WEEKDAY: lambda day: weekday(int(day)),
}
