"""When a promise is told of, and what a member's word makes of it."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.desk import promises
from monitor.desk.promises import Kept, Promise, Told
from monitor.errors import RefusedError
from monitor.model import ItemId, MemberId
from tests.builders import NOON, minutes


def a_promise(due: float = 60, *, told: Told | None = None, outcome: Kept | None = None) -> Promise:
    """Return what was promised at noon for so many minutes later."""
    return Promise(
        id=1,
        item=ItemId(1),
        member=MemberId(1),
        by="Zuzana",
        text="call back",
        made_at=NOON,
        due_at=NOON + minutes(due),
        told=told,
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("due", "reminded"),
    [
        pytest.param(60, 45, id="a quarter of an hour before"),
        pytest.param(30, 15, id="at twice as long"),
        pytest.param(10, 5, id="half way, if it is close"),
    ],
)
def test_it_is_reminded_of_before_its_time(due: int, reminded: int) -> None:
    assert a_promise(due).remind_at == NOON + minutes(reminded)


@pytest.mark.parametrize(
    ("after", "told", "tells"),
    [
        pytest.param(44, None, None, id="too early"),
        pytest.param(45, None, Told.SOON, id="at the reminder"),
        pytest.param(50, Told.SOON, None, id="once"),
        pytest.param(60, Told.SOON, None, id="at its time it is not past"),
        pytest.param(60.1, Told.SOON, Told.PAST, id="past it"),
        pytest.param(90, None, Told.PAST, id="after a standstill only that"),
        pytest.param(90, Told.PAST, None, id="and that once"),
    ],
)
def test_each_is_told_once(after: float, told: Told | None, tells: Told | None) -> None:
    assert a_promise(told=told).tells(NOON + minutes(after)) is tells


def test_what_is_settled_tells_nothing() -> None:
    assert a_promise(outcome=Kept.KEPT).tells(NOON + minutes(90)) is None


@settings(max_examples=100, deadline=None)
@given(
    due=st.floats(0.1, 200_000, allow_nan=False),
    ticks=st.lists(st.floats(0, 300_000, allow_nan=False), max_size=30),
)
def test_whenever_one_looks_nothing_is_told_twice_and_the_end_is_never_missed(
    due: float, ticks: list[float]
) -> None:
    said: list[Told] = []
    told: Told | None = None
    for tick in sorted([*ticks, 400_000]):
        found = a_promise(due, told=told).tells(NOON + minutes(tick))
        if found is not None:
            said.append(found)
            told = found

    assert said in ([Told.PAST], [Told.SOON, Told.PAST])


@pytest.mark.parametrize(
    ("after", "said", "became"),
    [
        pytest.param(10, Kept.KEPT, Kept.KEPT, id="before its time"),
        pytest.param(75, Kept.KEPT, Kept.KEPT, id="said a little after it"),
        pytest.param(75.1, Kept.KEPT, Kept.LATE, id="said long after it"),
        pytest.param(75.1, Kept.BROKEN, Kept.BROKEN, id="not kept"),
        pytest.param(75.1, Kept.DROPPED, Kept.DROPPED, id="taken back"),
    ],
)
def test_kept_is_kept_in_time(after: float, said: Kept, became: Kept) -> None:
    assert promises.outcome(a_promise(), said, NOON + minutes(after)) is became


def test_it_is_settled_once() -> None:
    with pytest.raises(RefusedError, match="settled already"):
        promises.outcome(a_promise(outcome=Kept.BROKEN), Kept.KEPT, NOON)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        pytest.param("  ", 60, id="no words"),
        pytest.param("a" * 201, 60, id="too many"),
        pytest.param("call", 0, id="no time left"),
        pytest.param("call", timedelta(days=91) / minutes(1), id="too far"),
    ],
)
def test_what_cannot_be_promised_is_refused(text: str, due: float) -> None:
    with pytest.raises(RefusedError):
        promises.promised(text, NOON + minutes(due), NOON)
