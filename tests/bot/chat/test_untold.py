"""Notices that wait while other policies come into force: what they tell is not so any more."""

from datetime import datetime
from pathlib import Path

from monitor.clock.policy import Mode
from monitor.handling.policies import Policies
from monitor.settings import PolicyBook, PolicySettings
from tests.bot.chat.front_desk_case import SETTINGS, Counter, a_counter
from tests.bot.chat.telling_case import QUIET, heard, tick
from tests.builders import NOON, at, minutes

CALM = PolicyBook(policy=(PolicySettings(first_response=minutes(90), claim=minutes(900)),))
OVERDUE = "🔴 Acme · overdue · first response due 6 Mar 14:30 | For Lena"


def apply(desk: Counter, now: datetime) -> None:
    Policies.adopt(desk.bench.store, CALM, now, Mode.NOW)
    desk.bench.ledger.move_to_current(now)


def test_a_breach_that_waits_for_its_chat_is_not_told_once_the_target_is_longer(
    tmp_path: Path,
) -> None:
    desk = a_counter(tmp_path, settings_text=SETTINGS)
    desk.complain()
    tick(desk, NOON + minutes(31))

    apply(desk, NOON + minutes(32))
    soon = heard(desk)
    tick(desk, NOON + minutes(91))

    assert soon == []
    assert [text for _, text in heard(desk)] == [OVERDUE]
    desk.bench.store.close()


def test_a_warning_that_is_held_is_not_told_once_it_lies_ahead(tmp_path: Path) -> None:
    desk = a_counter(tmp_path, settings_text=QUIET.replace("15:00", "13:40"))
    desk.complain()
    tick(desk, NOON + minutes(16))

    apply(desk, NOON + minutes(20))
    tick(desk, at("2026-03-06 12:40"))

    assert desk.bench.store.shifts.held() == ()
    assert heard(desk) == []
    desk.bench.store.close()
