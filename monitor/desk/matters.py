"""What an item is about, from all its posts: topic, urgency, risk of leaving; and for rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.clock.policy import Facts
from monitor.fields import handle
from monitor.model import Classification, Flag, Item, Post

OTHER = "other"  # the topic of what fits no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What an item's posts say together. None: nobody knows."""

    language: str | None = None  # of the post that opened it
    labels: frozenset[Flag] = frozenset()  # of any of its posts
    topic: str | None = None  # of the oldest post that has one; "other" where no post has a better
    urgency: int | None = None  # the highest: a matter that became urgent stays so
    churn_risk: float | None = None  # the highest


def matter(posts: Iterable[Post]) -> Matter:
    """Return what the posts of an item, oldest first, say together; deleted ones say nothing."""
    judged = [
        post.classification
        for post in posts
        if post.classification is not None and not post.mention.deleted
    ]
    return Matter(
        language=judged[0].language if judged else None,
        labels=frozenset(flag for each in judged for flag in each.flags),
        topic=_topic(judged),
        urgency=max((one.urgency for one in judged if one.urgency is not None), default=None),
        churn_risk=max(
            (one.churn_risk for one in judged if one.churn_risk is not None), default=None
        ),
    )


def _topic(judged: Sequence[Classification]) -> str | None:
    named = [one.topic for one in judged if one.topic is not None]
    return next((topic for topic in named if topic != OTHER), OTHER if named else None)


def about(item: Item, found: Matter) -> Item:
    """Return an item with what its posts say of its matter."""
    return replace(item, topic=found.topic, urgency=found.urgency, churn_risk=found.churn_risk)


def facts(item: Item, found: Matter, tags: Iterable[str] = ()) -> Facts:
    """Return what rules may ask of an item; `tags` are those that the team gave its author."""
    who = f"{item.platform}:{handle(item.author.handle)}" if item.author else None
    return Facts(
        brand=item.brand,
        platform=item.platform,
        language=found.language,
        labels=found.labels,
        topic=found.topic,
        urgency=found.urgency,
        customers=frozenset({*([who] if who else []), *map(_tag, tags)}),
    )


def joined(first: Facts, later: Facts) -> Facts:
    """Return what rules may ask of an item of which more was said later."""
    urgent = [each for each in (first.urgency, later.urgency) if each is not None]
    said = first.topic not in (None, OTHER) or later.topic is None
    return replace(
        first,
        language=first.language or later.language,
        labels=first.labels | later.labels,
        topic=first.topic if said else later.topic,
        urgency=max(urgent, default=None),
    )


def pressing(item: Item) -> tuple[float, float]:
    """Return what sorts items that are due at the same moment: the most pressing one first."""
    urgency, risk = item.urgency, item.churn_risk
    return -(-1 if urgency is None else urgency), -(-1.0 if risk is None else risk)


def _tag(tag: str) -> str:
    return f"#{tag.strip().removeprefix('#').casefold()}"
