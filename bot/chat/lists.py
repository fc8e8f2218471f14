"""What commands answer: lists of items, posts and brands, short enough for a phone. All pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.entries import entries, soonest_first
from bot.chat.keyboards import show_row
from bot.chat.phrases import phrase, phrases
from bot.chat.text import Message, Row, Style, Text, lines, post, words
from bot.chat.views import CardView
from bot.chat.wording import (
    action_name,
    day_clock,
    dotted,
    handle,
    listed,
    local_time,
    name,
    one_line,
)
from bot.locale.tongue import digits, mark, marks, tr, trn
from monitor.matching.query import Query
from monitor.matching.snippets import snippet
from monitor.model import Brand, ItemId, Post, Span, State
from monitor.store.people import LogEntry

LISTED = 8  # items, and buttons, in one answer
LOG_LINES = 20
_QUOTE_UNITS = 80
_LOOKED_AT = 20_000  # of a post that a search shows
_MOST_MARKED = 5  # each takes two of the entities that a message may have
_KEYWORDS = 6
_NOTHING = Query()
_INSTANT = re.compile(
    r"\b2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)T(?:[01]\d|2[0-3]):[0-5]\d\+00:00", re.ASCII
)
_OVERDUE = marks("{count} overdue", "{count} overdue")
_STATES = {
    State.OPEN: marks("{count} waiting", "{count} waiting"),
    State.CLAIMED: marks("{count} in progress", "{count} in progress"),
    State.WAITING: marks("{count} paused", "{count} paused"),
    State.SNOOZED: marks("{count} snoozed", "{count} snoozed"),
    State.ANSWERED: marks("{count} answered", "{count} answered"),
    State.RESOLVED: marks("{count} resolved", "{count} resolved"),
    State.VOID: marks("{count} not for us", "{count} not for us"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A post that a search found, and the item it belongs to."""

    post: Post
    item: ItemId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandLine:
    """A watched brand, and until when its warnings are silenced in the chat that asks."""

    brand: Brand
    waiting: int = 0  # unanswered items
    muted_until: datetime | None = None


def queue(views: Sequence[CardView], total: int, late: int) -> Message:
    """Return the items that wait, due soonest first; both numbers count those not listed too."""
    if not views:
        return Message(phrase("Nobody waits: the queue is empty."))
    return _items(mark("In the queue: {number}"), views, total, late)


def mine(views: Sequence[CardView], total: int, late: int) -> Message:
    """Return the items that the person who asks has claimed."""
    if not views:
        return Message(phrase("You have claimed nothing."))
    return _items(mark("Yours: {number}"), views, total, late)


def search(
    asked: str,
    found: Sequence[Found],
    zone: ZoneInfo,
    language: str,
    query: Query = _NOTHING,
) -> Message:
    """Return the posts that hold the words asked for, newest first, the words highlighted."""
    shown = found[:LISTED]
    sought = post(one_line(asked))
    if not shown:
        return Message(phrase("No post holds “{words}”.", words=sought))
    head = phrases(
        "{count} newest post with “{words}”",
        "{count} newest posts with “{words}”",
        len(shown),
        words=sought,
    )
    known = dict.fromkeys(hit.item for hit in shown if hit.item is not None)
    found_lines = (
        _found(place, hit, zone, language, query) for place, hit in enumerate(shown, start=1)
    )
    return Message(lines(head, *found_lines), show_row(known))


def brands(watched: Sequence[BrandLine], zone: ZoneInfo, language: str) -> Message:
    """Return what is watched for."""
    if not watched:
        return Message(phrase("No brand is watched: name one in the settings file."))
    told = (_brand(line, zone, language) for line in watched)
    return Message(lines(phrase("Watched", Style.BOLD), *told))


def stats(counts: Mapping[tuple[str, State], int]) -> Message:
    """Return how many items each brand has in each state, right now."""
    if not counts:
        return Message(phrase("No post has needed an answer yet."))
    named = sorted({brand for brand, _ in counts})
    told = (_stats(brand, counts) for brand in named)
    return Message(lines(phrase("All items by state", Style.BOLD), *told))


