"""Items and what belongs to them as JSON: the keys are a promise, so they are written out here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.clock.reading import Reading, Readings
from monitor.clock.timeline import effective
from monitor.clock.why import Explained, Segment
from monitor.desk.matters import pressing
from monitor.handling.ledger import Ledger, Standing
from monitor.model import Answer, Event, ItemId, MemberId, Post
from monitor.store.outbox import CardRow
from monitor.store.store import Store

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item, how it stands, and its customer's posts, oldest first."""

    standing: Standing
    posts: tuple[Post, ...]


def instant(at: datetime) -> str:
    """Return an instant by RFC 3339, in UTC and whole seconds: "2026-03-06T16:00:00Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _exact(at: datetime) -> str:
    """Return an instant by RFC 3339 in UTC, with the fraction of a second where there is one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_or_none(at: datetime | None) -> str | None:
    """Return an instant by RFC 3339, None for None."""
    return None if at is None else instant(at)


def seconds(length: timedelta) -> int:
    """Return the whole seconds of a length of time."""
    return int(length.total_seconds())


def queue(ledger: Ledger, now: datetime) -> list[Entry]:
    """Return the items with a running or paused clock, due soonest first, paused ones last."""
    store = ledger.store
    with store.reading():
        found = [entry(ledger, listed.item.id, now) for listed in store.items.queue()]
    waiting = [each for each in found if each.standing.readings.due_next() is not None]
    return sorted(waiting, key=_order)


def entry(ledger: Ledger, item: ItemId, now: datetime) -> Entry:
    """Return one item. Raises: RefusedError if there is no such item."""
    standing = ledger.standing(item, now)
    return Entry(standing=standing, posts=ledger.store.posts.of_item(item))


def _order(one: Entry) -> tuple[bool, float, tuple[float, float], int]:
    item, due = one.standing.item, one.standing.due.due_at
    return due is None, due.timestamp() if due else 0.0, pressing(item), item.id


def response(readings: Readings) -> Reading | None:
    """Return the response clock that runs, or else the latest one; None for muted history."""
    known = [each for each in readings.responses if not each.void] or list(readings.responses)
    return next((each for each in known if each.running), known[-1] if known else None)


def flags(posts: Sequence[Post]) -> list[str]:
    """Return what the judge flagged in posts that still stand, by name."""
    judged = (post.classification for post in posts if not post.mention.deleted)
    return sorted({flag.value for each in judged if each is not None for flag in each.flags})


def language(posts: Sequence[Post]) -> str | None:
    """Return the language of the first judged post, "und" if unknown; None: not judged yet."""
    return next((post.classification.language for post in posts if post.classification), None)


