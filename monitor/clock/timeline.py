"""What counts of an item's events: undone ones do not, and the rest is sorted by role."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from monitor.model import Event, EventKind, ItemId

UNDO_WINDOW = timedelta(minutes=5)  # acts can be undone, and ends revised, for so long
_REMEMBERED = 1024  # items, of whose events is known what counts: it is asked again and again
_POSTS = (EventKind.OPENED, EventKind.CUSTOMER_POST)
_STOPS = (EventKind.BRAND_REPLY, EventKind.REPLY_DELETED, EventKind.ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """An event and its place in the order in which the desk learnt of things."""

    place: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A post of the customer that wants an answer."""

    place: int  # among all that was learnt
    seen_at: datetime
    posted_at: datetime
    recorded_at: datetime
    gone_at: datetime | None = None  # deleted, or judged anew as asking nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An item's effective events, sorted by role."""

    item: ItemId
    start: Learnt  # the item was opened, or unmuted: both are when it was first seen live
    posted_at: datetime  # the own time of the post that was first seen
    asks: tuple[Ask, ...]  # by first seen; the post that opened the item is among them
    stops: tuple[Learnt, ...]  # replies, their deletions and taps, as learnt
    events: tuple[Learnt, ...]  # everything, as learnt
    void_since: datetime | None  # None: not void

    def of(self, *kinds: EventKind) -> Iterator[Learnt]:
        """Yield the events of these kinds, as learnt."""
        return (each for each in self.events if each.event.kind in kinds)


def effective(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events that count, by time of effect: without undone ones and the undoings.

    An undoing may itself be undone; then the event it spoke of counts again.
    """
    return _effective(tuple(events))


@lru_cache(maxsize=_REMEMBERED)
def _effective(events: tuple[Event, ...]) -> tuple[Event, ...]:
    return tuple(sorted(_as_learnt(events), key=lambda event: event.at))


def tell(events: Iterable[Event], *, muted: bool = False) -> Story | None:
    """Return an item's story, or None while it has no clock: not opened, or muted history."""
    learnt = tuple(Learnt(place=place, event=e) for place, e in enumerate(_as_learnt(events)))
    opened = _first(learnt, EventKind.OPENED)
    unmuted = _first(learnt, EventKind.UNMUTED)
    if opened is None or (muted and unmuted is None):
        return None
    start = unmuted or opened
    return Story(
        item=opened.event.item,
        start=start,
        posted_at=start.event.posted_at or opened.event.posted_at or opened.event.at,
        asks=tuple(_asks(learnt, start)),
        stops=tuple(each for each in learnt if each.event.kind in _STOPS),
        events=learnt,
        void_since=_void_since(learnt),
    )


def _as_learnt(events: Iterable[Event]) -> list[Event]:
    """Return the events that count, in the order of their recording; 0 is not yet stored."""
    recorded = sorted(events, key=_in_order)
    undone: set[int] = set()
    for event in reversed(recorded):
        counts = event.kind is EventKind.UNDONE and event.id not in undone
        if counts and event.ref and (event.ref < event.id or event.id == 0):
            undone.add(event.ref)
    return [
        event for event in recorded if event.kind is not EventKind.UNDONE and event.id not in undone
    ]


def _in_order(event: Event) -> tuple[bool, int]:
    """Return where an event stands; a tap that was given its link, where it was without one."""
    stands_for = event.ref if event.kind is EventKind.ANSWERED else None
    number = event.id if stands_for is None else stands_for
    return number == 0, number


def _first(learnt: Iterable[Learnt], kind: EventKind) -> Learnt | None:
    return next((each for each in learnt if each.event.kind is kind), None)


def _asks(learnt: Sequence[Learnt], start: Learnt) -> list[Ask]:
    """Return the posts that want an answer; none is first seen before the clock's start."""
    deleted = _deletions(learnt)
    asking: dict[str, Ask] = {}
    ended: list[Ask] = []
    for each in learnt:
        if each.event.kind not in _POSTS:
            continue
        if each.event.wants_answer or each.event.kind is EventKind.OPENED:
            asking.setdefault(_key(each), _ask(each))
        elif _key(each) in asking:
            ended.append(replace(asking.pop(_key(each)), gone_at=each.event.at))
    ended.extend(replace(ask, gone_at=deleted[key]) for key, ask in asking.items())
    raised = (_not_before(ask, start) for ask in ended)
    return sorted(raised, key=lambda ask: (ask.seen_at, ask.posted_at))


def _key(learnt: Learnt) -> str:
    return learnt.event.key or f"{learnt.place}"


def _ask(learnt: Learnt) -> Ask:
    return Ask(
        place=learnt.place,
        seen_at=learnt.event.at,
        posted_at=learnt.event.posted_at or learnt.event.at,
        recorded_at=learnt.event.recorded_at,
    )


def _not_before(ask: Ask, start: Learnt) -> Ask:
    if ask.seen_at >= start.event.at:
        return ask
    return replace(
        ask,
        seen_at=start.event.at,
        place=max(ask.place, start.place),
        recorded_at=max(ask.recorded_at, start.event.recorded_at),
    )


def _deletions(learnt: Sequence[Learnt]) -> dict[str, datetime | None]:
    """Return when each post was seen to be gone; None: it stands, or it came back."""
    gone: dict[str, datetime | None] = {}
    for each in learnt:
        key = _key(each)
        if each.event.kind in _POSTS:
            gone[key] = None
        elif each.event.kind is EventKind.POST_DELETED and key in gone:
            gone[key] = gone[key] or each.event.at
        elif each.event.kind is EventKind.RESTORED:
            back = gone if each.event.key is None else {key} & gone.keys()
            gone |= dict.fromkeys(back)
    return gone


def _void_since(learnt: Sequence[Learnt]) -> datetime | None:
    """Return since when the item is out of every ratio: dismissed, or all its posts are gone."""
    since: datetime | None = None
    for each in learnt:
        if each.event.kind is EventKind.VOIDED:
            since = since or each.event.at
        elif each.event.kind is EventKind.RESTORED:
            since = None
    gone = list(_deletions(learnt).values())
    last = None if None in gone else max((at for at in gone if at is not None), default=None)
    return since or last
