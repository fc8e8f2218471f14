"""Who hears of a notice, and where: on a real file, through the real queue."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.taps import TapKind
from bot.chat.text import plain
from monitor.errors import ChatGoneError
from monitor.model import MessageRef
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    CARE,
    EMRE,
    LENA,
    SETTINGS,
    ZUZANA,
    Counter,
)
from tests.bot.chat.telling_case import (
    SHIFT,
    a_desk,
    a_notice,
    heard,
    heard_in,
    private,
    sounds,
    tick,
)
from tests.builders import NOON, a_mention, minutes


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    opened = a_desk(tmp_path)
    yield opened
    opened.bench.store.close()


def test_who_never_talked_with_the_bot_alone_is_called_in_the_chat(desk: Counter) -> None:
    desk.complain()

    tick(desk, NOON + minutes(30.1))

    assert heard(desk) == [(CARE, "🔴 Acme · overdue · first response due 6 Mar 13:30 | For Lena")]


def test_a_lead_who_may_be_told_alone_is_and_the_chat_hears_of_the_breach_too(
    desk: Counter,
) -> None:
    private(desk, LENA)
    desk.complain()

    tick(desk, NOON + minutes(30.1))

    assert heard(desk) == [
        (LENA.telegram_id, "🔴 Acme · overdue · first response due 6 Mar 13:30"),
        (CARE, "🔴 Acme · overdue · first response due 6 Mar 13:30"),
    ]


def test_a_warning_for_the_owner_comes_to_the_owner_alone(desk: Counter) -> None:
    private(desk, ZUZANA)
    item = desk.complain()
    desk.now = NOON + minutes(16)
    desk.tap(TapKind.CLAIM, item)
    heard(desk)

    tick(desk, NOON + minutes(24))

    assert [chat for chat, _ in heard(desk)] == [ZUZANA.telegram_id]


def test_who_switched_private_messages_off_is_called_in_the_chat(desk: Counter) -> None:
    private(desk, LENA)
    desk.command("/shift private off", who=LENA, chat=LENA.telegram_id)
    private(desk, LENA)
    desk.complain()

    tick(desk, NOON + minutes(30.1))

    assert [chat for chat, _ in heard(desk)] == [CARE]


def test_what_cannot_be_delivered_alone_is_told_in_the_chat(desk: Counter) -> None:
    private(desk, ZUZANA)
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)
    heard(desk)
    tick(desk, NOON + minutes(15))

    out = desk.sending.take(
        desk.now,
        (),
        (),
    )
    while out is not None and out.parcel.chat_id != ZUZANA.telegram_id:
        desk.sending.arrived(out, MessageRef(chat_id=CARE, message_id=77), desk.now)
        out = desk.sending.take(desk.now, (), ())
    assert out is not None
    desk.sending.shut_out(out, ChatGoneError("bot was blocked by the user"), desk.now)

    assert heard(desk) == [
        (CARE, "🟡 Acme · no answer yet, and the claim ends 6 Mar 13:20 | For Zuzana")
    ]
    assert not desk.member(ZUZANA).reachable
    assert ("private message", False) in [(each.action, each.allowed) for each in desk.log()]


def test_a_reminder_that_comes_with_a_warning_stands_in_the_same_message(desk: Counter) -> None:
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)
    heard(desk)
    tick(desk, NOON + minutes(15))

    out = desk.sending.take(desk.now, (), ())
    while out is not None and out.parcel.kind is not Kind.NOTICE:
        desk.sending.arrived(out, MessageRef(chat_id=CARE, message_id=77), desk.now)
        out = desk.sending.take(desk.now, (), ())

    assert out is not None
    assert plain(out.drawn.message.text).split("\n")[0::3] == [
        "🟡 Acme · first response due 6 Mar 13:30",
        "no answer yet, and the claim ends 6 Mar 13:20",
    ]


def test_the_owner_is_reminded_before_the_claim_ends_and_once(desk: Counter) -> None:
    item = desk.complain()
    desk.now = NOON + minutes(1)
    desk.tap(TapKind.CLAIM, item)

    tick(desk, NOON + minutes(15.9))
    before = heard(desk)
    tick(desk, NOON + minutes(16))
    at_once = heard(desk)
    tick(desk, NOON + minutes(17))

    assert not any("claim ends" in text for _, text in before)
    assert at_once == [
        (CARE, "🟡 Acme · no answer yet, and the claim ends 6 Mar 13:21 | For Zuzana")
    ]
    assert heard(desk) == []


def test_who_gets_an_item_is_told_with_the_note(desk: Counter) -> None:
    private(desk, EMRE)
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)
    desk.command(f"/handover {item} Emre she writes Turkish")
    heard(desk)

    tick(desk, desk.now + timedelta(seconds=1))

    assert heard(desk) == [
        (EMRE.telegram_id, "🟣 Acme · Zuzana handed it over to Emre: she writes Turkish")
    ]


def test_who_lost_an_item_to_a_lead_is_told(desk: Counter) -> None:
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)
    desk.tap(TapKind.TAKE_OVER, item, who=LENA)
    heard(desk)

    tick(desk, desk.now + timedelta(seconds=1))

    (notice,) = desk.waiting(Kind.NOTICE)
    told = desk.sending._drawing.draw(notice, desk.now)
    assert told is not None
    assert plain(told.message.text).count("Lena has it") == 1
    assert heard(desk) == [(CARE, "🟣 Acme · Lena has it now, you need not answer | For Zuzana")]


def test_who_is_meant_hears_it_come_and_the_chat_alone_does_not(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT)
    private(desk, EMRE)
    desk.complain()

    tick(desk, NOON + minutes(5.1))
    missed_claim = sounds(desk)
    tick(desk, NOON + minutes(15))

    assert missed_claim == [(EMRE.telegram_id, True), (CARE, True)]
    assert sounds(desk) == [(CARE, False)]


def test_the_lead_is_told_once_though_the_brands_of_a_chat_have_shifts_of_their_own(
    tmp_path: Path,
) -> None:
    two = (
        SETTINGS
        + """
