"""The promises that clocks which still run have broken."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor.handling.ledger import Ledger
from monitor.report.summary import Late


def late(ledger: Ledger, brands: Sequence[str], now: datetime) -> Iterator[Late]:
    """Yield each clock of an item of `brands` that runs at `now` and is past its target.

    What was found late, and so does not count, is left out.
    """
    for due in ledger.store.figures.past_due(now, brands):
        for each in ledger.running(due.item, due.revision, now):
            if each.counted and now > each.broken_after:
                yield Late(target=each.target, due_at=each.due_at, item=due.item)
