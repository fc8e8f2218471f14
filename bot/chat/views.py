"""What a card shows of an item: gathered from the store once, so that drawing it is pure.

Nothing in a view changes by the mere passing of time but the mark, which follows the steps of the
item's policy, and whether an act can still be undone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.chat.excerpts import Excerpt, excerpt
from bot.chat.reply_views import Platforms, ReplyOffer, reply_offer, sent_from_here
from monitor.clock.reading import Reading, Readings
from monitor.clock.timeline import effective
from monitor.desk.claims import last_hand_over
from monitor.desk.customers import LIKELY
from monitor.desk.lifecycle import doer, last_undoable
from monitor.desk.lifecycle import handed as is_handed
from monitor.desk.matters import pressing
from monitor.desk.promises import Told
from monitor.handling.ledger import Ledger, Standing
from monitor.model import (
    Event,
    EventKind,
    Flag,
    Item,
    ItemId,
    MemberId,
    Post,
    State,
    Target,
)
from monitor.store.store import Store

NO_LINK = "no link"  # the log's word for a member who has no link to an answer
LATE_WARNING = 0.75  # steps from this share on warn in a stronger colour
_TAKEN_BACK = frozenset(
    {
        EventKind.ANSWERED,
        EventKind.WAITING,
        EventKind.SNOOZED,
        EventKind.RESOLVED,
        EventKind.VOIDED,
    }
)


class Mark(StrEnum):
    """How an item stands, in one sign that is seen before anything is read."""

    WAITING = "🔵"
    IN_PROGRESS = "🟣"
    WARNING = "🟡"
    LATE_WARNING = "🟠"
    OVERDUE = "🔴"
    PAUSED = "⏸️"
    ANSWERED = "✅"
    UNPROVEN = "☑️"
    RESOLVED = "🏁"
    VOID = "🚫"
    HISTORY = "📁"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """How an item was answered, and how long it took."""

    at: datetime
    by: str | None  # None: found by ourselves, nobody tapped
    proven: bool
    url: str | None
    customer_wait: timedelta
    team_time: timedelta
    late_for: timedelta | None  # the target it missed; None: in time, or not counted
    asks_link: bool  # a link to the answer is still wanted
    from_here: bool = False  # it was sent from the chat


@dataclass(frozen=True, slots=True, kw_only=True)
class EndView:
    """How an item ended: void or resolved."""

    at: datetime | None
    by: str | None  # None: nobody's act
    reason: str = ""
    merged_into: ItemId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseView:
    """What the customer was promised next, and nobody has said yet that it was done."""

    number: int
    text: str
    due_at: datetime
    by: str
    past: bool  # the team was told that its time has passed
    more: int = 0  # further ones


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """All that a card shows, and in whose words."""

    item: ItemId
    state: State
    mark: Mark
    brand: str
    platform: str
    zone: ZoneInfo
    language: str  # of the reader
    place: str = ""
    author: str = ""  # the handle, "" where nobody is named
    spoken: str | None = None  # the post's language, ISO 639-1 or "und"; None: not judged yet
    flags: frozenset[Flag] = frozenset()
    excerpt: Excerpt | None = None
    confidential: bool = False  # it was said in private
    hidden: bool = False  # and its text is not for those who read this card
    gone_posts: int = 0  # deleted by their author
    more_posts: int = 0  # of the same author, not shown
    url: str = ""
    target: Target | None = None  # the response that is owed, else the resolution
    due_at: datetime | None = None
    claim_due_at: datetime | None = None
    wrote_at: datetime
    owner: str | None = None
    lease_ends_at: datetime | None = None
    handed_by: str = ""  # who gave it to the owner
    taken_over: bool = False  # by the owner
    note: str = ""  # what came with it
    paused_for: str = ""  # "customer", "third party" or "snoozed"
    paused_until: datetime | None = None
    found_late_by: timedelta | None = None
    topic: str | None = None  # None: nobody knows
    urgency: int = 0  # 0, 1 or 2
    leaving: bool = False  # the judge takes the customer for one who is about to leave
    pressing: tuple[float, float] = (0.0, 0.0)  # its place among those due at the same moment
    contact: int = 1  # 3: the third time this person needs us
    repeat: bool = False  # the last time was within a week
    notes: int = 0  # what the team wrote of this person
    tags: int = 0
    promise: PromiseView | None = None
    similar: int = 0  # items folded under this card
    fold_of: ItemId | None = None
    answer: AnswerView | None = None
    ended: EndView | None = None
    owed: bool = True  # a response clock runs
    muted: bool = False
    undoable: bool = False
    takers: tuple[tuple[MemberId, str], ...] = ()  # to whom it may be handed over, with names
    replying: ReplyOffer | None = None  # None: nothing is said of replying from here


def card_view(
    ledger: Ledger,
    item_id: ItemId,
    now: datetime,
    *,
    zone: ZoneInfo,
    language: str,
    private: bool = False,
    platforms: Platforms | None = None,
) -> CardView:
    """Return what the card of an item shows at `now` to readers of `language` in `zone`.

    `private`: one person alone reads it, so that private posts may be shown. `platforms` take
    replies from here; None: nobody reads the card who could write one.
    Raises: RefusedError if there is no such item.
    """
    standing = ledger.standing(item_id, now)
    store, item, readings = ledger.store, standing.item, standing.readings
    posts = store.posts.of_item(item_id)
    standing_posts = [post for post in posts if not post.mention.deleted]
    response, due = _response(readings), _due(readings)
    shown = _shown(standing_posts, response)
    confidential = shown is not None and shown.mention.private
    hidden = confidential and not private
    gone = item.state is State.VOID and not standing_posts
    handed = last_hand_over(item, standing.events)
    took = handed is not None and doer(handed) == handed.actor
    offer = reply_offer(store, standing, posts, platforms) if platforms is not None else None
    glance = store.customers.glance(item.id)
    return CardView(
        item=item.id,
        state=item.state,
        mark=mark(standing),
        brand=item.brand,
        platform=item.platform,
        zone=zone,
        language=language,
        place=shown.mention.place if shown else "",
        author=_author(item, shown, gone=gone),
        spoken=shown.classification.language if shown and shown.classification else None,
        flags=_flags(standing_posts),
        excerpt=_excerpt(shown) if shown and not hidden else None,
        confidential=confidential,
        hidden=hidden,
        gone_posts=len(posts) - len(standing_posts),
        more_posts=max(len(standing_posts) - 1, 0),
        url=shown.mention.url if shown else "",
        target=due.target if due else None,
        due_at=due.due_at if due else None,
        claim_due_at=_claim_due_at(readings) if item.owner is None else None,
        wrote_at=response.waits_since if response else item.posted_at,
        owner=_name(store, item.owner),
        lease_ends_at=item.lease_ends_at if item.state is State.CLAIMED else None,
        handed_by=(_name(store, doer(handed)) or "") if handed and not took else "",
        taken_over=took,
        note=(handed.reason or "") if handed else "",
        paused_for=_paused_for(readings, item),
        paused_until=item.paused_until,
        found_late_by=item.opened_at - item.posted_at if item.found_late else None,
        topic=item.topic,
        urgency=item.urgency or 0,
        leaving=(item.churn_risk or 0.0) >= LIKELY,
        pressing=pressing(item),
        contact=glance.contact,
        repeat=glance.repeat,
        notes=glance.notes,
        tags=glance.tags,
        promise=_promise(store, item.id),
        similar=len(store.items.folded_under(item.id)),
        fold_of=item.fold_of,
        answer=_answer(store, standing, response),
        ended=_ended(store, standing),
        owed=readings.response_open,
        muted=item.muted,
        undoable=_undoable(standing, now, takes_back=offer is not None and offer.takes_back),
        replying=offer,
    )


def card_views(
    ledger: Ledger,
    items: Iterable[ItemId],
    now: datetime,
    *,
    zone: ZoneInfo,
    language: str,
    private: bool = False,
) -> tuple[CardView, ...]:
    """Return what the cards of several items show; an item that is not there is left out."""
    known = (item for item in items if ledger.store.items.get(item) is not None)
    return tuple(
        card_view(ledger, item, now, zone=zone, language=language, private=private)
        for item in known
    )


def mark(standing: Standing) -> Mark:
    """Return the sign of how an item stands: what is overdue first, then what was done.

    A pause stops no response clock: while an answer is owed, its warning is what is shown.
    """
    item, readings = standing.item, standing.readings
    if item.muted:
        return Mark.HISTORY
    if item.state is State.VOID:
        return Mark.VOID
    if any(each.running and each.breached for each in readings.responses):
        return Mark.OVERDUE
    crossed = share(standing)
    if item.state in _RESTING and not crossed:
        return _RESTING[item.state]
    if item.state is State.ANSWERED:
        return Mark.UNPROVEN if item.answer and not item.answer.proven else Mark.ANSWERED
    return _working(item, crossed)


def share(standing: Standing) -> float:
    """Return the highest step of the policy that a running response clock has crossed, or 0."""
    running = [each for each in standing.readings.responses if each.running]
    crossed = (
        step.share
        for reading in running
        for step in standing.terms.newest.steps
        if reading.team_time >= reading.allowed * step.share
    )
    return max(crossed, default=0.0)


def overdue(standing: Standing) -> bool:
    """Return whether a customer waits for an answer past the target."""
    return mark(standing) is Mark.OVERDUE


_RESTING = {
    State.WAITING: Mark.PAUSED,
    State.SNOOZED: Mark.PAUSED,
    State.RESOLVED: Mark.RESOLVED,
}


def _working(item: Item, crossed: float) -> Mark:
    if crossed >= LATE_WARNING:
        return Mark.LATE_WARNING
    if crossed > 0:
        return Mark.WARNING
    return Mark.IN_PROGRESS if item.owner is not None else Mark.WAITING


def _response(readings: Readings) -> Reading | None:
    """Return the response that is owed, or else the latest one that was given."""
    known = [each for each in readings.responses if not each.void]
    return next((each for each in known if each.running), known[-1] if known else None)


def _due(readings: Readings) -> Reading | None:
    """Return the clock that the card is about: the response owed, or else the resolution."""
    running = [each for each in readings.all if each.running and each.target is not Target.CLAIM]
    return min(running, key=lambda each: not each.response, default=None)


def _claim_due_at(readings: Readings) -> datetime | None:
    running = (each for each in readings.of(Target.CLAIM) if each.running)
    return next((each.due_at for each in running), None)


def _shown(posts: Sequence[Post], response: Reading | None) -> Post | None:
    """Return the post to show: the oldest one that waits for an answer, or else the newest."""
    if response is not None and response.running:
        for post in posts:
            if post.mention.posted_at >= response.waits_since:
                return post
    return posts[-1] if posts else None


def _author(item: Item, shown: Post | None, *, gone: bool) -> str:
    """Return who wrote what is shown: an item that took another one in has posts of two people."""
    if gone:
        return ""
    author = (shown.mention.author if shown else None) or item.author
    return author.handle if author else ""


def _excerpt(post: Post) -> Excerpt:
    judged = post.classification
    return excerpt(post.mention.text, judged.reasons if judged else ())


def _flags(posts: Sequence[Post]) -> frozenset[Flag]:
    judged = (post.classification for post in posts)
    return frozenset(flag for each in judged if each is not None for flag in each.flags)


def _paused_for(readings: Readings, item: Item) -> str:
    if item.state not in (State.WAITING, State.SNOOZED):
        return ""
    if item.state is State.SNOOZED:
        return "snoozed"
    return (readings.pause.event.reason if readings.pause else None) or "customer"


def _promise(store: Store, item: ItemId) -> PromiseView | None:
    first, *rest = store.promises.standing(item) or (None,)
    if first is None:
        return None
    return PromiseView(
        number=first.id,
        text=first.text,
        due_at=first.due_at,
        by=first.by,
        past=first.told is Told.PAST,
        more=len(rest),
    )


def _answer(store: Store, standing: Standing, response: Reading | None) -> AnswerView | None:
    found = standing.item.answer
    if found is None or response is None:
        return None
    return AnswerView(
        at=found.at,
        by=_name(store, found.by),
        proven=found.proven,
        url=found.url,
        customer_wait=response.customer_wait,
        team_time=response.team_time,
        late_for=response.allowed if response.breached and response.counted else None,
        from_here=sent_from_here(store, standing),
        asks_link=not found.proven and found.url is None and not _gave_none(store, standing),
    )


def _gave_none(store: Store, standing: Standing) -> bool:
    """Return whether a member said after the answer that there is no link to it."""
    taps = (each for each in effective(standing.events) if each.kind is EventKind.ANSWERED)
    tapped_at = max((each.recorded_at for each in taps), default=None)
    said = store.people.entries(item=standing.item.id, since=tapped_at)
    return any(entry.action == NO_LINK and entry.allowed for entry in said)


def _ended(store: Store, standing: Standing) -> EndView | None:
    item = standing.item
    kinds = {State.VOID: EventKind.VOIDED, State.RESOLVED: EventKind.RESOLVED}
    if item.state not in kinds:
        return None
    ends = [each for each in effective(standing.events) if each.kind is kinds[item.state]]
    last = ends[-1] if ends else None
    return EndView(
        at=last.at if last else None,
        by=_name(store, last.actor) if last else None,
        reason=item.void_reason or "",
        merged_into=item.merged_into,
    )


def _undoable(standing: Standing, now: datetime, *, takes_back: bool) -> bool:
    latest: Event | None = last_undoable(standing.events, now)
    if latest is not None and latest.kind is EventKind.BRAND_REPLY:
        return takes_back  # it was sent from here
    return latest is not None and (latest.kind in _TAKEN_BACK or is_handed(latest))


def _name(store: Store, member: MemberId | None) -> str | None:
    if member is None:
        return None
    found = store.people.member(member)
    return found.name if found else "somebody"
