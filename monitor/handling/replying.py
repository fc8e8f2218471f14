"""Replies from the chat: a person is asked, writes, looks, confirms; then the reply is sent once.

The idempotency key is fixed when the text is asked for. A confirmed reply is written down before
the platform is called and after: whoever is killed in between makes the same call again, which by
the promise of `Replying` never writes twice. Members act in the desk's thread, the platform is
called in its own; both only move a row from a state in which they found it.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from monitor.clock.timeline import effective
from monitor.desk.lifecycle import last_undoable
from monitor.desk.roles import may_take_over
from monitor.errors import ConnectorError, RateLimitError, RefusedError, StoreError
from monitor.handling.desk import Desk
from monitor.handling.ledger import Ledger, Standing
from monitor.handling.opening import Opening
from monitor.model import (
    Author,
    Brand,
    Event,
    EventKind,
    ItemId,
    Member,
    MemberId,
    Mention,
    Post,
    Sent,
    State,
)
from monitor.ports import Replying, TakingBack
from monitor.store.posts import NewPost
from monitor.store.replies import OPEN, ReplyRow, ReplyState
from monitor.store.store import Store

DRAFT_LASTS = timedelta(hours=4)  # since its member last did something to it
TRIED_FOR = timedelta(hours=24)  # then a person must look
SOURCE = "chat"  # where the desk has its own replies from
LONGEST = 3_000  # UTF-16 units of a text: a preview shows all of it in one message
STOPPED = "it was stopped in mid-sending: look whether it stands there before you write again"
_LONGEST_GAP = timedelta(minutes=5)
_FORGOTTEN_AFTER = TRIED_FOR + timedelta(hours=1)
_SHORTEST_REST = timedelta(seconds=30)  # where a platform asks for patience and says no time
_POST_GONE = "the customer deleted the post"
_LEFT_ALONE = "nobody sent it in time"
_NEWS = frozenset(
    {
        EventKind.CUSTOMER_POST,
        EventKind.POST_EDITED,
        EventKind.BRAND_REPLY,
        EventKind.ANSWERED,
    }
)
_log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


class Confirmed(Enum):
    """What a tap on Send came to."""

    SENDING = auto()
    ALREADY = auto()  # somebody confirmed it before
    LOOK_AGAIN = auto()  # something happened since the preview: a newer one is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What a look at the waiting replies of a platform came to."""

    items: tuple[ItemId, ...] = ()  # whose cards change
    limit: "Limit | None" = None  # the platform asked us to wait: for the next look


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A platform takes no reply before `until`."""

    until: datetime
    error: RateLimitError


def target(posts: Sequence[Post], waiting: frozenset[str | None]) -> Post | None:
    """Return the customer's post that a reply answers: the latest one still waiting, else the last.

    `posts` are the item's, oldest first; None where all of them are gone.
    """
    standing = [post for post in posts if not post.mention.deleted]
    asking = [post for post in standing if post.mention.key in waiting]
    return next(reversed(asking or standing), None)


def refusal(connector: Replying | None, post: Post) -> str | None:
    """Return why a post cannot be answered from here, None where it can. No request is made."""
    if connector is None:
        return f"{post.mention.platform} takes no replies from here"
    if why := connector.why_no_reply(post.mention):
        return why
    if post.mention.answerable is False:
        return f"{post.mention.platform} does not let us answer this post from here"
    return None


def news(store: Store, row: ReplyRow) -> tuple[Event, ...]:
    """Return what happened to the item since a reply's text was written, if it concerns it."""
    events = effective(store.events.of_item(row.item))
    return tuple(each for each in events if each.kind in _NEWS and each.id > row.known_event)


