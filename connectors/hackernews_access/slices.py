"""A span of time read whole, though one search gives no more than 1,000 hits.

A search that does not fit is asked for again in halves. Pages are turned only where halves help
no more: a post deleted between two pages would move another one over the border, unseen.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.model import Mention

MOST_HITS = 1000  # of one search, all its pages together


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One answer of a search."""

    mentions: tuple[Mention, ...]
    given: int  # hits in this answer, those that make no sense among them
    room: int  # hits that an answer holds at most
    total: int | None  # hits there are, as far as the search knows; None: it does not say
    estimated: bool = False  # the search says of `total` that it may be wrong
    has_pages: bool = False  # the search speaks of more pages than this one

    @property
    def whole(self) -> bool:
        """Whether this certainly is all that there is."""
        if self.total is None:
            return not self.given and not self.has_pages
        return self.given < self.room and self.total <= self.given and not self.has_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was found in [since, until), in epoch seconds."""

    mentions: tuple[Mention, ...]  # oldest first
    since: int
    until: int
    complete: bool = True


Search = Callable[[int, int, int], Found]  # ([since, until) in epoch seconds, page) → answer


def read_between(
    search: Search, since: int, until: int, before: tuple[Mention, ...] = ()
) -> Iterator[Part]:
    """Yield what was posted in [since, until), oldest part first, each part as a whole.

    `before` is what larger searches gave: some of it may be deleted by the time a half is read.
    """
    yield from _read(search, since, until, search(since, until, 0), before)


def _read(
    search: Search, since: int, until: int, found: Found, before: tuple[Mention, ...]
) -> Iterator[Part]:
    known = (*before, *found.mentions)
    if found.whole:
        yield Part(mentions=_oldest_first(known), since=since, until=until)
        return
    if until - since <= 1:
        yield _turned(search, since, until, found, known)
        return
    middle = (since + until) // 2
    earlier, later = search(since, middle, 0), search(middle, until, 0)
    if _give_nothing_new(found, earlier, later):
        known = (*known, *earlier.mentions, *later.mentions)
        yield _turned(search, since, until, found, known)
        return
    yield from _read(search, since, middle, earlier, _of(known, since, middle))
    yield from _read(search, middle, until, later, _of(known, middle, until))


def _give_nothing_new(found: Found, earlier: Found, later: Found) -> bool:
    """Whether both halves are said to hold more than they give, and give nothing that is new.

    Then the search counts what it does not give, or does not heed the span that it is asked for.
    One that only gives no more than so many hits would have given others in the earlier half.
    """
    shown = {each.key for each in found.mentions}
    halves = (earlier, later)
    return all(not each.whole and shown.issuperset(_keys(each)) for each in halves)


def _keys(found: Found) -> Iterator[str]:
    return (each.key for each in found.mentions)


def _turned(
    search: Search, since: int, until: int, first: Found, known: tuple[Mention, ...]
) -> Part:
    """Return all pages of a span that it makes no sense to halve.

    An estimate is believed of a single second only: of a longer span, both halves spoke against it.
    """
    mentions, given, page = list(known), first.given, 1
    while given < MOST_HITS and (found := search(since, until, page)).given:
        mentions += found.mentions
        given, page = given + found.given, page + 1
    doubted = first.estimated and until - since > 1
    counted = given if first.total is None or doubted else first.total
    return Part(
        mentions=_oldest_first(mentions),
        since=since,
        until=until,
        complete=counted <= given < MOST_HITS,
    )


def _of(mentions: Iterable[Mention], since: int, until: int) -> tuple[Mention, ...]:
    first, end = instant(since), instant(until)
    return tuple(each for each in mentions if first <= each.posted_at < end)


def _oldest_first(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return each post once, as it was found last."""
    found = {each.key: each for each in mentions}
    return tuple(sorted(found.values(), key=lambda each: (each.posted_at, each.key)))


def instant(seconds: int) -> datetime:
    """Return the instant that lies `seconds` after the epoch."""
    return datetime.fromtimestamp(seconds, UTC)
