"""Notices: what the team is told of items beside their cards, many folded into one message."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.cards import note, pause, title
from bot.chat.entries import opening
from bot.chat.keyboards import show_row
from bot.chat.phrases import phrase, phrases
from bot.chat.taps import TapKind, encode
from bot.chat.text import Button, ButtonStyle, Message, Row, Style, Text, join, lines, words
from bot.chat.views import CardView, Mark
from bot.chat.wording import called, day_clock, dotted, handle, name, relative, target_due
from bot.locale.tongue import tr
from monitor.desk.promises import Kept, Promise
from monitor.model import ItemId, Member, NoticeKind, Target

LISTED = 12
_QUOTE_UNITS = 80
_PROMISES = (NoticeKind.PROMISE_PAST, NoticeKind.PROMISE_SOON)
_URGENT = (NoticeKind.BREACH, NoticeKind.UNRESOLVED, *_PROMISES)
_BESIDE = frozenset(
    {
        NoticeKind.NOBODY_ON_SHIFT,
        NoticeKind.LEASE_ENDING,
        NoticeKind.HANDED_TO,
        NoticeKind.TAKEN_OVER,
        NoticeKind.HANDED_OVER,
    }
)
_SAYS_WHO = frozenset({NoticeKind.HANDED_TO, NoticeKind.TAKEN_OVER})  # who has it now
_ORDER = (
    NoticeKind.BREACH,
    *_PROMISES,
    NoticeKind.STEP,
    NoticeKind.UNCLAIMED,
    NoticeKind.UNRESOLVED,
    NoticeKind.NOBODY_ON_SHIFT,
    NoticeKind.LEASE_ENDING,
    NoticeKind.HANDED_TO,
    NoticeKind.TAKEN_OVER,
    NoticeKind.HANDED_OVER,
    NoticeKind.LEASE_ENDED,
    NoticeKind.RESUMED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A notice that is still true, and whom it is meant for."""

    kind: NoticeKind
    view: CardView
    target: Target | None = None
    before: str = ""  # whose claim ended
    until: datetime | None = None  # when somebody comes on shift
    promise: Promise | None = None  # to the customer, which the notice is about
    told: tuple[Member, ...] = ()  # nobody by name: the whole chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How many items there are beside those with a line of their own, and who is called."""

    count: int = 0
    overdue: int = 0
    told: tuple[Member, ...] = ()


def alert(
    alerts: Sequence[Alert], *, demo: bool = False, aloud: bool = False, rest: Rest = Rest()
) -> Message:
    """Return one message for all notices, the most urgent first; of an item, only that one.

    A promise to its customer is told beside it.
    One item has a few lines, several have one each. What is not urgent has no sound, unless
    it is to be told `aloud`: somebody is meant.
    """
    ranked = _one_each(sorted(alerts, key=_rank))
    silent = not (
        aloud or rest.overdue or any(each.kind in _URGENT or _overdue(each) for each in ranked)
    )
    buttons = show_row(dict.fromkeys(each.view.item for each in ranked[:LISTED]))
    if len(ranked) == 1 and not rest.count:
        rows = (*buttons, *promise_row(ranked[0].promise))
        return Message(_whole(ranked[0], alerts, demo=demo), rows, silent=silent)
    late = _items(filter(_overdue, ranked)) + rest.overdue
    every = _items(ranked) + rest.count
    show = words("DEMO " if demo else "", Style.BOLD)
    overdue = phrases("{count} overdue", "{count} overdue", late, Style.BOLD) if late else ()
    count = phrases("{count} item to look at", "{count} items to look at", every, Style.BOLD)
    head = dotted(show + count, overdue)
    left = _items(ranked[LISTED:], ranked[:LISTED]) + rest.count
    more = phrases("and {count} more: /queue", "and {count} more: /queue", left) if left else ()
    shown = (_line(each) for each in ranked[:LISTED])
    called = _told(alerts, rest.told)
    return Message(lines(head, *shown, more, called), buttons, silent=silent)


def promise_row(promise: Promise | None) -> tuple[Row, ...]:
    """Return the buttons that say what became of a promise."""
    if promise is None:
        return ()
    said = ((tr("Kept"), Kept.KEPT, ButtonStyle.SUCCESS), (tr("Not kept"), Kept.BROKEN, None))
    return (
        tuple(
            Button(label, encode(TapKind.PROMISE, promise.id, kept), style=style)
            for label, kept, style in said
        ),
    )


def _whole(each: Alert, alerts: Sequence[Alert], *, demo: bool) -> Text:
    """Return the one alert of an item; what is told of who has it stands beside what is due."""
    view = each.view
    beside = {one.kind: _said(one) for one in alerts if one.kind in _BESIDE}
    beside.pop(each.kind, None)
    owner = phrase("{owner} has it", owner=name(view.owner, Style.BOLD)) if view.owner else ()
    head = dotted(title(view, demo=demo), _said(each))
    about = dotted(words(f"#{view.item}"), handle(view.author), opening(view, _QUOTE_UNITS))
    has = () if _SAYS_WHO & {each.kind, *beside} else owner or phrase("Nobody has it")
    return lines(head, about, has, pause(view), *beside.values(), _told(alerts))


