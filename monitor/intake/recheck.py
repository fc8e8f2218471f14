"""Second looks at what is stored: edits, deletions, and replies that were taken back.

What open items stand on is looked at often; everything else that is kept, as often as the
platform's rules ask, spread evenly over the time that they give.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from random import Random

from monitor.errors import ConnectorError, StoreError, UnavailableError
from monitor.intake.answers import Looked
from monitor.intake.pipeline import Pipeline, Taken
from monitor.intake.polling import Clock
from monitor.intake.spending import metered
from monitor.model import Mention
from monitor.ports import Connector, Rechecking
from monitor.store.sources import SourceRow
from monitor.store.store import Store

MOST = 500  # posts looked at again in one call
MOST_A_TURN = 5000  # of each kind; what is left comes in the next turn
TURN = timedelta(minutes=10)  # the most between two turns
GONE_FOR = timedelta(days=2)  # what is gone for longer does not come back
# Of the time that a platform's rules give: from when on a post is looked at again, over how much
# of it all posts are spread, and from when on one is late, so that it waits for no turn.
_RIPE, _SPREAD, _LATE = 0.5, 0.35, 0.9
_log = logging.getLogger(__name__)


def turn_of(connector: Rechecking) -> timedelta:
    """Return how long to leave between two turns of second looks."""
    return min(connector.recheck_every, TURN)


def due_batches(
    connector: Rechecking, platform: str, store: Store, now: datetime, *, strewn: bool = False
) -> tuple[tuple[str, ...], ...]:
    """Return the keys to be looked at in this turn, in batches of one call each.

    The oldest look comes first, or with `strewn` any: after a turn that failed, lest a post on
    which its platform always fails keeps those behind it from ever being looked at.
    """
    turn = turn_of(connector)
    asked_before = now - connector.recheck_every + turn
    keys = store.posts.to_recheck(platform, MOST_A_TURN, asked_before, now - GONE_FOR)
    ruled = _ruled(connector, platform, store, now)
    asked = list(dict.fromkeys([*keys, *ruled]))
    if strewn:
        Random(now.timestamp()).shuffle(asked)  # noqa: S311 - another order each time, no secret
    return tuple(tuple(asked[first : first + MOST]) for first in range(0, len(asked), MOST))


def _ruled(connector: Rechecking, platform: str, store: Store, now: datetime) -> tuple[str, ...]:
    """Return what the platform's rules want looked at: the same share of all in each turn."""
    within = connector.must_recheck_within
    if within is None:
        return ()
    late = store.posts.longest_unchecked(platform, MOST_A_TURN, now - within * _LATE)
    share = turn_of(connector) / (within * _SPREAD)
    quota = min(MOST_A_TURN, ceil(store.posts.standing(platform) * share))
    if len(late) >= quota:
        return late
    return store.posts.longest_unchecked(platform, quota, now - within * _RIPE)


def recheck(
    connector: Connector,
    keys: Sequence[str],
    pipeline: Pipeline,
    store: Store,
    now: datetime,
    clock: Clock | None = None,
) -> Looked:
    """Look again at posts and replies by their keys; return what changed.

    What is found is seen when it has come, which `clock` tells: a second look may take long. A
    platform that does not answer is asked again the next time: its polls tell of the outage. What
    came before it failed is taken in.
    """
    platform = connector.platform
    source = store.sources.get(platform)
    if source is None or not keys or not isinstance(connector, Rechecking):
        return Looked()
    found: list[Mention] = []
    error: ConnectorError | None = None
    try:
        with metered(connector, store, platform, "recheck", now):
            for mention in connector.recheck(keys, now):
                found.append(mention)  # noqa: PERF402 - what came before a failure stays
    except ConnectorError as caught:
        error = caught
        _log.debug("%s: posts could not be looked at again: %s", platform, error)
    except StoreError:
        raise
    except Exception as fault:  # noqa: BLE001 - what came before it is taken in all the same
        _log.exception("%s: a second look failed", platform)
        error = _nonsense(platform, fault)
    taken, unfit = _taken(found, source, pipeline, clock() if clock else now)
    asked = keys if error is None else [one.key for one in found]
    with store.writing():
        store.posts.checked(asked, now)
    return Looked(taken=taken, error=error or unfit)


def _taken(
    found: Sequence[Mention], source: SourceRow, pipeline: Pipeline, now: datetime
) -> tuple[Taken, ConnectorError | None]:
    try:
        return pipeline.look_again(found, source, now), None
    except StoreError:
        raise
    except Exception as fault:  # noqa: BLE001 - the next ones must get their look all the same
        _log.exception("%s: a second look could not be taken in", source.platform)
        return Taken(), _nonsense(source.platform, fault)


def _nonsense(platform: str, fault: Exception) -> UnavailableError:
    return UnavailableError(platform, f"a second look gave nonsense ({type(fault).__name__})")
