"""A second look at what open items stand on: edits, deletions, and replies that were taken back."""

import logging
from datetime import datetime, timedelta

from monitor.errors import ConnectorError
from monitor.intake.pipeline import Pipeline, Taken
from monitor.intake.polling import Clock
from monitor.ports import Rechecking
from monitor.store.store import Store

MOST = 500  # posts looked at again in one go
GONE_FOR = timedelta(days=2)  # what is gone for longer does not come back
_log = logging.getLogger(__name__)


def recheck(
    connector: Rechecking,
    platform: str,
    pipeline: Pipeline,
    store: Store,
    now: datetime,
    clock: Clock | None = None,
) -> Taken:
    """Look again at the posts and replies of a platform's listed items; return what changed.

    What is found is seen when it has come, which `clock` tells: a second look may take long.

    A platform that does not answer is asked again the next time: its polls tell of the outage.
    """
    source = store.sources.get(platform)
    keys = store.posts.to_recheck(platform, MOST, now - GONE_FOR)
    if source is None or not keys:
        return Taken()
    try:
        found = tuple(connector.recheck(keys, now))
    except ConnectorError as error:
        _log.debug("%s: open posts could not be looked at again: %s", platform, error)
        return Taken()
    return pipeline.look_again(found, source, clock() if clock else now)
