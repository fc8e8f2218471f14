"""Review digests that stand in a chat show what was said of their posts meanwhile."""

from datetime import datetime

from bot.chat.wording import said_of, state_name
from bot.locale.tongue import tr, trn
from monitor.handling.desk import TakenBack
from monitor.handling.ledger import Standing
from monitor.model import ItemId, State
from monitor.store.outbox import Kind, Outbox, Parcel, Priority

_CLOSED = frozenset({State.RESOLVED, State.VOID})


def kept_word(label: str, standing: Standing | None) -> str:
    """Return what a person is told whose word on a post was kept; `standing` is of its item."""
    if standing is None:
        if label == "neither":
            return tr("Kept: no answer is needed.")
        return tr("Kept: the past opens no item.")
    item = standing.item
    if label != "neither":
        state = state_name(item.state)
        if item.state in _CLOSED:
            return tr("Kept: it is #{item}, {state}.", item=item.id, state=state)
        return tr("Kept: it is #{item}.", item=item.id)
    if item.muted or item.state in _CLOSED:
        return tr("Kept: no answer is needed.")
    return tr("Kept. #{item} stays as it is: dismiss it on its card if need be.", item=item.id)


def told_back(back: TakenBack, *, waits: bool) -> str:
    """Return what a person is told who took a word back; `waits`: the post is asked for again."""
    gone, stays = back.gone, back.stays
    parts = [tr('Undone: "{label}".', label=said_of(back.how))]
    if gone:
        parts.append(
            trn("{items} is taken back.", "{items} are taken back.", len(gone), items=_items(gone))
        )
    if stays:
        parts.append(
            trn(
                "{items} is left as before.",
                "{items} are left as before.",
                len(stays),
                items=_items(stays),
            )
        )
    if waits:
        parts.append(tr("The post waits for review again."))
    return " ".join(parts)


def redraw_reviews_of(outbox: Outbox, post: int, now: datetime) -> None:
    """Queue an edit of each digest that shows a post, wherever the word on it was spoken."""
    for digest, message_id in outbox.reviews_of(post):
        redraw_review(outbox, digest, message_id, now)


def redraw_review(outbox: Outbox, digest: Parcel, message_id: int, now: datetime) -> None:
    """Queue an edit of a digest; one that still waits shows the newest state anyway."""
    outbox.put(
        chat_id=digest.chat_id,
        topic=digest.topic,
        kind=Kind.REVIEW,
        message_id=message_id,
        dedupe=f"review edit:{digest.chat_id}:{message_id}",
        priority=Priority.EDIT,
        now=now,
        payload=digest.payload,
    )


def _items(items: tuple[ItemId, ...]) -> str:
    return tr(" and ").join(f"#{item}" for item in items)
