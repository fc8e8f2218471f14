"""The outbox and the cards: in order, once, and found again after a crash."""

from typing import Any

import pytest

from monitor.model import MessageRef
from monitor.store.outbox import Kind, Parcel, Priority
from monitor.store.store import Store
from tests.builders import NOON, minutes
from tests.monitor.store.builders import opened

CHAT, OTHER = -100, -200


def put(store: Store, dedupe: str, **rest: Any) -> bool:
    facts: dict[str, Any] = {
        "chat_id": CHAT,
        "topic": None,
        "kind": Kind.WORDS,
        "priority": Priority.WARNING,
        "now": NOON,
    }
    with store.writing():
        return store.outbox.put(dedupe=dedupe, payload=f'"{dedupe}"', **(facts | rest))


def names(parcels: tuple[Parcel, ...]) -> list[str]:
    return [parcel.payload.strip('"') for parcel in parcels]


def due(store: Store, minute: float = 0, held: tuple[int, ...] = ()) -> list[str]:
    return names(store.outbox.due(NOON + minutes(minute), held, limit=20))


def first(store: Store) -> Parcel:
    return store.outbox.due(NOON + minutes(60), limit=1)[0]


def test_the_most_urgent_goes_first_then_the_oldest(store: Store) -> None:
    put(store, "board", priority=Priority.BOARD)
    put(store, "late warning", now=NOON + minutes(1))
    put(store, "warning")
    put(store, "breach", priority=Priority.BREACH, now=NOON + minutes(1))

    assert due(store, 1) == ["breach", "warning", "late warning", "board"]


def test_nothing_goes_before_its_time_or_to_a_chat_that_is_held(store: Store) -> None:
    put(store, "now")
    put(store, "elsewhere", chat_id=OTHER)
    put(store, "later", not_before=NOON + minutes(5))

    assert due(store) == ["now", "elsewhere"]
    assert due(store, 5, held=(CHAT,)) == ["elsewhere"]


def test_a_parcel_is_queued_once_for_its_name_also_after_it_was_sent(store: Store) -> None:
    queued = [put(store, "card:1"), put(store, "card:1")]
    with store.writing():
        store.outbox.sent(first(store).id, NOON, 5)

    assert queued == [True, False]
    assert not put(store, "card:1")
    assert due(store, 9) == []


def test_what_was_going_out_when_the_process_ended_goes_again_in_doubt(store: Store) -> None:
    put(store, "one")
    put(store, "two")
    with store.writing():
        store.outbox.doubt(first(store).id)
    waiting = due(store)

    with store.writing():
        recovered = store.outbox.recover()

    assert waiting == ["two"]
    assert recovered == 1
    again = store.outbox.due(NOON, limit=5)
    assert {parcel.payload: parcel.doubted for parcel in again} == {'"one"': True, '"two"': False}


@pytest.mark.parametrize("doubted", [True, False], ids=["in doubt", "surely not arrived"])
def test_a_try_that_failed_is_put_back_and_once_in_doubt_stays_so(
    store: Store, doubted: bool
) -> None:
    put(store, "one")
    with store.writing():
        store.outbox.doubt(first(store).id)
        store.outbox.again(1, NOON + minutes(2), "out", doubted=doubted)
        store.outbox.again(1, NOON + minutes(2), "out", doubted=False)

    assert due(store, 1) == []
    assert first(store).doubted == doubted
    assert first(store).attempts == 1


def test_a_parcel_given_up_is_kept_with_its_reason(store: Store) -> None:
    put(store, "one")
    with store.writing():
        store.outbox.fail(first(store).id, "the chat is gone")

    assert due(store, 9) == []
    assert [reason for _, reason in store.outbox.failed()] == ["the chat is gone"]


def test_what_arrived_lately_is_known_for_the_budgets(store: Store) -> None:
    put(store, "one")
    with store.writing():
        store.outbox.sent(first(store).id, NOON, 7)

    assert store.outbox.sent_since(NOON) == ((CHAT, NOON),)
    assert store.outbox.sent_since(NOON + minutes(1)) == ()


def test_a_card_on_its_way_is_known_as_pending_until_it_arrived(store: Store) -> None:
    item = opened(store)
    put(store, "card", kind=Kind.CARD, item=item)
    before = store.outbox.pending_card(item, CHAT)
    with store.writing():
        store.outbox.doubt(first(store).id)
        in_doubt = store.outbox.pending_card(item, CHAT)
        store.outbox.sent(1, NOON, 7)

    assert (before, in_doubt, store.outbox.pending_card(item, CHAT)) == (True, True, False)
    assert not store.outbox.pending_card(item, OTHER)


def test_a_card_is_live_until_it_ends_and_found_by_its_message(store: Store) -> None:
    item, ref = opened(store), MessageRef(chat_id=CHAT, message_id=7, topic=3)
    with store.writing():
        store.outbox.add_card(item, ref, "one", NOON)
        store.outbox.add_card(item, ref, "one", NOON)
        store.outbox.show(ref, "two")
    (card,) = store.outbox.cards_of(item)
    with store.writing():
        store.outbox.end_card(ref)

    assert (card.live, card.shown, card.ref.topic) == (True, "two", 3)
    assert store.outbox.item_at(ref) == item
    found = store.outbox.card_at(ref)
    assert found is not None
    assert not found.live


def test_a_group_that_moves_takes_what_waits_along_and_its_old_cards_have_ended(
    store: Store,
) -> None:
    item = opened(store)
    put(store, "one")
    with store.writing():
        store.people.link_chat("care", CHAT, NOON)
        store.outbox.add_card(item, MessageRef(chat_id=CHAT, message_id=7), "x", NOON)
        store.outbox.move(CHAT, OTHER)

    assert first(store).chat_id == OTHER
    assert [card.live for card in store.outbox.cards_of(item)] == [False]
    assert store.people.chats()[0].chat_id == OTHER


def test_old_parcels_are_forgotten_but_not_those_that_wait(store: Store) -> None:
    put(store, "sent")
    with store.writing():
        store.outbox.sent(first(store).id, NOON, 7)
    put(store, "waits")
    with store.writing():
        store.outbox.prune(NOON + minutes(9))

    assert put(store, "sent")
    assert sorted(due(store)) == ["sent", "waits"]
    assert store.outbox.item_at(MessageRef(chat_id=CHAT, message_id=99)) is None
