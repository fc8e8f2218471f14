"""Items and their events: what is written comes back, and queues keep their order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import (
    Answer,
    Event,
    EventKind,
    ItemId,
    Member,
    Result,
    Role,
    State,
    Target,
)
from monitor.store.items import Due
from monitor.store.store import Store
from tests.builders import NOON, an_item, minutes
from tests.monitor.store.builders import a_new_post, due, kept, opened

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
WORDS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LENGTHS = st.timedeltas(timedelta(), timedelta(days=400))


def a_member(store: Store, name: str = "Zuzana", number: int = 1) -> Member:
    with store.writing():
        return store.people.join(name, number, Role.AGENT, NOON)


def numbers(found: Any) -> list[int]:
    return [listed.item.id for listed in found]


@QUICK
@given(
    kind=st.sampled_from(EventKind),
    at=INSTANTS,
    recorded_at=INSTANTS,
    key=WORDS,
    posted_at=st.none() | INSTANTS,
    wants_answer=st.booleans(),
    url=WORDS,
    reason=WORDS,
    until=st.none() | INSTANTS,
    ref=st.none() | st.integers(0, 2**62),
    by_member=st.booleans(),
)
def test_an_event_comes_back_as_it_was_written(store: Store, by_member: bool, **facts: Any) -> None:
    item = next((one.item.id for one in store.items.every()), None) or opened(store)
    actor = a_member(store).id if by_member else None
    event = Event(id=0, item=item, actor=actor, **facts)

    with store.writing():
        (written,) = store.events.add([event])

    assert store.events.of_item(item)[-1] == written
    assert Event(**{**_fields(written), "id": 0}) == event


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}


@QUICK
@given(
    target=st.sampled_from(Target),
    cycle=st.integers(1, 50),
    times=st.tuples(INSTANTS, INSTANTS, INSTANTS, INSTANTS),
    lengths=st.tuples(LENGTHS, LENGTHS),
    facts=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_a_result_comes_back_and_is_frozen_once(
    store: Store,
    target: Target,
    cycle: int,
    times: tuple[datetime, ...],
    lengths: tuple[timedelta, ...],
    facts: tuple[bool, ...],
) -> None:
    item = opened(store, f"sample:{sum(1 for _ in store.items.every())}")
    result = Result(
        item=item,
        target=target,
        cycle=cycle,
        started_at=times[0],
        ended_at=times[1],
        due_at=times[2],
        frozen_at=times[3],
        customer_wait=lengths[0],
        team_time=lengths[1],
        breached=facts[0],
        counted=facts[1],
        proven=facts[2],
        policy_version=1,
    )
    later = Result(**{**_parts(result), "breached": not result.breached, "frozen_at": NOON})

    with store.writing():
        store.events.freeze([result])
        store.events.freeze([later])

    (found,) = store.events.results_of(item)
    drift = max(
        abs(found.customer_wait - result.customer_wait), abs(found.team_time - result.team_time)
    )
    assert drift <= timedelta(microseconds=1)
    exact = {"customer_wait": result.customer_wait, "team_time": result.team_time}
    assert Result(**(_parts(found) | exact)) == result


def _parts(result: Result) -> dict[str, Any]:
    return {name: getattr(result, name) for name in Result.__slots__}


def test_events_come_in_the_order_in_which_they_were_learnt(store: Store) -> None:
    item = opened(store)
    late = Event(id=0, item=item, kind=EventKind.CLAIMED, at=NOON, recorded_at=NOON)
    early = Event(
        id=0, item=item, kind=EventKind.BRAND_REPLY, at=NOON - minutes(9), recorded_at=NOON, key="r"
    )

    with store.writing():
        store.events.add([late, early])

    assert [event.kind for event in store.events.of_item(item)] == [late.kind, early.kind]
    assert store.events.has_reply(item, "r")
    assert not store.events.has_reply(item, "s")
    assert store.events.items_answered_by("r") == (item,)


def test_a_notice_is_told_once(store: Store) -> None:
    item = opened(store)

    with store.writing():
        store.events.tell(item, ["step:80%", "step:50%"], NOON)
        store.events.tell(item, ["step:80%"], NOON + minutes(1))

    assert store.events.told(item) == {"step:50%", "step:80%"}


def test_an_item_comes_back_as_it_was_saved(store: Store) -> None:
    member = a_member(store)
    item = opened(store)
    saved = an_item(
        id=item,
        state=State.WAITING,
        owner=member.id,
        lease_ends_at=NOON + minutes(20),
        paused_until=NOON + minutes(60),
        void_reason="spam",
        merged_into=item,
        muted=True,
        look_back=True,
        found_late=True,
        fold_of=None,
        hand_overs=2,
        answer=Answer(at=NOON, url="https://a", proven=True, by=member.id),
        policy="gold",
    )
    plan = Due(
        target=Target.RESOLUTION,
        due_at=NOON + minutes(9),
        next_check_at=NOON + minutes(5),
    )

    with store.writing():
        store.items.save(saved, plan, 1)

    found = store.items.get(item)
    assert found is not None
    assert found.item == saved
    assert found.due == plan
    assert (found.policy_version, found.revision) == (1, 2)


def test_one_author_has_one_item_a_thread_and_brand(store: Store) -> None:
    opened(store)

    with pytest.raises(Exception, match="UNIQUE"):
        opened(store)

    assert store.items.find("Acme", "sample", "sample:1", "id-jana") is not None
    assert store.items.find("Acme", "sample", "sample:1", "id-dora") is None


def test_the_queue_is_due_soonest_first_then_paused_without_closed_and_muted(
    store: Store,
) -> None:
    items = [opened(store, f"sample:{n}") for n in range(6)]
    due(store, items[0], NOON + minutes(9))
    due(store, items[1], NOON + minutes(3))
    due(store, items[2], None, State.WAITING)
    due(store, items[3], NOON, State.RESOLVED)
    due(store, items[4], NOON, State.VOID)
    opened(store, "sample:muted", muted=True)

    assert numbers(store.items.queue()) == [items[1], items[0], items[2], items[5]]
    assert numbers(store.items.queue(limit=1)) == [items[1]]
    assert numbers(store.items.queue(limit=3)) == [items[1], items[0], items[2]]


def test_the_queue_is_read_by_its_index_without_sorting_all_that_waits(store: Store) -> None:
    asked: list[str] = []
    store._database.conn.set_trace_callback(asked.append)
    store.items.queue(limit=20)
    store._database.conn.set_trace_callback(None)

    queries = [query for query in asked if query.startswith("SELECT")]
    plans = [
        step[3]
        for query in queries
        for step in store._database.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    ]
    assert plans
    assert all("USING INDEX items_due" in plan for plan in plans)


def test_what_must_be_looked_at_is_the_longest_overdue_first(store: Store) -> None:
    one, other, later = (opened(store, f"sample:{n}") for n in range(3))
    due(store, one, NOON)
    due(store, other, NOON - minutes(1))
    due(store, later, NOON + minutes(1))

    assert numbers(store.items.to_check(NOON, 10)) == [other, one]
    assert numbers(store.items.to_check(NOON, 1)) == [other]


def test_the_first_claim_wins(store: Store) -> None:
    item, first, second = opened(store), a_member(store), a_member(store, "Peter", 2)

    with store.writing():
        won = [store.items.claim(item, who.id) for who in (first, second)]

    found = store.items.get(item)
    assert won == [True, False]
    assert found is not None
    assert found.item.owner == first.id
    assert numbers(store.items.owned_by(first.id)) == [item]


def test_a_change_asks_for_a_card_until_that_revision_was_drawn(store: Store) -> None:
    item = opened(store)
    (undrawn,) = store.items.undrawn(5)

    with store.writing():
        store.items.touch(item)
        store.items.drawn(item, undrawn.revision)
    still = numbers(store.items.undrawn(5))
    with store.writing():
        store.items.drawn(item, undrawn.revision + 1)

    assert still == [item]
    assert store.items.undrawn(5) == ()


def test_folded_items_move_under_another_one(store: Store) -> None:
    lead = opened(store, "sample:1")
    folded = [opened(store, f"sample:{n}", fold_of=lead) for n in (2, 3)]
    before = numbers(store.items.folded_under(lead))

    with store.writing():
        store.items.refold(lead, folded[0])

    assert before == folded
    assert numbers(store.items.folded_under(folded[0])) == [folded[1]]


def test_posts_come_and_go_with_their_items(store: Store) -> None:
    ids = kept(store, a_new_post(key="sample:1"), a_new_post(key="sample:2"))
    item = opened(store)

    with store.writing():
        for post in ids.values():
            store.items.add_post(item, post)
            store.items.add_post(item, post)
        store.items.remove_post(item, ids["sample:2"])

    assert [post.mention.key for post in store.posts.of_item(item)] == ["sample:1"]
    assert [one.id for one in store.items.of_post(ids["sample:1"])] == [item]
    assert store.items.of_post(ids["sample:2"]) == ()


def test_items_are_listed_by_when_they_came_and_counted_by_state(store: Store) -> None:
    early = opened(store, "sample:1")
    late = opened(store, "sample:2", opened_at=NOON + minutes(5))
    due(store, early, None, State.ANSWERED)

    assert numbers(store.items.opened(NOON, NOON + minutes(5))) == [early]
    assert numbers(store.items.every()) == [early, late]
    assert store.items.counts() == {("Acme", State.ANSWERED): 1, ("Acme", State.OPEN): 1}
    assert store.items.get(ItemId(99)) is None
