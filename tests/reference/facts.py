"""What happened to one item, as the world knows it. Instants are microseconds since 1970."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.reference.hours import MINUTE

WINDOW = 5 * MINUTE  # acts can be undone, and ends be revised, for so long


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, and when the desk came to know it."""

    kind: str
    at: int  # when it took effect
    learned: int
    place: int  # in the order in which the desk learned of things
    key: str = ""  # of a post or a reply
    posted: int = 0  # the post's own time
    wants: bool = True  # a post that wants an answer
    who: str = ""
    by: str = ""  # who gave it to somebody else
    reason: str = ""
    url: str | None = None
    pause: str = ""  # "waiting" or "snoozed"
    until: int | None = None  # of a pause
    undoes: int = -1  # the place of what does not count any more


@dataclass(slots=True)
class Ask:
    """A post that wants an answer."""

    key: str
    seen: int
    posted: int
    place: int
    learned: int
    gone: int | None = None  # deleted, or asking nothing any more


def standing(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts that count: an undone one does not, unless its undoing was undone."""
    told = list(facts)
    undone: set[int] = set()
    for fact in reversed(told):
        if fact.kind == "undone" and fact.place not in undone:
            undone.add(fact.undoes)
    return [fact for fact in told if fact.kind != "undone" and fact.place not in undone]


def first_seen(facts: Sequence[Fact]) -> Fact:
    """Return when an item was first seen live: history counts from the day it is seen live."""
    live = [fact for fact in facts if fact.kind == "unmuted"]
    return live[0] if live else facts[0]


def asks(facts: Sequence[Fact]) -> list[Ask]:
    """Return the posts that want an answer, in the order in which they were first seen."""
    start = first_seen(facts)
    found: list[Ask] = []
    asking: dict[str, Ask] = {}
    for fact in facts:
        ask = asking.get(fact.key)
        if fact.kind == "post" and fact.wants and ask is None:
            asking[fact.key] = _ask(fact, start)
            found.append(asking[fact.key])
        elif fact.kind == "post" and not fact.wants and ask is not None:
            asking.pop(fact.key).gone = fact.at
        elif fact.kind == "deleted" and ask is not None:
            ask.gone = ask.gone or fact.at
        elif fact.kind == "restored":
            _stand_again(asking, fact.key)
    return sorted(found, key=lambda one: (one.seen, one.posted))


def _ask(post: Fact, start: Fact) -> Ask:
    """Return what a post asks; nothing is first seen before its item is."""
    known = post if post.at >= start.at else max(post, start, key=lambda one: one.place)
    learned = post.learned if post.at >= start.at else max(post.learned, start.learned)
    return Ask(post.key, max(post.at, start.at), post.posted, known.place, learned)


def _stand_again(asking: dict[str, Ask], key: str) -> None:
    """Let one deleted post, or all of them, ask again."""
    for ask in [asking[key]] if key in asking else list(asking.values()) if not key else []:
        ask.gone = None


def void_since(facts: Sequence[Fact]) -> int | None:
    """Return since when an item is out of every ratio: dismissed, or all its posts are gone."""
    since: int | None = None
    gone: dict[str, int | None] = {}
    for fact in facts:
        if fact.kind == "post":
            gone[fact.key] = None
        elif fact.kind == "deleted" and fact.key in gone:
            gone[fact.key] = gone[fact.key] or fact.at
        elif fact.kind == "voided":
            since = since or fact.at
        elif fact.kind == "restored":
            since = None
            gone |= {key: None for key in gone if fact.key in ("", key)}
    times = [at for at in gone.values() if at is not None]
    return since or (max(times) if len(times) == len(gone) else None)
