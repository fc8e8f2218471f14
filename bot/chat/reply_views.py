"""What is shown of replies, gathered from the store: beside a card, and in their own messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.chat.previews import NewsView, ReplyView
from monitor.handling.ledger import Standing
from monitor.handling.replying import news, refusal, target
from monitor.model import Event, Post
from monitor.ports import Replying, TakingBack
from monitor.store.replies import OPEN, ReplyRow, ReplyState
from monitor.store.store import Store

Platforms = Mapping[str, Replying]  # the platforms that take replies from here, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOffer:
    """What a card says of answering from here."""

    why_not: str | None = None  # why it cannot be sent from here; None: it can
    writer: str = ""  # who is writing an answer
    sender: str = ""  # whose answer is being sent
    taking_back: bool = False
    error: str = ""  # why the platform has not done it yet
    takes_back: bool = False  # the platform deletes what was sent from here


def reply_offer(
    store: Store, standing: Standing, posts: Sequence[Post], platforms: Platforms
) -> ReplyOffer | None:
    """Return what a card offers, None where nothing is left to answer."""
    post = target(posts, standing.asking)
    if post is None:
        return None
    connector = platforms.get(standing.item.platform)
    active = store.replies.active(standing.item.id)
    writing = [row for row in active if row.state in OPEN]
    sending = next((row for row in active if row.state is ReplyState.CONFIRMED), None)
    going = next((row for row in active if row.state is ReplyState.TAKING_BACK), None)
    waits = sending or going
    return ReplyOffer(
        why_not=refusal(connector, post),
        writer=_name(store, writing[-1]) if writing else "",
        sender=_name(store, sending) if sending else "",
        taking_back=going is not None,
        error=waits.error if waits else "",
        takes_back=isinstance(connector, TakingBack),
    )


def sent_from_here(store: Store, standing: Standing) -> bool:
    """Return whether the item's answer was sent from the chat."""
    answer = standing.item.answer
    rows = store.replies.of_item(standing.item.id)
    return answer is not None and any(
        row.sent is not None and row.sent.url == answer.url for row in rows
    )


def reply_view(
    store: Store, row: ReplyRow, platforms: Platforms, zone: ZoneInfo, language: str
) -> ReplyView | None:
    """Return what a reply's messages show; None where its post is not kept any more."""
    post = store.posts.by_id(row.post)
    if post is None:
        return None
    mention = post.mention
    connector = platforms.get(mention.platform)
    return ReplyView(
        reply=row.id,
        item=row.item,
        state=row.state,
        edition=row.edition,
        writer=store.people.member(row.member),
        platform=mention.platform,
        place=mention.place,
        author=mention.author.handle if mention.author else "",
        asked=mention.text,
        url=mention.url,
        text=row.text,
        length=connector.reply_length(row.text, mention) if connector else len(row.text),
        limit=connector.reply_limit if connector else None,
        why_not=refusal(connector, post),
        news=tuple(_news(store, event) for event in news(store, row)),
        error=row.error,
        sent_url=row.sent.url if row.sent else "",
        sent_at=row.sent.at if row.sent else None,
        zone=zone,
        language=language,
        again_at=row.not_before,
    )


def _news(store: Store, event: Event) -> NewsView:
    said = store.posts.get(event.key) if event.key else None
    member = store.people.member(event.actor) if event.actor is not None else None
    answered = said is not None and said.own_brand is not None
    return NewsView(
        kind=event.kind,
        at=event.at,
        said=said.mention.text if said and not answered else "",
        by=member.name if member else "",
    )


def _name(store: Store, row: ReplyRow) -> str:
    found = store.people.member(row.member)
    return found.name if found else "Somebody"
