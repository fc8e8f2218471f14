"""Review digests that stand in a chat show what was said of their posts meanwhile."""

from datetime import datetime

from monitor.handling.desk import TakenBack
from monitor.handling.ledger import Standing
from monitor.model import ItemId, State
from monitor.store.outbox import Kind, Outbox, Parcel, Priority

_CLOSED = frozenset({State.RESOLVED, State.VOID})


def kept_word(label: str, standing: Standing | None) -> str:
    """Return what a person is told whose word on a post was kept; `standing` is of its item."""
    if standing is None:
        asks_nothing = label == "neither"
        return "Kept: no answer is needed." if asks_nothing else "Kept: the past opens no item."
    item = standing.item
    if label != "neither":
        return f"Kept: it is #{item.id}" + (f", {item.state}." if item.state in _CLOSED else ".")
    if item.muted or item.state in _CLOSED:
        return "Kept: no answer is needed."
    return f"Kept. #{item.id} stays as it is: dismiss it on its card if need be."


def told_back(back: TakenBack, *, waits: bool) -> str:
    """Return what a person is told who took a word back; `waits`: the post is asked for again."""
    parts = [f'Undone: "{back.how}".']
    if back.gone:
        parts.append(f"{_items(back.gone)} {_is(back.gone)} taken back.")
    if back.stays:
        parts.append(f"{_items(back.stays)} {_is(back.stays)} left as before.")
    if waits:
        parts.append("The post waits for review again.")
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
    return " and ".join(f"#{item}" for item in items)


def _is(items: tuple[ItemId, ...]) -> str:
    return "is" if len(items) == 1 else "are"
