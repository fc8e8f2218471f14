"""The budget: never passed, and polls that slow down as it gets short."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.x_access.failures import OutOfMoneyError
from connectors.x_access.money import LONGEST_PAUSE, Ledger, month_end

NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)  # half of March is over
MINUTE = timedelta(minutes=1)
READ = 0.005
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)
dollars = st.floats(0, 200, allow_nan=False)


def ledger(spent: float, budget: float = 50.0, now: datetime = NOW) -> Ledger:
    made = Ledger(budget_usd=budget)
    made.told(spent, now)
    return made


@pytest.mark.parametrize(
    ("spent", "minutes"),
    [
        pytest.param(0.0, 1, id="nothing spent"),
        pytest.param(25.0, 1, id="as much as time has passed"),
        pytest.param(45.0, 5, id="nine tenths at half of the month"),
        pytest.param(49.5, 50, id="almost all"),
    ],
)
def test_polls_slow_down_by_time_left_over_money_left(spent: float, minutes: int) -> None:
    pause = ledger(spent).pace(MINUTE, NOW, 0.05)

    assert pause.total_seconds() == pytest.approx(60 * minutes, rel=0.01)


def test_without_money_the_pause_lasts_until_the_month_ends() -> None:
    assert ledger(49.97).pace(MINUTE, NOW, 0.05) == month_end(NOW) - NOW


def test_what_costs_nothing_need_not_wait() -> None:
    assert ledger(50.0).pace(MINUTE, NOW, 0.0) == MINUTE
    assert ledger(0.0, budget=0.0).pace(MINUTE, NOW, 0.0) == MINUTE


@given(less=dollars, more=dollars, budget=st.floats(0.01, 100), now=instants)
@settings(max_examples=100)
def test_who_spent_more_never_polls_sooner(
    less: float, more: float, budget: float, now: datetime
) -> None:
    low, high = sorted((less, more))

    pauses = [ledger(each, budget, now).pace(MINUTE, now, 0.05) for each in (low, high)]

    assert MINUTE <= pauses[0] <= pauses[1]
    assert pauses[0] <= max(LONGEST_PAUSE, month_end(now) - now, MINUTE)


@given(spent=dollars, now=instants, later=st.timedeltas(timedelta(), timedelta(days=20)))
@settings(max_examples=100)
def test_later_in_a_month_the_same_spending_never_slows_more(
    spent: float, now: datetime, later: timedelta
) -> None:
    then = min(now + later, month_end(now) - MINUTE)
    then = max(then, now)

    pauses = [ledger(spent, 50.0, each).pace(MINUTE, each, 0.05) for each in (now, then)]

    assert pauses[1] <= max(pauses[0], MINUTE)


@given(
    budget=st.floats(0, 2),
    steps=st.lists(
        st.tuples(st.integers(5, 100), st.floats(0, 1), st.sampled_from([READ, 0.001])), max_size=40
    ),
)
@settings(max_examples=60)
def test_buying_only_what_is_affordable_never_passes_the_budget(
    budget: float, steps: list[tuple[int, float, float]]
) -> None:
    made, paid = ledger(0.0, budget), 0.0
    for number, (most, share, price) in enumerate(steps):
        try:
            can = made.affordable(price, most, 5)
        except OutOfMoneyError:
            continue
        bought = int(can * share)
        made.pay_for("search", [f"{number}-{each}" for each in range(bought)], price)
        paid += bought * price

    assert paid <= budget + 1e-9
    assert made.meter.cost_usd == pytest.approx(paid)


def test_a_post_is_paid_once_a_day_for_each_kind_of_request() -> None:
    made = ledger(0.0)
    for kind in ("search", "search", "lookup"):
        made.pay_for(kind, ["1", "2"], READ)
    made.hear(NOW + timedelta(days=1))
    made.pay_for("search", ["1"], READ)

    assert made.meter.cost_usd == pytest.approx(READ * 5)


def test_a_new_month_has_a_new_budget() -> None:
    made = ledger(50.0)
    with pytest.raises(OutOfMoneyError) as caught:
        made.affordable(READ, 100, 10)

    made.hear(month_end(NOW))

    assert caught.value.retry_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert made.affordable(READ, 100, 10) == 100


def test_what_was_paid_is_not_forgotten_when_less_is_told() -> None:
    made = ledger(1.0)
    made.pay(READ, 10)

    made.told(0.5, NOW)

    assert made.spent_usd == pytest.approx(1.05)


def test_what_can_wait_gets_an_even_share_of_the_month() -> None:
    by_today = 50 * 16.5 / 31

    assert ledger(0.0).ahead_usd(NOW) == pytest.approx(by_today)
    assert ledger(40.0).ahead_usd(NOW) == 0.0
    assert ledger(0.0, float("inf")).ahead_usd(NOW) == float("inf")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_a_month_ends_where_the_next_begins(now: datetime, end: datetime) -> None:
    assert month_end(now) == end
