"""Promises to customers: written in people's words, told in time, settled, counted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.replies import AnswerTap
from bot.chat.taps import TapKind
from bot.chat.text import plain
from monitor.desk.promises import Promised
from monitor.handling.promises import PromiseBook
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import EMRE, LENA, VERA, Counter, a_counter
from tests.builders import NOON, minutes

# It is noon in UTC, and 13:00 in the chat's zone.
FIVE = NOON + timedelta(hours=4)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    yield made
    made.bench.store.close()


def tick(counter: Counter) -> int:
    """Let the promises be told of that are due by now."""
    return PromiseBook(counter.bench.ledger).tell(counter.dispatch.announce, counter.now)


def told(counter: Counter, chat: int = -1001) -> str:
    """Return the notices that wait for a chat, as they would be drawn."""
    drawn = (
        counter.sending._drawing.draw(one, counter.now)
        for one in counter.waiting(Kind.NOTICE, chat)
    )
    return "\n".join(plain(each.message.text) for each in drawn if each is not None)


def card(counter: Counter, item: int) -> str:
    drawn = counter.sending._drawing.card(item, "care", counter.now)  # type: ignore[arg-type]
    assert drawn is not None
    return plain(drawn.message.text)


def press(counter: Counter, promise: int, argument: str, *, at: int | None = None) -> str:
    tap = counter.a_tap(TapKind.PROMISE, promise, argument, at=at or 999)
    (answer,) = counter.hear(tap)
    assert isinstance(answer, AnswerTap)
    return answer.text


def figures(counter: Counter) -> Promised:
    rows = counter.bench.store.promises
    return rows.figures(NOON - minutes(1), NOON + timedelta(days=9), ["Acme"], counter.now)


# ---------------------------------------------------------------- making


def test_a_promise_is_for_the_hour_of_the_chat_and_stands_on_the_card(counter: Counter) -> None:
    item = counter.complain()

    answer = counter.command("/promise 17:00 call back", reply_to=counter.under(item))

    (made,) = counter.bench.store.promises.of_item(item)
    assert (made.due_at, made.text, made.by) == (FIVE, "call back", "Zuzana")
    assert "6 Mar 17:00" in answer
    assert "6 Mar 16:45" in answer
    assert "Promised 6 Mar 17:00 by Zuzana: call back" in card(counter, item)


def test_a_number_names_the_item_where_no_card_is_replied_to(counter: Counter) -> None:
    counter.complain()

    counter.command("/promise #1 tomorrow 9:00 send the refund")

    (made,) = counter.bench.store.promises.of_item(counter.bench.item().item.id)
    assert made.due_at == NOON + timedelta(hours=20)
    assert made.text == "send the refund"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("/promise", "You owe nobody", id="nothing"),
        pytest.param("/promise call", "Write /promise ID", id="no item"),
        pytest.param("/promise 1 soon call", "By when?", id="no time"),
        pytest.param("/promise 1 17:00", "What was promised?", id="no words"),
        pytest.param("/promise 1 2026-03-01 17:00 call", "That time has passed.", id="past"),
        pytest.param("/promise 1 999d call", "at most 90 days", id="far off"),
        pytest.param("/promise 9 17:00 call", "There is no item #9.", id="no such item"),
        pytest.param("/promise kept", "Write /promise ID", id="kept, but what"),
        pytest.param("/promise kept 1", "No promise stands on #1.", id="nothing promised"),
        pytest.param("/promise undo", "You settled no promise.", id="nothing settled"),
    ],
)
def test_what_cannot_be_promised_is_told_why(counter: Counter, text: str, says: str) -> None:
    counter.complain()

    assert says in counter.command(text)


def test_a_viewer_promises_nothing(counter: Counter) -> None:
    counter.complain()

    assert "agents and above" in counter.command("/promise 1 17:00 call", who=VERA)


def test_nothing_is_promised_on_what_is_not_for_us(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.NOT_FOR_US, item, "spam")

    assert "dismissed" in counter.command("/promise 1 17:00 call")


def test_promises_of_an_item_are_listed(counter: Counter) -> None:
    counter.complain()
    nothing = counter.command("/promise 1")
    counter.command("/promise 1 17:00 call back")
    counter.command("/promise kept 1")

    listed = counter.command("/promise 1")

    assert nothing == "Nothing was promised on #1."
    assert "call back" in listed
    assert "kept" in listed


def test_alone_it_lists_what_a_member_has_to_keep(counter: Counter) -> None:
    counter.complain("sample:1")
    second = counter.complain("sample:2", "omar")
    counter.command("/promise 1 18:00 call Jana")
    counter.command("/promise 2 17:00 call Omar")
    counter.tap(TapKind.CLAIM, second, who=EMRE)

    mine, theirs = counter.command("/promise"), counter.command("/promise", who=EMRE)

    assert "1 promise to keep" in mine
    assert "call Jana" in mine
    assert "call Omar" in theirs
    assert "call Jana" not in theirs


# ---------------------------------------------------------------- told


def test_its_owner_is_reminded_a_quarter_of_an_hour_before_once(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE - minutes(16)
    early = tick(counter)
    counter.now = FIVE - minutes(15)

    first, second = tick(counter), tick(counter)

    assert (early, first, second) == (0, 1, 0)
    assert "promised 6 Mar 17:00: call back" in told(counter)
    assert "For Zuzana" in told(counter)


def test_who_has_the_item_by_then_is_reminded_and_not_who_promised(counter: Counter) -> None:
    item = counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE - minutes(15)
    counter.tap(TapKind.CLAIM, item, who=EMRE)

    tick(counter)

    assert "For Emre" in told(counter)
    assert "Zuzana" not in told(counter)


def test_past_its_time_the_owner_and_a_lead_hear_of_it_at_once(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE
    tick(counter)
    at_it = counter.bench.store.promises.standing(counter.bench.item().item.id)[0].told
    counter.now = FIVE + timedelta(seconds=1)

    tick(counter)

    assert at_it == "soon"
    assert "a promise is past its time" in told(counter)
    assert "Zuzana" in told(counter)
    assert "Lena" in told(counter)
    assert "Promise past its time" in card(counter, 1)


def test_after_a_standstill_only_that_it_is_past_is_told(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE + timedelta(hours=3)

    assert (tick(counter), tick(counter)) == (1, 0)
    assert told(counter).count("call back") == 1


def test_neither_mute_nor_an_answer_silences_it(counter: Counter) -> None:
    item = counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.tap(TapKind.ANSWERED, item)
    counter.tap(TapKind.RESOLVE, item)
    counter.now = FIVE - minutes(15)
    counter.command("/mute Acme 2h", who=LENA)

    tick(counter)

    assert "call back" in told(counter)
    assert "Promised" in card(counter, item)


def test_what_was_kept_or_is_not_for_us_is_not_told(counter: Counter) -> None:
    first, second = counter.complain("sample:1"), counter.complain("sample:2", "omar")
    counter.command("/promise 1 17:00 call Jana")
    counter.command("/promise 2 17:00 call Omar")
    counter.command("/promise kept 1")
    counter.tap(TapKind.NOT_FOR_US, second, "spam")
    counter.now = FIVE + minutes(1)

    assert tick(counter) == 0
    assert "Promised" not in card(counter, first)


def test_what_is_settled_before_its_notice_goes_out_is_not_sent(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE - minutes(15)
    tick(counter)

    counter.command("/promise kept 1")

    assert told(counter) == ""


def test_a_dismissal_that_is_undone_brings_its_promise_back(counter: Counter) -> None:
    item = counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE - minutes(15)
    counter.tap(TapKind.NOT_FOR_US, item, "spam")
    dismissed = tick(counter)
    counter.tap(TapKind.UNDO, item)

    assert (dismissed, tick(counter)) == (0, 1)


def test_a_merged_items_promise_is_told_of_the_item_that_goes_on(counter: Counter) -> None:
    counter.complain("sample:1")
    second = counter.complain("sample:2", "omar")
    counter.command("/promise 1 17:00 call back")
    counter.command("/merge 1 2")
    counter.now = FIVE - minutes(15)

    tick(counter)

    assert f"#{second}" in told(counter)
    assert "call back" in card(counter, second)


def test_a_promise_goes_on_through_every_merger_and_is_owed_by_who_has_the_last(
    counter: Counter,
) -> None:
    items = [counter.complain(f"sample:{number}", f"author{number}") for number in (1, 2, 3)]
    counter.command("/promise 1 17:00 call back")
    counter.command("/merge 1 2")
    counter.command("/merge 2 3")
    counter.tap(TapKind.CLAIM, items[2], who=EMRE)
    counter.now = FIVE - minutes(15)

    tick(counter)

    assert f"#{items[2]}" in told(counter)
    assert "For Emre" in told(counter)
    assert "call back" in card(counter, items[2])
    assert "call back" in counter.command("/promise 3")
    assert "call back" in counter.command("/promise", who=EMRE)
    assert "call back" not in counter.command("/promise")


def test_who_promised_is_reminded_where_the_owner_left_the_team(counter: Counter) -> None:
    item = counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.tap(TapKind.CLAIM, item, who=EMRE)
    counter.now = FIVE - minutes(15)
    with counter.bench.store.writing():
        counter.bench.store.people.remove(counter.member(EMRE).id, counter.now)

    tick(counter)

    assert "For Zuzana" in told(counter)
    assert "call back" in counter.command("/promise")


def test_two_promises_on_one_item_are_both_told(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.command("/promise 1 17:00 send the form")
    counter.now = FIVE - minutes(10)

    tick(counter)

    assert "call back" in told(counter)
    assert "send the form" in told(counter)


def test_an_item_with_a_line_for_each_of_its_promises_is_one_item(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.command("/promise 1 17:00 send the form")
    counter.now = FIVE + minutes(1)

    tick(counter)

    assert told(counter).startswith("1 item to look at · 1 overdue\n")


def test_the_alert_has_buttons_that_settle_it(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE + minutes(1)
    tick(counter)

    (parcel,) = counter.waiting(Kind.NOTICE)
    drawn = counter.sending._drawing.draw(parcel, counter.now)

    assert drawn is not None
    labels = [button.label for row in drawn.message.buttons for button in row]
    assert labels == ["#1", "Kept", "Not kept"]
    assert not drawn.message.silent


# ---------------------------------------------------------------- settled


def test_kept_in_time_kept_late_broken_and_taken_back_are_told_apart(counter: Counter) -> None:
    counter.complain()
    for text in ("a", "b", "c", "d"):
        counter.command(f"/promise 1 17:00 {text}")
    press(counter, 1, "kept")
    press(counter, 4, "dropped")
    counter.now = FIVE + minutes(16)
    late = press(counter, 2, "kept")

    before = figures(counter)
    press(counter, 3, "broken")

    assert "kept, but late" in late
    assert before == Promised(due=3, kept=1, late=1, broken=1, dropped=1, open=1)
    assert figures(counter) == replace(before, open=0)


def test_a_word_said_a_little_after_its_time_still_says_kept(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    counter.now = FIVE + minutes(15)

    press(counter, 1, "kept")

    assert figures(counter).kept == 1


def test_what_has_not_come_due_is_in_no_figure(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")

    assert figures(counter) == Promised(due=0, kept=0, late=0, broken=0, dropped=0, open=0)


def test_a_settled_promise_is_settled_once_and_undone_within_five_minutes(
    counter: Counter,
) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")
    press(counter, 1, "kept")
    again = press(counter, 1, "broken")
    back = counter.command("/promise undo")
    counter.now = FIVE - minutes(15)
    reminded = tick(counter)
    press(counter, 1, "kept")
    counter.now += minutes(6)
    late = counter.command("/promise undo")

    assert again == "It is settled already."
    assert back == "Promise on #1: it stands again."
    assert reminded == 1
    assert "5 minutes" in late


def test_an_old_or_strange_button_is_refused(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call back")

    assert press(counter, 1, "late") == "This button no longer works."
    assert press(counter, 7, "kept") == "This button no longer works."


def test_the_log_says_who_promised_and_never_what(counter: Counter) -> None:
    counter.complain()
    counter.command("/promise 1 17:00 call Jana's mother")
    press(counter, 1, "kept")

    assert [(e.action, e.item, e.detail) for e in counter.log()] == [
        ("promise", 1, "promise 1"),
        ("promise kept", 1, "promise 1"),
    ]


def test_more_than_a_few_promises_on_one_item_are_refused(counter: Counter) -> None:
    counter.complain()
    for number in range(5):
        counter.command(f"/promise 1 17:00 number {number}")

    assert counter.command("/promise 1 17:00 one more") == "There are 5 promises on it already."
