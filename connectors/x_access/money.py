"""What X costs: each post read has its price, and a month has its budget. Pure but for its sums.

X bills each post that an answer lists, once for each kind of request and UTC day; posts that come
along as context are not billed. Source: docs.x.com, "Pricing"; that context is free and that each
kind of request bills anew was measured by others, and is not promised.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from connectors.x_access.failures import PLATFORM, OutOfMoneyError
from monitor.model import Meter

MICRO = 1_000_000  # dollars are counted in millionths, so that sums are exact
LONGEST_PAUSE = timedelta(hours=6)  # between two polls, while there is money left


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Dollars for each thing that is bought."""

    read: float  # a post
    own_read: float  # a post of, or naming, the account that is logged in
    account: float  # looking up an account
    count: float  # asking how many posts there are
    reply: float
    reply_with_link: float
    delete: float


@dataclass(slots=True)
class Ledger:
    """What was asked for and paid, against a budget for each calendar month (UTC)."""

    budget_usd: float  # infinite: no limit
    now: datetime | None = None  # the latest instant that was heard of
    requests: int = 0
    _paid: int = 0  # since the connector was made, in millionths of a dollar; spent likewise
    _spent: int = 0  # in the month of `now`, as far as it is known
    _day: date | None = None
    _billed: set[tuple[str, str]] = field(default_factory=set)  # on that day

    @property
    def meter(self) -> Meter:
        """What was asked for since the connector was made."""
        return Meter(requests=self.requests, cost_usd=self._paid / MICRO)

    @property
    def spent_usd(self) -> float:
        """What the month of `now` has cost so far, as far as it is known."""
        return self._spent / MICRO

    def hear(self, now: datetime) -> None:
        """Let time pass: a new month has a new budget, and a new day is billed anew."""
        if self.now is not None and _month(now) != _month(self.now):
            self._spent = 0
        if now.astimezone(UTC).date() != self._day:
            self._day = now.astimezone(UTC).date()
            self._billed.clear()
        self.now = now

    def told(self, usd: float, now: datetime) -> None:
        """Hear what the month has cost; what is known to have been paid is never forgotten."""
        self.hear(now)
        self._spent = max(self._spent, math.ceil(usd * MICRO - 1e-3))

    def affordable(self, price: float, most: int, least: int) -> int:
        """Return how many things at `price` may be asked for at once: `least` to `most`.

        Raises: `OutOfMoneyError` if `least` of them might pass the budget.
        """
        cost = round(price * MICRO)
        can = most if math.isinf(self.budget_usd) or cost == 0 else self._left() // cost
        if can < least:
            raise self._out_of_money()
        return min(can, most)

    def pay(self, price: float, times: int = 1) -> None:
        """Write down what was bought."""
        self._paid += round(price * MICRO) * times
        self._spent += round(price * MICRO) * times

    def pay_for(self, kind: str, ids: Iterable[str], price: float) -> None:
        """Write down posts that were read by one kind of request; again on a day is free."""
        new = {(kind, each) for each in ids} - self._billed
        self._billed |= new
        self.pay(price, len(new))

    def pace(self, every: timedelta, now: datetime, least_usd: float) -> timedelta:
        """Return how long to leave between polls, of which one may cost `least_usd`.

        `every`, times the share of the month that is left over the share of the money that is
        left where that is more than 1, but not above six hours; without money the month's end.
        What costs nothing need not wait.
        """
        self.hear(now)
        if math.isinf(self.budget_usd) or round(least_usd * MICRO) == 0:
            return every
        end = month_end(now)
        if self._left() < round(least_usd * MICRO):
            return max(every, end - now)
        time_left = (end - now) / (end - _month_start(now))
        money_left = self._left() / (self.budget_usd * MICRO)
        slower = every * max(1.0, time_left / money_left)
        return max(every, min(slower, LONGEST_PAUSE, end - now))

    def ahead_usd(self, now: datetime) -> float:
        """Return what may be spent on what can wait: what the month had by today, less what went.

        A budget is spread evenly over the month's days, today's share among them.
        """
        if math.isinf(self.budget_usd):
            return math.inf
        start, end = _month_start(now), month_end(now)
        by_today = min(1.0, (now - start + timedelta(days=1)) / (end - start))
        return max(0.0, self.budget_usd * by_today - self.spent_usd)

    def _left(self) -> int:
        return max(0, int(self.budget_usd * MICRO + 1e-3) - self._spent)

    def _out_of_money(self) -> OutOfMoneyError:
        until = month_end(self.now) if self.now else None
        words = f"the month's budget of ${self.budget_usd:,.2f} is spent"
        return OutOfMoneyError(PLATFORM, words, until)


def month_end(now: datetime) -> datetime:
    """Return the first instant of the month after `now`, UTC."""
    return _month_start(_month_start(now) + timedelta(days=32))


def _month_start(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month(now: datetime) -> tuple[int, int]:
    at = now.astimezone(UTC)
    return at.year, at.month