def _line(each: Alert) -> Text:
    view = each.view
    sign = words(f"{view.mark} ") + words(f"#{view.item}", Style.BOLD)
    return dotted(sign, _said(each), name(view.brand, most_units=20), name(view.owner or ""))


def _told(alerts: Sequence[Alert], others: Sequence[Member] = ()) -> Text:
    """Return the names of those who are meant, each a link that calls the person."""
    meant = (*(member for each in alerts for member in each.told), *others)
    named = {member.id: member for member in meant}
    people = join(words(", "), map(called, named.values()))
    return phrase("For {people}", people=people) if named else ()


def _said(each: Alert) -> Text:
    return _SAID[each.kind](each)


def _due(each: Alert) -> Text:
    view = each.view
    late = phrase("overdue", Style.BOLD) if view.mark is Mark.OVERDUE else ()
    when = relative(view.due_at, view.zone, view.language) if view.due_at else phrase("soon")
    return dotted(late, target_due(each.target or Target.FIRST_RESPONSE, when))


def _unclaimed(each: Alert) -> Text:
    view = each.view
    if view.claim_due_at is None:
        return phrase("nobody has taken it")
    when = relative(view.claim_due_at, view.zone, view.language)
    return phrase("nobody has taken it, claim due {when}", when=when)


def _lease_ended(each: Alert) -> Text:
    if not each.before:
        return phrase("back in the queue: the claim ended without an answer")
    owner = name(each.before)
    return phrase("back in the queue: {owner}'s claim ended without an answer", owner=owner)


def _lease_ending(each: Alert) -> Text:
    view = each.view
    if view.lease_ends_at is None:
        return ()
    when = relative(view.lease_ends_at, view.zone, view.language)
    return phrase("no answer yet, and the claim ends {when}", when=when)


def _handed_to(each: Alert) -> Text:
    owner, giver = name(each.view.owner or ""), name(each.view.handed_by)
    told = phrase("{giver} handed it over to {owner}", Style.BOLD, giver=giver, owner=owner)
    return told + note(each.view)


def _taken_over(each: Alert) -> Text:
    owner = name(each.view.owner or "")
    return phrase("{owner} has it now, you need not answer", owner=owner)


def _nobody(each: Alert) -> Text:
    if each.until is None:
        return phrase("nobody is on shift", Style.BOLD)
    until = day_clock(each.until, each.view.zone, each.view.language)
    told = phrase("nobody is on shift until {when}", Style.BOLD, when=until)
    return dotted(told, phrase("what falls due is told then, a missed target at once"))


def _promised(each: Alert) -> Text:
    if each.promise is None:
        return ()
    when = relative(each.promise.due_at, each.view.zone, each.view.language)
    return phrase("promised {when}: {text}", when=when, text=_words_of(each.promise))


def _promise_past(each: Alert) -> Text:
    if each.promise is None:
        return ()
    when = relative(each.promise.due_at, each.view.zone, each.view.language)
    told = phrase("a promise is past its time", Style.BOLD)
    return dotted(told, phrase("promised {when}: {text}", when=when, text=_words_of(each.promise)))


def _words_of(promise: Promise) -> Text:
    return name(promise.text, most_units=_QUOTE_UNITS)


_SAID: dict[NoticeKind, Callable[[Alert], Text]] = {
    NoticeKind.STEP: _due,
    NoticeKind.BREACH: _due,
    NoticeKind.UNCLAIMED: _unclaimed,
    NoticeKind.UNRESOLVED: lambda _: phrase("not resolved in time", Style.BOLD),
    NoticeKind.HANDED_OVER: lambda _: phrase("handed over more than once", Style.BOLD),
    NoticeKind.NOBODY_ON_SHIFT: _nobody,
    NoticeKind.LEASE_ENDING: _lease_ending,
    NoticeKind.HANDED_TO: _handed_to,
    NoticeKind.TAKEN_OVER: _taken_over,
    NoticeKind.LEASE_ENDED: _lease_ended,
    NoticeKind.PROMISE_SOON: _promised,
    NoticeKind.PROMISE_PAST: _promise_past,
    NoticeKind.RESUMED: lambda _: phrase("goes on: its pause is over"),
}


def _one_each(alerts: Sequence[Alert]) -> list[Alert]:
    """Return the first alert of each item, and of each promise."""
    first: dict[tuple[ItemId, int], Alert] = {}
    for each in alerts:
        first.setdefault((each.view.item, each.promise.id if each.promise else 0), each)
    return list(first.values())


def _items(alerts: Iterable[Alert], shown: Iterable[Alert] = ()) -> int:
    """Return how many items are told of that are not `shown` already."""
    return len({each.view.item for each in alerts} - {each.view.item for each in shown})


def _rank(each: Alert) -> tuple[bool, int, float]:
    due = each.view.due_at
    return (not _overdue(each), _ORDER.index(each.kind), due.timestamp() if due else 0.0)


def _overdue(each: Alert) -> bool:
    return each.view.mark is Mark.OVERDUE
