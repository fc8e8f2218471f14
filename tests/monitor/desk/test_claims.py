"""Items that change hands: who may give them, what is told, and when a claim is about to end."""

from dataclasses import replace
from datetime import datetime

import pytest

from monitor.desk import claims
from monitor.desk.acts import undo
from monitor.desk.lifecycle import LEASE
from monitor.errors import RefusedError
from monitor.model import Event, EventKind, Item, Member, MemberId, NoticeKind, Role, State
from tests.builders import NOON, an_item, minutes

ZUZANA = Member(id=MemberId(1), name="Zuzana", telegram_id=1, role=Role.AGENT)
EMRE = Member(id=MemberId(2), name="Emre", telegram_id=2, role=Role.AGENT)
LENA = Member(id=MemberId(3), name="Lena", telegram_id=3, role=Role.LEAD)
VERA = Member(id=MemberId(4), name="Vera", telegram_id=4, role=Role.VIEWER)
ITEM = an_item()
OF_ZUZANA = replace(ITEM, state=State.CLAIMED, owner=ZUZANA.id, lease_ends_at=NOON + LEASE)


def a_claim(number: int, who: Member, now: datetime = NOON, by: Member | None = None) -> Event:
    return Event(
        id=number,
        item=ITEM.id,
        kind=EventKind.CLAIMED,
        at=now,
        recorded_at=now,
        actor=who.id,
        ref=by.id if by else None,
        until=now + LEASE,
    )


def told(*events: Event, item: Item) -> list[tuple[NoticeKind, tuple[MemberId, ...]]]:
    return [(each.kind, each.to) for each in claims.hand_over_notices(item, events, set())]


def test_a_hand_over_is_a_claim_of_the_taker_with_the_givers_id_and_the_note() -> None:
    event = claims.hand_over(OF_ZUZANA, ZUZANA, EMRE, "she writes Turkish", NOON + minutes(8))

    assert (event.kind, event.actor, event.ref) == (EventKind.CLAIMED, EMRE.id, ZUZANA.id)
    assert event.reason == "she writes Turkish"
    assert event.until == NOON + minutes(8) + LEASE


def test_a_lead_hands_over_what_somebody_else_has_or_nobody() -> None:
    others = claims.hand_over(OF_ZUZANA, LENA, EMRE, "", NOON)
    free = claims.hand_over(ITEM, LENA, EMRE, "", NOON)

    assert others.actor == free.actor == EMRE.id
    assert others.ref == LENA.id


@pytest.mark.parametrize(
    ("giver", "taker", "why"),
    [
        pytest.param(EMRE, VERA, "owner or a lead", id="an agent gives what another has"),
        pytest.param(ZUZANA, VERA, "is a viewer", id="a viewer gets it"),
        pytest.param(LENA, ZUZANA, "has it already", id="the owner gets it"),
    ],
)
def test_a_hand_over_that_makes_no_sense_is_refused(giver: Member, taker: Member, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        claims.hand_over(OF_ZUZANA, giver, taker, "", NOON)


def test_a_note_may_not_be_endless() -> None:
    with pytest.raises(RefusedError, match="at most 300"):
        claims.hand_over(OF_ZUZANA, ZUZANA, EMRE, "x" * 301, NOON)


def test_a_resolved_item_changes_no_hands() -> None:
    with pytest.raises(RefusedError, match="resolved"):
        claims.hand_over(replace(OF_ZUZANA, state=State.RESOLVED), ZUZANA, EMRE, "", NOON)


def test_only_a_lead_takes_over_what_somebody_has() -> None:
    taken = claims.take_over(OF_ZUZANA, LENA, NOON)

    assert (taken.actor, taken.ref) == (LENA.id, LENA.id)
    with pytest.raises(RefusedError, match="Only a lead"):
        claims.take_over(OF_ZUZANA, EMRE, NOON)


def test_whoever_gave_an_item_away_can_undo_it() -> None:
    events = (a_claim(1, ZUZANA), a_claim(2, EMRE, NOON + minutes(1), by=ZUZANA))
    now_of_emre = replace(OF_ZUZANA, owner=EMRE.id)

    undone = undo(now_of_emre, events, ZUZANA, NOON + minutes(2))

    assert (undone.kind, undone.ref) == (EventKind.UNDONE, 2)
    with pytest.raises(RefusedError, match="Only who did it or a lead"):
        undo(now_of_emre, events, EMRE, NOON + minutes(2))


def test_the_new_owner_is_told_of_a_hand_over_and_the_giver_is_not() -> None:
    events = (a_claim(1, ZUZANA), a_claim(2, EMRE, by=ZUZANA))

    assert told(*events, item=replace(OF_ZUZANA, owner=EMRE.id)) == [
        (NoticeKind.HANDED_TO, (EMRE.id,))
    ]


def test_a_lead_who_gives_an_item_on_tells_both() -> None:
    events = (a_claim(1, ZUZANA), a_claim(2, EMRE, by=LENA))

    assert told(*events, item=replace(OF_ZUZANA, owner=EMRE.id)) == [
        (NoticeKind.HANDED_TO, (EMRE.id,)),
        (NoticeKind.TAKEN_OVER, (ZUZANA.id,)),
    ]


def test_who_lost_an_item_to_a_lead_is_told() -> None:
    events = (a_claim(1, ZUZANA), a_claim(2, LENA, by=LENA))

    assert told(*events, item=replace(OF_ZUZANA, owner=LENA.id)) == [
        (NoticeKind.TAKEN_OVER, (ZUZANA.id,))
    ]


def test_a_claim_of_a_free_item_tells_nobody() -> None:
    freed = replace(a_claim(2, ZUZANA), kind=EventKind.RELEASED)

    assert told(a_claim(1, ZUZANA), item=OF_ZUZANA) == []
    assert told(a_claim(1, EMRE), freed, a_claim(3, ZUZANA), item=OF_ZUZANA) == []


def test_the_owner_is_reminded_five_minutes_before_the_claim_ends_and_once() -> None:
    reminder = claims.reminder(OF_ZUZANA, set())

    assert reminder is not None
    assert (reminder.at, reminder.to) == (NOON + minutes(15), (ZUZANA.id,))
    assert claims.reminder(OF_ZUZANA, {reminder.name}) is None


def test_each_claim_has_a_reminder_of_its_own() -> None:
    first = claims.reminder(OF_ZUZANA, set())
    anew = replace(OF_ZUZANA, lease_ends_at=NOON + minutes(50))

    assert first is not None
    assert claims.reminder(anew, {first.name}) is not None


def test_nobody_is_reminded_of_what_is_answered_paused_or_free() -> None:
    answered = replace(OF_ZUZANA, state=State.ANSWERED)
    waiting = replace(OF_ZUZANA, state=State.WAITING)

    assert [claims.reminder(each, set()) for each in (answered, waiting, ITEM)] == [None] * 3
