"""What waits for the next shift or for the end of quiet hours, and what never does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.routes import Routes
from bot.chat.taps import TapKind
from bot.chat.telling import Telling
from monitor.model import MessageRef, Notice, NoticeKind
from monitor.store.outbox import Kind
from monitor.store.shifts import Held, Why
from monitor.store.surges import Surge, SurgeKind
from tests.bot.chat.front_desk_case import (
    CARE,
    EMRE,
    LENA,
    SETTINGS,
    VERA,
    ZUZANA,
    Counter,
)
from tests.bot.chat.telling_case import (
    NOBODY,
    QUIET,
    SHIFT,
    a_desk,
    heard,
    private,
    sounds,
    tick,
)
from tests.builders import NOON, a_mention, at, minutes

NIGHT = """
[[shift]]
name = "night"
fri = ["22:00-06:00"]
sat = ["22:00-06:00"]
members = ["Zuzana"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    opened = a_desk(tmp_path)
    yield opened
    opened.bench.store.close()


def test_a_missed_claim_is_told_to_those_on_shift(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT)
    private(desk, EMRE)
    desk.complain()

    tick(desk, NOON + minutes(5.1))

    assert heard(desk) == [
        (EMRE.telegram_id, "🔵 Acme · nobody has taken it, claim due 6 Mar 13:05"),
        (CARE, "🔵 Acme · nobody has taken it, claim due 6 Mar 13:05 | For Zuzana"),
    ]


def test_while_nobody_is_on_shift_a_missed_claim_waits_and_the_lead_is_told_once(
    tmp_path: Path,
) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT)
    evening = at("2026-03-06 18:00")
    desk.now = evening
    desk.complain()
    desk.complain("sample:2", "omar")
    heard(desk)

    tick(desk, evening + minutes(5.1))

    assert heard(desk) == [
        (
            CARE,
            f"🔵 Acme · {NOBODY} | For Lena",
        )
    ]
    assert len(desk.bench.store.shifts.held()) == 2


def test_what_was_held_is_told_in_one_message_when_the_shift_begins(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT)
    evening = at("2026-03-06 18:00")
    desk.now = evening
    for number in range(3):
        item = desk.complain(f"sample:{number}", f"person{number}")
        desk.tap(TapKind.SNOOZE, item, "60")
        desk.bench.desk.wait(item, desk.member(ZUZANA), evening, "customer")
    tick(desk, evening + minutes(5.1))
    heard(desk)

    with desk.bench.store.writing():
        for held in desk.bench.store.shifts.held():
            desk.bench.store.shifts.hold(replace(held, until=evening + minutes(9)))
    desk.command("/shift on", who=EMRE)
    tick(desk, evening + minutes(10))

    assert [text.split(" | ") for chat, text in heard(desk) if chat == CARE] == [
        ["3 items to look at", "For Emre"]
    ]
    assert desk.bench.store.shifts.held() == ()


def test_a_breach_is_never_held_it_goes_to_the_lead_at_once(tmp_path: Path) -> None:
    steps = '[[policy]]\nname = "always"\nsteps = [ { at = "100%", tell = "on shift" } ]\n'
    desk = a_desk(tmp_path, SETTINGS + SHIFT + steps)
    desk.now = at("2026-03-06 18:00")
    desk.complain()
    tick(desk, at("2026-03-06 18:06"))
    heard(desk)

    tick(desk, at("2026-03-06 18:31"))

    (found,) = heard(desk)
    assert "overdue" in found[1]
    assert "For Lena" in found[1]


def test_warnings_wait_for_the_end_of_the_quiet_and_come_in_one_message(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, QUIET)
    first, second = desk.complain(), desk.complain("sample:2", "omar")
    tick(desk, NOON + minutes(16))
    during = heard(desk)
    for item in (first, second):
        desk.tap(TapKind.ANSWERED, item)
        desk.bench.desk.undo(item, desk.member(ZUZANA), desk.now)
    heard(desk)

    desk.now = at("2026-03-06 14:00")
    desk.dispatch.release(desk.now)

    assert during == []
    assert [text for _, text in heard(desk)] == ["2 items to look at · 2 overdue"]


def test_quiet_hours_never_silence_a_breach(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, QUIET)
    desk.complain()

    tick(desk, NOON + minutes(30.1))

    assert [text for _, text in heard(desk)] == [
        "🔴 Acme · overdue · first response due 6 Mar 13:30 | For Lena"
    ]


