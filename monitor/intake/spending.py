"""What asking a platform costs, beside what its pages say: it is counted and kept in bounds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Meter, Page
from monitor.ports import Budgeted, Metered
from monitor.store.store import Store


@contextmanager
def metered(
    connector: object, store: Store, source: str, purpose: str, now: datetime
) -> Iterator["Bill"]:
    """Hold while a source is asked; what it cost beyond its pages is written when that ends.

    A platform with a budget is told first what this month has cost.
    """
    tell_spent(connector, store, source, now)
    before = _meter(connector)
    bill = Bill(lambda: tell_spent(connector, store, source, now))
    try:
        yield bill
    finally:
        left = _meter(connector) - before - bill.paged
        if left.requests > 0 or left.cost_usd > 0:
            with store.writing():
                requests, cost_usd = max(0, left.requests), max(0.0, left.cost_usd)
                store.coverage.spend(source, purpose, requests, cost_usd, now)


class Bill:
    """What the pages of one call said that they cost: that goes on record with them."""

    def __init__(self, kept: Callable[[], None]) -> None:
        """`kept` is called after each page: others may have spent something meanwhile."""
        self.paged = Meter()
        self._kept = kept

    def add(self, page: Page) -> None:
        """Count a page that was kept."""
        self.paged = Meter(
            requests=self.paged.requests + page.requests,
            cost_usd=self.paged.cost_usd + page.cost_usd,
        )
        self._kept()


def tell_spent(connector: object, store: Store, source: str, now: datetime) -> None:
    """Tell a platform with a budget what the month of `now`, in UTC, has cost so far."""
    if isinstance(connector, Budgeted):
        connector.told_spent(month_cost(store, source.partition(":")[0], now), now)


def month_cost(store: Store, platform: str, now: datetime) -> float:
    """Return the dollars that a platform has cost in the month of `now`, in UTC."""
    return store.coverage.spent(*month_of(now), platform)


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """Return the first instant of the month of `now`, in UTC, and that of the month after it."""
    began = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return began, (began + timedelta(days=32)).replace(day=1)


def _meter(connector: object) -> Meter:
    return connector.meter if isinstance(connector, Metered) else Meter()
