"""What a day came to, from invented cases and from a real store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.desk.customers import Account
from monitor.model import Cursor, ItemId, Page, State, Target, Window
from monitor.report.summary import (
    Facts,
    Late,
    Period,
    Share,
    Summary,
    days,
    gather,
    summarize,
)
from monitor.store.figures import Case, Kept
from tests.builders import NOON, a_brand, a_mention, a_reply, at, minutes
from tests.desk import Bench, a_bench
from tests.monitor.report.cases import a_case

UTC_ZONE = ZoneInfo("UTC")
DAY = days(date(2026, 3, 6), UTC_ZONE)
NEXT_DAY = at("2026-03-07 09:00")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path, a_brand(), a_brand("Rival", competitor=True))
    with made.store:
        yield made


def of(*cases: Case, now: datetime = NEXT_DAY, period: Period = DAY) -> Summary:
    return summarize(Facts(period=period, now=now, cases=cases))


def read(bench: Bench, now: datetime = NEXT_DAY, late: tuple[Late, ...] = ()) -> Summary:
    facts = gather(
        bench.store,
        DAY,
        now,
        brands=["Acme"],
        competitors=["Rival"],
        late=late,
        look_back=timedelta(hours=24),
    )
    return summarize(facts)


def test_an_empty_day_has_no_invented_figures() -> None:
    summary = of()

    assert (summary.received, summary.answered, summary.kept) == (0, 0, ())
    assert summary.customer_wait.median is None
    assert summary.within_30 == Share(part=0, whole=0)


def test_shares_within_30_and_60_minutes_are_of_all_who_waited_that_long() -> None:
    summary = of(a_case(10), a_case(30), a_case(45), a_case(90), a_case())

    assert summary.within_30 == Share(part=2, whole=5)
    assert summary.within_60 == Share(part=3, whole=5)


def test_a_customer_who_wrote_just_now_is_not_late_yet() -> None:
    summary = of(a_case(10), a_case(), now=NOON + minutes(20))

    assert summary.within_30 == Share(part=1, whole=1)


def test_the_median_and_the_ninetieth_percentile_say_of_how_many() -> None:
    summary = of(*(a_case(wait) for wait in range(1, 12)), a_case())

    spread = summary.customer_wait
    assert (spread.count, spread.median, spread.ninetieth) == (11, minutes(6), minutes(10))


def test_a_void_item_is_out_of_every_ratio_and_a_late_one_is_still_a_customer_who_waited() -> None:
    summary = of(
        a_case(10),
        a_case(600, found_late=True),
        a_case(state=State.VOID, void_reason="spam"),
    )

    assert (summary.received, summary.found_late, summary.void) == (2, 1, (("spam", 1),))
    assert summary.within_30 == Share(part=1, whole=2)
    assert (summary.customer_wait.count, summary.team_time.count) == (2, 1)


def test_who_waits_now_is_counted_whenever_they_wrote_and_whatever_was_answered_before(
    bench: Bench,
) -> None:
    early = NOON - minutes(3 * 24 * 60)
    zuzana = bench.member()
    bench.take(a_mention(posted_at=early), now=early, since=early)
    bench.take(
        a_mention("Acme, my second complaint", key="sample:2", author="omar", posted_at=NOON)
    )
    bench.desk.answered(ItemId(2), zuzana, NOON + minutes(5))
    again = NOON + minutes(60)
    more = a_mention(
        "Acme, a new complaint", key="sample:3", thread="sample:2", author="omar", posted_at=again
    )
    bench.take(more, now=again)
    bench.desk.wait(ItemId(1), zuzana, again, "third party")

    summary = read(bench)

    assert (summary.received, summary.unanswered, summary.waiting) == (1, 0, 2)


def test_who_was_answered_waits_no_more_though_the_item_is_paused(bench: Bench) -> None:
    zuzana = bench.member()
    bench.take(a_mention())
    bench.desk.answered(ItemId(1), zuzana, NOON + minutes(5))
    bench.desk.wait(ItemId(1), zuzana, NOON + minutes(6), "customer")

    assert read(bench).waiting == 0


def test_unproven_answers_are_counted_apart() -> None:
    summary = of(a_case(10), a_case(10, proven=False), a_case())

    assert (summary.answered, summary.unproven, summary.unanswered) == (2, 1, 1)


def test_an_answer_is_proven_by_a_reply_found_after_its_result_was_fixed(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.answered(ItemId(1), bench.member(), NOON + minutes(5))
    bench.tick(NOON + minutes(20))
    before = read(bench).unproven

    bench.take(a_reply(posted_at=NOON + minutes(4)), now=NOON + minutes(30))

    assert (before, read(bench).unproven) == (1, 0)


def test_the_proof_of_a_next_answer_is_none_of_the_first(bench: Bench) -> None:
    again = NOON + minutes(60)
    bench.take(a_mention())
    bench.desk.answered(ItemId(1), bench.member(), NOON + minutes(5))
    bench.tick(NOON + minutes(20))
    more = a_mention(
        "Another complaint about Acme", key="sample:3", thread="sample:1", posted_at=again
    )
    bench.take(more, now=again)

    answer = a_reply(key="sample:4", to="sample:3", posted_at=again + minutes(1))
    bench.take(answer, now=again + minutes(2))

    assert read(bench).unproven == 1


def test_promises_broken_by_running_clocks_count_as_broken() -> None:
    kept = (Kept(target=Target.FIRST_RESPONSE, promised=4, kept=3),)
    late = (Late(target=Target.FIRST_RESPONSE, due_at=NOON),)

    summary = summarize(Facts(period=DAY, now=NEXT_DAY, cases=(), kept=kept, late=late))

    assert summary.kept == (Kept(target=Target.FIRST_RESPONSE, promised=5, kept=3),)


def test_night_and_weekend_stand_against_office_hours_of_the_chats_own_zone() -> None:
    bratislava = days(date(2026, 3, 6), ZoneInfo("Europe/Bratislava"))
    friday_seven = a_case(10, posted_at=at("2026-03-06 06:30"))
    friday_eight = a_case(10, posted_at=at("2026-03-06 07:30"))
    saturday = a_case(posted_at=at("2026-03-07 10:00"))

    summary = of(friday_seven, friday_eight, saturday, period=bratislava)

    assert (summary.office.received, summary.off_hours.received) == (1, 2)
    assert summary.off_hours.answered == Share(part=1, whole=2)


def test_a_day_of_a_clock_change_has_23_hours() -> None:
    period = days(date(2026, 3, 29), ZoneInfo("Europe/Bratislava"))

    assert period.until.astimezone(UTC) - period.since.astimezone(UTC) == timedelta(hours=23)


def test_a_week_is_seven_days_that_end_with_the_last() -> None:
    week = days(date(2026, 3, 8), UTC_ZONE, 7)

    assert (week.since, week.until) == (at("2026-03-02 00:00"), at("2026-03-09 00:00"))


def test_a_day_is_read_from_the_store(bench: Bench) -> None:
    bench.take(
        a_mention(),
        a_mention("please help, Acme", key="sample:2", author="peter"),
        a_mention("Acme complaint", key="sample:3", author="eva"),
        a_mention("rival complaint", key="sample:4", author="ivan"),
    )
    zuzana = bench.member()
    bench.desk.answered(ItemId(1), zuzana, NOON + minutes(12))
    bench.desk.not_for_us(ItemId(3), zuzana, NOON + minutes(1), "spam")
    bench.tick(NOON + minutes(20))

    summary = read(bench)

    assert (summary.received, summary.answered, summary.unproven) == (2, 1, 1)
    assert summary.customer_wait.median == summary.team_time.median == minutes(12)
    assert summary.within_30 == Share(part=1, whole=2)
    assert summary.labels == (("complaint", 1), ("request", 1))
    assert (summary.void, summary.competitors) == ((("spam", 1),), (("Rival", 1),))
    first = next(each for each in summary.kept if each.target is Target.FIRST_RESPONSE)
    assert (first.promised, first.kept) == (1, 1)


def test_an_answer_that_may_still_be_undone_counts_as_answered(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.answered(ItemId(1), bench.member(), NOON + minutes(12))

    summary = read(bench, NOON + minutes(13))

    assert (summary.answered, summary.customer_wait.median) == (1, minutes(12))
    assert summary.team_time.count == 0


def test_hours_in_which_a_source_was_not_read_are_named(bench: Bench) -> None:
    source = bench.source(since=NOON)
    for read_at in (NOON, NOON + minutes(1), NOON + minutes(90), NOON + minutes(91)):
        window = Window(query="all", since=NOON, until=read_at)
        page = Page(mentions=(), cursor=Cursor("c"), window=window)
        bench.pipeline.take(page, source, read_at)

    summary = read(bench, NOON + minutes(92))

    (outage,) = summary.blind.outages
    assert (outage.source, outage.since, outage.until, outage.caught_up) == (
        "sample",
        NOON + minutes(1),
        NOON + minutes(90),
        True,
    )


def test_a_source_that_fails_now_and_reading_that_was_cut_short_are_named(bench: Bench) -> None:
    source = bench.source()
    begin, cut = NOON - timedelta(days=2), NOON - minutes(9)
    for window in (
        Window(query="all", since=begin, until=cut),
        Window(query="all", since=cut, until=NOON, complete=False),
    ):
        bench.pipeline.take(Page(mentions=(), cursor=Cursor("c"), window=window), source, NOON)
    with bench.store.writing():
        bench.store.sources.failed("sample", "sample: it is down", NOON + minutes(1))

    summary = read(bench, NOON + minutes(2))

    (hole,) = summary.blind.holes
    assert (hole.source, hole.query, hole.since, hole.until) == (
        "sample",
        "all",
        NOON - minutes(9),
        NOON,
    )
    assert [(each.source, each.since) for each in summary.failing] == [
        ("sample", NOON + minutes(1))
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            a_case,
            st.none() | st.floats(0, 5_000),
            found_late=st.booleans(),
            state=st.sampled_from(State),
            posted_at=st.integers(-6_000, 6_000).map(lambda each: NOON + minutes(each)),
        ),
        max_size=30,
    )
)
def test_no_figure_exceeds_what_it_is_a_part_of(cases: list[Case]) -> None:
    summary = of(*cases)

    shares = (summary.within_30, summary.within_60, summary.office.answered)
    assert all(0 <= each.part <= each.whole <= summary.received for each in shares)
    assert summary.answered + summary.unanswered == summary.received
    assert summary.received + sum(count for _, count in summary.void) == len(cases)
    assert summary.office.received + summary.off_hours.received == summary.received


def test_one_answer_was_enough_unless_the_customer_asked_again_or_came_back() -> None:
    summary = of(a_case(10), a_case(10, again=True), a_case(10, came_back=True), a_case())

    assert summary.first_contact == Share(part=1, whole=3)


def test_people_likely_to_leave_are_counted_once_and_not_known_where_the_judge_says_nothing() -> (
    None
):
    leaving = a_case(churn_risk=0.9, author="reddit:jana")

    known = of(leaving, leaving, a_case(churn_risk=0.1, author="reddit:omar"), a_case())

    assert (known.at_risk, known.leaving, of(a_case()).at_risk) == (1, (1,), None)


def test_topics_are_those_of_what_was_received() -> None:
    void = a_case(topic="fault", state=State.VOID)

    summary = of(a_case(topic="billing"), a_case(topic="billing"), a_case(), void)

    assert summary.topics == (("billing", 2),)


def test_who_takes_how_long_is_told_apart_by_office_hours() -> None:
    night = a_case(claim_time=minutes(40), posted_at=at("2026-03-06 22:00"))

    summary = of(a_case(claim_time=minutes(2)), a_case(claim_time=minutes(4)), a_case(), night)

    assert (summary.office.claimed.count, summary.office.claimed.median) == (2, minutes(3))
    assert summary.off_hours.claimed.median == minutes(40)


def test_a_person_who_is_back_within_a_week_is_told_from_one_who_is_back_later(
    bench: Bench,
) -> None:
    zuzana = bench.member()
    begin = NOON - timedelta(days=20)
    for number, days_before in enumerate((20, 9, 4, 0), start=1):
        when = NOON - timedelta(days=days_before)
        texts = ("first", "second", "third", "fourth")
        bench.take(
            a_mention(
                f"Acme {texts[number - 1]} complaint", key=f"sample:{number}", posted_at=when
            ),
            now=when,
            since=begin,
        )
        bench.desk.answered(ItemId(number), zuzana, when + minutes(5))
        bench.tick(when + minutes(30))

    cases = bench.store.figures.cases(begin, NOON + minutes(1), ["Acme"])

    assert [case.repeated for case in cases] == [False, False, True, True]
    assert [case.came_back for case in cases] == [False, True, True, False]


def test_a_second_question_needs_a_second_answer(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.answered(ItemId(1), bench.member(), NOON + minutes(5))
    again = a_mention(
        "Acme, still a complaint",
        key="sample:2",
        thread="sample:1",
        posted_at=NOON + minutes(60),
    )
    bench.take(again, now=NOON + minutes(60))
    bench.tick(NOON + minutes(70))

    assert read(bench).first_contact == Share(part=0, whole=1)


def test_a_second_question_that_is_put_off_still_needs_an_answer(bench: Bench) -> None:
    zuzana = bench.member()
    bench.take(a_mention())
    bench.desk.answered(ItemId(1), zuzana, NOON + minutes(5))
    bench.tick(NOON + minutes(30))
    asked = a_mention("Acme, still a complaint", key="sample:2", thread="sample:1")
    bench.take(replace(asked, posted_at=NOON + minutes(60)), now=NOON + minutes(60))
    bench.desk.snooze(ItemId(1), zuzana, NOON + minutes(61))

    assert read(bench, NOON + minutes(62)).first_contact == Share(part=0, whole=1)


def test_who_takes_back_a_question_and_asks_another_waits_from_the_other_on(bench: Bench) -> None:
    first = a_mention()
    bench.take(first)
    bench.take(
        a_mention(key="sample:1", author=None, deleted=True),
        now=NOON + minutes(10),
    )
    other = a_mention("Acme, another complaint", key="sample:2", thread="sample:1")
    bench.take(replace(other, posted_at=NOON + minutes(60)), now=NOON + minutes(60))
    bench.desk.answered(ItemId(1), bench.member(), NOON + minutes(68))
    bench.tick(NOON + minutes(90))

    summary = read(bench)

    assert (summary.answered, summary.first_contact.part) == (1, 1)
    assert summary.customer_wait.median == minutes(8)


def test_who_has_two_accounts_is_one_person_once_they_are_linked(bench: Bench) -> None:
    zuzana = bench.member()
    bench.take(
        a_mention(author="jana"), a_mention("Acme lost it, a complaint", key="sample:2", author="j")
    )
    before = read(bench)
    with bench.store.writing():
        jana, j = (Account(platform="sample", key=f"id-{name}") for name in ("jana", "j"))
        bench.store.customers.link(jana, j, zuzana.id, NOON)

    after = read(bench)

    assert (before.repeated.part, after.repeated.part) == (0, 1)