def test_quiet_hours_silence_a_breach_where_the_settings_say_so(tmp_path: Path) -> None:
    told = QUIET.replace("quiet =", "quiet_breaches = true\nquiet =")
    desk = a_desk(tmp_path, told)
    desk.complain()

    tick(desk, NOON + minutes(30.1))
    during = heard(desk)
    tick(desk, at("2026-03-06 14:00"))

    assert during == []
    assert "overdue" in heard(desk)[0][1]


def test_a_warning_held_by_the_quiet_is_not_told_after_its_breach(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, QUIET)
    desk.complain()
    tick(desk, NOON + minutes(16))
    tick(desk, NOON + minutes(31))
    heard(desk)

    desk.now = at("2026-03-06 14:00")
    desk.dispatch.release(desk.now)

    assert desk.bench.store.shifts.held() == ()
    assert heard(desk) == [(CARE, "🔴 Acme · nobody has taken it, claim due 6 Mar 13:05")]


def test_what_was_answered_meanwhile_is_not_told_when_the_quiet_ends(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, QUIET)
    item = desk.complain()
    tick(desk, NOON + minutes(16))
    desk.tap(TapKind.ANSWERED, item)
    heard(desk)

    desk.now = at("2026-03-06 14:00")
    desk.dispatch.release(desk.now)

    assert heard(desk) == []


@pytest.mark.parametrize(
    ("now", "silent"),
    [
        pytest.param("2026-03-06 13:59", True, id="in quiet hours"),
        pytest.param("2026-03-06 14:00", False, id="after them"),
    ],
)
def test_cards_come_without_a_sound_in_quiet_hours(tmp_path: Path, now: str, silent: bool) -> None:
    desk = a_desk(tmp_path, QUIET)
    desk.now = at(now)
    desk.bench.take(a_mention(posted_at=desk.now), now=desk.now)
    desk.dispatch.cards(desk.now)

    out = desk.sending.take(desk.now, (), ())

    assert out is not None
    assert (out.parcel.kind, out.drawn.message.silent) == (Kind.CARD, silent)


def test_what_members_hand_each_other_in_quiet_hours_makes_no_sound_in_the_chat(
    tmp_path: Path,
) -> None:
    desk = a_desk(tmp_path, QUIET)
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)
    desk.command(f"/handover {item} Emre")
    desk.deliver()

    tick(desk, desk.now + timedelta(seconds=1))

    assert sounds(desk) == [(CARE, False)]


@pytest.mark.parametrize(
    ("now", "silent"),
    [
        pytest.param("2026-03-06 13:59", True, id="in quiet hours"),
        pytest.param("2026-03-06 14:00", False, id="after them"),
    ],
)
def test_a_surge_is_told_without_a_sound_in_quiet_hours(
    tmp_path: Path, now: str, silent: bool
) -> None:
    desk = a_desk(tmp_path, QUIET)
    desk.now = at(now)
    store = desk.bench.store
    with store.writing():
        store.surges.open(
            Surge(
                id=0,
                brand="Acme",
                kind=SurgeKind.BRAND,
                subject="",
                shown="",
                began_at=desk.now,
                found_at=desk.now,
                expected=1.0,
                people=9,
                peak=9,
                told_peak=9,
                lasted_until=desk.now,
            )
        )
        store.outbox.put(
            chat_id=CARE,
            topic=None,
            kind=Kind.SURGE,
            dedupe="surge",
            priority=0,
            now=desk.now,
            payload='{"surge": 1}',
        )

    out = desk.sending.take(desk.now, (), ())

    assert out is not None
    assert out.drawn.message.silent == silent


def test_what_waits_is_told_as_soon_as_somebody_steps_in(tmp_path: Path) -> None:
    turns = """
[[shift]]
name = "week"
mon = ["08:00-16:00"]
rotation = "weekly"
starts = 2026-03-02
members = ["Zuzana", "Emre"]
"""
    desk = a_desk(tmp_path, SETTINGS + turns)
    desk.command("/shift off Emre 14d", who=LENA)  # whose turn comes on Monday
    desk.complain()
    tick(desk, NOON + minutes(5.1))
    (lead,) = heard(desk)

    tick(desk, at("2026-03-09 07:00"))

    assert "nobody is on shift until 9 Mar 08:00" in lead[1]
    assert desk.bench.store.shifts.held() == ()
    assert "For Zuzana" in " ".join(text for _, text in heard(desk))


