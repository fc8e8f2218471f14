"""A member's reply in the chat: the question for its text, and the message that follows it.

The same message is a preview before, and tells what became of the reply after. What will stand on
the platform stands in it as it is, whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.phrases import phrase
from bot.chat.reasons import reason
from bot.chat.taps import TapKind, encode
from bot.chat.text import (
    COPY_UNITS,
    Button,
    ButtonStyle,
    Message,
    Row,
    Style,
    Text,
    lines,
    openable,
    post,
    units,
    words,
)
from bot.chat.wording import called, dotted, handle, name, one_line, relative
from bot.locale.tongue import digits, mark, tr
from monitor.model import EventKind, ItemId, Member
from monitor.store.replies import ReplyState

SIGN = "✍️"  # how every message about a reply begins
_QUOTE_UNITS = 160
_NEWS_UNITS = 120
_ERROR_UNITS = 240
_MOST_NEWS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsView:
    """Something that happened to the item since the text was written."""

    kind: EventKind
    at: datetime
    said: str = ""  # a customer's words
    by: str = ""  # who answered, "" where nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """All that the messages about a reply show, and in whose words."""

    reply: int
    item: ItemId
    state: ReplyState
    edition: int
    writer: Member | None
    platform: str
    place: str
    author: str  # the customer's handle, "" where nobody is named
    asked: str  # the customer's words
    url: str  # of the customer's post
    text: str
    length: int  # as the platform counts
    limit: int | None  # None: it takes no replies at all
    why_not: str | None  # why it cannot be sent from here; None: it can
    news: tuple[NewsView, ...]
    error: str
    sent_url: str
    sent_at: datetime | None
    zone: ZoneInfo
    language: str
    again_at: datetime | None = None  # when its platform is called again


def question(view: ReplyView, problem: str = "") -> Message:
    """Return what asks a member for the text; `problem` is what was wrong with the last one."""
    writer, author = called(view.writer), handle(view.author)
    asked = (
        phrase("{writer}, what do you answer {author}?", writer=writer, author=author)
        if author
        else phrase("{writer}, what do you answer this post?", writer=writer)
    )
    head = dotted(_number(view), asked)
    text = lines(head, _quote(view), words(problem, Style.BOLD), words(_how(view), Style.ITALIC))
    to = tr("Your answer to {author}", author=f"@{view.author}")
    return Message(text, asks=to if view.author else tr("Your answer"))


def preview(view: ReplyView, edition: int | None = None) -> Message:
    """Return a reply as it stands; `edition` is the one a message is known to have shown."""
    if view.state is ReplyState.DRAFT and edition not in (None, view.edition):
        return Message(dotted(_number(view), phrase("a newer text stands below")))
    return Message(lines(_head(view), *_body(view)), _rows(view))


def _head(view: ReplyView) -> Text:
    said = phrase(
        "{writer} to {author} on {platform}",
        writer=name(view.writer.name if view.writer else tr("Somebody"), Style.BOLD),
        author=_addressed(view),
        platform=name(view.platform) + _place(view),
    )
    return dotted(_number(view), said)


def _body(view: ReplyView) -> Iterator[Text]:
    if view.state in (ReplyState.ASKED, ReplyState.DRAFT):
        yield _quote(view)
        yield from map(_happened, view.news[-_MOST_NEWS:])
    if view.text:
        yield phrase("Your answer:", Style.BOLD)
        yield post(view.text, Style.CODE) if _must_be_marked(view) else post(view.text)
    yield from _foot(view)


def _foot(view: ReplyView) -> Iterator[Text]:
    """Yield how a reply stands, and what can be done about it."""
    match view.state:
        case ReplyState.ASKED:
            return
        case ReplyState.DRAFT:
            yield from _draft_foot(view)
        case ReplyState.SENT:
            at = relative(view.sent_at, view.zone, view.language) if view.sent_at else ()
            yield words(tr("sent"), Style.BOLD, link=view.sent_url or None) + words(" ") + at
            failed = phrase("Not taken back: {error}.", Style.BOLD, error=_error(view))
            yield failed if view.error else ()
        case ReplyState.REFUSED:
            yield phrase("Not sent: {error}.", Style.BOLD, error=_error(view))
            yield phrase("Your text is kept here to copy.", Style.ITALIC)
        case _:
            yield dotted(phrase(_STANDS[view.state], Style.BOLD), _why(view), _again(view))


_STANDS = {
    ReplyState.CONFIRMED: mark("being sent"),
    ReplyState.CANCELLED: mark("cancelled, nothing was sent"),
    ReplyState.TAKING_BACK: mark("being taken back"),
    ReplyState.TAKEN_BACK: mark("taken back: it was deleted there"),
}
_WHY = {
    ReplyState.CONFIRMED: mark("not taken yet: {error}"),
    ReplyState.TAKING_BACK: mark("not done yet: {error}"),
}


def _why(view: ReplyView) -> Text:
    if not view.error:
        return ()
    error = _error(view)
    return phrase(_WHY[view.state], error=error) if view.state in _WHY else words(error)


def _again(view: ReplyView) -> Text:
    at = view.again_at
    when = relative(at, view.zone, view.language) if at else ()
    return phrase("tried again {when}", when=when) if when else ()


def _draft_foot(view: ReplyView) -> Iterator[Text]:
    if view.why_not:
        why = one_line(reason(view.why_not), _ERROR_UNITS)
        yield phrase("Not from here: {reason}.", Style.BOLD, reason=why)
        yield phrase("Copy it, open the post and answer there; then tap Answered on the card.")
    else:
        length, limit = digits(view.length), _limit(view)
        yield dotted(
            phrase("{length} of {limit}", length=length, limit=limit),
            phrase("nothing is sent yet"),
        )


def _limit(view: ReplyView) -> str:
    return digits(view.limit) if view.limit is not None else "–"


def _error(view: ReplyView) -> str:
    return one_line(reason(view.error), _ERROR_UNITS).rstrip(".")


def _rows(view: ReplyView) -> tuple[Row, ...]:
    open_post = Button(tr("Open post"), url=view.url) if openable(view.url) else None
    copy = _copy(view)
    match view.state:
        case ReplyState.DRAFT:
            send = None if view.why_not else _send(view)
            acts = (send, _button(view, tr("Edit"), TapKind.REWRITE), _button(view, tr("Cancel")))
            return _kept(acts, (copy if view.why_not else None, open_post))
        case ReplyState.CONFIRMED:
            return _kept((_button(view, tr("Stop")),))
        case ReplyState.REFUSED | ReplyState.CANCELLED:
            return _kept((copy, open_post if view.state is ReplyState.REFUSED else None))
        case _:
            return ()


def _send(view: ReplyView) -> Button:
    data = encode(TapKind.SEND, view.reply, str(view.edition))
    return Button(tr("Send"), data, style=ButtonStyle.SUCCESS)


def _button(view: ReplyView, label: str, kind: TapKind = TapKind.DROP) -> Button:
    return Button(label, encode(kind, view.reply))


def _copy(view: ReplyView) -> Button | None:
    fits = view.text and units(view.text) <= COPY_UNITS
    return Button(tr("Copy"), copy_text=view.text) if fits else None


def _must_be_marked(view: ReplyView) -> bool:
    """Return whether a text is set as code, which clients copy at a touch: no button holds it."""
    to_copy = view.state is ReplyState.REFUSED or bool(view.why_not)
    return to_copy and _copy(view) is None


def _kept(*rows: tuple[Button | None, ...]) -> tuple[Row, ...]:
    found = (tuple(button for button in row if button is not None) for row in rows)
    return tuple(row for row in found if row)


def _how(view: ReplyView) -> str:
    """Return how the text is given."""
    if view.why_not:
        return tr(
            "Not from here: {why}. Reply to this message with your text: it is kept here to copy.",
            why=one_line(reason(view.why_not), _ERROR_UNITS),
        )
    return tr(
        "Reply to this message with your text: up to {limit} as {platform} counts."
        " You see it before it is sent.",
        limit=_limit(view),
        platform=view.platform,
    )


def _happened(happened: NewsView) -> Text:
    said = {
        EventKind.CUSTOMER_POST: mark("The customer wrote again"),
        EventKind.POST_EDITED: mark("The customer changed a post"),
    }.get(happened.kind)
    if said is None:
        return words("⚠️ ") + _answered_meanwhile(happened.by)
    quote = post(one_line(happened.said, _NEWS_UNITS), Style.ITALIC)
    return words("⚠️ ") + phrase(said, Style.BOLD) + (words(": ") + quote if quote else ())


def _answered_meanwhile(by: str) -> Text:
    if not by:
        return phrase("It was answered meanwhile", Style.BOLD)
    return phrase("It was answered meanwhile by {name}", Style.BOLD, name=name(by))


def _number(view: ReplyView) -> Text:
    return words(f"{SIGN} ") + words(f"#{view.item}", Style.BOLD)


def _addressed(view: ReplyView) -> Text:
    return handle(view.author) or phrase("somebody unnamed")


def _place(view: ReplyView) -> Text:
    return words(" (") + name(view.place) + words(")") if view.place.strip() else ()


def _quote(view: ReplyView) -> Text:
    return post(one_line(view.asked, _QUOTE_UNITS), Style.QUOTE) if view.asked.strip() else ()
