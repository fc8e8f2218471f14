"""Short words for tests of the clock. Times are "10:00" on Monday 2026-03-02, or whole dates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.clock.policy import Policy, Step, Terms
from monitor.model import Event, EventKind, ItemId, MemberId

ITEM = ItemId(7)
ANNA, BORIS = MemberId(1), MemberId(2)
STEPS = (
    Step(share=0.5, tell="chat"),
    Step(share=0.8, tell="owner"),
    Step(share=1.0, tell="lead"),
    Step(share=2.0, tell="manager"),
)
ALWAYS = Terms.of(Policy(steps=STEPS))


def at(text: str) -> datetime:
    """Return an instant in UTC: "10:00", "10:00:30", "03-03 10:00" or "2026-03-03 10:00"."""
    day, _, clock = text.rpartition(" ")
    full = {"": "2026-03-02", "03": "2026-" + day}.get(day[:2], day)
    return datetime.fromisoformat(f"{full} {clock}").replace(tzinfo=UTC)


def minutes(number: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=number)


def happened(kind: EventKind, when: str, learnt: str = "") -> Event:
    """Return an event that took effect `when`, and was recorded then or when it was `learnt`."""
    return Event(id=0, item=ITEM, kind=kind, at=at(when), recorded_at=at(learnt or when))


def opened(when: str = "10:00", posted: str = "") -> Event:
    """Return the opening of an item, by the post "p1"."""
    event = happened(EventKind.OPENED, when)
    return replace(event, key="p1", posted_at=at(posted or when))


def post(when: str, posted: str = "", *, key: str = "p2", wants: bool = True) -> Event:
    """Return a later post of the same customer, first seen `when`."""
    event = happened(EventKind.CUSTOMER_POST, when)
    return replace(event, key=key, posted_at=at(posted or when), wants_answer=wants)


def post_deleted(when: str, key: str = "p1") -> Event:
    """Return that a post was seen to be gone."""
    return replace(happened(EventKind.POST_DELETED, when), key=key)


def reply(when: str, learnt: str = "", *, key: str = "r1") -> Event:
    """Return a public reply of the brand, written `when`, found when `learnt`."""
    event = happened(EventKind.BRAND_REPLY, when, learnt)
    return replace(event, key=key, url=f"https://example.org/{key}")


def reply_deleted(when: str, key: str = "r1") -> Event:
    """Return that a reply was seen to be gone."""
    return replace(happened(EventKind.REPLY_DELETED, when), key=key)


def tap(when: str, by: MemberId = ANNA) -> Event:
    """Return a tap on Answered."""
    return replace(happened(EventKind.ANSWERED, when), actor=by)


def act(kind: EventKind, when: str, until: str = "", reason: str | None = None) -> Event:
    """Return an act of Anna's."""
    ends = at(until) if until else None
    return replace(happened(kind, when), actor=ANNA, until=ends, reason=reason)


def undone(when: str, number: int) -> Event:
    """Return the undoing of the event with this number."""
    return replace(happened(EventKind.UNDONE, when), ref=number, actor=ANNA)


def log(*events: Event) -> tuple[Event, ...]:
    """Return the events as stored: numbered from 1 in the order of their recording."""
    return tuple(replace(event, id=number) for number, event in enumerate(events, start=1))
