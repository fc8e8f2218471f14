"""One item in full, for the person who asks: how it stands, and what happened to it."""

from collections.abc import Callable, Mapping, Sequence

from bot.chat.cards import card
from bot.chat.keyboards import see_row, show_row
from bot.chat.phrases import phrase, phrases
from bot.chat.text import Message, Style, Text, join, lines, words
from bot.chat.views import CardView
from bot.chat.wording import dotted, local_time, name, one_line
from bot.locale.tongue import mark, tr
from monitor.desk.lifecycle import doer, handed
from monitor.model import Event, EventKind, MemberId

EVENTS = 20  # the newest ones are told


def item(view: CardView, events: Sequence[Event], names: Mapping[MemberId, str]) -> Message:
    """Return an item as its card shows it, and below that what happened, oldest first."""
    shown = events[-EVENTS:]
    earlier = len(events) - len(shown)
    head = phrase("What happened", Style.BOLD)
    before = phrases(
        "{count} earlier event is in the log", "{count} earlier events are in the log", earlier
    )
    told = (_told(event, view, names) for event in shown)
    text = join(words("\n\n"), (card(view).text, lines(head, before if earlier else (), *told)))
    see = see_row(view)
    return Message(text, (*show_row([view.item]), *((see,) if see else ())))


def _told(event: Event, view: CardView, names: Mapping[MemberId, str]) -> Text:
    tells = _WORDS.get(event.kind)
    what = tells(event) if tells else str(event.kind)
    until = event.until
    at = local_time(until, view.zone, view.language) if until else ()
    end = phrase("until {when}", when=at) if until else ()
    done = words(what, link=event.url if event.kind in _LINKED else None)
    return dotted(local_time(event.at, view.zone, view.language), _by(done, event, names), end)


def _by(done: Text, event: Event, names: Mapping[MemberId, str]) -> Text:
    if event.actor is None:
        return done
    if handed(event):
        return _handed(event, names)
    who = name(names.get(event.actor) or tr("somebody"))
    return phrase("{done} by {name}", done=done, name=who)


def _handed(event: Event, names: Mapping[MemberId, str]) -> Text:
    """Return who gave an item to whom, with the note; or which lead took it over."""
    giver, owner = (
        name((names.get(each) if each is not None else None) or tr("somebody"))
        for each in (doer(event), event.actor)
    )
    if doer(event) == event.actor:
        return phrase("{done} by {name}", done=phrase("taken over"), name=owner)
    told = phrase("{giver} handed it over to {owner}", giver=giver, owner=owner)
    return told + words(": ") + name(event.reason, most_units=300) if event.reason else told


def _plainly(told: str) -> Callable[[Event], str]:
    return lambda _: tr(told)


def _waiting(event: Event) -> str:
    if event.reason == "third party":
        return tr("paused, waiting for a third party")
    return tr("paused, waiting for the customer")


def _voided(event: Event) -> str:
    if event.ref is not None:
        return tr("merged into #{item}", item=event.ref)
    if event.reason:
        return tr("not for us: {reason}", reason=tr(one_line(event.reason)))
    return tr("not for us")


def _wrote_again(event: Event) -> str:
    asks = event.wants_answer
    return tr("the customer wrote again") if asks else tr("the customer wrote, asks nothing")


def _policy(event: Event) -> str:
    return tr("now under policy {policy}", policy=one_line(event.reason or ""))


def _policy_recomputed(event: Event) -> str:
    policy = one_line(event.reason or "")
    return tr("counted anew from the beginning under policy {policy}", policy=policy)


def _policy_restarted(event: Event) -> str:
    policy = one_line(event.reason or "")
    return tr("clocks began anew under policy {policy}", policy=policy)


_LINKED = frozenset({EventKind.BRAND_REPLY, EventKind.ANSWERED})
_WORDS: dict[EventKind, Callable[[Event], str]] = {
    EventKind.OPENED: _plainly(mark("first seen")),
    EventKind.CUSTOMER_POST: _wrote_again,
    EventKind.POST_EDITED: _plainly(mark("the post was changed")),
    EventKind.POST_DELETED: _plainly(mark("a post was deleted")),
    EventKind.BRAND_REPLY: _plainly(mark("answered in public")),
    EventKind.REPLY_DELETED: _plainly(mark("the answer was deleted")),
    EventKind.ANSWERED: _plainly(mark("marked as answered")),
    EventKind.CLAIMED: _plainly(mark("claimed")),
    EventKind.RELEASED: _plainly(mark("released")),
    EventKind.LEASE_ENDED: _plainly(mark("back in the queue, no answer came")),
    EventKind.WAITING: _waiting,
    EventKind.SNOOZED: _plainly(mark("snoozed")),
    EventKind.RESUMED: _plainly(mark("goes on")),
    EventKind.RESOLVED: _plainly(mark("resolved")),
    EventKind.REOPENED: _plainly(mark("opened again")),
    EventKind.VOIDED: _voided,
    EventKind.RESTORED: _plainly(mark("counts again")),
    EventKind.UNMUTED: _plainly(mark("seen live")),
    EventKind.POLICY_CHANGED: _policy,
    EventKind.POLICY_RECOMPUTED: _policy_recomputed,
    EventKind.POLICY_RESTARTED: _policy_restarted,
    EventKind.UNDONE: _plainly(mark("undone")),
    EventKind.FROZEN: _plainly(mark("result fixed")),
}
