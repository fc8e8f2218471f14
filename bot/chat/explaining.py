"""Why an item's clocks say what they do, in short lines for a phone: /why.

A clock with many parts is folded to what it spent on what; the command line lists every part.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names
from babel.units import format_unit

from bot.chat.phrases import phrase, phrases
from bot.chat.text import Message, Style, Text, join, lines, words
from bot.chat.wording import dotted, local_time, name, one_line
from bot.locale.tongue import digits, mark, spoken, tr
from monitor.clock.reasons import WEEKDAYS, Because, Reason
from monitor.clock.why import Explained, Noted, Segment
from monitor.model import ItemId, Target

CLOCKS = 6  # that are told; earlier cycles are on the command line
PARTS = 6  # of one clock, with their times; of more only the sums are told
_UNITS = (
    ("duration-day", timedelta(days=1)),
    ("duration-hour", timedelta(hours=1)),
    ("duration-minute", timedelta(minutes=1)),
    ("duration-second", timedelta(seconds=1)),
)
_HEADS = {
    Target.FIRST_RESPONSE: mark("First response: {spent} of {allowed}"),
    Target.NEXT_RESPONSE: mark("Next response: {spent} of {allowed}"),
    Target.CLAIM: mark("Claim: {spent} of {allowed}"),
    Target.RESOLUTION: mark("Resolution: {spent} of {allowed}"),
}
_REASONS = {
    Because.ALWAYS_OPEN: mark("around the clock"),
    Because.OPEN: mark("open hours"),
    Because.OUTSIDE: mark("outside opening hours"),
    Because.WEEKDAY: mark("no opening hours on this day: {detail}"),
    Because.HOLIDAY: mark("holiday: {detail}"),
    Because.CLOSED: mark("closed on {detail}"),
    Because.ANEW: mark("before it began anew"),
    Because.CUSTOMER: mark("paused, waiting for the customer"),
    Because.THIRD_PARTY: mark("paused, waiting for a third party"),
    Because.WAITING: mark("paused, waiting for {detail}"),
    Because.SNOOZED: mark("snoozed"),
    Because.RESOLVED: mark("resolved meanwhile"),
    Because.VOID: mark("dismissed"),
}
_NOTES = {
    Noted.FIXED: mark("Fixed under policy {policy} v{version}: it never changes."),
    Noted.VOID: mark("Dismissed: it counts nowhere."),
    Noted.FOUND_LATE: mark("Found late: this is not counted as the team's miss."),
    Noted.UNPROVEN: mark("Not proven: somebody tapped Answered, no public reply is known."),
    Noted.EARLY: mark("It was answered before we saw the post."),
}


_WAITS = mark("Customer waits {length}")
_WAITED = mark("Customer waited {length}")
_COUNTED = mark("+ {length}: {why}, from {when}")
_NOT_COUNTED = mark("− {length}: {why}, from {when}")
_ALL_COUNTED = mark("+ {length}: {why}")
_NONE_COUNTED = mark("− {length}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent:
    """What a clock spent for one reason, in one go or in several."""

    reason: Reason
    counted: bool
    length: timedelta
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """In which language and zone it is told."""

    zone: ZoneInfo
    language: str


def why(explained: Sequence[Explained], item: ItemId, zone: ZoneInfo) -> Message:
    """Return what an item's clocks spent their time on: those that run, then the latest ended."""
    if not explained:
        return Message(phrase("#{item} has no clock: it is history.", item=str(item)))
    head = phrase("Why #{item} shows what it does", Style.BOLD, item=str(item))
    told = sorted(explained, key=_order)
    reader = _Reader(zone=zone, language=spoken())
    blocks = [_clock(each, reader) for each in told[:CLOCKS]]
    left = len(told) - CLOCKS
    more = phrases("and {count} earlier clock", "and {count} earlier clocks", left)
    return Message(join(words("\n\n"), (head, *blocks, *([more] if left > 0 else []))))


def _order(explained: Explained) -> tuple[bool, float]:
    ended = explained.ended_at
    return ended is not None, -(ended.timestamp() if ended else 0.0)


def _clock(explained: Explained, reader: _Reader) -> Text:
    return lines(
        _head(explained, reader),
        *_instants(explained, reader),
        *_parts(explained.segments, reader),
        *(words(_note(each, explained)) for each in explained.noted),
        *_terms(explained.segments),
    )


