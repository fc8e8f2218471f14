"""The card of an item, drawn from a view of it.

The reader is awake at two in the night, on a phone: the first line says what matters, and nothing
is said twice.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.chat.excerpts import Excerpt
from bot.chat.keyboards import Menu, keyboard
from bot.chat.phrases import linked, phrase, phrases
from bot.chat.reasons import reason
from bot.chat.reply_views import ReplyOffer
from bot.chat.text import ELLIPSIS, Message, Style, Text, cut, lines, post, words
from bot.chat.views import AnswerView, CardView, EndView, Mark
from bot.chat.wording import (
    asked,
    dotted,
    handle,
    language_name,
    length,
    name,
    one_line,
    ordinal,
    relative,
    target_due,
    topic_name,
)
from bot.locale.tongue import mark, tr
from monitor.handling.desk import TAKEN_BACK
from monitor.model import State, Target

__all__ = ["Menu", "card", "note", "origin", "pause", "title"]

EXCERPT_UNITS = 500
SHORT_UNITS = 120  # of an item that is answered
URGENT = 2  # harm or loss within hours
_EXCERPT_ENTITIES = 40
_ERROR_UNITS = 160
_NOTE_UNITS = 300
_PROMISE_UNITS = 100
_PAUSES = {
    "customer": mark("Waiting for the customer"),
    "third party": mark("Waiting for a third party"),
    "snoozed": mark("Snoozed"),
}
_STANDS_STILL = {
    Target.FIRST_RESPONSE: mark("first response is paused"),
    Target.NEXT_RESPONSE: mark("next response is paused"),
    Target.CLAIM: mark("claim is paused"),
    Target.RESOLUTION: mark("resolution is paused"),
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
        return phrase("history, no clock runs")
    if view.ended is not None:
        return _ended(view, view.ended)
    if view.answer is not None and not view.owed:
        return _answered(view, view.answer)
    late = phrase("overdue", Style.BOLD) if view.mark is Mark.OVERDUE else ()
    return dotted(late, _due(view))


def _due(view: CardView) -> Text:
    if view.target is None:
        return phrase("no clock runs")
    if view.due_at is None:
        return phrase(_STANDS_STILL[view.target])
    return target_due(view.target, _when(view, view.due_at, Style.BOLD))


def _answered(view: CardView, answer: AnswerView) -> Text:
    unproven = () if answer.proven else phrase("not proven yet")
    when, who = _when(view, answer.at), name(answer.by or "")
    if answer.by is None:
        told = linked("[answered] {when}", answer.url, when=when)
    elif answer.from_here:
        told = linked("[answered] {when} by {name} from here", answer.url, when=when, name=who)
    else:
        told = linked("[answered] {when} by {name}", answer.url, when=when, name=who)
    return dotted(told, unproven)


def _ended(view: CardView, ended: EndView) -> Text:
    if view.state is State.RESOLVED:
        return _resolved(view, ended)
    if ended.merged_into is not None:
        return phrase("goes on in #{item}", item=str(ended.merged_into))
    if ended.reason == "deleted":
        return phrase("the post was deleted")
    return _dismissed(ended)


def _resolved(view: CardView, ended: EndView) -> Text:
    when = _when(view, ended.at) if ended.at else ()
    if ended.by is None:
        return phrase("resolved {when} after silence", when=when)
    return phrase("resolved {when} by {name}", when=when, name=name(ended.by))


def _dismissed(ended: EndView) -> Text:
    who, reason = name(ended.by or ""), tr(ended.reason)
    if ended.reason == TAKEN_BACK:
        return phrase("taken back by {name}", name=who) if ended.by else phrase("taken back")
    if ended.by is None:
        return phrase("not for us: {reason}", reason=reason)
    return phrase("not for us: {reason} by {name}", reason=reason, name=who)


def _when(view: CardView, at: datetime, *style: Style) -> Text:
    return relative(at, view.zone, view.language, *style)


def _body(view: CardView) -> Iterator[Text]:
    """Yield the lines under the first one; what is settled takes fewer."""
    if view.state is State.VOID:
        yield _foot(view, origin(view))
    elif view.state is State.RESOLVED:
        yield _took(view)
        yield _promised(view)
        yield _foot(view, origin(view))
    elif view.answer is not None and not view.owed:
        yield from _answered_body(view)
    else:
        yield from _open_body(view)


def _open_body(view: CardView) -> Iterator[Text]:
    yield pause(view)
    yield origin(view)
    yield _asked(view)
    yield _quote(view)
    yield () if view.muted else _owner(view)
    yield _promised(view)
    yield _reply(view)
    yield _foot(view)


def _answered_body(view: CardView) -> Iterator[Text]:
    yield pause(view)
    yield origin(view)
    yield _quote(view, SHORT_UNITS)
    yield _took(view)
    yield _promised(view)
    yield _reply(view)
    if view.answer is not None and view.answer.asks_link:
        yield phrase("Reply to this card with the link to your answer.", Style.ITALIC)
    yield _foot(view, _due(view) if view.due_at is not None else ())


def pause(view: CardView) -> Text:
    """Return for whom an item waits and when it goes on; nothing where it is not paused."""
    if not view.paused_for:
        return ()
    until = view.paused_until
    back = phrase("goes on {when}", when=_when(view, until)) if until else ()
    reason = _PAUSES.get(view.paused_for)
    return dotted(phrase(reason) if reason else words(view.paused_for.capitalize()), back)


def _asked(view: CardView) -> Text:
    label = words(asked(view.flags) or tr("Needs a look"), Style.BOLD)
    wrote = phrase("customer wrote {when}", when=_when(view, view.wrote_at))
    return dotted(label, *_matter(view), wrote, *past(view))


def _matter(view: CardView) -> Iterator[Text]:
    """Yield what the post is about, and what makes it press."""
    yield words(topic_name(view.topic))
    if view.urgency >= URGENT:
        yield phrase("urgent", Style.BOLD)
    if view.leaving:
        yield phrase("may leave")


def past(view: CardView) -> Iterator[Text]:
    """Yield how often this person needed us, and how much the team wrote of them: counts only."""
    place = ordinal(view.contact)
    if view.repeat:
        yield phrase("{ordinal} contact, the last within a week", ordinal=place)
    elif view.contact > 1:
        yield phrase("{ordinal} contact", ordinal=place)
    if view.notes:
        yield phrases("{count} note", "{count} notes", view.notes)
    if view.tags:
        yield phrases("{count} tag", "{count} tags", view.tags)


def _promised(view: CardView) -> Text:
    """Return what the customer was promised next, and by when."""
    promise = view.promise
    if promise is None:
        return ()
    text = name(promise.text, most_units=_PROMISE_UNITS)
    when, who = _when(view, promise.due_at, Style.BOLD), name(promise.by)
    if promise.past:
        told = phrase(
            "Promise past its time {when}, by {name}: {text}", when=when, name=who, text=text
        )
    else:
        told = phrase("Promised {when} by {name}: {text}", when=when, name=who, text=text)
    more = phrases("{count} more promise", "{count} more promises", promise.more)
    return dotted(told, more if promise.more else ())


def _quote(view: CardView, most_units: int = EXCERPT_UNITS) -> Text:
    if view.hidden:
        return phrase("A private message: read it with Open post.", Style.ITALIC)
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
        due = target_due(Target.CLAIM, _when(view, claim)) if claim else ()
        return dotted(phrase("Nobody has it"), due)
    until = view.lease_ends_at
    lease = phrase("back to the queue {when}", when=_when(view, until)) if until else ()
    has = phrase("{owner} has it", owner=name(view.owner, Style.BOLD))
    return lines(dotted(has, lease), _handed(view))


def _handed(view: CardView) -> Text:
    """Return from whom the owner has the item, and the note that came with it."""
    if view.taken_over:
        return phrase("Taken over")
    if not view.handed_by:
        return ()
    return phrase("Handed over by {giver}", giver=name(view.handed_by)) + note(view)


def note(view: CardView) -> Text:
    """Return ": …" with the note of a hand-over, nothing where there is none."""
    return words(": ") + name(view.note, most_units=_NOTE_UNITS) if view.note else ()


def _reply(view: CardView) -> Text:
    """Return how it stands with an answer from here, or why there can be none."""
    offer = view.replying
    if offer is None or view.muted:
        return ()
    if offer.sender or offer.taking_back:
        error = phrase("not done yet: {error}", error=one_line(reason(offer.error), _ERROR_UNITS))
        return dotted(_under_way(offer), error if offer.error else ())
    if offer.writer:
        return phrase("{name} is writing an answer", name=name(offer.writer))
    return words(_no_button(view, offer), Style.ITALIC) if view.owed else ()


def _under_way(offer: ReplyOffer) -> Text:
    if offer.sender:
        return phrase("{name}'s answer is being sent", name=name(offer.sender, Style.BOLD))
    return phrase("The answer is being taken back")


def _no_button(view: CardView, offer: ReplyOffer) -> str:
    """Return why there is no button Reply, "" where there is one."""
    if offer.why_not:
        return tr("No reply from here: {why}.", why=one_line(reason(offer.why_not), _ERROR_UNITS))
    return tr("Answer it alone with me: /reply {item}", item=view.item) if view.hidden else ""


def _took(view: CardView) -> Text:
    """Return how long it took: the two numbers, always apart."""
    answer = view.answer
    if answer is None:
        return ()
    target = answer.late_for
    return dotted(
        phrase("Customer waited {length}", length=length(answer.customer_wait, view.language)),
        phrase("team {length}", length=length(answer.team_time, view.language)),
        phrase("past the target of {length}", length=length(target, view.language))
        if target
        else (),
    )


def _foot(view: CardView, more: Text = ()) -> Text:
    late = view.found_late_by if view.state is not State.VOID else None
    more_posts, similar = view.more_posts, view.similar
    gone = view.gone_posts if view.state is not State.VOID else 0
    return dotted(
        words(f"#{view.item}"),
        phrase("part of #{item}", item=str(view.fold_of)) if view.fold_of is not None else (),
        phrases("+{count} more post", "+{count} more posts", more_posts) if more_posts else (),
        phrases("+{count} similar post", "+{count} similar posts", similar) if similar else (),
        phrases("{count} post deleted", "{count} posts deleted", gone) if gone else (),
        phrase("found {length} late", length=length(late, view.language)) if late else (),
        more,
    )