[[brand]]
name = "Bolt"
keywords = ["bolt"]
chat = "care"
[[shift]]
name = "a"
brands = ["Acme"]
mon = ["08:00-16:00"]
members = ["Zuzana"]
[[shift]]
name = "b"
brands = ["Bolt"]
tue = ["08:00-16:00"]
members = ["Zuzana"]
"""
    )
    desk = a_desk(tmp_path, two)
    for number in range(2):
        desk.now = NOON + minutes(number)
        for brand in ("Acme", "Bolt"):
            name = f"{brand}{number}"
            text = f"{brand}: complaint by {name}"
            mention = a_mention(text, key=f"sample:{name}", author=name, posted_at=desk.now)
            desk.bench.take(mention, now=desk.now)
    desk.deliver()
    tick(desk, NOON + minutes(5.1))
    first = heard(desk)

    tick(desk, NOON + minutes(6.1))

    assert first == [(CARE, "2 items to look at | For Lena")]
    assert heard(desk) == []


def test_what_was_to_be_told_to_somebody_who_left_is_told_in_the_chat(desk: Counter) -> None:
    private(desk, ZUZANA)
    item = desk.complain()
    desk.now = NOON + minutes(10)
    desk.tap(TapKind.CLAIM, item)
    heard(desk)
    tick(desk, NOON + minutes(24))

    with desk.bench.store.writing():
        desk.bench.store.people.remove(desk.member(ZUZANA).id, desk.now)

    assert heard(desk) + heard(desk) == [(CARE, "🟠 Acme · first response due 6 Mar 13:30")]


def test_two_who_blocked_the_bot_are_both_called_in_the_chat(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT)
    private(desk, ZUZANA, EMRE)
    desk.complain()
    tick(desk, NOON + minutes(5.1))
    blocked = ChatGoneError("bot was blocked by the user")
    told = []
    for _ in range(2):
        out = desk.sending.take(desk.now, (), ())
        assert out is not None
        desk.sending.shut_out(out, blocked, desk.now)
        told += heard_in(desk, CARE)

    assert [text.split(" | ")[1] for text in told] == ["For Zuzana", "For Emre"]


def test_of_very_many_the_most_urgent_are_kept_in_full_and_all_are_counted(
    tmp_path: Path,
) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT)
    store = desk.bench.store
    mentions = [
        a_mention(
            f"Acme complaint {number} {number * 7919}", key=f"sample:{number}", author=f"p{number}"
        )
        for number in range(80)
    ]
    desk.bench.take(*mentions)
    every = [listed.item.id for listed in store.items.queue()]
    with store.writing():
        for item in every:
            standing = desk.bench.item(item, NOON)
            desk.dispatch.announce(standing, (a_notice(item, 1.0), a_notice(item, 4.0)), NOON)
    desk.bench.desk.not_for_us(every[-1], desk.member(LENA), NOON, "spam")
    (parcel,) = desk.waiting(Kind.NOTICE)

    drawn = desk.sending._drawing.draw(parcel, NOON + minutes(31))

    assert len(json.loads(parcel.payload)["notices"]) == 60
    assert drawn is not None
    shown = plain(drawn.message.text).split("\n")
    assert shown[0] == "79 items to look at · 79 overdue"
    assert shown[-2:] == ["and 67 more: /queue", "For Lena, Zuzana, Emre"]
