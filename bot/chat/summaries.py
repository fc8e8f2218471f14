"""A day's or a week's summary as a message. What is not known says so."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from bot.chat.text import Message, Style, lines, words
from bot.chat.wording import (
    TARGETS,
    clock,
    day_clock,
    day_name,
    language_name,
    length,
    number,
    one_line,
    share,
)
from monitor.report.coverage import Hole, Outage
from monitor.report.summary import Counted, Hours, Period, Share, Spread, Summary

_MOST_NAMED = 6
_MOST_BLIND = 5
_NEWS_UNITS = 300


def summary_message(
    summary: Summary, chat: str, language: str, demo: bool = False, news: Iterable[str] = ()
) -> Message:
    """Return a summary for the readers of a chat; `news` is what became of the judge."""
    mark = "DEMO " if demo else ""
    head = f"📊 {mark}{_when(summary.period, language)} · {one_line(chat)}"
    told = [*filter(None, _lines(summary, language)), *map(_news, news)]
    return Message(lines(words(head, Style.BOLD), *map(words, told)), silent=True)


def _lines(summary: Summary, language: str) -> Iterator[str]:
    if not summary.sources:
        yield "No source has been read yet: these figures say nothing."
    unproven = f", {summary.unproven} of them unproven" if summary.unproven else ""
    yield f"Received {summary.received} · answered {summary.answered}{unproven}"
    yield f"Unanswered now: {summary.waiting}{_of_those_received(summary)}"
    yield f"Answered within 30 min: {_share(summary.within_30)}"
    yield f"Answered within 60 min: {_share(summary.within_60)}"
    yield f"Customer wait: {_spread(summary.customer_wait, language)}"
    yield f"Team time: {_spread(summary.team_time, language)}"
    yield f"Promises kept: {_kept(summary)}"
    yield f"Office hours: {_hours(summary.office, language)}"
    yield f"Night and weekend: {_hours(summary.off_hours, language)}"
    yield f"Hand-overs: {summary.hand_overs} · found late: {summary.found_late}"
    yield _counted("Not for us", summary.void)
    yield _counted("Asked for", summary.labels)
    yield _counted("Languages", _spoken(summary.languages, language))
    yield _counted("Platforms", summary.platforms)
    yield _counted("Competitors, posts", summary.competitors)
    yield _judge(summary)
    yield from _blind(summary, language)


def _when(period: Period, language: str) -> str:
    last = day_name(period.last, language)
    return last if period.first == period.last else f"{day_name(period.first, language)} to {last}"


def _of_those_received(summary: Summary) -> str:
    """Return how many of those who wait wrote in the period, where others wait too."""
    if summary.unanswered == summary.waiting:
        return ""
    return f", {summary.unanswered} of those received without a first answer"


def _share(found: Share) -> str:
    return share(found.part, found.whole)


def _spread(spread: Spread, language: str) -> str:
    if spread.median is None or spread.ninetieth is None:
        return "not known, no fixed answer yet"
    median, tail = length(spread.median, language), length(spread.ninetieth, language)
    return f"median {median}, 9 of 10 within {tail} ({number(spread.count, 'answer')})"


def _kept(summary: Summary) -> str:
    told = (f"{TARGETS[each.target]} {share(each.kept, each.promised)}" for each in summary.kept)
    return " · ".join(told) or "none fell due"


def _hours(hours: Hours, language: str) -> str:
    if not hours.received:
        return "nothing received"
    median = hours.customer_wait.median
    waited = f", median wait {length(median, language)}" if median is not None else ""
    soon = f", within 60 min {_share(hours.within_60)}" if hours.within_60.whole else ""
    return f"{hours.received} received{soon}{waited}"


def _spoken(languages: Counted, language: str) -> Counted:
    return tuple((language_name(code, language), count) for code, count in languages)


def _counted(title: str, counted: Counted) -> str:
    if not counted:
        return ""
    shown = [f"{one_line(name)} {count}" for name, count in counted[:_MOST_NAMED]]
    rest = sum(count for _, count in counted[_MOST_NAMED:])
    return f"{title}: " + ", ".join([*shown, *([f"others {rest}"] if rest else [])])


def _blind(summary: Summary, language: str) -> Iterator[str]:
    """Yield when the desk was blind: outages, what nobody has read yet, what was read late."""
    zone, blind = summary.period.zone, summary.blind
    for outage in blind.outages[:_MOST_BLIND]:
        after = ", read later" if outage.caught_up else ""
        yield f"⚠️ Blind: {one_line(outage.source)} {_from_to(outage, zone, language)}{after}"
    if len(blind.outages) > _MOST_BLIND:
        yield f"⚠️ and {number(len(blind.outages) - _MOST_BLIND, 'more gap')} in what was read"
    for source, holes in _by_source(blind.holes):
        yield f"⚠️ Not read: {source}: {_spans(holes, zone, language)}{_remedy(source)}"
    for source, holes in _by_source(blind.filled):
        yield f"Read late: {source}: {_spans(holes, zone, language)}"
    for failing in summary.failing:
        since = day_clock(failing.since, zone, language)
        how = "is read only in part" if failing.partly else "cannot be read"
        yield f"⚠️ {one_line(failing.source)} {how} since {since}"


def _by_source(holes: Iterable[Hole]) -> Iterator[tuple[str, list[Hole]]]:
    found: dict[str, list[Hole]] = {}
    for hole in holes:
        found.setdefault(one_line(hole.source), []).append(hole)
    yield from found.items()


def _spans(holes: list[Hole], zone: ZoneInfo, language: str) -> str:
    told = [
        f"{one_line(hole.query)} {_from_to(hole, zone, language)}" for hole in holes[:_MOST_BLIND]
    ]
    more = f" and {len(holes) - _MOST_BLIND} more" if len(holes) > _MOST_BLIND else ""
    return ", ".join(told) + more


def _remedy(source: str) -> str:
    """Return how a hole is filled; no backfill reads what the own accounts wrote."""
    return "" if ":" in source else f" (mentiondesk backfill {source} --holes)"


def _judge(summary: Summary) -> str:
    said = summary.judge
    if not said.confirmed and not said.corrected:
        return ""
    return f"Judge: {said.confirmed} confirmed, {said.corrected} corrected"


def _news(text: str) -> str:
    return f"⚖️ {one_line(text, _NEWS_UNITS)}"


def _from_to(span: Outage | Hole, zone: ZoneInfo, language: str) -> str:
    since, until = span.since.astimezone(zone), span.until.astimezone(zone)
    if since.date() == until.date():
        return f"{clock(since, zone, language)}–{clock(until, zone, language)}"
    return f"{day_clock(since, zone, language)} – {day_clock(until, zone, language)}"
