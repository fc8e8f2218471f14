"""What is said of a person's past, and what may be written of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.desk import customers
from monitor.desk.customers import Contact, Customer, Outcome
from monitor.errors import RefusedError
from monitor.model import ItemId, State
from tests.builders import NOON, minutes

DAY = timedelta(days=1)


def contact(number: int, days: float, **rest: object) -> Contact:
    made = Contact(
        item=ItemId(number),
        brand="Acme",
        platform="sample",
        thread=f"sample:{number}",
        url="",
        posted_at=NOON + timedelta(days=days),
        seen_at=NOON,
        state=State.OPEN,
        outcome=Outcome.WAITING,
    )
    return replace(made, **rest)  # type: ignore[arg-type]


def repeats(*contacts: Contact) -> list[ItemId]:
    newest_first = sorted(contacts, key=lambda each: each.posted_at, reverse=True)
    return [each.item for each in customers.with_repeats(tuple(newest_first)) if each.repeat]


def test_a_contact_within_a_week_of_the_one_before_is_a_repeat() -> None:
    assert repeats(contact(1, 0), contact(2, 7), contact(3, 14.01)) == [2]


def test_what_is_void_is_no_contact_and_makes_none_a_repeat() -> None:
    dismissed = contact(2, 1, state=State.VOID, outcome=Outcome.NOT_FOR_US)

    assert repeats(contact(1, -9), dismissed, contact(3, 2)) == []


def test_one_thread_about_two_brands_is_one_contact() -> None:
    both = (contact(1, 0), contact(2, 0, thread="sample:1", brand="Other"))

    found = Customer(accounts=(), contacts=both)

    assert repeats(*both) == []
    assert found.needed == 1


@settings(max_examples=100, deadline=None)
@given(days=st.lists(st.integers(0, 60), max_size=8, unique=True), void=st.sets(st.integers(0, 7)))
def test_repeats_are_those_with_a_contact_in_the_week_before(
    days: list[int], void: set[int]
) -> None:
    made = [
        contact(number, day, state=State.VOID if number in void else State.OPEN)
        for number, day in enumerate(days)
    ]

    found = repeats(*made)

    count = [each for each in made if each.counts]
    expected = {
        one.item
        for one in count
        for other in count
        if timedelta() < one.posted_at - other.posted_at <= 7 * DAY
    }
    assert set(found) == expected


def test_waits_are_those_for_answers_that_came() -> None:
    answered = [
        contact(n, n, outcome=Outcome.ANSWERED, answer_at=NOON, customer_wait=minutes(wait))
        for n, wait in enumerate((5, 60, 10))
    ]
    waiting = contact(9, 9, customer_wait=minutes(600))

    waits = Customer(accounts=(), contacts=(*answered, waiting)).waits

    assert (waits.count, waits.median, waits.longest) == (3, minutes(10), minutes(60))
    assert Customer(accounts=()).waits.median is None


@pytest.mark.parametrize(
    ("state", "became"),
    [
        (State.OPEN, Outcome.WAITING),
        (State.CLAIMED, Outcome.WAITING),
        (State.ANSWERED, Outcome.ANSWERED),
        (State.WAITING, Outcome.ANSWERED),
        (State.RESOLVED, Outcome.ANSWERED),
        (State.VOID, Outcome.NOT_FOR_US),
    ],
)
def test_who_wrote_again_after_an_answer_waits(state: State, became: Outcome) -> None:
    assert became is customers.outcome(
        state, muted=False, answered=True, proven=True, void_reason="spam"
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("VIP", "vip", id="in lower case"),
        pytest.param("#press-list_2", "press-list_2", id="without its sign"),
        pytest.param("Öffentlich", "öffentlich", id="any alphabet"),
        pytest.param("ΣΑΣ", "σασ", id="folded"),
    ],
)
def test_a_tag_is_kept_as_it_is_compared(written: str, kept: str) -> None:
    assert customers.tag_word(written) == kept


@pytest.mark.parametrize("written", ["", "#", "two words", "a" * 41, "a,b", "a:b", "\u202evip"])
def test_what_is_no_word_is_no_tag(written: str) -> None:
    with pytest.raises(RefusedError, match="tag"):
        customers.tag_word(written)
