"""One item in full, for the person who asks: what happened, and why its clocks say what they do."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from bot.chat.cards import card
from bot.chat.keyboards import see_row, show_row
from bot.chat.text import Message, Style, Text, join, lines, words
from bot.chat.views import CardView
from bot.chat.wording import dotted, local_time, name, number, one_line
from monitor.clock.why import Explained, as_text
from monitor.model import Event, EventKind, ItemId, MemberId

EVENTS = 20  # the newest ones are told
_PARTS = 10  # lines of one clock
_HEAD = 4  # lines that say what a clock came to


def item(view: CardView, events: Sequence[Event], names: Mapping[MemberId, str]) -> Message:
    """Return an item as its card shows it, and below that what happened, oldest first."""
    shown = events[-EVENTS:]
    earlier = len(events) - len(shown)
    head = words("What happened", Style.BOLD)
    verb = "is" if earlier == 1 else "are"
    told_before = f"{number(earlier, 'earlier event')} {verb} in the log"
    before = words(told_before) if earlier else ()
    told = (_told(event, view, names) for event in shown)
    text = join(words("\n\n"), (card(view).text, lines(head, before, *told)))
    see = see_row(view)
    return Message(text, (*show_row([view.item]), *((see,) if see else ())))


def why(explained: Sequence[Explained], item_id: ItemId, zone: ZoneInfo) -> Message:
    """Return every part of an item's clocks, those that run first."""
    if not explained:
        return Message(words(f"#{item_id} has no clock: it is history."))
    head = words(f"Why #{item_id} shows what it does", Style.BOLD)
    running_first = sorted(explained, key=lambda each: each.ended_at is not None)
    blocks = (_clock(each, zone) for each in running_first)
    return Message(join(words("\n\n"), (head, *blocks)))


def _clock(explained: Explained, zone: ZoneInfo) -> Text:
    first, *rest = as_text([explained], zone).split("\n")
    if len(rest) > _HEAD + _PARTS:
        left_out = len(rest) - _HEAD - _PARTS
        rest = [
            *rest[:_HEAD],
            f"… {number(left_out, 'more line')}: mentiondesk why",
            *rest[-_PARTS:],
        ]
    return lines(words(first, Style.BOLD), *(words(line) for line in rest))


def _told(event: Event, view: CardView, names: Mapping[MemberId, str]) -> Text:
    tells = _WORDS.get(event.kind)
    what = tells(event) if tells else str(event.kind)
    by = names.get(event.actor, "somebody") if event.actor is not None else ""
    who = words(" by ") + name(by) if by else ()
    until = event.until
    end = words("until ") + local_time(until, view.zone, view.language) if until else ()
    link = event.url if event.kind in _LINKED else None
    return dotted(local_time(event.at, view.zone, view.language), words(what, link=link) + who, end)


def _plainly(told: str) -> Callable[[Event], str]:
    return lambda _: told


def _waiting(event: Event) -> str:
    return f"paused, waiting for the {event.reason or 'customer'}"


def _voided(event: Event) -> str:
    if event.ref is not None:
        return f"merged into #{event.ref}"
    return f"not for us: {one_line(event.reason or '')}" if event.reason else "not for us"


def _wrote_again(event: Event) -> str:
    return "the customer wrote again" if event.wants_answer else "the customer wrote, asks nothing"


def _policy(event: Event) -> str:
    return f"now under policy {one_line(event.reason or '')}"


_LINKED = frozenset({EventKind.BRAND_REPLY, EventKind.ANSWERED})
_WORDS: dict[EventKind, Callable[[Event], str]] = {
    EventKind.OPENED: _plainly("first seen"),
    EventKind.CUSTOMER_POST: _wrote_again,
    EventKind.POST_EDITED: _plainly("the post was changed"),
    EventKind.POST_DELETED: _plainly("a post was deleted"),
    EventKind.BRAND_REPLY: _plainly("answered in public"),
    EventKind.REPLY_DELETED: _plainly("the answer was deleted"),
    EventKind.ANSWERED: _plainly("marked as answered"),
    EventKind.CLAIMED: _plainly("claimed"),
    EventKind.RELEASED: _plainly("released"),
    EventKind.LEASE_ENDED: _plainly("back in the queue, no answer came"),
    EventKind.WAITING: _waiting,
    EventKind.SNOOZED: _plainly("snoozed"),
    EventKind.RESUMED: _plainly("goes on"),
    EventKind.RESOLVED: _plainly("resolved"),
    EventKind.REOPENED: _plainly("opened again"),
    EventKind.VOIDED: _voided,
    EventKind.RESTORED: _plainly("counts again"),
    EventKind.UNMUTED: _plainly("seen live"),
    EventKind.POLICY_CHANGED: _policy,
    EventKind.UNDONE: _plainly("undone"),
    EventKind.FROZEN: _plainly("result fixed"),
}
