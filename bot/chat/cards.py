"""The card of an item, drawn from a view of it.

The reader is awake at two in the night, on a phone: the first line says what matters, and nothing
is said twice.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.chat.excerpts import Excerpt
from bot.chat.keyboards import Menu, keyboard
from bot.chat.reply_views import ReplyOffer
from bot.chat.text import ELLIPSIS, Message, Style, Text, cut, lines, post, words
from bot.chat.views import AnswerView, CardView, EndView, Mark
from bot.chat.wording import (
    TARGETS,
    asked,
    dotted,
    handle,
    language_name,
    length,
    name,
    number,
    one_line,
    ordinal,
    relative,
)
from monitor.handling.desk import TAKEN_BACK
from monitor.model import State

__all__ = ["Menu", "card", "origin", "title"]

EXCERPT_UNITS = 500
SHORT_UNITS = 120  # of an item that is answered
_EXCERPT_ENTITIES = 40
_ERROR_UNITS = 160
_PAUSES = {
    "customer": "waiting for the customer",
    "third party": "waiting for a third party",
    "snoozed": "snoozed",
}


def card(view: CardView, menu: Menu | None = None, demo: bool = False) -> Message:
    """Return the card: the same view always makes the same message."""
    head = dotted(title(view, demo=demo), _headline(view))
    return Message(lines(head, *_body(view)), keyboard(view, menu))


def title(view: CardView, *, demo: bool = False) -> Text:
    """Return the mark of an item and its brand."""
    sign = words(f"{view.mark} ") + (words("DEMO ", Style.BOLD) if demo else ())
    return sign + name(view.brand, Style.BOLD)


def origin(view: CardView) -> Text:
    """Return where a post stands, in which language, and who wrote it."""
    place = words(" (") + name(view.place) + words(")") if view.place.strip() else ()
    spoken = words(language_name(view.spoken, view.language)) if view.spoken else ()
    return dotted(name(view.platform) + place, spoken, handle(view.author))


def _headline(view: CardView) -> Text:
    """Return what is due and when, or how it ended."""
    if view.muted:
        return words("history, no clock runs")
    if view.ended is not None:
        return _ended(view, view.ended)
    if view.answer is not None and not view.owed:
        return _answered(view, view.answer)
    late = words("overdue", Style.BOLD) if view.mark is Mark.OVERDUE else ()
    return dotted(late, _due(view))


def _due(view: CardView) -> Text:
    if view.target is None:
        return words("no clock runs")
    if view.due_at is None:
        return words(f"{TARGETS[view.target]} is paused")
    return words(f"{TARGETS[view.target]} due ") + _when(view, view.due_at, Style.BOLD)


def _answered(view: CardView, answer: AnswerView) -> Text:
    by = words(" by ") + name(answer.by) if answer.by else ()
    unproven = () if answer.proven else words("not proven yet")
    answered = words("answered", link=answer.url) if answer.url else words("answered")
    here = words(" from here") if answer.from_here else ()
    return dotted(answered + words(" ") + _when(view, answer.at) + by + here, unproven)


def _ended(view: CardView, ended: EndView) -> Text:
    by = words(" by ") + name(ended.by) if ended.by else ()
    if view.state is State.RESOLVED:
        quiet = () if ended.by else words(" after silence")
        return words("resolved ") + (_when(view, ended.at) if ended.at else ()) + by + quiet
    if ended.merged_into is not None:
        return words(f"goes on in #{ended.merged_into}")
    if ended.reason == "deleted":
        return words("the post was deleted")
    if ended.reason == TAKEN_BACK:
        return words("taken back") + by
    return words(f"not for us: {ended.reason}") + by


def _when(view: CardView, at: datetime, *style: Style) -> Text:
    return relative(at, view.zone, view.language, *style)


def _body(view: CardView) -> Iterator[Text]:
    """Yield the lines under the first one; what is settled takes fewer."""
    if view.state is State.VOID:
        yield _foot(view, origin(view))
    elif view.state is State.RESOLVED:
        yield _took(view)
        yield _foot(view, origin(view))
    elif view.answer is not None and not view.owed:
        yield from _answered_body(view)
    else:
        yield from _open_body(view)


def _open_body(view: CardView) -> Iterator[Text]:
    yield _pause(view)
    yield origin(view)
    yield _asked(view)
    yield _quote(view)
    yield () if view.muted else _owner(view)
    yield _reply(view)
    yield _foot(view)


def _answered_body(view: CardView) -> Iterator[Text]:
    yield _pause(view)
    yield origin(view)
    yield _quote(view, SHORT_UNITS)
    yield _took(view)
    yield _reply(view)
    if view.answer is not None and view.answer.asks_link:
        yield words("Reply to this card with the link to your answer.", Style.ITALIC)
    yield _foot(view, _due(view) if view.due_at is not None else ())


def _pause(view: CardView) -> Text:
    if not view.paused_for:
        return ()
    back = words("goes on ") + _when(view, view.paused_until) if view.paused_until else ()
    reason = _PAUSES.get(view.paused_for, view.paused_for)
    return dotted(words(reason[:1].upper() + reason[1:]), back)


def _asked(view: CardView) -> Text:
    label = words(asked(view.flags) or "Needs a look", Style.BOLD)
    again = words(f"{ordinal(view.contact)} contact") if view.contact > 1 else ()
    return dotted(label, words("customer wrote ") + _when(view, view.wrote_at), again)


def _quote(view: CardView, most_units: int = EXCERPT_UNITS) -> Text:
    if view.hidden:
        return words("A private message: read it with Open post.", Style.ITALIC)
    if view.excerpt is None:
        return ()
    return cut(quoted(view.excerpt), most_units, _EXCERPT_ENTITIES)


def quoted(shown: Excerpt) -> Text:
    """Return what somebody wrote as a block of its own, the deciding words highlighted."""
    text = post(shown.text, Style.QUOTE, marked=shown.marked)
    return words(ELLIPSIS, Style.QUOTE) + text if shown.begins_later else text


def _owner(view: CardView) -> Text:
    if view.owner is None:
        claim = view.claim_due_at
        due = words("claim due ") + _when(view, claim) if claim else ()
        return dotted(words("Nobody has it"), due)
    until = view.lease_ends_at
    lease = words("back to the queue ") + _when(view, until) if until else ()
    return dotted(name(view.owner, Style.BOLD) + words(" has it"), lease)


def _reply(view: CardView) -> Text:
    """Return how it stands with an answer from here, or why there can be none."""
    offer = view.replying
    if offer is None or view.muted:
        return ()
    if offer.sender or offer.taking_back:
        error = words(f"not done yet: {one_line(offer.error, _ERROR_UNITS)}")
        return dotted(_under_way(offer), error if offer.error else ())
    if offer.writer:
        return name(offer.writer) + words(" is writing an answer")
    return words(_no_button(view, offer), Style.ITALIC) if view.owed else ()


def _under_way(offer: ReplyOffer) -> Text:
    if offer.sender:
        return name(offer.sender, Style.BOLD) + words("'s answer is being sent")
    return words("The answer is being taken back")


def _no_button(view: CardView, offer: ReplyOffer) -> str:
    """Return why there is no button Reply, "" where there is one."""
    if offer.why_not:
        return f"No reply from here: {one_line(offer.why_not, _ERROR_UNITS)}."
    return f"Answer it alone with me: /reply {view.item}" if view.hidden else ""


def _took(view: CardView) -> Text:
    """Return how long it took: the two numbers, always apart."""
    answer = view.answer
    if answer is None:
        return ()
    waited = f"Customer waited {length(answer.customer_wait, view.language)}"
    team = f"team {length(answer.team_time, view.language)}"
    target = (
        f"past the target of {length(answer.late_for, view.language)}" if answer.late_for else ""
    )
    return dotted(*(words(part) for part in (waited, team, target)))


def _foot(view: CardView, more: Text = ()) -> Text:
    late = view.found_late_by
    closed = view.state is State.VOID
    notes = (
        f"#{view.item}",
        f"part of #{view.fold_of}" if view.fold_of is not None else "",
        f"+{number(view.more_posts, 'more post')}" if view.more_posts else "",
        f"+{number(view.similar, 'similar post')}" if view.similar else "",
        f"{number(view.gone_posts, 'post')} deleted" if view.gone_posts and not closed else "",
        f"found {length(late, view.language)} late" if late and not closed else "",
    )
    return dotted(*(words(note) for note in notes), more)
