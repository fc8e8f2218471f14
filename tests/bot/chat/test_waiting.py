"""Pauses of any length up to the maximum, by a button or a command."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.taps import TapKind
from bot.chat.text import plain
from bot.chat.waiting import Asked, understood
from monitor.model import ItemId, State
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import VERA, Counter, a_counter
from tests.builders import minutes


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    yield made
    made.bench.store.close()


def paused_for(counter: Counter, item: ItemId) -> timedelta | None:
    until = counter.bench.item(item, counter.now).item.paused_until
    return until - counter.now if until is not None else None


@pytest.mark.parametrize(
    ("argument", "hours"),
    [
        pytest.param("customer", 48, id="as long as it may be"),
        pytest.param("customer:240", 4, id="chosen"),
        pytest.param("third party:1440", 24, id="for a third party"),
    ],
)
def test_a_button_pauses_for_the_chosen_time(counter: Counter, argument: str, hours: int) -> None:
    item = counter.complain()

    answer = counter.tap(TapKind.WAIT, item, argument)

    assert answer.text == (
        f"Paused: it comes back by itself in {hours} hours."
        " Its answer is still due 6 Mar 13:30: a pause does not put it off."
    )
    assert paused_for(counter, item) == timedelta(hours=hours)


@pytest.mark.parametrize("argument", ["customer:2881", "customer:0", "customer:x", "customer:١٢"])
def test_no_button_pauses_for_longer_than_the_maximum(counter: Counter, argument: str) -> None:
    item = counter.complain()

    assert counter.tap(TapKind.WAIT, item, argument).alert
    assert paused_for(counter, item) is None


def test_the_menu_of_lengths_opens_from_the_menu_of_pauses(counter: Counter) -> None:
    item = counter.complain()
    counter.deliver()

    counter.tap(TapKind.WAIT_LENGTHS, item)

    drawn = counter.sending._drawing.draw(counter.waiting(Kind.EDIT)[0], counter.now)
    assert drawn is not None
    labels = [button.label for row in drawn.message.buttons for button in row]
    assert labels == [
        *("Customer 4 hr", "Customer 1 day", "Third party 4 hr", "Third party 1 day"),
        *("Snooze 12 hr", "Snooze 1 day", "◂ Back"),
    ]


def test_a_command_pauses_for_any_time_and_says_until_when(counter: Counter) -> None:
    item = counter.complain()

    told = counter.command(f"/wait {item} third party 90m")

    assert told.split("\n") == [
        f"#{item} pauses until 6 Mar 14:30.",
        "Its answer is still due 6 Mar 13:30: a pause does not put it off.",
    ]
    assert paused_for(counter, item) == minutes(90)
    assert counter.bench.item(item, counter.now).item.state is State.WAITING


def test_who_pauses_an_overdue_item_is_told_that_its_answer_is_owed(counter: Counter) -> None:
    item = counter.complain()
    counter.now += minutes(31)

    told = counter.tap(TapKind.SNOOZE, item, "60").text

    assert "No warnings for 60 minutes" in told
    assert told.endswith("Its answer was due 6 Mar 13:30: a pause does not put it off.")


def test_a_pause_of_an_answered_item_speaks_of_no_answer(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)

    assert counter.command(f"/wait {item} customer 2h") == f"#{item} pauses until 6 Mar 15:00."


def test_under_its_card_a_pause_needs_no_number(counter: Counter) -> None:
    item = counter.complain()
    counter.deliver()

    counter.command("/wait snooze 3h", reply_to=counter.under(item))

    assert counter.bench.item(item, counter.now).item.state is State.SNOOZED
    assert paused_for(counter, item) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("/wait", "Write /wait ID", id="nothing"),
        pytest.param("/wait 1 godot 3h", "Write /wait ID", id="for nobody"),
        pytest.param("/wait 1 customer 49h", "at most 48 hours", id="too long"),
        pytest.param("/wait 1 third party 4d", "at most 72 hours", id="third party"),
        pytest.param("/wait 1 snooze 25h", "at most 24 hours", id="snooze"),
    ],
)
def test_a_pause_that_is_not_possible_is_refused_in_words(
    counter: Counter, written: str, told: str
) -> None:
    item = counter.complain()

    assert told in counter.command(written)
    assert paused_for(counter, item) is None


def test_a_viewer_pauses_nothing(counter: Counter) -> None:
    item = counter.complain()

    assert "agents and above" in counter.command(f"/wait {item} customer 2h", who=VERA)
    assert paused_for(counter, item) is None


def test_a_pause_ends_by_itself_and_the_card_says_when(counter: Counter) -> None:
    item = counter.complain()
    counter.command(f"/wait {item} customer 20m")
    drawn = counter.sending._drawing.card(item, "care", counter.now)

    counter.bench.tick(counter.now + minutes(21))

    assert drawn is not None
    assert "Waiting for the customer · goes on 6 Mar 13:20" in plain(drawn.message.text)
    assert counter.bench.item(item, counter.now + minutes(22)).item.state is State.OPEN


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("customer 6h", Asked(reason="customer", length=timedelta(hours=6))),
        ("Third party", Asked(reason="third party")),
        ("third 2d", Asked(reason="third party", length=timedelta(days=2))),
        ("6h", None),
        ("", None),
    ],
)
def test_words_are_understood(written: str, asked: Asked | None) -> None:
    assert understood(tuple(written.split())) == asked