@dataclass(slots=True)
class Records:
    """Writes items as JSON objects; members' names are looked up once."""

    store: Store
    _names: dict[MemberId, str] = field(default_factory=dict)

    def item(self, one: Entry) -> Record:
        """Return an item as `queue --json` lists it."""
        item, due = one.standing.item, one.standing.due
        clock = response(one.standing.readings)
        return {
            "id": item.id,
            "brand": item.brand,
            "platform": item.platform,
            "author": item.author.handle if item.author else None,
            "url": one.posts[0].mention.url if one.posts else None,
            "language": language(one.posts),
            "flags": flags(one.posts),
            "state": item.state.value,
            "owner": self.name(item.owner),
            "target": due.target.value if due.target else None,
            "posted_at": instant(item.posted_at),
            "seen_at": instant(item.opened_at),
            "due_at": instant_or_none(due.due_at),
            "customer_wait_s": seconds(clock.customer_wait) if clock else None,
            "team_time_s": seconds(clock.team_time) if clock else None,
            "breached": clock.breached if clock else False,
            "found_late": item.found_late,
        }

    def whole_item(self, one: Entry) -> Record:
        """Return an item as `item --json` shows it: with its posts, events, cards and answer."""
        item = one.standing.item
        return {
            **self.item(one),
            "posts": [self.post(post) for post in one.posts],
            "events": list(self._events(one.standing.events)),
            "cards": [_card(card) for card in self.store.outbox.cards_of(item.id)],
            "answer": self.answer(item.answer),
        }

    def answer(self, answer: Answer | None) -> Record | None:
        """Return how an item was answered, None while it is not."""
        if answer is None:
            return None
        return {
            "at": instant(answer.at),
            "url": answer.url,
            "proven": answer.proven,
            "by": self.name(answer.by),
        }

    def post(self, post: Post) -> Record:
        """Return a post as `item`, `search` and `export` show it."""
        mention, judged = post.mention, post.classification
        return {
            "id": post.id,
            "key": mention.key,
            "platform": mention.platform,
            "place": mention.place,
            "thread": mention.thread,
            "reply_to": mention.reply_to,
            "author": mention.author.handle if mention.author else None,
            "author_id": mention.author.id if mention.author else None,
            "author_name": mention.author.name if mention.author else None,
            "text": mention.text,
            "url": mention.url,
            "posted_at": instant(mention.posted_at),
            "seen_at": instant(post.seen_at),
            "edited_at": instant_or_none(mention.edited_at),
            "deleted": mention.deleted,
            "private": mention.private,
            "answerable": mention.answerable,
            "language_hint": mention.language_hint,
            "history": post.history,
            "brands": list(post.brands),
            "own_brand": post.own_brand,
            "language": judged.language if judged else None,
            "complaint": judged.complaint if judged else None,
            "request": judged.request if judged else None,
            "flags": sorted(flag.value for flag in judged.flags) if judged else [],
            "model": judged.model if judged else None,
        }

    def exported(self, post: Post) -> Record:
        """Return a post as `export` writes it: as `post` does, its times to the microsecond."""
        mention = post.mention
        return {
            **self.post(post),
            "posted_at": _exact(mention.posted_at),
            "seen_at": _exact(post.seen_at),
            "edited_at": _exact(mention.edited_at) if mention.edited_at else None,
        }

    def _events(self, events: Sequence[Event]) -> Iterator[Record]:
        standing = {event.id for event in effective(events)}
        for event in events:
            yield {
                "id": event.id,
                "kind": event.kind.value,
                "at": instant(event.at),
                "recorded_at": instant(event.recorded_at),
                "actor": self.name(event.actor),
                "key": event.key,
                "url": event.url,
                "reason": event.reason,
                "until": instant_or_none(event.until),
                "ref": event.ref,
                "counts": event.id in standing,
            }

    def name(self, member: MemberId | None) -> str | None:
        """Return a member's name, also of one who left; None for nobody."""
        if member is None:
            return None
        if member not in self._names:
            found = self.store.people.member(member)
            self._names[member] = found.name if found else "somebody"
        return self._names[member]


def _card(card: CardRow) -> Record:
    return {
        "chat_id": card.ref.chat_id,
        "message_id": card.ref.message_id,
        "live": card.live,
    }


def explained(clock: Explained) -> Record:
    """Return one cycle of a clock with all its segments, as `why --json` shows it."""
    return {
        "target": clock.target.value,
        "cycle": clock.cycle,
        "started_at": instant(clock.started_at),
        "ended_at": instant_or_none(clock.ended_at),
        "due_at": instant_or_none(clock.due_at),
        "team_time_s": seconds(clock.team_time),
        "allowed_s": seconds(clock.allowed),
        "customer_wait_s": seconds(clock.customer_wait),
        "breached": clock.breached,
        "counted": clock.counted,
        "segments": [_segment(each) for each in clock.segments],
        "notes": list(clock.notes),
    }


def _segment(segment: Segment) -> Record:
    return {
        "from": instant(segment.start),
        "to": instant(segment.end),
        "counted": segment.counted,
        "why": segment.why,
        "calendar": segment.calendar,
        "calendar_version": segment.calendar_version,
        "policy": segment.policy,
        "policy_version": segment.policy_version,
    }