def _head(explained: Explained, reader: _Reader) -> Text:
    spent = _length(explained.team_time, reader)
    allowed = _length(explained.allowed, reader)
    head = words(tr(_HEADS[explained.target], spent=spent, allowed=allowed), Style.BOLD)
    number = explained.cycle
    again = phrase("cycle {number}", number=digits(number)) if number > 1 else ()
    return dotted(head, phrase("late", Style.BOLD) if explained.breached else (), again)


def _instants(explained: Explained, reader: _Reader) -> Iterator[Text]:
    if explained.due_at is not None:
        yield phrase("Due {when}", when=_at(explained.due_at, reader))
    if explained.ended_at is not None:
        yield phrase("Ended {when}", when=_at(explained.ended_at, reader))
    if explained.target in (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE):
        waits = _WAITS if explained.ended_at is None else _WAITED
        yield phrase(waits, length=_length(explained.customer_wait, reader))


def _parts(segments: Sequence[Segment], reader: _Reader) -> Iterator[Text]:
    """Yield the parts with their times, or where they are many, what was spent on what."""
    if len(segments) > PARTS:
        yield from (_sum(each, reader) for each in _spent(segments))
        return
    for each in segments:
        spent, reason = _length(each.end - each.start, reader), _reason(each.reason, reader)
        message = _COUNTED if each.counted else _NOT_COUNTED
        yield phrase(message, length=spent, why=reason, when=_at(each.start, reader))


def _spent(segments: Iterable[Segment]) -> list[_Spent]:
    """Return the sums by reason, in the order in which each first came."""
    sums: dict[tuple[Reason, bool], _Spent] = {}
    for each in segments:
        key, length = (each.reason, each.counted), each.end - each.start
        known = sums.get(key)
        sums[key] = _Spent(
            reason=each.reason,
            counted=each.counted,
            length=length + (known.length if known else timedelta()),
            times=1 + (known.times if known else 0),
        )
    return list(sums.values())


def _sum(spent: _Spent, reader: _Reader) -> Text:
    length, reason = _length(spent.length, reader), _reason(spent.reason, reader)
    line = phrase(_ALL_COUNTED if spent.counted else _NONE_COUNTED, length=length, why=reason)
    times = phrases("{count} time", "{count} times", spent.times)
    return dotted(line, times if spent.times > 1 else ())


def _reason(reason: Reason, reader: _Reader) -> str:
    detail = one_line(reason.detail)
    if reason.because is Because.WEEKDAY:
        days = get_day_names("wide", context="stand-alone", locale=reader.language)
        detail = str(days[WEEKDAYS.index(reason.detail)])
    elif reason.because is Because.CLOSED:
        detail = format_date(date.fromisoformat(reason.detail), "d MMM y", reader.language)
    return tr(_REASONS[reason.because], detail=detail)


def _note(noted: Noted, explained: Explained) -> str:
    policy = one_line(explained.policy)
    return tr(_NOTES[noted], policy=policy, version=digits(explained.policy_version))


def _terms(segments: Sequence[Segment]) -> Iterator[Text]:
    """Yield each pair of a policy and a calendar by which the clock was counted."""
    for each in dict.fromkeys(map(_named, segments)):
        policy, version, calendar, calendar_version = each
        yield phrase(
            "Policy {policy} v{version}, calendar {calendar} v{calendar_version}",
            policy=name(policy),
            version=digits(version),
            calendar=name(calendar),
            calendar_version=digits(calendar_version),
        )


def _named(segment: Segment) -> tuple[str, int, str, int]:
    return segment.policy, segment.policy_version, segment.calendar, segment.calendar_version


def _at(instant: datetime, reader: _Reader) -> Text:
    return local_time(instant, reader.zone, reader.language)


def _length(time: timedelta, reader: _Reader) -> str:
    """Return a length of time in its two largest units, to the second: "45 min 8 sec"."""
    left, parts = max(time, timedelta()), []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        parts.append((unit, count))
    known = [place for place, (_, count) in enumerate(parts) if count]
    first = known[0] if known else 2
    shown = [part for part in parts[first : first + 2] if part[1]] or [parts[first]]
    return " ".join(_unit(count, unit, reader.language) for unit, count in shown)


def _unit(count: int, unit: str, language: str) -> str:
    return format_unit(count, unit, "short", locale=language, numbering_system="default")