def log(entries_: Sequence[LogEntry], zone: ZoneInfo, language: str) -> Message:
    """Return the newest lines of the log, the newest last."""
    newest = entries_[-LOG_LINES:]
    if not newest:
        return Message(phrase("The log is empty."))
    return Message(lines(phrase("Log", Style.BOLD), *(_logged(e, zone, language) for e in newest)))


def in_zone(detail: str, zone: ZoneInfo, language: str) -> str:
    """Return what the log keeps of an act, its UTC instants as local times."""

    def local(found: re.Match[str]) -> str:
        try:
            return day_clock(datetime.fromisoformat(found.group()), zone, language)
        except ValueError:  # no such day
            return found.group()

    return _INSTANT.sub(local, detail)


def _items(title: str, views: Sequence[CardView], total: int, late: int) -> Message:
    shown = soonest_first(views)[:LISTED]
    rest = total - len(shown)
    head = phrase(title, Style.BOLD, number=digits(total))
    overdue = phrases(*_OVERDUE, late, Style.BOLD) if late else ()
    more = phrases("and {count} more", "and {count} more", rest) if rest > 0 else ()
    return Message(lines(dotted(head, overdue), entries(shown), more), _shows(shown))


def _shows(views: Sequence[CardView]) -> tuple[Row, ...]:
    return show_row(view.item for view in views)


def _found(place: int, hit: Found, zone: ZoneInfo, language: str, query: Query) -> Text:
    mention = hit.post.mention
    item = words(f"#{hit.item}", Style.BOLD) if hit.item is not None else ()
    said = tr("deleted") if mention.deleted else tr("private") if mention.private else ""
    text = words(said, Style.ITALIC) if said else _shown(mention.text, query)
    who = handle(mention.author.handle) if mention.author and not mention.deleted else ()
    posted = local_time(mention.posted_at, zone, language, year=hit.post.history)
    source = words(one_line(mention.platform), link=mention.url)
    return words(f"{place}. ") + dotted(item, posted, source, who, text)


def _shown(text: str, query: Query) -> Text:
    """Return the piece of a post that holds what was searched for."""
    piece = snippet(one_line(text, _LOOKED_AT), query, _QUOTE_UNITS - 2)
    behind = 0 if piece.is_from_start else 1  # the dots in front
    marked = [Span(start=each.start + behind, end=each.end + behind) for each in piece.marked]
    return post(one_line(piece.shown, _QUOTE_UNITS), marked=marked[:_MOST_MARKED])


def _brand(line: BrandLine, zone: ZoneInfo, language: str) -> Text:
    brand = line.brand
    keywords = listed(brand.keywords[:_KEYWORDS])
    more = len(brand.keywords) - _KEYWORDS
    known = post(one_line(keywords, 2 * _QUOTE_UNITS)) + words(f" +{more}" if more > 0 else "")
    waiting = phrases("{count} waiting", "{count} waiting", line.waiting)
    if brand.competitor:
        waiting = phrase("competitor, counted only")
    muted = line.muted_until
    silence = phrase("🔕 until {when}", when=local_time(muted, zone, language)) if muted else ()
    return words("• ") + dotted(name(brand.name, Style.BOLD), waiting, silence, known)


def _stats(brand: str, counts: Mapping[tuple[str, State], int]) -> Text:
    parts = [
        trn(one, many, counts[brand, state])
        for state, (one, many) in _STATES.items()
        if counts.get((brand, state))
    ]
    return name(brand, Style.BOLD) + words(": " + listed(parts))


def _logged(entry: LogEntry, zone: ZoneInfo, language: str) -> Text:
    who = name(entry.actor_name) if entry.actor_name else phrase("the desk")
    item = words(f" #{entry.item}") if entry.item is not None else ()
    refused = phrase("refused", Style.BOLD) if not entry.allowed else ()
    told = in_zone(entry.detail, zone, language)
    detail = post(one_line(told)) if told.strip() else ()
    when = local_time(entry.at, zone, language)
    return dotted(when, who, words(action_name(entry.action)) + item, detail, refused)
