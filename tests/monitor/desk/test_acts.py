"""Members' acts: what each makes of an item, and when it is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.desk import acts
from monitor.errors import RefusedError
from monitor.model import Answer, Event, EventKind, Item, ItemId, Member, MemberId, Role, State
from tests.builders import NOON, an_item, minutes

AGENT = Member(id=MemberId(1), name="Ani", telegram_id=1, role=Role.AGENT)
OTHER = Member(id=MemberId(2), name="Mehmet", telegram_id=2, role=Role.AGENT)
LEAD = Member(id=MemberId(3), name="Zuzana", telegram_id=3, role=Role.LEAD)
ITEM = an_item(id=ItemId(7))
TAPPED = Answer(at=NOON, url=None, proven=False, by=AGENT.id)
HELD = replace(ITEM, state=State.CLAIMED, owner=AGENT.id)
ANSWERED = replace(ITEM, state=State.ANSWERED, answer=TAPPED)
PAUSED = replace(ITEM, state=State.WAITING, paused_until=NOON + minutes(60))
RESOLVED = replace(ANSWERED, state=State.RESOLVED)
DISMISSED = replace(ITEM, state=State.VOID, void_reason="spam")
HISTORY = replace(ITEM, muted=True)

Act = Callable[[Item], object]


def claim(item: Item) -> Event:
    return acts.claim(item, AGENT, NOON)


def release(item: Item) -> Event:
    return acts.release(item, OTHER, NOON)


def answered(item: Item) -> Event:
    return acts.answered(item, AGENT, NOON)


def wait(item: Item) -> Event:
    return acts.wait(item, AGENT, NOON, "customer")


def snooze(item: Item) -> Event:
    return acts.snooze(item, AGENT, NOON)


def resolve(item: Item) -> Event:
    return acts.resolve(item, AGENT, NOON)


def dismiss(item: Item) -> Event:
    return acts.not_for_us(item, AGENT, NOON, "spam")


@pytest.mark.parametrize("act", [claim, release, answered, wait, snooze, resolve])
@pytest.mark.parametrize(
    ("item", "told"),
    [
        pytest.param(RESOLVED, "It is resolved", id="resolved"),
        pytest.param(DISMISSED, r"It is dismissed \(spam\)", id="dismissed"),
        pytest.param(HISTORY, "It is history", id="history"),
    ],
)
def test_what_has_no_clock_takes_no_act(act: Act, item: Item, told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        act(item)


@pytest.mark.parametrize(
    ("act", "item", "told"),
    [
        pytest.param(claim, HELD, "You have it already", id="claimed by oneself"),
        pytest.param(claim, replace(HELD, owner=OTHER.id), "Somebody else", id="claimed by others"),
        pytest.param(release, ITEM, "Nobody has it", id="released though free"),
        pytest.param(release, HELD, "Only its owner or a lead", id="released by others"),
        pytest.param(answered, ANSWERED, "answered already", id="answered twice"),
        pytest.param(resolve, ITEM, "no answer yet", id="resolved while open"),
        pytest.param(resolve, HELD, "no answer yet", id="resolved while claimed"),
        pytest.param(resolve, PAUSED, "no answer yet", id="resolved while a customer waits"),
        pytest.param(dismiss, DISMISSED, "dismissed already", id="dismissed twice"),
    ],
)
def test_an_act_that_does_not_fit_is_refused_in_plain_words(
    act: Act, item: Item, told: str
) -> None:
    with pytest.raises(RefusedError, match=told):
        act(item)


@pytest.mark.parametrize(
    ("act", "item", "kind", "until"),
    [
        pytest.param(claim, ITEM, EventKind.CLAIMED, minutes(20), id="a claim is a lease"),
        pytest.param(answered, HELD, EventKind.ANSWERED, None, id="answered"),
        pytest.param(wait, HELD, EventKind.WAITING, timedelta(hours=48), id="for the customer"),
        pytest.param(snooze, HELD, EventKind.SNOOZED, timedelta(hours=1), id="a snooze"),
        pytest.param(resolve, ANSWERED, EventKind.RESOLVED, None, id="resolved"),
        pytest.param(dismiss, ITEM, EventKind.VOIDED, None, id="not for us"),
    ],
)
def test_an_act_is_an_event_of_its_member_that_ends_by_itself_where_it_must(
    act: Callable[[Item], Event], item: Item, kind: EventKind, until: timedelta | None
) -> None:
    event = act(item)

    assert (event.item, event.kind, event.actor, event.at) == (item.id, kind, AGENT.id, NOON)
    assert event.until == (NOON + until if until else None)


def test_a_lead_releases_what_somebody_else_holds() -> None:
    event = acts.release(HELD, LEAD, NOON)

    assert (event.kind, event.actor) == (EventKind.RELEASED, LEAD.id)


@pytest.mark.parametrize("length", [timedelta(), timedelta(hours=24, seconds=1), -minutes(1)])
def test_a_snooze_lasts_more_than_nothing_and_at_most_a_day(length: timedelta) -> None:
    with pytest.raises(RefusedError, match="at most 24 hours"):
        acts.snooze(ITEM, AGENT, NOON, length)


def test_a_link_moves_no_clock() -> None:
    tap = replace(answered(HELD), id=4)

    undone, again = acts.link(ANSWERED, (tap,), OTHER, NOON + minutes(9), "https://x.example/1")

    assert (undone.kind, undone.ref, undone.actor) == (EventKind.UNDONE, 4, OTHER.id)
    assert again == replace(tap, id=0, url="https://x.example/1", ref=4)


def test_a_tap_whose_link_is_changed_still_stands_for_the_first_one() -> None:
    tap = replace(answered(HELD), id=6, url="https://x.example/1", ref=4)

    undone, again = acts.link(ANSWERED, (tap,), OTHER, NOON + minutes(9), "https://x.example/2")

    assert (undone.ref, again.ref, again.url) == (6, 4, "https://x.example/2")


@pytest.mark.parametrize(
    "into",
    [
        pytest.param(ITEM, id="itself"),
        pytest.param(replace(DISMISSED, id=ItemId(8)), id="a dismissed one"),
        pytest.param(replace(RESOLVED, id=ItemId(8)), id="a resolved one"),
        pytest.param(replace(HISTORY, id=ItemId(8)), id="history"),
        pytest.param(replace(ITEM, id=ItemId(8), brand="Rival"), id="another brand's"),
    ],
)
def test_nothing_is_merged_into_what_cannot_answer_for_it(into: Item) -> None:
    with pytest.raises(RefusedError):
        acts.merge(ITEM, into, AGENT, NOON)


@pytest.mark.parametrize(
    ("member", "after", "told"),
    [
        pytest.param(AGENT, minutes(5), None, id="by oneself, at five minutes"),
        pytest.param(LEAD, minutes(5), None, id="by a lead"),
        pytest.param(OTHER, minutes(1), "or a lead", id="by somebody else"),
        pytest.param(AGENT, timedelta(minutes=5, seconds=1), "5 minutes", id="too late"),
    ],
)
def test_an_act_can_be_undone_for_five_minutes_by_who_did_it_or_a_lead(
    member: Member, after: timedelta, told: str | None
) -> None:
    events = (replace(claim(ITEM), id=4),)

    if told is not None:
        with pytest.raises(RefusedError, match=told):
            acts.undo(HELD, events, member, NOON + after)
        return
    undone = acts.undo(HELD, events, member, NOON + after)

    assert (undone.kind, undone.ref) == (EventKind.UNDONE, 4)
