"""A day's or a week's summary as a message. What is not known says so."""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.chat.judge_news import judge_news
from bot.chat.text import Message, Span, Style, join, lines, words
from bot.chat.wording import (
    clock,
    day_clock,
    days_name,
    language_name,
    length,
    listed,
    one_line,
    share,
    target_name,
)
from bot.locale.tongue import digits, mark, tr, trn
from monitor.desk.promises import Promised
from monitor.report.coverage import Hole, Outage
from monitor.report.summary import (
    UNJUDGED,
    Counted,
    Hours,
    Period,
    Rival,
    Share,
    Spread,
    Summary,
)

_MOST_NAMED = 6
_MOST_RIVALS = 5
_RIVAL_TOPICS = 2
_MOST_BLIND = 5
_NEWS_UNITS = 300
_BLIND = mark("⚠️ Blind: {source} {times}")
_BLIND_ONCE = mark("⚠️ Blind: {source} {times}, read later")
_FAILS = mark("⚠️ {source} cannot be read since {when}")
_PARTLY = mark("⚠️ {source} is read only in part since {when}")


def summary_message(
    summary: Summary, chat: str, language: str, demo: bool = False, news: Iterable[str] = ()
) -> Message:
    """Return a summary for the readers of a chat; `news` is what became of the judge."""
    show = "DEMO " if demo else ""
    head = f"📊 {show}{_when(summary.period, language)} · {one_line(chat)}"
    parts = (
        [head, *_answers(summary, language)],
        _promises(summary),
        _people(summary),
        _hours_of_day(summary, language),
        _counts(summary, language),
        [*map(_competitor, _rivals(summary)), _judge(summary)],
        [*_blind(summary, language), *map(_news, news)],
    )
    first, *rest = ([line for line in part if line] for part in parts)
    told = [words(first[0], Style.BOLD), *map(words, first[1:])]
    groups = (lines(*told), *(lines(*map(words, part)) for part in rest))
    return Message(join((Span("\n\n"),), groups), silent=True)


def _answers(summary: Summary, language: str) -> Iterator[str]:
    if not summary.sources:
        yield tr("No source has been read yet: these figures say nothing.")
    yield _answered(summary)
    yield _unanswered(summary)
    yield tr("Answered within 30 min: {share}", share=_share(summary.within_30))
    yield tr("Answered within 60 min: {share}", share=_share(summary.within_60))
    yield tr("Customer wait: {spread}", spread=_spread(summary.customer_wait, language))
    yield tr("Team time: {spread}", spread=_spread(summary.team_time, language))


def _promises(summary: Summary) -> Iterator[str]:
    """Yield what was promised against what was kept: by the policies, and by members."""
    yield tr("Promises kept: {shares}", shares=_kept(summary))
    yield _promised(summary.promises)
    yield tr(
        "Hand-overs: {hand_overs} · found late: {found_late}",
        hand_overs=digits(summary.hand_overs),
        found_late=digits(summary.found_late),
    )


def _promised(made: Promised | None) -> str:
    """Return what members promised to customers against what they kept; "" for nothing."""
    if made is None or not made.due:
        return ""
    kept = share(made.kept, made.due)
    if not made.late:
        return tr("Promised to customers, kept: {share}", share=kept)
    return trn(
        "Promised to customers, kept: {share}, {count} late",
        "Promised to customers, kept: {share}, {count} late",
        made.late,
        share=kept,
    )


def _people(summary: Summary) -> Iterator[str]:
    """Yield who needed more than one answer, who came back, and who may leave."""
    if not summary.received:
        return
    yield tr("One answer was enough, so far: {share}", share=_share(summary.first_contact))
    yield tr("Back within a week: {share}", share=_share(summary.repeated))
    yield _leaving(summary)


def _leaving(summary: Summary) -> str:
    """Return how many people are likely to leave, with items to look at first."""
    if summary.at_risk is None:
        return tr("People likely to leave: not known")
    if not summary.leaving:
        return tr("People likely to leave: {people}", people=digits(summary.at_risk))
    return tr(
        "People likely to leave: {people}, first {items}",
        people=digits(summary.at_risk),
        items=listed(f"#{item}" for item in summary.leaving),
    )


def _hours_of_day(summary: Summary, language: str) -> Iterator[str]:
    yield tr("Office hours: {figures}", figures=_hours(summary.office, language))
    yield tr("Night and weekend: {figures}", figures=_hours(summary.off_hours, language))


def _counts(summary: Summary, language: str) -> Iterator[str]:
    yield _counted(mark("Not for us: {counts}"), _translated(summary.void))
    yield _counted(mark("Asked for: {counts}"), _translated(summary.labels))
    if summary.topics:
        yield _counted(mark("Topics: {counts}"), _translated(summary.topics))
    elif summary.received:
        yield tr("Topics: not known")
    yield _counted(mark("Languages: {counts}"), _spoken(summary.languages, language))
    yield _counted(mark("Platforms: {counts}"), summary.platforms)


def _rivals(summary: Summary) -> Sequence[Rival]:
    return [each for each in summary.rivals if each.competitor][:_MOST_RIVALS]


def _competitor(rival: Rival) -> str:
    """Return what was written of a competitor, and of what it is blamed."""
    told = [trn("{count} post", "{count} posts", rival.posts)]
    if rival.complaints is not None:
        told.append(tr("complaints {share}", share=_share(rival.complaints)))
    topics = listed(tr(topic) for topic, _ in rival.topics[:_RIVAL_TOPICS])
    if topics:
        told.append(tr("most about {topics}", topics=topics))
    return tr("Competitor {brand}: {figures}", brand=one_line(rival.brand), figures=listed(told))


def _when(period: Period, language: str) -> str:
    return days_name(period.first, period.last, language)


