"""First and next responses: who waits for an answer, since when, and what answered them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tests.reference.facts import WINDOW, Ask, Fact, asks, first_seen
from tests.reference.settling import Ending, settled


@dataclass(frozen=True, slots=True)
class Wait:
    """One cycle: somebody waits for an answer from `start` on."""

    start: int
    posted: int  # an answer must be written after this
    place: int  # of the post, or the deletion, that began it
    learned: int
    by: Fact | None = None  # what answered it
    settled: int | None = None
    gone: int | None = None  # nobody asks any more
    proof: Fact | None = None
    since: int | None = None  # from when the customer waits, where that is not the post's own time

    @property
    def end(self) -> int | None:
        """When it was answered."""
        return self.by.at if self.by else None

    @property
    def over(self) -> int | None:
        """When nobody waited any more."""
        return self.end if self.by else self.gone


def waits(facts: Sequence[Fact]) -> list[Wait]:
    """Return the cycles of an item, numbered by their place: the first is the first response."""
    everybody = asks(facts)
    start = first_seen(facts)
    waiting = list(everybody)
    begun = Wait(start.at, start.posted, start.place, start.learned)
    found: list[Wait] = []
    while True:
        done = _done(facts, begun, waiting, everybody)
        found.append(done)
        if done.over is None:
            break
        waiting = [one for one in waiting if not _is_answered(one, done)]
        following = _following(facts, done, waiting, everybody)
        if following is None:
            break
        begun = following
    return _proven(facts, found)


def _done(
    facts: Sequence[Fact], begun: Wait, waiting: Sequence[Ask], everybody: Sequence[Ask]
) -> Wait:
    """Return how a cycle went: answered, abandoned, or still waiting."""
    own = any(ask.place == begun.place for ask in waiting)
    gone = abandoned(waiting if own else everybody, begun.start)
    choose = _chooser(begun, gone)
    ending: Ending = settled(facts, begun.place, begun.learned, choose)
    if ending.fact is None:
        return replace(begun, gone=gone)
    return replace(begun, by=ending.fact, settled=ending.settled)


def abandoned(asking: Sequence[Ask], start: int) -> int | None:
    """Return the first instant from `start` on at which no post that was seen asks any more."""
    instants = sorted({start, *(ask.gone for ask in asking if ask.gone and ask.gone > start)})
    for at in instants:
        seen = [ask for ask in asking if ask.seen <= at]
        if all(ask.gone is not None and ask.gone <= at for ask in seen):
            return at
    return None


def _chooser(begun: Wait, gone: int | None) -> Callable[[Sequence[Fact]], Fact | None]:
    def choose(known: Sequence[Fact]) -> Fact | None:
        replies = [one for one in public(known, begun.posted) if gone is None or one.at <= gone]
        if replies:
            return min(replies, key=lambda one: one.at)
        taps = [
            one
            for one in known
            if one.kind == "tapped" and one.at >= begun.start and (gone is None or one.at <= gone)
        ]
        return min(taps, key=lambda one: one.at, default=None)

    return choose


def public(known: Sequence[Fact], after: int) -> list[Fact]:
    """Return the replies written after `after` that stand."""
    found: dict[str, Fact] = {}
    for fact in known:
        if fact.kind == "reply" and fact.at > after:
            found.setdefault(fact.key, fact)
        elif fact.kind == "reply_gone":
            found.pop(fact.key, None)
    return list(found.values())


def _is_answered(ask: Ask, done: Wait) -> bool:
    """Return whether a post asks nothing any more once a cycle is over."""
    if ask.place == done.place:
        return True
    if done.by is not None and done.by.kind == "reply":
        return ask.posted < done.by.at
    assert done.over is not None
    return ask.seen <= done.over


def _following(
    facts: Sequence[Fact], done: Wait, waiting: Sequence[Ask], everybody: Sequence[Ask]
) -> Wait | None:
    """Return the cycle that comes next: of a post without an answer, or of a lost answer."""
    asked = next((Wait(a.seen, a.posted, a.place, a.learned) for a in waiting), None)
    lost = _lost(facts, done) if done.by is not None else None
    if lost is not None and abandoned(everybody, lost.start) == lost.start:
        lost = None
    if lost is not None and (asked is None or lost.start < asked.start):
        return lost
    return asked


def _lost(facts: Sequence[Fact], done: Wait) -> Wait | None:
    """Return the cycle that begins where the only public answer was deleted, too late to revise."""
    for place, fact in enumerate(facts):
        late = done.settled is not None and fact.learned > done.settled
        if fact.kind != "reply_gone" or fact.place <= done.place or not late:
            continue
        stood = public(facts[:place], done.posted)
        if [one.key for one in stood] == [fact.key]:
            return Wait(fact.at, stood[0].at, fact.place, fact.learned, since=fact.at)
    return None


def _proven(facts: Sequence[Fact], found: list[Wait]) -> list[Wait]:
    """Return the cycles; one that a tap ended may be proven by a reply found whenever."""
    done = []
    for place, one in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        done.append(replace(one, proof=_proof(facts, one, following)))
    return done


def _proof(facts: Sequence[Fact], done: Wait, following: Wait | None) -> Fact | None:
    if done.by is None or done.by.kind == "reply":
        return done.by
    fits = [
        one
        for one in facts
        if one.kind == "reply"
        and one.at > done.posted
        and (one.at <= done.by.at or _before(one, following))
        and not _soon_gone(facts, one)
    ]
    return min(fits, key=lambda one: one.at, default=None)


def _before(reply: Fact, following: Wait | None) -> bool:
    """Return whether a reply was written before the post that opened the next cycle.

    A cycle that a deleted answer opened has no such post: that answer was one to the cycle before.
    """
    if following is None:
        return True
    if following.since is not None:
        return reply.at <= following.posted
    return reply.at < following.posted


def _soon_gone(facts: Sequence[Fact], reply: Fact) -> bool:
    """Return whether a reply was gone within five minutes: then it is as if it never was."""
    return any(
        one.kind == "reply_gone"
        and one.key == reply.key
        and one.place > reply.place
        and one.learned <= reply.learned + WINDOW
        for one in facts
    )


def owed(found: Sequence[Wait], at: int) -> bool:
    """Return whether somebody waits for an answer at an instant."""
    return any(one.start <= at and (one.over is None or at < one.over) for one in found)
