"""What commands answer: lists of items, posts and brands, short enough for a phone. All pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.entries import entries, soonest_first
from bot.chat.keyboards import show_row
from bot.chat.text import Message, Row, Style, Text, lines, post, words
from bot.chat.views import CardView, Mark
from bot.chat.wording import (
    dotted,
    handle,
    local_time,
    name,
    number,
    one_line,
)
from monitor.model import Brand, ItemId, Post, State
from monitor.store.people import LogEntry

LISTED = 8  # items, and buttons, in one answer
LOG_LINES = 20
_QUOTE_UNITS = 80
_KEYWORDS = 6
_STATES = {
    State.OPEN: "waiting",
    State.CLAIMED: "in progress",
    State.WAITING: "paused",
    State.SNOOZED: "snoozed",
    State.ANSWERED: "answered",
    State.RESOLVED: "resolved",
    State.VOID: "not for us",
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


def queue(views: Sequence[CardView], total: int) -> Message:
    """Return the items that wait, due soonest first; `total` counts those not listed too."""
    return _items("In the queue", views, total, "Nobody waits: the queue is empty.")


def mine(views: Sequence[CardView], total: int) -> Message:
    """Return the items that the person who asks has claimed."""
    return _items("Yours", views, total, "You have claimed nothing.")


def search(asked: str, found: Sequence[Found], zone: ZoneInfo, language: str) -> Message:
    """Return the posts that hold the words asked for, newest first."""
    shown = found[:LISTED]
    sought = words("“") + post(one_line(asked)) + words("”")
    if not shown:
        return Message(words("No post holds ") + sought + words("."))
    head = words(f"{number(len(shown), 'newest post', 'newest posts')} with ") + sought
    known = dict.fromkeys(hit.item for hit in shown if hit.item is not None)
    found_lines = (_found(place, hit, zone, language) for place, hit in enumerate(shown, start=1))
    return Message(lines(head, *found_lines), show_row(known))


def brands(watched: Sequence[BrandLine], zone: ZoneInfo, language: str) -> Message:
    """Return what is watched for."""
    if not watched:
        return Message(words("No brand is watched: name one in the settings file."))
    told = (_brand(line, zone, language) for line in watched)
    return Message(lines(words("Watched", Style.BOLD), *told))


def stats(counts: Mapping[tuple[str, State], int]) -> Message:
    """Return how many items each brand has in each state, right now."""
    if not counts:
        return Message(words("No post has needed an answer yet."))
    named = sorted({brand for brand, _ in counts})
    told = (_stats(brand, counts) for brand in named)
    return Message(lines(words("All items by state", Style.BOLD), *told))


def log(entries_: Sequence[LogEntry], zone: ZoneInfo, language: str) -> Message:
    """Return the newest lines of the log, the newest last."""
    newest = entries_[-LOG_LINES:]
    if not newest:
        return Message(words("The log is empty."))
    return Message(lines(words("Log", Style.BOLD), *(_logged(e, zone, language) for e in newest)))


def _items(title: str, views: Sequence[CardView], total: int, nothing: str) -> Message:
    if not views:
        return Message(words(nothing))
    shown = soonest_first(views)[:LISTED]
    rest = total - len(shown)
    late = sum(view.mark is Mark.OVERDUE for view in shown)
    head = words(f"{title}: {total}", Style.BOLD)
    at_least = "+" if late == len(shown) < total else ""
    overdue = words(f"{late}{at_least} overdue", Style.BOLD) if late else ()
    more = words(f"and {rest} more") if rest > 0 else ()
    return Message(lines(dotted(head, overdue), entries(shown), more), _shows(shown))


def _shows(views: Sequence[CardView]) -> tuple[Row, ...]:
    return show_row(view.item for view in views)


def _found(place: int, hit: Found, zone: ZoneInfo, language: str) -> Text:
    mention = hit.post.mention
    item = words(f"#{hit.item}", Style.BOLD) if hit.item is not None else ()
    said = "deleted" if mention.deleted else "private" if mention.private else ""
    text = words(said, Style.ITALIC) if said else post(one_line(mention.text, _QUOTE_UNITS))
    who = handle(mention.author.handle) if mention.author and not mention.deleted else ()
    posted = local_time(mention.posted_at, zone, language)
    source = words(one_line(mention.platform), link=mention.url)
    return words(f"{place}. ") + dotted(item, posted, source, who, text)


def _brand(line: BrandLine, zone: ZoneInfo, language: str) -> Text:
    brand = line.brand
    keywords = ", ".join(brand.keywords[:_KEYWORDS])
    more = len(brand.keywords) - _KEYWORDS
    known = post(one_line(keywords, 2 * _QUOTE_UNITS)) + words(f" +{more}" if more > 0 else "")
    waiting = words("competitor, counted only" if brand.competitor else f"{line.waiting} waiting")
    muted = line.muted_until
    silence = words("🔕 until ") + local_time(muted, zone, language) if muted else ()
    return words("• ") + dotted(name(brand.name, Style.BOLD), waiting, silence, known)


def _stats(brand: str, counts: Mapping[tuple[str, State], int]) -> Text:
    parts = [
        f"{counts[brand, state]} {word}"
        for state, word in _STATES.items()
        if counts.get((brand, state))
    ]
    return name(brand, Style.BOLD) + words(": " + ", ".join(parts))


def _logged(entry: LogEntry, zone: ZoneInfo, language: str) -> Text:
    who = name(entry.actor_name) if entry.actor_name else words("the desk")
    item = words(f" #{entry.item}") if entry.item is not None else ()
    refused = words("refused", Style.BOLD) if not entry.allowed else ()
    detail = post(one_line(entry.detail)) if entry.detail.strip() else ()
    when = local_time(entry.at, zone, language)
    return dotted(when, who, words(one_line(entry.action)) + item, detail, refused)
