"""Instants as text: they come back as they were, and sort as time does."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.store.instants import from_text, to_text

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda offset: timezone(timedelta(minutes=offset)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001


@settings(max_examples=200)
@given(INSTANTS)
def test_an_instant_comes_back_in_utc_to_the_microsecond(instant: datetime) -> None:
    found = from_text(to_text(instant))

    assert found == instant
    assert found.tzinfo is UTC


@settings(max_examples=200)
@given(INSTANTS, INSTANTS)
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    assert (to_text(one) < to_text(other)) == (one < other)
    assert len(to_text(one)) == 27
