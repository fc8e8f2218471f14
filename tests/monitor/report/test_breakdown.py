"""A period part by part, from invented cases."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ItemId, State, Target
from monitor.report.breakdown import Breakdown, By, View, break_down, late_firsts
from monitor.report.summary import Late, Share
from monitor.store.figures import Case
from tests.builders import NOON, at, minutes
from tests.monitor.report.cases import a_case

BRATISLAVA = ZoneInfo("Europe/Bratislava")
NEXT_DAY = NOON + minutes(24 * 60)
VIEW = View(now=NEXT_DAY, zone=BRATISLAVA)


def of(by: By, *cases: Case, view: View = VIEW) -> Breakdown:
    return break_down(by, cases, NOON, NEXT_DAY, view)


def names(found: Breakdown) -> list[tuple[str, int]]:
    return [(row.name, row.received) for row in found.rows]


def test_parts_are_listed_with_most_received_first() -> None:
    found = of(
        By.LANGUAGE,
        a_case(5),
        a_case(5, language="tr"),
        a_case(language="tr"),
        a_case(language=None),
    )

    assert names(found) == [("tr", 2), ("en", 1), ("not judged", 1)]
    assert found.total.received == 4


def test_what_is_not_known_of_a_topic_or_a_member_has_no_name() -> None:
    known = replace(VIEW, answered_by={ItemId(1): "Zuzana"})

    topics = of(By.TOPIC, a_case(5, topic="billing"), a_case(5))
    members = of(By.MEMBER, a_case(5), a_case(item=ItemId(2)), view=known)

    assert names(topics) == [("", 1), ("billing", 1)]
    assert names(members) == [("", 1), ("Zuzana", 1)]


def test_hours_and_weekdays_are_local_and_none_is_left_out() -> None:
    late_thursday = a_case(5, opened_at=at("2026-03-05 23:30"))

    by_hour, by_day = of(By.HOUR, late_thursday), of(By.WEEKDAY, late_thursday)

    assert [row.name for row in by_hour.rows] == [str(hour) for hour in range(24)]
    assert by_hour.rows[0].received == 1
    assert [row.received for row in by_day.rows] == [0, 0, 0, 0, 1, 0, 0]


def test_late_are_those_fixed_as_late_and_those_that_still_run_past_their_target() -> None:
    cases = [
        a_case(5, breached=False),
        a_case(50, breached=True, item=ItemId(2)),
        a_case(item=ItemId(3)),
        a_case(item=ItemId(4)),
        a_case(90, breached=True, found_late=True, item=ItemId(5)),
    ]
    running = replace(VIEW, late=frozenset({ItemId(3)}))

    found = of(By.BRAND, *cases, view=running)

    assert found.total.breached == Share(part=2, whole=3)


def test_of_broken_promises_only_first_responses_make_an_item_late() -> None:
    late = [
        Late(target=Target.FIRST_RESPONSE, due_at=NOON, item=ItemId(3)),
        Late(target=Target.CLAIM, due_at=NOON, item=ItemId(4)),
    ]

    assert late_firsts(late) == {3}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(
            a_case,
            st.none() | st.integers(0, 3000),
            brand=st.sampled_from(["Acme", "Beta"]),
            language=st.sampled_from(["tr", "en", None]),
            topic=st.sampled_from(["billing", None]),
            found_late=st.booleans(),
            opened_at=st.integers(0, 20000).map(lambda passed: NOON + minutes(passed)),
        ),
        max_size=12,
    ),
    st.sampled_from(By),
)
def test_the_parts_add_up_to_the_whole(cases: list[Case], by: By) -> None:
    cases = [
        replace(case, state=State.VOID) if place % 4 == 3 else case
        for place, case in enumerate(cases)
    ]

    found = of(by, *cases)

    total = found.total
    assert sum(row.received for row in found.rows) == total.received
    assert sum(row.void for row in found.rows) == total.void
    assert sum(row.customer_wait.count for row in found.rows) == total.customer_wait.count
    assert total.received + total.void == len(cases)
    assert all(row.answered + row.unanswered == row.received for row in found.rows)