def test_who_comes_on_shift_hears_of_what_was_missed_at_night(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT)
    evening = at("2026-03-06 18:00")
    desk.now = evening
    desk.complain()
    for minute in (5.1, 20.1, 30.1, 80.1):
        tick(desk, evening + minutes(minute))
    heard(desk)

    desk.now = at("2026-03-09 07:00")
    desk.dispatch.release(desk.now)

    assert heard(desk) == [
        (CARE, "🔴 Acme · nobody has taken it, claim due 6 Mar 19:05 | For Zuzana, Emre")
    ]


def test_a_viewer_in_a_plan_is_not_waited_for(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, SETTINGS + SHIFT.replace('"Zuzana", "Emre"', '"Vera"'))
    private(desk, VERA)
    desk.complain()

    tick(desk, NOON + minutes(5.1))

    assert heard(desk) == [(CARE, "🔵 Acme · nobody has taken it, claim due 6 Mar 13:05")]


def test_what_nobody_can_be_told_for_want_of_a_chat_waits_for_one(tmp_path: Path) -> None:
    nowhere = SETTINGS.replace('[[chat]]\nname = "care"\nid = -1001\n', "")
    desk = a_desk(tmp_path, nowhere.replace('chat = "care"\n', ""))
    desk.complain()
    tick(desk, NOON + minutes(30.1))
    before = heard(desk)

    with desk.bench.store.writing():
        desk.bench.store.people.link_chat("care", CARE, desk.now)
    tick(desk, NOON + minutes(90.2))

    assert before == []
    assert "overdue" in " ".join(text for _, text in heard(desk))


def test_a_held_notice_on_which_we_fail_waits_on(desk: Counter) -> None:
    store, item = desk.bench.store, desk.complain()
    warned = Notice(
        kind=NoticeKind.STEP, item=item, name="first_response:1:50%", at=NOON, tell="chat"
    )
    with store.writing():
        store.shifts.hold(Held(notice=warned, chat="care", why=Why.QUIET, until=NOON))

    def no_routes() -> Routes:
        raise ValueError("nothing is known of the chats")

    Telling(store, desk.dispatch.shifts, no_routes).release(NOON)

    assert [each.until for each in store.shifts.held()] == [NOON + minutes(1)]


def test_of_chats_that_share_a_group_each_has_its_own_quiet(tmp_path: Path) -> None:
    shared = (
        SETTINGS.replace("id = -1001", "id = -1001\ntopic = 11")
        + """
[[chat]]
name = "beside"
id = -1001
topic = 12
quiet = ["12:30-15:00"]
[[brand]]
name = "Bolt"
keywords = ["bolt"]
chat = "beside"
"""
    )
    desk = a_desk(tmp_path, shared)
    for number, brand in enumerate(("Acme", "Bolt")):
        mention = a_mention(
            f"{brand} lost it, a complaint", key=f"sample:{number}", author=brand, posted_at=NOON
        )
        desk.bench.take(mention)
    desk.dispatch.cards(NOON)

    found = {}
    while out := desk.sending.take(NOON, (), ()):
        found[out.parcel.topic] = out.drawn.message.silent
        desk.sending.arrived(out, MessageRef(chat_id=CARE, message_id=900 + out.parcel.id), NOON)

    assert found == {11: False, 12: True}


def test_who_works_in_quiet_hours_is_told_then_without_a_sound_in_the_chat(
    tmp_path: Path,
) -> None:
    quiet = SETTINGS.replace("id = -1001", 'id = -1001\nquiet = ["21:00-07:00"]')
    desk = a_desk(tmp_path, quiet + NIGHT)
    desk.now = at("2026-03-06 22:00")
    desk.complain()

    tick(desk, desk.now + minutes(5.1))

    assert desk.bench.store.shifts.held() == ()
    assert sounds(desk) == [(CARE, False)]


def test_what_waits_for_a_shift_within_quiet_hours_is_told_when_it_begins(tmp_path: Path) -> None:
    quiet = SETTINGS.replace("id = -1001", 'id = -1001\nquiet = ["21:00-07:00"]')
    desk = a_desk(tmp_path, quiet + NIGHT)
    desk.complain()
    tick(desk, NOON + minutes(5.1))
    heard(desk)

    desk.now = at("2026-03-06 21:00")  # 22:00 in Bratislava
    desk.dispatch.release(desk.now)

    assert desk.bench.store.shifts.held() == ()
    assert "For Zuzana" in " ".join(text for _, text in heard(desk))