def _answered(summary: Summary) -> str:
    received, answered = digits(summary.received), digits(summary.answered)
    if not summary.unproven:
        return tr("Received {received} · answered {answered}", received=received, answered=answered)
    return trn(
        "Received {received} · answered {answered}, {count} of them unproven",
        "Received {received} · answered {answered}, {count} of them unproven",
        summary.unproven,
        received=received,
        answered=answered,
    )


def _unanswered(summary: Summary) -> str:
    """Return how many wait, and how many of those wrote in the period, where others wait too."""
    waiting = digits(summary.waiting)
    if summary.unanswered == summary.waiting:
        return tr("Unanswered now: {waiting}", waiting=waiting)
    return trn(
        "Unanswered now: {waiting}, {count} of those received without a first answer",
        "Unanswered now: {waiting}, {count} of those received without a first answer",
        summary.unanswered,
        waiting=waiting,
    )


def _share(found: Share) -> str:
    return share(found.part, found.whole)


def _spread(spread: Spread, language: str) -> str:
    if spread.median is None or spread.ninetieth is None:
        return tr("nothing to count yet (an answer counts after five minutes)")
    return trn(
        "median {median}, 9 of 10 within {tail} ({count} answer)",
        "median {median}, 9 of 10 within {tail} ({count} answers)",
        spread.count,
        median=length(spread.median, language),
        tail=length(spread.ninetieth, language),
    )


def _kept(summary: Summary) -> str:
    told = (
        f"{target_name(each.target)} {share(each.kept, each.promised)}" for each in summary.kept
    )
    return " · ".join(told) or tr("none fell due")


def _hours(hours: Hours, language: str) -> str:
    if not hours.received:
        return tr("nothing received")
    told = [trn("{count} received", "{count} received", hours.received)]
    if hours.within_60.whole:
        told.append(tr("within 60 min {share}", share=_share(hours.within_60)))
    if wait := _median(hours.customer_wait, language):
        told.append(tr("median wait {length}", length=wait))
    if taken := _median(hours.claimed, language):
        told.append(tr("taken after {length}", length=taken))
    return listed(told)


def _median(spread: Spread, language: str) -> str:
    """Return "4 min (12)", of how many times; "" where there are none."""
    if spread.median is None:
        return ""
    return f"{length(spread.median, language)} ({digits(spread.count)})"


def _translated(counted: Counted) -> Counted:
    return tuple((tr(what), count) for what, count in counted)


def _spoken(languages: Counted, language: str) -> Counted:
    return tuple(
        (tr("not judged") if code == UNJUDGED else language_name(code, language), count)
        for code, count in languages
    )


def _counted(title: str, counted: Counted) -> str:
    if not counted:
        return ""
    shown = [f"{one_line(name)} {digits(count)}" for name, count in counted[:_MOST_NAMED]]
    rest = sum(count for _, count in counted[_MOST_NAMED:])
    if rest:
        shown.append(tr("others {number}", number=digits(rest)))
    return tr(title, counts=listed(shown))


def _blind(summary: Summary, language: str) -> Iterator[str]:
    """Yield when the desk was blind: outages, what nobody has read yet, what was read late."""
    zone, blind = summary.period.zone, summary.blind
    for outage in blind.outages[:_MOST_BLIND]:
        told = _BLIND_ONCE if outage.caught_up else _BLIND
        yield tr(told, source=one_line(outage.source), times=_from_to(outage, zone, language))
    if (rest := len(blind.outages) - _MOST_BLIND) > 0:
        yield trn(
            "⚠️ and {count} more gap in what was read",
            "⚠️ and {count} more gaps in what was read",
            rest,
        )
    for source, holes in _by_source(blind.holes):
        told = tr(
            "⚠️ Not read: {source}: {times}", source=source, times=_spans(holes, zone, language)
        )
        yield told + _remedy(source)
    for source, holes in _by_source(blind.filled):
        yield tr("Read late: {source}: {times}", source=source, times=_spans(holes, zone, language))
    for failing in summary.failing:
        how = _PARTLY if failing.partly else _FAILS
        since = day_clock(failing.since, zone, language)
        yield tr(how, source=one_line(failing.source), when=since)


def _by_source(holes: Iterable[Hole]) -> Iterator[tuple[str, list[Hole]]]:
    found: dict[str, list[Hole]] = {}
    for hole in holes:
        found.setdefault(one_line(hole.source), []).append(hole)
    yield from found.items()


def _spans(holes: list[Hole], zone: ZoneInfo, language: str) -> str:
    told = [
        f"{one_line(hole.query)} {_from_to(hole, zone, language)}" for hole in holes[:_MOST_BLIND]
    ]
    if (rest := len(holes) - _MOST_BLIND) > 0:
        return trn("{list} and {count} more", "{list} and {count} more", rest, list=listed(told))
    return listed(told)


def _remedy(source: str) -> str:
    """Return how a hole is filled; no backfill reads what the own accounts wrote."""
    return "" if ":" in source else f" (mentiondesk backfill {source} --holes)"


def _judge(summary: Summary) -> str:
    said = summary.judge
    if not said.confirmed and not said.corrected:
        return ""
    return tr(
        "Judge: {confirmed} confirmed, {corrected} corrected",
        confirmed=digits(said.confirmed),
        corrected=digits(said.corrected),
    )


def _news(text: str) -> str:
    return f"⚖️ {one_line(judge_news(text), _NEWS_UNITS)}"


def _from_to(span: Outage | Hole, zone: ZoneInfo, language: str) -> str:
    since, until = span.since.astimezone(zone), span.until.astimezone(zone)
    if since.date() == until.date():
        return f"{clock(since, zone, language)}–{clock(until, zone, language)}"
    return f"{day_clock(since, zone, language)} – {day_clock(until, zone, language)}"
