"""A span of time read whole, though one search gives no more than 1,000 hits.

A search that does not fit is asked for again in halves. Pages are not turned: a post deleted
between two pages would move another one over the border, unseen.
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
    total: int  # hits there are, as far as the search knows

    @property
    def whole(self) -> bool:
        """Whether this certainly is all that there is."""
        return self.given < self.room and self.total <= self.given


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
    found = search(since, until, 0)
    known = (*before, *found.mentions)
    if found.whole:
        yield Part(mentions=_oldest_first(known), since=since, until=until)
    elif until - since > 1:
        middle = (since + until) // 2
        yield from read_between(search, since, middle, _of(known, since, middle))
        yield from read_between(search, middle, until, _of(known, middle, until))
    else:
        yield _one_second(search, since, found, known)


def _one_second(search: Search, second: int, first: Found, known: tuple[Mention, ...]) -> Part:
    """Return all pages of a second: it cannot be halved."""
    mentions, given, page = list(known), first.given, 1
    while given < MOST_HITS and (found := search(second, second + 1, page)).given:
        mentions += found.mentions
        given, page = given + found.given, page + 1
    return Part(
        mentions=_oldest_first(mentions),
        since=second,
        until=second + 1,
        complete=first.total <= given < MOST_HITS,
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