class Answers:
    """What members do to replies, and what the platforms make of them.

    One belongs to one thread, as its store does. Every act may raise `RefusedError`, whose message
    is for the member who acted.
    """

    def __init__(
        self, ledger: Ledger, desk: Desk, brands: Sequence[Brand], found_late: timedelta
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._desk = desk
        self._brands = brands
        self._opening = Opening(ledger, found_late)

    # ------------------------------------------------------------ what members do

    def ask(
        self, item: ItemId, member: Member, chat_id: int, topic: int | None, now: datetime
    ) -> ReplyRow:
        """Return the reply that a member is asked to write, or goes on with; the item is theirs."""
        with self._store.writing():
            standing = self._ledger.standing(item, now)
            _must_be_open(standing)
            active = self._store.replies.active(item)
            self._must_not_be_sending(active)
            post = self.subject(standing)
            if post is None:
                raise RefusedError("The post is gone: there is nothing left to answer.")
            self._take(standing, member, now)
            mine = next((row for row in active if row.member == member.id), None)
            if mine is not None and (why := self._why_over(mine, now)):
                self._end(mine, ReplyState.CANCELLED, why, now)
            elif mine is not None:
                self._store.replies.place(mine.id, chat_id, topic, now)
                if mine.state is ReplyState.ASKED:
                    self._store.replies.ask_anew(mine.id, post.id, self._newest_event(item))
                return self.row(mine.id)
            self._log("reply", item, member, now)
            reply = self._store.replies.ask(
                {
                    "item_id": item,
                    "post_id": post.id,
                    "member": member.id,
                    "chat_id": chat_id,
                    "topic": topic,
                    "idempotency_key": secrets.token_hex(16),
                },
                self._newest_event(item),
                now,
            )
            self._store.items.touch(item)
            return self.row(reply)

    def write(self, reply: int, text: str, member: Member, now: datetime) -> ReplyRow:
        """Keep the text of a reply, and return the draft that is to be looked at."""
        with self._store.writing():
            row = self.row(reply)
            self._must_be_writing(row, member, now)
            self._store.replies.write(reply, text, self._newest_event(row.item), now)
            self._log("reply draft", row.item, member, now)
            self._store.items.touch(row.item)
            return self.row(reply)

    def confirm(self, reply: int, edition: int, member: Member, now: datetime) -> Confirmed:
        """Let a draft go as its preview of `edition` shows it; once, whoever taps how often."""
        with self._store.writing():
            row = self.row(reply)
            if row.state in (ReplyState.CONFIRMED, ReplyState.SENT):
                return Confirmed.ALREADY
            self._must_be_writing(row, member, now)
            if row.state is not ReplyState.DRAFT or row.edition != edition:
                raise RefusedError("A newer text or preview stands below this one.")
            standing = self._ledger.standing(row.item, now)
            _must_be_open(standing)
            self._must_not_be_sending(self._store.replies.active(row.item))
            self._take(standing, member, now)
            newest = self._newest_event(row.item)
            if newest > row.seen_event:
                self._store.replies.preview_anew(reply, newest)
                return Confirmed.LOOK_AGAIN
            if not self._store.replies.confirm(reply, now):
                return Confirmed.ALREADY
            self._log("reply send", row.item, member, now)
            self._store.items.touch(row.item)
            return Confirmed.SENDING

    def cancel(self, reply: int, member: Member, now: datetime) -> ReplyRow:
        """End a reply: a draft is dropped, one that waits for its platform is sent no more.

        One that the platform was already called for may stand there all the same: it is told so.
        """
        with self._store.writing():
            row = self.row(reply)
            self.must_be_theirs(row, member)
            if row.state in OPEN or (row.state is ReplyState.CONFIRMED and not row.tries):
                self._end(row, ReplyState.CANCELLED, "", now, member)
            elif row.state is ReplyState.CONFIRMED:
                self._end(row, ReplyState.REFUSED, STOPPED, now, member)
            else:
                raise _no_longer(row)
            return self.row(reply)

    def sent_last(self, item: ItemId, now: datetime) -> ReplyRow | None:
        """Return the reply from here that an undo would take back now, None for another act."""
        latest = last_undoable(self._ledger.standing(item, now).events, now)
        if latest is None or latest.kind is not EventKind.BRAND_REPLY:
            return None
        rows = self._store.replies.of_item(item)
        return next((row for row in rows if row.sent and row.sent.key == latest.key), None)

    def take_back(self, row: ReplyRow, member: Member, now: datetime) -> None:
        """Have a reply that was sent deleted on its platform."""
        with self._store.writing():
            if row.member != member.id and not may_take_over(member.role):
                raise RefusedError("Only who sent it or a lead can take it back.")
            if not self._store.replies.take_back(row.id, now):
                raise RefusedError("It is being taken back already.")
            self._log("reply take back", row.item, member, now)
            self._store.items.touch(row.item)

    def expire(self, now: datetime) -> int:
        """End the drafts that were left alone, or whose post is gone; return how many.

        So ends what waits for a platform that nobody calls any more: it left the settings.
        """
        ended = self._end_forgotten(now)
        for row in self._store.replies.being_written():
            why = self._why_over(row, now)
            if why:
                with self._store.writing():
                    if self.row(row.id).state in OPEN:
                        self._end(row, ReplyState.CANCELLED, why, now)
                        ended += 1
        return ended

    def _end_forgotten(self, now: datetime) -> int:
        ended = 0
        for row in self._store.replies.under_way():
            if now - max(row.touched_at, row.confirmed_at or row.touched_at) <= _FORGOTTEN_AFTER:
                continue
            with self._store.writing():
                if self.row(row.id).state is row.state:
                    self._give_up(row, now, row.error or "its platform takes no replies any more")
                    ended += 1
        return ended

    # ------------------------------------------------------------ what is known

    def row(self, reply: int) -> ReplyRow:
        """Return a reply. Raises: RefusedError if there is none."""
        row = self._store.replies.get(reply)
        if row is None:
            raise RefusedError("This reply is not there any more.")
        return row

    def subject(self, standing: Standing) -> Post | None:
        """Return the post of an item that a reply would answer now."""
        return target(self._store.posts.of_item(standing.item.id), standing.asking)

    def post(self, row: ReplyRow) -> Post:
        """Return the post that a reply answers."""
        post = self._store.posts.by_id(row.post)
        if post is None:  # foreign keys forbid it
            raise RefusedError("The post is not kept any more.")
        return post

    # ------------------------------------------------------------ what the platform makes of it

    def due(self, platform: str, now: datetime) -> tuple[ReplyRow, ...]:
        """Return what a platform has to be called for."""
        return self._store.replies.due(platform, now)

    def begin(self, row: ReplyRow, now: datetime) -> ReplyRow | None:
        """Return a reply that is about to be sent, written down as such; None if it is not to be.

        Where nobody called the platform yet, a post that is gone ends it; so does a day of tries.
        """
        with self._store.writing():
            known = self.row(row.id)
            if known.state is not row.state:
                return None
            gone = self.post(known).mention.deleted
            if known.state is ReplyState.CONFIRMED and gone and not known.tries:
                self._end(known, ReplyState.CANCELLED, _POST_GONE, now)
                return None
            if now - (known.confirmed_at or now) > TRIED_FOR and known.tries:
                self._give_up(known, now, f"no answer for a day ({known.error})")
                return None
            return self.row(row.id) if self._store.replies.trying(known, now) else None

    def stands(self, row: ReplyRow, sent: Sent, now: datetime) -> None:
        """Record that the platform has a reply: the clocks it answers stop at its own time."""
        sent = replace(sent, at=min(sent.at, now))  # its clock may be ahead of ours
        with self._store.writing():
            self._store.replies.sent(row.id, sent)
            item = self._store.items.get(row.item)
            if item is None:
                return
            reply = self._own_post(row, sent, item.item.brand)
            brands = self._sharing(item.item.brand, reply.platform)
            draft = NewPost(
                mention=reply,
                seen_at=now,
                brands=brands,
                classification=None,
                source=SOURCE,
                own_brand=item.item.brand,
            )
            if not self._store.posts.add([draft]):
                self._name_sender(sent.key, row.member, now)
            for brand in brands:
                self._opening.replied(brand, reply, now, by=row.member)
            self._log("reply sent", row.item, self._member(row), now, sent.url)
            self._store.items.touch(row.item)

    def refused(self, row: ReplyRow, why: str, now: datetime) -> None:
        """Record that the platform does not do what was asked for: it stands, or never will."""
        with self._store.writing():
            known = self.row(row.id)
            if known.state is ReplyState.CONFIRMED:
                self._end(known, ReplyState.REFUSED, why, now)
            elif known.state is ReplyState.TAKING_BACK:
                self._store.replies.stays(row.id, why)
                self._log("reply not taken back", row.item, self._member(row), now, why)
                self._store.items.touch(row.item)

    def later(
        self, row: ReplyRow, error: ConnectorError, now: datetime, until: datetime | None = None
    ) -> None:
        """Record that the platform must be called again, with the same key, and when.

        For one that asks for more than a day nobody waits: the reply is given up.
        """
        until = until or _again_at(row, error, now)
        with self._store.writing():
            known = self.row(row.id)
            if known.state not in (ReplyState.CONFIRMED, ReplyState.TAKING_BACK):
                return
            if until - now > TRIED_FOR:
                self._give_up(known, now, str(error), surely_not=row.tries <= 1)
                return
            self._store.replies.later(row.id, until, str(error))
            self._store.items.touch(row.item)

    def gone(self, row: ReplyRow, now: datetime) -> None:
        """Record that a reply was deleted on its platform: what it answered waits again."""
        with self._store.writing():
            self._store.replies.end(row.id, ReplyState.TAKEN_BACK)
            kept = self._store.posts.get(row.sent.key) if row.sent else None
            if kept is not None and not kept.mention.deleted:
                self._store.posts.deleted(kept.id, now)
                for item in self._store.events.items_answered_by(kept.mention.key):
                    self._ledger.record(item, [_deleted(item, kept.mention, now)], now)
            self._log("reply taken back", row.item, self._member(row), now)
            self._store.items.touch(row.item)

    # ------------------------------------------------------------ within

    def _take(self, standing: Standing, member: Member, now: datetime) -> None:
        """Claim an item that owes an answer and that nobody has: an answer needs an owner."""
        item = standing.item
        if not standing.readings.response_open or item.owner == member.id:
            return
        if item.owner is not None:
            name = self._name(item.owner)
            raise RefusedError(
                "{name} has it. Ask {name} or a lead to release it, then tap Reply again.",
                name=name,
            )
        self._desk.claim(item.id, member, now)

    def _must_not_be_sending(self, active: Sequence[ReplyRow]) -> None:
        for row in active:
            if row.state is ReplyState.CONFIRMED:
                raise RefusedError(
                    "An answer by {name} is being sent.", name=self._name(row.member)
                )
            if row.state is ReplyState.TAKING_BACK:
                raise RefusedError("The last answer is being taken back: wait until it is gone.")

    def _must_be_writing(self, row: ReplyRow, member: Member, now: datetime) -> None:
        self.must_be_theirs(row, member)
        if row.state not in OPEN:
            raise _no_longer(row)
        if why := self._why_over(row, now):
            raise RefusedError("This draft is over: {reason}.", reason=why)

    def must_be_theirs(self, row: ReplyRow, member: Member) -> None:
        """Refuse who does not write this reply."""
        if row.member != member.id:
            name = self._name(row.member)
            raise RefusedError(
                "{name} writes this answer. Tap Reply on the card for one of yours.", name=name
            )

    def _why_over(self, row: ReplyRow, now: datetime) -> str:
        if self.post(row).mention.deleted:
            return _POST_GONE
        left_alone = now - row.touched_at > DRAFT_LASTS
        return _LEFT_ALONE if left_alone else ""

    def _end(
        self,
        row: ReplyRow,
        state: ReplyState,
        why: str,
        now: datetime,
        member: Member | None = None,
    ) -> None:
        self._store.replies.end(row.id, state, why)
        word = "refused" if state is ReplyState.REFUSED else "cancelled"
        self._log(f"reply {word}", row.item, member or self._member(row), now, why)
        self._store.items.touch(row.item)

    def _give_up(
        self, row: ReplyRow, now: datetime, why: str, *, surely_not: bool | None = None
    ) -> None:
        """End a reply, or what would take it back; one that may stand all the same says so."""
        if row.state is ReplyState.TAKING_BACK:
            self._store.replies.stays(row.id, why)
            self._store.items.touch(row.item)
            return
        surely_not = row.tries == 0 if surely_not is None else surely_not
        doubt = "" if surely_not else "; look whether it stands before you write again"
        self._end(row, ReplyState.REFUSED, why + doubt, now)

    def _newest_event(self, item: ItemId) -> int:
        events = self._store.events.of_item(item)
        return max((event.id for event in events if event.kind in _NEWS), default=0)

    def _own_post(self, row: ReplyRow, sent: Sent, brand: str) -> Mention:
        """Return a reply as the post that the platform's own account wrote."""
        to = self.post(row).mention
        handles = self._handles(brand, to.platform)
        return Mention(
            key=sent.key,
            platform=to.platform,
            thread=to.thread,
            author=Author(id=handles[0], handle=handles[0]) if handles else None,
            text=row.text,
            url=sent.url,
            posted_at=sent.at,
            place=to.place,
            reply_to=to.key,
            private=to.private,
        )

    def _handles(self, brand: str, platform: str) -> tuple[str, ...]:
        return tuple(
            handle
            for one in self._brands
            if one.name == brand
            for where, handle in one.own_accounts
            if where == platform
        )

    def _sharing(self, brand: str, platform: str) -> tuple[str, ...]:
        """Return a brand, and those that answer on the platform through the same accounts."""
        mine = set(self._handles(brand, platform))
        shared = (
            one.name
            for one in self._brands
            if mine and one.name != brand and set(self._handles(one.name, platform)) == mine
        )
        return (brand, *shared)

    def _name_sender(self, key: str, member: MemberId, now: datetime) -> None:
        """Let a reply that a poll found before we recorded it be its member's; no clock moves."""
        kept = self._store.posts.get(key)
        if kept is None or kept.mention.deleted:
            return
        for item in self._store.events.items_answered_by(key):
            events = effective(self._store.events.of_item(item))
            found = [e for e in events if e.kind is EventKind.BRAND_REPLY and e.key == key]
            nameless = [event for event in found if event.actor is None]
            undone = [_undone(event, now) for event in nameless]
            named = [replace(event, id=0, actor=member) for event in nameless[:1]]
            self._ledger.record(item, [*undone, *named], now)

    def _log(
        self, action: str, item: ItemId, member: Member | None, now: datetime, detail: str = ""
    ) -> None:
        self._store.people.log(now, action, actor=member, item=item, detail=detail)

    def _member(self, row: ReplyRow) -> Member | None:
        return self._store.people.member(row.member)

    def _name(self, member: MemberId) -> str:
        found = self._store.people.member(member)
        return found.name if found else "Somebody"


def deliver(
    connector: Replying, platform: str, answers: Answers, clock: Clock, limit: Limit | None = None
) -> Delivered:
    """Send what was confirmed, take back what is to go; it blocks, in the platform's thread.

    A failure of the platform is written beside the reply, which is tried again with the same key.
    `limit` is what the last look returned: while it holds, nothing is tried.
    """
    items: list[ItemId] = []
    for row in answers.due(platform, clock()):
        items.append(row.item)
        if limit is not None and clock() < limit.until:
            answers.later(row, limit.error, clock(), limit.until)
            continue
        begun = answers.begin(row, clock())
        error = _attempt(connector, begun, answers, clock) if begun is not None else None
        limit = _limit(error, clock()) if isinstance(error, RateLimitError) else None
    return Delivered(items=tuple(items), limit=limit)


def _again_at(row: ReplyRow, error: ConnectorError, now: datetime) -> datetime:
    if isinstance(error, RateLimitError):
        return _asked_until(error, now)
    return now + min(timedelta(seconds=2 ** min(row.tries, 10)), _LONGEST_GAP)


def _asked_until(error: RateLimitError, now: datetime) -> datetime:
    """Return until when a platform asked us to wait, or a fair guess where it said no time."""
    return max(error.retry_at or now + (error.wait or _SHORTEST_REST), now)


def _limit(error: RateLimitError, now: datetime) -> Limit | None:
    """Return what holds for other replies, too; who asks for days is asked again for each."""
    until = _asked_until(error, now)
    return Limit(until=until, error=error) if until - now <= TRIED_FOR else None


def _attempt(
    connector: Replying, row: ReplyRow, answers: Answers, clock: Clock
) -> ConnectorError | None:
    """Call the platform for one reply and record what came of it; return what it failed with."""
    try:
        _call(connector, row, answers, clock)
    except RefusedError as refused:
        answers.refused(row, str(refused), clock())
    except ConnectorError as error:
        _log.info("a reply waits: %s", error)
        answers.later(row, error, clock())
        return error
    except StoreError:
        raise  # it is ours; the same call is made again
    except Exception as error:  # noqa: BLE001 - nobody knows whether it stands: call again
        _log.exception("a reply could not be sent")
        fault = ConnectorError(answers.post(row).mention.platform, f"{type(error).__name__}")
        answers.later(row, fault, clock())
        return fault
    return None


def _call(connector: Replying, row: ReplyRow, answers: Answers, clock: Clock) -> None:
    if row.state is ReplyState.CONFIRMED:
        sent = connector.reply(answers.post(row).mention, row.text, row.idempotency_key)
        answers.stands(row, sent, clock())
        return
    if not isinstance(connector, TakingBack) or row.sent is None:
        raise RefusedError("it cannot be deleted from here: open the app and delete it there")
    connector.take_back(row.sent)
    answers.gone(row, clock())


def _must_be_open(standing: Standing) -> None:
    item = standing.item
    if item.state is State.VOID:
        raise RefusedError("It is dismissed ({reason}). Undo that first.", reason=item.void_reason)
    if item.state is State.RESOLVED:
        raise RefusedError("It is resolved.")
    if item.muted:
        raise RefusedError("It is history: it has no clock.")


def _no_longer(row: ReplyRow) -> RefusedError:
    """Return why a reply can neither be changed nor sent any more."""
    match row.state:
        case ReplyState.CONFIRMED:
            return RefusedError("It is being sent.")
        case ReplyState.SENT:
            return RefusedError("It is sent already.")
        case ReplyState.REFUSED:
            return RefusedError("It was not taken. Tap Reply on the card to write another one.")
        case ReplyState.CANCELLED:
            return RefusedError("It was cancelled. Tap Reply on the card to write another one.")
        case _:
            return RefusedError("It was taken back.")


def _deleted(item: ItemId, reply: Mention, now: datetime) -> Event:
    return Event(
        id=0,
        item=item,
        kind=EventKind.REPLY_DELETED,
        at=now,
        recorded_at=now,
        key=reply.key,
        posted_at=reply.posted_at,
    )


def _undone(event: Event, now: datetime) -> Event:
    return Event(
        id=0, item=event.item, kind=EventKind.UNDONE, at=now, recorded_at=now, ref=event.id
    )
